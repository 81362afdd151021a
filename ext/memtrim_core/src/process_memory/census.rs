//! What the anonymous memory of a process is for: rows that add up to it exactly.

use super::Usage;
use serde::{Deserialize, Serialize};

/// One kind of memory. Bytes may be negative only for [`Row::RESIDUAL`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub bytes: i64,
}

impl Row {
    pub const OBJECTS: &'static str = "live objects";
    pub const BLOCKS: &'static str = "live malloc blocks";
    /// With the heap pages' own headers and structs.
    pub const FREE_SLOTS: &'static str = "free heap slots";
    /// Up to Ruby 3.2: where new arrays and hashes keep their content until a collection moves it.
    pub const TRANSIENT: &'static str = "transient heap";
    pub const FREE_MALLOC: &'static str = "free malloc space";
    pub const FILES: &'static str = "pages of libraries";
    /// Mostly small; some builds of Ruby touch all of it, up to its limit.
    pub const MAIN_STACK: &'static str = "main stack";
    /// Of the other threads, as far as they are known.
    pub const STACKS: &'static str = "thread stacks";
    pub const RECORDER: &'static str = "recorder";
    /// What nothing explains.
    pub const RESIDUAL: &'static str = "residual";
}

/// Pages of one mapped file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedFile {
    pub path: String,
    /// Resident pages, shared ones too.
    pub resident_bytes: u64,
    /// Pages written to, so this process's own.
    pub anon_bytes: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    pub usage: Usage,
    /// They add up to `usage.anon_bytes`.
    pub rows: Vec<Row>,
    /// Mapped files by path.
    pub files: Vec<MappedFile>,
    /// Bytes of live blocks in pages that were never touched or given back: held, but not in anon.
    pub untouched_bytes: u64,
    /// What the allocator says is in use, where it says so: the cross-check of the counter.
    pub allocator_in_use_bytes: Option<u64>,
}

impl Census {
    pub fn row(&self, name: &str) -> i64 {
        self.rows.iter().filter(|row| row.name == name).map(|row| row.bytes).sum()
    }
}
