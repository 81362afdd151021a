//! What the interpreter keeps for everybody, and grows by doubling.
//!
//! Its hash tables: all frozen strings, all symbols, all features. Its tables by name: from Ruby 3.2 on the constants
//! that are cached, and the methods that were looked for and are nowhere. What a gem puts into them costs nothing or,
//! where it is the entry too many, megabytes: 4 MB for the 65,537th frozen string. That is no gem's cost, so what
//! programs hold is compared without them (`Recorder.holdings`), and in a recording they are Ruby's.
//!
//! And the collector's own lists, of heap pages, of promoted objects, of what is still to be marked: as long as the
//! moments of collection made them, so they count as the heap's.

use super::heap::Pages;
use super::id_table::IdTable;
use crate::counter::Counter;
#[cfg(target_os = "linux")]
use libc::{c_int, c_void, dl_phdr_info, size_t};
use rustc_hash::FxHashSet;
use std::iter::successors;
use std::ops::Range;

/// How many blocks may lie between the interpreter's own variables and what is looked for: the VM, and what the
/// VM points to (the object space, for one).
const BLOCKS_BETWEEN: usize = 2;
/// Larger blocks are no structs of the VM: its own has 9 to 14 KB.
const LARGEST_STRUCT_BYTES: usize = 32 * 1024;
/// Smaller tables and lists double too, but too little depends on them.
const SMALLEST_ENTRIES: usize = 512;
const SMALLEST_LIST_BYTES: usize = 4096;
/// So many words must be what a list has: the VM's own struct begins with one object.
const FIRST_OF_A_LIST: usize = 4;
/// 500 values and a link (ruby/gc.c, `stack_chunk_t`).
const MARK_STACK_CHUNK_BYTES: usize = 501 * 8;
/// Hash, key and value (ruby/st.c, `struct st_table_entry`).
const ENTRY_BYTES: usize = 24;

/// Addresses of blocks.
#[derive(Default)]
pub struct VmBlocks {
    /// Tables, with their entries and bins.
    pub tables: FxHashSet<usize>,
    pub collector_lists: Vec<usize>,
}

/// Found by their form, as they have no names.
///
/// A table: a word in the interpreter's variables, or in a struct that is reached from there, that is the address
/// of a `struct st_table` (ruby/st.h, public) whose type is one of the interpreter's own and whose entries and
/// bins are live blocks of the sizes it says; or that of an [`IdTable`] (ruby/vm_core.h, `constant_cache` and
/// `negative_cme_table`), which is no class's: objects are no blocks, so theirs are not reached. A list: such a word
/// that is the address of a block that begins with structs of heap pages (ruby/gc.c, `heap_pages.sorted`) or, in the
/// interpreter's variables themselves, with objects (up to Ruby 3.2: ruby/transient_heap.c, `promoted_objects`), or a
/// chain of blocks of the mark stack's size.
pub fn find(counter: &Counter, pages: &Pages) -> VmBlocks {
    let mut found = VmBlocks::default();
    let Some(interpreter) = Interpreter::find() else { return found };
    let mut seen: FxHashSet<usize> = FxHashSet::default();
    let mut ranges = interpreter.variables.clone();
    for between in 0..=BLOCKS_BETWEEN {
        let mut next = Vec::new();
        for word in ranges.iter().flat_map(words) {
            if word % 8 != 0 || !seen.insert(word) {
                continue;
            }
            let bytes = counter.size_of(word);
            if bytes == 0 || pages.is_page(word, bytes) {
                continue;
            }
            let block = word..word + bytes;
            let is_list = |of: &dyn Fn(usize) -> bool| {
                bytes >= SMALLEST_LIST_BYTES && words(&block).take(FIRST_OF_A_LIST).all(of)
            };
            // SAFETY: a live block of this size, which only this thread could free.
            if let Some(table) = unsafe { table_at(counter, &interpreter, word, bytes) } {
                found.tables.extend(table);
            } else if let Some(table) = IdTable::at(counter, word).filter(|table| table.capacity >= SMALLEST_ENTRIES) {
                found.tables.extend([word, table.items]);
            } else if is_list(&|word| pages.is_struct(word)) || between == 0 && is_list(&|word| pages.has_slot(word)) {
                found.collector_lists.push(word);
            } else if bytes == MARK_STACK_CHUNK_BYTES {
                let next = |chunk: &usize| {
                    words(&(*chunk..chunk + bytes)).last().filter(|next| counter.size_of(*next) == bytes)
                };
                found.collector_lists.extend(successors(Some(word), next));
            } else if bytes <= LARGEST_STRUCT_BYTES {
                next.push(block);
            }
        }
        ranges = next;
    }
    found
}

/// The aligned words of a range.
fn words(range: &Range<usize>) -> impl Iterator<Item = usize> {
    let last = range.end.saturating_sub(size_of::<usize>() - 1);
    // SAFETY: callers give mapped, readable memory only: variables, and live blocks.
    (range.start.next_multiple_of(8)..last).step_by(8).map(|address| unsafe { *(address as *const usize) })
}

/// The table's own block with those of its entries and bins, if there is a large table.
unsafe fn table_at(counter: &Counter, interpreter: &Interpreter, address: usize, bytes: usize) -> Option<[usize; 3]> {
    if !(size_of::<rb_sys::st_table>()..2 * size_of::<rb_sys::st_table>()).contains(&bytes) {
        return None;
    }
    // SAFETY: the block is large enough.
    let table = unsafe { &*(address as *const rb_sys::st_table) };
    let (entries, bins) = (table.entries as usize, table.bins as usize);
    let capacity = 1_usize.checked_shl(u32::from(table.entry_power))?;
    let is_one = capacity >= SMALLEST_ENTRIES
        && interpreter.owns(table.type_ as usize)
        && counter.size_of(entries) >= capacity.checked_mul(ENTRY_BYTES)?
        && counter.size_of(bins) >= capacity;
    is_one.then_some([address, entries, bins])
}

/// Where the interpreter itself lies: libruby, or the program when Ruby is linked into it.
struct Interpreter {
    image: Range<usize>,
    variables: Vec<Range<usize>>,
}

impl Interpreter {
    fn find() -> Option<Interpreter> {
        #[allow(unused_mut)]
        let mut found: Option<Interpreter> = None;
        #[cfg(target_os = "linux")]
        // SAFETY: calls back before it returns, with this pointer.
        unsafe {
            libc::dl_iterate_phdr(Some(object), (&raw mut found).cast())
        };
        found
    }

    fn owns(&self, address: usize) -> bool {
        self.image.contains(&address)
    }
}

#[cfg(target_os = "linux")]
unsafe extern "C" fn object(info: *mut dl_phdr_info, _: size_t, found: *mut c_void) -> c_int {
    // SAFETY: dl_iterate_phdr(3): a loaded object with its program headers; `found` is that of `Interpreter::find`.
    let (info, found) = unsafe { (&*info, &mut *found.cast::<Option<Interpreter>>()) };
    // SAFETY: as above.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum as usize) };
    let segments: Vec<(Range<usize>, bool)> = headers
        .iter()
        .filter(|header| header.p_type == libc::PT_LOAD)
        .map(|header| {
            let start = (info.dlpi_addr + header.p_vaddr) as usize;
            (start..start + header.p_memsz as usize, header.p_flags & libc::PF_W != 0)
        })
        .collect();
    let a_function = rb_sys::rb_gc_start as *const () as usize;
    if !segments.iter().any(|(segment, _)| segment.contains(&a_function)) {
        return 0;
    }
    let start = segments.iter().map(|(segment, _)| segment.start).min().unwrap_or(0);
    let end = segments.iter().map(|(segment, _)| segment.end).max().unwrap_or(0);
    let variables = segments.into_iter().filter(|(_, written)| *written).map(|(segment, _)| segment).collect();
    *found = Some(Interpreter { image: start..end, variables });
    1
}
