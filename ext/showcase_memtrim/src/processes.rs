//! `ShowcaseMemtrim::Processes`: other processes, and their memory.

use crate::subreaper;
use magnus::prelude::*;
use magnus::{function, Error, IntoValue, RArray, RHash, RModule, Ruby};
use memtrim_core::process_memory::{self, Process, Usage};

pub fn define(_: &Ruby, module: RModule) -> Result<(), Error> {
    let processes = module.define_module("Processes")?;
    processes.define_singleton_method("usage", function!(usage, 1))?;
    processes.define_singleton_method("tree", function!(tree, 1))?;
    processes.define_singleton_method("adopt_orphans", function!(subreaper::adopt_orphans, 0))
}

/// What a process uses, in bytes: `rss_bytes`, `pss_bytes`, `private_bytes`, `anon_bytes`. Nil when it is gone, a
/// zombie, or not ours to read.
fn usage(ruby: &Ruby, pid: i32) -> Result<Option<RHash>, Error> {
    let Ok(usage) = Usage::of(pid) else { return Ok(None) };
    let hash = ruby.hash_new();
    set(ruby, hash, "rss_bytes", usage.rss_bytes)?;
    set(ruby, hash, "pss_bytes", usage.pss_bytes)?;
    set(ruby, hash, "private_bytes", usage.private_bytes)?;
    set(ruby, hash, "anon_bytes", usage.anon_bytes)?;
    Ok(Some(hash))
}

/// A process and all its descendants, each before its children: `pid`, `ppid`, `command` (a line of at most 80
/// characters, safe to print), `threads`, `state` (`"S"`, `"Z"`, … as in proc(5)) and `cpu_seconds` (with the
/// children that it has waited for). Empty when it is gone, and off Linux.
fn tree(ruby: &Ruby, pid: i32) -> Result<RArray, Error> {
    let array = ruby.ary_new();
    for process in process_memory::tree(pid) {
        array.push(describe(ruby, process)?)?;
    }
    Ok(array)
}

fn describe(ruby: &Ruby, process: Process) -> Result<RHash, Error> {
    let hash = ruby.hash_new();
    set(ruby, hash, "pid", process.pid)?;
    set(ruby, hash, "ppid", process.ppid)?;
    set(ruby, hash, "command", process.command)?;
    set(ruby, hash, "threads", process.threads)?;
    set(ruby, hash, "state", process.state)?;
    set(ruby, hash, "cpu_seconds", process.cpu_seconds)?;
    Ok(hash)
}

fn set(ruby: &Ruby, hash: RHash, key: &str, value: impl IntoValue) -> Result<(), Error> {
    hash.aset(ruby.to_symbol(key), value)
}
