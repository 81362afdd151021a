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

/// What tenants have to themselves, and what they could have: the same however many run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity(u64);

impl Capacity {
    /// While so many tenants run.
    pub fn of(room: &Room, tenants: u64) -> Capacity {
        let own = room.each_bytes.saturating_mul(tenants);
        Capacity(room.available_bytes.saturating_add(own).saturating_sub(room.kept_free_bytes))
    }

    /// How many tenants fit in it that take so much each.
    pub fn fits(self, each_bytes: u64) -> u64 {
        self.0.checked_div(each_bytes).unwrap_or(0)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::LimitSource;

    const MIB: u64 = 1 << 20;

    fn tenants(own: &[u64]) -> Vec<Tenant> {
        let tenant = |(index, mib): (usize, &u64)| Tenant {
            name: index.to_string(),
            sums: Sums { anon_bytes: mib * MIB, private_file_bytes: 10 * MIB, ..Sums::default() },
            age_seconds: 1.0,
            services: Vec::new(),
        };
        own.iter().enumerate().map(tenant).collect()
    }

    fn machine(available: u64, limit: Option<(u64, u64)>) -> Machine {
        Machine {
            total_bytes: 1000 * MIB,
            available_bytes: available * MIB,
            limit: limit.map(|(bytes, used)| Limit {
                bytes: bytes * MIB,
                used_bytes: used * MIB,
                source: LimitSource::CgroupV2,
                group: "/".into(),
            }),
            ..Machine::default()
        }
    }

    #[test]
    fn what_is_kept_free_is_not_given_to_tenants() {
        let room = room(&machine(400, None), &tenants(&[80, 100])).unwrap();
        assert_eq!((room.each_bytes, room.kept_free_bytes, room.more_tenants), (100 * MIB, 100 * MIB, 3));
        let capacity = Capacity::of(&room, 2);
        assert_eq!((capacity.fits(room.each_bytes), capacity.fits(50 * MIB), capacity.fits(0)), (5, 10, 0));
    }

    #[test]
    fn one_tenant_alone_shares_its_files_with_the_next() {
        let room = room(&machine(400, None), &tenants(&[80])).unwrap();
        assert_eq!((room.each_bytes, room.more_tenants), (80 * MIB, 3));
        assert!(room.assumptions.iter().any(|it| it.contains("one tenant alone")));
        assert_eq!(super::room(&machine(400, None), &[]), None);
    }

    #[test]
    fn a_limit_promises_no_more_than_the_machine_has() {
        let more = |available, limit| room(&machine(available, limit), &tenants(&[80, 100])).unwrap().more_tenants;
        assert_eq!(more(900, Some((500, 200))), 2); // 300 of 500, 50 kept free, 100 each
        assert_eq!(more(160, Some((500, 200))), 1);
        assert_eq!(more(90, Some((500, 200))), 0);
    }

    #[test]
    fn too_many_run_already() {
        let room = room(&machine(20, None), &tenants(&[90, 90, 90, 90])).unwrap();
        assert_eq!((room.more_tenants, Capacity::of(&room, 4).fits(room.each_bytes)), (0, 3));
    }
}
