//! The words of a date.

/// The days of the week.
pub const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// The months.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words that carry no meaning.
pub(super) fn is_filler(word: &str) -> bool {
    let fillers = [
        " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd",
        "rd", "th",
    ];
    is_among(word, &fillers)
}

/// Returns the day of the week that a word names: Monday is 0.
pub(super) fn weekday(word: &str) -> Option<i64> {
    named(word, &DAYS)
}

/// Returns the month that a word names, from 1.
pub(super) fn month(word: &str) -> Option<i64> {
    let extra = word.eq_ignore_ascii_case("sept").then_some(9);
    named(word, &MONTHS).map(|index| index + 1).or(extra)
}

/// Returns 0 for hours, 1 for minutes, 2 for seconds.
pub(super) fn unit(word: &str) -> Option<i64> {
    let units: [&[&str]; 3] =
        [&["h", "hour", "hours"], &["m", "minute", "minutes"], &["s", "second", "seconds"]];
    index(units.iter().position(|names| is_among(word, names)))
}

/// Returns 0 for before noon, 1 for after.
pub(super) fn half(word: &str) -> Option<i64> {
    let halves: [&[&str]; 2] = [&["am", "a"], &["pm", "p"]];
    index(halves.iter().position(|names| is_among(word, names)))
}

/// Returns whether a word, in whatever case, means UTC.
pub(super) fn is_utc(word: &str) -> bool {
    is_among(word, &["utc", "gmt", "z"])
}

/// Returns whether a token looks like the name of a time zone.
pub(super) fn is_zone(word: &str) -> bool {
    word == "z" || (word.len() <= 5 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
}

fn is_among(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Finds a name by its first three letters or the whole of it.
fn named(word: &str, names: &[&str]) -> Option<i64> {
    let fits =
        |name: &&str| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..3]);
    index(names.iter().position(fits))
}

fn index(position: Option<usize>) -> Option<i64> {
    position.and_then(|position| i64::try_from(position).ok())
}
