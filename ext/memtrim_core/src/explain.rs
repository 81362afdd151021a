//! Everything about one gem or railtie: what loaded it, what it loaded, what keeps it in.

use crate::analysis::{Cut, Ledger, Owner};
use crate::recorder::ScopeId;
use crate::recording::Recording;
use crate::report::{requirers, RequirerReport};
use crate::verdict::{self, Facts, Verdict};
use rustc_hash::FxHashSet;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

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

/// No gem or railtie of that name, and the nearest ones.
#[derive(Debug)]
pub struct Unknown {
    pub name: String,
    pub nearest: Vec<String>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no gem or railtie named {} in this recording", self.name)?;
        if !self.nearest.is_empty() {
            write!(f, "; did you mean {}?", self.nearest.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Unknown {}

enum Thing {
    Gem(usize),
    Railtie(usize),
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

/// Bytes that would go if all of these gems and railties were left out together.
///
/// # Errors
/// When the recording knows no gem or railtie of one of the names.
pub fn removable(recording: &Recording, names: &[String]) -> Result<u64, Unknown> {
    let ledger = Ledger::new(recording);
    Ok(ledger.removable(&cuts(&ledger, names)?))
}

/// As [`removable`]; names that the recording does not know are passed over.
pub(crate) fn removable_known(ledger: &Ledger, names: &[String]) -> u64 {
    let cuts: Vec<Cut> = names.iter().filter_map(|name| cut(ledger, find(ledger.recording, name).ok()?)).collect();
    ledger.removable(&cuts)
}

/// Of these gems and railties, those that are worth leaving out together because they hold each other in; names
/// that the recording does not know are passed over. See [`analysis::sets`](crate::analysis::sets).
pub fn sets(recording: &Recording, names: &[String]) -> Vec<Vec<String>> {
    let ledger = Ledger::new(recording);
    let mut seen = FxHashSet::default();
    let (known, cuts): (Vec<&String>, Vec<Cut>) = names
        .iter()
        .filter(|name| seen.insert(*name))
        .filter_map(|name| Some((name, cut(&ledger, find(recording, name).ok()?)?)))
        .unzip();
    let sets = crate::analysis::sets(&ledger, &cuts);
    sets.into_iter().map(|set| set.members.into_iter().map(|index| known[index].clone()).collect()).collect()
}

/// One scope as a list of them has it.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeBytes {
    /// Its file, or its kind and name.
    pub label: String,
    pub bytes: u64,
    /// It would not live without the things left out.
    pub gone: bool,
}

/// Every scope with its own bytes, and whether it would go with these gems and railties: what a removable
/// figure is made of.
///
/// # Errors
/// As [`removable`].
pub fn scopes(recording: &Recording, names: &[String]) -> Result<Vec<ScopeBytes>, Unknown> {
    let ledger = Ledger::new(recording);
    let alive = ledger.graph.alive_without(&cuts(&ledger, names)?);
    let gone: FxHashSet<ScopeId> = ledger.gone(&alive).collect();
    let list =
        (0..recording.scopes.len() as ScopeId).filter(|scope| ledger.owner_of[*scope as usize] != Owner::Recorder);
    Ok(list
        .map(|scope| ScopeBytes {
            label: ledger.label_of(scope),
            bytes: ledger.bytes_of(scope),
            gone: gone.contains(&scope),
        })
        .collect())
}

fn cuts(ledger: &Ledger, names: &[String]) -> Result<Vec<Cut>, Unknown> {
    let things = names.iter().map(|name| find(ledger.recording, name)).collect::<Result<Vec<Thing>, Unknown>>()?;
    Ok(things.into_iter().filter_map(|thing| cut(ledger, thing)).collect())
}

/// None for a railtie that is not loaded: there is nothing to cut.
fn cut(ledger: &Ledger, thing: Thing) -> Option<Cut> {
    match thing {
        Thing::Gem(gem) => Some(ledger.gem_cut(gem)),
        Thing::Railtie(component) => ledger.component_node(component).map(|node| ledger.railtie_cut(node)),
    }
}

fn find(recording: &Recording, name: &str) -> Result<Thing, Unknown> {
    let app = &recording.app;
    if let Some(component) = app.components.iter().position(|component| component.name == name) {
        return Ok(Thing::Railtie(component));
    }
    if let Some(gem) = app.gems.iter().position(|gem| gem.name == name) {
        return Ok(Thing::Gem(gem));
    }
    let known = app.gems.iter().map(|gem| &gem.name).chain(app.components.iter().map(|component| &component.name));
    let mut near: Vec<(f64, &String)> = known.map(|other| (strsim::jaro_winkler(name, other), other)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let nearest =
        near.into_iter().take_while(|(likeness, _)| *likeness > 0.8).take(3).map(|(_, name)| name.clone()).collect();
    Err(Unknown { name: name.to_string(), nearest })
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
