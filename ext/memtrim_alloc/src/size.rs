//! How large a block is, whatever lay free beside it when it was taken.

use crate::next;
use crate::table::Block;
use libc::c_void;

/// glibc's blocks are this far apart (malloc/malloc.c, `MALLOC_ALIGNMENT`), and half of it is the header's.
const GRAIN: usize = 16;
const HEADER: usize = 8;
/// The smallest block (`MINSIZE`), less the header.
const SMALLEST: usize = 24;

/// True when glibc found a piece of free memory that is larger than what was asked for, by too little to make
/// a block of its own of the rest, and gave all of it. That depends on what was freed before, so two runs of the
/// same program differ by it; by rights the rest is free space.
///
/// Other allocators' sizes are never of this form: they have no header within the grain.
#[inline]
pub fn has_remainder(asked: usize, given: usize) -> bool {
    given % GRAIN == HEADER && given == ((asked + HEADER).next_multiple_of(GRAIN) - HEADER).max(SMALLEST) + GRAIN
}

/// Bytes of a live block: what the allocator gave, without a remainder.
pub fn of(block: Block) -> usize {
    // SAFETY: the block is live.
    let given = unsafe { next::usable_size(block.address as *mut c_void) };
    if block.has_remainder {
        given - GRAIN
    } else {
        given
    }
}

#[cfg(test)]
mod tests {
    use super::has_remainder;

    #[test]
    fn a_remainder_is_sixteen_bytes_more_than_needed() {
        assert!(!has_remainder(1, 24));
        assert!(!has_remainder(24, 24));
        assert!(has_remainder(24, 40));
        assert!(!has_remainder(25, 40));
        assert!(has_remainder(100, 120));
        assert!(!has_remainder(100, 104));
        // jemalloc's classes, and a block of whole pages.
        assert!(!has_remainder(100, 112));
        assert!(!has_remainder(144, 160));
        assert!(!has_remainder(200_000, 200_688));
    }
}
