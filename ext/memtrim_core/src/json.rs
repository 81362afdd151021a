//! Answers for programs.

use serde::Serialize;

/// JSON, indented, with a newline at its end. Of what has keys that are strings, as all answers have: nothing else could
/// fail.
pub fn pretty(answer: &impl Serialize) -> String {
    serde_json::to_string_pretty(answer).map(|text| text + "\n").unwrap_or_default()
}
