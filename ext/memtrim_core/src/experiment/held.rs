//! Which counted trials are still to be made. Held bytes repeat to some 10,000: two trials show that they did,
//! and where they did not, the median of a few more is the figure.

use super::series::Series;
use super::What;
use crate::statistics;

/// Bytes that the trials of one variant may differ by.
const SPREAD: f64 = 20_000.0;
/// Trials of a variant: to begin with, and at most where they differ. The base's count in every comparison.
const VARIANT: (usize, usize) = (2, 5);
const BASE: (usize, usize) = (4, 7);

/// One entry for each trial to run now.
pub(crate) fn wanted(all: &[Series]) -> Vec<usize> {
    all.iter().enumerate().flat_map(|(index, series)| vec![index; wanted_of(series, index == 0)]).collect()
}

fn wanted_of(series: &Series, base: bool) -> usize {
    if series.has_failed() {
        return usize::from(series.is_undecided());
    }
    let (first, most) = if base { BASE } else { VARIANT };
    let trials = series.booted(What::Held);
    let differ = statistics::spread(&series.figures(What::Held, "held_bytes")) > SPREAD;
    match trials {
        few if few < first => first - few,
        some if some < most && differ => 1,
        _ => 0,
    }
}
