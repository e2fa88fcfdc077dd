//! Chat networks, tested against a real IRC server and against scripted bad ones.

#[cfg(test)]
mod network;
#[cfg(test)]
mod ngircd;
#[cfg(test)]
mod person;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod support;
