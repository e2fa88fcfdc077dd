//! The grammar of a path: brackets bind loosest, then `..`, `.`, `|`, `&`, `where`.

use super::lexer::{Kind, Token};
use super::{DEPTH_MAX, Step, limit};
use crate::raise::{Class, Outcome, Raise};

/// Reads a whole path.
pub(super) fn parse(path: &str, tokens: Vec<Token>) -> Outcome<Step> {
    let mut parser = Parser { path, tokens, at: 0, depth: 0 };
    let step = parser.path(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(step),
        Some(token) => Err(token.misplaced()),
    }
}

struct Parser<'a> {
    path: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn next(&mut self) -> Outcome<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token.ok_or_else(|| {
            Raise::new(Class::Attribute, format!("the path `{}` is incomplete", self.path))
        })
    }

    fn expect(&mut self, mark: char) -> Outcome<()> {
        let token = self.next()?;
        if token.kind == Kind::Mark(mark) { Ok(()) } else { Err(token.misplaced()) }
    }

    /// Reads a path whose operators all bind at least as tightly as `floor`.
    fn path(&mut self, floor: u8) -> Outcome<Step> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(limit());
        }
        let mut left = self.operand()?;
        // A chain of operators nests to the left as deeply as it is long.
        let mut length = 0;
        while let Some((power, make)) = self.peek().and_then(operator) {
            length += 1;
            if power < floor {
                break;
            }
            if length > DEPTH_MAX {
                return Err(limit());
            }
            self.at += 1;
            let right = if power == BRACKETS { self.bracket()? } else { self.path(power + 1)? };
            left = make(Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Outcome<Step> {
        let token = self.next()?;
        let step = match &token.kind {
            Kind::Mark('*') => Step::Fields(vec!["*".to_owned()]),
            Kind::Mark('$') => Step::Root,
            Kind::Mark('[') => self.bracket()?,
            Kind::Mark('(') => {
                let inner = self.path(0)?;
                self.expect(')')?;
                inner
            }
            Kind::Name(name) => self.fields(name.clone())?,
            Kind::Operator(name) if name == "this" => Step::This,
            Kind::Operator(name) if name == "parent" => Step::Parent,
            Kind::Operator(name) => {
                let Token { line, column, .. } = token;
                let message = format!("Unknown named operator `{name}` at {line}:{column}");
                return Err(Raise::new(Class::Exception, message));
            }
            Kind::Number(_) | Kind::DoubleDot | Kind::Where | Kind::Mark(_) => {
                return Err(token.misplaced());
            }
        };
        Ok(step)
    }

    fn fields(&mut self, first: String) -> Outcome<Step> {
        let mut names = vec![first];
        while self.peek() == Some(&Kind::Mark(',')) {
            self.at += 1;
            let token = self.next()?;
            match token.kind {
                Kind::Name(name) => names.push(name),
                Kind::Number(_)
                | Kind::Operator(_)
                | Kind::DoubleDot
                | Kind::Where
                | Kind::Mark(_) => return Err(token.misplaced()),
            }
        }
        Ok(Step::Fields(names))
    }

    /// Reads what stands behind `[`, up to the `]`.
    fn bracket(&mut self) -> Outcome<Step> {
        let token = self.next()?;
        let step = match token.kind.clone() {
            Kind::Mark('*') => Step::Slice(None, None),
            Kind::Name(name) => self.fields(name)?,
            Kind::Mark(':') => Step::Slice(None, self.number()),
            Kind::Number(number) if self.peek() == Some(&Kind::Mark(':')) => {
                self.at += 1;
                Step::Slice(Some(number), self.number())
            }
            Kind::Number(number) => Step::Index(number),
            Kind::Operator(_) | Kind::DoubleDot | Kind::Where | Kind::Mark(_) => {
                return Err(token.misplaced());
            }
        };
        self.expect(']')?;
        Ok(step)
    }

    fn number(&mut self) -> Option<i64> {
        let Some(Kind::Number(number)) = self.peek() else { return None };
        let number = *number;
        self.at += 1;
        Some(number)
    }
}

type Make = fn(Box<Step>, Box<Step>) -> Step;

/// How tightly brackets bind.
const BRACKETS: u8 = 0;

fn operator(kind: &Kind) -> Option<(u8, Make)> {
    match kind {
        Kind::Mark('[') => Some((BRACKETS, Step::Child)),
        Kind::DoubleDot => Some((1, Step::Descendants)),
        Kind::Mark('.') => Some((2, Step::Child)),
        Kind::Mark('|') => Some((3, Step::Union)),
        Kind::Mark('&') => Some((4, Step::Intersect)),
        Kind::Where => Some((5, Step::Where)),
        Kind::Name(_) | Kind::Number(_) | Kind::Operator(_) | Kind::Mark(_) => None,
    }
}
