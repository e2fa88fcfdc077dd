//! Arguments of a call, and how they meet the parameters of a function.

use std::sync::Arc;

use super::object::Object;
use super::operators::truth;
use super::raise::{Outcome, type_error};

/// The arguments of a call.
#[derive(Clone, Default)]
pub struct Arguments {
    /// The arguments by position.
    pub positional: Vec<Object>,
    /// The arguments by name.
    pub named: Vec<(Arc<str>, Object)>,
}

impl Arguments {
    /// Makes arguments that are all given by position.
    pub fn positional(positional: Vec<Object>) -> Self {
        Self { positional, named: Vec::new() }
    }

    /// Returns the argument for each parameter; the first `required` must be given.
    pub fn bind<const N: usize>(
        &self,
        function: &str,
        parameters: [&str; N],
        required: usize,
    ) -> Outcome<[Option<&Object>; N]> {
        if self.positional.len() > N {
            return type_error(format!(
                "{function}() takes at most {N} arguments ({} given)",
                self.positional.len()
            ));
        }
        let mut bound = [None; N];
        for (slot, argument) in bound.iter_mut().zip(&self.positional) {
            *slot = Some(argument);
        }
        for (name, argument) in &self.named {
            let Some(index) = parameters.iter().position(|parameter| *parameter == &**name) else {
                return type_error(format!(
                    "{function}() got an unexpected keyword argument '{name}'"
                ));
            };
            if bound[index].replace(argument).is_some() {
                return type_error(format!(
                    "{function}() got multiple values for argument '{name}'"
                ));
            }
        }
        for (index, slot) in bound.iter().enumerate().take(required) {
            if slot.is_none() {
                let name = parameters[index];
                return type_error(format!(
                    "{function}() missing 1 required positional argument: '{name}'"
                ));
            }
        }
        Ok(bound)
    }

    /// Takes the argument called `name` out of those given by name.
    pub fn take_named(&mut self, name: &str) -> Option<Object> {
        let index = self.named.iter().position(|(given, _)| &**given == name)?;
        Some(self.named.remove(index).1)
    }
}

/// Returns a whole number that an argument must be.
pub fn whole(argument: &Object) -> Outcome<i128> {
    match argument {
        Object::Undefined(undefined) => Err(undefined.error()),
        other => match other.as_int() {
            Some(number) => Ok(number),
            None => type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                other.type_name()
            )),
        },
    }
}

/// Returns a whole number given by an optional argument.
pub fn whole_or(argument: Option<&Object>, otherwise: i128) -> Outcome<i128> {
    argument.map_or(Ok(otherwise), whole)
}

/// Returns the truth of an optional argument; false when it is not given.
pub fn flag(argument: Option<&Object>) -> Outcome<bool> {
    argument.map_or(Ok(false), truth)
}

/// Returns an optional argument unless it is `None`.
pub fn given(argument: Option<&Object>) -> Option<&Object> {
    argument.filter(|argument| !argument.is_none())
}
