//! `remove`. The last rules: whatever could speak against it has had its say.
//!
//! What is left has no use, no mention and no other gem that names it, does nothing unasked, gives nothing that is used, and
//! the app boots without it. That a command passed makes this surer; it never makes it so.

use super::names;
use crate::verdict::case::Case;
use crate::verdict::edit;
use crate::verdict::evidence::{add_traces, of_uses, Evidence};
use crate::verdict::facts::{Role, Tracing};
use crate::verdict::ruling::{Answer, Confidence, Ruling};

/// Only tests and development use it, and production loads it: a gem in the wrong group. The same proof as for one that
/// nobody uses.
pub fn wrong_group(case: &Case) -> Option<Ruling> {
    let (uses, traced) = (case.development_uses(), case.traced_tests());
    if uses.is_empty() && traced.is_empty() {
        return None;
    }
    let environment = case.environment();
    let who = if uses.iter().all(|it| it.role == Role::Test) { "tests" } else { "development and tests" };
    let why = format!("only {who} use it, and {environment}, which loads it, boots without it");
    let mut evidence = of_uses(&uses);
    add_traces(&mut evidence, &traced);
    let risk = format!("{environment} has no {} then, in a console or a script either", case.constant());
    let ruling = Ruling::new(Answer::Remove, confidence(case), why, evidence).risk(risk);
    Some(ruling.edit(edit::move_line(case)))
}

/// A gem that nobody uses.
pub fn unused_gem(case: &Case) -> Option<Ruling> {
    let why = format!("nothing in the app names it{}", proof(case));
    let stays = names(case.figures.dependency_of.iter().map(String::as_str));
    let risk = if stays.is_empty() {
        let runs = if case.thing.files.executables > 0 { ", or runs its executable," } else { "" };
        let constant = case.constant();
        format!("code outside of this directory that uses {constant}{runs} fails: a console, a server's script")
    } else {
        format!(
            "it stays in the bundle, since {stays} depends on it; what uses {} without requiring it fails",
            case.constant()
        )
    };
    let ruling = Ruling::new(Answer::Remove, confidence(case), why, absence(case)).risk(risk);
    Some(ruling.edit(edit::delete_line(case)))
}

/// A railtie that nobody uses.
pub fn unused_railtie(case: &Case) -> Option<Ruling> {
    let why = format!("nothing in the app uses it{}", proof(case));
    let mut evidence = absence(case);
    evidence.extend(case.thing.idle_uses.iter().map(|it| {
        Evidence::new(Some(&it.file), it.line, "a generated file that nobody uses: it is ignored then".into())
    }));
    let mut risk =
        "its settings have no effect then, and what uses its classes or methods is an error that names it".to_string();
    if let Some(idle) = case.thing.idle_uses.first() {
        risk.push_str(&format!("; what builds on {} needs it back", idle.file));
    }
    let ruling = Ruling::new(Answer::Remove, confidence(case), why, evidence).risk(risk);
    Some(ruling.edit(Some(edit::leave_out(case))))
}

/// Places that could reach anything by name lower it.
fn confidence(case: &Case) -> Confidence {
    if case.passed_deferred() && case.setting.facts.unknowns.is_empty() {
        Confidence::Proved
    } else {
        Confidence::Observed
    }
}

/// What speaks for it besides the source.
fn proof(case: &Case) -> String {
    let environment = case.environment();
    let commands = case.passed_commands();
    if commands.is_empty() {
        return format!("; {environment} boots without it");
    }
    let pass = if commands.len() == 1 { "passes" } else { "pass" };
    let commands = names(commands);
    match case.watched() {
        Some(Tracing::Deferred) => format!("; {environment} boots, and {commands} {pass}, without it"),
        _ => format!("; {environment} boots without it, and {commands} {pass} without the app calling it"),
    }
}

fn absence(case: &Case) -> Vec<Evidence> {
    let files = case.setting.facts.files_read;
    let mut evidence = case.line(&format!("nothing else in {files} files names it"));
    if evidence.is_empty() {
        evidence.push(Evidence::new(None, None, format!("nothing in {files} files uses it")));
    }
    evidence.push(Evidence::new(None, None, format!("{} boots without it", case.environment())));
    let how = if case.watched() == Some(Tracing::Deferred) { "with it deferred" } else { "with it watched" };
    evidence.extend(
        case.passed_commands().iter().map(|command| Evidence::new(None, None, format!("{command} passed, {how}"))),
    );
    evidence
}
