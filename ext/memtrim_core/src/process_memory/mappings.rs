//! The mappings of this process with their anonymous pages, as the kernel lists them (proc(5): smaps, pagemap).

#[cfg(target_os = "linux")]
mod linux;

use super::Usage;
use std::io;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    File,
    /// Right behind a library's pages: its uninitialized data, unless blocks or heap pages lie in it.
    BehindFile,
    MainStack,
    Stack,
    Anonymous,
    /// Content of young objects lies in it, so it is Ruby's transient heap, unless blocks do too.
    Transient,
    Heap,
}

pub(super) struct Mapping {
    pub range: Range<usize>,
    pub path: Option<String>,
    pub kind: Use,
    pub resident_bytes: u64,
    pub anon_bytes: u64,
    pub blocks: u64,
    pub block_bytes: u64,
    pub slot_bytes: u64,
    pub heap_page_bytes: i64,
    pub recorder_bytes: u64,
    page_bytes: usize,
    /// One bit a page: resident or swapped, and private.
    pages: Vec<u64>,
}

impl Mapping {
    /// Anonymous bytes of a part of it.
    pub fn resident(&self, range: Range<usize>) -> u64 {
        let mut bytes = 0;
        let mut from = range.start;
        while from < range.end {
            let page = (from - self.range.start) / self.page_bytes;
            let until = range.end.min(self.range.start + (page + 1) * self.page_bytes);
            if self.pages.get(page / 64).is_some_and(|word| word & (1 << (page % 64)) != 0) {
                bytes += (until - from) as u64;
            }
            from = until;
        }
        bytes
    }
}

#[cfg(target_os = "linux")]
pub(super) fn read() -> io::Result<(Usage, Vec<Mapping>)> {
    linux::read().map_err(io::Error::other)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn read() -> io::Result<(Usage, Vec<Mapping>)> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "measuring needs Linux with /proc"))
}
