//! Reports as text for people. Each is made from a recording or an experiment alone.

mod bytes;
mod explanation;
mod proof;
mod report;
mod table;
mod verdicts;
mod words;

pub(crate) use bytes::mib;
pub use explanation::explanation;
pub use proof::proof;
pub use report::report;
pub use verdicts::verdicts;
