//! Reports as text for people. Each is made from a recording or an experiment alone.

mod bytes;
mod check;
mod explanation;
pub mod github;
mod growth;
pub mod markdown;
mod proof;
mod report;
mod table;
mod verdicts;
mod words;

pub(crate) use bytes::mib;
pub use check::{check, failure};
pub use explanation::explanation;
pub use growth::changes;
pub use proof::proof;
pub use report::report;
pub use verdicts::verdicts;
