//! An experiment: many boots of an app, the base and variants of it, compared. It says which trials to run next,
//! when there are enough, and what they show; it starts none itself.
//!
//! Two kinds of trials answer two questions. A counted one ran with the allocation counter preloaded and tells
//! what the program holds, nearly to the byte: a few are enough ([`held`]). An uncounted one ran as the app does
//! and tells what stays resident, which moves by megabytes from boot to boot: as many as it takes for a narrow
//! interval ([`resident`]).

mod boots;
mod held;
mod plan;
mod resident;
mod series;
mod summary;
#[cfg(test)]
mod tests;
mod trial;
mod variant;

pub use plan::Plan;
pub use resident::Stop;
pub use summary::{Range, Ratio, Summary};
pub use trial::{Outcome, Trial};
pub use variant::{Kind, Variant};

use crate::misuse::Misuse;
use serde::Deserialize;
use series::Series;

/// Which kind of trials is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Counted ones: held bytes.
    Held,
    /// Uncounted ones: anon, RSS, seconds.
    Resident,
}

impl What {
    /// # Errors
    /// For anything but `held` and `resident`.
    pub fn parse(name: &str) -> Result<Self, Misuse> {
        match name {
            "held" => Ok(What::Held),
            "resident" => Ok(What::Resident),
            _ => Err(Misuse(format!("trials are held or resident, not {name}"))),
        }
    }
}

/// The base is number 0; without it nothing is wanted.
#[derive(Clone, Debug)]
pub struct Experiment {
    plan: Plan,
    series: Vec<Series>,
}

impl Experiment {
    /// # Errors
    /// When the plan can't be followed; see [`Plan::check`].
    pub fn new(plan: Plan) -> Result<Self, Misuse> {
        plan.check()?;
        Ok(Experiment { plan, series: Vec::new() })
    }

    /// The variant's number. The base comes first.
    ///
    /// # Errors
    /// When the first one is not the base, or a later one is, or a second one leaves everything out.
    pub fn add_variant(&mut self, variant: Variant) -> Result<usize, Misuse> {
        let is_base = variant.kind == Kind::Base;
        if is_base != self.series.is_empty() {
            return Err(Misuse("the first variant is the base, and only the first".into()));
        }
        if variant.together && (is_base || self.together().is_some()) {
            return Err(Misuse("one variant leaves everything out together, and it is not the base".into()));
        }
        self.series.push(Series::new(variant));
        Ok(self.series.len() - 1)
    }

    /// # Errors
    /// When there is no variant of that number.
    pub fn add_trial(&mut self, index: usize, trial: Trial) -> Result<(), Misuse> {
        self.known(index)?;
        self.series[index].add(trial);
        Ok(())
    }

    /// The variants to run next, one entry for each trial, in no order that matters; empty when there is nothing
    /// more to learn, or when the base does not boot.
    pub fn wanted(&mut self, what: What) -> Vec<usize> {
        if self.base_failure().is_some() {
            let undecided = self.series[0].is_undecided();
            return if undecided { vec![0] } else { Vec::new() };
        }
        match what {
            What::Held => held::wanted(&self.series, &self.plan),
            What::Resident => resident::wanted(&mut self.series, &self.plan),
        }
    }

    /// About how many trials are still to come, for people who wait.
    pub fn remaining(&self, what: What) -> usize {
        match what {
            _ if self.base_failure().is_some() => 0,
            What::Held => held::wanted(&self.series, &self.plan).len(),
            What::Resident => resident::remaining(&self.series, &self.plan),
        }
    }

    /// What went wrong with the base, if any of its trials failed: there is nothing to compare with then.
    pub fn base_failure(&self) -> Option<String> {
        self.series.first()?.failure().map(|failure| match failure.line {
            Some(line) => format!("{} ({line})", failure.error),
            None => failure.error,
        })
    }

    /// None while that is not known.
    ///
    /// # Errors
    /// When there is no variant of that number.
    pub fn boots(&self, index: usize) -> Result<Option<bool>, Misuse> {
        self.known(index)?;
        Ok(self.series[index].boots())
    }

    /// # Errors
    /// When there is no variant of that number.
    pub fn summary(&self, index: usize) -> Result<Summary, Misuse> {
        self.known(index)?;
        Ok(Summary::new(&self.series[0], &self.series[index], &self.plan))
    }

    /// Every variant but the base, in the order they were added.
    pub(crate) fn summaries(&self) -> impl Iterator<Item = (&Variant, Summary)> {
        let summary = |series| Summary::new(&self.series[0], series, &self.plan);
        self.series.iter().skip(1).map(move |series| (&series.variant, summary(series)))
    }

    pub(crate) fn base(&self) -> Option<&Series> {
        self.series.first()
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// All trials, and how many of them come from an earlier run.
    pub(crate) fn trials(&self) -> (usize, usize) {
        let sum = |count: fn(&Series) -> usize| self.series.iter().map(count).sum();
        (sum(|series| series.len()), sum(|series| series.kept()))
    }

    fn together(&self) -> Option<&Series> {
        self.series.iter().find(|series| series.variant.together)
    }

    fn known(&self, index: usize) -> Result<(), Misuse> {
        match self.series.len() {
            count if index < count => Ok(()),
            count => Err(Misuse(format!("no variant {index}: there are {count}, from 0"))),
        }
    }
}
