//! `ShowcaseMemtrim::OwnMemory`: the memory of this process, and giving back of it what is free. Other threads run
//! meanwhile.

use crate::gvl::without_gvl;
use crate::{allocator, malloc};
use magnus::prelude::*;
use magnus::{function, Error, RModule, Ruby};
use memtrim_core::process_memory::{Own, Usage};

pub fn define(_: &Ruby, module: RModule) -> Result<(), Error> {
    let memory = module.define_module("OwnMemory")?;
    memory.define_singleton_method("anon_bytes", function!(anon_bytes, 0))?;
    memory.define_singleton_method("figures", function!(figures, 1))?;
    memory.define_singleton_method("trim", function!(trim, 0))
}

/// Anonymous memory, resident or swapped. Nil off Linux, and where /proc is not mounted.
fn anon_bytes() -> Option<u64> {
    // Reading it allocates, and another thread may fork meanwhile.
    allocator::hold_across_forks();
    without_gvl(|| Usage::now().ok().map(|usage| usage.anon_bytes))
}

/// Bytes: anon, RSS, swap, PSS. Without `pss` that is nil, and the rest costs next to nothing. Nil likewise. Allocates nothing
/// but the array.
fn figures(pss: bool) -> Option<(u64, u64, u64, Option<u64>)> {
    let own = without_gvl(|| if pss { Own::now() } else { Own::counted() }).ok()?;
    Some((own.anon_bytes, own.rss_bytes, own.swap_bytes, pss.then_some(own.pss_bytes)))
}

/// Gives the allocator's free memory back to the kernel. Returns its name (`glibc`, `jemalloc`); nil when it is one that
/// can't.
fn trim() -> Option<&'static str> {
    without_gvl(malloc::trim)
}
