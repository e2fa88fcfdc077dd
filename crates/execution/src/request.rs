//! Requests to run an action.

use model::{Notify, Object, Principal, Provenance};

/// A request to run an action.
#[derive(Debug, Clone)]
pub struct Request {
    /// The action's reference.
    pub action: String,
    /// The parameters.
    pub parameters: Object,
    /// Who makes the request.
    pub principal: Principal,
    /// Where it comes from, and on whose behalf it is made.
    pub provenance: Provenance,
    /// The notifications of its end.
    pub notify: Option<Notify>,
    /// How long to wait before the start, in milliseconds.
    pub delay_ms: Option<i64>,
    /// Whether templates in the parameters are rendered; text from chat is not.
    pub templates: Templates,
    /// Further variables for the templates: `trigger`.
    pub variables: Option<Object>,
}

/// Whether given parameters may be templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Templates {
    /// They are rendered, as the API does.
    Rendered,
    /// They are data; only defaults are rendered.
    Literal,
}

impl Request {
    /// Returns a plain request.
    pub fn new(action: impl Into<String>, parameters: Object, principal: Principal) -> Self {
        Self {
            action: action.into(),
            parameters,
            principal,
            provenance: Provenance::default(),
            notify: None,
            delay_ms: None,
            templates: Templates::Rendered,
            variables: None,
        }
    }
}
