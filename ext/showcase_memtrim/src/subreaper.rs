//! Makes this process the parent of the processes that its descendants leave behind.

/// True when it is so from now on (prctl(2), PR_SET_CHILD_SUBREAPER); false off Linux.
#[cfg(target_os = "linux")]
pub fn adopt_orphans() -> bool {
    // SAFETY: sets a flag of this process; no pointer is passed.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 }
}

#[cfg(not(target_os = "linux"))]
pub fn adopt_orphans() -> bool {
    false
}
