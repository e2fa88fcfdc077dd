//! Walks the tree of a template: statements.

use std::rc::Rc;
use std::sync::Arc;

use python::arguments::Arguments;
use python::budget;
use python::html::escape_text;
use python::object::Object;
use python::operators::{iterate, truth};
use python::raise::{Class, Outcome, Raise, type_error, value_error};
use python::text;

use super::ast::{Block, Expression, Kind, Macro, Statement, StatementKind, Target};
use super::calls::{MacroObject, SelfObject};
use super::globals::Namespace;
use super::machine::Machine;
use super::scope::Scope;

impl Machine<'_> {
    /// Runs statements and appends what they print.
    pub(super) fn run(
        &self,
        body: &[Statement],
        scope: &Rc<Scope>,
        out: &mut String,
    ) -> Outcome<()> {
        for statement in body {
            budget::step(1)?;
            match &statement.kind {
                StatementKind::Text(text) => out.push_str(text),
                StatementKind::Output(expression) => {
                    let object = self.eval(expression, scope)?;
                    self.print(&object, out).map_err(|raise| raise.at(expression.at))?;
                }
                _ => self
                    .deeper(|| self.run_tag(statement, scope, out))
                    .map_err(|raise| raise.at(statement.at))?,
            }
            if out.len() > self.options.limits.output_bytes_max {
                return Err(Raise::new(Class::Limit, "the rendered text is too long"));
            }
        }
        Ok(())
    }

    fn print(&self, object: &Object, out: &mut String) -> Outcome<()> {
        match object {
            Object::Str(text) if !self.autoescape.get() => out.push_str(text),
            Object::Markup(text) => out.push_str(text),
            object => {
                let text = text::str(object)?;
                if self.autoescape.get() {
                    out.push_str(&escape_text(&text));
                } else {
                    out.push_str(&text);
                }
            }
        }
        Ok(())
    }

    fn run_tag(&self, statement: &Statement, scope: &Rc<Scope>, out: &mut String) -> Outcome<()> {
        match &statement.kind {
            StatementKind::Text(_) | StatementKind::Output(_) => Ok(()),
            StatementKind::For(parts) => self.run_for(parts, scope, out),
            StatementKind::If(branches, otherwise) => {
                for (test, body) in branches {
                    if self.eval_truth(test, scope).map_err(|raise| raise.at(test.at))? {
                        return self.run(body, scope, out);
                    }
                }
                self.run(otherwise, scope, out)
            }
            StatementKind::Set(target, value) => {
                let value = self.eval(value, scope)?;
                self.assign(target, value, scope)
            }
            StatementKind::SetBlock(target, filter, body) => {
                let captured = self.capture(body, scope)?;
                let value = match filter {
                    Some(filter) => self.apply(filter, &captured, scope)?,
                    None => captured,
                };
                self.assign(target, value, scope)
            }
            StatementKind::With(values, body) => {
                let inner = Scope::inside(Some(scope));
                let mut evaluated = Vec::new();
                for (target, value) in values {
                    evaluated.push((target, self.eval(value, scope)?));
                }
                for (target, value) in evaluated {
                    self.assign(target, value, &inner)?;
                }
                self.run(body, &inner, out)
            }
            StatementKind::Macro(definition) => {
                let object = self.macro_object(definition, scope);
                scope.set(&definition.name, object);
                Ok(())
            }
            StatementKind::CallBlock(caller, call) => self.run_call_block(caller, call, scope, out),
            StatementKind::FilterBlock(filter, body) => {
                let captured = self.capture(body, scope)?;
                let value = self.apply(filter, &captured, scope)?;
                self.print(&value, out)
            }
            StatementKind::Block(block) => {
                if block.required {
                    let message = format!("Required block '{}' not found", block.name);
                    return Err(Raise::new(Class::TemplateRuntime, message));
                }
                let around = if block.scoped { scope } else { &self.root };
                self.run_block(block, around, out)
            }
            StatementKind::Autoescape(value, body) => {
                let inner = Scope::inside(Some(scope));
                let value = truth(&self.eval(value, scope)?)?;
                let before = self.autoescape.replace(value);
                let result = self.run(body, &inner, out);
                self.autoescape.set(before);
                result
            }
            StatementKind::Load(name) => {
                self.eval(name, scope)?;
                type_error("no loader for this environment specified")
            }
        }
    }

    /// Renders a body in a scope of its own and returns its text.
    fn capture(&self, body: &[Statement], scope: &Rc<Scope>) -> Outcome<Object> {
        let mut text = String::new();
        self.run(body, &Scope::inside(Some(scope)), &mut text)?;
        Ok(self.marked(text))
    }

    /// Applies the filters of a block to its text.
    fn apply(&self, filter: &Expression, value: &Object, scope: &Rc<Scope>) -> Outcome<Object> {
        let Kind::Filter(inner, name, call) = &filter.kind else { return Ok(value.clone()) };
        let value = match inner {
            Some(inner) => self.apply(inner, value, scope)?,
            None => value.clone(),
        };
        let arguments = self.arguments(call, scope)?;
        self.filter(name, &value, arguments).map_err(|raise| raise.at(filter.at))
    }

    fn macro_object(&self, definition: &Arc<Macro>, scope: &Rc<Scope>) -> Object {
        self.tie_scope(scope);
        let definition = Arc::clone(definition);
        Object::Native(Rc::new(MacroObject { definition, scope: Rc::clone(scope) }))
    }

    fn run_call_block(
        &self,
        caller: &Arc<Macro>,
        call: &Expression,
        scope: &Rc<Scope>,
        out: &mut String,
    ) -> Outcome<()> {
        let Kind::Call(callee, arguments) = &call.kind else { return Ok(()) };
        let caller = self.macro_object(caller, scope);
        let value = self.eval_call(callee, arguments, Some(caller), scope)?;
        self.print(&value, out)
    }

    /// Renders a block; it sees what is set at the top, unless it is scoped.
    pub(super) fn run_block(
        &self,
        block: &Arc<Block>,
        around: &Rc<Scope>,
        out: &mut String,
    ) -> Outcome<()> {
        self.run(&block.body, &Scope::inside(Some(around)), out)
    }

    /// Returns the blocks of the template, for `self`.
    pub(super) fn self_object(&self) -> Object {
        let mut blocks = Vec::new();
        super::check::blocks(&self.template.body, &mut blocks);
        Object::Native(Rc::new(SelfObject { blocks }))
    }

    /// Assigns a value to a name, an attribute of a namespace, or to several.
    pub(super) fn assign(&self, target: &Target, value: Object, scope: &Rc<Scope>) -> Outcome<()> {
        match target {
            Target::Name(name) => {
                scope.set(name, value);
                Ok(())
            }
            Target::Attribute(name, attribute) => {
                let object = self.name(name, scope);
                let namespace = match &object {
                    Object::Native(native) => native.as_any().downcast_ref::<Namespace>(),
                    _ => None,
                };
                let Some(namespace) = namespace else {
                    let message = "cannot assign attribute on non-namespace object";
                    return Err(Raise::new(Class::TemplateRuntime, message));
                };
                self.tie(&namespace.attributes);
                namespace.set(attribute, value);
                Ok(())
            }
            Target::Tuple(parts) => {
                let values = iterate(&value).map_err(|raise| unpacking(&value, raise))?;
                if values.len() < parts.len() {
                    return value_error(format!(
                        "not enough values to unpack (expected {}, got {})",
                        parts.len(),
                        values.len()
                    ));
                }
                if values.len() > parts.len() {
                    let expected = parts.len();
                    return value_error(format!("too many values to unpack (expected {expected})"));
                }
                for (part, value) in parts.iter().zip(values) {
                    self.assign(part, value, scope)?;
                }
                Ok(())
            }
        }
    }

    /// Calls a test or filter for each item, as `map` and `select` do.
    pub(crate) fn call_filter(
        &self,
        name: &Object,
        item: &Object,
        arguments: Arguments,
    ) -> Outcome<Object> {
        let Some(name) = name.as_str() else {
            let shown = text::repr(name)?;
            return Err(Raise::new(Class::TemplateRuntime, format!("No filter named {shown}.")));
        };
        self.filter(name, item, arguments)
    }
}

fn unpacking(value: &Object, raise: Raise) -> Raise {
    if matches!(value, Object::Undefined(_)) {
        return raise;
    }
    let name = value.type_name();
    Raise::new(Class::Type, format!("cannot unpack non-iterable {name} object"))
}
