//! Parses YAQL: prefix and infix operators by the strength with which they bind.

use std::sync::Arc;

use python::raise::{Class, Outcome, Raise};

use super::ast::{Call, Constant, Kind, Node};
use super::lexer::{Token, TokenKind, tokens};

/// How deeply expressions may nest.
const DEPTH_MAX: usize = 120;

/// How tightly a prefix binds what follows it.
const SIGN_STRENGTH: u8 = 90;
const NOT_STRENGTH: u8 = 40;
const INDEX_STRENGTH: u8 = 100;

/// A parsed expression.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) root: Arc<Node>,
}

/// Parses an expression.
pub(crate) fn parse(source: &str) -> Outcome<Expression> {
    let tokens = tokens(source)?;
    let mut parser = Parser { source, tokens, next: 0, depth: 0 };
    let root = parser.value(0)?;
    match parser.peek() {
        None => Ok(Expression { root }),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

/// Returns how strongly an infix operator binds to its left and to its right.
fn strengths(sign: &str) -> Option<(u8, u8)> {
    Some(match sign {
        "." | "?." => (110, 111),
        "[" => (INDEX_STRENGTH, 0),
        "=~" | "!~" => (80, 81),
        "*" | "/" | "mod" => (70, 71),
        "+" | "-" => (60, 61),
        ">" | "<" | ">=" | "<=" | "!=" | "=" | "in" => (50, 51),
        "and" => (30, 31),
        "or" => (20, 21),
        "->" => (11, 10),
        _ => return None,
    })
}

impl Parser<'_> {
    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.source.len(), |token| token.at)
    }

    fn sees(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Sign(seen)) if *seen == sign)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let sees = self.sees(sign);
        self.next += usize::from(sees);
        sees
    }

    fn expect(&mut self, sign: &str) -> Outcome<()> {
        if self.accept(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Raise {
        let Some(token) = self.tokens.get(self.next) else {
            let message = "Parse error: unexpected end of statement";
            return Raise::new(Class::Grammar, message).at(self.source.len());
        };
        let end = self.tokens.get(self.next + 1).map_or(self.source.len(), |next| next.at);
        let text = match &token.kind {
            TokenKind::Function(name) => name.clone(),
            TokenKind::Text(text) => text.clone(),
            _ => self.source[token.at..end].trim_end().to_owned(),
        };
        let position = self.source[..token.at].chars().count();
        let message = format!(
            "Parse error: unexpected '{text}' at position {position} of expression '{}'",
            self.source
        );
        Raise::new(Class::Grammar, message).at(token.at)
    }

    /// Parses a value whose infix operators bind at least as strongly as `strength`.
    fn value(&mut self, strength: u8) -> Outcome<Arc<Node>> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(too_deep(self.at()));
        }
        let mut left = self.prefixed()?;
        let mut length = 0;
        while let Some(TokenKind::Sign(sign)) = self.peek() {
            let sign = *sign;
            let Some((left_strength, right_strength)) = strengths(sign) else { break };
            if left_strength < strength {
                break;
            }
            length += 1;
            if length > 2 * DEPTH_MAX {
                return Err(too_deep(self.at()));
            }
            let at = self.at();
            self.next += 1;
            left = if sign == "[" {
                let mut arguments = vec![Some(left)];
                arguments.extend(self.arguments("]")?);
                operator(at, "#indexer", arguments)
            } else {
                let right = self.value(right_strength)?;
                operator(at, operator_name(sign), vec![Some(left), Some(right)])
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefixed(&mut self) -> Outcome<Arc<Node>> {
        let at = self.at();
        let (name, strength) = match self.peek() {
            Some(TokenKind::Sign("+")) => ("#unary_operator_+", SIGN_STRENGTH),
            Some(TokenKind::Sign("-")) => ("#unary_operator_-", SIGN_STRENGTH),
            Some(TokenKind::Sign("not")) => ("#unary_operator_not", NOT_STRENGTH),
            _ => return self.primary(),
        };
        self.next += 1;
        let value = self.value(strength)?;
        Ok(operator(at, name, vec![Some(value)]))
    }

    fn primary(&mut self) -> Outcome<Arc<Node>> {
        let at = self.at();
        let Some(token) = self.peek().cloned() else { return Err(self.unexpected()) };
        let kind = match token {
            TokenKind::Text(text) => Kind::Constant(Constant::Str(text.into())),
            TokenKind::Int(number) => Kind::Constant(Constant::Int(number)),
            TokenKind::Float(number) => Kind::Constant(Constant::Float(number)),
            TokenKind::Word(word) => match word.as_str() {
                "true" => Kind::Constant(Constant::Bool(true)),
                "false" => Kind::Constant(Constant::Bool(false)),
                "null" => Kind::Constant(Constant::None),
                _ => Kind::Keyword(word.into()),
            },
            TokenKind::Dollar(name) if name.is_empty() => Kind::Variable("1".into()),
            TokenKind::Dollar(name) => Kind::Variable(name.into()),
            TokenKind::Function(name) => {
                self.next += 1;
                let arguments = self.arguments(")")?;
                return Ok(node(at, Kind::Call(Call { name: name.into(), arguments })));
            }
            TokenKind::Sign("(") => {
                self.next += 1;
                let inner = self.value(0)?;
                self.expect(")")?;
                return Ok(node(at, Kind::Wrap(inner)));
            }
            TokenKind::Sign("[") => {
                self.next += 1;
                return Ok(operator(at, "#list", self.arguments("]")?));
            }
            TokenKind::Sign("{") => {
                self.next += 1;
                return Ok(operator(at, "#map", self.arguments("}")?));
            }
            TokenKind::Sign(_) => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(node(at, kind))
    }

    /// Parses arguments up to a closing sign: values, some left out, then those with names.
    fn arguments(&mut self, close: &str) -> Outcome<Vec<Option<Arc<Node>>>> {
        let mut arguments: Vec<Option<Arc<Node>>> = Vec::new();
        if self.accept(close) {
            return Ok(arguments);
        }
        let mut named = false;
        let mut gaps = 0;
        loop {
            if !named && self.accept(",") {
                arguments.push(None);
                gaps += 1;
                continue;
            }
            let at = self.at();
            let value = self.value(0)?;
            if self.sees("=>") {
                // Before the first one with a name, one gap may stand after a value.
                let fits = gaps == 0 || (gaps == 1 && arguments.len() > 1);
                if !named && !fits {
                    return Err(self.unexpected());
                }
                self.next += 1;
                let right = self.value(0)?;
                arguments.push(Some(node(at, Kind::Rule(value, right))));
                named = true;
            } else if named {
                return Err(self.unexpected());
            } else {
                arguments.push(Some(value));
            }
            gaps = 0;
            if self.accept(close) {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }
}

fn too_deep(at: usize) -> Raise {
    Raise::new(Class::Recursion, "the expression is nested too deeply").at(at)
}

fn node(at: usize, kind: Kind) -> Arc<Node> {
    Arc::new(Node { at, kind })
}

fn operator(at: usize, name: &str, arguments: Vec<Option<Arc<Node>>>) -> Arc<Node> {
    node(at, Kind::Operator(Call { name: name.into(), arguments }))
}

fn operator_name(sign: &str) -> &'static str {
    match sign {
        "." => "#operator_.",
        "?." => "#operator_?.",
        "=~" => "#operator_=~",
        "!~" => "#operator_!~",
        "*" => "#operator_*",
        "/" => "#operator_/",
        "mod" => "#operator_mod",
        "+" => "#operator_+",
        "-" => "#operator_-",
        ">" => "#operator_>",
        "<" => "#operator_<",
        ">=" => "#operator_>=",
        "<=" => "#operator_<=",
        "!=" => "*not_equal",
        "=" => "*equal",
        "in" => "#operator_in",
        "and" => "#operator_and",
        "or" => "#operator_or",
        _ => "#operator_->",
    }
}
