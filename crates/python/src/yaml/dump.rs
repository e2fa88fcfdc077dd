//! Values to YAML text, in block style and with sorted keys.

use crate::budget;
use crate::number::float_repr;
use crate::object::{Map, Object};
use crate::operators::sort_by_keys;
use crate::raise::{Class, Outcome, Raise};

use super::resolve::{Tag, tag};

const WIDTH: usize = 80;
const SIMPLE_KEY_BYTES_MAX: usize = 128;

/// Returns the YAML of a value.
pub fn dump(object: &Object, indent: usize, unicode: bool) -> Outcome<String> {
    let best = if (2..=9).contains(&indent) { indent } else { 2 };
    let mut emitter =
        Emitter { out: String::new(), best, unicode, column: 0, whitespace: true, indention: true };
    emitter.node(object, &Place { indent: None, in_mapping: false, key: false, depth: 0 })?;
    emitter.new_line(0);
    Ok(emitter.out)
}

/// Where a node stands.
struct Place {
    indent: Option<usize>,
    in_mapping: bool,
    key: bool,
    depth: usize,
}

struct Emitter {
    out: String,
    best: usize,
    unicode: bool,
    column: usize,
    whitespace: bool,
    indention: bool,
}

impl Emitter {
    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn put_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }

    fn new_line(&mut self, indent: usize) {
        let is_past = self.column > indent || (self.column == indent && !self.whitespace);
        if !self.indention || is_past {
            self.put_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, needs_space: bool, is_space: bool, is_indention: bool) {
        if needs_space && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = is_space;
        self.indention = self.indention && is_indention;
    }

    fn deeper(&self, indent: Option<usize>) -> usize {
        indent.map_or(0, |indent| indent + self.best)
    }

    fn node(&mut self, object: &Object, place: &Place) -> Outcome<()> {
        crate::guard(place.depth)?;
        let before = self.out.len();
        match object {
            Object::List(seq) | Object::Tuple(seq) => {
                let items = seq.items.borrow();
                if items.is_empty() {
                    self.indicator("[", true, true, false);
                    self.indicator("]", false, false, false);
                } else {
                    self.sequence(&items, place)?;
                }
            }
            Object::Dict(map) if !map.frozen => {
                if map.entries.borrow().is_empty() {
                    self.indicator("{", true, true, false);
                    self.indicator("}", false, false, false);
                } else {
                    self.mapping(map, place)?;
                }
            }
            other => {
                let (text, plain) = scalar(other)?;
                self.scalar(&text, plain, place);
            }
        }
        budget::build(self.out.len() - before)
    }

    fn sequence(&mut self, items: &[Object], place: &Place) -> Outcome<()> {
        let inline = place.in_mapping && !self.indention;
        let indent = if inline { place.indent.unwrap_or(0) } else { self.deeper(place.indent) };
        for item in items {
            self.new_line(indent);
            self.indicator("-", true, false, true);
            let inside = Place {
                indent: Some(indent),
                in_mapping: false,
                key: false,
                depth: place.depth + 1,
            };
            self.node(item, &inside)?;
        }
        Ok(())
    }

    fn mapping(&mut self, map: &Map, place: &Place) -> Outcome<()> {
        let indent = self.deeper(place.indent);
        let depth = place.depth + 1;
        for (key, value) in sorted(map)? {
            self.new_line(indent);
            let simple = is_simple_key(&key)?;
            let place = |key| Place { indent: Some(indent), in_mapping: true, key, depth };
            if simple {
                self.node(&key, &place(true))?;
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.node(&key, &place(false))?;
                self.new_line(indent);
                self.indicator(":", true, false, true);
            }
            self.node(&value, &place(false))?;
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, plain: bool, place: &Place) {
        let form = analyze(text, self.unicode);
        let multiline_key = place.key && form.multiline;
        let plain = plain && form.plain && !multiline_key && !(text.is_empty() && place.key);
        let indent = place.indent.map_or(self.best, |indent| indent + self.best);
        let breaks = !place.key;
        if plain && !(text.is_empty() && place.key) {
            self.plain(text, indent, breaks);
        } else if form.single && !multiline_key {
            self.single_quoted(text, indent, breaks);
        } else {
            self.double_quoted(text, indent, breaks);
        }
    }

    fn plain(&mut self, text: &str, indent: usize, breaks: bool) {
        if !self.whitespace && !text.is_empty() {
            self.put(' ');
        }
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let folds = c == ' '
                && breaks
                && !after_space
                && self.column > WIDTH
                && chars.peek().is_some_and(|next| *next != ' ');
            if folds {
                self.new_line(indent);
            } else {
                self.put(c);
            }
            after_space = c == ' ';
            if c != ' ' {
                self.indention = false;
            }
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, indent: usize, allow_breaks: bool) {
        self.indicator("'", true, false, false);
        let (mut after_space, mut after_break) = (false, false);
        let chars: Vec<char> = text.chars().collect();
        for (index, &c) in chars.iter().enumerate() {
            if c == ' ' {
                let folds = allow_breaks
                    && !after_space
                    && self.column > WIDTH
                    && index != 0
                    && index + 1 != chars.len()
                    && chars[index + 1] != ' ';
                if folds {
                    self.new_line(indent);
                } else {
                    self.put(c);
                }
                after_space = true;
            } else if is_break(c) {
                if !after_break && c == '\n' {
                    self.put_break('\n');
                }
                self.put_break(c);
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.new_line(indent);
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
                after_space = false;
                after_break = false;
            }
        }
        if after_break {
            self.new_line(indent);
        }
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn double_quoted(&mut self, text: &str, indent: usize, allow_breaks: bool) {
        self.indicator("\"", true, false, false);
        let mut after_space = false;
        let chars: Vec<char> = text.chars().collect();
        for (index, &c) in chars.iter().enumerate() {
            let shown = is_printable(c) && (self.unicode || c.is_ascii()) && !is_break(c);
            if !shown || matches!(c, '"' | '\\' | '\u{feff}') {
                escape(c).chars().for_each(|c| self.put(c));
                after_space = false;
            } else if c == ' ' {
                let folds = allow_breaks
                    && !after_space
                    && self.column > WIDTH
                    && index != 0
                    && index + 1 != chars.len();
                if folds {
                    self.new_line(indent);
                    if chars[index + 1] == ' ' {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                after_space = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => "0",
        '\u{7}' => "a",
        '\u{8}' => "b",
        '\t' => "t",
        '\n' => "n",
        '\u{b}' => "v",
        '\u{c}' => "f",
        '\r' => "r",
        '\u{1b}' => "e",
        '"' => "\"",
        '\\' => "\\",
        '\u{85}' => "N",
        '\u{a0}' => "_",
        '\u{2028}' => "L",
        '\u{2029}' => "P",
        _ => "",
    };
    if !short.is_empty() {
        return format!("\\{short}");
    }
    match u32::from(c) {
        code @ 0..=0xff => format!("\\x{code:02X}"),
        code @ 0x100..=0xffff => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}

fn sorted(map: &Map) -> Outcome<Vec<(Object, Object)>> {
    let pairs: Vec<(Object, Object)> = map.entries.borrow().values().cloned().collect();
    let keyed =
        pairs.iter().enumerate().map(|(index, (key, _))| (key.clone(), Object::count(index)));
    let order = match sort_by_keys(keyed.collect(), false) {
        Ok(order) => order,
        Err(raise) if raise.0.class == Class::Type => return Ok(pairs),
        Err(raise) => return Err(raise),
    };
    let index = |object: &Object| object.as_int().and_then(|index| usize::try_from(index).ok());
    Ok(order.iter().filter_map(|object| pairs.get(index(object)?).cloned()).collect())
}

fn is_simple_key(key: &Object) -> Outcome<bool> {
    Ok(match key {
        Object::Tuple(seq) => seq.items.borrow().is_empty(),
        other => {
            let (text, _) = scalar(other)?;
            text.len() <= SIMPLE_KEY_BYTES_MAX && !text.contains(is_break)
        }
    })
}

/// Returns the text of a scalar, and whether it reads back as what it is when plain.
fn scalar(object: &Object) -> Outcome<(String, bool)> {
    Ok(match object {
        Object::None => ("null".to_owned(), true),
        Object::Bool(flag) => (flag.to_string(), true),
        Object::Int(number) => (number.to_string(), true),
        Object::Float(number) => (float_text(*number), true),
        Object::Str(text) => (text.to_string(), tag(text) == Tag::Str),
        other => {
            let shown = crate::text::repr(other)?;
            let message = format!("('cannot represent an object', {shown})");
            return Err(Raise::new(Class::Representer, message));
        }
    })
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = float_repr(number);
    if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

struct Form {
    multiline: bool,
    plain: bool,
    single: bool,
}

/// Finds out in which styles a scalar can be written.
fn analyze(text: &str, unicode: bool) -> Form {
    let blank = |c: Option<&char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(*c));
    let chars: Vec<char> = text.chars().collect();
    let mut form = Form { multiline: false, plain: true, single: true };
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut special, mut break_space, mut space_break) = (false, false, false);
    let (mut after_space, mut after_break) = (false, false);
    for (index, &c) in chars.iter().enumerate() {
        let (before, after) = (index.checked_sub(1).map(|at| &chars[at]), chars.get(index + 1));
        indicators |= match c {
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`' => index == 0,
            '#' => index == 0 || blank(before),
            '?' | '-' => index == 0 && blank(after),
            ':' => blank(after),
            _ => false,
        };
        let shown = is_printable(c) || ('\u{10000}'..'\u{10ffff}').contains(&c);
        special |= !shown || (!c.is_ascii() && !unicode);
        form.multiline |= is_break(c);
        let is_edge = index == 0 || index + 1 == chars.len();
        if c == ' ' || is_break(c) {
            form.plain &= !is_edge;
        }
        break_space |= c == ' ' && after_break;
        space_break |= is_break(c) && after_space;
        after_space = c == ' ';
        after_break = is_break(c);
    }
    form.plain &= !indicators && !form.multiline && !break_space && !space_break && !special;
    form.single &= !break_space && !space_break && !special;
    form
}
