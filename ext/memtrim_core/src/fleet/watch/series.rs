//! What each tenant held in the last intervals, for the sparklines.

use super::growth::Window;
use super::record::Past;
use super::subject::generation;
use crate::fleet::Fleet;
use std::collections::{BTreeMap, VecDeque};

/// Intervals that are kept.
pub const KEPT: u64 = 60;
/// Seconds: what "grew" is told of.
const HOUR: f64 = 3600.0;

/// By tenant, anon; and of the baseline, PSS.
#[derive(Debug, Default)]
pub struct Series {
    interval: u64,
    tenants: BTreeMap<String, Line>,
    baseline: Points,
}

#[derive(Debug)]
struct Line {
    points: Points,
    generation: (i32, u64),
    window: Window,
    grown: i64,
}

/// Interval and value, the oldest first.
type Points = VecDeque<(u64, u64)>;

impl Series {
    /// `past`: records, the oldest first; those count that are as young as what is kept.
    pub fn new(past: &[Past], now: u64, interval_seconds: f64) -> Series {
        let mut series = Series { interval: KEPT, ..Series::default() };
        for record in past {
            let ago = (now.saturating_sub(record.time) as f64 / interval_seconds).round() as u64;
            if ago == 0 || ago > KEPT || record.time > now {
                continue;
            }
            let interval = KEPT + 1 - ago;
            push(&mut series.baseline, interval, record.baseline.pss_bytes);
            for (name, figures) in &record.tenants {
                push(&mut series.line(name).points, interval, figures.anon_bytes);
            }
        }
        series
    }

    /// The next interval. `now`: seconds of a clock that only goes forward.
    pub fn add(&mut self, now: f64, fleet: &Fleet) {
        self.interval += 1;
        let interval = self.interval;
        push(&mut self.baseline, interval, fleet.totals.baseline.pss_bytes);
        for tenant in &fleet.tenants {
            let line = self.line(&tenant.name);
            push(&mut line.points, interval, tenant.sums.anon_bytes);
            let generation = generation(tenant);
            if line.generation != generation {
                line.generation = generation;
                line.window.forget();
            }
            let value = tenant.sums.anon_bytes;
            line.grown = line.window.add_any(now, value).map_or(0, |it| it.to as i64 - it.from as i64);
        }
        self.tenants.retain(|_, line| line.points.back().is_some_and(|(last, _)| last + KEPT > interval));
    }

    /// Intervals without it are None.
    pub fn tenant(&self, name: &str) -> Vec<Option<u64>> {
        self.tenants.get(name).map_or(Vec::new(), |line| self.values(&line.points))
    }

    pub fn baseline(&self) -> Vec<Option<u64>> {
        self.values(&self.baseline)
    }

    /// Bytes of anon more than an hour ago, or than when the tenant was first seen or restarted.
    pub fn grown(&self, name: &str) -> i64 {
        self.tenants.get(name).map_or(0, |line| line.grown)
    }

    fn line(&mut self, name: &str) -> &mut Line {
        if !self.tenants.contains_key(name) {
            let line = Line { points: Points::new(), generation: (0, 0), window: Window::new(HOUR), grown: 0 };
            self.tenants.insert(name.into(), line);
        }
        self.tenants.get_mut(name).unwrap_or_else(|| unreachable!("it was put there"))
    }

    fn values(&self, points: &Points) -> Vec<Option<u64>> {
        let mut list = vec![None; KEPT as usize];
        for (interval, value) in points {
            if let Some(ago) = self.interval.checked_sub(*interval).filter(|ago| *ago < KEPT) {
                list[(KEPT - 1 - ago) as usize] = Some(*value);
            }
        }
        list
    }
}

fn push(points: &mut Points, interval: u64, value: u64) {
    while points.front().is_some_and(|(first, _)| first + KEPT <= interval) {
        points.pop_front();
    }
    points.push_back((interval, value));
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{fleet, puma};
    use super::*;

    fn known(values: &[Option<u64>]) -> Vec<u64> {
        values.iter().flatten().map(|it| it >> 20).collect()
    }

    #[test]
    fn it_goes_on_from_the_history() {
        let line = |time: u64, mib: u64| {
            format!(
                r#"{{"time":{time},"baseline":{{"anon_bytes":1,"pss_bytes":2}},"tenants":{{"a":{{"anon_bytes":{},"pss_bytes":3}}}}}}"#,
                mib << 20
            )
        };
        let past: Vec<Past> = [(100, 1), (99_800, 2), (99_880, 3), (100_500, 9)]
            .map(|(time, mib)| serde_json::from_str(&line(time, mib)).unwrap())
            .into();
        let mut series = Series::new(&past, 100_000, 60.0);
        series.add(0.0, &fleet(vec![puma(1, 1, "a", 4)]));
        let values = series.tenant("a");
        assert_eq!((values.len(), known(&values)), (60, vec![2, 3, 4]));
        assert_eq!(values[57..], [Some(3 << 20), None, Some(4 << 20)]);
    }

    #[test]
    fn what_is_gone_is_forgotten_and_growth_begins_with_a_restart() {
        let mut series = Series::new(&[], 0, 60.0);
        for (minute, mib) in [10, 12, 15].into_iter().enumerate() {
            series.add(minute as f64 * 60.0, &fleet(vec![puma(1, 1, "a", mib)]));
        }
        assert_eq!(series.grown("a"), 5 << 20);
        series.add(240.0, &fleet(vec![puma(2, 9, "a", 8)]));
        assert_eq!(series.grown("a"), 0);
        for minute in 5..100 {
            series.add(f64::from(minute) * 60.0, &fleet(vec![]));
        }
        assert_eq!((series.tenants.len(), series.baseline.len()), (0, 60));
    }
}
