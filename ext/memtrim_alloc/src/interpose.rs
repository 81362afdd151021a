//! The allocation functions of the C library, each passed on and counted.

use crate::growth::Growth;
use crate::table::Block;
use crate::{next, size, table};
use libc::{c_int, c_void, size_t};
use std::cell::Cell;
use std::ptr;

/// The scope of whatever was allocated before anybody said otherwise: the runtime's own start.
pub const FIRST_SCOPE: u32 = 1;

struct Thread {
    scope: Cell<u32>,
    growth: Growth,
}

thread_local! {
    // One variable: each costs a call to find it in a shared library.
    static THREAD: Thread = const { Thread { scope: Cell::new(FIRST_SCOPE), growth: Growth::new() } };
}

/// Sets this thread's scope; the one before.
pub fn set_scope(scope: u32) -> u32 {
    THREAD.with(|thread| thread.scope.replace(scope))
}

#[inline]
fn counted(block: *mut c_void, bytes: usize) -> *mut c_void {
    if !block.is_null() {
        THREAD.with(|thread| {
            remember(block, bytes, thread.scope.get());
            thread.growth.allocated(block as usize, bytes);
        });
    }
    block
}

/// `block`: fresh from the next allocator, and not null.
#[inline]
fn remember(block: *mut c_void, asked: usize, scope: u32) {
    // SAFETY: a live block.
    let given = unsafe { next::usable_size(block) };
    table::insert(Block { address: block as usize, scope, has_remainder: size::has_remainder(asked, given) });
}

/// # Safety
/// As C's `malloc`.
#[no_mangle]
pub unsafe extern "C" fn malloc(size: size_t) -> *mut c_void {
    if !next::ready() {
        return next::early(size);
    }
    // SAFETY: the arguments are the caller's own.
    counted(unsafe { next::malloc(size) }, size)
}

/// # Safety
/// As C's `calloc`.
#[no_mangle]
pub unsafe extern "C" fn calloc(count: size_t, size: size_t) -> *mut c_void {
    if !next::ready() {
        return count.checked_mul(size).map_or(ptr::null_mut(), next::early);
    }
    // SAFETY: the arguments are the caller's own.
    counted(unsafe { next::calloc(count, size) }, count.saturating_mul(size))
}

/// # Safety
/// As C's `free`.
#[no_mangle]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() || next::is_early(block) || !next::ready() {
        return;
    }
    // Forgotten before it is free: another thread may get the address at once.
    let known = table::remove(block as usize);
    THREAD.with(|thread| {
        if let (true, Some(known)) = (thread.growth.is_possible(), known) {
            if let Some(copy) = thread.growth.copy_of(size::of(known)) {
                table::change_scope(copy, known.scope);
            }
        }
    });
    // SAFETY: the argument is the caller's own.
    unsafe { next::free(block) }
}

/// A block keeps its first owner when it grows: a table belongs to who made it, not to who filled it.
///
/// # Safety
/// As C's `realloc`.
#[no_mangle]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: size_t) -> *mut c_void {
    if block.is_null() {
        // SAFETY: `realloc(NULL, size)` is `malloc(size)`.
        return unsafe { malloc(size) };
    }
    if next::is_early(block) {
        // SAFETY: a fresh block of `size` bytes, and no more is read than the arena has behind the old one.
        unsafe {
            let fresh = malloc(size);
            if !fresh.is_null() {
                ptr::copy_nonoverlapping(
                    block.cast::<u8>(),
                    fresh.cast::<u8>(),
                    size.min(next::early_bytes_from(block)),
                );
            }
            return fresh;
        }
    }
    if !next::ready() {
        return ptr::null_mut();
    }
    let known = table::remove(block as usize);
    // SAFETY: the arguments are the caller's own.
    let moved = unsafe { next::realloc(block, size) };
    if !moved.is_null() {
        let scope = known.map_or_else(|| THREAD.with(|thread| thread.scope.get()), |known| known.scope);
        remember(moved, size, scope);
    } else if let (Some(known), true) = (known, size != 0) {
        // No memory for it: the old block lives on.
        table::insert(known);
    }
    moved
}

/// # Safety
/// As the C library's `reallocarray`.
#[no_mangle]
pub unsafe extern "C" fn reallocarray(block: *mut c_void, count: size_t, size: size_t) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the arguments are the caller's own.
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => {
            // SAFETY: errno is this thread's own.
            unsafe { *libc::__errno_location() = libc::ENOMEM };
            ptr::null_mut()
        }
    }
}

/// # Safety
/// As C's `posix_memalign`.
#[no_mangle]
pub unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, alignment: size_t, size: size_t) -> c_int {
    if !next::ready() {
        return libc::ENOMEM;
    }
    // SAFETY: the arguments are the caller's own; `out` is written when the result is 0.
    unsafe {
        let status = next::posix_memalign(out, alignment, size);
        if status == 0 {
            counted(*out, size);
        }
        status
    }
}

/// # Safety
/// As C's `aligned_alloc`.
#[no_mangle]
pub unsafe extern "C" fn aligned_alloc(alignment: size_t, size: size_t) -> *mut c_void {
    if !next::ready() {
        return ptr::null_mut();
    }
    // SAFETY: the arguments are the caller's own.
    counted(unsafe { next::aligned_alloc(alignment, size) }, size)
}

/// # Safety
/// As the C library's `memalign`.
#[no_mangle]
pub unsafe extern "C" fn memalign(alignment: size_t, size: size_t) -> *mut c_void {
    if !next::ready() {
        return ptr::null_mut();
    }
    // SAFETY: the arguments are the caller's own.
    counted(unsafe { next::memalign(alignment, size) }, size)
}

/// # Safety
/// As the C library's `valloc`.
#[no_mangle]
pub unsafe extern "C" fn valloc(size: size_t) -> *mut c_void {
    // SAFETY: `valloc(size)` is `memalign(page size, size)`.
    unsafe { memalign(libc::sysconf(libc::_SC_PAGESIZE) as size_t, size) }
}

/// # Safety
/// As the C library's `pvalloc`.
#[no_mangle]
pub unsafe extern "C" fn pvalloc(size: size_t) -> *mut c_void {
    // SAFETY: `pvalloc` is `valloc` of whole pages.
    unsafe {
        let page = libc::sysconf(libc::_SC_PAGESIZE) as size_t;
        memalign(page, size.next_multiple_of(page))
    }
}

extern "C" fn before_fork() {
    table::lock_all();
}

extern "C" fn after_fork() {
    table::unlock_all();
}

extern "C" fn start() {
    // SAFETY: three functions with C linkage that live as long as the process.
    unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(after_fork)) };
}

#[used]
#[link_section = ".init_array"]
static START: extern "C" fn() = start;
