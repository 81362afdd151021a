//! Verdicts: what to do with each gem and railtie, how that is known, and on which lines it rests.
//!
//! [`Facts`] tell what the recording does not. Each thing becomes a [`case`]; the first of the [`rules`] that answers
//! decides. The error that nobody forgives is a `remove` of what is needed, so that answer is what is left when every
//! other rule has passed. Its JSON is a contract: keys may be added, not renamed.

mod case;
mod deeds;
mod edit;
mod evidence;
mod facts;
mod figures;
mod rules;
mod ruling;
#[cfg(test)]
mod tests;
mod unseen;

pub use edit::Edit;
pub use evidence::Evidence;
pub use facts::{BadFacts, Facts, Kind, Thing};
pub use ruling::{Answer, Confidence};

use crate::analysis::Ledger;
use crate::recording::{Environment, Recording};
use case::{Case, Setting};
use figures::{Figures, Holder};
use ruling::Ruling;
use serde::Serialize;

/// The version of the JSON contract.
pub const SCHEMA: u32 = 1;

#[derive(Clone, Debug, Serialize)]
pub struct Verdicts {
    pub schema: u32,
    pub app: String,
    pub environment: Environment,
    pub files_read: usize,
    /// Commands that were traced; null: none.
    pub trace: Option<Vec<TracedCommand>>,
    /// `held`, or in a light recording `retained`.
    pub weight: &'static str,
    /// Findings first, each sort by its bytes.
    pub verdicts: Vec<Verdict>,
    pub ignored: Vec<Ignored>,
    /// Files that could not be read, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// What could not be seen of anything.
    pub unseen: Vec<String>,
    /// What goes at boot when everything to remove and to defer does, together; less than one by one where they share.
    pub removable_bytes: u64,
    /// And with the unknowns.
    pub removable_with_unknown_bytes: u64,
    /// The command that leaves out all railties to remove; null: there is none.
    pub trim: Option<String>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct TracedCommand {
    pub command: String,
    /// Null: broken off.
    pub status: Option<i32>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    pub name: String,
    pub version: Option<String>,
    pub kind: Kind,
    pub verdict: Answer,
    pub confidence: Confidence,
    /// The rule that answered.
    pub rule: &'static str,
    pub removable_bytes: u64,
    /// Of its own files and initializers.
    pub seconds: f64,
    pub why: String,
    pub evidence: Vec<Evidence>,
    pub edit: Option<Edit>,
    pub risk: Option<String>,
    /// What could not be seen, and so may be otherwise; of findings only.
    pub unseen: Vec<String>,
    /// The command that would tell more.
    pub settle: Option<String>,
    /// Where the app's own files use it, `file:line`.
    #[serde(skip)]
    pub used: Vec<String>,
}

impl Verdict {
    pub fn is_finding(&self) -> bool {
        self.verdict != Answer::Keep
    }
}

/// A finding that config/memtrim.yml does not want to hear of.
#[derive(Clone, Debug, Serialize)]
pub struct Ignored {
    pub name: String,
    pub reason: String,
    pub line: Option<u32>,
    /// There is no such finding (any more): the entry can go.
    pub stale: bool,
}

impl Verdicts {
    pub fn findings(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| verdict.is_finding())
    }

    pub fn of(&self, name: &str) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| verdict.name == name)
    }

    /// JSON, indented, with a newline at its end; of `all` verdicts, or of the findings alone.
    pub fn to_json(&self, all: bool) -> String {
        let mut shown = self.clone();
        shown.verdicts.retain(|verdict| all || verdict.is_finding());
        crate::json::pretty(&shown)
    }
}

pub fn verdicts(recording: &Recording, facts: &Facts) -> Verdicts {
    let ledger = Ledger::new(recording);
    let setting = Setting {
        facts,
        environment: recording.app.environment.rails_env.clone().unwrap_or_default(),
        eager_load: recording.app.environment.eager_load != Some(false),
        whole: recording.is_whole() && recording.finish.as_ref().is_none_or(|finish| finish.error.is_none()),
        railties: figures::loaded_railties(&ledger),
        gems_of_rails: figures::gems_of_rails(&ledger),
    };
    let cases: Vec<Case> = facts
        .things
        .iter()
        .map(|thing| Case { setting: &setting, thing, figures: Figures::of(&ledger, thing, facts) })
        .collect();
    let mut list = judge(&cases);
    let ignored = ignore(&mut list, facts);
    for evidence in list.iter_mut().flat_map(|verdict| &mut verdict.evidence) {
        evidence.file = evidence.file.take().map(|file| ledger.short_path(&file).to_string());
    }
    list.sort_by(|a, b| {
        (a.verdict, std::cmp::Reverse(a.removable_bytes), &a.name).cmp(&(
            b.verdict,
            std::cmp::Reverse(b.removable_bytes),
            &b.name,
        ))
    });
    let together = |answers: &[Answer]| {
        let names: Vec<String> =
            list.iter().filter(|it| answers.contains(&it.verdict)).map(|it| it.name.clone()).collect();
        crate::leaving_out::removable_known(&ledger, &names)
    };
    Verdicts {
        schema: SCHEMA,
        app: recording.app.name.clone(),
        environment: recording.app.environment.clone(),
        files_read: facts.files_read,
        trace: facts.trace.as_ref().map(|trace| {
            trace.runs.iter().map(|run| TracedCommand { command: run.command.clone(), status: run.status }).collect()
        }),
        weight: if recording.header.counter { "held" } else { "retained" },
        removable_bytes: together(&[Answer::Remove, Answer::Defer]),
        removable_with_unknown_bytes: together(&[Answer::Remove, Answer::Defer, Answer::Unknown]),
        trim: trim(&setting, &list),
        verdicts: list,
        ignored,
        skipped: facts.skipped.clone(),
        unseen: unseen::of_all(facts),
        notes: notes(recording),
    }
}

/// `--railties` is the list to have.
fn trim(setting: &Setting, list: &[Verdict]) -> Option<String> {
    let goes = |name: &&String| {
        let found = list.iter().find(|verdict| verdict.kind == Kind::Railtie && verdict.name == **name);
        found.is_some_and(|verdict| verdict.verdict == Answer::Remove)
    };
    let (going, staying): (Vec<&String>, Vec<&String>) = setting.railties.iter().partition(goes);
    let staying: Vec<&str> = staying.into_iter().map(String::as_str).collect();
    (!going.is_empty()).then(|| format!("memtrim trim --railties {} --write", staying.join(",")))
}

fn judge(cases: &[Case]) -> Vec<Verdict> {
    let mut list: Vec<Verdict> = cases.iter().map(|case| verdict(case, rules::rule_on(case))).collect();
    // What only holds as long as something else does that can go itself.
    loop {
        let changed = (0..cases.len()).find_map(|index| {
            let ruling = held_by_what_goes(&cases[index], &list[index], &list)?;
            Some((index, verdict(&cases[index], ("held_by_what_goes", ruling))))
        });
        let Some((index, verdict)) = changed else { return list };
        list[index] = verdict;
    }
}

fn verdict(case: &Case, (rule, ruling): (&'static str, Ruling)) -> Verdict {
    let finding = ruling.answer != Answer::Keep;
    Verdict {
        name: case.thing.name.clone(),
        version: case.thing.version.clone(),
        kind: case.thing.kind,
        verdict: ruling.answer,
        confidence: ruling.confidence,
        rule,
        removable_bytes: case.figures.removable_bytes,
        seconds: case.figures.seconds,
        why: ruling.why,
        evidence: ruling.evidence,
        edit: ruling.edit,
        risk: ruling.risk,
        unseen: if finding { unseen::of(case) } else { Vec::new() },
        settle: ruling.settle,
        used: case.places(),
    }
}

/// Something else loads it, but that can go: then the question is open again, unless a boot has left out both.
fn held_by_what_goes(case: &Case, verdict: &Verdict, list: &[Verdict]) -> Option<Ruling> {
    let goes = |name: &str| {
        let found = list.iter().find(|it| it.name == name);
        found.is_some_and(|it| it.verdict == Answer::Remove || it.rule == "held_by_what_goes")
    };
    let all_go = |holder: &Holder| {
        let railties = case.is_railtie() && !holder.railties.is_empty();
        if railties {
            holder.railties.iter().all(|name| goes(name))
        } else {
            goes(&holder.place.name)
        }
    };
    let holders = &case.figures.held_by;
    if verdict.rule != "loaded_anyway" || holders.is_empty() || !holders.iter().all(all_go) {
        return None;
    }
    let figures = Figures { held_in: false, held_by: Vec::new(), ..case.figures.clone() };
    let (_, alone) = rules::rule_on(&Case { setting: case.setting, thing: case.thing, figures });
    if !matches!(alone.answer, Answer::Remove | Answer::Unknown) {
        return None;
    }
    let names: Vec<&str> = holders
        .iter()
        .flat_map(|it| match it.railties.as_slice() {
            railties if case.is_railtie() && !railties.is_empty() => railties.iter().map(String::as_str).collect(),
            _ => vec![it.place.name.as_str()],
        })
        .collect();
    let tried = case.boots().map_or(&[][..], |boots| &boots.without);
    if alone.answer == Answer::Remove && names.iter().all(|name| tried.iter().any(|it| it == name)) {
        let why = format!("{}; it was loaded only by {}, which can go too", alone.why, rules::names(names));
        return Some(Ruling { why, ..alone });
    }
    let why = format!("loaded only by what can go itself, {}: then it may be unused too", rules::names(names));
    Some(Ruling::unknown(why, verdict.evidence.clone()).settle("memtrim unused, once they are gone"))
}

/// Findings that the app's file names become keeps; entries without a finding are stale.
fn ignore(list: &mut [Verdict], facts: &Facts) -> Vec<Ignored> {
    let entries = facts.ignore.iter().map(|entry| {
        let finding = list.iter_mut().find(|verdict| verdict.name == entry.name && verdict.is_finding());
        let stale = finding.is_none();
        if let Some(verdict) = finding {
            let place = evidence::place(edit::CONFIGURATION, entry.line);
            verdict.why = format!("ignored by {place}: {}; else: {}", entry.reason, verdict.why);
            verdict.verdict = Answer::Keep;
            verdict.rule = "ignored";
        }
        Ignored { name: entry.name.clone(), reason: entry.reason.clone(), line: entry.line, stale }
    });
    entries.collect()
}

fn notes(recording: &Recording) -> Vec<String> {
    let mut notes = Vec::new();
    if !recording.header.counter {
        notes.push("light recording: bytes are those of retained objects".into());
    }
    notes
}
