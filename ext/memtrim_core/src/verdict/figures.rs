//! What the recording knows of one thing: its bytes, who holds it in, and what would leave the bundle with it.

use super::facts::{Facts, Kind, Thing};
use crate::analysis::{Cut, Ledger, Owner, Requirer};
use crate::requirers::RequirerReport;
use rustc_hash::FxHashSet;

#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub loaded: bool,
    pub removable_bytes: u64,
    pub seconds: f64,
    /// Its main file is loaded at boot though its own line is left out.
    pub held_in: bool,
    /// Gems (and Ruby) that load it, each with the place.
    pub held_by: Vec<Holder>,
    /// Lines of the app's own files that load it at boot.
    pub app_loads: Vec<RequirerReport>,
    /// Gems of the bundle that depend on it.
    pub dependency_of: Vec<String>,
    /// Gems that only its line brings into the bundle, and that others load all the same.
    pub undeclared: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Holder {
    pub place: RequirerReport,
    /// It depends on the thing, so the thing stays in the bundle with it.
    pub depends: bool,
    /// Railties that are this holder's.
    pub railties: Vec<String>,
    /// It is one of the gems that Rails' own railties are in.
    pub of_rails: bool,
}

impl Figures {
    pub fn of(ledger: &Ledger, thing: &Thing, facts: &Facts) -> Figures {
        let app = &ledger.recording.app;
        match thing.kind {
            Kind::Gem => match app.gems.iter().position(|gem| gem.name == thing.name) {
                Some(gem) => gem_figures(ledger, gem, facts),
                None => Figures::default(),
            },
            Kind::Railtie => match app.components.iter().position(|component| component.name == thing.name) {
                Some(component) => railtie_figures(ledger, component),
                None => Figures::default(),
            },
        }
    }
}

/// The railties that were loaded, in Rails' order.
pub fn loaded_railties(ledger: &Ledger) -> Vec<String> {
    let components = &ledger.recording.app.components;
    let loaded = (0..components.len()).filter(|component| ledger.component_node(*component).is_some());
    loaded.map(|component| components[component].name.clone()).collect()
}

/// Gems that Rails' own railties are in.
pub fn gems_of_rails(ledger: &Ledger) -> Vec<String> {
    let gems = &ledger.recording.app.gems;
    let owner = |file: &str| match ledger.owners.of(file) {
        Owner::Gem(gem) => Some(gems[gem].name.clone()),
        _ => None,
    };
    let mut names: Vec<String> =
        ledger.recording.app.components.iter().filter_map(|component| owner(&component.file)).collect();
    names.sort();
    names.dedup();
    names
}

fn gem_figures(ledger: &Ledger, gem: usize, facts: &Facts) -> Figures {
    let app = &ledger.recording.app;
    let name = &app.gems[gem].name;
    let dependency_of =
        app.gems.iter().filter(|other| other.dependencies.contains(name)).map(|other| other.name.clone()).collect();
    let Some(entry) = ledger.gem(gem) else { return Figures { dependency_of, ..Figures::default() } };
    let cut = ledger.gem_cut(gem);
    let alive = ledger.graph.alive(&cut);
    let own = Owner::Gem(gem);
    let mut main: Vec<usize> = cut.to.iter().copied().collect();
    main.retain(|node| ledger.owner_of[ledger.graph.scope_of[*node] as usize] == own);
    let (held_by, app_loads) = holders(ledger, &entry.sums.also_required_by, Some(gem));
    Figures {
        loaded: true,
        removable_bytes: entry.sums.removable_bytes,
        seconds: entry.sums.seconds,
        // Of a gem that Bundler does not require it is somebody else's doing that it is loaded.
        held_in: main.is_empty() || main.iter().any(|node| alive[*node]),
        held_by,
        app_loads,
        dependency_of,
        undeclared: undeclared(ledger, gem, &cut, facts),
    }
}

fn railtie_figures(ledger: &Ledger, component: usize) -> Figures {
    let Some(node) = ledger.component_node(component) else { return Figures::default() };
    let sums = ledger.railtie(component).sums;
    let (held_by, app_loads) = holders(ledger, &sums.also_required_by, None);
    Figures {
        loaded: true,
        removable_bytes: sums.removable_bytes,
        seconds: sums.seconds,
        held_in: ledger.graph.alive(&ledger.railtie_cut(node))[node],
        held_by,
        app_loads,
        ..Figures::default()
    }
}

/// Who keeps a thing in: others, and the app itself.
fn holders(ledger: &Ledger, list: &[Requirer], thing: Option<usize>) -> (Vec<Holder>, Vec<RequirerReport>) {
    let app = &ledger.recording.app;
    let places = crate::requirers::requirers(ledger, list);
    let of_rails = gems_of_rails(ledger);
    let (mut others, mut own) = (Vec::new(), Vec::new());
    for place in places {
        let gem = app.gems.iter().position(|gem| gem.name == place.name);
        if gem.is_none() && place.name != "ruby" {
            own.push(place);
            continue;
        }
        let depends = gem.zip(thing).is_some_and(|(gem, thing)| closure(ledger, &[gem], None).contains(&thing));
        let railties = app
            .components
            .iter()
            .filter(|component| gem.is_some_and(|gem| ledger.owners.of(&component.file) == Owner::Gem(gem)))
            .map(|component| component.name.clone())
            .collect();
        others.push(Holder { of_rails: of_rails.contains(&place.name), depends, railties, place });
    }
    (others, own)
}

/// Gems that these bring into the bundle, themselves among them.
fn closure(ledger: &Ledger, roots: &[usize], without: Option<usize>) -> FxHashSet<usize> {
    let gems = &ledger.recording.app.gems;
    let mut found = FxHashSet::default();
    let mut next: Vec<usize> = roots.to_vec();
    while let Some(gem) = next.pop() {
        if Some(gem) == without || !found.insert(gem) {
            continue;
        }
        next.extend(gems[gem].dependencies.iter().filter_map(|name| gems.iter().position(|gem| gem.name == *name)));
    }
    found
}

/// What leaves the bundle with a gem's line is gone also for those who load it without depending on it. Gems of other
/// environments' groups don't count as what keeps it: where the app is deployed, they are not installed.
fn undeclared(ledger: &Ledger, gem: usize, cut: &Cut, facts: &Facts) -> Vec<String> {
    let gems = &ledger.recording.app.gems;
    let elsewhere = |name: &str| {
        let thing = facts.things.iter().find(|thing| thing.kind == Kind::Gem && thing.name == name);
        thing.and_then(|thing| thing.gemfile.as_ref()).is_some_and(|line| !line.in_env)
    };
    let roots: Vec<usize> = (0..gems.len())
        .filter(|other| *other != gem && gems[*other].in_gemfile && !elsewhere(&gems[*other].name))
        .collect();
    let stay = closure(ledger, &roots, None);
    let alive = ledger.graph.alive(cut);
    let wanted = |other: usize| {
        let named = facts.things.iter().any(|thing| {
            thing.kind == Kind::Gem
                && thing.name == gems[other].name
                && !(thing.uses.is_empty() && thing.idle_uses.is_empty())
        });
        let loaded = ledger.owner_of.iter().enumerate().any(|(scope, owner)| {
            *owner == Owner::Gem(other)
                && ledger.recording.scopes[scope].kind.is_load()
                && alive[ledger.graph.node_of[scope]]
        });
        named || loaded
    };
    let mut names: Vec<String> = closure(ledger, &[gem], None)
        .into_iter()
        .filter(|other| *other != gem && !stay.contains(other) && !facts.default_gems.contains(&gems[*other].name))
        .filter(|other| wanted(*other))
        .map(|other| gems[other].name.clone())
        .collect();
    names.sort();
    names
}
