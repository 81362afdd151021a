//! The Ruby side of memtrim: one file for each Ruby class, and the hooks that feed the recorder.

mod allocator;
mod arguments;
mod budget;
mod counter;
mod diff;
mod fleet;
mod fleet_listen;
mod fleet_watch;
mod gvl;
mod hooks;
mod malloc;
mod own_memory;
mod processes;
mod recorder;
mod recording;
mod session;
mod statistics;
mod subreaper;
mod trials;
mod tuning;

use magnus::{Error, Ruby};

#[magnus::init]
fn init(ruby: &Ruby) -> Result<(), Error> {
    // SAFETY: marks the functions defined from here on; those that replace Ruby's own touch nothing of ours
    // outside the main ractor.
    unsafe { rb_sys::rb_ext_ractor_safe(true) };
    let module = ruby.define_module("ShowcaseMemtrim")?;
    budget::define(ruby, module)?;
    diff::define(ruby, module)?;
    fleet::define(ruby, module)?;
    own_memory::define(ruby, module)?;
    recorder::define(ruby, module)?;
    recording::define(ruby, module)?;
    statistics::define(ruby, module)?;
    trials::define(ruby, module)?;
    tuning::define(ruby, module)?;
    processes::define(ruby, module)
}
