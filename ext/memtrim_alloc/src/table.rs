//! Live blocks: address → scope, eight bytes an entry.
//!
//! A block's size is not kept: the allocator itself knows it (`malloc_usable_size`), but for one bit, see
//! [`Block::has_remainder`]. Sharded, so that
//! a growing table copies a sixty-fourth of itself at a time and threads rarely meet.

use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

const SHARDS: usize = 64;
const FIRST_CAPACITY: usize = 512;
/// Blocks are at least 8 bytes apart, so the low three bits of an address say nothing.
const ADDRESS_SHIFT: u32 = 3;
/// 45 bits of address (a 48-bit address space) leave 18 for the scope and one for the remainder.
const SCOPE_BITS: u32 = 18;
const SCOPE_MASK: u64 = (1 << SCOPE_BITS) - 1;
const REMAINDER: u64 = 1 << SCOPE_BITS;
const KEY_SHIFT: u32 = SCOPE_BITS + 1;

/// A live block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub address: usize,
    pub scope: u32,
    /// The allocator gave more than was asked for, because the rest was too small for a block of its own.
    pub has_remainder: bool,
}

impl Block {
    fn of(entry: u64) -> Block {
        Block { address: key(entry), scope: (entry & SCOPE_MASK) as u32, has_remainder: entry & REMAINDER != 0 }
    }

    fn entry(self) -> u64 {
        let remainder = if self.has_remainder { REMAINDER } else { 0 };
        (((self.address as u64) >> ADDRESS_SHIFT) << KEY_SHIFT) | remainder | (u64::from(self.scope) & SCOPE_MASK)
    }
}

struct Shard {
    locked: AtomicBool,
    slots: UnsafeCell<Slots>,
}

// SAFETY: `slots` is only reached through `Shard::lock`.
unsafe impl Sync for Shard {}

struct Slots {
    entries: *mut u64,
    capacity: usize,
    len: usize,
}

static TABLE: [Shard; SHARDS] = [const {
    Shard {
        locked: AtomicBool::new(false),
        slots: UnsafeCell::new(Slots { entries: ptr::null_mut(), capacity: 0, len: 0 }),
    }
}; SHARDS];

/// Neighbours in memory are neighbours in the table: blocks of one region share a few cache lines, and are
/// mostly taken and freed together.
const REGION_SHIFT: u32 = 10;

fn hash(address: usize) -> u64 {
    ((address as u64) >> REGION_SHIFT).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A block's place within its region: blocks are mostly 32 bytes apart or more.
fn offset(address: usize) -> usize {
    (address >> 5) & ((1 << (REGION_SHIFT - 5)) - 1)
}

fn shard_of(hash: u64) -> &'static Shard {
    &TABLE[(hash >> 58) as usize]
}

fn key(entry: u64) -> usize {
    ((entry >> KEY_SHIFT) << ADDRESS_SHIFT) as usize
}

/// Remembers a live block.
pub fn insert(block: Block) {
    shard_of(hash(block.address)).with(|slots| slots.insert(block.entry()));
}

/// Forgets a block; what was known of it.
pub fn remove(address: usize) -> Option<Block> {
    shard_of(hash(address)).with(|slots| slots.remove(address)).map(Block::of)
}

/// A live block by its address; none when nothing lives there.
pub fn get(address: usize) -> Option<Block> {
    shard_of(hash(address)).with(|slots| slots.find(address).map(|index| Block::of(slots.as_slice()[index])))
}

/// Gives a live block to another scope; nothing happens when it is not live.
pub fn change_scope(address: usize, scope: u32) {
    if let Some(block) = remove(address) {
        insert(Block { scope, ..block });
    }
}

/// Calls `visit` with every live block. The visitor must not allocate.
pub fn each(mut visit: impl FnMut(Block)) {
    for shard in &TABLE {
        shard.with(|slots| {
            for entry in slots.as_slice() {
                if *entry != 0 {
                    visit(Block::of(*entry));
                }
            }
        });
    }
}

/// Calls `visit(start, bytes)` for every mapping that the table itself uses.
pub fn mappings(mut visit: impl FnMut(usize, usize)) {
    for shard in &TABLE {
        shard.with(|slots| {
            if slots.capacity > 0 {
                visit(slots.entries as usize, mapped_bytes(slots.capacity));
            }
        });
    }
}

pub fn live_blocks() -> usize {
    TABLE.iter().map(|shard| shard.with(|slots| slots.len)).sum()
}

/// Shrinks every shard to its present need: a table keeps the size of its peak otherwise.
pub fn shrink() {
    for shard in &TABLE {
        shard.with(|slots| {
            let wanted = page_entries((slots.len * 10 / 8).max(FIRST_CAPACITY));
            if wanted < slots.capacity {
                slots.resize(wanted);
            }
        });
    }
}

/// Takes every lock: called before a fork, so that no shard is copied in the middle of a change.
pub fn lock_all() {
    for shard in &TABLE {
        shard.lock();
    }
}

/// Gives every lock back: called after a fork, in the parent and in the child.
pub fn unlock_all() {
    for shard in &TABLE {
        shard.unlock();
    }
}

impl Shard {
    fn lock(&self) {
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            spin_loop();
        }
    }

    fn unlock(&self) {
        self.locked.store(false, Ordering::Release);
    }

    fn with<T>(&self, work: impl FnOnce(&mut Slots) -> T) -> T {
        self.lock();
        // SAFETY: the lock is held, so this is the only reference.
        let result = work(unsafe { &mut *self.slots.get() });
        self.unlock();
        result
    }
}

impl Slots {
    fn as_slice(&self) -> &[u64] {
        if self.capacity == 0 {
            return &[];
        }
        // SAFETY: `entries` is a mapping of `capacity` entries, zeroed by the kernel.
        unsafe { std::slice::from_raw_parts(self.entries, self.capacity) }
    }

    fn as_mut_slice(&mut self) -> &mut [u64] {
        if self.capacity == 0 {
            return &mut [];
        }
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.entries, self.capacity) }
    }

    /// The slot where a hash would like to be: a multiplication in place of a division, so that
    /// any capacity will do and growth need not double.
    fn home(&self, address: usize) -> usize {
        let region = ((((hash(address) << 6) >> 32) * self.capacity as u64) >> 32) as usize;
        let index = region + offset(address);
        if index < self.capacity {
            index
        } else {
            index - self.capacity
        }
    }

    fn next(&self, index: usize) -> usize {
        if index + 1 == self.capacity {
            0
        } else {
            index + 1
        }
    }

    fn insert(&mut self, entry: u64) {
        // Fuller tables are searched longer: up to 7/8 a boot took 5 % more CPU.
        if (self.len + 1) * 8 > self.capacity * 5
            && !self.resize(page_entries((self.capacity * 4 / 3).max(FIRST_CAPACITY)))
        {
            return;
        }
        self.place(entry);
    }

    /// Where there is room, however little: a table that has been shrunk is fuller than a growing one.
    fn place(&mut self, entry: u64) {
        let mut index = self.home(key(entry));
        loop {
            let found = self.as_slice()[index];
            if found == 0 {
                self.len += 1;
                break;
            }
            if key(found) == key(entry) {
                break;
            }
            index = self.next(index);
        }
        self.as_mut_slice()[index] = entry;
    }

    fn find(&self, address: usize) -> Option<usize> {
        if self.capacity == 0 {
            return None;
        }
        let mut index = self.home(address);
        loop {
            match self.as_slice()[index] {
                0 => return None,
                found if key(found) == address => return Some(index),
                _ => index = self.next(index),
            }
        }
    }

    fn remove(&mut self, address: usize) -> Option<u64> {
        let index = self.find(address)?;
        let entry = self.as_slice()[index];
        // Backward-shift deletion (Knuth, TAOCP 6.4, algorithm R): no tombstones to clean up later.
        let mut hole = index;
        let mut probe = index;
        loop {
            probe = self.next(probe);
            let candidate = self.as_slice()[probe];
            if candidate == 0 {
                break;
            }
            let home = self.home(key(candidate));
            let stays = if hole <= probe { hole < home && home <= probe } else { hole < home || home <= probe };
            if !stays {
                self.as_mut_slice()[hole] = candidate;
                hole = probe;
            }
        }
        self.as_mut_slice()[hole] = 0;
        self.len -= 1;
        Some(entry)
    }

    /// False when the kernel gives no memory: the block is then not counted, the program goes on.
    fn resize(&mut self, capacity: usize) -> bool {
        let fresh = map(mapped_bytes(capacity));
        if fresh.is_null() {
            return self.len + 1 < self.capacity;
        }
        let old = Slots { entries: self.entries, capacity: self.capacity, len: self.len };
        *self = Slots { entries: fresh, capacity, len: 0 };
        for entry in old.as_slice() {
            if *entry != 0 {
                self.place(*entry);
            }
        }
        if old.capacity > 0 {
            // SAFETY: the mapping came from `map` with this very length and is not referenced any more.
            unsafe { libc::munmap(old.entries.cast(), mapped_bytes(old.capacity)) };
        }
        true
    }
}

/// Rounds a capacity up to whole pages.
fn page_entries(capacity: usize) -> usize {
    capacity.next_multiple_of(512)
}

fn mapped_bytes(capacity: usize) -> usize {
    capacity * size_of::<u64>()
}

fn map(bytes: usize) -> *mut u64 {
    // SAFETY: an anonymous mapping at an address of the kernel's choice.
    let address = unsafe {
        libc::mmap(
            ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if address == libc::MAP_FAILED {
        ptr::null_mut()
    } else {
        address.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// A small generator, so that the test repeats.
    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn agrees_with_a_hash_map_through_growth_deletion_and_shrinking() {
        let mut model: HashMap<usize, Block> = HashMap::new();
        let mut state = 0x1234_5678_9abc_def1;
        for step in 0..400_000_u32 {
            let address = 0x7f00_0000_0000 + (random(&mut state) as usize % 150_000) * 16;
            let block = Block { address, scope: step % (1 << SCOPE_BITS), has_remainder: step % 3 == 0 };
            if random(&mut state) % 5 < 3 {
                insert(block);
                model.insert(address, block);
            } else {
                assert_eq!(get(address), model.get(&address).copied());
                assert_eq!(remove(address), model.remove(&address));
            }
        }
        shrink();
        assert_eq!(live_blocks(), model.len());
        let mut table_bytes = 0;
        mappings(|_, bytes| table_bytes += bytes);
        assert!(table_bytes <= model.len() * 16, "{table_bytes} bytes for {} blocks", model.len());
        let mut seen = HashMap::new();
        each(|block| {
            seen.insert(block.address, block);
        });
        assert_eq!(seen, model);
    }
}
