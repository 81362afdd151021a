//! What the Gemfile and the recording settle alone: there is no line to take away, or nothing that it loads.

use super::names;
use crate::verdict::case::Case;
use crate::verdict::evidence::{of_requirers, of_uses};
use crate::verdict::ruling::{Confidence, Ruling};

/// A gem that is in the bundle as somebody's dependency: it has no line to take away.
pub fn no_line(case: &Case) -> Option<Ruling> {
    if case.thing.gemfile.is_some() {
        return None;
    }
    let whose = names(case.figures.dependency_of.iter().map(String::as_str));
    let whose = if whose.is_empty() { String::new() } else { format!(": it comes with {whose}") };
    Some(Ruling::keep(Confidence::Static, format!("it has no line in the Gemfile{whose}"), Vec::new()))
}

/// A gem of a group that this environment does not load. Where it is loaded all the same, somebody wants what only that
/// group brings: an app installed without the group breaks there.
pub fn other_environment(case: &Case) -> Option<Ruling> {
    let line = case.thing.gemfile.as_ref().filter(|line| !line.in_env)?;
    let group = names(line.groups.iter().map(String::as_str));
    let environment = case.environment();
    let mut evidence = case.line(&format!("its group is {group}"));
    if !case.figures.loaded {
        let why = format!("its group is {group}: {environment} does not load it, there is nothing to trim");
        return Some(Ruling::keep(Confidence::Observed, why, evidence));
    }
    let holders: Vec<_> = case.figures.held_by.iter().map(|it| &it.place).chain(&case.figures.app_loads).collect();
    let who = names(holders.iter().map(|it| it.name.as_str()));
    let who = if who.is_empty() { "something".to_string() } else { who };
    let declared = case.figures.held_by.iter().any(|it| it.depends);
    evidence.extend(of_requirers(&holders));
    let why = format!("its group is {group}, and {who} loads it in {environment} all the same");
    let ruling = Ruling::keep(Confidence::Observed, why, evidence);
    Some(if declared {
        ruling
    } else {
        ruling.risk(format!("where the app is installed without group {group}, {who} does not find it"))
    })
}

/// A gem that nothing loads at boot: nothing to trim, whether its line says `require: false`, it has no Ruby file, or it
/// is deferred already.
pub fn never_loaded(case: &Case) -> Option<Ruling> {
    if case.figures.loaded {
        return None;
    }
    let requires = case.thing.gemfile.as_ref().is_some_and(|line| !line.requires.is_empty());
    let why = if requires { "" } else { " (require: false)" };
    let mut evidence = of_uses(&case.uses());
    evidence.extend(case.line("its line loads nothing at boot"));
    let why = format!("nothing of it is loaded at boot{why}: there is nothing to trim");
    Some(Ruling::keep(Confidence::Observed, why, evidence))
}
