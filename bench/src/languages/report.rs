//! The figures, beside what they should be.

use std::fmt;

use serde_json::{Value, json};

/// All figures, in the order in which they were measured.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Figure>);

#[derive(Debug)]
struct Figure {
    name: String,
    unit: &'static str,
    value: f64,
    bound: Option<Bound>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    Below(f64),
}

impl Report {
    /// Adds a figure.
    pub(crate) fn add(&mut self, name: impl Into<String>, unit: &'static str, value: f64) {
        self.0.push(Figure { name: name.into(), unit, value, bound: None });
    }

    /// Adds a figure that has a bound.
    pub(crate) fn add_bound(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        (value, bound): (f64, Bound),
    ) {
        self.0.push(Figure { name: name.into(), unit, value, bound: Some(bound) });
    }

    /// Returns the figures for programs.
    pub(crate) fn to_json(&self) -> Value {
        let one = |figure: &Figure| {
            let met = figure.bound.map(|bound| bound.is_met(figure.value));
            json!({"name": figure.name, "unit": figure.unit, "value": figure.value, "met": met})
        };
        self.0.iter().map(one).collect()
    }
}

impl Bound {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::Below(bound) => value < bound,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
        for Figure { name, unit, value, bound } in &self.0 {
            write!(f, "{name:width$}  {:>12} {unit:10}", number(*value))?;
            match bound {
                None => writeln!(f)?,
                Some(bound) => {
                    let word = if bound.is_met(*value) { "met" } else { "MISSED" };
                    match bound {
                        Bound::AtLeast(bound) => writeln!(f, "  ≥ {} {word}", number(*bound))?,
                        Bound::Below(bound) => writeln!(f, "  < {} {word}", number(*bound))?,
                    }
                }
            }
        }
        Ok(())
    }
}

fn number(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
