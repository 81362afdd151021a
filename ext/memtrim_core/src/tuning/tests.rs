//! Searches on simulated machines, whose truth is known.

use super::*;
use crate::experiment::Outcome;
use crate::statistics::random::Random;
use std::collections::BTreeMap;

const MIB: f64 = (1 << 20) as f64;
const STOCK_ANON: f64 = 126.0 * MIB;
const STOCK_CPU: f64 = 2.0;

/// What each choice does to memory and CPU, as ratios; whatever is not named does nothing.
struct Machine {
    effects: Vec<(&'static str, f64, f64)>,
    /// Standard deviations of a trial, as shares: of memory, and of CPU.
    noise: (f64, f64),
    /// Of what the values of a combination do to CPU beyond their product, as a share.
    together: f64,
    random: Random,
    /// What slows the machine down for a while: common to a pair.
    weather: f64,
    /// Seconds of a pair.
    took: f64,
}

impl Machine {
    fn new(effects: &[(&'static str, f64, f64)]) -> Self {
        Machine {
            effects: effects.to_vec(),
            noise: (0.015, 0.02),
            together: 0.0,
            random: Random::new(11),
            weather: 1.0,
            took: 4.0,
        }
    }

    fn truth(&self, name: &str) -> (f64, f64) {
        let of = |(anon, cpu), (part, a, c): &(&str, f64, f64)| {
            if name.split(", ").any(|it| it == *part) {
                (anon * a, cpu * c)
            } else {
                (anon, cpu)
            }
        };
        let (anon, cpu) = self.effects.iter().fold((1.0, 1.0), of);
        let count = name.split(", ").count();
        let seed = name.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let beyond = if count > 1 { Random::new(seed).normal() * self.together } else { 0.0 };
        (anon, cpu * (1.0 + beyond))
    }

    fn trial(&mut self, name: &str) -> Trial {
        let (anon, cpu) = self.truth(name);
        let (a, c) = (self.random.normal() * self.noise.0, self.random.normal() * self.noise.1);
        let figures = [
            (ANON, STOCK_ANON * anon * (1.0 + a)),
            (CPU, STOCK_CPU * cpu * self.weather * (1.0 + c)),
            ("requests", 200.0),
            ("p50_seconds", 0.01),
            ("p99_seconds", 0.04),
        ];
        booted(&figures)
    }

    /// A candidate's, and that of the app as it is beside it.
    fn pair(&mut self, name: &str) -> (Trial, Trial) {
        self.weather = 1.0 + self.random.uniform();
        (self.trial(name), self.trial("as it is"))
    }

    /// Runs a search to its end, with as many seconds; how many it took, and the search.
    fn run(&mut self, plan: Plan, seconds: f64) -> (Tuning, f64) {
        let mut tuning = Tuning::new(plan).unwrap();
        let mut spent = 0.0;
        for _ in 0..500 {
            let wanted = tuning.wanted(seconds - spent);
            if wanted.is_empty() {
                return (tuning, spent);
            }
            spent += self.took * wanted.len() as f64 / tuning.jobs() as f64;
            for index in wanted {
                let (name, _) = tuning.change(index).unwrap();
                let (own, stock) = self.pair(&name);
                tuning.add_pair(index, Some(own), Some(stock), Some(self.took)).unwrap();
            }
        }
        panic!("it does not end");
    }
}

fn booted(figures: &[(&str, f64)]) -> Trial {
    let figures: BTreeMap<String, f64> = figures.iter().map(|(name, figure)| (name.to_string(), *figure)).collect();
    Trial { counted: false, kept: false, outcome: Outcome::Booted(figures) }
}

fn failed(error: &str) -> Trial {
    Trial { counted: false, kept: false, outcome: Outcome::Failed { error: error.into(), line: None } }
}

fn plan(more: &str) -> Plan {
    let text =
        format!(r#"{{"ruby": "3.1.2", "allocator": "glibc", "threads": 3, "cpu_limit": 0.05, "jobs": 2{more}}}"#);
    serde_json::from_str(&text).unwrap()
}

/// What the sample app showed by hand.
const SEEN: [(&str, f64, f64); 6] = [
    ("arenas 1", 0.88, 1.0),
    ("arenas 2", 0.90, 1.0),
    ("thresholds 128k/64k", 0.96, 1.0),
    ("malloc limit 4M to 8M", 0.93, 1.01),
    ("free slots 5/10/15 %", 0.85, 1.30),
    ("growth 1.1", 0.95, 1.03),
];

fn answer(tuning: &Tuning) -> Answer {
    Answer::new(tuning, Header::default())
}

#[test]
fn what_helps_is_found_combined_and_confirmed() {
    let (tuning, spent) = Machine::new(&SEEN).run(plan(""), 600.0);
    let answer = answer(&tuning);
    assert_eq!(answer.verdict, Verdict::Confirmed);
    assert!(spent <= 600.0 * 1.1, "{spent}");
    let winner = &answer.candidates[answer.winner.unwrap()];
    // One arena or two: what they differ by is as little as one trial differs from the next.
    for part in ["arenas ", "malloc limit 4M to 8M"] {
        assert!(winner.name.contains(part), "{} has {part}", winner.name);
    }
    assert!(!winner.name.contains("free slots 5/10/15 %"), "{} costs too much", winner.name);
    let confirmed = answer.confirmation.unwrap();
    assert!(confirmed.pairs >= 5);
    assert!(confirmed.anon_saved_share > 0.15, "{}", confirmed.anon_saved_share);
    assert!(confirmed.cpu.high <= 0.05);
    let (anon, _) = Machine::new(&SEEN).truth(&winner.name);
    let truth = STOCK_ANON * (1.0 - anon);
    assert!((confirmed.anon_interval.low as f64..=confirmed.anon_interval.high as f64).contains(&truth));
}

/// What jemalloc showed, where much that helps costs nearly what is allowed, and CPU can hardly be told.
const NOISY: [(&str, f64, f64); 7] = [
    ("arenas 1", 0.91, 1.0),
    ("decay 0", 0.92, 1.01),
    ("settle after boot", 0.94, 1.0),
    ("malloc limit 4M to 8M", 0.96, 1.03),
    ("free slots 10/20/30 %", 0.94, 1.08),
    ("free slots 15/25/40 %", 0.96, 1.04),
    ("growth 40,000 slots", 0.98, 1.02),
];

fn jemalloc() -> Plan {
    Plan { allocator: Allocator::Jemalloc, ..plan("") }
}

/// As noisy as the sample app on a machine that does other things, too.
fn noisy(effects: &[(&'static str, f64, f64)], seed: u64) -> Machine {
    let mut machine = Machine::new(effects);
    (machine.random, machine.noise, machine.together, machine.took) = (Random::new(seed), (0.015, 0.032), 0.01, 4.3);
    machine
}

/// Of so many searches: those that confirm a winner, and those of them that prove more than 15 % saved.
fn good(searches: u64, effects: &[(&'static str, f64, f64)], plan: impl Fn() -> Plan) -> (usize, usize) {
    let (mut confirmed, mut much) = (0, 0);
    for seed in 0..searches {
        let answer = answer(&noisy(effects, seed).run(plan(), 480.0).0);
        if answer.verdict == Verdict::Confirmed {
            confirmed += 1;
            much += usize::from(answer.confirmation.is_some_and(|it| it.anon_saved_share > 0.15));
        }
    }
    (confirmed, much)
}

#[test]
fn a_winner_is_confirmed_on_a_noisy_machine_too() {
    let (under_jemalloc, under_glibc) = (good(20, &NOISY, jemalloc), good(20, &SEEN, || plan("")));
    for (confirmed, much) in [under_jemalloc, under_glibc] {
        assert!(confirmed >= 18 && much >= 15, "{under_jemalloc:?}, {under_glibc:?}");
    }
}

/// What saves most costs 6 to 8 % of CPU, a little more than is allowed.
const DEAR: [(&str, f64, f64); 4] = [
    ("arenas 1", 0.90, 1.06),
    ("decay 0", 0.88, 1.07),
    ("settle after boot", 0.90, 1.08),
    ("malloc limit 4M to 8M", 0.87, 1.065),
];

/// Of so many searches those that confirm a winner that in truth saves nothing, or costs more than is allowed.
fn false_claims(searches: u64, effects: &[(&'static str, f64, f64)], plan: impl Fn() -> Plan) -> usize {
    let wrong = (0..searches).filter(|seed| {
        let mut machine = noisy(effects, *seed);
        machine.together = 0.0;
        let answer = answer(&machine.run(plan(), 480.0).0);
        let (anon, cpu) = answer.winner.map_or((1.0, 1.0), |it| machine.truth(&answer.candidates[it].name));
        answer.verdict == Verdict::Confirmed && (anon >= 1.0 || cpu > 1.05)
    });
    wrong.count()
}

#[test]
fn nothing_is_claimed_where_nothing_helps() {
    let claims = false_claims(100, &[], || plan(""));
    assert!(claims <= 5, "{claims}");
}

#[test]
fn too_much_cpu_is_rarely_called_little() {
    let claims = false_claims(40, &DEAR, jemalloc);
    assert!(claims <= 2, "{claims}");
}

#[test]
fn time_that_is_left_makes_the_saving_better_known() {
    let mut machine = Machine { noise: (0.025, 0.01), took: 1.0, ..Machine::new(&[("arenas 1", 0.88, 1.0)]) };
    let (tuning, spent) = machine.run(plan(""), 600.0);
    let confirmed = answer(&tuning).confirmation.unwrap();
    let width = (confirmed.anon_interval.high - confirmed.anon_interval.low) as f64;
    assert!(width <= 0.2 * confirmed.anon_saved_bytes as f64, "{} ± {}", confirmed.anon_saved_bytes, width / 2.0);
    assert!(confirmed.pairs > 8 && spent < 500.0, "{} pairs, {spent} s", confirmed.pairs);
}

/// Memory is clear at once; CPU is not, on a machine that does other things.
#[test]
fn what_does_badly_is_soon_given_up() {
    let mut effects = SEEN.to_vec();
    effects.push(("oldmalloc limit 16M to 32M", 1.2, 1.0));
    effects.push(("old objects 1.3", 0.95, 1.9));
    let (tuning, _) = Machine::new(&effects).run(plan(""), 600.0);
    for (name, trials) in [("oldmalloc limit 16M to 32M", 1), ("old objects 1.3", 2), ("free slots 5/10/15 %", 2)] {
        let row = answer(&tuning).candidates.into_iter().find(|row| row.name == name).unwrap();
        assert!(row.pruned && row.trials == trials, "{name}: {} trials", row.trials);
    }
}

/// As where several other things run on two cores: one trial in six takes twice the CPU of another.
#[test]
fn one_dear_trial_does_not_end_what_saves_most() {
    let own = r#", "extra": [{"name": "HELD=1000", "variables": {"HELD": "1000"}}]"#;
    for seed in 0..20 {
        let mut machine = Machine::new(&[("HELD=1000", 0.36, 1.0), ("arenas 1", 0.975, 1.0)]);
        (machine.random, machine.noise, machine.took) = (Random::new(seed), (0.01, 0.3), 1.0);
        let answer = answer(&machine.run(Plan { cpu_limit: 3.0, ..plan(own) }, 120.0).0);
        let winner = &answer.candidates[answer.winner.unwrap()];
        assert!(winner.name.contains("HELD=1000"), "{seed}: {}", winner.name);
        assert_eq!(answer.verdict, Verdict::Confirmed, "{seed}: {}", winner.name);
    }
}

#[test]
fn little_time_is_kept_to_and_no_time_is_said() {
    for seconds in [60.0, 150.0, 300.0] {
        let (tuning, spent) = Machine::new(&SEEN).run(plan(""), seconds);
        assert!(spent <= seconds * 1.1 + 24.0, "{spent} of {seconds}");
        assert!(answer(&tuning).candidates.len() > 1);
    }
    let (tuning, _) = Machine::new(&SEEN).run(plan(""), 1.0);
    assert_eq!(answer(&tuning).verdict, Verdict::None);
}

#[test]
fn a_winner_that_costs_too_much_gives_way() {
    // The two together cost what neither does alone.
    struct Together(Machine);
    impl Together {
        fn trial(&mut self, name: &str) -> Trial {
            let (anon, cpu) = self.0.truth(name);
            let dear = name.contains("arenas 1") && name.contains("malloc limit 4M");
            booted(&[
                (ANON, STOCK_ANON * anon),
                (CPU, STOCK_CPU * cpu * if dear { 1.2 } else { 1.0 }),
                ("requests", 200.0),
            ])
        }
    }
    let mut machine = Together(Machine::new(&SEEN));
    let mut tuning = Tuning::new(plan("")).unwrap();
    let mut spent = 0.0;
    loop {
        let wanted = tuning.wanted(600.0 - spent);
        if wanted.is_empty() {
            break;
        }
        for index in wanted {
            spent += 3.0;
            let (name, _) = tuning.change(index).unwrap();
            let (own, stock) = (machine.trial(&name), machine.trial("as it is"));
            tuning.add_pair(index, Some(own), Some(stock), Some(6.0)).unwrap();
        }
    }
    let answer = answer(&tuning);
    assert_eq!(answer.verdict, Verdict::Confirmed);
    let name = &answer.candidates[answer.winner.unwrap()].name;
    assert!(!(name.contains("arenas 1") && name.contains("malloc limit 4M")), "{name}");
}

#[test]
fn what_fails_is_no_candidate_and_an_app_that_fails_ends_it() {
    let mut tuning = Tuning::new(plan("")).unwrap();
    let first = tuning.wanted(600.0)[0];
    tuning.add_pair(first, None, Some(failed("GET / answered 500")), Some(1.0)).unwrap();
    assert_eq!(tuning.base_failure().as_deref(), Some("GET / answered 500"));
    assert!(tuning.wanted(600.0).is_empty());
    assert!(tuning.add_pair(0, None, None, None).is_err(), "it is beside all others, and no candidate");

    let mut machine = Machine::new(&SEEN);
    let mut tuning = Tuning::new(plan("")).unwrap();
    for round in 0..60 {
        for index in tuning.wanted(600.0 - 10.0 * f64::from(round)) {
            let (name, _) = tuning.change(index).unwrap();
            let (own, stock) = match machine.pair(&name) {
                _ if name.contains("arenas 1") => (failed("refused"), None),
                (own, stock) => (own, Some(stock)),
            };
            tuning.add_pair(index, Some(own), stock, Some(6.0)).unwrap();
        }
    }
    let answer = answer(&tuning);
    assert!(!answer.candidates[answer.winner.unwrap()].name.contains("arenas 1"));
    let row = answer.candidates.iter().find(|row| row.name == "arenas 1").unwrap();
    assert_eq!((row.error.as_deref(), row.anon_change, row.pareto), (Some("refused"), None, false));
    assert!(!answer.candidates.iter().any(|row| row.name.contains("arenas 1,")), "nor is it combined");
}

#[test]
fn another_allocator_comes_with_its_own_settings() {
    let effects = [
        ("jemalloc", 0.95, 1.0),
        ("decay 1 s", 0.85, 1.0),
        ("arenas 1", 0.97, 1.0),
        ("thresholds 128k/64k", 0.97, 1.0),
        ("malloc limit 4M to 8M", 0.95, 1.0),
    ];
    let (tuning, _) = Machine::new(&effects).run(plan(r#", "jemalloc": "/lib/libjemalloc.so.2""#), 1200.0);
    let answer = answer(&tuning);
    let winner = &answer.candidates[answer.winner.unwrap()];
    assert!(winner.name.contains("jemalloc") && winner.name.contains("decay 1 s"), "{}", winner.name);
    assert_eq!(winner.change.preload, ["/lib/libjemalloc.so.2"]);
    assert!(winner.change.variables["MALLOC_CONF"].contains("dirty_decay_ms:1000"));
    for row in &answer.candidates {
        let (conf, arena) =
            (row.change.variables.contains_key("MALLOC_CONF"), row.change.variables.contains_key("MALLOC_ARENA_MAX"));
        assert_eq!(
            (conf && row.change.preload.is_empty(), arena && !row.change.preload.is_empty()),
            (false, false),
            "{}",
            row.name
        );
    }
}

#[test]
fn levers_of_the_app_alone_and_those_left_out() {
    let names = |plan: &Plan| levers::choices(plan).into_iter().map(|it| it.name).collect::<Vec<String>>();
    let all = names(&plan(""));
    assert!(
        all.contains(&"arenas 1".to_string())
            && !all.iter().any(|name| name.contains("decay") || name.contains("yjit"))
    );
    assert!(!all.iter().any(|name| name.starts_with("threads")), "three are few enough");
    assert!(!all.iter().any(|name| name.starts_with("stack")), "nothing of it is touched");
    let modern = r#", "yjit": true, "skip": ["free_slots"], "variables": {"MALLOC_ARENA_MAX": "2"}"#;
    let mut modern = plan(modern);
    (modern.ruby, modern.threads) = ("3.3.8".into(), 5);
    let some = names(&modern);
    for name in ["yjit off", "yjit 8 MiB", "threads 3"] {
        assert!(some.contains(&name.to_string()), "{name}");
    }
    assert!(!some.iter().any(|name| name.starts_with("free slots") || name == "arenas 2"), "{some:?}");
    assert!(Tuning::new(plan(r#", "skip": ["puma"]"#)).is_err());
    assert!(!some.is_empty());
}

#[test]
fn a_stack_that_is_touched_is_limited_in_the_winner_too() {
    let effects = [("stack 1 MiB", 0.94, 1.0), ("arenas 1", 0.95, 1.0)];
    let touched = |bytes: u64| plan(&format!(r#", "main_stack": {bytes}"#));
    assert!(levers::choices(&touched(2 << 20)).iter().all(|it| it.lever != "stack"), "it is limited already");
    let (tuning, _) = Machine::new(&effects).run(touched(8188 << 10), 600.0);
    let answer = answer(&tuning);
    let winner = &answer.candidates[answer.winner.unwrap()];
    assert_eq!(winner.change.stack, Some(1 << 20), "{}", winner.name);
    assert_eq!(winner.change.variables.get("MALLOC_ARENA_MAX").map(String::as_str), Some("1"), "{}", winner.name);
    assert_eq!(serde_json::to_value(winner).unwrap()["stack"], 1 << 20);
}

#[test]
fn a_candidate_of_the_users_own_is_combined_too() {
    let effects = [("MALLOC_TOP_PAD_=0", 0.9, 1.0), ("arenas 1", 0.9, 1.0)];
    let extra = r#", "extra": [{"name": "MALLOC_TOP_PAD_=0", "variables": {"MALLOC_TOP_PAD_": "0"}}]"#;
    let (tuning, _) = Machine::new(&effects).run(plan(extra), 600.0);
    let answer = answer(&tuning);
    let winner = &answer.candidates[answer.winner.unwrap()];
    assert_eq!(
        (&winner.change.variables["MALLOC_TOP_PAD_"][..], &winner.change.variables["MALLOC_ARENA_MAX"][..]),
        ("0", "1")
    );
}

#[test]
fn the_front_has_whom_nobody_beats() {
    let (tuning, _) = Machine::new(&SEEN).run(plan(""), 600.0);
    let rows = answer(&tuning).candidates;
    let points: Vec<(f64, f64, bool)> =
        rows.iter().filter_map(|row| Some((row.anon_change?, row.cpu_change?, row.pareto))).collect();
    for (anon, cpu, pareto) in &points {
        let beaten = points.iter().any(|it| it.0 <= *anon && it.1 <= *cpu && (it.0 < *anon || it.1 < *cpu));
        assert_eq!(*pareto, !beaten);
    }
}
