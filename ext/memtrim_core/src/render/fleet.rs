//! A fleet for a terminal.

use super::bytes::mib;
use super::table::{lines, sections};
use super::words::{wrap, wrap_words};
use crate::fleet::{Finding, Fleet, Kind, LimitSource, Range, Room, Service, Sums};

/// Programs that are none of ours are listed one by one as long as there are so few.
const OTHERS: usize = 6;

/// The fleet as text of at most `width` columns, with a newline at its end.
pub fn fleet(fleet: &Fleet, width: usize) -> String {
    let list = [
        wrap_words(&title(fleet), " · ", width),
        processes(fleet),
        totals(fleet),
        per_tenant(fleet),
        fleet.room.as_ref().map_or(Vec::new(), |room| fit(room, width)),
        unseen(fleet, width),
        findings(&fleet.findings, width),
    ];
    sections(&list, width)
}

fn title(fleet: &Fleet) -> Vec<String> {
    let memory = match &fleet.machine.limit {
        Some(limit) => format!("{} MiB of memory, by {}", mib(limit.bytes), group(limit.source)),
        None => format!("{} MiB of memory", mib(fleet.machine.total_bytes)),
    };
    vec![
        "fleet".into(),
        count(fleet.tenants.len() as u64, "tenant"),
        count(fleet.totals.all.processes, "process"),
        memory,
        format!("{} available", mib(fleet.machine.available_bytes)),
    ]
}

fn group(source: LimitSource) -> &'static str {
    match source {
        LimitSource::CgroupV1 => "its cgroup (v1)",
        LimitSource::CgroupV2 => "its cgroup (v2)",
    }
}

fn processes(fleet: &Fleet) -> Vec<String> {
    let mut rows = Vec::new();
    for tenant in &fleet.tenants {
        let alone = tenant.services.len() == 1;
        if !alone {
            rows.push(row(tenant.name.clone(), &tenant.sums, Some(tenant.age_seconds), String::new()));
        }
        for service in &tenant.services {
            let name = if alone { tenant.name.clone() } else { format!("  {}", service.kind.name()) };
            rows.push(row(name, &service.sums, Some(service.age_seconds), described(service)));
        }
    }
    for service in &fleet.shared {
        let name = match service.kind {
            Kind::Ruby => service.name.clone(),
            kind => kind.name().replace('_', " "),
        };
        rows.push(row(name, &service.sums, Some(service.age_seconds), described(service)));
    }
    let (shown, rest) = fleet.others.split_at(OTHERS.min(fleet.others.len()));
    for other in shown {
        let name = if other.sums.processes == 1 {
            other.name.clone()
        } else {
            format!("{} ({})", other.name, other.sums.processes)
        };
        rows.push(row(name, &other.sums, None, String::new()));
    }
    if !rest.is_empty() {
        let sums = rest.iter().fold(Sums::default(), |sum, it| sum.plus(&it.sums));
        rows.push(row(format!("{} others", rest.len()), &sums, None, String::new()));
    }
    lines(&["PROCESSES, MiB", "PSS", "anon", "RSS", "swap", "threads", "age", "CPU", ""], &rows, &[0, 8])
}

fn row(name: String, sums: &Sums, age: Option<f64>, what: String) -> Vec<String> {
    vec![
        name,
        mib(sums.pss_bytes),
        mib(sums.anon_bytes),
        mib(sums.rss_bytes),
        mib(sums.swap_bytes),
        sums.threads.to_string(),
        age.map_or(String::new(), time),
        time(sums.cpu_seconds),
        what,
    ]
}

/// `puma showcase :3000, 2 workers`
fn described(service: &Service) -> String {
    let words = [Some(&service.name), service.app.as_ref(), service.address.as_ref(), service.environment.as_ref()];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    let workers = if service.workers > 0 { format!(", {}", count(service.workers, "worker")) } else { String::new() };
    format!("{}{workers}", words.join(" "))
}

fn totals(fleet: &Fleet) -> Vec<String> {
    let totals = &fleet.totals;
    let row = |name: &str, sums: &Sums| {
        vec![name.to_string(), mib(sums.pss_bytes), mib(sums.anon_bytes), mib(sums.rss_bytes)]
    };
    let rows = [
        row("baseline (no tenant)", &totals.baseline),
        row(&count(fleet.tenants.len() as u64, "tenant"), &totals.tenants),
        row("all processes", &totals.all),
    ];
    let mut list = lines(&["SUMS, MiB", "PSS", "anon", "RSS"], &rows, &[0]);
    let double = totals.all.rss_bytes.saturating_sub(totals.all.pss_bytes);
    list.push(format!(
        "RSS counts {} MiB more than once: pages that several processes share. PSS counts each once.",
        mib(double)
    ));
    let resident = totals.all.anon_bytes.saturating_sub(totals.all.swap_bytes);
    list.push(format!(
        "In use on the machine: {}. Besides this anon, {} of the kernel and of what is not seen.",
        mib(totals.system_bytes),
        mib(totals.system_bytes.saturating_sub(resident))
    ));
    list
}

fn per_tenant(fleet: &Fleet) -> Vec<String> {
    let Some(each) = &fleet.per_tenant else { return Vec::new() };
    let row = |name: &str, range: &Range| {
        vec![
            name.to_string(),
            mib(range.median),
            format!("{} to {}", mib(range.least), mib(range.most)),
            mib(range.mean),
        ]
    };
    let rows = [
        row("PSS", &each.pss_bytes),
        row("anon", &each.anon_bytes),
        row("its own: what one more takes", &each.own_bytes),
    ];
    lines(&["EACH TENANT, MiB", "median", "range", "mean"], &rows, &[0])
}

fn fit(room: &Room, width: usize) -> Vec<String> {
    let whose = match &room.limit {
        Some(limit) => format!("of the {} MiB that cgroup {} may use", mib(room.total_bytes), limit.group),
        None => format!("of the machine's {} MiB", mib(room.total_bytes)),
    };
    let mut list = wrap(
        &format!(
            "{} more {} fit: {} MiB are available {whose}, {} of them kept free, and each takes {}.",
            room.more_tenants,
            match room.more_tenants {
                1 => "tenant",
                _ => "tenants",
            },
            mib(room.available_bytes),
            mib(room.kept_free_bytes),
            mib(room.each_bytes)
        ),
        width,
    );
    list.extend(wrap(&format!("Assumed: {}.", room.assumptions.join("; ")), width));
    list
}

fn unseen(fleet: &Fleet, width: usize) -> Vec<String> {
    let mut list = Vec::new();
    if fleet.unreadable.processes > 0 {
        list.push(format!(
            "{} may not be read by this user (it takes root, or CAP_SYS_PTRACE): not in the sums. RSS {} MiB, shared pages counted for each.",
            count(fleet.unreadable.processes, "process"),
            mib(fleet.unreadable.rss_bytes)
        ));
    }
    if fleet.vanished > 0 {
        list.push(format!("{} ended while being read.", count(fleet.vanished, "process")));
    }
    if fleet.zombies > 0 {
        list.push(format!(
            "{}: ended, and not yet asked for by the parent; no memory.",
            count(fleet.zombies, "zombie")
        ));
    }
    list.extend(fleet.notes.iter().cloned());
    list.iter().flat_map(|line| wrap(line, width)).collect()
}

fn findings(list: &[Finding], width: usize) -> Vec<String> {
    let mut text = Vec::new();
    for finding in list {
        let gain = finding.bytes.map_or(String::new(), |bytes| format!(": up to {} MiB", mib(bytes)));
        text.push(format!("{}{gain}", finding.rule));
        text.extend(
            wrap(&format!("{}; {}", finding.what, finding.advice), width.saturating_sub(2))
                .iter()
                .map(|it| format!("  {it}")),
        );
    }
    if !text.is_empty() {
        text.insert(0, "FINDINGS".into());
    }
    text
}

/// `1 process`, `2 processes`
pub(super) fn count(number: u64, what: &str) -> String {
    let end = match (number, what.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{number} {what}{end}")
}

/// In its largest unit: `12 s`, `3 min`, `5 h`, `12 d`
pub fn time(seconds: f64) -> String {
    match seconds {
        it if it < 10.0 => format!("{it:.1} s"),
        it if it < 120.0 => format!("{it:.0} s"),
        it if it < 7200.0 => format!("{:.0} min", it / 60.0),
        it if it < 172_800.0 => format!("{:.0} h", it / 3600.0),
        it => format!("{:.0} d", it / 86_400.0),
    }
}
