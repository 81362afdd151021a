//! Which boots a limit wants, and what decides it.

use super::*;
use serde_json::{json, Value};

const MIB: f64 = 1024.0 * 1024.0;

fn budget(limits: Value) -> Budget {
    Budget::new(serde_json::from_value(json!({ "limits": limits })).unwrap()).unwrap()
}

fn trial(counted: bool, figures: Value) -> Trial {
    serde_json::from_value(json!({"counted": counted, "figures": figures})).unwrap()
}

/// A counted boot of so many MiB held and resident, and then plain ones.
fn booted(limits: Value, held: f64, about: f64, plain: &[f64]) -> Budget {
    let mut budget = budget(limits);
    let figures = json!({"held_bytes": held * MIB, "about_rss_bytes": about * MIB, "boot_seconds": 2.0});
    budget.add_trial(&trial(true, figures)).unwrap();
    for mib in plain {
        budget.add_trial(&trial(false, json!({"rss_bytes": mib * MIB, "boot_seconds": 1.5}))).unwrap();
    }
    budget
}

fn rss(limit: f64) -> Value {
    json!([{"measure": "rss", "limit": limit * MIB}])
}

fn status(budget: &Budget) -> Status {
    budget.check().status
}

#[test]
fn one_boot_that_is_clearly_below_decides() {
    assert_eq!(budget(rss(150.0)).wanted(), Some(Want::Counted));
    let budget = booted(rss(150.0), 70.0, 145.4, &[]);
    assert_eq!((budget.wanted(), status(&budget)), (None, Status::Within));
    assert_eq!(booted(rss(50.0), 70.0, 46.9, &[]).wanted(), None, "3 MiB of a small limit");
    assert_eq!(booted(rss(50.0), 70.0, 47.1, &[]).wanted(), Some(Want::Resident));
}

#[test]
fn only_plain_boots_say_that_it_is_too_much() {
    let budget = booted(rss(120.0), 70.0, 150.0, &[]);
    assert_eq!((budget.wanted(), status(&budget)), (Some(Want::Resident), Status::Inconclusive));
    let plain = [118.0, 118.2, 118.1];
    assert_eq!(booted(rss(120.0), 70.0, 150.0, &plain[..1]).wanted(), Some(Want::Resident));
    assert_eq!(booted(rss(120.0), 70.0, 150.0, &plain[..2]).wanted(), Some(Want::Resident), "two are not looked at");
    let budget = booted(rss(120.0), 70.0, 150.0, &plain);
    assert_eq!((budget.wanted(), status(&budget)), (None, Status::Within));
}

#[test]
fn too_much_is_recorded_for_the_blame() {
    let budget = booted(rss(117.0), 70.0, 150.0, &[118.0, 118.2, 118.1]);
    assert_eq!((budget.wanted(), status(&budget)), (Some(Want::Recording), Status::Exceeded));
    let limit = &budget.check().limits[0];
    assert_eq!((limit.boots, limit.measured), (3, Some(Figure::Bytes((118.1 * MIB).round() as i64))), "the median");
    assert!(matches!(limit.low, Some(Figure::Bytes(low)) if low > 117 * MIB as i64));
}

#[test]
fn what_eight_boots_do_not_tell_is_inconclusive() {
    let around = [119.0, 121.0, 119.5, 120.5, 119.2, 120.9, 119.6, 120.4];
    for boots in [3, 5] {
        assert_eq!(booted(rss(120.0), 70.0, 150.0, &around[..boots]).wanted(), Some(Want::Resident));
    }
    let budget = booted(rss(120.0), 70.0, 150.0, &around);
    assert_eq!((budget.wanted(), status(&budget)), (None, Status::Inconclusive));
}

/// What is true at the limit's very edge is not red by chance: the interval's level allows for three looks.
#[test]
fn noise_at_the_limit_is_rarely_called_too_much() {
    let mut random = crate::statistics::random::Random::new(3);
    let wrong = (0..400)
        .filter(|_| {
            let mut plain = Vec::new();
            loop {
                let budget = booted(rss(120.0), 70.0, 150.0, &plain);
                if budget.wanted() != Some(Want::Resident) {
                    return status(&budget) == Status::Exceeded;
                }
                plain.push(120.0 + 0.8 * random.normal());
            }
        })
        .count();
    assert!(wrong <= 20, "{wrong} of 400 above the limit, where half of 5 % is expected");
}

#[test]
fn held_bytes_are_exact() {
    let held = |limit: f64| json!([{"measure": "held", "limit": limit * MIB}]);
    assert_eq!(status(&booted(held(70.1), 70.0, 1.0, &[])), Status::Within);
    let over = booted(held(69.9), 70.0, 1.0, &[]);
    assert_eq!((over.wanted(), status(&over)), (Some(Want::Recording), Status::Exceeded));

    let mut close = booted(held(70.02), 70.0, 1.0, &[]);
    for _ in 0..2 {
        assert_eq!(close.wanted(), Some(Want::Counted));
        close.add_trial(&trial(true, json!({"held_bytes": 70.03 * MIB}))).unwrap();
    }
    assert_eq!((close.wanted(), status(&close)), (Some(Want::Recording), Status::Exceeded), "the median of three");
}

#[test]
fn seconds_of_a_slower_boot_are_enough_to_pass() {
    let seconds = |limit: f64| json!([{"measure": "seconds", "limit": limit}]);
    assert_eq!(booted(seconds(2.0), 1.0, 1.0, &[]).wanted(), None);
    assert_eq!(booted(seconds(1.6), 1.0, 1.0, &[]).wanted(), Some(Want::Resident));
    assert_eq!(status(&booted(seconds(1.6), 1.0, 1.0, &[1.0; 3])), Status::Within);
}

#[test]
fn what_only_a_recording_tells_is_recorded_first() {
    let limits = json!([{"measure": "rss", "limit": 150.0 * MIB}, {"measure": "gem", "name": "oj", "limit": 1}]);
    assert_eq!(budget(limits).wanted(), Some(Want::Recording));
}

fn refusal(plan: Value) -> String {
    Budget::new(serde_json::from_value(plan).unwrap()).unwrap_err().to_string()
}

#[test]
fn limits_that_are_none() {
    for limit in [0.0, -3.0] {
        let place = "config/memtrim.yml:4";
        let text = refusal(json!({"limits": [{"measure": "rss", "limit": limit, "place": place}]}));
        assert_eq!(text, format!("{place}: a limit is more than 0, not {limit}"));
    }
    assert_eq!(refusal(json!({"limits": [{"measure": "gem", "limit": 1}]})), "which gem?");
    assert_eq!(
        refusal(json!({"limits": [{"measure": "rss", "name": "oj", "limit": 1}]})),
        "rss is nobody's own, so not oj's"
    );
    assert!(refusal(json!({"limits": [{"measure": "growth", "limit": 1}]})).contains("memtrim baseline writes it"));
}

#[test]
fn baselines_that_are_none() {
    for (text, said) in [
        ("{\"memtrim_baseline\": 1,\n \"held_bytes\": ", "memtrim.lock.json:2: not JSON"),
        ("{}", "memtrim.lock.json is no baseline of memtrim's"),
        ("[1]", "memtrim.lock.json is no baseline of memtrim's"),
        ("{\"memtrim_baseline\": 9}", "memtrim.lock.json was written by a newer showcase_memtrim (format 9"),
        ("{\"memtrim_baseline\": \"x\"}", "memtrim.lock.json: memtrim_baseline is a format's number"),
        ("{\"memtrim_baseline\": 1}", "memtrim.lock.json: missing field"),
    ] {
        let refusal = refusal(json!({"baseline": {"path": "memtrim.lock.json", "text": text}}));
        assert!(refusal.starts_with(said), "{refusal}");
        assert!(!refusal.contains('\n'), "{refusal}");
    }
}

#[test]
fn an_app_that_does_not_boot() {
    let failed: Trial =
        serde_json::from_value(json!({"counted": true, "error": "NameError: no", "line": "config/a.rb:3"})).unwrap();
    let error = budget(rss(1.0)).add_trial(&failed).unwrap_err();
    assert_eq!(error.to_string(), "the app does not boot: config/a.rb:3: NameError: no");
}
