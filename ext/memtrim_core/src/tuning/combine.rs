//! Values of several levers together.

use super::plan::Allocator;
use super::screen::effect;
use super::Tuning;
use std::collections::{BTreeMap, BTreeSet};

/// Values of a lever, and levers, that are combined at most: 3^9 combinations are quickly ranked.
const VALUES: usize = 2;
const LEVERS: usize = 9;
/// Logarithm of a ratio: what saves less than 2 % of the memory by itself may be chance, and others' luck.
const WORTH_COMBINING: f64 = -0.02;
/// Combinations that are tried at first, and neighbours of the best one at a time.
const FIRST: usize = 8;
const NEIGHBOURS: usize = 4;
/// Trials of a combination before it is judged, and of those that lead.
const TRIALS: usize = 3;
const OF_LEADERS: usize = 6;
const LEADERS: usize = 3;

/// Choices with what they change by themselves: (number, memory, CPU).
type Effect = (usize, f64, f64);

/// The next trials: of what has too few, then of the leaders, then of new combinations.
pub fn wanted(tuning: &mut Tuning, affordable: usize) -> Vec<usize> {
    if affordable == 0 {
        return Vec::new();
    }
    let combinations = (1..tuning.candidates.len()).filter(|index| tuning.candidates[*index].choices.len() > 1);
    let mut list = more(tuning, combinations.filter(|index| !tuning.candidates[*index].pruned).collect(), TRIALS);
    let any = tuning.candidates.iter().any(|it| counted(tuning, &it.choices) > 1);
    if list.is_empty() && any {
        list = more(tuning, leaders(tuning), OF_LEADERS);
    }
    if list.is_empty() {
        let room = affordable.div_ceil(TRIALS);
        let new: Vec<usize> = proposals(tuning, room).into_iter().map(|choices| tuning.add(choices)).collect();
        list = more(tuning, new, TRIALS);
    }
    list.truncate(affordable);
    list
}

/// Those that have had fewer trials than this, as often as they lack them.
fn more(tuning: &Tuning, list: Vec<usize>, trials: usize) -> Vec<usize> {
    let lack = |index: usize| match tuning.candidates[index].failure() {
        None => trials.saturating_sub(tuning.candidates[index].trials()),
        Some(_) => 0,
    };
    list.into_iter().flat_map(|index| vec![index; lack(index)]).collect()
}

/// Those that are best and those that may be yet, all of them with two trials or more; the best one first.
fn leaders(tuning: &Tuning) -> Vec<usize> {
    let best = ranked(tuning, |index| tuning.score(index)).into_iter().take(LEADERS);
    let mut list: Vec<usize> = best.collect();
    for index in ranked(tuning, |index| tuning.promise(index)).into_iter().take(LEADERS) {
        if !list.contains(&index) {
            list.push(index);
        }
    }
    list
}

/// The best one so far; of those with few trials the luckiest is rarely that.
pub fn best_so_far(tuning: &Tuning) -> Option<usize> {
    let most = tuning.candidates[1..].iter().map(|it| it.trials()).max()?.min(OF_LEADERS);
    let list = ranked(tuning, |index| tuning.score(index));
    list.iter().find(|index| tuning.candidates[**index].trials() >= most).or(list.first()).copied()
}

fn ranked(tuning: &Tuning, score: impl Fn(usize) -> Option<f64>) -> Vec<usize> {
    let mut list: Vec<(usize, f64)> = (1..tuning.candidates.len())
        .filter(|index| tuning.candidates[*index].trials() >= TRIALS)
        .filter_map(|index| score(index).filter(|score| *score > 0.0).map(|score| (index, score)))
        .collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list.into_iter().map(|(index, _)| index).collect()
}

/// New combinations: those that should be best when there are none yet, else neighbours of the best one.
fn proposals(tuning: &Tuning, room: usize) -> Vec<Vec<usize>> {
    let effects = effects(tuning);
    let tried: BTreeSet<&Vec<usize>> = tuning.candidates.iter().map(|it| &it.choices).collect();
    let any = tuning.candidates.iter().any(|it| counted(tuning, &it.choices) > 1);
    let mut list = match leaders(tuning).first() {
        Some(best) if any => neighbours(tuning, &effects, &tuning.candidates[*best].choices),
        _ => best(tuning, &effects),
    };
    list.retain(|choices| !tried.contains(choices) && counted(tuning, choices) > 1);
    list.truncate(room.min(if any { NEIGHBOURS } else { FIRST }));
    list
}

/// Levers pulled, an allocator that only its setting needs not among them.
fn counted(tuning: &Tuning, choices: &[usize]) -> usize {
    let needed =
        choices.iter().any(|number| tuning.choices[*number].under.is_some_and(|it| it != tuning.plan.allocator));
    choices.len() - usize::from(needed)
}

/// Of each lever the values that may be worth combining, best first; the levers with the best ones first. What brings an
/// allocator is none of them.
fn effects(tuning: &Tuning) -> Vec<Vec<Effect>> {
    let mut levers: BTreeMap<(String, bool), Vec<Effect>> = BTreeMap::new();
    for (number, choice) in tuning.choices.iter().enumerate().filter(|(_, choice)| choice.brings.is_none()) {
        if let Some((anon, cpu)) = effect(tuning, number).filter(|(anon, _)| *anon < WORTH_COMBINING) {
            let family = choice.under == Some(Allocator::Jemalloc);
            levers.entry((choice.lever.clone(), family)).or_default().push((number, anon, cpu));
        }
    }
    let mut list: Vec<Vec<Effect>> = levers.into_values().collect();
    let worth = |it: &Effect| tuning.worth(it.1, it.2);
    for values in &mut list {
        values.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        values.truncate(VALUES);
    }
    list.sort_by(|a, b| worth(&b[0]).total_cmp(&worth(&a[0])));
    list
}

/// All combinations of the levers' values that go together, with what they should change: those under the app's own
/// allocator, and those under each that is brought.
fn all(tuning: &Tuning, effects: &[Vec<Effect>]) -> Vec<(Vec<usize>, f64, f64)> {
    let mut list = under(tuning, effects, tuning.plan.allocator, (Vec::new(), 0.0, 0.0));
    for (number, choice) in tuning.choices.iter().enumerate() {
        if let Some((allocator, (anon, cpu))) = choice.brings.zip(effect(tuning, number)) {
            list.extend(under(tuning, effects, allocator, (vec![number], anon, cpu)));
        }
    }
    list
}

fn under(
    tuning: &Tuning,
    effects: &[Vec<Effect>],
    allocator: Allocator,
    with: (Vec<usize>, f64, f64),
) -> Vec<(Vec<usize>, f64, f64)> {
    let fits = |it: &Effect| tuning.choices[it.0].under.is_none_or(|under| under == allocator);
    let mut list = vec![with];
    for values in effects.iter().filter(|values| fits(&values[0])).take(LEVERS) {
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

/// The best ones for different prices, since what effects add up to is only about right: free, within the aim, within the
/// limit, and a little beyond it. Of each price also the best one of each allocator.
fn best(tuning: &Tuning, effects: &[Vec<Effect>]) -> Vec<Vec<usize>> {
    let mut all = all(tuning, effects);
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    let limit = (1.0 + tuning.plan.cpu_limit).ln();
    let mut list: Vec<Vec<usize>> = Vec::new();
    for nth in 0..2 {
        for price in [tuning.aim(), 0.0, limit, limit + 0.04, limit + 0.08] {
            for foreign in [false, true] {
                let fitting = all.iter().filter(|it| it.2 <= price && brings(tuning, &it.0) == foreign);
                list.extend(fitting.map(|it| it.0.clone()).filter(|it| !list.contains(it)).nth(nth));
            }
        }
    }
    list
}

fn brings(tuning: &Tuning, choices: &[usize]) -> bool {
    choices.iter().any(|number| tuning.choices[*number].brings.is_some())
}

/// One lever more, less, or otherwise; those that should be best first.
fn neighbours(tuning: &Tuning, effects: &[Vec<Effect>], centre: &[usize]) -> Vec<Vec<usize>> {
    let differing = |choices: &[usize]| {
        let (ours, its): (BTreeSet<_>, BTreeSet<_>) = (centre.iter().collect(), choices.iter().collect());
        let levers: BTreeSet<&str> =
            ours.symmetric_difference(&its).map(|number| tuning.choices[**number].lever.as_str()).collect();
        levers.len()
    };
    let mut list = all(tuning, effects);
    list.retain(|(choices, _, _)| brings(tuning, choices) == brings(tuning, centre) && differing(choices) == 1);
    list.sort_by(|a, b| tuning.worth(b.1, b.2).total_cmp(&tuning.worth(a.1, a.2)));
    list.into_iter().map(|(choices, _, _)| choices).collect()
}
