//! Whether a message is meant for the robot, on networks where people write its name.

/// Returns what is said to the robot, when `text` begins with its name or with the prefix.
/// `is_same` tells whether two names are equal on the network.
pub(crate) fn addressed<'a>(
    text: &'a str,
    name: &str,
    prefix: &str,
    is_same: impl Fn(&str, &str) -> bool,
) -> Option<&'a str> {
    let text = text.trim();
    if !prefix.is_empty()
        && let Some(rest) = text.strip_prefix(prefix)
        // "!!!" is only excitement.
        && rest.chars().any(char::is_alphanumeric)
    {
        return Some(rest.trim_start());
    }
    by_name(text, name, is_same)
}

fn by_name<'a>(text: &'a str, name: &str, is_same: impl Fn(&str, &str) -> bool) -> Option<&'a str> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let found = text.get(..name.len()).filter(|found| is_same(found, name))?;
    let rest = text.get(found.len()..)?;
    match rest.chars().next() {
        None => Some(""),
        Some(':' | ',') => Some(rest.get(1..)?.trim_start()),
        Some(next) if next.is_whitespace() => Some(rest.trim_start()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(addressed(text, "Robot", "!", str::eq_ignore_ascii_case), expected, "{text}");
    }

    #[test]
    fn robot_is_addressed_by_its_name_or_the_prefix() {
        check("!deploy web", Some("deploy web"));
        check("!  deploy", Some("deploy"));
        check("robot: deploy", Some("deploy"));
        check("ROBOT,deploy", Some("deploy"));
        check("@robot deploy", Some("deploy"));
        check("@robot: deploy", Some("deploy"));
        check("robot deploy  ", Some("deploy"));
        check("robot", Some(""));
    }

    #[test]
    fn talk_among_people_is_not_addressed() {
        check("robots are nice", None);
        check("robot's turn", None);
        check("is robot here", None);
        check("!!!", None);
        check("!", None);
        check("", None);
        check("röbot: x", None);
        check("aaaaé", None);
    }

    #[test]
    fn empty_prefix_addresses_nobody() {
        assert_eq!(addressed("deploy", "robot", "", str::eq_ignore_ascii_case), None);
    }
}
