//! This process's figures, read again and again while it works: one file, and nothing is allocated for it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};

/// Bytes (proc(5)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Anonymous pages, resident or swapped.
    pub anon_bytes: u64,
    pub rss_bytes: u64,
    /// Resident pages, each divided by the number of processes that map it. 0 where that was not asked for.
    pub pss_bytes: u64,
    /// Those of the anonymous pages that are swapped.
    pub swap_bytes: u64,
}

impl Own {
    /// By `/proc/self/smaps_rollup`, before Linux 4.14 the sums of `/proc/self/smaps`. The kernel goes through all pages for
    /// it: some milliseconds for 100 MiB on a slow virtual machine, a tenth of that on a quick one.
    ///
    /// # Errors
    /// Off Linux, or where /proc is not mounted.
    pub fn now() -> io::Result<Own> {
        let file = match File::open("/proc/self/smaps_rollup") {
            Err(error) if error.kind() == ErrorKind::NotFound => File::open("/proc/self/smaps")?,
            result => result?,
        };
        Own::read(file)
    }

    /// Without PSS, by the kernel's counters in `/proc/self/status`, in microseconds whatever the process's size. Each thread or
    /// core adds to them in steps, so they may be some hundred KiB late. Before Linux 4.5, which does not tell anonymous
    /// pages there, as [`Own::now`].
    ///
    /// # Errors
    /// As above.
    pub fn counted() -> io::Result<Own> {
        let own = Own::read(File::open("/proc/self/status")?)?;
        if own.anon_bytes > own.swap_bytes {
            Ok(own)
        } else {
            Own::now()
        }
    }

    fn read(mut file: impl Read) -> io::Result<Own> {
        let mut own = Own::default();
        let mut buffer = [0; 4096];
        let mut filled = 0;
        loop {
            let bytes = match file.read(&mut buffer[filled..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            };
            filled += bytes;
            let mut done = 0;
            while let Some(length) = buffer[done..filled].iter().position(|byte| *byte == b'\n') {
                own.add(&buffer[done..done + length]);
                done += length + 1;
            }
            // A line that fills all of it is the head of a mapping, with a path: of no interest.
            if done == 0 && filled == buffer.len() {
                done = filled;
            }
            buffer.copy_within(done..filled, 0);
            filled -= done;
            if bytes == 0 {
                break;
            }
        }
        // Of the /proc of no running process.
        if own.rss_bytes == 0 {
            return Err(io::Error::new(ErrorKind::InvalidData, "no figures in it"));
        }
        Ok(own)
    }

    /// `Rss:              130360 kB`. No name is in both files.
    fn add(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let fields: &mut [&mut u64] = match &line[..colon] {
            b"Rss" | b"VmRSS" => &mut [&mut self.rss_bytes],
            b"Pss" => &mut [&mut self.pss_bytes],
            b"Anonymous" | b"RssAnon" => &mut [&mut self.anon_bytes],
            b"Swap" | b"VmSwap" => &mut [&mut self.swap_bytes, &mut self.anon_bytes],
            _ => return,
        };
        let digits = line[colon + 1..].iter().filter(|byte| byte.is_ascii_digit());
        let number = digits.fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        for field in fields {
            **field = field.saturating_add(number.saturating_mul(1024));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIB: u64 = 1024;

    #[test]
    fn of_a_rollup_and_of_single_mappings() {
        let rollup = "5580b9e9d000-7ffc9f5f1000 ---p 00000000 00:00 0    [rollup]\nRss:     900 kB\nPss:     500 kB\n\
                      Pss_Anon:  9 kB\nAnonymous:   300 kB\nSwap:    40 kB\nSwapPss:    30 kB\nLocked:  1 kB\n";
        let own = Own { anon_bytes: 340 * KIB, rss_bytes: 900 * KIB, pss_bytes: 500 * KIB, swap_bytes: 40 * KIB };
        assert_eq!(Own::read(rollup.as_bytes()).unwrap(), own);
        let long = format!("5580b9e9d000-7ffc9f5f1000 r--p 0 00:00 7 /{}\n", "x".repeat(9000));
        let twice = format!("{rollup}{long}{rollup}");
        assert_eq!(Own::read(twice.as_bytes()).unwrap().anon_bytes, 680 * KIB);
        let status = "Name:\tVmRSS\nVmRSS:\t  900 kB\nRssAnon:\t  300 kB\nVmSwap:\t   40 kB\n";
        assert_eq!(Own::read(status.as_bytes()).unwrap(), Own { pss_bytes: 0, ..own });
        assert!(Own::read(&b""[..]).is_err() && Own::read(&b"Rss: 0 kB\n"[..]).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn it_is_what_usage_says() {
        let (own, usage) = (Own::now().unwrap(), super::super::Usage::now().unwrap());
        let near = |a: u64, b: u64| a.abs_diff(b) < 4 << 20;
        assert!(near(own.anon_bytes, usage.anon_bytes) && near(own.rss_bytes, usage.rss_bytes), "{own:?} {usage:?}");
        assert!(own.pss_bytes <= own.rss_bytes);
        let counted = Own::counted().unwrap();
        assert!(near(counted.anon_bytes, usage.anon_bytes) && near(counted.rss_bytes, usage.rss_bytes), "{counted:?}");
        assert_eq!(counted.pss_bytes, 0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_figures_or_none(bytes in prop::collection::vec(any::<u8>(), 0..10_000), text in "((Rss|Swap|x): {0,3}[0-9]{0,25} kB\n?){0,9}") {
            let _ = Own::read(&bytes[..]);
            let _ = Own::read(text.as_bytes());
        }
    }
}
