//! `ShowcaseMemtrim::Fleet.watch`: `memtrim fleet --watch`, in a process that does nothing else.

use crate::allocator;
use crate::arguments::{parse, refuse};
use crate::gvl::until_interrupted;
use magnus::{Error, Ruby};
use memtrim_core::fleet::watch::{Kernel, Options, Watch};
use memtrim_core::fleet::Stop;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;

/// Watches as the options say (JSON), until nobody reads its output any more. A signal interrupts it: then the terminal is
/// as it was, Ruby does what the signal asks for, and what is raised ends it. Raises ArgumentError for options that can't be
/// had.
pub fn watch(ruby: &Ruby, options: String) -> Result<(), Error> {
    let options: Options = parse(ruby, "way to watch", &options)?;
    allocator::hold_across_forks();
    let mut watch = Watch::new(options, Kernel { lock, end_group, terminal_size }).map_err(|it| refuse(ruby, &it))?;
    let stop = Stop::default();
    until_interrupted(ruby, &stop, || watch.run(&stop))
}

/// flock(2)
fn lock(file: &File) -> io::Result<bool> {
    // SAFETY: an open file; the call has no memory of ours.
    match unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } {
        0 => Ok(true),
        _ => match io::Error::last_os_error() {
            error if error.kind() == ErrorKind::WouldBlock => Ok(false),
            // A file system without locks: then there are none.
            error if matches!(error.raw_os_error(), Some(libc::ENOLCK | libc::ENOTSUP | libc::EINVAL)) => Ok(true),
            error => Err(error),
        },
    }
}

/// kill(2)
fn end_group(pid: u32) {
    // SAFETY: sends a signal. The group's leader is a child that nobody has waited for, so no other group has this number.
    unsafe { libc::kill(-(pid as i32), libc::SIGKILL) };
}

/// ioctl_tty(2)
fn terminal_size() -> Option<(usize, usize)> {
    // SAFETY: all zeros are a size, and the call writes no more than one.
    let size = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        (libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) == 0).then_some(size)?
    };
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col.into(), size.ws_row.into()))
}
