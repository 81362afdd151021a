//! `Ractor.new`: the end of tagging objects.
//!
//! Ruby makes the first objects of a ractor's thread before that thread has an execution context, and a NEWOBJ
//! hook dies of it (so does `ObjectSpace.trace_object_allocations`). So the hooks go before the first ractor
//! comes; loads and blocks are recorded on.

use super::events;
use super::methods::{call_original, original, Original};
use crate::session::{active, with_session};
use rb_sys::VALUE;
use std::ffi::c_int;

static NEW: Original = Original::none();

/// # Safety
/// With Ruby's global lock.
pub unsafe fn install() {
    // SAFETY: `Ractor` is there from Ruby 3.0 on; a function of the arity given.
    unsafe {
        let ractor = rb_sys::rb_path2class(c"Ractor".as_ptr());
        let singleton = rb_sys::rb_singleton_class(ractor);
        original(&NEW, singleton, c"new");
        let function = std::mem::transmute::<*const (), unsafe extern "C" fn() -> VALUE>(new as *const ());
        rb_sys::rb_define_method(singleton, c"new".as_ptr(), Some(function), -1);
    }
}

unsafe extern "C" fn new(count: c_int, arguments: *const VALUE, receiver: VALUE) -> VALUE {
    if active() && events::disable_objects() {
        with_session(|session, _| {
            let text = "a ractor was started: objects made after that stand with whoever had their slots before";
            session.warnings.push(text.into());
        });
    }
    // SAFETY: Ruby passes `count` arguments.
    unsafe { call_original(&NEW, receiver, std::slice::from_raw_parts(arguments, count.max(0) as usize)) }
}
