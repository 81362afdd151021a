//! Who keeps a thing in, as answers tell it.

use crate::analysis::{Ledger, Requirer};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct RequirerReport {
    pub name: String,
    /// Relative to the app where it is the app's; null when not known.
    pub file: Option<String>,
    pub line: Option<u32>,
}

pub(crate) fn requirers(ledger: &Ledger, list: &[Requirer]) -> Vec<RequirerReport> {
    list.iter()
        .map(|requirer| RequirerReport {
            name: requirer.name.clone(),
            file: (!requirer.file.is_empty()).then(|| ledger.short_path(&requirer.file).to_string()),
            line: (requirer.line > 0).then_some(requirer.line),
        })
        .collect()
}
