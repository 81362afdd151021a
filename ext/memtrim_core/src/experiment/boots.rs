//! Whether a variant boots at all. A single failure may be chance (a port in use, a slow machine): it is tried
//! again until it failed twice or booted twice.

use super::series::Series;
use super::Outcome;

const SURE: usize = 2;
const MOST: usize = 4;

pub(crate) struct Failure {
    pub error: String,
    /// Where, as `file:line`.
    pub line: Option<String>,
}

impl Series {
    /// None while that is not known. What boots only sometimes does not boot.
    pub fn boots(&self) -> Option<bool> {
        match self.failed().count() {
            _ if self.is_undecided() => None,
            0 => (self.len() > 0).then_some(true),
            _ => Some(false),
        }
    }

    /// Some trial failed, and more would tell whether that is so always.
    pub fn is_undecided(&self) -> bool {
        let failed = self.failed().count();
        failed > 0 && failed < SURE && self.len() - failed < SURE && self.len() < MOST
    }

    pub fn boots_sometimes(&self) -> bool {
        let failed = self.failed().count();
        failed > 0 && failed < self.len()
    }

    pub fn has_failed(&self) -> bool {
        self.failed().next().is_some()
    }

    /// The first failure, if there was one, with how often where not every trial failed.
    pub fn failure(&self) -> Option<Failure> {
        let (error, line) = self.failed().next()?;
        let (failed, all) = (self.failed().count(), self.len());
        let error = match self.boots_sometimes() {
            false => error.to_string(),
            true => format!("boots only sometimes: {failed} of {all} boots failed: {error}"),
        };
        Some(Failure { error, line: line.map(str::to_string) })
    }

    fn failed(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.trials().iter().filter_map(|trial| match &trial.outcome {
            Outcome::Failed { error, line } => Some((error.as_str(), line.as_deref())),
            Outcome::Booted(_) => None,
        })
    }
}
