//! The difference of two values, line by line.

use serde_json::Value;

/// The maximum number of compared lines; of longer values, the first differing lines are shown.
const LINES_MAX: usize = 400;
/// The number of context lines around a difference.
const AROUND: usize = 2;

/// Returns the lines that differ: `-` for expected ones, `+` for actual ones.
pub(super) fn lines(expected: &Value, actual: &Value) -> Vec<String> {
    let text = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    // A single word needs no context.
    let (expected, actual) = (text(expected), text(&sorted_like(expected, actual)));
    let one: Vec<&str> = expected.lines().take(LINES_MAX).collect();
    let other: Vec<&str> = actual.lines().take(LINES_MAX).collect();
    let marked = merge(&one, &other);
    let differs: Vec<usize> = (0..marked.len()).filter(|at| marked[*at].0 != ' ').collect();
    let is_near = |at: usize| {
        let next = differs.partition_point(|differs| *differs + AROUND < at);
        differs.get(next).is_some_and(|differs| *differs <= at + AROUND)
    };
    let mut lines = Vec::new();
    let mut is_cut = false;
    for (at, (mark, line)) in marked.iter().enumerate() {
        if is_near(at) {
            lines.push(format!("{mark} {line}"));
            is_cut = false;
        } else if !is_cut {
            lines.push("  …".to_owned());
            is_cut = true;
        }
    }
    lines
}

/// Returns the actual value with the keys of its objects in the order in which they are expected.
fn sorted_like(expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let mut sorted = serde_json::Map::new();
            for (key, value) in expected {
                if let Some(own) = actual.get(key) {
                    sorted.insert(key.clone(), sorted_like(value, own));
                }
            }
            for (key, value) in actual {
                if !sorted.contains_key(key) {
                    sorted.insert(key.clone(), value.clone());
                }
            }
            Value::Object(sorted)
        }
        (Value::Array(expected), Value::Array(actual)) => {
            let one =
                |(index, value)| sorted_like(expected.get(index).unwrap_or(&Value::Null), value);
            Value::Array(actual.iter().enumerate().map(one).collect())
        }
        _ => actual.clone(),
    }
}

/// Merges two texts by their longest common sequence of lines.
fn merge<'t>(one: &[&'t str], other: &[&'t str]) -> Vec<(char, &'t str)> {
    let (rows, columns) = (one.len(), other.len());
    let mut common = vec![vec![0_u32; columns + 1]; rows + 1];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            common[i][j] = if one[i] == other[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut merged = Vec::with_capacity(rows + columns);
    while i < rows || j < columns {
        if i < rows && j < columns && one[i] == other[j] {
            merged.push((' ', one[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == columns || (i < rows && common[i + 1][j] >= common[i][j + 1]) {
            merged.push(('-', one[i]));
            i += 1;
        } else {
            merged.push(('+', other[j]));
            j += 1;
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(expected: Value, actual: Value, shown: &[&str]) {
        assert_eq!(lines(&expected, &actual), shown);
    }

    #[test]
    fn what_differs_is_shown_with_what_is_around_it() {
        check(json!("a"), json!("b"), &["- \"a\"", "+ \"b\""]);
        check(
            json!(["a", "b", "c", "d", "e", "f"]),
            json!(["a", "b", "c", "x", "d", "e", "f"]),
            &["  …", "    \"b\",", "    \"c\",", "+   \"x\",", "    \"d\",", "    \"e\",", "  …"],
        );
        check(
            json!({"a": 1, "b": 2}),
            json!({"b": 3, "a": 1}),
            &["  {", "    \"a\": 1,", "-   \"b\": 2", "+   \"b\": 3", "  }"],
        );
    }

    #[test]
    fn large_values_are_compared_in_bounded_time() {
        let many: Vec<usize> = (0..100_000).collect();
        assert!(lines(&json!(many), &json!([0])).len() < 2 * LINES_MAX);
    }
}
