//! The rules, each by the case it is there for, and what no facts may ever give.

use super::case::{Case, Setting};
use super::facts::Facts;
use super::figures::{Figures, Holder};
use super::rules::rule_on;
use super::ruling::{Answer, Confidence, Ruling};
use crate::requirers::RequirerReport;
use serde_json::{json, Value};

/// A gem of the Gemfile that is loaded at boot, that nothing names, and that boots and a passed trace did well without.
fn unused() -> Value {
    json!({
        "name": "chronic", "kind": "gem", "version": "0.10.2", "constants": ["Chronic"], "files": {"ruby": 20},
        "gemfile": {"file": "Gemfile", "line": 30, "text": "gem \"chronic\"", "groups": ["default"],
                    "requires": ["chronic"], "in_env": true},
        "boots": {"safe": true, "harmless": true, "boots": true},
        "trace": {"how": "deferred", "uses": []},
    })
}

fn railtie() -> Value {
    json!({
        "name": "action_mailer/railtie", "kind": "railtie", "boots": {"boots": true},
        "trace": {"how": "watched", "uses": []},
    })
}

fn traced() -> Value {
    json!({"files_read": 63, "trace": {"runs": [{"command": "bin/rails test", "status": 0}], "passed": true}})
}

fn with(mut it: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    it
}

fn loaded() -> Figures {
    Figures { loaded: true, removable_bytes: 1 << 20, seconds: 0.05, ..Figures::default() }
}

fn requirer(name: &str, file: &str) -> RequirerReport {
    RequirerReport { name: name.into(), file: Some(file.into()), line: Some(3) }
}

fn held_by(name: &str, depends: bool) -> Figures {
    let holder = Holder { place: requirer(name, "x-1.0/lib/x.rb"), depends, railties: Vec::new(), of_rails: false };
    Figures { held_in: true, held_by: vec![holder], ..loaded() }
}

fn judge_in(facts: Value, thing: Value, figures: Figures, environment: &str) -> (&'static str, Ruling) {
    let facts = Facts::parse(&with(facts, json!({"things": [thing]})).to_string()).unwrap();
    let names = ["active_record/railtie", "action_mailer/railtie"];
    let setting = Setting {
        facts: &facts,
        environment: environment.into(),
        eager_load: true,
        whole: true,
        railties: names.map(str::to_string).to_vec(),
        gems_of_rails: vec!["actionmailer".into(), "railties".into()],
    };
    rule_on(&Case { setting: &setting, thing: &facts.things[0], figures })
}

fn judge(thing: Value, figures: Figures) -> (&'static str, Ruling) {
    judge_in(traced(), thing, figures, "production")
}

fn a_use(file: &str, how: &str, at: &str, role: &str) -> Value {
    json!({"file": file, "line": 8, "how": how, "what": "Chronic", "at": at, "role": role})
}

fn used_by(uses: &[Value]) -> Value {
    json!({"uses": uses})
}

/// The answer with one key of an unused gem changed.
fn answer(more: Value) -> (&'static str, Answer, Confidence) {
    let (rule, ruling) = judge(with(unused(), more), loaded());
    (rule, ruling.answer, ruling.confidence)
}

#[test]
fn an_unused_gem_goes() {
    let (rule, ruling) = judge(unused(), loaded());
    assert_eq!((rule, ruling.answer, ruling.confidence), ("unused", Answer::Remove, Confidence::Proved));
    let edit = ruling.edit.unwrap();
    assert_eq!((edit.file.as_str(), edit.line, edit.text.as_str()), ("Gemfile", Some(30), "delete this line"));
    assert_eq!(edit.lines, ["gem \"chronic\""]);
    assert_eq!(ruling.why, "nothing in the app names it; production boots, and bin/rails test passes, without it");
}

#[test]
fn without_a_trace_it_is_observed_and_without_a_boot_unknown() {
    let untraced = with(unused(), json!({"trace": null}));
    let (rule, ruling) = judge_in(json!({}), untraced.clone(), loaded(), "production");
    assert_eq!((rule, ruling.answer, ruling.confidence), ("unused", Answer::Remove, Confidence::Observed));
    for facts in [json!({}), traced()] {
        for boots in [Value::Null, json!({"safe": true, "harmless": true})] {
            let thing = with(unused(), json!({"boots": boots}));
            let (rule, ruling) = judge_in(facts.clone(), thing, loaded(), "production");
            assert_eq!((rule, ruling.answer, ruling.confidence), ("not_tried", Answer::Unknown, Confidence::Static));
            assert!(ruling.why.starts_with("unused as far as the source shows"));
            assert_eq!(ruling.settle.as_deref(), Some("memtrim trace -- bin/rails test"));
        }
    }
}

#[test]
fn a_failed_trace_proves_nothing() {
    let failed = json!({"trace": {"runs": [{"command": "bin/rails test", "status": 1}], "passed": false}});
    let (_, ruling) = judge_in(failed, unused(), loaded(), "production");
    assert_eq!((ruling.answer, ruling.confidence), (Answer::Remove, Confidence::Observed));
    assert_eq!(ruling.why, "nothing in the app names it; production boots without it");
}

/// `memtrim trace -- true`
#[test]
fn a_command_that_never_loaded_the_app_proves_nothing() {
    let trace = json!({"trace": {"runs": [{"command": "true", "status": 0, "booted": false}], "passed": true}});
    let (_, ruling) = judge_in(trace, unused(), loaded(), "production");
    assert_eq!(ruling.confidence, Confidence::Observed);
    assert_eq!(ruling.why, "nothing in the app names it; production boots without it");
}

#[test]
fn what_the_gemfile_settles() {
    assert_eq!(answer(json!({"gemfile": null})).0, "no_line");
    let (rule, ruling) = judge(unused(), Figures::default());
    assert_eq!((rule, ruling.answer), ("never_loaded", Answer::Keep));
    let line = with(unused()["gemfile"].clone(), json!({"in_env": false, "groups": ["test"]}));
    let (rule, ruling) = judge(with(unused(), json!({"gemfile": line})), Figures::default());
    assert_eq!((rule, ruling.answer), ("other_environment", Answer::Keep));
    assert!(ruling.why.contains("nothing to trim") && ruling.risk.is_none());
}

/// Only the test group keeps it in the lock, and somebody who does not depend on it loads it.
#[test]
fn a_gem_of_another_group_that_is_loaded_all_the_same() {
    let line = with(unused()["gemfile"].clone(), json!({"in_env": false, "groups": ["test"]}));
    let thing = with(unused(), json!({"gemfile": line}));
    let (_, ruling) = judge(thing.clone(), held_by("xlsx", false));
    assert_eq!(ruling.why, "its group is test, and xlsx loads it in production all the same");
    assert_eq!(ruling.risk.unwrap(), "where the app is installed without group test, xlsx does not find it");
    assert!(judge(thing, held_by("xlsx", true)).1.risk.is_none());
}

#[test]
fn an_app_that_does_not_boot_without_it_keeps_it() {
    let boots = json!({"boots": false, "error": "NameError: uninitialized constant Chronic\nmore",
                       "reasons": [{"what": "deferred, the app does not boot", "file": "config/boot.rb", "line": 4}]});
    let (rule, ruling) = judge(with(unused(), json!({"boots": boots})), loaded());
    assert_eq!((rule, ruling.answer, ruling.confidence), ("does_not_boot", Answer::Keep, Confidence::Proved));
    assert_eq!(ruling.why, "without it the app does not boot: NameError: uninitialized constant Chronic");
    assert_eq!(ruling.evidence[0].place().unwrap(), "config/boot.rb:4");
}

/// An agent: no line of the app mentions it, boots and tests pass without it.
#[test]
fn a_gem_that_acts_unasked_stays() {
    let deeds = json!([{"kind": "middleware", "what": "brings the middleware Agent", "file": "agent.rb", "line": 2}]);
    assert_eq!(answer(json!({"deeds": deeds})), ("acts_unasked", Answer::Keep, Confidence::Observed));
    assert_eq!(answer(json!({"deeds": [{"kind": "telepathy", "what": "reads minds"}]})).1, Answer::Keep);
    let harmless = json!([{"kind": "railtie", "what": "defines the railtie X", "harmless": true}]);
    assert_eq!(answer(json!({"deeds": harmless})).1, Answer::Remove);
    let by_environment = json!([{"kind": "environment", "what": "starts where AGENT_KEY is set"}]);
    assert_eq!(answer(json!({"deeds": by_environment})).0, "hidden_deeds");
}

/// Bullet, letter_opener: named in development alone, a railtie in production too.
#[test]
fn an_agent_of_development_in_the_default_group_is_no_keep() {
    let deeds = json!([{"kind": "railtie", "what": "defines the railtie Bullet::Railtie"}]);
    let development = a_use("config/environments/development.rb", "constant", "block", "development");
    let it = with(json!({"deeds": deeds}), used_by(std::slice::from_ref(&development)));
    assert_eq!(answer(it.clone()), ("development_acts", Answer::Unknown, Confidence::Static));
    let both = [development, a_use("config/appsignal.yml", "mention", "other", "text")];
    assert_eq!(answer(with(it, used_by(&both))).0, "acts_unasked");
}

#[test]
fn a_controller_and_a_rake_task_mean_defer() {
    let uses = [a_use("lib/tasks/x.rake", "constant", "block", "task"), a_use("app/a.rb", "constant", "call", "app")];
    let (rule, ruling) = judge(with(unused(), used_by(&uses)), loaded());
    assert_eq!((rule, ruling.answer, ruling.confidence), ("used_later", Answer::Defer, Confidence::Proved));
    assert_eq!(ruling.evidence[0].place().unwrap(), "app/a.rb:8", "what requests run comes first");
    let edit = ruling.edit.unwrap();
    assert_eq!(edit.lines, ["defer:", "  chronic: [Chronic]"]);
    assert_eq!(edit.text, "memtrim defer chronic --write");
    assert_eq!(ruling.risk.unwrap(), "its first use in a process takes 0.05 s, and 1.0 MiB from then on");
}

/// geocoder: a railtie that only mixes in what no model of the app asks for.
#[test]
fn by_force_where_nobody_needs_what_is_missing() {
    let boots = json!({"safe": false, "harmless": true, "boots": true, "reasons": [
        {"what": "defines the railtie Geocoder::Railtie", "kind": "railtie"},
        {"what": "defines the Rake task geocode:all", "kind": "task"}]});
    let deeds = json!([{"kind": "railtie", "what": "defines the railtie Geocoder::Railtie", "harmless": true}]);
    let uses = [a_use("app/controllers/map_controller.rb", "constant", "call", "app")];
    let it = with(json!({"boots": boots, "deeds": deeds}), used_by(&uses));
    let (_, ruling) = judge(with(unused(), it.clone()), loaded());
    assert_eq!((ruling.answer, ruling.confidence), (Answer::Defer, Confidence::Proved));
    let reason = "it defines the railtie Geocoder::Railtie (and 1 more), which nothing here uses";
    let edit = ruling.edit.unwrap();
    assert_eq!(edit.lines[1..], ["  chronic:", "    constants: [Chronic]", &format!("    force: \"{reason}\"")]);
    assert_eq!(edit.text, format!("memtrim defer chronic --force '{reason}' --write"));
    let untraced = with(it.clone(), json!({"trace": null}));
    assert_eq!(answer(untraced).2, Confidence::Observed, "what is harmless was read in the source");
    let not_harmless = json!([{"kind": "railtie", "what": "defines the railtie Geocoder::Railtie"}]);
    assert_eq!(answer(with(it, json!({"deeds": not_harmless}))).0, "acts_unasked");
}

/// `geocoded_by` in a model, an adapter named by a symbol.
#[test]
fn what_gives_the_app_something_it_uses_can_not_wait() {
    let deeds = json!([{"kind": "method", "what": "adds the method geocoded_by", "used": true}]);
    assert_eq!(answer(json!({"deeds": deeds})), ("can_not_wait", Answer::Keep, Confidence::Observed));
    let boots = json!({"safe": false, "harmless": false, "boots": true, "reasons": [
        {"what": "is wanted by assets:precompile", "file": "Rakefile", "line": 1}]});
    let it = with(json!({"boots": boots}), used_by(&[a_use("app/a.rb", "constant", "call", "app")]));
    let (rule, ruling) = judge(with(unused(), it), loaded());
    assert_eq!((rule, ruling.answer, ruling.confidence), ("can_not_wait", Answer::Keep, Confidence::Proved));
    assert!(ruling.why.ends_with("is wanted by assets:precompile"), "{}", ruling.why);
}

#[test]
fn a_gem_whose_constants_can_not_load_it_is_not_deferred_but_may_go() {
    let boots = json!({"safe": false, "harmless": true, "boots": true, "reasons": [
        {"what": "brings no constant of its own that could load it", "kind": "constants"},
        {"what": "adds the method String#shout", "kind": "method"}]});
    let patch = json!({"boots": boots, "trace": {"how": "watched"}});
    assert_eq!(answer(patch.clone()), ("unused", Answer::Remove, Confidence::Observed));
    let used = with(patch, used_by(&[a_use("app/a.rb", "method", "call", "app")]));
    assert_eq!(answer(used).1, Answer::Keep);
}

#[test]
fn used_at_boot_unless_a_boot_knows_better() {
    let uses = used_by(&[a_use("config/initializers/x.rb", "constant", "load", "boot")]);
    assert_eq!(answer(uses.clone()).1, Answer::Defer, "a file that no boot loads");
    let unsafe_ = json!({"safe": false, "boots": true, "reasons": [{"what": "it is used at boot"}]});
    for boots in [Value::Null, unsafe_] {
        assert_eq!(answer(with(uses.clone(), json!({"boots": boots}))).0, "used_at_boot");
    }
    let figures = Figures {
        app_loads: vec![requirer("config/initializers/x.rb", "config/initializers/x.rb")],
        ..held_by("a", true)
    };
    let line = with(unused()["gemfile"].clone(), json!({"requires": []}));
    let (rule, ruling) = judge(with(unused(), json!({"gemfile": line, "boots": null})), figures);
    assert_eq!((rule, ruling.confidence), ("used_at_boot", Confidence::Observed));
    assert_eq!(ruling.why, "the app uses it at boot, in config/initializers/x.rb:3, require: false or not");
}

#[test]
fn loaded_anyway() {
    let thing = with(unused(), json!({"boots": null}));
    let (rule, ruling) = judge(thing.clone(), held_by("sentry-rails", true));
    assert_eq!((rule, ruling.answer), ("loaded_anyway", Answer::Keep));
    assert_eq!(ruling.why, "sentry-rails loads it anyway, its own line saves nothing");
    assert!(ruling.risk.is_none());
    // sqlite3: Active Record requires it and does not depend on it.
    let (_, ruling) = judge(thing, held_by("activerecord", false));
    assert_eq!(ruling.risk.unwrap(), "without its line it is not in the bundle, and activerecord does not find it");
    // Together with its holder it can wait.
    let (_, ruling) =
        judge(with(unused(), used_by(&[a_use("app/a.rb", "constant", "call", "app")])), held_by("a", true));
    assert_eq!(ruling.answer, Answer::Defer);
    assert!(ruling.why.ends_with("to be deferred together with a, or that loads it"));
}

#[test]
fn executables() {
    let deployed = a_use("Procfile", "executable", "other", "deploy");
    assert_eq!(answer(used_by(&[deployed])).0, "runs_in_production");
    assert_eq!(answer(used_by(&[a_use("bin/x", "executable", "load", "task")])).1, Answer::Defer);
    let ci = a_use(".github/workflows/ci.yml", "executable", "other", "deploy");
    assert_eq!(answer(used_by(&[ci])).0, "wrong_group");
}

#[test]
fn doubts() {
    let mention = a_use("config/schedule.yml", "mention", "other", "text");
    let by_gems = json!([{"gem": "multi_json", "file": "multi_json.rb", "line": 3, "how": "guard", "what": "Oj"}]);
    let calls = json!({"how": "watched", "uses": [{"phase": "request", "file": "/x.rb", "direct": false}]});
    for (rule, more) in [
        ("mentioned", used_by(&[mention])),
        ("mentioned", used_by(&[a_use("engines/a/a.gemspec", "gemspec", "load", "lib")])),
        ("named_by_gems", json!({"by_gems": by_gems})),
        ("called_by_others", json!({"trace": calls})),
        ("other_files", json!({"files": {"ruby": 3, "assets": 1}})),
        ("other_files", json!({"files": {"ruby": 3, "plugins": 1}})),
        ("other_files", json!({"files": {"ruby": 1, "signatures": 40}})),
        ("boots_differently", json!({"boots": {"boots": true}})),
        ("boots_differently", json!({"boots": {"boots": true, "reasons": [{"what": "assets:precompile fails"}]}})),
    ] {
        let (by, answer, _) = answer(more);
        assert_eq!((by, answer), (rule, Answer::Unknown));
    }
    assert_eq!(answer(json!({"files": {"ruby": 20, "signatures": 20, "executables": 2}})).1, Answer::Remove);
}

#[test]
fn a_part_that_the_app_loads_in_a_way_that_nobody_can_read() {
    let figures = Figures { app_loads: vec![requirer("lib/plugins.rb", "lib/plugins.rb")], ..loaded() };
    for thing in [unused(), railtie()] {
        let (rule, ruling) = judge(thing, figures.clone());
        assert_eq!(
            (rule, ruling.answer, ruling.confidence),
            ("loaded_all_the_same", Answer::Unknown, Confidence::Observed)
        );
    }
}

/// Tests don't load the group: that they pass is no proof.
#[test]
fn a_gem_of_a_group_of_productions_own() {
    let line = with(unused()["gemfile"].clone(), json!({"groups": ["production"]}));
    assert_eq!(answer(json!({"gemfile": line})).2, Confidence::Observed);
}

/// Moved into group :development, :test it would be missing in staging.
#[test]
fn other_environments_are_deployed() {
    let staging = a_use("config/environments/staging.rb", "constant", "block", "development");
    assert_eq!(answer(used_by(&[staging])).1, Answer::Defer);
}

#[test]
fn a_symbol_in_a_text_is_a_use_and_a_word_is_none() {
    let adapter = a_use("config/cable.yml", "symbol", "load", "text");
    assert_eq!(answer(used_by(&[adapter])).1, Answer::Defer);
    assert_eq!(answer(used_by(&[a_use("config/schedule.yml", "string", "load", "text")])).0, "mentioned");
}

/// What only its line brings into the bundle is missing when that is deleted; no boot that leaves it out shows that.
#[test]
fn a_gem_that_brings_what_others_use_without_depending_on_it() {
    let figures = Figures { undeclared: vec!["ice_cube".into()], ..loaded() };
    let (rule, ruling) = judge(unused(), figures);
    assert_eq!((rule, ruling.answer), ("brings_others", Answer::Unknown));
    assert_eq!(ruling.risk.unwrap(), "deleted, ice_cube is missing too: give it a line of its own first");
}

#[test]
fn what_can_not_be_read_and_what_can_not_be_told() {
    let unread = |file| with(traced(), json!({"skipped": [[file, "syntax error, line 3"]]}));
    assert_eq!(judge_in(unread("app/x.rb"), unused(), loaded(), "production").0, "unread_files");
    assert_eq!(judge_in(unread("test/x.rb"), unused(), loaded(), "production").0, "unused");
    let places = json!({"unknowns": [["app/x.rb", 12, "name.constantize"]]});
    let (_, ruling) = judge_in(with(traced(), places.clone()), unused(), loaded(), "production");
    assert_eq!((ruling.answer, ruling.confidence), (Answer::Remove, Confidence::Observed), "lower, never higher");
    let (rule, ruling) = judge_in(places, with(unused(), json!({"trace": null})), loaded(), "production");
    assert_eq!((rule, ruling.answer), ("unknown_places", Answer::Unknown));
}

#[test]
fn a_gem_of_the_wrong_group() {
    let uses = [a_use("spec/factories.rb", "constant", "load", "test")];
    let it = with(
        used_by(&uses),
        json!({"trace": {"how": "deferred", "uses": [{"phase": "test", "file": "spec/factories.rb", "line": 8}]}}),
    );
    let (rule, ruling) = judge(with(unused(), it.clone()), loaded());
    assert_eq!((rule, ruling.answer, ruling.confidence), ("wrong_group", Answer::Remove, Confidence::Proved));
    let edit = ruling.edit.unwrap();
    assert_eq!(edit.lines, ["group :test do", "  gem \"chronic\"", "end"]);
    let lints = used_by(&[a_use(".rubocop.yml", "mention", "other", "development")]);
    let (_, ruling) = judge(with(unused(), lints), loaded());
    assert_eq!(ruling.edit.unwrap().lines[0], "group :development, :test do");
    // Where tests are what was recorded, theirs are uses like others.
    assert_eq!(judge_in(traced(), with(unused(), it), loaded(), "test").1.answer, Answer::Defer);
    let line = with(unused()["gemfile"].clone(), json!({"text": "gem \"chronic\", group: :default"}));
    let (_, ruling) = judge(with(unused(), with(used_by(&uses), json!({"gemfile": line}))), loaded());
    let edit = ruling.edit.unwrap();
    assert_eq!((edit.text.as_str(), edit.lines.len()), ("put it into group :test in place of default", 0));
}

#[test]
fn statements_of_several_lines() {
    let edit = |text: &str| {
        let line = with(unused()["gemfile"].clone(), json!({"text": text}));
        judge(with(unused(), json!({"gemfile": line})), loaded()).1.edit.unwrap()
    };
    assert_eq!(edit("gem \"chronic\",\n  \"~> 1\"").text, "delete these 2 lines");
    assert_eq!(edit("gem \"chronic\",").text, "delete this statement, with the lines that it goes on in");
}

#[test]
fn railties() {
    let judge = |more: Value, figures: Figures| {
        let (rule, ruling) = judge(with(railtie(), more), figures);
        (rule, ruling.answer, ruling.confidence)
    };
    let gone = ("unused", Answer::Remove, Confidence::Observed);
    assert_eq!(judge(json!({}), loaded()), gone);
    let idle = json!({"idle_uses": [a_use("app/mailers/application_mailer.rb", "constant", "load", "app")]});
    assert_eq!(judge(idle, loaded()), gone);
    assert_eq!(judge(json!({"by_gems": [{"gem": "railties"}]}), loaded()), gone, "Rails does without its own");
    assert_eq!(judge(json!({"by_gems": [{"gem": "turbo-rails"}]}), loaded()).0, "named_by_gems");
    let framework = json!({"trace": {"how": "watched", "uses": [{"phase": "request", "direct": false}]}});
    assert_eq!(judge(framework, loaded()), gone);
    let direct = json!({"trace": {"how": "watched", "uses": [{"phase": "test", "direct": true}]}});
    assert_eq!(judge(direct, loaded()), ("used", Answer::Keep, Confidence::Observed));
    // The list is that of all environments.
    let tests = used_by(&[a_use("test/mailers/x_test.rb", "constant", "load", "test")]);
    assert_eq!(judge(tests, loaded()), ("used", Answer::Keep, Confidence::Static));
    let helper = used_by(&[a_use("app/views/a.html.erb", "method", "call", "app")]);
    assert_eq!(judge(helper, loaded()), ("used", Answer::Keep, Confidence::Static));
    assert_eq!(judge(json!({}), held_by("actiontext", true)).0, "loaded_anyway");
    assert_eq!(judge(json!({}), Figures::default()).0, "never_loaded");
    assert_eq!(judge(json!({"boots": {"boots": false}}), loaded()).0, "does_not_boot");
    assert_eq!(judge(json!({"boots": null}), loaded()).0, "not_tried");
    assert_eq!(judge(json!({"deeds": [{"kind": "initializer", "what": "x"}]}), loaded()), gone);
    assert_eq!(judge(json!({"deeds": [{"kind": "middleware", "what": "x"}]}), loaded()).0, "acts_unasked");
}

#[test]
fn the_list_without_a_railtie() {
    let edit = judge(railtie(), loaded()).1.edit.unwrap();
    assert_eq!(edit.lines, ["railties:", "  - active_record/railtie"]);
}

/// Whatever facts there are: what speaks against `remove` is never outvoted.
mod never {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn some<T: std::fmt::Debug + Clone + 'static>(list: Vec<T>) -> impl Strategy<Value = Vec<T>> {
        // Nothing at all must be common, or no case ever gets to the last rules.
        prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(select(list), 1..3)]
    }

    fn any_use() -> Vec<Value> {
        let mut list = Vec::new();
        for how in [
            "constant",
            "method",
            "require",
            "guard",
            "string",
            "symbol",
            "view",
            "asset",
            "executable",
            "mention",
            "gemspec",
            "odd",
        ] {
            for at in ["load", "call"] {
                for role in ["boot", "app", "lib", "task", "test", "development", "deploy", "text", "odd"] {
                    list.push(a_use("app/x.rb", how, at, role));
                }
            }
        }
        list
    }

    fn any_deed() -> Vec<Value> {
        let mut list = Vec::new();
        for kind in [
            "railtie",
            "middleware",
            "thread",
            "odd",
            "method",
            "adapter",
            "task",
            "environment",
            "effect",
            "extension",
            "hook",
        ] {
            for (used, harmless) in [(false, false), (true, false), (false, true)] {
                list.push(json!({"kind": kind, "what": "x", "used": used, "harmless": harmless}));
            }
        }
        list
    }

    fn any_reason() -> Vec<Value> {
        let kinds = [json!(null), json!("railtie"), json!("method"), json!("constants"), json!("odd")];
        let reason = |kind: &Value, used: bool| json!({"what": "x", "kind": kind, "used": used});
        kinds.iter().flat_map(|kind| [reason(kind, false), reason(kind, true)]).collect()
    }

    fn any_trace() -> Vec<Value> {
        let mut list = vec![Value::Null];
        for how in ["deferred", "watched", "unwatched"] {
            list.push(json!({"how": how}));
            for (phase, direct) in [("request", true), ("request", false), ("test", true), ("boot", true)] {
                list.push(json!({"how": how, "uses": [{"phase": phase, "direct": direct}]}));
            }
        }
        list
    }

    prop_compose! {
        fn any_thing()(
            (kind, uses, idle, by_gems, deeds) in (
                select(vec!["gem", "railtie"]), some(any_use()), some(any_use()),
                some(vec![json!({"gem": "other"})]), some(any_deed()),
            ),
            (trace, boots, safe, harmless, reasons) in (
                select(any_trace()), select(vec![None, Some(true), Some(true), Some(false)]), any::<bool>(),
                any::<bool>(), some(any_reason()),
            ),
            (tried, constants, assets, in_env, has_line) in (
                prop_oneof![5 => Just(true), 1 => Just(false)], some(vec!["X", "X::Y"]), select(vec![0, 0, 0, 2]),
                prop_oneof![5 => Just(true), 1 => Just(false)], prop_oneof![5 => Just(true), 1 => Just(false)],
            ),
        ) -> Value {
            let boots = json!({"safe": safe, "harmless": harmless, "boots": boots, "reasons": if safe { vec![] } else { reasons }});
            let line = json!({"file": "Gemfile", "line": 3, "text": "gem \"x\"", "groups": ["default"], "requires": ["x"],
                              "in_env": in_env});
            json!({
                "name": "x", "kind": kind, "uses": uses, "idle_uses": idle, "by_gems": by_gems, "deeds": deeds,
                "trace": trace, "boots": if tried { boots } else { Value::Null }, "constants": constants,
                "files": {"ruby": 3, "assets": assets}, "gemfile": if has_line { line } else { Value::Null },
            })
        }
    }

    prop_compose! {
        fn any_facts()(
            runs in some(vec![json!({"command": "bin/rails test", "status": 0})]), passed in any::<bool>(),
            unknowns in some(vec![json!(["a.rb", 1, "x"])]), skipped in some(vec![json!(["a.rb", "x"])]),
        ) -> Value {
            json!({"trace": {"runs": runs, "passed": passed}, "unknowns": unknowns, "skipped": skipped})
        }
    }

    prop_compose! {
        fn any_figures()(
            loaded in prop_oneof![5 => Just(true), 1 => Just(false)], held in prop_oneof![3 => Just(false), 1 => Just(true)],
            undeclared in some(vec!["y".to_string()]), depends in any::<bool>(),
        ) -> Figures {
            let base = if held { held_by("other", depends) } else { super::loaded() };
            Figures { loaded, undeclared, ..base }
        }
    }

    fn all(thing: &Value, key: &str) -> Vec<Value> {
        thing[key].as_array().cloned().unwrap_or_default()
    }

    const PASSIVE: [&str; 3] = ["method", "adapter", "task"];

    /// What speaks against `remove`, told from the facts alone, without the rules' own words.
    fn against(facts: &Value, thing: &Value, figures: &Figures) -> Vec<&'static str> {
        let gem = thing["kind"] == "gem";
        let mut uses = all(thing, "uses");
        uses.extend(if gem { all(thing, "idle_uses") } else { Vec::new() });
        let counts = |it: &Value| !gem || !(it["role"] == "test" || it["role"] == "development");
        let acts = |it: &Value| {
            let kind = it["kind"].as_str().unwrap();
            let nature = !gem && ["railtie", "hook"].contains(&kind);
            it["used"] == true || it["harmless"] == false && !nature && !PASSIVE.contains(&kind)
        };
        let traced = |it: &Value| match (gem, it["phase"] == "test") {
            (true, of_tests) => !of_tests,
            (false, _) => it["direct"] == true || thing["trace"]["how"] == "deferred",
        };
        let mut list = Vec::new();
        let mut says = |it: bool, what| {
            if it {
                list.push(what)
            }
        };
        says(uses.iter().any(counts), "a use or a mention");
        says(!all(thing, "by_gems").is_empty(), "another gem");
        says(all(thing, "deeds").iter().any(acts), "a deed");
        says(all(&thing["trace"], "uses").iter().any(traced), "a traced use");
        says(thing["boots"]["boots"] != true, "no boot without it");
        let boots = &thing["boots"];
        let unsaid = boots["safe"] != true && boots["harmless"] != true && all(boots, "reasons").is_empty();
        says(gem && unsaid, "a boot that is not the same");
        says(all(&thing["boots"], "reasons").iter().any(|it| it["used"] == true), "a used reason");
        says(all(&thing["boots"], "reasons").iter().any(|it| it["kind"] == "odd"), "an unknown reason");
        says(!all(facts, "skipped").is_empty(), "an unread file");
        says(gem && !all(facts, "run_time_names").is_empty() && !all(thing, "constants").is_empty(), "any name");
        says(!figures.loaded, "nothing to save");
        says(figures.held_in, "a holder");
        says(gem && !figures.undeclared.is_empty(), "what it brings");
        says(gem && thing["files"]["assets"].as_u64() > Some(0), "assets");
        says(gem && thing["gemfile"]["in_env"] != true, "no line");
        list
    }

    /// One thing at a time against what would else be removed: every sort of each, in every setting.
    #[test]
    fn remove_against_a_single_thing() {
        let untraced = json!({});
        let unsure = with(traced(), json!({"unknowns": [["a.rb", 1, "x"]]}));
        let named = with(traced(), json!({"run_time_names": [["a.rb", 1, "name.constantize"]]}));
        let mut spoilers: Vec<Value> = Vec::new();
        spoilers.extend(any_use().into_iter().flat_map(|it| [json!({"uses": [it]}), json!({"idle_uses": [it]})]));
        spoilers.extend(any_deed().into_iter().map(|it| json!({"deeds": [it]})));
        for (safe, harmless) in [(false, false), (false, true)] {
            spoilers.extend(
                any_reason()
                    .into_iter()
                    .map(|it| json!({"boots": {"boots": true, "safe": safe, "harmless": harmless, "reasons": [it]}})),
            );
        }
        spoilers.extend(any_trace().into_iter().map(|it| json!({"trace": it})));
        spoilers.push(json!({"by_gems": [{"gem": "other"}]}));
        spoilers.push(json!({"boots": {"boots": false, "safe": true, "harmless": true}}));
        spoilers.push(json!({"boots": null}));
        let mut removed = 0;
        for (base, key) in [(unused(), "gem"), (railtie(), "railtie")] {
            for spoiler in &spoilers {
                for facts in [&traced(), &untraced, &unsure, &named] {
                    let thing = with(base.clone(), spoiler.clone());
                    let (rule, ruling) = judge_in(facts.clone(), thing.clone(), super::loaded(), "production");
                    let reasons = against(facts, &thing, &super::loaded());
                    let remove = ruling.answer == Answer::Remove;
                    removed += usize::from(remove);
                    assert!(!remove || reasons.is_empty(), "{key}: {rule} against {reasons:?}: {spoiler}");
                    // What only tests use is moved, never deleted.
                    let uses =
                        !(all(&thing, "uses").is_empty() && (key == "railtie" || all(&thing, "idle_uses").is_empty()));
                    assert!(!remove || !uses || rule == "wrong_group", "{key}: {rule} though used: {spoiler}");
                }
            }
            for figures in [
                Figures { held_in: true, ..super::loaded() },
                held_by("other", true),
                held_by("other", false),
                Figures { app_loads: vec![requirer("x.rb", "x.rb")], ..super::loaded() },
                Figures { held_in: true, app_loads: vec![requirer("x.rb", "x.rb")], ..super::loaded() },
                Figures { undeclared: vec!["y".into()], ..super::loaded() },
                Figures::default(),
            ] {
                let (rule, ruling) = judge_in(traced(), base.clone(), figures.clone(), "production");
                let gem_only = key == "railtie" && !figures.undeclared.is_empty();
                assert!(gem_only || ruling.answer != Answer::Remove, "{key}: {rule} against {figures:?}");
            }
        }
        assert!(removed > 100, "what does not count is not all that was tried: {removed}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn remove_against_anything(facts in any_facts(), thing in any_thing(), figures in any_figures()) {
            let reasons = against(&facts, &thing, &figures);
            let (rule, ruling) = judge_in(facts.clone(), thing.clone(), figures, "production");
            prop_assert!(ruling.answer != Answer::Remove || reasons.is_empty(), "{rule} against {reasons:?}");
            let unsure = !all(&facts, "unknowns").is_empty();
            let proved = ruling.answer == Answer::Remove && ruling.confidence == Confidence::Proved;
            let passed = facts["trace"]["passed"] == true && !all(&facts["trace"], "runs").is_empty();
            prop_assert!(!proved || passed && !unsure && thing["trace"]["how"] == "deferred", "proved by {rule}");
            prop_assert!(ruling.answer != Answer::Remove || !unsure || passed, "{rule}: a name made at run time");
            prop_assert!(ruling.answer != Answer::Remove || ruling.edit.is_some() && ruling.risk.is_some());
        }

        /// Defer too wants none of what acts or is used unasked; and, for an edit, a boot that showed it.
        #[test]
        fn defer_without_a_boot(facts in any_facts(), thing in any_thing(), figures in any_figures()) {
            let acts = against(&facts, &thing, &figures).contains(&"a deed");
            let waits = all(&thing, "deeds").iter().all(|it| it["kind"] == "environment" && it["used"] == false || !acts);
            let (rule, ruling) = judge_in(facts, thing.clone(), figures, "production");
            if ruling.answer == Answer::Defer {
                prop_assert_eq!(&thing["kind"], "gem");
                prop_assert_eq!(ruling.edit.is_some(), ruling.confidence != Confidence::Static);
                prop_assert!(thing["boots"]["boots"] == true || ruling.edit.is_none());
                prop_assert!(waits || !all(&thing, "deeds").iter().any(|it| it["used"] == true), "{}", rule);
                let showed = thing["boots"]["safe"] == true || thing["boots"]["harmless"] == true;
                prop_assert!(showed || ruling.edit.is_none());
                prop_assert!(all(&thing, "constants").iter().any(|it| it == "X"));
            }
        }

        /// Source alone: whatever it says, and whatever a trace says besides.
        #[test]
        fn more_than_unknown_from_source(facts in any_facts(), thing in any_thing(), figures in any_figures()) {
            let thing = with(thing, json!({"boots": null}));
            let (_, ruling) = judge_in(facts, thing, figures, "production");
            prop_assert!(ruling.answer != Answer::Remove);
            prop_assert!(ruling.edit.is_none());
            prop_assert!(ruling.answer != Answer::Defer || ruling.confidence == Confidence::Static);
        }
    }

    /// The cases are not all keeps: every rule answers some of them, and a good part are removes.
    #[test]
    fn and_the_cases_get_to_every_rule() {
        use proptest::strategy::ValueTree;
        use proptest::test_runner::TestRunner;
        let mut runner = TestRunner::deterministic();
        let mut seen = std::collections::BTreeMap::new();
        let any = (any_facts(), any_thing(), any_figures());
        for _ in 0..5_000 {
            let (facts, thing, figures) = any.new_tree(&mut runner).unwrap().current();
            *seen.entry(judge_in(facts, thing, figures, "production").0).or_insert(0) += 1;
        }
        for rule in ["unused", "wrong_group", "used_later", "can_not_wait", "mentioned", "named_by_gems", "not_tried"] {
            assert!(seen.get(rule).is_some_and(|number| *number > 2), "{rule}: {seen:?}");
        }
        assert!(!seen.contains_key("no_rule"));
    }
}
