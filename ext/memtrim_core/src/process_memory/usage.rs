//! The five figures of a process.

use procfs::process::Process;
use procfs::ProcResult;
use serde::{Deserialize, Serialize};

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
    pub fn now() -> ProcResult<Usage> {
        let rollup = Process::myself()?.smaps_rollup()?;
        let mut usage = Usage::default();
        for map in &rollup.memory_map_rollup {
            let field = |name: &str| map.extension.map.get(name).copied().unwrap_or(0);
            usage.rss_bytes += field("Rss");
            usage.pss_bytes += field("Pss");
            usage.private_bytes += field("Private_Clean") + field("Private_Dirty");
            usage.anon_bytes += field("Anonymous") + field("Swap");
        }
        Ok(usage)
    }
}

#[cfg(test)]
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
