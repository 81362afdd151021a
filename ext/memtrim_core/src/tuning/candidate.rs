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
    pairs: Vec<Pair>,
}

/// A trial, and that of the app as it is beside it.
#[derive(Clone, Debug)]
pub struct Pair {
    own: Trial,
    stock: Option<Trial>,
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
            pairs: Vec::new(),
        }
    }

    /// `stock`: None for a trial of the app as it is itself, and where that failed.
    pub fn add(&mut self, own: Trial, stock: Option<Trial>) {
        self.pairs.push(Pair { own, stock });
    }

    /// All of them, failed ones too.
    pub fn trials(&self) -> usize {
        self.pairs.len()
    }

    /// What went wrong in the first that failed: then it is no candidate.
    pub fn failure(&self) -> Option<String> {
        self.pairs.iter().find_map(|pair| match &pair.own.outcome {
            Outcome::Failed { error, line: Some(line) } => Some(format!("{error} ({line})")),
            Outcome::Failed { error, line: None } => Some(error.clone()),
            Outcome::Booted(_) => None,
        })
    }

    /// A figure of each trial that has it.
    pub fn figures(&self, name: &str) -> Vec<f64> {
        self.pairs.iter().filter_map(|pair| figure(&pair.own, name)).collect()
    }

    /// None where no trial has the figure.
    pub fn mean(&self, name: &str) -> Option<f64> {
        mean(&self.figures(name))
    }

    /// A figure of each pair from this one on: (its own, that of the app as it is beside it).
    pub fn both(&self, name: &str, from: usize) -> Vec<(f64, f64)> {
        let both = |pair: &Pair| Some((figure(&pair.own, name)?, figure(pair.stock.as_ref()?, name)?));
        self.pairs.iter().skip(from).filter_map(both).collect()
    }

    /// Logarithms of the ratios of a figure to that of the app as it is, pair by pair. What slows the machine down is
    /// in both, and falls out.
    pub fn ratios(&self, name: &str, from: usize) -> Vec<f64> {
        let sound = |(own, stock): &(f64, f64)| *own > 0.0 && *stock > 0.0;
        self.both(name, from).into_iter().filter(sound).map(|(own, stock)| (own / stock).ln()).collect()
    }
}

fn figure(trial: &Trial, name: &str) -> Option<f64> {
    match &trial.outcome {
        Outcome::Booted(figures) => figures.get(name).copied(),
        Outcome::Failed { .. } => None,
    }
}
