//! What could not be seen, and so may be otherwise.

use super::case::Case;
use super::facts::{Facts, Tracing};

/// Of so many places by name, the rest as a number.
const PLACES: usize = 3;

/// What could not be seen of anything.
pub fn of_all(facts: &Facts) -> Vec<String> {
    let mut list: Vec<String> =
        facts.skipped.iter().map(|(file, why)| format!("{file} could not be read: {why}")).collect();
    let places: Vec<String> =
        facts.unknowns.iter().map(|(file, line, text)| format!("{file}:{line} {}", text.trim())).collect();
    if !places.is_empty() {
        let more = places.len().saturating_sub(PLACES);
        let shown = places[..places.len() - more].join(", ");
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        list.push(format!("could reach anything by name: {shown}{more}"));
    }
    match &facts.trace {
        None => list.push("no command was traced: code that no boot runs was only read".into()),
        Some(trace) => {
            if let Some(run) = trace.runs.iter().find(|run| run.status != Some(0)) {
                let end = run.status.map_or("was broken off".into(), |status| format!("ended with status {status}"));
                list.push(format!("the traced {} {end}: it shows what is used, not what is not", run.command));
            }
            if trace.stale > 0 {
                list.push(format!("{} lines of the trace are of another Gemfile.lock and do not count", trace.stale));
            }
        }
    }
    list
}

/// What could not be seen of one thing besides.
pub fn of(case: &Case) -> Vec<String> {
    let mut list = of_all(case.setting.facts);
    if case.setting.facts.trace.is_some() {
        match case.thing.trace.as_ref() {
            None => list.push("the traced commands did not watch it".into()),
            Some(trace) if trace.how == Tracing::Unwatched => {
                let why = trace.why.as_deref().map_or(String::new(), |why| format!(": {why}"));
                list.push(format!("the traced commands could not watch it{why}"));
            }
            Some(_) => {}
        }
    }
    list
}
