//! `ShowcaseMemtrim::Tuning`: a search for settings that says which trials to run, and what they showed.

use crate::arguments::{parse, refuse};
use magnus::prelude::*;
use magnus::{function, method, Error, RModule, Ruby};
use memtrim_core::experiment::Trial;
use memtrim_core::misuse::Misuse;
use memtrim_core::render;
use memtrim_core::tuning::{Answer, Change, Header};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// Nothing here calls into Ruby while the search is borrowed, so it is never borrowed twice.
#[magnus::wrap(class = "ShowcaseMemtrim::Tuning", free_immediately, size)]
struct Tuning(RefCell<memtrim_core::tuning::Tuning>);

/// Two trials side by side, and the seconds that they took together.
#[derive(Deserialize)]
struct Pair {
    own: Option<Trial>,
    stock: Option<Trial>,
    took: Option<f64>,
}

#[derive(Serialize)]
struct Candidate {
    name: String,
    #[serde(flatten)]
    change: Change,
}

pub fn define(ruby: &Ruby, module: RModule) -> Result<(), Error> {
    let class = module.define_class("Tuning", ruby.class_object())?;
    class.define_singleton_method("new", function!(new, 1))?;
    class.define_method("wanted", method!(Tuning::wanted, 1))?;
    class.define_method("candidate", method!(Tuning::candidate, 1))?;
    class.define_method("add_pair", method!(Tuning::add_pair, 2))?;
    class.define_method("base_failure", method!(Tuning::base_failure, 0))?;
    class.define_method("phase", method!(Tuning::phase, 0))?;
    class.define_method("jobs", method!(Tuning::jobs, 0))?;
    class.define_method("winner", method!(Tuning::winner, 0))?;
    class.define_method("verdict", method!(Tuning::verdict, 0))?;
    class.define_method("render", method!(Tuning::render, 3))
}

/// From the plan as JSON. Raises ArgumentError for one that can't be followed.
fn new(ruby: &Ruby, plan: String) -> Result<Tuning, Error> {
    let tuning =
        memtrim_core::tuning::Tuning::new(parse(ruby, "plan", &plan)?).map_err(|misuse| refuse(ruby, &misuse))?;
    Ok(Tuning(RefCell::new(tuning)))
}

fn number(ruby: &Ruby, index: i64) -> Result<usize, Error> {
    usize::try_from(index).map_err(|_| refuse(ruby, &Misuse(format!("no candidate {index}: they count from 0"))))
}

impl Tuning {
    /// Numbers of the candidates to try next, each beside the app as it is, one for each pair of trials, {#jobs} pairs
    /// at once; empty when there is nothing more to learn or no time for it. 0 is the app as it is.
    fn wanted(&self, seconds_left: f64) -> Vec<usize> {
        self.0.borrow_mut().wanted(seconds_left)
    }

    /// What to set, as JSON: name, variables, settings, threads, preload.
    fn candidate(ruby: &Ruby, tuning: &Tuning, index: i64) -> Result<String, Error> {
        let index = number(ruby, index)?;
        let (name, change) = tuning.0.borrow_mut().change(index).map_err(|misuse| refuse(ruby, &misuse))?;
        serde_json::to_string(&Candidate { name, change }).map_err(|error| refuse(ruby, &Misuse(error.to_string())))
    }

    /// A candidate's trial (`own`) and that of the app as it is beside it (`stock`), as JSON, each with figures or an
    /// error, null where nothing is known of it since the other failed; and the seconds that they took (`took`).
    fn add_pair(ruby: &Ruby, tuning: &Tuning, index: i64, json: String) -> Result<(), Error> {
        let (index, pair) = (number(ruby, index)?, parse::<Pair>(ruby, "pair", &json)?);
        tuning.0.borrow_mut().add_pair(index, pair.own, pair.stock, pair.took).map_err(|misuse| refuse(ruby, &misuse))
    }

    /// Why there is nothing to compare with; nil while the app works as it is.
    fn base_failure(&self) -> Option<String> {
        self.0.borrow().base_failure()
    }

    /// screen, combine, confirm or done
    fn phase(&self) -> &'static str {
        self.0.borrow().phase().name()
    }

    /// How many pairs of trials may run at once.
    fn jobs(&self) -> usize {
        self.0.borrow().jobs()
    }

    /// The number of the best candidate; nil before there is one, and where nothing is better than the app as it is.
    fn winner(&self) -> Option<usize> {
        self.0.borrow().winner()
    }

    /// confirmed, unconfirmed or none
    fn verdict(&self) -> &'static str {
        Answer::new(&self.0.borrow(), Header::default()).verdict.name()
    }

    /// The answer as `json`, or as text of at most `width` columns. The header as JSON says what was tried, and on what.
    fn render(ruby: &Ruby, tuning: &Tuning, format: String, width: usize, header: String) -> Result<String, Error> {
        let header: Header = parse(ruby, "header", &header)?;
        let answer = Answer::new(&tuning.0.borrow(), header);
        Ok(match format.as_str() {
            "json" => answer.to_json(),
            _ => render::tuning(&answer, width),
        })
    }
}
