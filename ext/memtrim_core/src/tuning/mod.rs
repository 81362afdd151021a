//! A search for the settings with which an app's process is smallest after its requests, at no more than so much more
//! CPU. It says which trials to run next; it starts none itself.
//!
//! 1. Screening ([`screen`]): each value of each lever by itself. Whatever does badly at once gets no second trial.
//! 2. Combining ([`combine`]): effects are taken to add up, as logarithms of ratios, so all combinations of the best
//!    values can be ranked without a trial. The first of them are tried, the best of those varied.
//! 3. Confirmation ([`confirm`]): the winner and the app as it is, in turn, in new trials. Of many candidates the one
//!    that seems best owes part of that to chance; its own new trials don't.

mod answer;
mod candidate;
mod change;
mod combine;
mod confirm;
mod levers;
mod plan;
mod screen;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Confirmed, Header, Row, Verdict};
pub use change::Change;
pub use plan::{Allocator, Plan};

use crate::experiment::Trial;
use crate::misuse::Misuse;
use crate::statistics::mean;
use candidate::{Candidate, ANON, CPU};
use confirm::Confirmation;
use levers::Choice;

/// Trials of the app as it is before anything else, to know that it works and how long one takes.
const PROBES: usize = 2;
/// Shares of the time that are left when screening ends, and when combining ends.
const AFTER_SCREENING: f64 = 0.6;
const AFTER_COMBINING: f64 = 0.35;
/// What a combination may cost of the CPU that is allowed: its interval is to be within, not only its estimate.
const AIM: f64 = 0.4;
/// Anonymous memory, as a logarithm of its ratio, that one of CPU beyond the aim weighs.
const WEIGHT: f64 = 5.0;

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
}

impl Tuning {
    /// # Errors
    /// When the plan can't be followed; see [`Plan::check`].
    pub fn new(plan: Plan) -> Result<Self, Misuse> {
        plan.check()?;
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
        })
    }

    /// The candidates to try next, one entry for each trial, in the order in which to start them; empty when there is
    /// nothing more to learn, no time, or an app that does not work as it is.
    pub fn wanted(&mut self, seconds_left: f64) -> Vec<usize> {
        let seconds = *self.seconds.get_or_insert(seconds_left);
        if self.base_failure().is_some() {
            return Vec::new();
        }
        let probes = PROBES.saturating_sub(self.candidates[0].trials());
        if probes > 0 {
            return vec![0; probes];
        }
        if self.phase == Phase::Screen {
            let wanted = screen::wanted(self, self.affordable(seconds_left - seconds * AFTER_SCREENING));
            if !wanted.is_empty() {
                return wanted;
            }
            self.phase = Phase::Combine;
        }
        if self.phase == Phase::Combine {
            let wanted = combine::wanted(self, self.affordable(seconds_left - seconds * AFTER_COMBINING));
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

    /// `took`: seconds of the whole trial, where that is known.
    ///
    /// # Errors
    /// When there is no candidate of that number.
    pub fn add_trial(&mut self, index: usize, trial: Trial, took: Option<f64>) -> Result<(), Misuse> {
        self.known(index)?.add(trial);
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

    /// Trials at once. One for two cores when it counts: a process and whoever asks it need one each.
    pub fn jobs(&self) -> usize {
        match self.phase {
            Phase::Screen | Phase::Combine => self.plan.jobs,
            Phase::Confirm | Phase::Done => (self.plan.jobs / 2).max(1),
        }
    }

    /// The candidate that was, or is being, confirmed.
    pub fn winner(&self) -> Option<usize> {
        self.confirmation.as_ref().filter(|it| !self.candidates[it.candidate].rejected).map(|it| it.candidate)
    }

    /// How many trials there is time for.
    fn affordable(&self, seconds: f64) -> usize {
        let each = mean(&self.took).unwrap_or(1.0).max(0.01);
        (seconds * self.jobs() as f64 / each).max(0.0) as usize
    }

    fn add(&mut self, choices: Vec<usize>) -> usize {
        let candidate = Candidate::new(choices, &self.choices, &self.plan.variables);
        self.candidates.push(candidate);
        self.candidates.len() - 1
    }

    fn find(&self, choices: &[usize]) -> Option<usize> {
        self.candidates.iter().position(|it| it.choices == choices)
    }

    fn known(&mut self, index: usize) -> Result<&mut Candidate, Misuse> {
        let count = self.candidates.len();
        self.candidates.get_mut(index).ok_or_else(|| Misuse(format!("no candidate {index}: there are {count}, from 0")))
    }

    /// How good it is: how much less memory than the app as it is, as a logarithm of the ratio, less what it costs
    /// beyond the aim. None of what failed or was rejected.
    fn score(&self, index: usize) -> Option<f64> {
        let candidate = &self.candidates[index];
        if candidate.failure().is_some() || candidate.rejected {
            return None;
        }
        let stock = &self.candidates[0];
        Some(self.worth(candidate.change_from(stock, ANON)?, candidate.change_from(stock, CPU)?))
    }

    fn worth(&self, anon: f64, cpu: f64) -> f64 {
        let aim = (1.0 + self.plan.cpu_limit * AIM).ln();
        -anon - WEIGHT * (cpu - aim).max(0.0)
    }
}
