//! Ruby methods that are replaced: the originals, kept as UnboundMethods so that no second name of them
//! can be seen in the program.

use crate::session::Locked;
use rb_sys::{Qnil, VALUE};
use std::ffi::CStr;

/// A method as it was before.
pub struct Original(Locked<VALUE>);

impl Original {
    pub const fn none() -> Self {
        Original(Locked::new(0))
    }

    fn get(&self) -> VALUE {
        self.0.with(|value| *value)
    }

    pub fn is_kept(&self) -> bool {
        self.get() != 0
    }
}

/// Keeps the method of this name of a class or module.
///
/// # Safety
/// With Ruby's global lock; raises NameError when there is no such method.
pub unsafe fn original(place: &Original, owner: VALUE, name: &CStr) {
    // SAFETY: the caller's promise.
    unsafe {
        let symbol = rb_sys::rb_id2sym(rb_sys::rb_intern(name.as_ptr()));
        let method = rb_sys::rb_funcallv(owner, rb_sys::rb_intern(c"instance_method".as_ptr()), 1, &raw const symbol);
        rb_sys::rb_gc_register_mark_object(method);
        place.0.with(|value| *value = method);
    }
}

/// Calls a kept method on a receiver, with the block and the keywords of the method being run.
///
/// # Safety
/// Inside the method that replaced it; may raise.
pub unsafe fn call_original(place: &Original, receiver: VALUE, arguments: &[VALUE]) -> VALUE {
    const MOST: usize = 8;
    let mut all = [Qnil as VALUE; MOST];
    let count = arguments.len().min(MOST - 1);
    all[0] = receiver;
    all[1..=count].copy_from_slice(&arguments[..count]);
    // SAFETY: `all` holds `count + 1` values and lives on the stack, where the collector sees them.
    unsafe {
        let bind_call = rb_sys::rb_intern(c"bind_call".as_ptr());
        let block = if rb_sys::rb_block_given_p() != 0 { rb_sys::rb_block_proc() } else { Qnil as VALUE };
        let keywords = rb_sys::rb_keyword_given_p();
        rb_sys::rb_funcall_with_block_kw(place.get(), bind_call, count as i32 + 1, all.as_ptr(), block, keywords)
    }
}

/// True when the method of this name is written in Ruby.
///
/// # Safety
/// With Ruby's global lock; raises NameError when there is no such method.
pub unsafe fn is_ruby_method(owner: VALUE, name: &CStr) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let symbol = rb_sys::rb_id2sym(rb_sys::rb_intern(name.as_ptr()));
        let method = rb_sys::rb_funcallv(owner, rb_sys::rb_intern(c"instance_method".as_ptr()), 1, &raw const symbol);
        let location = rb_sys::rb_funcallv(method, rb_sys::rb_intern(c"source_location".as_ptr()), 0, std::ptr::null());
        location != Qnil as VALUE
    }
}

/// Removes a method's name from a class or module.
///
/// # Safety
/// With Ruby's global lock.
pub unsafe fn remove(owner: VALUE, name: &CStr) {
    // SAFETY: the caller's promise.
    unsafe { rb_sys::rb_remove_method(owner, name.as_ptr()) };
}

/// Runs `work` without warnings of redefined methods.
///
/// # Safety
/// With Ruby's global lock; `work` must not raise.
pub unsafe fn quietly(work: impl FnOnce()) {
    // SAFETY: $VERBOSE of this process; set back below.
    unsafe {
        let verbose = rb_sys::rb_ruby_verbose_ptr();
        let before = *verbose;
        *verbose = Qnil as VALUE;
        work();
        *verbose = before;
    }
}
