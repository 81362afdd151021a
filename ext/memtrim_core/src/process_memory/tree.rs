//! A process and all its descendants, as `/proc` lists them at one moment.

/// One process.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    pub pid: i32,
    pub ppid: i32,
    /// Clock ticks after the machine's start: a pid that came back to somebody else has another.
    pub start_ticks: u64,
    /// For people: the command line without directories, without what looks like a
    /// credential, one line of at most 80 characters. The program's name
    /// where there is no command line, as of a zombie.
    pub command: String,
    pub threads: u64,
    /// proc(5): `R`unning, `S`leeping, `Z`ombie (which holds no memory), …
    pub state: char,
    /// CPU time of its own and of the children that it has waited for, in seconds; counted in clock ticks.
    pub cpu_seconds: f64,
}

/// A process and its descendants, each before its children, in the order of their start. Empty when it is gone, and
/// off Linux. A process that ends meanwhile may be missing.
#[cfg(target_os = "linux")]
pub fn tree(root: i32) -> Vec<Process> {
    linux::tree(root)
}

#[cfg(not(target_os = "linux"))]
pub fn tree(_: i32) -> Vec<Process> {
    Vec::new()
}

#[cfg(target_os = "linux")]
mod linux {
    use super::super::shown;
    use super::Process;
    use procfs::process::{all_processes, Process as Entry, Stat};
    use rustc_hash::FxHashMap;

    /// Characters of a command line.
    const LONGEST: usize = 80;

    pub fn tree(root: i32) -> Vec<Process> {
        // One at a time: each holds a file descriptor.
        let stats = all_processes().into_iter().flatten().filter_map(|entry| entry.ok()?.stat().ok());
        let (mut start, mut children): (Vec<Stat>, FxHashMap<i32, Vec<Stat>>) = (Vec::new(), FxHashMap::default());
        for stat in stats {
            if stat.pid == root {
                start.push(stat);
            } else {
                children.entry(stat.ppid).or_default().push(stat);
            }
        }
        let mut found = Vec::new();
        let mut next = start;
        while let Some(stat) = next.pop() {
            let mut its = children.remove(&stat.pid).unwrap_or_default();
            its.sort_by_key(|child| std::cmp::Reverse((child.starttime, child.pid)));
            next.append(&mut its);
            found.push(describe(stat));
        }
        found
    }

    fn describe(stat: Stat) -> Process {
        let ticks = (stat.utime + stat.stime) as i64 + stat.cutime + stat.cstime;
        Process {
            pid: stat.pid,
            ppid: stat.ppid,
            start_ticks: stat.starttime,
            command: command_line(&stat),
            threads: stat.num_threads.try_into().unwrap_or(0),
            state: stat.state,
            cpu_seconds: ticks as f64 / procfs::ticks_per_second() as f64,
        }
    }

    fn command_line(stat: &Stat) -> String {
        let arguments = Entry::new(stat.pid)
            .ok()
            .filter(|entry| entry.stat().is_ok_and(|now| now.starttime == stat.starttime))
            .and_then(|entry| entry.cmdline().ok())
            .filter(|arguments| !arguments.is_empty());
        shown::command(&arguments.unwrap_or_else(|| vec![stat.comm.clone()]), LONGEST)
    }

    #[cfg(test)]
    mod tests {
        use super::tree;
        use std::process::{Command, Stdio};

        #[test]
        fn finds_the_children_of_a_shell() {
            let mut shell = Command::new("sh")
                .args(["-c", "sleep 61 & sleep 62 & echo started; wait"])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(shell.stdout.take().unwrap()), &mut line).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(200));
            let found = tree(shell.id() as i32);
            for process in &found[1..] {
                Command::new("kill").arg(process.pid.to_string()).status().unwrap();
            }
            shell.wait().unwrap();
            let commands: Vec<&str> = found.iter().map(|process| process.command.as_str()).collect();
            assert_eq!(commands, ["sh -c sleep 61 & sleep 62 & echo started; wait", "sleep 61", "sleep 62"]);
            assert!(found[1..].iter().all(|process| process.ppid == found[0].pid && process.threads == 1));
            assert_eq!(tree(found[0].pid), []);
        }

        #[test]
        fn a_zombie_has_a_name_and_a_state() {
            let mut ended = Command::new("true").spawn().unwrap();
            let zombie = loop {
                let found = tree(ended.id() as i32);
                if found[0].state == 'Z' {
                    break found;
                }
            };
            ended.wait().unwrap();
            assert_eq!((zombie.len(), zombie[0].command.as_str()), (1, "true"));
        }
    }
}
