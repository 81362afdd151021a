use super::*;
use crate::fleet::{Machine, Memory, Observation, Process};

const MIB: u64 = 1 << 20;

fn process(pid: i32, tenant: Option<&str>, anon: u64, file: u64, private: u64, title: &str) -> Process {
    Process {
        pid,
        ppid: 1,
        start_ticks: pid as u64,
        age_seconds: 100.0 * f64::from(pid),
        program: "ruby".into(),
        arguments: vec![title.into()],
        directory: Some("/srv/showcase".into()),
        rails: tenant.is_some(),
        tenant: tenant.map(ToString::to_string),
        memory: Memory {
            pss_bytes: (anon + file) * MIB,
            anon_bytes: anon * MIB,
            rss_bytes: (anon + 2 * file) * MIB,
            private_file_bytes: private * MIB,
            swap_bytes: 0,
        },
        ..Process::default()
    }
}

/// 100 and 120 MiB to themselves, 8 of shared files each, and 50 of something else.
fn fleet() -> Fleet {
    of(vec![
        process(2, Some("a"), 96, 12, 4, "puma 6.4.2 (tcp://0.0.0.0:3000) [showcase]"),
        process(3, Some("b"), 116, 12, 4, "puma 6.4.2 (tcp://0.0.0.0:3001) [showcase]"),
        process(4, None, 45, 5, 5, "ruby x.rb"),
    ])
}

fn of(processes: Vec<Process>) -> Fleet {
    let observation = Observation {
        processes,
        machine: Machine { total_bytes: 1000 * MIB, available_bytes: 400 * MIB, ..Machine::default() },
        tenant_variable: Some("RAILS_APP_DB".into()),
        ..Observation::default()
    };
    Fleet::new(&observation, None, &[])
}

fn promise(basis: Basis) -> Promise {
    Promise {
        file: "x.json".into(),
        app: Some("showcase".into()),
        basis,
        source: "x.json, a proof".into(),
        assumptions: vec!["so".into()],
    }
}

fn mib(it: Fleetful) -> [u64; 4] {
    [it.baseline_bytes, it.shared_files_bytes, it.per_tenant_bytes, it.total_bytes].map(|bytes| bytes / MIB)
}

#[test]
fn as_they_are() {
    let found = project(&fleet(), 10, None).unwrap();
    assert_eq!(mib(found.today), [50, 16, 110, 1166]);
    assert_eq!((found.with, found.saving, found.measured_tenants), (None, None, 2));
    // 400 - 100 kept free + 220 of those that run
    assert_eq!(found.fit, Some(Fit { today: 4, with: None, with_interval: None }));
    // What runs now is what is projected for as many.
    assert_eq!(project(&fleet(), 2, None).unwrap().today.total_bytes, fleet().totals.all.pss_bytes);
}

#[test]
fn with_a_proof() {
    let basis = Basis::Anon { bytes: 20 << 20, interval: Some([10 << 20, 30 << 20]) };
    let found = project(&fleet(), 10, Some(promise(basis))).unwrap();
    assert_eq!(found.with.map(mib), Some([50, 16, 90, 966]));
    assert_eq!(found.with_interval, Some([866 * MIB, 1066 * MIB]));
    assert_eq!(found.fit, Some(Fit { today: 4, with: Some(5), with_interval: Some([5, 6]) }));
    assert!(found.assumptions.contains(&"so".to_string()));
    // Half of the interval is more than a tenant has.
    let wide = Basis::Anon { bytes: 100 << 20, interval: Some([0, 200 << 20]) };
    assert_eq!(project(&fleet(), 10, Some(promise(wide))).unwrap().with_interval, Some([66 * MIB, 1166 * MIB]));
}

#[test]
fn with_two_recordings_and_with_one() {
    let basis = Basis::Held { bytes: 15 << 20, anon_bytes: Some(20 << 20) };
    let found = project(&fleet(), 10, Some(promise(basis))).unwrap();
    assert_eq!((found.with.map(mib), found.with_anon_bytes), (Some([50, 16, 95, 1016]), Some(966 * MIB)));
    // The mean anon is 106; each has 4 of files besides.
    let found = project(&fleet(), 10, Some(promise(Basis::Boot { anon_bytes: 80 * MIB }))).unwrap();
    assert_eq!((found.with.map(mib), found.with_interval), (Some([50, 16, 84, 906]), None));
    let larger = project(&fleet(), 10, Some(promise(Basis::Boot { anon_bytes: 126 * MIB }))).unwrap();
    assert_eq!(larger.saving.map(|it| it.bytes), Some(-(20 << 20)));
}

#[test]
fn what_can_not_be() {
    let refused = |fleet: &Fleet, promise: Promise| project(fleet, 10, Some(promise)).unwrap_err().0;
    let of_all = || promise(Basis::Held { bytes: 110 << 20, anon_bytes: None });
    assert!(refused(&fleet(), of_all()).starts_with("x.json: 110.0 MiB saved in a tenant that has 110.0 to itself"));
    let most = promise(Basis::Anon { bytes: i64::MAX, interval: Some([i64::MIN, i64::MAX]) });
    assert!(refused(&fleet(), most).contains("to itself"));
    let other = Promise { app: Some("blog\u{1b}[2J".into()), ..promise(Basis::Held { bytes: 1, anon_bytes: None }) };
    assert!(refused(&fleet(), other).contains("of the app blog\\u{1b}[2J, and a tenant runs showcase"));
    assert!(project(&of(vec![]), 10, None).unwrap_err().0.starts_with("no tenant runs"));
}

#[test]
fn nothing_overflows() {
    let basis = Basis::Anon { bytes: i64::MIN, interval: Some([i64::MIN, i64::MAX]) };
    let found = project(&fleet(), u64::MAX, Some(promise(basis))).unwrap();
    assert_eq!((found.today.total_bytes, found.with.unwrap().total_bytes), (u64::MAX, u64::MAX));
}

#[test]
fn one_boot_does_not_stand_for_a_cluster() {
    let mut cluster = fleet();
    cluster.tenants[0].services[0].workers = 2;
    assert!(project(&cluster, 10, Some(promise(Basis::Boot { anon_bytes: 1 }))).unwrap_err().0.contains("--against"));
    let held = promise(Basis::Held { bytes: 1 << 20, anon_bytes: None });
    assert!(project(&cluster, 10, Some(held)).unwrap().assumptions.iter().any(|it| it.contains("saves it once")));
}

#[test]
fn an_app_by_another_name_and_one_that_nobody_knows() {
    let basis = || promise(Basis::Held { bytes: 1 << 20, anon_bytes: None });
    assert!(project(&fleet(), 10, Some(Promise { app: None, ..basis() })).is_ok());
    let mut unnamed = fleet();
    unnamed.tenants.iter_mut().for_each(|it| it.services[0].app = None);
    assert!(project(&unnamed, 10, Some(Promise { app: Some("blog".into()), ..basis() })).is_ok());
}
