//! The boot for speedscope (<https://www.speedscope.app>): a stack is the scopes from the outermost to the innermost, its
//! weight what the innermost one has cost by itself.

use crate::analysis::{Ledger, Weight};
use crate::boot_tree::{costs, Cost};
use crate::recorder::{Kind, ScopeId, StringId, RECORDER, RUBY};
use crate::recording::Recording;
use rustc_hash::FxHashMap;
use serde::Serialize;

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

#[derive(Serialize)]
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: String,
    #[serde(rename = "activeProfileIndex")]
    active_profile_index: usize,
    shared: Shared,
    profiles: Vec<Profile>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct Frame {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Where an initializer or a hook begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
struct Profile {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    unit: &'static str,
    #[serde(rename = "startValue")]
    start_value: u64,
    #[serde(rename = "endValue")]
    end_value: u64,
    samples: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

/// Held bytes (of a light recording: retained bytes) and seconds of a boot, as a file for speedscope.
pub fn speedscope(recording: &Recording) -> String {
    let ledger = Ledger::new(recording);
    let costs = costs(&ledger);
    let (frames, frame_of) = frames(&ledger);
    let stacks: Vec<Vec<usize>> = (0..recording.scopes.len()).map(|id| stack(recording, id, &frame_of)).collect();
    let profile = |name, unit, of: &dyn Fn(&Cost) -> u64| {
        let weighed = || costs.iter().map(of).enumerate().filter(|(_, weight)| *weight > 0);
        Profile {
            kind: "sampled",
            name,
            unit,
            start_value: 0,
            end_value: weighed().map(|(_, weight)| weight).sum(),
            samples: weighed().map(|(id, _)| stacks[id].clone()).collect(),
            weights: weighed().map(|(_, weight)| weight).collect(),
        }
    };
    let bytes = match ledger.weight {
        Weight::Held => profile("held bytes", "bytes", &|cost| cost.held_bytes),
        Weight::Retained => profile("retained bytes", "bytes", &|cost| cost.retained_bytes),
    };
    let file = File {
        schema: SCHEMA,
        exporter: concat!("showcase_memtrim@", env!("CARGO_PKG_VERSION")),
        name: super::words::recorded(&recording.app.name, &recording.app.environment).join(" · "),
        active_profile_index: 0,
        shared: Shared { frames },
        profiles: vec![bytes, profile("seconds", "nanoseconds", &|cost| cost.ns)],
    };
    serde_json::to_string(&file).map(|text| text + "\n").unwrap_or_default()
}

/// The distinct frames, and the one of each scope.
fn frames(ledger: &Ledger) -> (Vec<Frame>, Vec<usize>) {
    let (mut frames, mut index) = (Vec::new(), FxHashMap::default());
    let of = (0..ledger.recording.scopes.len())
        .map(|id| {
            let frame = frame(ledger, id as ScopeId);
            *index.entry(frame.clone()).or_insert_with(|| {
                frames.push(frame);
                frames.len() - 1
            })
        })
        .collect();
    (frames, of)
}

fn frame(ledger: &Ledger, id: ScopeId) -> Frame {
    let recording = ledger.recording;
    let scope = &recording.scopes[id as usize];
    let (name, path) = (recording.string(scope.name), recording.string(scope.file));
    let name = match scope.kind {
        Kind::Ruby => "ruby".to_string(),
        Kind::Recorder => "memtrim".to_string(),
        Kind::Require => format!("require {}", feature(ledger, name)),
        Kind::Load => format!("load {}", ledger.short_path(name)),
        Kind::Bundler | Kind::BundlerRequire => name.to_string(),
        Kind::Initializer => format!("initializer {name}"),
        Kind::LoadHook => format!("on_load :{name}"),
        Kind::EagerLoad if scope.detail != StringId::EMPTY => {
            format!("eager load of {}", recording.string(scope.detail))
        }
        Kind::EagerLoad | Kind::Controller => format!("eager load of {name}"),
        Kind::Locale => format!("translations {}", ledger.short_path(path)),
        Kind::Request => format!("GET {name}"),
    };
    Frame {
        name,
        file: (!path.is_empty()).then(|| ledger.short_path(path).to_string()),
        line: (!scope.kind.is_load() && scope.line > 0).then_some(scope.line),
    }
}

/// What a file is required by: a path below a directory of `$LOAD_PATH` without that and without `.rb`.
fn feature<'a>(ledger: &Ledger, name: &'a str) -> &'a str {
    let name = name.strip_suffix(".rb").unwrap_or(name);
    let below = |dir: &String| name.strip_prefix(dir.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    let dirs = &ledger.recording.app.load_path;
    dirs.iter().filter_map(below).min_by_key(|rest| rest.len()).unwrap_or_else(|| ledger.short_path(name))
}

/// A scope's frames, the outermost first. The program itself is not one: everything would stand on it.
fn stack(recording: &Recording, id: usize, frame_of: &[usize]) -> Vec<usize> {
    let mut frames = vec![frame_of[id]];
    let mut at = id;
    loop {
        let parent = recording.scopes[at].parent as usize;
        if parent >= at || parent <= RECORDER.max(RUBY) as usize {
            frames.reverse();
            return frames;
        }
        frames.push(frame_of[parent]);
        at = parent;
    }
}
