//! `ShowcaseMemtrim::Trials`: an experiment that says which boots to run, and what they showed.

use crate::arguments::{parse, refuse};
use magnus::prelude::*;
use magnus::{function, method, Error, RModule, Ruby};
use memtrim_core::experiment::{Experiment, What};
use memtrim_core::misuse::Misuse;
use memtrim_core::proof::{Header, Proof};
use memtrim_core::render;
use std::cell::RefCell;

/// Nothing here calls into Ruby while the experiment is borrowed, so it is never borrowed twice.
#[magnus::wrap(class = "ShowcaseMemtrim::Trials", free_immediately, size)]
struct Trials(RefCell<Experiment>);

pub fn define(ruby: &Ruby, module: RModule) -> Result<(), Error> {
    let class = module.define_class("Trials", ruby.class_object())?;
    class.define_singleton_method("new", function!(new, 1))?;
    class.define_method("add_variant", method!(Trials::add_variant, 1))?;
    class.define_method("add_trial", method!(Trials::add_trial, 2))?;
    class.define_method("wanted", method!(Trials::wanted, 1))?;
    class.define_method("remaining", method!(Trials::remaining, 1))?;
    class.define_method("base_failure", method!(Trials::base_failure, 0))?;
    class.define_method("boots?", method!(Trials::boots, 1))?;
    class.define_method("summary", method!(Trials::summary, 1))?;
    class.define_method("render", method!(Trials::render, 3))
}

/// From the plan as JSON; `{}` is the plan that suits most apps. Raises ArgumentError for one that can't be
/// followed.
fn new(ruby: &Ruby, plan: String) -> Result<Trials, Error> {
    let experiment = Experiment::new(parse(ruby, "plan", &plan)?).map_err(|misuse| refuse(ruby, &misuse))?;
    Ok(Trials(RefCell::new(experiment)))
}

fn number(ruby: &Ruby, index: i64) -> Result<usize, Error> {
    usize::try_from(index).map_err(|_| refuse(ruby, &Misuse(format!("no variant {index}: they count from 0"))))
}

impl Trials {
    /// The number of the variant, given as JSON. The first one is the base, number 0.
    fn add_variant(ruby: &Ruby, trials: &Trials, json: String) -> Result<usize, Error> {
        let variant = parse(ruby, "variant", &json)?;
        trials.0.borrow_mut().add_variant(variant).map_err(|misuse| refuse(ruby, &misuse))
    }

    fn add_trial(ruby: &Ruby, trials: &Trials, index: i64, json: String) -> Result<(), Error> {
        let (index, trial) = (number(ruby, index)?, parse(ruby, "trial", &json)?);
        trials.0.borrow_mut().add_trial(index, trial).map_err(|misuse| refuse(ruby, &misuse))
    }

    /// Numbers of the variants to run next, `held` (counted) or `resident` (uncounted) trials, one for each trial;
    /// empty when there is nothing more to learn.
    fn wanted(ruby: &Ruby, trials: &Trials, what: String) -> Result<Vec<usize>, Error> {
        let what = What::parse(&what).map_err(|misuse| refuse(ruby, &misuse))?;
        Ok(trials.0.borrow_mut().wanted(what))
    }

    /// About how many trials are still to come.
    fn remaining(ruby: &Ruby, trials: &Trials, what: String) -> Result<usize, Error> {
        let what = What::parse(&what).map_err(|misuse| refuse(ruby, &misuse))?;
        Ok(trials.0.borrow().remaining(what))
    }

    /// Why there is nothing to compare with; nil while the base boots.
    fn base_failure(&self) -> Option<String> {
        self.0.borrow().base_failure()
    }

    /// nil while that is not known.
    fn boots(ruby: &Ruby, trials: &Trials, index: i64) -> Result<Option<bool>, Error> {
        trials.0.borrow().boots(number(ruby, index)?).map_err(|misuse| refuse(ruby, &misuse))
    }

    /// What is known of one variant, as JSON.
    fn summary(ruby: &Ruby, trials: &Trials, index: i64) -> Result<String, Error> {
        let summary = trials.0.borrow().summary(number(ruby, index)?).map_err(|misuse| refuse(ruby, &misuse))?;
        serde_json::to_string(&summary).map_err(|error| refuse(ruby, &Misuse(error.to_string())))
    }

    /// The proof as `json`, or as text of at most `width` columns. The header as JSON says what the boots were of.
    fn render(ruby: &Ruby, trials: &Trials, format: String, width: usize, header: String) -> Result<String, Error> {
        let header: Header = parse(ruby, "header", &header)?;
        let proof = Proof::new(&trials.0.borrow(), header);
        Ok(match format.as_str() {
            "json" => proof.to_json(),
            _ => render::proof(&proof, width),
        })
    }
}
