//! Verdicts for a terminal.

use super::bytes::mib;
use super::table::{cut, lines, sections};
use super::words::{recorded, wrap, wrap_words};
use crate::verdict::{Answer, Edit, Evidence, Ignored, Kind, Verdict, Verdicts};

/// Of its evidence, so many lines.
const EVIDENCE: usize = 3;
/// Of an edit's lines, so many.
const EDIT_LINES: usize = 4;
/// In a report, so many findings.
const FINDINGS: usize = 8;
const LABEL: usize = 8;

const GROUPS: [(Answer, &str); 4] = [
    (Answer::Remove, "REMOVE"),
    (Answer::Defer, "DEFER: loaded at the first use, and not at boot"),
    (Answer::Unknown, "UNKNOWN"),
    (Answer::Keep, "KEEP"),
];

/// The findings, or `all`, as text of at most `width` columns, with a newline at its end.
pub fn verdicts(it: &Verdicts, width: usize, all: bool) -> String {
    let mut list = vec![title(it, width)];
    list.extend(GROUPS.iter().filter(|(answer, _)| all || *answer != Answer::Keep).map(|(answer, heading)| {
        let group: Vec<&Verdict> = it.verdicts.iter().filter(|verdict| verdict.verdict == *answer).collect();
        section(*answer, heading, &group, it, width)
    }));
    list.push(ending(it, width));
    list.push(notes(it, width));
    sections(&list, width)
}

fn title(it: &Verdicts, width: usize) -> Vec<String> {
    let mut parts = recorded(&it.app, &it.environment);
    parts.push(plural(it.files_read, "file") + " read");
    match it.trace.as_deref().unwrap_or_default() {
        [] => parts.push("nothing traced".into()),
        [one, more @ ..] => {
            let failed = std::iter::once(one).chain(more).any(|it| it.status != Some(0));
            let failed = if failed { " (failed)" } else { "" };
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            parts.push(format!("traced {}{more}{failed}", one.command));
        }
    }
    wrap_words(&parts, " · ", width)
}

fn plural(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn section(answer: Answer, heading: &str, group: &[&Verdict], it: &Verdicts, width: usize) -> Vec<String> {
    if group.is_empty() {
        return Vec::new();
    }
    let mut text = vec![heading.to_string()];
    for (index, verdict) in group.iter().enumerate() {
        if answer == Answer::Keep {
            text.extend(kept(verdict, width));
        } else {
            if index > 0 {
                text.push(String::new());
            }
            text.extend(finding(verdict, it, width));
        }
    }
    text
}

fn finding(verdict: &Verdict, it: &Verdicts, width: usize) -> Vec<String> {
    let mut text = vec![format!("  {}", head(verdict))];
    text.extend(indented(&verdict.why, 4, width));
    text.extend(evidence(&verdict.evidence, EVIDENCE));
    text.extend(details(verdict, width, &it.unseen));
    text
}

/// `geocoder 1.8.6 · proved · 1.2 MiB · 0.11 s`
fn head(verdict: &Verdict) -> String {
    let version = verdict.version.as_ref().map_or(String::new(), |version| format!(" {version}"));
    let seconds = format!("{:.2} s", verdict.seconds);
    format!("{}{version} · {} · {} MiB · {seconds}", verdict.name, confidence(verdict), mib(verdict.removable_bytes))
}

fn confidence(verdict: &Verdict) -> &'static str {
    match verdict.confidence {
        crate::verdict::Confidence::Proved => "proved",
        crate::verdict::Confidence::Observed => "observed",
        crate::verdict::Confidence::Static => "static",
    }
}

fn answer(verdict: &Verdict) -> &'static str {
    match verdict.verdict {
        Answer::Remove => "remove",
        Answer::Defer => "defer",
        Answer::Unknown => "unknown",
        Answer::Keep => "keep",
    }
}

/// A keep in a line or two: nobody has to do anything.
fn kept(verdict: &Verdict, width: usize) -> Vec<String> {
    let version = verdict.version.as_ref().map_or(String::new(), |version| format!(" {version}"));
    let mut text = vec![format!("  {}{version} · {}", verdict.name, confidence(verdict))];
    text.extend(indented(&verdict.why, 4, width));
    if let Some(risk) = verdict.risk.as_ref().filter(|_| verdict.rule != "ignored") {
        text.extend(labelled("risk", risk, width));
    }
    text
}

fn indented(text: &str, by: usize, width: usize) -> Vec<String> {
    wrap(text, width.saturating_sub(by)).into_iter().map(|line| format!("{}{line}", " ".repeat(by))).collect()
}

/// `edit    Gemfile:24`: a word in front, what belongs to it below each other.
fn labelled(label: &str, text: &str, width: usize) -> Vec<String> {
    let lines = wrap(text, width.saturating_sub(4 + LABEL));
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| format!("    {:LABEL$}{line}", if index == 0 { label } else { "" }))
        .collect()
}

fn evidence(list: &[Evidence], most: usize) -> Vec<String> {
    // What stands on no line is in the sentence above.
    let with_place: Vec<(String, &str)> = list.iter().filter_map(|it| Some((it.place()?, it.why.as_str()))).collect();
    let shown = &with_place[..with_place.len().min(most)];
    let widest = shown.iter().map(|(place, _)| place.chars().count()).max().unwrap_or(0).min(56);
    let mut text: Vec<String> = shown.iter().map(|(place, why)| format!("      {place:widest$}  {why}")).collect();
    let more = with_place.len() - shown.len();
    if more > 0 {
        text.push(format!("      and {more} more"));
    }
    text
}

/// The edit, the risk, what could not be seen of it besides what is true of all, and what would tell more.
fn details(verdict: &Verdict, width: usize, of_all: &[String]) -> Vec<String> {
    let mut text = verdict.edit.as_ref().map_or_else(Vec::new, |it| edit(it, width));
    if let Some(risk) = &verdict.risk {
        text.extend(labelled("risk", risk, width));
    }
    for unseen in verdict.unseen.iter().filter(|line| !of_all.contains(line)) {
        text.extend(labelled("unseen", unseen, width));
    }
    if let Some(settle) = &verdict.settle {
        text.extend(labelled("settle", settle, width));
    }
    text
}

fn edit(it: &Edit, width: usize) -> Vec<String> {
    let entry = if it.lines.first().is_some_and(|line| line == "defer:") { &it.lines[1..] } else { &it.lines[..] };
    if entry.len() < it.lines.len() {
        // A reason is too long for a command that one could copy from here.
        let command = if entry.len() == 1 { format!("{}, or in ", it.text) } else { String::new() };
        let mut text = labelled("edit", &format!("{command}{}, under defer:", it.file), width);
        text.extend(entry.iter().flat_map(|line| yaml(line, width)));
        return text;
    }
    let place = it.line.map_or_else(|| it.file.clone(), |line| format!("{}:{line}", it.file));
    match entry {
        [one] => labelled("edit", &format!("{place}  {}: {}", it.text, one.trim()), width),
        _ => {
            let mut text = labelled("edit", &format!("{place}  {}", it.text), width);
            if entry.len() <= EDIT_LINES && entry.first().is_some_and(|line| line != "railties:") {
                text.extend(entry.iter().map(|line| format!("    {:LABEL$}  {line}", "")));
            }
            text
        }
    }
}

/// A line of YAML, in several where it is too long: within quotes that is read as one.
fn yaml(line: &str, width: usize) -> Vec<String> {
    let depth = 4 + LABEL + line.len() - line.trim_start().len();
    let parts = wrap(line.trim_start(), width.saturating_sub(depth + 2));
    let indent = |index: usize| " ".repeat(if index == 0 { depth } else { depth + 2 });
    parts.iter().enumerate().map(|(index, part)| format!("{}{part}", indent(index))).collect()
}

fn ending(it: &Verdicts, width: usize) -> Vec<String> {
    let findings: Vec<&Verdict> = it.findings().collect();
    if findings.is_empty() {
        let kept = it.verdicts.len();
        let things =
            if kept == 1 { "1 gem or railtie is".to_string() } else { format!("{kept} gems and railties are") };
        return wrap(&format!("nothing to remove or to defer: {things} kept (--all says why)"), width);
    }
    let sure = findings.iter().any(|verdict| verdict.verdict != Answer::Unknown);
    let unknown = findings.iter().any(|verdict| verdict.verdict == Answer::Unknown);
    let more = mib(it.removable_with_unknown_bytes.saturating_sub(it.removable_bytes));
    let sum = match (sure, unknown) {
        (true, true) => {
            format!("{} MiB of the boot can go, together; {more} more if the unknowns can", mib(it.removable_bytes))
        }
        (true, false) => format!("{} MiB of the boot can go, together", mib(it.removable_bytes)),
        (false, _) => format!("{more} MiB of the boot can go if the unknowns can"),
    };
    let mut text = wrap(&sum, width);
    if let Some(trim) = &it.trim {
        text.push("the railties at once:".into());
        text.extend(command(trim, width));
    }
    let mut commands: Vec<&str> = findings
        .iter()
        .filter(|verdict| verdict.verdict == Answer::Unknown)
        .filter_map(|verdict| verdict.settle.as_deref())
        .filter(|command| command.starts_with("memtrim trace"))
        .collect();
    commands.dedup();
    if let Some(command) = commands.first() {
        text.extend(wrap(&format!("what would settle the unknowns: {command}"), width));
    }
    text
}

/// A command with a long list in lines that a shell reads as one.
fn command(text: &str, width: usize) -> Vec<String> {
    let parts: Vec<String> = text.split(',').map(str::to_string).collect();
    let mut lines = wrap_words(&parts, ",", width.saturating_sub(2));
    let last = lines.len().saturating_sub(1);
    lines[..last].iter_mut().for_each(|line| line.push_str(",\\"));
    lines
}

fn notes(it: &Verdicts, width: usize) -> Vec<String> {
    // Where there is no finding, what could not be seen would only have made one less sure.
    let known = if it.findings().next().is_none() { it.skipped.len() } else { it.unseen.len() };
    let mut notes: Vec<String> = it.unseen.iter().take(known).map(|line| format!("unseen: {line}")).collect();
    for Ignored { name, reason, line, stale } in &it.ignored {
        let place = line.map_or(String::new(), |line| format!("config/memtrim.yml:{line}: "));
        notes.push(match stale {
            true => format!("{place}stale, there is no finding {name} to ignore; take the entry out"),
            false => format!("{place}{name} is ignored: {reason}"),
        });
    }
    notes.extend(it.notes.iter().map(|note| format!("note: {note}")));
    notes.iter().flat_map(|note| wrap(note, width)).collect()
}

/// The findings that matter most, a line each, for a report.
pub(super) fn in_report(list: &[Verdict]) -> Vec<String> {
    let mut findings: Vec<&Verdict> = list.iter().filter(|verdict| verdict.is_finding()).collect();
    if findings.is_empty() {
        return vec![format!("VERDICTS: nothing to remove or to defer among {} gems and railties", list.len())];
    }
    let number = findings.len();
    findings.truncate(FINDINGS);
    let row = |verdict: &&Verdict| {
        let first = verdict.evidence.iter().find_map(Evidence::place).unwrap_or_default();
        let cells = [verdict.name.as_str(), answer(verdict), confidence(verdict)];
        let mut cells: Vec<String> = cells.iter().map(|cell| cut(cell, 32)).collect();
        cells.push(mib(verdict.removable_bytes));
        cells.push(first);
        cells
    };
    let rows: Vec<Vec<String>> = findings.iter().map(row).collect();
    let mut text = lines(&["VERDICTS", "", "", "removable", "evidence"], &rows, &[0, 1, 2, 4]);
    let more = if number > FINDINGS { format!("and {} more; ", number - FINDINGS) } else { String::new() };
    text.push(format!("{more}memtrim unused tells more"));
    text
}

/// One verdict with all of its evidence, for an explanation.
pub(super) fn in_explanation(verdict: &Verdict, width: usize) -> Vec<String> {
    let mut text = vec![format!("VERDICT {}, {}", answer(verdict), confidence(verdict))];
    text.extend(indented(&verdict.why, 2, width));
    text.extend(evidence(&verdict.evidence, usize::MAX).into_iter().map(|line| line.replacen("  ", "", 1)));
    text.extend(details(verdict, width, &[]).into_iter().map(|line| line.replacen("  ", "", 1)));
    text
}

/// What a report says of a gem's use: where the app uses it.
pub(super) fn used(list: &[Verdict], gem: &str) -> Option<String> {
    let verdict = list.iter().find(|verdict| verdict.kind == Kind::Gem && verdict.name == gem)?;
    (!verdict.used.is_empty()).then(|| verdict.used.join(", "))
}
