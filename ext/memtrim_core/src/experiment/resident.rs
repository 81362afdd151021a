//! When there are enough uncounted trials.
//!
//! Anonymous memory moves by a megabyte from boot to boot, so what a variant saves is an interval. It is looked at
//! after 8 trials of the variant, then 12, 16, 24…, and trials end when it is narrow, when there were too many, or
//! when it will not become narrow. Stopping as soon as the data please makes plain intervals too narrow; those of
//! [`Plan::level`] allow for it. The base's trials go on while any variant's do, so the interval at the end is no
//! wider than the one at which it stopped, but for chance.

use super::plan::Plan;
use super::series::Series;
use super::What;
use crate::statistics::Estimate;
use serde::Serialize;

/// Give up a variant that would need this many times the trials it may have. A first look knows the variance
/// only roughly, hence not at once.
const PATIENCE: f64 = 4.0;

/// Why a variant gets no further trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// Its interval is as narrow as wanted.
    Narrow,
    /// It has had as many as it may have.
    Limit,
    /// It would need far more than it may have.
    Hopeless,
}

/// A round: one trial for each variant that is not finished, and the base's share. One entry for each trial.
pub(crate) fn wanted(all: &mut [Series], plan: &Plan) -> Vec<usize> {
    look(all, plan);
    let again = undecided(all);
    let open = open(all);
    let next = open.iter().map(|index| all[*index].booted(What::Resident) + 1).max().unwrap_or(0);
    let base = missing_of_base(all, open.len(), next);
    [again, open, vec![0; base]].concat()
}

/// About how many trials the open variants and the base will still take.
pub(crate) fn remaining(all: &[Series], plan: &Plan) -> usize {
    let looks = plan.looks();
    let open = open(all);
    let (mut sum, mut most) = (0, 0);
    for index in &open {
        let trials = all[*index].booted(What::Resident);
        let estimate = estimate(all, *index, plan).filter(|_| trials >= plan.min_trials);
        // Before the first look nothing is known: a middling number.
        let end = estimate.map_or(looks[looks.len() / 2], |it| needed(&it, trials, plan).min(1e9) as usize);
        let end = looks.iter().copied().find(|look| *look >= end.max(trials + 1)).unwrap_or(plan.max_trials);
        sum += end.saturating_sub(trials);
        most = most.max(end);
    }
    undecided(all).len() + sum + missing_of_base(all, open.len(), most)
}

/// Looks at every open variant that has come to its next look.
fn look(all: &mut [Series], plan: &Plan) {
    let looks = plan.looks();
    for index in open(all) {
        let trials = all[index].booted(What::Resident);
        let due = looks.iter().filter(|look| **look <= trials).count();
        if due > all[index].looked {
            all[index].looked = due;
            all[index].stopped = verdict(all, index, trials, plan);
        }
    }
}

fn verdict(all: &[Series], index: usize, trials: usize, plan: &Plan) -> Option<Stop> {
    let limit = (trials >= plan.max_trials).then_some(Stop::Limit);
    let Some(estimate) = estimate(all, index, plan) else { return limit };
    if estimate.half_width <= plan.target(estimate.value) {
        return Some(Stop::Narrow);
    }
    let hopeless = needed(&estimate, trials, plan) > PATIENCE * plan.max_trials as f64;
    limit.or(hopeless.then_some(Stop::Hopeless))
}

fn estimate(all: &[Series], index: usize, plan: &Plan) -> Option<Estimate> {
    let anon = |index: usize| all[index].figures(What::Resident, "anon_bytes");
    Estimate::of_difference(&anon(0), &anon(index), plan.level())
}

/// Trials until the interval is narrow: its width goes with the square root of their number.
fn needed(estimate: &Estimate, trials: usize, plan: &Plan) -> f64 {
    trials as f64 * (estimate.half_width / plan.target(estimate.value)).powi(2)
}

/// Variants whose interval is still wanted.
fn open(all: &[Series]) -> Vec<usize> {
    (1..all.len()).filter(|index| all[*index].stopped.is_none() && !all[*index].has_failed()).collect()
}

fn undecided(all: &[Series]) -> Vec<usize> {
    (0..all.len()).filter(|index| all[*index].is_undecided()).collect()
}

/// The base is shared by all comparisons: the sum of trials is least when it has √k times as many as each of the
/// k variants compared with it (C. W. Dunnett, JASA 50, 1955).
fn missing_of_base(all: &[Series], open: usize, trials: usize) -> usize {
    let share = (open as f64).sqrt().ceil() as usize;
    all.first().map_or(0, |base| (share * trials).saturating_sub(base.booted(What::Resident)))
}
