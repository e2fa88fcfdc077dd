//! Nodes to JSON: tags are obeyed, plain scalars resolved, merge keys merged, and every key
//! becomes a text.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    compose::{Kind, NodeId, Nodes},
    document::{DEPTH_MAX, Document, Duplicate, Error, OddKey, VALUES_MAX},
    scalar::{self, Look},
};
use crate::{
    place::{Marks, Position, Step},
    text::repr_of_json,
};

const PREFIX: &str = "tag:yaml.org,2002:";

/// A pair of a mapping after merging.
#[derive(Clone, Copy)]
struct Pair {
    key: NodeId,
    value: NodeId,
    is_merged: bool,
}

struct Builder<'a> {
    nodes: &'a Nodes,
    count: usize,
    path: Vec<Step>,
    duplicates: Vec<Duplicate>,
    merges: Vec<Position>,
    odd_keys: Vec<OddKey>,
}

/// Builds the document; an empty one is null.
pub(super) fn build(nodes: &Nodes) -> Result<Document, Error> {
    let mut builder = Builder {
        nodes,
        count: 0,
        path: Vec::new(),
        duplicates: Vec::new(),
        merges: Vec::new(),
        odd_keys: Vec::new(),
    };
    let (value, marks) = match nodes.root {
        Some(root) => builder.value(root, 0)?,
        None => (Value::Null, leaf(Position::START)),
    };
    Ok(Document {
        value,
        duplicates: builder.duplicates,
        merges: builder.merges,
        odd_keys: builder.odd_keys,
        marks,
    })
}

fn leaf(at: Position) -> Marks {
    Marks { value: at, key: None, inside: HashMap::new() }
}

impl Builder<'_> {
    fn value(&mut self, id: NodeId, depth: usize) -> Result<(Value, Marks), Error> {
        let node = &self.nodes.nodes[id];
        self.count += 1;
        if self.count > VALUES_MAX {
            let message = format!("the aliases expand to more than {VALUES_MAX} values");
            return Err(Error::new(message, node.at));
        }
        if depth > DEPTH_MAX {
            let message = format!(
                "values are nested more than {DEPTH_MAX} deep, or an alias contains itself"
            );
            return Err(Error::new(message, node.at));
        }
        let tag = node.tag.as_deref().filter(|tag| *tag != "!");
        match &node.kind {
            Kind::Scalar { .. } => Ok((self.scalar(id)?, leaf(node.at))),
            Kind::Sequence(items) => match tag.map(|tag| tag.strip_prefix(PREFIX)) {
                None | Some(Some("seq")) => self.sequence(items, node.at, depth),
                Some(Some("omap" | "pairs")) => self.pairs(items, node.at, depth),
                Some(_) => Err(unknown_tag(tag, node.at)),
            },
            Kind::Mapping(_) => match tag.map(|tag| tag.strip_prefix(PREFIX)) {
                None | Some(Some("map")) => self.mapping(id, depth),
                Some(Some("set")) => {
                    let (value, marks) = self.mapping(id, depth)?;
                    Ok((keys(value), marks))
                }
                Some(_) => Err(unknown_tag(tag, node.at)),
            },
        }
    }

    fn sequence(
        &mut self,
        items: &[NodeId],
        at: Position,
        depth: usize,
    ) -> Result<(Value, Marks), Error> {
        let mut marks = leaf(at);
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            let (value, inside) = self.value(*item, depth + 1)?;
            self.path.pop();
            marks.inside.insert(Step::Index(index), inside);
            values.push(value);
        }
        Ok((Value::Array(values), marks))
    }

    /// Builds the pairs of an ordered map, each a list of two.
    fn pairs(
        &mut self,
        items: &[NodeId],
        at: Position,
        depth: usize,
    ) -> Result<(Value, Marks), Error> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let node = &self.nodes.nodes[*item];
            let Kind::Mapping(pairs) = &node.kind else {
                return Err(Error::new("an ordered map is a list of single pairs", node.at));
            };
            let [(key, value)] = pairs.as_slice() else {
                return Err(Error::new("an ordered map is a list of single pairs", node.at));
            };
            let key = self.value(*key, depth + 1)?.0;
            let value = self.value(*value, depth + 1)?.0;
            values.push(Value::Array(vec![key, value]));
        }
        Ok((Value::Array(values), leaf(at)))
    }

    fn mapping(&mut self, id: NodeId, depth: usize) -> Result<(Value, Marks), Error> {
        let at = self.nodes.nodes[id].at;
        let mut pairs = Vec::new();
        self.flatten(id, false, depth, &mut pairs)?;
        let mut marks = leaf(at);
        let mut object = Map::with_capacity(pairs.len());
        let mut seen: HashMap<String, (String, Position)> = HashMap::new();
        for pair in pairs {
            let key_node = &self.nodes.nodes[pair.key];
            let (key, identity) = self.key(pair.key)?;
            let mut text = key;
            if let Some((first_text, first)) = seen.get(&identity) {
                if !pair.is_merged && !self.is_from_merge(&marks, first_text) {
                    let written = self.written(pair.key);
                    let duplicate = Duplicate { key: written, first: *first, second: key_node.at };
                    self.duplicates.push(duplicate);
                }
                text.clone_from(first_text);
            } else {
                seen.insert(identity.clone(), (text.clone(), key_node.at));
            }
            self.path.push(Step::Key(text.clone()));
            if !identity.starts_with('s') {
                let path = self.path.clone();
                let written = self.written(pair.key);
                let odd = OddKey { path, key: text.clone(), written, position: key_node.at };
                self.odd_keys.push(odd);
            }
            let (value, mut inside) = self.value(pair.value, depth + 1)?;
            self.path.pop();
            // A merged pair is marked by its place alone, so that its own key may override it.
            inside.key = (!pair.is_merged).then_some(key_node.at);
            marks.inside.insert(Step::Key(text.clone()), inside);
            object.insert(text, value);
        }
        Ok((Value::Object(object), marks))
    }

    fn is_from_merge(&self, marks: &Marks, key: &str) -> bool {
        marks.inside.get(&Step::key(key)).is_some_and(|marks| marks.key.is_none())
    }

    /// Collects the pairs of a mapping: those of its merge keys first.
    fn flatten(
        &mut self,
        id: NodeId,
        is_merged: bool,
        depth: usize,
        out: &mut Vec<Pair>,
    ) -> Result<(), Error> {
        let node = &self.nodes.nodes[id];
        let Kind::Mapping(pairs) = &node.kind else {
            let message = "a merge key takes a mapping or a list of mappings";
            return Err(Error::new(message, node.at));
        };
        if depth > DEPTH_MAX || out.len() > VALUES_MAX {
            return Err(Error::new("merge keys are nested too deep", node.at));
        }
        for (key, value) in pairs {
            if !self.is_merge(*key) {
                continue;
            }
            self.merges.push(self.nodes.nodes[*key].at);
            match &self.nodes.nodes[*value].kind {
                Kind::Sequence(items) => {
                    // The first of the list has the last word.
                    for item in items.iter().rev() {
                        self.flatten(*item, true, depth + 1, out)?;
                    }
                }
                Kind::Mapping(_) | Kind::Scalar { .. } => {
                    self.flatten(*value, true, depth + 1, out)?;
                }
            }
        }
        let own = pairs.iter().filter(|(key, _)| !self.is_merge(*key));
        out.extend(own.map(|(key, value)| Pair { key: *key, value: *value, is_merged }));
        Ok(())
    }

    fn is_merge(&self, id: NodeId) -> bool {
        let node = &self.nodes.nodes[id];
        match (&node.kind, node.tag.as_deref()) {
            (Kind::Scalar { text, is_plain }, None) => *is_plain && text == "<<",
            (Kind::Scalar { .. }, Some(tag)) => tag == "tag:yaml.org,2002:merge",
            _ => false,
        }
    }

    /// Returns the key as JSON writes it, and what Python would compare it by.
    fn key(&mut self, id: NodeId) -> Result<(String, String), Error> {
        let node = &self.nodes.nodes[id];
        if !matches!(node.kind, Kind::Scalar { .. }) {
            let message = "a mapping or a list cannot be a key: a text that begins with `{{`, \
                           `{` or `[` must be quoted";
            return Err(Error::new(message, node.at));
        }
        let is_timestamp = self.looks(id) == Look::Timestamp;
        let value = self.scalar(id)?;
        Ok(match value {
            Value::String(text) if is_timestamp => (text.clone(), format!("t{text}")),
            Value::String(text) => (text.clone(), format!("s{text}")),
            Value::Bool(flag) => (flag.to_string(), format!("n{}", f64::from(u8::from(flag)))),
            Value::Number(number) => {
                let identity = format!("n{}", number.as_f64().unwrap_or_default());
                (repr_of_json(&Value::Number(number)), identity)
            }
            Value::Null | Value::Array(_) | Value::Object(_) => ("null".to_owned(), "0".to_owned()),
        })
    }

    fn written(&self, id: NodeId) -> String {
        match &self.nodes.nodes[id].kind {
            Kind::Scalar { text, .. } => text.clone(),
            Kind::Sequence(_) | Kind::Mapping(_) => String::new(),
        }
    }

    fn looks(&self, id: NodeId) -> Look {
        let node = &self.nodes.nodes[id];
        match (&node.kind, node.tag.as_deref()) {
            (Kind::Scalar { text, is_plain: true }, None)
            | (Kind::Scalar { text, .. }, Some("!")) => scalar::look(text),
            (_, Some("tag:yaml.org,2002:timestamp")) => Look::Timestamp,
            _ => Look::Text,
        }
    }

    fn scalar(&self, id: NodeId) -> Result<Value, Error> {
        let node = &self.nodes.nodes[id];
        let Kind::Scalar { text, .. } = &node.kind else { return Ok(Value::Null) };
        let fail = |what: &str| Error::new(format!("`{text}` is not {what}"), node.at);
        let tag = node.tag.as_deref().filter(|tag| *tag != "!");
        let look = match tag.map(|tag| tag.strip_prefix(PREFIX)) {
            None => self.looks(id),
            Some(Some("str")) => Look::Text,
            Some(Some("int")) => Look::Int,
            Some(Some("float")) => Look::Float,
            Some(Some("bool")) => Look::Bool,
            Some(Some("null")) => Look::Null,
            Some(Some("timestamp")) => Look::Timestamp,
            Some(Some("binary")) => return binary(text).ok_or_else(|| fail("text in base64")),
            Some(_) => return Err(unknown_tag(tag, node.at)),
        };
        match look {
            Look::Text => Ok(Value::String(text.clone())),
            Look::Null => Ok(Value::Null),
            Look::Merge => {
                Err(Error::new("`<<` stands for merging and is no value: quote it", node.at))
            }
            Look::Bool => {
                scalar::tagged_boolean(text).map(Value::Bool).ok_or_else(|| fail("a truth value"))
            }
            Look::Int => scalar::integer(text).ok_or_else(|| fail("a whole number")),
            Look::Float => scalar::float(text).ok_or_else(|| fail("a number")),
            Look::Timestamp => {
                let moment = scalar::timestamp(text).filter(|iso| scalar::is_real(iso));
                let what = "a moment that exists: if it is meant as a text, quote it";
                moment.map(Value::String).ok_or_else(|| fail(what))
            }
        }
    }
}

fn keys(value: Value) -> Value {
    let Value::Object(object) = value else { return value };
    Value::Array(object.into_iter().map(|(key, _)| Value::String(key)).collect())
}

fn unknown_tag(tag: Option<&str>, at: Position) -> Error {
    let tag = tag.unwrap_or_default();
    let message = format!(
        "could not determine a constructor for the tag '{tag}': only the standard tags such as \
         `!!str` are read; if the `!` belongs to the text, quote it"
    );
    Error::new(message, at)
}

/// Returns the text that is written in base64, when it is text.
fn binary(text: &str) -> Option<Value> {
    let digit = |c: u8| -> Option<u32> {
        Some(u32::from(match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        }))
    };
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for c in text.bytes().filter(|c| !c.is_ascii_whitespace() && *c != b'=') {
        bits = (bits << 6 | digit(c)?) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).ok().map(Value::String)
}
