//! Finds the rules of one trigger type that an event may concern, without trying each.
//!
//! A rule is filed under one of its plain `equals`. An event looks up its own value at each path
//! that rules are filed under. Rules without such a criterion, or with one before it that could
//! fail and so must be evaluated, are candidates for every event.

use std::collections::HashMap;
use std::hash::Hash;

use python::value::{Numeric, numeric};
use serde_json::Value;

use super::Criteria;
use super::key::below;

/// An index over rules, by their positions.
#[derive(Debug, Clone, Default)]
pub struct Index {
    files: Vec<File>,
    always: Vec<usize>,
}

/// The rules that are filed under one path.
#[derive(Debug, Clone, Default)]
struct File {
    path: Vec<String>,
    by_text: HashMap<String, Vec<usize>>,
    by_number: HashMap<Number, Vec<usize>>,
}

/// A number, equal when Python holds it equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Number {
    Whole(i128),
    Fraction(u64),
}

impl Number {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    fn new(numeric: Numeric) -> Self {
        match numeric {
            Numeric::Whole(number) => Self::Whole(number),
            Numeric::Float(number) if number.fract() == 0.0 && number.abs() < 1e30 => {
                Self::Whole(number as i128)
            }
            Numeric::Float(number) => Self::Fraction(number.to_bits()),
        }
    }
}

/// A text or a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Constant<'a> {
    Text(&'a str),
    Number(Number),
}

impl<'a> Constant<'a> {
    fn new(value: &'a Value) -> Option<Self> {
        let number = || numeric(value).map(|number| Self::Number(Number::new(number)));
        value.as_str().map(Self::Text).or_else(number)
    }
}

impl Index {
    /// Makes the index of rules, each with its position.
    pub fn new<'c>(rules: impl IntoIterator<Item = (usize, &'c Criteria)>) -> Self {
        let rules: Vec<(usize, &Criteria)> = rules.into_iter().collect();
        // How many rules share a path and a constant: the fewer, the better they are told apart.
        let mut shared: HashMap<(&[String], Constant<'_>), usize> = HashMap::new();
        for place in rules.iter().flat_map(|(_, criteria)| places(criteria)) {
            *shared.entry(place).or_default() += 1;
        }
        let mut index = Self::default();
        let mut by_path: HashMap<&[String], usize> = HashMap::new();
        for (position, criteria) in rules {
            if criteria.is_hopeless() {
                continue;
            }
            let best = places(criteria).min_by_key(|place| shared.get(place).copied());
            let Some((path, constant)) = best else {
                index.always.push(position);
                continue;
            };
            let at = *by_path.entry(path).or_insert_with(|| {
                index.files.push(File { path: path.to_vec(), ..File::default() });
                index.files.len() - 1
            });
            if let Some(file) = index.files.get_mut(at) {
                file.add(constant, position);
            }
        }
        index
    }

    /// Returns the positions, in order, of all rules that a payload may match or fail.
    pub fn candidates(&self, payload: &Value) -> impl Iterator<Item = usize> + use<> {
        let mut found = self.always.clone();
        for file in &self.files {
            if let Some(constant) = below(payload, &file.path).and_then(Constant::new) {
                found.extend_from_slice(file.get(&constant));
            }
        }
        found.sort_unstable();
        found.into_iter()
    }
}

fn places(criteria: &Criteria) -> impl Iterator<Item = (&[String], Constant<'_>)> {
    let place = |(path, value)| Some((path, Constant::new(value)?));
    criteria.equality().into_iter().filter_map(place)
}

impl File {
    fn add(&mut self, constant: Constant<'_>, position: usize) {
        match constant {
            Constant::Text(text) => self.by_text.entry(text.to_owned()).or_default().push(position),
            Constant::Number(number) => self.by_number.entry(number).or_default().push(position),
        }
    }

    fn get(&self, constant: &Constant<'_>) -> &[usize] {
        let positions = match constant {
            Constant::Text(text) => self.by_text.get(*text),
            Constant::Number(number) => self.by_number.get(number),
        };
        positions.map_or(&[], Vec::as_slice)
    }
}
