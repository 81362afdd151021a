//! How much memory the tenants may use: the least limit of the control groups that they are in (cgroups(7)).

use crate::process_memory::shown;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSource {
    CgroupV1,
    CgroupV2,
}

/// Of a control group: what it may use, and what it uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    pub bytes: u64,
    /// Without the pages of files that the kernel can drop (inactive_file), as `docker stats` counts.
    pub used_bytes: u64,
    pub source: LimitSource,
    /// The group's path below the mount, as it is seen from here. Safe to print.
    pub group: String,
}

/// Where the memory controller of a hierarchy is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub source: LimitSource,
    /// The group that the mount shows, and where.
    pub root: String,
    pub point: PathBuf,
}

/// The mounts of /proc/self/mountinfo that have a memory controller; the line's shape is that of proc(5).
pub fn mounts(mountinfo: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let fields: Vec<&str> = before.split(' ').collect();
        let mut after = after.split(' ');
        let source = match (after.next()?, after.next_back().unwrap_or("")) {
            ("cgroup2", _) => LimitSource::CgroupV2,
            ("cgroup", options) if options.split(',').any(|it| it == "memory") => LimitSource::CgroupV1,
            _ => return None,
        };
        Some(Mount { source, root: unescape(fields.get(3)?), point: PathBuf::from(unescape(fields.get(4)?)) })
    };
    mountinfo.lines().filter_map(mount).collect()
}

/// `\040` is a space (seq_path in the kernel's fs/seq_file.c).
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let octal =
            more.get(..3).and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| u8::from_str_radix(it, 8).ok());
        match octal.filter(|_| *first == b'\\') {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[3..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A process's groups by /proc/PID/cgroup: (that of v1's memory controller, that of v2).
pub fn groups(cgroup: &str) -> (Option<String>, Option<String>) {
    let (mut v1, mut v2) = (None, None);
    // The kernel says so of a group that is removed.
    let name = |path: &str| path.strip_suffix(" (deleted)").unwrap_or(path).to_string();
    for line in cgroup.lines() {
        let mut fields = line.splitn(3, ':');
        match (fields.next(), fields.next(), fields.next()) {
            (Some("0"), Some(""), Some(path)) => v2 = Some(name(path)),
            (Some(_), Some(names), Some(path)) if names.split(',').any(|it| it == "memory") => v1 = Some(name(path)),
            _ => {}
        }
    }
    (v1, v2)
}

/// The path that all of them begin with; None of none. One that is outside of what is seen makes it all so.
pub fn common(paths: &[String]) -> Option<String> {
    if let Some(outside) = paths.iter().find(|path| path.starts_with("/..")) {
        return Some(outside.clone());
    }
    let mut paths = paths.iter();
    let mut parts: Vec<&str> = paths.next()?.split('/').filter(|it| !it.is_empty()).collect();
    for path in paths {
        let other = path.split('/').filter(|it| !it.is_empty());
        let same = parts.iter().zip(other).take_while(|(a, b)| *a == b).count();
        parts.truncate(same);
    }
    Some(format!("/{}", parts.join("/")))
}

/// Where a mount shows a group: its path below the mount's point. None where it does not.
///
/// In a container's namespace a group outside of its own reads `/../…` (cgroup_namespaces(7)), and a mount from before the
/// namespace has such a root: it shows groups above, whose names are not known here, and whose limits hold for all below.
pub fn seen(mount: &Mount, group: &str) -> Option<String> {
    let is_above = |path: &str| path.split('/').any(|part| part == "..");
    if is_above(group) {
        return None;
    }
    if is_above(&mount.root) {
        return Some(String::new());
    }
    let below = group.strip_prefix(mount.root.trim_end_matches('/'))?;
    (below.is_empty() || below.starts_with('/')).then(|| below.trim_matches('/').to_string())
}

/// The least limit of a group and those that it is in, as far as they can be seen. `path`: below the mount's point. `read`:
/// a file's text.
pub fn least(mount: &Mount, path: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<Limit> {
    let mut path = path.to_string();
    let mut best: Option<Limit> = None;
    loop {
        if let Some(limit) = of(mount, &path, read) {
            if best.as_ref().is_none_or(|best| limit.bytes < best.bytes) {
                best = Some(limit);
            }
        }
        if path.is_empty() {
            return best;
        }
        path = path.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_string());
    }
}

/// v1 says "no limit" with the largest number of pages that it can count; whatever is beyond any machine's memory is none.
const NO_LIMIT: u64 = 1 << 60;
/// Characters of a group's path that are shown: a container's id has 64.
const LONGEST: usize = 200;

fn of(mount: &Mount, path: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<Limit> {
    let directory = mount.point.join(path);
    let number = |name: &str| read(&directory.join(name))?.trim().parse::<u64>().ok();
    let (limit, used, reclaimable) = match mount.source {
        LimitSource::CgroupV2 => ("memory.max", "memory.current", "inactive_file"),
        LimitSource::CgroupV1 => ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    };
    let bytes = number(limit).filter(|bytes| *bytes < NO_LIMIT)?;
    let stat = read(&directory.join("memory.stat")).unwrap_or_default();
    let reclaimable =
        stat.lines().find_map(|line| line.strip_prefix(reclaimable)?.trim().parse::<u64>().ok()).unwrap_or(0);
    let used_bytes = number(used).unwrap_or(0).saturating_sub(reclaimable);
    Some(Limit { bytes, used_bytes, source: mount.source, group: shown::name(&format!("/{path}"), LONGEST) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1: &str = "31 30 0:27 /docker/abc /sys/fs/cgroup/mem\\040ory ro - cgroup cgroup rw,memory\n36 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";

    fn files(list: &[(&str, &str)]) -> impl Fn(&Path) -> Option<String> {
        let files: HashMap<PathBuf, String> = list.iter().map(|(path, text)| (path.into(), text.to_string())).collect();
        move |path: &Path| files.get(path).cloned()
    }

    #[test]
    fn the_least_limit_of_all_groups_above_counts() {
        let read = files(&[
            ("/sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("/sys/fs/cgroup/a/memory.max", "2147483648\n"),
            ("/sys/fs/cgroup/a/memory.current", "1000000\n"),
            ("/sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 400000\n"),
            ("/sys/fs/cgroup/memory.max", "9999999999\n"),
        ]);
        let limit = least(&mounts(V2)[0], "a/b", &read).unwrap();
        assert_eq!((limit.bytes, limit.used_bytes, &limit.group[..]), (2_147_483_648, 600_000, "/a"));
        assert_eq!(least(&mounts(V2)[0], "x", &files(&[("/sys/fs/cgroup/x/memory.max", "max")])), None);
    }

    #[test]
    fn a_v1_container_sees_its_own_group_at_the_mount() {
        let mount = &mounts(V1)[0];
        assert_eq!((mounts(V1).len(), mount.source), (1, LimitSource::CgroupV1));
        let read = files(&[
            ("/sys/fs/cgroup/mem ory/memory.limit_in_bytes", "536870912\n"),
            ("/sys/fs/cgroup/mem ory/memory.usage_in_bytes", "1000\n"),
            ("/sys/fs/cgroup/mem ory/memory.stat", "total_inactive_file 100\n"),
        ]);
        assert_eq!(
            least(mount, &seen(mount, "/docker/abc").unwrap(), &read).map(|it| (it.bytes, it.used_bytes)),
            Some((536_870_912, 900))
        );
        let none = files(&[("/sys/fs/cgroup/mem ory/memory.limit_in_bytes", "9223372036854771712\n")]);
        assert_eq!(least(mount, "", &none), None);
    }

    #[test]
    fn groups_and_what_they_have_in_common() {
        let text = "12:cpu,cpuacct:/a\n11:memory:/docker/abc:d\n0::/system.slice\n";
        assert_eq!(groups(text), (Some("/docker/abc:d".into()), Some("/system.slice".into())));
        let all = |list: &[&str]| common(&list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(all(&["/a/b/c", "/a/b/d"]).as_deref(), Some("/a/b"));
        assert_eq!((all(&["/a", "/b"]).as_deref(), all(&[])), (Some("/"), None));
        assert_eq!(all(&["/a", "/../b"]).as_deref(), Some("/../b"));
        assert_eq!(groups("0::/a (deleted)\n").1.as_deref(), Some("/a"));
    }

    #[test]
    fn what_a_mount_shows() {
        let mount = |root: &str| Mount { source: LimitSource::CgroupV2, root: root.into(), point: "/x".into() };
        for (root, group, path) in [
            ("/", "/", Some("")),
            ("/", "/a/b", Some("a/b")),
            ("/", "/../up", None),
            ("/docker/abc", "/docker/abc", Some("")),
            ("/docker/abc", "/docker/abc/d", Some("d")),
            ("/docker/abc", "/docker/abcd", None),
            ("/docker/abc", "/docker", None),
            ("/../..", "/", Some("")),
            ("/../..", "/../x", None),
        ] {
            assert_eq!(seen(&mount(root), group).as_deref(), path, "{root} {group}");
        }
    }
}
