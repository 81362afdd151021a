//! What the interpreter remembers of method calls.
//!
//! A call site and the class of its receiver share a call cache, a small object, and each class has a table of them
//! by the method's name. Whoever calls first makes them; whoever then defines a method, includes a module or
//! refines throws some or all away. They are megabytes that say nothing of what a program holds.
//!
//! Up to Ruby 3.2 `using` empties them all (ruby/vm_method.c, `rb_clear_method_cache_all`). From 3.3 on nothing does
//! (`using` goes for those of refinements only, `rb_clear_all_refinement_method_cache`), so they are told apart.

use super::heap::rb_obj_memsize_of;
use super::id_table::IdTable;
use super::ruby_version;
use crate::counter::Counter;
use rb_sys::VALUE;
use rustc_hash::FxHashSet;
use std::mem::size_of;

/// `imemo_callcache` (ruby/internal/imemo.h, `enum imemo_type` and `imemo_type`), where an object's flags have it.
const CALL_CACHE: usize = 12;
const IMEMO_TYPE_MASK: usize = 0xf;
/// `cc_tbl`, a word of a class's slot: flags, class, superclass and methods come before `struct rb_classext_struct`
/// (ruby/internal/class.h), in which it is the fourth.
const TABLE_WORD: usize = 7;

/// The value for a name in a class's table (ruby/vm_callinfo.h, `struct rb_class_cc_entries`).
#[repr(C)]
struct Entries {
    capacity: i32,
    _length: i32,
    _method: VALUE,
    entries: *const [usize; 2],
}

/// Whether this Ruby's call caches are known by their form.
pub fn are_known() -> bool {
    cfg!(target_pointer_width = "64") && ["3.3.", "3.4."].iter().any(|version| ruby_version().starts_with(version))
}

/// True for a call cache, where they are known.
///
/// # Safety
/// A live object of the interpreter's own type (`T_IMEMO`).
pub unsafe fn is_one(object: VALUE) -> bool {
    // SAFETY: the caller's promise.
    let flags = unsafe { *(object as *const VALUE) as usize };
    flags >> rb_sys::ruby_fl_ushift::RUBY_FL_USHIFT as usize & IMEMO_TYPE_MASK == CALL_CACHE
}

/// The address of a class's table of call caches, 0 without one; and the bytes of it that are in the class's own.
///
/// They are what the class has less without it, so nothing is read here but the class's slot: should the word be
/// another's, Ruby takes 0 for nothing there too.
///
/// # Safety
/// A live class, module or included module's stand-in, where call caches are known; with Ruby's global lock.
pub unsafe fn of_class(class: VALUE) -> (usize, usize) {
    let word = (class as *mut usize).wrapping_add(TABLE_WORD);
    // SAFETY: the slot of a class has 160 bytes (ruby/internal/class.h, `sizeof_rb_classext_t`), and with the lock held
    // nobody else calls a method meanwhile.
    unsafe {
        let table = *word;
        if table == 0 {
            return (0, 0);
        }
        let with = rb_obj_memsize_of(class);
        *word = 0;
        let without = rb_obj_memsize_of(class);
        *word = table;
        (table, with.saturating_sub(without))
    }
}

/// The blocks of a class's table: its own, those of its items, and two for each name.
pub fn blocks(counter: &Counter, address: usize, found: &mut FxHashSet<usize>) {
    let Some(table) = IdTable::at(counter, address) else { return };
    found.extend([address, table.items]);
    for of_name in table.values().filter(|of_name| counter.fits(*of_name, size_of::<Entries>())) {
        found.insert(of_name);
        // SAFETY: a live block that is large enough.
        let Entries { capacity, entries, .. } = unsafe { (of_name as *const Entries).read() };
        if counter.fits(entries as usize, usize::try_from(capacity).unwrap_or(0) * size_of::<[usize; 2]>()) {
            found.insert(entries as usize);
        }
    }
}
