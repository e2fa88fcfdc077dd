//! Text in place of what a network cannot show.

use super::lines::size;
use crate::{Button, File, Mention};

/// Returns `text` with the names of those whom it speaks to in front.
pub(super) fn addressed(mentions: &[Mention], text: &str) -> String {
    let names: Vec<&str> = mentions.iter().map(|mention| mention.name.as_str()).collect();
    format!("{}: {text}", names.join(", "))
}

/// Returns a line about a file that cannot be shown.
pub(super) fn file(file: &File) -> String {
    let size = size(file.content.len());
    format!("file: {} ({}, {size})", one_line(&file.name), one_line(&file.media_type))
}

/// Returns a line that says what can be said in place of pressing a button.
pub(super) fn buttons(buttons: &[Button]) -> String {
    let choice = |(number, button): (usize, &Button)| {
        let (label, value) = (one_line(&button.label), one_line(&button.value));
        if label == value {
            format!("{number}. `{value}`")
        } else {
            format!("{number}. {label}: `{value}`")
        }
    };
    let choices: Vec<String> = (1..).zip(buttons).map(choice).collect();
    choices.join("  ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
