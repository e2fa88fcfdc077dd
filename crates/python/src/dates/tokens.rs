//! Splits a text into runs of letters, numbers, blanks and single marks. Dots belong to the run
//! around them until its whole tells whether they separate or begin a fraction.

use std::collections::VecDeque;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Letters,
    Digits,
    DottedLetters,
    DottedDigits,
}

/// Returns the tokens of a text.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut chars: VecDeque<char> = text.chars().filter(|c| *c != '\0').collect();
    let mut tokens = Vec::new();
    while let Some(first) = chars.pop_front() {
        let state = if first.is_alphabetic() {
            State::Letters
        } else if first.is_ascii_digit() {
            State::Digits
        } else {
            let mark = if is_space(first) { ' ' } else { first };
            tokens.push(mark.to_string());
            continue;
        };
        run(first, state, &mut chars, &mut tokens);
    }
    tokens
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn run(first: char, begin: State, chars: &mut VecDeque<char>, tokens: &mut Vec<String>) {
    let mut state = begin;
    let mut token = String::from(first);
    let mut letters_seen = false;
    while let Some(&c) = chars.front() {
        letters_seen |= matches!(state, State::Letters | State::DottedLetters);
        match next(state, c, &token) {
            Some(following) => state = following,
            None => break,
        }
        token.push(c);
        chars.pop_front();
    }
    let dotted = matches!(state, State::DottedLetters | State::DottedDigits);
    let dots = token.matches('.').count();
    if dotted && (letters_seen || dots > 1 || token.ends_with(['.', ','])) {
        split_dots(&token, tokens);
    } else if state == State::DottedDigits && dots == 0 {
        tokens.push(token.replace(',', "."));
    } else {
        tokens.push(token);
    }
}

/// Returns the state after one more character; none when it begins another token.
fn next(state: State, c: char, token: &str) -> Option<State> {
    let letter = c.is_alphabetic();
    let digit = c.is_ascii_digit();
    match state {
        State::Letters if letter => Some(State::Letters),
        State::Letters if c == '.' => Some(State::DottedLetters),
        State::Digits if digit => Some(State::Digits),
        State::Digits if c == '.' || (c == ',' && token.len() >= 2) => Some(State::DottedDigits),
        State::DottedLetters if letter || c == '.' => Some(State::DottedLetters),
        State::DottedLetters if digit && token.ends_with('.') => Some(State::DottedDigits),
        State::DottedDigits if digit || c == '.' => Some(State::DottedDigits),
        State::DottedDigits if letter && token.ends_with('.') => Some(State::DottedLetters),
        State::Letters | State::Digits | State::DottedLetters | State::DottedDigits => None,
    }
}

fn split_dots(token: &str, tokens: &mut Vec<String>) {
    let mut parts = Vec::new();
    let mut part = String::new();
    for c in token.chars() {
        if c == '.' || c == ',' {
            parts.push(std::mem::take(&mut part));
            parts.push(c.to_string());
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    tokens.extend(parts.into_iter().filter(|part| !part.is_empty()));
}
