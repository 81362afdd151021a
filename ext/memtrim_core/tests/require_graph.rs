//! What lives because of what, on small recordings written out by hand.

use memtrim_core::analysis::{sets, Cut, Graph, Ledger};
use memtrim_core::recorder::{Edge, EdgeKind, Kind, Scope, ScopeId, StringId, Strings, RUBY};
use memtrim_core::recording::{self, Finish, Header, Journal, Link, Record, Recording, ScopeRecord, Tally, FORMAT};

/// Files that load one another. The program is scope [`RUBY`].
#[derive(Default)]
struct Program {
    strings: Strings,
    scopes: Vec<ScopeRecord>,
    edges: Vec<Edge>,
    constants: Vec<u32>,
    links: Vec<Link>,
    tallies: Vec<Tally>,
}

impl Program {
    fn new() -> Self {
        let mut program = Program::default();
        for id in 0..3 {
            program.scopes.push(ScopeRecord::new(id, &Scope::default()));
        }
        program
    }

    fn string(&mut self, text: &str) -> StringId {
        self.strings.intern(text.as_bytes())
    }

    /// A file that `from` loads by a `require`.
    fn file(&mut self, path: &str, from: ScopeId) -> ScopeId {
        let file = self.string(path);
        let id = self.scopes.len() as ScopeId;
        self.scopes.push(ScopeRecord::new(id, &Scope { kind: Kind::Require, file, parent: from, ..Scope::default() }));
        self.edge(from, path, id, EdgeKind::Call);
        id
    }

    /// A file that a constant in `from` loads; whoever promised it did so by [`Program::promise`].
    fn constant(&mut self, path: &str, from: ScopeId) -> ScopeId {
        self.constants.push(self.edges.len() as u32);
        self.file(path, from)
    }

    fn promise(&mut self, from: ScopeId, path: &str) {
        self.edge(from, path, 0, EdgeKind::Autoload);
    }

    /// A `require` of a file that is loaded already.
    fn again(&mut self, from: ScopeId, path: &str) {
        self.edge(from, path, 0, EdgeKind::Call);
    }

    fn edge(&mut self, from: ScopeId, to: &str, loaded: ScopeId, kind: EdgeKind) {
        let to = self.string(to);
        self.edges.push(Edge { from, to, file: StringId::EMPTY, line: 0, loaded, kind });
    }

    fn weigh(&mut self, scope: ScopeId, bytes: u64) {
        self.tallies.push(Tally { scope, block_bytes: bytes, ..Tally::default() });
    }

    fn subclass(&mut self, from: ScopeId, to: ScopeId) {
        self.links.push(Link { from, to, superclass: true });
    }

    fn include(&mut self, from: ScopeId, to: ScopeId) {
        self.links.push(Link { from, to, superclass: false });
    }

    fn recording(self) -> Recording {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("program.memtrim");
        let header =
            Header { memtrim_recording: FORMAT, written_by: "test".into(), pid: 1, command: Vec::new(), counter: true };
        let mut journal = Journal::create(&target, &header).unwrap();
        let strings = (0..self.strings.len() as u32).map(|id| self.strings.get(StringId(id)).into_owned()).collect();
        for record in [
            Record::Strings(strings),
            Record::Scopes(self.scopes),
            Record::Edges(self.edges),
            Record::Constants(self.constants),
            Record::Links(self.links),
            Record::Tallies(self.tallies),
            Record::Finish(Finish::default()),
        ] {
            journal.write(&record).unwrap();
        }
        journal.finish().unwrap();
        recording::read(&target).unwrap()
    }

    /// Of the program's own files, those that hold each other in, and what they save together beyond their sum.
    fn sets(self, paths: &[&str]) -> Vec<(Vec<String>, u64)> {
        let recording = self.recording();
        let ledger = Ledger::new(&recording);
        let node = |path: &&str| {
            ledger.graph.node_of
                [(0..recording.scopes.len()).find(|id| recording.string(recording.scopes[*id].file) == *path).unwrap()]
        };
        let program = ledger.graph.node_of[RUBY as usize];
        let cuts: Vec<Cut> = paths
            .iter()
            .map(|path| Cut { from: [program].into_iter().collect(), to: [node(path)].into_iter().collect() })
            .collect();
        let named = |members: Vec<usize>| members.into_iter().map(|index| paths[index].to_string()).collect();
        sets(&ledger, &cuts).into_iter().map(|set| (named(set.members), set.gain_bytes)).collect()
    }

    /// Paths of the files that live when the program no longer loads one of them.
    fn without(self, path: &str) -> Vec<String> {
        let recording = self.recording();
        let graph = Graph::new(&recording);
        let gone = (0..recording.scopes.len()).find(|id| recording.string(recording.scopes[*id].file) == path).unwrap();
        let cut = Cut {
            from: [graph.node_of[RUBY as usize]].into_iter().collect(),
            to: [graph.node_of[gone]].into_iter().collect(),
        };
        let everything = graph.alive(&Cut::default());
        assert!(everything.iter().all(|lives| *lives), "nothing is lost where nothing is left out");
        let alive = graph.alive(&cut);
        recording
            .scopes
            .iter()
            .enumerate()
            .skip(3)
            .filter(|(id, _)| alive[graph.node_of[*id]])
            .map(|(_, scope)| recording.string(scope.file).to_string())
            .collect()
    }
}

#[test]
fn a_file_lives_while_anybody_requires_it() {
    let mut program = Program::new();
    let a = program.file("/a.rb", RUBY);
    program.file("/shared.rb", a);
    let b = program.file("/b.rb", RUBY);
    program.again(b, "/shared.rb");
    assert_eq!(program.without("/a.rb"), ["/shared.rb", "/b.rb"]);
}

#[test]
fn files_that_require_each_other_do_not_keep_themselves_in() {
    let mut program = Program::new();
    let a = program.file("/a.rb", RUBY);
    let b = program.file("/b.rb", a);
    program.again(b, "/a.rb");
    assert_eq!(program.without("/a.rb"), Vec::<String>::new());
}

#[test]
fn an_autoloaded_file_needs_its_user_and_its_promise() {
    for (left_out, lives) in [("/lib.rb", vec!["/user.rb"]), ("/user.rb", vec!["/lib.rb"])] {
        let mut program = Program::new();
        let lib = program.file("/lib.rb", RUBY);
        program.promise(lib, "/part.rb");
        let user = program.file("/user.rb", RUBY);
        program.constant("/part.rb", user);
        assert_eq!(program.without(left_out), lives);
    }
}

#[test]
fn a_subclass_keeps_an_autoloaded_superclass_in() {
    let mut program = Program::new();
    let lib = program.file("/lib.rb", RUBY);
    program.promise(lib, "/base.rb");
    let first = program.file("/first.rb", RUBY);
    let base = program.constant("/base.rb", first);
    let second = program.file("/second.rb", RUBY);
    program.subclass(second, base);
    assert_eq!(program.without("/first.rb"), ["/lib.rb", "/base.rb", "/second.rb"]);
}

#[test]
fn through_a_module_that_is_autoloaded_itself() {
    let mut program = Program::new();
    let lib = program.file("/lib.rb", RUBY);
    program.promise(lib, "/templates.rb");
    let first = program.file("/first.rb", RUBY);
    let templates = program.constant("/templates.rb", first);
    program.promise(templates, "/templates/base.rb");
    let base = program.constant("/templates/base.rb", first);
    let second = program.file("/second.rb", RUBY);
    program.subclass(second, base);
    assert_eq!(program.without("/first.rb"), ["/lib.rb", "/templates.rb", "/templates/base.rb", "/second.rb"]);
}

/// `class X < Base if defined?(Base)`, in a file of its own: without the one there is no need for the other.
#[test]
fn a_subclass_goes_with_its_superclass() {
    let mut program = Program::new();
    let lib = program.file("/lib.rb", RUBY);
    program.promise(lib, "/base.rb");
    let user = program.file("/user.rb", RUBY);
    let base = program.constant("/base.rb", user);
    program.subclass(user, base);
    program.file("/other.rb", RUBY);
    assert_eq!(program.without("/lib.rb"), ["/other.rb"]);
}

/// Somebody else put the module there: a hook of the gem that has it.
#[test]
fn a_class_does_not_keep_a_required_module_in() {
    let mut program = Program::new();
    let gem = program.file("/gem.rb", RUBY);
    let module = program.file("/gem/module.rb", gem);
    let class = program.file("/class.rb", RUBY);
    program.include(class, module);
    assert_eq!(program.without("/gem.rb"), ["/class.rb"]);
}

#[test]
fn what_nothing_explains_lives_with_its_parent() {
    let mut program = Program::new();
    let a = program.file("/a.rb", RUBY);
    let file = program.string("/unexplained.rb");
    let id = program.scopes.len() as ScopeId;
    program.scopes.push(ScopeRecord::new(id, &Scope { kind: Kind::Load, file, parent: a, ..Scope::default() }));
    program.file("/b.rb", RUBY);
    assert_eq!(program.without("/a.rb"), ["/b.rb"]);
}

fn set(members: &[&str], gain: u64) -> (Vec<String>, u64) {
    (members.iter().map(|path| path.to_string()).collect(), gain)
}

/// sentry-rails requires sentry-ruby: alone, the latter saves nothing.
#[test]
fn what_another_one_requires_goes_with_it() {
    let mut program = Program::new();
    let ruby = program.file("/sentry-ruby.rb", RUBY);
    let rails = program.file("/sentry-rails.rb", RUBY);
    program.again(rails, "/sentry-ruby.rb");
    let other = program.file("/other.rb", RUBY);
    for (scope, bytes) in [(ruby, 3_000_000), (rails, 100_000), (other, 900_000)] {
        program.weigh(scope, bytes);
    }
    let sets = program.sets(&["/sentry-rails.rb", "/other.rb", "/sentry-ruby.rb"]);
    assert_eq!(sets, [set(&["/sentry-rails.rb", "/sentry-ruby.rb"], 3_000_000)]);
}

/// Action Mailbox and Action Text load Active Storage; what all three share goes only with all three, what two
/// share with two.
#[test]
fn sets_within_sets() {
    let mut program = Program::new();
    let storage = program.file("/storage.rb", RUBY);
    let vips = program.file("/vips.rb", storage);
    let mailbox = program.file("/mailbox.rb", RUBY);
    let text = program.file("/text.rb", RUBY);
    let html = program.file("/html.rb", mailbox);
    program.again(text, "/html.rb");
    program.again(mailbox, "/storage.rb");
    program.again(text, "/storage.rb");
    for (scope, bytes) in
        [(storage, 2_000_000), (vips, 6_000_000), (mailbox, 100_000), (text, 200_000), (html, 300_000)]
    {
        program.weigh(scope, bytes);
    }
    let sets = program.sets(&["/storage.rb", "/mailbox.rb", "/text.rb"]);
    let all = set(&["/storage.rb", "/mailbox.rb", "/text.rb"], 8_300_000);
    assert_eq!(sets, [all, set(&["/mailbox.rb", "/text.rb"], 300_000)]);
}

/// Through files that are nobody's.
#[test]
fn sets_through_a_file_between() {
    let mut program = Program::new();
    let first = program.file("/first.rb", RUBY);
    let between = program.file("/between.rb", first);
    let shared = program.file("/shared.rb", between);
    let second = program.file("/second.rb", RUBY);
    program.again(second, "/shared.rb");
    program.weigh(shared, 1_000_000);
    assert_eq!(program.sets(&["/first.rb", "/second.rb"]), [set(&["/first.rb", "/second.rb"], 1_000_000)]);
}

#[test]
fn no_set_for_what_stays_or_weighs_nothing() {
    let mut program = Program::new();
    let a = program.file("/a.rb", RUBY);
    let kept = program.file("/kept.rb", a);
    let small = program.file("/small.rb", a);
    let b = program.file("/b.rb", RUBY);
    let app = program.file("/app.rb", RUBY);
    for path in ["/kept.rb", "/small.rb"] {
        program.again(b, path);
    }
    program.again(app, "/kept.rb");
    program.weigh(kept, 5_000_000);
    program.weigh(small, 40_000);
    assert_eq!(program.sets(&["/a.rb", "/b.rb"]), []);
}

/// A third one that holds 10,000 bytes of the same is no reason to leave it out too.
#[test]
fn a_member_must_be_worth_it() {
    let mut program = Program::new();
    let a = program.file("/a.rb", RUBY);
    let shared = program.file("/shared.rb", a);
    let rest = program.file("/rest.rb", shared);
    let b = program.file("/b.rb", RUBY);
    program.again(b, "/shared.rb");
    let c = program.file("/c.rb", RUBY);
    program.again(c, "/rest.rb");
    program.weigh(shared, 1_000_000);
    program.weigh(rest, 10_000);
    assert_eq!(program.sets(&["/a.rb", "/b.rb", "/c.rb"]), [set(&["/a.rb", "/b.rb"], 1_000_000)]);
}
