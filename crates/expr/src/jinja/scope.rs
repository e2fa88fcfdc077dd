//! The names that a template sets, in nested scopes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use python::Object;

/// A scope and, through its parents, those around it.
pub(crate) struct Scope {
    names: RefCell<Vec<(Arc<str>, Object)>>,
    parent: Option<Rc<Self>>,
}

impl Scope {
    /// Makes a scope inside another.
    pub(crate) fn inside(parent: Option<&Rc<Self>>) -> Rc<Self> {
        Rc::new(Self { names: RefCell::default(), parent: parent.cloned() })
    }

    /// Returns the value of a name, looking outwards.
    pub(crate) fn get(&self, name: &str) -> Option<Object> {
        let mut scope = Some(self);
        while let Some(current) = scope {
            let names = current.names.borrow();
            if let Some((_, object)) = names.iter().find(|(known, _)| &**known == name) {
                return Some(object.clone());
            }
            scope = current.parent.as_deref();
        }
        None
    }

    /// Returns whether a name is set here or further out.
    pub(crate) fn has(&self, name: &str) -> bool {
        let here = self.names.borrow().iter().any(|(known, _)| &**known == name);
        here || self.parent.as_ref().is_some_and(|parent| parent.has(name))
    }

    /// Sets a name in this scope.
    pub(crate) fn set(&self, name: &Arc<str>, object: Object) {
        let mut names = self.names.borrow_mut();
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = object,
            None => names.push((Arc::clone(name), object)),
        }
    }

    /// Forgets all names: they may hold what holds this scope.
    pub(crate) fn clear(&self) {
        drop(std::mem::take(&mut *self.names.borrow_mut()));
    }

    /// Returns the names that are set here and further out.
    pub(crate) fn all_names(&self) -> Vec<Arc<str>> {
        let mut all = self.parent.as_ref().map(|parent| parent.all_names()).unwrap_or_default();
        all.extend(self.names.borrow().iter().map(|(name, _)| Arc::clone(name)));
        all
    }
}
