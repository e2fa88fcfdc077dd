//! Calls: methods, macros, functions, blocks.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use python::arguments::Arguments;
use python::format::Part;
use python::methods;
use python::object::{Native, Object};
use python::raise::{Class, Outcome, Raise, type_error};

use super::ast::{Block, Call, Expression, Kind, Macro};
use super::globals::{Bound, Function, Global};
use super::lookup::KeyValue;
use super::loops::Loop;
use super::machine::{Machine, call_function};
use super::scope::Scope;

/// Methods after which a list or a dictionary may hold itself.
const TYING: [&str; 5] = ["append", "extend", "insert", "setdefault", "update"];

impl Machine<'_> {
    /// Evaluates a call; `caller` is what a call block hands over.
    pub(super) fn eval_call(
        &self,
        callee: &Expression,
        call: &Call,
        caller: Option<Object>,
        scope: &Rc<Scope>,
    ) -> Outcome<Object> {
        let (object, method) = match &callee.kind {
            Kind::Attribute(inner, name) => {
                let object = self.eval(inner, scope)?;
                let found = methods::names(&object).iter().find(|method| ***method == **name);
                match found {
                    Some(method) => (object, Some(*method)),
                    None => {
                        (self.attribute(&object, name).map_err(|raise| raise.at(callee.at))?, None)
                    }
                }
            }
            _ => (self.eval(callee, scope)?, None),
        };
        let mut arguments = self.arguments(call, scope)?;
        if let Some(caller) = caller {
            arguments.named.push((Arc::from("caller"), caller));
        }
        match method {
            Some(method) => self.call_method(&object, method, &arguments),
            None => self.call(&object, arguments),
        }
    }

    /// Calls a method of one of Python's own types.
    pub(super) fn call_method(
        &self,
        object: &Object,
        name: &str,
        arguments: &Arguments,
    ) -> Outcome<Object> {
        if TYING.contains(&name) && matches!(object, Object::List(_) | Object::Dict(_)) {
            self.tie(object);
        }
        let part = |object: &Object, part: Part<'_>| self.part(object, part);
        methods::call(object, name, arguments, &part)
    }

    /// Calls a value.
    pub(crate) fn call(&self, callee: &Object, arguments: Arguments) -> Outcome<Object> {
        match callee {
            Object::Method(method) => self.call_method(&method.0, method.1, &arguments),
            Object::Undefined(undefined) => Err(undefined.error()),
            Object::Native(native) => self.call_native(native, arguments),
            other => not_callable(other.type_name()),
        }
    }

    fn call_native(&self, native: &Rc<dyn Native>, arguments: Arguments) -> Outcome<Object> {
        let any = native.as_any();
        if let Some(found) = any.downcast_ref::<MacroObject>() {
            return self.call_macro(found, arguments);
        }
        if let Some(global) = any.downcast_ref::<Global>() {
            return global.call(self, &arguments);
        }
        if let Some(bound) = any.downcast_ref::<Bound>() {
            return bound.call(&arguments);
        }
        if let Some(found) = any.downcast_ref::<Loop>() {
            return self.call_loop(found, &arguments);
        }
        if let Some(found) = any.downcast_ref::<BlockObject>() {
            let mut out = String::new();
            self.called(|| self.run_block(&found.block, &self.root, &mut out))?;
            return Ok(self.marked(out));
        }
        if let Some(joiner) = any.downcast_ref::<super::globals::Joiner>() {
            return joiner.call(&arguments);
        }
        if let (Some(function), Some(functions)) =
            (any.downcast_ref::<Function>(), self.options.functions)
        {
            return call_function(functions, &function.name, arguments, false);
        }
        if any.is::<KeyValue>() {
            let message = format!("{} is not safely callable", native.repr());
            return Err(Raise::new(Class::Security, message));
        }
        not_callable(native.type_name())
    }

    fn call_macro(&self, found: &MacroObject, mut arguments: Arguments) -> Outcome<Object> {
        let definition = &found.definition;
        let scope = Scope::inside(Some(&found.scope));
        let count = definition.parameters.len();
        let extra: Vec<Object> =
            arguments.positional.drain(count.min(arguments.positional.len())..).collect();
        let given = arguments.positional.len();
        let mut missing = Vec::new();
        let mut positional = std::mem::take(&mut arguments.positional).into_iter();
        for (index, name) in definition.parameters.iter().enumerate() {
            let value = if index < given { positional.next() } else { arguments.take_named(name) };
            match value {
                Some(value) => scope.set(name, value),
                None => missing.push(index),
            }
        }
        if definition.takes_caller && !definition.parameters.iter().any(|name| &**name == "caller")
        {
            let caller = arguments.take_named("caller").filter(|caller| !caller.is_none());
            let caller = caller.unwrap_or_else(|| self.undefined_hint("No caller defined"));
            scope.set(&Arc::from("caller"), caller);
        }
        if definition.takes_named {
            scope.set(&Arc::from("kwargs"), Object::named(std::mem::take(&mut arguments.named)));
        } else if let Some((name, _)) = arguments.named.first() {
            let own = &definition.name;
            return type_error(if arguments.named.iter().any(|(name, _)| &**name == "caller") {
                format!(
                    "macro '{own}' was invoked with two values for the special caller argument. \
                     This is most likely a bug."
                )
            } else {
                format!("macro '{own}' takes no keyword argument '{name}'")
            });
        }
        if definition.takes_positional {
            scope.set(&Arc::from("varargs"), Object::tuple(extra));
        } else if !extra.is_empty() {
            let own = &definition.name;
            return type_error(format!("macro '{own}' takes not more than {count} argument(s)"));
        }
        self.called(|| {
            self.set_defaults(definition, &missing, &scope)?;
            let mut out = String::new();
            self.run(&definition.body, &scope, &mut out)?;
            Ok(self.marked(out))
        })
    }

    /// Sets the parameters that were not given.
    fn set_defaults(
        &self,
        definition: &Macro,
        missing: &[usize],
        scope: &Rc<Scope>,
    ) -> Outcome<()> {
        let first_default = definition.parameters.len() - definition.defaults.len();
        for index in missing {
            let name = &definition.parameters[*index];
            let value = match index.checked_sub(first_default) {
                Some(index) => self.eval(&definition.defaults[index], scope)?,
                None => self.undefined_hint(&format!("parameter '{name}' was not provided")),
            };
            scope.set(name, value);
        }
        Ok(())
    }

    /// Returns text that is safe HTML where output is escaped.
    pub(crate) fn marked(&self, text: String) -> Object {
        if self.autoescape.get() { Object::Markup(text.into()) } else { Object::from(text) }
    }
}

fn not_callable(type_name: &str) -> Outcome<Object> {
    type_error(format!("'{type_name}' object is not callable"))
}

/// A macro and the scope in which it was defined.
pub(super) struct MacroObject {
    pub(super) definition: Arc<Macro>,
    pub(super) scope: Rc<Scope>,
}

impl Native for MacroObject {
    fn type_name(&self) -> &'static str {
        "Macro"
    }

    fn repr(&self) -> String {
        let name = &self.definition.name;
        if &**name == "caller" {
            return "<Macro anonymous>".to_owned();
        }
        format!("<Macro {}>", python::text::quote(name))
    }

    fn attribute(&self, name: &str) -> Option<Object> {
        let definition = &self.definition;
        Some(match name {
            "name" => Object::Str(Arc::clone(&definition.name)),
            "arguments" => {
                let names = definition.parameters.iter();
                Object::tuple(names.map(|name| Object::Str(Arc::clone(name))).collect())
            }
            "catch_kwargs" => Object::Bool(definition.takes_named),
            "catch_varargs" => Object::Bool(definition.takes_positional),
            "caller" => Object::Bool(definition.takes_caller),
            _ => return None,
        })
    }

    fn callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A block that can be rendered once more, as `self.name()`.
pub(super) struct BlockObject {
    pub(super) block: Arc<Block>,
}

impl Native for BlockObject {
    fn type_name(&self) -> &'static str {
        "BlockReference"
    }

    fn callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The blocks of a template, as `self`.
pub(super) struct SelfObject {
    pub(super) blocks: Vec<Arc<Block>>,
}

impl Native for SelfObject {
    fn type_name(&self) -> &'static str {
        "TemplateReference"
    }

    fn repr(&self) -> String {
        "<TemplateReference None>".to_owned()
    }

    fn item(&self, key: &Object) -> Option<Object> {
        let block = self.blocks.iter().find(|block| Some(&*block.name) == key.as_str())?;
        Some(Object::Native(Rc::new(BlockObject { block: Arc::clone(block) })))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
