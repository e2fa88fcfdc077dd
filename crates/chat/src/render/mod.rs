//! One message into what a network can show: the lines of its text, and the parts that it shows
//! by itself. What it cannot show is said in the text.

mod lines;
mod notes;

use crate::{Abilities, Button, File, Limits, Mention, Outgoing, Part};

pub(crate) use lines::{clean, is_deceptive, wrap};

/// A message as a network shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered<'a> {
    /// The text, in lines; none when there is nothing to read.
    pub lines: Vec<String>,
    /// Whom it mentions; empty where the text begins with their names.
    pub mentions: &'a [Mention],
    /// The files that the network takes.
    pub files: Vec<&'a File>,
    /// The buttons that the network shows.
    pub buttons: Vec<&'a Button>,
}

/// Returns how a network of these abilities shows `message`.
pub fn render<'a>(message: &'a Outgoing, abilities: &Abilities) -> Rendered<'a> {
    let mut rendered = Rendered::default();
    if abilities.mentions {
        rendered.mentions = &message.mentions;
    }
    let mut notes = Vec::new();
    let button_count = message.parts.iter().map(buttons_in).sum();
    for part in &message.parts {
        match part {
            Part::File(file) if file.content.len() <= abilities.file_bytes_max => {
                rendered.files.push(file);
            }
            Part::File(file) => notes.push(notes::file(file)),
            Part::Buttons(buttons) if abilities.shows_buttons(button_count) => {
                rendered.buttons.extend(buttons);
            }
            Part::Buttons(buttons) if buttons.is_empty() => {}
            Part::Buttons(buttons) => notes.push(notes::buttons(buttons)),
        }
    }
    rendered.lines = text(message, &notes, abilities);
    rendered
}

fn buttons_in(part: &Part) -> usize {
    match part {
        Part::Buttons(buttons) => buttons.len(),
        Part::File(_) => 0,
    }
}

/// Returns the lines of the text; the notes stand below it and are not cut away by a long text.
fn text(message: &Outgoing, notes: &[String], abilities: &Abilities) -> Vec<String> {
    let limits = &abilities.limits;
    let mut below: Vec<String> =
        notes.iter().flat_map(|note| wrap(&clean(note), limits.line_bytes_max)).collect();
    below.truncate(limits.lines_max.saturating_sub(1));
    while lines::bytes(&below) > limits.bytes_max / 2 {
        below.pop();
    }
    let left = Limits {
        lines_max: limits.lines_max - below.len(),
        bytes_max: limits.bytes_max.saturating_sub(lines::bytes(&below)),
        ..*limits
    };
    let more = message.more.as_deref();
    let mut lines = if abilities.mentions || message.mentions.is_empty() {
        lines::fit(&message.text, more, &left)
    } else {
        lines::fit(&notes::addressed(&message.mentions, &message.text), more, &left)
    };
    lines.append(&mut below);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Style;

    const NARROW: Abilities = Abilities {
        limits: Limits {
            lines_max: 4,
            line_bytes_max: 60,
            bytes_max: usize::MAX,
            blank_lines: false,
        },
        ..Abilities::TEXT
    };

    const ALL: Abilities = Abilities { file_bytes_max: 1_000, ..Abilities::ALL };

    fn question() -> Outgoing {
        let approve = Button { style: Style::Primary, ..Button::new("Approve", "approve 3f2a1c") };
        let deny = Button { style: Style::Danger, ..Button::new("Deny", "deny 3f2a1c") };
        Outgoing {
            parts: vec![Part::Buttons(vec![approve, deny, Button::new("help", "help")])],
            mentions: vec![mention("alice"), mention("bob")],
            ..Outgoing::text("May it be deployed?")
        }
    }

    fn mention(name: &str) -> Mention {
        Mention { name: name.to_owned(), id: None }
    }

    fn report(size: usize) -> Outgoing {
        let file = File {
            name: "report.csv".to_owned(),
            media_type: "text/csv".to_owned(),
            content: vec![b'x'; size].into(),
        };
        Outgoing { parts: vec![Part::File(file)], ..Outgoing::text("The report:") }
    }

    #[test]
    fn buttons_become_a_numbered_line_and_mentions_names_in_front() {
        let question = question();
        let rendered = render(&question, &NARROW);
        assert_eq!(
            rendered.lines,
            [
                "alice, bob: May it be deployed?",
                "1. Approve: `approve 3f2a1c`  2. Deny: `deny 3f2a1c`  3.",
                "`help`",
            ]
        );
        assert!(rendered.buttons.is_empty() && rendered.mentions.is_empty());
    }

    #[test]
    fn parts_that_a_network_shows_are_not_in_the_text() {
        let question = question();
        let rendered = render(&question, &ALL);
        assert_eq!(rendered.lines, ["May it be deployed?"]);
        assert_eq!(rendered.mentions, question.mentions);
        let labels: Vec<&str> = rendered.buttons.iter().map(|one| one.label.as_str()).collect();
        assert_eq!(labels, ["Approve", "Deny", "help"]);
    }

    #[test]
    fn too_many_buttons_become_text() {
        let question = question();
        let rendered = render(&question, &Abilities { buttons_max: 2, ..ALL });
        assert!(rendered.buttons.is_empty());
        assert!(rendered.lines[1].starts_with("1. Approve"), "{:?}", rendered.lines);
    }

    #[test]
    fn a_file_becomes_a_note_where_it_cannot_be_shown() {
        let large = report(12_300);
        let note = "file: report.csv (text/csv, 12.3 kB)";
        assert_eq!(render(&large, &NARROW).lines, ["The report:", note]);
        assert_eq!(render(&large, &ALL).lines, ["The report:", note]);
        let small = report(10);
        let rendered = render(&small, &ALL);
        assert_eq!(
            (rendered.lines.as_slice(), rendered.files.len()),
            (&["The report:".to_owned()][..], 1)
        );
    }

    #[test]
    fn a_long_text_is_cut_and_its_notes_are_kept() {
        let text = (1..=30).map(|n| format!("line {n:02}\n")).collect::<String>();
        let message = Outgoing { text, ..report(5) };
        let lines = render(&message, &NARROW).lines;
        let note = "file: report.csv (text/csv, 5 B)";
        assert_eq!(lines, ["line 01", "line 02", "… 28 more lines (224 B)", note]);
    }

    #[test]
    fn notes_carry_no_second_line_and_no_control_characters() {
        let button = Button::new("a\nb\u{1b}[31m", "c\u{202e}d\r\n");
        let message = Outgoing { parts: vec![Part::Buttons(vec![button])], ..Outgoing::text("x") };
        assert_eq!(render(&message, &NARROW).lines, ["x", "1. a b: `cd`"]);
    }
}
