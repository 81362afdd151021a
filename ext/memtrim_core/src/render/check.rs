//! A budget's answer for a terminal, and for whoever reads a failed test.

use super::bytes::{mib, signed_mib};
use super::growth::{blame, change, more, name};
use super::table::{lines, sections};
use super::words::{recorded, wrap};
use crate::budget::{Blame, Check, Figure, LimitReport, Measure, Status};

/// How many of those that grew a failed assertion names.
const BLAMED: usize = 5;

/// As text of at most `width` columns, with a newline at its end.
pub fn check(it: &Check, width: usize) -> String {
    let title = match (&it.app, &it.environment) {
        (Some(app), Some(environment)) => vec![recorded(app, environment).join(" · ")],
        _ => Vec::new(),
    };
    sections(&[title, limits(it), growth(it, width), contributors(it), verdict(it, width), notes(it, width)], width)
}

fn notes(it: &Check, width: usize) -> Vec<String> {
    it.warnings.iter().flat_map(|warning| wrap(&format!("note: {warning}"), width)).collect()
}

fn limits(it: &Check) -> Vec<String> {
    let rows: Vec<Vec<String>> = it
        .limits
        .iter()
        .map(|limit| {
            let left = limit.left().map_or_else(|| "-".into(), figure);
            vec![
                label(limit),
                figure(limit.limit),
                limit.measured.map_or_else(|| "-".into(), figure),
                left,
                if limit.status == Status::Within { String::new() } else { limit.status.name().to_uppercase() },
                limit.place.clone().unwrap_or_default(),
            ]
        })
        .collect();
    lines(&["BUDGET, MiB", "limit", "measured", "left", "", ""], &rows, &[0, 4, 5])
}

/// `rss`, `gem geocoder`, `seconds`.
pub fn label(limit: &LimitReport) -> String {
    match (&limit.name, limit.measure) {
        (Some(name), measure) => format!("{} {name}", measure.name()),
        (None, Measure::Growth) => "growth of held".into(),
        (None, measure) => measure.name().into(),
    }
}

/// MiB or seconds, with one decimal.
pub fn figure(value: Figure) -> String {
    match value {
        Figure::Bytes(bytes) => signed_mib(bytes),
        Figure::Seconds(seconds) => format!("{seconds:.1} s"),
    }
}

/// What follows a figure.
pub fn unit(limit: &LimitReport) -> &'static str {
    match limit.limit {
        Figure::Bytes(_) => " MiB",
        Figure::Seconds(_) => "",
    }
}

fn growth(it: &Check, width: usize) -> Vec<String> {
    let (Some(growth), Some(path)) = (&it.growth, &it.baseline) else { return Vec::new() };
    let rows = blame(growth, width);
    if rows.is_empty() {
        return vec![format!("nothing holds more or less than in {path}")];
    }
    let mut list = vec![format!("Since {path}: {} MiB held", more(growth.held_bytes)), String::new()];
    list.extend(rows);
    list
}

fn contributors(it: &Check) -> Vec<String> {
    if it.status == Status::Within {
        return Vec::new();
    }
    let rows: Vec<Vec<String>> = it
        .contributors
        .iter()
        .map(|it| {
            let version = it.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
            vec![format!("{}{version}", it.name), mib(it.removable_bytes), it.place.clone().unwrap_or_default()]
        })
        .collect();
    if rows.is_empty() {
        return Vec::new();
    }
    lines(&["WOULD SAVE MOST", "MiB", ""], &rows, &[0, 2])
}

/// The last line: what came out, and what to do.
fn verdict(it: &Check, width: usize) -> Vec<String> {
    let of = |status, words: fn(&LimitReport) -> String| {
        it.limits.iter().filter(|limit| limit.status == status).map(words).collect::<Vec<_>>().join(", ")
    };
    match it.status {
        Status::Within => vec!["within the budget".into()],
        Status::Exceeded => wrap(&format!("exceeded: {}{}", of(Status::Exceeded, label), advice(it)), width),
        Status::Inconclusive => wrap(
            &format!(
                "inconclusive: {}: too close to the limit to tell; a limit for held bytes is exact",
                of(Status::Inconclusive, spread)
            ),
            width,
        ),
    }
}

/// `rss 79.1 MiB (77.9 to 80.4) in 8 boots`.
pub fn spread(limit: &LimitReport) -> String {
    let Some(measured) = limit.measured else { return format!("{} was not measured", label(limit)) };
    let range = match (limit.low, limit.high) {
        (Some(low), Some(high)) => format!(" ({} to {})", figure(low), figure(high)),
        _ => String::new(),
    };
    format!("{} {}{}{range} in {}", label(limit), figure(measured), unit(limit), boots(limit.boots))
}

fn boots(number: usize) -> String {
    if number == 1 {
        "one boot".into()
    } else {
        format!("{number} boots")
    }
}

/// Where to begin.
fn advice(it: &Check) -> String {
    match first(it) {
        Some((name, _)) => format!(" · memtrim explain {name} tells more"),
        None => " · memtrim unused tells what could go".into(),
    }
}

/// Who to look at first, and the line: what is over a limit of its own, else what grew most, else what would save most.
fn first(it: &Check) -> Option<(&str, Option<&str>)> {
    let over = it.limits.iter().filter(|limit| limit.status == Status::Exceeded);
    let own = over.filter_map(|limit| limit.name.as_deref()).map(|name| (name, place(it, name)));
    let blame = it.growth.iter().flat_map(|growth| &growth.blame);
    let grown = blame.filter(|it| it.kind == "gem" && it.bytes.is_some_and(|bytes| bytes > 0));
    let grown = grown.map(|it| (it.name.as_str(), it.place.as_deref()));
    let most = it.contributors.iter().map(|it| (it.name.as_str(), it.place.as_deref()));
    own.chain(grown).chain(most).next()
}

fn place<'a>(it: &'a Check, name: &str) -> Option<&'a str> {
    it.contributors.iter().find(|it| it.name == name).and_then(|it| it.place.as_deref())
}

/// The message of a failed assertion, without a newline at its end.
pub fn failure(it: &Check) -> String {
    let mut text = Vec::new();
    for limit in it.limits.iter().filter(|limit| limit.status == Status::Exceeded) {
        text.push(sentence(limit));
    }
    if let (Some(growth), Some(path)) = (&it.growth, &it.baseline) {
        let grown: Vec<&Blame> = growth.blame.iter().filter(|it| it.is_more()).take(BLAMED).collect();
        if !grown.is_empty() {
            text.push(format!("More than in {path} ({} MiB held):", more(growth.held_bytes)));
            text.extend(grown.iter().map(|it| {
                let bytes = it.bytes.map_or_else(String::new, |bytes| format!("{} MiB  ", more(bytes)));
                let place = it.place.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
                format!("  {bytes}{} ({}){place}", name(it), change(it))
            }));
        }
    }
    if !it.contributors.is_empty() {
        text.push("What would save most:".into());
        text.extend(it.contributors.iter().map(|it| {
            let version = it.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
            let place = it.place.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
            format!("  {} MiB  {}{version}{place}", mib(it.removable_bytes), it.name)
        }));
    }
    text.push(edit(it));
    text.join("\n")
}

fn sentence(limit: &LimitReport) -> String {
    let unit = unit(limit);
    let (Some(measured), Some(over)) = (limit.measured, limit.over()) else { return spread(limit) };
    let boots = if limit.boots == 1 { boots(1) } else { format!("the median of {}", boots(limit.boots)) };
    let place = limit.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    format!(
        "{}: {}{unit} in {boots}, {}{unit} more than the limit of {}{unit}{place}",
        label(limit),
        figure(measured),
        figure(over),
        figure(limit.limit)
    )
}

/// The line to edit.
fn edit(it: &Check) -> String {
    match first(it) {
        Some((name, Some(place))) => format!("Begin at {place}: memtrim explain {name}, memtrim defer {name}"),
        Some((name, None)) => format!("Begin with: memtrim explain {name}"),
        None => "Begin with: memtrim report, memtrim unused".into(),
    }
}
