//! The allocator behind us: found once by `dlsym(RTLD_NEXT)`.
//!
//! `dlsym` itself may allocate (glibc keeps its error text that way), so what is asked for meanwhile
//! comes from a small static arena that is never given back.

use libc::{c_char, c_int, c_void, size_t};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

pub struct Next {
    malloc: AtomicPtr<c_void>,
    calloc: AtomicPtr<c_void>,
    realloc: AtomicPtr<c_void>,
    free: AtomicPtr<c_void>,
    posix_memalign: AtomicPtr<c_void>,
    aligned_alloc: AtomicPtr<c_void>,
    memalign: AtomicPtr<c_void>,
    usable_size: AtomicPtr<c_void>,
}

static NEXT: Next = Next {
    malloc: AtomicPtr::new(ptr::null_mut()),
    calloc: AtomicPtr::new(ptr::null_mut()),
    realloc: AtomicPtr::new(ptr::null_mut()),
    free: AtomicPtr::new(ptr::null_mut()),
    posix_memalign: AtomicPtr::new(ptr::null_mut()),
    aligned_alloc: AtomicPtr::new(ptr::null_mut()),
    memalign: AtomicPtr::new(ptr::null_mut()),
    usable_size: AtomicPtr::new(ptr::null_mut()),
};

const NOT_YET: u8 = 0;
const RESOLVING: u8 = 1;
const READY: u8 = 2;
static STATE: AtomicU8 = AtomicU8::new(NOT_YET);

const ARENA_BYTES: usize = 32 * 1024;

#[repr(align(16))]
struct Arena(UnsafeCell<[u8; ARENA_BYTES]>);

// SAFETY: handed out in disjoint pieces by an atomic cursor, never written by us.
unsafe impl Sync for Arena {}

static ARENA: Arena = Arena(UnsafeCell::new([0; ARENA_BYTES]));
static ARENA_USED: AtomicUsize = AtomicUsize::new(0);

/// True once the next allocator is known; finds it at the first call. False while it is being
/// looked for: the caller is then `dlsym` itself and is served by [`early`].
#[inline]
pub fn ready() -> bool {
    STATE.load(Ordering::Acquire) == READY || resolve()
}

#[cold]
fn resolve() -> bool {
    if STATE.compare_exchange(NOT_YET, RESOLVING, Ordering::AcqRel, Ordering::Acquire).is_err() {
        return STATE.load(Ordering::Acquire) == READY;
    }
    let find = |name: &std::ffi::CStr| {
        // SAFETY: a valid C string; RTLD_NEXT looks behind this library in the link order.
        unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr() as *const c_char) }
    };
    NEXT.malloc.store(find(c"malloc"), Ordering::Relaxed);
    NEXT.calloc.store(find(c"calloc"), Ordering::Relaxed);
    NEXT.realloc.store(find(c"realloc"), Ordering::Relaxed);
    NEXT.free.store(find(c"free"), Ordering::Relaxed);
    NEXT.posix_memalign.store(find(c"posix_memalign"), Ordering::Relaxed);
    NEXT.aligned_alloc.store(find(c"aligned_alloc"), Ordering::Relaxed);
    NEXT.memalign.store(find(c"memalign"), Ordering::Relaxed);
    NEXT.usable_size.store(find(c"malloc_usable_size"), Ordering::Relaxed);
    STATE.store(READY, Ordering::Release);
    true
}

/// Zeroed memory for calls made while the next allocator is being looked for; null when used up.
pub fn early(bytes: usize) -> *mut c_void {
    let start = ARENA_USED.fetch_add(bytes.next_multiple_of(16), Ordering::Relaxed);
    if start + bytes > ARENA_BYTES {
        return ptr::null_mut();
    }
    // SAFETY: within the arena by the check above.
    unsafe { ARENA.0.get().cast::<u8>().add(start).cast() }
}

pub fn is_early(block: *const c_void) -> bool {
    let start = ARENA.0.get() as usize;
    (start..start + ARENA_BYTES).contains(&(block as usize))
}

/// Bytes of the arena from a block in it to the arena's end.
pub fn early_bytes_from(block: *const c_void) -> usize {
    ARENA_BYTES.saturating_sub(block as usize - ARENA.0.get() as usize)
}

macro_rules! forward {
    ($name:ident($($arg:ident: $type:ty),*) -> $result:ty) => {
        /// # Safety
        /// As the C function of this name; only after [`ready`] said true.
        #[inline]
        pub unsafe fn $name($($arg: $type),*) -> $result {
            let function = NEXT.$name.load(Ordering::Relaxed);
            // SAFETY: `resolve` stored the C function of this name, whose signature this is.
            let function: unsafe extern "C" fn($($type),*) -> $result = unsafe { std::mem::transmute(function) };
            // SAFETY: the caller's promise.
            unsafe { function($($arg),*) }
        }
    };
}

forward!(malloc(size: size_t) -> *mut c_void);
forward!(calloc(count: size_t, size: size_t) -> *mut c_void);
forward!(realloc(block: *mut c_void, size: size_t) -> *mut c_void);
forward!(free(block: *mut c_void) -> ());
forward!(posix_memalign(out: *mut *mut c_void, alignment: size_t, size: size_t) -> c_int);
forward!(aligned_alloc(alignment: size_t, size: size_t) -> *mut c_void);
forward!(memalign(alignment: size_t, size: size_t) -> *mut c_void);
forward!(usable_size(block: *mut c_void) -> size_t);
