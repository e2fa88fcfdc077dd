//! Runs of real processes and real requests.

#[cfg(test)]
mod http;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod local;
#[cfg(test)]
mod native;
#[cfg(test)]
mod output;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sudo;
#[cfg(test)]
mod support;
