//! Everything that Ruby calls while a boot is recorded. Only here (and at the allocator's border) is
//! `unsafe`: these functions see raw Ruby values and may be left by an exception at any call into Ruby, so
//! no value with a destructor lives across one.

pub mod call_caches;
mod call_site;
mod cfunction;
pub mod events;
pub mod heap;
mod id_table;
pub mod loads;
pub mod methods;
pub mod ractors;
pub mod rails;
mod vm_blocks;

use rb_sys::VALUE;
use std::ffi::CStr;

/// Calls into Ruby; false when that raised, and `$!` is then as it was before.
///
/// # Safety
/// With Ruby's global lock; `body` must have nothing with a destructor that lives across a call into Ruby.
pub unsafe fn protected(body: unsafe extern "C" fn(VALUE) -> VALUE, data: VALUE) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let error_before = rb_sys::rb_errinfo();
        let mut state = 0;
        rb_sys::rb_protect(Some(body), data, &raw mut state);
        if state != 0 {
            rb_sys::rb_set_errinfo(error_before);
        }
        state == 0
    }
}

/// Of the Ruby that runs: `3.3.8`.
pub fn ruby_version() -> &'static str {
    // SAFETY: a constant string of the interpreter.
    unsafe { CStr::from_ptr((&raw const rb_sys::ruby_version).cast()) }.to_str().unwrap_or("")
}

/// The bytes of a Ruby string; none for any other object. Copied: the string may change or move.
pub fn string_bytes(value: VALUE) -> Option<Vec<u8>> {
    // SAFETY: reads a live object's type, then the string's own buffer.
    unsafe {
        if rb_sys::RB_TYPE_P(value, rb_sys::RUBY_T_STRING) {
            let (start, length) = (rb_sys::RSTRING_PTR(value), rb_sys::RSTRING_LEN(value));
            return Some(std::slice::from_raw_parts(start.cast::<u8>(), length as usize).to_vec());
        }
    }
    None
}
