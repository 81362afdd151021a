//! What was read of /proc, before anything is concluded from it.

use super::limit::Limit;
use serde::Serialize;

/// Bytes of a process, from `/proc/PID/smaps_rollup` (proc(5)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    pub rss_bytes: u64,
    /// Resident pages, each divided by the number of processes that map it.
    pub pss_bytes: u64,
    /// Anonymous pages, resident or swapped, each divided likewise: what forks share counts once. Before Linux 5.4, which
    /// does not tell, it is an upper bound.
    pub anon_bytes: u64,
    /// Likewise divided; before Linux 4.3 all that is swapped.
    pub swap_bytes: u64,
    /// Pages of files that nobody else maps.
    pub private_file_bytes: u64,
}

/// One process that may be read. Its arguments and its directory are what it says: not yet safe to print.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    pub pid: i32,
    pub ppid: i32,
    /// Clock ticks after the machine's start: a pid that came back to somebody else has another.
    pub start_ticks: u64,
    pub age_seconds: f64,
    /// proc(5): `R`unning, `S`leeping, …
    pub state: char,
    pub threads: u64,
    pub cpu_seconds: f64,
    /// The executable file's name; where it can't be read, the name that the kernel has of it, at most 15 bytes.
    pub program: String,
    pub arguments: Vec<String>,
    pub directory: Option<String>,
    /// Its directory is that of a Rails app.
    pub rails: bool,
    /// Values of the two variables that were asked for.
    pub tenant: Option<String>,
    pub environment: Option<String>,
    /// Its environment can't be read any more: its title, longer than its command line was, is written over it.
    pub overwritten: bool,
    pub memory: Memory,
    /// Gems whose libraries it has mapped, name and version as in their directories: `fast_excel-0.6.1`. Of a Ruby only,
    /// and only when asked for.
    pub gems: Vec<String>,
}

/// Processes that may not be read, and what the kernel tells everybody about them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    pub processes: u64,
    /// Sum of their resident pages: those that several map count several times.
    pub rss_bytes: u64,
}

/// `/proc/meminfo`, and the limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    pub total_bytes: u64,
    /// The kernel's own estimate of what can be had without swapping; before Linux 3.14, free and cached memory.
    pub available_bytes: u64,
    pub swap_bytes: u64,
    pub swap_free_bytes: u64,
    /// Of the control group that holds all tenants, or this command where there is none; None where no limit is below the
    /// machine's memory.
    pub limit: Option<Limit>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// Seconds since 1970.
    pub time: u64,
    pub machine: Machine,
    /// By their pids.
    pub processes: Vec<Process>,
    pub unreadable: Unreadable,
    pub kernel_threads: u64,
    pub zombies: u64,
    /// Ended while they were read.
    pub vanished: u64,
    /// The environment variable that names tenants.
    pub tenant_variable: Option<String>,
    /// What could not be known here, in words.
    pub notes: Vec<String>,
}
