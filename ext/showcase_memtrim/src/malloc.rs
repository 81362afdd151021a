//! What the process's allocator can do for us, whichever it is: found by name at run time.

use libc::{c_char, c_int, c_void, size_t};
use memtrim_core::process_memory::Allocator;
use std::ffi::CStr;
use std::ptr;

type Mallctl = unsafe extern "C" fn(*const c_char, *mut c_void, *mut size_t, *mut c_void, size_t) -> c_int;

fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a valid C string; looks through every library of the process.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

fn jemalloc() -> Option<Mallctl> {
    // SAFETY: jemalloc's function of this name has this signature (jemalloc(3)).
    symbol(c"mallctl").map(|found| unsafe { std::mem::transmute::<*mut c_void, Mallctl>(found) })
}

/// `jemalloc`, `glibc`, or `unknown`.
pub fn name() -> &'static str {
    if jemalloc().is_some() {
        "jemalloc"
    } else if symbol(c"gnu_get_libc_version").is_some() {
        "glibc"
    } else {
        "unknown"
    }
}

/// Gives free memory back to the kernel: `malloc_trim(3)` under glibc; under jemalloc what this thread has cached goes to
/// the arenas, and all arenas are purged. Other threads' caches are theirs alone. Tells whose memory that was; none when
/// the allocator can't. Allocates nothing.
pub fn trim() -> Option<&'static str> {
    if let Some(mallctl) = jemalloc() {
        // MALLCTL_ARENAS_ALL (jemalloc(3), arena.<i>.purge).
        let done = [c"thread.tcache.flush", c"arena.4096.purge"].map(|name| {
            // SAFETY: a command without arguments.
            unsafe { mallctl(name.as_ptr(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), 0) }
        });
        // Without caches (tcache:false) there is nothing to flush, and it says so.
        return (done[1] == 0).then_some("jemalloc");
    }
    let found = symbol(c"malloc_trim")?;
    // SAFETY: glibc's function of this name has this signature.
    unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn(size_t) -> c_int>(found)(0) };
    Some("glibc")
}

/// What the allocator says of itself; none when it has nothing to say.
pub fn sums() -> Option<Allocator> {
    if let Some(mallctl) = jemalloc() {
        return jemalloc_sums(mallctl);
    }
    glibc_sums()
}

fn jemalloc_sums(mallctl: Mallctl) -> Option<Allocator> {
    let mut epoch = 1_u64;
    let read = |name: &CStr| {
        let (mut value, mut length) = (0_usize, size_of::<usize>());
        // SAFETY: a size_t statistic, read into a size_t.
        let status = unsafe { mallctl(name.as_ptr(), (&raw mut value).cast(), &raw mut length, ptr::null_mut(), 0) };
        (status == 0).then_some(value as u64)
    };
    // SAFETY: advances the statistics' epoch (jemalloc(3), epoch).
    unsafe { mallctl(c"epoch".as_ptr(), ptr::null_mut(), ptr::null_mut(), (&raw mut epoch).cast(), size_of::<u64>()) };
    Some(Allocator { in_use_bytes: read(c"stats.allocated")?, mapped_bytes: read(c"stats.mapped")? })
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn glibc_sums() -> Option<Allocator> {
    // SAFETY: glibc 2.33 and newer have it; looked up by name, as older ones don't.
    let mallinfo2 =
        unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> libc::mallinfo2>(symbol(c"mallinfo2")?) };
    // SAFETY: a plain query.
    let info = unsafe { mallinfo2() };
    Some(Allocator {
        in_use_bytes: (info.uordblks + info.hblkhd) as u64,
        mapped_bytes: (info.arena + info.hblkhd) as u64,
    })
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn glibc_sums() -> Option<Allocator> {
    None
}
