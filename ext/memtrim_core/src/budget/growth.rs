//! Who holds more than before.

use super::baseline::{Baseline, NOISE_BYTES};
use crate::report::{GemReport, Report};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// From one boot to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Growth {
    /// More bytes held, without the interpreter's own tables; negative: less.
    pub held_bytes: i64,
    /// Largest growth first; what changed by noise only is not among them.
    pub blame: Vec<Blame>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Blame {
    pub name: String,
    /// `gem`, `railtie`, or `owner`: ruby, the app, no owner.
    pub kind: &'static str,
    pub change: Change,
    pub version: Option<String>,
    pub version_before: Option<String>,
    /// Bytes of its own files more than before, and those of the gems it brings; null for a railtie, whose bytes are its
    /// gem's.
    pub bytes: Option<i64>,
    /// Gems of no line of the Gemfile that it brings, each with its version.
    pub brings: Vec<String>,
    /// The line to look at, as `Gemfile:12`.
    pub place: Option<String>,
}

impl Blame {
    /// Whether there is more of it than before.
    pub fn is_more(&self) -> bool {
        self.bytes.map_or(self.change == Change::Added, |bytes| bytes > 0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Not loaded at boot before.
    Added,
    /// Not loaded at boot any more.
    Removed,
    /// Another version, a later one or not.
    Upgraded,
    Grew,
    Shrank,
}

impl Growth {
    /// `report` is that of the later boot; `lines`: where the Gemfile has each gem.
    pub fn between(before: &Baseline, after: &Baseline, report: &Report, lines: &BTreeMap<String, String>) -> Growth {
        let mut blame = gems(before, after, report, lines);
        blame.extend(others(before, after));
        blame.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        blame.extend(railties(before, after));
        Growth { held_bytes: difference(after.held_bytes, before.held_bytes), blame }
    }
}

fn difference(after: u64, before: u64) -> i64 {
    after as i64 - before as i64
}

fn gems(before: &Baseline, after: &Baseline, report: &Report, lines: &BTreeMap<String, String>) -> Vec<Blame> {
    let bringers = bringers(before, report);
    let mut list: BTreeMap<&str, Blame> = BTreeMap::new();
    let names: BTreeSet<&String> = before.gems.keys().chain(after.gems.keys()).collect();
    for name in names {
        let (was, is) = (before.gems.get(name), after.gems.get(name));
        let bytes = difference(is.map_or(0, |gem| gem.held_bytes), was.map_or(0, |gem| gem.held_bytes));
        let Some(change) = change(was.map(|gem| &*gem.version), is.map(|gem| &*gem.version), bytes) else { continue };
        let blame = Blame {
            name: name.clone(),
            kind: "gem",
            change,
            version: is.map(|gem| gem.version.clone()),
            version_before: was.map(|gem| gem.version.clone()),
            bytes: Some(bytes),
            brings: Vec::new(),
            place: lines.get(name).cloned(),
        };
        list.insert(name, blame);
    }
    for (brought, bringer) in bringers {
        let Some(it) = list.remove(brought) else { continue };
        match list.get_mut(bringer) {
            Some(blame) => {
                blame.bytes = blame.bytes.zip(it.bytes).map(|(own, more)| own + more);
                blame.brings.push(format!("{} {}", it.name, it.version.unwrap_or_default()));
            }
            None => {
                list.insert(brought, it);
            }
        }
    }
    list.into_values().collect()
}

fn change(before: Option<&str>, after: Option<&str>, bytes: i64) -> Option<Change> {
    match (before, after) {
        (None, _) => Some(Change::Added),
        (_, None) => Some(Change::Removed),
        (Some(before), Some(after)) if before != after => Some(Change::Upgraded),
        _ if bytes.unsigned_abs() < NOISE_BYTES => None,
        _ if bytes > 0 => Some(Change::Grew),
        _ => Some(Change::Shrank),
    }
}

/// Each gem that is new and has no line in the Gemfile, and the new gem with a line that brings it.
fn bringers<'a>(before: &Baseline, report: &'a Report) -> BTreeMap<&'a str, &'a str> {
    let new: BTreeMap<&str, &GemReport> = report
        .gems
        .iter()
        .filter(|gem| !before.gems.contains_key(&gem.name))
        .map(|gem| (gem.name.as_str(), gem))
        .collect();
    let brought = new.values().filter(|gem| !gem.in_gemfile);
    brought.filter_map(|gem| Some((gem.name.as_str(), bringer(gem, &new)?))).collect()
}

/// Up from gem to gem that depends on it, each of them new.
fn bringer<'a>(gem: &'a GemReport, new: &BTreeMap<&'a str, &'a GemReport>) -> Option<&'a str> {
    let (mut seen, mut left) = (BTreeSet::new(), vec![gem]);
    while let Some(gem) = left.pop() {
        if gem.in_gemfile {
            return Some(&gem.name);
        }
        if seen.insert(&gem.name) {
            left.extend(gem.dependency_of.iter().filter_map(|name| new.get(name.as_str()).copied()));
        }
    }
    None
}

fn others(before: &Baseline, after: &Baseline) -> Vec<Blame> {
    let names: BTreeSet<&String> = before.others.keys().chain(after.others.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let of = |it: &Baseline| it.others.get(name).copied().unwrap_or(0);
            let bytes = difference(of(after), of(before));
            let change = change(Some(""), Some(""), bytes)?;
            Some(Blame {
                name: name.clone(),
                kind: "owner",
                change,
                version: None,
                version_before: None,
                bytes: Some(bytes),
                brings: Vec::new(),
                place: None,
            })
        })
        .collect()
}

fn railties(before: &Baseline, after: &Baseline) -> Vec<Blame> {
    let only_in = |it: &Baseline, other: &Baseline, change: Change| -> Vec<Blame> {
        let names = it.railties.iter().filter(|name| !other.railties.contains(name));
        names
            .map(|name| Blame {
                name: name.clone(),
                kind: "railtie",
                change,
                version: None,
                version_before: None,
                bytes: None,
                brings: Vec::new(),
                place: None,
            })
            .collect()
    };
    [only_in(after, before, Change::Added), only_in(before, after, Change::Removed)].concat()
}
