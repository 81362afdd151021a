//! Made-up /proc trees for tests, with the texts of real kernels.

use super::{observe, Observation, Reading};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Whose texts a tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linux {
    /// CentOS 7: no smaps_rollup, no SwapPss, no MemAvailable before its later updates.
    V3_10,
    V4_4,
    /// smaps_rollup without Pss_Anon.
    V4_14,
    V5_4,
    /// Pss_Dirty, KSM, and huge pages of files.
    V6_18,
    /// Neither smaps_rollup nor smaps.
    Gvisor,
}

pub const ALL: [Linux; 6] = [Linux::V3_10, Linux::V4_4, Linux::V4_14, Linux::V5_4, Linux::V6_18, Linux::Gvisor];

pub struct ProcTree {
    pub directory: TempDir,
    pub linux: Linux,
}

pub const KIB: u64 = 1024;

impl ProcTree {
    pub fn new(linux: Linux) -> ProcTree {
        let tree = ProcTree { directory: tempfile::tempdir().unwrap(), linux };
        let available = if linux == Linux::V3_10 { "" } else { "MemAvailable:    6000000 kB\n" };
        tree.write(
            "meminfo",
            format!(
                "MemTotal:        8000000 kB\nMemFree:         1000000 kB\n{available}Buffers:          500000 kB\n\
                 Cached:          3000000 kB\nSwapCached:            0 kB\nShmem:            200000 kB\n\
                 SwapTotal:       2000000 kB\nSwapFree:        1500000 kB\nHugePages_Total:       0\n"
            ),
        );
        tree.write("uptime", "1000.50 3000.25\n");
        tree.write("self/cgroup", "0::/\n");
        tree.write("self/mountinfo", "24 1 0:22 / /proc rw,nosuid - proc proc rw\n");
        tree.write("version", "Linux version\n");
        tree
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A file of the tree, or in place of one.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn link(&self, name: &str, target: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// A process with all its files. `arguments`: with zeros between and after them. Started 100 s after the machine, unless
    /// its pid is below 100.
    pub fn process(&self, pid: i32, ppid: i32, program: &str, arguments: impl AsRef<[u8]>) {
        let of = |name: &str| format!("{pid}/{name}");
        let name = program.as_bytes().iter().take(15).copied().collect::<Vec<u8>>();
        self.write(&of("stat"), stat(pid, ppid, &name, 'S', 0x0040_0100));
        self.write(&of("cmdline"), arguments);
        self.write(&of("environ"), "PATH=/bin\0");
        self.write(&of("cgroup"), "0::/\n");
        self.write(&of("maps"), "");
        self.link(&of("exe"), &format!("/usr/bin/{program}"));
        for (name, text) in self.memory() {
            self.write(&of(name), text);
        }
    }

    /// And the directory of a Rails app.
    pub fn rails(&self, pid: i32, ppid: i32, arguments: &str, app: &str) {
        self.process(pid, ppid, "ruby3.3", arguments);
        let directory = self.path().join("apps").join(app);
        fs::create_dir_all(directory.join("config")).unwrap();
        fs::write(directory.join("config/application.rb"), "").unwrap();
        self.link(&format!("{pid}/cwd"), directory.to_str().unwrap());
    }

    pub fn memory(&self) -> Vec<(&'static str, String)> {
        match self.linux {
            Linux::V3_10 | Linux::V4_4 => vec![("smaps", smaps(self.linux))],
            Linux::Gvisor => Vec::new(),
            _ => vec![("smaps_rollup", rollup(self.linux)), ("smaps", smaps(self.linux))],
        }
    }

    pub fn reading(&self) -> Reading {
        Reading {
            proc: self.path().into(),
            root: self.path().join("root"),
            tenant_variable: Some("RAILS_APP_DB".into()),
            environment_variable: Some("RAILS_ENV".into()),
            gems: true,
        }
    }

    pub fn observe(&self) -> Observation {
        observe(&self.reading()).unwrap()
    }

    pub fn pids(&self) -> Vec<PathBuf> {
        let is_pid = |it: &PathBuf| it.file_name().unwrap().to_str().unwrap().parse::<i32>().is_ok();
        fs::read_dir(self.path()).unwrap().map(|it| it.unwrap().path()).filter(is_pid).collect()
    }
}

/// With 2 threads, 300 ticks of the CPU and 1024 pages.
pub fn stat(pid: i32, ppid: i32, name: &[u8], state: char, flags: u64) -> Vec<u8> {
    let start = if pid < 100 { 0 } else { 10_000 };
    let rest = format!(
        ") {state} {ppid} {pid} {pid} 0 -1 {flags} 4000 0 10 0 200 100 0 0 20 0 2 0 {start} 90000000 1024 \
         18446744073709551615 1 1 0 0 0 0 0 4096 1073741903 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    );
    [format!("{pid} (").as_bytes(), name, rest.as_bytes()].concat()
}

fn rollup(linux: Linux) -> String {
    let dirty = if linux == Linux::V6_18 { "Pss_Dirty:          3072 kB\n" } else { "" };
    let parts = if linux == Linux::V4_14 {
        ""
    } else {
        "Pss_Anon:           3072 kB\nPss_File:            768 kB\nPss_Shmem:             0 kB\n"
    };
    let more = if linux == Linux::V6_18 { "KSM:                   0 kB\n" } else { "" };
    format!(
        "55d0c0c00000-7ffd1d5e9000 ---p 00000000 00:00 0                          [rollup]\n\
         Rss:                4096 kB\nPss:                3840 kB\n{dirty}{parts}Shared_Clean:        512 kB\n\
         Shared_Dirty:          0 kB\nPrivate_Clean:       512 kB\nPrivate_Dirty:      3072 kB\n\
         Referenced:         4096 kB\nAnonymous:          3072 kB\n{more}LazyFree:              0 kB\n\
         AnonHugePages:         0 kB\nShared_Hugetlb:        0 kB\nPrivate_Hugetlb:       0 kB\n\
         Swap:               1024 kB\nSwapPss:            1024 kB\nLocked:                0 kB\n"
    )
}

fn smaps(linux: Linux) -> String {
    let swap_share = if linux == Linux::V3_10 { "" } else { "SwapPss:            1024 kB\n" };
    let no_swap_share = if linux == Linux::V3_10 { "" } else { "SwapPss:               0 kB\n" };
    format!(
        "55d0c0c00000-55d0c1000000 rw-p 00000000 00:00 0                          [heap]\n\
         Size:               4096 kB\nRss:                3072 kB\nPss:                3072 kB\n\
         Shared_Clean:          0 kB\nShared_Dirty:          0 kB\nPrivate_Clean:         0 kB\n\
         Private_Dirty:      3072 kB\nReferenced:         3072 kB\nAnonymous:          3072 kB\n\
         AnonHugePages:         0 kB\nSwap:               1024 kB\n{swap_share}KernelPageSize:        4 kB\n\
         MMUPageSize:           4 kB\nLocked:                0 kB\nVmFlags: rd wr mr mw me ac\n\
         7f0000000000-7f0000100000 r-xp 00000000 08:01 131  /usr/lib/My Library\\0121.so\n\
         Size:               1024 kB\nRss:                1024 kB\nPss:                 768 kB\n\
         Shared_Clean:        512 kB\nShared_Dirty:          0 kB\nPrivate_Clean:       512 kB\n\
         Private_Dirty:         0 kB\nReferenced:         1024 kB\nAnonymous:             0 kB\n\
         AnonHugePages:         0 kB\nSwap:                  0 kB\n{no_swap_share}KernelPageSize:        4 kB\n\
         MMUPageSize:           4 kB\nLocked:                0 kB\nVmFlags: rd ex mr mw me\n\
         ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                  [vsyscall]\n\
         Size:                  4 kB\nRss:                   0 kB\nPss:                   0 kB\n\
         Shared_Clean:          0 kB\nShared_Dirty:          0 kB\nPrivate_Clean:         0 kB\n\
         Private_Dirty:         0 kB\nReferenced:            0 kB\nAnonymous:             0 kB\nSwap:                  0 kB\n"
    )
}
