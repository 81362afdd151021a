//! Slot address → scope, for every object allocated while recording.
//!
//! One array of 16-bit tags for each heap page, found by the page's address. Nothing is removed when an
//! object is freed: whoever reuses the slot writes its own tag, and one walk over the live objects at
//! the end reads the tags that still mean something.
//!
//! From Ruby 3.2 on the slots of a page are 1, 2, 4, 8 or 16 of the smallest ones long (ruby/gc.c, size pools).
//! Nobody tells us which, so a page has tags for the longest at first, and for shorter ones as soon as an object
//! lies where only those could.

use super::scopes::{ScopeId, RUBY};
use rustc_hash::FxHashMap;

/// Heap pages are aligned to their size (ruby/gc.c, `HEAP_PAGE_ALIGN_LOG` = 16).
pub const PAGE_BYTES: usize = 1 << 16;

/// Slots are this many of the smallest ones long, as a power of two, at most.
const LONGEST_SLOT: u32 = 4;

/// The tags of one page. Places are counted in smallest slots; only every 2^`shift`th has an object.
struct PageTags {
    shift: u32,
    /// A place that has one.
    place: u16,
    tags: Box<[u16]>,
}

impl PageTags {
    fn new(place: usize, places: usize, shift: u32) -> Self {
        PageTags { shift, place: place as u16, tags: vec![0; (places >> shift) + 1].into_boxed_slice() }
    }

    /// The bits of a place by which it differs from those that have objects.
    #[inline]
    fn off(&self, place: usize) -> usize {
        (place ^ self.place as usize) & ((1 << self.shift) - 1)
    }

    /// Tags for shorter slots, so that one can begin at this place.
    fn shorten(&self, place: usize, places: usize) -> Self {
        let mut shorter = PageTags::new(place, places, self.off(place).trailing_zeros());
        let first = self.place as usize & ((1 << self.shift) - 1);
        for (index, tag) in self.tags.iter().enumerate() {
            if let Some(cell) = shorter.tags.get_mut(((index << self.shift) | first) >> shorter.shift) {
                *cell = *tag;
            }
        }
        shorter
    }
}

pub struct Tags {
    pages: FxHashMap<usize, u32>,
    arrays: Vec<PageTags>,
    tag_bytes: usize,
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
            tag_bytes: 0,
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
        let place = self.place(address);
        if page != self.last_page {
            self.find_page(page, place);
        }
        let tag = u16::try_from(scope).unwrap_or_else(|_| {
            self.overflowed = true;
            u16::MAX
        });
        let Some(page) = self.arrays.get_mut(self.last_array) else { return };
        if page.off(place) != 0 {
            self.tag_bytes -= page.tags.len() * 2;
            *page = page.shorten(place, self.slots_per_page);
            self.tag_bytes += page.tags.len() * 2;
        }
        if let Some(cell) = page.tags.get_mut(place >> page.shift) {
            *cell = tag;
        }
    }

    /// The scope of a live object; [`RUBY`] for one that was there before recording began.
    pub fn get(&self, address: usize) -> ScopeId {
        let array = self.pages.get(&(address / PAGE_BYTES)).and_then(|index| self.arrays.get(*index as usize));
        let place = self.place(address);
        let tag = array.filter(|page| page.off(place) == 0).and_then(|page| page.tags.get(place >> page.shift));
        match tag {
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
        self.tag_bytes + self.arrays.capacity() * size_of::<PageTags>() + self.pages.capacity() * 17
    }

    /// Which of the page's smallest slots begins at an address.
    #[inline]
    fn place(&self, address: usize) -> usize {
        (((address % PAGE_BYTES) as u64 * self.reciprocal) >> 32) as usize
    }

    #[cold]
    fn find_page(&mut self, page: usize, place: usize) {
        let Tags { arrays, tag_bytes, slots_per_page, .. } = self;
        let index = *self.pages.entry(page).or_insert_with(|| {
            let tags = PageTags::new(place, *slots_per_page, LONGEST_SLOT);
            *tag_bytes += tags.tags.len() * 2;
            arrays.push(tags);
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
    fn long_slots_need_fewer_tags() {
        let bytes = |slot_bytes: usize| {
            let mut tags = Tags::new(40);
            (0..PAGE_BYTES / slot_bytes - 1).for_each(|slot| tags.set(0x10000 + 24 + slot * slot_bytes, 3));
            tags.bytes()
        };
        assert!(bytes(40) > 3_000);
        assert!(bytes(640) < 400, "{}", bytes(640));
    }

    #[test]
    fn a_page_whose_slots_become_shorter_keeps_its_tags() {
        let mut tags = Tags::new(40);
        for (slot_bytes, scope) in [(640, 3), (160, 4), (40, 5)] {
            tags.set(0x10000 + 40 * 16 + slot_bytes, scope);
        }
        for (slot_bytes, scope) in [(640, 3), (160, 4), (40, 5)] {
            assert_eq!(tags.get(0x10000 + 40 * 16 + slot_bytes), scope);
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
