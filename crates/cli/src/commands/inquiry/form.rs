//! A form made from a schema: prompts for each part of the answer until it is valid.

use model::{Object, parameter::Parameter};
use python::schema::Compiled;
use serde_json::{Value, json};
use workflow::inquiry::words;

/// The maximum depth of nested parts.
const DEPTH_MAX: usize = 16;

/// A person who is prompted.
pub(super) trait Person {
    /// Prompts for a line; a secret is not shown while it is typed.
    fn asks(&mut self, prompt: &str, is_secret: bool) -> anyhow::Result<String>;
    /// Prints a message.
    fn tells(&mut self, text: &str);
}

/// Prompts for each part of an object and returns it; `prefix` is put before the names.
pub(super) fn fill(
    schema: &Value,
    prefix: &str,
    person: &mut dyn Person,
) -> anyhow::Result<Object> {
    let mut answer = Object::new();
    if prefix.matches('.').count() > DEPTH_MAX {
        return Ok(answer);
    }
    for (name, part) in words::properties(schema) {
        let field = Field {
            name: format!("{prefix}{name}"),
            schema: part,
            is_required: words::is_required(schema, name),
        };
        if let Some(value) = field.read(person)? {
            answer.insert(name.to_owned(), value);
        }
    }
    Ok(answer)
}

/// One part of an answer.
struct Field<'a> {
    name: String,
    schema: &'a Value,
    is_required: bool,
}

impl Field<'_> {
    fn read(&self, person: &mut dyn Person) -> anyhow::Result<Option<Value>> {
        if let Some(description) = self.schema.get("description").and_then(Value::as_str) {
            person.tells(description);
        }
        let items = self.schema.get("items").unwrap_or(&Value::Null);
        let has_parts = |schema: &Value| !words::properties(schema).is_empty();
        if has_parts(self.schema) {
            let prefix = format!("{}.", self.name);
            return Ok(Some(Value::Object(fill(self.schema, &prefix, person)?)));
        }
        if has_parts(items) {
            return self.read_objects(items, person).map(Some);
        }
        for (number, choice) in self.choices().iter().enumerate() {
            person.tells(&format!("  {}  {}", number + 1, words::printed(choice)));
        }
        loop {
            let text = person.asks(&self.prompt(), self.is_secret())?;
            match self.value(text.trim()) {
                Ok(value) => return Ok(value),
                Err(reason) => person.tells(&format!("{reason}: once more, please")),
            }
        }
    }

    fn read_objects(&self, items: &Value, person: &mut dyn Person) -> anyhow::Result<Value> {
        let mut list = Vec::new();
        loop {
            let more = if list.is_empty() { "One" } else { "Another one" };
            let question = format!("{more} for {}? (yes or no) [no]: ", self.name);
            let text = person.asks(&question, false)?;
            if words::value(&json!({"type": "boolean"}), text.trim()) != Ok(json!(true)) {
                return Ok(Value::Array(list));
            }
            let prefix = format!("{}[{}].", self.name, list.len());
            list.push(Value::Object(fill(items, &prefix, person)?));
        }
    }

    /// Returns the choices, which can also be selected by number.
    fn choices(&self) -> &[Value] {
        let own = self.schema.get("enum");
        let of_items = || self.schema.get("items").and_then(|items| items.get("enum"));
        let choices = own.or_else(of_items).and_then(Value::as_array);
        choices.map(Vec::as_slice).unwrap_or_default()
    }

    fn is_secret(&self) -> bool {
        Parameter::of(self.schema).is_some_and(Parameter::is_secret)
    }

    fn prompt(&self) -> String {
        let kind = if self.is_secret() { "secret".to_owned() } else { self.kind() };
        let default = Parameter::of(self.schema).and_then(Parameter::default);
        let default = match default {
            Some(_) if self.is_secret() => " [as it is]".to_owned(),
            Some(Value::Array(items)) => {
                let items: Vec<String> = items.iter().map(words::printed).collect();
                format!(" [{}]", items.join(","))
            }
            Some(default) => format!(" [{}]", words::printed(default)),
            None if self.is_required => String::new(),
            None => " [none]".to_owned(),
        };
        format!("{} ({kind}){default}: ", self.name)
    }

    fn kind(&self) -> String {
        let types = words::types(self.schema);
        let is_list = types == ["array"];
        match (self.choices().len(), is_list) {
            (0, true) => "list with commas".to_owned(),
            (0, false) if types == ["boolean"] => "yes or no".to_owned(),
            (0, false) if types == ["object"] => "JSON object".to_owned(),
            (0, false) => types.join(" or "),
            (count, true) => format!("1 to {count}, several with commas"),
            (count, false) => format!("1 to {count}"),
        }
    }

    /// Parses the input; none if the part is omitted.
    fn value(&self, text: &str) -> Result<Option<Value>, String> {
        if text.is_empty() {
            let default = Parameter::of(self.schema).and_then(Parameter::default).cloned();
            if default.is_none() && self.is_required {
                return Err(format!("`{}` must be answered", self.name));
            }
            return Ok(default);
        }
        let value = self.chosen(text).map_or_else(|| words::value(self.schema, text), Ok)?;
        let compiled = Compiled::new(self.schema).map_err(|error| error.message)?;
        match compiled.check_value(value.clone()) {
            Ok(_) => Ok(Some(value)),
            Err(_) if self.is_secret() => Err("this does not fit".to_owned()),
            Err(error) => Err(error.message),
        }
    }

    /// Returns the choice of a number.
    fn chosen(&self, text: &str) -> Option<Value> {
        let choices = self.choices();
        let one = |word: &str| {
            let number: usize = word.trim().parse().ok()?;
            choices.get(number.checked_sub(1)?).cloned()
        };
        if words::types(self.schema) == ["array"] {
            let list: Option<Vec<Value>> = text.split(',').map(one).collect();
            return list.map(Value::Array);
        }
        one(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script {
        lines: Vec<&'static str>,
        asked: Vec<String>,
    }

    impl Person for Script {
        fn asks(&mut self, prompt: &str, is_secret: bool) -> anyhow::Result<String> {
            let dots = if is_secret { "****" } else { "" };
            self.asked.push(format!("{prompt}{dots}"));
            anyhow::ensure!(!self.lines.is_empty(), "nothing more is answered");
            Ok(self.lines.remove(0).to_owned())
        }

        fn tells(&mut self, text: &str) {
            self.asked.push(text.to_owned());
        }
    }

    fn check(schema: &Value, lines: &[&'static str], expected: Value) -> Vec<String> {
        let mut script = Script { lines: lines.to_vec(), asked: Vec::new() };
        let answer = fill(schema, "", &mut script).unwrap();
        assert_eq!(Value::Object(answer), expected, "{:?}", script.asked);
        assert!(script.lines.is_empty(), "not asked for: {:?}", script.lines);
        script.asked
    }

    fn object(properties: Value) -> Value {
        json!({"type": "object", "properties": properties})
    }

    #[test]
    fn every_type_is_asked_for_and_read() {
        let schema = object(json!({
            "go": {"type": "boolean", "required": true, "description": "Shall it?"},
            "count": {"type": "integer", "minimum": 1},
            "share": {"type": "number"},
            "where": {"type": "string", "enum": ["east", "west"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "days": {"type": "array", "items": {"enum": ["mon", "tue", "wed"]}},
            "pin": {"type": "string", "secret": true},
            "more": {"type": "object", "properties": {"note": {"type": "string"}}},
        }));
        let lines = ["YES", "3", "0.5", "2", "a, b", "1,3", "s3cret", "fine"];
        let asked = check(
            &schema,
            &lines,
            json!({
                "go": true, "count": 3, "share": 0.5, "where": "west", "tags": ["a", "b"],
                "days": ["mon", "wed"], "pin": "s3cret", "more": {"note": "fine"},
            }),
        );
        assert_eq!(
            asked,
            [
                "Shall it?",
                "go (yes or no): ",
                "count (integer) [none]: ",
                "share (number) [none]: ",
                "  1  east",
                "  2  west",
                "where (1 to 2) [none]: ",
                "tags (list with commas) [none]: ",
                "  1  mon",
                "  2  tue",
                "  3  wed",
                "days (1 to 3, several with commas) [none]: ",
                "pin (secret) [none]: ****",
                "more.note (string) [none]: ",
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_asked_again() {
        let schema = object(json!({
            "go": {"type": "boolean", "required": true},
            "count": {"type": "integer", "minimum": 1},
        }));
        let lines = ["", "perhaps", "no", "x", "0", "1"];
        let asked = check(&schema, &lines, json!({"go": false, "count": 1}));
        let told: Vec<&String> = asked.iter().filter(|line| line.ends_with("please")).collect();
        assert_eq!(
            told,
            [
                "`go` must be answered: once more, please",
                "`perhaps` is neither yes nor no: once more, please",
                "`x` is no whole number: once more, please",
                "0 is less than the minimum of 1: once more, please",
            ]
        );
    }

    #[test]
    fn nothing_takes_the_default_or_leaves_out() {
        let schema = object(json!({
            "a": {"type": "integer", "default": 5, "required": true}, "b": {"type": "string"},
        }));
        check(&schema, &["", ""], json!({"a": 5}));
    }

    #[test]
    fn a_secret_is_not_told_again() {
        let schema = object(json!({"pin": {"type": "string", "secret": true, "minLength": 4}}));
        let asked = check(&schema, &["abc", "abcd"], json!({"pin": "abcd"}));
        assert!(asked.iter().all(|line| !line.contains("abc")), "{asked:?}");
    }

    #[test]
    fn objects_of_a_list_are_asked_for_one_by_one() {
        let item = object(json!({"name": {"type": "string"}}));
        let schema = object(json!({"hosts": {"type": "array", "items": item}}));
        let expected = json!({"hosts": [{"name": "a"}, {"name": "b"}]});
        check(&schema, &["y", "a", "yes", "b", ""], expected);
    }
}
