//! The one recording of this process, guarded by Ruby's global lock.

use crate::allocator;
use crate::counter::counter;
use memtrim_core::process_memory::Usage;
use memtrim_core::recorder::{Edge, EdgeKind, Recorder, ScopeId, Stack, StringId, Tags, RUBY};
use memtrim_core::recording::{Finish, Header, Journal, Phase, Record, ScopeRecord, Segment, FORMAT};
use std::cell::{Cell, UnsafeCell};
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Something that only the holder of Ruby's global lock touches.
pub struct Locked<T>(UnsafeCell<T>);

// SAFETY: every access happens in a hook or a method that Ruby calls, with its global lock held; threads of
// ractors other than the main one are not recorded (see `active`).
unsafe impl<T> Sync for Locked<T> {}

impl<T> Locked<T> {
    pub const fn new(value: T) -> Self {
        Locked(UnsafeCell::new(value))
    }

    /// Never nested for the same value, and `work` never calls Ruby: so there is one reference at a time.
    #[allow(clippy::mut_from_ref)]
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: see above.
        work(unsafe { &mut *self.0.get() })
    }
}

/// What is recorded, and where it goes.
pub struct Session {
    pub recorder: Recorder,
    pub journal: Option<Journal>,
    /// Scope stacks of fibers that wait inside a scope.
    pub fibers: HashMap<usize, Stack>,
    /// (module, constant id) → path, as `Module#autoload` registered them.
    autoloads: HashMap<(usize, usize), StringId>,
    /// File names, without directory and extension, of all that is to be autoloaded.
    autoload_names: HashSet<String>,
    /// Entries of `config.eager_load_namespaces` → the scope that added them.
    pub namespaces: HashMap<usize, ScopeId>,
    /// The list itself, how many of its entries are in `namespaces`, and who asked for it last.
    pub namespace_list: usize,
    pub namespaces_seen: usize,
    pub namespace_asker: ScopeId,
    pub warnings: Vec<String>,
    /// The counter's table, and the live blocks in it, when they were counted.
    pub counter_bytes: u64,
    /// What Ruby's own scope holds for the interpreter's tables.
    pub interpreter_bytes: u64,
    pub live_blocks: u64,
    strings_written: usize,
    edges_written: u32,
    /// Loads that a constant may have caused: the number of the edge, and the call's file and line.
    perhaps_constants: Vec<(u32, StringId, u32)>,
    last_flush_ns: u64,
    last_measured_ns: u64,
}

pub static SESSION: Locked<Option<Session>> = Locked::new(None);
pub static TAGS: Locked<Option<Tags>> = Locked::new(None);

/// True while hooks should do anything at all.
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// The process that records: a forked child is another one.
static PID: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// The scope of this thread's next object; [`NOBODY`] in threads of ractors other than the main one, the only
    /// one whose events Ruby tells us: they run beside it.
    static CURRENT: Cell<ScopeId> = const { Cell::new(NOBODY) };
    static STACK: UnsafeCell<Stack> = const { UnsafeCell::new(Stack::new(RUBY)) };
    pub static FIBER: Cell<usize> = const { Cell::new(0) };
}

const NOBODY: ScopeId = ScopeId::MAX;

/// This thread belongs to the main ractor: its loads are recorded.
pub fn record_this_thread() {
    if CURRENT.get() == NOBODY {
        CURRENT.set(RUBY);
    }
}

const FLUSH_EVERY_NS: u64 = 250_000_000;
/// The kernel goes through all pages to say how many there are: milliseconds, so not after each of the shortest
/// segments.
const MEASURE_EVERY_NS: u64 = 20_000_000;

#[inline]
pub fn active() -> bool {
    current_scope().is_some()
}

/// The scope that made an object; [`RUBY`] for one that was there before anybody recorded.
pub fn scope_of(object: usize) -> ScopeId {
    TAGS.with(|tags| tags.as_ref().map_or(RUBY, |tags| tags.get(object)))
}

/// The scope that this thread's next object belongs to; none while nobody records it.
#[inline]
pub fn current_scope() -> Option<ScopeId> {
    let current = CURRENT.get();
    (current != NOBODY && ACTIVE.load(Ordering::Relaxed)).then_some(current)
}

/// Nanoseconds since this process started, by the kernel's clock (proc(5), field `starttime`, is in ticks
/// since boot; so is `CLOCK_BOOTTIME`).
pub fn now_ns() -> u64 {
    boot_clock_ns().saturating_sub(*STARTED_NS)
}

/// Makes the hooks fail after so many calls (`MEMTRIM_FAULT=N`): how the tests see that the program goes on.
static CALLS_UNTIL_FAULT: AtomicU32 = AtomicU32::new(0);

fn fail_if_told_to() {
    if CALLS_UNTIL_FAULT.load(Ordering::Relaxed) > 0 && CALLS_UNTIL_FAULT.fetch_sub(1, Ordering::Relaxed) == 1 {
        panic!("MEMTRIM_FAULT");
    }
}

static STARTED_NS: once_cell::sync::Lazy<u64> = once_cell::sync::Lazy::new(|| {
    let ticks = procfs_start_ticks().unwrap_or(0);
    if ticks == 0 {
        return boot_clock_ns();
    }
    // SAFETY: a plain query.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
    ticks * (1_000_000_000 / per_second)
});

fn procfs_start_ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The command name may hold spaces and parentheses: count fields behind its last one.
    stat[stat.rfind(')')? + 1..].split_whitespace().nth(19)?.parse().ok()
}

fn boot_clock_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    #[cfg(target_os = "linux")]
    let clock = libc::CLOCK_BOOTTIME;
    #[cfg(not(target_os = "linux"))]
    let clock = libc::CLOCK_MONOTONIC;
    // SAFETY: writes to the struct above.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Runs `work` with the session and this thread's scope stack, then makes the stack's top the current
/// scope. A panic switches recording off and is told once; it never reaches Ruby. `work` must not call Ruby.
pub fn with_session<R>(work: impl FnOnce(&mut Session, &mut Stack) -> R) -> Option<R> {
    if !active() {
        return None;
    }
    let result = catch_unwind(AssertUnwindSafe(|| {
        fail_if_told_to();
        SESSION.with(|session| {
            let session = session.as_mut()?;
            // SAFETY: the stack is this thread's own, and `work` does not come back here.
            Some(STACK.with(|stack| {
                let stack = unsafe { &mut *stack.get() };
                let result = work(session, stack);
                set_current(stack.current());
                result
            }))
        })
    }));
    match result {
        Ok(result) => result,
        Err(panic) => {
            let why = panic
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| panic.downcast_ref::<String>().cloned());
            give_up(&format!("internal error: {}", why.as_deref().unwrap_or("unknown")));
            None
        }
    }
}

/// The scope that this thread's coming allocations belong to, for objects and for blocks.
fn set_current(scope: ScopeId) {
    CURRENT.set(scope);
    if let Some(counter) = counter() {
        counter.set_scope(scope);
    }
}

/// Stops recording and says why, once; the program goes on as if nobody had recorded it.
pub fn give_up(why: &str) {
    if ACTIVE.swap(false, Ordering::SeqCst) {
        let target = SESSION.with(|session| {
            let journal = session.as_mut()?.journal.take()?;
            let target = journal.target().display().to_string();
            journal.discard();
            Some(target)
        });
        let what = target.map_or(String::new(), |target| format!(" to {target}"));
        tell(&format!("recording{what} stopped: {why}"));
    }
}

/// The one line that the user gets.
fn tell(what: &str) {
    // A closed stderr is no reason to stop the program.
    let _ = writeln!(std::io::stderr(), "memtrim: {what}; the program goes on without it");
}

extern "C" fn in_forked_child() {
    // The child is another process: its parent goes on recording, it does not.
    allocator::unlock_after_fork();
    ACTIVE.store(false, Ordering::SeqCst);
}

/// Begins to record. `slot_bytes`: Ruby's smallest slot.
pub fn start(target: Option<&Path>, command: Vec<String>, slot_bytes: usize) -> std::io::Result<()> {
    let header = Header {
        memtrim_recording: FORMAT,
        written_by: env!("CARGO_PKG_VERSION").to_string(),
        pid: std::process::id(),
        command,
        counter: counter().is_some(),
    };
    let fault = std::env::var("MEMTRIM_FAULT").ok().and_then(|calls| calls.parse().ok()).unwrap_or(0);
    CALLS_UNTIL_FAULT.store(fault, Ordering::Relaxed);
    // A panic is told by `give_up`, in one line.
    std::panic::set_hook(Box::new(|_| {}));
    let journal = target.map(|target| Journal::create(target, &header)).transpose()?;
    TAGS.with(|tags| *tags = Some(Tags::new(slot_bytes)));
    SESSION.with(|session| {
        *session = Some(Session {
            recorder: Recorder::default(),
            journal,
            fibers: HashMap::new(),
            autoloads: HashMap::new(),
            autoload_names: HashSet::new(),
            namespaces: HashMap::new(),
            namespace_list: 0,
            namespaces_seen: 0,
            namespace_asker: 0,
            warnings: Vec::new(),
            counter_bytes: 0,
            interpreter_bytes: 0,
            live_blocks: 0,
            strings_written: 0,
            edges_written: 0,
            perhaps_constants: Vec::new(),
            last_flush_ns: now_ns(),
            last_measured_ns: 0,
        });
    });
    if PID.swap(std::process::id(), Ordering::SeqCst) == 0 {
        // SAFETY: a function with C linkage that lives as long as the process.
        unsafe { libc::pthread_atfork(None, None, Some(in_forked_child)) };
    }
    record_this_thread();
    ACTIVE.store(true, Ordering::SeqCst);
    Ok(())
}

/// A path's last part without its extension.
fn file_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".rb").unwrap_or(name)
}

/// Ends recording for good.
pub fn stop() {
    ACTIVE.store(false, Ordering::SeqCst);
}

/// True in the process that began to record, false in its forked children.
pub fn own_process() -> bool {
    PID.load(Ordering::SeqCst) == std::process::id()
}

impl Session {
    /// Notes that a constant of a module is to be autoloaded from a path.
    pub fn promise(&mut self, module: usize, constant: usize, path: StringId) {
        self.autoload_names.insert(file_name(&self.recorder.strings.get(path)).to_string());
        self.autoloads.insert((module, constant), path);
    }

    /// The path from which a constant of a module is to be autoloaded.
    pub fn promised(&self, module: usize, constant: usize) -> Option<StringId> {
        self.autoloads.get(&(module, constant)).copied()
    }

    /// Notes the loads that a constant may have caused: Ruby calls the same method for them as for a `require`.
    fn note_constants(&mut self, edges: &[Edge]) {
        for (number, edge) in (self.edges_written..).zip(edges) {
            let is_call = edge.loaded != 0 && edge.kind == EdgeKind::Call;
            if is_call && self.autoload_names.contains(file_name(&self.recorder.strings.get(edge.to))) {
                self.perhaps_constants.push((number, edge.file, edge.line));
            }
        }
        self.edges_written += edges.len() as u32;
    }

    /// Those of them that no `require` on the line of the call did. After the boot: the files must be read for it.
    fn constants(&mut self) -> Vec<u32> {
        let mut sources: HashMap<StringId, Vec<u8>> = HashMap::new();
        let mut constants = Vec::new();
        for (number, file, line) in std::mem::take(&mut self.perhaps_constants) {
            let path = self.recorder.strings.get(file);
            let source = sources.entry(file).or_insert_with(|| std::fs::read(path.as_ref()).unwrap_or_default());
            let line = source.split(|byte| *byte == b'\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
            if ![b"require".as_slice(), b"load"].iter().any(|word| line.windows(word.len()).any(|part| part == *word)) {
                constants.push(number);
            }
        }
        constants
    }

    /// Ends the current segment and begins another phase; the phase before.
    pub fn change_phase(&mut self, phase: Phase) -> Phase {
        let before = self.recorder.phase;
        if before != phase {
            let now = now_ns();
            self.end_segment(now, now > self.last_measured_ns + MEASURE_EVERY_NS);
            self.recorder.phase = phase;
            self.flush(now);
        }
        before
    }

    /// Goes back to an earlier phase, if there is one to go back to.
    pub fn restore_phase(&mut self, phase: Option<Phase>) {
        if let Some(phase) = phase {
            self.change_phase(phase);
        }
    }

    /// Notes the end of a segment of the current phase, with the process's memory if it is to be measured.
    pub fn end_segment(&mut self, now: u64, measured: bool) {
        let usage = if measured { Usage::now().ok() } else { None };
        if usage.is_some() {
            self.last_measured_ns = now;
        }
        self.write(&Record::Segment(Segment { phase: self.recorder.phase, end_ns: now, usage }));
    }

    /// Writes what is new, if the last time is long enough ago for a crash to lose much.
    pub fn flush_if_due(&mut self, now: u64) {
        if now > self.last_flush_ns + FLUSH_EVERY_NS {
            self.flush(now);
        }
    }

    pub fn flush(&mut self, now: u64) {
        self.last_flush_ns = now;
        if self.journal.is_none() {
            return;
        }
        let edges = self.recorder.edges.take();
        self.note_constants(&edges);
        let recorder = &mut self.recorder;
        let strings: Vec<String> = (self.strings_written..recorder.strings.len())
            .map(|id| recorder.strings.get(StringId(id as u32)).into_owned())
            .collect();
        self.strings_written = recorder.strings.len();
        let scopes: Vec<ScopeRecord> =
            recorder.scopes.take_changed().map(|(id, scope)| ScopeRecord::new(id, scope)).collect();
        if !strings.is_empty() {
            self.write(&Record::Strings(strings));
        }
        if !scopes.is_empty() {
            self.write(&Record::Scopes(scopes));
        }
        if !edges.is_empty() {
            self.write(&Record::Edges(edges));
        }
        let failed = self.journal.as_mut().and_then(|journal| journal.flush().err());
        self.journal_failed(failed);
    }

    pub fn write(&mut self, record: &Record) {
        let failed = self.journal.as_mut().and_then(|journal| journal.write(record).err());
        self.journal_failed(failed);
    }

    /// Completes the file under its own name. False when that failed; it has been told then.
    pub fn complete(&mut self, error: Option<String>) -> bool {
        self.flush(now_ns());
        let constants = self.constants();
        self.write(&Record::Constants(constants));
        for warning in std::mem::take(&mut self.warnings) {
            self.write(&Record::Warning(warning));
        }
        let Some(journal) = self.journal.as_ref() else { return false };
        let finish = Finish {
            compiled_inside: self.recorder.compiled_inside,
            compiled_outside: self.recorder.compiled_outside.clone(),
            error,
            recorder_bytes: allocator::bytes() as u64,
            counter_bytes: self.counter_bytes,
            live_blocks: self.live_blocks,
            interpreter_bytes: self.interpreter_bytes,
            records: journal.records(),
        };
        self.write(&Record::Finish(finish));
        let failed = self.journal.as_mut().and_then(|journal| journal.finish().err());
        self.journal_failed(failed);
        self.journal.take().is_some()
    }

    fn journal_failed(&mut self, failure: Option<std::io::Error>) {
        let Some(failure) = failure else { return };
        let Some(journal) = self.journal.take() else { return };
        let target = journal.target().display().to_string();
        journal.discard();
        ACTIVE.store(false, Ordering::SeqCst);
        let why = failure.to_string();
        let why = why.split(" (os error").next().unwrap_or(&why);
        tell(&format!("recording to {target} stopped: {why}"));
    }
}
