//! What a proof says, to people and to programs. `INSTA_UPDATE=always cargo test` writes new snapshots.

use memtrim_core::experiment::{Experiment, Plan, What};
use memtrim_core::proof::Proof;
use memtrim_core::render;
use serde_json::{json, Value};

const MIB: f64 = 1024.0 * 1024.0;
/// How trials vary, MiB.
const NOISE: [f64; 8] = [0.0, 0.5, -0.4, 0.2, -0.6, 0.3, -0.1, 0.1];

struct Story(Experiment);

impl Story {
    fn new() -> Self {
        let mut story = Story(Experiment::new(Plan::default()).unwrap());
        story.variant(json!({"name": "base", "kind": "base"}), 74.1, Some(101.2), 1.0);
        story
    }

    /// A variant with its trials: MiB held, and anonymous (RSS is 15 more). `noise`: how much the latter vary.
    fn variant(&mut self, variant: Value, held: f64, anon: Option<f64>, noise: f64) -> &mut Self {
        let index = self.0.add_variant(serde_json::from_value(variant).unwrap()).unwrap();
        for _ in 0..2 {
            self.trial(index, json!({"counted": true, "figures": {"held_bytes": (held * MIB).round()}, "kept": true}));
        }
        for (number, step) in NOISE.iter().enumerate() {
            let Some(anon) = anon.map(|anon| anon + step * noise) else { break };
            let figures = json!({
                "anon_bytes": anon * MIB, "rss_bytes": (anon + 15.0 - 2.0 * step) * MIB, "pss_bytes": anon * MIB,
                "private_bytes": anon * MIB, "free_slots": 1000 + number, "boot_seconds": 2.5, "cpu_seconds": 2.25,
            });
            self.trial(index, json!({"counted": false, "figures": figures}));
        }
        self
    }

    fn failing(&mut self, variant: Value, error: &str, line: Option<&str>) -> &mut Self {
        let index = self.0.add_variant(serde_json::from_value(variant).unwrap()).unwrap();
        for _ in 0..2 {
            self.trial(index, json!({"counted": true, "error": error, "line": line}));
        }
        self
    }

    fn trial(&mut self, index: usize, trial: Value) {
        self.0.add_trial(index, serde_json::from_value(trial).unwrap()).unwrap();
    }

    fn proof(&mut self, notes: &[&str]) -> Proof {
        self.0.wanted(What::Resident);
        let header = json!({
            "app": "tenant", "after": "boot", "seconds": 432.3, "notes": notes,
            "environment": {"ruby": "3.1.2", "rails": "7.2.4", "platform": "x86_64-linux", "allocator": "glibc",
                            "rails_env": "production"},
        });
        Proof::new(&self.0, serde_json::from_value(header).unwrap())
    }
}

fn gem(name: &str, predicted: f64) -> Value {
    json!({"name": name, "kind": "gem", "predicted_bytes": (predicted * MIB) as u64})
}

fn railtie(name: &str, predicted: f64) -> Value {
    json!({"name": name, "kind": "railtie", "predicted_bytes": (predicted * MIB) as u64})
}

fn set(members: &[&str], predicted: f64) -> Value {
    json!({"name": members.join(" + "), "kind": "set", "members": members, "predicted_bytes": (predicted * MIB) as u64})
}

fn whole(with_resident: bool) -> Proof {
    let mut story = Story::new();
    let anon = |anon: f64| with_resident.then_some(anon);
    story
        .variant(gem("oj", 0.4), 73.7, anon(101.5), 1.0)
        .variant(gem("fast_excel", 2.3), 71.8, anon(99.1), 0.4)
        .variant(gem("combine_pdf", 1.6), 72.5, anon(99.0), 3.0)
        .variant(gem("rack-timeout", 0.0), 74.1, anon(101.3), 1.0)
        .variant(gem("rexml", 0.01), 74.09, anon(101.1), 1.0)
        .variant(gem("sentry-ruby", 0.9), 74.08, anon(101.0), 60.0)
        .failing(gem("bootsnap", 1.0), "LoadError: cannot load such file -- bootsnap/setup", Some("config/boot.rb:4"))
        .variant(railtie("action_mailbox/engine", 0.6), 73.4, anon(100.9), 1.0)
        .variant(railtie("rails/test_unit/railtie", 0.01), 74.08, anon(101.2), 1.0)
        .failing(
            railtie("action_mailer/railtie", 2.8),
            "NoMethodError: undefined method `action_mailer' for #<Rails::Application::Configuration:0x00007f2b1c0a3f08 \
             @root=#<Pathname:/srv/tenant>, @set_root=nil, @helpers_paths=[], @hosts=[], @secret_key_base=nil>\n\
             from second line",
            Some("config/environments/production.rb:27"),
        )
        .variant(set(&["sentry-ruby", "sentry-rails"], 3.1), 71.0, anon(98.0), 1.0)
        .variant(
            set(&["action_mailbox/engine", "action_text/engine", "active_storage/engine"], 9.7),
            64.3,
            anon(90.2),
            1.0,
        )
        .failing(set(&["oj", "multi_json"], 0.5), "boots no more", None)
        .variant(
            json!({"name": "together", "kind": "set", "together": true, "members": ["fast_excel", "oj", "combine_pdf"],
                   "predicted_bytes": (14.2 * MIB) as u64}),
            58.9,
            anon(84.0),
            1.0,
        );
    story.proof(&[
        "held: live slots and live allocator blocks; anon: what one more process of this app costs, and the figure \
         that moves most from boot to boot",
    ])
}

#[test]
fn everything_measured() {
    insta::assert_snapshot!(render::proof(&whole(true), 120));
}

/// Columns that do not fit are left to the JSON.
#[test]
fn on_a_narrow_terminal() {
    let text = render::proof(&whole(true), 80);
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    insta::assert_snapshot!(text);
}

#[test]
fn held_bytes_only() {
    insta::assert_snapshot!(render::proof(&whole(false), 100));
}

#[test]
fn settings() {
    let mut story = Story::new();
    story
        .variant(json!({"name": "MALLOC_ARENA_MAX=2", "kind": "variable"}), 74.1, Some(88.0), 1.0)
        .variant(json!({"name": "RUBY_YJIT_ENABLE=1", "kind": "variable"}), 75.9, Some(120.0), 1.0)
        .variant(json!({"name": "config.log_level = :warn", "kind": "setting"}), 74.1, Some(101.1), 1.0)
        .failing(json!({"name": "jemalloc", "kind": "allocator"}), "Errno::ENOENT: libjemalloc.so.2", None);
    insta::assert_snapshot!(render::proof(&story.proof(&[]), 100));
}

#[test]
fn nothing_but_an_unfinished_base() {
    let mut story = Story(Experiment::new(Plan::default()).unwrap());
    assert!(story.proof(&[]).to_json().contains("\"held_bytes\": null"));
    insta::assert_snapshot!(render::proof(&story.proof(&[]), 100), @"tenant · production · Ruby 3.1.2 · Rails 7.2.4 · glibc · after the boot · 0 trials in 7 min 12 s");
    for width in [0, 1, 7] {
        render::proof(&whole(true), width);
    }
}

#[test]
fn as_json() {
    let mut story = Story::new();
    story.variant(gem("fast_excel", 2.3), 71.8, Some(99.1), 1.0);
    let json = story.proof(&["a note"]).to_json();
    assert!(json.ends_with("}\n"));
    insta::assert_snapshot!(json);
}
