//! What Ruby hands over as JSON, and how it is refused.

use magnus::{Error, Ruby};
use memtrim_core::misuse::Misuse;
use serde::de::DeserializeOwned;

/// `what` it should be, for the ArgumentError that it raises for anything else.
pub fn parse<T: DeserializeOwned>(ruby: &Ruby, what: &str, json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| refuse(ruby, &Misuse(format!("not a {what}: {error}"))))
}

pub fn refuse(ruby: &Ruby, error: &dyn std::error::Error) -> Error {
    Error::new(ruby.exception_arg_error(), error.to_string())
}
