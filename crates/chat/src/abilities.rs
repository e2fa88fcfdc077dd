//! What networks can show.

/// What a network can show by itself. All else is turned into text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Whether a message can be written in a thread.
    pub threads: bool,
    /// Whether a message can be replaced.
    pub edits: bool,
    /// Whether people can be mentioned by something else than their name in the text.
    pub mentions: bool,
    /// How many buttons a message can have.
    pub buttons_max: usize,
    /// How large a file can be.
    pub file_bytes_max: usize,
    /// How long a text can be.
    pub limits: Limits,
}

impl Abilities {
    /// Nothing but text, of any length.
    pub const TEXT: Self = Self {
        threads: false,
        edits: false,
        mentions: false,
        buttons_max: 0,
        file_bytes_max: 0,
        limits: Limits::NONE,
    };

    /// Everything, without limits.
    pub const ALL: Self = Self {
        threads: true,
        edits: true,
        mentions: true,
        buttons_max: usize::MAX,
        file_bytes_max: usize::MAX,
        limits: Limits::NONE,
    };

    /// Returns whether a message can have so many buttons.
    pub fn shows_buttons(&self, count: usize) -> bool {
        (1..=self.buttons_max).contains(&count)
    }
}

/// How long the text of a message can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many lines, the one that says what is left out included.
    pub lines_max: usize,
    /// How many bytes of UTF-8 in a line.
    pub line_bytes_max: usize,
    /// How many bytes of UTF-8 in all, line breaks included.
    pub bytes_max: usize,
    /// Whether blank lines are kept.
    pub blank_lines: bool,
}

impl Limits {
    /// No limit: what wraps and scrolls by itself.
    pub const NONE: Self = Self {
        lines_max: usize::MAX,
        line_bytes_max: usize::MAX,
        bytes_max: usize::MAX,
        blank_lines: true,
    };
}
