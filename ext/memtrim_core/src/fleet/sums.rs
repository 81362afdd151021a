//! Figures of several processes.

use super::observation::Process;
use serde::Serialize;

/// Bytes and seconds, added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sums {
    pub processes: u64,
    pub pss_bytes: u64,
    /// Shares of anonymous and swapped pages.
    pub anon_bytes: u64,
    /// Pages that several processes map count several times.
    pub rss_bytes: u64,
    pub swap_bytes: u64,
    /// Pages of files that only one process maps.
    pub private_file_bytes: u64,
    pub threads: u64,
    pub cpu_seconds: f64,
}

impl Sums {
    pub fn of<'a>(processes: impl IntoIterator<Item = &'a Process>) -> Sums {
        processes.into_iter().fold(Sums::default(), |sum, process| {
            sum.plus(&Sums {
                processes: 1,
                pss_bytes: process.memory.pss_bytes,
                anon_bytes: process.memory.anon_bytes,
                rss_bytes: process.memory.rss_bytes,
                swap_bytes: process.memory.swap_bytes,
                private_file_bytes: process.memory.private_file_bytes,
                threads: process.threads,
                cpu_seconds: process.cpu_seconds,
            })
        })
    }

    /// What a broken or hostile file says may be anything: the sums end at the largest number.
    pub fn plus(&self, other: &Sums) -> Sums {
        Sums {
            processes: self.processes.saturating_add(other.processes),
            pss_bytes: self.pss_bytes.saturating_add(other.pss_bytes),
            anon_bytes: self.anon_bytes.saturating_add(other.anon_bytes),
            rss_bytes: self.rss_bytes.saturating_add(other.rss_bytes),
            swap_bytes: self.swap_bytes.saturating_add(other.swap_bytes),
            private_file_bytes: self.private_file_bytes.saturating_add(other.private_file_bytes),
            threads: self.threads.saturating_add(other.threads),
            cpu_seconds: self.cpu_seconds + other.cpu_seconds,
        }
    }
}
