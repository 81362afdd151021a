//! What a search begins with.

use super::change::Change;
use crate::misuse::Misuse;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// An allocator whose settings are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Allocator {
    Glibc,
    Jemalloc,
    /// musl's, tcmalloc, mimalloc: nothing is known to try.
    Unknown,
}

impl From<String> for Allocator {
    fn from(name: String) -> Self {
        match name.as_str() {
            "glibc" => Allocator::Glibc,
            "jemalloc" => Allocator::Jemalloc,
            _ => Allocator::Unknown,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// `3.1.2`
    pub ruby: String,
    /// That of the app as it is.
    pub allocator: Allocator,
    /// YJIT is on in the app as it is.
    #[serde(default)]
    pub yjit: bool,
    /// Puma's, of the app as it is.
    pub threads: u32,
    /// Bytes of the main thread's stack that this Ruby touches when it starts; 0: not known.
    #[serde(default)]
    pub main_stack: u64,
    /// What the app as it is has of them already: values of variables that a setting would change.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// jemalloc's library, to be preloaded in place of the allocator that the app has. None: there is none.
    #[serde(default)]
    pub jemalloc: Option<String>,
    /// The user's own candidates.
    #[serde(default)]
    pub extra: Vec<Extra>,
    /// CPU seconds for each request that may be spent more, as a share: 0.05.
    pub cpu_limit: f64,
    /// Levers that are to be left alone.
    #[serde(default)]
    pub skip: BTreeSet<String>,
    /// Trials at once that the machine has cores for.
    #[serde(default = "one")]
    pub jobs: usize,
}

/// A candidate of the user's own.
#[derive(Clone, Debug, Deserialize)]
pub struct Extra {
    pub name: String,
    #[serde(flatten)]
    pub change: Change,
}

fn one() -> usize {
    1
}

impl Plan {
    /// # Errors
    /// When it can't be followed.
    pub fn check(&self) -> Result<(), Misuse> {
        if !(self.cpu_limit.is_finite() && self.cpu_limit >= 0.0) {
            return Err(Misuse("the limit of CPU is a share, and not negative".into()));
        }
        if self.jobs == 0 || self.threads == 0 {
            return Err(Misuse("jobs and threads are at least 1".into()));
        }
        Ok(())
    }

    /// (3, 1) of `3.1.2`.
    pub fn version(&self) -> (u32, u32) {
        let mut parts = self.ruby.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }
}
