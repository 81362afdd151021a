//! All processes of a machine at one moment: what they are, what they use, and how many more tenants there is memory for.
//!
//! [`observe`] reads /proc ([`Observation`]); all else is made from that: what each process is ([`kind`]), which belong
//! together ([`services`], [`tenants`]), the sums ([`Fleet`]), how many more fit ([`room`]), what stands out
//! ([`findings`]), and what so many tenants would use ([`projection`]).
//!
//! The figures of several processes are sums of their shares (PSS): pages that they have in common count once. Anon of a
//! tree is the same, of its anonymous and swapped pages.

mod fields;
mod findings;
#[cfg(test)]
mod fuzz_tests;
mod kind;
mod limit;
pub mod listen;
mod observation;
mod proc_files;
#[cfg(test)]
mod proc_tests;
#[cfg(test)]
mod proc_tree;
pub mod projection;
pub mod prometheus;
mod room;
mod services;
mod stop;
mod sums;
mod tenants;
#[cfg(unix)]
pub mod watch;

pub use findings::{Deferred, Finding};
pub use kind::{Identity, Kind};
pub use limit::{Limit, LimitSource};
pub use observation::{Machine, Memory, Observation, Process, Unreadable};
pub use proc_files::{observe, Reading};
pub use room::Room;
pub use services::{Member, Role, Service};
pub use stop::Stop;
pub use sums::Sums;
pub use tenants::{Range, Tenant};

use serde::Serialize;

/// The answer of `memtrim fleet`: a contract for machines (docs/schema/fleet.json). Bytes and seconds throughout.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fleet {
    pub schema: u32,
    /// Seconds since 1970.
    pub time: u64,
    pub machine: Machine,
    pub totals: Totals,
    /// Of the tenants; None without one.
    pub per_tenant: Option<PerTenant>,
    pub room: Option<Room>,
    /// By their names.
    pub tenants: Vec<Tenant>,
    /// What serves all tenants, or belongs to none; largest first.
    pub shared: Vec<Service>,
    /// Programs that are none of ours, one entry for each name; largest first.
    pub others: Vec<Other>,
    pub unreadable: Unreadable,
    pub kernel_threads: u64,
    pub zombies: u64,
    /// Ended while they were read.
    pub vanished: u64,
    pub notes: Vec<String>,
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Totals {
    pub tenants: Sums,
    pub shared: Sums,
    pub others: Sums,
    /// Shared and others: what there is with no tenant.
    pub baseline: Sums,
    pub all: Sums,
    /// Of the machine's memory all but what is available: with what the kernel keeps for itself, and with the processes that
    /// may not be read. Files that can be dropped are not in it, though they are in PSS.
    pub system_bytes: u64,
}

/// Of one tenant, with all its processes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PerTenant {
    pub pss_bytes: Range,
    pub anon_bytes: Range,
    /// What one more of them takes: its pages that are nobody else's.
    pub own_bytes: Range,
}

/// All programs of one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Other {
    pub name: String,
    #[serde(flatten)]
    pub sums: Sums,
}

impl Fleet {
    pub const SCHEMA: u32 = 1;

    /// `cable`: text that the titles of cable servers have, for those that nothing else tells. `deferred`: gems that apps
    /// defer, by their directories.
    pub fn new(observation: &Observation, cable: Option<&str>, deferred: &[Deferred]) -> Fleet {
        let services = services::services(observation, cable);
        let (tenants, shared, others, mut notes) = tenants::divide(services, observation.tenant_variable.as_deref());
        notes.splice(0..0, observation.notes.clone());
        notes.extend(overwritten(observation, &shared));
        let sum = |list: &[Sums]| list.iter().fold(Sums::default(), |sum, one| sum.plus(one));
        let of_tenants = sum(&tenants.iter().map(|it| it.sums.clone()).collect::<Vec<_>>());
        let of_shared = sum(&shared.iter().map(|it| it.sums.clone()).collect::<Vec<_>>());
        let of_others = sum(&others.iter().map(|it| it.sums.clone()).collect::<Vec<_>>());
        let baseline = of_shared.plus(&of_others);
        let totals = Totals {
            all: of_tenants.plus(&baseline),
            tenants: of_tenants,
            shared: of_shared,
            others: of_others,
            baseline,
            system_bytes: observation.machine.total_bytes.saturating_sub(observation.machine.available_bytes),
        };
        let per_tenant = PerTenant::of(&tenants);
        let room = room::room(&observation.machine, &tenants);
        let findings = findings::findings(observation, &tenants, &shared, deferred);
        Fleet {
            schema: Fleet::SCHEMA,
            time: observation.time,
            machine: observation.machine.clone(),
            totals,
            per_tenant,
            room,
            tenants,
            shared,
            others,
            unreadable: observation.unreadable.clone(),
            kernel_threads: observation.kernel_threads,
            zombies: observation.zombies,
            vanished: observation.vanished,
            notes,
            findings,
        }
    }

    /// Directories of the apps whose processes were seen.
    pub fn directories(observation: &Observation) -> Vec<String> {
        let mut list: Vec<String> =
            observation.processes.iter().filter(|it| it.rails).filter_map(|it| it.directory.clone()).collect();
        list.sort();
        list.dedup();
        list
    }
}

/// Servers that belong to some tenant, but nobody can say to which.
fn overwritten(observation: &Observation, shared: &[Service]) -> Option<String> {
    let variable = observation.tenant_variable.as_ref()?;
    let is = |service: &&Service| {
        service.kind != Kind::Redis
            && observation.processes.iter().any(|process| process.pid == service.pid && process.overwritten)
    };
    let pids: Vec<String> = shared.iter().filter(is).map(|it| it.pid.to_string()).collect();
    (!pids.is_empty()).then(|| {
        format!(
            "pid {}: {variable} can't be read any more, for a title that is longer than the command line is written over \
             the environment. A shorter title (Puma: tag \"\") or a longer command line keeps it",
            pids.join(", ")
        )
    })
}

impl PerTenant {
    fn of(tenants: &[Tenant]) -> Option<PerTenant> {
        let range = |of: fn(&Sums) -> u64| Range::of(tenants.iter().map(|it| of(&it.sums)));
        Some(PerTenant {
            pss_bytes: range(|it| it.pss_bytes)?,
            anon_bytes: range(|it| it.anon_bytes)?,
            own_bytes: Range::of(tenants.iter().map(|it| room::own(&it.sums, tenants.len())))?,
        })
    }
}
