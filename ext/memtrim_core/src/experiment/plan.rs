//! How sure is sure enough.

use crate::misuse::Misuse;
use crate::statistics;
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Counted trials of a variant; the base gets twice as many.
    pub held_trials: usize,
    /// Half the width that an interval of anonymous memory should have at most, bytes…
    pub target_bytes: u64,
    /// …or this share of the estimate, where that is more.
    pub share: f64,
    /// Uncounted trials of a variant before the first look at them, at least 2.
    pub min_trials: usize,
    /// Uncounted trials of a variant after which it stays as it is.
    pub max_trials: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Plan { held_trials: 2, target_bytes: 500_000, share: 0.1, min_trials: 8, max_trials: 40 }
    }
}

impl Plan {
    /// # Errors
    /// When the numbers contradict each other.
    pub fn check(&self) -> Result<(), Misuse> {
        let problem = if self.held_trials == 0 {
            "held_trials is at least 1"
        } else if self.min_trials < 2 {
            "min_trials is at least 2"
        } else if self.max_trials < self.min_trials {
            "max_trials is at least min_trials"
        } else if !(self.share >= 0.0 && self.share.is_finite()) {
            "share is not negative"
        } else {
            return Ok(());
        };
        Err(Misuse(problem.into()))
    }

    /// How many trials of a variant there are when its interval is looked at.
    pub fn looks(&self) -> Vec<usize> {
        statistics::looks(self.min_trials, self.max_trials)
    }

    /// The confidence level of each look's intervals: 95 % of those at which one stops hold the truth.
    pub fn level(&self) -> f64 {
        statistics::level(self.looks().len())
    }

    /// The half width that is narrow enough for an estimate, bytes.
    pub fn target(&self, estimate: f64) -> f64 {
        (self.target_bytes as f64).max(self.share * estimate.abs())
    }
}
