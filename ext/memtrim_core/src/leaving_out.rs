//! Gems and railties by their names, and what leaving them out would take away.

use crate::analysis::{Cut, Ledger, Owner};
use crate::recorder::ScopeId;
use crate::recording::Recording;
use rustc_hash::FxHashSet;
use serde::Serialize;
use std::fmt;

/// No gem or railtie of that name, and the nearest ones.
#[derive(Debug)]
pub struct Unknown {
    pub name: String,
    pub nearest: Vec<String>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no gem or railtie named {} in this recording", self.name)?;
        if !self.nearest.is_empty() {
            write!(f, "; did you mean {}?", self.nearest.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Unknown {}

pub(crate) enum Thing {
    Gem(usize),
    Railtie(usize),
}

/// Bytes that would go if all of these gems and railties were left out together.
///
/// # Errors
/// When the recording knows no gem or railtie of one of the names.
pub fn removable(recording: &Recording, names: &[String]) -> Result<u64, Unknown> {
    let ledger = Ledger::new(recording);
    Ok(ledger.removable(&cuts(&ledger, names)?))
}

/// As [`removable`]; names that the recording does not know are passed over.
pub(crate) fn removable_known(ledger: &Ledger, names: &[String]) -> u64 {
    let cuts: Vec<Cut> = names.iter().filter_map(|name| cut(ledger, find(ledger.recording, name).ok()?)).collect();
    ledger.removable(&cuts)
}

/// Of these gems and railties, those that are worth leaving out together because they hold each other in; names
/// that the recording does not know are passed over. See [`analysis::sets`](crate::analysis::sets).
pub fn sets(recording: &Recording, names: &[String]) -> Vec<Vec<String>> {
    let ledger = Ledger::new(recording);
    let mut seen = FxHashSet::default();
    let (known, cuts): (Vec<&String>, Vec<Cut>) = names
        .iter()
        .filter(|name| seen.insert(*name))
        .filter_map(|name| Some((name, cut(&ledger, find(recording, name).ok()?)?)))
        .unzip();
    let sets = crate::analysis::sets(&ledger, &cuts);
    sets.into_iter().map(|set| set.members.into_iter().map(|index| known[index].clone()).collect()).collect()
}

/// One scope as a list of them has it.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeBytes {
    /// Its file, or its kind and name.
    pub label: String,
    pub bytes: u64,
    /// It would not live without the things left out.
    pub gone: bool,
}

/// Every scope with its own bytes, and whether it would go with these gems and railties: what a removable
/// figure is made of.
///
/// # Errors
/// As [`removable`].
pub fn scopes(recording: &Recording, names: &[String]) -> Result<Vec<ScopeBytes>, Unknown> {
    let ledger = Ledger::new(recording);
    let alive = ledger.graph.alive_without(&cuts(&ledger, names)?);
    let gone: FxHashSet<ScopeId> = ledger.gone(&alive).collect();
    let list =
        (0..recording.scopes.len() as ScopeId).filter(|scope| ledger.owner_of[*scope as usize] != Owner::Recorder);
    Ok(list
        .map(|scope| ScopeBytes {
            label: ledger.label_of(scope),
            bytes: ledger.bytes_of(scope),
            gone: gone.contains(&scope),
        })
        .collect())
}

fn cuts(ledger: &Ledger, names: &[String]) -> Result<Vec<Cut>, Unknown> {
    let things = names.iter().map(|name| find(ledger.recording, name)).collect::<Result<Vec<Thing>, Unknown>>()?;
    Ok(things.into_iter().filter_map(|thing| cut(ledger, thing)).collect())
}

/// None for a railtie that is not loaded: there is nothing to cut.
fn cut(ledger: &Ledger, thing: Thing) -> Option<Cut> {
    match thing {
        Thing::Gem(gem) => Some(ledger.gem_cut(gem)),
        Thing::Railtie(component) => ledger.component_node(component).map(|node| ledger.railtie_cut(node)),
    }
}

pub(crate) fn find(recording: &Recording, name: &str) -> Result<Thing, Unknown> {
    let app = &recording.app;
    if let Some(component) = app.components.iter().position(|component| component.name == name) {
        return Ok(Thing::Railtie(component));
    }
    if let Some(gem) = app.gems.iter().position(|gem| gem.name == name) {
        return Ok(Thing::Gem(gem));
    }
    let known = app.gems.iter().map(|gem| &gem.name).chain(app.components.iter().map(|component| &component.name));
    let mut near: Vec<(f64, &String)> = known.map(|other| (strsim::jaro_winkler(name, other), other)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let nearest =
        near.into_iter().take_while(|(likeness, _)| *likeness > 0.8).take(3).map(|(_, name)| name.clone()).collect();
    Err(Unknown { name: name.to_string(), nearest })
}
