//! Suggestions: the known name that a wrong one is closest to.

use strsim::osa_distance;

/// Returns the candidate that `name` is most likely a misspelling of.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = normal(name);
    let limit = (name.chars().count() / 3).clamp(1, 3);
    let scored = candidates
        .into_iter()
        .map(|candidate| (osa_distance(&name, &normal(candidate)), candidate));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// Returns `: did you mean …` for the closest candidate, or nothing.
pub(crate) fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    closest(name, candidates).map(|one| format!(": did you mean `{one}`?")).unwrap_or_default()
}

fn normal(name: &str) -> String {
    name.chars().take(64).map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(closest(name, ["parameters", "enabled", "runner_type", "on-success"]), expected);
    }

    #[test]
    fn misspellings_find_their_word() {
        check("paramters", Some("parameters"));
        check("runner-type", Some("runner_type"));
        check("enabeld", Some("enabled"));
        check("on_succes", Some("on-success"));
        check("entry", None);
    }
}
