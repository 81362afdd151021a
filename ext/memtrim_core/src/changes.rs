//! What one recording has more or less than another. Its JSON is a contract: keys may be added, not renamed.

use crate::budget::{measured, Baseline, Growth};
use crate::misuse::Misuse;
use crate::recording::{Environment, Recording};
use crate::report::Report;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the JSON contract.
const SCHEMA: u32 = 1;

#[derive(Clone, Debug, Serialize)]
pub struct Changes {
    pub schema: u32,
    pub before: Side,
    pub after: Side,
    /// What else is different, so that the figures may say more of it than of the app.
    pub environment_differences: Vec<String>,
    pub growth: Growth,
}

#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// What the reader calls it: a file, or a revision.
    pub name: String,
    pub app: String,
    pub environment: Environment,
    /// Without the interpreter's own tables.
    pub held_bytes: u64,
    /// Of one boot, less the recorder's: they move by megabytes.
    pub anon_bytes: u64,
    pub rss_bytes: u64,
    pub seconds: f64,
}

impl Changes {
    /// # Errors
    /// For a recording without held bytes, or of a boot that failed.
    pub fn between(before: (&str, &Recording), after: (&str, &Recording)) -> Result<Changes, Misuse> {
        let (earlier, later) = (report(before)?, report(after)?);
        let (from, to) = (Baseline::of(&earlier), Baseline::of(&later));
        Ok(Changes {
            schema: SCHEMA,
            environment_differences: from.environment.differences(&to.environment),
            growth: Growth::between(&from, &to, &later, &BTreeMap::new()),
            before: side(before.0, &earlier, &from),
            after: side(after.0, &later, &to),
        })
    }

    /// JSON, indented, with a newline at its end.
    ///
    /// # Panics
    /// Never: every key is a string and every number is finite.
    pub fn to_json(&self) -> String {
        crate::json::pretty(self)
    }
}

fn report((name, recording): (&str, &Recording)) -> Result<Report, Misuse> {
    measured(recording).map_err(|misuse| Misuse(format!("{name}: {misuse}")))
}

fn side(name: &str, report: &Report, baseline: &Baseline) -> Side {
    let own = report.own_usage();
    Side {
        name: name.to_string(),
        app: report.app.clone(),
        environment: report.environment.clone(),
        held_bytes: baseline.held_bytes,
        anon_bytes: own.anon_bytes,
        rss_bytes: own.rss_bytes,
        seconds: report.seconds,
    }
}
