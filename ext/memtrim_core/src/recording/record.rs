//! The lines of a recording.

use super::{App, Segment};
use crate::process_memory::Census;
use crate::recorder::{Edge, Kind, Scope, ScopeId, StringId};
use crate::recording::Phase;
use serde::{Deserialize, Serialize};

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The format's version; the key names the file's kind.
    pub memtrim_recording: u32,
    /// The version of showcase_memtrim that wrote it.
    pub written_by: String,
    pub pid: u32,
    /// The command line that was recorded.
    pub command: Vec<String>,
    /// True when the allocation counter was preloaded, so that held bytes are known.
    pub counter: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The next strings, in the order of their ids; the first one ever is the empty string.
    Strings(Vec<String>),
    /// Scopes; one with the id of an earlier one replaces it.
    Scopes(Vec<ScopeRecord>),
    Edges(Vec<Edge>),
    /// Which of all edges, by their numbers from 0, are not calls but uses of a constant.
    Constants(Vec<u32>),
    Segment(Segment),
    App(Box<App>),
    /// What each scope holds at the end.
    Tallies(Vec<Tally>),
    /// Class → superclass and class → included module, between the scopes that made them.
    Links(Vec<Link>),
    Memory(Box<Census>),
    /// Something the reader of a report should know.
    Warning(String),
    Finish(Finish),
}

/// A scope with its id.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ScopeRecord(
    pub ScopeId,
    pub Kind,
    pub Phase,
    pub StringId,
    pub StringId,
    pub StringId,
    pub u32,
    pub ScopeId,
    pub ScopeId,
    pub u64,
);

impl ScopeRecord {
    pub fn new(id: ScopeId, scope: &Scope) -> Self {
        let s = scope;
        ScopeRecord(id, s.kind, s.phase, s.name, s.detail, s.file, s.line, s.parent, s.registrar, s.self_ns)
    }

    pub fn scope(&self) -> Scope {
        let &ScopeRecord(_, kind, phase, name, detail, file, line, parent, registrar, self_ns) = self;
        Scope { kind, phase, name, detail, file, line, parent, registrar, self_ns }
    }
}

/// What a scope's allocations still hold at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub scope: ScopeId,
    /// Live objects.
    pub objects: u64,
    /// Heap slots of live objects, bytes.
    pub slot_bytes: u64,
    /// Live objects with what they own outside their slots (`rb_obj_memsize_of`), bytes.
    pub retained_bytes: u64,
    /// Live allocator blocks; 0 without the counter.
    pub blocks: u64,
    /// Their sizes, bytes.
    pub block_bytes: u64,
}

impl Tally {
    /// Live slots and live blocks, bytes.
    pub fn held_bytes(&self) -> u64 {
        self.slot_bytes + self.block_bytes
    }

    /// Takes in what belongs to the same scope.
    pub fn add(&mut self, other: &Tally) {
        self.objects += other.objects;
        self.slot_bytes += other.slot_bytes;
        self.retained_bytes += other.retained_bytes;
        self.blocks += other.blocks;
        self.block_bytes += other.block_bytes;
    }
}

/// A class made in scope `from` has a superclass or an included module made in scope `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    pub from: ScopeId,
    pub to: ScopeId,
    pub superclass: bool,
}

/// The last line of a whole recording.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Finish {
    /// Files that were compiled inside a load scope of their own.
    pub compiled_inside: u64,
    /// Files that were compiled outside any: loads that the recorder missed.
    pub compiled_outside: Vec<StringId>,
    /// What ended the boot when it did not end well: class, message and first lines of the backtrace.
    pub error: Option<String>,
    pub recorder_bytes: u64,
    /// The counter's table, and the live blocks in it; 0 without the counter.
    pub counter_bytes: u64,
    pub live_blocks: u64,
    /// What Ruby's own scope holds for the interpreter's tables and call caches, which double: 0 without the counter.
    #[serde(default)]
    pub interpreter_bytes: u64,
    /// Lines before this one.
    pub records: u64,
}
