//! The variables and functions that an expression sets, in nested scopes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use python::Object;
use python::teardown::drop_flat;

use super::ast::Node;

/// A scope and, through its parents, those around it.
#[derive(Default)]
pub(crate) struct Scope {
    names: RefCell<Vec<(Arc<str>, Object)>>,
    functions: RefCell<Vec<(String, Body)>>,
    parent: Option<Rc<Self>>,
}

/// What a lambda evaluates: an expression, or a value that it is already.
#[derive(Clone)]
pub(crate) enum Body {
    Node(Arc<Node>),
    Object(Object),
}

/// An expression that is evaluated when it is called, in the scope where it stands.
#[derive(Clone)]
pub(crate) struct Lambda {
    pub(crate) body: Body,
    pub(crate) scope: Rc<Scope>,
}

impl Scope {
    /// Makes a scope inside another.
    pub(crate) fn inside(parent: &Rc<Self>) -> Rc<Self> {
        Self::with(parent, &[])
    }

    /// Makes a scope with `$1`, `$2` and so on inside another.
    pub(crate) fn with(parent: &Rc<Self>, arguments: &[Object]) -> Rc<Self> {
        let names = arguments.iter().enumerate();
        let names = names.map(|(index, value)| (place(index + 1), value.clone())).collect();
        let parent = Some(Rc::clone(parent));
        Rc::new(Self { names: RefCell::new(names), functions: RefCell::default(), parent })
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

    /// Sets a name in this scope; `$` stands for `$1`.
    pub(crate) fn set(&self, name: &str, object: Object) {
        let name = name.strip_prefix('$').unwrap_or(name);
        let name = if name.is_empty() { "1" } else { name };
        let mut names = self.names.borrow_mut();
        match names.iter_mut().find(|(known, _)| &**known == name) {
            Some((_, old)) => *old = object,
            None => names.push((Arc::from(name), object)),
        }
    }

    /// Sets `$1`, `$2` and so on.
    pub(crate) fn set_places(&self, objects: impl IntoIterator<Item = Object>) {
        for (index, object) in objects.into_iter().enumerate() {
            self.set(&place(index + 1), object);
        }
    }

    /// Sets a function in this scope.
    pub(crate) fn define(&self, name: String, body: Body) {
        self.functions.borrow_mut().push((name, body));
    }

    /// Returns the functions of a name, from here outwards, each scope a level of its own.
    pub(crate) fn functions(self: &Rc<Self>, name: &str) -> Vec<Vec<Lambda>> {
        let mut levels = Vec::new();
        let mut scope = Some(self);
        while let Some(current) = scope {
            let functions = current.functions.borrow();
            let found = functions.iter().filter(|(known, _)| known == name);
            let level: Vec<Lambda> = found
                .map(|(_, body)| Lambda { body: body.clone(), scope: Rc::clone(current) })
                .collect();
            if !level.is_empty() {
                levels.push(level);
            }
            scope = current.parent.as_ref();
        }
        levels
    }

    /// Returns the names of all functions that are set here or further out.
    pub(crate) fn function_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut scope = Some(self);
        while let Some(current) = scope {
            names.extend(current.functions.borrow().iter().map(|(name, _)| name.clone()));
            scope = current.parent.as_deref();
        }
        names
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let names = std::mem::take(self.names.get_mut());
        let nests = |object: &Object| matches!(object, Object::Native(_));
        if names.iter().any(|(_, object)| nests(object)) {
            drop_flat(names.into_iter().map(|(_, object)| object));
        }
    }
}

fn place(index: usize) -> Arc<str> {
    const PLACES: [&str; 5] = ["", "1", "2", "3", "4"];
    PLACES.get(index).map_or_else(|| Arc::from(index.to_string()), |name| Arc::from(*name))
}
