//! The rules, one for each kind of case; of these lists the first that answers decides.
//!
//! The order is that of what would hurt most if it were overlooked: what the boot shows comes before what the source
//! says, a use before its absence, and everything that raises a doubt before `remove`. A rule only ever reads its case.

mod boot;
mod bundle;
mod doubts;
mod later;
mod railtie;
mod unused;

use super::case::Case;
use super::ruling::{Rule, Ruling};

const GEM: &[Rule] = &[
    Rule { name: "broken_recording", apply: doubts::broken_recording },
    Rule { name: "no_line", apply: bundle::no_line },
    Rule { name: "other_environment", apply: bundle::other_environment },
    Rule { name: "never_loaded", apply: bundle::never_loaded },
    Rule { name: "does_not_boot", apply: boot::does_not_boot },
    Rule { name: "runs_in_production", apply: boot::runs_in_production },
    Rule { name: "development_acts", apply: boot::development_acts },
    Rule { name: "acts_unasked", apply: boot::acts_unasked },
    Rule { name: "used_at_boot", apply: boot::used_at_boot },
    Rule { name: "loaded_anyway", apply: boot::loaded_anyway },
    Rule { name: "used_later", apply: later::used_later },
    Rule { name: "can_not_wait", apply: later::can_not_wait },
    Rule { name: "mentioned", apply: doubts::mentioned },
    Rule { name: "named_by_gems", apply: doubts::named_by_gems },
    Rule { name: "loaded_all_the_same", apply: doubts::loaded_all_the_same },
    Rule { name: "called_by_others", apply: doubts::called_by_others },
    Rule { name: "hidden_deeds", apply: doubts::hidden_deeds },
    Rule { name: "other_files", apply: doubts::other_files },
    Rule { name: "brings_others", apply: doubts::brings_others },
    Rule { name: "unread_files", apply: doubts::unread_files },
    Rule { name: "not_tried", apply: doubts::not_tried },
    Rule { name: "boots_differently", apply: doubts::boots_differently },
    Rule { name: "run_time_names", apply: doubts::run_time_names },
    Rule { name: "unknown_places", apply: doubts::unknown_places },
    Rule { name: "wrong_group", apply: unused::wrong_group },
    Rule { name: "unused", apply: unused::unused_gem },
];

const RAILTIE: &[Rule] = &[
    Rule { name: "broken_recording", apply: doubts::broken_recording },
    Rule { name: "never_loaded", apply: railtie::never_loaded },
    Rule { name: "does_not_boot", apply: boot::does_not_boot },
    Rule { name: "used", apply: railtie::used },
    Rule { name: "acts_unasked", apply: boot::acts_unasked },
    Rule { name: "loaded_anyway", apply: boot::loaded_anyway },
    Rule { name: "mentioned", apply: doubts::mentioned },
    Rule { name: "named_by_gems", apply: doubts::named_by_gems },
    Rule { name: "loaded_all_the_same", apply: doubts::loaded_all_the_same },
    Rule { name: "hidden_deeds", apply: doubts::hidden_deeds },
    Rule { name: "unread_files", apply: doubts::unread_files },
    Rule { name: "not_tried", apply: doubts::not_tried },
    Rule { name: "boots_differently", apply: doubts::boots_differently },
    Rule { name: "unknown_places", apply: doubts::unknown_places },
    Rule { name: "unused", apply: unused::unused_railtie },
];

/// The first rule that answers.
pub fn rule_on(case: &Case) -> (&'static str, Ruling) {
    let rules = if case.is_railtie() { RAILTIE } else { GEM };
    rules
        .iter()
        .find_map(|rule| Some((rule.name, (rule.apply)(case)?)))
        .unwrap_or_else(|| ("no_rule", Ruling::unknown("no rule answers for it", Vec::new())))
}

/// `1 place`, `3 places`
fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and 3 more`
pub(super) fn names<'a>(list: impl IntoIterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for name in list {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    match all.as_slice() {
        [] => String::new(),
        [one] => (*one).to_string(),
        [one, other] => format!("{one} and {other}"),
        [one, other, more @ ..] => format!("{one}, {other} and {} more", more.len()),
    }
}
