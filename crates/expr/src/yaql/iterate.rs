//! Iterators: what YAQL's functions give and take item by item.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use python::budget;
use python::object::{Native, Object, Seq, View};
use python::operators::{iterate, view_items};
use python::raise::{Outcome, type_error, value_error};

use super::machine::Machine;
use super::natives::Set;
use super::ordering::Ordering;

/// Makes the next item; none at the end.
pub(crate) type Step = Box<dyn FnMut(&Machine<'_>) -> Outcome<Option<Object>>>;

/// An iterator that makes its items when they are asked for, and is used up by that.
pub(crate) struct Lazy {
    step: RefCell<Option<Step>>,
    type_name: &'static str,
}

impl Lazy {
    /// Makes an iterator of the type that Python calls `type_name`.
    pub(crate) fn object(
        type_name: &'static str,
        step: impl FnMut(&Machine<'_>) -> Outcome<Option<Object>> + 'static,
    ) -> Object {
        Object::Native(Rc::new(Self { step: RefCell::new(Some(Box::new(step))), type_name }))
    }

    /// Makes a generator.
    pub(crate) fn generator(
        step: impl FnMut(&Machine<'_>) -> Outcome<Option<Object>> + 'static,
    ) -> Object {
        Self::object("generator", step)
    }

    fn next(&self, machine: &Machine<'_>) -> Outcome<Option<Object>> {
        let Ok(mut step) = self.step.try_borrow_mut() else {
            return value_error("generator already executing");
        };
        let Some(make) = step.as_mut() else { return Ok(None) };
        let item = machine.deeper(|| make(machine));
        if !matches!(item, Ok(Some(_))) {
            *step = None;
        }
        item
    }
}

thread_local! {
    static DROPPING: Cell<bool> = const { Cell::new(false) };
    static DOOMED: RefCell<Vec<Step>> = const { RefCell::new(Vec::new()) };
}

/// Drops what an iterator holds after this one is gone, so that long chains do
/// not use up the stack.
impl Drop for Lazy {
    fn drop(&mut self) {
        let Some(step) = self.step.get_mut().take() else { return };
        DOOMED.with_borrow_mut(|doomed| doomed.push(step));
        if DROPPING.replace(true) {
            return;
        }
        while let Some(step) = DOOMED.with_borrow_mut(Vec::pop) {
            drop(step);
        }
        DROPPING.set(false);
    }
}

impl Native for Lazy {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn repr(&self) -> String {
        format!("<{} object at 0x7f0000000000>", self.type_name)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// An iterator that remembers its items: each look at it begins anew.
pub(crate) struct Memory {
    source: RefCell<Cursor>,
    seen: RefCell<Vec<Object>>,
}

impl Memory {
    pub(crate) fn object(source: Cursor) -> Object {
        Object::Native(Rc::new(Self { source: RefCell::new(source), seen: RefCell::default() }))
    }

    fn at(&self, index: usize, machine: &Machine<'_>) -> Outcome<Option<Object>> {
        if let Some(item) = self.seen.borrow().get(index) {
            return Ok(Some(item.clone()));
        }
        let Ok(mut source) = self.source.try_borrow_mut() else {
            return value_error("generator already executing");
        };
        let item = source.next(machine)?;
        if let Some(item) = &item {
            budget::build(32)?;
            self.seen.borrow_mut().push(item.clone());
        }
        Ok(item)
    }
}

impl Native for Memory {
    fn type_name(&self) -> &'static str {
        "RememberingIterator"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A place in a collection that is being read.
pub(crate) enum Cursor {
    Sequence(Rc<Seq>, usize),
    Items(std::vec::IntoIter<Object>),
    Lazy(Rc<Lazy>),
    Memory(Rc<Memory>, usize),
}

impl Cursor {
    /// Begins to read a collection.
    pub(crate) fn new(object: &Object, machine: &Machine<'_>) -> Outcome<Self> {
        match object {
            Object::List(seq) | Object::Tuple(seq) => Ok(Self::Sequence(Rc::clone(seq), 0)),
            Object::Native(native) => {
                let any: Rc<dyn Any> = Rc::clone(native) as _;
                let any = match any.downcast::<Lazy>() {
                    Ok(lazy) => return Ok(Self::Lazy(lazy)),
                    Err(any) => any,
                };
                let any = match any.downcast::<Memory>() {
                    Ok(memory) => return Ok(Self::Memory(memory, 0)),
                    Err(any) => any,
                };
                if let Some(set) = any.downcast_ref::<Set>() {
                    return Ok(Self::Items(set.in_order().into_iter()));
                }
                match any.downcast_ref::<Ordering>() {
                    Some(ordering) => Ok(Self::Sequence(ordering.sorted(machine)?, 0)),
                    None => type_error(format!("'{}' object is not iterable", object.type_name())),
                }
            }
            other => Ok(Self::Items(iterate(other)?.into_iter())),
        }
    }

    /// Returns the next item.
    pub(crate) fn next(&mut self, machine: &Machine<'_>) -> Outcome<Option<Object>> {
        budget::step(1)?;
        match self {
            Self::Sequence(seq, at) => {
                let item = seq.items.borrow().get(*at).cloned();
                *at += 1;
                Ok(item)
            }
            Self::Items(items) => Ok(items.next()),
            Self::Lazy(lazy) => lazy.next(machine),
            Self::Memory(memory, at) => {
                *at += 1;
                memory.at(*at - 1, machine)
            }
        }
    }

    /// Returns all items that are left.
    pub(crate) fn rest(mut self, machine: &Machine<'_>) -> Outcome<Vec<Object>> {
        let mut items = Vec::new();
        while let Some(item) = self.next(machine)? {
            budget::build(32)?;
            items.push(item);
        }
        Ok(items)
    }
}

/// Returns a collection as a function takes it: what is neither sequence nor
/// set is read through an iterator of its own.
pub(crate) fn taken(object: Object, machine: &Machine<'_>) -> Outcome<Object> {
    match &object {
        Object::View(View::Values, map) => {
            let mut items = view_items(View::Values, map).into_iter();
            Ok(Lazy::generator(move |_| Ok(items.next())))
        }
        Object::Native(native) if native.as_any().is::<Memory>() => {
            let mut cursor = Cursor::new(&object, machine)?;
            Ok(Lazy::generator(move |machine| cursor.next(machine)))
        }
        Object::Native(native) if native.as_any().is::<Ordering>() => {
            let mut cursor = None;
            Ok(Lazy::generator(move |machine| {
                let begun = match cursor.take() {
                    Some(begun) => begun,
                    None => Cursor::new(&object, machine)?,
                };
                cursor.insert(begun).next(machine)
            }))
        }
        _ => Ok(object),
    }
}
