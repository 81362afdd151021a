//! The recording: what one boot said of itself, as a file of JSON lines.
//!
//! The first line is the [`Header`] with the format's version; every other line is one [`Record`]. The
//! recorder appends to `FILE.partial` as the boot goes, so a killed process leaves what it got to, and
//! renames it to `FILE` when it is whole.

mod app;
mod journal;
mod phase;
mod reader;
mod record;

pub use app::{App, Component, EagerRoot, Environment, Gem, Offer, RailtieClass};
pub use journal::Journal;
pub use phase::{Phase, Segment};
pub use reader::{read, ReadError, Recording};
pub use record::{Finish, Header, Link, Record, ScopeRecord, Tally};

/// The version of the file format that this library writes, and the newest that it reads.
pub const FORMAT: u32 = 1;
