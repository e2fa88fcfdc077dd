//! The workflows that are measured: a pack of them, made for the measurement.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::json;

/// The pack that holds them.
const PACK: &str = "bench";
/// The size of the large value, in bytes.
const LARGE: usize = 2_000_000;

/// A workflow of no-ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Three tasks one after the other.
    Three,
    /// So many tasks one after the other, each publishing a number.
    Chain(usize),
    /// One task with so many items.
    Items(usize),
    /// So many tasks one after the other, past a value of 2 MB.
    Large(usize),
}

/// The shapes that are measured by themselves.
pub(crate) const SINGLE: [Shape; 7] = [
    Shape::Chain(10),
    Shape::Chain(100),
    Shape::Chain(1_000),
    Shape::Chain(5_000),
    Shape::Items(500),
    Shape::Items(1_000),
    Shape::Large(100),
];

impl Shape {
    /// Returns the name in the table.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Three => "workflow of three tasks",
            Self::Chain(10) => "workflow of 10 tasks",
            Self::Chain(100) => "workflow of 100 tasks",
            Self::Chain(1_000) => "workflow of 1,000 tasks",
            Self::Chain(_) => "workflow of 5,000 tasks",
            Self::Items(500) => "workflow of 500 items",
            Self::Items(_) => "workflow of 1,000 items",
            Self::Large(_) => "workflow of 100 tasks past 2 MB",
        }
    }

    /// Returns how many executions it makes beside its own.
    pub(crate) const fn parts(self) -> usize {
        match self {
            Self::Three => 3,
            Self::Chain(count) | Self::Items(count) | Self::Large(count) => count,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Three => "three".to_owned(),
            Self::Chain(count) => format!("chain_{count}"),
            Self::Items(count) => format!("items_{count}"),
            Self::Large(count) => format!("large_{count}"),
        }
    }

    /// Returns the body of a request.
    pub(crate) fn body(self) -> serde_json::Value {
        let action = format!("{PACK}.{}", self.name());
        match self {
            Self::Large(_) => json!({"action": action, "parameters": {"big": "x".repeat(LARGE)}}),
            Self::Three | Self::Chain(_) | Self::Items(_) => json!({"action": action}),
        }
    }

    fn definition(self) -> String {
        match self {
            Self::Three => chain(3, false),
            Self::Chain(count) => chain(count, true),
            Self::Items(count) => format!(
                "version: 1.0\ntasks:\n  each:\n    with: <% range({count}).toList() %>\n    \
                 action: core.noop\n"
            ),
            Self::Large(count) => {
                let tasks = chain(count, true);
                let tasks = tasks.strip_prefix("version: 1.0\n").unwrap_or_default();
                format!(
                    "version: 1.0\ninput: [big]\nvars: [{{copy: <% ctx().big %>}}]\n{tasks}output:\n  \
                     - size: <% len(ctx().copy) %>\n"
                )
            }
        }
    }
}

fn chain(count: usize, publishes: bool) -> String {
    let mut text = "version: 1.0\ntasks:\n".to_owned();
    for task in 1..=count {
        // Writing to a text cannot fail.
        let _written = write!(text, "  t{task}:\n    action: core.noop\n");
        if task < count {
            let publish =
                if publishes { format!("publish: [{{n: {task}}}], ") } else { String::new() };
            let _written = writeln!(text, "    next: [{{{publish}do: t{}}}]", task + 1);
        }
    }
    text
}

/// Writes the pack into a folder of packs.
pub(crate) fn write_pack(packs: &Path) -> std::io::Result<()> {
    let actions = packs.join(PACK).join("actions");
    fs::create_dir_all(&actions)?;
    let pack = json!({
        "ref": PACK, "name": PACK, "version": "1.0.0", "author": "Squall",
        "description": "The workflows of the measurement.",
    });
    fs::write(packs.join(PACK).join("pack.yaml"), pack.to_string())?;
    for shape in SINGLE.into_iter().chain([Shape::Three]) {
        let name = shape.name();
        let action = json!({
            "name": name, "runner_type": "orquesta", "enabled": true,
            "entry_point": format!("{name}.flow"),
            "parameters": {"big": {"type": "string"}},
        });
        fs::write(actions.join(format!("{name}.yaml")), action.to_string())?;
        fs::write(actions.join(format!("{name}.flow")), shape.definition())?;
    }
    Ok(())
}

/// Returns how many bytes the files of a directory have, in MB.
pub(crate) fn size_mb(directory: &Path) -> std::io::Result<f64> {
    let mut bytes = 0;
    for file in fs::read_dir(directory)? {
        bytes += file?.metadata()?.len();
    }
    #[expect(clippy::cast_precision_loss, reason = "a directory has far fewer than 2^53 bytes")]
    Ok(bytes as f64 / 1e6)
}
