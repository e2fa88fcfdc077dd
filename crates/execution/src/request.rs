//! Requests to run an action.

use model::{Notify, Object, Principal, execution::Cause};

/// A request to run an action.
#[derive(Debug, Clone)]
pub struct Request {
    /// The action's reference.
    pub action: String,
    /// The parameters.
    pub parameters: Object,
    /// Its origin besides the principal: alias, channel, rule, parent.
    pub context: Object,
    /// Who asks.
    pub principal: Principal,
    /// On whose behalf, where that is somebody else.
    pub user: Option<String>,
    /// The notifications of its end.
    pub notify: Option<Notify>,
    /// How long to wait before the start, in milliseconds.
    pub delay_ms: Option<i64>,
    /// Whether templates in the parameters are rendered; text from chat is not.
    pub templates: Templates,
    /// The rule and the event that led to it.
    pub cause: Option<Box<Cause>>,
    /// Further variables for the templates: `trigger`.
    pub variables: Option<Object>,
    /// How deep the chain of rules is, for a part of an execution that a rule led to.
    pub depth: u32,
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
            context: Object::new(),
            principal,
            user: None,
            notify: None,
            delay_ms: None,
            templates: Templates::Rendered,
            cause: None,
            variables: None,
            depth: 0,
        }
    }
}
