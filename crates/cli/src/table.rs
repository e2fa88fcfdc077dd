//! Tables with columns as wide as their content.

use serde_json::Value;

use crate::print;

/// Prints rows below their headings, or a message if there are none.
pub(crate) fn print(headings: &[&str], rows: &[Vec<String>], nothing: &str) {
    if rows.is_empty() {
        print::talk(nothing);
        return;
    }
    let width = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count());
        cells.chain([headings[index].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let headings: Vec<String> = headings.iter().map(|heading| heading.to_uppercase()).collect();
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                format!("{}{}", cell, " ".repeat(width - cell.chars().count().min(*width)))
            })
            .collect();
        print::data(cells.join("  ").trim_end());
    }
}

/// Returns the text at a path of a document, on one line.
pub(crate) fn cell(document: &Value, pointer: &str) -> String {
    match document.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => print::clean(text).replace(['\n', '\t'], " "),
        Some(other) => other.to_string(),
    }
}

/// Prints documents as one JSON array.
pub(crate) fn json(document: &impl serde::Serialize) -> anyhow::Result<()> {
    print::data(serde_json::to_string_pretty(document)?);
    Ok(())
}
