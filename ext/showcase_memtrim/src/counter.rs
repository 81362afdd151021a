//! The preloaded allocation counter (`memtrim_alloc`), where it is there.

use libc::c_void;
use memtrim_core::recorder::ScopeId;
use once_cell::sync::Lazy;
use std::ffi::CStr;

/// The version of the counter's functions that this library knows.
const VERSION: u32 = 2;

pub struct Counter {
    set_scope: unsafe extern "C" fn(u32) -> u32,
    size_of: unsafe extern "C" fn(usize) -> usize,
    each: unsafe extern "C" fn(unsafe extern "C" fn(usize, usize, u32, *mut c_void), *mut c_void),
    mappings: unsafe extern "C" fn(unsafe extern "C" fn(usize, usize, *mut c_void), *mut c_void),
    shrink: unsafe extern "C" fn(),
}

static COUNTER: Lazy<Option<Counter>> = Lazy::new(find);

/// The counter; none when the process was started without it.
#[inline]
pub fn counter() -> Option<&'static Counter> {
    COUNTER.as_ref()
}

fn find() -> Option<Counter> {
    let symbol = |name: &CStr| {
        // SAFETY: a valid C string; looks through every library of the process.
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        (!found.is_null()).then_some(found)
    };
    // SAFETY: ext/memtrim_alloc/src/api.rs defines the functions of these names with these signatures, and
    // says so by its version.
    unsafe {
        let version: unsafe extern "C" fn() -> u32 = std::mem::transmute(symbol(c"memtrim_alloc_version")?);
        if version() != VERSION {
            return None;
        }
        Some(Counter {
            set_scope: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(u32) -> u32>(symbol(
                c"memtrim_alloc_set_scope",
            )?),
            size_of: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(usize) -> usize>(symbol(
                c"memtrim_alloc_size_of",
            )?),
            each: std::mem::transmute::<
                *mut c_void,
                unsafe extern "C" fn(unsafe extern "C" fn(usize, usize, u32, *mut c_void), *mut c_void),
            >(symbol(c"memtrim_alloc_each")?),
            mappings: std::mem::transmute::<
                *mut c_void,
                unsafe extern "C" fn(unsafe extern "C" fn(usize, usize, *mut c_void), *mut c_void),
            >(symbol(c"memtrim_alloc_mappings")?),
            shrink: std::mem::transmute::<*mut c_void, unsafe extern "C" fn()>(symbol(c"memtrim_alloc_shrink")?),
        })
    }
}

impl Counter {
    /// Sets the scope of this thread's coming blocks; the one before.
    #[inline]
    pub fn set_scope(&self, scope: ScopeId) -> ScopeId {
        // SAFETY: takes and gives an integer, touches a thread-local only.
        unsafe { (self.set_scope)(scope) }
    }

    /// Bytes of the live block at an address; 0 when none begins there.
    pub fn size_of(&self, address: usize) -> usize {
        // SAFETY: takes any integer.
        unsafe { (self.size_of)(address) }
    }

    /// True when a live block begins at an address that was taken for so many bytes: allocators give some more, none
    /// twice as many.
    pub fn fits(&self, address: usize, bytes: usize) -> bool {
        (bytes..2 * bytes).contains(&self.size_of(address))
    }

    /// Every live block: address, bytes, scope. `visit` must not allocate.
    pub fn each<F: FnMut(usize, usize, ScopeId)>(&self, mut visit: F) {
        unsafe extern "C" fn call<F: FnMut(usize, usize, ScopeId)>(
            address: usize,
            bytes: usize,
            scope: u32,
            data: *mut c_void,
        ) {
            // SAFETY: `data` is the closure below, alive for the whole walk.
            unsafe { (*data.cast::<F>())(address, bytes, scope) }
        }
        // SAFETY: the closure outlives the call.
        unsafe { (self.each)(call::<F>, (&raw mut visit).cast()) }
    }

    /// The mappings of the counter's own table: start, bytes.
    pub fn mappings<F: FnMut(usize, usize)>(&self, mut visit: F) {
        unsafe extern "C" fn call<F: FnMut(usize, usize)>(start: usize, bytes: usize, data: *mut c_void) {
            // SAFETY: `data` is the closure below, alive for the whole walk.
            unsafe { (*data.cast::<F>())(start, bytes) }
        }
        // SAFETY: the closure outlives the call.
        unsafe { (self.mappings)(call::<F>, (&raw mut visit).cast()) }
    }

    pub fn shrink(&self) {
        // SAFETY: takes the table's own locks, one after the other.
        unsafe { (self.shrink)() }
    }
}
