//! A counter that stands between a process and its allocator (`LD_PRELOAD`).
//!
//! It keeps, for every live block, the scope that was current on the allocating thread, and passes
//! every call on to the next allocator in the link order (glibc, jemalloc, …). It knows no Ruby: the
//! recorder finds the functions of [`api`] by name and tells it which scope a thread is in.
#![cfg(target_os = "linux")]
#![cfg_attr(test, allow(dead_code))]

#[cfg(not(test))]
mod api;
mod growth;
// A test binary must keep its own allocator.
#[cfg(not(test))]
mod interpose;
mod next;
mod size;
mod table;
