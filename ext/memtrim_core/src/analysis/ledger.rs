//! The ledger: what each railtie, gem and phase holds, and what would go with it.

use super::graph::{Cut, Graph, NodeId, Support};
use super::owners::{Owner, Owners};
use crate::recorder::{Edge, Kind, Scope, ScopeId, StringId, RECORDER, RUBY};
use crate::recording::{Phase, Recording, Tally};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// What the figures mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Live slots and live allocator blocks: a recording with the counter.
    Held,
    /// Retained object bytes: a light recording.
    Retained,
}

impl Weight {
    pub fn of(self, tally: &Tally) -> u64 {
        match self {
            Weight::Held => tally.held_bytes(),
            Weight::Retained => tally.retained_bytes,
        }
    }
}

/// Whoever keeps a thing in, and where it says so.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Requirer {
    /// A gem's name, a path in the app, or what else it is.
    pub name: String,
    /// File of the call, absolute; empty when not known.
    pub file: String,
    pub line: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Sums {
    pub self_bytes: u64,
    pub total_bytes: u64,
    pub removable_bytes: u64,
    /// Seconds of its own scopes.
    pub seconds: f64,
    pub also_required_by: Vec<Requirer>,
    /// Bytes of its own scopes by phase.
    pub phases: BTreeMap<Phase, u64>,
}

#[derive(Clone, Debug)]
pub struct GemEntry {
    /// Index into the recording's gems.
    pub gem: usize,
    pub sums: Sums,
    pub file_bytes: u64,
    pub features: usize,
}

#[derive(Clone, Debug)]
pub struct RailtieEntry {
    /// Index into the recording's components.
    pub component: usize,
    pub loaded: bool,
    pub sums: Sums,
}

#[derive(Clone, Debug, Default)]
pub struct PhaseEntry {
    pub held_bytes: u64,
    pub retained_bytes: u64,
}

pub struct Ledger<'a> {
    pub recording: &'a Recording,
    pub graph: Graph,
    pub owners: Owners,
    pub weight: Weight,
    /// By scope.
    pub owner_of: Vec<Owner>,
    tallies: Vec<Tally>,
    base: Vec<bool>,
}

impl<'a> Ledger<'a> {
    pub fn new(recording: &'a Recording) -> Self {
        let weight = if recording.header.counter { Weight::Held } else { Weight::Retained };
        let mut tallies: Vec<Tally> =
            (0..recording.scopes.len()).map(|scope| Tally { scope: scope as ScopeId, ..Tally::default() }).collect();
        for tally in &recording.tallies {
            if let Some(place) = tallies.get_mut(tally.scope as usize) {
                *place = *tally;
            }
        }
        let owners = Owners::new(&recording.app);
        let owner_of = owners_of_scopes(recording, &owners);
        let graph = Graph::new(recording);
        let base = graph.alive(&Cut::default());
        Ledger { recording, graph, owners, weight, owner_of, tallies, base }
    }

    pub fn tally(&self, scope: ScopeId) -> &Tally {
        &self.tallies[scope as usize]
    }

    pub fn bytes_of(&self, scope: ScopeId) -> u64 {
        self.weight.of(self.tally(scope))
    }

    /// Bytes of all scopes but the recorder's own.
    pub fn total(&self, weight: Weight) -> u64 {
        self.tallies.iter().filter(|tally| tally.scope != RECORDER).map(|tally| weight.of(tally)).sum()
    }

    /// Bytes by owner, the recorder's own left out.
    pub fn by_owner(&self) -> BTreeMap<Owner, u64> {
        let mut sums = BTreeMap::new();
        for tally in self.tallies.iter().filter(|tally| tally.scope != RECORDER) {
            *sums.entry(self.owner_of[tally.scope as usize].clone()).or_insert(0) += self.weight.of(tally);
        }
        sums
    }

    pub fn phases(&self) -> BTreeMap<Phase, PhaseEntry> {
        let mut phases: BTreeMap<Phase, PhaseEntry> = BTreeMap::new();
        for tally in self.tallies.iter().filter(|tally| tally.scope != RECORDER) {
            let scope = &self.recording.scopes[tally.scope as usize];
            let entry = phases.entry(scope.phase).or_default();
            entry.held_bytes += tally.held_bytes();
            entry.retained_bytes += tally.retained_bytes;
        }
        phases
    }

    /// Every gem of the bundle of which a file was loaded.
    pub fn gems(&self) -> Vec<GemEntry> {
        (0..self.recording.app.gems.len()).filter_map(|gem| self.gem(gem)).collect()
    }

    pub fn gem(&self, gem: usize) -> Option<GemEntry> {
        let owner = Owner::Gem(gem);
        let own: Vec<bool> = self.owner_of.iter().map(|other| *other == owner).collect();
        let features: FxHashSet<NodeId> = self
            .recording
            .scopes
            .iter()
            .enumerate()
            .filter(|(id, scope)| own[*id] && scope.kind.is_load())
            .map(|(id, _)| self.graph.node_of[id])
            .collect();
        let file_bytes = self.file_bytes(gem);
        if features.is_empty() && file_bytes == 0 {
            return None;
        }
        let sums = self.sums(&own, &self.gem_cut(gem));
        Some(GemEntry { gem, sums, file_bytes, features: features.len() })
    }

    /// Rails' components, loaded or not.
    pub fn railties(&self) -> Vec<RailtieEntry> {
        (0..self.recording.app.components.len()).map(|component| self.railtie(component)).collect()
    }

    pub fn railtie(&self, component: usize) -> RailtieEntry {
        let Some(node) = self.component_node(component) else {
            return RailtieEntry { component, loaded: false, sums: Sums::default() };
        };
        let own = self.railtie_scopes(node);
        RailtieEntry { component, loaded: true, sums: self.sums(&own, &self.railtie_cut(node)) }
    }

    pub fn component_node(&self, component: usize) -> Option<NodeId> {
        let component = &self.recording.app.components[component];
        self.graph.features.find(&component.file).or_else(|| self.graph.features.find(&component.name))
    }

    /// What goes when things are left out together.
    pub fn removable(&self, cuts: &[Cut]) -> u64 {
        self.gone(&self.graph.alive_without(cuts)).map(|scope| self.bytes_of(scope)).sum()
    }

    /// Scopes that live in the boot as it was and not in `alive`.
    pub fn gone<'b>(&'b self, alive: &'b [bool]) -> impl Iterator<Item = ScopeId> + 'b {
        let nodes = &self.graph.node_of;
        (0..nodes.len())
            .filter(move |scope| self.base[nodes[*scope]] && !alive[nodes[*scope]])
            .map(|scope| scope as ScopeId)
    }

    /// Leaving a gem out: `Bundler.require` does not require it.
    pub fn gem_cut(&self, gem: usize) -> Cut {
        let from = self.nodes_of_kind(Kind::BundlerRequire);
        let to =
            self.recording.app.gems[gem].autorequire.iter().filter_map(|name| self.graph.features.find(name)).collect();
        Cut { from, to }
    }

    /// Leaving a railtie out: neither `rails/all` nor the app's own list requires it.
    pub fn railtie_cut(&self, node: NodeId) -> Cut {
        let app = format!("{}/config/application.rb", self.recording.app.root);
        let from = ["rails/all", "showcase_memtrim/rails", &app]
            .iter()
            .filter_map(|name| self.graph.features.find(name))
            .collect();
        Cut { from, to: [node].into_iter().collect() }
    }

    fn nodes_of_kind(&self, kind: Kind) -> FxHashSet<NodeId> {
        self.recording
            .scopes
            .iter()
            .enumerate()
            .filter(|(_, scope)| scope.kind == kind)
            .map(|(id, _)| self.graph.node_of[id])
            .collect()
    }

    /// The component's file, what it registered, and its engine's own directories.
    pub fn railtie_scopes(&self, node: NodeId) -> Vec<bool> {
        let recording = self.recording;
        let file = self.path_of(node).to_string();
        let made_here = |scope: ScopeId| self.graph.node_of.get(scope as usize) == Some(&node);
        let roots: Vec<String> = recording
            .app
            .railtie_classes
            .iter()
            .filter(|class| made_here(class.scope))
            .filter_map(|class| class.root.as_ref().map(|root| format!("{root}/app/")))
            .collect();
        recording
            .scopes
            .iter()
            .enumerate()
            .map(|(id, scope)| {
                let path = recording.string(scope.file);
                self.graph.node_of[id] == node
                    || match scope.kind {
                        Kind::Initializer | Kind::LoadHook => path == file,
                        Kind::EagerLoad => made_here(scope.registrar),
                        Kind::Require | Kind::Load | Kind::Controller => {
                            roots.iter().any(|root| path.starts_with(root.as_str()))
                        }
                        _ => false,
                    }
            })
            .collect()
    }

    pub fn path_of(&self, node: NodeId) -> &str {
        self.recording.string(self.recording.scopes[self.graph.scope_of[node] as usize].file)
    }

    fn sums(&self, own: &[bool], cut: &Cut) -> Sums {
        let mut sums = Sums::default();
        // A scope's parent has a smaller number, so one pass settles who is below whom.
        let mut below = own.to_vec();
        for (id, scope) in self.recording.scopes.iter().enumerate() {
            below[id] = below[id] || (scope.parent as usize) < id && below[scope.parent as usize];
            let bytes = self.bytes_of(id as ScopeId);
            if own[id] {
                sums.self_bytes += bytes;
                sums.seconds += scope.self_ns as f64 / 1e9;
                *sums.phases.entry(scope.phase).or_insert(0) += bytes;
            }
            if below[id] {
                sums.total_bytes += bytes;
            }
        }
        let alive = self.graph.alive(cut);
        sums.removable_bytes = self.gone(&alive).map(|scope| self.bytes_of(scope)).sum();
        sums.also_required_by = self.requirers(own, cut, &alive);
        sums
    }

    /// Who, outside a thing, keeps parts of it in although its own list leaves it out.
    fn requirers(&self, own: &[bool], cut: &Cut, alive: &[bool]) -> Vec<Requirer> {
        let own_node = |node: NodeId| own[self.graph.scope_of[node] as usize];
        let mut requirers: Vec<Requirer> = (0..self.graph.len())
            .filter(|node| own_node(*node) && alive[*node])
            .flat_map(|node| self.graph.supports[node].iter().map(move |support| (node, support)))
            .filter(|(node, support)| {
                cut.leaves(support, *node) && support.lives(alive) && !support.all.iter().any(|from| own_node(*from))
            })
            .map(|(_, support)| self.requirer(support))
            .collect();
        requirers.sort();
        // One line for each name, with its first place.
        requirers.dedup_by(|b, a| a.name == b.name);
        requirers
    }

    fn requirer(&self, support: &Support) -> Requirer {
        let (scope, edge) = self.asker(support);
        let (file, line) = match edge {
            Some(edge) => (self.recording.string(edge.file).to_string(), edge.line),
            None => (self.path_of(self.graph.node_of[scope as usize]).to_string(), 0),
        };
        Requirer { name: self.name_of(scope), file, line }
    }

    /// Of what a support needs, the one that asked, as others only stand behind it; and its call, if it is one.
    pub fn asker(&self, support: &Support) -> (ScopeId, Option<&Edge>) {
        let edge = support.edge.map(|edge| &self.recording.edges[edge]);
        let node = edge.map_or(support.all[0], |edge| self.graph.node_of[edge.from as usize]);
        (self.graph.scope_of[node], edge)
    }

    /// What a scope is called in a report.
    pub fn name_of(&self, scope: ScopeId) -> String {
        match &self.owner_of[scope as usize] {
            Owner::Gem(gem) => self.recording.app.gems[*gem].name.clone(),
            Owner::Ruby => "ruby".to_string(),
            Owner::Recorder => "memtrim".to_string(),
            Owner::App(_) | Owner::Unknown => {
                let path = self.recording.string(self.recording.scopes[scope as usize].file);
                self.short_path(path).to_string()
            }
        }
    }

    /// What a scope did, for a list of them: its file, or its kind and name.
    pub fn label_of(&self, scope: ScopeId) -> String {
        let it = &self.recording.scopes[scope as usize];
        let (name, file) = (self.recording.string(it.name), self.short_path(self.recording.string(it.file)));
        match it.kind {
            Kind::Require | Kind::Load | Kind::Locale if !file.is_empty() => file.to_string(),
            Kind::Initializer => format!("initializer {name} ({file}:{})", it.line),
            Kind::LoadHook => format!("on_load :{name} ({file}:{})", it.line),
            Kind::EagerLoad if it.detail != StringId::EMPTY => {
                format!("eager load of {}", self.recording.string(it.detail))
            }
            Kind::EagerLoad | Kind::Controller => format!("eager load of {name}"),
            Kind::Request => format!("GET {name}"),
            Kind::Ruby => "ruby".to_string(),
            _ => name.to_string(),
        }
    }

    /// A path as one would say it: relative to the app when it is the app's.
    pub fn short_path<'b>(&self, path: &'b str) -> &'b str {
        let below = |dir: &str| path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/'));
        match self.owners.of(path) {
            // A gem's file by the gem's own directory, which has its version: `rack-3.2.8/lib/rack.rb`.
            Owner::Gem(gem) => {
                let dirs = &self.recording.app.gems[gem].dirs;
                dirs.iter()
                    .find(|dir| below(dir).is_some())
                    .and_then(|dir| dir.rfind('/'))
                    .map_or(path, |at| &path[at + 1..])
            }
            _ => below(self.recording.app.root.as_str()).unwrap_or(path),
        }
    }

    fn file_bytes(&self, gem: usize) -> u64 {
        let Some(memory) = &self.recording.memory else { return 0 };
        let own = Owner::Gem(gem);
        memory.files.iter().filter(|file| self.owners.of(&file.path) == own).map(|file| file.resident_bytes).sum()
    }
}

/// The owner of each scope: of its file; without one, of what it stands on.
fn owners_of_scopes(recording: &Recording, owners: &Owners) -> Vec<Owner> {
    let bundler = recording.app.gems.iter().position(|gem| gem.name == "bundler").map_or(Owner::Ruby, Owner::Gem);
    let mut list: Vec<Owner> = Vec::with_capacity(recording.scopes.len());
    for (id, scope) in recording.scopes.iter().enumerate() {
        let parent = list.get(scope.parent as usize).cloned().unwrap_or(Owner::Ruby);
        list.push(match scope.kind {
            _ if id as ScopeId == RUBY || id == 0 => Owner::Ruby,
            Kind::Recorder => Owner::Recorder,
            Kind::Bundler | Kind::BundlerRequire => bundler.clone(),
            Kind::Request => Owner::App(String::new()),
            Kind::EagerLoad => owner_of_registrar(scope, &list).unwrap_or(parent),
            _ => match recording.string(scope.file) {
                "" => parent,
                path => owners.of(path),
            },
        });
    }
    list
}

fn owner_of_registrar(scope: &Scope, list: &[Owner]) -> Option<Owner> {
    (scope.registrar > RECORDER).then(|| list.get(scope.registrar as usize).cloned()).flatten()
}
