//! Ruby methods that are replaced: the originals, kept as UnboundMethods so that no second name of them
//! can be seen in the program.

use super::cfunction::Way;
use crate::session::Locked;
use rb_sys::{Qnil, ID, VALUE};
use std::ffi::{c_int, CStr};

/// A method as it was before.
pub struct Original {
    method: Locked<VALUE>,
    /// Its C function; 0 when it is not known.
    function: Locked<usize>,
}

impl Original {
    pub const fn none() -> Self {
        Original { method: Locked::new(0), function: Locked::new(0) }
    }

    fn get(&self) -> VALUE {
        self.method.with(|value| *value)
    }

    /// Notes the C function behind the method, where it can be found and takes `argc` arguments.
    pub fn find_function(&self, way: &Way, argc: c_int) {
        let function = way.follow(self.get(), argc).unwrap_or(0);
        self.function.with(|known| *known = function);
    }

    /// The C function behind the method.
    pub fn function(&self) -> Option<usize> {
        self.function.with(|function| (*function != 0).then_some(*function))
    }

    pub fn method(&self) -> VALUE {
        self.get()
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
        place.method.with(|value| *value = method);
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

/// The names under which a class or module itself has a C method that was first defined as `name`.
///
/// # Safety
/// With Ruby's global lock.
pub unsafe fn c_methods_named(owner: VALUE, name: &CStr) -> Vec<ID> {
    // SAFETY: reflection only; `all` keeps the names alive.
    unsafe {
        let call = |receiver: VALUE, name: &CStr, argument: VALUE| {
            rb_sys::rb_funcallv(receiver, rb_sys::rb_intern(name.as_ptr()), 1, &raw const argument)
        };
        let read = |receiver: VALUE, name: &CStr| {
            rb_sys::rb_funcallv(receiver, rb_sys::rb_intern(name.as_ptr()), 0, std::ptr::null())
        };
        let wanted = rb_sys::rb_id2sym(rb_sys::rb_intern(name.as_ptr()));
        let own = rb_sys::Qfalse as VALUE;
        let all =
            rb_sys::rb_ary_plus(call(owner, c"instance_methods", own), call(owner, c"private_instance_methods", own));
        let mut names = Vec::with_capacity(8);
        for index in 0..rb_sys::RARRAY_LEN(all) {
            let symbol = rb_sys::rb_ary_entry(all, index as _);
            let method = call(owner, c"instance_method", symbol);
            if read(method, c"original_name") == wanted && read(method, c"source_location") == Qnil as VALUE {
                names.push(rb_sys::rb_sym2id(symbol));
            }
        }
        names
    }
}

/// Which methods of a module are private: defining one anew makes it public.
pub struct Visibility {
    owner: VALUE,
    private: VALUE,
}

impl Visibility {
    /// # Safety
    /// With Ruby's global lock.
    pub unsafe fn of(owner: VALUE) -> Visibility {
        // SAFETY: reflection only.
        let private = unsafe {
            let own = rb_sys::Qfalse as VALUE;
            rb_sys::rb_funcallv(owner, rb_sys::rb_intern(c"private_instance_methods".as_ptr()), 1, &raw const own)
        };
        Visibility { owner, private }
    }

    /// Makes those methods private again.
    ///
    /// # Safety
    /// With Ruby's global lock.
    pub unsafe fn restore(&self) {
        // SAFETY: names of existing methods.
        unsafe {
            rb_sys::rb_funcallv(self.owner, rb_sys::rb_intern(c"private".as_ptr()), 1, &raw const self.private);
        }
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
