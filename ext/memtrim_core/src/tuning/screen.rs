//! Each value of each lever by itself.

use super::candidate::Candidate;
use super::levers::Choice;
use super::plan::Allocator;
use super::Tuning;

/// Trials of what does not do badly; combinations tell more of it.
const ROUNDS: usize = 2;
/// Logarithms of ratios: what saves less than 1 % of the memory, or costs so much CPU beyond the limit that nothing could
/// make up for it.
const TOO_LITTLE: f64 = -0.01;
const TOO_DEAR: f64 = 0.2;

/// A round: first one trial of each value, then another of those that did well.
pub fn wanted(tuning: &mut Tuning, affordable: usize) -> Vec<usize> {
    open(tuning);
    prune(tuning);
    for round in 0..ROUNDS {
        let due = |it: &Candidate| it.trials() == round && !it.pruned && it.failure().is_none();
        let mut list: Vec<usize> =
            (1..tuning.candidates.len()).filter(|index| due(&tuning.candidates[*index])).collect();
        // Who brings an allocator is what its settings are compared with.
        list.sort_by_key(|index| !brings(tuning, *index));
        list.truncate(affordable);
        if !list.is_empty() {
            return list;
        }
    }
    Vec::new()
}

/// A candidate for each choice; a setting of an allocator that the app does not have comes with that one.
fn open(tuning: &mut Tuning) {
    if tuning.candidates.len() > 1 {
        return;
    }
    for number in 0..tuning.choices.len() {
        let choices = alone(&tuning.choices, number, tuning.plan.allocator);
        tuning.add(choices);
    }
}

/// What a choice is tried with: itself, and the allocator it belongs to.
pub fn alone(all: &[Choice], number: usize, own: Allocator) -> Vec<usize> {
    let foreign = all[number].under.filter(|under| *under != own);
    let bringing = foreign.and_then(|under| all.iter().position(|it| it.brings == Some(under)));
    let mut list: Vec<usize> = bringing.into_iter().chain([number]).collect();
    list.sort_unstable();
    list
}

fn brings(tuning: &Tuning, index: usize) -> bool {
    tuning.candidates[index].choices.iter().any(|number| tuning.choices[*number].brings.is_some())
        && tuning.candidates[index].choices.len() == 1
}

/// What a choice changes by itself: (memory, CPU), as logarithms of ratios. None where it has no trial, or failed.
pub fn effect(tuning: &Tuning, number: usize) -> Option<(f64, f64)> {
    let choices = alone(&tuning.choices, number, tuning.plan.allocator);
    let index = tuning.find(&choices)?;
    let rest: Vec<usize> = choices.into_iter().filter(|it| *it != number).collect();
    let ((anon, cpu), (rest_anon, rest_cpu)) = (tuning.effect(index)?, tuning.effect(tuning.find(&rest)?)?);
    Some((anon - rest_anon, cpu - rest_cpu))
}

/// One trial tells memory, which nothing else on the machine changes; of CPU it may tell what the machine did meanwhile.
/// The allocators themselves are never pruned: their settings count on them.
fn prune(tuning: &mut Tuning) {
    for number in 0..tuning.choices.len() {
        let choices = alone(&tuning.choices, number, tuning.plan.allocator);
        let Some(index) = tuning.find(&choices) else { continue };
        let (repeated, most) = (tuning.candidates[index].trials() >= ROUNDS, tuning.limit() + TOO_DEAR);
        let bad = effect(tuning, number).is_some_and(|(anon, cpu)| anon > TOO_LITTLE || (repeated && cpu > most));
        if bad && tuning.choices[number].brings.is_none() {
            tuning.candidates[index].pruned = true;
        }
    }
}
