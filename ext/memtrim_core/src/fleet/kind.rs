//! What a process is, by its program, its title and its arguments.

use super::observation::Process;
use crate::process_memory::credentials;
use serde::Serialize;

/// From a server to whatever else runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A server of a Rails app, or the parent of a cluster of them.
    Rails,
    /// A server of any other Ruby app.
    Web,
    /// What a cluster's parent starts.
    ClusterWorker,
    Cable,
    Jobs,
    Redis,
    Ruby,
    Other,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Rails => "rails",
            Kind::Web => "web",
            Kind::ClusterWorker => "cluster_worker",
            Kind::Cable => "cable",
            Kind::Jobs => "jobs",
            Kind::Redis => "redis",
            Kind::Ruby => "ruby",
            Kind::Other => "other",
        }
    }
}

/// None of it is safe to print yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    pub kind: Kind,
    /// puma, sidekiq, redis-server, a script's name, a program's.
    pub name: String,
    /// The app's: its directory's, or what the server calls itself.
    pub app: Option<String>,
    /// Where it listens, as it says.
    pub address: Option<String>,
    /// The app's, as its arguments say.
    pub environment: Option<String>,
}

/// Web servers for Ruby by the names of their programs.
const SERVERS: [&str; 10] =
    ["puma", "unicorn", "unicorn_rails", "pitchfork", "falcon", "thin", "iodine", "agoo", "rackup", "passenger"];
/// Workers by what their titles or scripts begin with.
const WORKERS: [&str; 10] = [
    "sidekiq",
    "sidekiqswarm",
    "resque",
    "delayed_job",
    "good_job",
    "solid-queue",
    "solid_queue",
    "shoryuken",
    "que",
    "sneakers",
];
/// Of `rails` and `rake`: tasks that work off jobs until they are stopped.
const JOB_TASKS: [&str; 6] =
    ["jobs:work", "solid_queue:start", "resque:work", "resque:workers", "que:work", "environment resque:work"];

/// `cable`: text that the titles of cable servers have.
pub fn identify(process: &Process, cable: Option<&str>) -> Identity {
    // A name is made of what is safe to print already: who knows which argument is taken for a script's name.
    let arguments = credentials::masked(&process.arguments);
    let words: Vec<&str> = arguments.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
    let title = words.join(" ");
    let first = title.split([' ', ':', '(', '[']).next().unwrap_or("");
    let identity = |kind, name: &str| Identity {
        kind,
        name: name.to_string(),
        app: app(process, &title),
        address: address(&title),
        environment: process.environment.clone().or_else(|| environment(&words)),
    };
    let program = &process.program[..];
    let called = base(title.split(' ').next().unwrap_or(""));
    if is_redis(program) || is_redis(called) {
        // Debian's redis-server is a link to redis-check-rdb: its title says what it is.
        let name = if is_redis(called) { called } else { program };
        return Identity { app: None, address: redis_address(&title), ..identity(Kind::Redis, name) };
    }
    if !is_ruby(program) && !is_ruby(base(words.first().unwrap_or(&""))) {
        return Identity { app: None, address: None, environment: None, ..identity(Kind::Other, program) };
    }
    // A title has the program's name first; without one, the script has.
    let titled = words.first().is_some_and(|it| words.len() == 1 || !is_ruby(base(it)));
    let (name, script) = if titled { (base(first), &words[..]) } else { script(&words) };
    if title.contains(": cluster worker ") || titled && is_worker_title(&title) {
        return identity(Kind::ClusterWorker, name);
    }
    let task = |names: &[&str]| script.iter().skip(1).any(|it| names.contains(it));
    let runs = matches!(name, "rails" | "rake" | "bundle" | "spring" | "foreman");
    if is_worker(name) || runs && task(&JOB_TASKS) || name == "jobs" {
        return identity(Kind::Jobs, name);
    }
    let serves = SERVERS.contains(&name)
        || title.starts_with("Passenger RubyApp")
        || name == "rails" && task(&["server", "s"])
        || title.starts_with("Falcon");
    let cable_named = cable.is_some_and(|text| !text.is_empty() && title.contains(text));
    if cable_named || serves && is_cable(&title) {
        return identity(Kind::Cable, if serves { name } else { base(first) });
    }
    if serves {
        return identity(if process.rails { Kind::Rails } else { Kind::Web }, name);
    }
    identity(Kind::Ruby, if titled { first } else { name })
}

/// By the name of its executable file: ruby, ruby3.3, jruby, truffleruby.
pub fn is_ruby(program: &str) -> bool {
    let rest = program
        .strip_prefix("ruby")
        .or_else(|| program.strip_prefix("truffleruby"))
        .or_else(|| program.strip_prefix("jruby"));
    rest.is_some_and(|rest| rest.chars().all(|it| it.is_ascii_digit() || matches!(it, '.' | '-' | '_')))
}

fn is_redis(program: &str) -> bool {
    matches!(program, "redis-server" | "valkey-server" | "keydb-server" | "dragonfly" | "redis-check-rdb")
}

/// As they call themselves: `resque-2.6.0: Waiting for *`, `solid-queue-worker[mail](1.1.0): waiting for jobs in *`,
/// `good_job_worker.0`, `delayed_job.1`, `sidekiq 7.3.10 shop [0 of 5 busy]`.
fn is_worker(name: &str) -> bool {
    let is = |it: &&str| {
        name.strip_prefix(*it)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']) || rest.starts_with("_worker"))
    };
    WORKERS.iter().any(is)
}

fn is_worker_title(title: &str) -> bool {
    ["unicorn worker", "unicorn_rails worker", "pitchfork worker", "pitchfork (gen", "puma: worker"]
        .iter()
        .any(|it| title.starts_with(it))
        && title.contains("worker")
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A Ruby's script, and it with its arguments: after the options, which take a value or don't (ruby --help).
fn script<'a>(words: &'a [&'a str]) -> (&'a str, &'a [&'a str]) {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match *word {
            "-e" => return ("ruby -e", &words[at..]),
            "-I" | "-r" | "-C" | "-E" | "-W" | "-x" | "--encoding" | "--external-encoding" | "--internal-encoding" => {
                at += 2
            }
            "--" => at += 1,
            "-S" => at += 1,
            word if word.starts_with('-') => at += 1,
            _ => break,
        }
    }
    // `bundle exec puma` is puma.
    if words.get(at).is_some_and(|it| base(it) == "bundle") && words.get(at + 1) == Some(&"exec") {
        at += 2;
    }
    words.get(at).map_or(("ruby", &[]), |it| (base(it), &words[at..]))
}

/// Its own tag, as Puma's: `puma 6.4.2 (tcp://0.0.0.0:3000) [showcase]`; else its directory's name. That of a release is
/// Capistrano's date: the one above is the app's.
fn app(process: &Process, title: &str) -> Option<String> {
    let tag = title.rsplit_once('[').and_then(|(_, rest)| rest.strip_suffix(']')).filter(|it| !it.is_empty());
    let puma = title.starts_with("puma");
    let directory = process.directory.as_deref().map(|it| it.strip_suffix(" (deleted)").unwrap_or(it));
    let name = directory.and_then(|path| {
        let mut parts = path.rsplit('/').filter(|it| !it.is_empty());
        let last = parts.next()?;
        if parts.next() == Some("releases") {
            parts.next()
        } else {
            Some(last)
        }
    });
    // Puma's tag is its directory's name, so a release's date.
    let dated = |tag: &&str| tag.len() < 14 || !tag.chars().all(|it| it.is_ascii_digit());
    let tag = tag.filter(|_| puma).filter(dated);
    tag.or(if process.rails || tag.is_some() { name } else { None }).map(ToString::to_string)
}

/// `tcp://0.0.0.0:3000` of `puma 6.4.2 (tcp://0.0.0.0:3000,unix:///run/x) [showcase]`: the first one, the port alone where
/// it listens on all addresses or on loopback.
fn address(title: &str) -> Option<String> {
    let inside = title.split_once('(')?.1.split([')', ',']).next()?;
    let (scheme, rest) = inside.split_once("://")?;
    match (scheme, rest.rsplit_once(':')) {
        ("unix", _) => Some(base(rest).to_string()),
        (_, Some((_, port))) if !port.is_empty() && port.chars().all(|it| it.is_ascii_digit()) => {
            Some(format!(":{port}"))
        }
        _ => None,
    }
}

/// `redis-server 127.0.0.1:6379 [cluster]`
fn redis_address(title: &str) -> Option<String> {
    let port = title.split(' ').nth(1)?.rsplit_once(':')?.1;
    port.chars().all(|it| it.is_ascii_digit()).then(|| format!(":{port}"))
}

/// As `-e production`, `--environment=production`, or at the end of Passenger's title, `(production)`.
fn environment(words: &[&str]) -> Option<String> {
    if words.first().is_some_and(|it| it.starts_with("Passenger RubyApp")) {
        let title = words.join(" ");
        return Some(title.rsplit_once('(')?.1.trim_end_matches(')').to_string());
    }
    let given = words.iter().position(|it| matches!(*it, "-e" | "--environment")).filter(|at| *at > 1);
    given
        .and_then(|at| words.get(at + 1).copied())
        .or_else(|| words.iter().find_map(|it| it.strip_prefix("--environment=")))
        .map(ToString::to_string)
}

fn is_cable(title: &str) -> bool {
    let tag = title.rsplit_once('[').map_or("", |(_, tag)| tag);
    tag.contains("cable")
        || ["cable/config.ru", "cable.ru", "bin/cable", "anycable"].iter().any(|it| title.contains(it))
}

#[cfg(test)]
mod tests {
    use super::{identify, Identity, Kind};
    use crate::fleet::Process;

    fn process(arguments: &[&str]) -> Process {
        Process {
            program: "ruby3.1".into(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            directory: Some("/srv/showcase".into()),
            rails: true,
            ..Process::default()
        }
    }

    fn of(arguments: &[&str]) -> Identity {
        identify(&process(arguments), None)
    }

    #[test]
    fn servers_workers_and_scripts() {
        for (arguments, kind, name) in [
            (&["puma 6.4.2 (tcp://0.0.0.0:3000) [showcase]", ""][..], Kind::Rails, "puma"),
            (&["puma: cluster worker 0: 4711 [showcase]"], Kind::ClusterWorker, "puma"),
            (&["unicorn master -c config/unicorn.rb"], Kind::Rails, "unicorn"),
            (&["unicorn worker[1] -c config/unicorn.rb"], Kind::ClusterWorker, "unicorn"),
            (&["/usr/bin/ruby3.1", "bin/rails", "server", "-p", "3000"], Kind::Rails, "rails"),
            (&["ruby", "-I", "lib", "-r", "x", "/gems/bin/puma", "-p", "3000"], Kind::Rails, "puma"),
            (&["ruby", "/usr/bin/bundle", "exec", "puma"], Kind::Rails, "puma"),
            (&["puma 8.0 (tcp://0.0.0.0:28080) [showcase cable]"], Kind::Cable, "puma"),
            (&["ruby", "bin/puma", "cable/config.ru"], Kind::Cable, "puma"),
            (&["sidekiq 7.2.4 showcase [0 of 5 busy]"], Kind::Jobs, "sidekiq"),
            (&["resque-2.6.0: Waiting for *"], Kind::Jobs, "resque-2.6.0"),
            (&["solid-queue-worker(1.0): waiting for jobs in *"], Kind::Jobs, "solid-queue-worker"),
            (&["solid-queue-worker[mail-1](1.1.0): performing 2 jobs"], Kind::Jobs, "solid-queue-worker"),
            (&["solid-queue-fork-supervisor(1.1.0): supervising 7, 8"], Kind::Jobs, "solid-queue-fork-supervisor"),
            (&["good_job_worker.0"], Kind::Jobs, "good_job_worker.0"),
            (&["ruby", "/gems/bin/good_job", "start"], Kind::Jobs, "good_job"),
            (&["ruby", "-S", "bundle", "exec", "sidekiq", "-C", "x.yml"], Kind::Jobs, "sidekiq"),
            (&["delayed_job.1"], Kind::Jobs, "delayed_job.1"),
            (&["ruby", "--password", "hunter2", "x"], Kind::Ruby, "[…]"),
            (&["ruby", "bin/jobs"], Kind::Jobs, "jobs"),
            (&["ruby", "bin/rails", "solid_queue:start"], Kind::Jobs, "rails"),
            (&["ruby", "bin/rails", "runner", "x"], Kind::Ruby, "rails"),
            (&["ruby", "-W0", "script/nightly.rb", "server"], Kind::Ruby, "nightly.rb"),
            (&["ruby", "-e", "sleep"], Kind::Ruby, "ruby -e"),
            (&["ruby"], Kind::Ruby, "ruby"),
        ] {
            let found = of(arguments);
            assert_eq!((found.kind, &found.name[..]), (kind, name), "{arguments:?}");
        }
    }

    #[test]
    fn without_rails_it_is_another_server_and_without_ruby_another_program() {
        let rack = Process { rails: false, ..process(&["puma 6.4.2 (tcp://0.0.0.0:9292) [rack]"]) };
        assert_eq!(identify(&rack, None).kind, Kind::Web);
        let nginx = Process { program: "nginx".into(), ..process(&["nginx: worker process"]) };
        assert_eq!((identify(&nginx, None).kind, identify(&nginx, None).name), (Kind::Other, "nginx".into()));
        let redis = Process { program: "redis-check-rdb".into(), ..process(&["/usr/bin/redis-server 127.0.0.1:6379"]) };
        let found = identify(&redis, None);
        assert_eq!(
            (found.kind, &found.name[..], found.address.as_deref()),
            (Kind::Redis, "redis-server", Some(":6379"))
        );
    }

    #[test]
    fn apps_addresses_and_environments() {
        let found = of(&["puma 6.4.2 (unix:///run/puma.sock,tcp://[::]:3000) [showcase]"]);
        assert_eq!((found.app.as_deref(), found.address.as_deref()), (Some("showcase"), Some("puma.sock")));
        let release = Process {
            directory: Some("/srv/showcase/releases/20241123101530 (deleted)".into()),
            ..process(&["puma 6.4.2 (tcp://[::1]:3000) [20241123101530]"])
        };
        let found = identify(&release, Some("3000"));
        assert_eq!(
            (found.kind, found.app.as_deref(), found.address.as_deref()),
            (Kind::Cable, Some("showcase"), Some(":3000"))
        );
        assert_eq!(of(&["ruby", "bin/rails", "s", "-e", "production"]).environment.as_deref(), Some("production"));
        assert_eq!(of(&["Passenger RubyApp: /srv/showcase (staging)"]).environment.as_deref(), Some("staging"));
    }

    #[test]
    fn nothing_makes_it_panic() {
        for arguments in [
            &[][..],
            &[""],
            &["["],
            &["]"],
            &["("],
            &["puma ("],
            &["redis-server"],
            &["ruby", "-I"],
            &["-"],
            &["ü (://é:ü"],
        ] {
            of(arguments);
        }
    }
}
