//! Slot address → scope, for every object allocated while recording.
//!
//! One array of 16-bit tags for each heap page, found by the page's address. Nothing is removed when an
//! object is freed: whoever reuses the slot writes its own tag, and one walk over the live objects at
//! the end reads the tags that still mean something.

use super::scopes::{ScopeId, RUBY};
use rustc_hash::FxHashMap;

/// Heap pages are aligned to their size (ruby/gc.c, `HEAP_PAGE_ALIGN_LOG` = 16).
pub const PAGE_BYTES: usize = 1 << 16;

pub struct Tags {
    pages: FxHashMap<usize, u32>,
    arrays: Vec<Box<[u16]>>,
    last_page: usize,
    last_array: usize,
    /// 2³² / slot size, rounded up: a multiplication in place of a division.
    reciprocal: u64,
    slots_per_page: usize,
    overflowed: bool,
}

impl Tags {
    /// `slot_bytes`: the smallest slot size (`GC::INTERNAL_CONSTANTS`, 40 up to Ruby 3.4).
    pub fn new(slot_bytes: usize) -> Self {
        let slot_bytes = slot_bytes.max(8);
        Tags {
            pages: FxHashMap::default(),
            arrays: Vec::new(),
            last_page: usize::MAX,
            last_array: 0,
            reciprocal: (1_u64 << 32).div_ceil(slot_bytes as u64),
            slots_per_page: PAGE_BYTES / slot_bytes + 1,
            overflowed: false,
        }
    }

    /// The object at `address` was allocated in `scope`.
    #[inline]
    pub fn set(&mut self, address: usize, scope: ScopeId) {
        let page = address / PAGE_BYTES;
        if page != self.last_page {
            self.find_page(page);
        }
        let slot = self.slot(address);
        let tag = u16::try_from(scope).unwrap_or_else(|_| {
            self.overflowed = true;
            u16::MAX
        });
        if let Some(cell) = self.arrays.get_mut(self.last_array).and_then(|array| array.get_mut(slot)) {
            *cell = tag;
        }
    }

    /// The scope of a live object; [`RUBY`] for one that was there before recording began.
    pub fn get(&self, address: usize) -> ScopeId {
        let array = self.pages.get(&(address / PAGE_BYTES)).and_then(|index| self.arrays.get(*index as usize));
        match array.and_then(|array| array.get(self.slot(address))) {
            None | Some(0) => RUBY,
            Some(tag) => ScopeId::from(*tag),
        }
    }

    /// Addresses of all heap pages on which an object was ever allocated; some may have been given back.
    pub fn pages(&self) -> impl Iterator<Item = usize> + '_ {
        self.pages.keys().map(|page| page * PAGE_BYTES)
    }

    /// More than 65,535 scopes: the rest share the last tag.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    pub fn bytes(&self) -> usize {
        self.arrays.len() * self.slots_per_page * size_of::<u16>()
            + self.arrays.capacity() * 16
            + self.pages.capacity() * 17
    }

    #[inline]
    fn slot(&self, address: usize) -> usize {
        (((address % PAGE_BYTES) as u64 * self.reciprocal) >> 32) as usize
    }

    #[cold]
    fn find_page(&mut self, page: usize) {
        let (arrays, slots) = (&mut self.arrays, self.slots_per_page);
        let index = *self.pages.entry(page).or_insert_with(|| {
            arrays.push(vec![0; slots].into_boxed_slice());
            arrays.len() as u32 - 1
        });
        self.last_page = page;
        self.last_array = index as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_slot_of_every_size_has_a_tag_of_its_own() {
        for slot_bytes in [32, 40, 80, 160, 320, 640] {
            let mut tags = Tags::new(slot_bytes.min(40));
            let mut model = HashMap::new();
            for page in [0x7f12_3456_usize, 0x7f12_3457, 0x0000_1234] {
                for slot in 0..(PAGE_BYTES - 16) / slot_bytes {
                    let address = page * PAGE_BYTES + 16 + slot * slot_bytes;
                    if address % PAGE_BYTES + slot_bytes <= PAGE_BYTES {
                        let scope = 3 + (model.len() % 60_000) as u32;
                        tags.set(address, scope);
                        model.insert(address, scope);
                    }
                }
            }
            for (address, scope) in model {
                assert_eq!(tags.get(address), scope);
            }
        }
    }

    #[test]
    fn an_untagged_object_belongs_to_ruby() {
        assert_eq!(Tags::new(40).get(0x7000_0000_0000), RUBY);
    }

    #[test]
    fn more_scopes_than_tags_is_noticed() {
        let mut tags = Tags::new(40);
        tags.set(0x10000, 70_000);
        assert!(tags.overflowed());
        assert_eq!(tags.get(0x10000), 65_535);
    }
}
