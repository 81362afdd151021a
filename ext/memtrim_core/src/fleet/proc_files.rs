//! Reads /proc, or a copy of one.

use super::fields::{Sizes, Stat};
use super::limit::{self, Limit, LimitSource};
use super::observation::{Machine, Memory, Observation, Process};
use crate::misuse::words;
use serde::Deserialize;
use std::fmt::Display;
use std::fs;
use std::io::{self, BufRead, ErrorKind, Read};
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
    let no_proc = |why: &dyn Display| io::Error::new(ErrorKind::InvalidData, format!("is no /proc ({why})"));
    let text = read(&reading.proc, "meminfo").map_err(|error| no_proc(&format!("meminfo: {}", words(&error))))?;
    let sizes = Sizes::parse(&text);
    let total_bytes = sizes.get("MemTotal").ok_or_else(|| no_proc(&"meminfo does not tell MemTotal"))?;
    let mut observation = Observation {
        time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs()),
        machine: machine(&sizes, total_bytes),
        tenant_variable: reading.tenant_variable.clone(),
        ..Observation::default()
    };
    let kernel = Kernel::of(&reading.proc);
    let (mut groups, mut untold, mut undivided) = (Vec::new(), 0, false);
    for pid in pids(&reading.proc)? {
        let directory = reading.proc.join(pid.to_string());
        match one(&directory, pid, reading, &kernel) {
            Found::Readable(process, divided) => {
                if process.rails || process.tenant.is_some() {
                    groups.push(directory.join("cgroup"));
                }
                undivided |= !divided;
                observation.processes.push(*process);
            }
            Found::Unreadable { rss_bytes, untold: is_untold } => {
                observation.unreadable.processes += 1;
                observation.unreadable.rss_bytes = observation.unreadable.rss_bytes.saturating_add(rss_bytes);
                untold += u64::from(is_untold);
            }
            Found::KernelThread => observation.kernel_threads += 1,
            Found::Zombie => observation.zombies += 1,
            Found::Gone => observation.vanished += 1,
        }
    }
    if groups.is_empty() {
        groups.push(reading.proc.join("self/cgroup"));
    }
    let mountinfo = text_of(&reading.proc.join("self/mountinfo")).unwrap_or_default();
    let (limit, outside) = limit(reading, &groups, &mountinfo);
    observation.machine.limit = limit.filter(|limit| limit.bytes < total_bytes);
    let notes = [
        (untold > 0)
            .then(|| format!("this kernel tells no PSS of {untold} processes: it has neither smaps_rollup nor smaps")),
        undivided.then(|| {
            "this kernel does not divide anonymous memory (Linux does since 5.4): what forks share counts in each"
                .into()
        }),
        hides(&mountinfo, &reading.proc)
            .then(|| "/proc is mounted with hidepid: other users' processes may not even be counted. Root may".into()),
        outside.then(|| {
            "the control group of the tenants is not seen from here: a limit that it has is not known".to_string()
        }),
    ];
    observation.notes = notes.into_iter().flatten().collect();
    Ok(observation)
}

fn machine(sizes: &Sizes, total_bytes: u64) -> Machine {
    // Pages of tmpfs are counted as cached, and can't be dropped.
    let available = || {
        let cached = sizes.bytes("Cached").saturating_sub(sizes.bytes("Shmem"));
        sizes.bytes("MemFree").saturating_add(sizes.bytes("Buffers")).saturating_add(cached)
    };
    Machine {
        total_bytes,
        available_bytes: sizes.get("MemAvailable").unwrap_or_else(available).min(total_bytes),
        swap_bytes: sizes.bytes("SwapTotal"),
        swap_free_bytes: sizes.bytes("SwapFree"),
        limit: None,
    }
}

fn pids(proc: &Path) -> io::Result<Vec<i32>> {
    let pid = |entry: io::Result<fs::DirEntry>| {
        let name = entry.ok()?.file_name();
        let name = name.to_str().filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()) && !it.starts_with('0'))?;
        name.parse().ok()
    };
    let mut pids: Vec<i32> = fs::read_dir(proc)?.filter_map(pid).collect();
    pids.sort_unstable();
    Ok(pids)
}

/// Whether processes of others are left out of the directory (hidepid=2 of proc(5)).
fn hides(mountinfo: &str, proc: &Path) -> bool {
    mountinfo.lines().any(|line| {
        let Some((before, after)) = line.split_once(" - proc ") else { return false };
        before.split(' ').nth(4).is_some_and(|point| Path::new(point) == proc)
            && after
                .split([' ', ','])
                .any(|it| matches!(it, "hidepid=2" | "hidepid=invisible" | "hidepid=4" | "hidepid=ptraceable"))
    })
}

enum Found {
    /// And whether its anonymous memory is divided by those that share it.
    Readable(Box<Process>, bool),
    /// Untold: not for want of permission.
    Unreadable {
        rss_bytes: u64,
        untold: bool,
    },
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
            uptime_seconds: uptime
                .split_ascii_whitespace()
                .next()
                .and_then(|it| it.parse().ok())
                .filter(|it: &f64| it.is_finite())
                .unwrap_or(0.0),
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

/// Of no file is more read. A command line or an environment is longer only where somebody means it to be (the kernel lets
/// a process have 2 MiB of both); the list of mappings is, with 65530 of them, about 6 MiB.
const MOST: u64 = 8 << 20;
/// smaps has some 700 bytes for each mapping. It is read line by line.
const MOST_OF_SMAPS: u64 = 256 << 20;
const LONGEST_LINE: u64 = 64 << 10;
/// Of a command line: what names a program is at its beginning.
const MOST_OF_ARGUMENTS: u64 = 64 << 10;

/// A FIFO in a made-up tree must not be waited for.
fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

fn read(directory: &Path, name: &str) -> io::Result<Vec<u8>> {
    read_most(&directory.join(name), MOST)
}

fn read_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open(path)?.take(most).read_to_end(&mut text)?;
    Ok(text)
}

fn text_of(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&read_most(path, MOST).ok()?).into_owned())
}

fn link(directory: &Path, name: &str) -> Option<String> {
    Some(fs::read_link(directory.join(name)).ok()?.to_string_lossy().into_owned())
}

fn one(directory: &Path, pid: i32, reading: &Reading, kernel: &Kernel) -> Found {
    let text = match read(directory, "stat") {
        Ok(text) => text,
        Err(error) if is_gone(&error) => return Found::Gone,
        Err(_) => return Found::Unreadable { rss_bytes: 0, untold: false },
    };
    let Some(stat) = Stat::parse(&text).filter(|stat| stat.pid == pid) else {
        return Found::Unreadable { rss_bytes: 0, untold: false };
    };
    if stat.is_kernel_thread() {
        return Found::KernelThread;
    }
    if stat.has_ended() {
        return Found::Zombie;
    }
    let memory = memory(directory);
    let found = match memory {
        Ok(Some((memory, divided))) => {
            Found::Readable(Box::new(describe(directory, &stat, memory, reading, kernel)), divided)
        }
        // Whoever lacks these files or has nothing in them may have ended, or never had them.
        Ok(None) | Err(_) => Found::Unreadable {
            rss_bytes: stat.rss_pages.saturating_mul(kernel.page_bytes),
            untold: memory.is_err_and(|error| is_gone(&error)),
        },
    };
    // Whoever has this pid by now may be another one than was begun with.
    match read(directory, "stat").map(|text| Stat::parse(&text)) {
        Ok(Some(now)) if now.start_ticks != stat.start_ticks => Found::Gone,
        Ok(Some(now)) if !matches!(found, Found::Readable(..)) && now.has_ended() => Found::Zombie,
        // What is about to end has given back its memory already.
        Ok(Some(now)) if !matches!(found, Found::Readable(..)) && now.is_exiting() => Found::Gone,
        Err(error) if is_gone(&error) => Found::Gone,
        _ => found,
    }
}

/// ESRCH is what the files of a process that has ended say while they are open.
fn is_gone(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// None of a process without memory. And whether anonymous memory is divided.
fn memory(directory: &Path) -> io::Result<Option<(Memory, bool)>> {
    match read(directory, "smaps_rollup") {
        Ok(text) => Ok(of_rollup(&Sizes::parse(&text))),
        // Before Linux 4.14. Of a process that is gone, this one is not there either.
        Err(error) if error.kind() == ErrorKind::NotFound => of_smaps(open(&directory.join("smaps"))?),
        Err(error) => Err(error),
    }
}

fn of_rollup(sizes: &Sizes) -> Option<(Memory, bool)> {
    let rss_bytes = sizes.get("Rss")?;
    let pss_bytes = sizes.get("Pss")?;
    // Pss_Anon since Linux 5.4, SwapPss since 4.3 (Documentation/ABI/testing/procfs-smaps_rollup). Of a mapping that is
    // all anonymous, its share is the mapping's; of any, at most.
    let divided = sizes.get("Pss_Anon");
    let resident = divided.unwrap_or_else(|| sizes.bytes("Anonymous").min(pss_bytes));
    let swap_bytes = sizes.get("SwapPss").unwrap_or_else(|| sizes.bytes("Swap"));
    // Clean private pages are those of files, but for those that were given up (MADV_FREE), or swapped in and not written
    // since: the share of files bounds them.
    let clean = sizes.bytes("Private_Clean").saturating_sub(sizes.bytes("LazyFree"));
    let memory = Memory {
        rss_bytes,
        pss_bytes,
        anon_bytes: resident.saturating_add(swap_bytes),
        swap_bytes,
        private_file_bytes: clean.min(pss_bytes.saturating_sub(resident)),
    };
    Some((memory, divided.is_some()))
}

/// The same, one mapping after the other. Never the half of it: a sum that stops in the middle would be believed.
fn of_smaps(file: fs::File) -> io::Result<Option<(Memory, bool)>> {
    let mut reader = io::BufReader::new(file.take(MOST_OF_SMAPS));
    let (mut sum, mut mapping, mut line): (Option<Memory>, Vec<u8>, Vec<u8>) = Default::default();
    loop {
        line.clear();
        let length = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if length == 0 || !line.first().is_some_and(u8::is_ascii_uppercase) {
            sum = plus(sum, of_rollup(&Sizes::parse(&mapping)).map(|(memory, _)| memory));
            mapping.clear();
        } else if (mapping.len() as u64) < LONGEST_LINE {
            mapping.extend(&line);
        }
        if length == 0 {
            break;
        }
    }
    if reader.into_inner().limit() == 0 {
        return Err(io::Error::new(ErrorKind::InvalidData, "smaps does not end"));
    }
    Ok(sum.map(|memory| (memory, false)))
}

fn plus(sum: Option<Memory>, more: Option<Memory>) -> Option<Memory> {
    let Some(more) = more else { return sum };
    let sum = sum.unwrap_or_default();
    Some(Memory {
        rss_bytes: sum.rss_bytes.saturating_add(more.rss_bytes),
        pss_bytes: sum.pss_bytes.saturating_add(more.pss_bytes),
        anon_bytes: sum.anon_bytes.saturating_add(more.anon_bytes),
        swap_bytes: sum.swap_bytes.saturating_add(more.swap_bytes),
        private_file_bytes: sum.private_file_bytes.saturating_add(more.private_file_bytes),
    })
}

fn describe(directory: &Path, stat: &Stat, memory: Memory, reading: &Reading, kernel: &Kernel) -> Process {
    let started = stat.start_ticks as f64 / kernel.ticks_per_second;
    // The kernel says so of a file that is gone, as after an update; and of one that never was, memfd_create(2), which tells
    // less than the name that the kernel has.
    let name = |path: String| {
        let path = path.strip_suffix(" (deleted)").unwrap_or(&path).to_string();
        path.rsplit('/').next().map(ToString::to_string).filter(|name| !name.is_empty() && !name.starts_with("memfd:"))
    };
    let program = link(directory, "exe").and_then(name).unwrap_or_else(|| stat.name.clone());
    let arguments = read_most(&directory.join("cmdline"), MOST_OF_ARGUMENTS).unwrap_or_default();
    let mut arguments: Vec<String> =
        arguments.split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into_owned()).collect();
    // A title that a program gives itself is padded with zeros.
    while arguments.last().is_some_and(String::is_empty) {
        arguments.pop();
    }
    let is_ruby = super::kind::is_ruby(&program);
    let ([tenant, environment], overwritten) =
        variables(directory, [&reading.tenant_variable, &reading.environment_variable]);
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
        overwritten: overwritten && is_ruby,
        memory,
    }
}

/// The values of these variables alone; the others' are not kept for a moment longer than it takes to pass them over. And
/// whether the environment is not there any more: a Ruby writes a title that is longer than its command line over it, and
/// zeros over the rest (missing/setproctitle.c).
fn variables(directory: &Path, names: [&Option<String>; 2]) -> ([Option<String>; 2], bool) {
    if names.iter().all(|name| name.is_none()) {
        return ([None, None], false);
    }
    let text = read(directory, "environ").unwrap_or_default();
    let overwritten = text.first() == Some(&0) || text.windows(2).any(|pair| pair == [0, 0]);
    let values = names.map(|name| {
        let name = name.as_ref()?.as_bytes();
        let value = |entry: &[u8]| entry.strip_prefix(name)?.strip_prefix(b"=").map(<[u8]>::to_vec);
        let value = text.split(|byte| *byte == 0).find_map(value)?;
        Some(String::from_utf8_lossy(&value).into_owned()).filter(|value| !value.is_empty())
    });
    (values, overwritten)
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

/// The limit that holds all the processes whose `cgroup` files these are; and whether their group is out of sight.
fn limit(reading: &Reading, groups: &[PathBuf], mountinfo: &str) -> (Option<Limit>, bool) {
    let under_root = |path: &Path| text_of(&reading.root.join(path.strip_prefix("/").unwrap_or(path)));
    let groups: Vec<(Option<String>, Option<String>)> =
        groups.iter().filter_map(|path| text_of(path)).map(|it| limit::groups(&it)).collect();
    let of = |source: LimitSource| {
        let paths: Vec<String> = groups
            .iter()
            .filter_map(|(v1, v2)| if source == LimitSource::CgroupV1 { v1.clone() } else { v2.clone() })
            .collect();
        limit::common(&paths)
    };
    let (mut best, mut outside): (Option<Limit>, bool) = (None, false);
    for mount in limit::mounts(mountinfo) {
        let Some(group) = of(mount.source) else { continue };
        let Some(path) = limit::seen(&mount, &group) else {
            outside = true;
            continue;
        };
        let found = limit::least(&mount, &path, &under_root);
        best = best.into_iter().chain(found).min_by_key(|limit| limit.bytes);
    }
    let outside = outside && best.is_none();
    (best, outside)
}
