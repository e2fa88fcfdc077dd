//! The parts of a file's path.

use python::object::Object;
use python::raise::{Outcome, type_error};

pub(super) fn call(name: &str, value: &Object) -> Outcome<Object> {
    let path = match value {
        Object::Str(text) | Object::Markup(text) => text,
        Object::Undefined(undefined) if undefined.strict => return Err(undefined.error()),
        other => {
            let kind = other.type_name();
            return type_error(format!("expected str, bytes or os.PathLike object, not {kind}"));
        }
    };
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (head, tail) = path.split_at(at);
    if name == "basename" {
        return Ok(Object::str(tail));
    }
    let trimmed = head.trim_end_matches('/');
    Ok(Object::str(if trimmed.is_empty() { head } else { trimmed }))
}
