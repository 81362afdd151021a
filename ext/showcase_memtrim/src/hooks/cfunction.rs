//! The C function behind a method that is written in C.
//!
//! Called by its address it adds no frame to a backtrace. Ruby does not tell it, so it is found by example:
//! `Kernel#freeze`'s is public (`rb_obj_freeze`), and wherever that stands, seen from its UnboundMethod, another
//! method's stands too. Nothing is assumed of the structs on the way; memory is read through the kernel, which
//! refuses where there is none. No match means no address, never a guess.

use rb_sys::VALUE;
use std::ffi::c_int;

/// Words looked at in each struct on the way, and structs on the way.
const WORDS: usize = 12;
const DEPTH: usize = 4;

/// The way from an UnboundMethod to its C function: the word to follow in each struct.
pub struct Way(Vec<usize>);

/// The way to `known` from the UnboundMethod of the method that it implements.
pub fn find_way(method: VALUE, known: usize) -> Option<Way> {
    // The shortest way: few structs have to be read, and none is walked through by chance.
    (1..=DEPTH).find_map(|depth| {
        let mut way = Vec::with_capacity(DEPTH);
        search(method as usize, known, depth, &mut way).then_some(Way(way))
    })
}

fn search(address: usize, known: usize, depth: usize, way: &mut Vec<usize>) -> bool {
    let Some(words) = read(address) else { return false };
    for (index, word) in words.iter().enumerate() {
        way.push(index);
        let found = if way.len() == depth { *word == known } else { search(*word, known, depth, way) };
        if found {
            return true;
        }
        way.pop();
    }
    false
}

impl Way {
    /// The C function of another UnboundMethod, if it takes `argc` arguments (-1: any number, as an array).
    pub fn follow(&self, method: VALUE, argc: c_int) -> Option<usize> {
        let (last, steps) = self.0.split_last()?;
        let mut address = method as usize;
        for step in steps {
            address = *read(address)?.get(*step)?;
        }
        let words = read(address)?;
        // Behind the function stand its invoker and its arity (ruby/method.h, rb_method_cfunc_t).
        let arity = *words.get(last + 2)? as u32 as c_int;
        (arity == argc).then(|| words[*last])
    }
}

/// Words of this process's own memory; none where nothing is mapped (process_vm_readv(2)).
#[cfg(target_os = "linux")]
fn read(address: usize) -> Option<[usize; WORDS]> {
    if address == 0 || address % size_of::<usize>() != 0 {
        return None;
    }
    let mut words = [0_usize; WORDS];
    let bytes = size_of_val(&words);
    let local = libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: bytes };
    let remote = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: bytes };
    // SAFETY: writes to `words` only; the kernel checks the other address.
    let copied = unsafe { libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0) };
    // Less than all at the end of a mapping.
    (copied > 0).then_some(words)
}

#[cfg(not(target_os = "linux"))]
fn read(_: usize) -> Option<[usize; WORDS]> {
    None
}
