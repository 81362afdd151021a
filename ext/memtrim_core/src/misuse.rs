//! What can't be done as asked.

use std::fmt;
use std::io;

/// Why, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse(pub String);

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// What the system says of an error, without its number.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let without =
        text.split_once(" (os error ").and_then(|(words, rest)| Some(words.to_string() + rest.split_once(')')?.1));
    without.unwrap_or(text)
}
