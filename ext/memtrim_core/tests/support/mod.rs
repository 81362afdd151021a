//! A boot written out by hand.

use memtrim_core::recorder::{Edge, EdgeKind, Kind, Scope, ScopeId, StringId, Strings, RUBY};
use memtrim_core::recording::{
    self, App, Component, Environment, Finish, Gem, Header, Journal, Record, Recording, ScopeRecord, Tally, FORMAT,
};

pub const KIB: u64 = 1024;
const ROOT: &str = "/srv/tenant";

/// A boot: gems that Bundler requires, and what else loads what.
pub struct Boot {
    pub strings: Strings,
    pub scopes: Vec<ScopeRecord>,
    pub edges: Vec<Edge>,
    pub tallies: Vec<Tally>,
    pub app: App,
    pub application: ScopeId,
    pub bundler: ScopeId,
    pub finish: Option<Finish>,
}

impl Boot {
    pub fn new() -> Self {
        let environment = Environment {
            ruby: "3.3.8".into(),
            rails: Some("8.0.2".into()),
            allocator: "glibc".into(),
            rails_env: Some("production".into()),
            eager_load: Some(true),
            ..Environment::default()
        };
        let app = App { name: "tenant".into(), root: ROOT.into(), environment, ..App::default() };
        let mut boot = Boot {
            strings: Strings::default(),
            scopes: (0..3).map(|id| ScopeRecord::new(id, &Scope::default())).collect(),
            edges: Vec::new(),
            tallies: Vec::new(),
            app,
            application: 0,
            bundler: 0,
            finish: Some(Finish::default()),
        };
        boot.application = boot.file(&format!("{ROOT}/config/application.rb"), RUBY, 7, 10 * KIB);
        boot.bundler = boot.scope(Kind::BundlerRequire, "", boot.application, 0);
        let name = boot.strings.intern(b"Bundler.require");
        let bundler = Scope { name, ..boot.scopes[boot.bundler as usize].scope() };
        boot.scopes[boot.bundler as usize] = ScopeRecord::new(boot.bundler, &bundler);
        boot
    }

    pub fn scope(&mut self, kind: Kind, file: &str, parent: ScopeId, bytes: u64) -> ScopeId {
        let file = self.strings.intern(file.as_bytes());
        let id = self.scopes.len() as ScopeId;
        let scope = Scope { kind, file, parent, self_ns: bytes * 50, ..Scope::default() };
        self.scopes.push(ScopeRecord::new(id, &scope));
        self.tallies.push(Tally { scope: id, block_bytes: bytes, ..Tally::default() });
        id
    }

    /// A file that `from` requires on a line.
    pub fn file(&mut self, path: &str, from: ScopeId, line: u32, bytes: u64) -> ScopeId {
        let id = self.scope(Kind::Require, path, from, bytes);
        self.edge(from, path, line, id);
        id
    }

    pub fn edge(&mut self, from: ScopeId, path: &str, line: u32, loaded: ScopeId) {
        let by = self.scopes[from as usize].scope().file;
        let to = self.strings.intern(path.as_bytes());
        self.edges.push(Edge { from, to, file: by, line, loaded, kind: EdgeKind::Call });
    }

    /// A gem of the bundle; of those in the Gemfile its main file is required.
    pub fn gem(&mut self, name: &str, dependencies: &[&str], in_gemfile: bool, kib: u64) -> ScopeId {
        self.app.gems.push(Gem {
            name: name.into(),
            version: "1.2.3".into(),
            in_gemfile,
            autorequire: if in_gemfile { vec![path_of(name)] } else { Vec::new() },
            dirs: vec![dir_of(name)],
            dependencies: dependencies.iter().map(|name| name.to_string()).collect(),
            ..Gem::default()
        });
        if in_gemfile {
            self.file(&path_of(name), self.bundler, 0, kib * KIB)
        } else {
            0
        }
    }

    /// A railtie in a gem of its own, which the app's list requires.
    pub fn railtie(&mut self, name: &str, gem: &str, kib: u64) -> ScopeId {
        self.gem(gem, &[], false, 0);
        let file = format!("{}/lib/{name}.rb", dir_of(gem));
        self.app.components.push(Component { name: name.into(), file: file.clone() });
        self.file(&file, self.application, 3, kib * KIB)
    }

    pub fn recording(self) -> Recording {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("boot.memtrim");
        let header =
            Header { memtrim_recording: FORMAT, written_by: "test".into(), pid: 1, command: Vec::new(), counter: true };
        let mut journal = Journal::create(&target, &header).unwrap();
        let strings = (0..self.strings.len() as u32).map(|id| self.strings.get(StringId(id)).into_owned()).collect();
        let finish = self.finish.map(Record::Finish);
        for record in [
            Record::Strings(strings),
            Record::Scopes(self.scopes),
            Record::Edges(self.edges),
            Record::App(Box::new(self.app)),
            Record::Tallies(self.tallies),
        ]
        .into_iter()
        .chain(finish)
        {
            journal.write(&record).unwrap();
        }
        journal.finish().unwrap();
        recording::read(&target).unwrap()
    }
}

pub fn dir_of(gem: &str) -> String {
    format!("/gems/{gem}-1.2.3")
}

pub fn path_of(gem: &str) -> String {
    format!("{}/lib/{gem}.rb", dir_of(gem))
}
