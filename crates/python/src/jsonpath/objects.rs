//! Paths into Python's values, in the dialect of python-jsonpath-rw: fields, indices,
//! slices, descendants, unions, `where`, and the current and the parent node.

use std::rc::Rc;

use crate::budget;
use crate::object::Object;
use crate::operators::{iterate, length, subscript};
use crate::raise::{Class, Outcome, Raise, type_error};

/// Returns what a path finds in a value.
pub fn find(path: &str, value: &Object) -> Outcome<Vec<Object>> {
    let mut parser = Parser { tokens: tokens(path)?, at: 0 };
    let path = parser.path(0, 0)?;
    if parser.at < parser.tokens.len() {
        return Err(parser.wrong());
    }
    let root = Rc::new(Datum { value: value.clone(), parent: None });
    let found = path.find(&root, 0)?;
    Ok(found.iter().map(|datum| datum.value.clone()).collect())
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Named(String),
    Number(i128),
    Where,
    DoubleDot,
    Sign(char),
}

fn error(message: impl Into<String>) -> Raise {
    Raise::new(Class::JsonPath, message)
}

fn tokens(path: &str) -> Outcome<Vec<Token>> {
    let chars: Vec<char> = path.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let start = at;
        at += 1;
        let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
        match c {
            ' ' | '\t' | '\n' => {}
            '.' if chars.get(at) == Some(&'.') => {
                at += 1;
                tokens.push(Token::DoubleDot);
            }
            '\'' | '"' | '`' => {
                let (text, end) = quoted(&chars, at, c)?;
                at = end;
                tokens.push(if c == '`' { Token::Named(text) } else { Token::Name(text) });
            }
            '*' | '.' | '[' | ']' | '(' | ')' | '$' | ',' | ':' | '|' | '&' => {
                tokens.push(Token::Sign(c));
            }
            c if c.is_ascii_digit() || (c == '-' && digit(at)) => {
                while digit(at) {
                    at += 1;
                }
                let text: String = chars[start..at].iter().collect();
                tokens.push(Token::Number(
                    text.parse().map_err(|_| error("the index is too large"))?,
                ));
            }
            c if c.is_ascii_alphabetic() || matches!(c, '_' | '@') => {
                let inside = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '-');
                while chars.get(at).is_some_and(inside) {
                    at += 1;
                }
                let text: String = chars[start..at].iter().collect();
                tokens.push(if text == "where" { Token::Where } else { Token::Name(text) });
            }
            c => {
                return Err(error(format!(
                    "Error on line 1, col {start}: Unexpected character: {c} "
                )));
            }
        }
    }
    Ok(tokens)
}

fn quoted(chars: &[char], mut at: usize, quote: char) -> Outcome<(String, usize)> {
    let mut text = String::new();
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            c if c == quote => return Ok((text, at)),
            '\\' => {
                text.extend(chars.get(at));
                at += 1;
            }
            c => text.push(c),
        }
    }
    Err(error("Unexpected EOF in string literal or identifier"))
}

enum Path {
    Root,
    This,
    Parent,
    Fields(Vec<String>),
    Index(i128),
    Slice(Option<i128>, Option<i128>),
    Child(Box<Self>, Box<Self>),
    Descendants(Box<Self>, Box<Self>),
    Union(Box<Self>, Box<Self>),
    Where(Box<Self>, Box<Self>),
}

/// Makes one path of two.
type Join = fn(Box<Path>, Box<Path>) -> Path;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn wrong(&self) -> Raise {
        match self.token() {
            Some(token) => error(format!("Parse error near token {token:?}")),
            None => error("Parse error at the end of the path"),
        }
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.token() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) -> Outcome<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.wrong()) }
    }

    /// Parses operators that bind at least as tightly as `floor`.
    fn path(&mut self, floor: u8, depth: usize) -> Outcome<Path> {
        crate::guard(depth)?;
        let mut left = self.primary(depth)?;
        loop {
            budget::step(1)?;
            let (level, make): (u8, Join) = match self.token() {
                Some(Token::DoubleDot) => (1, Path::Descendants),
                Some(Token::Sign('.')) => (2, Path::Child),
                Some(Token::Sign('|')) => (3, Path::Union),
                Some(Token::Where) => (5, Path::Where),
                Some(Token::Sign('[')) => {
                    let inside = self.brackets()?;
                    left = Path::Child(Box::new(left), Box::new(inside));
                    continue;
                }
                _ => return Ok(left),
            };
            if level < floor {
                return Ok(left);
            }
            self.at += 1;
            let right = self.path(level + 1, depth + 1)?;
            left = make(Box::new(left), Box::new(right));
        }
    }

    fn primary(&mut self, depth: usize) -> Outcome<Path> {
        match self.token().cloned() {
            Some(Token::Sign('$')) => {
                self.at += 1;
                Ok(Path::Root)
            }
            Some(Token::Sign('*')) => {
                self.at += 1;
                Ok(Path::Fields(vec!["*".to_owned()]))
            }
            Some(Token::Sign('(')) => {
                self.at += 1;
                let inside = self.path(0, depth + 1)?;
                self.expect(')')?;
                Ok(inside)
            }
            Some(Token::Sign('[')) => self.brackets(),
            Some(Token::Named(name)) => {
                self.at += 1;
                match name.as_str() {
                    "this" => Ok(Path::This),
                    "parent" => Ok(Path::Parent),
                    _ => Err(error(format!("Unknown named operator `{name}`"))),
                }
            }
            Some(Token::Name(_)) => self.fields().map(Path::Fields),
            _ => Err(self.wrong()),
        }
    }

    fn fields(&mut self) -> Outcome<Vec<String>> {
        let mut names = Vec::new();
        loop {
            let Some(Token::Name(name)) = self.token().cloned() else { return Err(self.wrong()) };
            self.at += 1;
            names.push(name);
            if !self.eat(',') {
                return Ok(names);
            }
        }
    }

    fn brackets(&mut self) -> Outcome<Path> {
        self.expect('[')?;
        let path = match self.token() {
            Some(Token::Name(_)) => Path::Fields(self.fields()?),
            Some(Token::Sign('*')) => {
                self.at += 1;
                Path::Slice(None, None)
            }
            _ => {
                let start = self.number();
                if self.eat(':') {
                    Path::Slice(start, self.number())
                } else {
                    Path::Index(start.ok_or_else(|| self.wrong())?)
                }
            }
        };
        self.expect(']')?;
        Ok(path)
    }

    fn number(&mut self) -> Option<i128> {
        let Some(Token::Number(number)) = self.token() else { return None };
        let number = *number;
        self.at += 1;
        Some(number)
    }
}

/// A value and the one in which it was found.
struct Datum {
    value: Object,
    parent: Option<Rc<Self>>,
}

type Found = Vec<Rc<Datum>>;

fn inside(parent: &Rc<Datum>, value: Object) -> Rc<Datum> {
    Rc::new(Datum { value, parent: Some(Rc::clone(parent)) })
}

impl Path {
    fn find(&self, datum: &Rc<Datum>, depth: usize) -> Outcome<Found> {
        crate::guard(depth)?;
        let found = self.follow(datum, depth)?;
        budget::step(1 + found.len())?;
        budget::build(found.len() * size_of::<Datum>())?;
        Ok(found)
    }

    fn follow(&self, datum: &Rc<Datum>, depth: usize) -> Outcome<Found> {
        budget::step(1)?;
        let mut found = Vec::new();
        match self {
            Self::Root => {
                let mut top = Rc::clone(datum);
                while let Some(parent) = &top.parent {
                    top = Rc::clone(parent);
                }
                found.push(top);
            }
            Self::This => found.push(Rc::clone(datum)),
            Self::Parent => match &datum.parent {
                Some(parent) => found.push(Rc::clone(parent)),
                None => return Err(error("the root has no parent")),
            },
            Self::Fields(names) => return fields(names, datum),
            Self::Index(index) => {
                let length = i128::try_from(length(&datum.value)?).unwrap_or(i128::MAX);
                if length > *index {
                    match subscript(&datum.value, &Object::Int(*index))? {
                        Some(value) => found.push(inside(datum, value)),
                        None => return Err(error("list index out of range")),
                    }
                }
            }
            Self::Slice(start, end) => return sliced(*start, *end, datum),
            Self::Child(left, right) => {
                for datum in left.find(datum, depth + 1)? {
                    found.extend(right.find(&datum, depth + 1)?);
                }
            }
            Self::Union(left, right) => {
                found = left.find(datum, depth + 1)?;
                found.extend(right.find(datum, depth + 1)?);
            }
            Self::Where(left, right) => {
                for datum in left.find(datum, depth + 1)? {
                    if !right.find(&datum, depth + 1)?.is_empty() {
                        found.push(datum);
                    }
                }
            }
            Self::Descendants(left, right) => {
                for datum in left.find(datum, depth + 1)? {
                    descend(right, &datum, depth + 1, &mut found)?;
                }
            }
        }
        Ok(found)
    }
}

fn fields(names: &[String], datum: &Rc<Datum>) -> Outcome<Found> {
    let all = names.iter().any(|name| name == "*");
    if let Object::Undefined(undefined) = &datum.value {
        return Err(undefined.error());
    }
    let Object::Dict(map) = &datum.value else { return Ok(Vec::new()) };
    if all {
        let entries = map.entries.borrow();
        return Ok(entries.values().map(|(_, value)| inside(datum, value.clone())).collect());
    }
    let mut found = Vec::new();
    for name in names {
        if let Some(value) = subscript(&datum.value, &Object::str(name))? {
            found.push(inside(datum, value));
        }
    }
    Ok(found)
}

fn sliced(start: Option<i128>, end: Option<i128>, datum: &Rc<Datum>) -> Outcome<Found> {
    let single = matches!(datum.value, Object::Dict(_) | Object::Int(_) | Object::Bool(_))
        || datum.value.as_str().is_some();
    let items = match &datum.value {
        _ if single => vec![datum.value.clone()],
        Object::List(_) | Object::Tuple(_) | Object::Range(_) | Object::Undefined(_) => {
            iterate(&datum.value)?
        }
        other => {
            return type_error(format!("object of type '{}' has no len()", other.type_name()));
        }
    };
    let length = i128::try_from(items.len()).unwrap_or(i128::MAX);
    let place = |index: i128| {
        let index = if index < 0 { index + length } else { index };
        usize::try_from(index.clamp(0, length)).unwrap_or(0)
    };
    let (from, to) = (place(start.unwrap_or(0)), place(end.unwrap_or(length)));
    let picked = items.into_iter().take(to).skip(from);
    Ok(picked.map(|value| inside(datum, value)).collect())
}

/// Finds matches in a value and in all that it holds.
fn descend(path: &Path, datum: &Rc<Datum>, depth: usize, found: &mut Found) -> Outcome<()> {
    crate::guard(depth)?;
    found.extend(path.find(datum, depth + 1)?);
    let parts = match &datum.value {
        Object::List(_) => iterate(&datum.value)?,
        Object::Dict(map) => {
            map.entries.borrow().values().map(|(_, value)| value.clone()).collect()
        }
        _ => Vec::new(),
    };
    budget::step(1 + parts.len())?;
    for value in parts {
        descend(path, &inside(datum, value), depth + 1, found)?;
    }
    Ok(())
}
