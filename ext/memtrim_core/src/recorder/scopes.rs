//! Scopes: what was on the stack when memory was allocated.

use super::strings::StringId;
use crate::recording::Phase;
use rustc_hash::FxHashMap;

/// Index of a scope; 0 is none.
pub type ScopeId = u32;

/// Whatever was there before anybody recorded: the interpreter's own start.
pub const RUBY: ScopeId = 1;
/// The recorder's own memory.
pub const RECORDER: ScopeId = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Ruby,
    Recorder,
    /// `bundler/setup` as a whole.
    Bundler,
    /// `require` and `require_relative`.
    Require,
    Load,
    /// `Bundler.require`.
    BundlerRequire,
    Initializer,
    LoadHook,
    /// `eager_load!` of a namespace or an engine, or a Zeitwerk loader's eager load.
    EagerLoad,
    /// A controller class within one: it works out its actions and its view class then, and keeps them.
    Controller,
    /// A file of translations that I18n reads.
    Locale,
    /// One request, by its path.
    Request,
}

impl Kind {
    pub fn is_load(self) -> bool {
        matches!(self, Kind::Require | Kind::Load)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub kind: Kind,
    pub phase: Phase,
    /// As the caller named it: the argument of a require, an initializer's or a hook's name.
    pub name: StringId,
    /// An initializer's context class, an eager-load root's class.
    pub detail: StringId,
    /// The file: of a load, the one loaded; of a hook or initializer, the one that holds its block.
    pub file: StringId,
    /// Of a load, the line of the call; of a hook or initializer, where its block begins.
    pub line: u32,
    /// The scope below it when it was first opened.
    pub parent: ScopeId,
    /// The scope that arranged for it (registered the hook, created the loader); 0 when none is known.
    pub registrar: ScopeId,
    pub self_ns: u64,
}

pub struct Scopes {
    list: Vec<Scope>,
    /// Scopes below this have been taken once ([`Scopes::take_changed`]).
    taken: usize,
    changed: Vec<ScopeId>,
    named: FxHashMap<(Kind, Phase, StringId, StringId, StringId, u32), ScopeId>,
}

impl Default for Scopes {
    fn default() -> Self {
        let ruby = Scope { kind: Kind::Ruby, ..Scope::default() };
        let recorder = Scope { kind: Kind::Recorder, ..Scope::default() };
        Scopes {
            list: vec![Scope::default(), ruby, recorder],
            taken: 0,
            changed: Vec::new(),
            named: FxHashMap::default(),
        }
    }
}

impl Scopes {
    /// A new scope.
    pub fn open(&mut self, scope: Scope) -> ScopeId {
        self.list.push(scope);
        (self.list.len() - 1) as ScopeId
    }

    /// The scope of this name in this phase, opened at its first use.
    pub fn find_or_open(&mut self, scope: Scope) -> ScopeId {
        let key = (scope.kind, scope.phase, scope.name, scope.detail, scope.file, scope.line);
        if let Some(id) = self.named.get(&key) {
            return *id;
        }
        let id = self.open(scope);
        self.named.insert(key, id);
        id
    }

    /// Takes back a scope in which nothing happened; kept when others were opened since or it was taken.
    pub fn withdraw(&mut self, id: ScopeId) {
        if id as usize == self.list.len() - 1 && id as usize >= self.taken {
            self.list.pop();
        }
    }

    pub fn get(&self, id: ScopeId) -> Option<&Scope> {
        self.list.get(id as usize)
    }

    pub fn get_mut(&mut self, id: ScopeId) -> Option<&mut Scope> {
        if (id as usize) < self.taken && self.changed.last() != Some(&id) {
            self.changed.push(id);
        }
        self.list.get_mut(id as usize)
    }

    /// Scopes opened or changed since the last call.
    pub fn take_changed(&mut self) -> impl Iterator<Item = (ScopeId, &Scope)> {
        let mut ids = std::mem::take(&mut self.changed);
        ids.sort_unstable();
        ids.dedup();
        ids.extend(self.taken as ScopeId..self.list.len() as ScopeId);
        self.taken = self.list.len();
        let list = &self.list;
        ids.into_iter().filter_map(|id| Some((id, list.get(id as usize)?)))
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    pub fn iter(&self) -> impl Iterator<Item = (ScopeId, &Scope)> {
        self.list.iter().enumerate().skip(1).map(|(id, scope)| (id as ScopeId, scope))
    }

    pub fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<Scope>() + self.named.capacity() * 48
    }
}
