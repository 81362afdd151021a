//! From a recording to answers: who owns what, what holds what in, what would go.

mod features;
mod graph;
mod ledger;
mod owners;
mod sets;

pub use features::Features;
pub use graph::{Cut, Graph, NodeId, Support};
pub use ledger::{GemEntry, Ledger, PhaseEntry, RailtieEntry, Requirer, Sums, Weight};
pub use owners::{Owner, Owners};
pub use sets::{sets, HeldSet};
