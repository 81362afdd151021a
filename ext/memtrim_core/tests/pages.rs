//! What is made of a boot's tree: the page and the file for speedscope, from a small recording written out by hand.

use memtrim_core::analysis::{Ledger, Weight};
use memtrim_core::boot_tree::{BootTree, Place, Whose};
use memtrim_core::recorder::{Edge, EdgeKind, Kind, Scope, ScopeId, StringId, Strings, RECORDER, RUBY};
use memtrim_core::recording::{
    self, App, Component, Finish, Gem, Header, Journal, Phase, Record, Recording, ScopeRecord, Segment, Tally, FORMAT,
};
use memtrim_core::render;
use memtrim_core::report::Report;
use serde_json::Value;

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'&\u{2028}";

/// An app that requires a gem, whose railtie has an initializer, in two phases.
fn boot(counter: bool, gem: &str) -> Recording {
    let mut strings = Strings::default();
    let mut string = |text: &str| strings.intern(text.as_bytes());
    let path = |file: &str| format!("/gems/{gem}-1.0/lib/{file}");
    let files = [string("/app/config/application.rb"), string(&path("a.rb")), string(&path("a/railtie.rb"))];
    let scope = |kind, phase, name, file, line, parent, self_ns| Scope {
        kind,
        phase,
        name,
        file,
        line,
        parent,
        self_ns,
        ..Scope::default()
    };
    let none = StringId::EMPTY;
    let scopes = [
        Scope::default(),
        Scope::default(),
        Scope { kind: Kind::Recorder, ..Scope::default() },
        scope(Kind::Require, Phase::Application, string("./config/application"), files[0], 0, RUBY, 5_000_000),
        scope(Kind::BundlerRequire, Phase::Gems, string("Bundler.require"), none, 0, 3, 1_000_000),
        scope(Kind::Require, Phase::Gems, string("a"), files[1], 0, 4, 2_000_000),
        scope(Kind::Require, Phase::Gems, string(&path("a/railtie")), files[2], 0, 5, 3_000_000),
        scope(Kind::Initializer, Phase::Initializers, string("a.set_up"), files[2], 7, 3, 4_000_000),
        scope(Kind::EagerLoad, Phase::EagerLoad, string("A"), none, 0, 3, 0),
        scope(Kind::Require, Phase::Initializers, string("/memtrim/summary"), none, 0, RECORDER, 6_000_000),
    ];
    let mut edge = |from: ScopeId, to: &str, file: StringId, line, loaded| Edge {
        from,
        to: string(to),
        file,
        line,
        loaded,
        kind: EdgeKind::Call,
    };
    let edges = vec![
        edge(3, "a", files[0], 12, 5),
        edge(5, &path("a/railtie"), files[1], 3, 6),
        edge(3, &path("a/railtie"), files[0], 14, 0),
    ];
    let tally = |scope, bytes| Tally {
        scope,
        objects: 1,
        slot_bytes: 40,
        retained_bytes: 40 + bytes / 2,
        blocks: 1,
        block_bytes: if counter { bytes } else { 0 },
    };
    let app = App {
        name: gem.into(),
        root: "/app".into(),
        gems: vec![Gem {
            name: gem.into(),
            version: "1.0".into(),
            in_gemfile: true,
            autorequire: vec!["a".into()],
            dirs: vec![format!("/gems/{gem}-1.0")],
            ..Gem::default()
        }],
        components: vec![Component { name: "a/railtie".into(), file: path("a/railtie.rb") }],
        load_path: vec![format!("/gems/{gem}-1.0/lib")],
        ..App::default()
    };
    let records = [
        Record::Strings((0..strings.len() as u32).map(|id| strings.get(StringId(id)).into_owned()).collect()),
        Record::Scopes(scopes.iter().enumerate().map(|(id, scope)| ScopeRecord::new(id as ScopeId, scope)).collect()),
        Record::Edges(edges),
        Record::Segment(Segment { phase: Phase::Ruby, end_ns: 20_000_000, usage: None }),
        Record::App(Box::new(app)),
        Record::Tallies(
            [(1, 9_000), (2, 77_777), (3, 500), (4, 60), (5, 4_000), (6, 700), (7, 80)]
                .map(|(scope, bytes)| tally(scope, bytes))
                .to_vec(),
        ),
        Record::Finish(Finish::default()),
    ];
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("boot.memtrim");
    let header = Header { memtrim_recording: FORMAT, written_by: "test".into(), pid: 1, command: Vec::new(), counter };
    let mut journal = Journal::create(&target, &header).unwrap();
    records.iter().for_each(|record| journal.write(record).unwrap());
    journal.finish().unwrap();
    recording::read(&target).unwrap()
}

/// The data that stands in a page, as a browser reads it.
fn data(page: &str) -> Value {
    let (_, after) = page.split_once("<script id=\"data\" type=\"application/json\">").unwrap();
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn every_byte_and_nanosecond_has_one_place() {
    for counter in [true, false] {
        let recording = boot(counter, "a");
        let ledger = Ledger::new(&recording);
        let tree = BootTree::new(&ledger);
        let sums = tree.sums();
        assert_eq!(sums[0].held_bytes, ledger.total(Weight::Held));
        assert_eq!(sums[0].retained_bytes, ledger.total(Weight::Retained));
        assert_eq!(sums[0].ns, 20_000_000, "the time in no scope is Ruby's, the recorder's is no part of the boot");
        for (index, node) in tree.nodes.iter().enumerate() {
            let mut all = node.own;
            for (child, _) in tree.nodes.iter().enumerate().skip(1).filter(|(_, child)| child.parent == index) {
                all += sums[child];
            }
            assert_eq!(all, sums[index]);
            assert!(node.parent < index || index == 0);
        }
    }
}

#[test]
fn a_railtie_s_part_of_its_gem_is_told_apart() {
    let recording = boot(true, "a");
    let ledger = Ledger::new(&recording);
    let tree = BootTree::new(&ledger);
    let way = |index: usize| {
        let mut way = Vec::new();
        let mut at = index;
        while at > 0 {
            way.push(tree.nodes[at].place.clone());
            at = tree.nodes[at].parent;
        }
        way.reverse();
        way
    };
    let ways: Vec<Vec<Place>> = (1..tree.nodes.len()).map(way).collect();
    let gem = Place::Owner(Whose::Gem(0));
    let file = |path: &str| Place::File(path.into());
    for expected in [
        vec![Place::Phase(Phase::Ruby), Place::Owner(Whose::Ruby), file("ruby")],
        vec![Place::Phase(Phase::Application), Place::Owner(Whose::App), file("config/application.rb")],
        vec![Place::Phase(Phase::Gems), gem.clone(), file("a-1.0/lib/a.rb")],
        vec![Place::Phase(Phase::Gems), gem.clone(), Place::Railtie(0), file("a-1.0/lib/a/railtie.rb")],
        vec![
            Place::Phase(Phase::Initializers),
            gem,
            Place::Railtie(0),
            file("a-1.0/lib/a/railtie.rb"),
            Place::Part("initializer a.set_up (a-1.0/lib/a/railtie.rb:7)".into()),
        ],
    ] {
        assert!(ways.contains(&expected), "{expected:?} of {ways:#?}");
    }
    let self_bytes: u64 = (0..tree.nodes.len())
        .filter(|index| tree.nodes[*index].place == Place::Railtie(0))
        .map(|index| tree.sums()[index].held_bytes)
        .sum();
    assert_eq!(self_bytes, ledger.railtie(0).sums.self_bytes);
}

#[test]
fn the_page_has_who_required_a_file_and_who_else() {
    let recording = boot(true, "a");
    let data = data(&render::html(&recording, &Report::new(&recording, None)));
    let text = |value: &Value| data["strings"][value.as_u64().unwrap() as usize].as_str().unwrap().to_string();
    let nodes = &data["nodes"];
    let railtie = (0..nodes["name"].as_array().unwrap().len())
        .find(|index| {
            text(&nodes["name"][index]) == "a-1.0/lib/a/railtie.rb"
                && nodes["kind"].as_str().unwrap().as_bytes()[*index] == b'f'
        })
        .unwrap();
    let scope = nodes["scope"][railtie].as_u64().unwrap() as usize;
    let scopes = &data["scopes"];
    assert_eq!((text(&scopes["name"][scope]).as_str(), &scopes["line"][scope]), ("a-1.0/lib/a/railtie.rb", &3.into()));
    assert_eq!(scopes["parent"][scope], 5);
    let also = &nodes["also"][railtie.to_string()];
    assert_eq!(text(&scopes["name"][also[0][0][0].as_u64().unwrap() as usize]), "config/application.rb");
    assert_eq!((&also[0][0][1], &also[1]), (&14.into(), &0.into()));
    let thing = data["things"].as_array().unwrap().iter().find(|thing| thing["kind"] == "gem").unwrap();
    assert_eq!(thing["self"], 40 * 3 + 4_000 + 700 + 80);
    assert_eq!(thing["scope"], 5);
}

#[test]
fn hostile_names_are_data_in_the_page() {
    let recording = boot(true, HOSTILE);
    let page = render::html(&recording, &Report::new(&recording, None));
    assert_eq!(page.matches("<img").count(), 0);
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (2, 2));
    let data = data(&page);
    assert_eq!(data["app"], HOSTILE);
    assert!(data["things"].as_array().unwrap().iter().any(|thing| thing["name"] == HOSTILE));
    let file = format!("{}-1.0/lib/a.rb", HOSTILE.rsplit_once('/').unwrap().1);
    assert!(data["strings"].as_array().unwrap().contains(&Value::from(file)));
}

#[test]
fn a_light_recording_has_no_held_bytes_to_show() {
    let recording = boot(false, "a");
    let data = data(&render::html(&recording, &Report::new(&recording, None)));
    assert_eq!(data["weight"], "retained");
    assert!(data["nodes"]["held"].as_array().unwrap().iter().all(|bytes| *bytes == 0));
}

#[test]
fn a_profile_s_weights_add_up_to_the_totals() {
    for (counter, name) in [(true, "held bytes"), (false, "retained bytes")] {
        let recording = boot(counter, "a");
        let report = Report::new(&recording, None);
        let file: Value = serde_json::from_str(&render::speedscope(&recording)).unwrap();
        let total =
            |profile: &Value| profile["weights"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).sum();
        let (bytes, seconds) = (&file["profiles"][0], &file["profiles"][1]);
        assert_eq!((bytes["name"].as_str().unwrap(), seconds["name"].as_str().unwrap()), (name, "seconds"));
        let expected = if counter { report.totals.held_bytes } else { report.totals.retained_bytes };
        assert_eq!((total(bytes), &bytes["endValue"]), (expected, &expected.into()));
        assert_eq!((total(seconds), &seconds["endValue"]), (20_000_000_u64, &20_000_000.into()));
    }
}

#[test]
fn for_speedscope() {
    let text = render::speedscope(&boot(true, "a"));
    let file: Value = serde_json::from_str(&text).unwrap();
    let name = |frame: &Value| {
        let frame = &file["shared"]["frames"][frame.as_u64().unwrap() as usize];
        let place = [frame["file"].as_str().map(str::to_string), frame["line"].as_u64().map(|line| line.to_string())];
        let place: Vec<String> = place.into_iter().flatten().collect();
        format!("{} {}", frame["name"].as_str().unwrap(), place.join(":")).trim_end().to_string()
    };
    let mut lines = Vec::new();
    for profile in file["profiles"].as_array().unwrap() {
        lines.push(format!("{}, {}", profile["name"].as_str().unwrap(), profile["unit"].as_str().unwrap()));
        for (stack, weight) in profile["samples"].as_array().unwrap().iter().zip(profile["weights"].as_array().unwrap())
        {
            let names: Vec<String> = stack.as_array().unwrap().iter().map(name).collect();
            lines.push(format!("  {weight}  {}", names.join(" > ")));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}
