//! Who holds more than before, as rows.

use super::bytes::{mib, signed_mib};
use super::table::{cut, lines};
use super::words::{recorded, wrap};
use crate::budget::{Blame, Change, Growth};
use crate::changes::{Changes, Side};

/// How many are listed one by one.
const ROWS: usize = 15;

/// `+3.0`, `-0.2`, `0`.
pub fn more(bytes: i64) -> String {
    let text = signed_mib(bytes);
    if bytes > 0 {
        format!("+{text}")
    } else {
        text
    }
}

/// `fat 1.0`, `rack 3.0.1 → 3.1.0`, `the app`.
pub fn name(blame: &Blame) -> String {
    match (&blame.version_before, &blame.version) {
        (Some(before), Some(after)) if before != after => format!("{} {before} → {after}", blame.name),
        (before, after) => {
            let version = after.as_ref().or(before.as_ref());
            let name = if blame.name == "app" && blame.kind == "owner" { "the app itself" } else { &blame.name };
            version.map_or_else(|| name.to_string(), |version| format!("{name} {version}"))
        }
    }
}

/// What became of it, in words.
pub fn change(blame: &Blame) -> String {
    let word = match blame.change {
        Change::Added => "new at boot",
        Change::Removed => "not loaded at boot any more",
        Change::Upgraded => "another version",
        Change::Grew => "grew",
        Change::Shrank => "shrank",
    };
    match blame.brings.as_slice() {
        [] => word.to_string(),
        brings => format!("{word}, brings {}", brings.join(", ")),
    }
}

/// The largest changes, then how many smaller ones there are; and railties.
pub fn blame(growth: &Growth, width: usize) -> Vec<String> {
    let (gems, railties): (Vec<&Blame>, Vec<&Blame>) = growth.blame.iter().partition(|it| it.bytes.is_some());
    let mut by_size = gems.clone();
    by_size.sort_by_key(|it| std::cmp::Reverse(it.bytes.map_or(0, i64::unsigned_abs)));
    let shown: Vec<&Blame> = gems.into_iter().filter(|it| by_size.iter().take(ROWS).any(|other| other == it)).collect();
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|it| {
            let place = it.place.clone().unwrap_or_default();
            vec![cut(&name(it), 40), more(it.bytes.unwrap_or(0)), cut(&change(it), width.saturating_sub(66)), place]
        })
        .collect();
    let mut list = if rows.is_empty() { Vec::new() } else { lines(&["WHO", "held, MiB", "", ""], &rows, &[0, 2, 3]) };
    if by_size.len() > shown.len() {
        list.push(format!("…and {} smaller", by_size.len() - shown.len()));
    }
    for (change, word) in [(Change::Added, "railties new at boot"), (Change::Removed, "railties not loaded any more")] {
        let names: Vec<&str> = railties.iter().filter(|it| it.change == change).map(|it| it.name.as_str()).collect();
        if !names.is_empty() {
            list.extend(wrap(&format!("{word}: {}", names.join(", ")), width));
        }
    }
    list
}

/// `memtrim diff` for a terminal.
pub fn changes(it: &Changes, width: usize) -> String {
    let mut list = vec![vec![format!("{} → {}", it.before.name, it.after.name)]];
    list[0].push(recorded(&it.after.app, &it.after.environment).join(" · "));
    list.push(lines(&["", "before", "after", "more"], &totals(&it.before, &it.after), &[0]));
    let mut rows = blame(&it.growth, width);
    if rows.is_empty() {
        rows.push("nothing holds more or less than before".into());
    }
    list.push(rows);
    let differences = &it.environment_differences;
    list.push(if differences.is_empty() {
        Vec::new()
    } else {
        wrap(&format!("note: the two boots' environments differ: {}", differences.join(", ")), width)
    });
    super::table::sections(&list, width)
}

/// Name, before, after, more.
pub fn totals(before: &Side, after: &Side) -> Vec<Vec<String>> {
    let row = |name: &str, a: u64, b: u64| vec![name.into(), mib(a), mib(b), more(b as i64 - a as i64)];
    vec![
        row("held, MiB", before.held_bytes, after.held_bytes),
        row("anon, of one boot each", before.anon_bytes, after.anon_bytes),
        row("rss, of one boot each", before.rss_bytes, after.rss_bytes),
        vec![
            "seconds, recorded".into(),
            format!("{:.2}", before.seconds),
            format!("{:.2}", after.seconds),
            format!("{:+.2}", after.seconds - before.seconds),
        ],
    ]
}
