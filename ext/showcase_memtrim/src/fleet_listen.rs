//! `ShowcaseMemtrim::Fleet.listen`: the fleet's figures for those who scrape.

use crate::allocator;
use crate::arguments::{parse, refuse};
use crate::gvl::until_interrupted;
use magnus::{Error, Ruby};
use memtrim_core::fleet::listen::{Latest, Server};
use memtrim_core::fleet::{observe, prometheus, Deferred, Fleet, Reading, Stop};
use memtrim_core::misuse::Misuse;
use serde::Deserialize;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listening {
    /// Port 0: any that is free.
    address: SocketAddr,
    reading: Reading,
    cable: Option<String>,
    deferred: Vec<Deferred>,
}

/// Answers until a signal ends this process; says on stderr where. Raises ArgumentError where it can't listen, or there is no
/// /proc.
pub fn listen(ruby: &Ruby, listening: String) -> Result<(), Error> {
    let Listening { address, reading, cable, deferred } = parse(ruby, "description of what to listen to", &listening)?;
    // The threads that answer allocate, and whoever calls this may fork.
    allocator::hold_across_forks();
    let make = move || {
        let observation = observe(&reading).map_err(|error| format!("{}: {error}", reading.proc.display()))?;
        Ok(prometheus::exposition(&Fleet::new(&observation, cable.as_deref(), &deferred)))
    };
    // What can't be read is said now, and not to the first who asks.
    make().map_err(|why: String| refuse(ruby, &Misuse(why)))?;
    let latest = Latest::new(make);
    let server = TcpListener::bind(address)
        .and_then(|listener| Server::start(listener, move || latest.get()))
        .map_err(|error| refuse(ruby, &Misuse(format!("--listen {address}: {}", reason(&error)))))?;
    eprintln!("memtrim: the metrics are at http://{}/metrics", server.address());
    let stop = Stop::default();
    until_interrupted(ruby, &stop, || {
        while !stop.wait(Duration::from_secs(3600)) {}
        None
    })
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => "the port is in use; name another, or end what listens there (ss -ltnp)".into(),
        ErrorKind::AddrNotAvailable => "this machine does not have that address".into(),
        ErrorKind::PermissionDenied => "ports below 1024 are not for every user; name a higher one".into(),
        _ => error.to_string(),
    }
}
