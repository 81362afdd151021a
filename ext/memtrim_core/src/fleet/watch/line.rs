//! One interval, as a line for people.

use super::clock;
use super::event::{Event, State};
use super::series::Series;
use crate::fleet::{Fleet, Tenant};
use crate::render::mib;

/// Bytes of growth below which nobody is named.
const WORTH_NAMING: i64 = 1 << 20;

/// `2024-11-23T08:58:04Z 3 tenants 312.4 MiB anon, median 101.2, largest boston 120.0 · baseline 212.0 MiB PSS · …`
pub fn line(fleet: &Fleet, series: &Series) -> String {
    let mut parts = vec![tenants(fleet), format!("baseline {} MiB PSS", mib(fleet.totals.baseline.pss_bytes))];
    parts.push(format!("{} available", mib(fleet.machine.available_bytes)));
    parts.extend(fleet.room.as_ref().map(|room| format!("{} more fit", room.more_tenants)));
    parts.extend(grew(fleet, series));
    format!("{} {}", clock::utc(fleet.time), parts.join(" · "))
}

/// What happened, below the interval's line.
pub fn event(event: &Event) -> String {
    let what = match event.state {
        State::Fired => "ALERT",
        State::Recovered => "recovered",
    };
    format!("{} {what} {}", clock::utc(event.time), event.text)
}

fn tenants(fleet: &Fleet) -> String {
    let sum = mib(fleet.totals.tenants.anon_bytes);
    match (&fleet.per_tenant, largest(fleet)) {
        (Some(each), Some(largest)) if fleet.tenants.len() > 1 => format!(
            "{} tenants {sum} MiB anon, median {}, largest {} {}",
            fleet.tenants.len(),
            mib(each.anon_bytes.median),
            largest.name,
            mib(largest.sums.anon_bytes)
        ),
        (_, Some(only)) => format!("1 tenant {sum} MiB anon, {}", only.name),
        _ => "no tenant".into(),
    }
}

fn largest(fleet: &Fleet) -> Option<&Tenant> {
    fleet.tenants.iter().max_by_key(|it| it.sums.anon_bytes)
}

fn grew(fleet: &Fleet, series: &Series) -> Option<String> {
    let (name, bytes) = fleet.tenants.iter().map(|it| (&it.name, series.grown(&it.name))).max_by_key(|it| it.1)?;
    (bytes >= WORTH_NAMING).then(|| format!("{name} grew most, +{}", mib(bytes as u64)))
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{fleet, puma, redis};
    use super::{line, Series};

    #[test]
    fn a_line() {
        let mut series = Series::new(&[], 0, 60.0);
        let now = |mib| fleet(vec![puma(1, 1, "a", 100), puma(2, 1, "b", mib), puma(3, 1, "c", 90), redis(7, 1, 5)]);
        series.add(0.0, &now(110));
        assert_eq!(
            line(&now(110), &series),
            "2023-11-14T22:13:20Z 3 tenants 300.0 MiB anon, median 100.0, largest b 110.0 · baseline 6.0 MiB PSS · 1024.0 available · 2 more fit"
        );
        series.add(60.0, &now(130));
        assert!(line(&now(130), &series).ends_with(" · b grew most, +20.0"));
    }

    #[test]
    fn one_tenant_and_none() {
        let series = Series::new(&[], 0, 60.0);
        let one = line(&fleet(vec![puma(1, 1, "a", 100)]), &series);
        assert!(one.starts_with("2023-11-14T22:13:20Z 1 tenant 100.0 MiB anon, a · baseline 0 MiB PSS"), "{one}");
        let none = line(&fleet(vec![]), &series);
        assert_eq!(none, "2023-11-14T22:13:20Z no tenant · baseline 0 MiB PSS · 1024.0 available");
    }
}
