//! The winner, in new trials beside the app as it is, until it is clear.

use super::candidate::{ANON, CPU};
use super::combine::best_so_far;
use super::Tuning;
use crate::statistics::{level, looks, Estimate};

/// Pairs before the first look, and at most.
const FIRST: usize = 5;
const LAST: usize = 80;

/// Which candidate, and the first of its trials that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    pub candidate: usize,
    pub from: usize,
}

/// What the pairs show, each with the interval that holds at whichever look it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    pub pairs: usize,
    /// Bytes less than the app as it is.
    pub anon_saved: Estimate,
    /// Logarithm of the ratio.
    pub cpu: Estimate,
}

/// The next pairs; the next best candidate where the winner is found to cost too much.
pub fn wanted(tuning: &mut Tuning, affordable: usize) -> Vec<usize> {
    if tuning.confirmation.is_none() && !begin(tuning) {
        return Vec::new();
    }
    loop {
        let Some(now) = tuning.confirmation else { return Vec::new() };
        if tuning.candidates[now.candidate].failure().is_some() || too_dear(tuning) {
            tuning.candidates[now.candidate].rejected = true;
            if !begin(tuning) {
                return Vec::new();
            }
            continue;
        }
        let pairs = pairs(tuning, &now);
        if clear(tuning) || pairs >= LAST {
            return Vec::new();
        }
        let next = looks(FIRST, LAST).into_iter().find(|look| *look > pairs).unwrap_or(LAST);
        return vec![now.candidate; (next - pairs).min(affordable)];
    }
}

/// With the best candidate that there is.
fn begin(tuning: &mut Tuning) -> bool {
    let best = best_so_far(tuning);
    tuning.confirmation = best.map(|candidate| Confirmation { candidate, from: tuning.candidates[candidate].trials() });
    best.is_some()
}

fn pairs(tuning: &Tuning, now: &Confirmation) -> usize {
    both(tuning, now, ANON).len()
}

/// A figure of the winner's trials and of those beside them, pair by pair.
pub fn both(tuning: &Tuning, now: &Confirmation, figure: &str) -> Vec<(f64, f64)> {
    tuning.candidates[now.candidate].both(figure, now.from)
}

/// None of fewer than two pairs.
pub fn shown(tuning: &Tuning) -> Option<Shown> {
    let now = tuning.confirmation.as_ref()?;
    let saved: Vec<f64> = both(tuning, now, ANON).into_iter().map(|(own, stock)| stock - own).collect();
    Some(Shown { pairs: saved.len(), anon_saved: estimate(&saved)?, cpu: ratio(tuning, now, CPU)? })
}

/// Of a figure: the logarithm of its ratio to that of the app as it is. None of fewer than two pairs.
pub fn ratio(tuning: &Tuning, now: &Confirmation, figure: &str) -> Option<Estimate> {
    estimate(&tuning.candidates[now.candidate].ratios(figure, now.from))
}

fn estimate(list: &[f64]) -> Option<Estimate> {
    Estimate::of_mean(list, level(looks(FIRST, LAST).len()))
}

/// It saves memory, and its CPU is within the limit: both beyond doubt.
pub fn clear(tuning: &Tuning) -> bool {
    shown(tuning).is_some_and(|it| it.pairs >= FIRST && it.anon_saved.low() > 0.0 && it.cpu.high() <= limit(tuning))
}

/// Beyond doubt; or no memory is saved.
fn too_dear(tuning: &Tuning) -> bool {
    shown(tuning).is_some_and(|it| it.pairs >= FIRST && (it.cpu.low() > limit(tuning) || it.anon_saved.high() < 0.0))
}

fn limit(tuning: &Tuning) -> f64 {
    (1.0 + tuning.plan.cpu_limit).ln()
}
