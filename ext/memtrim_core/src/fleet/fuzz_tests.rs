//! Whole trees of mutated texts, through all that is made of them.

use super::proc_tests::assert_harmless;
use super::proc_tree::{Linux, ProcTree, ALL};
use super::{observe, projection, prometheus, Deferred, Fleet};
use crate::{json, render};
use proptest::prelude::*;
use std::fs;

/// What is done to a file.
#[derive(Clone, Debug)]
enum Change {
    Cut(usize),
    Byte(usize, u8),
    Swap(usize, usize),
    /// In place of the number found there.
    Number(usize, u64),
    Insert(usize, Vec<u8>),
    Gone,
    Directory,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Change::Swap(a, b)),
        (any::<usize>(), prop_oneof![Just(0), Just(u64::MAX), Just(i64::MAX as u64), any::<u64>()])
            .prop_map(|(at, number)| Change::Number(at, number)),
        (any::<usize>(), proptest::collection::vec(any::<u8>(), 0..40)).prop_map(|(at, text)| Change::Insert(at, text)),
        Just(Change::Gone),
        Just(Change::Directory),
    ]
}

fn changed(mut text: Vec<u8>, change: &Change) -> Option<Vec<u8>> {
    let length = text.len().max(1);
    match change {
        Change::Cut(at) => text.truncate(at % length),
        Change::Byte(at, byte) => text.iter_mut().skip(at % length).take(1).for_each(|it| *it = *byte),
        Change::Swap(a, b) if !text.is_empty() => text.swap(a % length, b % length),
        Change::Swap(..) => {}
        Change::Number(at, number) => {
            let from = at % length;
            let start = (from..text.len()).find(|at| text[*at].is_ascii_digit()).unwrap_or(text.len());
            let end = (start..text.len()).find(|at| !text[*at].is_ascii_digit()).unwrap_or(text.len());
            text.splice(start..end, number.to_string().into_bytes());
        }
        Change::Insert(at, more) => {
            let at = (at % length).min(text.len());
            text.splice(at..at, more.iter().copied());
        }
        Change::Gone | Change::Directory => return None,
    }
    Some(text)
}

fn tree(linux: Linux) -> ProcTree {
    let tree = ProcTree::new(linux);
    tree.process(1, 0, "systemd", "/sbin/init\0");
    tree.process(20, 1, "dash", "sh\0-c\0ruby run.rb\0");
    tree.rails(200, 20, "puma 6.4 (tcp://0.0.0.0:3000) [a]\0", "a");
    tree.process(201, 200, "ruby3.3", "puma: cluster worker 0: 200 [a]\0");
    tree.rails(202, 1, "puma 6.4 (tcp://0.0.0.0:3001) [b]\0", "b");
    tree.process(203, 1, "redis-server", "redis-server 127.0.0.1:6379\0");
    tree.process(204, 1, "ruby3.3", "ruby\0-W0\0nightly.rb\0--password\0hunter2\0");
    for pid in [200, 202] {
        tree.write(
            &format!("{pid}/environ"),
            format!("A=1\0RAILS_APP_DB=t{pid}\0SECRET=hunter2\0RAILS_ENV=production\0"),
        );
        tree.write(
            &format!("{pid}/maps"),
            "7f00-7f01 r-xp 00000000 08:01 1 /gems/ruby/3.3.0/gems/oj-3.16.1/lib/oj/oj.so\n",
        );
        tree.write(&format!("{pid}/cgroup"), format!("4:memory:/x/{pid}\n0::/x/{pid}\n"));
    }
    tree.write(
        "self/mountinfo",
        "30 23 0:26 / /cg rw - cgroup2 cgroup2 rw\n31 23 0:27 / /c1 rw - cgroup cgroup rw,memory\n",
    );
    tree.write("root/cg/x/memory.max", "1000000000\n");
    tree.write("root/c1/x/memory.limit_in_bytes", "9223372036854771712\n");
    tree
}

const FILES: [&str; 9] =
    ["stat", "cmdline", "environ", "smaps_rollup", "smaps", "maps", "cgroup", "stat", "smaps_rollup"];
const OWN_FILES: [&str; 6] =
    ["meminfo", "uptime", "self/mountinfo", "self/cgroup", "root/cg/x/memory.max", "root/c1/x/memory.limit_in_bytes"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic_and_nobody_is_lost(
        linux in proptest::sample::select(&ALL[..]),
        changes in proptest::collection::vec((0_usize..7, 0_usize..FILES.len(), change()), 0..12),
        own in proptest::option::weighted(0.3, (0_usize..OWN_FILES.len(), change())),
    ) {
        let tree = tree(linux);
        let mut pids = tree.pids();
        pids.sort();
        let files = changes.iter().map(|(pid, file, change)| (pids[*pid].join(FILES[*file]), change));
        let own = own.iter().map(|(file, change)| (tree.path().join(OWN_FILES[*file]), change));
        for (path, change) in files.chain(own) {
            let Ok(text) = fs::read(&path) else { continue };
            fs::remove_file(&path).unwrap();
            match changed(text, change) {
                Some(text) => fs::write(&path, text).unwrap(),
                None if matches!(change, Change::Directory) => fs::create_dir(&path).unwrap(),
                None => {}
            }
        }
        // Only what says nothing of the machine is no /proc.
        let Ok(seen) = observe(&tree.reading()) else {
            let told = fs::read(tree.path().join("meminfo")).map(|it| super::fields::Sizes::parse(&it).get("MemTotal"));
            prop_assert!(!matches!(told, Ok(Some(_))));
            return Ok(());
        };
        let counted = seen.processes.len() as u64 + seen.unreadable.processes + seen.kernel_threads + seen.zombies + seen.vanished;
        prop_assert_eq!(counted, pids.len() as u64);

        let app = tree.path().join("apps/a").display().to_string();
        let fleet = Fleet::new(&seen, Some("cable"), &[Deferred { directory: app, gems: vec!["oj".into()] }]);
        prop_assert_eq!(fleet.totals.all.processes, seen.processes.len() as u64);
        let mut texts = vec![json::pretty(&fleet), prometheus::exposition(&fleet)];
        texts.extend([30, 80, 200].map(|width| render::fleet(&fleet, width)));
        if let Ok(projection) = projection::project(&fleet, 10, None) {
            texts.extend([json::pretty(&projection), render::projection(&projection, 80)]);
        }
        for text in &texts {
            assert_harmless(text);
            prop_assert!(!text.contains("hunter2"), "{}", text);
        }
        let read: serde_json::Value = serde_json::from_str(&texts[0]).unwrap();
        prop_assert!(!has_null_number(&read), "{}", texts[0]);
    }
}

/// A number that is none is null in JSON.
fn has_null_number(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(map) => {
            map.iter().any(|(key, value)| (key.ends_with("_seconds") && value.is_null()) || has_null_number(value))
        }
        serde_json::Value::Array(list) => list.iter().any(has_null_number),
        _ => false,
    }
}
