//! Reads the form of a test: everything that does not fit is a complaint with its path.

use serde_json::{Map, Value};

use super::case::{Complaint, Key, Path, Told};
use crate::{contexts::Object, status::Status};

/// A value and its path.
#[derive(Debug, Clone)]
pub(super) struct Node<'v> {
    pub(super) value: &'v Value,
    pub(super) path: Path,
}

/// The complaints so far.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) complaints: Vec<Complaint>,
}

impl<'v> Node<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self { value, path: Path::new() }
    }

    /// Returns the field of a mapping, unless it is null.
    pub(super) fn field(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { value, path: self.at(Key::Name(name.to_owned())) })
    }

    pub(super) fn at(&self, key: Key) -> Path {
        let mut path = self.path.clone();
        path.push(key);
        path
    }
}

impl Reading {
    pub(super) fn complain(&mut self, path: &[Key], message: impl Into<String>) {
        self.complaints.push(Complaint { path: path.to_vec(), message: message.into() });
    }

    /// Returns a mapping that has no other names than these.
    pub(super) fn closed<'v>(
        &mut self,
        node: &Node<'v>,
        what: &str,
        names: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let map = self.map(node, what)?;
        for name in map.keys().filter(|name| !names.contains(&name.as_str())) {
            let message = format!("`{name}` is no key of {what}: it has {}", names.join(", "));
            self.complain(&node.at(Key::Name(name.clone())), message);
        }
        Some(map)
    }

    pub(super) fn map<'v>(
        &mut self,
        node: &Node<'v>,
        what: &str,
    ) -> Option<&'v Map<String, Value>> {
        let map = node.value.as_object();
        if map.is_none() {
            self.complain(&node.path, format!("{what} is to be a mapping"));
        }
        map
    }

    /// Returns the mapping by this name; an empty one when there is none.
    pub(super) fn object(&mut self, node: &Node<'_>, name: &str) -> Object {
        let Some(field) = node.field(name) else { return Object::new() };
        self.map(&field, &format!("`{name}`")).cloned().unwrap_or_default()
    }

    pub(super) fn list<'v>(&mut self, node: &Node<'v>, what: &str) -> Vec<Node<'v>> {
        let Some(list) = node.value.as_array() else {
            self.complain(&node.path, format!("{what} is to be a list"));
            return Vec::new();
        };
        let one = |(index, value)| Node { value, path: node.at(Key::Index(index)) };
        list.iter().enumerate().map(one).collect()
    }

    pub(super) fn text(&mut self, node: &Node<'_>, name: &str) -> Option<Told<String>> {
        let field = node.field(name)?;
        match field.value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => Some(Told { value: text.to_owned(), path: field.path }),
            None => {
                self.complain(&field.path, format!("`{name}` is to be a text"));
                None
            }
        }
    }

    pub(super) fn texts(&mut self, node: &Node<'_>, name: &str) -> Option<Told<Vec<String>>> {
        let field = node.field(name)?;
        let mut texts = Vec::new();
        for item in self.list(&field, &format!("`{name}`")) {
            match item.value.as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.complain(&item.path, format!("`{name}` is to hold texts only")),
            }
        }
        Some(Told { value: texts, path: field.path })
    }

    pub(super) fn number(&mut self, node: &Node<'_>, name: &str) -> Option<usize> {
        let field = node.field(name)?;
        let number = field.value.as_u64().and_then(|number| usize::try_from(number).ok());
        if number.is_none() {
            self.complain(&field.path, format!("`{name}` is to be a whole number, 0 or more"));
        }
        number
    }

    /// Returns the status by this name; one that succeeded when there is none.
    pub(super) fn status(&mut self, node: &Node<'_>, name: &str) -> Told<Status> {
        let Some(field) = node.field(name) else {
            return Told { value: Status::Succeeded, path: node.path.clone() };
        };
        let status = field.value.as_str().and_then(Status::from_name);
        let status = status.filter(|status| *status != Status::Unset);
        if status.is_none() {
            let all: Vec<&str> = Status::ALL.iter().skip(1).map(|status| status.name()).collect();
            let message = format!("{} is no status: there are {}", field.value, all.join(", "));
            self.complain(&field.path, message);
        }
        Told { value: status.unwrap_or(Status::Succeeded), path: field.path }
    }
}
