//! Where a call stands: the nearest Ruby frames of this thread.

use super::string_bytes;
use crate::session::with_session;
use memtrim_core::recorder::{Edge, EdgeKind, StringId};
use rb_sys::{Qnil, RSTRING_PTR, VALUE};
use std::ffi::c_int;

const FRAMES: usize = 12;

/// The file that calls: its real path or, in an eval that was given one, that; nil in an eval that was not
/// (ruby/vm_eval.c names those `(eval)` or `(eval at …`).
pub unsafe fn calling_file() -> VALUE {
    // SAFETY: as `frames`.
    unsafe {
        let (frames, _, count) = frames();
        for frame in &frames[..count] {
            let path = rb_sys::rb_profile_frame_path(*frame);
            if path != Qnil as VALUE {
                let real = rb_sys::rb_profile_frame_absolute_path(*frame);
                if real != Qnil as VALUE {
                    return real;
                }
                let text =
                    std::slice::from_raw_parts(RSTRING_PTR(path).cast::<u8>(), rb_sys::RSTRING_LEN(path) as usize);
                return if text.starts_with(b"(eval") { Qnil as VALUE } else { path };
            }
        }
        Qnil as VALUE
    }
}

/// File and line of the nearest Ruby frame that is not another wrapper of `require`.
pub unsafe fn call_site() -> (StringId, u32) {
    // SAFETY: as `frames`; paths are live strings of live frames.
    unsafe {
        let (frames, lines, count) = frames();
        for (frame, line) in frames[..count].iter().zip(lines) {
            let path = rb_sys::rb_profile_frame_path(*frame);
            let Some(path) = string_bytes(path) else { continue };
            if !is_wrapper(&path) {
                let file = with_session(|session, _| session.recorder.strings.intern(&path));
                return (file.unwrap_or_default(), line.max(0) as u32);
            }
        }
        (StringId::EMPTY, 0)
    }
}

/// The nearest frames of this thread (ruby/debug.h, `rb_profile_frames`); allocates nothing.
unsafe fn frames() -> ([VALUE; FRAMES], [c_int; FRAMES], usize) {
    let (mut frames, mut lines) = ([0; FRAMES], [0; FRAMES]);
    // SAFETY: both buffers hold FRAMES entries.
    let count = unsafe { rb_sys::rb_profile_frames(0, FRAMES as c_int, frames.as_mut_ptr(), lines.as_mut_ptr()) };
    (frames, lines, count.max(0) as usize)
}

/// Files whose methods only pass a `require` or an `autoload` on.
fn is_wrapper(path: &[u8]) -> bool {
    const WRAPPERS: [&[u8]; 7] = [
        b"/bootsnap/load_path_cache/core_ext/kernel_require.rb",
        b"/rubygems/core_ext/kernel_require.rb",
        b"/zeitwerk/kernel.rb",
        b"/zeitwerk/core_ext/kernel.rb",
        b"/zeitwerk/cref.rb",
        b"/active_support/dependencies/autoload.rb",
        b"/bundled_gems.rb",
    ];
    path.starts_with(b"<internal:") || WRAPPERS.iter().any(|wrapper| path.ends_with(wrapper))
}

/// Somebody answered a require without asking Ruby: an edge all the same.
///
/// # Safety
/// Inside the method that answered.
pub unsafe fn note_already_loaded(feature: VALUE) {
    let Some(name) = string_bytes(feature) else { return };
    let new = with_session(|session, stack| {
        let (from, to) = (stack.current(), session.recorder.strings.intern(&name));
        (!session.recorder.edges.knows(from, to)).then_some((from, to))
    });
    drop(name);
    let Some((from, to)) = new.flatten() else { return };
    // SAFETY: looks at frames of this thread.
    let (file, line) = unsafe { call_site() };
    with_session(|session, _| {
        session.recorder.edges.add(Edge { from, to, file, line, loaded: 0, kind: EdgeKind::Call });
    });
}
