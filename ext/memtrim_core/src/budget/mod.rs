//! Budgets: whether a boot keeps to its limits, from as few boots as that takes, and who is to blame when it does not.

mod baseline;
mod check;
mod growth;
mod limit;
mod samples;

pub use baseline::Baseline;
pub use check::{Check, Contributor, Figure, LimitReport, Status};
pub use growth::{Blame, Change, Growth};
pub use limit::{Limit, Measure};

use crate::experiment::{Outcome, Trial};
use crate::misuse::Misuse;
use crate::recording::Recording;
use crate::report::Report;
use limit::Judgement;
use samples::Samples;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How much held bytes may grow since the baseline where nobody has said: 1 MiB.
const GROWTH: f64 = 1024.0 * 1024.0;

/// What boots are held to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    pub limits: Vec<Limit>,
    pub baseline: Option<File>,
    /// Where each gem of the Gemfile is, as `Gemfile:12`.
    pub lines: BTreeMap<String, String>,
}

/// A file's content, with the name that messages have for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub path: String,
    pub text: String,
    /// It only says who has grown: growth since it is no limit, unless one is given.
    #[serde(default)]
    pub blame_only: bool,
}

/// A boot to make next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// A trial with the allocation counter.
    Counted,
    /// A trial without it.
    Resident,
    Recording,
}

impl Want {
    pub fn name(self) -> &'static str {
        match self {
            Want::Counted => "counted",
            Want::Resident => "resident",
            Want::Recording => "recording",
        }
    }
}

/// The limits of a boot, and what is known of it so far.
#[derive(Debug)]
pub struct Budget {
    limits: Vec<Limit>,
    baseline: Option<(String, Baseline)>,
    lines: BTreeMap<String, String>,
    samples: Samples,
    report: Option<Report>,
    growth: Option<Growth>,
}

impl Budget {
    /// # Errors
    /// For a limit that is no positive number, or a baseline that is none.
    pub fn new(plan: Plan) -> Result<Budget, Misuse> {
        let mut limits = plan.limits;
        let limiting = plan.baseline.as_ref().is_some_and(|file| !file.blame_only);
        let baseline = match plan.baseline {
            Some(file) => Some((file.path.clone(), Baseline::parse(&file.path, &file.text)?)),
            None => None,
        };
        let grows = limits.iter().find(|limit| limit.measure == Measure::Growth);
        match (&baseline, grows) {
            (Some((path, _)), None) if limiting => limits.push(Limit::growth(GROWTH, path)),
            (None, Some(limit)) => {
                return Err(limit.misuse("growth: since when? there is no baseline; memtrim baseline writes it"))
            }
            _ => {}
        }
        limits.iter().try_for_each(Limit::check)?;
        Ok(Budget { limits, baseline, lines: plan.lines, samples: Samples::default(), report: None, growth: None })
    }

    /// # Errors
    /// When the app did not boot.
    pub fn add_trial(&mut self, trial: &Trial) -> Result<(), Misuse> {
        match &trial.outcome {
            Outcome::Booted(figures) => {
                self.samples.add(trial.counted, figures);
                Ok(())
            }
            Outcome::Failed { error, line } => {
                let place = line.as_ref().map(|line| format!("{line}: ")).unwrap_or_default();
                Err(Misuse(format!("the app does not boot: {place}{error}")))
            }
        }
    }

    /// # Errors
    /// For a recording without held bytes or of a boot that failed; for limits of what the bundle does not have; for a
    /// baseline of another environment.
    pub fn add_recording(&mut self, recording: &Recording) -> Result<(), Misuse> {
        let report = measured(recording)?;
        self.limits.iter().try_for_each(|limit| limit.check_name(recording))?;
        if let Some((path, baseline)) = &self.baseline {
            let now = Baseline::of(&report);
            baseline.check_environment(path, &now)?;
            self.growth = Some(Growth::between(baseline, &now, &report, &self.lines));
        }
        self.samples.add_report(&report);
        self.report = Some(report);
        Ok(())
    }

    /// What to boot next; None when everything is decided.
    pub fn wanted(&self) -> Option<Want> {
        let judged: Vec<Judgement> = self.judge().collect();
        let open = |want| judged.contains(&Judgement::Open(want));
        // A recording tells most, so nothing else is booted before it that it would have told.
        [Want::Recording, Want::Counted, Want::Resident]
            .into_iter()
            .find(|want| open(*want))
            .or_else(|| (judged.contains(&Judgement::Exceeded) && self.report.is_none()).then_some(Want::Recording))
    }

    /// What is known now; a limit that is still open is inconclusive.
    pub fn check(&self) -> Check {
        Check::new(self)
    }

    fn judge(&self) -> impl Iterator<Item = Judgement> + '_ {
        self.limits.iter().map(|limit| limit.judge(&self.samples, self.report.as_ref(), self.growth.as_ref()))
    }
}

/// The report of a recording that has held bytes.
///
/// # Errors
/// For a light one, and for one of a boot that failed.
pub(crate) fn measured(recording: &Recording) -> Result<Report, Misuse> {
    let report = Report::new(recording, None);
    if let Some(error) = report.error.as_deref().or((!report.whole).then_some("the process died")) {
        return Err(Misuse(format!("the app does not boot: {}", error.lines().next().unwrap_or_default())));
    }
    if !recording.header.counter {
        return Err(Misuse("a light recording has no held bytes; record the boot without --light".into()));
    }
    Ok(report)
}

#[cfg(test)]
mod tests;
