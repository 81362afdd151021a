//! One gem or railtie, for a terminal.

use super::bytes::mib;
use super::table::cut;
use super::verdicts::in_explanation;
use crate::explain::{Explanation, Share};
use std::fmt::Write;

const LIST: usize = 10;

/// The explanation as text of at most `width` columns, with a newline at its end.
pub fn explanation(it: &Explanation, width: usize) -> String {
    let mut text = String::new();
    let mut line = |content: String| {
        let _ = writeln!(text, "{}", cut(&content, width));
    };
    let version = it.version.as_ref().map_or(String::new(), |version| format!(" {version}"));
    let place = match it.in_gemfile {
        Some(true) => ", in the Gemfile",
        Some(false) => ", a dependency",
        None => "",
    };
    line(format!("{}{version} · {}{place}", it.name, it.kind));
    if it.state == "absent" {
        line(String::new());
        line("not loaded in this boot: nothing to save".into());
        verdict(it, width).into_iter().for_each(&mut line);
        return text;
    }
    line(format!(
        "removable {} MiB    self {}    total {}    {:.2} s    ({} bytes)",
        mib(it.removable_bytes),
        mib(it.self_bytes),
        mib(it.total_bytes),
        it.seconds,
        it.weight
    ));
    line(String::new());
    line("LOADED BY".into());
    for (depth, step) in it.loaded_by.iter().enumerate() {
        let at = step.line.map_or(String::new(), |line| format!(":{line}"));
        line(format!("{}{}{at}", "  ".repeat(depth.min(12) + 1), step.name));
    }
    line(String::new());
    if it.also_required_by.is_empty() {
        line("KEPT IN BY nothing else: without its own line it would go".into());
    } else {
        line("KEPT IN BY".into());
        for requirer in &it.also_required_by {
            let place = match (&requirer.file, requirer.line) {
                (Some(file), Some(line)) => format!("  {file}:{line}"),
                (Some(file), None) => format!("  {file}"),
                _ => String::new(),
            };
            line(format!("  {}{place}", requirer.name));
        }
    }
    verdict(it, width).into_iter().for_each(&mut line);
    for (title, shares) in [("WOULD GO WITH IT", &it.would_go), ("IT LOADED", &it.loaded), ("ITS FILES", &it.files)] {
        if !shares.is_empty() {
            line(String::new());
            list(title, shares).into_iter().for_each(&mut line);
        }
    }
    text
}

fn verdict(it: &Explanation, width: usize) -> Vec<String> {
    let Some(verdict) = &it.verdict else { return Vec::new() };
    std::iter::once(String::new()).chain(in_explanation(verdict, width)).collect()
}

fn list(title: &str, shares: &[Share]) -> Vec<String> {
    let (shown, rest) = shares.split_at(shares.len().min(LIST));
    let mut lines = vec![title.to_string()];
    lines.extend(shown.iter().map(|share| format!("  {:>6}  {}", kib_or_mib(share.bytes), share.name)));
    if !rest.is_empty() {
        let bytes = rest.iter().map(|share| share.bytes).sum();
        lines.push(format!("  {:>6}  …and {} smaller", kib_or_mib(bytes), rest.len()));
    }
    lines
}

/// A single file is often too small for one decimal of a MiB.
fn kib_or_mib(bytes: u64) -> String {
    if bytes < 100 * 1024 {
        format!("{:.0} K", bytes as f64 / 1024.0)
    } else {
        format!("{:.1} M", bytes as f64 / 1024.0 / 1024.0)
    }
}
