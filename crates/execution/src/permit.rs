//! Permits to run, as policies grant them.

/// The permit of an execution. It changes under the lock of the gate only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Permit {
    /// It has none.
    #[default]
    None,
    /// It was granted one and has not started.
    Granted,
    /// It holds one.
    Held,
    /// It returned its own for a while.
    Yielded,
    /// It has ended or is about to, and gets none.
    Gone,
}
