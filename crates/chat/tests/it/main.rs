//! Chat networks, tested against a real IRC server, against scripted bad ones, and inside the
//! process.

#[cfg(test)]
mod local;
#[cfg(test)]
mod network;
#[cfg(test)]
mod ngircd;
#[cfg(test)]
mod person;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod support;
