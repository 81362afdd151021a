//! Values of several levers together.

use super::beliefs::{Beliefs, Effects};
use super::plan::Allocator;
use super::prospect::{gain, LINE};
use super::screen::alone;
use super::Tuning;
use crate::statistics::Belief;
use std::collections::{BTreeMap, BTreeSet};

/// Values of a lever, and levers, that are combined at most: 3^7 combinations are quickly ranked.
const VALUES: usize = 2;
const LEVERS: usize = 7;
/// Logarithm of a ratio: what adds less than 1 % of memory saved is only one more setting.
const WORTH_COMBINING: f64 = 0.01;
/// Memory that CPU is weighed with when there are too many values or levers, both as logarithms.
const PRICE: f64 = 1.5;
/// Combinations that are tried at a time.
const ROUND: usize = 4;
/// Combinations that are looked at closely; the others' sums are too bad for that.
const CLOSELY: usize = 100;
/// Before they are: the standard deviation of CPU that stands for each one's own, and pairs of a confirmation.
const ROUGHLY: f64 = 0.02;
const PAIRS: usize = 16;

/// A lever's value with what it adds: (number, memory, CPU).
type Value = (usize, f64, f64);

/// A trial of each of those that promise most, tried before or not: every one tells of all others that share a choice.
pub fn wanted(tuning: &mut Tuning, affordable: usize, planned: usize) -> Vec<usize> {
    let prospect = tuning.prospect(planned);
    let list = ranked(tuning, |beliefs, choices| {
        let effects = beliefs.combination(choices).at_best();
        prospect.value(&effects, choices.len(), 0.0)
    });
    let best = list.into_iter().filter(|choices| choices.len() > 1 || tuning.find(choices).is_some());
    let best: Vec<Vec<usize>> = best.take(ROUND.min(affordable)).collect();
    best.into_iter().map(|choices| tuning.find_or_add(choices)).collect()
}

/// All combinations worth it, and what was tried, best first; none of what failed or was rejected.
pub fn ranked(tuning: &Tuning, value: impl Fn(&Beliefs, &[usize]) -> Option<f64>) -> Vec<Vec<usize>> {
    let beliefs = Beliefs::of(tuning);
    let mut list: BTreeSet<Vec<usize>> = promising(tuning, &beliefs).into_iter().collect();
    list.extend(tuning.candidates[1..].iter().filter(|it| it.trials() > 0).map(|it| it.choices.clone()));
    let open = |choices: &[usize]| {
        let known = tuning.find(choices).map(|index| &tuning.candidates[index]);
        known.is_none_or(|it| it.failure().is_none() && !it.rejected && !it.pruned)
    };
    let mut list: Vec<(Vec<usize>, f64)> = list
        .into_iter()
        .filter(|choices| open(choices))
        .filter_map(|choices| value(&beliefs, &choices).map(|value| (choices, value)))
        .collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list.into_iter().map(|(choices, _)| choices).collect()
}

/// Combinations whose sums are best.
fn promising(tuning: &Tuning, beliefs: &Beliefs) -> Vec<Vec<usize>> {
    let prospect = tuning.prospect(PAIRS);
    let rough = |mean: f64| Belief { mean, sd: ROUGHLY };
    let value = |(choices, anon, cpu): &(Vec<usize>, f64, f64)| {
        prospect.value(&Effects { anon: rough(*anon), cpu: rough(*cpu) }, choices.len(), 0.0)
    };
    let all = all(tuning, beliefs).into_iter();
    let mut list: Vec<_> = all.filter_map(|it| value(&it).map(|value| (it.0, value))).collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list.into_iter().take(CLOSELY).map(|(choices, _)| choices).collect()
}

/// All combinations of the levers' values that go together, with what they add up to: those under the app's own
/// allocator, and those under each that is brought.
fn all(tuning: &Tuning, beliefs: &Beliefs) -> Vec<(Vec<usize>, f64, f64)> {
    let values = values(tuning, beliefs);
    let mut list = under(tuning, &values, tuning.plan.allocator, (Vec::new(), 0.0, 0.0));
    for (number, choice) in tuning.choices.iter().enumerate().filter(|(number, _)| works(tuning, *number)) {
        if let Some(allocator) = choice.brings {
            let (anon, cpu) = beliefs.choice(number);
            list.extend(under(tuning, &values, allocator, (vec![number], anon, cpu)));
        }
    }
    list.retain(|(choices, _, _)| !choices.is_empty());
    list
}

/// Of each lever the values that may be worth combining, best first; the levers with the best ones first. What brings an
/// allocator is none of them.
fn values(tuning: &Tuning, beliefs: &Beliefs) -> Vec<Vec<Value>> {
    let mut levers: BTreeMap<(&str, bool), Vec<Value>> = BTreeMap::new();
    for (number, choice) in tuning.choices.iter().enumerate().filter(|(_, choice)| choice.brings.is_none()) {
        let (anon, cpu) = beliefs.choice(number);
        if gain_of_choice(beliefs, number) > WORTH_COMBINING && works(tuning, number) {
            let family = choice.under == Some(Allocator::Jemalloc);
            levers.entry((&choice.lever, family)).or_default().push((number, anon, cpu));
        }
    }
    let mut list: Vec<Vec<Value>> = levers.into_values().collect();
    let price = |it: &Value| it.1 + PRICE * it.2.max(0.0);
    for values in &mut list {
        values.sort_by(|a, b| price(a).total_cmp(&price(b)));
        values.truncate(VALUES);
    }
    list.sort_by(|a, b| price(&a[0]).total_cmp(&price(&b[0])));
    list
}

fn gain_of_choice(beliefs: &Beliefs, number: usize) -> f64 {
    let (anon, cpu) = beliefs.choice(number);
    gain(anon, cpu)
}

/// No choice is a passenger: one more that gains nothing can look well for a while, with others' luck. What brings an
/// allocator need not help by itself.
pub fn all_help(tuning: &Tuning, beliefs: &Beliefs, choices: &[usize]) -> bool {
    let helps = |number: usize| gain_of_choice(beliefs, number) > LINE;
    choices.iter().all(|number| tuning.choices[*number].brings.is_some() || helps(*number))
}

/// Tried by itself, and neither failed nor did badly.
fn works(tuning: &Tuning, number: usize) -> bool {
    let index = tuning.find(&alone(&tuning.choices, number, tuning.plan.allocator));
    let tried = index.map(|index| &tuning.candidates[index]).filter(|it| it.trials() > 0);
    tried.is_some_and(|it| it.failure().is_none() && !it.pruned)
}

fn under(
    tuning: &Tuning,
    levers: &[Vec<Value>],
    allocator: Allocator,
    with: (Vec<usize>, f64, f64),
) -> Vec<(Vec<usize>, f64, f64)> {
    let fits = |it: &Value| tuning.choices[it.0].under.is_none_or(|under| under == allocator);
    let mut list = vec![with];
    for values in levers.iter().filter(|values| fits(&values[0])).take(LEVERS) {
        let more: Vec<_> = list
            .iter()
            .flat_map(|(choices, anon, cpu)| {
                values.iter().map(move |value| {
                    let mut longer = choices.clone();
                    longer.push(value.0);
                    longer.sort_unstable();
                    (longer, anon + value.1, cpu + value.2)
                })
            })
            .collect();
        list.extend(more);
    }
    list
}
