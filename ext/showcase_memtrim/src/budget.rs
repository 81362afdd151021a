//! `ShowcaseMemtrim::Budget`: limits of a boot, which boots they want, and whether they are kept.

use crate::arguments::{parse, refuse};
use crate::recording::Boot;
use magnus::prelude::*;
use magnus::{function, method, Error, RModule, Ruby};
use memtrim_core::budget::{Budget as Core, Want};
use memtrim_core::render;
use std::cell::RefCell;

/// Nothing here calls into Ruby while the budget is borrowed, so it is never borrowed twice.
#[magnus::wrap(class = "ShowcaseMemtrim::Budget", free_immediately, size)]
struct Budget(RefCell<Core>);

pub fn define(ruby: &Ruby, module: RModule) -> Result<(), Error> {
    let class = module.define_class("Budget", ruby.class_object())?;
    class.define_singleton_method("new", function!(new, 1))?;
    class.define_method("add_trial", method!(Budget::add_trial, 1))?;
    class.define_method("add_recording", method!(Budget::add_recording, 1))?;
    class.define_method("wanted", method!(Budget::wanted, 0))?;
    class.define_method("status", method!(Budget::status, 0))?;
    class.define_method("render", method!(Budget::render, 2))
}

/// From the plan as JSON (`memtrim_core::budget::Plan`). Raises ArgumentError for a limit that is none, and for a
/// baseline that can't be read.
fn new(ruby: &Ruby, plan: String) -> Result<Budget, Error> {
    Core::new(parse(ruby, "plan", &plan)?)
        .map(|budget| Budget(RefCell::new(budget)))
        .map_err(|misuse| refuse(ruby, &misuse))
}

impl Budget {
    /// A trial as JSON: `counted`, and `figures` or `error` and `line`. Raises ArgumentError for a boot that failed.
    fn add_trial(ruby: &Ruby, budget: &Budget, json: String) -> Result<(), Error> {
        let trial = parse(ruby, "trial", &json)?;
        budget.0.borrow_mut().add_trial(&trial).map_err(|misuse| refuse(ruby, &misuse))
    }

    /// Raises ArgumentError for a boot that failed, a light recording, a limit for what the bundle does not have, and
    /// for a baseline of another environment.
    fn add_recording(ruby: &Ruby, budget: &Budget, recording: &Boot) -> Result<(), Error> {
        budget.0.borrow_mut().add_recording(&recording.0).map_err(|misuse| refuse(ruby, &misuse))
    }

    /// What to boot next: `counted` or `resident` trial, or a `recording`; nil when everything is decided.
    fn wanted(&self) -> Option<&'static str> {
        self.0.borrow().wanted().map(Want::name)
    }

    /// `within`, `exceeded`, or `inconclusive`: also when what is wanted was not booted.
    fn status(&self) -> &'static str {
        self.0.borrow().check().status.name()
    }

    /// As `json`, `markdown`, annotations for `github`, the message of a `failure`, or text of at most `width` columns.
    fn render(&self, format: String, width: usize) -> String {
        let check = self.0.borrow().check();
        match format.as_str() {
            "json" => check.to_json(),
            "markdown" => render::markdown::check(&check),
            "github" => render::github::check(&check),
            "failure" => render::failure(&check),
            _ => render::check(&check, width),
        }
    }
}
