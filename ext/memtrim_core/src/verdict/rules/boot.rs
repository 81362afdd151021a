//! What is needed, used or done at boot.

use super::{count, names};
use crate::verdict::case::Case;
use crate::verdict::evidence::{of_deeds, of_reasons, of_requirers, of_uses, Evidence};
use crate::verdict::facts::{At, How, Role};
use crate::verdict::ruling::{Confidence, Ruling};

/// Without it the app does not boot.
pub fn does_not_boot(case: &Case) -> Option<Ruling> {
    let boots = case.boots().filter(|boots| boots.boots == Some(false))?;
    let error = boots.error.as_deref().and_then(|error| error.lines().next()).unwrap_or_default();
    let error = if error.is_empty() { String::new() } else { format!(": {error}") };
    let mut evidence = of_reasons(&boots.reasons.iter().collect::<Vec<_>>());
    evidence.extend(of_uses(&case.uses()));
    Some(Ruling::keep(Confidence::Proved, format!("without it the app does not boot{error}"), evidence))
}

/// A command of the deployment is one of its executables: the process itself is this gem's (`CMD ["puma"]`). No boot and no
/// test runs a Procfile.
pub fn runs_in_production(case: &Case) -> Option<Ruling> {
    let runs: Vec<_> =
        case.uses().into_iter().filter(|it| it.how == How::Executable && it.role == Role::Deploy).collect();
    let first = runs.first()?;
    let why = format!("{} runs its executable{}", first.file, of_what(&first.what));
    Some(Ruling::keep(Confidence::Static, why, of_uses(&case.uses())))
}

fn of_what(what: &str) -> String {
    if what.is_empty() {
        String::new()
    } else {
        format!(" {what}")
    }
}

/// A gem of the default group that nothing but development and tests names, and that is at work in production too: an agent
/// set up there, or one that was put into the wrong group. The source can't tell which.
pub fn development_acts(case: &Case) -> Option<Ruling> {
    let acts = case.acts();
    let first = acts.first()?;
    let uses = case.development_uses();
    let named = !case.uses().is_empty() || !case.mentions().is_empty() || !case.thing.by_gems.is_empty();
    if uses.is_empty() || named || !case.used_deeds().is_empty() || !case.traced_uses().is_empty() {
        return None;
    }
    let mut evidence = of_uses(&uses);
    evidence.extend(of_deeds(&acts));
    let environment = case.environment();
    let why = format!(
        "only development and tests name it, and it is at work in {environment} too: it {}{}",
        first.what,
        more(acts.len())
    );
    Some(Ruling::unknown(why, evidence).risk(format!(
        "if {environment} wants what it does unasked, moving it into group :development, :test silently ends that"
    )))
}

/// A gem that does its work without being asked: an agent with a railtie, a middleware, a subscriber. No line of the app
/// mentions it, tests pass without it, and deferred it would silently do nothing.
pub fn acts_unasked(case: &Case) -> Option<Ruling> {
    let acts = case.acts();
    let first = acts.first()?;
    let mut evidence = of_deeds(&acts);
    evidence.extend(of_uses(&case.uses()));
    let why = format!("it does its work unasked: it {}{}", first.what, more(acts.len()));
    Some(Ruling::keep(Confidence::Observed, why, evidence))
}

fn more(number: usize) -> String {
    if number > 1 {
        format!(", and {} more", number - 1)
    } else {
        String::new()
    }
}

/// The app's own files use it while they are loaded: those in config/, and with eager load those in app/. A boot that did
/// well without it knows better: code at the top level of a file that no boot loads.
pub fn used_at_boot(case: &Case) -> Option<Ruling> {
    if case.is_deferrable() {
        return None;
    }
    let of_boot = |role| role == Role::Boot || role == Role::App && case.setting.eager_load;
    let (loads, others): (Vec<_>, Vec<_>) =
        case.uses().into_iter().partition(|it| it.at == At::Load && of_boot(it.role) && it.how != How::Guard);
    let seen: Vec<_> = case.figures.app_loads.iter().filter(|_| case.figures.held_in).collect();
    if loads.is_empty() && seen.is_empty() {
        return None;
    }
    let mut evidence = of_requirers(&seen);
    evidence.extend(of_uses(&loads));
    let place = evidence.iter().find_map(Evidence::place).unwrap_or_default();
    evidence.extend(of_uses(&others));
    let all_the_same = case.thing.gemfile.as_ref().is_some_and(|line| line.requires.is_empty());
    let all_the_same = if all_the_same { ", require: false or not" } else { "" };
    let confidence = if seen.is_empty() { Confidence::Static } else { Confidence::Observed };
    Some(Ruling::keep(confidence, format!("the app uses it at boot, in {place}{all_the_same}"), evidence))
}

/// Something else loads it, so its own line saves nothing. Where that something does not depend on it, the line is what keeps
/// it in the bundle: it must stay.
pub fn loaded_anyway(case: &Case) -> Option<Ruling> {
    let figures = &case.figures;
    if !figures.held_in || case.is_deferrable() {
        return None;
    }
    let holders: Vec<_> = figures.held_by.iter().map(|it| &it.place).chain(&figures.app_loads).collect();
    let who = names(holders.iter().map(|it| it.name.as_str()));
    let who = if who.is_empty() { "something else".to_string() } else { who };
    let loads = if who.contains(" and ") { "load" } else { "loads" };
    let mut evidence = of_requirers(&holders);
    evidence.extend(of_uses(&case.uses()));
    if case.is_railtie() {
        let why = format!("{who} {loads} it anyway: leaving it out of the list saves nothing");
        return Some(Ruling::keep(Confidence::Observed, why, evidence));
    }
    let required = case.thing.gemfile.as_ref().is_some_and(|line| !line.requires.is_empty());
    let but = if required { "its own line saves nothing" } else { "require: false or not" };
    let why = format!("{who} {loads} it anyway, {but}");
    let ruling = Ruling::keep(Confidence::Observed, why, evidence);
    let line_needed = !figures.held_by.iter().any(|it| it.depends) && !figures.held_by.is_empty();
    Some(if line_needed {
        ruling.risk(format!("without its line it is not in the bundle, and {who} does not find it"))
    } else if case.uses().is_empty() {
        ruling
    } else {
        let uses = count(case.uses().len(), "place");
        ruling.risk(format!("the app uses it in {uses}, so the line says what is true: it is better left there"))
    })
}
