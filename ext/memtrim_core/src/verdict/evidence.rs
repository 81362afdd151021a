//! Lines that speak for a verdict.

use super::facts::{Deed, FirstUse, GemUse, How, Reason, Use};
use crate::requirers::RequirerReport;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Relative to the app where it is the app's; null where it is no line.
    pub file: Option<String>,
    pub line: Option<u32>,
    pub why: String,
}

impl Evidence {
    pub fn new(file: Option<&str>, line: Option<u32>, why: String) -> Self {
        Evidence { file: file.filter(|file| !file.is_empty()).map(str::to_string), line, why }
    }

    pub fn place(&self) -> Option<String> {
        self.file.as_ref().map(|file| place(file, self.line))
    }
}

/// `file:line`, or the file alone.
pub fn place(file: &str, line: Option<u32>) -> String {
    line.map_or_else(|| file.to_string(), |line| format!("{file}:{line}"))
}

pub fn of_uses(uses: &[&Use]) -> Vec<Evidence> {
    once(uses.iter().map(|it| Evidence::new(Some(&it.file), it.line, said(it.how, &it.what))))
}

pub fn of_gems(uses: &[GemUse]) -> Vec<Evidence> {
    once(uses.iter().map(|it| Evidence::new(Some(&it.file), it.line, format!("{} {}", it.gem, said(it.how, &it.what)))))
}

pub fn of_deeds(deeds: &[&Deed]) -> Vec<Evidence> {
    once(deeds.iter().map(|deed| Evidence::new(deed.file.as_deref(), deed.line, deed.what.clone())))
}

pub fn of_reasons(reasons: &[&Reason]) -> Vec<Evidence> {
    once(reasons.iter().map(|reason| Evidence::new(reason.file.as_deref(), reason.line, reason.what.clone())))
}

pub fn of_requirers(requirers: &[&RequirerReport]) -> Vec<Evidence> {
    once(requirers.iter().map(|it| {
        let why = if it.file.as_ref() == Some(&it.name) { "loads it".into() } else { format!("{} loads it", it.name) };
        Evidence::new(it.file.as_deref(), it.line, why)
    }))
}

pub fn of_traces(uses: &[&FirstUse]) -> Vec<Evidence> {
    once(uses.iter().map(|it| {
        let constant = it.constant.as_deref().map_or(String::new(), |constant| format!(" {constant}"));
        Evidence::new(it.file.as_deref(), it.line, format!("first used{constant}{}", traced(it)))
    }))
}

/// First uses, each with the line that the source showed, where it is the same; those of the app's own lines, if any.
pub fn add_traces(list: &mut Vec<Evidence>, uses: &[&FirstUse]) {
    let direct = uses.iter().any(|it| it.direct);
    for it in uses.iter().filter(|it| it.direct || !direct) {
        let same = |known: &&mut Evidence| known.file.is_some() && known.file == it.file && known.line == it.line;
        match list.iter_mut().find(same) {
            Some(known) if known.why.contains("first used") => {}
            Some(known) => known.why.push_str(&format!("; first used{}", traced(it))),
            None => list.extend(of_traces(&[it])),
        }
    }
}

fn traced(it: &FirstUse) -> String {
    let command = it.command.as_deref().map_or(String::new(), |command| format!(" by {command}"));
    let phase = if it.phase.is_empty() { String::new() } else { format!(" ({})", it.phase.replace('_', " ")) };
    format!("{phase}{command}")
}

/// How somebody uses it, as a sentence goes on after who does.
fn said(how: How, what: &str) -> String {
    let verb = match how {
        How::Constant => "uses",
        How::Method => "calls",
        How::Require => "requires",
        How::Guard => "asks whether there is",
        How::String => "names, in a string,",
        How::Symbol => "names",
        How::Template => "is a template of the kind",
        How::View => "renders",
        How::Asset => "names the asset",
        How::Executable => "runs",
        How::Mention => "mentions",
        How::Gemspec => "depends on",
        How::Plugin => "looks for the plugin",
        How::Other => "names",
    };
    if what.is_empty() {
        format!("{verb} it")
    } else {
        format!("{verb} {what}")
    }
}

fn once(list: impl Iterator<Item = Evidence>) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = Vec::new();
    for it in list {
        if !found.contains(&it) {
            found.push(it);
        }
    }
    found
}
