//! What verdicts say, to people and to programs, of a boot written out by hand. `INSTA_UPDATE=always cargo test` writes
//! new snapshots.

mod support;

use memtrim_core::explain::explain;
use memtrim_core::recording::Finish;
use memtrim_core::render;
use memtrim_core::report::Report;
use memtrim_core::verdict::{verdicts, Answer, Facts, Verdicts};
use serde_json::{json, Value};
use support::{dir_of, path_of, Boot, KIB};

/// An unused gem on a line of the Gemfile.
fn gem(name: &str, line: u32, constant: &str, more: Value) -> Value {
    let it = json!({
        "name": name, "kind": "gem", "version": "1.2.3", "constants": [constant], "files": {"ruby": 9},
        "gemfile": {"file": "Gemfile", "line": line, "text": format!("gem \"{name}\""), "groups": ["default"],
                    "requires": [name], "in_env": true},
        "boots": {"safe": true, "harmless": true, "boots": true}, "trace": {"how": "deferred"},
    });
    with(it, more)
}

fn railtie(name: &str, more: Value) -> Value {
    let it = json!({"name": name, "kind": "railtie", "boots": {"boots": true}, "trace": {"how": "watched"}});
    with(it, more)
}

fn with(mut it: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    it
}

fn a_use(place: (&str, u32), how: &str, what: &str, at: &str, role: &str) -> Value {
    json!({"file": place.0, "line": place.1, "how": how, "what": what, "at": at, "role": role})
}

fn boot() -> Boot {
    let mut boot = Boot::new();
    boot.railtie("active_record/railtie", "activerecord", 900);
    let storage = boot.railtie("active_storage/engine", "activestorage", 700);
    boot.railtie("action_mailer/railtie", "actionmailer", 2900);
    let text = boot.railtie("action_text/engine", "actiontext", 420);
    boot.edge(text, &format!("{}/lib/active_storage/engine.rb", dir_of("activestorage")), 9, storage);
    boot.gem("chronic", &[], true, 300);
    boot.gem("icalendar", &["ice_cube"], true, 850);
    boot.gem("ice_cube", &[], false, 0);
    boot.gem("fast_excel", &[], true, 2350);
    boot.gem("geocoder", &[], true, 1180);
    boot.gem("oj", &[], true, 640);
    boot.gem("faker", &[], true, 1700);
    boot.gem("sentry-ruby", &[], true, 1400);
    let sqlite = boot.gem("sqlite3", &[], true, 210);
    let adapter = boot.file(
        &format!("{}/lib/active_record/sqlite3_adapter.rb", dir_of("activerecord")),
        boot.application,
        20,
        KIB,
    );
    boot.edge(adapter, &path_of("sqlite3"), 14, sqlite);
    boot.gem("sidekiq", &[], true, 800);
    boot.gem("multi_json", &[], false, 0);
    boot
}

fn facts() -> Value {
    let geocoder = json!({
        "uses": [
            a_use(("app/controllers/studios_controller.rb", 19), "constant", "Geocoder.search", "call", "app"),
            a_use(("app/controllers/studios_controller.rb", 31), "constant", "Geocoder::Calculations", "call", "app"),
            a_use(("app/views/studios/map.html.erb", 4), "constant", "Geocoder::Calculations", "call", "app"),
            a_use(("lib/tasks/geocode.rake", 3), "constant", "Geocoder", "block", "task"),
        ],
        "boots": {"safe": false, "harmless": true, "boots": true, "reasons": [
            {"what": "defines the railtie Geocoder::Railtie", "kind": "railtie",
             "file": "/gems/geocoder-1.2.3/lib/geocoder/railtie.rb", "line": 6}]},
        "deeds": [{"kind": "railtie", "what": "defines the railtie Geocoder::Railtie", "harmless": true}],
    });
    let excel = json!({
        "uses": [a_use(("app/views/entries/index.xlsx.erb", 1), "constant", "FastExcel", "call", "app")],
        "trace": {"how": "deferred", "uses": [
            {"phase": "request", "file": "app/views/entries/index.xlsx.erb", "line": 1, "constant": "FastExcel",
             "direct": true, "command": "bin/rails test"}]},
        "boots": {"safe": true, "boots": true, "constants": ["FastExcel", "Libxlsxwriter"]},
    });
    let sentry = json!({
        "boots": {"safe": false, "boots": true},
        "deeds": [
            {"kind": "railtie", "what": "defines the railtie Sentry::Railtie",
             "file": "/gems/sentry-ruby-1.2.3/lib/sentry/railtie.rb", "line": 4},
            {"kind": "middleware", "what": "brings the middleware Sentry::CaptureExceptions"}],
        "uses": [a_use(("config/initializers/sentry.rb", 1), "constant", "Sentry.init", "load", "boot")],
    });
    let oj = json!({"by_gems": [
        {"gem": "multi_json", "file": "/gems/multi_json-1.2.3/lib/multi_json.rb", "line": 40, "how": "guard", "what": "Oj"}]});
    let faker = json!({"uses": [a_use(("test/fixtures/makers.rb", 2), "constant", "Faker::Name", "load", "test")]});
    let sidekiq = json!({"uses": [a_use(("Procfile", 2), "executable", "sidekiq", "other", "deploy")]});
    let model = a_use(("app/models/event.rb", 1), "constant", "ActiveRecord::Base", "load", "app");
    let idle = a_use(("app/mailers/application_mailer.rb", 1), "constant", "ActionMailer::Base", "load", "app");
    json!({
        "schema": 1, "files_read": 63,
        "skipped": [["test/files/latin.rb", "invalid multibyte char, line 3"]],
        "trace": {"runs": [{"command": "bin/rails test", "status": 0}], "stale": 2, "passed": true},
        "ignore": [{"name": "icalendar", "reason": "the calendar comes back in May", "line": 12},
                   {"name": "haml", "reason": "gone", "line": 13}],
        "things": [
            gem("chronic", 31, "Chronic", json!({})),
            gem("icalendar", 32, "Icalendar", json!({})),
            gem("fast_excel", 24, "FastExcel", excel),
            gem("geocoder", 25, "Geocoder", geocoder),
            gem("oj", 26, "Oj", oj),
            gem("faker", 27, "Faker", faker),
            gem("sentry-ruby", 28, "Sentry", sentry),
            gem("sqlite3", 8, "SQLite3", json!({"boots": {"boots": true, "reasons": [{"what": "it is required at boot"}]}})),
            gem("sidekiq", 29, "Sidekiq", sidekiq),
            railtie("active_record/railtie", json!({"uses": [model]})),
            railtie("active_storage/engine", json!({})),
            railtie("action_mailer/railtie", json!({"idle_uses": [idle]})),
            railtie("action_text/engine", json!({})),
        ],
    })
}

fn parse(facts: &Value) -> Facts {
    Facts::parse(&facts.to_string()).unwrap()
}

fn all() -> Verdicts {
    verdicts(&boot().recording(), &parse(&facts()))
}

fn answers(it: &Verdicts) -> Vec<(&str, &str)> {
    it.verdicts.iter().map(|verdict| (verdict.name.as_str(), verdict.rule)).collect()
}

#[test]
fn findings() {
    insta::assert_snapshot!(render::verdicts(&all(), 100, false));
}

#[test]
fn everything_on_a_narrow_terminal() {
    let text = render::verdicts(&all(), 72, true);
    assert!(text.lines().all(|line| line.chars().count() <= 72));
    insta::assert_snapshot!(text);
    for width in [0, 1, 7] {
        render::verdicts(&all(), width, true);
    }
}

#[test]
fn from_source_alone() {
    let mut facts = facts();
    facts["trace"] = Value::Null;
    facts["unknowns"] = json!([
        ["app/models/import.rb", 12, "name.constantize"],
        ["lib/x.rb", 3, "const_get(x)"],
        ["lib/y.rb", 4, "require path"],
        ["lib/z.rb", 5, "require z"]
    ]);
    for thing in facts["things"].as_array_mut().unwrap() {
        thing["boots"] = Value::Null;
        thing["trace"] = Value::Null;
    }
    let it = verdicts(&boot().recording(), &parse(&facts));
    assert!(it.findings().all(|verdict| matches!(verdict.verdict, Answer::Unknown | Answer::Defer)));
    assert!(it.findings().all(|verdict| verdict.edit.is_none() && verdict.settle.is_some()));
    insta::assert_snapshot!(render::verdicts(&it, 100, false));
}

#[test]
fn nothing_to_find() {
    let one = json!({"files_read": 1, "things": [gem("sqlite3", 8, "SQLite3", json!({"boots": null}))]});
    insta::assert_snapshot!(render::verdicts(&verdicts(&boot().recording(), &parse(&one)), 100, false), @r"
    tenant · production · Ruby 3.3.8 · Rails 8.0.2 · glibc · 1 file read · nothing traced

    nothing to remove or to defer: 1 gem or railtie is kept (--all says why)
    ");
}

#[test]
fn as_json() {
    let it = all();
    let parsed: Value = serde_json::from_str(&it.to_json(true)).unwrap();
    assert_eq!(parsed["verdicts"].as_array().unwrap().len(), 13);
    let only: Value = serde_json::from_str(&it.to_json(false)).unwrap();
    assert_eq!(only["verdicts"].as_array().unwrap().len(), it.findings().count());
    let mut few = facts();
    few["things"]
        .as_array_mut()
        .unwrap()
        .retain(|thing| ["chronic", "geocoder"].contains(&thing["name"].as_str().unwrap()));
    let it = verdicts(&boot().recording(), &parse(&few));
    insta::assert_snapshot!(it.to_json(true));
}

#[test]
fn in_a_report_and_in_an_explanation() {
    let recording = boot().recording();
    let facts = parse(&facts());
    let text = render::report(&Report::new(&recording, Some(&facts)), 100);
    insta::assert_snapshot!(text[text.find("RAILTIES").unwrap()..]);
    insta::assert_snapshot!(render::explanation(&explain(&recording, "geocoder", Some(&facts)).unwrap(), 100));
    assert!(!render::report(&Report::new(&recording, None), 100).contains("VERDICTS"));
    assert!(Report::new(&recording, None).to_json().contains("\"verdicts\": null"));
    assert!(explain(&recording, "geocoder", None).unwrap().verdict.is_none());
}

/// What goes together is asked of the graph: two that load the same file save it only together.
#[test]
fn the_sum_is_that_of_the_set() {
    let mut boot = Boot::new();
    let one = boot.gem("one", &[], true, 10);
    let other = boot.gem("other", &[], true, 10);
    let shared = boot.file("/gems/shared/lib/shared.rb", one, 1, 100 * KIB);
    boot.edge(other, "/gems/shared/lib/shared.rb", 1, shared);
    let facts = json!({"things": [gem("one", 1, "One", json!({})), gem("other", 2, "Other", json!({}))]});
    let it = verdicts(&boot.recording(), &parse(&facts));
    assert!(it.verdicts.iter().all(|verdict| (verdict.verdict, verdict.removable_bytes) == (Answer::Remove, 10 * KIB)));
    assert_eq!((it.removable_bytes, it.removable_with_unknown_bytes), (120 * KIB, 120 * KIB));
}

/// Deleting a line takes its dependencies out of the bundle, too; whoever loads one of them without saying so breaks.
#[test]
fn an_undeclared_dependency() {
    let with_user = |declared: &[&str], default: bool| {
        let mut boot = Boot::new();
        let icalendar = boot.gem("icalendar", &["ice_cube"], true, 10);
        let user = boot.gem("planner", declared, true, 10);
        boot.gem("ice_cube", &[], false, 0);
        let cube = boot.file(&path_of("ice_cube"), icalendar, 2, KIB);
        boot.edge(user, &path_of("ice_cube"), 5, cube);
        let default: &[&str] = if default { &["ice_cube"] } else { &[] };
        let facts = json!({"things": [gem("icalendar", 1, "Icalendar", json!({}))], "default_gems": default});
        let it = verdicts(&boot.recording(), &parse(&facts));
        answers(&it).first().map(|(_, rule)| rule.to_string()).unwrap()
    };
    assert_eq!(with_user(&[], false), "brings_others");
    assert_eq!(with_user(&["ice_cube"], false), "unused");
    assert_eq!(with_user(&[], true), "unused", "Ruby has it anyway");
}

/// And the test group's gems don't keep it where the app is deployed.
#[test]
fn an_undeclared_dependency_that_only_the_test_group_keeps_in_the_lock() {
    let mut boot = Boot::new();
    let icalendar = boot.gem("icalendar", &["ice_cube"], true, 10);
    boot.gem("planner_test", &["ice_cube"], true, 10);
    boot.gem("ice_cube", &[], false, 0);
    let cube = boot.file(&path_of("ice_cube"), icalendar, 2, KIB);
    let application = boot.application;
    boot.edge(application, &path_of("ice_cube"), 5, cube);
    let recording = boot.recording();
    let mut line = json!({"file": "Gemfile", "line": 2, "groups": ["test"], "in_env": false});
    let rule = |line: &Value| {
        let test = gem("planner_test", 2, "PlannerTest", json!({"gemfile": line}));
        let facts = json!({"things": [gem("icalendar", 1, "Icalendar", json!({})), test]});
        let it = verdicts(&recording, &parse(&facts));
        it.of("icalendar").unwrap().rule
    };
    assert_eq!(rule(&line), "brings_others");
    line["in_env"] = json!(true);
    assert_eq!(rule(&line), "unused");
}

#[test]
fn a_boot_that_did_not_end_well_tells_nothing() {
    for finish in [None, Some(Finish { error: Some("RuntimeError: no".into()), ..Finish::default() })] {
        let mut boot = boot();
        boot.finish = finish;
        let it = verdicts(&boot.recording(), &parse(&facts()));
        assert!(it.verdicts.iter().all(|verdict| ["broken_recording", "ignored"].contains(&verdict.rule)));
    }
}
