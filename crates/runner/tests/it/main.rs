//! Runs of real processes and real requests.

#![expect(clippy::disallowed_methods, reason = "real processes run by the wall clock")]

#[cfg(test)]
mod announcement;
#[cfg(test)]
mod complete;
#[cfg(test)]
mod http_request;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod local_shell_cmd;
#[cfg(test)]
mod local_shell_script;
#[cfg(test)]
mod native;
#[cfg(test)]
mod noop;
#[cfg(test)]
mod output;
#[cfg(test)]
mod sendmail;
#[cfg(test)]
mod sudo;
#[cfg(test)]
mod support;
