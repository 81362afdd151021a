//! `ShowcaseMemtrim::Recording`: a recording file, read.

use magnus::prelude::*;
use magnus::{function, method, Error, RModule, Ruby};
use memtrim_core::recording::{self, Recording};
use std::path::Path;

#[magnus::wrap(class = "ShowcaseMemtrim::Recording", free_immediately, size)]
struct Boot(Recording);

pub fn define(ruby: &Ruby, module: RModule) -> Result<(), Error> {
    let class = module.define_class("Recording", ruby.class_object())?;
    class.define_singleton_method("open", function!(open, 1))?;
    class.define_method("whole?", method!(Boot::is_whole, 0))
}

fn open(ruby: &Ruby, path: String) -> Result<Boot, Error> {
    recording::read(Path::new(&path)).map(Boot).map_err(|error| Error::new(ruby.exception_arg_error(), error.to_string()))
}

impl Boot {
    fn is_whole(&self) -> bool {
        self.0.is_whole()
    }
}
