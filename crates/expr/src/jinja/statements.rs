//! Tokens to the tree: text and tags.

use std::collections::BTreeSet;
use std::sync::Arc;

use python::raise::Outcome;

use super::ast::{Block, Expression, For, Kind, Macro, Statement, StatementKind, Target};
use super::check;
use super::lexer::Token;
use super::parser::Parser;

type Ends = &'static [&'static str];

impl Parser {
    pub(super) fn template(&mut self) -> Outcome<Vec<Statement>> {
        self.body_until(None)
    }

    /// Parses text and tags up to a tag that ends them, which becomes the current token.
    fn body_until(&mut self, ends: Option<Ends>) -> Outcome<Vec<Statement>> {
        let mut body = Vec::new();
        loop {
            let at = self.at();
            match self.token().clone() {
                Token::End if ends.is_some() => return self.fail_unended(None),
                Token::End => return Ok(body),
                Token::Data(text) => {
                    self.advance();
                    body.push(Statement { at, kind: StatementKind::Text(text) });
                }
                Token::VariableBegin => {
                    self.advance();
                    let output = self.tuple(true, false, &[])?;
                    self.expect(&Token::VariableEnd)?;
                    body.push(Statement { at, kind: StatementKind::Output(output) });
                }
                Token::BlockBegin => {
                    self.advance();
                    if ends.is_some_and(|ends| ends.iter().any(|end| self.is_name(end))) {
                        return Ok(body);
                    }
                    self.deeper(|parser| parser.statement(at, &mut body))?;
                    self.expect(&Token::BlockEnd)?;
                }
                other => {
                    let got = other.described();
                    return self.fail(format!("unexpected '{got}'"));
                }
            }
        }
    }

    /// Parses the body of a tag.
    fn body(&mut self, ends: Ends) -> Outcome<Vec<Statement>> {
        self.skip_operator(":");
        self.expect(&Token::BlockEnd)?;
        self.ends.push(ends);
        let body = self.body_until(Some(ends));
        if body.is_ok() {
            self.ends.pop();
        }
        body
    }

    /// Parses the body of a tag and its only end.
    fn body_to(&mut self, ends: Ends) -> Outcome<Vec<Statement>> {
        let body = self.body(ends)?;
        self.advance();
        Ok(body)
    }

    fn fail_unended<T>(&self, unknown: Option<&str>) -> Outcome<T> {
        let mut message = match unknown {
            None => "Unexpected end of template.".to_owned(),
            Some(name) => format!("Encountered unknown tag '{name}'."),
        };
        if let Some(ends) = self.ends.last() {
            let looking: Vec<String> = ends.iter().map(|end| format!("'{end}'")).collect();
            let looking = looking.join(" or ");
            let expected =
                unknown.is_some_and(|name| self.ends.iter().any(|ends| ends.contains(&name)));
            if expected {
                message.push_str(
                    " You probably made a nesting mistake. Jinja is expecting this tag, but \
                     currently looking for ",
                );
            } else {
                message.push_str(" Jinja was looking for the following tags: ");
            }
            message.push_str(&looking);
            message.push('.');
        }
        if let Some(tag) = self.tags.last() {
            message.push_str(" The innermost block that needs to be closed is '");
            message.push_str(tag);
            message.push_str("'.");
        }
        self.fail(message)
    }

    fn statement(&mut self, at: usize, body: &mut Vec<Statement>) -> Outcome<()> {
        let Token::Name(tag) = self.token().clone() else { return self.fail("tag name expected") };
        let known = matches!(
            &*tag,
            "for"
                | "if"
                | "block"
                | "extends"
                | "print"
                | "macro"
                | "include"
                | "from"
                | "import"
                | "set"
                | "with"
                | "autoescape"
                | "call"
                | "filter"
        );
        if !known {
            return self.fail_unended(Some(&tag));
        }
        self.tags.push(Arc::clone(&tag));
        self.advance();
        let kind = match &*tag {
            "for" => self.for_loop()?,
            "if" => self.if_else()?,
            "block" => self.block()?,
            "print" => {
                while *self.token() != Token::BlockEnd {
                    if !matches!(self.token(), Token::Operator(",")) || self.skip_operator(",") {
                        let output = self.expression(true)?;
                        body.push(Statement { at, kind: StatementKind::Output(output) });
                    }
                    if *self.token() != Token::BlockEnd && !self.is_operator(",") {
                        return self.expect(&Token::BlockEnd);
                    }
                }
                StatementKind::Text(String::new())
            }
            "macro" => self.macro_definition()?,
            "set" => self.set()?,
            "with" => self.with()?,
            "autoescape" => {
                let value = self.expression(true)?;
                StatementKind::Autoescape(value, self.body_to(&["endautoescape"])?)
            }
            "call" => self.call_block()?,
            "filter" => {
                let mut filter = self.filter(None)?;
                while self.skip_operator("|") {
                    filter = self.filter(Some(filter))?;
                }
                StatementKind::FilterBlock(filter, self.body_to(&["endfilter"])?)
            }
            _ => self.load(&tag)?,
        };
        self.tags.pop();
        body.push(Statement { at, kind });
        Ok(())
    }

    fn for_loop(&mut self) -> Outcome<StatementKind> {
        let target = self.target(&["in"], false)?;
        if check::names(&target).contains("loop") {
            return self.fail("Can't assign to special loop variable in for-loop target");
        }
        self.expect_word("in")?;
        let items = self.tuple(false, false, &["recursive"])?;
        let test = if self.skip_name("if") { Some(self.expression(true)?) } else { None };
        let recursive = self.skip_name("recursive");
        self.in_loop += 1;
        let body = self.body(&["endfor", "else"])?;
        self.in_loop -= 1;
        let has_else = self.is_name("else");
        self.advance();
        let otherwise = if has_else { self.body_to(&["endfor"])? } else { Vec::new() };
        let parts = For { target, items, test, recursive, body, otherwise };
        Ok(StatementKind::For(Arc::new(parts)))
    }

    fn if_else(&mut self) -> Outcome<StatementKind> {
        let mut branches = Vec::new();
        loop {
            let test = self.tuple(false, false, &[])?;
            let body = self.body(&["elif", "else", "endif"])?;
            branches.push((test, body));
            if self.skip_name("elif") {
                continue;
            }
            let has_else = self.is_name("else");
            self.advance();
            let otherwise = if has_else { self.body_to(&["endif"])? } else { Vec::new() };
            return Ok(StatementKind::If(branches, otherwise));
        }
    }

    fn set(&mut self) -> Outcome<StatementKind> {
        let target = self.target(&[], true)?;
        if self.in_loop > 0 && check::names(&target).contains("loop") {
            return self.fail("Can't assign to special loop variable in for-loop target");
        }
        if self.skip_operator("=") {
            return Ok(StatementKind::Set(target, self.tuple(true, false, &[])?));
        }
        let mut filter = None;
        while self.skip_operator("|") {
            filter = Some(self.filter(filter)?);
        }
        Ok(StatementKind::SetBlock(target, filter, self.body_to(&["endset"])?))
    }

    fn with(&mut self) -> Outcome<StatementKind> {
        let mut values = Vec::new();
        while *self.token() != Token::BlockEnd && !self.is_operator(":") {
            if !values.is_empty() {
                self.expect_operator(",")?;
            }
            let target = Target::Name(self.expect_name()?);
            self.expect_operator("=")?;
            values.push((target, self.expression(true)?));
        }
        Ok(StatementKind::With(values, self.body_to(&["endwith"])?))
    }

    fn block(&mut self) -> Outcome<StatementKind> {
        let name = self.expect_name()?;
        let scoped = self.skip_name("scoped");
        let required = self.skip_name("required");
        if self.is_operator("-") {
            return self.fail(
                "Block names in Jinja have to be valid Python identifiers and may not contain \
                 hyphens, use an underscore instead.",
            );
        }
        let body = self.body_to(&["endblock"])?;
        let blank = |statement: &Statement| matches!(&statement.kind, StatementKind::Text(text) if text.trim().is_empty());
        if required && !body.iter().all(blank) {
            return self.fail("Required blocks can only contain comments or whitespace");
        }
        self.skip_name(&name);
        Ok(StatementKind::Block(Arc::new(Block { name, scoped, required, body })))
    }

    fn macro_definition(&mut self) -> Outcome<StatementKind> {
        let name = self.expect_name()?;
        let (parameters, defaults) = self.signature()?;
        let body = self.body_to(&["endmacro"])?;
        Ok(StatementKind::Macro(self.finish_macro(name, parameters, defaults, body)?))
    }

    fn call_block(&mut self) -> Outcome<StatementKind> {
        let (parameters, defaults) =
            if self.is_operator("(") { self.signature()? } else { (Vec::new(), Vec::new()) };
        let call = self.expression(true)?;
        if !matches!(call.kind, Kind::Call(..)) {
            return self.fail("expected call");
        }
        let body = self.body_to(&["endcall"])?;
        let caller = self.finish_macro("caller".into(), parameters, defaults, body)?;
        Ok(StatementKind::CallBlock(caller, call))
    }

    fn signature(&mut self) -> Outcome<(Vec<Arc<str>>, Vec<Expression>)> {
        let (mut parameters, mut defaults) = (Vec::new(), Vec::new());
        self.expect_operator("(")?;
        while !self.is_operator(")") {
            if !parameters.is_empty() {
                self.expect_operator(",")?;
            }
            let name = self.expect_name()?;
            if parameters.contains(&name) {
                return self.fail(format!("duplicate argument '{name}' in function definition"));
            }
            if self.skip_operator("=") {
                defaults.push(self.expression(true)?);
            } else if !defaults.is_empty() {
                return self.fail("non-default argument follows default argument");
            }
            parameters.push(name);
        }
        self.expect_operator(")")?;
        Ok((parameters, defaults))
    }

    fn finish_macro(
        &self,
        name: Arc<str>,
        parameters: Vec<Arc<str>>,
        defaults: Vec<Expression>,
        body: Vec<Statement>,
    ) -> Outcome<Arc<Macro>> {
        let mut free = BTreeSet::new();
        check::free_names(&body, &mut free);
        let mentions = |special: &str| {
            free.contains(special) && !parameters.iter().any(|name| &**name == special)
        };
        if let Some(index) = parameters.iter().position(|name| &**name == "caller")
            && free.contains("caller")
            && index < parameters.len() - defaults.len()
        {
            return self.fail(
                "When defining macros or call blocks the special \"caller\" argument must be \
                     omitted or be given a default.",
            );
        }
        Ok(Arc::new(Macro {
            takes_positional: mentions("varargs"),
            takes_named: mentions("kwargs"),
            takes_caller: mentions("caller"),
            name,
            parameters,
            defaults,
            body,
        }))
    }

    /// Parses a tag that names another template.
    fn load(&mut self, tag: &str) -> Outcome<StatementKind> {
        let name = self.expression(true)?;
        match tag {
            "include" if self.is_name("ignore") => {
                self.advance();
                self.expect_word("missing")?;
            }
            "import" => {
                self.expect_word("as")?;
                self.expect_name()?;
            }
            "from" => {
                self.expect_word("import")?;
                self.imported_names()?;
            }
            _ => {}
        }
        if self.is_name("with") || self.is_name("without") {
            self.advance();
            self.expect_word("context")?;
        }
        Ok(StatementKind::Load(name))
    }

    fn imported_names(&mut self) -> Outcome<()> {
        loop {
            let name = self.expect_name()?;
            if name.starts_with('_') {
                return self.fail("names starting with an underline can not be imported");
            }
            if self.skip_name("as") {
                self.expect_name()?;
            }
            if !self.skip_operator(",") || *self.token() == Token::BlockEnd {
                return Ok(());
            }
        }
    }

    /// Parses what is assigned to.
    pub(super) fn target(&mut self, extra_ends: &[&str], attributes: bool) -> Outcome<Target> {
        let mut targets = Vec::new();
        let mut is_tuple = false;
        loop {
            if !targets.is_empty() {
                self.expect_operator(",")?;
            }
            if self.ends_tuple(extra_ends) {
                break;
            }
            targets.push(self.target_part(attributes)?);
            if !self.is_operator(",") {
                break;
            }
            is_tuple = true;
        }
        match (is_tuple, targets.pop()) {
            (false, Some(only)) => Ok(only),
            (false, None) => {
                let got = self.token().described();
                self.fail(format!("Expected an expression, got '{got}'"))
            }
            (true, last) => {
                targets.extend(last);
                Ok(Target::Tuple(targets))
            }
        }
    }

    fn target_part(&mut self, attributes: bool) -> Outcome<Target> {
        if let (Token::Name(name), Token::Operator(".")) = (self.token().clone(), self.look())
            && attributes
        {
            self.advance();
            self.advance();
            let attribute = self.expect_name()?;
            return Ok(Target::Attribute(name, attribute));
        }
        let part = self.deeper(Self::primary)?;
        self.to_target(part)
    }

    fn to_target(&self, part: Expression) -> Outcome<Target> {
        match part.kind {
            Kind::Name(name) => Ok(Target::Name(name)),
            Kind::Tuple(parts) => {
                let parts: Outcome<Vec<Target>> =
                    parts.into_iter().map(|part| self.to_target(part)).collect();
                Ok(Target::Tuple(parts?))
            }
            _ => self.fail("can't assign to this expression"),
        }
    }
}
