//! The winner, in new trials beside the app as it is, until it is clear.

use super::beliefs::Beliefs;
use super::candidate::{ANON, CPU};
use super::combine::{all_help, ranked};
use super::prospect::{gain_of, Prospect};
use super::Tuning;
use crate::statistics::{level_of_share, looks, mean, Estimate};

/// Pairs before the first look, and at most.
const FIRST: usize = 8;
const LAST: usize = 80;
/// Pairs that an interval is made of at least, where there is time for so few.
const FEWEST: usize = 5;
/// Candidates that are confirmed in turn, at most.
const MOST: usize = 6;
/// Memory, as a logarithm, that another one must be expected to prove saved beyond what is confirmed, to be begun or
/// gone on with.
const WORTH_MORE: f64 = 0.003;
/// Half of the interval of what is saved, as a share of it, at which it is known well enough.
const SHARP: f64 = 0.1;

/// Which candidate, and the first of its trials that belong to it: none that spoke for choosing it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confirmation {
    pub candidate: usize,
    pub from: usize,
    /// Pairs at its last look.
    last: usize,
    /// Of the intervals, at each look.
    level: f64,
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

/// The next pairs, of the candidate that most can be expected of. At each look another one may take its place, and
/// it that of another; its own pairs count on. When one is confirmed, the time left is for what is better yet, and then
/// for knowing better how much it saves.
pub fn wanted(tuning: &mut Tuning, affordable: usize) -> Vec<usize> {
    reject(tuning);
    if affordable == 0 {
        return Vec::new();
    }
    let Some(now) = best(tuning, affordable).or_else(|| unsharp(tuning)) else { return Vec::new() };
    tuning.confirmation = Some(now);
    if !tuning.begun.iter().any(|it| it.candidate == now.candidate) {
        tuning.begun.push(now);
    }
    let pairs = pairs(tuning, &now);
    let next = now.looks().into_iter().find(|look| *look > pairs).unwrap_or(pairs);
    vec![now.candidate; (next - pairs).min(affordable)]
}

/// Of those that are confirmed the one that saves most; else the one that was at it last, unless it was rejected.
pub fn chosen(tuning: &Tuning) -> Option<Confirmation> {
    let saved = |it: &Confirmation| shown(tuning, it).map_or(0.0, |it| it.anon_saved.value);
    let confirmed = tuning.begun.iter().filter(|it| clear(tuning, it));
    let last = tuning.confirmation.as_ref().filter(|it| !tuning.candidates[it.candidate].rejected);
    confirmed.max_by(|a, b| saved(a).total_cmp(&saved(b))).or(last).copied()
}

impl Confirmation {
    fn looks(&self) -> Vec<usize> {
        looks(FIRST, self.last)
    }
}

/// None where nothing is left that could be confirmed, or is worth it.
fn best(tuning: &mut Tuning, affordable: usize) -> Option<Confirmation> {
    let number = tuning.begun.len();
    let last = affordable.clamp(FEWEST, LAST);
    let level = level(number, last);
    let (limit, noise) = (tuning.limit(), Beliefs::of(tuning).cpu_noise());
    let fresh = Prospect::new(limit, noise, (0, 0.0), affordable.min(LAST), level);
    let begun: Vec<(usize, Prospect)> = tuning
        .begun
        .iter()
        .map(|it| {
            let ratios = tuning.candidates[it.candidate].ratios(CPU, it.from);
            let seen = (ratios.len(), mean(&ratios).unwrap_or(0.0));
            let to_come = it.last.saturating_sub(seen.0).min(affordable);
            (it.candidate, Prospect::new(limit, noise, seen, to_come, it.level))
        })
        .collect();
    let confirmed: Vec<&Confirmation> = tuning.begun.iter().filter(|it| clear(tuning, it)).collect();
    let enough = if confirmed.is_empty() { 0.0 } else { WORTH_MORE };
    let list = ranked(tuning, |beliefs, choices| {
        let index = tuning.find(choices);
        let own = begun.iter().find(|(candidate, _)| Some(*candidate) == index).map(|(_, prospect)| prospect);
        let prospect = own.or_else(|| (number < MOST && all_help(tuning, beliefs, choices)).then_some(&fresh))?;
        let gains = confirmed.iter().map(|it| {
            let choices = &tuning.candidates[it.candidate].choices;
            gain_of(&beliefs.combination(choices), choices.len())
        });
        let value = prospect.value(&beliefs.combination(choices), choices.len(), gains.fold(0.0, f64::max));
        value.filter(|value| *value > enough)
    });
    let candidate = tuning.find_or_add(list.into_iter().next()?);
    let from = tuning.candidates[candidate].trials();
    let known = tuning.begun.iter().find(|it| it.candidate == candidate).copied();
    Some(known.unwrap_or(Confirmation { candidate, from, last, level }))
}

/// The one that is confirmed, where its saving is not known well enough yet.
fn unsharp(tuning: &Tuning) -> Option<Confirmation> {
    let now = chosen(tuning).filter(|it| clear(tuning, it))?;
    let saved = shown(tuning, &now)?.anon_saved;
    (saved.half_width > SHARP * saved.value).then_some(now)
}

/// What may go wrong is shared by all confirmations, since each could end in a claim: half of it for the first, and of
/// what remains half for each further one.
pub fn level(number: usize, last: usize) -> f64 {
    level_of_share(looks(FIRST, last).len(), 0.5_f64.powi(number as i32 + 1))
}

fn pairs(tuning: &Tuning, now: &Confirmation) -> usize {
    both(tuning, now, ANON).len()
}

/// A figure of the winner's trials and of those beside them, pair by pair.
pub fn both(tuning: &Tuning, now: &Confirmation, figure: &str) -> Vec<(f64, f64)> {
    tuning.candidates[now.candidate].both(figure, now.from)
}

/// None of fewer than two pairs.
pub fn shown(tuning: &Tuning, now: &Confirmation) -> Option<Shown> {
    let saved: Vec<f64> = both(tuning, now, ANON).into_iter().map(|(own, stock)| stock - own).collect();
    let anon_saved = Estimate::of_mean(&saved, now.level)?;
    Some(Shown { pairs: saved.len(), anon_saved, cpu: ratio(tuning, now, CPU)? })
}

/// Of a figure: the logarithm of its ratio to that of the app as it is. None of fewer than two pairs.
pub fn ratio(tuning: &Tuning, now: &Confirmation, figure: &str) -> Option<Estimate> {
    Estimate::of_mean(&tuning.candidates[now.candidate].ratios(figure, now.from), now.level)
}

/// It saves memory, and its CPU is within the limit: both beyond doubt.
pub fn clear(tuning: &Tuning, now: &Confirmation) -> bool {
    shown(tuning, now)
        .is_some_and(|it| it.pairs >= FEWEST && it.anon_saved.low() > 0.0 && it.cpu.high() <= tuning.limit())
}

/// What fails, what costs too much beyond doubt, and what saves no memory.
fn reject(tuning: &mut Tuning) {
    for now in tuning.begun.clone() {
        let hopeless = shown(tuning, &now)
            .is_some_and(|it| it.pairs >= FEWEST && (it.cpu.low() > tuning.limit() || it.anon_saved.high() < 0.0));
        tuning.candidates[now.candidate].rejected |= hopeless;
    }
}
