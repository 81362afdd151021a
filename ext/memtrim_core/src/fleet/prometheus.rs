//! The text exposition format of Prometheus, version 0.0.4:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>.
//!
//! All are gauges. CPU seconds are left out: those of a service go down when one of its processes ends, and a counter that
//! goes down is taken for one that began again at zero, its whole sum for growth.

use super::room::own;
use super::{Fleet, Service, Sums, Tenant};
use std::collections::BTreeMap;
use std::fmt::{Display, Write};

/// Series of tenants, and of services: the largest are listed. So a machine that starts a script of another name each minute
/// does not fill a database.
pub const MOST: usize = 500;

/// What the findings can be about; each has its series, so that "none" is a 0 and not a gap.
const RULES: [&str; 4] = ["waiting_parent", "second_copy", "outlier", "gem_in_use"];

/// All of a fleet's figures that are worth a graph. Each name with its labels is there once.
pub fn exposition(fleet: &Fleet) -> String {
    let mut page = Page::default();
    page.family("build_info", "Version of memtrim that observed.", [(label("version", env!("CARGO_PKG_VERSION")), 1)]);
    page.one("observation_timestamp_seconds", "When the processes were read, since 1970.", fleet.time);
    of_tenants(&mut page, fleet);
    of_services(&mut page, fleet);
    of_all(&mut page, fleet);
    of_the_machine(&mut page, fleet);
    page.one("zombies", "Processes that have ended, and whose parents have not asked.", fleet.zombies);
    let mut findings: BTreeMap<&str, u64> = RULES.map(|rule| (rule, 0)).into();
    for finding in &fleet.findings {
        *findings.entry(finding.rule).or_default() += 1;
    }
    let findings = findings.into_iter().map(|(rule, number)| (label("rule", rule), number));
    page.family("findings", "Memory that need not be there, as memtrim fleet lists it.", findings);
    page.text
}

fn of_tenants(page: &mut Page, fleet: &Fleet) {
    let list = fleet.tenants.iter().map(|it| (label("tenant", &it.name), it)).collect();
    let (list, left_out) = largest(list, |it: &&Tenant| it.sums.pss_bytes);
    page.one("tenants", "Tenants that run.", fleet.tenants.len() as u64);
    page.one("unlisted_tenants", "Those without series of their own: too many. They are in the totals.", left_out);
    page.figures("tenant", "of a tenant", list.iter().map(|(labels, it)| (labels.clone(), &it.sums)));
    page.family(
        "tenant_own_bytes",
        "What goes with a tenant when it goes: its anon, and the pages of files that it alone maps.",
        list.iter().map(|(labels, it)| (labels.clone(), own(&it.sums, fleet.tenants.len()))),
    );
    page.family(
        "tenant_age_seconds",
        "Since the tenant's oldest server was started.",
        list.iter().map(|(labels, it)| (labels.clone(), seconds(it.age_seconds))),
    );
}

fn of_services(page: &mut Page, fleet: &Fleet) {
    let (list, left_out) = largest(alike(fleet), |it| it.sums.pss_bytes);
    page.one("unlisted_services", "Those without series of their own: too many. They are in the totals.", left_out);
    page.figures("service", "of a service", list.iter().map(|(labels, it)| (labels.clone(), &it.sums)));
    page.family(
        "service_age_seconds",
        "Since the service was started; of those with the same labels, the oldest.",
        list.iter().map(|(labels, it)| (labels.clone(), seconds(it.age_seconds))),
    );
    page.family(
        "service_instances",
        "Services with these labels, which are added up.",
        list.iter().map(|(labels, it)| (labels.clone(), it.instances)),
    );
}

fn of_all(page: &mut Page, fleet: &Fleet) {
    let totals = &fleet.totals;
    let parts = [("tenants", &totals.tenants), ("shared", &totals.shared), ("others", &totals.others)];
    let parts = parts.into_iter().map(|(part, sums)| (label("part", part), sums));
    page.figures("fleet", "of all processes; shared and others are the baseline", parts);
    let unreadable = &fleet.unreadable;
    page.one("unreadable_processes", "Processes that may not be read, and are in no sum.", unreadable.processes);
    page.one(
        "unreadable_rss_bytes",
        "Their resident pages: those that several of them map count several times.",
        unreadable.rss_bytes,
    );
}

fn of_the_machine(page: &mut Page, fleet: &Fleet) {
    let machine = &fleet.machine;
    page.one("machine_memory_bytes", "The machine's memory.", machine.total_bytes);
    page.one(
        "machine_available_bytes",
        "What can be had without swapping, as the kernel estimates.",
        machine.available_bytes,
    );
    page.one("machine_swap_bytes", "The machine's swap.", machine.swap_bytes);
    page.one("machine_swap_free_bytes", "What is free of it.", machine.swap_free_bytes);
    if let Some(limit) = &machine.limit {
        page.one("limit_bytes", "What the control group of the tenants may use.", limit.bytes);
        page.one("limit_used_bytes", "What it uses, without files that the kernel can drop.", limit.used_bytes);
    }
    if let Some(room) = &fleet.room {
        page.one("more_tenants", "Tenants that there is memory for besides.", room.more_tenants);
        page.one("room_each_bytes", "What one more takes: the mean of what each has to itself.", room.each_bytes);
        page.one(
            "room_available_bytes",
            "What is free, or can be freed, of the limit or the machine's memory.",
            room.available_bytes,
        );
        page.one("room_kept_free_bytes", "What of it is not given to tenants.", room.kept_free_bytes);
    }
}

type Figure = (&'static str, &'static str, &'static str, fn(&Sums) -> u64);

/// A name's end, what it is, what else is to be said of it.
const FIGURES: [Figure; 6] = [
    ("pss_bytes", "Resident memory", ": pages that several processes map are divided among them", |it| it.pss_bytes),
    ("anon_bytes", "Anonymous memory, resident or swapped,", ": pages that several share are divided", |it| {
        it.anon_bytes
    }),
    ("rss_bytes", "Resident memory", ": pages that several processes map count several times, in PSS once", |it| {
        it.rss_bytes
    }),
    ("swap_bytes", "Swapped memory", "", |it| it.swap_bytes),
    ("threads", "Threads", "", |it| it.threads),
    ("processes", "Number of processes", "", |it| it.processes),
];

/// Names and values, in their order in a line. They are safe to print: see `shown`.
type Labels = Vec<(&'static str, String)>;

fn label(name: &'static str, value: &str) -> Labels {
    vec![(name, value.to_string())]
}

/// Services that nothing but a pid tells apart, added up: a label that is another after each restart is a series more each
/// time.
#[derive(Default)]
struct Alike {
    sums: Sums,
    age_seconds: f64,
    instances: u64,
}

fn alike(fleet: &Fleet) -> Vec<(Labels, Alike)> {
    let mut alike: BTreeMap<Labels, Alike> = BTreeMap::new();
    let mut add = |service: &Service, tenant: &str| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let labels = vec![
            ("kind", service.kind.name().to_string()),
            ("name", service.name.clone()),
            ("app", text(&service.app)),
            ("address", text(&service.address)),
            ("tenant", tenant.to_string()),
        ];
        let so_far = alike.entry(labels).or_default();
        so_far.sums = so_far.sums.plus(&service.sums);
        so_far.age_seconds = so_far.age_seconds.max(service.age_seconds);
        so_far.instances += 1;
    };
    for tenant in &fleet.tenants {
        tenant.services.iter().for_each(|it| add(it, &tenant.name));
    }
    fleet.shared.iter().for_each(|it| add(it, ""));
    alike.into_iter().collect()
}

/// Of more than [`MOST`] the largest, in the order of their labels, and how many are left out.
fn largest<T>(mut list: Vec<(Labels, T)>, bytes: impl Fn(&T) -> u64) -> (Vec<(Labels, T)>, u64) {
    let left_out = list.len().saturating_sub(MOST);
    list.sort_by(|(a, one), (b, other)| bytes(other).cmp(&bytes(one)).then_with(|| a.cmp(b)));
    list.truncate(MOST);
    list.sort_by(|(a, _), (b, _)| a.cmp(b));
    (list, left_out as u64)
}

/// The kernel counts in hundredths.
fn seconds(seconds: f64) -> String {
    format!("{seconds:.2}")
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn one(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, help, [(Labels::new(), value)]);
    }

    fn figures<'a>(&mut self, of: &str, whose: &str, series: impl Iterator<Item = (Labels, &'a Sums)>) {
        let series: Vec<(Labels, &Sums)> = series.collect();
        for (name, what, more, value) in FIGURES {
            let series = series.iter().map(|(labels, sums)| (labels.clone(), value(sums)));
            self.family(&format!("{of}_{name}"), &format!("{what} {whose}{more}."), series);
        }
    }

    /// All series of one name, and nothing where there are none.
    fn family<T: Display>(&mut self, name: &str, help: &str, series: impl IntoIterator<Item = (Labels, T)>) {
        let mut series = series.into_iter().peekable();
        if series.peek().is_none() {
            return;
        }
        // Writing to a string can't fail.
        let _ = write!(self.text, "# HELP memtrim_{name} {help}\n# TYPE memtrim_{name} gauge\n");
        for (labels, value) in series {
            let labels: Vec<String> =
                labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.text, "memtrim_{name}{labels} {value}");
        }
    }
}

/// As the format wants it in a label's value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Memory, Observation, Process};
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn fleet(titles: &[&str], variable: Option<&str>) -> Fleet {
        let process = |(index, title): (usize, &&str)| Process {
            pid: index as i32 + 2,
            ppid: 1,
            program: if title.starts_with("redis") { "redis-server" } else { "ruby" }.into(),
            arguments: vec![title.to_string()],
            rails: title.starts_with("puma"),
            tenant: variable.map(|_| format!("t{title}")),
            age_seconds: index as f64,
            memory: Memory { pss_bytes: 10 + index as u64, anon_bytes: 6, rss_bytes: 20, ..Memory::default() },
            ..Process::default()
        };
        let processes = titles.iter().enumerate().map(process).collect();
        let tenant_variable = variable.map(ToString::to_string);
        Fleet::new(&Observation { time: 7, processes, tenant_variable, ..Observation::default() }, None, &[])
    }

    /// Names with labels; fails where a line is none of the format's, and where a name is in two places.
    fn series(page: &str) -> Vec<&str> {
        let mut families = HashSet::new();
        let mut family = "";
        let mut list = Vec::new();
        for line in page.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                family = rest.split(' ').next().unwrap();
                assert!(families.insert(family), "{family} twice");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                assert_eq!(rest, format!("{family} gauge"));
            } else {
                let (name, value) = line.rsplit_once(' ').unwrap();
                assert_eq!(name.split('{').next().unwrap(), family);
                assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
                list.push(name);
            }
        }
        assert_eq!(list.iter().collect::<HashSet<_>>().len(), list.len(), "{page}");
        list
    }

    #[test]
    fn no_process_is_a_page_with_totals_alone() {
        let page = exposition(&fleet(&[], None));
        series(&page);
        assert!(page.contains("\nmemtrim_tenants 0\n") && page.contains("\nmemtrim_findings{rule=\"outlier\"} 0\n"));
        assert!(!page.contains("memtrim_tenant_") && !page.contains("memtrim_more_tenants"), "{page}");
    }

    #[test]
    fn services_with_the_same_labels_are_added_up() {
        let page = exposition(&fleet(&["redis-server *:6379", "redis-server *:6379", "redis-server *:6380"], None));
        series(&page);
        let labels = r#"{kind="redis",name="redis-server",app="",address=":6379",tenant=""}"#;
        for (name, value) in [("pss_bytes", "21"), ("instances", "2"), ("processes", "2"), ("age_seconds", "1.00")] {
            let line = format!("\nmemtrim_service_{name}{labels} {value}\n");
            assert!(page.contains(&line), "{line}{page}");
        }
    }

    #[test]
    fn values_of_labels_are_escaped() {
        let page = exposition(&fleet(&["puma 6.4 (tcp://0.0.0.0:3000) [a\"b\\c]"], Some("APP")));
        series(&page);
        assert!(page.contains(r#",app="a\"b\\c","#), "{page}");
        // `shown` has made two characters of the newline, a backslash among them.
        let page = exposition(&fleet(&["puma 6.4 (tcp://0.0.0.0:3000) [a]\nx 1"], Some("APP")));
        assert!(page.contains(r"[a]\\nx 1"), "{page}");
        assert_eq!(escaped("a\nb"), r"a\nb");
    }

    #[test]
    fn of_too_many_the_largest_are_listed() {
        let titles: Vec<String> = (0..MOST + 2).map(|it| format!("puma 6.4 (tcp://0.0.0.0:{it}) [a]")).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let page = exposition(&fleet(&titles, None));
        let tenants = |page: &str| page.matches("memtrim_tenant_anon_bytes{").count();
        assert_eq!((tenants(&page), series(&page).len() > MOST), (MOST, true));
        assert!(page.contains("\nmemtrim_unlisted_tenants 2\n") && page.contains("\nmemtrim_unlisted_services 2\n"));
        assert!(page.contains("{tenant=\"a :2\"}") && !page.contains("{tenant=\"a :1\"}"));
    }

    proptest! {
        #[test]
        fn any_titles_are_a_page(titles in prop::collection::vec("(puma|redis-server|sidekiq|x)?(?s:.{0,20})", 0..6)) {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            series(&exposition(&fleet(&titles, None)));
            series(&exposition(&fleet(&titles, Some("APP"))));
        }
    }
}
