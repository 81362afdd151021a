//! Reads /proc, or a copy of one.

use super::fields::{Sizes, Stat};
use super::limit::{self, Limit, LimitSource};
use super::observation::{Machine, Memory, Observation, Process};
use serde::Deserialize;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What to read, and where.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reading {
    /// The machine's /proc.
    pub proc: PathBuf,
    /// What the paths of control groups are under.
    pub root: PathBuf,
    /// The environment variable that names tenants; none is read without.
    pub tenant_variable: Option<String>,
    /// That which names an app's environment, as RAILS_ENV.
    pub environment_variable: Option<String>,
    /// Also which gems' libraries each Ruby has mapped: a file as long as it has mappings.
    pub gems: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Reading {
            proc: "/proc".into(),
            root: "/".into(),
            tenant_variable: None,
            environment_variable: None,
            gems: false,
        }
    }
}

/// All processes at this moment, one after the other: each reading takes about 0.1 ms, more of a large process.
///
/// # Errors
/// Where the directory can't be listed, or says nothing of the machine: it is not a /proc.
pub fn observe(reading: &Reading) -> io::Result<Observation> {
    let sizes = Sizes::parse(&read(&reading.proc, "meminfo")?);
    let total_bytes = sizes.get("MemTotal").ok_or_else(|| {
        io::Error::new(ErrorKind::InvalidData, format!("{}/meminfo does not tell MemTotal", reading.proc.display()))
    })?;
    let available =
        || sizes.bytes("MemFree").saturating_add(sizes.bytes("Buffers")).saturating_add(sizes.bytes("Cached"));
    let machine = Machine {
        total_bytes,
        available_bytes: sizes.get("MemAvailable").unwrap_or_else(available).min(total_bytes),
        swap_bytes: sizes.bytes("SwapTotal"),
        swap_free_bytes: sizes.bytes("SwapFree"),
        limit: None,
    };
    let mut observation = Observation {
        time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs()),
        machine,
        tenant_variable: reading.tenant_variable.clone(),
        ..Observation::default()
    };
    let kernel = Kernel::of(&reading.proc);
    let mut groups = Vec::new();
    let mut pids: Vec<i32> =
        fs::read_dir(&reading.proc)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    for pid in pids {
        let directory = reading.proc.join(pid.to_string());
        match one(&directory, pid, reading, &kernel) {
            Found::Readable(process) => {
                if process.rails || process.tenant.is_some() {
                    groups.push(directory.join("cgroup"));
                }
                observation.processes.push(*process);
            }
            Found::Unreadable { rss_bytes } => {
                observation.unreadable.processes += 1;
                observation.unreadable.rss_bytes = observation.unreadable.rss_bytes.saturating_add(rss_bytes);
            }
            Found::KernelThread => observation.kernel_threads += 1,
            Found::Zombie => observation.zombies += 1,
            Found::Gone => observation.vanished += 1,
        }
    }
    if groups.is_empty() {
        groups.push(reading.proc.join("self/cgroup"));
    }
    observation.machine.limit = limit(reading, &groups).filter(|limit| limit.bytes < total_bytes);
    Ok(observation)
}

enum Found {
    Readable(Box<Process>),
    Unreadable { rss_bytes: u64 },
    KernelThread,
    Zombie,
    Gone,
}

/// What the kernel counts in.
struct Kernel {
    uptime_seconds: f64,
    ticks_per_second: f64,
    page_bytes: u64,
}

impl Kernel {
    fn of(proc: &Path) -> Kernel {
        let uptime = read(proc, "uptime").unwrap_or_default();
        let uptime = String::from_utf8_lossy(&uptime);
        Kernel {
            uptime_seconds: uptime.split_ascii_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0.0),
            ticks_per_second: ticks_per_second(),
            page_bytes: page_bytes(),
        }
    }
}

#[cfg(target_os = "linux")]
fn ticks_per_second() -> f64 {
    procfs::ticks_per_second() as f64
}

#[cfg(target_os = "linux")]
fn page_bytes() -> u64 {
    procfs::page_size()
}

#[cfg(not(target_os = "linux"))]
fn ticks_per_second() -> f64 {
    100.0
}

#[cfg(not(target_os = "linux"))]
fn page_bytes() -> u64 {
    4096
}

fn read(directory: &Path, name: &str) -> io::Result<Vec<u8>> {
    fs::read(directory.join(name))
}

fn link(directory: &Path, name: &str) -> Option<String> {
    Some(fs::read_link(directory.join(name)).ok()?.to_string_lossy().into_owned())
}

fn one(directory: &Path, pid: i32, reading: &Reading, kernel: &Kernel) -> Found {
    let text = match read(directory, "stat") {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Found::Unreadable { rss_bytes: 0 },
        Err(_) => return Found::Gone,
    };
    let Some(stat) = Stat::parse(&text).filter(|stat| stat.pid == pid) else {
        return Found::Unreadable { rss_bytes: 0 };
    };
    if stat.is_kernel_thread() {
        return Found::KernelThread;
    }
    if matches!(stat.state, 'Z' | 'X' | 'x') {
        return Found::Zombie;
    }
    let memory = match memory(directory) {
        Ok(Some(memory)) => memory,
        Err(error) if is_gone(&error) => return Found::Gone,
        Ok(None) | Err(_) => return Found::Unreadable { rss_bytes: stat.rss_pages.saturating_mul(kernel.page_bytes) },
    };
    let process = describe(directory, &stat, memory, reading, kernel);
    // Whoever has this pid by now may be another one than was begun with.
    match read(directory, "stat").ok().and_then(|text| Stat::parse(&text)) {
        Some(now) if now.start_ticks == stat.start_ticks => Found::Readable(Box::new(process)),
        _ => Found::Gone,
    }
}

/// ESRCH is what the files of a process that has ended say while they are open.
fn is_gone(error: &io::Error) -> bool {
    const ESRCH: i32 = 3;
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(ESRCH)
}

/// None where the file is not what it should be.
fn memory(directory: &Path) -> io::Result<Option<Memory>> {
    match read(directory, "smaps_rollup") {
        Ok(text) => Ok(of_rollup(&Sizes::parse(&text))),
        // Before Linux 4.14. Of a process that is gone, this one is not there either.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(of_smaps(&read(directory, "smaps")?)),
        Err(error) => Err(error),
    }
}

fn of_rollup(sizes: &Sizes) -> Option<Memory> {
    let rss_bytes = sizes.get("Rss")?;
    let anonymous = sizes.bytes("Anonymous");
    // Pss_Anon since Linux 5.4, SwapPss since 4.3 (Documentation/ABI/testing/procfs-smaps_rollup).
    let swap_bytes = sizes.get("SwapPss").unwrap_or_else(|| sizes.bytes("Swap"));
    let anon_bytes = sizes.get("Pss_Anon").unwrap_or(anonymous).saturating_add(swap_bytes);
    let private = sizes.bytes("Private_Clean").saturating_add(sizes.bytes("Private_Dirty"));
    Some(Memory {
        rss_bytes,
        pss_bytes: sizes.bytes("Pss"),
        anon_bytes,
        swap_bytes,
        // Clean private pages are those of files, but for a few anonymous ones that were swapped in and not written since.
        private_file_bytes: private.saturating_sub(anonymous).min(sizes.bytes("Private_Clean")),
    })
}

/// The same, one mapping after the other.
fn of_smaps(text: &[u8]) -> Option<Memory> {
    let mut sum: Option<Memory> = None;
    let text = String::from_utf8_lossy(text);
    let is_head = |line: &str| !line.starts_with(|it: char| it.is_ascii_uppercase());
    let mut lines = text.lines().peekable();
    while lines.next_if(|line| is_head(line)).is_some() {
        let mut mapping = String::new();
        while let Some(line) = lines.next_if(|line| !is_head(line)) {
            mapping += line;
            mapping.push('\n');
        }
        if let Some(more) = of_rollup(&Sizes::parse(mapping.as_bytes())) {
            let so_far = sum.unwrap_or_default();
            sum = Some(Memory {
                rss_bytes: so_far.rss_bytes.saturating_add(more.rss_bytes),
                pss_bytes: so_far.pss_bytes.saturating_add(more.pss_bytes),
                anon_bytes: so_far.anon_bytes.saturating_add(more.anon_bytes),
                swap_bytes: so_far.swap_bytes.saturating_add(more.swap_bytes),
                private_file_bytes: so_far.private_file_bytes.saturating_add(more.private_file_bytes),
            });
        }
    }
    sum
}

fn describe(directory: &Path, stat: &Stat, memory: Memory, reading: &Reading, kernel: &Kernel) -> Process {
    let started = stat.start_ticks as f64 / kernel.ticks_per_second;
    // The kernel says so of a file that is gone, as after an update.
    let name = |path: String| {
        let path = path.strip_suffix(" (deleted)").unwrap_or(&path).to_string();
        path.rsplit('/').next().map(ToString::to_string).filter(|name| !name.is_empty())
    };
    let program = link(directory, "exe").and_then(name).unwrap_or_else(|| stat.name.clone());
    let arguments = read(directory, "cmdline").unwrap_or_default();
    let mut arguments: Vec<String> =
        arguments.split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into_owned()).collect();
    // A title that a program gives itself is padded with zeros.
    while arguments.last().is_some_and(String::is_empty) {
        arguments.pop();
    }
    let is_ruby = super::kind::is_ruby(&program);
    let variables = variables(directory, [&reading.tenant_variable, &reading.environment_variable]);
    let [tenant, environment] = variables;
    Process {
        pid: stat.pid,
        ppid: stat.ppid,
        start_ticks: stat.start_ticks,
        age_seconds: (kernel.uptime_seconds - started).max(0.0),
        state: stat.state,
        threads: stat.threads,
        cpu_seconds: stat.cpu_ticks as f64 / kernel.ticks_per_second,
        directory: link(directory, "cwd"),
        rails: is_ruby && directory.join("cwd/config/application.rb").exists(),
        gems: if is_ruby && reading.gems { gems(directory) } else { Vec::new() },
        program,
        arguments,
        tenant,
        environment,
        memory,
    }
}

/// The values of these variables alone; the others' are not kept for a moment longer than it takes to pass them over.
fn variables(directory: &Path, names: [&Option<String>; 2]) -> [Option<String>; 2] {
    if names.iter().all(|name| name.is_none()) {
        return [None, None];
    }
    let text = read(directory, "environ").unwrap_or_default();
    names.map(|name| {
        let name = name.as_ref()?.as_bytes();
        let value = |entry: &[u8]| entry.strip_prefix(name)?.strip_prefix(b"=").map(<[u8]>::to_vec);
        let value = text.split(|byte| *byte == 0).find_map(value)?;
        Some(String::from_utf8_lossy(&value).into_owned()).filter(|value| !value.is_empty())
    })
}

/// `…/gems/NAME-VERSION/…/x.so` and `…/extensions/PLATFORM/RUBY/NAME-VERSION/x.so`: RubyGems' directories.
fn gems(directory: &Path) -> Vec<String> {
    let text = read(directory, "maps").unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let gem = |line: &str| {
        let path = line.get(line.find('/')?..)?;
        path.contains(".so").then_some(())?;
        let mut parts = path.split('/');
        let name = match path.split_once("/extensions/") {
            Some((_, rest)) => rest.split('/').nth(2),
            None => parts.by_ref().skip_while(|it| *it != "gems").skip_while(|it| *it == "gems").find(|it| is_gem(it)),
        };
        name.filter(|it| is_gem(it)).map(ToString::to_string)
    };
    let mut list: Vec<String> = text.lines().filter_map(gem).collect();
    list.sort();
    list.dedup();
    list
}

fn is_gem(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(name, _)| !name.is_empty()) && name.contains(|it: char| it.is_ascii_digit())
}

/// The limit that holds all the processes whose `cgroup` files these are.
fn limit(reading: &Reading, groups: &[PathBuf]) -> Option<Limit> {
    let text = |path: &Path| Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned());
    let under_root = |path: &Path| text(&reading.root.join(path.strip_prefix("/").unwrap_or(path)));
    let groups: Vec<(Option<String>, Option<String>)> =
        groups.iter().filter_map(|path| text(path)).map(|it| limit::groups(&it)).collect();
    let of = |source: LimitSource| {
        let paths: Vec<String> = groups
            .iter()
            .filter_map(|(v1, v2)| if source == LimitSource::CgroupV1 { v1.clone() } else { v2.clone() })
            .collect();
        limit::common(&paths)
    };
    let mounts = limit::mounts(&text(&reading.proc.join("self/mountinfo")).unwrap_or_default());
    let limits = mounts.iter().filter_map(|mount| limit::least(mount, &of(mount.source)?, &under_root));
    limits.min_by_key(|limit| limit.bytes)
}
