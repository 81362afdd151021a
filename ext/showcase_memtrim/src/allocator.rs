//! This library's own memory: in mappings of its own, so that recording neither moves the program's blocks
//! about nor is mistaken for them.
//!
//! Small blocks come from chunks by size class, large ones are mappings. Nothing here is on a hot path: the
//! recorder allocates a few thousand times in a boot.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Once;

const CHUNK_BYTES: usize = 256 * 1024;
const LARGE_BYTES: usize = 32 * 1024;
const PAGE_BYTES: usize = 4096;
/// Multiples of 16 up to 512, then four steps to each doubling, up to [`LARGE_BYTES`].
const CLASSES: usize = 32 + 4 * 6;
const MAPPINGS: usize = 4096;

struct Own {
    locked: AtomicBool,
    heap: UnsafeCell<Heap>,
}

struct Heap {
    free: [*mut u8; CLASSES],
    chunk: *mut u8,
    chunk_left: usize,
    /// Start and length of every mapping; a length of 0 is a vacant place.
    mappings: [(usize, usize); MAPPINGS],
    mapped: usize,
}

// SAFETY: the heap is only reached with the lock held.
unsafe impl Sync for Own {}

#[global_allocator]
static OWN: Own = Own {
    locked: AtomicBool::new(false),
    heap: UnsafeCell::new(Heap {
        free: [ptr::null_mut(); CLASSES],
        chunk: ptr::null_mut(),
        chunk_left: 0,
        mappings: [(0, 0); MAPPINGS],
        mapped: 0,
    }),
};

static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Bytes that this library holds now.
pub fn bytes() -> usize {
    BYTES.load(Ordering::Relaxed)
}

/// The mappings that hold them: start, bytes. `visit` must not allocate.
pub fn mappings(mut visit: impl FnMut(usize, usize)) {
    OWN.with(|heap| {
        for (start, bytes) in &heap.mappings[..heap.mapped] {
            if *bytes > 0 {
                visit(*start, *bytes);
            }
        }
    });
}

/// A forked child must not inherit a lock that another thread held.
pub fn unlock_after_fork() {
    OWN.locked.store(false, Ordering::Release);
}

/// From now on a fork waits until no thread is in here, so that the child's heap is whole. Only for programs in which
/// threads without the GVL allocate: with it, none is in here when another one forks.
pub fn hold_across_forks() {
    static ONCE: Once = Once::new();
    // SAFETY: registers functions that live as long as the process (pthread_atfork(3)).
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(Some(lock_for_fork), Some(unlock_for_fork), Some(unlock_for_fork));
    });
}

extern "C" fn lock_for_fork() {
    OWN.lock();
}

extern "C" fn unlock_for_fork() {
    OWN.locked.store(false, Ordering::Release);
}

fn class_of(size: usize) -> usize {
    if size <= 512 {
        return size.max(1).div_ceil(16) - 1;
    }
    let doubling = (size - 1).ilog2() as usize - 9;
    let step = (size - 1) >> (doubling + 7) & 3;
    32 + doubling * 4 + step
}

fn class_bytes(class: usize) -> usize {
    if class < 32 {
        return (class + 1) * 16;
    }
    let (doubling, step) = ((class - 32) / 4, (class - 32) % 4);
    (512 << doubling) + ((step + 1) << (doubling + 7))
}

fn is_large(layout: Layout) -> bool {
    layout.size() > LARGE_BYTES || layout.align() > 16
}

impl Own {
    fn lock(&self) {
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::hint::spin_loop();
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Heap) -> T) -> T {
        self.lock();
        // SAFETY: the lock is held.
        let result = work(unsafe { &mut *self.heap.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

impl Heap {
    fn small(&mut self, class: usize) -> *mut u8 {
        let first = self.free[class];
        if !first.is_null() {
            // SAFETY: a free block's first word is the next free block.
            self.free[class] = unsafe { *first.cast::<*mut u8>() };
            return first;
        }
        let size = class_bytes(class);
        if self.chunk_left < size {
            self.chunk = self.map(CHUNK_BYTES);
            self.chunk_left = if self.chunk.is_null() { 0 } else { CHUNK_BYTES };
            if self.chunk.is_null() {
                return ptr::null_mut();
            }
        }
        let block = self.chunk;
        // SAFETY: `chunk_left` bytes follow.
        self.chunk = unsafe { self.chunk.add(size) };
        self.chunk_left -= size;
        block
    }

    fn give_back(&mut self, block: *mut u8, class: usize) {
        // SAFETY: a block of at least 16 bytes that nobody uses any more.
        unsafe { *block.cast::<*mut u8>() = self.free[class] };
        self.free[class] = block;
    }

    fn map(&mut self, bytes: usize) -> *mut u8 {
        // SAFETY: an anonymous mapping at an address of the kernel's choice.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        let place = match self.mappings[..self.mapped].iter().position(|(_, bytes)| *bytes == 0) {
            Some(place) => place,
            None if self.mapped < MAPPINGS => {
                self.mapped += 1;
                self.mapped - 1
            }
            // More mappings than can be told: they are then in the report's residual.
            None => return start.cast(),
        };
        self.mappings[place] = (start as usize, bytes);
        start.cast()
    }

    fn unmap(&mut self, start: *mut u8, bytes: usize) {
        if let Some(mapping) = self.mappings[..self.mapped].iter_mut().find(|mapping| mapping.0 == start as usize) {
            *mapping = (0, 0);
        }
        // SAFETY: a mapping of `map` with this very length.
        unsafe { libc::munmap(start.cast(), bytes) };
    }
}

// SAFETY: blocks are disjoint, at least as large as asked for and aligned to 16 bytes or to a page; no
// alignment above a page is ever asked for.
unsafe impl GlobalAlloc for Own {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        if is_large(layout) {
            return self.with(|heap| heap.map(layout.size().next_multiple_of(PAGE_BYTES)));
        }
        self.with(|heap| heap.small(class_of(layout.size())))
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        if is_large(layout) {
            return self.with(|heap| heap.unmap(block, layout.size().next_multiple_of(PAGE_BYTES)));
        }
        self.with(|heap| heap.give_back(block, class_of(layout.size())));
    }
}
