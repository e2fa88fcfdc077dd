//! IRC, against a real server and against scripted bad ones.

mod network;
mod ngircd;
mod person;
mod scripted;
mod sending;
mod support;
