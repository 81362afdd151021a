//! The baseline: what a boot held when somebody last said that this was right. Machine-written, kept in the repository,
//! so a line for each gem, and no figure changes that has only moved as figures do.

use super::measured;
use super::samples::held;
use crate::misuse::Misuse;
use crate::recording::{Environment, Recording};
use crate::report::Report;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The version of the file's format.
const FORMAT: u64 = 1;
/// The key that has it, and tells the file from others.
const KEY: &str = "memtrim_baseline";
/// Figures that differ by less are the same: held bytes repeat to 0.01 to 0.03 MB.
pub const NOISE_BYTES: u64 = 52_429;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Baseline {
    pub environment: Comparable,
    /// Bytes, without the interpreter's own tables.
    pub held_bytes: u64,
    /// Bytes of ruby, the app and nobody; they and the gems' add up to about `held_bytes`.
    pub others: BTreeMap<String, u64>,
    /// Those that are loaded.
    pub railties: Vec<String>,
    /// Those of which a file is loaded.
    pub gems: BTreeMap<String, Gem>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gem {
    pub version: String,
    /// Bytes of its own files.
    pub held_bytes: u64,
}

/// What two boots must have in common to be compared. Versions of gems need not be the same: that is what is looked
/// for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparable {
    pub ruby: String,
    pub platform: String,
    pub allocator: String,
    pub rails_env: Option<String>,
    pub eager_load: Option<bool>,
    pub bootsnap: bool,
    pub yjit: bool,
}

impl Comparable {
    fn of(environment: &Environment) -> Comparable {
        let Environment { ruby, platform, allocator, rails_env, eager_load, bootsnap, yjit, .. } = environment.clone();
        Comparable { ruby, platform, allocator, rails_env, eager_load, bootsnap, yjit }
    }

    /// Each difference as "Ruby 3.3.8, not 3.1.2".
    pub fn differences(&self, now: &Comparable) -> Vec<String> {
        let word = |value: Option<bool>| value.map_or("unknown", |value| if value { "on" } else { "off" }).to_string();
        let env = |it: &Comparable| it.rails_env.clone().unwrap_or_else(|| "no environment".into());
        [
            ("Ruby ", self.ruby.clone(), now.ruby.clone()),
            ("", self.platform.clone(), now.platform.clone()),
            ("allocator ", self.allocator.clone(), now.allocator.clone()),
            ("RAILS_ENV ", env(self), env(now)),
            ("eager_load ", word(self.eager_load), word(now.eager_load)),
            ("Bootsnap ", word(Some(self.bootsnap)), word(Some(now.bootsnap))),
            ("YJIT ", word(Some(self.yjit)), word(Some(now.yjit))),
        ]
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| format!("{name}{before}, not {after}"))
        .collect()
    }
}

impl Baseline {
    /// With the figures of an earlier one that have changed by noise only.
    ///
    /// # Errors
    /// For a recording without held bytes, or of a boot that failed.
    pub fn of_recording(recording: &Recording, earlier: Option<&Baseline>) -> Result<Baseline, Misuse> {
        let baseline = Baseline::of(&measured(recording)?);
        Ok(match earlier {
            Some(earlier) => baseline.steadied(earlier),
            None => baseline,
        })
    }

    pub fn of(report: &Report) -> Baseline {
        let tables = report.totals.interpreter_bytes;
        let others = report
            .owners
            .iter()
            .filter(|owner| owner.name != "gems")
            .map(|owner| {
                let bytes = if owner.name == "ruby" { owner.bytes.saturating_sub(tables) } else { owner.bytes };
                (owner.name.clone(), bytes)
            })
            .collect();
        Baseline {
            environment: Comparable::of(&report.environment),
            held_bytes: held(report),
            others,
            railties: report
                .railties
                .iter()
                .filter(|railtie| railtie.state == "loaded")
                .map(|railtie| railtie.name.clone())
                .collect(),
            gems: report
                .gems
                .iter()
                .map(|gem| (gem.name.clone(), Gem { version: gem.version.clone(), held_bytes: gem.self_bytes }))
                .collect(),
        }
    }

    /// # Errors
    /// For what is no baseline, or one of a later format; the message begins with the path.
    pub fn parse(path: &str, text: &str) -> Result<Baseline, Misuse> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
            Misuse(format!(
                "{path}:{}: not JSON ({error}); restore it, or write it anew: memtrim baseline --force",
                error.line()
            ))
        })?;
        match value.get(KEY).map(serde_json::Value::as_u64) {
            None => Err(Misuse(format!("{path} is no baseline of memtrim's: it has no {KEY}"))),
            Some(Some(FORMAT)) => serde_json::from_value(value)
                .map_err(|error| Misuse(format!("{path}: {error}; restore it, or write it anew: memtrim baseline --force"))),
            Some(Some(later)) if later > FORMAT => Err(Misuse(format!(
                "{path} was written by a newer showcase_memtrim (format {later}; this one reads {FORMAT}): upgrade it here"
            ))),
            Some(_) => Err(Misuse(format!("{path}: {KEY} is a format's number; write it anew: memtrim baseline --force"))),
        }
    }

    /// # Errors
    /// When the two boots can't be compared.
    pub fn check_environment(&self, path: &str, now: &Baseline) -> Result<(), Misuse> {
        let differences = self.environment.differences(&now.environment);
        if differences.is_empty() {
            return Ok(());
        }
        Err(Misuse(format!(
            "{path} is of another environment: {}; growth can't be told between the two. memtrim baseline writes it for this one",
            differences.join(", ")
        )))
    }

    fn steadied(mut self, earlier: &Baseline) -> Baseline {
        let steady = |now: &mut u64, before: u64| {
            if now.abs_diff(before) < NOISE_BYTES {
                *now = before;
            }
        };
        if self.environment != earlier.environment {
            return self;
        }
        steady(&mut self.held_bytes, earlier.held_bytes);
        for (name, bytes) in &mut self.others {
            earlier.others.get(name).into_iter().for_each(|before| steady(bytes, *before));
        }
        for (name, gem) in &mut self.gems {
            let same = earlier.gems.get(name).filter(|before| before.version == gem.version);
            same.into_iter().for_each(|before| steady(&mut gem.held_bytes, before.held_bytes));
        }
        self
    }

    /// JSON, a line for each thing.
    pub fn to_text(&self) -> String {
        let mut text = format!("{{\n  \"{KEY}\": {FORMAT},\n");
        let _ = writeln!(text, "  \"environment\": {},", json(&self.environment));
        let _ = writeln!(text, "  \"held_bytes\": {},", self.held_bytes);
        let _ = writeln!(text, "  \"others\": {},", json(&self.others));
        let railties: Vec<String> = self.railties.iter().map(json).collect();
        let _ = writeln!(text, "  \"railties\": [{}],", indented(&railties));
        let gems: Vec<String> = self.gems.iter().map(|(name, gem)| format!("{}: {}", json(name), json(gem))).collect();
        let _ = writeln!(text, "  \"gems\": {{{}}}\n}}", indented(&gems));
        text
    }
}

fn indented(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("\n    {}\n  ", lines.join(",\n    "))
}

/// Nothing here has a key that is no string, which is all that could fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
