//! What lives because of what, on small recordings written out by hand.

use memtrim_core::analysis::{Cut, Graph};
use memtrim_core::recorder::{Edge, EdgeKind, Kind, Scope, ScopeId, StringId, Strings, RUBY};
use memtrim_core::recording::{self, Finish, Header, Journal, Link, Record, Recording, ScopeRecord, FORMAT};

/// Files that load one another. The program is scope [`RUBY`].
#[derive(Default)]
struct Program {
    strings: Strings,
    scopes: Vec<ScopeRecord>,
    edges: Vec<Edge>,
    constants: Vec<u32>,
    links: Vec<Link>,
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
            Record::Finish(Finish::default()),
        ] {
            journal.write(&record).unwrap();
        }
        journal.finish().unwrap();
        recording::read(&target).unwrap()
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
