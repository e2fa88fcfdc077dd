//! Finds the overload of a function that takes the arguments of a call.
//!
//! Overloads are first sifted by the number and the literals of the arguments.
//! All that are left must agree on which arguments are evaluated before the
//! call; those are evaluated, and the values decide. Of several that take them
//! the one with the narrower parameters wins.

use std::rc::Rc;
use std::sync::Arc;

use python::object::Object;
use python::raise::{Class, Outcome, Raise};
use python::text;

use super::ast::{Kind as NodeKind, Node};
use super::function::{Argument, Bound, Function, names, overloads};
use super::iterate::taken;
use super::kinds::{Kind, Shape};
use super::machine::Machine;
use super::quick;
use super::scope::{Lambda, Scope};

/// How many arguments a call may have.
const ARGUMENTS_MAX: usize = 120;

/// A function that might be meant.
enum Candidate {
    Own(&'static Function),
    Defined(Lambda),
}

/// The arguments of a call, by position and by name.
pub(crate) struct Given {
    pub(crate) positional: Vec<Argument>,
    pub(crate) named: Vec<(Arc<str>, Argument)>,
}

/// Which arguments stay unevaluated, as bits.
type Mask = u128;

impl Candidate {
    fn no_names(&self) -> bool {
        matches!(self, Self::Own(function) if function.no_names)
    }

    /// Returns the arguments that stay unevaluated, when the call may be meant for this one.
    fn sift(&self, given: &Given) -> Option<Mask> {
        match self {
            Self::Defined(_) => {
                let whole = |argument: &Argument| !matches!(argument, Argument::Absent);
                given.positional.iter().all(whole).then_some(0)
            }
            Self::Own(function) => sift(function, given),
        }
    }

    fn takes(&self, given: &Given) -> bool {
        match self {
            Self::Defined(_) => true,
            Self::Own(function) => takes(function, given),
        }
    }

    /// Returns whether the kinds that take the arguments are narrower than another's.
    fn is_narrower(&self, other: &Self, given: &Given) -> bool {
        let mut narrower = false;
        for index in 0..given.positional.len() {
            let (Some(mine), Some(theirs)) = (self.kind_at(index), other.kind_at(index)) else {
                continue;
            };
            if theirs.is_narrower(mine) {
                return false;
            }
            narrower |= mine.is_narrower(theirs);
        }
        narrower
    }

    fn kind_at(&self, index: usize) -> Option<Kind> {
        match self {
            Self::Own(function) => function.kind_at(index),
            Self::Defined(_) => Some(Kind::Any),
        }
    }
}

fn sift(function: &Function, given: &Given) -> Option<Mask> {
    let mut used = 0;
    let mut mask = 0;
    for (index, parameter) in function.parameters.iter().enumerate() {
        let name = given.named.iter().position(|(name, _)| &**name == parameter.name);
        match (given.positional.get(index), name) {
            (Some(Argument::Absent), Some(_)) => return None,
            (Some(Argument::Absent) | None, None) if !parameter.optional => return None,
            (Some(Argument::Absent) | None, None) => {}
            (Some(_), Some(_)) => return None,
            (Some(_), None) => {}
            (None, Some(at)) => {
                used += 1;
                mask |= Mask::from(parameter.kind.is_lazy()) << (127 - at.min(127));
            }
        }
    }
    if used < given.named.len() && !function.takes_names {
        return None;
    }
    for (index, argument) in given.positional.iter().enumerate() {
        let kind = function.kind_at(index)?;
        let fits = match argument {
            Argument::Absent => index < function.parameters.len(),
            Argument::Node(node) => kind.may_take(node),
            Argument::Object(object) => kind.takes(Shape::of(object)),
        };
        if !fits {
            return None;
        }
        mask |= Mask::from(kind.is_lazy()) << index;
    }
    Some(mask)
}

fn takes(function: &Function, given: &Given) -> bool {
    let fits = |kind: Kind, argument: &Argument| match argument {
        Argument::Absent => true,
        Argument::Node(node) => kind.may_take(node),
        Argument::Object(object) => kind.takes(Shape::of(object)),
    };
    let positional =
        given.positional.iter().enumerate().all(|(index, argument)| {
            function.kind_at(index).is_some_and(|kind| fits(kind, argument))
        });
    positional
        && given.named.iter().all(|(name, argument)| {
            let parameter = function.parameters.iter().find(|known| known.name == &**name);
            parameter.is_none_or(|parameter| fits(parameter.kind, argument))
        })
}

/// Takes the arguments with names out of a call.
fn named(positional: Vec<Argument>, given: &mut Given) -> Outcome<()> {
    for argument in positional {
        let Argument::Node(node) = &argument else {
            given.positional.push(argument);
            continue;
        };
        let NodeKind::Rule(name, value) = &node.kind else {
            given.positional.push(argument);
            continue;
        };
        let NodeKind::Keyword(name) = &name.kind else {
            let message = "Cannot convert mapping to keyword argument";
            return Err(Raise::new(Class::MappingTranslation, message).at(node.at));
        };
        given.named.retain(|(known, _)| known != name);
        given.named.push((Arc::clone(name), Argument::Node(Arc::clone(value))));
    }
    Ok(())
}

impl Machine<'_> {
    /// Calls a function, or a method of a receiver.
    pub(crate) fn call(
        &self,
        name: &str,
        receiver: Option<Object>,
        mut given: Given,
        scope: &Rc<Scope>,
    ) -> Outcome<Object> {
        let name = name.trim_end_matches('_');
        let is_method = receiver.is_some();
        let levels = self.candidates(name, is_method, scope);
        if levels.is_empty() {
            return Err(self.unknown(name, receiver.as_ref(), scope));
        }
        if let Some(receiver) = &receiver {
            given.positional.insert(0, Argument::Object(receiver.clone()));
        }
        if given.positional.len() > ARGUMENTS_MAX {
            return Err(Raise::new(Class::Limit, "a call has too many arguments"));
        }
        let (levels, mask) = sifted(levels, &mut given, name, receiver.as_ref())?;
        self.evaluate_given(&mut given, mask, scope)?;
        let mut winner: Option<&Candidate> = None;
        for level in &levels {
            for candidate in level.iter().filter(|candidate| candidate.takes(&given)) {
                winner = Some(match winner {
                    Some(best) if best.is_narrower(candidate, &given) => best,
                    Some(best) if !candidate.is_narrower(best, &given) => {
                        return Err(ambiguous(name, receiver.as_ref()));
                    }
                    _ => candidate,
                });
            }
            if winner.is_some() {
                break;
            }
        }
        match winner {
            Some(Candidate::Own(function)) => self.run(function, given, scope),
            Some(Candidate::Defined(lambda)) => self.call_defined(lambda, given),
            None => Err(no_match(name, receiver.as_ref())),
        }
    }

    /// Calls a function with values.
    pub(crate) fn call_with(
        &self,
        name: &str,
        arguments: Vec<Object>,
        scope: &Rc<Scope>,
    ) -> Outcome<Object> {
        if let ([left, right], false) = (arguments.as_slice(), self.defines.get())
            && let Some(result) = quick::apply(name, left, right)
        {
            return result;
        }
        let positional = arguments.into_iter().map(Argument::Object).collect();
        self.deeper(|| self.call(name, None, Given { positional, named: Vec::new() }, scope))
    }

    fn candidates(&self, name: &str, is_method: bool, scope: &Rc<Scope>) -> Vec<Vec<Candidate>> {
        let mut levels = Vec::new();
        if !is_method && self.defines.get() {
            let defined = scope.functions(name).into_iter();
            levels.extend(defined.map(|level| level.into_iter().map(Candidate::Defined).collect()));
        }
        let all = overloads(name);
        for wanted in 0..=1 {
            let fits = |function: &&&'static Function| {
                function.level == wanted
                    && if is_method { function.is_method } else { function.is_function }
            };
            let level: Vec<Candidate> =
                all.iter().filter(fits).map(|function| Candidate::Own(function)).collect();
            if !level.is_empty() {
                levels.push(level);
            }
        }
        levels
    }

    fn evaluate_given(&self, given: &mut Given, mask: Mask, scope: &Rc<Scope>) -> Outcome<()> {
        let evaluate = |argument: &mut Argument| -> Outcome<()> {
            if let Argument::Node(node) = argument
                && Shape::of_node(node).is_none()
            {
                let object = self.eval(node, scope)?;
                *argument = Argument::Object(object);
            }
            Ok(())
        };
        for (index, argument) in given.positional.iter_mut().enumerate() {
            if mask & (1 << index) == 0 {
                evaluate(argument)?;
            }
        }
        for (index, (_, argument)) in given.named.iter_mut().enumerate() {
            if mask & (1 << (127 - index.min(127))) == 0 {
                evaluate(argument)?;
            }
        }
        Ok(())
    }

    fn run(&self, function: &'static Function, given: Given, scope: &Rc<Scope>) -> Outcome<Object> {
        let Given { positional, mut named } = given;
        let mut slots = Vec::with_capacity(function.parameters.len());
        let mut positional = positional.into_iter();
        for parameter in function.parameters {
            let argument = match positional.next() {
                Some(argument) => argument,
                None => match named.iter().position(|(name, _)| &**name == parameter.name) {
                    Some(index) => named.remove(index).1,
                    None => Argument::Absent,
                },
            };
            slots.push(self.taken(parameter.kind, argument)?);
        }
        let rest = match function.rest {
            Some(kind) => {
                let rest: Outcome<Vec<Argument>> =
                    positional.map(|argument| self.taken(kind, argument)).collect();
                rest?
            }
            None => Vec::new(),
        };
        let mut bound = Bound { scope, slots, rest, named };
        (function.run)(self, &mut bound)
    }

    /// Returns an argument as its parameter takes it.
    fn taken(&self, kind: Kind, argument: Argument) -> Outcome<Argument> {
        match (kind, argument) {
            (Kind::Iterable | Kind::IterableNoSet | Kind::Iterator, Argument::Object(object)) => {
                taken(object, self).map(Argument::Object)
            }
            (_, argument) => Ok(argument),
        }
    }

    fn call_defined(&self, lambda: &Lambda, given: Given) -> Outcome<Object> {
        let bound = Bound {
            scope: &lambda.scope,
            slots: Vec::new(),
            rest: given.positional,
            named: given.named,
        };
        let scope = Scope::with(&lambda.scope, &bound.rest_objects());
        for (name, object) in bound.named_objects() {
            scope.set(&name, object);
        }
        self.deeper(|| self.eval_body(&lambda.body, &scope))
    }

    fn unknown(&self, name: &str, receiver: Option<&Object>, scope: &Rc<Scope>) -> Raise {
        let mut raise = match receiver {
            None => {
                let message = format!("Unknown function \"{name}\"");
                Raise::new(Class::NoFunction, message)
            }
            Some(receiver) => {
                let message = format!("Unknown method \"{name}\" for receiver {}", shown(receiver));
                Raise::new(Class::NoMethod, message)
            }
        };
        let defined = scope.function_names();
        let own = defined.iter().map(String::as_str).filter(|_| receiver.is_none());
        let mut known: Vec<&str> = names(receiver.is_some()).collect();
        known.extend(own);
        let plain = name.strip_prefix("#property#").unwrap_or(name);
        raise.0.name = Some(plain.to_owned());
        if plain == name {
            raise.0.nearest = crate::jinja::nearest(name, known.into_iter());
        }
        raise
    }
}

type Levels = Vec<Vec<Candidate>>;

/// Drops the candidates that cannot be meant; the others agree on what is evaluated.
fn sifted(
    levels: Levels,
    given: &mut Given,
    name: &str,
    receiver: Option<&Object>,
) -> Outcome<(Levels, Mask)> {
    let no_names = levels.first().and_then(|level| level.first()).is_some_and(Candidate::no_names);
    if !no_names {
        let positional = std::mem::take(&mut given.positional);
        named(positional, given)?;
    } else if let Some((name, _)) = given.named.first() {
        let message = format!("Invalid argument {name}");
        return Err(Raise::new(Class::Argument, message));
    }
    let mut left: Levels = Vec::with_capacity(levels.len());
    let mut mask = None;
    for level in levels {
        let mut kept = Vec::with_capacity(level.len());
        for candidate in level {
            if candidate.no_names() != no_names {
                return Err(ambiguous(name, receiver));
            }
            let Some(lazy) = candidate.sift(given) else { continue };
            if *mask.get_or_insert(lazy) != lazy {
                return Err(ambiguous(name, receiver));
            }
            kept.push(candidate);
        }
        if !kept.is_empty() {
            left.push(kept);
        }
    }
    match mask {
        Some(mask) => Ok((left, mask)),
        None => Err(no_match(name, receiver)),
    }
}

/// Returns the call of an expression as it is given.
pub(crate) fn given(arguments: &[Option<Arc<Node>>]) -> Given {
    let argument = |node: &Option<Arc<Node>>| match node {
        Some(node) => Argument::Node(Arc::clone(node)),
        None => Argument::Absent,
    };
    let mut positional = Vec::with_capacity(arguments.len() + 1);
    positional.extend(arguments.iter().map(argument));
    Given { positional, named: Vec::new() }
}

const SHOWN_CHARS_MAX: usize = 500;

fn shown(object: &Object) -> String {
    let text = text::str(object).unwrap_or_default();
    if text.chars().count() > SHOWN_CHARS_MAX {
        let start: String = text.chars().take(SHOWN_CHARS_MAX).collect();
        return format!("{start}…");
    }
    text
}

/// Returns the complaint that no overload takes the arguments.
pub(crate) fn no_match(name: &str, receiver: Option<&Object>) -> Raise {
    let (class, message) = match receiver {
        None => (
            Class::NoMatchingFunction,
            format!("No function \"{name}\" matches supplied arguments"),
        ),
        Some(receiver) => {
            let shown = shown(receiver);
            let message =
                format!("No method \"{name}\" for receiver {shown} matches supplied arguments");
            (Class::NoMatchingMethod, message)
        }
    };
    Raise::new(class, message).about(name)
}

fn ambiguous(name: &str, receiver: Option<&Object>) -> Raise {
    let raise = match receiver {
        None => Raise::new(Class::AmbiguousFunction, format!("Ambiguous function \"{name}\"")),
        Some(receiver) => {
            let message = format!("Ambiguous method \"{name}\" for receiver {}", shown(receiver));
            Raise::new(Class::AmbiguousMethod, message)
        }
    };
    raise.about(name)
}
