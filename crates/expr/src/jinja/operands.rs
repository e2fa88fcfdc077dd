//! Tokens to the tree: what follows an operand. Attributes, items, calls,
//! filters and tests.

use std::sync::Arc;

use python::raise::Outcome;

use super::ast::{Call, Constant, Expression, Kind};
use super::lexer::Token;
use super::parser::Parser;

/// Methods that change their object.
const MUTATING: [&str; 11] = [
    "append",
    "clear",
    "extend",
    "insert",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "update",
];

impl Parser {
    pub(super) fn postfix(&mut self, mut node: Expression) -> Outcome<Expression> {
        loop {
            node = match self.token() {
                Token::Operator("." | "[") => self.subscript(node)?,
                Token::Operator("(") => self.call(node)?,
                _ => return Ok(node),
            };
        }
    }

    pub(super) fn filters(&mut self, mut node: Expression) -> Outcome<Expression> {
        loop {
            node = match self.token() {
                Token::Operator("|") => {
                    self.advance();
                    self.filter(Some(node))?
                }
                Token::Name(name) if &**name == "is" => self.test(node)?,
                Token::Operator("(") => self.call(node)?,
                _ => return Ok(node),
            };
        }
    }

    fn subscript(&mut self, node: Expression) -> Outcome<Expression> {
        let at = self.at();
        if self.skip_operator(".") {
            let at = self.at();
            let kind = match self.advance() {
                Token::Name(name) => {
                    self.mutates |= MUTATING.contains(&&*name);
                    Kind::Attribute(Box::new(node), name)
                }
                Token::Int(index) => {
                    let kind = Kind::Constant(Constant::Int(index));
                    Kind::Item(Box::new(node), Box::new(self.node(at, kind)?))
                }
                _ => return self.fail("expected name or number"),
            };
            return self.node(at, kind);
        }
        self.expect_operator("[")?;
        let mut items = Vec::new();
        while !self.is_operator("]") {
            if !items.is_empty() {
                self.expect_operator(",")?;
            }
            items.push(self.subscribed()?);
        }
        self.expect_operator("]")?;
        if items.len() == 1 {
            return match items.pop() {
                Some(Subscribed::Slice(bounds)) => {
                    self.node(at, Kind::Slice(Box::new(node), bounds))
                }
                Some(Subscribed::Plain(item)) => {
                    if let Kind::Constant(Constant::Str(name)) = &item.kind {
                        self.mutates |= MUTATING.contains(&&**name);
                    }
                    self.node(at, Kind::Item(Box::new(node), Box::new(item)))
                }
                None => Ok(node),
            };
        }
        let mut parts = Vec::new();
        for item in items {
            match item {
                Subscribed::Plain(item) => parts.push(item),
                Subscribed::Slice(_) => return self.fail("a tuple of slices is not supported"),
            }
        }
        let key = self.node(at, Kind::Tuple(parts))?;
        self.node(at, Kind::Item(Box::new(node), Box::new(key)))
    }

    fn subscribed(&mut self) -> Outcome<Subscribed> {
        let mut bounds = [None, None, None];
        if !self.is_operator(":") {
            let first = self.expression(true)?;
            if !self.is_operator(":") {
                return Ok(Subscribed::Plain(first));
            }
            bounds[0] = Some(first);
        }
        self.expect_operator(":")?;
        let ends = |parser: &Self| parser.is_operator("]") || parser.is_operator(",");
        if !self.is_operator(":") && !ends(self) {
            bounds[1] = Some(self.expression(true)?);
        }
        if self.skip_operator(":") && !ends(self) {
            bounds[2] = Some(self.expression(true)?);
        }
        Ok(Subscribed::Slice(Box::new(bounds)))
    }

    fn call(&mut self, node: Expression) -> Outcome<Expression> {
        let at = node.at;
        let call = Box::new(self.call_arguments()?);
        self.node(at, Kind::Call(Box::new(node), call))
    }

    fn call_arguments(&mut self) -> Outcome<Call> {
        self.expect_operator("(")?;
        let mut call = Call::default();
        let mut count = 0;
        while !self.is_operator(")") {
            if count > 0 {
                self.expect_operator(",")?;
                if self.is_operator(")") {
                    break;
                }
            }
            count += 1;
            let more = call.more_positional.is_some() || call.more_named.is_some();
            let wrong = "invalid syntax for function call expression";
            if self.is_operator("*") {
                if more {
                    return self.fail(wrong);
                }
                self.advance();
                call.more_positional = Some(self.expression(true)?);
            } else if self.is_operator("**") {
                if call.more_named.is_some() {
                    return self.fail(wrong);
                }
                self.advance();
                call.more_named = Some(self.expression(true)?);
            } else if let (Token::Name(name), Token::Operator("=")) =
                (self.token().clone(), self.look())
            {
                if call.more_named.is_some() {
                    return self.fail(wrong);
                }
                self.advance();
                self.advance();
                call.named.push((name, self.expression(true)?));
            } else {
                if more || !call.named.is_empty() {
                    return self.fail(wrong);
                }
                call.positional.push(self.expression(true)?);
            }
        }
        self.expect_operator(")")?;
        Ok(call)
    }

    fn dotted_name(&mut self) -> Outcome<Arc<str>> {
        let mut name = self.expect_name()?;
        while self.skip_operator(".") {
            name = format!("{name}.{}", self.expect_name()?).into();
        }
        Ok(name)
    }

    /// Parses a filter behind its bar.
    pub(super) fn filter(&mut self, node: Option<Expression>) -> Outcome<Expression> {
        let at = self.at();
        let name = self.dotted_name()?;
        let call = if self.is_operator("(") { self.call_arguments()? } else { Call::default() };
        self.mutates |= gives_methods(&name, &call);
        let kind = Kind::Filter(node.map(Box::new), name, Box::new(call));
        self.node(at, kind)
    }

    fn test(&mut self, node: Expression) -> Outcome<Expression> {
        self.advance();
        let negated = self.skip_name("not");
        let at = self.at();
        let name = self.dotted_name()?;
        let starts_operand = match self.token() {
            Token::Name(word) if &**word == "is" => {
                return self.fail("You cannot chain multiple tests with is");
            }
            Token::Name(word) => !matches!(&**word, "else" | "or" | "and"),
            Token::Str(_) | Token::Int(_) | Token::Float(_) => true,
            Token::Operator(sign) => matches!(*sign, "[" | "{"),
            _ => false,
        };
        let mut call = Call::default();
        if self.is_operator("(") {
            call = self.call_arguments()?;
        } else if starts_operand {
            let operand = self.primary()?;
            call.positional.push(self.postfix(operand)?);
        }
        let kind = Kind::Test(Box::new(node), name, Box::new(call));
        let test = self.node(at, kind)?;
        if negated {
            return self.node(at, Kind::Not(Box::new(test)));
        }
        Ok(test)
    }
}

enum Subscribed {
    Plain(Expression),
    Slice(Box<[Option<Expression>; 3]>),
}

/// Returns whether a filter may give a method that changes its object.
fn gives_methods(name: &str, call: &Call) -> bool {
    let argument = match (name, call.positional.as_slice(), call.named.as_slice()) {
        ("attr", [attribute], []) => attribute,
        ("map", [], [(word, attribute)]) if &**word == "attribute" => attribute,
        ("map", [filter, ..], _) => {
            return !matches!(&filter.kind, Kind::Constant(Constant::Str(name))
                if !matches!(&**name, "attr" | "map"));
        }
        ("attr" | "map", ..) => return true,
        _ => return false,
    };
    match &argument.kind {
        Kind::Constant(Constant::Str(path)) => path.split('.').any(|key| MUTATING.contains(&key)),
        _ => true,
    }
}
