//! `memtrim fleet --watch`: the fleet again and again, told as lines or on a screen, with alerts and a history.

mod alerts;
mod amount;
mod clock;
mod columns;
mod commands;
mod condition;
mod event;
mod growth;
mod history;
mod line;
#[cfg(test)]
mod made_up;
mod output;
mod record;
mod run;
mod schedule;
mod screen;
mod series;
mod sparkline;
mod subject;
mod terminal;
mod trouble;

pub use alerts::Alerts;
pub use condition::Condition;
pub use event::{Event, State};
pub use run::{Kernel, Watch};

use super::Reading;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    #[serde(default)]
    pub reading: Reading,
    /// Text that the titles of cable servers have.
    pub cable: Option<String>,
    /// From one interval to the next.
    pub seconds: f64,
    /// Conditions.
    #[serde(default)]
    pub alerts: Vec<String>,
    /// A shell's command for each event.
    pub exec: Option<String>,
    pub history: Option<PathBuf>,
    #[serde(default = "ten_megabytes")]
    pub history_bytes: u64,
    #[serde(default)]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Text,
    Json,
}

fn ten_megabytes() -> u64 {
    10 << 20
}
