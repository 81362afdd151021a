//! A candidate: some settings together, and the trials that it has had.

use super::change::Change;
use super::levers::Choice;
use crate::experiment::{Outcome, Trial};
use crate::statistics::mean;
use std::collections::BTreeMap;

/// Memory of the process after the requests, bytes.
pub const ANON: &str = "anon_bytes";
/// CPU seconds of the process while it answered them.
pub const CPU: &str = "request_cpu_seconds";

#[derive(Clone, Debug)]
pub struct Candidate {
    pub name: String,
    /// Of [`super::levers::choices`], by number, in order; none: the app as it is.
    pub choices: Vec<usize>,
    pub change: Change,
    /// It did badly, so it had no further trials.
    pub pruned: bool,
    /// A confirmation has spoken against it.
    pub rejected: bool,
    trials: Vec<Trial>,
}

impl Candidate {
    /// `numbers` of choices, all of levers of their own.
    pub fn new(numbers: Vec<usize>, all: &[Choice], stock: &BTreeMap<String, String>) -> Self {
        let chosen: Vec<&Choice> = numbers.iter().map(|number| &all[*number]).collect();
        let change = chosen.iter().fold(Change::default(), |change, choice| change.and(&choice.change)).over(stock);
        let names: Vec<&str> = chosen.iter().map(|choice| choice.name.as_str()).collect();
        Candidate {
            name: if names.is_empty() { "as it is".into() } else { names.join(", ") },
            choices: numbers,
            change,
            pruned: false,
            rejected: false,
            trials: Vec::new(),
        }
    }

    pub fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    /// All of them, failed ones too.
    pub fn trials(&self) -> usize {
        self.trials.len()
    }

    /// What went wrong in the first that failed: then it is no candidate.
    pub fn failure(&self) -> Option<String> {
        self.trials.iter().find_map(|trial| match &trial.outcome {
            Outcome::Failed { error, line: Some(line) } => Some(format!("{error} ({line})")),
            Outcome::Failed { error, line: None } => Some(error.clone()),
            Outcome::Booted(_) => None,
        })
    }

    /// A figure of each trial from this one on that has it.
    pub fn figures(&self, name: &str, from: usize) -> Vec<f64> {
        let figure = |trial: &Trial| match &trial.outcome {
            Outcome::Booted(figures) => figures.get(name).copied(),
            Outcome::Failed { .. } => None,
        };
        self.trials.iter().skip(from).filter_map(figure).collect()
    }

    /// None where no trial has the figure.
    pub fn mean(&self, name: &str) -> Option<f64> {
        mean(&self.figures(name, 0))
    }

    /// How a figure's mean differs from another candidate's: ln of their ratio, so that changes of several levers
    /// add up. None where one has no figure.
    pub fn change_from(&self, reference: &Candidate, name: &str) -> Option<f64> {
        let (own, other) = (self.mean(name)?, reference.mean(name)?);
        (own > 0.0 && other > 0.0).then(|| (own / other).ln())
    }
}
