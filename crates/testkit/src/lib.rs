//! The test house: a whole Squall on a temporary directory, a fake room, and real servers on demand.

mod clock;
mod house;
mod irc;
mod room;
mod server;
mod smtp;
mod wait;

pub use clock::{HandClock, SystemClock};
pub use house::{House, Plan};
pub use irc::{IrcPerson, Ngircd};
pub use room::Room;
pub use server::free_port;
pub use smtp::Smtpd;
pub use wait::{eventually, open_store, settle, until};
