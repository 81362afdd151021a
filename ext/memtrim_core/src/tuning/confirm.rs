//! The winner and the app as it is, in turn, until it is clear.
//!
//! Each pair of trials follows one another, so what changes slowly on the machine (its clock, its neighbours) is in both
//! and falls out of their difference.

use super::candidate::{Candidate, ANON, CPU};
use super::combine::leaders;
use super::Tuning;
use crate::statistics::{level, looks, Estimate};
use std::iter;

/// Pairs before the first look, and at most.
const FIRST: usize = 5;
const LAST: usize = 40;

/// Which candidate, and the first of its trials, and of the app's as it is, that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    pub candidate: usize,
    pub own_from: usize,
    pub base_from: usize,
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
        let missing = (next - pairs).min(affordable / 2);
        // Who goes first changes: what the first of two meets is not what the second does.
        return (pairs..pairs + missing).flat_map(|pair| in_turn(pair, now.candidate)).collect();
    }
}

fn in_turn(pair: usize, candidate: usize) -> [usize; 2] {
    if pair % 2 == 0 {
        [0, candidate]
    } else {
        [candidate, 0]
    }
}

/// With the best candidate that there is.
fn begin(tuning: &mut Tuning) -> bool {
    let best = leaders(tuning).first().copied();
    tuning.confirmation = best.map(|candidate| Confirmation {
        candidate,
        own_from: tuning.candidates[candidate].trials(),
        base_from: tuning.candidates[0].trials(),
    });
    best.is_some()
}

fn pairs(tuning: &Tuning, now: &Confirmation) -> usize {
    let (own, base) = both(tuning, now, ANON);
    own.len().min(base.len())
}

/// A figure of the winner's trials and of the app's as it is, pair by pair.
pub fn both(tuning: &Tuning, now: &Confirmation, figure: &str) -> (Vec<f64>, Vec<f64>) {
    let of = |candidate: &Candidate, from| candidate.figures(figure, from);
    (of(&tuning.candidates[now.candidate], now.own_from), of(&tuning.candidates[0], now.base_from))
}

/// None of fewer than two pairs.
pub fn shown(tuning: &Tuning) -> Option<Shown> {
    let now = tuning.confirmation.as_ref()?;
    Some(Shown {
        pairs: pairs(tuning, now),
        anon_saved: difference(both(tuning, now, ANON), |own, base| base - own)?,
        cpu: ratio(tuning, now, CPU)?,
    })
}

/// Of a figure: the logarithm of its ratio to that of the app as it is. None of fewer than two pairs.
pub fn ratio(tuning: &Tuning, now: &Confirmation, figure: &str) -> Option<Estimate> {
    difference(both(tuning, now, figure), |own, base| (own / base).ln())
}

fn difference((own, base): (Vec<f64>, Vec<f64>), difference: impl Fn(f64, f64) -> f64) -> Option<Estimate> {
    let list: Vec<f64> = iter::zip(own, base).map(|(own, base)| difference(own, base)).collect();
    Estimate::of_mean(&list, level(looks(FIRST, LAST).len()))
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
