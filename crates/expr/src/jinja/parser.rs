//! Tokens to the tree: expressions. Statements are in `statements`.

use std::sync::Arc;

use python::arithmetic::Binary;
use python::operators::Order;
use python::raise::{Class, Outcome, Raise};

use super::ast::{Comparison, Condition, Constant, Expression, Kind, Template};
use super::lexer::{Token, expression_tokens, normalize, tokens};

/// How deeply expressions and blocks may nest.
const DEPTH_MAX: usize = 60;
/// How high the tree of an expression may be.
const HEIGHT_MAX: usize = 200;

/// Parses a template and refuses names of filters and tests that do not exist.
pub(crate) fn parse(source: &str) -> Outcome<Template> {
    let template = parse_unchecked(source)?;
    super::check::statements(&template.body)?;
    Ok(template)
}

/// Parses a template, whatever its filters and tests.
pub(crate) fn parse_unchecked(source: &str) -> Outcome<Template> {
    let source = normalize(source);
    let mut parser = Parser::new(tokens(&source)?);
    let body = parser.template()?;
    Ok(Template { mutates: parser.mutates, source, body })
}

/// Parses a lone expression; also tells whether it may change something in place.
///
/// Its filters are looked up when it runs: a caller may provide some.
pub(crate) fn parse_expression(source: &str) -> Outcome<(Expression, bool)> {
    let mut parser = Parser::new(expression_tokens(source)?);
    let expression = parser.expression(true)?;
    if *parser.token() != Token::End {
        return parser.fail("chunk after expression");
    }
    Ok((expression, parser.mutates))
}

/// Checks that a text begins with an expression.
pub(super) fn parse_beginning(source: &str) -> Outcome<()> {
    Parser::new(expression_tokens(source)?).expression(true).map(drop)
}

pub(super) struct Parser {
    tokens: Vec<(Token, usize)>,
    position: usize,
    depth: usize,
    /// The tags that are open, innermost last.
    pub(super) tags: Vec<Arc<str>>,
    /// What would end each open body, innermost last.
    pub(super) ends: Vec<&'static [&'static str]>,
    pub(super) in_loop: usize,
    pub(super) mutates: bool,
}

impl Parser {
    fn new(tokens: Vec<(Token, usize)>) -> Self {
        Self {
            tokens,
            position: 0,
            depth: 0,
            tags: Vec::new(),
            ends: Vec::new(),
            in_loop: 0,
            mutates: false,
        }
    }

    pub(super) fn token(&self) -> &Token {
        &self.tokens[self.position].0
    }

    pub(super) fn look(&self) -> &Token {
        &self.tokens[(self.position + 1).min(self.tokens.len() - 1)].0
    }

    pub(super) fn at(&self) -> usize {
        self.tokens[self.position].1
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token().clone();
        self.position = (self.position + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Outcome<T> {
        Err(Raise::new(Class::TemplateSyntax, message).at(self.at()))
    }

    pub(super) fn is_operator(&self, sign: &str) -> bool {
        matches!(self.token(), Token::Operator(found) if *found == sign)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.token(), Token::Name(found) if &**found == name)
    }

    pub(super) fn skip_operator(&mut self, sign: &str) -> bool {
        let found = self.is_operator(sign);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn skip_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect_operator(&mut self, sign: &str) -> Outcome<()> {
        if self.skip_operator(sign) { Ok(()) } else { self.unexpected(sign) }
    }

    pub(super) fn expect_name(&mut self) -> Outcome<Arc<str>> {
        match self.token().clone() {
            Token::Name(name) => {
                self.advance();
                Ok(name)
            }
            _ => self.unexpected("name"),
        }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Outcome<()> {
        if self.skip_name(word) { Ok(()) } else { self.unexpected(word) }
    }

    pub(super) fn expect(&mut self, token: &Token) -> Outcome<()> {
        if self.token() == token {
            self.advance();
            return Ok(());
        }
        self.unexpected(&token.described())
    }

    fn unexpected<T>(&self, expected: &str) -> Outcome<T> {
        match self.token() {
            Token::End => self.fail(format!("unexpected end of template, expected '{expected}'.")),
            token => {
                let got = token.described();
                self.fail(format!("expected token '{expected}', got '{got}'"))
            }
        }
    }

    /// Makes a node of the tree, unless the tree becomes too high.
    pub(super) fn node(&self, at: usize, kind: Kind) -> Outcome<Expression> {
        let node = Expression { at, height: 0, kind };
        let below = super::check::children(&node).iter().map(|child| child.height).max();
        let height = below.unwrap_or(0) + 1;
        if height > HEIGHT_MAX {
            return self.fail("the expression nests too deeply");
        }
        Ok(Expression { height, ..node })
    }

    /// Parses one level deeper.
    pub(super) fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth >= DEPTH_MAX {
            return self.fail("the template nests too deeply");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    pub(super) fn expression(&mut self, with_condition: bool) -> Outcome<Expression> {
        self.deeper(|parser| if with_condition { parser.condition() } else { parser.either() })
    }

    fn condition(&mut self) -> Outcome<Expression> {
        let at = self.at();
        let mut then = self.either()?;
        while self.skip_name("if") {
            let test = self.either()?;
            let otherwise =
                if self.skip_name("else") { Some(self.deeper(Self::condition)?) } else { None };
            let kind = Kind::Condition(Box::new(Condition { test, then, otherwise }));
            then = self.node(at, kind)?;
        }
        Ok(then)
    }

    /// Parses operands joined by operators, from the left.
    fn chain(
        &mut self,
        operand: fn(&mut Self) -> Outcome<Expression>,
        operator: fn(&mut Self) -> Option<Joint>,
    ) -> Outcome<Expression> {
        let mut left = operand(self)?;
        loop {
            let at = self.at();
            let Some(joint) = operator(self) else { return Ok(left) };
            let right = Box::new(operand(self)?);
            let kind = match joint {
                Joint::Or => Kind::Or(Box::new(left), right),
                Joint::And => Kind::And(Box::new(left), right),
                Joint::Binary(Binary::Pow) => power(left, right),
                Joint::Binary(operator) => Kind::Binary(operator, Box::new(left), right),
            };
            left = self.node(at, kind)?;
        }
    }

    fn either(&mut self) -> Outcome<Expression> {
        self.chain(Self::both, |parser| parser.skip_name("or").then_some(Joint::Or))
    }

    fn both(&mut self) -> Outcome<Expression> {
        self.chain(Self::not, |parser| parser.skip_name("and").then_some(Joint::And))
    }

    fn not(&mut self) -> Outcome<Expression> {
        let at = self.at();
        if self.skip_name("not") {
            let inner = self.deeper(Self::not)?;
            return self.node(at, Kind::Not(Box::new(inner)));
        }
        self.compare()
    }

    fn compare(&mut self) -> Outcome<Expression> {
        let first = self.sum()?;
        let at = self.at();
        let mut rest = Vec::new();
        while let Some(comparison) = self.comparison() {
            rest.push((comparison, self.sum()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        self.node(at, Kind::Compare(Box::new(first), rest))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let comparison = match self.token() {
            Token::Operator("==") => Comparison::Equal,
            Token::Operator("!=") => Comparison::NotEqual,
            Token::Operator("<") => Comparison::Order(Order::Less),
            Token::Operator("<=") => Comparison::Order(Order::LessEqual),
            Token::Operator(">") => Comparison::Order(Order::Greater),
            Token::Operator(">=") => Comparison::Order(Order::GreaterEqual),
            Token::Name(name) if &**name == "in" => Comparison::In,
            Token::Name(name) if &**name == "not" => match self.look() {
                Token::Name(next) if &**next == "in" => {
                    self.advance();
                    Comparison::NotIn
                }
                _ => return None,
            },
            _ => return None,
        };
        self.advance();
        Some(comparison)
    }

    fn sum(&mut self) -> Outcome<Expression> {
        self.chain(Self::concat, |parser| parser.binary(&[("+", Binary::Add), ("-", Binary::Sub)]))
    }

    fn binary(&mut self, signs: &[(&str, Binary)]) -> Option<Joint> {
        let found = signs.iter().find(|(sign, _)| self.is_operator(sign));
        let operator = found.map(|(_, operator)| *operator)?;
        self.advance();
        Some(Joint::Binary(operator))
    }

    fn concat(&mut self) -> Outcome<Expression> {
        let first = self.product()?;
        if !self.is_operator("~") {
            return Ok(first);
        }
        let at = self.at();
        let mut parts = vec![first];
        while self.skip_operator("~") {
            parts.push(self.product()?);
        }
        self.node(at, Kind::Concat(parts))
    }

    fn product(&mut self) -> Outcome<Expression> {
        self.chain(Self::power, |parser| {
            parser.binary(&[
                ("*", Binary::Mul),
                ("/", Binary::Div),
                ("//", Binary::FloorDiv),
                ("%", Binary::Mod),
            ])
        })
    }

    fn power(&mut self) -> Outcome<Expression> {
        self.chain(|parser| parser.unary(true), |parser| parser.binary(&[("**", Binary::Pow)]))
    }

    fn unary(&mut self, with_filter: bool) -> Outcome<Expression> {
        let at = self.at();
        let node = if self.skip_operator("-") {
            let inner = Box::new(self.deeper(|parser| parser.unary(false))?);
            self.node(at, Kind::Negate(inner))?
        } else if self.skip_operator("+") {
            let inner = Box::new(self.deeper(|parser| parser.unary(false))?);
            self.node(at, Kind::Affirm(inner))?
        } else {
            self.primary()?
        };
        let node = self.postfix(node)?;
        if with_filter { self.filters(node) } else { Ok(node) }
    }

    pub(super) fn primary(&mut self) -> Outcome<Expression> {
        let at = self.at();
        let kind = match self.token().clone() {
            Token::Name(name) => {
                self.advance();
                match &*name {
                    "true" | "True" => Kind::Constant(Constant::Bool(true)),
                    "false" | "False" => Kind::Constant(Constant::Bool(false)),
                    "none" | "None" => Kind::Constant(Constant::None),
                    _ => Kind::Name(name),
                }
            }
            Token::Str(mut text) => {
                self.advance();
                while let Token::Str(more) = self.token() {
                    text.push_str(more);
                    self.advance();
                }
                Kind::Constant(Constant::Str(text.into()))
            }
            Token::Int(number) => {
                self.advance();
                Kind::Constant(Constant::Int(number))
            }
            Token::Float(number) => {
                self.advance();
                Kind::Constant(Constant::Float(number))
            }
            Token::Operator("(") => {
                self.advance();
                let inner = self.tuple(true, true, &[])?;
                self.expect_operator(")")?;
                return Ok(inner);
            }
            Token::Operator("[") => self.list()?,
            Token::Operator("{") => self.dict()?,
            other => {
                let got = other.described();
                return self.fail(format!("unexpected '{got}'"));
            }
        };
        self.node(at, kind)
    }

    fn list(&mut self) -> Outcome<Kind> {
        self.expect_operator("[")?;
        let mut items = Vec::new();
        while !self.is_operator("]") {
            if !items.is_empty() {
                self.expect_operator(",")?;
            }
            if self.is_operator("]") {
                break;
            }
            items.push(self.expression(true)?);
        }
        self.expect_operator("]")?;
        Ok(Kind::List(items))
    }

    fn dict(&mut self) -> Outcome<Kind> {
        self.expect_operator("{")?;
        let mut pairs = Vec::new();
        while !self.is_operator("}") {
            if !pairs.is_empty() {
                self.expect_operator(",")?;
            }
            if self.is_operator("}") {
                break;
            }
            let key = self.expression(true)?;
            self.expect_operator(":")?;
            pairs.push((key, self.expression(true)?));
        }
        self.expect_operator("}")?;
        Ok(Kind::Dict(pairs))
    }

    /// Parses an expression, or several with commas between them as a tuple.
    pub(super) fn tuple(
        &mut self,
        with_condition: bool,
        parenthesized: bool,
        extra_ends: &[&str],
    ) -> Outcome<Expression> {
        let at = self.at();
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect_operator(",")?;
            }
            if self.ends_tuple(extra_ends) {
                break;
            }
            items.push(self.expression(with_condition)?);
            if !self.is_operator(",") {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            if let Some(only) = items.pop() {
                return Ok(only);
            }
            if !parenthesized {
                let got = self.token().described();
                return self.fail(format!("Expected an expression, got '{got}'"));
            }
        }
        self.node(at, Kind::Tuple(items))
    }

    pub(super) fn ends_tuple(&self, extra: &[&str]) -> bool {
        match self.token() {
            Token::VariableEnd | Token::BlockEnd | Token::Operator(")") => true,
            Token::Name(name) => extra.contains(&&**name),
            _ => false,
        }
    }
}

/// Raises to a power. A negative constant is written into Python's source as it
/// is, where its sign binds less than the power of something that is not constant.
fn power(base: Expression, exponent: Box<Expression>) -> Kind {
    let is_constant = |kind: &Kind| match kind {
        Kind::Constant(_) => true,
        Kind::Negate(inner) => matches!(inner.kind, Kind::Constant(_)),
        _ => false,
    };
    match base.kind {
        Kind::Negate(inner) if is_constant(&inner.kind) && !is_constant(&exponent.kind) => {
            let (at, height) = (base.at, base.height.max(exponent.height) + 1);
            let kind = Kind::Binary(Binary::Pow, inner, exponent);
            Kind::Negate(Box::new(Expression { at, height, kind }))
        }
        kind => Kind::Binary(Binary::Pow, Box::new(Expression { kind, ..base }), exponent),
    }
}

enum Joint {
    Or,
    And,
    Binary(Binary),
}
