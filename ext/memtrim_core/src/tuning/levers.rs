//! What can be set, and the values worth a try. None of them is right for every app: hence the trials.

use super::change::Change;
use super::plan::{Allocator, Plan};
use crate::misuse::Misuse;
use serde_json::Value;

/// Of all levers, for whoever leaves some alone.
const NAMES: [&str; 15] = [
    "arenas",
    "thresholds",
    "cache",
    "decay",
    "pages",
    "free_slots",
    "growth",
    "malloc_limit",
    "oldmalloc_limit",
    "old_objects",
    "yjit",
    "threads",
    "allocator",
    "settle",
    "stack",
];

/// One value of one lever.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub lever: String,
    /// For people: `arenas 1`.
    pub name: String,
    /// The allocator that it is a setting of; None: of any.
    pub under: Option<Allocator>,
    /// It puts this allocator in place of the app's own.
    pub brings: Option<Allocator>,
    pub change: Change,
}

/// Rails' default number of threads of Puma (since 7.2).
const FEW_THREADS: u32 = 3;

/// Bytes: the limit that is tried, as large as the stacks that Ruby gives to all other threads (vm_core.h,
/// RUBY_VM_THREAD_MACHINE_STACK_SIZE); and what Ruby touches of the main thread's, above which it is.
const STACK: u64 = 1 << 20;
const LARGE_STACK: u64 = 2 << 20;

/// Name, and variables with their values.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

/// mallopt(3): M_ARENA_MAX. An arena keeps what its threads have freed for them alone.
const GLIBC_ARENAS: [Row; 2] = [("1", &[("MALLOC_ARENA_MAX", "1")]), ("2", &[("MALLOC_ARENA_MAX", "2")])];

/// mallopt(3): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD. Set, they stay as they are; by themselves they grow with the largest
/// block that was freed, up to 64 and 32 MiB, and free memory below them is kept.
const GLIBC_THRESHOLDS: [Row; 4] = [
    ("128k/64k", &[("MALLOC_TRIM_THRESHOLD_", "131072"), ("MALLOC_MMAP_THRESHOLD_", "65536")]),
    ("128k/128k", &[("MALLOC_TRIM_THRESHOLD_", "131072"), ("MALLOC_MMAP_THRESHOLD_", "131072")]),
    ("1M/256k", &[("MALLOC_TRIM_THRESHOLD_", "1048576"), ("MALLOC_MMAP_THRESHOLD_", "262144")]),
    ("64k/32k", &[("MALLOC_TRIM_THRESHOLD_", "65536"), ("MALLOC_MMAP_THRESHOLD_", "32768")]),
];

/// glibc manual, Memory Allocation Tunables: freed blocks that each thread keeps for itself, of each size.
const GLIBC_CACHE: [Row; 2] = [
    ("none", &[("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0")]),
    ("2", &[("GLIBC_TUNABLES", "glibc.malloc.tcache_count=2")]),
];

/// jemalloc(3): opt.narenas, opt.dirty_decay_ms and opt.muzzy_decay_ms, opt.tcache and opt.lg_tcache_max, opt.thp.
const JEMALLOC_ARENAS: [Row; 2] = [("1", &[("MALLOC_CONF", "narenas:1")]), ("2", &[("MALLOC_CONF", "narenas:2")])];
const JEMALLOC_DECAY: [Row; 4] = [
    ("1 s", &[("MALLOC_CONF", "dirty_decay_ms:1000,muzzy_decay_ms:0")]),
    ("0", &[("MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")]),
    ("0.2 s", &[("MALLOC_CONF", "dirty_decay_ms:200,muzzy_decay_ms:0")]),
    ("1 s in background", &[("MALLOC_CONF", "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0")]),
];
const JEMALLOC_CACHE: [Row; 2] =
    [("none", &[("MALLOC_CONF", "tcache:false")]), ("4k", &[("MALLOC_CONF", "lg_tcache_max:12")])];
const JEMALLOC_PAGES: [Row; 1] = [("small", &[("MALLOC_CONF", "thp:never")])];

/// Ruby's gc.c, ruby_gc_set_params: a sweep that leaves less than MIN free makes the heap grow, towards GOAL; pages
/// above MAX are freed. Its own: 0.20, 0.40, 0.65.
const FREE_SLOTS: [Row; 4] = [
    (
        "10/20/30 %",
        &[
            ("RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO", "0.10"),
            ("RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO", "0.20"),
            ("RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO", "0.30"),
        ],
    ),
    (
        "15/25/40 %",
        &[
            ("RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO", "0.15"),
            ("RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO", "0.25"),
            ("RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO", "0.40"),
        ],
    ),
    (
        "5/10/15 %",
        &[
            ("RUBY_GC_HEAP_FREE_SLOTS_MIN_RATIO", "0.05"),
            ("RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO", "0.10"),
            ("RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO", "0.15"),
        ],
    ),
    ("20/30/40 %", &[("RUBY_GC_HEAP_FREE_SLOTS_GOAL_RATIO", "0.30"), ("RUBY_GC_HEAP_FREE_SLOTS_MAX_RATIO", "0.40")]),
];

/// How much the heap grows by. Its own: 1.8, without a limit.
const GROWTH: [Row; 4] = [
    ("1.1", &[("RUBY_GC_HEAP_GROWTH_FACTOR", "1.1")]),
    ("1.25", &[("RUBY_GC_HEAP_GROWTH_FACTOR", "1.25")]),
    ("40,000 slots", &[("RUBY_GC_HEAP_GROWTH_MAX_SLOTS", "40000")]),
    ("1.03", &[("RUBY_GC_HEAP_GROWTH_FACTOR", "1.03")]),
];

/// Bytes of malloc's after which a young collection begins. Its own: 16 MiB, growing to 32.
const MALLOC_LIMIT: [Row; 3] = [
    ("4M to 8M", &[("RUBY_GC_MALLOC_LIMIT", "4194304"), ("RUBY_GC_MALLOC_LIMIT_MAX", "8388608")]),
    ("8M to 16M", &[("RUBY_GC_MALLOC_LIMIT", "8388608"), ("RUBY_GC_MALLOC_LIMIT_MAX", "16777216")]),
    ("2M to 4M", &[("RUBY_GC_MALLOC_LIMIT", "2097152"), ("RUBY_GC_MALLOC_LIMIT_MAX", "4194304")]),
];

/// The same of old objects, after which a full one begins. Its own: 16 MiB, growing to 128.
const OLDMALLOC_LIMIT: [Row; 2] = [
    ("16M to 32M", &[("RUBY_GC_OLDMALLOC_LIMIT", "16777216"), ("RUBY_GC_OLDMALLOC_LIMIT_MAX", "33554432")]),
    ("8M to 16M", &[("RUBY_GC_OLDMALLOC_LIMIT", "8388608"), ("RUBY_GC_OLDMALLOC_LIMIT_MAX", "16777216")]),
];

/// How many times as many old objects as after the last full collection begin the next. Its own: 2.
const OLD_OBJECTS: [Row; 2] = [
    ("1.3", &[("RUBY_GC_HEAP_OLDOBJECT_LIMIT_FACTOR", "1.3")]),
    ("1.1", &[("RUBY_GC_HEAP_OLDOBJECT_LIMIT_FACTOR", "1.1")]),
];

/// # Errors
/// When the plan leaves a lever alone that there is none of.
pub fn check_skipped(plan: &Plan) -> Result<(), Misuse> {
    match plan.skip.iter().find(|name| !NAMES.contains(&name.as_str())) {
        Some(name) => Err(Misuse(format!("no lever {name} to skip; there are {}", NAMES.join(", ")))),
        None => Ok(()),
    }
}

/// Everything worth a try with this app, the most promising value of each lever first: who has little time tries only
/// those.
pub fn choices(plan: &Plan) -> Vec<Choice> {
    let levers = [
        rows("arenas", Some(Allocator::Glibc), &GLIBC_ARENAS),
        rows("thresholds", Some(Allocator::Glibc), &GLIBC_THRESHOLDS),
        vec![settle()],
        stack(plan),
        jemalloc(plan),
        rows("arenas", Some(Allocator::Jemalloc), &JEMALLOC_ARENAS),
        rows("decay", Some(Allocator::Jemalloc), &JEMALLOC_DECAY),
        yjit(plan),
        rows("malloc_limit", None, &MALLOC_LIMIT),
        rows("free_slots", None, &FREE_SLOTS),
        rows("growth", None, &GROWTH),
        threads(plan),
        rows("oldmalloc_limit", None, &OLDMALLOC_LIMIT),
        rows("cache", Some(Allocator::Jemalloc), &JEMALLOC_CACHE),
        rows("pages", Some(Allocator::Jemalloc), &JEMALLOC_PAGES),
        rows("cache", Some(Allocator::Glibc), &GLIBC_CACHE),
        rows("old_objects", None, &OLD_OBJECTS),
    ];
    let most = levers.iter().map(Vec::len).max().unwrap_or(0);
    let mut list: Vec<Choice> = Vec::new();
    for nth in 0..most {
        list.extend(levers.iter().filter_map(|lever| lever.get(nth).cloned()));
    }
    let jemalloc =
        plan.allocator == Allocator::Jemalloc || (plan.jemalloc.is_some() && !plan.skip.contains("allocator"));
    let possible = |allocator: Allocator| allocator == plan.allocator || (allocator == Allocator::Jemalloc && jemalloc);
    list.retain(|it| !plan.skip.contains(&it.lever) && it.under.is_none_or(possible));
    list.retain(|it| !it.change.over(&plan.variables).is_empty());
    list.extend(plan.extra.iter().map(own));
    list
}

fn rows(lever: &str, under: Option<Allocator>, rows: &[Row]) -> Vec<Choice> {
    let choice = |(value, variables): &Row| Choice {
        lever: lever.into(),
        name: format!("{} {value}", lever.replace('_', " ")),
        under,
        brings: None,
        change: Change::variables(variables),
    };
    rows.iter().map(choice).collect()
}

fn jemalloc(plan: &Plan) -> Vec<Choice> {
    let library = plan.jemalloc.iter().filter(|_| plan.allocator != Allocator::Jemalloc);
    let choice = |library: &String| Choice {
        lever: "allocator".into(),
        name: "jemalloc".into(),
        under: None,
        brings: Some(Allocator::Jemalloc),
        change: Change { preload: vec![library.clone()], ..Change::default() },
    };
    library.map(choice).collect()
}

/// Rails turns YJIT on while it boots (config.yjit, since 7.2), so only its setting keeps it off. Its memory for code can
/// only be given before that: Ruby 3.3 and newer take the option without turning it on.
fn yjit(plan: &Plan) -> Vec<Choice> {
    if !plan.yjit {
        return Vec::new();
    }
    let off = Choice {
        lever: "yjit".into(),
        name: "yjit off".into(),
        under: None,
        brings: None,
        change: Change { settings: [("yjit".to_string(), Value::Bool(false))].into(), ..Change::default() },
    };
    let mut list = vec![off];
    if plan.version() >= (3, 3) {
        list.extend(rows("yjit", None, &[("8 MiB", &[("RUBYOPT", "--yjit-disable --yjit-exec-mem-size=8")])]));
    }
    list
}

/// Our own: garbage is collected and free memory given back once, when the server is up, and so at no request's cost.
fn settle() -> Choice {
    let setting = ("memtrim.settle".to_string(), serde_json::json!({ "after_boot": true }));
    Choice {
        lever: "settle".into(),
        name: "settle after boot".into(),
        under: None,
        brings: None,
        change: Change { settings: [setting].into(), ..Change::default() },
    }
}

/// Some builds of Ruby touch all of the main thread's stack, up to its limit, when they start.
fn stack(plan: &Plan) -> Vec<Choice> {
    if plan.main_stack <= LARGE_STACK {
        return Vec::new();
    }
    vec![Choice {
        lever: "stack".into(),
        name: format!("stack {} MiB", STACK >> 20),
        under: None,
        brings: None,
        change: Change { stack: Some(STACK), ..Change::default() },
    }]
}

fn threads(plan: &Plan) -> Vec<Choice> {
    if plan.threads <= FEW_THREADS {
        return Vec::new();
    }
    vec![Choice {
        lever: "threads".into(),
        name: format!("threads {FEW_THREADS}"),
        under: None,
        brings: None,
        change: Change { threads: Some(FEW_THREADS), ..Change::default() },
    }]
}

/// A lever of its own, so that it is combined with all others.
fn own(extra: &super::plan::Extra) -> Choice {
    Choice {
        lever: extra.name.clone(),
        name: extra.name.clone(),
        under: None,
        brings: None,
        change: extra.change.clone(),
    }
}
