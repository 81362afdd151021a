//! What a Rails boot holds in memory: the recording, its require graph, its ledger and its reports.
//! Knows no Ruby; the binding crate feeds it and asks it.

pub mod analysis;
pub mod boot_tree;
pub mod budget;
pub mod changes;
pub mod diff;
pub mod experiment;
pub mod explain;
pub mod fleet;
pub mod json;
pub mod leaving_out;
pub mod misuse;
pub mod process_memory;
pub mod proof;
pub mod recorder;
pub mod recording;
pub mod render;
pub mod report;
pub mod requirers;
pub mod statistics;
pub mod tuning;
pub mod verdict;
