//! The five figures of a process.

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
        let rollup =
            procfs::process::Process::myself().and_then(|process| process.smaps_rollup()).map_err(io::Error::other)?;
        let mut usage = Usage::default();
        for map in &rollup.memory_map_rollup {
            usage.add(&|name| map.extension.map.get(name).copied().unwrap_or(0));
        }
        Ok(usage)
    }

    #[cfg(not(target_os = "linux"))]
    pub fn now() -> io::Result<Usage> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "measuring needs Linux with /proc"))
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
}
