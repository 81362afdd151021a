//! Fleets for tests.

use crate::fleet::{Fleet, Machine, Memory, Observation, Process};

pub fn fleet(processes: Vec<Process>) -> Fleet {
    let machine = Machine {
        total_bytes: 8 << 30,
        available_bytes: 1 << 30,
        swap_bytes: 10 << 20,
        swap_free_bytes: 7 << 20,
        limit: None,
    };
    let observation = Observation {
        time: 1_700_000_000,
        machine,
        processes,
        tenant_variable: Some("RAILS_APP_DB".into()),
        ..Observation::default()
    };
    Fleet::new(&observation, None, &[])
}

fn process(pid: i32, start_ticks: u64, title: &str, mib: u64) -> Process {
    let bytes = mib << 20;
    Process {
        pid,
        ppid: 1,
        start_ticks,
        state: 'S',
        threads: 1,
        arguments: vec![title.into()],
        memory: Memory { rss_bytes: bytes * 2, pss_bytes: bytes + (1 << 20), anon_bytes: bytes, ..Memory::default() },
        ..Process::default()
    }
}

/// A tenant's server that holds so many MiB.
pub fn puma(pid: i32, start_ticks: u64, tenant: &str, mib: u64) -> Process {
    Process {
        program: "ruby".into(),
        rails: true,
        tenant: Some(tenant.into()),
        ..process(pid, start_ticks, "puma 6.4 (tcp://0.0.0.0:3000) [app]", mib)
    }
}

pub fn redis(pid: i32, start_ticks: u64, mib: u64) -> Process {
    Process { program: "redis-server".into(), ..process(pid, start_ticks, "redis-server *:6379", mib) }
}
