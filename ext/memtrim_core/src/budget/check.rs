//! The answer: each limit with what was measured, and what to look at. Its JSON is a contract: keys may be added, not
//! renamed.

use super::growth::Growth;
use super::limit::{Judgement, Limit, Measure};
use super::Budget;
use crate::recording::Environment;
use crate::report::Report;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the JSON contract.
const SCHEMA: u32 = 1;
/// How many of those that hold most are named.
const CONTRIBUTORS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Within,
    Exceeded,
    Inconclusive,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Within => "within",
            Status::Exceeded => "exceeded",
            Status::Inconclusive => "inconclusive",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub schema: u32,
    /// Exceeded if any limit is; else inconclusive if any limit is.
    pub status: Status,
    /// Null where nothing was recorded.
    pub app: Option<String>,
    pub environment: Option<Environment>,
    pub limits: Vec<LimitReport>,
    /// The baseline's path.
    pub baseline: Option<String>,
    pub growth: Option<Growth>,
    /// What would save most, largest first; empty where nothing was recorded.
    pub contributors: Vec<Contributor>,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitReport {
    pub measure: Measure,
    pub name: Option<String>,
    /// `bytes` or `seconds`, of the figures here.
    pub unit: &'static str,
    pub limit: Figure,
    /// The median; null when there was no boot that tells.
    pub measured: Option<Figure>,
    /// The ends of the mean's interval, where several plain boots were made.
    pub low: Option<Figure>,
    pub high: Option<Figure>,
    pub boots: usize,
    pub status: Status,
    /// Where the limit stands.
    pub place: Option<String>,
}

impl LimitReport {
    /// Measured less limit.
    pub fn over(&self) -> Option<Figure> {
        Some(self.measured?.less(self.limit))
    }

    /// Limit less measured.
    pub fn left(&self) -> Option<Figure> {
        Some(self.limit.less(self.measured?))
    }
}

/// A figure in the unit of its limit; in JSON a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    Bytes(i64),
    Seconds(f64),
}

impl Figure {
    fn new(measure: Measure, value: f64) -> Figure {
        match measure {
            Measure::Seconds => Figure::Seconds(value),
            _ => Figure::Bytes(value.round() as i64),
        }
    }

    /// Both in one unit, as those of a limit are.
    fn less(self, other: Figure) -> Figure {
        match (self, other) {
            (Figure::Bytes(bytes), Figure::Bytes(others)) => Figure::Bytes(bytes - others),
            (Figure::Seconds(seconds), Figure::Seconds(others)) => Figure::Seconds(seconds - others),
            _ => self,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contributor {
    pub name: String,
    /// `gem` or `railtie`.
    pub kind: &'static str,
    pub version: Option<String>,
    pub removable_bytes: u64,
    pub self_bytes: u64,
    pub place: Option<String>,
}

impl Check {
    pub(super) fn new(budget: &Budget) -> Check {
        let report = budget.report.as_ref();
        let limits: Vec<LimitReport> = budget
            .limits
            .iter()
            .zip(budget.judge())
            .map(|(limit, judgement)| limit_report(budget, limit, judgement))
            .collect();
        let any = |status| limits.iter().any(|limit| limit.status == status);
        let status = [Status::Exceeded, Status::Inconclusive].into_iter().find(|status| any(*status));
        Check {
            schema: SCHEMA,
            status: status.unwrap_or(Status::Within),
            app: report.map(|report| report.app.clone()),
            environment: report.map(|report| report.environment.clone()),
            limits,
            baseline: budget.baseline.as_ref().map(|(path, _)| path.clone()),
            growth: budget.growth.clone(),
            contributors: report.map_or_else(Vec::new, |report| contributors(report, &budget.lines)),
            warnings: report.map_or_else(Vec::new, |report| report.warnings.clone()),
        }
    }

    /// JSON, indented, with a newline at its end.
    ///
    /// # Panics
    /// Never: every key is a string and every number is finite.
    pub fn to_json(&self) -> String {
        crate::json::pretty(self)
    }
}

fn limit_report(budget: &Budget, limit: &Limit, judgement: Judgement) -> LimitReport {
    let measured = limit.measured(&budget.samples, budget.report.as_ref(), budget.growth.as_ref());
    let figure = |value| Figure::new(limit.measure, value);
    LimitReport {
        measure: limit.measure,
        name: limit.name.clone(),
        unit: if limit.measure == Measure::Seconds { "seconds" } else { "bytes" },
        limit: figure(limit.limit),
        measured: measured.map(|it| figure(it.value)),
        low: measured.and_then(|it| it.low).map(figure),
        high: measured.and_then(|it| it.high).map(figure),
        boots: measured.map_or(0, |it| it.boots),
        status: match judgement {
            Judgement::Within => Status::Within,
            Judgement::Exceeded => Status::Exceeded,
            Judgement::Inconclusive | Judgement::Open(_) => Status::Inconclusive,
        },
        place: limit.place.clone(),
    }
}

fn contributors(report: &Report, lines: &BTreeMap<String, String>) -> Vec<Contributor> {
    let gems = report.gems.iter().map(|gem| Contributor {
        name: gem.name.clone(),
        kind: "gem",
        version: Some(gem.version.clone()),
        removable_bytes: gem.removable_bytes,
        self_bytes: gem.self_bytes,
        place: lines.get(&gem.name).cloned(),
    });
    let railties = report.railties.iter().map(|railtie| Contributor {
        name: railtie.name.clone(),
        kind: "railtie",
        version: None,
        removable_bytes: railtie.removable_bytes,
        self_bytes: railtie.self_bytes,
        place: None,
    });
    let mut list: Vec<Contributor> = gems.chain(railties).filter(|it| it.removable_bytes > 0).collect();
    list.sort_by(|a, b| b.removable_bytes.cmp(&a.removable_bytes).then_with(|| a.name.cmp(&b.name)));
    list.truncate(CONTRIBUTORS);
    list
}
