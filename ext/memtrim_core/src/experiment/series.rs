//! A variant with its trials.

use super::{Outcome, Stop, Trial, Variant, What};

#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub variant: Variant,
    /// Why no further uncounted trials are wanted.
    pub stopped: Option<Stop>,
    /// Looks taken at the uncounted trials.
    pub looked: usize,
    trials: Vec<Trial>,
}

impl Series {
    pub fn new(variant: Variant) -> Self {
        Series { variant, stopped: None, looked: 0, trials: Vec::new() }
    }

    pub fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    pub fn len(&self) -> usize {
        self.trials.len()
    }

    pub fn kept(&self) -> usize {
        self.trials.iter().filter(|trial| trial.kept).count()
    }

    /// How many trials of the kind booted.
    pub fn booted(&self, what: What) -> usize {
        self.of(what).filter(|trial| matches!(trial.outcome, Outcome::Booted(_))).count()
    }

    /// A figure of every trial of the kind that booted and has it.
    pub fn figures(&self, what: What, name: &str) -> Vec<f64> {
        self.of(what)
            .filter_map(|trial| match &trial.outcome {
                Outcome::Booted(figures) => figures.get(name).copied(),
                Outcome::Failed { .. } => None,
            })
            .collect()
    }

    fn of(&self, what: What) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(move |trial| trial.counted == (what == What::Held))
    }
}
