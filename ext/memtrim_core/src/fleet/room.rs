//! How many more tenants there is memory for.

use super::limit::Limit;
use super::observation::Machine;
use super::sums::Sums;
use super::tenants::Tenant;
use serde::Serialize;

/// Of the memory there is, what is kept free: for peaks, for the kernel, for what nobody has thought of.
const KEPT_FREE: f64 = 0.1;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Room {
    pub more_tenants: u64,
    /// What one more takes: the mean of what each has to itself.
    pub each_bytes: u64,
    /// Of the limit, or of the machine's memory.
    pub total_bytes: u64,
    /// What is free of it, and what can be freed.
    pub available_bytes: u64,
    /// Of the total, not given to tenants.
    pub kept_free_bytes: u64,
    pub limit: Option<Limit>,
    pub assumptions: Vec<String>,
}

/// None without a tenant to go by.
pub fn room(machine: &Machine, tenants: &[Tenant]) -> Option<Room> {
    let each_bytes = each(tenants)?;
    let (total_bytes, within) = match &machine.limit {
        Some(limit) => (limit.bytes, limit.bytes.saturating_sub(limit.used_bytes)),
        None => (machine.total_bytes, machine.available_bytes),
    };
    // A group's limit promises nothing that the machine does not have.
    let available_bytes = within.min(machine.available_bytes);
    let kept_free_bytes = (total_bytes as f64 * KEPT_FREE) as u64;
    let more_tenants = available_bytes.saturating_sub(kept_free_bytes).checked_div(each_bytes).unwrap_or(0);
    let mut assumptions = vec![
        "one more is like those that run: as old, and as much asked for".to_string(),
        "it shares the files that they share".to_string(),
        format!("{:.0} % of the memory is kept free, and nothing is swapped", KEPT_FREE * 100.0),
    ];
    if tenants.len() == 1 {
        assumptions.push("all pages of files are taken for shared: one tenant alone can't tell".to_string());
    }
    let limit = machine.limit.clone();
    Some(Room { more_tenants, each_bytes, total_bytes, available_bytes, kept_free_bytes, limit, assumptions })
}

/// Mean of what each tenant has to itself. None without tenants.
pub fn each(tenants: &[Tenant]) -> Option<u64> {
    let sum = tenants.iter().fold(0_u64, |sum, it| sum.saturating_add(own(&it.sums, tenants.len())));
    sum.checked_div(tenants.len() as u64)
}

/// What goes with a tenant when it goes: its anonymous and swapped pages, and the pages of files that it alone maps. Of
/// one tenant by itself the latter are those that the next one will share.
pub fn own(sums: &Sums, tenants: usize) -> u64 {
    let files = if tenants > 1 { sums.private_file_bytes } else { 0 };
    sums.anon_bytes.saturating_add(files)
}
