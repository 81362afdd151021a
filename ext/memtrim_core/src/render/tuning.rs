//! A search for settings, for a terminal: what to set, how sure that is, a table and a plot.

use super::bytes::signed_mib;
use super::plot::{Mark, Plot};
use super::table::{cut, lines, sections};
use super::words::{duration, ratio, signed, subject, wrap, wrap_words};
use crate::tuning::{Answer, Confirmed, Row, Verdict};

/// Rows of the table, the app as it is among them.
const ROWS: usize = 24;
/// Columns for the figures of a row, and for a candidate's name at least.
const FIGURES: usize = 74;
const NAME: usize = 18;

/// The answer as text of at most `width` columns, with a newline at its end.
pub fn tuning(answer: &Answer, width: usize) -> String {
    let before = [wrap_words(&title(answer), " · ", width), verdict(answer, width)];
    let after = [
        table(answer, width),
        plot(answer, width),
        failures(answer),
        answer.notes.iter().flat_map(|note| wrap(note, width)).collect(),
    ];
    // Half a line is no line to paste.
    let parts = [sections(&before, width), sections(&[paste(answer)], usize::MAX), sections(&after, width)];
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn title(answer: &Answer) -> Vec<String> {
    let it = &answer.environment;
    let mut parts = subject(&answer.app, it.rails_env.as_deref(), &it.ruby, it.rails.as_deref(), &it.allocator);
    parts.push(format!("{} × GET {}", answer.count, answer.requests.join(", ")));
    parts.push(format!("{} threads", answer.threads));
    parts.push(format!("{} trials in {}", answer.trials, duration(answer.seconds)));
    parts
}

fn verdict(answer: &Answer, width: usize) -> Vec<String> {
    let limit = format!("{:.0} % more CPU", answer.cpu_limit * 100.0);
    match (&answer.confirmation, answer.verdict) {
        (Some(it), Verdict::Confirmed) => {
            let mut lines = vec![format!(
                "CONFIRMED: smaller, at no more than {limit}; {} pairs of new boots, side by side",
                it.pairs
            )];
            lines.extend(winner(answer, width));
            lines.extend(confirmation(it));
            lines
        }
        (Some(it), _) => {
            let mut lines = vec![format!(
                "NOT CONFIRMED: the best that was found; {} pairs of new boots do not make it sure",
                it.pairs
            )];
            lines.extend(winner(answer, width));
            lines.extend(confirmation(it));
            lines.extend(wrap(
                "  Its interval of memory reaches 0, or that of CPU the limit; --minutes gives it more boots.",
                width,
            ));
            lines
        }
        (None, Verdict::None) if answer.trials == 0 => {
            vec!["There was no time to try anything; --minutes gives it more.".into()]
        }
        (None, Verdict::None) => {
            wrap(&format!("Nothing that was tried is smaller at no more than {limit}. Leave it as it is."), width)
        }
        (None, _) => wrap("There was no time to confirm what seems best; --minutes gives it more.", width),
    }
}

/// Its whole name: the table has no room for it.
fn winner(answer: &Answer, width: usize) -> Vec<String> {
    answer.winner.map(|index| wrap(&format!("  {}", answer.candidates[index].name), width)).unwrap_or_default()
}

fn confirmation(it: &Confirmed) -> Vec<String> {
    let saved = it.anon_interval;
    let mut lines = vec![
        format!(
            "  anon  {} → {} MiB: {} saved ({} to {}), {:.0} %",
            signed_mib(it.stock_anon_bytes),
            signed_mib(it.anon_bytes),
            signed_mib(it.anon_saved_bytes),
            signed_mib(saved.low),
            signed_mib(saved.high),
            it.anon_saved_share * 100.0
        ),
        format!("  CPU   {} for each request", ratio(&it.cpu)),
    ];
    lines.extend(it.p50.iter().map(|it| format!("  p50   {}", ratio(it))));
    lines.extend(it.p99.iter().map(|it| format!("  p99   {}", ratio(it))));
    lines
}

/// What to write, and where.
fn paste(answer: &Answer) -> Vec<String> {
    let titles = [
        ("rails", "config/application.rb, after load_defaults"),
        ("puma", "config/puma.rb"),
        ("environment", "environment"),
        ("shell", "the shell script that starts it (an image's entrypoint), before exec"),
        ("dockerfile", "Dockerfile"),
        ("systemd", "systemd unit, [Service]"),
        ("procfile", "Procfile"),
    ];
    let mut list = Vec::new();
    for (key, title) in titles {
        if let Some(lines) = answer.lines.get(key).filter(|lines| !lines.is_empty()) {
            list.push(format!("{title}:"));
            list.extend(lines.iter().map(|line| format!("  {line}")));
        }
    }
    list
}

/// The app as it is, then from the smallest on.
fn shown(answer: &Answer) -> Vec<(usize, &Row)> {
    let mut rows: Vec<(usize, &Row)> =
        answer.candidates.iter().enumerate().filter(|(_, row)| row.anon_change.is_some()).collect();
    rows.sort_by_key(|(index, row)| (*index > 0, row.anon_bytes));
    rows
}

fn table(answer: &Answer, width: usize) -> Vec<String> {
    let all = shown(answer);
    let is_shown = |place: usize, index: usize, row: &Row| place < ROWS || row.pareto || Some(index) == answer.winner;
    let rows: Vec<Vec<String>> = all
        .iter()
        .enumerate()
        .filter(|(place, (index, row))| is_shown(*place, *index, row))
        .map(|(_, (index, row))| cells(answer, *index, row, width))
        .collect();
    let hidden = all.len() - rows.len();
    let head = ["TRIED", "anon, MiB", "change", "at start", "CPU ms", "change", "p50 ms", "p99 ms", "boots"];
    let mut list = lines(&head, &rows, &[0]);
    if hidden > 0 {
        list.push(format!("…and {hidden} that hold more"));
    }
    list.extend(wrap(
        "* nothing tried is smaller at no more CPU; W: the winner. Means; CPU and p50, p99 are of one request.",
        width,
    ));
    list
}

fn cells(answer: &Answer, index: usize, row: &Row, width: usize) -> Vec<String> {
    let mark = if Some(index) == answer.winner {
        "W "
    } else if row.pareto {
        "* "
    } else {
        "  "
    };
    let milliseconds = |seconds: Option<f64>| seconds.map_or("-".into(), |seconds| format!("{:.1}", seconds * 1000.0));
    let mib = |bytes: Option<i64>| bytes.map_or("-".into(), signed_mib);
    let change = |share: Option<f64>| {
        share.filter(|_| index > 0).map_or(String::new(), |share| format!("{} %", signed(share * 100.0)))
    };
    vec![
        format!("{mark}{}", cut(&row.name, width.saturating_sub(FIGURES).max(NAME))),
        mib(row.anon_bytes),
        change(row.anon_change),
        mib(row.started_anon_bytes),
        milliseconds(row.cpu_seconds_per_request),
        change(row.cpu_change),
        milliseconds(row.p50_seconds),
        milliseconds(row.p99_seconds),
        row.trials.to_string(),
    ]
}

fn plot(answer: &Answer, width: usize) -> Vec<String> {
    let rows = shown(answer);
    if rows.len() < 3 {
        return Vec::new();
    }
    let mark = |index: usize, row: &Row| match index {
        _ if Some(index) == answer.winner => Mark::Winner,
        0 => Mark::Stock,
        _ if row.pareto => Mark::Front,
        _ => Mark::Other,
    };
    let points = rows.iter().filter_map(|(index, row)| {
        let cpu = row.cpu_seconds_per_request? * 1000.0;
        Some((cpu, row.anon_bytes? as f64 / f64::from(1 << 20), mark(*index, row)))
    });
    let mut list =
        vec!["anon, MiB, against CPU ms for a request   S: as it is  W: the winner  *: none is better  ·: tried"
            .to_string()];
    list.extend(Plot::new(points.collect()).lines(width.min(90)));
    list
}

fn failures(answer: &Answer) -> Vec<String> {
    let failed: Vec<String> = answer
        .candidates
        .iter()
        .filter_map(|row| row.error.as_ref().map(|error| format!("  {}: {error}", row.name)))
        .collect();
    if failed.is_empty() {
        return failed;
    }
    [vec!["DOES NOT WORK, so it is no result".to_string()], failed].concat()
}
