//! Workflow commands of GitHub Actions: annotations on the lines that matter.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use super::bytes::mib;
use super::check::{figure, spread, unit};
use super::growth::{change, more, name};
use crate::budget::{Check, LimitReport, Status};
use crate::changes::Changes;
use crate::report::Report;

/// How many annotations of one kind: GitHub shows ten in a step.
const MOST: usize = 9;

/// An annotation for each limit that is not kept, and for the gems that grew.
pub fn check(it: &Check) -> String {
    let mut lines: Vec<String> =
        it.limits.iter().filter(|limit| limit.status != Status::Within).map(annotation).collect();
    if it.status == Status::Exceeded {
        let grown = it.growth.iter().flat_map(|growth| &growth.blame).filter(|it| it.is_more());
        lines.extend(grown.take(MOST.saturating_sub(lines.len())).map(|it| {
            let bytes = it.bytes.map_or_else(String::new, |bytes| format!("{} MiB held: ", more(bytes)));
            command("warning", it.place.as_deref(), "memory grew", &format!("{bytes}{}, {}", name(it), change(it)))
        }));
    }
    if lines.is_empty() {
        lines.push(command("notice", None, "memory budget", "within the budget"));
    }
    text(&lines)
}

/// What changed, as notices.
pub fn changes(it: &Changes) -> String {
    let title = format!("memory: {} → {}", it.before.name, it.after.name);
    let mut lines = vec![command("notice", None, &title, &format!("{} MiB held", more(it.growth.held_bytes)))];
    lines.extend(it.growth.blame.iter().take(MOST - 1).map(|it| {
        let bytes = it.bytes.map_or_else(String::new, |bytes| format!("{} MiB held: ", more(bytes)));
        command("notice", it.place.as_deref(), &title, &format!("{bytes}{}, {}", name(it), change(it)))
    }));
    text(&lines)
}

/// The totals, as a notice; warnings as such.
pub fn report(it: &Report) -> String {
    let totals = &it.totals;
    let sums =
        format!("anon {} MiB, rss {}, held {}", mib(totals.anon_bytes), mib(totals.rss_bytes), mib(totals.held_bytes));
    let mut lines = vec![match &it.error {
        Some(error) => command("error", None, "the boot did not end well", error),
        None => command("notice", None, "memory of a boot", &sums),
    }];
    lines.extend(it.warnings.iter().take(MOST).map(|warning| command("warning", None, "memory of a boot", warning)));
    text(&lines)
}

fn annotation(limit: &LimitReport) -> String {
    let message = format!("{}, limit {}{}", spread(limit), figure(limit.limit), unit(limit));
    match limit.status {
        Status::Exceeded => command("error", limit.place.as_deref(), "memory budget exceeded", &message),
        _ => command("warning", limit.place.as_deref(), "memory budget inconclusive", &message),
    }
}

/// `place`: `Gemfile:12`, or a file alone.
fn command(kind: &str, place: Option<&str>, title: &str, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some(place) = place {
        match place.rsplit_once(':') {
            Some((file, line)) if line.parse::<u32>().is_ok() => {
                properties.push(format!("file={}", property(file)));
                properties.push(format!("line={line}"));
            }
            _ => properties.push(format!("file={}", property(place))),
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{kind} {}::{}", properties.join(","), data(message))
}

/// As @actions/core escapes them (toolkit, packages/core/src/command.ts).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(
            command("error", Some("config/memtrim.yml:12"), "a,b: c", "100 %\n::error::x"),
            "::error file=config/memtrim.yml,line=12,title=a%2Cb%3A c::100 %25%0A::error::x"
        );
        assert_eq!(
            command("notice", Some("memtrim.lock.json"), "t", "m"),
            "::notice file=memtrim.lock.json,title=t::m"
        );
    }
}
