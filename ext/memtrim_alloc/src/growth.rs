//! Tables that grow by copying: a larger block is taken, filled, and the old one freed.
//!
//! Ruby's hash tables, its table of all frozen strings among them, grow that way, at whatever moment the
//! next entry comes. Whoever brings that entry did not make the table: so the new block inherits the old
//! one's scope, as it does where `realloc` is used.

use std::cell::Cell;

/// Smaller tables double too, but too little depends on who pays for it.
const SMALLEST_BYTES: usize = 4 * 1024;
/// Allocator calls of the thread within which the old block must be freed: a rebuild does little else, unless a
/// collection runs in the middle of it, and that is the likelier the larger the table.
fn window(bytes: usize) -> u32 {
    if bytes < 16 * 1024 {
        4
    } else {
        (bytes / 256).min(1024) as u32
    }
}

const REMEMBERED: usize = 4;
const LARGE_BYTES: usize = 128 * 1024;

#[derive(Clone, Copy)]
struct Fresh {
    address: usize,
    bytes: usize,
    call: u32,
}

const NONE: Fresh = Fresh { address: 0, bytes: 0, call: 0 };

/// What one thread remembers.
pub struct Growth {
    /// Calls left in which an old block may still be freed; 0 almost always.
    left: Cell<u32>,
    calls: Cell<u32>,
    fresh: Cell<[Fresh; REMEMBERED]>,
}

impl Growth {
    pub const fn new() -> Self {
        Growth { left: Cell::new(0), calls: Cell::new(0), fresh: Cell::new([NONE; REMEMBERED]) }
    }

    /// A block was taken.
    #[inline]
    pub fn allocated(&self, address: usize, bytes: usize) {
        if bytes >= SMALLEST_BYTES || self.left.get() > 0 {
            self.follow(address, bytes);
        }
    }

    #[cold]
    fn follow(&self, address: usize, bytes: usize) {
        let call = self.calls.get().wrapping_add(1);
        self.calls.set(call);
        self.left.set(self.left.get().saturating_sub(1));
        if bytes >= SMALLEST_BYTES {
            let mut list = self.fresh.get();
            list.rotate_right(1);
            list[0] = Fresh { address, bytes, call };
            self.fresh.set(list);
            self.left.set(self.left.get().max(window(bytes)));
        }
    }

    /// True when a block freed now may be an old table whose larger copy was just taken.
    #[inline]
    pub fn is_possible(&self) -> bool {
        self.left.get() > 0
    }

    /// The block that a freed one of this size has grown into, if there is one.
    #[cold]
    pub fn copy_of(&self, freed_bytes: usize) -> Option<usize> {
        if freed_bytes < SMALLEST_BYTES / 4 {
            return None;
        }
        let (mut list, now) = (self.fresh.get(), self.calls.get());
        let grown = list.iter_mut().find(|fresh| {
            fresh.address != 0
                && now.wrapping_sub(fresh.call) <= window(fresh.bytes)
                && is_rebuilt(freed_bytes, fresh.bytes)
        })?;
        let address = grown.address;
        *grown = NONE;
        self.fresh.set(list);
        Some(address)
    }
}

/// True when a table of the freed size becomes one of the fresh size: twice as large; a large one also as
/// large as before, or half, when entries were deleted meanwhile. Exact but for what the allocator rounds up,
/// as a collection may free other blocks at the same time.
fn is_rebuilt(freed_bytes: usize, fresh_bytes: usize) -> bool {
    let is = |wanted: usize, rounding: usize| fresh_bytes <= wanted && fresh_bytes + rounding >= wanted;
    let rounding = rounding(freed_bytes);
    // Four times: the index of a hash table whose entries are now counted in 32 bits (ruby/st.c, `bins_size`).
    is(freed_bytes * 2, rounding * 2)
        || fresh_bytes >= LARGE_BYTES && is(freed_bytes * 4, rounding * 4)
        || freed_bytes >= LARGE_BYTES && (is(freed_bytes, rounding) || is(freed_bytes / 2, rounding))
}

/// What an allocator may add to a block of this size: large ones are whole pages.
fn rounding(bytes: usize) -> usize {
    if bytes < LARGE_BYTES {
        64
    } else {
        4096 + 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_larger_block_taken_just_before_is_a_copy() {
        let growth = Growth::new();
        growth.allocated(0x1000, 64 * 1024);
        assert!(growth.is_possible());
        assert_eq!(growth.copy_of(100), None);
        assert_eq!(growth.copy_of(60 * 1024), None);
        assert_eq!(growth.copy_of(40 * 1024), None);
        assert_eq!(growth.copy_of(32 * 1024 + 8), Some(0x1000));
        assert_eq!(growth.copy_of(32 * 1024 + 8), None);
        growth.allocated(0x2000, 64 * 1024);
        for small in 0..window(64 * 1024) as usize {
            growth.allocated(0x9000 + small, 16);
        }
        assert!(!growth.is_possible());
    }
}
