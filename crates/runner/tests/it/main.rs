//! Runs of real processes and real requests.

mod local;
mod support;
