//! The functions and classes that every template has.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use python::arguments::{Arguments, flag, whole, whole_or};
use python::object::{Key, Native, Object, Range};
use python::raise::{Class, Outcome, Raise, type_error, value_error};
use python::text;

use super::machine::Machine;

/// The names of the globals.
pub(super) const NAMES: [&str; 6] = ["range", "dict", "lipsum", "cycler", "joiner", "namespace"];

/// How many numbers a range may have.
const RANGE_MAX: usize = 100_000;

/// Returns the global called `name`.
pub(super) fn find(name: &str) -> Option<Object> {
    let name = NAMES.iter().find(|known| **known == name)?;
    Some(Object::Native(Rc::new(Global { name })))
}

/// Returns a function of the caller.
pub(super) fn function(name: &str) -> Object {
    Object::Native(Rc::new(Function { name: name.to_owned() }))
}

/// A global.
pub(super) struct Global {
    name: &'static str,
}

impl Native for Global {
    fn type_name(&self) -> &'static str {
        if matches!(self.name, "range" | "lipsum") { "function" } else { "type" }
    }

    fn repr(&self) -> String {
        match self.name {
            "range" => "<function safe_range at 0x7f0000000000>".to_owned(),
            "lipsum" => "<function generate_lorem_ipsum at 0x7f0000000000>".to_owned(),
            "dict" => "<class 'dict'>".to_owned(),
            name => format!("<class 'jinja2.utils.{}'>", python::capitalize(name)),
        }
    }

    fn attribute(&self, name: &str) -> Option<Object> {
        (self.name == "dict" && name == "fromkeys").then(|| {
            Bound::object(|arguments| {
                let empty = Object::named(Vec::new());
                let none = |_: &Object, _: python::format::Part<'_>| Ok(Object::None);
                python::methods::call(&empty, "fromkeys", arguments, &none)
            })
        })
    }

    fn callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Global {
    pub(super) fn call(&self, machine: &Machine<'_>, arguments: &Arguments) -> Outcome<Object> {
        match self.name {
            "range" => range(arguments),
            "dict" => python::to_entries(arguments, "dict").map(Object::dict),
            "cycler" => {
                if arguments.positional.is_empty() {
                    let message = "at least one item has to be provided";
                    return Err(Raise::new(Class::Runtime, message));
                }
                let items = arguments.positional.clone();
                Ok(Object::Native(Rc::new(Cycler { items, at: Rc::default() })))
            }
            "joiner" => {
                let [separator] = arguments.bind("joiner", ["sep"], 0)?;
                let separator = separator.cloned().unwrap_or_else(|| Object::str(", "));
                Ok(Object::Native(Rc::new(Joiner { separator, used: Cell::new(false) })))
            }
            "namespace" => {
                let attributes = python::to_entries(arguments, "dict").map(Object::dict)?;
                Ok(Object::Native(Rc::new(Namespace { attributes })))
            }
            _ => lipsum(machine, arguments),
        }
    }
}

fn range(arguments: &Arguments) -> Outcome<Object> {
    let numbers: Outcome<Vec<i128>> = arguments.positional.iter().map(whole).collect();
    let (start, stop, step) = match numbers?.as_slice() {
        [] => return type_error("range expected at least 1 argument, got 0"),
        [stop] => (0, *stop, 1),
        [start, stop] => (*start, *stop, 1),
        [start, stop, step] => (*start, *stop, *step),
        more => {
            let count = more.len();
            return type_error(format!("range expected at most 3 arguments, got {count}"));
        }
    };
    if step == 0 {
        return value_error("range() arg 3 must not be zero");
    }
    let range = Range { start, stop, step };
    if range.len() > RANGE_MAX {
        let message = format!(
            "Range too big. The sandbox blocks ranges larger than MAX_RANGE ({RANGE_MAX})."
        );
        return Err(Raise::new(Class::Overflow, message));
    }
    Ok(Object::Range(Rc::new(range)))
}

const WORDS: [&str; 24] = [
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "consectetuer",
    "adipiscing",
    "elit",
    "donec",
    "integer",
    "mauris",
    "vestibulum",
    "tellus",
    "natoque",
    "praesent",
    "sodales",
    "fusce",
    "ornare",
    "viverra",
    "posuere",
    "laoreet",
    "congue",
    "nulla",
    "facilisi",
];

/// Makes paragraphs of filler words, always the same for the same seed.
fn lipsum(machine: &Machine<'_>, arguments: &Arguments) -> Outcome<Object> {
    let [count, html, min, max] = arguments.bind("lipsum", ["n", "html", "min", "max"], 0)?;
    let limit = |number: i128| usize::try_from(number.clamp(0, 1000)).unwrap_or(0);
    let (min, max) = (limit(whole_or(min, 20)?), limit(whole_or(max, 100)?));
    if min >= max {
        return value_error("empty range for randrange()");
    }
    let mut state = machine.options.seed.wrapping_add(1);
    let mut next = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    let mut paragraphs = Vec::new();
    for _ in 0..limit(whole_or(count, 5)?) {
        let size = min + next(max - min);
        python::budget::build(size * 12)?;
        let words: Vec<&str> = (0..size).map(|_| WORDS[next(WORDS.len())]).collect();
        paragraphs.push(python::capitalize(&words.join(" ")) + ".");
    }
    if html.is_some() && !flag(html)? {
        return Ok(Object::from(paragraphs.join("\n\n")));
    }
    let tagged: Vec<String> = paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    Ok(Object::Markup(tagged.join("\n").into()))
}

type BoundCall = dyn Fn(&Arguments) -> Outcome<Object>;

/// A function that knows what it works on.
pub(super) struct Bound(Box<BoundCall>);

impl Bound {
    pub(super) fn object(call: impl Fn(&Arguments) -> Outcome<Object> + 'static) -> Object {
        Object::Native(Rc::new(Self(Box::new(call))))
    }

    pub(super) fn call(&self, arguments: &Arguments) -> Outcome<Object> {
        (self.0)(arguments)
    }
}

impl Native for Bound {
    fn type_name(&self) -> &'static str {
        "method"
    }

    fn repr(&self) -> String {
        "<bound method at 0x7f0000000000>".to_owned()
    }

    fn callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A function of the caller.
pub(super) struct Function {
    pub(super) name: String,
}

impl Native for Function {
    fn type_name(&self) -> &'static str {
        "function"
    }

    fn repr(&self) -> String {
        format!("<function {} at 0x7f0000000000>", self.name)
    }

    fn callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Cycler {
    items: Vec<Object>,
    at: Rc<Cell<usize>>,
}

impl Native for Cycler {
    fn type_name(&self) -> &'static str {
        "Cycler"
    }

    fn attribute(&self, name: &str) -> Option<Object> {
        let (items, at) = (self.items.clone(), Rc::clone(&self.at));
        Some(match name {
            "current" => items[at.get()].clone(),
            "pos" => Object::count(at.get()),
            "items" => Object::tuple(items),
            "next" => Bound::object(move |_| {
                let item = items[at.get()].clone();
                at.set((at.get() + 1) % items.len());
                Ok(item)
            }),
            "reset" => Bound::object(move |_| {
                at.set(0);
                Ok(Object::None)
            }),
            _ => return None,
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Gives nothing the first time it is called, then its separator.
pub(super) struct Joiner {
    separator: Object,
    used: Cell<bool>,
}

impl Joiner {
    pub(super) fn call(&self, arguments: &Arguments) -> Outcome<Object> {
        arguments.bind::<0>("joiner", [], 0)?;
        Ok(if self.used.replace(true) { self.separator.clone() } else { Object::str("") })
    }
}

impl Native for Joiner {
    fn type_name(&self) -> &'static str {
        "Joiner"
    }

    fn attribute(&self, name: &str) -> Option<Object> {
        match name {
            "sep" => Some(self.separator.clone()),
            "used" => Some(Object::Bool(self.used.get())),
            _ => None,
        }
    }

    fn callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// An object whose attributes a template may set.
pub(super) struct Namespace {
    /// The attributes: a dictionary.
    pub(super) attributes: Object,
}

impl Namespace {
    pub(super) fn set(&self, name: &Arc<str>, value: Object) {
        if let Object::Dict(map) = &self.attributes {
            let entry = (Object::Str(Arc::clone(name)), value);
            map.entries.borrow_mut().insert(Key::Str(Arc::clone(name)), entry);
        }
    }
}

impl Native for Namespace {
    fn type_name(&self) -> &'static str {
        "Namespace"
    }

    fn repr(&self) -> String {
        let attributes = text::repr(&self.attributes).unwrap_or_default();
        format!("<Namespace {attributes}>")
    }

    fn attribute(&self, name: &str) -> Option<Object> {
        match &self.attributes {
            Object::Dict(map) => {
                let entries = map.entries.borrow();
                entries.get(&Key::Str(Arc::from(name))).map(|(_, value)| value.clone())
            }
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
