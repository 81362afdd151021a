//! The two shapes of text in /proc that are read for every process. The procfs crate has both, but trusts the text: a
//! file that is cut short, or was made up, makes it panic.

use rustc_hash::FxHashMap;

/// Bytes by name, of lines such as `Rss:     1234 kB` (smaps_rollup, meminfo, status). Lines of other shapes are passed over.
#[derive(Debug, Default)]
pub struct Sizes(FxHashMap<String, u64>);

impl Sizes {
    pub fn parse(text: &[u8]) -> Sizes {
        let text = String::from_utf8_lossy(text);
        let line = |line: &str| {
            let (name, rest) = line.split_once(':')?;
            let mut words = rest.split_ascii_whitespace();
            let number: u64 = words.next()?.parse().ok()?;
            let unit = if words.next() == Some("kB") { 1024 } else { 1 };
            Some((name.to_string(), number.saturating_mul(unit)))
        };
        Sizes(text.lines().filter_map(line).collect())
    }

    pub fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    /// Zero where it is not there.
    pub fn bytes(&self, name: &str) -> u64 {
        self.get(name).unwrap_or(0)
    }
}

/// What is needed of `/proc/PID/stat` (proc(5)).
#[derive(Clone, Debug, PartialEq)]
pub struct Stat {
    pub pid: i32,
    /// At most 15 bytes; it may hold anything, parentheses and newlines too.
    pub name: String,
    pub state: char,
    pub ppid: i32,
    flags: u64,
    pub cpu_ticks: u64,
    pub threads: u64,
    pub start_ticks: u64,
    pub rss_pages: u64,
}

impl Stat {
    /// None of anything else.
    pub fn parse(text: &[u8]) -> Option<Stat> {
        let text = String::from_utf8_lossy(text);
        let (pid, rest) = text.split_once('(')?;
        let (name, rest) = rest.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // proc(5) counts from 1, and the state is the third.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Stat {
            pid: pid.trim().parse().ok()?,
            name: name.to_string(),
            state: fields.first()?.chars().next()?,
            ppid: fields.get(1)?.parse().ok()?,
            flags: field(9)?,
            cpu_ticks: field(14)?.saturating_add(field(15)?),
            threads: field(20)?,
            start_ticks: field(22)?,
            rss_pages: field(24)?,
        })
    }

    /// PF_KTHREAD, include/linux/sched.h.
    pub fn is_kernel_thread(&self) -> bool {
        self.flags & 0x0020_0000 != 0
    }

    /// PF_EXITING, likewise.
    pub fn is_exiting(&self) -> bool {
        self.flags & 4 != 0
    }

    /// It has no memory any more, only an exit status that nobody has asked for.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }
}

#[cfg(test)]
mod tests {
    use super::{Sizes, Stat};
    use proptest::prelude::*;

    #[test]
    fn a_name_may_hold_anything() {
        let text =
            b"42 (a) S (b\n)) S 7 1 1 0 -1 4194560 9 0 0 0 3 4 0 0 20 0 5 0 1234 1000 77 18446744073709551615 0\n";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.pid, &stat.name[..], stat.state, stat.ppid), (42, "a) S (b\n)", 'S', 7));
        assert_eq!((stat.cpu_ticks, stat.threads, stat.start_ticks, stat.rss_pages), (7, 5, 1234, 77));
        assert!(!stat.is_kernel_thread());
        assert!(Stat::parse(b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0")
            .unwrap()
            .is_kernel_thread());
    }

    #[test]
    fn sizes_are_bytes_and_other_lines_are_none() {
        let sizes = Sizes::parse(
            b"55d0-7ffc ---p 00000000 00:00 0  [rollup]\nRss:  12 kB\nHugePages: 3\nPss: kB\nBad\n\xff: 1 kB\n",
        );
        assert_eq!((sizes.bytes("Rss"), sizes.bytes("HugePages"), sizes.get("Pss")), (12288, 3, None));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..120) {
            let _ = (Stat::parse(&text), Sizes::parse(&text));
            let whole: &[u8] = b"42 (ruby) S 7 1 1 0 -1 4194560 9 0 0 0 3 4 0 0 20 0 5 0 1234 1000 77 18446744073709551615 0\n";
            let cut = &whole[..cut.min(whole.len())];
            let mut mixed = cut.to_vec();
            mixed.extend(&text);
            let _ = (Stat::parse(cut), Stat::parse(&mixed), Sizes::parse(&mixed));
        }
    }
}
