//! The five figures of a process.

#[cfg(target_os = "linux")]
use procfs::{process::Process, ProcError, ProcResult};
use serde::{Deserialize, Serialize};
use std::io;

/// Bytes, from `/proc/PID/smaps_rollup` (proc(5)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub rss_bytes: u64,
    pub pss_bytes: u64,
    /// Clean and dirty pages that no other process maps now: moves when a neighbour starts or ends.
    pub private_bytes: u64,
    /// Anonymous pages, resident or swapped: what one more process of the same program costs.
    pub anon_bytes: u64,
}

impl Usage {
    /// Reads this process's figures; about 100 µs.
    ///
    /// # Errors
    /// Off Linux, or where /proc is not mounted.
    #[cfg(target_os = "linux")]
    pub fn now() -> io::Result<Usage> {
        Process::myself().and_then(|process| Usage::read(&process)).map_err(io::Error::other)
    }

    /// Reads another process's figures.
    ///
    /// # Errors
    /// Off Linux, when the process is gone or a zombie, and when it is somebody else's.
    #[cfg(target_os = "linux")]
    pub fn of(pid: i32) -> io::Result<Usage> {
        Process::new(pid).and_then(|process| Usage::read(&process)).map_err(io::Error::other)
    }

    #[cfg(target_os = "linux")]
    fn read(process: &Process) -> ProcResult<Usage> {
        let maps = match process.smaps_rollup() {
            Ok(rollup) => rollup.memory_map_rollup,
            // Before Linux 4.14.
            Err(ProcError::NotFound(_)) => process.smaps()?,
            Err(error) => return Err(error),
        };
        let mut usage = Usage::default();
        for map in &maps {
            usage.add(&|name| map.extension.map.get(name).copied().unwrap_or(0));
        }
        // A zombie's files can be read: they say zero.
        if usage.rss_bytes == 0 && !process.is_alive() {
            return Err(ProcError::NotFound(None));
        }
        Ok(usage)
    }

    #[cfg(not(target_os = "linux"))]
    pub fn now() -> io::Result<Usage> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "measuring needs Linux with /proc"))
    }

    #[cfg(not(target_os = "linux"))]
    pub fn of(_: i32) -> io::Result<Usage> {
        Usage::now()
    }

    /// Adds one mapping's fields, named as in smaps.
    #[cfg(target_os = "linux")]
    pub(super) fn add(&mut self, field: &dyn Fn(&str) -> u64) {
        self.rss_bytes += field("Rss");
        self.pss_bytes += field("Pss");
        self.private_bytes += field("Private_Clean") + field("Private_Dirty");
        self.anon_bytes += field("Anonymous") + field("Swap");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn anon_grows_by_what_is_written() {
        let before = Usage::now().unwrap();
        let block = std::hint::black_box(vec![1_u8; 32 << 20]);
        let after = Usage::now().unwrap();
        let grown = after.anon_bytes - before.anon_bytes;
        assert!((24 << 20..64 << 20).contains(&grown), "{grown}");
        assert!(after.anon_bytes <= after.rss_bytes && after.pss_bytes <= after.rss_bytes);
        drop(block);
    }

    #[test]
    fn another_process_has_its_own_figures_and_a_zombie_has_none() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id() as i32;
        let alive = Usage::of(pid);
        child.kill().unwrap();
        while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z")) {}
        let zombie = Usage::of(pid);
        child.wait().unwrap();
        let alive = alive.unwrap();
        assert!(alive.anon_bytes > 0 && alive.anon_bytes < Usage::now().unwrap().anon_bytes, "{alive:?}");
        assert!(zombie.is_err() && Usage::of(pid).is_err() && Usage::of(-1).is_err());
    }
}
