//! A task in a route, and the entries that led to it.

use indexmap::IndexMap;

use crate::graph::{Edge, Node};

/// A task in a route: the key of its latest entry.
pub(crate) type TaskRoute = (Node, usize);

/// The entries that lead to a task, by transition.
pub(crate) type Prev = IndexMap<Edge, usize>;
