//! The text exposition format of Prometheus, version 0.0.4.

use super::Fleet;

/// All of a fleet's figures that are worth a graph.
pub fn exposition(fleet: &Fleet) -> String {
    let _ = fleet;
    String::new()
}
