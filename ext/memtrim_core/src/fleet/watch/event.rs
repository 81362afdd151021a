//! What happened to an alert.

use super::condition::{By, Condition, Figure, Test};
use super::growth::Growth;
use crate::render::{mib, time};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Fired,
    Recovered,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Fired => "fired",
            State::Recovered => "recovered",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Bytes,
    Percent,
    Count,
}

/// Part of the contract for machines: in JSON lines, in the history, on a command's standard input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Seconds since 1970.
    pub time: u64,
    pub state: State,
    pub condition: String,
    /// The tenant's name; which service; `all tenants`, `all processes`, `machine`.
    pub subject: String,
    /// What the condition is about; of growth, how much it grew. None of a subject that is gone.
    pub value: Option<f64>,
    pub unit: Unit,
    /// Of a recovery: `inside`, or `gone` of a subject that is no longer there.
    pub reason: Option<&'static str>,
    /// One line for people.
    pub text: String,
}

/// What an instance of the condition's subject is at now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub value: u64,
    pub growth: Option<Growth>,
}

impl Measured {
    pub fn meets(&self, condition: &Condition) -> bool {
        match (condition.test, self.growth) {
            (Test::Above(limit), _) => self.value > limit,
            (Test::Below(limit), _) => self.value < limit,
            (Test::Grew { by: By::Percent(percent), .. }, Some(it)) => {
                it.percent().is_some_and(|grown| grown > percent)
            }
            (Test::Grew { by: By::Amount(amount), .. }, Some(it)) => it.amount() > amount,
            (Test::Grew { .. }, None) => false,
        }
    }
}

impl Event {
    /// `measured`: None of a subject that is gone.
    pub fn new(time: u64, state: State, condition: &Condition, subject: &str, measured: Option<Measured>) -> Event {
        let (value, unit) = value(condition, measured);
        let reason = match (state, measured) {
            (State::Fired, _) => None,
            (State::Recovered, Some(_)) => Some("inside"),
            (State::Recovered, None) => Some("gone"),
        };
        let text = match (state, measured) {
            (_, None) => format!("{subject} is gone ({})", condition.text),
            (State::Fired, Some(it)) => format!("{subject}: {} ({})", figures(condition, it), condition.text),
            (State::Recovered, Some(it)) => {
                format!("{subject}: {}, no longer {}", figures(condition, it), limit(condition))
            }
        };
        Event { time, state, condition: condition.text.clone(), subject: subject.into(), value, unit, reason, text }
    }
}

fn value(condition: &Condition, measured: Option<Measured>) -> (Option<f64>, Unit) {
    let unit = if condition.figure.is_bytes() { Unit::Bytes } else { Unit::Count };
    match condition.test {
        Test::Grew { by: By::Percent(_), .. } => {
            let grown = measured.and_then(|it| it.growth).and_then(|it| it.percent());
            (grown.map(|it| (it * 10.0).round() / 10.0), Unit::Percent)
        }
        Test::Grew { .. } => (measured.and_then(|it| it.growth).map(|it| it.amount() as f64), unit),
        _ => (measured.map(|it| it.value as f64), unit),
    }
}

/// `anon 193.2 MiB`, `anon 180.0 MiB, 23.4 % more than 58 min ago`
fn figures(condition: &Condition, measured: Measured) -> String {
    let figure = condition.figure;
    let now = format!("{} {}", figure.name(), shown(figure, measured.value));
    let (Test::Grew { by, .. }, Some(growth)) = (condition.test, measured.growth) else { return now };
    let more = match by {
        By::Percent(_) => growth.percent().map_or("0 %".into(), |it| format!("{it:.1} %")),
        By::Amount(_) => shown(figure, growth.amount()),
    };
    format!("{now}, {more} more than {} ago", time(growth.seconds))
}

/// `> 180.0 MiB`
fn limit(condition: &Condition) -> String {
    match condition.test {
        Test::Above(limit) => format!("> {}", shown(condition.figure, limit)),
        Test::Below(limit) => format!("< {}", shown(condition.figure, limit)),
        Test::Grew { by: By::Percent(percent), seconds } => format!("> {percent} % in {}", time(seconds)),
        Test::Grew { by: By::Amount(amount), seconds } => {
            format!("> {} in {}", shown(condition.figure, amount), time(seconds))
        }
    }
}

fn shown(figure: Figure, value: u64) -> String {
    if figure.is_bytes() {
        format!("{} MiB", mib(value))
    } else {
        value.to_string()
    }
}
