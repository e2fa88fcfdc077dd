//! Operators on two numbers or two texts: what most calls are, without a look
//! through the overloads.

use python::arithmetic::{Binary, binary};
use python::object::Object;
use python::operators::{Order, compare, subscript};
use python::raise::Outcome;

/// Returns whether an operator evaluates both its operands, whatever they are.
pub(super) fn is_eager(name: &str) -> bool {
    order(name).is_some() || arithmetic(name).is_some() || name == "#operator_in"
}

/// Applies an operator, where its operands are plain.
pub(super) fn apply(name: &str, left: &Object, right: &Object) -> Option<Outcome<Object>> {
    let number = |object: &Object| matches!(object, Object::Int(_) | Object::Float(_));
    if number(left) && number(right) {
        if let Some(order) = order(name) {
            return Some(compare(left, right, order).map(Object::Bool));
        }
        return arithmetic(name).map(|operator| binary(operator, left, right));
    }
    if let (Object::Str(a), Object::Str(b)) = (left, right) {
        return match (name, order(name)) {
            (_, Some(order)) => Some(compare(left, right, order).map(Object::Bool)),
            ("#operator_+", _) => Some(binary(Binary::Add, left, right)),
            ("#operator_in", _) => Some(Ok(Object::Bool(b.contains(&**a)))),
            _ => None,
        };
    }
    None
}

/// Returns an item of a list or an entry of a mapping, if it is there.
pub(super) fn item(object: &Object, key: &Object) -> Option<Object> {
    let plain = match object {
        Object::List(_) | Object::Tuple(_) => matches!(key, Object::Int(_)),
        Object::Dict(_) => matches!(key, Object::Int(_) | Object::Str(_)),
        _ => false,
    };
    if plain { subscript(object, key).ok().flatten() } else { None }
}

fn order(name: &str) -> Option<Order> {
    Some(match name {
        "#operator_<" => Order::Less,
        "#operator_<=" => Order::LessEqual,
        "#operator_>" => Order::Greater,
        "#operator_>=" => Order::GreaterEqual,
        _ => return None,
    })
}

/// Returns the operator on numbers; division is not among them, as its kind depends on theirs.
fn arithmetic(name: &str) -> Option<Binary> {
    Some(match name {
        "#operator_+" => Binary::Add,
        "#operator_-" => Binary::Sub,
        "#operator_*" => Binary::Mul,
        "#operator_mod" => Binary::Mod,
        _ => return None,
    })
}
