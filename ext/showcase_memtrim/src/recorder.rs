//! `ShowcaseMemtrim::Recorder`: records the process that it is in.

use crate::allocator;
use crate::counter::counter;
use crate::hooks::heap::{transient_addresses, Walk};
use crate::hooks::{call_caches, events, loads, protected, rails};
use crate::session::{self, now_ns, with_session, Locked, SESSION, TAGS};
use magnus::prelude::*;
use magnus::rb_sys::AsRawValue;
use magnus::{function, Error, RModule, Ruby, Value};
use memtrim_core::process_memory::{Allocator, Snapshot};
use memtrim_core::recorder::{Kind, Scope, RECORDER, RUBY};
use memtrim_core::recording::{App, Phase, Record};
use rb_sys::VALUE;
use std::path::Path;
use std::ptr;

pub fn define(_: &Ruby, module: RModule) -> Result<(), Error> {
    let recorder = module.define_module("Recorder")?;
    recorder.define_singleton_method("start", function!(start, 3))?;
    recorder.define_singleton_method("install_hooks", function!(install_hooks, 0))?;
    recorder.define_singleton_method("phase", function!(phase, 1))?;
    recorder.define_singleton_method("enter", function!(enter, 2))?;
    recorder.define_singleton_method("leave", function!(leave, 1))?;
    recorder.define_singleton_method("warn", function!(warn, 1))?;
    recorder.define_singleton_method("scope_of", function!(scope_of, 1))?;
    recorder.define_singleton_method("measure", function!(measure, 1))?;
    recorder.define_singleton_method("finish", function!(finish, 2))?;
    recorder.define_singleton_method("recording?", function!(is_recording, 0))?;
    recorder.define_singleton_method("counter?", function!(has_counter, 0))?;
    recorder.define_singleton_method("allocator", function!(crate::malloc::name, 0))?;
    recorder.define_singleton_method("counter_bytes", function!(counter_bytes, 0))?;
    recorder.define_singleton_method("holdings", function!(holdings, 1))
}

/// More than the functions between here and the collector's marking take, less than any fiber has left.
const DEAD_FRAMES_BYTES: usize = 32 * 1024;

static TRANSIENT: Locked<Vec<usize>> = Locked::new(Vec::new());

/// Begins to record to a file. `command`: the program's command line; `slot_bytes`: Ruby's smallest slot.
///
/// Raises SystemCallError's like when the file can't be written.
fn start(ruby: &Ruby, target: String, command: Vec<String>, slot_bytes: usize) -> Result<(), Error> {
    session::start(Some(Path::new(&target)), command, slot_bytes)
        .map_err(|error| Error::new(ruby.exception_io_error(), format!("{target}: {error}")))?;
    events::enable();
    events::name_root_fiber();
    // Now: in the middle of a collection Ruby would give blocks instead.
    TRANSIENT.with(|addresses| *addresses = transient_addresses());
    Ok(())
}

/// Hooks require and its like, and whatever of Rails and Bundler is there.
fn install_hooks() {
    // SAFETY: called from Ruby, with its global lock.
    unsafe {
        loads::install();
        rails::install_present();
    }
}

/// Begins a phase by its name; the name of the one before. Nil when there is no such phase or no recording.
fn phase(name: String) -> Option<&'static str> {
    let phase = Phase::ALL.into_iter().find(|phase| phase.name() == name)?;
    with_session(|session, _| session.change_phase(phase).name())
}

/// Opens a scope (`bundler`, `request` or `recorder`); the depth to [`leave`].
fn enter(kind: String, name: String) -> Option<u32> {
    let kind = match kind.as_str() {
        "bundler" => Kind::Bundler,
        "request" => Kind::Request,
        _ => Kind::Recorder,
    };
    with_session(|session, stack| {
        if kind == Kind::Recorder {
            return stack.push(RECORDER, session.recorder.phase, now_ns());
        }
        let name = session.recorder.strings.intern(name.as_bytes());
        session.recorder.enter(stack, Scope { kind, name, ..Scope::default() }, now_ns())
    })
}

/// Closes the scopes above a depth.
fn leave(depth: u32) {
    with_session(|session, stack| session.recorder.unwind(stack, depth, now_ns()));
}

/// A line for the reader of the report.
fn warn(text: String) {
    with_session(|session, _| session.warnings.push(text));
}

/// The scope that made an object; 1 for one that was there before.
fn scope_of(object: Value) -> u32 {
    session::scope_of(object.as_raw() as usize)
}

fn is_recording() -> bool {
    session::active() && session::own_process()
}

fn has_counter() -> bool {
    counter().is_some()
}

/// Collects garbage, gives back what the allocator will give, and counts all that is held, by scope.
/// The time until here belongs to the boot; what follows does not. `page_bytes`: the size of Ruby's heap pages
/// (`GC::INTERNAL_CONSTANTS[:HEAP_PAGE_SIZE]`).
fn measure(page_bytes: usize) {
    with_session(|session, stack| {
        session.end_segment(now_ns(), true);
        stack.push(RECORDER, session.recorder.phase, now_ns());
    });
    settle();
    events::disable();
    let counted = counter().is_some();
    let scopes = with_session(|session, _| session.recorder.scopes.len()).unwrap_or(3);
    let mut snapshot = Snapshot::take().ok();
    if let Some(snapshot) = snapshot.as_mut() {
        TRANSIENT.with(|addresses| addresses.iter().for_each(|address| snapshot.transient(*address)));
    }
    let mut walk = Walk::new(scopes, page_bytes, snapshot.as_mut());
    walk_all(&mut walk);
    walk.empty_pages();
    let Walk { mut tallies, links, interpreter, .. } = walk;
    tallies[RUBY as usize].add(&interpreter);
    let overflowed = TAGS.with(|tags| tags.as_ref().is_some_and(memtrim_core::recorder::Tags::overflowed));
    with_session(|session, _| {
        let live_blocks = tallies.iter().map(|tally| tally.blocks).sum();
        let tallies = tallies.into_iter().filter(|tally| tally.objects > 0 || tally.blocks > 0).collect();
        session.write(&Record::Tallies(tallies));
        let mut links: Vec<_> = links.into_iter().collect();
        links.sort_unstable();
        session.write(&Record::Links(links));
        match snapshot {
            Some(mut snapshot) => {
                if let Some(counter) = counter() {
                    counter.mappings(|start, bytes| {
                        snapshot.recorder_mapping(start, bytes);
                        session.counter_bytes += bytes as u64;
                    });
                    session.live_blocks = live_blocks;
                    session.interpreter_bytes = interpreter.held_bytes();
                }
                allocator::mappings(|start, bytes| snapshot.recorder_mapping(start, bytes));
                stack_pointers(&mut snapshot);
                if let Some(allocator) = allocator_sums() {
                    snapshot.allocator(allocator);
                }
                session.write(&Record::Memory(Box::new(snapshot.census(counted))));
            }
            None => session
                .warnings
                .push("no /proc/self/smaps and pagemap here: the process's pages could not be told apart".into()),
        }
        if overflowed {
            session.warnings.push("more than 65,535 scopes: the objects of the last ones are not told apart".into());
        }
    });
}

/// Writes the recording out. `summary`: the program as Ruby knows it, as JSON; `error`: what ended the boot, nil
/// when it ended well. True when the file is there.
fn finish(ruby: &Ruby, summary: String, error: Option<String>) -> Result<bool, Error> {
    let app: App = serde_json::from_str(&summary)
        .map_err(|error| Error::new(ruby.exception_arg_error(), format!("the program's summary: {error}")))?;
    drop(summary); // it would count among the recorder's bytes
    if !session::own_process() {
        return Ok(false);
    }
    let done = SESSION.with(|session| {
        session.as_mut().is_some_and(|session| {
            session.write(&Record::App(Box::new(app)));
            session.complete(error)
        })
    });
    session::stop();
    Ok(done)
}

/// What the process holds now, recording or not, after a full collection: bytes of live slots, of live
/// blocks (0 without the counter), and of all objects with what they own. The recorder's own left out, and
/// the interpreter's own tables and call caches.
fn holdings(page_bytes: usize) -> (u64, u64, u64) {
    settle();
    let mut walk = Walk::new(RECORDER as usize + 1, page_bytes, None);
    walk_all(&mut walk);
    let of = |pick: fn(&memtrim_core::recording::Tally) -> u64| {
        walk.tallies.iter().filter(|tally| tally.scope != RECORDER).map(pick).sum()
    };
    (of(|tally| tally.slot_bytes), of(|tally| tally.block_bytes), of(|tally| tally.retained_bytes))
}

/// Bytes of the counter's own table: after [`holdings`], which shrinks it to its need, all of them are resident. 0 without
/// the counter.
fn counter_bytes() -> usize {
    let mut sum = 0;
    if let Some(counter) = counter() {
        counter.mappings(|_, bytes| sum += bytes);
    }
    sum
}

fn walk_all(walk: &mut Walk) {
    // SAFETY: called from Ruby, with its global lock, right after a full collection.
    unsafe { walk.run() };
    if let Some(counter) = counter() {
        walk.run_blocks(counter);
    }
}

/// Empties the call caches where that can be done, collects once, and trims the allocator. (Two more collections
/// changed what was held by 4 KB of 73 MB, and each takes as long as the walk.)
///
/// Call caches hold megabytes, or next to nothing when somebody's refinement has just emptied them all: whoever is
/// measured, they say nothing of what the program holds. Where `using` does not empty them the walk knows them.
fn settle() {
    // SAFETY: called from Ruby, with its global lock.
    unsafe {
        if !call_caches::are_known() {
            protected(empty_call_caches, rb_sys::Qnil as VALUE);
        }
        forget_dead_frames();
        protected(collect, rb_sys::Qnil as VALUE);
    }
    if let Some(counter) = counter() {
        counter.shrink();
    }
    crate::malloc::trim();
}

/// Overwrites what functions that have returned left on the stack: the collector takes each word of it for the address
/// of an object, those that its own functions' frames have left as they were too (ruby/gc.c,
/// `mark_current_machine_context`). In some boots one such word kept 0.1 MB alive.
#[inline(never)]
fn forget_dead_frames() {
    std::hint::black_box([0_usize; DEAD_FRAMES_BYTES / size_of::<usize>()]);
}

/// `using` invalidates every call cache, up to Ruby 3.2 (ruby/eval.c, `rb_using_module`).
unsafe extern "C" fn empty_call_caches(_: VALUE) -> VALUE {
    // SAFETY: may raise, under `settle`'s protection.
    unsafe { rb_sys::rb_eval_string(c"TOPLEVEL_BINDING.eval('using Module.new')".as_ptr()) }
}

/// `GC.start`, not `rb_gc`: it also runs the finalizers that wait, with what closed files hold (ruby/gc.c,
/// `gc_start_internal`).
unsafe extern "C" fn collect(_: VALUE) -> VALUE {
    // SAFETY: as above.
    unsafe { rb_sys::rb_funcallv(rb_sys::rb_mGC, rb_sys::rb_intern(c"start".as_ptr()), 0, ptr::null()) }
}

fn stack_pointers(snapshot: &mut Snapshot) {
    for pointer in memtrim_core::process_memory::stack_pointers() {
        snapshot.stack_pointer(pointer);
    }
    let here = 0_u8;
    snapshot.stack_pointer((&raw const here) as usize);
}

fn allocator_sums() -> Option<Allocator> {
    crate::malloc::sums()
}
