//! Everything about one gem or railtie: what loaded it, what it loaded, what keeps it in.

use crate::analysis::{Cut, Ledger, Owner};
use crate::leaving_out::{find, Thing, Unknown};
use crate::recorder::ScopeId;
use crate::recording::Recording;
use crate::requirers::{requirers, RequirerReport};
use crate::verdict::{self, Facts, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    pub schema: u32,
    pub name: String,
    /// `gem` or `railtie`.
    pub kind: &'static str,
    pub version: Option<String>,
    pub in_gemfile: Option<bool>,
    /// `loaded` or `absent`.
    pub state: &'static str,
    pub weight: &'static str,
    pub self_bytes: u64,
    pub total_bytes: u64,
    pub removable_bytes: u64,
    pub seconds: f64,
    /// From the program's start to its first file: each step's file and the line that made the next one load.
    pub loaded_by: Vec<Step>,
    /// Gems and railties first loaded under it, largest first.
    pub loaded: Vec<Share>,
    /// What would go with it, by whose it is, largest first; adds up to `removable_bytes`.
    pub would_go: Vec<Share>,
    /// Its own files and initializers, largest first.
    pub files: Vec<Share>,
    pub also_required_by: Vec<RequirerReport>,
    /// Null when nothing besides the recording was known of it.
    pub verdict: Option<Verdict>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub name: String,
    pub line: Option<u32>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Share {
    pub name: String,
    pub bytes: u64,
}

/// With `facts`, also the verdict.
///
/// # Errors
/// When the recording knows no gem or railtie of that name.
pub fn explain(recording: &Recording, name: &str, facts: Option<&Facts>) -> Result<Explanation, Unknown> {
    let ledger = Ledger::new(recording);
    let mut explanation = match find(recording, name)? {
        Thing::Gem(gem) => explain_gem(&ledger, gem),
        Thing::Railtie(component) => explain_railtie(&ledger, component),
    };
    explanation.verdict = facts.and_then(|facts| verdict::verdicts(recording, facts).of(name).cloned());
    Ok(explanation)
}

fn explain_gem(ledger: &Ledger, index: usize) -> Explanation {
    let gem = &ledger.recording.app.gems[index];
    let own: Vec<bool> = ledger.owner_of.iter().map(|owner| *owner == Owner::Gem(index)).collect();
    let sums = ledger.gem(index).map(|entry| entry.sums);
    let mut explanation = describe(ledger, &own, &ledger.gem_cut(index), sums);
    explanation.name.clone_from(&gem.name);
    explanation.kind = "gem";
    explanation.version = Some(gem.version.clone());
    explanation.in_gemfile = Some(gem.in_gemfile);
    explanation
}

fn explain_railtie(ledger: &Ledger, component: usize) -> Explanation {
    let node = ledger.component_node(component);
    let own = node.map_or_else(|| vec![false; ledger.owner_of.len()], |node| ledger.railtie_scopes(node));
    let cut = node.map_or_else(Cut::default, |node| ledger.railtie_cut(node));
    let entry = ledger.railtie(component);
    let mut explanation = describe(ledger, &own, &cut, entry.loaded.then_some(entry.sums));
    explanation.name.clone_from(&ledger.recording.app.components[component].name);
    explanation.kind = "railtie";
    explanation
}

fn describe(ledger: &Ledger, own: &[bool], cut: &Cut, sums: Option<crate::analysis::Sums>) -> Explanation {
    let state = if sums.is_some() { "loaded" } else { "absent" };
    let sums = sums.unwrap_or_default();
    let alive = ledger.graph.alive(cut);
    Explanation {
        schema: crate::report::SCHEMA,
        name: String::new(),
        kind: "",
        version: None,
        in_gemfile: None,
        state,
        weight: if ledger.recording.header.counter { "held" } else { "retained" },
        self_bytes: sums.self_bytes,
        total_bytes: sums.total_bytes,
        removable_bytes: sums.removable_bytes,
        seconds: sums.seconds,
        loaded_by: chain(ledger, own),
        loaded: shares(ledger, below(ledger, own)),
        would_go: shares(ledger, ledger.gone(&alive).collect()),
        files: files(ledger, own),
        also_required_by: requirers(ledger, &sums.also_required_by),
        verdict: None,
    }
}

/// Scopes first opened under the thing's own, its own left out.
fn below(ledger: &Ledger, own: &[bool]) -> Vec<ScopeId> {
    let mut below = own.to_vec();
    let mut found = Vec::new();
    for (id, scope) in ledger.recording.scopes.iter().enumerate() {
        let parent = scope.parent as usize;
        if !below[id] && parent < id && below[parent] {
            below[id] = true;
            found.push(id as ScopeId);
        }
    }
    found
}

fn shares(ledger: &Ledger, scopes: Vec<ScopeId>) -> Vec<Share> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for scope in scopes {
        *sums.entry(ledger.name_of(scope)).or_insert(0) += ledger.bytes_of(scope);
    }
    largest_first(sums)
}

fn files(ledger: &Ledger, own: &[bool]) -> Vec<Share> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (id, _) in own.iter().enumerate().filter(|(_, own)| **own) {
        *sums.entry(ledger.label_of(id as ScopeId)).or_insert(0) += ledger.bytes_of(id as ScopeId);
    }
    largest_first(sums)
}

fn largest_first(sums: BTreeMap<String, u64>) -> Vec<Share> {
    let mut shares: Vec<Share> =
        sums.into_iter().filter(|(_, bytes)| *bytes > 0).map(|(name, bytes)| Share { name, bytes }).collect();
    shares.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    shares
}

/// The way from the program's start to the thing's first scope.
fn chain(ledger: &Ledger, own: &[bool]) -> Vec<Step> {
    let Some(first) = own.iter().position(|own| *own) else { return Vec::new() };
    let mut steps = Vec::new();
    let mut id = first;
    loop {
        let scope = &ledger.recording.scopes[id];
        let parent = scope.parent as usize;
        if parent >= id {
            break;
        }
        let line =
            ledger.recording.edges.iter().find(|edge| edge.loaded as usize == id && id != 0).map(|edge| edge.line);
        if parent > crate::recorder::RECORDER as usize {
            steps.push(Step { name: ledger.label_of(parent as ScopeId), line: line.filter(|line| *line > 0) });
        }
        id = parent;
    }
    steps.reverse();
    steps.push(Step { name: ledger.label_of(first as ScopeId), line: None });
    steps
}
