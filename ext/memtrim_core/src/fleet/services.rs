//! Processes that belong together: a server with its workers, with the shell or the Ruby that only started it, and with what
//! it starts itself.

use super::kind::{identify, Identity, Kind};
use super::observation::{Observation, Process};
use super::sums::Sums;
use crate::process_memory::shown;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::collections::BTreeSet;

/// Characters of a name that is shown.
pub const LONGEST: usize = 60;
/// Shells that a service may be started with.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "zsh", "busybox"];

/// A tree of processes. Its texts are safe to print.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    pub kind: Kind,
    /// puma, sidekiq, redis-server, a script's name
    pub name: String,
    pub app: Option<String>,
    /// Where it listens, as its title says: `:3000`
    pub address: Option<String>,
    pub environment: Option<String>,
    /// The value of the variable that names tenants.
    pub tenant: Option<String>,
    /// The server's own process, or the parent of its cluster.
    pub pid: i32,
    /// With the pid it names this process and no later one.
    pub start_ticks: u64,
    pub age_seconds: f64,
    /// 0 without a cluster.
    pub workers: u64,
    #[serde(flatten)]
    pub sums: Sums,
    /// All its processes, the topmost first.
    pub members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    pub pid: i32,
    pub role: Role,
    pub name: String,
    pub pss_bytes: u64,
    pub anon_bytes: u64,
    pub rss_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It started the server, and waits.
    Starter,
    Server,
    Worker,
    Child,
}

/// Every process is in one of them; programs that are none of ours are each in one of their own.
pub fn services(observation: &Observation, cable: Option<&str>) -> Vec<Service> {
    let tree = Tree::new(&observation.processes, cable);
    let mut groups: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let heads: Vec<usize> = (0..tree.processes.len()).map(|index| tree.head(index)).collect();
    for (index, head) in heads.iter().enumerate() {
        groups.entry(*head).or_default().push(index);
    }
    // Of a starter the head is what it started, so that it comes first in that one's list.
    let mut order: Vec<(usize, Vec<usize>)> = groups.into_iter().collect();
    order.sort_by_key(|(head, _)| tree.processes[*head].pid);
    order.into_iter().map(|(head, members)| tree.service(head, &members)).collect()
}

/// Two values that are shown alike, but for a password or an end that is cut off, are two tenants.
fn shown_values(processes: &[Process]) -> FxHashMap<&str, String> {
    let values: BTreeSet<&str> = processes.iter().filter_map(|it| it.tenant.as_deref()).collect();
    let mut taken: FxHashMap<String, usize> = FxHashMap::default();
    let shown = |value| {
        let shown = shown::value(value, LONGEST);
        let count = taken.entry(shown.clone()).or_default();
        *count += 1;
        (value, if *count > 1 { format!("{shown} #{count}") } else { shown })
    };
    values.into_iter().map(shown).collect()
}

struct Tree<'a> {
    processes: &'a [Process],
    /// How each value of the tenants' variable is shown.
    shown: FxHashMap<&'a str, String>,
    identities: Vec<Identity>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl<'a> Tree<'a> {
    fn new(processes: &'a [Process], cable: Option<&str>) -> Self {
        let by_pid: FxHashMap<i32, usize> =
            processes.iter().enumerate().map(|(index, process)| (process.pid, index)).collect();
        // A parent is older than its child: any other has got the pid of one that ended while this was read.
        let parent =
            |it: &Process| by_pid.get(&it.ppid).copied().filter(|p| processes[*p].start_ticks <= it.start_ticks);
        let parents: Vec<Option<usize>> = processes.iter().map(parent).collect();
        let mut children = vec![Vec::new(); processes.len()];
        for (index, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent.filter(|parent| *parent != index) {
                children[parent].push(index);
            }
        }
        let identities = processes.iter().map(|process| identify(process, cable)).collect();
        Tree { processes, shown: shown_values(processes), identities, parents, children }
    }

    /// The process that names the service which this one belongs to.
    fn head(&self, index: usize) -> usize {
        let top = self.top(index);
        self.started_by(top)
    }

    /// Up from a process as long as it belongs to its parent's service.
    fn top(&self, index: usize) -> usize {
        let mut seen = FxHashSet::default();
        let mut at = index;
        while let Some(parent) = self.parents[at].filter(|parent| self.belongs(at, *parent)) {
            // Made-up files can have a ring of parents.
            if !seen.insert(at) {
                return index;
            }
            at = parent;
        }
        at
    }

    fn belongs(&self, child: usize, parent: usize) -> bool {
        let (own, above) = (self.identities[child].kind, self.identities[parent].kind);
        let (tenant, above_all) = (&self.processes[child].tenant, &self.processes[parent]);
        // What starts the servers of several tenants is none of them. (Of a server whose environment is gone, what it
        // started tells whose it is.)
        let of_another = tenant.is_some() && *tenant != above_all.tenant && !above_all.overwritten;
        if own != Kind::ClusterWorker && (of_another || self.is_starter(child) && self.leads_to_a_server(child)) {
            return false;
        }
        match own {
            Kind::ClusterWorker => !matches!(above, Kind::Other | Kind::Redis),
            // What a server starts is its own; what a shell or an init system starts is not.
            Kind::Other => above != Kind::Other,
            Kind::Ruby => !matches!(above, Kind::Other),
            // Puma's plugin for Solid Queue forks its supervisor.
            Kind::Jobs => matches!(above, Kind::Jobs | Kind::Rails | Kind::Web | Kind::ClusterWorker),
            own => own == above,
        }
    }

    /// From a shell or a Ruby whose only child is a server: that one. And so on, down.
    fn started_by(&self, top: usize) -> usize {
        let mut at = top;
        for _ in 0..self.processes.len() {
            match self.children[at][..] {
                [only] if self.is_starter(at) && self.leads_to_a_server(only) => at = only,
                _ => return at,
            }
        }
        at
    }

    fn leads_to_a_server(&self, index: usize) -> bool {
        let mut at = index;
        for _ in 0..self.processes.len() {
            if !matches!(self.identities[at].kind, Kind::Other | Kind::Ruby) {
                return true;
            }
            match self.children[at][..] {
                [only] if self.is_starter(at) => at = only,
                _ => return false,
            }
        }
        false
    }

    /// A shell with a script or a command, or a Ruby that is no server.
    fn is_starter(&self, index: usize) -> bool {
        let process = &self.processes[index];
        match self.identities[index].kind {
            Kind::Ruby => true,
            Kind::Other => {
                SHELLS.contains(&&process.program[..])
                    && process.arguments.iter().skip(1).any(|it| !it.starts_with('-') || it.contains('c'))
            }
            _ => false,
        }
    }

    fn service(&self, head: usize, members: &[usize]) -> Service {
        let (process, identity) = (&self.processes[head], &self.identities[head]);
        let mut members = members.to_vec();
        members.sort_by_key(|index| (self.depth(*index), self.processes[*index].pid));
        let text = |text: &Option<String>| text.as_ref().map(|it| shown::text(it, LONGEST));
        let tenant = members.iter().find_map(|index| self.processes[*index].tenant.as_deref());
        let workers = members.iter().filter(|index| self.identities[**index].kind == Kind::ClusterWorker).count();
        Service {
            kind: if identity.kind == Kind::ClusterWorker { Kind::Web } else { identity.kind },
            name: shown::text(&identity.name, LONGEST),
            app: text(&identity.app),
            address: text(&identity.address),
            environment: text(&identity.environment),
            tenant: process.tenant.as_deref().or(tenant).and_then(|it| self.shown.get(it).cloned()),
            pid: process.pid,
            start_ticks: process.start_ticks,
            age_seconds: process.age_seconds,
            workers: workers as u64,
            sums: Sums::of(members.iter().map(|index| &self.processes[*index])),
            members: members.iter().map(|index| self.member(*index, head)).collect(),
        }
    }

    fn member(&self, index: usize, head: usize) -> Member {
        let (process, identity) = (&self.processes[index], &self.identities[index]);
        let role = match identity.kind {
            _ if index == head => Role::Server,
            _ if self.depth(index) < self.depth(head) => Role::Starter,
            Kind::ClusterWorker => Role::Worker,
            _ => Role::Child,
        };
        Member {
            pid: process.pid,
            role,
            name: shown::text(&identity.name, LONGEST),
            pss_bytes: process.memory.pss_bytes,
            anon_bytes: process.memory.anon_bytes,
            rss_bytes: process.memory.rss_bytes,
        }
    }

    fn depth(&self, index: usize) -> usize {
        let mut at = index;
        for depth in 0..self.processes.len() {
            match self.parents[at] {
                Some(parent) => at = parent,
                None => return depth,
            }
        }
        self.processes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Memory;

    fn process(pid: i32, ppid: i32, program: &str, title: &str) -> Process {
        Process {
            pid,
            ppid,
            start_ticks: pid as u64,
            program: program.into(),
            arguments: title.split('|').map(ToString::to_string).collect(),
            rails: program == "ruby" && title.starts_with("puma"),
            memory: Memory { pss_bytes: 10, anon_bytes: 6, rss_bytes: 20, ..Memory::default() },
            ..Process::default()
        }
    }

    fn of(processes: Vec<Process>) -> Vec<Service> {
        services(&Observation { processes, ..Observation::default() }, None)
    }

    fn pids(service: &Service) -> Vec<i32> {
        service.members.iter().map(|it| it.pid).collect()
    }

    #[test]
    fn a_cluster_its_starters_and_its_children_are_one() {
        let found = of(vec![
            process(1, 0, "systemd", "/sbin/init"),
            process(20, 1, "dash", "sh|-c|ruby run.rb"),
            process(21, 20, "ruby", "ruby|run.rb"),
            process(22, 21, "ruby", "puma 6.4 (tcp://0.0.0.0:3000) [a]"),
            process(23, 22, "ruby", "puma: cluster worker 0: 22 [a]"),
            process(24, 22, "ruby", "puma: cluster worker 1: 22 [a]"),
            process(25, 24, "sleep", "sleep|9"),
            process(30, 1, "redis-server", "redis-server *:6379"),
            process(31, 1, "bash", "-bash"),
        ]);
        let kinds: Vec<(Kind, Vec<i32>)> = found.iter().map(|it| (it.kind, pids(it))).collect();
        assert_eq!(
            kinds,
            [
                (Kind::Other, vec![1]),
                (Kind::Rails, vec![20, 21, 22, 23, 24, 25]),
                (Kind::Redis, vec![30]),
                (Kind::Other, vec![31])
            ]
        );
        let rails = &found[1];
        let roles: Vec<Role> = rails.members.iter().map(|it| it.role).collect();
        assert_eq!(roles, [Role::Starter, Role::Starter, Role::Server, Role::Worker, Role::Worker, Role::Child]);
        assert_eq!((rails.pid, rails.workers, rails.sums.pss_bytes, rails.sums.processes), (22, 2, 60, 6));
    }

    #[test]
    fn what_a_server_forks_for_its_jobs_is_its_own() {
        let found = of(vec![
            process(10, 1, "ruby", "puma 6.4 (tcp://0.0.0.0:3000) [a]"),
            process(11, 10, "ruby", "solid-queue-fork-supervisor(1.1.0): supervising 12"),
            process(12, 11, "ruby", "solid-queue-worker(1.1.0): waiting for jobs in *"),
            process(20, 1, "ruby", "solid-queue-fork-supervisor(1.1.0): supervising 21"),
            process(21, 20, "ruby", "solid-queue-worker(1.1.0): waiting for jobs in *"),
        ]);
        let kinds: Vec<(Kind, Vec<i32>)> = found.iter().map(|it| (it.kind, pids(it))).collect();
        assert_eq!(kinds, [(Kind::Rails, vec![10, 11, 12]), (Kind::Jobs, vec![20, 21])]);
    }

    #[test]
    fn tenants_that_are_shown_alike_are_not_one() {
        let mut list = Vec::new();
        for (pid, tenant) in [(10, "db://u:one@h/x"), (11, "db://u:two@h/x"), (12, "jazz"), (13, "jazz")] {
            let tenant = Some(tenant.to_string());
            list.push(Process { tenant, ..process(pid, 1, "ruby", "puma 6.4 (tcp://0.0.0.0:3000) [a]") });
        }
        let names: Vec<Option<String>> = of(list).into_iter().map(|it| it.tenant).collect();
        let names: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
        assert_eq!(names, ["db://[…]@h/x", "db://[…]@h/x #2", "jazz", "jazz"]);
    }

    #[test]
    fn what_starts_tenants_is_none_of_them() {
        let of_tenant = |tenant: &str, process| Process { tenant: Some(tenant.into()), ..process };
        let list = vec![
            process(10, 1, "ruby", "ruby|navigator.rb"),
            of_tenant("a", process(11, 10, "bash", "bash|-c|x")),
            of_tenant("a", process(12, 11, "ruby", "ruby|run.rb")),
            of_tenant("a", process(13, 12, "ruby", "puma 6.4 (tcp://0.0.0.0:3000) [a]")),
            of_tenant("b", process(14, 10, "ruby", "ruby|nightly.rb")),
            process(15, 10, "ruby", "ruby|other.rb"),
            Process { overwritten: true, ..process(16, 10, "ruby", "puma 6.4 (tcp://0.0.0.0:3001) [c]") },
            of_tenant("c", process(17, 16, "sleep", "sleep|9")),
        ];
        let found: Vec<_> = of(list).into_iter().map(|it| (pids(&it), it.tenant)).collect();
        let tenant = |it: &str| Some(it.to_string());
        assert_eq!(
            found,
            [
                (vec![10, 15], None),
                (vec![11, 12, 13], tenant("a")),
                (vec![14], tenant("b")),
                (vec![16, 17], tenant("c"))
            ]
        );
    }

    #[test]
    fn a_supervisor_of_several_belongs_to_none() {
        let found = of(vec![
            process(10, 1, "ruby", "ruby|/gems/bin/foreman|start"),
            process(11, 10, "ruby", "puma 6.4 (tcp://0.0.0.0:3000) [a]"),
            process(12, 10, "ruby", "puma 6.4 (tcp://0.0.0.0:3001) [b]"),
            process(13, 10, "ruby", "sidekiq 7.2 a [0 of 5 busy]"),
        ]);
        assert_eq!(found.iter().map(pids).collect::<Vec<_>>(), [[10], [11], [12], [13]]);
    }

    #[test]
    fn what_a_supervisor_starts_is_not_its_own() {
        let job = Process { tenant: Some("jazz".into()), ..process(17, 10, "ruby", "ruby|job.rb") };
        let found = of(vec![
            process(10, 1, "ruby", "ruby|/gems/bin/foreman|start"),
            process(11, 10, "dash", "sh|-c|bundle exec puma; exit"),
            process(12, 11, "ruby", "puma 6.4 (tcp://0.0.0.0:3000) [a]"),
            process(13, 12, "dash", "sh|-c|convert x"),
            process(14, 10, "dash", "sh|-c|sleep 9"),
            process(15, 14, "sleep", "sleep|9"),
            process(16, 10, "ruby", "ruby|helper.rb"),
            job,
        ]);
        assert_eq!(
            found.iter().map(pids).collect::<Vec<_>>(),
            [vec![10, 14, 16], vec![11, 12, 13], vec![15], vec![17]]
        );
    }

    #[test]
    fn a_pid_that_came_back_is_nobodys_parent() {
        let mut young = process(5, 1, "ruby", "puma 6.4 (tcp://0.0.0.0:3000) [a]");
        young.start_ticks = 900;
        let found = of(vec![young, process(6, 5, "ruby", "ruby|x.rb")]);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_ring_of_parents_ends() {
        let mut list = vec![
            process(5, 6, "ruby", "ruby|a.rb"),
            process(6, 5, "ruby", "ruby|b.rb"),
            process(7, 7, "sh", "sh|-c|x"),
        ];
        for process in &mut list {
            process.start_ticks = 1;
        }
        assert_eq!(of(list).iter().map(|it| it.members.len()).sum::<usize>(), 3);
    }
}
