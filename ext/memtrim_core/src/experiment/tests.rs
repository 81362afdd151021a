//! The rules on trials written out by hand, and the stopping rule on simulated ones.

use super::*;
use crate::statistics::random::Random;
use std::collections::BTreeMap;

fn variant(name: &str) -> Variant {
    let kind = if name == "base" { Kind::Base } else { Kind::Gem };
    Variant { name: name.into(), kind, members: Vec::new(), predicted_bytes: None, together: false }
}

fn experiment(names: &[&str]) -> Experiment {
    let mut experiment = Experiment::new(Plan::default()).unwrap();
    names.iter().for_each(|name| {
        experiment.add_variant(variant(name)).unwrap();
    });
    experiment
}

fn booted(what: What, figures: &[(&str, f64)]) -> Trial {
    let figures: BTreeMap<String, f64> = figures.iter().map(|(name, figure)| (name.to_string(), *figure)).collect();
    Trial { counted: what == What::Held, kept: false, outcome: Outcome::Booted(figures) }
}

fn held(bytes: f64) -> Trial {
    booted(What::Held, &[("held_bytes", bytes)])
}

fn anon(bytes: f64) -> Trial {
    booted(What::Resident, &[("anon_bytes", bytes)])
}

fn failed(error: &str) -> Trial {
    let line = Some("config/application.rb:7".to_string());
    Trial { counted: true, kept: false, outcome: Outcome::Failed { error: error.into(), line } }
}

impl Experiment {
    fn with(mut self, index: usize, trials: impl IntoIterator<Item = Trial>) -> Self {
        trials.into_iter().for_each(|trial| self.add_trial(index, trial).unwrap());
        self
    }
}

#[test]
fn trials_are_read_from_json() {
    let read = |json: &str| serde_json::from_str::<Trial>(json);
    let trial =
        read(r#"{"counted":false,"figures":{"anon_bytes":1.5,"pss_bytes":null},"measured_at":"…","kept":true}"#);
    let Trial { counted: false, kept: true, outcome: Outcome::Booted(figures) } = trial.unwrap() else { panic!() };
    assert_eq!(figures.into_iter().collect::<Vec<_>>(), [("anon_bytes".to_string(), 1.5)]);
    assert!(read(r#"{"counted":true,"error":"NameError: X"}"#).is_ok());
    assert!(read(r#"{"counted":true}"#).is_err());
    assert!(read(r#"{"counted":true,"figures":{},"error":"both"}"#).is_err());
    assert!(serde_json::from_str::<Plan>(r#"{"traget_bytes":1}"#).is_err());
    assert!(Experiment::new(serde_json::from_str(r#"{"min_trials":1}"#).unwrap()).is_err());
}

#[test]
fn the_base_comes_first_and_once() {
    let mut experiment = Experiment::new(Plan::default()).unwrap();
    assert!(experiment.add_variant(variant("oj")).is_err());
    assert_eq!(experiment.add_variant(variant("base")), Ok(0));
    assert!(experiment.add_variant(variant("base")).is_err());
    assert_eq!(experiment.add_variant(variant("oj")), Ok(1));
    assert!(experiment.add_trial(2, held(1.0)).is_err());
    assert!(experiment.summary(usize::MAX).is_err());
    assert!(Experiment::new(Plan::default()).unwrap().wanted(What::Resident).is_empty());
}

#[test]
fn held_bytes_take_two_trials_and_more_where_they_differ() {
    let mut it = experiment(&["base", "oj", "jwt"]);
    assert_eq!(it.wanted(What::Held), [0, 0, 0, 0, 1, 1, 2, 2]);
    it = it.with(0, [held(9e6), held(9e6), held(9e6), held(9e6)]);
    it = it.with(1, [held(8e6), held(8.01e6)]).with(2, [held(7e6), held(7.1e6)]);
    assert_eq!(it.wanted(What::Held), [2]);
    it = it.with(2, [held(7.02e6)]);
    assert_eq!((it.wanted(What::Held), it.remaining(What::Held)), (vec![2], 1));
    it = it.with(2, [held(7e6), held(7e6)]);
    assert!(it.wanted(What::Held).is_empty());
    let saved = |index| it.summary(index).unwrap().held_saved_bytes;
    assert_eq!([saved(0), saved(1), saved(2)], [None, Some(995_000), Some(2_000_000)]);
}

#[test]
fn a_failure_is_tried_again() {
    let mut it = experiment(&["base", "oj"]).with(0, [held(1.0), held(1.0), held(1.0), held(1.0)]);
    it = it.with(1, [failed("NameError: X")]);
    assert_eq!((it.wanted(What::Held), it.boots(1)), (vec![1], Ok(None)));

    let always = it.clone().with(1, [failed("NameError: X")]);
    let summary = always.summary(1).unwrap();
    assert_eq!((summary.boots, summary.error.as_deref()), (Some(false), Some("NameError: X")));
    assert_eq!(summary.line.as_deref(), Some("config/application.rb:7"));

    let mut sometimes = it.with(1, [held(1.0)]);
    assert!(sometimes.wanted(What::Held).contains(&1));
    sometimes = sometimes.with(1, [held(1.0)]);
    assert_eq!(sometimes.wanted(What::Held), [0; 8], "is it the app itself that boots only sometimes?");
    sometimes =
        sometimes.with(0, [held(1.0), held(1.0), held(1.0), held(1.0), held(1.0), held(1.0), held(1.0), held(1.0)]);
    assert!(sometimes.wanted(What::Held).is_empty() && sometimes.wanted(What::Resident).is_empty());
    let summary = sometimes.summary(1).unwrap();
    assert_eq!((summary.boots, summary.held_bytes, summary.held_saved_bytes), (Some(false), None, None));
    assert_eq!(summary.error.as_deref(), Some("boots only sometimes: 1 of 3 boots failed: NameError: X"));
}

#[test]
fn without_a_base_there_is_nothing_to_compare() {
    let mut it = experiment(&["base", "oj"]).with(0, [held(1.0), failed("Errno::ECONNREFUSED")]);
    assert_eq!(it.wanted(What::Held), [0]);
    it = it.with(0, [held(1.0)]);
    assert!(it.wanted(What::Held).is_empty());
    assert_eq!(it.remaining(What::Resident), 0);
    let said = it.base_failure().unwrap();
    assert_eq!(said, "boots only sometimes: 1 of 3 boots failed: Errno::ECONNREFUSED (config/application.rb:7)");
}

#[test]
fn resident_trials_come_in_rounds() {
    let mut it = experiment(&["base", "a", "b", "c", "d", "e"]);
    it = it.with(5, [failed("X"), failed("X")]);
    // Four that boot: the base twice as often.
    assert_eq!(it.wanted(What::Resident), [1, 2, 3, 4, 0, 0]);
    for _ in 0..8 {
        let round = it.wanted(What::Resident);
        assert_eq!(round, [1, 2, 3, 4, 0, 0]);
        round.into_iter().for_each(|index| it.add_trial(index, anon(1e8)).unwrap());
    }
    assert!(it.wanted(What::Resident).is_empty());
    let summary = it.summary(1).unwrap();
    assert_eq!((summary.stopped, summary.anon_interval), (Some(Stop::Narrow), Some(Range { low: 0, high: 0 })));
    assert_eq!((summary.trials, it.summary(0).unwrap().trials, it.summary(0).unwrap().stopped), (8, 16, None));
}

/// Counted trials pay for the counter with memory of their own.
#[test]
fn resident_figures_come_from_uncounted_trials_only() {
    let both = |what, held: f64, anon: f64| booted(what, &[("held_bytes", held), ("anon_bytes", anon)]);
    let few = experiment(&["base", "oj"])
        .with(0, [both(What::Held, 5e6, 1e9)])
        .with(0, (0..8).map(|_| both(What::Resident, 1e9, 8e6)))
        .with(1, [both(What::Held, 4e6, 2e9)])
        .with(1, (0..7).map(|_| both(What::Resident, 3e9, 6e6)));
    let saved = |it: &Experiment| it.summary(1).map(|it| (it.held_saved_bytes, it.anon_saved_bytes)).unwrap();
    assert_eq!(saved(&few), (Some(1_000_000), None), "not enough of them to tell");
    let enough = few.with(1, [both(What::Resident, 3e9, 6e6)]);
    assert_eq!(saved(&enough), (Some(1_000_000), Some(2_000_000)));
}

#[test]
fn trials_kept_from_an_earlier_run_count() {
    let kept = |bytes: f64| Trial { kept: true, ..anon(bytes) };
    let values = [1e8, 1.001e8, 0.999e8];
    let mut it = experiment(&["base", "oj"])
        .with(1, (0..10).map(|index| kept(values[index % 3] - 2e6)))
        .with(0, (0..10).map(|index| kept(values[index % 3])));
    assert!(it.wanted(What::Resident).is_empty(), "narrow already");
    let summary = it.summary(1).unwrap();
    assert_eq!((summary.trials, summary.kept_trials, summary.stopped), (10, 10, Some(Stop::Narrow)));
}

#[test]
fn what_varies_too_much_is_given_up() {
    for (step, stopped, trials) in [(2e5, Stop::Narrow, 8), (2e6, Stop::Limit, 40), (2e7, Stop::Hopeless, 8)] {
        let mut it = experiment(&["base", "oj"]);
        let mut made = 0;
        loop {
            let round = it.wanted(What::Resident);
            assert_eq!(it.remaining(What::Resident) == 0, round.is_empty());
            if round.is_empty() {
                break;
            }
            for index in round {
                made += 1;
                it.add_trial(index, anon(1e8 + step * f64::from(made / 2 % 2))).unwrap();
            }
        }
        let summary = it.summary(1).unwrap();
        assert_eq!((summary.stopped, summary.trials), (Some(stopped), trials));
    }
}

struct Outcomes {
    /// Share of variants whose interval held the truth when their trials ended.
    held_the_truth: f64,
    trials_of_a_variant: f64,
    narrow: f64,
}

/// Experiments with some variants of which each truly saves `saved` bytes, on trials that vary by about `sd`.
fn simulate(rounds: u64, saved: f64, sd: f64, draw: fn(&mut Random) -> f64) -> Outcomes {
    let names = ["base", "a", "b", "c"];
    let (mut hits, mut trials, mut narrow) = (0, 0, 0);
    for seed in 0..rounds {
        let mut random = Random::new(seed);
        let mut it = experiment(&names);
        loop {
            let round = it.wanted(What::Resident);
            if round.is_empty() {
                break;
            }
            for index in random.shuffled(round) {
                let truth = if index == 0 { 1e8 } else { 1e8 - saved };
                it.add_trial(index, anon(truth + sd * draw(&mut random))).unwrap();
            }
        }
        for index in 1..names.len() {
            let summary = it.summary(index).unwrap();
            let range = summary.anon_interval.unwrap();
            hits += usize::from((range.low..=range.high).contains(&(saved as i64)));
            narrow += usize::from(summary.stopped == Some(Stop::Narrow));
            trials += summary.trials;
        }
    }
    let all = rounds as f64 * 3.0;
    Outcomes {
        held_the_truth: hits as f64 / all,
        trials_of_a_variant: trials as f64 / all,
        narrow: narrow as f64 / all,
    }
}

/// Two boots of the same app differ by chance alone: at most one in twenty such comparisons may say otherwise,
/// although each was stopped when it looked best.
#[test]
fn the_same_is_not_told_apart() {
    for draw in [Random::normal, Random::lognormal, Random::steps] {
        assert!(simulate(100, 0.0, 8e5, draw).held_the_truth >= 0.95);
    }
}

#[test]
fn a_saving_is_found_with_fewer_trials_the_less_boots_vary() {
    let calm = simulate(60, 2e6, 3e5, Random::normal);
    let noisy = simulate(60, 2e6, 9e5, Random::normal);
    assert!(calm.held_the_truth >= 0.95 && noisy.held_the_truth >= 0.95);
    assert!(calm.narrow > 0.98 && calm.trials_of_a_variant < 10.0);
    assert!(noisy.trials_of_a_variant > 24.0 && noisy.trials_of_a_variant <= 40.0);
}
