//! What a condition is judged by: the tenants, services or sums that it is about, each with its figure.

use super::condition::{Figure, Subject};
use crate::fleet::{Fleet, Service, Sums, Tenant};

/// One that a condition is about, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The same as long as it is the same: a tenant's name; a service's process, by when it started besides its pid.
    pub identity: String,
    /// Another one when it was restarted meanwhile.
    pub generation: (i32, u64),
    /// For people.
    pub name: String,
    pub value: u64,
}

/// All of them.
pub fn instances(subject: Subject, figure: Figure, fleet: &Fleet) -> Vec<Instance> {
    let one = |name: &str, value: u64| {
        vec![Instance { identity: String::new(), generation: (0, 0), name: name.into(), value }]
    };
    match (subject, figure) {
        (Subject::Tenant, _) => fleet.tenants.iter().map(|it| tenant(it, figure)).collect(),
        (Subject::Service(kind), _) => {
            services(fleet).filter(|it| it.kind == kind).map(|it| service(it, figure)).collect()
        }
        (Subject::Tenants, Figure::Count) => one("tenants", fleet.tenants.len() as u64),
        (Subject::Tenants, _) => one("all tenants", of(&fleet.totals.tenants, figure)),
        (Subject::Fleet, _) => one("all processes", of(&fleet.totals.all, figure)),
        (Subject::Machine, Figure::Swap) => {
            one("machine", fleet.machine.swap_bytes.saturating_sub(fleet.machine.swap_free_bytes))
        }
        (Subject::Machine, _) => one("machine", fleet.machine.available_bytes),
    }
}

/// The tenants' first.
pub fn services(fleet: &Fleet) -> impl Iterator<Item = &Service> {
    fleet.tenants.iter().flat_map(|it| &it.services).chain(&fleet.shared)
}

fn tenant(tenant: &Tenant, figure: Figure) -> Instance {
    Instance {
        identity: tenant.name.clone(),
        generation: generation(tenant),
        name: tenant.name.clone(),
        value: of(&tenant.sums, figure),
    }
}

/// Its server's process, the oldest if it has several: what else it has, a job worker, comes and goes without it.
pub fn generation(tenant: &Tenant) -> (i32, u64) {
    let server = tenant.services.iter().min_by_key(|it| (it.kind, it.start_ticks, it.pid));
    server.map_or((0, 0), |it| (it.pid, it.start_ticks))
}

fn service(service: &Service, figure: Figure) -> Instance {
    Instance {
        identity: format!("{} {}", service.pid, service.start_ticks),
        generation: (service.pid, service.start_ticks),
        name: name(service),
        value: of(&service.sums, figure),
    }
}

/// `redis redis-server :6379 (pid 12)`
fn name(service: &Service) -> String {
    let mut name = service.kind.name().to_string();
    for part in [Some(&service.name), service.app.as_ref(), service.address.as_ref()].into_iter().flatten() {
        if *part != name {
            name = format!("{name} {part}");
        }
    }
    format!("{name} (pid {})", service.pid)
}

fn of(sums: &Sums, figure: Figure) -> u64 {
    match figure {
        Figure::Anon => sums.anon_bytes,
        Figure::Pss => sums.pss_bytes,
        Figure::Rss => sums.rss_bytes,
        Figure::Swap => sums.swap_bytes,
        Figure::Threads => sums.threads,
        // Others' figures: no condition has them here.
        Figure::Available | Figure::Count => 0,
    }
}
