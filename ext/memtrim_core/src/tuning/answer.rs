//! The answer: a search as its readers get it. Its JSON is a contract: keys may be added, not renamed.

use super::candidate::{Candidate, ANON, CPU};
use super::change::Change;
use super::confirm::{self, Confirmation};
use super::Tuning;
use crate::experiment::{Range, Ratio};
use crate::proof::Environment;
use crate::statistics::mean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the JSON contract.
pub const SCHEMA: u32 = 1;

/// What the search itself does not know.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Header {
    pub app: String,
    pub environment: Environment,
    /// The paths that were requested, and how often each.
    pub requests: Vec<String>,
    pub count: usize,
    pub seconds: f64,
    /// Lines to paste, by where: environment, dockerfile, systemd, procfile, rails, puma.
    pub lines: BTreeMap<String, Vec<String>>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub schema: u32,
    pub app: String,
    pub environment: Environment,
    pub requests: Vec<String>,
    pub count: usize,
    pub threads: u32,
    pub cpu_limit: f64,
    pub seconds: f64,
    pub trials: usize,
    pub verdict: Verdict,
    /// Its number among the candidates.
    pub winner: Option<usize>,
    pub confirmation: Option<Confirmed>,
    pub lines: BTreeMap<String, Vec<String>>,
    /// The app as it is, then everything that was tried, in that order.
    pub candidates: Vec<Row>,
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The winner saves memory within the limit of CPU, beyond doubt.
    Confirmed,
    /// Its estimate does; its interval does not exclude the contrary.
    Unconfirmed,
    /// Nothing that was tried does.
    None,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Confirmed => "confirmed",
            Verdict::Unconfirmed => "unconfirmed",
            Verdict::None => "none",
        }
    }
}

/// What the pairs of trials show. Intervals are of 95 %, at whichever look they ended.
#[derive(Clone, Debug, Serialize)]
pub struct Confirmed {
    pub pairs: usize,
    pub stock_anon_bytes: i64,
    pub anon_bytes: i64,
    pub anon_saved_bytes: i64,
    pub anon_interval: Range,
    /// Of what the app as it is has.
    pub anon_saved_share: f64,
    /// Shares of what the app as it is takes: 0.02 is 2 % more.
    pub cpu: Ratio,
    pub p50: Option<Ratio>,
    pub p99: Option<Ratio>,
}

/// A candidate. Figures are means of its trials; None where it has none.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub name: String,
    #[serde(flatten)]
    pub change: Change,
    pub trials: usize,
    pub anon_bytes: Option<i64>,
    /// When the server had started, before the first request.
    pub started_anon_bytes: Option<i64>,
    pub rss_bytes: Option<i64>,
    /// CPU of the server's process; as the latencies below, that of the app as it is times the mean ratio of the pairs.
    pub cpu_seconds_per_request: Option<f64>,
    pub p50_seconds: Option<f64>,
    pub p99_seconds: Option<f64>,
    /// Shares of the app's as it is: −0.15 is 15 % less.
    pub anon_change: Option<f64>,
    pub cpu_change: Option<f64>,
    /// Nothing that was tried is smaller at no more CPU.
    pub pareto: bool,
    /// It did badly in its first trial and had no other.
    pub pruned: bool,
    pub error: Option<String>,
}

impl Answer {
    pub fn new(tuning: &Tuning, header: Header) -> Self {
        let confirmation = confirm::chosen(tuning);
        let mut candidates: Vec<Row> =
            tuning.candidates.iter().enumerate().map(|(index, it)| row(tuning, index, it)).collect();
        mark_front(&mut candidates);
        let confirmed = confirmation.and_then(|it| confirmed(tuning, &it));
        let verdict = match (&confirmed, confirmation) {
            (Some(_), Some(it)) if confirm::clear(tuning, &it) => Verdict::Confirmed,
            (_, Some(_)) => Verdict::Unconfirmed,
            (_, None) => Verdict::None,
        };
        Answer {
            schema: SCHEMA,
            app: header.app,
            environment: header.environment,
            requests: header.requests,
            count: header.count,
            threads: tuning.plan.threads,
            cpu_limit: tuning.plan.cpu_limit,
            seconds: header.seconds,
            trials: candidates.iter().map(|row| row.trials).sum(),
            verdict,
            winner: confirmation.map(|it| it.candidate),
            confirmation: confirmed,
            lines: header.lines,
            candidates,
            notes: header.notes,
        }
    }

    pub fn to_json(&self) -> String {
        crate::json::pretty(self)
    }
}

fn row(tuning: &Tuning, index: usize, candidate: &Candidate) -> Row {
    let bytes = |name| candidate.mean(name).map(|bytes| bytes.round() as i64);
    let stock = &tuning.candidates[0];
    // What depends on what else the machine did is that of the app as it is, times what it is beside it.
    let seconds =
        |name| Some(stock.mean(name)? * mean(&candidate.ratios(name, 0)).filter(|_| index > 0).unwrap_or(0.0).exp());
    let tried = candidate.trials() > 0;
    let effect = tuning.effect(index).filter(|_| tried);
    let requests = stock.mean("requests").filter(|requests| *requests > 0.0);
    Row {
        name: candidate.name.clone(),
        change: candidate.change.clone(),
        trials: candidate.trials(),
        anon_bytes: bytes(ANON),
        started_anon_bytes: bytes("started_anon_bytes"),
        rss_bytes: bytes("rss_bytes"),
        cpu_seconds_per_request: effect.and_then(|_| Some(seconds(CPU)? / requests?)),
        p50_seconds: effect.and_then(|_| seconds("p50_seconds")),
        p99_seconds: effect.and_then(|_| seconds("p99_seconds")),
        anon_change: effect.map(|(anon, _)| anon.exp_m1()),
        cpu_change: effect.map(|(_, cpu)| cpu.exp_m1()),
        pareto: false,
        pruned: candidate.pruned,
        error: candidate.failure(),
    }
}

/// V. Pareto: no other one is at least as good in both and better in one.
fn mark_front(rows: &mut [Row]) {
    let points: Vec<Option<(f64, f64)>> = rows.iter().map(|row| row.anon_change.zip(row.cpu_change)).collect();
    for (row, point) in rows.iter_mut().zip(&points) {
        let Some((anon, cpu)) = *point else { continue };
        row.pareto = !points.iter().flatten().any(|it| it.0 <= anon && it.1 <= cpu && (it.0 < anon || it.1 < cpu));
    }
}

fn confirmed(tuning: &Tuning, now: &Confirmation) -> Option<Confirmed> {
    let shown = confirm::shown(tuning, now)?;
    let (own, base): (Vec<f64>, Vec<f64>) = confirm::both(tuning, now, ANON).into_iter().unzip();
    let (own, base) = (mean(&own)?, mean(&base)?);
    let saved = &shown.anon_saved;
    Some(Confirmed {
        pairs: shown.pairs,
        stock_anon_bytes: base.round() as i64,
        anon_bytes: own.round() as i64,
        anon_saved_bytes: saved.value.round() as i64,
        anon_interval: Range::of(saved),
        anon_saved_share: saved.value / base,
        cpu: Ratio::of(&shown.cpu),
        p50: confirm::ratio(tuning, now, "p50_seconds").as_ref().map(Ratio::of),
        p99: confirm::ratio(tuning, now, "p99_seconds").as_ref().map(Ratio::of),
    })
}
