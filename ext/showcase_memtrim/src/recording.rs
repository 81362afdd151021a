//! `ShowcaseMemtrim::Recording`: a recording file, read.

use crate::arguments::refuse;
use magnus::prelude::*;
use magnus::{function, method, Error, RModule, Ruby};
use memtrim_core::budget::Baseline;
use memtrim_core::changes::Changes;
use memtrim_core::recording::{self, Recording};
use memtrim_core::render;
use memtrim_core::report::{open_at_the_end, Report};
use memtrim_core::verdict::{self, Facts};
use memtrim_core::{explain, json, leaving_out};
use std::path::Path;

#[magnus::wrap(class = "ShowcaseMemtrim::Recording", free_immediately, size)]
pub struct Boot(pub Recording);

pub fn define(ruby: &Ruby, module: RModule) -> Result<(), Error> {
    let class = module.define_class("Recording", ruby.class_object())?;
    class.define_singleton_method("open", function!(open, 1))?;
    class.define_method("whole?", method!(Boot::is_whole, 0))?;
    class.define_method("counter?", method!(Boot::has_counter, 0))?;
    class.define_method("error", method!(Boot::error, 0))?;
    class.define_method("open_scopes", method!(Boot::open_scopes, 0))?;
    class.define_method("app", method!(Boot::app, 0))?;
    class.define_method("report", method!(Boot::report, 3))?;
    class.define_method("explain", method!(Boot::explain, 4))?;
    class.define_method("baseline", method!(Boot::baseline, 2))?;
    class.define_method("changes", method!(Boot::changes, 4))?;
    class.define_method("verdicts", method!(Boot::verdicts, 4))?;
    class.define_method("removable", method!(Boot::removable, 1))?;
    class.define_method("sets", method!(Boot::sets, 1))?;
    class.define_method("scopes", method!(Boot::scopes, 1))
}

/// Raises ArgumentError, with the file and what to do, for a file that is no readable recording.
fn open(ruby: &Ruby, path: String) -> Result<Boot, Error> {
    recording::read(Path::new(&path)).map(Boot).map_err(|error| refuse(ruby, &error))
}

fn parse(ruby: &Ruby, facts: &str) -> Result<Facts, Error> {
    Facts::parse(facts).map_err(|error| refuse(ruby, &error))
}

impl Boot {
    /// False when the recorded process died before its boot ended.
    fn is_whole(&self) -> bool {
        self.0.is_whole()
    }

    /// True when held bytes were counted.
    fn has_counter(&self) -> bool {
        self.0.header.counter
    }

    /// What ended the boot: class, message and first lines of the backtrace; nil when it ended well.
    fn error(&self) -> Option<String> {
        self.0.finish.as_ref().and_then(|finish| finish.error.clone())
    }

    /// The scopes open when a recording broke off, outermost first.
    fn open_scopes(&self) -> Vec<String> {
        open_at_the_end(&self.0)
    }

    /// What only Ruby knew of the program, as JSON: `memtrim_core::recording::App`.
    fn app(ruby: &Ruby, boot: &Boot) -> Result<String, Error> {
        serde_json::to_string(&boot.0.app).map_err(|error| refuse(ruby, &error))
    }

    /// The report as `json`, `markdown`, annotations for `github`, `html` (one page), a file for `speedscope`, or as text
    /// of at most `width` columns; with facts (JSON, or nil) also the verdicts. Raises as `verdicts`.
    fn report(ruby: &Ruby, boot: &Boot, format: String, width: usize, facts: Option<String>) -> Result<String, Error> {
        let facts = facts.map(|facts| parse(ruby, &facts)).transpose()?;
        let report = Report::new(&boot.0, facts.as_ref());
        Ok(match format.as_str() {
            "json" => report.to_json(),
            "html" => render::html(&boot.0, &report),
            "speedscope" => render::speedscope(&boot.0),
            "markdown" => render::markdown::report(&report),
            "github" => render::github::report(&report),
            _ => render::report(&report, width),
        })
    }

    /// The text of a baseline, with the figures of the earlier one (nil: there is none) that have changed by noise only;
    /// `path` is for messages. Raises ArgumentError for an earlier one that can't be read, and for a recording that has
    /// no held bytes or whose boot failed.
    fn baseline(ruby: &Ruby, boot: &Boot, path: String, earlier: Option<String>) -> Result<String, Error> {
        let earlier = earlier.map(|text| Baseline::parse(&path, &text)).transpose();
        let baseline = earlier.and_then(|earlier| Baseline::of_recording(&boot.0, earlier.as_ref()));
        baseline.map(|baseline| baseline.to_text()).map_err(|error| refuse(ruby, &error))
    }

    /// What another recording has more or less, as `json`, `markdown`, annotations for `github`, or text of at most
    /// `width` columns; `names`: what to call the two. Raises ArgumentError for recordings that can't be compared.
    fn changes(
        ruby: &Ruby,
        boot: &Boot,
        other: &Boot,
        names: (String, String),
        format: String,
        width: usize,
    ) -> Result<String, Error> {
        let changes =
            Changes::between((&names.0, &boot.0), (&names.1, &other.0)).map_err(|error| refuse(ruby, &error))?;
        Ok(match format.as_str() {
            "json" => changes.to_json(),
            "markdown" => render::markdown::changes(&changes),
            "github" => render::github::changes(&changes),
            _ => render::changes(&changes, width),
        })
    }

    /// The findings, or `all` verdicts, as `json`, or as text of at most `width` columns; and how many are findings.
    /// Raises ArgumentError for facts that can't be read.
    fn verdicts(
        ruby: &Ruby,
        boot: &Boot,
        facts: String,
        format: String,
        width: usize,
        all: bool,
    ) -> Result<(String, usize), Error> {
        let verdicts = verdict::verdicts(&boot.0, &parse(ruby, &facts)?);
        let text = match format.as_str() {
            "json" => verdicts.to_json(all),
            _ => render::verdicts(&verdicts, width, all),
        };
        Ok((text, verdicts.findings().count()))
    }

    /// Everything about one gem or railtie, as `json` or text; with facts (JSON, or nil) also its verdict. Raises
    /// ArgumentError, with the nearest names, when there is none of that name, and as `verdicts`.
    fn explain(
        ruby: &Ruby,
        boot: &Boot,
        name: String,
        format: String,
        width: usize,
        facts: Option<String>,
    ) -> Result<String, Error> {
        let facts = facts.map(|facts| parse(ruby, &facts)).transpose()?;
        let explanation = explain::explain(&boot.0, &name, facts.as_ref()).map_err(|error| refuse(ruby, &error))?;
        Ok(match format.as_str() {
            "json" => json::pretty(&explanation),
            _ => render::explanation(&explanation, width),
        })
    }

    /// Bytes that would go if all of these gems and railties were left out together. Raises as `explain`.
    fn removable(ruby: &Ruby, boot: &Boot, names: Vec<String>) -> Result<u64, Error> {
        leaving_out::removable(&boot.0, &names).map_err(|error| refuse(ruby, &error))
    }

    /// Of these gems and railties, those worth leaving out together because they hold each other in, largest gain
    /// first; unknown names are passed over.
    fn sets(&self, names: Vec<String>) -> Vec<Vec<String>> {
        leaving_out::sets(&self.0, &names)
    }

    /// Every scope as JSON (`label`, `bytes`, `gone`), told for the things left out. Raises as `explain`.
    fn scopes(ruby: &Ruby, boot: &Boot, names: Vec<String>) -> Result<String, Error> {
        let scopes = leaving_out::scopes(&boot.0, &names).map_err(|error| refuse(ruby, &error))?;
        serde_json::to_string(&scopes).map_err(|error| refuse(ruby, &error))
    }
}
