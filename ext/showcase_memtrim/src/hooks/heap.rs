//! One walk over Ruby's heap at the end: whose objects are still alive.

use crate::session::TAGS;
use memtrim_core::process_memory::Snapshot;
use memtrim_core::recorder::{ScopeId, RECORDER};
use memtrim_core::recording::{Link, Tally};
use rb_sys::VALUE;
use std::collections::HashSet;
use std::ffi::{c_int, c_void};

extern "C" {
    /// Calls back for every heap page with its slots (ruby/gc.c; the objspace extension uses it too).
    fn rb_objspace_each_objects(
        callback: unsafe extern "C" fn(*mut c_void, *mut c_void, usize, *mut c_void) -> c_int,
        data: *mut c_void,
    );
    /// Bytes of an object with what it owns outside its slot (ruby/gc.c; `ObjectSpace.memsize_of`).
    fn rb_obj_memsize_of(object: VALUE) -> usize;
}

/// What the walk finds.
pub struct Walk<'a> {
    pub snapshot: Option<&'a mut Snapshot>,
    /// By scope.
    pub tallies: Vec<Tally>,
    pub links: HashSet<Link>,
    heap_pages: HashSet<usize>,
    page_bytes: usize,
}

impl<'a> Walk<'a> {
    /// `page_bytes`: the size and alignment of Ruby's heap pages.
    pub fn new(scopes: usize, page_bytes: usize, snapshot: Option<&'a mut Snapshot>) -> Self {
        let tallies = (0..scopes).map(|scope| Tally { scope: scope as ScopeId, ..Tally::default() }).collect();
        Walk { snapshot, tallies, links: HashSet::with_capacity(4096), heap_pages: HashSet::with_capacity(1024), page_bytes: page_bytes.max(4096) }
    }

    pub fn tally(&mut self, scope: ScopeId) -> &mut Tally {
        let known = (scope as usize).min(self.tallies.len() - 1);
        &mut self.tallies[known]
    }

    /// Walks the heap. Nothing is allocated by Ruby meanwhile, so nothing moves or dies.
    ///
    /// # Safety
    /// With Ruby's global lock, right after a full collection.
    pub unsafe fn run(&mut self) {
        // SAFETY: `self` outlives the walk.
        unsafe { rb_objspace_each_objects(page, (&raw mut *self).cast()) };
    }

    /// A live block of the allocator. Ruby's heap pages are blocks too on some platforms; their slots are
    /// counted one by one.
    pub fn block(&mut self, address: usize, bytes: usize, scope: ScopeId) {
        if bytes >= self.page_bytes / 2 && self.heap_pages.contains(&address.next_multiple_of(self.page_bytes)) {
            return;
        }
        let tally = self.tally(scope);
        tally.blocks += 1;
        tally.block_bytes += bytes as u64;
        if let Some(snapshot) = self.snapshot.as_deref_mut() {
            snapshot.block(address, bytes, scope == RECORDER);
        }
    }

    unsafe fn object(&mut self, address: usize, slot_bytes: usize) {
        let object = address as VALUE;
        // SAFETY: `address` is a slot of a heap page; its flags say whether an object lives there.
        let (flags, class) = unsafe { (*(address as *const VALUE), *(address as *const VALUE).add(1)) };
        let kind = (flags as usize & 0x1f) as u32;
        let dead = [rb_sys::RUBY_T_NONE as u32, rb_sys::RUBY_T_ZOMBIE as u32, rb_sys::RUBY_T_MOVED as u32];
        if dead.contains(&kind) {
            return;
        }
        let scope = tag(object);
        // SAFETY: a live object.
        let retained = unsafe { rb_obj_memsize_of(object) };
        let tally = self.tally(scope);
        tally.objects += 1;
        tally.slot_bytes += slot_bytes as u64;
        tally.retained_bytes += retained as u64;
        if let Some(snapshot) = self.snapshot.as_deref_mut() {
            snapshot.slot(address, slot_bytes, scope == RECORDER);
        }
        if kind == rb_sys::RUBY_T_ICLASS as u32 {
            // An included module's stand-in: its class is the module.
            self.link(scope, tag(class));
        } else if kind == rb_sys::RUBY_T_CLASS as u32 {
            // SAFETY: a live class; one that was allocated and never initialized has no superclass yet.
            unsafe {
                if rb_sys::rb_class_get_superclass(object) != 0 {
                    self.link(scope, tag(rb_sys::rb_class_superclass(object)));
                }
            }
        }
    }

    fn link(&mut self, from: ScopeId, to: ScopeId) {
        if from != to {
            self.links.insert(Link { from, to });
        }
    }
}

unsafe extern "C" fn page(start: *mut c_void, end: *mut c_void, slot_bytes: usize, data: *mut c_void) -> c_int {
    // SAFETY: `data` is the Walk of `run`.
    let walk = unsafe { &mut *data.cast::<Walk>() };
    let page = start as usize / walk.page_bytes * walk.page_bytes;
    walk.heap_pages.insert(page);
    if let Some(snapshot) = walk.snapshot.as_deref_mut() {
        snapshot.heap_page(page, walk.page_bytes);
    }
    let mut address = start as usize;
    while address < end as usize {
        // SAFETY: every multiple of the slot size from start to end is a slot.
        unsafe { walk.object(address, slot_bytes) };
        address += slot_bytes;
    }
    0
}

fn tag(object: VALUE) -> ScopeId {
    TAGS.with(|tags| tags.as_ref().map_or(memtrim_core::recorder::RUBY, |tags| tags.get(object as usize)))
}
