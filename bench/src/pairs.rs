//! Two builds, measured in turn: the figures of each pair, their medians and the ratio.
//!
//! Machines and their neighbors change while a measurement runs, and both builds of a pair suffer
//! from that alike. So the ratio is taken pair by pair, and its median counts, not the ratio of
//! the medians.

use std::fmt;

use serde_json::{Value, json};

/// How much of a figure may be lost.
const LOSS_MAX: f64 = 0.05;

/// Which of two builds is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The build that is judged.
    New,
    /// The one that it is compared with.
    Old,
}

/// Returns the order of a pair: every other one begins with the old build, so that what grows
/// during a pair does not always meet the same one.
#[must_use]
pub const fn order(round: u32) -> [Side; 2] {
    if round.is_multiple_of(2) { [Side::New, Side::Old] } else { [Side::Old, Side::New] }
}

/// All figures, in the order in which they were measured first.
#[derive(Debug, Default)]
pub struct Pairs {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    unit: String,
    new: Vec<f64>,
    old: Vec<f64>,
}

impl Pairs {
    /// Adds a figure of one build; the n-th of the new one and the n-th of the old one are a pair.
    pub fn add(&mut self, side: Side, name: &str, unit: &str, value: f64) {
        let found = self.rows.iter_mut().find(|row| row.name == name && row.unit == unit);
        let row = match found {
            Some(row) => row,
            None => {
                let (name, unit) = (name.to_owned(), unit.to_owned());
                self.rows.push(Row { name, unit, new: Vec::new(), old: Vec::new() });
                let last = self.rows.len() - 1;
                &mut self.rows[last]
            }
        };
        match side {
            Side::New => row.new.push(value),
            Side::Old => row.old.push(value),
        }
    }

    /// Returns the figures for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "name": row.name,
                "unit": row.unit,
                "new": row.new,
                "old": row.old,
                "median_new": median(&row.new),
                "median_old": median(&row.old),
                "ratio": row.ratio(),
                "verdict": row.verdict(),
            })
        });
        json!({ "pairs": rows.collect::<Vec<_>>() })
    }
}

impl Row {
    /// Returns new to old of each pair. Where both are nothing, they are alike.
    fn ratios(&self) -> Vec<f64> {
        let ratio = |(new, old): (&f64, &f64)| if new == old { 1.0 } else { new / old };
        self.new.iter().zip(&self.old).map(ratio).collect()
    }

    fn ratio(&self) -> f64 {
        median(&self.ratios())
    }

    fn verdict(&self) -> &'static str {
        let ratio = self.ratio();
        // Of rates more is better, of all else less.
        let loss = if self.unit.contains("per second") { 1.0 - ratio } else { ratio - 1.0 };
        match loss {
            _ if loss.is_nan() => "no pair",
            _ if loss > LOSS_MAX => "WORSE",
            _ if loss < -LOSS_MAX => "better",
            _ => "alike",
        }
    }
}

impl fmt::Display for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(6);
        let line = |f: &mut fmt::Formatter<'_>, cells: [&str; 7]| {
            let [name, unit, new, old, ratio, range, verdict] = cells;
            writeln!(
                f,
                "{name:<width$} {unit:<18} {new:>9} {old:>9} {ratio:>8} {range:>13}  {verdict}"
            )
        };
        line(f, ["figure", "unit", "new", "old", "new/old", "of pairs", ""])?;
        for row in &self.rows {
            let mut ratios = row.ratios();
            ratios.sort_unstable_by(f64::total_cmp);
            let range = match (ratios.first(), ratios.last()) {
                (Some(least), Some(most)) => format!("{least:.2} to {most:.2}"),
                _ => String::new(),
            };
            let (new, old) = (number(median(&row.new)), number(median(&row.old)));
            let ratio = format!("{:.3}", row.ratio());
            line(f, [&row.name, &row.unit, &new, &old, &ratio, &range, row.verdict()])?;
        }
        Ok(())
    }
}

/// Returns the middle of some figures.
#[must_use]
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.get(middle) {
        None => f64::NAN,
        Some(upper) if sorted.len().is_multiple_of(2) => f64::midpoint(sorted[middle - 1], *upper),
        Some(middle) => *middle,
    }
}

/// Prints a number with about three digits that matter.
#[must_use]
pub fn number(value: f64) -> String {
    match value {
        100.0.. => grouped(&format!("{value:.0}")),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(unit: &str, all: &[(f64, f64)]) -> Pairs {
        let mut pairs = Pairs::default();
        for (new, old) in all {
            pairs.add(Side::New, "a load", unit, *new);
            pairs.add(Side::Old, "a load", unit, *old);
        }
        pairs
    }

    #[test]
    fn the_ratio_is_that_of_the_pairs_and_not_of_the_medians() {
        // The machine became half as fast: both medians say nothing, each pair says the same.
        let pairs = pairs("per second", &[(99.0, 100.0), (99.0, 100.0), (49.5, 50.0)]);
        assert_eq!(pairs.to_json()["pairs"][0]["ratio"], 0.99);
        assert_eq!(
            pairs.to_string().lines().last().unwrap().split_whitespace().collect::<Vec<_>>(),
            ["a", "load", "per", "second", "99.0", "100", "0.990", "0.99", "to", "0.99", "alike"]
        );
    }

    #[test]
    fn more_is_better_of_rates_and_less_of_all_else() {
        let check = |unit: &str, new: f64, verdict: &str| {
            let pairs = pairs(unit, &[(new, 100.0)]);
            assert_eq!(pairs.to_json()["pairs"][0]["verdict"], verdict, "{unit} {new}");
        };
        check("per second", 94.0, "WORSE");
        check("per second", 96.0, "alike");
        check("per second", 106.0, "better");
        check("ms p50", 106.0, "WORSE");
        check("ms p50", 104.0, "alike");
        check("MB", 94.0, "better");
        check("MB", f64::NAN, "no pair");
    }

    #[test]
    fn nothing_on_both_sides_is_alike() {
        let pairs = pairs("kB written each", &[(0.0, 0.0)]);
        assert_eq!(pairs.to_json()["pairs"][0]["verdict"], "alike");
    }

    #[test]
    fn every_other_pair_begins_with_the_old_build() {
        assert_eq!(order(0), [Side::New, Side::Old]);
        assert_eq!(order(1), [Side::Old, Side::New]);
    }

    #[test]
    fn numbers_are_short() {
        let check = |value, text: &str| assert_eq!(number(value), text);
        check(0.1234, "0.12");
        check(12.34, "12.3");
        check(1_234_567.8, "1,234,568");
        check(123.0, "123");
    }
}
