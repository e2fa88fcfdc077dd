//! The figures, the targets, the table and the JSON.

use std::fmt;

use bench::pairs::{median, number};
use serde_json::{Value, json};

/// What a figure should be: name, unit, and the bound.
const TARGETS: [(&str, &str, Target); 15] = [
    ("core.noop, 1 at once", "ms p50", Target::Below(5.0)),
    ("core.noop, 10 at once", "per second", Target::AtLeast(1_500.0)),
    ("core.noop, 50 at once", "per second", Target::AtLeast(1_500.0)),
    ("core.local echo hi, 1 at once", "ms p50", Target::Below(10.0)),
    ("core.local echo hi, 10 at once", "per second", Target::AtLeast(400.0)),
    ("core.local echo hi, 50 at once", "per second", Target::AtLeast(400.0)),
    ("chat command, 1 at once", "ms p50", Target::Below(15.0)),
    ("chat command, 10 at once", "per second", Target::AtLeast(300.0)),
    ("chat command, 50 at once", "per second", Target::AtLeast(300.0)),
    ("workflow of three tasks, 1 at once", "ms p50", Target::Below(12.0)),
    ("workflow of three tasks, 10 at once", "per second", Target::AtLeast(300.0)),
    ("workflow of 100 tasks", "ms", Target::Below(300.0)),
    ("workflow of 1,000 items", "ms", Target::Below(1_500.0)),
    ("idle memory, RSS", "MB", Target::Below(60.0)),
    ("cold start", "ms", Target::Below(500.0)),
];

/// A bound for a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    AtLeast(f64),
    Below(f64),
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::Below(bound) => value < bound,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "≥ {}", number(*bound)),
            Self::Below(bound) => write!(f, "< {}", number(*bound)),
        }
    }
}

/// All figures, in the order in which they were measured first.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
}

#[derive(Debug)]
struct Figure {
    name: String,
    unit: &'static str,
    rounds: Vec<f64>,
}

impl Report {
    /// Adds what one round showed.
    pub(crate) fn add(&mut self, name: &str, unit: &'static str, value: f64) {
        let same = |figure: &&mut Figure| figure.name == name && figure.unit == unit;
        match self.figures.iter_mut().find(same) {
            Some(figure) => figure.rounds.push(value),
            None => {
                self.figures.push(Figure { name: name.to_owned(), unit, rounds: vec![value] });
            }
        }
    }

    /// Returns the figures for programs.
    pub(crate) fn to_json(&self) -> Value {
        let figures = self.figures.iter().map(|figure| {
            let target = figure.target();
            json!({
                "name": figure.name,
                "unit": figure.unit,
                "median": figure.median(),
                "rounds": figure.rounds,
                "target": target.map(|target| target.to_string()),
                "is_met": target.map(|target| target.is_met(figure.median())),
            })
        });
        json!({ "figures": figures.collect::<Vec<_>>() })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |f: &mut fmt::Formatter<'_>, cells: [&str; 5]| {
            let [name, unit, median, target, rounds] = cells;
            let line = format!("{name:<47} {unit:<19} {median:>9}  {target:<15} {rounds}");
            writeln!(f, "{}", line.trim_end())
        };
        row(f, ["figure", "unit", "median", "target", "rounds"])?;
        for figure in &self.figures {
            let verdict = figure.target().map_or_else(String::new, |target| {
                let is_met = target.is_met(figure.median());
                format!("{target} {}", if is_met { "met" } else { "SHORT" })
            });
            let rounds: Vec<String> = figure.rounds.iter().map(|value| number(*value)).collect();
            let median = number(figure.median());
            row(f, [&figure.name, figure.unit, &median, &verdict, &rounds.join(" ")])?;
        }
        Ok(())
    }
}

impl Figure {
    fn target(&self) -> Option<Target> {
        let mut targets = TARGETS.iter();
        targets
            .find(|(name, unit, _)| *name == self.name && *unit == self.unit)
            .map(|(_, _, target)| *target)
    }

    fn median(&self) -> f64 {
        median(&self.rounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_medians_and_whether_targets_are_met() {
        let mut report = Report::default();
        for value in [1_600.0, 1_400.0, 1_499.0] {
            report.add("core.noop, 10 at once", "per second", value);
        }
        report.add("core.noop, 1 at once", "ms p50", 0.987);
        report.add("restart on 10,000 executions", "ms", 45.67);
        let lines: Vec<String> = report.to_string().lines().map(str::to_owned).collect();
        let squeezed: Vec<String> = lines
            .iter()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            squeezed,
            [
                "figure unit median target rounds",
                "core.noop, 10 at once per second 1,499 ≥ 1,500 SHORT 1,600 1,400 1,499",
                "core.noop, 1 at once ms p50 0.99 < 5.00 met 0.99",
                "restart on 10,000 executions ms 45.7 45.7",
            ]
        );
    }

    #[test]
    fn the_json_carries_every_round() {
        let mut report = Report::default();
        report.add("cold start", "ms", 600.0);
        report.add("cold start", "ms", 500.0);
        assert_eq!(
            report.to_json(),
            json!({"figures": [{
                "name": "cold start", "unit": "ms", "median": 550.0, "rounds": [600.0, 500.0],
                "target": "< 500", "is_met": false,
            }]})
        );
    }

    #[test]
    fn every_target_names_a_figure_that_is_measured() {
        for (name, _, _) in TARGETS {
            let three = crate::Kind::Workflow(crate::Shape::Three);
            let is_load = [crate::Kind::Noop, crate::Kind::Shell, crate::Kind::Chat, three]
                .iter()
                .flat_map(|kind| crate::AT_ONCE.map(|at| format!("{}, {at} at once", kind.name())))
                .any(|figure| figure == name);
            let is_shape = crate::workflows::SINGLE.iter().any(|shape| shape.title() == name);
            let is_known = matches!(name, "idle memory, RSS" | "cold start");
            assert!(is_load || is_shape || is_known, "{name}");
        }
    }
}
