//! A proof for a terminal.

use super::bytes::{mib, signed_mib};
use super::table::{lines, sections};
use super::words::{duration, ratio, subject, wrap, wrap_words};
use crate::experiment::{Kind, Range, Stop, Summary};
use crate::proof::{After, Proof};

/// Bytes that read as 0.0 MiB.
const NOTHING: i64 = 52_429;
/// Of an error, so many lines.
const ERROR_LINES: usize = 3;

/// What the kinds are called, in the order they are listed.
const GROUPS: [(Kind, &str); 7] = [
    (Kind::Gem, "gems"),
    (Kind::Railtie, "railties"),
    (Kind::Set, "together"),
    (Kind::Setting, "settings"),
    (Kind::Variable, "variables"),
    (Kind::Allocator, "allocators"),
    (Kind::Checkout, "checkouts"),
];

/// The proof as text of at most `width` columns, with a newline at its end.
pub fn proof(proof: &Proof, width: usize) -> String {
    let list = [
        wrap_words(&title(proof), " · ", width),
        wrap_words(&baseline(proof), "    ", width),
        table(proof, width),
        failures(proof, width),
        notes(proof, width),
    ];
    sections(&list, width)
}

fn title(proof: &Proof) -> Vec<String> {
    let environment = &proof.environment;
    let mut parts = subject(
        &proof.app,
        environment.rails_env.as_deref(),
        &environment.ruby,
        environment.rails.as_deref(),
        &environment.allocator,
    );
    parts.push(
        match proof.after {
            After::Boot => "after the boot",
            After::Requests => "after the requests",
            After::Load => "after the load",
            After::Idle => "after idling",
            After::Command => "at the end of a command",
        }
        .into(),
    );
    let kept = match proof.kept_trials {
        0 => String::new(),
        kept => format!(" ({kept} kept from before)"),
    };
    parts.push(format!("{}{kept} in {}", count(proof.trials, "trial"), duration(proof.seconds)));
    parts
}

fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn baseline(proof: &Proof) -> Vec<String> {
    let base = &proof.baseline;
    let mut parts = Vec::new();
    parts.extend(base.held_bytes.map(|bytes| format!("held {} MiB", signed_mib(bytes))));
    parts.extend(base.anon_bytes.map(|bytes| {
        let error = base.anon_interval.map(|range| format!(" ± {}", signed_mib((range.high - range.low) / 2)));
        format!("anon {} MiB{}", signed_mib(bytes), error.unwrap_or_default())
    }));
    parts.extend(base.rss_bytes.map(|bytes| format!("rss {} MiB", signed_mib(bytes))));
    if let Some(first) = parts.first_mut() {
        let as_it_is = if only_leaves_out(proof) { "nothing left out" } else { "as it is" };
        *first = format!("{as_it_is}: {first}");
    }
    parts
}

fn only_leaves_out(proof: &Proof) -> bool {
    proof.results.iter().all(|it| it.kind.leaves_out())
}

/// A row's cells, its name first.
type Row = Vec<String>;

/// A column of figures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Predicted,
    Held,
    Anon,
    Rss,
    Cpu,
}

impl Column {
    fn header(self) -> &'static str {
        match self {
            Column::Predicted => "predicted",
            Column::Held => "held saved",
            Column::Anon => "anon saved (95 %)",
            Column::Rss => "rss saved (95 %)",
            Column::Cpu => "CPU of requests (95 %)",
        }
    }

    fn has(self, it: &Summary) -> bool {
        match self {
            Column::Predicted => it.predicted_bytes.is_some(),
            Column::Held => it.held_saved_bytes.is_some(),
            Column::Anon => it.anon_saved_bytes.is_some(),
            Column::Rss => it.rss_saved_bytes.is_some(),
            Column::Cpu => it.request_cpu.is_some(),
        }
    }

    fn cell(self, it: &Summary) -> String {
        let text = match self {
            Column::Predicted => it.predicted_bytes.map(mib),
            Column::Held => it.held_saved_bytes.map(signed_mib),
            Column::Anon => it.anon_saved_bytes.zip(it.anon_interval).map(interval),
            Column::Rss => it.rss_saved_bytes.zip(it.rss_interval).map(interval),
            Column::Cpu => it.request_cpu.as_ref().map(ratio),
        };
        text.unwrap_or_else(|| "-".into())
    }
}

/// `2.1 (1.2 to 3.0)`. Where the interval includes 0, the estimate says nothing and would be taken for a gain or a
/// loss: `~ (-1.3 to 0.5)`.
fn interval((estimate, range): (i64, Range)) -> String {
    let estimate = if range.includes_zero() { "~".to_string() } else { signed_mib(estimate) };
    format!("{estimate} ({} to {})", signed_mib(range.low), signed_mib(range.high))
}

/// With all columns that were measured; with fewer where they would not fit.
fn table(proof: &Proof, width: usize) -> Vec<String> {
    let all = || proof.results.iter().chain(&proof.together);
    let measured: Vec<Column> = [Column::Predicted, Column::Held, Column::Anon, Column::Rss, Column::Cpu]
        .into_iter()
        .filter(|column| all().any(|it| column.has(it) && it.boots == Some(true)))
        .collect();
    if measured.iter().all(|column| *column == Column::Predicted) {
        return Vec::new();
    }
    let without = |dropped: &[Column]| -> Vec<Column> {
        measured.iter().copied().filter(|column| !dropped.contains(column)).collect()
    };
    [&[][..], &[Column::Rss], &[Column::Rss, Column::Predicted]]
        .into_iter()
        .map(|dropped| with_columns(proof, &without(dropped), width))
        .reduce(|best, narrower| if fits(&best, width) { best } else { narrower })
        .unwrap_or_default()
}

fn fits(lines: &[String], width: usize) -> bool {
    lines.iter().all(|line| line.chars().count() <= width)
}

fn with_columns(proof: &Proof, columns: &[Column], width: usize) -> Vec<String> {
    let blank = |name: &str| -> Row {
        std::iter::once(name.to_string()).chain(columns.iter().map(|_| String::new())).collect()
    };
    // Lists of names go between the table's rows and are none: each with the number of rows before it.
    let mut rows: Vec<Row> = Vec::new();
    let mut lists: Vec<(usize, Vec<String>)> = Vec::new();
    for (kind, heading) in GROUPS {
        let mut group: Vec<&Summary> =
            proof.results.iter().filter(|it| it.kind == kind && it.boots == Some(true)).collect();
        if group.is_empty() {
            continue;
        }
        group.sort_by_key(|it| std::cmp::Reverse(it.held_saved_bytes.or(it.anon_saved_bytes)));
        rows.push(blank(heading));
        let size = group.len();
        let (small, shown): (Vec<&Summary>, Vec<&Summary>) = group.into_iter().partition(|it| is_nothing(it));
        for it in shown {
            let mut names = names_of(it).into_iter();
            let first = names.next().unwrap_or_default();
            rows.push(row(&format!("  {first}"), it, columns));
            rows.extend(names.map(|name| blank(&format!("  + {name}"))));
        }
        if !small.is_empty() {
            let names: Vec<String> = small.iter().map(|it| it.name.clone()).collect();
            let more = if small.len() < size { "and " } else { "" };
            rows.push(blank(&format!("  …{more}{} below 0.05 MiB:", small.len())));
            let list = wrap_words(&names, ", ", width.saturating_sub(4));
            lists.push((rows.len(), list.into_iter().map(|line| format!("    {line}")).collect()));
        }
    }
    rows.extend(totals(proof, columns, &blank));
    let heading = if only_leaves_out(proof) { "LEFT OUT, MiB" } else { "VARIANT, MiB" };
    let header: Vec<&str> = std::iter::once(heading).chain(columns.iter().map(|column| column.header())).collect();
    let mut text = lines(&header, &rows, &[0]);
    for (row, list) in lists.into_iter().rev() {
        // The header is the first line.
        let at = (row + 1).min(text.len());
        text.splice(at..at, list);
    }
    text
}

fn row(name: &str, it: &Summary, columns: &[Column]) -> Row {
    std::iter::once(name.to_string()).chain(columns.iter().map(|column| column.cell(it))).collect()
}

/// A set's members, one for each line; else the name.
fn names_of(it: &Summary) -> Vec<String> {
    if it.members.len() > 1 {
        it.members.clone()
    } else {
        vec![it.name.clone()]
    }
}

/// Neither predicted nor shown to save or cost anything.
fn is_nothing(it: &Summary) -> bool {
    let small = |bytes: Option<i64>| bytes.is_some_and(|bytes| bytes.abs() < NOTHING);
    let untold = |range: Option<Range>| range.is_none_or(|range| range.includes_zero());
    small(it.held_saved_bytes)
        && it.predicted_bytes.is_none_or(|bytes| bytes < NOTHING as u64)
        && untold(it.anon_interval)
        && untold(it.rss_interval)
}

/// Everything at once, and what one by one would have made of it.
fn totals(proof: &Proof, columns: &[Column], blank: &dyn Fn(&str) -> Row) -> Vec<Row> {
    let Some(together) = proof.together.as_ref().filter(|it| it.boots == Some(true)) else { return Vec::new() };
    let mut rows = vec![blank(""), row(&name_of_together(together), together, columns)];
    rows.extend(row_of_sum(proof.sum_held_saved_bytes, columns));
    rows
}

fn row_of_sum(sum: Option<i64>, columns: &[Column]) -> Option<Row> {
    let sum = signed_mib(sum.filter(|_| columns.contains(&Column::Held))?);
    let cell = |column: &Column| if *column == Column::Held { sum.clone() } else { String::new() };
    Some(std::iter::once("their sum, one by one".to_string()).chain(columns.iter().map(cell)).collect())
}

fn name_of_together(it: &Summary) -> String {
    match it.members.len() {
        0 => it.name.clone(),
        number => format!("all {number} that can go, at once"),
    }
}

/// What does not boot, and why.
fn failures(proof: &Proof, width: usize) -> Vec<String> {
    let fails = |it: &&Summary| it.boots == Some(false);
    let (without, with): (Vec<&Summary>, Vec<&Summary>) =
        proof.results.iter().filter(fails).partition(|it| it.kind.leaves_out());
    let together = proof.together.iter().filter(fails);
    let mut text = Vec::new();
    for (heading, list) in [("DOES NOT BOOT WITHOUT", without), ("DOES NOT BOOT WITH", with)] {
        if !list.is_empty() {
            text.push(heading.to_string());
            text.extend(list.into_iter().flat_map(|it| failure(&it.name, it, width)));
        }
    }
    for it in together {
        text.push("DOES NOT BOOT WITHOUT ALL OF THEM AT ONCE".into());
        text.extend(failure(&name_of_together(it), it, width));
    }
    text
}

fn failure(name: &str, it: &Summary, width: usize) -> Vec<String> {
    let place = it.line.as_ref().map_or(String::new(), |line| format!("    {line}"));
    let title = match name.chars().count() + place.chars().count() + 2 <= width {
        true => vec![format!("  {name}{place}")],
        false => wrap(name, width.saturating_sub(2))
            .into_iter()
            .map(|line| format!("  {line}"))
            .chain(it.line.iter().map(|line| format!("    {line}")))
            .collect(),
    };
    let message = it.error.as_deref().and_then(|error| error.lines().next()).unwrap_or_default();
    let mut error = wrap(message, width.saturating_sub(4));
    if error.len() > ERROR_LINES {
        error.truncate(ERROR_LINES);
        error[ERROR_LINES - 1].push_str(" …");
    }
    title.into_iter().chain(error.into_iter().map(|line| format!("    {line}"))).collect()
}

fn notes(proof: &Proof, width: usize) -> Vec<String> {
    let all: Vec<&Summary> = proof.results.iter().chain(&proof.together).collect();
    let names = |wanted: &dyn Fn(&Summary) -> bool| -> Option<String> {
        let names: Vec<&str> = all.iter().filter(|it| wanted(it)).map(|it| it.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let untold = |range: &Option<Range>| range.is_some_and(|range| range.includes_zero());
    let mut notes = Vec::new();
    if all.iter().any(|it| untold(&it.anon_interval) || untold(&it.rss_interval)) {
        notes.push("~ not told apart from 0: it may be anything within the parentheses".into());
    }
    notes.extend(
        names(&|it| it.stopped == Some(Stop::Limit))
            .map(|names| format!("interval still wide after as many trials as allowed: {names}")),
    );
    notes.extend(
        names(&|it| it.stopped == Some(Stop::Hopeless))
            .map(|names| format!("given up, anon varies too much from boot to boot: {names}")),
    );
    notes.extend(names(&|it| it.boots.is_none()).map(|names| format!("not known yet whether it boots: {names}")));
    notes.extend(proof.notes.iter().map(|note| format!("note: {note}")));
    notes.iter().flat_map(|note| wrap(note, width)).collect()
}
