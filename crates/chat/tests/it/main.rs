//! Chat networks: each against real and bad servers, and what is registered of all.

#[cfg(test)]
mod irc;
#[cfg(test)]
mod local;
#[cfg(test)]
mod registration;
