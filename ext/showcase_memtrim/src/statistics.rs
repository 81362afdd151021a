//! `ShowcaseMemtrim::Statistics`: what a few measurements say together.

use magnus::prelude::*;
use magnus::{function, Error, RModule, Ruby};
use memtrim_core::statistics::{self, Estimate};

pub fn define(_: &Ruby, module: RModule) -> Result<(), Error> {
    let statistics = module.define_module("Statistics")?;
    statistics.define_singleton_method("median", function!(median, 1))?;
    statistics.define_singleton_method("difference", function!(difference, 2))
}

/// The middle value, or the mean of the middle two; nil of nothing.
fn median(values: Vec<f64>) -> Option<f64> {
    statistics::median(&values)
}

/// How much more the mean of `b` is than that of `a`, and the two ends of its 95 % interval; nil of fewer than two
/// values on either side.
fn difference(a: Vec<f64>, b: Vec<f64>) -> Option<(f64, f64, f64)> {
    Estimate::of_difference(&b, &a, statistics::level(1)).map(|it| (it.value, it.low(), it.high()))
}
