//! What the page shows, in few bytes: every text once, and what there is much of in columns.

use crate::analysis::{Ledger, Owner};
use crate::boot_tree::{self, BootTree, Call, Place, Whose};
use crate::recorder::ScopeId;
use crate::recording::Recording;
use crate::render::words;
use crate::report::{Report, Totals};
use crate::requirers::RequirerReport;
use crate::verdict;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeMap;

/// Of those that also require a file, this many are told by name.
const REQUIRERS: usize = 12;

/// Index into [`Data::strings`].
type Text = usize;

#[derive(Serialize)]
pub struct Data<'a> {
    written_by: &'static str,
    app: &'a str,
    /// What was recorded and where, in words.
    subject: Vec<String>,
    /// The measure of the things: `held` or `retained`.
    weight: &'static str,
    whole: bool,
    error: Option<&'a str>,
    warnings: &'a [String],
    missed_files: usize,
    seconds: f64,
    totals: &'a Totals,
    nodes: Nodes,
    scopes: Scopes,
    things: Vec<Thing<'a>>,
    strings: Vec<String>,
}

/// [`BootTree`] in columns.
#[derive(Default, Serialize)]
struct Nodes {
    /// `phase`, `owner`, `railtie`, `file` or `part`, by its first letter; `b` is the boot.
    kind: String,
    parent: Vec<usize>,
    name: Vec<Text>,
    held: Vec<u64>,
    retained: Vec<u64>,
    ns: Vec<u64>,
    scope: Vec<ScopeId>,
    /// Of owners and railties: which of the things it is; -1 of others.
    thing: Vec<i32>,
    /// By node: who else requires a file, `[scope, line, file]`, and how many more do. The file is left out where it is
    /// the scope's.
    also: BTreeMap<usize, (Vec<Vec<u64>>, usize)>,
}

/// For the way to a file: each scope's name, what it stands on, and the line of the call that opened it.
#[derive(Default, Serialize)]
struct Scopes {
    name: Vec<Text>,
    parent: Vec<ScopeId>,
    line: Vec<u32>,
    /// The file of the call; 0 where it is the name of what the scope stands on.
    file: Vec<Text>,
}

/// A gem or a railtie.
#[derive(Serialize)]
struct Thing<'a> {
    name: &'a str,
    kind: &'static str,
    version: &'a str,
    loaded: bool,
    in_gemfile: bool,
    dependency_of: &'a [String],
    removable: u64,
    #[serde(rename = "self")]
    own: u64,
    total: u64,
    seconds: f64,
    also: &'a [RequirerReport],
    /// The first of its scopes; -1 when there is none.
    scope: i64,
    verdict: Option<Judged<'a>>,
}

#[derive(Serialize)]
struct Judged<'a> {
    answer: verdict::Answer,
    confidence: verdict::Confidence,
    why: &'a str,
}

pub fn data<'a>(recording: &'a Recording, report: &'a Report) -> Data<'a> {
    let ledger = Ledger::new(recording);
    let mut texts = Texts::default();
    let things = things(&ledger, report);
    let nodes = nodes(&ledger, &things, &mut texts);
    let scopes = scopes(&ledger, &mut texts);
    let mut subject = words::recorded(&report.app, &report.environment);
    subject.remove(0);
    subject.extend((report.environment.eager_load == Some(false)).then(|| "no eager load".to_string()));
    Data {
        written_by: env!("CARGO_PKG_VERSION"),
        app: &report.app,
        subject,
        weight: report.weight,
        whole: report.whole,
        error: report.error.as_deref(),
        warnings: &report.warnings,
        missed_files: report.witness.missed_files.len(),
        seconds: report.seconds,
        totals: &report.totals,
        nodes,
        scopes,
        things,
        strings: texts.list,
    }
}

#[derive(Default)]
struct Texts {
    list: Vec<String>,
    index: FxHashMap<String, Text>,
}

impl Texts {
    fn add(&mut self, text: &str) -> Text {
        if let Some(index) = self.index.get(text) {
            return *index;
        }
        self.list.push(text.to_string());
        self.index.insert(text.to_string(), self.list.len() - 1);
        self.list.len() - 1
    }
}

fn nodes(ledger: &Ledger, things: &[Thing], texts: &mut Texts) -> Nodes {
    texts.add(""); // so that 0 is none
    let app = &ledger.recording.app;
    let thing_of = |kind: &str, name: &str| {
        things.iter().position(|thing| thing.kind == kind && thing.name == name).map_or(-1, |index| index as i32)
    };
    let mut nodes = Nodes::default();
    for (index, node) in BootTree::new(ledger).nodes.iter().enumerate() {
        let (kind, name, thing) = match &node.place {
            Place::Boot => ('b', "boot".to_string(), -1),
            Place::Phase(phase) => ('p', phase.name().replace('_', " "), -1),
            Place::Owner(Whose::Ruby) => ('o', "ruby".to_string(), -1),
            Place::Owner(Whose::App) => ('o', "app".to_string(), -1),
            Place::Owner(Whose::Nobody) => ('o', "no owner".to_string(), -1),
            Place::Owner(Whose::Gem(gem)) => ('o', app.gems[*gem].name.clone(), thing_of("gem", &app.gems[*gem].name)),
            Place::Railtie(component) => {
                let name = &app.components[*component].name;
                ('r', name.clone(), thing_of("railtie", name))
            }
            Place::File(file) => ('f', file.clone(), -1),
            Place::Part(label) => ('i', label.clone(), -1),
        };
        nodes.kind.push(kind);
        nodes.parent.push(node.parent);
        nodes.name.push(texts.add(&name));
        nodes.held.push(if ledger.recording.header.counter { node.own.held_bytes } else { 0 });
        nodes.retained.push(node.own.retained_bytes);
        nodes.ns.push(node.own.ns);
        nodes.scope.push(node.scope);
        nodes.thing.push(thing);
        if kind == 'f' {
            let calls = boot_tree::also_required_by(ledger, node.scope);
            if !calls.is_empty() {
                let told = calls.iter().take(REQUIRERS).map(|call| place(ledger, call, texts)).collect();
                nodes.also.insert(index, (told, calls.len().saturating_sub(REQUIRERS)));
            }
        }
    }
    nodes
}

fn place(ledger: &Ledger, call: &Call, texts: &mut Texts) -> Vec<u64> {
    let mut place = vec![u64::from(call.scope), u64::from(call.line)];
    if call.file != ledger.label_of(call.scope) {
        place.push(texts.add(&call.file) as u64);
    }
    place
}

fn scopes(ledger: &Ledger, texts: &mut Texts) -> Scopes {
    let mut columns = Scopes::default();
    let calls = boot_tree::opened_by(ledger);
    for (id, scope) in ledger.recording.scopes.iter().enumerate() {
        columns.name.push(texts.add(&ledger.label_of(id as ScopeId)));
        columns.parent.push(scope.parent);
        let call = calls[id].as_ref();
        columns.line.push(call.map_or(0, |call| call.line));
        columns.file.push(
            call.filter(|call| call.file != ledger.label_of(scope.parent)).map_or(0, |call| texts.add(&call.file)),
        );
    }
    columns
}

fn things<'a>(ledger: &Ledger, report: &'a Report) -> Vec<Thing<'a>> {
    let app = &ledger.recording.app;
    let judged = |kind: verdict::Kind, name: &str| {
        let all = report.verdicts.as_deref().unwrap_or_default();
        all.iter().find(|verdict| verdict.kind == kind && verdict.name == name).map(|verdict| Judged {
            answer: verdict.verdict,
            confidence: verdict.confidence,
            why: &verdict.why,
        })
    };
    let gems = report.gems.iter().map(|gem| {
        let index = app.gems.iter().position(|other| other.name == gem.name);
        let own = index.and_then(|gem| ledger.owner_of.iter().position(|owner| *owner == Owner::Gem(gem)));
        Thing {
            name: &gem.name,
            kind: "gem",
            version: &gem.version,
            loaded: true,
            in_gemfile: gem.in_gemfile,
            dependency_of: &gem.dependency_of,
            removable: gem.removable_bytes,
            own: gem.self_bytes,
            total: gem.total_bytes,
            seconds: gem.seconds,
            also: &gem.also_required_by,
            scope: own.map_or(-1, |scope| scope as i64),
            verdict: judged(verdict::Kind::Gem, &gem.name),
        }
    });
    let railties = report.railties.iter().enumerate().map(|(component, railtie)| {
        let node = ledger.component_node(component);
        let own = node.map(|node| ledger.graph.scope_of[node]);
        Thing {
            name: &railtie.name,
            kind: "railtie",
            version: "",
            loaded: railtie.state == "loaded",
            in_gemfile: false,
            dependency_of: &[],
            removable: railtie.removable_bytes,
            own: railtie.self_bytes,
            total: railtie.total_bytes,
            seconds: railtie.seconds,
            also: &railtie.also_required_by,
            scope: own.map_or(-1, i64::from),
            verdict: judged(verdict::Kind::Railtie, &railtie.name),
        }
    });
    railties.chain(gems).collect()
}
