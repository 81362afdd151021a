//! What so many tenants would use, as they are, and with something left out.

use super::room::each;
use super::Fleet;
use crate::misuse::Misuse;
use serde::{Deserialize, Serialize};

/// What is saved in each tenant's anonymous memory, bytes, and where that is from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saving {
    pub bytes: i64,
    /// Of a proof: the 95 % interval.
    pub interval: Option<[i64; 2]>,
    /// The file, and what it says, in words.
    pub source: String,
}

/// One column of the table: bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fleetful {
    /// With no tenant: all else, and the files that tenants share.
    pub baseline_bytes: u64,
    pub per_tenant_bytes: u64,
    pub total_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Projection {
    pub tenants: u64,
    /// How many there are now, whose mean is multiplied.
    pub measured_tenants: u64,
    pub today: Fleetful,
    pub with: Option<Fleetful>,
    pub saving: Option<Saving>,
    /// Of the saving's interval: the least and the most that all would use.
    pub with_interval: Option<[u64; 2]>,
}

/// # Errors
/// Where there is no tenant to go by, and where the saving is more than a tenant has.
pub fn project(fleet: &Fleet, tenants: u64, saving: Option<Saving>) -> Result<Projection, Misuse> {
    let each = each(&fleet.tenants)
        .ok_or_else(|| Misuse("no tenant runs, so there is nothing to project from: start one or two first".into()))?;
    let own = each.saturating_mul(fleet.tenants.len() as u64);
    let all = fleet.totals.all.pss_bytes.saturating_add(fleet.totals.all.swap_bytes);
    let baseline_bytes = all.saturating_sub(own);
    let of = |each: u64| Fleetful {
        baseline_bytes,
        per_tenant_bytes: each,
        total_bytes: baseline_bytes.saturating_add(each.saturating_mul(tenants)),
    };
    let less = |bytes: i64| -> Result<u64, Misuse> {
        u64::try_from(each as i64 - bytes).map_err(|_| {
            Misuse(format!("a saving of {bytes} bytes in a tenant that has {each} to itself: it is another app's"))
        })
    };
    let with = saving.as_ref().map(|it| less(it.bytes).map(of)).transpose()?;
    let with_interval = saving
        .as_ref()
        .and_then(|it| it.interval)
        .map(|[low, high]| Ok::<_, Misuse>([of(less(high)?).total_bytes, of(less(low)?).total_bytes]))
        .transpose()?;
    Ok(Projection {
        tenants,
        measured_tenants: fleet.tenants.len() as u64,
        today: of(each),
        with,
        saving,
        with_interval,
    })
}
