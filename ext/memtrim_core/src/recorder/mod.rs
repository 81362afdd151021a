//! What runs inside the recorded process: scopes, edges, tags. No Ruby here; the binding feeds it.

mod edges;
mod scopes;
mod stack;
mod strings;
mod tags;

pub use edges::{Edge, EdgeKind, Edges};
pub use scopes::{Kind, Scope, ScopeId, Scopes, RECORDER, RUBY};
pub use stack::{Frame, Stack};
pub use strings::{StringId, Strings};
pub use tags::{Tags, PAGE_BYTES};

use crate::recording::Phase;

/// All that is known of a boot while it runs.
#[derive(Default)]
pub struct Recorder {
    pub strings: Strings,
    pub scopes: Scopes,
    pub edges: Edges,
    pub phase: Phase,
    /// Compiled files that met a load scope waiting for one.
    pub compiled_inside: u64,
    /// Compiled files outside any load scope of their own: the recorder missed a load.
    pub compiled_outside: Vec<StringId>,
}

/// What became of a `require` or `load`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A file was loaded; the feature's path, when the caller knows it (a `.so` is never compiled).
    Loaded(Option<StringId>),
    /// Nothing to do: already loaded, or being loaded further up.
    Already,
    /// An exception or a throw came through.
    Failed,
}

/// One call of `require`, `require_relative` or `load`, from its begin to its end.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub kind: Kind,
    pub argument: StringId,
    /// Where the call stands; empty and 0 when not known.
    pub file: StringId,
    pub line: u32,
    pub requirer: ScopeId,
    pub scope: ScopeId,
    pub depth: u32,
}

impl Call {
    /// A call that nobody records.
    pub const fn none() -> Self {
        Call {
            kind: Kind::Require,
            argument: StringId::EMPTY,
            file: StringId::EMPTY,
            line: 0,
            requirer: 0,
            scope: 0,
            depth: 0,
        }
    }
}

impl Recorder {
    /// Opens a scope for a file that may or may not get loaded. The requirer is decided now: by the
    /// end of the call it may have gone.
    pub fn begin_load(&mut self, stack: &mut Stack, kind: Kind, argument: &[u8], now: u64) -> Call {
        let argument = self.strings.intern(argument);
        let requirer = stack.current();
        let scope =
            self.scopes.open(Scope { kind, name: argument, parent: requirer, phase: self.phase, ..Scope::default() });
        let depth = stack.push(scope, self.phase, now);
        Call { kind, argument, file: StringId::EMPTY, line: 0, requirer, scope, depth }
    }

    /// Closes what [`Recorder::begin_load`] opened, and notes the edge.
    pub fn end_load(&mut self, stack: &mut Stack, call: Call, outcome: Outcome, now: u64) {
        self.unwind(stack, call.depth, now);
        let loaded = match outcome {
            Outcome::Loaded(path) => {
                if let (Some(path), Some(scope)) = (path, self.scopes.get_mut(call.scope)) {
                    if scope.file == StringId::EMPTY {
                        scope.file = path;
                    }
                }
                call.scope
            }
            Outcome::Failed if self.scopes.get(call.scope).is_some_and(|s| s.file != StringId::EMPTY) => call.scope,
            Outcome::Already | Outcome::Failed => {
                self.scopes.withdraw(call.scope);
                ScopeId::default()
            }
        };
        if outcome != Outcome::Failed || loaded != 0 {
            self.edges.add(Edge {
                from: call.requirer,
                to: call.argument,
                file: call.file,
                line: call.line,
                loaded,
                kind: EdgeKind::Call,
            });
        }
    }

    /// Opens a scope that is no file: an initializer, a load hook, an eager-load root.
    pub fn enter(&mut self, stack: &mut Stack, scope: Scope, now: u64) -> u32 {
        let scope = Scope { parent: stack.current(), phase: self.phase, ..scope };
        let id = self.scopes.find_or_open(scope);
        stack.push(id, self.phase, now)
    }

    /// Closes every scope above `depth`: also those that an exception, a throw or a killed fiber left open.
    pub fn unwind(&mut self, stack: &mut Stack, depth: u32, now: u64) {
        while stack.depth() > depth {
            let Some((frame, self_ns)) = stack.pop(now) else { return };
            if let Some(scope) = self.scopes.get_mut(frame.scope) {
                scope.self_ns += self_ns;
            }
        }
    }

    /// A file was compiled: the scope on top of the stack is its own, if it still waits for its file.
    pub fn compiled(&mut self, stack: &Stack, path: &[u8]) {
        let path = self.strings.intern(path);
        match self.scopes.get_mut(stack.current()) {
            Some(scope) if scope.kind.is_load() && scope.file == StringId::EMPTY => {
                scope.file = path;
                self.compiled_inside += 1;
            }
            // Bundler's own files are recorded as one.
            Some(scope) if scope.kind == Kind::Bundler => self.compiled_inside += 1,
            _ => self.compiled_outside.push(path),
        }
    }

    /// Bytes this holds, by its own count.
    pub fn bytes(&self) -> usize {
        self.strings.bytes() + self.scopes.bytes() + self.edges.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_require_that_loads_nothing_leaves_an_edge_and_no_scope() {
        let (mut recorder, mut stack) = (Recorder::default(), Stack::default());
        let outer = recorder.begin_load(&mut stack, Kind::Require, b"a", 0);
        recorder.compiled(&stack, b"/lib/a.rb");
        let inner = recorder.begin_load(&mut stack, Kind::Require, b"set", 10);
        let inner = Call { line: 3, ..inner };
        recorder.end_load(&mut stack, inner, Outcome::Already, 30);
        recorder.end_load(&mut stack, outer, Outcome::Loaded(None), 100);
        let edges: Vec<_> = recorder.edges.iter().copied().collect();
        assert_eq!(edges.len(), 2);
        assert_eq!((edges[0].from, edges[0].line, edges[0].loaded), (outer.scope, 3, 0));
        assert_eq!((edges[1].from, edges[1].loaded), (RUBY, outer.scope));
        assert_eq!(recorder.scopes.get(outer.scope).map(|s| s.self_ns), Some(80));
        assert_eq!(recorder.compiled_outside, []);
    }

    #[test]
    fn an_exception_closes_every_scope_above_its_rescuer() {
        let (mut recorder, mut stack) = (Recorder::default(), Stack::default());
        let outer = recorder.begin_load(&mut stack, Kind::Require, b"a", 0);
        recorder.begin_load(&mut stack, Kind::Require, b"b", 0);
        recorder.begin_load(&mut stack, Kind::Require, b"c", 0);
        recorder.unwind(&mut stack, outer.depth + 1, 5);
        assert_eq!(stack.current(), outer.scope);
    }

    #[test]
    fn a_compile_without_a_scope_of_its_own_is_witnessed() {
        let (mut recorder, mut stack) = (Recorder::default(), Stack::default());
        recorder.compiled(&stack, b"/main.rb");
        recorder.begin_load(&mut stack, Kind::Require, b"a", 0);
        recorder.compiled(&stack, b"/lib/a.rb");
        recorder.compiled(&stack, b"/lib/sneaked.rb");
        let outside: Vec<_> = recorder.compiled_outside.iter().map(|id| recorder.strings.get(*id)).collect();
        assert_eq!(outside, ["/main.rb", "/lib/sneaked.rb"]);
    }
}
