//! One limit, and what decides it.

use super::growth::Growth;
use super::samples::Samples;
use super::Want;
use crate::leaving_out;
use crate::misuse::Misuse;
use crate::recording::Recording;
use crate::report::Report;
use crate::statistics::{level, median, Estimate};
use serde::{Deserialize, Serialize};

/// A boot so much below a limit need not be repeated: three times the spread of plain boots (0.8 MB), and what is not
/// known of a boot with a counter in it.
const CLEAR_SHARE: f64 = 0.03;
const CLEAR_BYTES: f64 = 3.0 * 1024.0 * 1024.0;
/// Held bytes repeat to 0.01 to 0.03 MB.
const CLOSE_BYTES: f64 = 0.05 * 1024.0 * 1024.0;
/// How many counted boots decide between the two sides of a close limit.
const COUNTED: usize = 3;
/// After so many plain boots each, it is looked whether they say enough.
const LOOKS: [usize; 3] = [3, 5, 8];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Rss,
    Anon,
    Held,
    Seconds,
    /// Bytes that would go with one gem.
    Gem,
    /// Bytes that would go with one railtie.
    Railtie,
    /// Held bytes more than the baseline's.
    Growth,
}

impl Measure {
    pub fn name(self) -> &'static str {
        match self {
            Measure::Rss => "rss",
            Measure::Anon => "anon",
            Measure::Held => "held",
            Measure::Seconds => "seconds",
            Measure::Gem => "gem",
            Measure::Railtie => "railtie",
            Measure::Growth => "growth",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub measure: Measure,
    /// Of a gem or railtie.
    #[serde(default)]
    pub name: Option<String>,
    /// Bytes, or seconds.
    pub limit: f64,
    /// Where it stands, as `config/memtrim.yml:12`.
    #[serde(default)]
    pub place: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Within,
    Exceeded,
    /// As many boots as are made for one limit do not tell.
    Inconclusive,
    /// This boot is wanted.
    Open(Want),
}

/// What was measured, and how far off it may be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    pub value: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub boots: usize,
}

impl Limit {
    pub fn growth(bytes: f64, place: &str) -> Limit {
        Limit { measure: Measure::Growth, name: None, limit: bytes, place: Some(place.into()) }
    }

    pub fn misuse(&self, text: &str) -> Misuse {
        Misuse(self.place.as_ref().map_or_else(|| text.to_string(), |place| format!("{place}: {text}")))
    }

    pub fn check(&self) -> Result<(), Misuse> {
        if !(self.limit.is_finite() && self.limit > 0.0) {
            return Err(self.misuse(&format!("a limit is more than 0, not {}", self.limit)));
        }
        let named = matches!(self.measure, Measure::Gem | Measure::Railtie);
        match (&self.name, named) {
            (None, true) => Err(self.misuse(&format!("which {}?", self.measure.name()))),
            (Some(name), false) => {
                Err(self.misuse(&format!("{} is nobody's own, so not {name}'s", self.measure.name())))
            }
            _ => Ok(()),
        }
    }

    /// Whether the bundle has what is limited.
    pub fn check_name(&self, recording: &Recording) -> Result<(), Misuse> {
        let Some(name) = &self.name else { return Ok(()) };
        let thing = leaving_out::find(recording, name).map_err(|unknown| self.misuse(&unknown.to_string()))?;
        let right = matches!(
            (thing, self.measure),
            (leaving_out::Thing::Gem(_), Measure::Gem) | (leaving_out::Thing::Railtie(_), Measure::Railtie)
        );
        if right {
            return Ok(());
        }
        let other = if self.measure == Measure::Gem {
            "a railtie: its limit stands below railties"
        } else {
            "a gem: its limit stands below gems"
        };
        Err(self.misuse(&format!("{name} is {other}")))
    }

    pub fn judge(&self, samples: &Samples, report: Option<&Report>, growth: Option<&Growth>) -> Judgement {
        match self.measure {
            Measure::Rss | Measure::Anon | Measure::Seconds => self.judge_resident(samples),
            Measure::Held => self.judge_held(samples),
            Measure::Gem | Measure::Railtie | Measure::Growth => match self.recorded(report, growth) {
                None => Judgement::Open(Want::Recording),
                Some(value) => self.side(value),
            },
        }
    }

    fn side(&self, value: f64) -> Judgement {
        if value > self.limit {
            Judgement::Exceeded
        } else {
            Judgement::Within
        }
    }

    /// Only plain boots say that something is too much: a counter, a recorder or a cold cache make a boot larger.
    fn judge_resident(&self, samples: &Samples) -> Judgement {
        let plain = samples.plain(self.measure.name());
        if plain.is_empty() {
            return match samples.about(self.measure.name()) {
                None => Judgement::Open(Want::Counted),
                Some(about) if about <= self.clearly_below() => Judgement::Within,
                Some(_) => Judgement::Open(Want::Resident),
            };
        }
        match (LOOKS.contains(&plain.len()), Estimate::of_mean(plain, level(LOOKS.len()))) {
            (true, Some(mean)) if mean.high() <= self.limit => Judgement::Within,
            (true, Some(mean)) if mean.low() > self.limit => Judgement::Exceeded,
            _ if plain.len() >= LOOKS[LOOKS.len() - 1] => Judgement::Inconclusive,
            _ => Judgement::Open(Want::Resident),
        }
    }

    /// What one boot that was measured for something else decides.
    fn clearly_below(&self) -> f64 {
        match self.measure {
            Measure::Seconds => self.limit,
            _ => self.limit - CLEAR_BYTES.max(self.limit * CLEAR_SHARE),
        }
    }

    fn judge_held(&self, samples: &Samples) -> Judgement {
        let held = samples.held();
        let enough = samples.is_recorded() || held.len() >= COUNTED;
        match median(&held) {
            Some(middle) if enough || (middle - self.limit).abs() >= CLOSE_BYTES => self.side(middle),
            _ => Judgement::Open(Want::Counted),
        }
    }

    fn recorded(&self, report: Option<&Report>, growth: Option<&Growth>) -> Option<f64> {
        let report = report?;
        let name = self.name.as_deref().unwrap_or_default();
        match self.measure {
            Measure::Growth => growth.map(|growth| growth.held_bytes as f64),
            Measure::Railtie => {
                let railtie = report.railties.iter().find(|railtie| railtie.name == name);
                Some(railtie.map_or(0.0, |railtie| railtie.removable_bytes as f64))
            }
            _ => {
                let gem = report.gems.iter().find(|gem| gem.name == name);
                Some(gem.map_or(0.0, |gem| gem.removable_bytes as f64)) // not loaded: nothing would go
            }
        }
    }

    /// None while nothing was.
    pub fn measured(&self, samples: &Samples, report: Option<&Report>, growth: Option<&Growth>) -> Option<Measured> {
        let exact = |value| Measured { value, boots: 1, ..Measured::default() };
        match self.measure {
            Measure::Held => {
                let held = samples.held();
                median(&held).map(|value| Measured { boots: held.len(), ..exact(value) })
            }
            Measure::Rss | Measure::Anon | Measure::Seconds => {
                let plain = samples.plain(self.measure.name());
                let Some(value) = median(plain) else { return samples.about(self.measure.name()).map(exact) };
                let mean = Estimate::of_mean(plain, level(LOOKS.len()));
                let (low, high) = (mean.map(|mean| mean.low()), mean.map(|mean| mean.high()));
                Some(Measured { value, low, high, boots: plain.len() })
            }
            _ => self.recorded(report, growth).map(exact),
        }
    }
}
