//! Which counted trials are still to be made. Held bytes repeat to some 10,000: two trials show that they did,
//! and where they did not, the median of a few more is the figure.

use super::plan::Plan;
use super::series::Series;
use super::What;
use crate::statistics;

/// Bytes that the trials of one variant may differ by.
const SPREAD: f64 = 20_000.0;
/// Further trials of a variant, where they differ.
const MORE: usize = 3;
/// Trials of the base where something boots only sometimes: is it that variant, or the app itself?
const DOUBTED: usize = 12;

/// One entry for each trial to run now.
pub(crate) fn wanted(all: &[Series], plan: &Plan) -> Vec<usize> {
    let doubt = all.iter().skip(1).any(Series::boots_sometimes);
    let first = |index: usize| match index {
        0 if doubt => DOUBTED,
        0 => 2 * plan.held_trials, // its count is in every comparison
        _ => plan.held_trials,
    };
    all.iter().enumerate().flat_map(|(index, series)| vec![index; wanted_of(series, first(index))]).collect()
}

fn wanted_of(series: &Series, first: usize) -> usize {
    if series.has_failed() {
        return usize::from(series.is_undecided());
    }
    let differ = statistics::spread(&series.figures(What::Held, "held_bytes")) > SPREAD;
    match series.booted(What::Held) {
        few if few < first => first - few,
        some if some < first + MORE && differ => 1,
        _ => 0,
    }
}
