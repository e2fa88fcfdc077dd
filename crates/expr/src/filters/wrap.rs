//! Wrapping text to a width, as Python's `textwrap` does.

use python::arguments::{Arguments, flag, given, whole_or};
use python::budget;
use python::lines;
use python::methods;
use python::object::Object;
use python::raise::{Outcome, value_error};
use python::re::Purpose;
use python::re::functions::{compile, find_all};
use python::text;

const WORDS: &str = concat!(
    r#"[\t\n\x0b\x0c\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|"#,
    r#"[^\t\n\x0b\x0c\r ]+?(?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[^\d\W]-))(?=[^\d\W]-?[^\d\W])"#,
    r#"|(?=[\t\n\x0b\x0c\r ]|\Z)|(?<=[\w!"'&.,?])(?=-{2,}\w))"#
);
const SIMPLE: &str = r"[\t\n\x0b\x0c\r ]+|[^\t\n\x0b\x0c\r ]+";

struct Style {
    width: usize,
    break_words: bool,
    break_hyphens: bool,
}

pub(super) fn call(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [width, break_words, wrap_string, break_hyphens] = arguments.bind(
        "wordwrap",
        ["width", "break_long_words", "wrapstring", "break_on_hyphens"],
        0,
    )?;
    let Some(source) = value.as_str() else {
        return Err(match value {
            Object::Undefined(undefined) => undefined.error(),
            other => methods::missing(other, "splitlines"),
        });
    };
    let width = whole_or(width, 79)?;
    let style = Style {
        width: usize::try_from(width).unwrap_or(0),
        break_words: break_words.is_none() || flag(break_words)?,
        break_hyphens: break_hyphens.is_none() || flag(break_hyphens)?,
    };
    let joint = given(wrap_string).map(text::str).transpose()?.unwrap_or_else(|| "\n".to_owned());
    let mut wrapped = Vec::new();
    for line in lines(source, false) {
        if width <= 0 {
            return value_error(format!("invalid width {width} (must be > 0)"));
        }
        let rows = wrap(chunks(line, &style)?, &style)?;
        budget::build(line.len() + rows.len() * joint.len())?;
        wrapped.push(rows.join(&joint));
    }
    Ok(python::operators::like(value, wrapped.join(&joint)))
}

fn chunks(line: &str, style: &Style) -> Outcome<Vec<Vec<char>>> {
    let regex = compile(if style.break_hyphens { WORDS } else { SIMPLE }, 0, Purpose::Captures)?;
    let mut chunks = Vec::new();
    let mut done = 0;
    for spans in find_all(&regex, line)? {
        let Some(Some((start, end))) = spans.first().copied() else { continue };
        if start > done {
            chunks.push(line[done..start].chars().collect());
        }
        if end > start {
            chunks.push(line[start..end].chars().collect());
        }
        done = end;
    }
    if done < line.len() {
        chunks.push(line[done..].chars().collect());
    }
    Ok(chunks)
}

fn is_blank(chunk: &[char]) -> bool {
    chunk.iter().all(|c| python::is_space(*c))
}

fn wrap(mut chunks: Vec<Vec<char>>, style: &Style) -> Outcome<Vec<String>> {
    chunks.reverse();
    let mut rows: Vec<String> = Vec::new();
    while !chunks.is_empty() {
        budget::step(1)?;
        if !rows.is_empty() && chunks.last().is_some_and(|chunk| is_blank(chunk)) {
            chunks.pop();
        }
        let mut row: Vec<Vec<char>> = Vec::new();
        let mut length = 0;
        while let Some(chunk) = chunks.pop_if(|chunk| length + chunk.len() <= style.width) {
            length += chunk.len();
            row.push(chunk);
        }
        if let Some(mut chunk) = chunks.pop_if(|chunk| chunk.len() > style.width) {
            if style.break_words {
                let end = break_at(&chunk, style.width - length, style);
                let rest = chunk.split_off(end);
                row.push(chunk);
                chunks.push(rest);
            } else if row.is_empty() {
                row.push(chunk);
            } else {
                chunks.push(chunk);
            }
        }
        if row.last().is_some_and(|chunk| is_blank(chunk)) {
            row.pop();
        }
        if !row.is_empty() {
            rows.push(row.into_iter().flatten().collect());
        }
    }
    Ok(rows)
}

fn break_at(chunk: &[char], space: usize, style: &Style) -> usize {
    if style.break_hyphens && chunk.len() > space {
        let hyphen = chunk[..space].iter().rposition(|c| *c == '-');
        if let Some(hyphen) = hyphen.filter(|at| *at > 0)
            && chunk[..hyphen].iter().any(|c| *c != '-')
        {
            return hyphen + 1;
        }
    }
    space
}
