//! A boot as a tree of whose memory and time it is: phase → owner → railtie, where it is one's → file → what the file
//! registered. A node has what is its own besides its children's, so the children and its own add up to it.

use crate::analysis::{Ledger, Owner};
use crate::recorder::{Kind, ScopeId, RECORDER, RUBY};
use crate::recording::Phase;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::ops::AddAssign;

/// What a scope, or many together, have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Live slots and live blocks; in a light recording slots alone.
    pub held_bytes: u64,
    pub retained_bytes: u64,
    pub ns: u64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        self.held_bytes += other.held_bytes;
        self.retained_bytes += other.retained_bytes;
        self.ns += other.ns;
    }
}

/// What each scope has cost by itself, by scope; nothing for the recorder's own, nor the time of what it loads when the
/// boot is over. The time in no scope is that of [`RUBY`], as its bytes are: so all of them add up to the report's totals
/// and to its seconds.
pub fn costs(ledger: &Ledger) -> Vec<Cost> {
    let scopes = &ledger.recording.scopes;
    let mut recorders = vec![false; scopes.len()];
    let mut costs: Vec<Cost> = Vec::with_capacity(scopes.len());
    for (id, scope) in scopes.iter().enumerate() {
        let parent = scope.parent as usize;
        recorders[id] = id == RECORDER as usize || parent < id && recorders[parent];
        let tally = ledger.tally(id as ScopeId);
        costs.push(match id as ScopeId {
            RECORDER => Cost::default(),
            _ => Cost {
                held_bytes: tally.held_bytes(),
                retained_bytes: tally.retained_bytes,
                ns: if recorders[id] { 0 } else { scope.self_ns },
            },
        });
    }
    let whole = ledger.recording.segments.last().map_or(0, |segment| segment.end_ns);
    let inside: u64 = costs.iter().map(|cost| cost.ns).sum();
    if let Some(ruby) = costs.get_mut(RUBY as usize) {
        ruby.ns += whole.saturating_sub(inside);
    }
    costs
}

/// What a node stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    Boot,
    Phase(Phase),
    Owner(Whose),
    /// Index into the recording's components: what of its gem is the railtie's own.
    Railtie(usize),
    /// A file as one would say it; what has none, by its label.
    File(String),
    /// An initializer or a hook of a file's.
    Part(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Whose {
    Ruby,
    /// Index into the recording's gems.
    Gem(usize),
    App,
    Nobody,
}

#[derive(Clone, Debug)]
pub struct Node {
    /// Index of the node that it is in; the first node is in itself.
    pub parent: usize,
    pub place: Place,
    /// Without its children's.
    pub own: Cost,
    /// The first scope in it.
    pub scope: ScopeId,
}

pub struct BootTree {
    /// Parents before their children; the first is the whole boot.
    pub nodes: Vec<Node>,
}

impl BootTree {
    pub fn new(ledger: &Ledger) -> BootTree {
        let mut nodes = vec![Node { parent: 0, place: Place::Boot, own: Cost::default(), scope: RUBY }];
        let mut index: FxHashMap<(usize, Place), usize> = FxHashMap::default();
        let railties = railties(ledger);
        for (id, cost) in costs(ledger).into_iter().enumerate().filter(|(_, cost)| *cost != Cost::default()) {
            let mut at = 0;
            for place in path(ledger, id as ScopeId, railties.get(&(id as ScopeId)).copied()) {
                at = *index.entry((at, place.clone())).or_insert_with(|| {
                    nodes.push(Node { parent: at, place, own: Cost::default(), scope: id as ScopeId });
                    nodes.len() - 1
                });
            }
            nodes[at].own += cost;
        }
        BootTree { nodes }
    }

    /// Each node's cost with its children's.
    pub fn sums(&self) -> Vec<Cost> {
        let mut sums: Vec<Cost> = self.nodes.iter().map(|node| node.own).collect();
        for index in (1..sums.len()).rev() {
            let sum = sums[index];
            sums[self.nodes[index].parent] += sum;
        }
        sums
    }
}

/// The railtie of each scope that is one's own.
fn railties(ledger: &Ledger) -> FxHashMap<ScopeId, usize> {
    let mut of = FxHashMap::default();
    for component in 0..ledger.recording.app.components.len() {
        let Some(node) = ledger.component_node(component) else { continue };
        for (id, _) in ledger.railtie_scopes(node).iter().enumerate().filter(|(_, own)| **own) {
            of.entry(id as ScopeId).or_insert(component);
        }
    }
    of
}

/// The way from the boot down to where a scope's cost belongs.
fn path(ledger: &Ledger, id: ScopeId, railtie: Option<usize>) -> Vec<Place> {
    let scope = &ledger.recording.scopes[id as usize];
    let whose = match &ledger.owner_of[id as usize] {
        Owner::Ruby => Whose::Ruby,
        Owner::Gem(gem) => Whose::Gem(*gem),
        Owner::App(_) => Whose::App,
        Owner::Recorder | Owner::Unknown => Whose::Nobody,
    };
    let mut path = vec![Place::Phase(scope.phase), Place::Owner(whose)];
    path.extend(railtie.map(Place::Railtie));
    let file = ledger.short_path(ledger.recording.string(scope.file));
    match scope.kind {
        Kind::Require | Kind::Load | Kind::Locale if !file.is_empty() => path.push(Place::File(file.to_string())),
        Kind::Initializer | Kind::LoadHook | Kind::Controller if !file.is_empty() => {
            path.push(Place::File(file.to_string()));
            path.push(Place::Part(ledger.label_of(id)));
        }
        _ => path.push(Place::File(ledger.label_of(id))),
    }
    path
}

/// A call that asks for a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub scope: ScopeId,
    /// Where the call stands, as one would say it; empty when not known.
    pub file: String,
    /// 0 when not known.
    pub line: u32,
}

/// For each scope, where the call stands that opened it first.
pub fn opened_by(ledger: &Ledger) -> Vec<Option<Call>> {
    let recording = ledger.recording;
    let mut calls = vec![None; recording.scopes.len()];
    for edge in recording.edges.iter().filter(|edge| edge.loaded > 0) {
        if let Some(call @ None) = calls.get_mut(edge.loaded as usize) {
            let file = ledger.short_path(recording.string(edge.file)).to_string();
            *call = Some(Call { scope: edge.from, file, line: edge.line });
        }
    }
    calls
}

/// Who else asks for what a scope loaded, the one aside that it was loaded for.
pub fn also_required_by(ledger: &Ledger, id: ScopeId) -> BTreeSet<Call> {
    let node = ledger.graph.node_of[id as usize];
    let loader = ledger.graph.node_of[ledger.recording.scopes[id as usize].parent as usize];
    ledger.graph.supports[node]
        .iter()
        .filter_map(|support| {
            let (scope, edge) = ledger.asker(support);
            let file = edge.map_or("", |edge| ledger.recording.string(edge.file));
            (ledger.graph.node_of[scope as usize] != loader).then(|| Call {
                scope,
                file: ledger.short_path(file).to_string(),
                line: edge.map_or(0, |edge| edge.line),
            })
        })
        .collect()
}
