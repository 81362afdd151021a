//! The report: the ledger as its readers get it. Its JSON is a contract: keys may be added, not renamed.

use crate::analysis::{GemEntry, Ledger, Owner, RailtieEntry, Weight};
use crate::process_memory::{Row, Usage};
use crate::recorder::{Kind, RUBY};
use crate::recording::{Environment, Phase, Recording};
use crate::requirers::{requirers, RequirerReport};
use crate::verdict::{self, Facts, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the JSON contract.
pub const SCHEMA: u32 = 1;

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub schema: u32,
    pub app: String,
    pub environment: Environment,
    /// False when the process died before its boot ended: then only phases are known.
    pub whole: bool,
    /// What ended the boot, when it did not end well.
    pub error: Option<String>,
    /// What the gems' and railties' bytes are: `held`, or in a light recording `retained`.
    pub weight: &'static str,
    pub seconds: f64,
    pub totals: Totals,
    pub rows: Vec<Row>,
    /// Held (or retained) bytes by whose they are; they add up.
    pub owners: Vec<OwnerSum>,
    pub phases: Vec<PhaseReport>,
    pub railties: Vec<RailtieReport>,
    pub gems: Vec<GemReport>,
    /// Null when nothing besides the recording was known.
    pub verdicts: Option<Vec<Verdict>>,
    pub witness: Witness,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Totals {
    pub rss_bytes: u64,
    pub pss_bytes: u64,
    pub private_bytes: u64,
    pub anon_bytes: u64,
    /// 0 in a light recording.
    pub held_bytes: u64,
    /// Those of the held bytes that are the interpreter's own tables and call caches. They grow by doubling, so they are
    /// no measure of what a program holds.
    pub interpreter_bytes: u64,
    pub retained_bytes: u64,
    pub residual_bytes: i64,
    /// By the recorder's own count; the counter's table not among them.
    pub recorder_bytes: u64,
    /// The counter's table, and the live allocator blocks in it; 0 in a light recording.
    pub counter_bytes: u64,
    pub live_blocks: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct OwnerSum {
    pub name: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct PhaseReport {
    pub name: &'static str,
    /// Growth during the phase; negative when it gave memory back.
    pub anon_bytes: i64,
    pub rss_bytes: i64,
    pub held_bytes: u64,
    pub retained_bytes: u64,
    pub seconds: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct RailtieReport {
    pub name: String,
    pub state: &'static str,
    pub self_bytes: u64,
    pub total_bytes: u64,
    pub removable_bytes: u64,
    pub also_required_by: Vec<RequirerReport>,
    pub seconds: f64,
    pub phases: Vec<PhaseBytes>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PhaseBytes {
    pub name: &'static str,
    pub bytes: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct GemReport {
    pub name: String,
    pub version: String,
    pub in_gemfile: bool,
    /// Gems of the bundle that depend on it.
    pub dependency_of: Vec<String>,
    pub self_bytes: u64,
    pub total_bytes: u64,
    pub removable_bytes: u64,
    pub file_bytes: u64,
    pub also_required_by: Vec<RequirerReport>,
    pub seconds: f64,
    pub features: usize,
}

/// Ruby's own word (`script_compiled`) on what the recorder saw.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Witness {
    pub compiled_files: u64,
    /// Compiled files that lay outside every recorded scope of their own.
    pub missed_files: Vec<String>,
}

impl Report {
    /// With `facts`, also the verdicts.
    pub fn new(recording: &Recording, facts: Option<&Facts>) -> Report {
        let ledger = Ledger::new(recording);
        let app = &recording.app;
        let memory = recording.memory.clone().unwrap_or_default();
        let usage = recording.memory.as_ref().map_or_else(|| last_usage(recording), |memory| memory.usage);
        let finish = recording.finish.clone().unwrap_or_default();
        let totals = Totals {
            rss_bytes: usage.rss_bytes,
            pss_bytes: usage.pss_bytes,
            private_bytes: usage.private_bytes,
            anon_bytes: usage.anon_bytes,
            held_bytes: if recording.header.counter { ledger.total(Weight::Held) } else { 0 },
            interpreter_bytes: finish.interpreter_bytes,
            retained_bytes: ledger.total(Weight::Retained),
            residual_bytes: memory.row(Row::RESIDUAL),
            recorder_bytes: finish.recorder_bytes,
            counter_bytes: finish.counter_bytes,
            live_blocks: finish.live_blocks,
        };
        let mut gems: Vec<GemReport> = ledger.gems().iter().map(|entry| gem(&ledger, entry)).collect();
        gems.sort_by(|a, b| {
            (b.removable_bytes, b.self_bytes).cmp(&(a.removable_bytes, a.self_bytes)).then_with(|| a.name.cmp(&b.name))
        });
        let mut warnings = recording.warnings.clone();
        warnings.extend(own_warnings(recording));
        Report {
            schema: SCHEMA,
            app: app.name.clone(),
            environment: app.environment.clone(),
            whole: recording.is_whole(),
            error: finish.error.clone(),
            weight: if ledger.weight == Weight::Held { "held" } else { "retained" },
            seconds: recording.segments.last().map_or(0.0, |segment| segment.end_ns as f64 / 1e9),
            totals,
            rows: memory.rows.clone(),
            owners: owners(&ledger),
            phases: phases(&ledger),
            railties: ledger.railties().iter().map(|entry| railtie(&ledger, entry)).collect(),
            gems,
            verdicts: facts.map(|facts| verdict::verdicts(recording, facts).verdicts),
            witness: Witness {
                compiled_files: finish.compiled_inside + finish.compiled_outside.len() as u64,
                missed_files: finish.compiled_outside.iter().map(|id| recording.string(*id).to_string()).collect(),
            },
            warnings,
        }
    }

    /// RSS and anonymous memory without what the recorder and its counter take; the other figures are 0.
    pub fn own_usage(&self) -> Usage {
        let recorder = self.rows.iter().find(|row| row.name == Row::RECORDER).map_or(0, |row| row.bytes.max(0) as u64);
        Usage {
            rss_bytes: self.totals.rss_bytes.saturating_sub(recorder),
            anon_bytes: self.totals.anon_bytes.saturating_sub(recorder),
            ..Usage::default()
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

fn last_usage(recording: &Recording) -> Usage {
    recording.segments.iter().rev().find_map(|segment| segment.usage).unwrap_or_default()
}

fn own_warnings(recording: &Recording) -> Vec<String> {
    let mut warnings = Vec::new();
    if recording.app.compactions > 0 {
        warnings.push(format!(
            "the heap was compacted {} time(s) while recording: objects moved, so their bytes by gem can't be told; keep GC.compact out of the boot to measure it",
            recording.app.compactions
        ));
    }
    if !recording.header.counter && recording.is_whole() {
        warnings.push(
            "light recording: bytes are those of retained objects; what the allocator holds besides has no owner here"
                .into(),
        );
    }
    warnings
}

fn phases(ledger: &Ledger) -> Vec<PhaseReport> {
    let recording = ledger.recording;
    let mut growth: BTreeMap<Phase, (i64, i64, u64)> = BTreeMap::new();
    let (mut before, mut at) = (Usage::default(), 0);
    for segment in &recording.segments {
        let entry = growth.entry(segment.phase).or_default();
        let now = segment.usage.unwrap_or(before);
        entry.0 += now.anon_bytes as i64 - before.anon_bytes as i64;
        entry.1 += now.rss_bytes as i64 - before.rss_bytes as i64;
        entry.2 += segment.end_ns.saturating_sub(at);
        (before, at) = (now, segment.end_ns);
    }
    let held = ledger.phases();
    let counted = recording.header.counter;
    Phase::ALL
        .into_iter()
        .filter(|phase| growth.contains_key(phase) || held.contains_key(phase))
        .map(|phase| {
            let (anon_bytes, rss_bytes, ns) = growth.get(&phase).copied().unwrap_or_default();
            let bytes = held.get(&phase).cloned().unwrap_or_default();
            PhaseReport {
                name: phase.name(),
                anon_bytes,
                rss_bytes,
                held_bytes: if counted { bytes.held_bytes } else { 0 },
                retained_bytes: bytes.retained_bytes,
                seconds: ns as f64 / 1e9,
            }
        })
        .collect()
}

fn owners(ledger: &Ledger) -> Vec<OwnerSum> {
    let mut sums = [("ruby", 0), ("gems", 0), ("app", 0), ("no owner", 0)];
    for (owner, bytes) in ledger.by_owner() {
        let index = match owner {
            Owner::Ruby => 0,
            Owner::Gem(_) => 1,
            Owner::App(_) => 2,
            Owner::Unknown | Owner::Recorder => 3,
        };
        sums[index].1 += bytes;
    }
    sums.into_iter().map(|(name, bytes)| OwnerSum { name: name.to_string(), bytes }).collect()
}

fn railtie(ledger: &Ledger, entry: &RailtieEntry) -> RailtieReport {
    RailtieReport {
        name: ledger.recording.app.components[entry.component].name.clone(),
        state: if entry.loaded { "loaded" } else { "absent" },
        self_bytes: entry.sums.self_bytes,
        total_bytes: entry.sums.total_bytes,
        removable_bytes: entry.sums.removable_bytes,
        also_required_by: requirers(ledger, &entry.sums.also_required_by),
        seconds: entry.sums.seconds,
        phases: entry
            .sums
            .phases
            .iter()
            .map(|(phase, bytes)| PhaseBytes { name: phase.name(), bytes: *bytes })
            .collect(),
    }
}

fn gem(ledger: &Ledger, entry: &GemEntry) -> GemReport {
    let app = &ledger.recording.app;
    let gem = &app.gems[entry.gem];
    let dependency_of = app
        .gems
        .iter()
        .filter(|other| other.dependencies.contains(&gem.name))
        .map(|other| other.name.clone())
        .collect();
    GemReport {
        name: gem.name.clone(),
        version: gem.version.clone(),
        in_gemfile: gem.in_gemfile,
        dependency_of,
        self_bytes: entry.sums.self_bytes,
        total_bytes: entry.sums.total_bytes,
        removable_bytes: entry.sums.removable_bytes,
        file_bytes: entry.file_bytes,
        also_required_by: requirers(ledger, &entry.sums.also_required_by),
        seconds: entry.sums.seconds,
        features: entry.features,
    }
}

/// The scopes that were open when a recording broke off, outermost first, as a reader would name them.
pub fn open_at_the_end(recording: &Recording) -> Vec<String> {
    let Some(mut id) = recording.scopes.len().checked_sub(1) else { return Vec::new() };
    let mut names = Vec::new();
    while id > RUBY as usize && id < recording.scopes.len() {
        let scope = &recording.scopes[id];
        if scope.kind != Kind::Recorder {
            let file = recording.string(scope.file);
            names.push(if file.is_empty() { recording.string(scope.name) } else { file }.to_string());
        }
        id = scope.parent as usize;
    }
    names.reverse();
    names
}
