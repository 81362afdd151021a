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
    list.extend(second_copies(tenants, shared, observation));
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
        let bytes = total(starters.iter().map(|it| it.anon_bytes));
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
fn second_copies(tenants: &[Tenant], shared: &[Service], observation: &Observation) -> Vec<Finding> {
    // A cluster of Redis servers says so in its titles, and is meant; a sentinel is none of the servers.
    let is_meant = |service: &Service| {
        let process = observation.processes.iter().find(|it| it.pid == service.pid);
        process.is_some_and(|it| it.arguments.iter().any(|it| it.contains(" [cluster]") || it.contains(" [sentinel]")))
    };
    let mut same: BTreeMap<(Kind, String), Vec<(&Service, &str)>> = BTreeMap::new();
    for service in shared.iter().filter(|it| matches!(it.kind, Kind::Cable | Kind::Redis) && !is_meant(it)) {
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
            bytes: Some(total(rest.iter().map(|(it, _)| it.sums.anon_bytes))),
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

/// Made-up figures may be anything.
fn total(bytes: impl Iterator<Item = u64>) -> u64 {
    bytes.fold(0, u64::saturating_add)
}

/// `puma showcase :3000 (pid 4711)`
fn of(service: &Service) -> String {
    let words = [Some(&service.name), service.app.as_ref(), service.tenant.as_ref(), service.address.as_ref()];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    format!("{} (pid {})", words.join(" "), service.pid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Fleet, Memory};

    const MIB: u64 = 1 << 20;

    fn process(pid: i32, ppid: i32, program: &str, title: &str, anon: u64) -> Process {
        Process {
            pid,
            ppid,
            start_ticks: pid as u64,
            state: 'S',
            program: program.into(),
            arguments: title.split('|').map(ToString::to_string).collect(),
            directory: Some("/srv/shop".into()),
            rails: title.starts_with("puma"),
            memory: Memory { pss_bytes: anon * MIB, anon_bytes: anon * MIB, ..Memory::default() },
            ..Process::default()
        }
    }

    fn puma(pid: i32, ppid: i32, tenant: &str, anon: u64) -> Process {
        let title = format!("puma 6.4 (tcp://0.0.0.0:{pid}) [shop]");
        Process { tenant: Some(tenant.into()), ..process(pid, ppid, "ruby", &title, anon) }
    }

    fn found(processes: Vec<Process>, variable: Option<&str>) -> Vec<(&'static str, Vec<i32>, Option<u64>)> {
        let deferred =
            [Deferred { directory: "/srv/shop".into(), gems: vec!["oj".into(), "nokogiri".into(), "oj-ext".into()] }];
        let observation =
            Observation { processes, tenant_variable: variable.map(ToString::to_string), ..Observation::default() };
        let fleet = Fleet::new(&observation, None, &deferred);
        fleet.findings.into_iter().map(|it| (it.rule, it.pids, it.bytes.map(|bytes| bytes / MIB))).collect()
    }

    #[test]
    fn a_parent_that_only_waits() {
        let parent = |title: &str, anon| process(10, 1, "ruby", title, anon);
        let of = |parent: Process, more: Vec<Process>| {
            found([vec![parent, puma(11, 10, "a", 60)], more].concat(), Some("TENANT"))
        };
        let expected = vec![("waiting_parent", vec![10], Some(20))];
        assert_eq!(of(parent("ruby|run.rb", 20), vec![]), expected);
        // Hardly more than an interpreter; at work; a shell; a supervisor of several.
        assert_eq!(of(parent("ruby|run.rb", 3), vec![]), []);
        assert_eq!(of(Process { state: 'R', ..parent("ruby|run.rb", 20) }, vec![]), []);
        assert_eq!(of(process(10, 1, "bash", "bash|-c|x", 20), vec![]), []);
        assert_eq!(of(parent("ruby|foreman", 20), vec![puma(12, 10, "b", 60)]), []);
        // Its workers are why a cluster's parent is there.
        let worker = process(12, 11, "ruby", "puma: cluster worker 0: 11 [shop]", 30);
        assert_eq!(found(vec![puma(11, 1, "a", 60), worker], Some("TENANT")), []);
    }

    #[test]
    fn a_second_copy() {
        let redis = |pid, port: u32| process(pid, 1, "redis-server", &format!("redis-server *:{port}"), 5);
        assert_eq!(found(vec![redis(10, 6379), redis(11, 6380)], None), [("second_copy", vec![10, 11], Some(5))]);
        assert_eq!(found(vec![redis(10, 6379)], None), []);
        let cable = |pid| process(pid, 1, "ruby", "puma 8 (tcp://127.0.0.1:28080) [shop cable]", 20);
        assert_eq!(found(vec![cable(10), cable(11)], None), [("second_copy", vec![10, 11], Some(20))]);
        assert_eq!(found(vec![cable(10)], None), []);
        // One of them is left over from a restart.
        let twice = vec![puma(10, 1, "a", 50), puma(11, 1, "a", 60), puma(12, 1, "b", 60)];
        assert_eq!(found(twice, Some("TENANT")), [("second_copy", vec![11, 10], Some(50))]);
        // Redis's own cluster is meant.
        let node = |pid, port: u32| process(pid, 1, "redis-server", &format!("redis-server *:{port} [cluster]"), 5);
        assert_eq!(found(vec![node(10, 7000), node(11, 7001)], None), []);
    }

    #[test]
    fn a_tenant_far_above_the_others() {
        let of = |anon: &[u64]| {
            let list = anon.iter().enumerate().map(|(at, anon)| puma(10 + at as i32, 1, &format!("t{at}"), *anon));
            found(list.collect(), Some("TENANT"))
        };
        assert_eq!(of(&[60, 60, 62, 130]), [("outlier", vec![13], Some(69))]);
        // As the others; far, but by little; and nobody knows which of two is the one.
        assert_eq!(of(&[60, 60, 62, 75]), []);
        assert_eq!(of(&[10, 10, 10, 20]), []);
        assert_eq!(of(&[60, 130]), []);
    }

    #[test]
    fn a_deferred_gem_that_is_loaded() {
        let with =
            |gems: &[&str]| Process { gems: gems.iter().map(ToString::to_string).collect(), ..puma(10, 1, "a", 60) };
        assert_eq!(found(vec![with(&["oj-3.16.1", "bcrypt-3.1"])], Some("TENANT")), [("gem_in_use", vec![10], None)]);
        assert_eq!(found(vec![with(&["bcrypt-3.1", "oj_mimic-1.0"])], Some("TENANT")), []);
        // Another app does not defer it.
        let other = Process { directory: Some("/srv/other".into()), ..with(&["oj-3.16.1"]) };
        assert_eq!(found(vec![other], Some("TENANT")), []);
    }
}
