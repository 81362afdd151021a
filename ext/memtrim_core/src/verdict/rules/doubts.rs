//! What is not known to be used, and not known to be unused either. Each of these stands between a thing and `remove`.

use super::{count, names};
use crate::verdict::case::Case;
use crate::verdict::evidence::{of_deeds, of_gems, of_reasons, of_requirers, of_traces, of_uses, Evidence};
use crate::verdict::facts::{Boots, GemUse, Role};
use crate::verdict::ruling::{Answer, Confidence, Ruling};

/// A boot that did not come to its end shows neither what would have been loaded nor who holds what in.
pub fn broken_recording(case: &Case) -> Option<Ruling> {
    let why = "the recorded boot did not end well: nothing can be told from it";
    (!case.setting.whole)
        .then(|| Ruling::unknown(why, Vec::new()).settle("memtrim unused, with a recording that is whole"))
}

/// Named in a file that nobody parses: a schedule's class names, a workflow, a script. It may be a use.
pub fn mentioned(case: &Case) -> Option<Ruling> {
    let mentions = case.mentions();
    let first = mentions.first()?;
    let place = crate::verdict::evidence::place(&first.file, first.line);
    let more =
        if mentions.len() > 1 { format!(" and {} more", count(mentions.len() - 1, "place")) } else { String::new() };
    let why = format!("no code uses it, but {place}{more} may: a name in a text, which only its reader understands");
    Some(settled_by_trace(case, Ruling::unknown(why, of_uses(&mentions))))
}

/// Another gem's source names it: a `defined?(Oj)` that makes that gem quicker, a plugin looked for by its file. Without it
/// that gem may do another thing, and no test of the app looks at it.
pub fn named_by_gems(case: &Case) -> Option<Ruling> {
    // Rails' own gems name each other's railties, and are made to do without them.
    let of_rails = |gem: &str| case.is_railtie() && case.setting.gems_of_rails.iter().any(|name| name == gem);
    let uses: Vec<GemUse> = case.thing.by_gems.iter().filter(|it| !of_rails(&it.gem)).cloned().collect();
    let holders: Vec<_> = case.figures.held_by.iter().filter(|it| !(case.is_railtie() && it.of_rails)).collect();
    let who = names(uses.iter().map(|it| it.gem.as_str()).chain(holders.iter().map(|it| it.place.name.as_str())));
    if who.is_empty() {
        return None;
    }
    let name = if who.contains(" and ") { "name" } else { "names" };
    let mut evidence = of_gems(&uses);
    evidence.extend(of_requirers(&holders.iter().map(|it| &it.place).collect::<Vec<_>>()));
    let ruling = Ruling::unknown(format!("the app does not use it, but {who} {name} it"), evidence);
    let mut risk = format!("without it {who} may do another thing, and nothing says so");
    if case.is_deferrable() {
        risk.push_str(&format!("; deferred (memtrim defer {}) it is there when they want it", case.thing.name));
    }
    Some(settled_by_trace(case, ruling.risk(risk)))
}

/// The recording saw a file of the app's load a part of it, in a way that the source does not show, or that it is loaded
/// without its line, whoever does that.
pub fn loaded_all_the_same(case: &Case) -> Option<Ruling> {
    let idle = |file: &str| case.is_railtie() && case.thing.idle_uses.iter().any(|it| it.file == file);
    let loads: Vec<_> = case.figures.app_loads.iter().filter(|it| !it.file.as_deref().is_some_and(idle)).collect();
    let why = match loads.first() {
        Some(first) => format!("nothing names it, but {} loads a part of it at boot", first.name),
        None if case.figures.held_in => "nothing names it, but its line is not what loads it at boot".into(),
        None => return None,
    };
    Some(Ruling::new(Answer::Unknown, Confidence::Observed, why, of_requirers(&loads)))
}

/// A traced command saw code that is not the app's call it.
pub fn called_by_others(case: &Case) -> Option<Ruling> {
    let calls = case.traced_calls();
    if calls.is_empty() {
        return None;
    }
    let why = "no line of the app uses it, but another gem's code called it in a traced command";
    Some(Ruling::new(Answer::Unknown, Confidence::Observed, why, of_traces(&calls)))
}

/// It does something only where a variable is set, or to others while it is loaded: no boot here shows that, and no line
/// of the app's needs to name it.
pub fn hidden_deeds(case: &Case) -> Option<Ruling> {
    let hidden = case.hidden_deeds();
    let first = hidden.first()?;
    let why = format!("nothing names it, but its work may need no name: it {}", first.what);
    Some(Ruling::unknown(why, of_deeds(&hidden)))
}

/// A constant that is looked up by a name which comes from anywhere may be this one's, and no test has to ask for it.
pub fn run_time_names(case: &Case) -> Option<Ruling> {
    let places = &case.setting.facts.run_time_names;
    let (file, line, text) = places.first().filter(|_| !case.thing.constants.is_empty())?;
    let evidence = places.iter().map(|(file, line, text)| {
        Evidence::new(Some(file), Some(*line), format!("looks up whatever name it is given: {}", text.trim()))
    });
    let why = format!("nothing names it, but {file}:{line} looks up whatever name it is given: {}", text.trim());
    Some(Ruling::unknown(why, evidence.collect()))
}

/// A gem may be there for what is no Ruby: assets that a path names, views, type signatures, a plugin that another gem looks
/// for. Boots and tests don't miss those.
pub fn other_files(case: &Case) -> Option<Ruling> {
    let files = &case.thing.files;
    // Many gems bring signatures of their own code.
    let signatures = if files.signatures > files.ruby { files.signatures } else { 0 };
    let sorts = [
        (files.assets, "assets"),
        (files.views, "views"),
        (signatures, "type signatures"),
        (files.plugins, "plugins of other gems"),
    ];
    let found: Vec<&str> = sorts.iter().filter(|(number, _)| *number > 0).map(|(_, sort)| *sort).collect();
    if found.is_empty() {
        return None;
    }
    let sorts = names(found);
    let why = format!("no code uses it, but it also brings {sorts}, which neither boots nor tests would miss");
    Some(Ruling::unknown(why, case.line("its line in the Gemfile")))
}

/// Its line is what brings other gems into the bundle, and somebody loads those without depending on them. Deleting it breaks
/// them, where a boot that only leaves it out does not.
pub fn brings_others(case: &Case) -> Option<Ruling> {
    let others = &case.figures.undeclared;
    if others.is_empty() {
        return None;
    }
    let who = names(others.iter().map(String::as_str));
    let why = format!("the app does not use it, but only its line brings {who} into the bundle, which others use");
    let risk = format!("deleted, {who} is missing too: give it a line of its own first");
    Some(Ruling::unknown(why, case.line("its line in the Gemfile")).risk(risk))
}

/// Files that could not be read may use anything. Where tests don't matter, theirs don't; of a railtie the tests that
/// passed while it was watched would have told.
pub fn unread_files(case: &Case) -> Option<Ruling> {
    let of_tests = |file: &str| ["test/", "spec/", "features/"].iter().any(|dir| file.starts_with(dir));
    let unread: Vec<Evidence> = case
        .setting
        .facts
        .skipped
        .iter()
        .filter(|(file, _)| !of_tests(file) || case.is_railtie() && !case.trace_passed())
        .map(|(file, why)| Evidence::new(Some(file), None, format!("could not be read: {why}")))
        .collect();
    let first = unread.first().and_then(|it| it.file.clone())?;
    let more = if unread.len() > 1 { format!(" and {}", count(unread.len() - 1, "other file")) } else { String::new() };
    let why = format!("nothing that could be read uses it, but {first}{more} could not be read");
    Some(Ruling::unknown(why, unread).settle("memtrim unused, once these files can be read"))
}

/// Source alone never says more than this.
pub fn not_tried(case: &Case) -> Option<Ruling> {
    if case.boots_without() == Some(true) {
        return None;
    }
    let uses = case.development_uses();
    let what = match uses.iter().all(|it| it.role == Role::Test) {
        _ if uses.is_empty() => "unused",
        true => "used by tests alone",
        false => "used by development and tests alone",
    };
    let why = format!("{what} as far as the source shows; no boot without it was tried");
    let mut evidence = of_uses(&uses);
    let nothing = if uses.is_empty() { "nothing but this names it" } else { "nothing else names it" };
    let read = count(case.setting.facts.files_read, "file");
    evidence.extend(case.line(&format!("{read} of the app read, and {nothing}")));
    Some(Ruling::unknown(why, evidence).settle(case.trace_command()))
}

/// Without it a boot is not the same, and nobody knows whether what is missing is wanted: `assets:precompile` fails, or
/// other gems that could go don't boot beside it.
pub fn boots_differently(case: &Case) -> Option<Ruling> {
    let missed = case.missed();
    let unsaid = |boots: &&Boots| !case.is_railtie() && !boots.safe && !boots.harmless && boots.reasons.is_empty();
    if case.boots().filter(unsaid).is_some() {
        return Some(Ruling::unknown("nothing names it, but without it a boot is not the same", Vec::new()));
    }
    let first = missed.first()?;
    let more = if missed.len() > 1 { format!(" (and {} more)", missed.len() - 1) } else { String::new() };
    let why = format!("nothing names it, but without it something is missing: {}{more}", first.what);
    Some(settled_by_trace(case, Ruling::unknown(why, of_reasons(&missed))))
}

/// A name that is made at run time could be its own. Only a command that passed while it was watched stands against that.
pub fn unknown_places(case: &Case) -> Option<Ruling> {
    let places = &case.setting.facts.unknowns;
    let (file, line, text) = places.first().filter(|_| !case.trace_passed())?;
    let evidence = places.iter().map(|(file, line, text)| {
        Evidence::new(Some(file), Some(*line), format!("could reach anything: {}", text.trim()))
    });
    let why = format!("nothing names it, but {file}:{line} could reach it by a name made at run time: {}", text.trim());
    Some(Ruling::unknown(why, evidence.collect()).settle(case.trace_command()))
}

/// Where nothing was traced, that would tell more.
fn settled_by_trace(case: &Case, ruling: Ruling) -> Ruling {
    if case.trace_passed() {
        ruling
    } else {
        ruling.settle(case.trace_command())
    }
}
