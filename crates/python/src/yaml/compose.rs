//! Events to nodes: anchors are resolved, so that a node may have several parents.

use std::{borrow::Cow, collections::HashMap};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::document::{DEPTH_MAX, Error, VALUES_MAX};
use crate::place::Position;

/// The index of a node.
pub(super) type NodeId = usize;

/// A node of the document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Position,
    /// The tag that is written before it, in full.
    pub(super) tag: Option<String>,
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    /// A scalar; a plain one is resolved by its look.
    Scalar { text: String, is_plain: bool },
    /// A list.
    Sequence(Vec<NodeId>),
    /// Pairs of keys and values.
    Mapping(Vec<(NodeId, NodeId)>),
}

/// Every node of a document.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) nodes: Vec<Node>,
    /// The outermost node; none in an empty document.
    pub(super) root: Option<NodeId>,
}

struct Open {
    id: NodeId,
    key: Option<NodeId>,
}

struct Composer<'a> {
    nodes: Vec<Node>,
    anchors: HashMap<usize, NodeId>,
    stack: Vec<Open>,
    root: Option<NodeId>,
    documents: usize,
    padded: &'a [usize],
    /// How many characters the text has.
    length: usize,
    ends_with_break: bool,
}

/// What is put before a line of a quoted text that is indented less than its surroundings.
/// PyYAML reads such lines, YAML 1.2 does not; in a quoted text white space there means nothing.
const PADDING: &str =
    "                                                                                ";
/// How many lines are padded.
const PADDED_MAX: usize = 64;

/// Composes the one document of the text.
pub(super) fn compose(text: &str) -> Result<Nodes, Error> {
    let mut padded: Vec<usize> = Vec::new();
    let mut text = Cow::Borrowed(text);
    loop {
        let error = match parse(&text, &padded) {
            Ok(nodes) => return Ok(nodes),
            Err(Refusal::Ours(error)) => return Err(error),
            Err(Refusal::Parser(error)) => error,
        };
        // The error names the line on which the text begins: pad the lines after it in turn.
        let mut line = error.marker().line() + 1;
        while padded.contains(&line) {
            line += 1;
        }
        let is_paddable = error.info().contains("invalid indentation in quoted scalar");
        if !is_paddable || padded.len() >= PADDED_MAX {
            return Err(explain(&error, &text, &padded));
        }
        padded.push(line);
        text = Cow::Owned(pad(&text, line));
    }
}

fn pad(text: &str, line: usize) -> String {
    let lines = lines(text).into_iter().enumerate();
    let pieces =
        lines.map(|(index, piece)| if index + 1 == line { [PADDING, piece] } else { ["", piece] });
    pieces.flatten().collect()
}

/// Returns the lines of a text with their ends, as the parser counts them.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\n', '\r']) {
        let break_bytes = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        let (line, after) = rest.split_at(at + break_bytes);
        lines.push(line);
        rest = after;
    }
    lines.push(rest);
    lines
}

enum Refusal {
    Parser(ScanError),
    Ours(Error),
}

fn parse(text: &str, padded: &[usize]) -> Result<Nodes, Refusal> {
    let mut composer = Composer {
        nodes: Vec::new(),
        anchors: HashMap::new(),
        stack: Vec::new(),
        root: None,
        documents: 0,
        padded,
        length: text.chars().count(),
        ends_with_break: text
            .trim_end_matches([' ', '\t'])
            .ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']),
    };
    let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(Refusal::Parser)?;
        composer.take(event, span).map_err(Refusal::Ours)?;
    }
    Ok(Nodes { nodes: composer.nodes, root: composer.root })
}

impl Composer<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Error> {
        let at = position(&span.start, self.padded);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "the file holds a second document: one file holds one, so \
                                   remove the `---` and what follows, or move it to a file of its own";
                    return Err(Error::new(message, at));
                }
            }
            Event::Alias(anchor) => {
                let Some(id) = self.anchors.get(&anchor).copied() else {
                    return Err(Error::new("the alias names no anchor above it", at));
                };
                self.place(id);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let mut text = text.into_owned();
                // The end of the file ends a block, but is no line break of it.
                if is_block && !self.ends_with_break && span.end.index() >= self.length {
                    text.truncate(text.strip_suffix('\n').map_or(text.len(), str::len));
                }
                let kind = Kind::Scalar { text, is_plain };
                let id = self.add(kind, anchor, tag.as_deref(), at)?;
                self.place(id);
            }
            Event::SequenceStart(anchor, tag) => {
                let id = self.add(Kind::Sequence(Vec::new()), anchor, tag.as_deref(), at)?;
                self.open(id, at)?;
            }
            Event::MappingStart(anchor, tag) => {
                let id = self.add(Kind::Mapping(Vec::new()), anchor, tag.as_deref(), at)?;
                self.open(id, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.stack.pop() {
                    self.place(open.id);
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn add(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<&Tag>,
        at: Position,
    ) -> Result<NodeId, Error> {
        if self.nodes.len() >= VALUES_MAX {
            let message = format!("the document holds more than {VALUES_MAX} values");
            return Err(Error::new(message, at));
        }
        let id = self.nodes.len();
        let tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
        self.nodes.push(Node { at, tag, kind });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        Ok(id)
    }

    fn open(&mut self, id: NodeId, at: Position) -> Result<(), Error> {
        if self.stack.len() >= DEPTH_MAX {
            let message = format!("values are nested more than {DEPTH_MAX} deep");
            return Err(Error::new(message, at));
        }
        self.stack.push(Open { id, key: None });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, id: NodeId) {
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(id);
            return;
        };
        match &mut self.nodes[open.id].kind {
            Kind::Sequence(items) => items.push(id),
            Kind::Mapping(pairs) => match open.key.take() {
                Some(key) => pairs.push((key, id)),
                None => open.key = Some(id),
            },
            Kind::Scalar { .. } => {}
        }
    }
}

fn position(marker: &Marker, padded: &[usize]) -> Position {
    let shift = if padded.contains(&marker.line()) { PADDING.len() } else { 0 };
    Position { line: marker.line().max(1), column: marker.col().saturating_sub(shift) + 1 }
}

/// Says what the parser did not like, with a hint where the line shows the usual reason.
fn explain(error: &ScanError, text: &str, padded: &[usize]) -> Error {
    let at = position(error.marker(), padded);
    let line = lines(text).get(at.line - 1).copied().unwrap_or_default();
    let info = error.info().trim_end_matches('.');
    let hint = if line.trim_start_matches(' ').starts_with('\t') {
        ": indent with spaces, YAML allows no tab there"
    } else if line.trim_start().starts_with(['@', '`', '%']) || line.contains(": @") {
        ": a text that begins with `@`, `` ` `` or `%` must be quoted"
    } else if line.contains("{{") {
        ": a text that begins with `{{` must be quoted"
    } else if line.matches(": ").count() > 1 {
        ": a text that contains `: ` must be quoted"
    } else {
        ": check the indentation, the quotes and the brackets on this line and above it"
    };
    Error::new(format!("{info}{hint}"), at)
}
