use super::super::made_up::{fleet, puma, redis};
use super::super::Condition;
use super::*;

/// Intervals of a minute.
struct Run {
    alerts: Alerts,
    minute: u64,
}

fn watching(condition: &str) -> Run {
    Run { alerts: Alerts::new(vec![Condition::parse(condition).unwrap()]), minute: 0 }
}

impl Run {
    fn see(&mut self, fleet: Fleet) -> Vec<String> {
        let events = self.alerts.judge(self.minute as f64 * 60.0, &fleet);
        self.minute += 1;
        events.iter().map(|it| format!("{} {}", it.state.name(), it.text)).collect()
    }

    /// One tenant's anon, MiB, interval by interval; all that happened.
    fn tenant(&mut self, anon: &[u64]) -> Vec<(u64, String)> {
        let mut list = Vec::new();
        for mib in anon {
            let minute = self.minute;
            list.extend(self.see(fleet(vec![puma(10, 5, "a", *mib)])).into_iter().map(|it| (minute, it)));
        }
        list
    }
}

#[test]
fn it_fires_once_and_recovers_once() {
    let mut run = watching("tenant.anon > 180MB");
    let found = run.tenant(&[100, 180, 181, 200, 300, 180, 180, 100, 100, 190]);
    assert_eq!(
        found,
        [
            (2, "fired a: anon 181.0 MiB (tenant.anon > 180MB)".to_string()),
            (6, "recovered a: anon 180.0 MiB, no longer > 180.0 MiB".to_string()),
            (9, "fired a: anon 190.0 MiB (tenant.anon > 180MB)".to_string()),
        ]
    );
}

#[test]
fn what_goes_to_and_fro_fires_once() {
    let mut run = watching("tenant.anon > 180MB");
    let found = run.tenant(&[181, 179, 181, 179, 181, 179, 181]);
    assert_eq!(found.len(), 1);
    assert_eq!(run.tenant(&[179, 179]).len(), 1);
}

#[test]
fn each_tenant_has_its_own() {
    let mut run = watching("tenant.anon > 180MB");
    assert_eq!(run.see(fleet(vec![puma(10, 5, "a", 200), puma(11, 5, "b", 100)])).len(), 1);
    assert_eq!(
        run.see(fleet(vec![puma(10, 5, "a", 200), puma(11, 5, "b", 190)])),
        ["fired b: anon 190.0 MiB (tenant.anon > 180MB)"]
    );
    assert_eq!(run.alerts.firing(), 2);
}

#[test]
fn what_goes_away_recovers_and_is_forgotten() {
    let mut run = watching("tenant.anon > 180MB");
    run.see(fleet(vec![puma(10, 5, "a", 200), puma(11, 5, "b", 20)]));
    assert_eq!(run.see(fleet(vec![])), ["recovered a is gone (tenant.anon > 180MB)"]);
    assert!(run.see(fleet(vec![])).is_empty());
    assert_eq!(run.alerts.0[0].watched.len(), 0);
}

#[test]
fn a_pid_that_comes_back_is_another_service() {
    let mut run = watching("redis.anon > 10MB");
    assert_eq!(run.see(fleet(vec![redis(7, 100, 20)])).len(), 1);
    let found = run.see(fleet(vec![redis(7, 900, 30)]));
    assert_eq!(
        found,
        [
            "fired redis redis-server :6379 (pid 7): anon 30.0 MiB (redis.anon > 10MB)",
            "recovered redis redis-server :6379 (pid 7) is gone (redis.anon > 10MB)"
        ]
    );
    assert!(run.see(fleet(vec![redis(7, 900, 30)])).is_empty());
}

#[test]
fn a_tenant_that_was_restarted_is_the_same_to_a_limit() {
    let mut run = watching("tenant.anon > 180MB");
    assert_eq!(run.see(fleet(vec![puma(10, 5, "a", 200)])).len(), 1);
    assert!(run.see(fleet(vec![puma(90, 700, "a", 200)])).is_empty());
}

#[test]
fn growth_is_told_against_the_oldest_within_the_window() {
    let mut run = watching("tenant.anon grew > 20 % in 10 min");
    let found = run.tenant(&[100, 100, 100, 100, 130, 130, 130, 130, 130, 130, 130, 130, 130, 130, 130, 130, 130]);
    assert_eq!(
        found,
        [
            (5, "fired a: anon 130.0 MiB, 30.0 % more than 5 min ago (tenant.anon grew > 20 % in 10 min)".to_string()),
            (15, "recovered a: anon 130.0 MiB, 0.0 % more than 10 min ago, no longer > 20 % in 10 min".to_string()),
        ]
    );
}

#[test]
fn a_tenant_that_was_restarted_begins_a_new_window() {
    let mut run = watching("tenant.anon grew > 50MB in 10 min");
    run.tenant(&[100; 8]);
    let restarted: Vec<String> = [60_u64, 110, 115, 120, 125]
        .into_iter()
        .flat_map(|mib| run.see(fleet(vec![puma(99, 900, "a", mib)])))
        .collect();
    assert_eq!(restarted, [] as [&str; 0]);
    assert_eq!(
        run.see(fleet(vec![puma(99, 900, "a", 125)])),
        ["fired a: anon 125.0 MiB, 65.0 MiB more than 5 min ago (tenant.anon grew > 50MB in 10 min)"]
    );
}

#[test]
fn counts_sums_and_the_machine() {
    let two = || fleet(vec![puma(10, 5, "a", 20), puma(11, 5, "b", 30), redis(7, 100, 5)]);
    for (condition, text) in [
        ("tenants.count > 1", "fired tenants: count 2 (tenants.count > 1)"),
        ("tenants.anon > 40MB", "fired all tenants: anon 50.0 MiB (tenants.anon > 40MB)"),
        ("fleet.anon > 54MB", "fired all processes: anon 55.0 MiB (fleet.anon > 54MB)"),
        ("machine.available < 2GB", "fired machine: available 1024.0 MiB (machine.available < 2GB)"),
        ("machine.swap > 0", "fired machine: swap 3.0 MiB (machine.swap > 0)"),
        ("fleet.threads > 2", "fired all processes: threads 3 (fleet.threads > 2)"),
    ] {
        assert_eq!(watching(condition).see(two()), [text]);
    }
}

#[test]
fn events_are_a_contract() {
    let mut alerts = Alerts::new(vec![Condition::parse("tenant.anon > 1MB").unwrap()]);
    let event = &alerts.judge(0.0, &fleet(vec![puma(10, 5, "a", 2)]))[0];
    insta::assert_snapshot!(serde_json::to_string(event).unwrap(), @r#"{"time":1700000000,"state":"fired","condition":"tenant.anon > 1MB","subject":"a","value":2097152.0,"unit":"bytes","reason":null,"text":"a: anon 2.0 MiB (tenant.anon > 1MB)"}"#);
}

#[test]
fn what_comes_and_goes_leaves_nothing_behind() {
    let mut run = watching("redis.anon grew > 1MB in 1h");
    for pid in 0..5000 {
        run.see(fleet(vec![redis(pid, pid as u64, 5)]));
    }
    assert_eq!(run.alerts.0[0].watched.len(), 1);
}
