//! The Ruby side of memtrim: one file for each Ruby class, and the hooks that feed the recorder.

mod allocator;
mod counter;
mod hooks;
mod malloc;
mod recorder;
mod recording;
mod session;

use magnus::{Error, Ruby};

#[magnus::init]
fn init(ruby: &Ruby) -> Result<(), Error> {
    let module = ruby.define_module("ShowcaseMemtrim")?;
    recorder::define(ruby, module)?;
    recording::define(ruby, module)
}
