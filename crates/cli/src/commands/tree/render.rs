//! Rendering a tree as lines of text.

use std::collections::BTreeMap;

use model::Timestamp;
use serde_json::Value;

use super::Node;
use crate::print::{self, Color};

/// The maximum number of siblings with the same status that are shown.
const SAME_MAX: usize = 20;
/// The maximum number of siblings that are shown.
const SIBLINGS_MAX: usize = 100;
/// The maximum length of a name.
const NAME_MAX: usize = 48;
/// The number of digits of a short id.
const SHORT: usize = 8;

/// The options of rendering.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct View {
    /// The current time.
    pub(in crate::commands) now: Timestamp,
    /// Whether all items are shown.
    pub(in crate::commands) all: bool,
    /// Whether ids are shown in full.
    pub(in crate::commands) wide: bool,
}

/// A line before its columns are aligned.
struct Row {
    label: String,
    action: String,
    status: String,
    start: String,
    took: String,
    id: String,
}

/// Returns the header of a tree.
pub(in crate::commands) fn summary(document: &Value, view: &View) -> Vec<String> {
    let at = |pointer: &str| crate::table::cell(document, pointer);
    let start = document["start_timestamp"].as_str().and_then(Timestamp::parse);
    let end = document["end_timestamp"].as_str().and_then(Timestamp::parse);
    let took = took(start, end, view.now);
    let status = at("/status");
    let mut lines = vec![
        format!("id      {}", at("/id")),
        format!("action  {}", at("/action/ref")),
        format!("status  {}{}", paint(&status, &status), parenthesis(&took)),
    ];
    let optional = [
        ("user", "/context/user"),
        ("start", "/start_timestamp"),
        ("end", "/end_timestamp"),
        ("parent", "/parent"),
        ("re-run", "/context/re-run/ref"),
    ];
    for (label, pointer) in optional {
        let value = at(pointer);
        if !value.is_empty() {
            lines.push(format!("{label:<8}{value}"));
        }
    }
    lines
}

fn parenthesis(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

/// Returns the lines of the children of a node.
pub(in crate::commands) fn lines(root: &Node, view: &View) -> Vec<String> {
    let mut rows = Vec::new();
    let day = root.start.map(|start| start.to_string()[..10].to_owned()).unwrap_or_default();
    add(&mut rows, &root.children, "", &(view, &day));
    let width = |of: fn(&Row) -> &String| {
        rows.iter().filter(|row| !row.status.is_empty()).map(|row| of(row).chars().count()).max()
    };
    let label = width(|row| &row.label).unwrap_or(0);
    let action = width(|row| &row.action).unwrap_or(0);
    let status = width(|row| &row.status).unwrap_or(0);
    let start = width(|row| &row.start).unwrap_or(0);
    let took = width(|row| &row.took).unwrap_or(0);
    let line = |row: &Row| {
        if row.status.is_empty() {
            return row.label.clone();
        }
        let painted = paint(&row.status, &format!("{:<status$}", row.status));
        let line = format!(
            "{:<label$}  {:<action$}  {painted}  {:<start$}  {:>took$}  {}",
            row.label, row.action, row.start, row.took, row.id
        );
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn add(rows: &mut Vec<Row>, nodes: &[Node], indent: &str, look: &(&View, &str)) {
    let view = look.0;
    let (shown, mut left_out) = choose(nodes, view.all);
    let rest = left_out.len();
    for (index, node) in shown.iter().enumerate() {
        let is_last = index + 1 == shown.len() && rest == 0;
        let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        rows.push(row(node, &format!("{indent}{branch}"), look));
        add(rows, &node.children, &format!("{indent}{below}"), look);
    }
    left_out.sort_by(|a, b| a.0.cmp(&b.0));
    for (index, (name, text)) in left_out.iter().enumerate() {
        let branch = if index + 1 == rest { "└─ " } else { "├─ " };
        let label = format!("{indent}{branch}… {text}{}", of(name));
        rows.push(Row { label, action: String::new(), ..Row::empty() });
    }
}

fn of(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" of {name}") }
}

/// Selects the siblings that are shown: failed and running ones first. The others are counted by
/// status.
fn choose(nodes: &[Node], all: bool) -> (Vec<&Node>, Vec<(String, String)>) {
    if all {
        return (nodes.iter().collect(), Vec::new());
    }
    let mut kinds: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        let kind = if node.item.is_some() { String::new() } else { node.name.clone() };
        kinds.entry(kind).or_default().push(index);
    }
    let mut kept: Vec<usize> = Vec::new();
    let mut left_out = Vec::new();
    for (kind, indices) in kinds {
        let rest = keep(nodes, indices, SAME_MAX, &mut kept);
        left_out.extend(count(nodes, &rest).map(|text| (kind, text)));
    }
    let chosen = std::mem::take(&mut kept);
    let rest = keep(nodes, chosen, SIBLINGS_MAX, &mut kept);
    left_out.extend(count(nodes, &rest).map(|text| (String::new(), text)));
    kept.sort_unstable();
    (kept.iter().map(|index| &nodes[*index]).collect(), left_out)
}

/// Keeps the most important ones, and returns the others.
fn keep(nodes: &[Node], mut indices: Vec<usize>, max: usize, kept: &mut Vec<usize>) -> Vec<usize> {
    indices.sort_by_key(|index| (weight(&nodes[*index].status), *index));
    let rest = indices.split_off(max.min(indices.len()));
    kept.extend(indices);
    rest
}

fn weight(status: &str) -> u8 {
    match status {
        "failed" | "timeout" | "abandoned" | "canceled" => 0,
        "running" | "pending" | "paused" | "pausing" | "resuming" | "canceling" | "retrying" => 1,
        _ => 2,
    }
}

fn count(nodes: &[Node], indices: &[usize]) -> Option<String> {
    if indices.is_empty() {
        return None;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for index in indices {
        *counts.entry(nodes[*index].status.as_str()).or_default() += 1;
    }
    let parts: Vec<String> =
        counts.iter().map(|(status, count)| format!("{count} {status}")).collect();
    Some(format!("{} more: {}", indices.len(), parts.join(", ")))
}

impl Row {
    const fn empty() -> Self {
        Self {
            label: String::new(),
            action: String::new(),
            status: String::new(),
            start: String::new(),
            took: String::new(),
            id: String::new(),
        }
    }
}

fn row(node: &Node, branch: &str, (view, day): &(&View, &str)) -> Row {
    let name = match node.item {
        Some(item) => format!("[{item}]"),
        None => cut(&print::clean(&node.name)),
    };
    let route = match node.route {
        0 => String::new(),
        _ if node.item.is_some() => String::new(),
        route => format!(" (route {route})"),
    };
    let run = match node.run {
        0 => String::new(),
        run => format!(", run {run}"),
    };
    let items = items(node);
    let start = node.start.map(|start| {
        let text = start.to_string();
        let time = text.get(11..19).unwrap_or_default().to_owned();
        match text.get(..10) {
            Some(date) if date != *day && !day.is_empty() => format!("{date} {time}"),
            _ => time,
        }
    });
    let id = match (node.id.as_str(), node.is_kept) {
        ("", _) => String::new(),
        (id, true) => format!("{} (earlier)", short(id, view.wide)),
        (id, false) => short(id, view.wide),
    };
    Row {
        label: format!("{branch}{name}{route}{run}{items}"),
        action: node.action.clone(),
        status: if node.status.is_empty() { "-".to_owned() } else { node.status.clone() },
        start: start.unwrap_or_default(),
        took: took(node.start, node.end, view.now),
        id,
    }
}

/// Returns the number of items of a task, and of those that have ended.
fn items(node: &Node) -> String {
    let Some(count) = node.items_count else { return String::new() };
    let mut ended: Vec<usize> = Vec::new();
    for child in node.children.iter().filter(|child| child.end.is_some()) {
        ended.extend(child.item);
    }
    ended.sort_unstable();
    ended.dedup();
    let is_over = node.end.is_some() || node.is_kept;
    match count {
        1 => " (1 item)".to_owned(),
        count if is_over => format!(" ({count} items)"),
        count => format!(" ({}/{count} items)", ended.len()),
    }
}

fn short(id: &str, wide: bool) -> String {
    let start = id.char_indices().rev().nth(SHORT - 1).map_or(0, |(at, _)| at);
    if wide || start == 0 { id.to_owned() } else { format!("…{}", &id[start..]) }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.replace('\n', " ");
    }
    let start: String = name.chars().take(NAME_MAX - 1).collect();
    format!("{start}…")
}

fn took(start: Option<Timestamp>, end: Option<Timestamp>, now: Timestamp) -> String {
    let Some(start) = start else { return String::new() };
    match end {
        Some(end) => duration(end.micros() - start.micros()),
        None => format!("{}…", duration(now.micros() - start.micros())),
    }
}

/// Formats a duration for people.
pub(super) fn duration(micros: i64) -> String {
    let millis = (micros / 1_000).max(0);
    let seconds = millis / 1_000;
    match seconds {
        0..60 => format!("{seconds}.{}s", millis % 1_000 / 100),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

fn paint(status: &str, text: &str) -> String {
    let color = match status {
        "succeeded" => Color::Green,
        "failed" | "timeout" | "abandoned" | "canceled" => Color::Red,
        _ => Color::Yellow,
    };
    print::colored(color, text)
}
