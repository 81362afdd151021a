//! The require graph: what lives because of what.
//!
//! An AND-OR graph. A node (a file, an initializer, a load hook, an eager-load root) lives if any of its
//! [`Support`]s does; a support lives if all of its nodes do. A file that an autoload brings in needs both
//! whoever used the constant and whoever registered the autoload; a hook needs the event and its file. The
//! living are the least fixpoint from the roots, so a cycle does not keep itself alive. What defines a class
//! whose superclass does not live does not live either: the app would not boot, or does not load that file.

use super::features::Features;
use crate::recorder::{EdgeKind, Kind, Scope, ScopeId, StringId, RECORDER, RUBY};
use crate::recording::Recording;
use rustc_hash::{FxHashMap, FxHashSet};

pub type NodeId = usize;

/// Nodes that together keep another one in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Support {
    pub all: Vec<NodeId>,
    /// Where the call stands, if it is one: an index into the recording's edges.
    pub edge: Option<usize>,
}

/// Edges taken away: from any of these nodes to any of those.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    pub from: FxHashSet<NodeId>,
    pub to: FxHashSet<NodeId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    File(String),
    Other(Kind, StringId, StringId, StringId, u32),
    /// A load that never said which file it was.
    Scope(ScopeId),
}

pub struct Graph {
    /// Node of each scope.
    pub node_of: Vec<NodeId>,
    /// A scope of each node: its first.
    pub scope_of: Vec<ScopeId>,
    pub supports: Vec<Vec<Support>>,
    pub features: Features,
    /// Files, and files with a superclass that the first one's classes need.
    superclasses: Vec<(NodeId, NodeId)>,
    /// For each node, the nodes with a support that mentions it.
    dependents: Vec<Vec<NodeId>>,
    roots: Vec<NodeId>,
}

impl Graph {
    pub fn new(recording: &Recording) -> Self {
        let mut builder = Builder::new(recording);
        let promised = builder.promises();
        builder.edges(&promised);
        builder.links(&promised);
        builder.scopes();
        builder.eager_roots();
        builder.eager_namespaces(&promised);
        builder.finish()
    }

    pub fn len(&self) -> usize {
        self.supports.len()
    }

    pub fn is_empty(&self) -> bool {
        self.supports.is_empty()
    }

    /// Which nodes live when a cut's edges are taken away.
    pub fn alive(&self, cut: &Cut) -> Vec<bool> {
        self.alive_without(std::slice::from_ref(cut))
    }

    /// Which nodes live when the edges of several cuts are taken away together.
    pub fn alive_without(&self, cuts: &[Cut]) -> Vec<bool> {
        let mut lost = vec![false; self.len()];
        loop {
            let alive = self.supported(cuts, &lost);
            let orphans: Vec<NodeId> = self
                .superclasses
                .iter()
                .filter(|(from, to)| alive[*from] && !alive[*to])
                .map(|(from, _)| *from)
                .collect();
            if orphans.is_empty() {
                return alive;
            }
            orphans.into_iter().for_each(|node| lost[node] = true);
        }
    }

    /// Files that a file's classes need as superclasses.
    pub fn superclasses_of(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.superclasses.iter().filter(move |(from, _)| *from == node).map(|(_, to)| *to)
    }

    /// Which nodes have a support that lives, the lost ones aside.
    fn supported(&self, cuts: &[Cut], lost: &[bool]) -> Vec<bool> {
        let mut alive = vec![false; self.len()];
        for root in &self.roots {
            self.spread(&mut alive, *root, cuts, lost);
        }
        alive
    }

    /// A node lives, and with it all that it is the last missing support of.
    fn spread(&self, alive: &mut [bool], node: NodeId, cuts: &[Cut], lost: &[bool]) {
        alive[node] = true;
        let mut queue = vec![node];
        while let Some(node) = queue.pop() {
            for &dependent in &self.dependents[node] {
                if !alive[dependent]
                    && !lost[dependent]
                    && self.supports[dependent]
                        .iter()
                        .any(|support| cuts.iter().all(|cut| cut.leaves(support, dependent)) && support.lives(alive))
                {
                    alive[dependent] = true;
                    queue.push(dependent);
                }
            }
        }
    }
}

impl Support {
    pub fn lives(&self, alive: &[bool]) -> bool {
        self.all.iter().all(|node| alive[*node])
    }
}

impl Cut {
    pub fn leaves(&self, support: &Support, to: NodeId) -> bool {
        !(self.to.contains(&to) && support.all.iter().any(|from| self.from.contains(from)))
    }
}

/// Files that were promised to be autoloaded, with whoever promised.
type Promises = FxHashMap<NodeId, Vec<NodeId>>;

struct Builder<'a> {
    recording: &'a Recording,
    node_of: Vec<NodeId>,
    scope_of: Vec<ScopeId>,
    features: Features,
    supports: Vec<Vec<Support>>,
    seen: FxHashSet<(NodeId, Vec<NodeId>)>,
    superclasses: Vec<(NodeId, NodeId)>,
    /// Engines with their roots, longest root first: its app/ and config/, and the node of its class.
    engines: Vec<(String, NodeId)>,
}

impl<'a> Builder<'a> {
    fn new(recording: &'a Recording) -> Self {
        let mut nodes: FxHashMap<Key, NodeId> = FxHashMap::default();
        let (mut node_of, mut scope_of) = (Vec::new(), Vec::new());
        for (id, scope) in recording.scopes.iter().enumerate() {
            let key = key(recording, id as ScopeId, scope);
            let node = *nodes.entry(key).or_insert_with(|| {
                scope_of.push(id as ScopeId);
                scope_of.len() - 1
            });
            node_of.push(node);
        }
        let files = nodes.iter().filter_map(|(key, node)| match key {
            Key::File(path) => Some((*node, path.as_str())),
            _ => None,
        });
        let features = Features::new(&recording.app, files);
        let mut engines: Vec<(String, NodeId)> = recording
            .app
            .railtie_classes
            .iter()
            .filter(|class| class.root.as_deref().is_some_and(|root| root != recording.app.root))
            .filter_map(|class| {
                let node = *node_of.get(class.scope as usize)?;
                let root = class.root.as_deref()?;
                Some([(format!("{root}/app/"), node), (format!("{root}/config/"), node)])
            })
            .flatten()
            .collect();
        engines.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        let supports = vec![Vec::new(); scope_of.len()];
        let (seen, superclasses) = (FxHashSet::default(), Vec::new());
        Builder { recording, node_of, scope_of, features, supports, seen, superclasses, engines }
    }

    fn support(&mut self, node: NodeId, mut all: Vec<NodeId>, edge: Option<usize>) {
        all.sort_unstable();
        all.dedup();
        if all.contains(&node) || !self.seen.insert((node, all.clone())) {
            return;
        }
        self.supports[node].push(Support { all, edge });
    }

    /// Who asked for what.
    fn edges(&mut self, promised: &Promises) {
        let recording = self.recording;
        for (index, edge) in recording.edges.iter().enumerate() {
            let from = self.node_of[edge.from as usize];
            let target = match edge.loaded {
                0 => self.features.find(recording.string(edge.to)),
                loaded => self.node_of.get(loaded as usize).copied(),
            };
            let Some(target) = target else { continue };
            match edge.kind {
                EdgeKind::Autoload => {}
                EdgeKind::Constant if promised.contains_key(&target) => {
                    self.refer(from, target, Some(index), promised);
                }
                EdgeKind::Call | EdgeKind::Constant | EdgeKind::Eager => {
                    let all = self.with_engine(target, vec![from]);
                    self.support(target, all, Some(index));
                }
            }
        }
    }

    /// A file in an engine's app/ or config/ is only found while the engine is there.
    fn with_engine(&self, target: NodeId, mut all: Vec<NodeId>) -> Vec<NodeId> {
        let path = self.path(target);
        if let Some((_, engine)) = self.engines.iter().find(|(dir, _)| path.starts_with(dir.as_str())) {
            all.push(*engine);
        }
        all
    }

    fn path(&self, node: NodeId) -> &str {
        self.recording.string(self.recording.scopes[self.scope_of[node] as usize].file)
    }

    /// A class would autoload its superclass and its modules, had nobody loaded them before: a constant that is
    /// there leaves no trace when it is used. Only what files themselves say: an eager load or a hook makes
    /// classes for whatever it finds, and would do with less.
    fn links(&mut self, promised: &Promises) {
        for link in &self.recording.links {
            let (from, to) =
                (self.node_of.get(link.from as usize).copied(), self.node_of.get(link.to as usize).copied());
            let (Some(from), Some(to)) = (from, to) else { continue };
            let is_file = |scope| self.recording.scope(scope).is_some_and(|scope| scope.kind.is_load());
            if !is_file(link.from) || !is_file(link.to) || from == to {
                continue;
            }
            self.refer(from, to, None, promised);
            if link.superclass {
                self.superclasses.push((from, to));
            }
        }
    }

    /// A constant is used in one file and promised by others; the way to it leads through their modules, which may
    /// be promised in turn.
    fn refer(&mut self, from: NodeId, to: NodeId, edge: Option<usize>, promised: &Promises) {
        let (mut queue, mut seen) = (vec![to], FxHashSet::from_iter([to]));
        while let Some(to) = queue.pop() {
            for promiser in promised.get(&to).into_iter().flatten() {
                let all = self.with_engine(to, vec![from, *promiser]);
                self.support(to, all, edge);
                if seen.insert(*promiser) {
                    queue.push(*promiser);
                }
            }
        }
    }

    /// What is no file: needs its file, whoever arranged for it, and for a hook the event.
    fn scopes(&mut self) {
        let recording = self.recording;
        for (id, scope) in recording.scopes.iter().enumerate() {
            let node = self.node_of[id];
            let file = self.features.find(recording.string(scope.file));
            let parent = self.node_of[scope.parent as usize];
            let registrar =
                (scope.registrar > RECORDER).then(|| self.node_of.get(scope.registrar as usize).copied()).flatten();
            let all: Vec<NodeId> = match scope.kind {
                Kind::Initializer => file.into_iter().chain(registrar).collect(),
                Kind::LoadHook | Kind::Controller => file.into_iter().chain([parent]).collect(),
                Kind::EagerLoad => registrar.into_iter().chain([parent]).collect(),
                Kind::Locale => {
                    self.first_file_of_gem(recording.string(scope.file)).into_iter().chain([parent]).collect()
                }
                Kind::BundlerRequire | Kind::Request | Kind::Bundler => vec![parent],
                Kind::Ruby | Kind::Recorder | Kind::Require | Kind::Load => continue,
            };
            let all = if all.is_empty() { vec![parent] } else { all };
            self.support(node, all, None);
        }
    }

    /// A gem's data is read while the gem is loaded: the first file of its that was.
    fn first_file_of_gem(&self, path: &str) -> Option<NodeId> {
        let gems = &self.recording.app.gems;
        let below = |path: &str, dir: &str| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        let dirs = &gems.iter().find(|gem| gem.dirs.iter().any(|dir| below(path, dir)))?.dirs;
        (0..self.scope_of.len()).find(|node| {
            let scope = &self.recording.scopes[self.scope_of[*node] as usize];
            scope.kind.is_load() && dirs.iter().any(|dir| below(self.recording.string(scope.file), dir))
        })
    }

    /// Everything below an eager-loaded root would have been loaded by it, had nobody used it before.
    fn eager_roots(&mut self) {
        let recording = self.recording;
        for root in recording.app.eager_roots.iter().filter(|root| root.eager_loaded) {
            let loader = recording.scopes.iter().position(|scope| {
                scope.kind == Kind::EagerLoad
                    && scope.detail != StringId::EMPTY
                    && recording.string(scope.detail) == root.name
            });
            let Some(loader) = loader.map(|scope| self.node_of[scope]) else { continue };
            for node in 0..self.scope_of.len() {
                let path = recording.string(recording.scopes[self.scope_of[node] as usize].file);
                let inside = |dirs: &[String]| {
                    dirs.iter().any(|dir| {
                        path.strip_prefix(dir.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    })
                };
                let is_file = recording.scopes[self.scope_of[node] as usize].kind.is_load();
                if is_file && inside(&root.dirs) && !inside(&root.ignored) {
                    let all = self.with_engine(node, vec![loader]);
                    self.support(node, all, None);
                }
            }
        }
    }

    /// A library that is eager-loaded as a namespace uses itself: what it promised to autoload and what was
    /// loaded in this boot it would have come to need, whoever used the constant first. (A constant that is
    /// there already leaves no trace when it is used again.)
    fn eager_namespaces(&mut self, promised: &Promises) {
        let recording = self.recording;
        let namespaces: Vec<(NodeId, String)> = recording
            .scopes
            .iter()
            .enumerate()
            .filter(|(_, scope)| scope.kind == Kind::EagerLoad && scope.detail == StringId::EMPTY)
            .filter_map(|(id, scope)| {
                let main = self.features.find(&underscore(recording.string(scope.name)))?;
                Some((self.node_of[id], self.path(main).trim_end_matches(".rb").to_string()))
            })
            .collect();
        for (&target, promisers) in promised {
            for &promiser in promisers {
                let path = self.path(promiser).trim_end_matches(".rb");
                let owner = namespaces.iter().find(|(_, main)| {
                    path.strip_prefix(main.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                if let Some((namespace, _)) = owner {
                    self.support(target, vec![*namespace, promiser], None);
                }
            }
        }
    }

    fn promises(&self) -> Promises {
        let mut promised = Promises::default();
        for edge in self.recording.edges.iter().filter(|edge| edge.kind == EdgeKind::Autoload) {
            if let Some(target) = self.features.find(self.recording.string(edge.to)) {
                promised.entry(target).or_default().push(self.node_of[edge.from as usize]);
            }
        }
        promised
    }

    fn finish(mut self) -> Graph {
        let roots = [0, RUBY, RECORDER]
            .iter()
            .filter_map(|scope| self.node_of.get(*scope as usize).copied())
            .collect::<FxHashSet<_>>();
        let mut graph = Graph {
            node_of: std::mem::take(&mut self.node_of),
            scope_of: std::mem::take(&mut self.scope_of),
            supports: std::mem::take(&mut self.supports),
            features: self.features,
            superclasses: self.superclasses,
            dependents: Vec::new(),
            roots: roots.into_iter().collect(),
        };
        graph.roots.sort_unstable();
        graph.index();
        graph.anchor(self.recording);
        graph
    }
}

impl Graph {
    /// What no support explains lives because its parent does: the recorder missed the reason, not the fact.
    fn anchor(&mut self, recording: &Recording) {
        let lost = vec![false; self.len()];
        let mut alive = self.supported(&[], &lost);
        for node in 0..self.len() {
            if alive[node] {
                continue;
            }
            // A parent comes before its children, so it lives by now; but for what is its own ancestor.
            let parent = self.node_of[recording.scopes[self.scope_of[node] as usize].parent as usize];
            let anchor = if alive[parent] { parent } else { self.roots[0] };
            self.supports[node].push(Support { all: vec![anchor], edge: None });
            self.dependents[anchor].push(node);
            self.spread(&mut alive, node, &[], &lost);
        }
    }

    fn index(&mut self) {
        self.dependents = vec![Vec::new(); self.supports.len()];
        for (node, supports) in self.supports.iter().enumerate() {
            for from in supports.iter().flat_map(|support| &support.all) {
                if self.dependents[*from].last() != Some(&node) {
                    self.dependents[*from].push(node);
                }
            }
        }
    }
}

/// `ActionDispatch` → `action_dispatch`, as the file of a module is called.
fn underscore(name: &str) -> String {
    let mut path = String::with_capacity(name.len() + 4);
    let mut previous = ':';
    for letter in name.chars() {
        match letter {
            ':' if previous == ':' => path.push('/'),
            ':' => {}
            _ => {
                if letter.is_uppercase() && (previous.is_lowercase() || previous.is_ascii_digit()) {
                    path.push('_');
                }
                path.extend(letter.to_lowercase());
            }
        }
        previous = letter;
    }
    path.trim_start_matches('/').to_string()
}

fn key(recording: &Recording, id: ScopeId, scope: &Scope) -> Key {
    match scope.kind {
        Kind::Require | Kind::Load => match recording.string(scope.file) {
            "" => Key::Scope(id),
            path => Key::File(path.to_string()),
        },
        _ if id <= RECORDER => Key::Scope(id),
        kind => Key::Other(kind, scope.name, scope.detail, scope.file, scope.line),
    }
}

#[cfg(test)]
mod tests {
    use super::underscore;

    #[test]
    fn a_module_is_in_the_file_of_its_name() {
        for (module, file) in [("ActionDispatch", "action_dispatch"), ("I18n", "i18n"), ("Foo::BarBaz", "foo/bar_baz")]
        {
            assert_eq!(underscore(module), file);
        }
    }
}
