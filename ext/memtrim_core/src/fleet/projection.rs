//! What so many tenants would use, as they are, and with something left out.

use super::kind::Kind;
use super::room::{own, Capacity};
use super::services::LONGEST;
use super::tenants::Tenant;
use super::{Fleet, Range};
use crate::misuse::Misuse;
use crate::process_memory::shown;
use crate::render::mib;
use serde::{Deserialize, Serialize};

const NO_TENANT: &str = "no tenant runs, so there is nothing to project from: start one or two first (a tenant is a server of a Rails app; with --tenant-variable, whatever Ruby has that variable)";

/// What a file says that a tenant would save.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Promise {
    /// The file's name, for messages.
    pub file: String,
    /// Whose figures they are; None where that does not matter.
    #[serde(default)]
    pub app: Option<String>,
    pub basis: Basis,
    /// Where the figures are from, in a sentence.
    pub source: String,
    /// What the reader should know besides.
    #[serde(default)]
    pub assumptions: Vec<String>,
}

/// Bytes of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The mean of many boots, less of anon, with its 95 % interval; None where there were too few for one.
    Anon { bytes: i64, interval: Option<[i64; 2]> },
    /// What is held less, which repeats from boot to boot; and less of anon in the same two boots, which does not.
    Held { bytes: i64, anon_bytes: Option<i64> },
    /// What the app has when it has booted, in place of what the tenants have now.
    Boot { anon_bytes: u64 },
}

/// What is taken off each tenant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Saving {
    /// anon, held or boot.
    pub basis: &'static str,
    pub bytes: i64,
    /// At 95 %.
    pub interval: Option<[i64; 2]>,
    /// Of the same boots as held bytes.
    pub anon_bytes: Option<i64>,
    pub source: String,
}

/// One column of the table: bytes, each page once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fleetful {
    /// All that is no tenant.
    pub baseline_bytes: u64,
    /// What tenants have, and would not give back one by one: files that several of them map. Once for all.
    pub shared_files_bytes: u64,
    pub per_tenant_bytes: u64,
    pub total_bytes: u64,
}

/// How many tenants there is memory for, those that run among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fit {
    pub today: u64,
    pub with: Option<u64>,
    /// By the interval.
    pub with_interval: Option<[u64; 2]>,
}

/// The answer of `memtrim fleet --tenants N`: a contract for machines (docs/fleet.md).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Projection {
    pub schema: u32,
    pub tenants: u64,
    /// How many there are now, whose mean is multiplied.
    pub measured_tenants: u64,
    /// What each of them takes now.
    pub measured_bytes: Range,
    pub today: Fleetful,
    pub with: Option<Fleetful>,
    /// Of the saving's interval: the least and the most that all would use.
    pub with_interval: Option<[u64; 2]>,
    /// All would use so much by the anon of the two boots.
    pub with_anon_bytes: Option<u64>,
    pub saving: Option<Saving>,
    pub fit: Option<Fit>,
    pub assumptions: Vec<String>,
}

/// # Errors
/// Where there is no tenant to go by, and where the promise is not of the tenants' app, or can't be.
pub fn project(fleet: &Fleet, tenants: u64, promise: Option<Promise>) -> Result<Projection, Misuse> {
    let count = fleet.tenants.len();
    let measured_bytes =
        Range::of(fleet.tenants.iter().map(|it| own(&it.sums, count))).ok_or_else(|| Misuse(NO_TENANT.into()))?;
    let each = measured_bytes.mean;
    let resident = |sums: &super::Sums| sums.pss_bytes.saturating_add(sums.swap_bytes);
    let baseline_bytes = resident(&fleet.totals.baseline);
    let shared_files_bytes = resident(&fleet.totals.tenants).saturating_sub(each.saturating_mul(count as u64));
    let of = |each: u64| Fleetful {
        baseline_bytes,
        shared_files_bytes,
        per_tenant_bytes: each,
        total_bytes: baseline_bytes.saturating_add(shared_files_bytes).saturating_add(each.saturating_mul(tenants)),
    };
    let saving = promise.as_ref().map(|it| saving(it, &fleet.tenants, each)).transpose()?;
    // An interval may reach further than a tenant can shrink.
    let less = |bytes: i64| of(u64::try_from(i128::from(each) - i128::from(bytes)).unwrap_or(0));
    let interval = saving.as_ref().and_then(|it| it.interval).map(|[low, high]| [less(high), less(low)]);
    let with = saving.as_ref().map(|it| less(it.bytes));
    let capacity = fleet.room.as_ref().map(|room| Capacity::of(room, count as u64));
    Ok(Projection {
        schema: 1,
        tenants,
        measured_tenants: count as u64,
        measured_bytes,
        today: of(each),
        with,
        with_interval: interval.map(|both| both.map(|it| it.total_bytes)),
        with_anon_bytes: saving.as_ref().and_then(|it| it.anon_bytes).map(|bytes| less(bytes).total_bytes),
        fit: capacity.map(|capacity| Fit {
            today: capacity.fits(each),
            with: with.map(|it| capacity.fits(it.per_tenant_bytes)),
            with_interval: interval.map(|[low, high]| [high, low].map(|it| capacity.fits(it.per_tenant_bytes))),
        }),
        assumptions: assumptions(fleet, promise.as_ref()),
        saving,
    })
}

fn saving(promise: &Promise, tenants: &[Tenant], each: u64) -> Result<Saving, Misuse> {
    of_this_app(promise, tenants)?;
    let (basis, bytes, interval, anon_bytes) = match promise.basis {
        Basis::Anon { bytes, interval } => ("anon", bytes, interval, None),
        Basis::Held { bytes, anon_bytes } => ("held", bytes, None, anon_bytes),
        Basis::Boot { anon_bytes } => {
            one_process_each(promise, tenants)?;
            let anon = Range::of(tenants.iter().map(|it| it.sums.anon_bytes)).map_or(0, |it| it.mean);
            let bytes = i128::from(anon) - i128::from(anon_bytes);
            ("boot", i64::try_from(bytes).unwrap_or(i64::MIN), None, None)
        }
    };
    if i128::from(bytes) >= i128::from(each) {
        return Err(Misuse(format!(
            "{}: {} MiB saved in a tenant that has {} to itself: it is of another app, or of more than one process",
            promise.file,
            mib(bytes.unsigned_abs()),
            mib(each)
        )));
    }
    Ok(Saving { basis, bytes, interval, anon_bytes, source: promise.source.clone() })
}

/// By the names that the servers give their apps; where they give none, nothing is known.
fn of_this_app(promise: &Promise, tenants: &[Tenant]) -> Result<(), Misuse> {
    let Some(app) = promise.app.as_ref().map(|app| shown::text(app, LONGEST)) else { return Ok(()) };
    let servers = tenants.iter().flat_map(|it| &it.services).filter(|it| it.kind == Kind::Rails);
    let others = servers.filter_map(|it| it.app.as_ref()).find(|name| **name != app);
    others.map_or(Ok(()), |other| {
        Err(Misuse(format!(
            "{}: of the app {app}, and a tenant runs {other}; if that is the same app by another name, add --same-app",
            promise.file
        )))
    })
}

/// One boot stands for one process.
fn one_process_each(promise: &Promise, tenants: &[Tenant]) -> Result<(), Misuse> {
    match tenants.iter().find(|it| several(it)) {
        Some(tenant) => Err(Misuse(format!(
            "{}: the boot of one process can't stand for {}, which has several: give the recording of the app as it is, too (--against)",
            promise.file, tenant.name
        ))),
        None => Ok(()),
    }
}

fn several(tenant: &Tenant) -> bool {
    tenant.services.len() > 1 || tenant.services.iter().any(|it| it.workers > 0)
}

fn assumptions(fleet: &Fleet, promise: Option<&Promise>) -> Vec<String> {
    let youngest = fleet.tenants.iter().map(|it| it.age_seconds).reduce(f64::min).unwrap_or(0.0);
    let mut list = vec![
        "all are like the mean of those that run".to_string(),
        format!("these have grown as far as they will: the youngest runs for {}", crate::render::time(youngest)),
    ];
    match fleet.tenants.len() {
        1 => list.push("the files that it maps are those that the others will share: one alone can't tell".into()),
        _ => list.push("more tenants share the files that these share".into()),
    }
    if promise.is_some() && fleet.tenants.iter().any(several) {
        list.push(
            "a tenant of several processes saves it once: they share what was loaded before they were forked".into(),
        );
    }
    list.extend(promise.iter().flat_map(|it| it.assumptions.iter().cloned()));
    list
}

#[cfg(test)]
mod tests;
