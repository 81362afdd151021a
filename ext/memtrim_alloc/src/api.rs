//! What the recorder calls, found by name with `dlsym`: absent names mean that the counter is not
//! preloaded.

use crate::{interpose, size, table};
use libc::c_void;

/// Changes when a function here changes.
pub const VERSION: u32 = 2;

#[no_mangle]
pub extern "C" fn memtrim_alloc_version() -> u32 {
    VERSION
}

/// Sets the scope of this thread's coming allocations; the scope before.
#[no_mangle]
pub extern "C" fn memtrim_alloc_set_scope(scope: u32) -> u32 {
    interpose::set_scope(scope)
}

/// Live blocks at this moment.
#[no_mangle]
pub extern "C" fn memtrim_alloc_live_blocks() -> usize {
    table::live_blocks()
}

/// Bytes of the live block at an address; 0 when nothing lives there. Threads that free it meanwhile are the
/// caller's affair.
#[no_mangle]
pub extern "C" fn memtrim_alloc_size_of(address: usize) -> usize {
    table::get(address).map_or(0, size::of)
}

/// Calls `visit(address, bytes, scope, data)` for every live block.
///
/// # Safety
/// `visit` must not allocate or free, nor unwind.
#[no_mangle]
pub unsafe extern "C" fn memtrim_alloc_each(
    visit: unsafe extern "C" fn(usize, usize, u32, *mut c_void),
    data: *mut c_void,
) {
    table::each(|block| {
        // SAFETY: the block is live (its shard is locked), and `visit` is the caller's promise.
        unsafe { visit(block.address, size::of(block), block.scope, data) }
    });
}

/// Calls `visit(start, bytes, data)` for every mapping of the counter's own table.
///
/// # Safety
/// `visit` must not allocate or free, nor unwind.
#[no_mangle]
pub unsafe extern "C" fn memtrim_alloc_mappings(
    visit: unsafe extern "C" fn(usize, usize, *mut c_void),
    data: *mut c_void,
) {
    table::mappings(|start, bytes| {
        // SAFETY: the caller's promise.
        unsafe { visit(start, bytes, data) }
    });
}

/// Gives back what the table needed at its peak and needs no more.
#[no_mangle]
pub extern "C" fn memtrim_alloc_shrink() {
    table::shrink();
}
