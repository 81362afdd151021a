//! What stands out in a fleet: memory that need not be there.

use super::kind::Kind;
use super::observation::{Observation, Process};
use super::services::{Member, Role, Service};
use super::tenants::Tenant;
use crate::process_memory::shown;
use crate::render::mib;
use crate::statistics::median;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The gems that an app defers by its config/memtrim.yml.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Deferred {
    pub directory: String,
    pub gems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// waiting_parent, second_copy, outlier, gem_in_use
    pub rule: &'static str,
    pub what: String,
    pub advice: String,
    pub pids: Vec<i32>,
    /// What there is to gain, as far as the processes tell: an upper bound. None where they don't.
    pub bytes: Option<u64>,
}

/// A Ruby below so much is hardly more than its interpreter, and not worth an edit.
const WORTH_IT: u64 = 4 << 20;
/// A tenant is far above the median from so many times it on, and so many bytes.
const FAR: (f64, f64) = (1.4, (24 << 20) as f64);
/// Tenants that a median can be trusted with.
const ENOUGH: usize = 3;

/// Those with the most to gain first.
pub fn findings(
    observation: &Observation,
    tenants: &[Tenant],
    shared: &[Service],
    deferred: &[Deferred],
) -> Vec<Finding> {
    let services: Vec<&Service> = tenants.iter().flat_map(|it| &it.services).chain(shared).collect();
    let mut list = waiting_parents(&services, observation);
    list.extend(second_copies(tenants, shared));
    list.extend(outliers(tenants));
    list.extend(gems_in_use(&services, observation, deferred));
    list.sort_by_key(|it| std::cmp::Reverse(it.bytes));
    list
}

/// A Ruby that sleeps while the server that it started runs. A shell in its place would hold 1 MB, `exec` nothing.
fn waiting_parents(services: &[&Service], observation: &Observation) -> Vec<Finding> {
    let process = |member: &Member| observation.processes.iter().find(|it| it.pid == member.pid);
    let waits = |member: &&Member| {
        member.role == Role::Starter
            && member.anon_bytes >= WORTH_IT
            && process(member).is_some_and(|it| super::kind::is_ruby(&it.program) && it.state == 'S')
    };
    let finding = |service: &&Service| {
        let starters: Vec<&Member> = service.members.iter().filter(waits).collect();
        let first = starters.first()?;
        let bytes = starters.iter().map(|it| it.anon_bytes).sum();
        Some(Finding {
            rule: "waiting_parent",
            what: format!("{} (pid {}) only waits for {}, which it started", first.name, first.pid, of(service)),
            advice: "start it with exec in place of system or spawn, or from a shell that does".into(),
            pids: starters.iter().map(|it| it.pid).collect(),
            bytes: Some(bytes),
        })
    };
    services.iter().filter_map(finding).collect()
}

/// Two servers of the same kind for the same thing.
fn second_copies(tenants: &[Tenant], shared: &[Service]) -> Vec<Finding> {
    let mut same: BTreeMap<(Kind, String), Vec<(&Service, &str)>> = BTreeMap::new();
    for service in shared.iter().filter(|it| matches!(it.kind, Kind::Cable | Kind::Redis)) {
        let whose = service.app.clone().unwrap_or_default();
        same.entry((service.kind, whose)).or_default().push((service, "all tenants can share one"));
    }
    for tenant in tenants {
        for service in tenant.services.iter().filter(|it| matches!(it.kind, Kind::Rails | Kind::Cable)) {
            let whose = format!("{} {}", tenant.name, service.app.as_deref().unwrap_or(""));
            same.entry((service.kind, whose)).or_default().push((service, "is one of them left over from a restart?"));
        }
    }
    let finding = |((kind, _), mut list): ((Kind, String), Vec<(&Service, &str)>)| {
        // A cluster of Redis servers says so in its titles, and is meant.
        (list.len() > 1).then_some(())?;
        list.sort_by_key(|(service, _)| std::cmp::Reverse(service.sums.anon_bytes));
        let rest = &list[1..];
        let word = match kind {
            Kind::Cable => "cable servers",
            Kind::Redis => "Redis servers",
            _ => "servers",
        };
        let names: Vec<String> = list.iter().map(|(it, _)| of(it)).collect();
        Some(Finding {
            rule: "second_copy",
            what: format!("{} {word} of the same: {}", list.len(), names.join(", ")),
            advice: list[0].1.into(),
            pids: list.iter().map(|(it, _)| it.pid).collect(),
            bytes: Some(rest.iter().map(|(it, _)| it.sums.anon_bytes).sum()),
        })
    };
    same.into_iter().filter_map(finding).collect()
}

fn outliers(tenants: &[Tenant]) -> Vec<Finding> {
    let anon: Vec<f64> = tenants.iter().map(|it| it.sums.anon_bytes as f64).collect();
    let Some(middle) = median(&anon).filter(|_| tenants.len() >= ENOUGH) else { return Vec::new() };
    let far = |it: &&Tenant| {
        let anon = it.sums.anon_bytes as f64;
        anon > middle * FAR.0 && anon > middle + FAR.1
    };
    let finding = |it: &Tenant| Finding {
        rule: "outlier",
        what: format!(
            "{} has {} MiB of anon, the median tenant {}",
            it.name,
            mib(it.sums.anon_bytes),
            mib(middle as u64)
        ),
        advice: format!(
            "it runs for {}: was it asked for something the others were not? A restart tells whether it comes back",
            crate::render::time(it.age_seconds)
        ),
        pids: it.services.iter().map(|it| it.pid).collect(),
        bytes: Some((it.sums.anon_bytes as f64 - middle) as u64),
    };
    tenants.iter().filter(far).map(finding).collect()
}

/// A library that is mapped was loaded, and stays: until a restart the process holds what it was spared at its boot.
fn gems_in_use(services: &[&Service], observation: &Observation, deferred: &[Deferred]) -> Vec<Finding> {
    let mut by_gem: BTreeMap<&str, Vec<&Process>> = BTreeMap::new();
    for process in &observation.processes {
        let Some(app) = deferred.iter().find(|it| Some(&it.directory) == process.directory.as_ref()) else { continue };
        for gem in &app.gems {
            if process.gems.iter().any(|it| is_version_of(it, gem)) {
                by_gem.entry(gem).or_default().push(process);
            }
        }
    }
    let finding = |(gem, processes): (&str, Vec<&Process>)| {
        let pids: Vec<i32> = processes.iter().map(|it| it.pid).collect();
        let of_services = services.iter().filter(|it| it.members.iter().any(|member| pids.contains(&member.pid)));
        let names: Vec<String> = of_services.map(|it| of(it)).collect();
        Finding {
            rule: "gem_in_use",
            what: format!("{} deferred, and loaded by now in {}", shown::text(gem, 40), names.join(", ")),
            advice: "somebody has used it there; if that happens daily, defer saves little: MEMTRIM_TRACE tells who"
                .into(),
            pids,
            bytes: None,
        }
    };
    by_gem.into_iter().map(finding).collect()
}

fn is_version_of(directory: &str, gem: &str) -> bool {
    directory
        .strip_prefix(gem)
        .and_then(|it| it.strip_prefix('-'))
        .is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
}

/// `puma showcase :3000 (pid 4711)`
fn of(service: &Service) -> String {
    let words = [Some(&service.name), service.app.as_ref(), service.tenant.as_ref(), service.address.as_ref()];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    format!("{} (pid {})", words.join(" "), service.pid)
}
