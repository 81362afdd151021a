//! Reports as text for people. Each is made from a recording alone.

mod bytes;
mod explanation;
mod report;
mod table;

pub use explanation::explanation;
pub use report::report;
