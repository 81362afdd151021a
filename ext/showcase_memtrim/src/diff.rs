//! `ShowcaseMemtrim::Diff`: what an edit changes in a file.

use magnus::prelude::*;
use magnus::{function, Error, RModule, RString, Ruby};
use memtrim_core::diff;

pub fn define(_: &Ruby, module: RModule) -> Result<(), Error> {
    let diff = module.define_module("Diff")?;
    diff.define_singleton_method("unified", function!(unified, 3))
}

/// The unified diff, as `git apply` takes it, of two texts in whatever encoding; nil is a file that is not there.
fn unified(ruby: &Ruby, path: String, old: Option<RString>, new: Option<RString>) -> RString {
    let (old, new) = (old.map(bytes), new.map(bytes));
    let diff = diff::unified(&path, old.as_deref(), new.as_deref());
    ruby.enc_str_new(diff, ruby.utf8_encoding())
}

fn bytes(text: RString) -> Vec<u8> {
    // SAFETY: copied at once, before Ruby can run and move or change them.
    unsafe { text.as_slice() }.to_vec()
}
