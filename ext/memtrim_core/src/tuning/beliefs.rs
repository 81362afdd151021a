//! What all trials together say of a combination, tried or not.

use super::candidate::{ANON, CPU};
use super::Tuning;
use crate::statistics::{mean, variance, Additive, Belief, Group, Spread};
use std::collections::BTreeMap;

/// Standard deviations of logarithms of ratios. Of what a choice changes, and of what the choices of a candidate change
/// beyond their sum: few levers change memory by more than 20 % or CPU by more than 10 %, and most add up to within 2 %.
const ANON_SPREAD: Spread = Spread { part: 0.1, together: 0.02, noise: 0.02 };
const CPU_SPREAD: Spread = Spread { part: 0.05, together: 0.015, noise: 0.03 };
/// Of a trial, where next to none was seen: none is a belief that nothing can change.
const LEAST_NOISE: f64 = 0.005;
/// Degrees of freedom from which on the trials' own noise is known well enough.
const ENOUGH: usize = 5;

/// A combination's effects, as logarithms of ratios to the app as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    pub anon: Belief,
    pub cpu: Belief,
}

impl Effects {
    /// As good as they may well be: for what is worth another trial.
    pub fn at_best(&self) -> Self {
        let better = |it: &Belief| Belief { mean: it.mean - it.sd, ..*it };
        Effects { anon: better(&self.anon), cpu: better(&self.cpu) }
    }
}

pub struct Beliefs {
    anon: Figure,
    cpu: Figure,
}

/// Of a figure: the model of it, and what it was made from.
struct Figure {
    noise: f64,
    model: Additive,
    groups: BTreeMap<Vec<usize>, Group>,
}

impl Beliefs {
    pub fn of(tuning: &Tuning) -> Self {
        let stock = tuning.candidates[0].mean(ANON).unwrap_or(0.0);
        let sound = |bytes: &f64| *bytes > 0.0 && stock > 0.0;
        // Memory does not depend on what else the machine does: all trials of the app as it is serve to compare with.
        let anon = |index: usize| {
            let own = tuning.candidates[index].figures(ANON);
            own.into_iter().filter(sound).map(|bytes| (bytes / stock).ln()).collect()
        };
        let cpu = |index: usize| tuning.candidates[index].ratios(CPU, 0);
        Beliefs { anon: Figure::of(tuning, anon, ANON_SPREAD), cpu: Figure::of(tuning, cpu, CPU_SPREAD) }
    }

    /// What a choice adds: (memory, CPU).
    pub fn choice(&self, number: usize) -> (f64, f64) {
        (self.anon.model.effect(number), self.cpu.model.effect(number))
    }

    /// Standard deviation of a pair's ratio of CPU.
    pub fn cpu_noise(&self) -> f64 {
        self.cpu.noise
    }

    pub fn combination(&self, choices: &[usize]) -> Effects {
        Effects { anon: self.anon.belief(choices), cpu: self.cpu.belief(choices) }
    }
}

impl Figure {
    /// `values`: of a candidate's trials.
    fn of(tuning: &Tuning, values: impl Fn(usize) -> Vec<f64>, spread: Spread) -> Self {
        let sound = (1..tuning.candidates.len()).filter(|index| tuning.candidates[*index].failure().is_none());
        let samples: Vec<(usize, Vec<f64>)> = sound.map(|index| (index, values(index))).collect();
        let noise = noise(samples.iter().map(|(_, values)| &values[..])).unwrap_or(spread.noise).max(LEAST_NOISE);
        let group = |(index, values): (usize, Vec<f64>)| {
            let parts = tuning.candidates[index].choices.clone();
            Some(Group { parts, mean: mean(&values)?, count: values.len() })
        };
        let groups: Vec<Group> = samples.into_iter().filter_map(group).collect();
        let model = Additive::fit(tuning.choices.len(), &groups, Spread { noise, ..spread });
        Figure { noise, model, groups: groups.into_iter().map(|group| (group.parts.clone(), group)).collect() }
    }

    fn belief(&self, choices: &[usize]) -> Belief {
        match self.groups.get(choices) {
            Some(group) => self.model.estimate(group),
            None => self.model.predict(choices),
        }
    }
}

/// Standard deviation within samples, pooled. None where there is too little to tell.
fn noise<'a>(samples: impl Iterator<Item = &'a [f64]>) -> Option<f64> {
    let (mut squares, mut freedom) = (0.0, 0);
    for values in samples {
        if let Some(variance) = variance(values) {
            squares += variance * (values.len() - 1) as f64;
            freedom += values.len() - 1;
        }
    }
    (freedom >= ENOUGH).then(|| (squares / freedom as f64).sqrt())
}
