//! What a budget says of recorded boots. `INSTA_UPDATE=always cargo test` writes new snapshots.

mod support;

use memtrim_core::budget::{Baseline, Budget, Change, Status};
use memtrim_core::changes::Changes;
use memtrim_core::recording::{Finish, Recording};
use memtrim_core::render;
use serde_json::{json, Value};
use support::{Boot, KIB};

const MIB: u64 = 1024 * KIB;

fn boot() -> Boot {
    let mut boot = Boot::new();
    boot.finish = Some(Finish { interpreter_bytes: 4 * KIB, ..Finish::default() });
    boot.railtie("active_record/railtie", "activerecord", 9000);
    boot.railtie("action_mailer/railtie", "actionmailer", 3700);
    boot.gem("rack", &[], true, 800);
    boot.gem("geocoder", &[], true, 1180);
    boot.gem("sentry-ruby", &[], true, 1400);
    boot
}

/// The same a while later: a gem of 3 MB with another one that it needs, an upgrade, one gem less, a railtie less.
fn later() -> Boot {
    let mut boot = Boot::new();
    boot.finish = Some(Finish { interpreter_bytes: 900 * KIB, ..Finish::default() });
    boot.railtie("active_record/railtie", "activerecord", 9010);
    boot.gem("rack", &[], true, 900);
    boot.app.gems.last_mut().unwrap().version = "2.0.0".into();
    boot.gem("sentry-ruby", &[], true, 1400);
    let fat = boot.gem("fat", &["fat-core"], true, 2900);
    boot.gem("fat-core", &[], false, 0);
    boot.file(&support::path_of("fat-core"), fat, 1, 150 * KIB);
    boot
}

fn baseline(boot: Boot) -> String {
    Baseline::of_recording(&boot.recording(), None).unwrap().to_text()
}

fn budget(limits: Value, baseline: Option<String>) -> Budget {
    let baseline = baseline.map(|text| json!({"path": "memtrim.lock.json", "text": text}));
    let lines = json!({"fat": "Gemfile:9", "rack": "Gemfile:3"});
    Budget::new(serde_json::from_value(json!({"limits": limits, "baseline": baseline, "lines": lines})).unwrap())
        .unwrap()
}

fn checked(limits: Value, baseline: Option<String>, recording: &Recording) -> Budget {
    let mut budget = budget(limits, baseline);
    budget.add_recording(recording).unwrap();
    budget
}

fn limits() -> Value {
    json!([
        {"measure": "held", "limit": 14 * MIB, "place": "config/memtrim.yml:12"},
        {"measure": "seconds", "limit": 4.0, "place": "config/memtrim.yml:13"},
        {"measure": "gem", "name": "sentry-ruby", "limit": MIB, "place": "config/memtrim.yml:15"},
        {"measure": "railtie", "name": "action_mailer/railtie", "limit": 4 * MIB},
    ])
}

/// The app's mailer railtie stays in the list of what there could be.
fn later_with_mailer() -> Recording {
    let mut boot = later();
    boot.app
        .components
        .push(memtrim_core::recording::Component { name: "action_mailer/railtie".into(), file: String::new() });
    boot.recording()
}

#[test]
fn what_a_check_says() {
    let it = checked(limits(), Some(baseline(boot())), &later_with_mailer()).check();
    insta::assert_snapshot!("check_text", render::check(&it, 100));
    insta::assert_snapshot!("check_failure", render::failure(&it));
    insta::assert_snapshot!("check_markdown", render::markdown::check(&it));
    insta::assert_snapshot!("check_github", render::github::check(&it));
    insta::assert_snapshot!("check_json", it.to_json());
}

#[test]
fn the_gem_that_is_new_comes_first_with_what_it_brings() {
    let it = checked(json!([]), Some(baseline(boot())), &later_with_mailer()).check();
    let blame = it.growth.unwrap().blame;
    assert_eq!(
        (blame[0].name.as_str(), blame[0].change, blame[0].bytes),
        ("fat", Change::Added, Some(3050 * KIB as i64))
    );
    assert_eq!(blame[0].brings, ["fat-core 1.2.3"]);
    assert_eq!(blame[0].place.as_deref(), Some("Gemfile:9"));
    let others: Vec<(&str, Change)> = blame[1..].iter().map(|it| (it.name.as_str(), it.change)).collect();
    assert_eq!(
        others,
        [
            ("rack", Change::Upgraded),
            ("geocoder", Change::Removed),
            ("actionmailer", Change::Removed),
            ("action_mailer/railtie", Change::Removed)
        ],
        "10 KB more of activerecord are noise, and the interpreter's tables are nobody's growth"
    );
}

#[test]
fn growth_is_held_to_a_megabyte_when_nobody_says() {
    let of = |more: u64| {
        let mut boot = boot();
        boot.gem("more", &[], true, more);
        checked(json!([]), Some(baseline(self::boot())), &boot.recording()).check().status
    };
    assert_eq!(
        [of(200), of(1024), of(1025), of(3 * 1024)],
        [Status::Within, Status::Within, Status::Exceeded, Status::Exceeded]
    );
}

#[test]
fn a_baseline_changes_where_the_app_did() {
    let first = baseline(boot());
    insta::assert_snapshot!("baseline", first);
    let parsed = Baseline::parse("memtrim.lock.json", &first).unwrap();
    let mut jitter = boot();
    jitter.tallies.last_mut().unwrap().block_bytes += 20 * KIB;
    let again = Baseline::of_recording(&jitter.recording(), Some(&parsed)).unwrap();
    assert_eq!(again.to_text(), first);

    let next = Baseline::of_recording(&later().recording(), Some(&parsed)).unwrap().to_text();
    let changed: Vec<&str> = next.lines().filter(|line| !first.contains(line.trim_end_matches(','))).collect();
    let named: Vec<bool> = ["held_bytes\": 1", "fat\"", "fat-core\"", "rack\""]
        .iter()
        .map(|name| changed.iter().any(|line| line.contains(name)))
        .collect();
    assert_eq!((named, changed.len()), (vec![true; 4], 4), "{changed:#?}");
    assert!(Baseline::parse("x", &next).is_ok());
}

#[test]
fn another_environment_is_not_compared() {
    let text =
        baseline(boot()).replace("\"ruby\":\"3.3.8\"", "\"ruby\":\"3.4.1\"").replace("\"yjit\":false", "\"yjit\":true");
    let error = budget(json!([]), Some(text)).add_recording(&boot().recording()).unwrap_err().to_string();
    assert_eq!(
        error,
        "memtrim.lock.json is of another environment: Ruby 3.4.1, not 3.3.8, YJIT on, not off; \
         growth can't be told between the two. memtrim baseline writes it for this one"
    );
}

#[test]
fn limits_of_what_is_not_there() {
    for (measure, name, said) in [
        (
            "gem",
            "geocodr",
            "config/memtrim.yml:9: no gem or railtie named geocodr in this recording; did you mean geocoder?",
        ),
        (
            "gem",
            "action_mailer/railtie",
            "config/memtrim.yml:9: action_mailer/railtie is a railtie: its limit stands below railties",
        ),
        ("railtie", "rack", "config/memtrim.yml:9: rack is a gem: its limit stands below gems"),
    ] {
        let limits = json!([{"measure": measure, "name": name, "limit": 1, "place": "config/memtrim.yml:9"}]);
        let error = budget(limits, None).add_recording(&boot().recording()).unwrap_err();
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn boots_that_can_not_be_held_to_anything() {
    for finish in [None, Some(Finish { error: Some("NameError: no\nbacktrace".into()), ..Finish::default() })] {
        let mut boot = boot();
        boot.finish = finish;
        let error = budget(limits(), None).add_recording(&boot.recording()).unwrap_err().to_string();
        assert!(error.starts_with("the app does not boot: ") && !error.contains('\n'), "{error}");
    }
}

#[test]
fn what_changed_between_two_recordings() {
    let it = Changes::between(("main", &boot().recording()), ("HEAD", &later().recording())).unwrap();
    insta::assert_snapshot!("changes_text", render::changes(&it, 100));
    insta::assert_snapshot!("changes_markdown", render::markdown::changes(&it));
    insta::assert_snapshot!("changes_github", render::github::changes(&it));
    let same = Changes::between(("a", &boot().recording()), ("b", &boot().recording())).unwrap();
    assert!(render::changes(&same, 100).contains("nothing holds more or less than before"));
}
