//! The report for a terminal.

use super::bytes::{mib, percent, signed_mib};
use super::table::{cut, lines};
use super::verdicts::{in_report, used};
use super::words::{recorded, wrap, wrap_words};
use crate::process_memory::Row;
use crate::report::{GemReport, RailtieReport, Report};
use crate::requirers::RequirerReport;
use std::fmt::Write;

/// How many gems are listed one by one.
const GEMS: usize = 20;

/// The report as text of at most `width` columns, with a newline at its end.
pub fn report(report: &Report, width: usize) -> String {
    let mut text = String::new();
    let mut line = |content: &str| {
        let _ = writeln!(text, "{}", cut(content, width));
    };
    line(&title(report));
    line("");
    if let Some(error) = report.error.as_deref() {
        line("The boot did not end well:");
        error.lines().for_each(|each| line(&format!("  {each}")));
        line("What was recorded until then:");
        line("");
    } else if !report.whole {
        line("The process died during its boot; these are its phases until then.");
        line("");
    }
    line(&totals(report));
    line("");
    phase_lines(report, width).iter().for_each(|each| line(each));
    if !report.rows.is_empty() {
        line("");
        memory(report).iter().for_each(|each| line(each));
    }
    if !report.railties.is_empty() {
        line("");
        railties(report, width).iter().for_each(|each| line(each));
    }
    if !report.gems.is_empty() {
        line("");
        gems(report, width).iter().for_each(|each| line(each));
    }
    if let Some(verdicts) = &report.verdicts {
        line("");
        in_report(verdicts).iter().for_each(|each| line(each));
    }
    if !report.warnings.is_empty() || !report.witness.missed_files.is_empty() {
        line("");
        let missed = report.witness.missed_files.len();
        if missed > 0 {
            wrap(&format!("note: {missed} files were loaded in a way that the recorder did not see; their bytes stand with whoever loaded them"), width)
                .iter()
                .for_each(|each| line(each));
        }
        report
            .warnings
            .iter()
            .flat_map(|warning| wrap(&format!("note: {warning}"), width))
            .for_each(|each| line(&each));
    }
    if let Some(next) = next(report) {
        line("");
        line(&next);
    }
    text
}

fn title(report: &Report) -> String {
    let environment = &report.environment;
    let mut parts = recorded(&report.app, environment);
    if environment.eager_load == Some(false) {
        parts.push("no eager load".into());
    }
    parts.push(format!("booted in {:.1} s", report.seconds));
    parts.join(" · ")
}

fn totals(report: &Report) -> String {
    let totals = &report.totals;
    let mut text = format!("anon {} MiB    rss {}", mib(totals.anon_bytes), mib(totals.rss_bytes));
    if totals.held_bytes > 0 {
        let _ = write!(text, "    held {}", mib(totals.held_bytes));
    }
    if totals.retained_bytes > 0 {
        let _ = write!(text, "    retained {}", mib(totals.retained_bytes));
    }
    if !report.rows.is_empty() {
        let share = percent(totals.residual_bytes, totals.anon_bytes);
        let _ = write!(text, "    residual {} ({share})", signed_mib(totals.residual_bytes));
    }
    text
}

/// The phases' growth as words and as a bar.
fn phase_lines(report: &Report, width: usize) -> Vec<String> {
    const SHADES: [char; 2] = ['█', '░'];
    let words: Vec<String> = report
        .phases
        .iter()
        .map(|phase| format!("{} {}", phase.name.replace('_', " "), signed_mib(phase.anon_bytes)))
        .collect();
    let mut lines = wrap_words(&words, " | ", width);
    let grown: i64 = report.phases.iter().map(|phase| phase.anon_bytes.max(0)).sum();
    if grown > 0 {
        let (mut bar, mut filled, mut seen) = (String::new(), 0, 0);
        for (index, phase) in report.phases.iter().enumerate() {
            seen += phase.anon_bytes.max(0);
            let until = (seen as f64 / grown as f64 * width as f64).round() as usize;
            bar.extend(std::iter::repeat_n(SHADES[index % 2], until - filled));
            filled = until;
        }
        lines.push(bar);
    }
    let given_back = report.phases.iter().map(|phase| phase.anon_bytes).sum::<i64>() - report.totals.anon_bytes as i64;
    if !report.rows.is_empty() && given_back > 100_000 {
        lines.push(format!("then a full collection and an allocator trim gave {} back", signed_mib(given_back)));
    }
    lines
}

fn memory(report: &Report) -> Vec<String> {
    let whole = report.totals.anon_bytes;
    let rows: Vec<Vec<String>> = report
        .rows
        .iter()
        .filter(|row| row.bytes != 0 || row.name == Row::RESIDUAL)
        .map(|row| vec![row.name.clone(), signed_mib(row.bytes), percent(row.bytes, whole), meaning(&row.name).into()])
        .collect();
    let mut list = lines(&["ANON", "MiB", "", ""], &rows, &[0, 3]);
    let owners: Vec<String> = report
        .owners
        .iter()
        .filter(|owner| owner.bytes > 0)
        .map(|owner| match report.totals.interpreter_bytes {
            tables if owner.name == "ruby" && tables > 0 => {
                format!("ruby {} ({} its own tables)", mib(owner.bytes), mib(tables))
            }
            _ => format!("{} {}", owner.name, mib(owner.bytes)),
        })
        .collect();
    if !owners.is_empty() {
        list.push(format!("{} by owner: {}", report.weight, owners.join(" | ")));
    }
    list
}

fn meaning(row: &str) -> &'static str {
    match row {
        Row::OBJECTS => "slots of live Ruby objects",
        Row::BLOCKS => "what objects, the VM and C libraries hold outside the heap",
        Row::FREE_SLOTS => "Ruby's heap pages, less the live objects",
        Row::TRANSIENT => "room for the content of new arrays and hashes (until Ruby 3.2)",
        Row::FREE_MALLOC => "freed, not given back: allocator chunks and their headers",
        Row::MAIN_STACK => "of the main thread, as far as it was ever touched",
        Row::FILES => "written-to pages of the interpreter and shared libraries",
        Row::RECORDER => "memtrim itself; not there when it does not record",
        Row::RESIDUAL => "what nothing explains",
        _ => "",
    }
}

fn railties(report: &Report, width: usize) -> Vec<String> {
    let rows: Vec<Vec<String>> = report
        .railties
        .iter()
        .map(|railtie| {
            if railtie.state == "absent" {
                return vec![railtie.name.clone(), "-".into(), "-".into(), "-".into(), "not loaded".into()];
            }
            let RailtieReport { removable_bytes, self_bytes, total_bytes, .. } = railtie;
            let keepers = keepers(&railtie.also_required_by, width.saturating_sub(54));
            vec![railtie.name.clone(), mib(*removable_bytes), mib(*self_bytes), mib(*total_bytes), keepers]
        })
        .collect();
    lines(&["RAILTIES", "removable", "self", "total", "also required by"], &rows, &[0, 4])
}

/// The gems that hold or would save most, in the report's own order; the rest as one line that adds up.
fn gems(report: &Report, width: usize) -> Vec<String> {
    let weight = |gem: &GemReport| gem.removable_bytes.max(gem.self_bytes);
    let mut weights: Vec<u64> = report.gems.iter().map(weight).collect();
    weights.sort_unstable_by(|a, b| b.cmp(a));
    let least = weights.get(GEMS - 1).copied().unwrap_or(0);
    let (shown, rest): (Vec<&GemReport>, Vec<&GemReport>) = report.gems.iter().partition(|gem| weight(gem) >= least);
    let row = |gem: &GemReport| {
        let used = report.verdicts.as_ref().and_then(|verdicts| used(verdicts, &gem.name));
        let why = if let Some(used) = used {
            used
        } else if gem.also_required_by.is_empty() && !gem.in_gemfile && !gem.dependency_of.is_empty() {
            format!("dependency of {}", gem.dependency_of.join(", "))
        } else {
            keepers(&gem.also_required_by, 200)
        };
        let name = cut(&format!("{} {}", gem.name, gem.version), 32);
        vec![
            name,
            mib(gem.removable_bytes),
            mib(gem.self_bytes),
            mib(gem.total_bytes),
            cut(&why, width.saturating_sub(58)),
        ]
    };
    let mut rows: Vec<Vec<String>> = shown.into_iter().map(row).collect();
    if !rest.is_empty() {
        let own: u64 = rest.iter().map(|gem| gem.self_bytes).sum();
        rows.push(vec![format!("…and {} smaller", rest.len()), String::new(), mib(own), String::new(), String::new()]);
    }
    let own: u64 = report.gems.iter().map(|gem| gem.self_bytes).sum();
    rows.push(vec!["all gems".into(), String::new(), mib(own), String::new(), String::new()]);
    let why = if report.verdicts.is_some() { "used, or also required by" } else { "also required by" };
    lines(&["GEMS", "removable", "self", "total", why], &rows, &[0, 4])
}

fn keepers(requirers: &[RequirerReport], width: usize) -> String {
    let mut names: Vec<&str> = requirers.iter().map(|requirer| requirer.name.as_str()).collect();
    names.dedup();
    cut(&names.join(", "), width)
}

fn next(report: &Report) -> Option<String> {
    let first = report.gems.iter().find(|gem| gem.removable_bytes > 0)?;
    Some(format!("next: memtrim explain {} · memtrim report --format json", first.name))
}
