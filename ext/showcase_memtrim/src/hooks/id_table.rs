//! Ruby's tables by name (ruby/id_table.c): of methods, constants, caches. Not public, the same in Ruby 3.1 to 3.4.

use crate::counter::Counter;
use std::mem::size_of;

/// `struct rb_id_table`.
#[repr(C)]
struct Header {
    capacity: i32,
    entries: i32,
    /// Entries, and places that were one.
    used: i32,
    items: *const Item,
}

/// `item_t`, where a pointer has eight bytes. A key is never 0.
#[repr(C)]
struct Item {
    key: u32,
    _collision: i32,
    value: usize,
}

/// A table, found by its form.
pub struct IdTable {
    pub items: usize,
    pub capacity: usize,
}

impl IdTable {
    /// The table at an address, if there is one: a block as large as one, with a capacity that tables have
    /// (`round_capa`), and the address of another block as large as so many items.
    pub fn at(counter: &Counter, address: usize) -> Option<IdTable> {
        if !counter.fits(address, size_of::<Header>()) {
            return None;
        }
        // SAFETY: a live block that is large enough; blocks are aligned for any type.
        let Header { capacity, entries, used, items } = unsafe { (address as *const Header).read() };
        let (items, places) = (items as usize, usize::try_from(capacity).ok()?);
        let is_one = places.is_power_of_two()
            && (0..=used).contains(&entries)
            && used <= capacity
            && counter.fits(items, places * size_of::<Item>());
        is_one.then_some(IdTable { items, capacity: places })
    }

    pub fn values(&self) -> impl Iterator<Item = usize> {
        // SAFETY: `at` saw a live block of this size, which only this thread could free; Ruby fills it with zeros.
        let items = unsafe { std::slice::from_raw_parts(self.items as *const Item, self.capacity) };
        items.iter().filter(|item| item.key != 0).map(|item| item.value)
    }
}
