//! One interval, as a screen: lines of at most its width, and not more than it has.

use super::clock;
use super::columns::{columns, cut, left};
use super::event::{Event, State};
use super::series::{Series, KEPT};
use super::sparkline::sparkline;
use crate::fleet::{Fleet, Service};
use crate::render::{mib, signed_mib, time};

/// Columns of a figure.
const FIGURE: usize = 9;
/// Columns of a name: as many as the longest needs, within these.
const NAMES: (usize, usize) = (8, 40);
/// Lines of what happened last.
const EVENTS: usize = 5;

pub struct View<'a> {
    pub fleet: &'a Fleet,
    pub series: &'a Series,
    pub interval_seconds: f64,
    /// How many alerts there are, and how many of them fire: once for each that they are about.
    pub alerts: usize,
    pub firing: usize,
    /// The oldest first.
    pub events: &'a [Event],
    /// What is wrong with the watching itself.
    pub notes: &'a [String],
}

impl View<'_> {
    pub fn lines(&self, width: usize, height: usize) -> Vec<String> {
        let bottom = self.bottom();
        let top = self.top();
        // What is said of the machine, and of alerts, is shown whatever is cut between.
        let room = height.saturating_sub(top.len() + bottom.len() + usize::from(!bottom.is_empty()));
        let mut list = top;
        list.extend(self.rows(width, room));
        if !bottom.is_empty() {
            list.push(String::new());
            list.extend(bottom);
        }
        list.truncate(height);
        list.iter().map(|line| cut(line.trim_end(), width)).collect()
    }

    fn top(&self) -> Vec<String> {
        let fleet = self.fleet;
        let each = time(self.interval_seconds);
        let mut second = vec![format!("MiB: tenants {} anon", mib(fleet.totals.tenants.anon_bytes))];
        second.push(format!("baseline {} PSS", mib(fleet.totals.baseline.pss_bytes)));
        second.push(format!("available {}", mib(fleet.machine.available_bytes)));
        second.extend(fleet.room.as_ref().map(|room| format!("{} more fit", room.more_tenants)));
        let tenants = fleet.tenants.len();
        let s = if tenants == 1 { "" } else { "s" };
        vec![
            format!("memtrim fleet · {} UTC · every {each} · {tenants} tenant{s}", clock::of_day(fleet.time)),
            second.join(" · "),
            String::new(),
        ]
    }

    /// The largest tenants, what serves all, and the baseline, in at most so many lines.
    fn rows(&self, width: usize, most: usize) -> Vec<String> {
        let mut tenants: Vec<_> = self.fleet.tenants.iter().collect();
        tenants.sort_by_key(|it| std::cmp::Reverse(it.sums.anon_bytes));
        let names =
            tenants.iter().map(|it| columns(&it.name)).chain(self.fleet.shared.iter().map(|it| columns(&service(it))));
        let name = names.max().unwrap_or(0).clamp(NAMES.0, NAMES.1).min(width / 3);
        let figures = name + 1 + 3 * FIGURE + 2;
        let bars = width.saturating_sub(figures).min(KEPT as usize);
        let row = |called: &str, anon: String, pss: String, grown: String, past: &[Option<u64>]| {
            let bars = sparkline(past, bars);
            format!("{} {anon:>FIGURE$}{pss:>FIGURE$}{grown:>FIGURE$}  {bars}", left(called, name))
        };
        let mut list = vec![format!(
            "{} {:>FIGURE$}{:>FIGURE$}{:>FIGURE$}  {:>bars$}",
            left("TENANT", name),
            "ANON",
            "PSS",
            "GREW 1H",
            if bars >= 12 { format!("ANON, {KEPT} LAST") } else { String::new() },
        )];
        for tenant in &tenants {
            let grown = signed_mib(self.series.grown(&tenant.name));
            let sums = &tenant.sums;
            list.push(row(
                &tenant.name,
                mib(sums.anon_bytes),
                mib(sums.pss_bytes),
                grown,
                &self.series.tenant(&tenant.name),
            ));
        }
        // Of the header and the tenants as many as there is room for, with the baseline.
        let kept = most.saturating_sub(1).max(1);
        if list.len() > kept {
            let hidden = list.len() - kept.saturating_sub(1);
            list.truncate(kept.saturating_sub(1));
            list.push(format!("… {hidden} more"));
        }
        let others = most.saturating_sub(list.len() + 1);
        let shared = self.fleet.shared.iter().take(others);
        list.extend(
            shared.map(|it| row(&service(it), mib(it.sums.anon_bytes), mib(it.sums.pss_bytes), String::new(), &[])),
        );
        let baseline = &self.fleet.totals.baseline;
        list.push(row(
            "baseline",
            mib(baseline.anon_bytes),
            mib(baseline.pss_bytes),
            String::new(),
            &self.series.baseline(),
        ));
        list
    }

    fn bottom(&self) -> Vec<String> {
        let mut list = Vec::new();
        if self.alerts > 0 {
            let s = if self.alerts == 1 { "" } else { "s" };
            list.push(format!("{} alert{s}, {} firing", self.alerts, self.firing));
        }
        list.extend(self.events.iter().rev().take(EVENTS).rev().map(|event| {
            let what = if event.state == State::Fired { "ALERT" } else { "recovered" };
            format!("{} {what} {}", clock::of_day(event.time), event.text)
        }));
        list.extend(self.notes.iter().cloned());
        list
    }
}

fn service(service: &Service) -> String {
    match &service.address {
        Some(address) => format!("{} {address}", service.name),
        None => service.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{fleet, puma, redis};
    use super::super::{Alerts, Condition};
    use super::*;

    fn shown(tenants: i32, width: usize, height: usize) -> Vec<String> {
        let name = |it: i32| if it == 2 { "東京".repeat(12) } else { format!("tenant_{it}") };
        let mut list: Vec<_> = (1..=tenants).map(|it| puma(it, 1, &name(it), 90 + it as u64)).collect();
        list.push(redis(900, 1, 5));
        let fleet = fleet(list);
        let mut series = Series::new(&[], 0, 60.0);
        series.add(0.0, &fleet);
        series.add(60.0, &fleet);
        let mut alerts = Alerts::new(vec![Condition::parse("tenant.anon > 91MB").unwrap()]);
        let events = alerts.judge(0.0, &fleet);
        let view = View {
            fleet: &fleet,
            series: &series,
            interval_seconds: 60.0,
            alerts: 1,
            firing: alerts.firing(),
            events: &events,
            notes: &["the history can't be written: no space left".into()],
        };
        view.lines(width, height)
    }

    #[test]
    fn a_screen() {
        insta::assert_snapshot!(shown(3, 80, 24).join("\n"));
    }

    #[test]
    fn whatever_the_terminal_it_fits() {
        for width in [1, 7, 20, 40, 80, 300] {
            for height in [1, 2, 5, 10, 24, 80] {
                for tenants in [0, 1, 5, 60] {
                    let lines = shown(tenants, width, height);
                    assert!(lines.len() <= height, "{} lines of {height}", lines.len());
                    assert!(lines.iter().all(|line| columns(line) <= width), "{width}: {lines:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_cut_is_counted_and_alerts_stay() {
        let lines = shown(60, 80, 24);
        assert_eq!(lines.len(), 24);
        assert!(lines.iter().any(|it| it.starts_with("… 50 more")), "{lines:#?}");
        assert!(lines.iter().any(|it| it.starts_with("baseline")));
        assert!(lines.iter().any(|it| it.contains("ALERT tenant_60: anon 150.0 MiB")));
        assert_eq!(lines.last().unwrap(), "the history can't be written: no space left");
    }
}
