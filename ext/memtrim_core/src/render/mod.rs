//! Reports for people, and for other tools' eyes. Each is made from a recording or an experiment alone.

mod bytes;
mod check;
mod explanation;
mod fleet;
pub mod github;
mod growth;
mod html;
pub mod markdown;
mod plot;
mod projection;
mod proof;
mod report;
mod speedscope;
mod table;
mod tuning;
mod verdicts;
mod words;

pub(crate) use bytes::{mib, signed_mib};
pub use check::{check, failure};
pub use explanation::explanation;
pub use fleet::{fleet, time};
pub use growth::changes;
pub use html::html;
pub use projection::projection;
pub use proof::proof;
pub use report::report;
pub use speedscope::speedscope;
pub use tuning::tuning;
pub use verdicts::verdicts;
