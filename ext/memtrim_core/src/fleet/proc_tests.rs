//! The reader, on made-up trees: what other kernels, containers and hostile processes say.

use super::limit::LimitSource;
use super::proc_tree::{stat, Linux, ProcTree, ALL, KIB};
use super::{observe, Fleet, Memory, Observation, Reading};
use crate::{json, render};
use std::os::unix::fs::symlink;
use std::{fs, io::Write};

const MIB: u64 = 1024 * KIB;

#[test]
fn every_kernel_says_the_same_of_the_same_memory() {
    for linux in ALL.into_iter().filter(|it| *it != Linux::Gvisor) {
        let tree = ProcTree::new(linux);
        tree.rails(200, 1, "puma 6.4 (tcp://0.0.0.0:3000) [a]\0\0\0\0", "a");
        let observation = tree.observe();
        let process = &observation.processes[0];
        let expected = Memory {
            rss_bytes: 4 * MIB,
            pss_bytes: 3840 * KIB,
            anon_bytes: 4 * MIB,
            swap_bytes: MIB,
            private_file_bytes: 512 * KIB,
        };
        assert_eq!(process.memory, expected, "{linux:?}");
        assert_eq!(
            (process.threads, process.state, process.rails, &process.program[..]),
            (2, 'S', true, "ruby3.3"),
            "{linux:?}"
        );
        assert_eq!(process.arguments, ["puma 6.4 (tcp://0.0.0.0:3000) [a]"]);
        let available = if linux == Linux::V3_10 { (1000 + 500 + 3000 - 200) * 1000 } else { 6_000_000 };
        assert_eq!(observation.machine.available_bytes, available * KIB, "{linux:?}");
        let notes = &observation.notes;
        assert_eq!(notes.len(), usize::from(!matches!(linux, Linux::V5_4 | Linux::V6_18)), "{notes:?}");
    }
}

#[test]
fn a_kernel_that_tells_no_shares_is_said_to() {
    let tree = ProcTree::new(Linux::Gvisor);
    tree.process(200, 1, "ruby", "ruby\0x.rb\0");
    let observation = tree.observe();
    assert_eq!((observation.unreadable.processes, observation.vanished), (1, 0));
    assert!(observation.unreadable.rss_bytes >= 4 * MIB, "pages from stat");
    assert!(observation.notes[0].contains("neither smaps_rollup nor smaps"), "{:?}", observation.notes);
}

#[test]
fn what_is_no_process_of_a_user_is_counted_as_what_it_is() {
    let tree = ProcTree::new(Linux::V6_18);
    tree.process(2, 0, "kthreadd", "");
    tree.write("2/stat", stat(2, 0, b"kthreadd", 'S', 0x0020_8040));
    tree.process(300, 1, "ended", "");
    tree.write("300/stat", stat(300, 1, b"ended", 'Z', 0x0040_0104));
    tree.write("300/smaps_rollup", "");
    // Gone but for its directory; ended between two files; with nothing left while it ends; another one by now.
    fs::create_dir(tree.path().join("301")).unwrap();
    tree.process(302, 1, "leaving", "");
    tree.write("302/stat", stat(302, 1, b"leaving", 'R', 0x0040_0104));
    tree.write("302/smaps_rollup", "");
    tree.process(303, 1, "whole", "whole\0");
    // Not a pid: a directory of the kernel's own, and names that only a made-up tree has.
    for name in ["sys", "+5", "007", "-1", "99999999999"] {
        fs::create_dir(tree.path().join(name)).unwrap();
    }
    let seen = tree.observe();
    assert_eq!((seen.kernel_threads, seen.zombies, seen.vanished, seen.unreadable.processes), (1, 1, 2, 0));
    assert_eq!(seen.processes.iter().map(|it| it.pid).collect::<Vec<_>>(), [303]);
}

#[test]
fn what_can_not_be_read_is_counted_with_its_pages() {
    let tree = ProcTree::new(Linux::V6_18);
    for pid in 200..206 {
        tree.process(pid, 1, "ruby", "ruby\0x.rb\0");
    }
    let file = |name: &str| tree.path().join(name);
    fs::remove_file(file("200/smaps_rollup")).unwrap();
    fs::create_dir(file("200/smaps_rollup")).unwrap(); // as good as forbidden, for root too
    fs::remove_file(file("201/smaps_rollup")).unwrap();
    tree.link("201/smaps_rollup", "smaps_rollup"); // a loop
    tree.write("202/smaps_rollup", "Rss: many\nPss: kB\n");
    tree.write("203/stat", "no stat");
    tree.write("204/stat", stat(999, 1, b"another", 'S', 0));
    fs::remove_file(file("205/stat")).unwrap();
    tree.link("205/stat", "stat");
    let seen = tree.observe();
    assert_eq!((seen.unreadable.processes, seen.vanished, seen.processes.len()), (6, 0, 0));
    assert_eq!(seen.unreadable.rss_bytes % 1024, 0);
    assert!(seen.unreadable.rss_bytes >= 3 * 4 * MIB);
}

#[test]
fn a_file_without_an_end_is_read_to_some_end() {
    let tree = ProcTree::new(Linux::V6_18);
    tree.process(200, 1, "ruby", [b"ruby\0nightly.rb\0".to_vec(), vec![b'x'; 2 << 20]].concat());
    tree.process(201, 1, "ruby", "ruby\0x.rb\0");
    tree.write("201/environ", [vec![b'x'; 2 << 20], b"\0RAILS_APP_DB=last\0".to_vec()].concat());
    for (pid, name) in [(202, "smaps_rollup"), (203, "environ"), (204, "cmdline"), (205, "stat"), (206, "maps")] {
        tree.process(pid, 1, "ruby", "ruby\0x.rb\0");
        fs::remove_file(tree.path().join(format!("{pid}/{name}"))).unwrap();
        tree.link(&format!("{pid}/{name}"), "/dev/zero");
    }
    let seen = tree.observe();
    assert_eq!((seen.processes.len(), seen.unreadable.processes), (5, 2));
    assert_eq!(seen.processes[0].arguments[..2], ["ruby", "nightly.rb"]);
    assert!(seen.processes[0].arguments.concat().len() < 128 << 10);
    assert_eq!(seen.processes[1].tenant.as_deref(), Some("last"));
}

#[test]
fn a_title_over_the_environment_is_said() {
    let tree = ProcTree::new(Linux::V6_18);
    for (pid, port) in [(200, 3000), (201, 3001)] {
        tree.rails(pid, 1, &format!("puma 6.4 (tcp://0.0.0.0:{port}) [a]\0"), "a");
    }
    tree.write("200/environ", "0.0.0:3000) [a]\0\0\0\0\0\0\0\0");
    tree.write("201/environ", "A=1\0RAILS_APP_DB=jazz\0RAILS_ENV=staging\0B=2\0");
    let fleet = Fleet::new(&tree.observe(), None, &[]);
    assert_eq!(fleet.tenants.len(), 1);
    let tenant = &fleet.tenants[0];
    assert_eq!((&tenant.name[..], tenant.services[0].environment.as_deref()), ("jazz", Some("staging")));
    let notes = fleet.notes.join("\n");
    assert!(notes.contains("pid 200: RAILS_APP_DB can't be read"), "{notes}");
}

#[test]
fn no_text_of_a_process_harms_a_terminal() {
    let tree = ProcTree::new(Linux::V6_18);
    for (pid, name) in [
        (200, &b"a) S (b\n\x1b[2J"[..]),
        (201, b"\xff\xfe\x80ruby"),
        (202, "a\u{202e}b\u{200f}".as_bytes()),
        (203, b"))))((((((((((("),
    ] {
        tree.process(pid, 1, "x", "");
        fs::remove_file(tree.path().join(format!("{pid}/exe"))).unwrap();
        tree.write(&format!("{pid}/stat"), stat(pid, 1, name, 'S', 0));
    }
    tree.rails(210, 1, "puma 6 (unix:///run/\x1b]0;x\x07y) [\x1b[31m\nred\u{2067}]", "evil\u{1b}[2Jname");
    tree.write("210/environ", b"RAILS_APP_DB=a\nb\x1b[0m\xff\0RAILS_ENV=\xe2\x80\xae\0".as_slice());
    tree.process(211, 1, "ruby", "ruby\0/srv/\x1b[2J\r\nx.rb\0");
    tree.write("self/mountinfo", "30 23 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
    tree.write("210/cgroup", "0::/a\x1b[2J\n");
    tree.write("root/cg/a\x1b[2J/memory.max", "1000000000");
    let seen = tree.observe();
    let fleet = Fleet::new(&seen, None, &[]);
    assert_eq!((seen.processes.len(), fleet.machine.limit.is_some()), (6, true));
    for text in [render::fleet(&fleet, 100), json::pretty(&fleet), super::prometheus::exposition(&fleet)] {
        assert_harmless(&text);
    }
    assert!(fleet.others.iter().any(|it| it.name.starts_with("a) S (b\\n\\u{1b}")), "{:?}", fleet.others);
}

pub fn assert_harmless(text: &str) {
    let harmful = |it: char| {
        (it.is_control() && it != '\n')
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.chars().any(harmful), "{text:?}");
}

#[test]
fn sums_end_at_the_largest_number() {
    let tree = ProcTree::new(Linux::V6_18);
    for (pid, parent) in [(190, 1), (191, 190), (200, 191), (201, 1), (202, 1), (203, 1), (204, 1), (205, 1)] {
        if pid >= 203 {
            tree.process(pid, parent, "redis-server", "redis-server *:6379");
        } else if pid >= 200 {
            tree.rails(pid, parent, &format!("puma 6 (tcp://0.0.0.0:{pid}) [a]"), "a");
        } else {
            tree.process(pid, parent, "ruby", "ruby\0run.rb\0");
        }
        let huge = u64::MAX;
        tree.write(
            &format!("{pid}/smaps_rollup"),
            format!(
                "Rss: {huge} kB\nPss: {huge} kB\nPss_Anon: {huge} kB\nSwapPss: {huge} kB\nPrivate_Clean: {huge} kB\n"
            ),
        );
        tree.write(
            &format!("{pid}/stat"),
            format!("{pid} (x) S {parent} 0 0 0 -1 0 0 0 0 0 {huge} {huge} 0 0 20 0 {huge} 0 {huge} 0 {huge} 0\n"),
        );
    }
    let mut reading = tree.reading();
    reading.tenant_variable = None;
    let fleet = Fleet::new(&observe(&reading).unwrap(), None, &[]);
    assert_eq!((fleet.totals.all.pss_bytes, fleet.totals.all.threads, fleet.tenants.len()), (u64::MAX, u64::MAX, 3));
    assert_eq!(
        fleet.findings.iter().map(|it| (it.rule, it.bytes)).collect::<Vec<_>>(),
        [("waiting_parent", Some(u64::MAX)), ("second_copy", Some(u64::MAX))]
    );
    assert!(!render::fleet(&fleet, 80).is_empty());
}

#[test]
fn a_directory_that_is_no_proc_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let said =
        |proc: &std::path::Path| observe(&Reading { proc: proc.into(), ..Reading::default() }).unwrap_err().to_string();
    assert!(said(empty.path()).starts_with("is no /proc (meminfo: "), "{}", said(empty.path()));
    fs::write(empty.path().join("meminfo"), "nothing\n").unwrap();
    assert_eq!(said(empty.path()), "is no /proc (meminfo does not tell MemTotal)");
    let file = empty.path().join("meminfo");
    assert!(said(&file).starts_with("is no /proc"));
    symlink("loop", empty.path().join("loop")).unwrap();
    assert!(said(&empty.path().join("loop")).starts_with("is no /proc"));
}

#[test]
fn a_broken_clock_makes_no_broken_ages() {
    for uptime in ["nan nan", "inf 1", "-5 1", "", "x", "1e400 1"] {
        let tree = ProcTree::new(Linux::V6_18);
        tree.write("uptime", uptime);
        tree.process(200, 1, "ruby", "ruby\0x.rb\0");
        let age = tree.observe().processes[0].age_seconds;
        assert!(age.is_finite() && age >= 0.0, "{uptime}: {age}");
    }
}

#[test]
fn hidepid_is_said() {
    let tree = ProcTree::new(Linux::V6_18);
    let point = tree.path().display();
    tree.write("self/mountinfo", format!("24 1 0:22 / {point} rw,nosuid - proc proc rw,gid=4,hidepid=invisible\n"));
    assert!(tree.observe().notes[0].contains("hidepid"));
}

// Control groups.

const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const V1: &str = "31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n36 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";

/// Two tenants in these groups.
fn in_groups(mountinfo: &str, groups: [&str; 2], files: &[(&str, &str)]) -> Observation {
    let tree = ProcTree::new(Linux::V6_18);
    tree.write("self/mountinfo", mountinfo);
    for (pid, group) in [200, 201].into_iter().zip(groups) {
        tree.rails(pid, 1, &format!("puma 6 (tcp://0.0.0.0:{pid}) [a]"), "a");
        tree.write(&format!("{pid}/cgroup"), group);
    }
    for (name, text) in files {
        tree.write(&format!("root/sys/fs/cgroup/{name}"), text);
    }
    tree.observe()
}

fn limit(mountinfo: &str, groups: [&str; 2], files: &[(&str, &str)]) -> Option<(u64, u64, LimitSource, String)> {
    in_groups(mountinfo, groups, files).machine.limit.map(|it| (it.bytes, it.used_bytes, it.source, it.group))
}

#[test]
fn the_limit_is_that_of_the_group_which_has_all_tenants() {
    let files = [
        ("app/a.service/memory.max", "100000000\n"),
        ("app/b.service/memory.max", "200000000\n"),
        ("app/memory.max", "3000000000\n"),
        ("app/memory.high", "5\n"),
        ("app/memory.current", "900000000\n"),
        ("app/memory.stat", "anon 1\nfile 2\ninactive_file 100000000\n"),
        ("memory.max", "max\n"),
    ];
    let v2 = |bytes, used, group: &str| Some((bytes, used, LimitSource::CgroupV2, group.to_string()));
    assert_eq!(
        limit(V2, ["0::/app/a.service\n", "0::/app/b.service\n"], &files),
        v2(3_000_000_000, 800_000_000, "/app")
    );
    assert_eq!(limit(V2, ["0::/app/a.service\n", "0::/app/a.service\n"], &files), v2(100_000_000, 0, "/app/a.service"));
    // A limit above is less.
    let nested = [("a/memory.max", "2000000000"), ("a/b/memory.max", "4000000000")];
    assert_eq!(limit(V2, ["0::/a/b", "0::/a/b"], &nested), v2(2_000_000_000, 0, "/a"));
    // memory.high only slows down.
    assert_eq!(limit(V2, ["0::/a", "0::/a"], &[("a/memory.max", "max"), ("a/memory.high", "1000")]), None);
    // More than the machine has is none.
    assert_eq!(limit(V2, ["0::/a", "0::/a"], &[("a/memory.max", "9000000000000")]), None);
}

#[test]
fn v1_and_both() {
    let files = [
        ("memory/docker/abc/memory.limit_in_bytes", "536870912\n"),
        ("memory/docker/abc/memory.usage_in_bytes", "100000\n"),
        ("memory/docker/abc/memory.stat", "cache 5\ninactive_file 1\ntotal_inactive_file 40000\n"),
        ("memory/docker/memory.limit_in_bytes", "9223372036854771712\n"),
        ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
    ];
    let group = "12:cpu,cpuacct:/x\n11:memory:/docker/abc\n1:name=systemd:/docker/abc\n0::/y\n";
    let found = Some((536_870_912, 60_000, LimitSource::CgroupV1, "/docker/abc".to_string()));
    assert_eq!(limit(V1, [group, group], &files), found);
    // Hybrid: systemd has a second hierarchy, without the controller; or with it.
    let unified = "41 30 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    assert_eq!(limit(&format!("{V1}{unified}"), [group, group], &files), found);
    let both = [&files[..], &[("unified/y/memory.max", "1000000")]].concat();
    assert_eq!(limit(&format!("{V1}{unified}"), [group, group], &both).map(|it| it.0), Some(1_000_000));
    assert_eq!(limit(V1, ["11:memory:/", "11:memory:/"], &files), None);
}

#[test]
fn in_a_container() {
    // Its own namespace: its group is the root.
    let own = [("memory.max", "2000000000"), ("memory.current", "5000")];
    let found = Some((2_000_000_000, 5000, LimitSource::CgroupV2, "/".to_string()));
    assert_eq!(limit(V2, ["0::/\n", "0::/\n"], &own), found);
    assert_eq!(limit(V2, ["0::/a\n", "0::/b\n"], &own), found);
    // The host's /proc seen from inside: the tenants are in groups that are not, and this container's limit is not theirs.
    for groups in [["0::/../x\n", "0::/../y\n"], ["0::/a\n", "0::/../y\n"]] {
        let seen = in_groups(V2, groups, &own);
        assert_eq!(seen.machine.limit, None);
        assert!(seen.notes[0].contains("not seen from here"), "{:?}", seen.notes);
    }
    // v1 without a namespace: the mount shows the container's group, by its whole name.
    let mount = "31 30 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    let files = [("memory/memory.limit_in_bytes", "1000000000")];
    assert_eq!(
        limit(mount, ["4:memory:/docker/abc", "4:memory:/docker/abc"], &files).map(|it| it.0),
        Some(1_000_000_000)
    );
    assert_eq!(limit(mount, ["4:memory:/docker/xyz", "4:memory:/docker/xyz"], &files), None);
}

// Real processes.

#[test]
fn processes_that_come_and_go_while_they_are_read() {
    let stop = std::sync::atomic::AtomicBool::new(false);
    let stop = &stop;
    let seen: Vec<Observation> = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(move || {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    std::process::Command::new("true").status().unwrap();
                }
            });
        }
        let list = (0..200).map(|_| observe(&Reading::default()).unwrap()).collect();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        list
    });
    let own = std::process::id() as i32;
    for observation in &seen {
        assert!(observation.processes.iter().any(|it| it.pid == own && it.memory.pss_bytes > MIB));
        assert!(observation.processes.iter().all(|it| it.memory.rss_bytes > 0 || it.memory.swap_bytes > 0));
    }
}

#[test]
fn a_real_zombie_is_one() {
    let mut ended = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
    let of = |observation: &Observation| observation.processes.iter().any(|it| it.pid == ended.id() as i32);
    assert!(of(&observe(&Reading::default()).unwrap()));
    let pid = ended.id() as i32;
    drop(ended.stdin.take().map(|mut it| it.flush()));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let seen = observe(&Reading::default()).unwrap();
        if !seen.processes.iter().any(|it| it.pid == pid) && seen.zombies > 0 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "never a zombie");
    }
    ended.wait().unwrap();
}
