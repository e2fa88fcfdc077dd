//! Pages: a long text in pieces that a network can carry.

/// How large a page is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    lines: usize,
    bytes: usize,
}

/// For networks with short messages.
pub(super) const NARROW: Size = Size { lines: 8, bytes: 2_400 };
/// For terminals.
pub(super) const WIDE: Size = Size { lines: 200, bytes: 32_000 };

/// Cuts a text into pages, at line ends where it can.
pub(super) fn cut(text: &str, size: Size) -> Vec<String> {
    let mut pages = Vec::new();
    let mut page = String::new();
    let mut lines = 0;
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        loop {
            let is_full =
                lines >= size.lines || (!page.is_empty() && page.len() + rest.len() > size.bytes);
            if is_full {
                pages.push(std::mem::take(&mut page));
                lines = 0;
            }
            let (now, later) = rest.split_at(border(rest, size.bytes));
            page.push_str(now);
            lines += 1;
            if later.is_empty() {
                break;
            }
            rest = later;
        }
    }
    if !page.is_empty() || pages.is_empty() {
        pages.push(page);
    }
    pages
}

/// Returns the last border between characters up to `most` bytes.
fn border(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .filter(|at| *at > 0)
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_everything_and_no_more_than_fits() {
        let text: String =
            (0..100).map(|n| format!("line {n} é\n")).collect::<String>() + &"ü".repeat(9_000);
        let pages = cut(&text, NARROW);
        assert_eq!(pages.concat(), text);
        assert!(
            pages
                .iter()
                .all(|page| page.len() <= NARROW.bytes && page.lines().count() <= NARROW.lines)
        );
        assert_eq!(cut("", NARROW), [""]);
    }
}
