//! One fresh process of a variant.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Line")]
pub struct Trial {
    /// It ran with the allocation counter preloaded.
    pub counted: bool,
    /// It comes from an earlier run.
    pub kept: bool,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Figures by name, in the unit that the name ends with.
    Booted(BTreeMap<String, f64>),
    Failed {
        error: String,
        /// Where, as `file:line`.
        line: Option<String>,
    },
}

/// As it is written: with figures or with an error.
#[derive(Deserialize)]
struct Line {
    counted: bool,
    #[serde(default)]
    kept: bool,
    /// What could not be measured is null.
    figures: Option<BTreeMap<String, Option<f64>>>,
    error: Option<String>,
    line: Option<String>,
}

impl TryFrom<Line> for Trial {
    type Error = &'static str;

    fn try_from(written: Line) -> Result<Self, Self::Error> {
        let outcome = match (written.figures, written.error) {
            (Some(figures), None) => Outcome::Booted(
                figures.into_iter().filter_map(|(name, figure)| figure.map(|figure| (name, figure))).collect(),
            ),
            (None, Some(error)) => Outcome::Failed { error, line: written.line },
            _ => return Err("a trial has either figures or an error"),
        };
        Ok(Trial { counted: written.counted, kept: written.kept, outcome })
    }
}
