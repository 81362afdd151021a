//! Answers for a pull request's comment.

use super::bytes::mib;
use super::check::{figure, label};
use super::growth::{change, more, name, totals};
use super::words::recorded;
use crate::budget::{Blame, Check, Growth, Status};
use crate::changes::Changes;
use crate::report::Report;
use std::fmt::Write;

/// How many rows are shown unfolded.
const ROWS: usize = 10;

/// The report.
pub fn report(it: &Report) -> String {
    let mut text = format!("### Memory of a boot\n\n{}\n\n", plain(&recorded(&it.app, &it.environment).join(" · ")));
    if let Some(error) = &it.error {
        let _ = writeln!(text, "**The boot did not end well:** {}\n", code(error.lines().next().unwrap_or_default()));
    } else if !it.whole {
        text.push_str("**The process died during its boot.**\n\n");
    }
    let totals = &it.totals;
    table(
        &mut text,
        &["MiB", "anon", "rss", "held", "retained", "residual"],
        &[vec![
            String::new(),
            mib(totals.anon_bytes),
            mib(totals.rss_bytes),
            mib(totals.held_bytes),
            mib(totals.retained_bytes),
            super::bytes::signed_mib(totals.residual_bytes),
        ]],
    );
    let railties: Vec<Vec<String>> = it
        .railties
        .iter()
        .filter(|railtie| railtie.state == "loaded")
        .map(|it| vec![code(&it.name), mib(it.removable_bytes), mib(it.self_bytes), mib(it.total_bytes)])
        .collect();
    folded(&mut text, &["railtie", "removable, MiB", "self", "total"], &railties);
    let gems: Vec<Vec<String>> = it
        .gems
        .iter()
        .map(|it| {
            vec![
                code(&format!("{} {}", it.name, it.version)),
                mib(it.removable_bytes),
                mib(it.self_bytes),
                mib(it.total_bytes),
            ]
        })
        .collect();
    folded(&mut text, &["gem", "removable, MiB", "self", "total"], &gems);
    notes(&mut text, &it.warnings);
    text
}

/// A budget's answer.
pub fn check(it: &Check) -> String {
    let mark = match it.status {
        Status::Within => "✅ within the memory budget",
        Status::Exceeded => "❌ memory budget exceeded",
        Status::Inconclusive => "⚠️ memory budget: inconclusive",
    };
    let mut text = format!("### {mark}\n\n");
    if let (Some(app), Some(environment)) = (&it.app, &it.environment) {
        let _ = writeln!(text, "{}\n", plain(&recorded(app, environment).join(" · ")));
    }
    let rows: Vec<Vec<String>> = it
        .limits
        .iter()
        .map(|limit| {
            let left = limit.left().map_or_else(|| "-".into(), figure);
            let measured = limit.measured.map_or_else(|| "-".into(), figure);
            let status =
                if limit.status == Status::Within { String::new() } else { format!("**{}**", limit.status.name()) };
            let place = limit.place.as_deref().map(code).unwrap_or_default();
            vec![plain(&label(limit)), figure(limit.limit), measured, left, status, place]
        })
        .collect();
    table(&mut text, &["MiB", "limit", "measured", "left", "", ""], &rows);
    if let (Some(growth), Some(path)) = (&it.growth, &it.baseline) {
        if !growth.blame.is_empty() {
            let _ = writeln!(text, "Since {}: {} MiB held\n", code(path), more(growth.held_bytes));
            blamed(&mut text, growth);
        }
    }
    notes(&mut text, &it.warnings);
    text
}

/// What changed from one recording to another.
pub fn changes(it: &Changes) -> String {
    let mut text = format!("### Memory of a boot: {} → {}\n\n", code(&it.before.name), code(&it.after.name));
    table(&mut text, &["", "before", "after", "more"], &totals(&it.before, &it.after));
    blamed(&mut text, &it.growth);
    let differences = it.environment_differences.iter().map(|each| format!("the environments differ: {each}"));
    notes(&mut text, &differences.collect::<Vec<_>>());
    text
}

fn blamed(text: &mut String, growth: &Growth) {
    let row = |it: &Blame| {
        let place = it.place.as_deref().map(code).unwrap_or_default();
        vec![code(&name(it)), it.bytes.map_or_else(|| "-".into(), more), plain(&change(it)), place]
    };
    folded(text, &["who", "held, MiB", "", ""], &growth.blame.iter().map(row).collect::<Vec<_>>());
}

/// The first rows, and the others behind a summary.
fn folded(text: &mut String, header: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    table(text, header, &rows[..rows.len().min(ROWS)]);
    if rows.len() > ROWS {
        let _ = writeln!(text, "<details><summary>{} more</summary>\n", rows.len() - ROWS);
        table(text, header, &rows[ROWS..]);
        text.push_str("</details>\n\n");
    }
}

/// The first column is text, the others are figures.
fn table(text: &mut String, header: &[&str], rows: &[Vec<String>]) {
    let _ = writeln!(text, "| {} |", header.join(" | "));
    let sides: Vec<&str> =
        (0..header.len()).map(|index| if index == 0 || header[index].is_empty() { "---" } else { "---:" }).collect();
    let _ = writeln!(text, "| {} |", sides.join(" | "));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text.push('\n');
}

fn notes(text: &mut String, warnings: &[String]) {
    for warning in warnings {
        let _ = writeln!(text, "> {}\n", plain(warning));
    }
}

/// Text that is nothing but text.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for each in text.chars() {
        match each {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' => {
                out.push('\\');
                out.push(each);
            }
            _ => out.push(each),
        }
    }
    out
}

/// A name, as code. Backticks and bars would end it.
fn code(name: &str) -> String {
    let name: String = name.chars().filter(|each| !each.is_control()).collect();
    if name.contains(['`', '|']) {
        plain(&name)
    } else {
        format!("`{name}`")
    }
}

#[cfg(test)]
mod tests {
    use super::{code, plain};

    #[test]
    fn names_stay_text() {
        assert_eq!(plain("<img src=x> | a_b\n@team"), "&lt;img src=x&gt; \\| a\\_b \\@team");
        assert_eq!(code("rack 3.1"), "`rack 3.1`");
        assert_eq!(code("a`b|<c>"), "a\\`b\\|&lt;c&gt;");
    }
}
