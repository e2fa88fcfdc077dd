//! A collection that is sorted when it is read: what `orderBy` and `thenBy` give.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use python::object::{Native, Object, Seq};
use python::operators::truth;
use python::raise::Outcome;

use super::iterate::Cursor;
use super::machine::Machine;
use super::scope::{Lambda, Scope};

/// A collection and what it is sorted by.
pub(crate) struct Ordering {
    pub(crate) collection: Object,
    pub(crate) scope: Rc<Scope>,
    /// What is compared, and whether it ascends.
    pub(crate) fields: RefCell<Vec<(Lambda, bool)>>,
    pub(crate) sorted: RefCell<Option<Rc<Seq>>>,
}

impl Ordering {
    /// Makes a collection that is sorted by one field.
    pub(crate) fn object(collection: Object, field: (Lambda, bool)) -> Object {
        let scope = Rc::clone(&field.0.scope);
        let (fields, sorted) = (RefCell::new(vec![field]), RefCell::default());
        Object::Native(Rc::new(Self { collection, scope, fields, sorted }))
    }

    /// Returns the items in order.
    pub(crate) fn sorted(&self, machine: &Machine<'_>) -> Outcome<Rc<Seq>> {
        if let Some(sorted) = &*self.sorted.borrow() {
            return Ok(Rc::clone(sorted));
        }
        let items = Cursor::new(&self.collection, machine)?.rest(machine)?;
        let fields = self.fields.borrow().clone();
        let keyed = items.into_iter().map(|item| (RefCell::default(), item)).collect();
        let sorter = Sorter { ordering: self, fields: &fields, machine };
        let sorted = sorter.sort(keyed)?;
        let items = sorted.into_iter().map(|(_, item)| item).collect();
        let seq = Rc::new(Seq { items: RefCell::new(items), group: false });
        *self.sorted.borrow_mut() = Some(Rc::clone(&seq));
        Ok(seq)
    }
}

/// An item and what its fields were found to be so far.
type Keyed = (RefCell<Vec<Object>>, Object);

struct Sorter<'o, 'm> {
    ordering: &'o Ordering,
    fields: &'o [(Lambda, bool)],
    machine: &'o Machine<'m>,
}

impl Sorter<'_, '_> {
    /// Sorts stably, by merging.
    fn sort(&self, mut items: Vec<Keyed>) -> Outcome<Vec<Keyed>> {
        let mut width = 1;
        while width < items.len() {
            let mut merged = Vec::with_capacity(items.len());
            let mut rest = items.into_iter().peekable();
            while rest.peek().is_some() {
                let left: Vec<Keyed> = rest.by_ref().take(width).collect();
                let right: Vec<Keyed> = rest.by_ref().take(width).collect();
                self.merge(left, right, &mut merged)?;
            }
            items = merged;
            width *= 2;
        }
        Ok(items)
    }

    fn merge(&self, left: Vec<Keyed>, right: Vec<Keyed>, out: &mut Vec<Keyed>) -> Outcome<()> {
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let next = if self.is_less(b, a)? { right.next() } else { left.next() };
            out.extend(next);
        }
        out.extend(left);
        out.extend(right);
        Ok(())
    }

    fn is_less(&self, a: &Keyed, b: &Keyed) -> Outcome<bool> {
        for (index, (_, ascends)) in self.fields.iter().enumerate() {
            let (x, y) = (self.field(a, index)?, self.field(b, index)?);
            if self.holds("#operator_<", &x, &y)? {
                return Ok(*ascends);
            }
            if self.holds("#operator_>", &x, &y)? {
                return Ok(!ascends);
            }
        }
        Ok(false)
    }

    fn field(&self, (keys, item): &Keyed, index: usize) -> Outcome<Object> {
        if let Some(key) = keys.borrow().get(index) {
            return Ok(key.clone());
        }
        let key = self.machine.call_lambda(&self.fields[index].0, std::slice::from_ref(item))?;
        keys.borrow_mut().push(key.clone());
        Ok(key)
    }

    fn holds(&self, operator: &str, a: &Object, b: &Object) -> Outcome<bool> {
        let arguments = vec![a.clone(), b.clone()];
        truth(&self.machine.call_with(operator, arguments, &self.ordering.scope)?)
    }
}

impl Native for Ordering {
    fn type_name(&self) -> &'static str {
        "OrderingIterable"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
