//! What an experiment shows of one variant. Saved is base less variant: positive where leaving it out gains.

use super::plan::Plan;
use super::series::Series;
use super::{Kind, Stop, What};
use crate::statistics::{mean, median, Estimate};
use serde::{Serialize, Serializer};

/// An interval's ends, bytes; `[low, high]` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub low: i64,
    pub high: i64,
}

impl Range {
    /// The ends of an estimate in bytes.
    pub fn of(estimate: &Estimate) -> Self {
        Range { low: estimate.low().floor() as i64, high: estimate.high().ceil() as i64 }
    }

    /// True when 0 is inside: no difference has been shown.
    pub fn includes_zero(&self) -> bool {
        (self.low..=self.high).contains(&0)
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.low, self.high].serialize(serializer)
    }
}

/// How much more something is than it was, as a share: 0.02 is 2 % more; with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    pub change: f64,
    pub low: f64,
    pub high: f64,
}

impl Ratio {
    /// Of an estimate of the logarithm of the ratio.
    pub fn of(logarithm: &Estimate) -> Self {
        let share = |logarithm: f64| logarithm.exp_m1();
        Ratio { change: share(logarithm.value), low: share(logarithm.low()), high: share(logarithm.high()) }
    }
}

/// Bytes and seconds are None where they were not measured, or where the variant does not boot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub name: String,
    pub kind: Kind,
    pub members: Vec<String>,
    /// None while that is not known.
    pub boots: Option<bool>,
    pub error: Option<String>,
    /// Where the error was raised, as `file:line`.
    pub line: Option<String>,
    pub predicted_bytes: Option<u64>,
    /// Median of the counted trials.
    pub held_bytes: Option<i64>,
    /// Difference of medians, as are objects and seconds.
    pub held_saved_bytes: Option<i64>,
    pub object_saved_bytes: Option<i64>,
    /// Mean of the uncounted trials, as is RSS.
    pub anon_bytes: Option<i64>,
    pub rss_bytes: Option<i64>,
    /// Difference of the means of uncounted trials, as is RSS.
    pub anon_saved_bytes: Option<i64>,
    /// None with fewer trials on a side than the plan's least.
    pub anon_interval: Option<Range>,
    pub rss_saved_bytes: Option<i64>,
    pub rss_interval: Option<Range>,
    pub boot_saved_seconds: Option<f64>,
    pub cpu_saved_seconds: Option<f64>,
    /// CPU of the process while it served, against the base's. None where it served nothing.
    pub request_cpu: Option<Ratio>,
    /// All trials of this variant, failed ones too.
    pub trials: usize,
    /// Those of them that come from an earlier run.
    pub kept_trials: usize,
    pub stopped: Option<Stop>,
}

impl Summary {
    /// Of what comes from fewer trials than the plan's least there is no interval: anonymous memory moves in steps, and
    /// two or three boots may well have seen one step only.
    pub(crate) fn new(base: &Series, series: &Series, plan: &Plan) -> Self {
        let boots = series.boots();
        let failure = series.failure();
        let compared = boots == Some(true) && series.variant.kind != Kind::Base;
        let figures = |series: &Series, what, name| match compared {
            true => series.figures(what, name),
            false => Vec::new(),
        };
        let medians = |what, name| {
            let (ours, theirs) = (median(&figures(base, what, name))?, median(&figures(series, what, name))?);
            Some(ours - theirs)
        };
        let difference = |ours: &[f64], theirs: &[f64]| {
            let enough = ours.len().min(theirs.len()) >= plan.min_trials;
            enough.then(|| Estimate::of_difference(ours, theirs, plan.level())).flatten()
        };
        let resident = |name| difference(&figures(base, What::Resident, name), &figures(series, What::Resident, name));
        let logarithms = |series| -> Vec<f64> {
            let seconds = figures(series, What::Resident, "request_cpu_seconds");
            seconds.into_iter().filter(|seconds| *seconds > 0.0).map(f64::ln).collect()
        };
        let own_mean =
            |name| (boots == Some(true)).then(|| mean(&series.figures(What::Resident, name)).map(bytes)).flatten();
        let (anon, rss) = (resident("anon_bytes"), resident("rss_bytes"));
        Summary {
            name: series.variant.name.clone(),
            kind: series.variant.kind,
            members: series.variant.members.clone(),
            boots,
            line: failure.as_ref().and_then(|failure| failure.line.clone()),
            error: failure.map(|failure| failure.error),
            predicted_bytes: series.variant.predicted_bytes,
            held_bytes: (boots == Some(true))
                .then(|| median(&series.figures(What::Held, "held_bytes")).map(bytes))
                .flatten(),
            held_saved_bytes: medians(What::Held, "held_bytes").map(bytes),
            object_saved_bytes: medians(What::Held, "object_bytes").map(bytes),
            anon_bytes: own_mean("anon_bytes"),
            rss_bytes: own_mean("rss_bytes"),
            anon_saved_bytes: anon.map(|estimate| bytes(estimate.value)),
            anon_interval: anon.as_ref().map(Range::of),
            rss_saved_bytes: rss.map(|estimate| bytes(estimate.value)),
            rss_interval: rss.as_ref().map(Range::of),
            boot_saved_seconds: medians(What::Resident, "boot_seconds"),
            cpu_saved_seconds: medians(What::Resident, "cpu_seconds"),
            request_cpu: difference(&logarithms(series), &logarithms(base)).as_ref().map(Ratio::of),
            trials: series.len(),
            kept_trials: series.kept(),
            stopped: series.stopped,
        }
    }
}

fn bytes(figure: f64) -> i64 {
    figure.round() as i64
}
