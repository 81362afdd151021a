//! A search for the settings with which an app's process is smallest after its requests, at no more than so much more
//! CPU. It says which trials to run next; it starts none itself.
//!
//! Each trial of a candidate is made beside one of the app as it is, with their requests in turn: what slows the machine
//! down for a while, which is more than most settings do, falls on both.
//!
//! 1. Screening ([`screen`]): each value of each lever by itself. Whatever does badly at once gets no second trial.
//! 2. Combining ([`combine`]): effects are taken to add up, as logarithms of ratios, but for a little. So every trial
//!    tells of each choice in it, and all trials together of every combination ([`beliefs`]), tried or not. Those that
//!    promise most have the next trials.
//! 3. Confirmation ([`confirm`]): the one that most can be expected of ([`prospect`]), in new trials. Of many candidates
//!    the one that seems best owes part of that to chance; its own new trials don't.

mod answer;
mod beliefs;
mod candidate;
mod change;
mod combine;
mod confirm;
mod levers;
mod plan;
mod prospect;
mod screen;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Confirmed, Header, Row, Verdict};
pub use change::Change;
pub use plan::{Allocator, Plan};

use crate::experiment::Trial;
use crate::misuse::Misuse;
use crate::statistics::mean;
use beliefs::Beliefs;
use candidate::{Candidate, ANON, CPU};
use confirm::Confirmation;
use levers::Choice;
use prospect::Prospect;

/// Trials before it is known how long one takes.
const FIRST: usize = 4;
/// Shares of the time that are left when screening ends, and when combining ends.
const AFTER_SCREENING: f64 = 0.7;
const AFTER_COMBINING: f64 = 0.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Screen,
    Combine,
    Confirm,
    Done,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Phase::Screen => "screen",
            Phase::Combine => "combine",
            Phase::Confirm => "confirm",
            Phase::Done => "done",
        }
    }
}

/// Candidate number 0 is the app as it is.
#[derive(Clone, Debug)]
pub struct Tuning {
    plan: Plan,
    choices: Vec<Choice>,
    candidates: Vec<Candidate>,
    phase: Phase,
    /// Seconds that there were in all; None before the first trial is asked for.
    seconds: Option<f64>,
    /// Seconds that each trial took.
    took: Vec<f64>,
    confirmation: Option<Confirmation>,
    /// All that were begun.
    begun: Vec<Confirmation>,
}

impl Tuning {
    /// # Errors
    /// When the plan can't be followed.
    pub fn new(plan: Plan) -> Result<Self, Misuse> {
        plan.check()?;
        levers::check_skipped(&plan)?;
        let choices = levers::choices(&plan);
        let stock = Candidate::new(Vec::new(), &choices, &plan.variables);
        Ok(Tuning {
            plan,
            choices,
            candidates: vec![stock],
            phase: Phase::Screen,
            seconds: None,
            took: Vec::new(),
            confirmation: None,
            begun: Vec::new(),
        })
    }

    /// The candidates to try next, each beside the app as it is; one entry for each pair of trials; empty when there is
    /// nothing more to learn, no time, or an app that does not work as it is.
    pub fn wanted(&mut self, seconds_left: f64) -> Vec<usize> {
        let seconds = *self.seconds.get_or_insert(seconds_left);
        if self.base_failure().is_some() {
            return Vec::new();
        }
        if self.phase == Phase::Screen {
            let wanted = screen::wanted(self, self.affordable(seconds_left - seconds * AFTER_SCREENING));
            if !wanted.is_empty() {
                return wanted;
            }
            self.phase = Phase::Combine;
        }
        if self.phase == Phase::Combine {
            let wanted = combine::wanted(
                self,
                self.affordable(seconds_left - seconds * AFTER_COMBINING),
                self.affordable(seconds * AFTER_COMBINING),
            );
            if !wanted.is_empty() {
                return wanted;
            }
            self.phase = Phase::Confirm;
        }
        if self.phase == Phase::Confirm {
            let wanted = confirm::wanted(self, self.affordable(seconds_left));
            if !wanted.is_empty() {
                return wanted;
            }
            self.phase = Phase::Done;
        }
        Vec::new()
    }

    /// A candidate's trial, and that of the app as it is beside it; None for one of which nothing is known, since the
    /// other failed. `took`: seconds of both together.
    ///
    /// # Errors
    /// When there is no candidate of that number, or it is the app as it is.
    pub fn add_pair(
        &mut self,
        index: usize,
        own: Option<Trial>,
        stock: Option<Trial>,
        took: Option<f64>,
    ) -> Result<(), Misuse> {
        if index == 0 {
            return Err(Misuse("the app as it is is tried beside each candidate, and is none".into()));
        }
        let candidate = self.known(index)?;
        if let Some(own) = own {
            candidate.add(own, stock.clone());
        }
        if let Some(stock) = stock {
            self.candidates[0].add(stock, None);
        }
        self.took.extend(took);
        Ok(())
    }

    /// What to set, of a candidate that was wanted.
    ///
    /// # Errors
    /// When there is no candidate of that number.
    pub fn change(&mut self, index: usize) -> Result<(String, Change), Misuse> {
        self.known(index).map(|it| (it.name.clone(), it.change.clone()))
    }

    /// What went wrong with the app as it is, if any of its trials failed.
    pub fn base_failure(&self) -> Option<String> {
        self.candidates[0].failure()
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Pairs at once: one for two cores.
    pub fn jobs(&self) -> usize {
        (self.plan.jobs / 2).max(1)
    }

    /// The candidate that was, or is being, confirmed.
    pub fn winner(&self) -> Option<usize> {
        confirm::chosen(self).map(|it| it.candidate)
    }

    /// How many pairs of trials there is time for.
    fn affordable(&self, seconds: f64) -> usize {
        let Some(each) = mean(&self.took) else { return if seconds > 0.0 { FIRST } else { 0 } };
        (seconds * self.jobs() as f64 / each.max(0.01)).max(0.0) as usize
    }

    fn add(&mut self, choices: Vec<usize>) -> usize {
        let candidate = Candidate::new(choices, &self.choices, &self.plan.variables);
        self.candidates.push(candidate);
        self.candidates.len() - 1
    }

    fn find_or_add(&mut self, choices: Vec<usize>) -> usize {
        self.find(&choices).unwrap_or_else(|| self.add(choices))
    }

    fn find(&self, choices: &[usize]) -> Option<usize> {
        self.candidates.iter().position(|it| it.choices == choices)
    }

    fn known(&mut self, index: usize) -> Result<&mut Candidate, Misuse> {
        let count = self.candidates.len();
        self.candidates.get_mut(index).ok_or_else(|| Misuse(format!("no candidate {index}: there are {count}, from 0")))
    }

    /// What a candidate changes: (memory, CPU), as logarithms of ratios to the app as it is, so that changes of several
    /// levers add up. Memory does not depend on what else the machine does, and is compared with all trials of the app as
    /// it is; CPU does, and is compared pair by pair. None where it has no trial, or failed.
    fn effect(&self, index: usize) -> Option<(f64, f64)> {
        let candidate = &self.candidates[index];
        if index == 0 {
            return Some((0.0, 0.0));
        }
        if candidate.failure().is_some() {
            return None;
        }
        let (own, stock) = (candidate.mean(ANON)?, self.candidates[0].mean(ANON)?);
        let cpu = mean(&candidate.ratios(CPU, 0))?;
        (own > 0.0 && stock > 0.0).then(|| ((own / stock).ln(), cpu))
    }

    /// Of the first confirmation, when it has so many pairs.
    fn prospect(&self, pairs: usize) -> Prospect {
        Prospect::new(self.limit(), Beliefs::of(self).cpu_noise(), (0, 0.0), pairs.max(1), confirm::level(0, pairs))
    }

    /// CPU that is allowed, as a logarithm.
    fn limit(&self) -> f64 {
        (1.0 + self.plan.cpu_limit).ln()
    }
}
