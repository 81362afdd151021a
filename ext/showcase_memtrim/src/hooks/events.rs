//! Tracepoints: objects, compiled files, threads and fibers.

use super::string_bytes;
use crate::session::{active, current_scope, record_this_thread, scope_of, with_session, Locked, FIBER, TAGS};
use memtrim_core::recorder::Stack;
use rb_sys::{rb_event_flag_t, rb_trace_arg_t, ID, VALUE};
use std::ffi::{c_void, CStr};
use std::mem::{swap, transmute};

/// An event hook that gets the trace argument itself (ruby/debug.h, `RUBY_EVENT_HOOK_FLAG_RAW_ARG`).
type RawHook = unsafe extern "C" fn(VALUE, *mut rb_trace_arg_t);
type Hook = unsafe extern "C" fn(rb_event_flag_t, VALUE, VALUE, ID, VALUE);

/// The TracePoint that witnesses compiled files, while it is enabled.
static COMPILED: Locked<VALUE> = Locked::new(0);

/// Objects, compiled files, threads and fibers are seen from here on.
pub fn enable() {
    let raw = rb_sys::rb_event_hook_flag_t::RUBY_EVENT_HOOK_FLAG_SAFE as u32
        | rb_sys::rb_event_hook_flag_t::RUBY_EVENT_HOOK_FLAG_RAW_ARG as u32;
    // SAFETY: the flag says that the functions take the raw argument; Ruby casts them back the same way
    // (ruby/vm_trace.c, exec_hooks_body).
    unsafe {
        let flag: rb_sys::rb_event_hook_flag_t = transmute(raw);
        let add = |hook: RawHook, events: u32| {
            rb_sys::rb_add_event_hook2(Some(transmute::<RawHook, Hook>(hook)), events, rb_sys::Qnil as VALUE, flag);
        };
        add(new_object, rb_sys::RUBY_INTERNAL_EVENT_NEWOBJ);
        // One hook for both: Ruby goes through all hooks at every event.
        add(thread_or_fiber, rb_sys::RUBY_EVENT_THREAD_BEGIN | rb_sys::RUBY_EVENT_FIBER_SWITCH);
        let compiled = rb_sys::rb_tracepoint_new(
            rb_sys::Qnil as VALUE,
            rb_sys::RUBY_EVENT_SCRIPT_COMPILED,
            Some(script_compiled),
            std::ptr::null_mut(),
        );
        rb_sys::rb_gc_register_mark_object(compiled);
        rb_sys::rb_tracepoint_enable(compiled);
        COMPILED.with(|kept| *kept = compiled);
    }
}

/// Sees no more objects; true when it did until now.
pub fn disable_objects() -> bool {
    // SAFETY: removes by function, as it was added; the number of hooks removed.
    unsafe { rb_sys::rb_remove_event_hook(Some(transmute::<RawHook, Hook>(new_object))) > 0 }
}

/// Takes the hooks away again: the program pays for them only while it is recorded.
pub fn disable() {
    // SAFETY: removes by function, as they were added.
    unsafe {
        for hook in [new_object as RawHook, thread_or_fiber] {
            rb_sys::rb_remove_event_hook(Some(transmute::<RawHook, Hook>(hook)));
        }
        let compiled = COMPILED.with(|kept| std::mem::replace(kept, 0));
        if compiled != 0 {
            rb_sys::rb_tracepoint_disable(compiled);
        }
    }
}

unsafe extern "C" fn new_object(_: VALUE, argument: *mut rb_trace_arg_t) {
    let Some(scope) = current_scope() else { return };
    // SAFETY: Ruby passes the trace argument of a NEWOBJ event.
    let object = unsafe { rb_sys::rb_tracearg_object(argument) };
    TAGS.with(|tags| {
        if let Some(tags) = tags {
            tags.set(object as usize, scope);
        }
    });
}

unsafe extern "C" fn script_compiled(tracepoint: VALUE, _: *mut c_void) {
    if !active() {
        return;
    }
    // SAFETY: Ruby passes the TracePoint of a SCRIPT_COMPILED event, whose readers these are; only its Ruby
    // methods tell the instruction sequence (ruby/vm_trace.c).
    let path = unsafe {
        let read = |object: VALUE, name: &CStr| {
            rb_sys::rb_funcallv(object, rb_sys::rb_intern(name.as_ptr()), 0, std::ptr::null())
        };
        if !rb_sys::NIL_P(read(tracepoint, c"eval_script")) {
            return;
        }
        read(read(tracepoint, c"instruction_sequence"), c"path")
    };
    if let Some(path) = string_bytes(path) {
        with_session(|session, stack| session.recorder.compiled(stack, &path));
    }
}

unsafe extern "C" fn thread_or_fiber(_: VALUE, argument: *mut rb_trace_arg_t) {
    // SAFETY: Ruby passes the trace argument.
    if unsafe { rb_sys::rb_tracearg_event_flag(argument) } == rb_sys::RUBY_EVENT_THREAD_BEGIN {
        thread_begin();
    } else {
        fiber_switch();
    }
}

/// A new thread works for whoever created it: for the scope in which its Thread object was made.
fn thread_begin() {
    record_this_thread();
    if !active() {
        return;
    }
    // SAFETY: a plain query.
    let thread = unsafe { rb_sys::rb_thread_current() };
    let creator = scope_of(thread as usize);
    with_session(|_, stack| stack.set_base(creator));
    name_root_fiber();
}

/// Notes which fiber this thread runs in, before it first switches to another.
pub fn name_root_fiber() {
    // SAFETY: gives the thread's root fiber an object if it has none yet.
    FIBER.set(unsafe { rb_sys::rb_fiber_current() } as usize);
}

/// The scopes of a fiber stay with it: one suspended inside a require must not leak its scope.
fn fiber_switch() {
    if !active() {
        return;
    }
    // SAFETY: a plain query; the hook runs in the fiber that was switched to.
    let fiber = unsafe { rb_sys::rb_fiber_current() };
    let left = FIBER.replace(fiber as usize);
    let creator = scope_of(fiber as usize);
    with_session(|session, stack| {
        let mut other = session.fibers.remove(&(fiber as usize)).unwrap_or_else(|| Stack::new(creator));
        swap(stack, &mut other);
        if other.depth() > 0 {
            session.fibers.insert(left, other);
        }
    });
}
