//! Who asked for what: every distinct (requirer, name), also where nothing was left to load.

use super::scopes::ScopeId;
use super::strings::StringId;
use rustc_hash::FxHashSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    Call,
    /// The use of a constant loaded it, by the autoload that somebody had registered.
    Constant,
    /// `Module#autoload`: the scope promises to load the path when the constant is first used.
    Autoload,
    /// An eager-load root would load this, had nobody done so before.
    Eager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Edge {
    pub from: ScopeId,
    /// The name asked for, as given.
    pub to: StringId,
    /// The file of the call, by the Ruby frame that made it, and its line; empty and 0 when not known.
    pub file: StringId,
    pub line: u32,
    /// The scope of the file that this call loaded; 0 when it was loaded already.
    pub loaded: ScopeId,
    pub kind: EdgeKind,
}

#[derive(Default)]
pub struct Edges {
    list: Vec<Edge>,
    seen: FxHashSet<(ScopeId, StringId)>,
}

impl Edges {
    /// Adds an edge; one that loaded nothing is kept once for each requirer and name.
    pub fn add(&mut self, edge: Edge) {
        let first = self.seen.insert((edge.from, edge.to));
        if first || edge.loaded != 0 || edge.kind == EdgeKind::Autoload {
            self.list.push(edge);
        }
    }

    /// True when this requirer has asked for this name before.
    pub fn knows(&self, from: ScopeId, to: StringId) -> bool {
        self.seen.contains(&(from, to))
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Edge> {
        self.list.iter()
    }

    /// The edges since the last call. They are written out then, and need no more room here.
    pub fn take(&mut self) -> Vec<Edge> {
        std::mem::take(&mut self.list)
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<Edge>() + self.seen.capacity() * 9
    }
}
