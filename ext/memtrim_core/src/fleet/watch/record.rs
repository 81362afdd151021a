//! One interval, as it is told to programs: a JSON line of a log, and of the history.

use super::event::Event;
use super::subject::services;
use crate::fleet::{Fleet, Kind, Service, Sums};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A contract: keys may be added, not renamed. Bytes throughout.
#[derive(Serialize)]
pub struct Record<'a> {
    pub schema: u32,
    /// Seconds since 1970.
    pub time: u64,
    pub available_bytes: u64,
    /// How many more tenants fit; None without a tenant to go by.
    pub more_tenants: Option<u64>,
    pub all: Figures,
    /// All but tenants.
    pub baseline: Figures,
    pub tenants: BTreeMap<&'a str, Figures>,
    /// Servers, workers and Redis; of a tenant with a name all but its Rails server.
    pub services: Vec<OfService<'a>>,
    pub unreadable_processes: u64,
    pub events: &'a [Event],
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    pub processes: u64,
    pub anon_bytes: u64,
    pub pss_bytes: u64,
    pub rss_bytes: u64,
    pub swap_bytes: u64,
    pub threads: u64,
}

#[derive(Serialize)]
pub struct OfService<'a> {
    pub kind: Kind,
    pub name: &'a str,
    pub pid: i32,
    pub tenant: Option<&'a str>,
    #[serde(flatten)]
    pub figures: Figures,
}

/// What is read of a record later.
#[derive(Debug, Deserialize)]
pub struct Past {
    pub time: u64,
    pub baseline: PastFigures,
    pub tenants: BTreeMap<String, PastFigures>,
}

#[derive(Debug, Deserialize)]
pub struct PastFigures {
    pub anon_bytes: u64,
    pub pss_bytes: u64,
}

impl<'a> Record<'a> {
    pub const SCHEMA: u32 = 1;

    pub fn new(fleet: &'a Fleet, events: &'a [Event]) -> Record<'a> {
        // A tenant's server is in its figures. Scripts come and go, and are in the sums.
        let listed = |it: &&Service| {
            !matches!(it.kind, Kind::Ruby | Kind::Other) && (it.kind != Kind::Rails || it.tenant.is_none())
        };
        Record {
            schema: Record::SCHEMA,
            time: fleet.time,
            available_bytes: fleet.machine.available_bytes,
            more_tenants: fleet.room.as_ref().map(|it| it.more_tenants),
            all: Figures::of(&fleet.totals.all),
            baseline: Figures::of(&fleet.totals.baseline),
            tenants: fleet.tenants.iter().map(|it| (&it.name[..], Figures::of(&it.sums))).collect(),
            services: services(fleet).filter(listed).map(OfService::new).collect(),
            unreadable_processes: fleet.unreadable.processes,
            events,
        }
    }

    /// On one line, without its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Figures {
    fn of(sums: &Sums) -> Figures {
        Figures {
            processes: sums.processes,
            anon_bytes: sums.anon_bytes,
            pss_bytes: sums.pss_bytes,
            rss_bytes: sums.rss_bytes,
            swap_bytes: sums.swap_bytes,
            threads: sums.threads,
        }
    }
}

impl<'a> OfService<'a> {
    fn new(service: &'a Service) -> Self {
        OfService {
            kind: service.kind,
            name: &service.name,
            pid: service.pid,
            tenant: service.tenant.as_deref(),
            figures: Figures::of(&service.sums),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{fleet, puma, redis};
    use super::{Past, Record};

    #[test]
    fn it_is_one_line_that_can_be_read_again() {
        let fleet = fleet(vec![puma(10, 5, "a\nb", 20), redis(7, 100, 5)]);
        let line = Record::new(&fleet, &[]).line();
        assert!(!line.contains('\n'));
        let past: Past = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (past.time, past.tenants["a\\nb"].anon_bytes, past.baseline.pss_bytes),
            (1_700_000_000, 20 << 20, 6 << 20)
        );
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["services"].as_array().unwrap().len(), 1);
        assert_eq!(value["services"][0]["name"], "redis-server");
    }
}
