//! `ShowcaseMemtrim::Fleet`: all processes of the machine at one moment.

use crate::allocator;
use crate::arguments::{parse, refuse};
use crate::gvl::without_gvl;
use magnus::prelude::*;
use magnus::{function, method, Error, RModule, Ruby};
use memtrim_core::fleet::{observe, projection, prometheus, Deferred, Fleet, Observation, Reading};
use memtrim_core::misuse::Misuse;
use memtrim_core::{json, render};
use std::cell::RefCell;

/// Nothing here calls into Ruby while it is borrowed, so it is never borrowed twice.
#[magnus::wrap(class = "ShowcaseMemtrim::Fleet", free_immediately, size)]
struct Seen {
    observation: Observation,
    cable: Option<String>,
    deferred: RefCell<Vec<Deferred>>,
}

pub fn define(ruby: &Ruby, module: RModule) -> Result<(), Error> {
    let class = module.define_class("Fleet", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_singleton_method("observe", function!(observe_now, 2))?;
    class.define_singleton_method("listen", function!(crate::fleet_listen::listen, 1))?;
    class.define_singleton_method("watch", function!(crate::fleet_watch::watch, 1))?;
    class.define_method("directories", method!(Seen::directories, 0))?;
    class.define_method("defers", method!(Seen::defers, 1))?;
    class.define_method("findings", method!(Seen::findings, 0))?;
    class.define_method("render", method!(Seen::render, 2))?;
    class.define_method("project", method!(Seen::project, 4))
}

/// Reads /proc, as the reading says (JSON: `proc`, `root`, `tenant_variable`, `environment_variable`, `gems`), while other
/// threads run. `cable`: text that the titles of cable servers have, or nil. Raises ArgumentError where there is no /proc.
fn observe_now(ruby: &Ruby, reading: String, cable: Option<String>) -> Result<Seen, Error> {
    let reading: Reading = parse(ruby, "reading", &reading)?;
    // Reading allocates, and another thread may fork meanwhile.
    allocator::hold_across_forks();
    let observation = without_gvl(|| observe(&reading))
        .map_err(|error| refuse(ruby, &Misuse(format!("{}: {error}", reading.proc.display()))))?;
    Ok(Seen { observation, cable, deferred: RefCell::default() })
}

impl Seen {
    fn fleet(&self) -> Fleet {
        Fleet::new(&self.observation, self.cable.as_deref(), &self.deferred.borrow())
    }

    /// Of the apps that were seen.
    fn directories(&self) -> Vec<String> {
        Fleet::directories(&self.observation)
    }

    /// What apps defer, as JSON: a list of `directory` and `gems`.
    fn defers(ruby: &Ruby, seen: &Seen, deferred: String) -> Result<(), Error> {
        *seen.deferred.borrow_mut() = parse(ruby, "list of what apps defer", &deferred)?;
        Ok(())
    }

    /// How many there are.
    fn findings(&self) -> usize {
        self.fleet().findings.len()
    }

    /// As `json`, `prometheus`, or text of at most `width` columns.
    fn render(&self, format: String, width: usize) -> String {
        let fleet = self.fleet();
        match &format[..] {
            "json" => json::pretty(&fleet),
            "prometheus" => prometheus::exposition(&fleet),
            _ => render::fleet(&fleet, width),
        }
    }

    /// What so many tenants would use, with a promise (JSON, `memtrim_core::fleet::projection::Promise`) or nil; as `json` or
    /// text. Raises ArgumentError where no tenant runs, and where the promise can't be of those that do.
    fn project(
        ruby: &Ruby,
        seen: &Seen,
        tenants: u64,
        promise: Option<String>,
        format: String,
        width: usize,
    ) -> Result<String, Error> {
        let promise = promise.map(|it| parse(ruby, "promise", &it)).transpose()?;
        let projection =
            projection::project(&seen.fleet(), tenants, promise).map_err(|misuse| refuse(ruby, &misuse))?;
        Ok(if format == "json" { json::pretty(&projection) } else { render::projection(&projection, width) })
    }
}
