//! The proof: an experiment as its readers get it. Its JSON is a contract: keys may be added, not renamed.

use crate::experiment::{Experiment, Kind, Range, Summary, What};
use crate::statistics::{mean, median, Estimate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the JSON contract.
pub const SCHEMA: u32 = 1;

/// What the experiment itself does not know.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Header {
    pub app: String,
    pub environment: Environment,
    pub after: After,
    /// How long this run took.
    pub seconds: f64,
    /// What the reader should know besides.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    pub ruby: String,
    pub rails: Option<String>,
    pub platform: String,
    pub allocator: String,
    pub rails_env: Option<String>,
    /// Whatever else the caller says of it.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The moment that the trials measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    #[default]
    Boot,
    Requests,
    Load,
    Idle,
    /// At the end of a program of the user\'s.
    Command,
}

#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    pub schema: u32,
    pub app: String,
    pub environment: Environment,
    pub after: After,
    /// How long this run took; trials kept from earlier ones not among it.
    pub seconds: f64,
    /// Trials of all variants, and those of them that come from an earlier run.
    pub trials: usize,
    pub kept_trials: usize,
    pub baseline: Baseline,
    /// Every variant but the base and `together`, in the order they were added.
    pub results: Vec<Summary>,
    /// The variant that leaves everything out at once.
    pub together: Option<Summary>,
    /// Of the single gems and railties that boot; None where none was counted.
    pub sum_held_saved_bytes: Option<i64>,
    pub notes: Vec<String>,
}

/// The app as it is. None where it was not measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Baseline {
    /// Median of the counted trials.
    pub held_bytes: Option<i64>,
    /// Means of the uncounted trials, from here on.
    pub anon_bytes: Option<i64>,
    pub anon_interval: Option<Range>,
    pub rss_bytes: Option<i64>,
    pub pss_bytes: Option<i64>,
    pub private_bytes: Option<i64>,
    pub free_slots: Option<i64>,
    pub boot_seconds: Option<f64>,
    pub cpu_seconds: Option<f64>,
    /// All trials of the base.
    pub trials: usize,
    pub kept_trials: usize,
}

impl Proof {
    pub fn new(experiment: &Experiment, header: Header) -> Self {
        let (mut results, mut together) = (Vec::new(), None);
        for (variant, summary) in experiment.summaries() {
            if variant.together {
                together = Some(summary);
            } else {
                results.push(summary);
            }
        }
        let single = |summary: &&Summary| matches!(summary.kind, Kind::Gem | Kind::Railtie);
        let held: Vec<i64> = results.iter().filter(single).filter_map(|summary| summary.held_saved_bytes).collect();
        let (trials, kept_trials) = experiment.trials();
        Proof {
            schema: SCHEMA,
            app: header.app,
            environment: header.environment,
            after: header.after,
            seconds: header.seconds,
            trials,
            kept_trials,
            baseline: baseline(experiment),
            sum_held_saved_bytes: (!held.is_empty()).then(|| held.iter().sum()),
            results,
            together,
            notes: header.notes,
        }
    }

    /// JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        crate::json::pretty(self)
    }
}

fn baseline(experiment: &Experiment) -> Baseline {
    let Some(base) = experiment.base() else { return Baseline::default() };
    let resident = |name| mean(&base.figures(What::Resident, name));
    let bytes = |figure: Option<f64>| figure.map(|figure| figure.round() as i64);
    let anon = Estimate::of_mean(&base.figures(What::Resident, "anon_bytes"), experiment.plan().level());
    Baseline {
        held_bytes: bytes(median(&base.figures(What::Held, "held_bytes"))),
        anon_bytes: bytes(resident("anon_bytes")),
        anon_interval: anon.as_ref().map(Range::of),
        rss_bytes: bytes(resident("rss_bytes")),
        pss_bytes: bytes(resident("pss_bytes")),
        private_bytes: bytes(resident("private_bytes")),
        free_slots: bytes(resident("free_slots")),
        boot_seconds: resident("boot_seconds"),
        cpu_seconds: resident("cpu_seconds"),
        trials: base.len(),
        kept_trials: base.kept(),
    }
}
