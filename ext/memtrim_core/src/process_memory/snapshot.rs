//! Every anonymous page of this process at one moment, and what lies in it.

use super::census::{Census, MappedFile, Row};
use super::mappings::{self, Mapping, Use};
use super::Usage;
use std::collections::BTreeMap;
use std::io;

/// What an allocator says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocator {
    /// Bytes handed out and not yet freed.
    pub in_use_bytes: u64,
    /// Bytes taken from the kernel.
    pub mapped_bytes: u64,
}

/// Taken first, then told what lies where ([`Snapshot::block`], [`Snapshot::slot`], …), then summed up.
pub struct Snapshot {
    usage: Usage,
    mappings: Vec<Mapping>,
    last: usize,
    untouched_bytes: u64,
    allocator: Option<Allocator>,
}

impl Snapshot {
    /// # Errors
    /// Off Linux, or where /proc/self/smaps or pagemap can't be read.
    pub fn take() -> io::Result<Snapshot> {
        let (usage, mappings) = mappings::read()?;
        Ok(Snapshot { usage, mappings, last: 0, untouched_bytes: 0, allocator: None })
    }

    /// A live block of the allocator, `recorder` when it is the recorder's own.
    pub fn block(&mut self, address: usize, bytes: usize, recorder: bool) {
        let resident = self.place(address, bytes, |mapping, resident| {
            mapping.blocks += 1;
            *(if recorder { &mut mapping.recorder_bytes } else { &mut mapping.block_bytes }) += resident;
        });
        if !recorder {
            self.untouched_bytes += bytes as u64 - resident;
        }
    }

    /// A live object's slot, `recorder` when it is the recorder's own.
    pub fn slot(&mut self, address: usize, bytes: usize, recorder: bool) {
        self.place(address, bytes, |mapping, resident| {
            *(if recorder { &mut mapping.recorder_bytes } else { &mut mapping.slot_bytes }) += resident;
            if recorder {
                // Its page counts as the Ruby heap's below; the recorder's share must not count twice.
                mapping.heap_page_bytes -= resident as i64;
            }
        });
    }

    /// A page of Ruby's heap, with all its slots, free or not.
    pub fn heap_page(&mut self, address: usize, bytes: usize) {
        self.place(address, bytes, |mapping, resident| mapping.heap_page_bytes += resident as i64);
    }

    /// A page that was Ruby's heap once, on which nothing lives now. Told after all blocks: what was given back
    /// may be theirs.
    pub fn empty_heap_page(&mut self, address: usize, bytes: usize) {
        self.place(address, bytes, |mapping, resident| {
            if mapping.blocks == 0 {
                mapping.heap_page_bytes += resident as i64;
            }
        });
    }

    /// A block that Ruby's heap keeps for a page of its own.
    pub fn heap_bookkeeping(&mut self, address: usize, bytes: usize) {
        self.place(address, bytes, |mapping, resident| {
            mapping.blocks += 1;
            mapping.heap_page_bytes += resident as i64;
        });
    }

    /// Memory that the recorder mapped for itself.
    pub fn recorder_mapping(&mut self, address: usize, bytes: usize) {
        self.place(address, bytes, |mapping, resident| mapping.recorder_bytes += resident);
    }

    /// The content of a young object, should it be in no block.
    pub fn transient(&mut self, address: usize) {
        if let Some(index) = self.find(address) {
            if matches!(self.mappings[index].kind, Use::Anonymous | Use::BehindFile) {
                self.mappings[index].kind = Use::Transient;
            }
        }
    }

    /// A thread's stack pointer: its mapping is that thread's stack.
    pub fn stack_pointer(&mut self, address: usize) {
        if let Some(index) = self.find(address) {
            if self.mappings[index].kind == Use::Anonymous && self.mappings[index].blocks == 0 {
                self.mappings[index].kind = Use::Stack;
            }
        }
    }

    /// What the allocator says of itself: all there is to go by without the counter.
    pub fn allocator(&mut self, allocator: Allocator) {
        self.allocator = Some(allocator);
    }

    /// The rows. `counted`: live blocks were given, so that what is neither a block nor a heap page in a
    /// mapping with blocks is the allocator's free space.
    pub fn census(self, counted: bool) -> Census {
        let (mut objects, mut blocks, mut free_slots, mut free_malloc) = (0, 0, 0, 0);
        let (mut files, mut main_stack, mut stacks, mut transient, mut recorder) = (0, 0, 0, 0, 0);
        let mut elsewhere = 0;
        let mut by_path: BTreeMap<String, MappedFile> = BTreeMap::new();
        for mapping in self.mappings {
            let signed = |bytes: u64| bytes as i64;
            recorder += signed(mapping.recorder_bytes);
            objects += signed(mapping.slot_bytes);
            free_slots += mapping.heap_page_bytes - signed(mapping.slot_bytes);
            blocks += signed(mapping.block_bytes);
            let rest = signed(mapping.anon_bytes)
                - signed(mapping.recorder_bytes)
                - mapping.heap_page_bytes
                - signed(mapping.block_bytes);
            let kind = match mapping.kind {
                Use::BehindFile | Use::Transient if mapping.blocks > 0 => Use::Anonymous,
                Use::BehindFile if mapping.heap_page_bytes > 0 => Use::Anonymous,
                Use::BehindFile => Use::File,
                kind => kind,
            };
            match kind {
                Use::File | Use::BehindFile => files += rest,
                Use::Transient => transient += rest,
                Use::MainStack => main_stack += rest,
                Use::Stack => stacks += rest,
                Use::Heap => free_malloc += rest,
                Use::Anonymous if mapping.blocks > 0 => free_malloc += rest,
                Use::Anonymous => elsewhere += rest,
            }
            if let (Some(path), Use::File) = (mapping.path, kind) {
                let file = by_path.entry(path.clone()).or_insert(MappedFile { path, resident_bytes: 0, anon_bytes: 0 });
                file.resident_bytes += mapping.resident_bytes;
                file.anon_bytes += mapping.anon_bytes;
            }
        }
        if !counted {
            // Without the counter nobody knows where the blocks lie: the allocator's own sums must do.
            if let Some(allocator) = self.allocator {
                let its = (free_malloc + elsewhere).min(allocator.mapped_bytes as i64);
                blocks = (allocator.in_use_bytes as i64).min(its);
                free_malloc = its - blocks;
            }
        }
        let row = |name: &str, bytes: i64| Row { name: name.to_string(), bytes };
        let mut rows = vec![
            row(Row::OBJECTS, objects),
            row(Row::BLOCKS, blocks),
            row(Row::FREE_SLOTS, free_slots),
            row(Row::TRANSIENT, transient),
            row(Row::FREE_MALLOC, free_malloc),
            row(Row::FILES, files),
            row(Row::MAIN_STACK, main_stack),
            row(Row::STACKS, stacks),
            row(Row::RECORDER, recorder),
        ];
        let explained: i64 = rows.iter().map(|row| row.bytes).sum();
        rows.push(row(Row::RESIDUAL, self.usage.anon_bytes as i64 - explained));
        Census {
            usage: self.usage,
            rows,
            files: by_path.into_values().filter(|file| file.path.starts_with('/')).collect(),
            untouched_bytes: self.untouched_bytes,
            allocator_in_use_bytes: self.allocator.map(|allocator| allocator.in_use_bytes),
        }
    }

    /// Adds the resident bytes of a range to each mapping it lies in; their sum.
    fn place(&mut self, address: usize, bytes: usize, mut add: impl FnMut(&mut Mapping, u64)) -> u64 {
        let (mut from, end, mut sum) = (address, address + bytes, 0);
        while from < end {
            let Some(index) = self.find(from) else { return sum };
            let mapping = &mut self.mappings[index];
            let until = end.min(mapping.range.end);
            let resident = mapping.resident(from..until);
            add(mapping, resident);
            sum += resident;
            from = until;
        }
        sum
    }

    fn find(&mut self, address: usize) -> Option<usize> {
        if !self.mappings.get(self.last)?.range.contains(&address) {
            let index = self.mappings.partition_point(|mapping| mapping.range.end <= address);
            if !self.mappings.get(index)?.range.contains(&address) {
                return None;
            }
            self.last = index;
        }
        Some(self.last)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_and_a_touched_block_is_where_it_was_put() {
        let big = std::hint::black_box(vec![1_u8; 8 << 20]);
        // Larger than what glibc ever takes from its heap (mallopt(3), M_MMAP_THRESHOLD): other tests' pages may lie there.
        let untouched: Vec<u8> = std::hint::black_box(Vec::with_capacity(64 << 20));
        let mut snapshot = Snapshot::take().unwrap();
        snapshot.block(big.as_ptr() as usize, big.len(), false);
        snapshot.block(untouched.as_ptr() as usize, untouched.capacity(), false);
        let census = snapshot.census(true);
        assert_eq!(census.rows.iter().map(|row| row.bytes).sum::<i64>(), census.usage.anon_bytes as i64);
        let blocks = census.row(Row::BLOCKS);
        assert!((8 << 20..(8 << 20) + 3 * 4096).contains(&blocks), "{blocks}");
        assert!(census.untouched_bytes > (64 << 20) - 3 * 4096);
        assert!(census.files.iter().any(|file| file.path.contains("libc")));
        let main_stack = census.row(Row::MAIN_STACK);
        assert!((4096..64 << 20).contains(&main_stack), "{main_stack}");
    }
}
