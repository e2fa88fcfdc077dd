//! One action to one outcome, its output streamed: shell, script, http, noop.
