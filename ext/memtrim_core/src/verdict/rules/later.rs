//! What is used after the boot: the right answer is `defer`, not `remove`, where boots showed that it can wait.

use super::{count, names};
use crate::render::mib;
use crate::verdict::case::Case;
use crate::verdict::edit;
use crate::verdict::evidence::{add_traces, of_deeds, of_reasons, of_uses, Evidence};
use crate::verdict::facts::Role;
use crate::verdict::ruling::{Answer, Confidence, Ruling};

/// A controller, a template, a Rake task or a script uses it, and boots showed that the app is the same without it until
/// then. By force, where what speaks against that is nothing that the app uses.
pub fn used_later(case: &Case) -> Option<Ruling> {
    if !is_used(case) || !case.is_deferrable() {
        return None;
    }
    let boots = case.boots()?;
    let reasons: Vec<_> = boots.reasons.iter().collect();
    let force = (!boots.safe).then(|| reason_for_force(case));
    let confidence = if boots.safe || case.passed_deferred() { Confidence::Proved } else { Confidence::Observed };
    let places = case.places().len().max(case.traced_uses().len());
    let together = if case.figures.held_in && !case.figures.held_by.is_empty() {
        let who = names(case.figures.held_by.iter().map(|it| it.place.name.as_str()));
        format!("; to be deferred together with {who}, or that loads it")
    } else {
        String::new()
    };
    let shown = if boots.safe {
        format!("{} boots the same without it", case.environment())
    } else {
        format!("what {} lacks without it, nothing here uses", case.environment())
    };
    let why = format!("used in {}, never at boot; {shown}{together}", count(places, "place"));
    let mut evidence = of_uses(&by_weight(case));
    add_traces(&mut evidence, &case.traced_uses());
    if !boots.safe {
        evidence.extend(of_reasons(&reasons));
    }
    evidence.extend(of_uses(&case.development_uses()));
    let ruling = Ruling::new(Answer::Defer, confidence, why, evidence).risk(risk(case));
    Some(ruling.edit(Some(edit::defer(case, force.as_deref()))))
}

/// Used, and it can't wait for its first use: keep it, with what speaks against it.
pub fn can_not_wait(case: &Case) -> Option<Ruling> {
    if !is_used(case) {
        return None;
    }
    let (used, missed) = (case.used_deeds(), case.missed());
    let reasons: Vec<_> = case.boots().map_or_else(Vec::new, |boots| boots.reasons.iter().collect());
    let mut evidence = of_uses(&by_weight(case));
    add_traces(&mut evidence, &case.traced_uses());
    evidence.extend(of_deeds(&used));
    evidence.extend(of_reasons(&reasons));
    if let Some(deed) = used.first() {
        return Some(Ruling::keep(
            Confidence::Observed,
            format!("the app uses what it gives unasked: it {}", deed.what),
            evidence,
        ));
    }
    if case.boots_without().is_none() {
        return Some(not_tried(case, evidence));
    }
    let why = match missed.first().or(reasons.first()) {
        Some(reason) => format!("the app uses it later, and it can't wait until then: {}", reason.what),
        None => "the app uses it later, and no constant of its own could load it then".into(),
    };
    Some(Ruling::keep(Confidence::Proved, why, evidence))
}

/// Source shows no use at boot. The command that would write the edit boots the app without it first.
fn not_tried(case: &Case, evidence: Vec<Evidence>) -> Ruling {
    if case.constants().is_empty() || case.figures.held_in {
        let why = "the app uses it; whether it can wait for its first use, no boot has shown";
        return Ruling::keep(Confidence::Static, why, evidence).settle(format!("memtrim defer {}", case.thing.name));
    }
    let places = count(case.places().len().max(case.traced_uses().len()), "place");
    let why = format!("used in {places}, never at boot as far as the source shows; no boot without it was tried");
    Ruling::new(Answer::Defer, Confidence::Static, why, evidence)
        .settle(format!("memtrim defer {} --write", case.thing.name))
}

fn is_used(case: &Case) -> bool {
    !case.uses().is_empty() || !case.traced_uses().is_empty() || !case.used_deeds().is_empty()
}

/// What requests and jobs run before tasks and scripts.
fn by_weight<'a>(case: &Case<'a>) -> Vec<&'a crate::verdict::facts::Use> {
    let mut uses = case.uses();
    uses.sort_by_key(|it| match it.role {
        Role::App => 0,
        Role::Lib => 1,
        Role::Boot => 2,
        _ => 3,
    });
    uses
}

/// For whoever reads config/memtrim.yml next.
fn reason_for_force(case: &Case) -> String {
    let reasons = case.boots().map_or(&[][..], |boots| &boots.reasons);
    let first = reasons.first().map_or("does something at boot", |reason| reason.what.as_str());
    format!("it {first}{}, which nothing here uses", more(reasons.len()))
}

fn more(number: usize) -> String {
    if number > 1 {
        format!(" (and {} more)", number - 1)
    } else {
        String::new()
    }
}

fn risk(case: &Case) -> String {
    let figures = &case.figures;
    let mut text = format!(
        "its first use in a process takes {:.2} s, and {} MiB from then on",
        figures.seconds,
        mib(figures.removable_bytes)
    );
    let reasons = case.boots().filter(|boots| !boots.safe).map_or(&[][..], |boots| &boots.reasons);
    if let Some(reason) = reasons.first() {
        text.push_str(&format!("; only then it {}{}", reason.what, more(reasons.len())));
    }
    if let Some(wait) = case.hidden_deeds().first() {
        text.push_str(&format!("; and only then it {}", wait.what));
    }
    text
}
