//! Suggestions for misspelled names.

use strsim::osa_distance;

/// Returns the candidate that `name` is most likely a misspelling of.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).clamp(1, 3);
    let name: String = name.chars().take(64).collect();
    let scored =
        candidates.into_iter().map(|candidate| (osa_distance(&name, candidate), candidate));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_find_their_word() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(closest(name, ["listen", "data", "packs", "log_format"]), expected);
        };
        check("lisen", Some("listen"));
        check("log-format", Some("log_format"));
        check("dtaa", Some("data"));
        check("pack", Some("packs"));
        check("unrelated", None);
    }
}
