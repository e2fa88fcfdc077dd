//! Wildcard patterns as `fnmatch` reads them: `*`, `?`, `[seq]`, `[!seq]`, over the whole text.
//! Matching takes time in proportion to text and pattern at most, whatever they are.

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Wildcard {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// Any number of any characters.
    Many,
    /// One character, whichever.
    One,
    /// This character.
    Literal(char),
    /// A character that is, or is not, in one of the ranges.
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Part {
    fn admits(&self, c: char) -> bool {
        match self {
            Self::Many | Self::One => true,
            Self::Literal(literal) => *literal == c,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

impl Wildcard {
    /// Compiles a pattern; every text is one.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let chars: Vec<char> = pattern.chars().collect();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            at += 1;
            match c {
                '*' if parts.last() == Some(&Part::Many) => {}
                '*' => parts.push(Part::Many),
                '?' => parts.push(Part::One),
                '[' => match closing(&chars, at) {
                    Some(end) => {
                        parts.push(set(&chars[at..end]));
                        at = end + 1;
                    }
                    None => parts.push(Part::Literal('[')),
                },
                c => parts.push(Part::Literal(c)),
            }
        }
        Self { parts }
    }

    /// Returns whether the whole text fits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut rest = text.chars();
        let mut part = 0;
        // Where to go on when the parts since the last `*` do not fit: one character later.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            if self.parts.get(part) == Some(&Part::Many) {
                part += 1;
                retry = Some((part, rest.clone()));
                continue;
            }
            let mut ahead = rest.clone();
            match (self.parts.get(part), ahead.next()) {
                (None, None) => return true,
                (Some(wanted), Some(c)) if wanted.admits(c) => {
                    part += 1;
                    rest = ahead;
                }
                (Some(_), None) => return false,
                (_, Some(_)) => {
                    let Some((after, from)) = &mut retry else { return false };
                    from.next();
                    (part, rest) = (*after, from.clone());
                }
            }
        }
    }
}

/// Returns where the set that begins at `at` ends: a `]` that is not its first member.
fn closing(chars: &[char], at: usize) -> Option<usize> {
    let first = at + usize::from(chars.get(at) == Some(&'!'));
    let from = first + usize::from(chars.get(first) == Some(&']'));
    (from..chars.len()).find(|index| chars[*index] == ']')
}

fn set(members: &[char]) -> Part {
    let (negated, members) = match members {
        ['!', rest @ ..] => (true, rest),
        members => (false, members),
    };
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(&low) = members.get(at) {
        match (members.get(at + 1), members.get(at + 2)) {
            (Some('-'), Some(&high)) => {
                // A range that runs backwards holds nothing.
                if low <= high {
                    ranges.push((low, high));
                }
                at += 3;
            }
            _ => {
                ranges.push((low, low));
                at += 1;
            }
        }
    }
    Part::Set { negated, ranges }
}
