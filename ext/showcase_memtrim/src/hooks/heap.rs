//! One walk over Ruby's heap at the end: whose objects are still alive.

use super::vm_blocks::{self, VmBlocks};
use super::{call_caches, ruby_version};
use crate::counter::Counter;
use crate::session::{scope_of, TAGS};
use memtrim_core::process_memory::Snapshot;
use memtrim_core::recorder::{ScopeId, RECORDER, RUBY};
use memtrim_core::recording::{Link, Tally};
use rb_sys::VALUE;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ffi::{c_int, c_void};

extern "C" {
    /// Calls back for every heap page with its slots (ruby/gc.c; the objspace extension uses it too).
    fn rb_objspace_each_objects(
        callback: unsafe extern "C" fn(*mut c_void, *mut c_void, usize, *mut c_void) -> c_int,
        data: *mut c_void,
    );
    /// Bytes of an object with what it owns outside its slot (ruby/gc.c; `ObjectSpace.memsize_of`).
    pub fn rb_obj_memsize_of(object: VALUE) -> usize;
}

/// Where new arrays keep their content, where this Ruby has a transient heap: some in it (it stays where it is
/// for the life of the process), some perhaps in blocks. Empty from Ruby 3.3 on.
pub fn transient_addresses() -> Vec<usize> {
    let layout = ContentLayout::of_this_ruby();
    let (Some(_), Some(word)) = (layout.object_word, layout.word(ARRAY)) else {
        return Vec::new();
    };
    // SAFETY: live arrays with room for more elements than fit into a slot, so their content is elsewhere.
    (8..24).map(|capacity| unsafe { *(rb_sys::rb_ary_new_capa(capacity) as *const usize).add(word) }).collect()
}

const IMEMO: u32 = rb_sys::RUBY_T_IMEMO as u32;
const DATA: u32 = rb_sys::RUBY_T_DATA as u32;
const ARRAY: u32 = rb_sys::RUBY_T_ARRAY as u32;
/// Flags, class, length and capacity come before it (ruby/internal/core/rarray.h, `struct RArray`).
const ARRAY_CONTENT_WORD: usize = 4;
/// The types that have methods, with included modules' stand-ins.
const CLASSES: [u32; 3] = [rb_sys::RUBY_T_CLASS as u32, rb_sys::RUBY_T_MODULE as u32, rb_sys::RUBY_T_ICLASS as u32];

/// What the walk finds.
pub struct Walk<'a> {
    pub snapshot: Option<&'a mut Snapshot>,
    /// By scope.
    pub tallies: Vec<Tally>,
    pub links: FxHashSet<Link>,
    /// The interpreter's own tables and call caches, which are in no scope's tally.
    pub interpreter: Tally,
    interpreter_blocks: FxHashSet<usize>,
    call_caches_known: bool,
    call_cache_tables: Vec<usize>,
    vm_class: Option<usize>,
    /// Where the list of all features lies.
    features: Option<usize>,
    pages: Pages,
    /// Blocks whose scope is that of the object they belong to.
    content: FxHashMap<usize, ScopeId>,
    layout: ContentLayout,
}

/// Ruby's heap: its pages, each with a struct of the collector's, a block of the allocator.
pub struct Pages {
    addresses: FxHashSet<usize>,
    structs: FxHashSet<usize>,
    /// Size and alignment.
    page_bytes: usize,
}

impl Pages {
    /// True for a block that is a page (or holds one), where Ruby's pages are blocks.
    pub fn is_page(&self, address: usize, bytes: usize) -> bool {
        let page = address.next_multiple_of(self.page_bytes);
        page + self.page_bytes <= address + bytes && self.addresses.contains(&page)
    }

    pub fn is_struct(&self, address: usize) -> bool {
        self.structs.contains(&address)
    }

    pub fn has_slot(&self, address: usize) -> bool {
        self.addresses.contains(&(address / self.page_bytes * self.page_bytes))
    }
}

/// Where objects keep the address of their content.
///
/// An array's content belongs to the array, whoever made it grow. Up to Ruby 3.2 that holds for hashes, structs
/// and objects too: new ones have their content in the transient heap, and the collection that moves it into a
/// block runs in whatever scope happens to be current (ruby/transient_heap.c).
#[derive(Clone, Copy)]
pub struct ContentLayout {
    /// Word of `ROBJECT_IVPTR` in a slot: 3 in Ruby 3.1, 2 in 3.2; none without a transient heap.
    object_word: Option<usize>,
}

impl ContentLayout {
    /// The word of a slot that may hold the address of the content of an object of this type.
    fn word(self, kind: u32) -> Option<usize> {
        match kind {
            ARRAY => Some(ARRAY_CONTENT_WORD),
            kind if kind == rb_sys::RUBY_T_HASH as u32 => self.object_word.map(|_| 2),
            kind if kind == rb_sys::RUBY_T_STRUCT as u32 => self.object_word.map(|_| 3),
            kind if kind == rb_sys::RUBY_T_OBJECT as u32 => self.object_word,
            _ => None,
        }
    }

    fn of_this_ruby() -> ContentLayout {
        let object_word = match ruby_version() {
            version if version.starts_with("3.1.") => Some(3),
            version if version.starts_with("3.2.") => Some(2),
            _ => None,
        };
        ContentLayout { object_word }
    }
}

impl<'a> Walk<'a> {
    /// `page_bytes`: the size and alignment of Ruby's heap pages.
    pub fn new(scopes: usize, page_bytes: usize, snapshot: Option<&'a mut Snapshot>) -> Self {
        let tallies = (0..scopes).map(|scope| Tally { scope: scope as ScopeId, ..Tally::default() }).collect();
        Walk {
            snapshot,
            tallies,
            links: FxHashSet::with_capacity_and_hasher(4096, Default::default()),
            interpreter: Tally { scope: RUBY, ..Tally::default() },
            interpreter_blocks: FxHashSet::default(),
            call_caches_known: call_caches::are_known(),
            call_cache_tables: Vec::new(),
            vm_class: vm_class(),
            features: features(),
            pages: Pages {
                addresses: FxHashSet::with_capacity_and_hasher(1024, Default::default()),
                structs: FxHashSet::with_capacity_and_hasher(1024, Default::default()),
                page_bytes: page_bytes.max(4096),
            },
            content: FxHashMap::default(),
            layout: ContentLayout::of_this_ruby(),
        }
    }

    /// Pages that Ruby keeps for later, all their slots free: the walk does not visit them.
    pub fn empty_pages(&mut self) {
        let (walked, page_bytes) = (&self.pages.addresses, self.pages.page_bytes);
        let Some(snapshot) = self.snapshot.as_deref_mut() else { return };
        // Smaller pages (Ruby 3.1) are not told apart by the tags, and are given back when they are empty.
        if page_bytes == memtrim_core::recorder::PAGE_BYTES {
            TAGS.with(|tags| {
                for page in tags.iter().flat_map(|tags| tags.pages()).filter(|page| !walked.contains(page)) {
                    snapshot.empty_heap_page(page, page_bytes);
                }
            });
        }
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

    /// Walks the blocks, after the heap: see [`Walk::run`].
    pub fn run_blocks(&mut self, counter: &Counter) {
        let VmBlocks { tables, collector_lists } = vm_blocks::find(counter, &self.pages);
        self.pages.structs.extend(collector_lists);
        self.interpreter_blocks.extend(tables);
        for table in std::mem::take(&mut self.call_cache_tables) {
            call_caches::blocks(counter, table, &mut self.interpreter_blocks);
        }
        counter.each(|address, bytes, scope| self.block(address, bytes, scope));
    }

    /// A live block of the allocator.
    ///
    /// Ruby's heap pages are blocks too on some platforms; their slots are counted one by one. And what the collector
    /// keeps for each page belongs to the page, free slots and all: how many pages there are depends on the
    /// moments of collection, not on what the program holds.
    fn block(&mut self, address: usize, bytes: usize, scope: ScopeId) {
        if self.pages.is_struct(address) {
            if let Some(snapshot) = self.snapshot.as_deref_mut() {
                snapshot.heap_bookkeeping(address, bytes);
            }
            return;
        }
        if self.pages.is_page(address, bytes) {
            return;
        }
        let scope = self.content.get(&address).copied().unwrap_or(scope);
        let is_interpreters = self.interpreter_blocks.contains(&address);
        let tally = if is_interpreters { &mut self.interpreter } else { self.tally(scope) };
        tally.blocks += 1;
        tally.block_bytes += bytes as u64;
        if let Some(snapshot) = self.snapshot.as_deref_mut() {
            snapshot.block(address, bytes, scope == RECORDER && !is_interpreters);
        }
    }

    unsafe fn object(&mut self, address: usize, slot_bytes: usize) {
        let object = address as VALUE;
        // SAFETY: `address` is a slot of a heap page; its flags say whether an object lives there.
        let kind = unsafe { kind_of(object) };
        let dead = [rb_sys::RUBY_T_NONE as u32, rb_sys::RUBY_T_ZOMBIE as u32, rb_sys::RUBY_T_MOVED as u32];
        if dead.contains(&kind) {
            return;
        }
        let scope = scope_of(object as usize);
        // SAFETY: a live object.
        let mut retained = unsafe { rb_obj_memsize_of(object) };
        if self.call_caches_known && CLASSES.contains(&kind) {
            // SAFETY: a live object of such a type.
            let (table, bytes) = unsafe { call_caches::of_class(object) };
            self.call_cache_tables.push(table);
            self.interpreter.retained_bytes += bytes as u64;
            retained -= bytes;
        }
        // SAFETY: a live object.
        let is_interpreters = unsafe { self.is_interpreters(object, kind) };
        let tally = if is_interpreters { &mut self.interpreter } else { self.tally(scope) };
        tally.objects += 1;
        tally.slot_bytes += slot_bytes as u64;
        tally.retained_bytes += retained as u64;
        if let Some(snapshot) = self.snapshot.as_deref_mut() {
            snapshot.slot(address, slot_bytes, scope == RECORDER && !is_interpreters);
        }
        if let Some(word) = self.layout.word(kind) {
            // SAFETY: every slot has at least five words.
            let content = unsafe { *(address as *const usize).add(word) };
            if is_interpreters {
                self.interpreter_blocks.insert(content);
            }
            // Arrays may share it: it is the oldest one's.
            self.content.entry(content).and_modify(|known| *known = scope.min(*known)).or_insert(scope);
        }
        if kind == rb_sys::RUBY_T_CLASS as u32 || kind == rb_sys::RUBY_T_MODULE as u32 {
            // SAFETY: a live class or module.
            unsafe { self.links_of(object, scope) };
        }
    }

    /// A call cache, where they are known; the interpreter's one object; or the list of all features, which shares its
    /// elements with a copy to see changes by (ruby/load.c, `reset_loaded_features_snapshot`). Whoever required something
    /// when it had to grow made the object that owns them.
    unsafe fn is_interpreters(&self, object: VALUE, kind: u32) -> bool {
        // SAFETY: the caller's promise: a live object of this type, whose slot has at least five words; the second is
        // its class, and the fifth of an array where its elements are.
        let word = |index| unsafe { *(object as *const usize).add(index) };
        match kind {
            // SAFETY: a live object of this type.
            IMEMO => self.call_caches_known && unsafe { call_caches::is_one(object) },
            DATA => self.vm_class == Some(word(1)),
            ARRAY => self.features == Some(word(ARRAY_CONTENT_WORD)),
            _ => false,
        }
    }

    /// A class needs its superclass, and it and a module need the modules that they include themselves. What
    /// those modules include in turn is their own affair: it stands in the class's chain only as a copy.
    unsafe fn links_of(&mut self, class: VALUE, scope: ScopeId) {
        let mut inherited: Vec<VALUE> = Vec::new();
        let mut next = class;
        // SAFETY: a live object's flags.
        let is_singleton =
            unsafe { *(class as *const VALUE) } as usize & rb_sys::ruby_fl_type::RUBY_FL_SINGLETON as usize != 0;
        loop {
            // SAFETY: `next` is a class, a module or an included module's stand-in; the chain ends with 0.
            next = unsafe { rb_sys::rb_class_get_superclass(next) };
            if next == 0 || next == rb_sys::Qfalse as VALUE {
                return;
            }
            // SAFETY: a live object.
            if unsafe { kind_of(next) } != rb_sys::RUBY_T_ICLASS as u32 {
                // A singleton class is made when first needed, by anybody.
                if !is_singleton {
                    self.link(Link { from: scope, to: scope_of(next as usize), superclass: true });
                }
                return;
            }
            // SAFETY: a stand-in's class is the module; after a prepend it is the class itself.
            let module = unsafe { *(next as *const VALUE).add(1) };
            if module != class && !inherited.contains(&module) {
                let (from, to) = (scope_of(next as usize), scope_of(module as usize));
                self.link(Link { from, to, superclass: false });
                // SAFETY: a live module.
                unsafe { included(module, &mut inherited) };
            }
        }
    }

    fn link(&mut self, link: Link) {
        if link.from != link.to {
            self.links.insert(link);
        }
    }
}

/// The class of the interpreter's one object, which has the sizes of its tables for its own from Ruby 3.2 on
/// (ruby/vm.c, `vm_memsize`).
fn vm_class() -> Option<usize> {
    // SAFETY: with Ruby's global lock; a constant that is there, and never an autoload.
    unsafe {
        let name = rb_sys::rb_intern(c"RubyVM".as_ptr());
        (rb_sys::rb_const_defined(rb_sys::rb_cObject, name) != 0)
            .then(|| rb_sys::rb_const_get(rb_sys::rb_cObject, name) as usize)
    }
}

/// Where `$LOADED_FEATURES` has its elements: they are too many for a slot.
fn features() -> Option<usize> {
    // SAFETY: with Ruby's global lock; a variable that is always there. An array's slot has at least five words.
    unsafe {
        let features = rb_sys::rb_gv_get(c"$LOADED_FEATURES".as_ptr());
        rb_sys::RB_TYPE_P(features, rb_sys::RUBY_T_ARRAY)
            .then(|| *(features as *const usize).add(ARRAY_CONTENT_WORD))
            .filter(|content| *content != 0)
    }
}

/// The modules in another module's chain.
unsafe fn included(module: VALUE, found: &mut Vec<VALUE>) {
    let mut next = module;
    loop {
        // SAFETY: as `links_of`.
        next = unsafe { rb_sys::rb_class_get_superclass(next) };
        // SAFETY: a live object, checked before it is read.
        if next == 0 || unsafe { kind_of(next) } != rb_sys::RUBY_T_ICLASS as u32 {
            return;
        }
        // SAFETY: as `links_of`.
        found.push(unsafe { *(next as *const VALUE).add(1) });
    }
}

/// The type in an object's flags (ruby/internal/value_type.h).
unsafe fn kind_of(object: VALUE) -> u32 {
    // SAFETY: the caller's promise: a slot of the heap.
    unsafe { (*(object as *const VALUE) as usize & 0x1f) as u32 }
}

unsafe extern "C" fn page(start: *mut c_void, end: *mut c_void, slot_bytes: usize, data: *mut c_void) -> c_int {
    // SAFETY: `data` is the Walk of `run`.
    let walk = unsafe { &mut *data.cast::<Walk>() };
    let page_bytes = walk.pages.page_bytes;
    let page = start as usize / page_bytes * page_bytes;
    walk.pages.addresses.insert(page);
    // SAFETY: a heap page begins with the pointer to its struct (ruby/gc.c, `struct heap_page_header`); should
    // that change, the value is simply no live block's address.
    walk.pages.structs.insert(unsafe { *(page as *const usize) });
    if let Some(snapshot) = walk.snapshot.as_deref_mut() {
        snapshot.heap_page(page, page_bytes);
    }
    let mut address = start as usize;
    while address < end as usize {
        // SAFETY: every multiple of the slot size from start to end is a slot.
        unsafe { walk.object(address, slot_bytes) };
        address += slot_bytes;
    }
    0
}
