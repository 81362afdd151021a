//! Which services are a tenant's, and which serve all.

use super::kind::Kind;
use super::services::Service;
use super::sums::Sums;
use super::Other;
use crate::statistics::median;
use serde::Serialize;
use std::collections::BTreeMap;

/// What runs for one tenant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tenant {
    /// The value of the variable that names tenants; without one the app's name and where it listens. Safe to print.
    pub name: String,
    #[serde(flatten)]
    pub sums: Sums,
    /// Of its oldest server.
    pub age_seconds: f64,
    pub services: Vec<Service>,
}

/// From the smallest to the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    pub least: u64,
    pub median: u64,
    pub most: u64,
    /// What the projection multiplies.
    pub mean: u64,
}

impl Range {
    /// None of nothing.
    pub fn of(values: impl Iterator<Item = u64>) -> Option<Range> {
        let list: Vec<f64> = values.map(|it| it as f64).collect();
        let (least, most) = (list.iter().copied().reduce(f64::min)?, list.iter().copied().reduce(f64::max)?);
        let mean = list.iter().sum::<f64>() / list.len() as f64;
        Some(Range { least: least as u64, median: median(&list)? as u64, most: most as u64, mean: mean as u64 })
    }
}

type Divided = (Vec<Tenant>, Vec<Service>, Vec<Other>, Vec<String>);

/// With a variable: a tenant for each of its values that a Ruby service has. Without: for each server of a Rails app.
pub fn divide(services: Vec<Service>, variable: Option<&str>) -> Divided {
    let (mut tenants, mut shared): (BTreeMap<String, Vec<Service>>, Vec<Service>) = Default::default();
    let mut others: BTreeMap<String, Sums> = BTreeMap::new();
    let mut nameless = 0;
    for service in services {
        let of_a_tenant = match (variable, service.kind) {
            (_, Kind::Other | Kind::Redis) => None,
            (Some(_), _) => service.tenant.clone(),
            (None, Kind::Rails) => Some(own_name(&service)),
            (None, _) => None,
        };
        match of_a_tenant {
            Some(name) => tenants.entry(name).or_default().push(service),
            None if service.kind == Kind::Other => {
                let sums = others.entry(service.name.clone()).or_default();
                *sums = sums.plus(&service.sums);
            }
            None => {
                nameless += usize::from(service.kind == Kind::Rails);
                shared.push(service);
            }
        }
    }
    let mut others: Vec<Other> = others.into_iter().map(|(name, sums)| Other { name, sums }).collect();
    others.sort_by_key(|it| std::cmp::Reverse(it.sums.pss_bytes));
    shared.sort_by(|a, b| (a.kind, b.sums.pss_bytes).cmp(&(b.kind, a.sums.pss_bytes)));
    (
        tenants.into_iter().map(|(name, services)| Tenant::new(name, services)).collect(),
        shared,
        others,
        notes(variable, nameless),
    )
}

fn notes(variable: Option<&str>, nameless: usize) -> Vec<String> {
    match (variable, nameless) {
        (Some(variable), 1..) => vec![format!(
            "{nameless} Rails {} without {variable}: counted with what all tenants share",
            if nameless == 1 { "server is" } else { "servers are" }
        )],
        _ => Vec::new(),
    }
}

/// Two apps of one name listen on different ports.
fn own_name(service: &Service) -> String {
    let app = service.app.as_deref().unwrap_or(&service.name);
    match &service.address {
        Some(address) => format!("{app} {address}"),
        None => format!("{app} pid {}", service.pid),
    }
}

impl Tenant {
    fn new(name: String, services: Vec<Service>) -> Tenant {
        let sums = services.iter().fold(Sums::default(), |sum, service| sum.plus(&service.sums));
        let age_seconds = services.iter().map(|it| it.age_seconds).fold(0.0, f64::max);
        Tenant { name, sums, age_seconds, services }
    }
}
