//! Casts by schema.

use expr::cast::{cast, cast_array_alias};
use serde_json::{Value, json};

fn check(type_name: &str, value: Value, expected: Value) {
    assert_eq!(cast(type_name, &value).as_ref(), Ok(&expected), "{type_name} {value}");
}

#[test]
fn text_becomes_what_the_schema_asks_for() {
    check("integer", json!(" 5 "), json!(5));
    check("integer", json!(5.9), json!(5));
    check("number", json!("1.5"), json!(1.5));
    check("boolean", json!("tRUE"), json!(true));
    check("boolean", json!("none"), Value::Null);
    check("array", json!("[1, \"a\"]"), json!([1, "a"]));
    check("array", json!("(1, 'a')"), json!([1, "a"]));
    check("object", json!("{'a': None, 'b': [True]}"), json!({ "a": null, "b": [true] }));
    check("string", json!("%*****__%NONE%__*****%"), Value::Null);
    check("unknown", json!(5), json!(5));
}

#[test]
fn a_value_that_does_not_fit_names_parameter_and_reason() {
    let value = json!("abc");
    let error = cast("integer", &value).unwrap_err();
    assert_eq!(
        error.for_parameter("timeout", "integer", &value),
        "Failed to cast value \"abc\" (type: str) for parameter \"timeout\" of type \"integer\": \
         invalid literal for int() with base 10: 'abc'. Perhaps the value is of an invalid type?"
    );
    let error = cast("string", &json!([1])).unwrap_err();
    assert_eq!(error.message, "Value \"[1]\" must either be a string or None. Got \"list\".");
}

#[test]
fn a_list_in_chat_is_text_with_commas() {
    assert_eq!(cast_array_alias(&json!("a, b ,c")), Ok(json!(["a", "b", "c"])));
    assert_eq!(cast_array_alias(&json!(["a"])), Ok(json!(["a"])));
    assert!(cast_array_alias(&json!(5)).is_err());
}
