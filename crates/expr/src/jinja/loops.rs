//! `for` and its `loop`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use python::arguments::Arguments;
use python::budget;
use python::object::{Native, Object};
use python::operators::{equal, iterate, truth};
use python::raise::{Class, Outcome, type_error};

use super::ast::For;
use super::globals::Bound;
use super::machine::Machine;
use super::scope::Scope;

impl Machine<'_> {
    pub(super) fn run_for(
        &self,
        parts: &Arc<For>,
        scope: &Rc<Scope>,
        out: &mut String,
    ) -> Outcome<()> {
        let items = self.eval(&parts.items, scope)?;
        self.run_loop(&Turn { parts, scope, depth: 0 }, &items, out)
    }

    fn run_loop(&self, turn: &Turn<'_>, items: &Object, out: &mut String) -> Outcome<()> {
        let Turn { parts, scope, depth } = *turn;
        let mut items = iterate(items).map_err(|raise| raise.at(parts.items.at))?;
        if let Some(test) = &parts.test {
            let mut kept = Vec::new();
            for item in items {
                let inner = Scope::inside(Some(scope));
                self.assign(&parts.target, item.clone(), &inner)?;
                if truth(&self.eval(test, &inner)?)? {
                    kept.push(item);
                }
            }
            items = kept;
        }
        let state = Rc::new(State {
            items,
            index: Cell::new(0),
            changed: RefCell::new(None),
            depth,
            strict: self.options.undefined == super::Undefined::Strict,
        });
        let recursion = parts.recursive.then(|| (Arc::clone(parts), Rc::clone(scope)));
        let object: Rc<dyn Native> = Rc::new(Loop { state: Rc::clone(&state), recursion });
        let name: Arc<str> = Arc::from("loop");
        for (index, item) in state.items.iter().enumerate() {
            budget::step(1)?;
            state.index.set(index);
            let inner = Scope::inside(Some(scope));
            inner.set(&name, Object::Native(Rc::clone(&object)));
            self.assign(&parts.target, item.clone(), &inner)?;
            self.run(&parts.body, &inner, out)?;
        }
        if state.items.is_empty() {
            let inner = Scope::inside(Some(scope));
            self.run(&parts.otherwise, &inner, out)?;
        }
        Ok(())
    }

    /// Renders the body of a recursive loop for other items.
    pub(super) fn call_loop(&self, found: &Loop, arguments: &Arguments) -> Outcome<Object> {
        let [items] = arguments.bind("loop", ["iterable"], 1)?;
        let Some((parts, scope)) = &found.recursion else {
            return type_error(
                "The loop must have the 'recursive' marker to be called recursively.",
            );
        };
        let items = items.unwrap_or(&Object::None);
        self.called(|| {
            let mut out = String::new();
            let turn = Turn { parts, scope, depth: found.state.depth + 1 };
            self.run_loop(&turn, items, &mut out)?;
            Ok(self.marked(out))
        })
    }
}

/// A loop that is about to run.
struct Turn<'a> {
    parts: &'a Arc<For>,
    scope: &'a Rc<Scope>,
    depth: usize,
}

struct State {
    items: Vec<Object>,
    index: Cell<usize>,
    changed: RefCell<Option<Object>>,
    depth: usize,
    strict: bool,
}

/// The loop that is running.
pub(super) struct Loop {
    state: Rc<State>,
    recursion: Option<(Arc<For>, Rc<Scope>)>,
}

impl Loop {
    fn neighbor(&self, index: Option<usize>, hint: &str) -> Object {
        let found = index.and_then(|index| self.state.items.get(index));
        found.cloned().unwrap_or_else(|| {
            Object::Undefined(Rc::new(python::object::Undefined {
                hint: Some(hint.to_owned()),
                owner: None,
                name: String::new(),
                named: false,
                class: Class::Undefined,
                nearest: None,
                strict: self.state.strict,
            }))
        })
    }
}

impl Native for Loop {
    fn type_name(&self) -> &'static str {
        "LoopContext"
    }

    fn repr(&self) -> String {
        format!("<LoopContext {}/{}>", self.state.index.get() + 1, self.state.items.len())
    }

    fn length(&self) -> Option<usize> {
        Some(self.state.items.len())
    }

    fn attribute(&self, name: &str) -> Option<Object> {
        let (index, length) = (self.state.index.get(), self.state.items.len());
        Some(match name {
            "index" => Object::count(index + 1),
            "index0" => Object::count(index),
            "revindex" => Object::count(length - index),
            "revindex0" => Object::count(length - index - 1),
            "first" => Object::Bool(index == 0),
            "last" => Object::Bool(index + 1 == length),
            "length" => Object::count(length),
            "depth" => Object::count(self.state.depth + 1),
            "depth0" => Object::count(self.state.depth),
            "previtem" => self.neighbor(index.checked_sub(1), "there is no previous item"),
            "nextitem" => self.neighbor(Some(index + 1), "there is no next item"),
            "cycle" | "changed" => {
                let state = Rc::clone(&self.state);
                let cycles = name == "cycle";
                Bound::object(move |arguments| {
                    if cycles { cycle(&state, arguments) } else { changed(&state, arguments) }
                })
            }
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

fn cycle(state: &State, arguments: &Arguments) -> Outcome<Object> {
    let items = &arguments.positional;
    if items.is_empty() {
        return type_error("no items for cycling given");
    }
    Ok(items[state.index.get() % items.len()].clone())
}

fn changed(state: &State, arguments: &Arguments) -> Outcome<Object> {
    let now = Object::tuple(arguments.positional.clone());
    let before = state.changed.borrow().clone();
    let same = match before {
        Some(before) => equal(&before, &now)?,
        None => false,
    };
    if !same {
        *state.changed.borrow_mut() = Some(now);
    }
    Ok(Object::Bool(!same))
}
