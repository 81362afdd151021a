//! Work that needs no Ruby, while Ruby's other threads run.

use libc::c_void;
use magnus::rb_sys::protect;
use magnus::{Error, Ruby};
use memtrim_core::fleet::Stop;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr;
use std::thread;

struct Call<F, T> {
    work: Option<F>,
    result: Option<thread::Result<T>>,
}

/// Does `work` with the GVL released, on this thread. It must not touch Ruby: it can't, as it is handed nothing of
/// Ruby's. It can't be interrupted, so it should be short. A panic goes on in the caller.
pub fn without_gvl<F: FnOnce() -> T, T>(work: F) -> T {
    let mut call = Call { work: Some(work), result: None };
    // SAFETY: called by Ruby, so on a thread that has the GVL. `call` outlives the call, which is made on this very
    // thread. The function with the 2 checks for no interrupts afterwards, so no Ruby exception passes through here.
    unsafe { rb_sys::rb_thread_call_without_gvl2(Some(run::<F, T>), (&raw mut call).cast(), None, ptr::null_mut()) };
    // With an interrupt pending Ruby does not call at all: then it is done with the GVL.
    if let Some(work) = call.work.take() {
        return work();
    }
    match call.result.take() {
        Some(Ok(value)) => value,
        Some(Err(panic)) => resume_unwind(panic),
        None => unreachable!("work that was taken has a result"),
    }
}

/// The same for work that goes on until it is told to stop: by a signal, or by whoever ends this thread. Then Ruby does what
/// the signal asks for; when that is nothing, the work is begun again.
pub fn until_interrupted<F: FnMut() -> Option<T>, T>(ruby: &Ruby, stop: &Stop, mut work: F) -> Result<T, Error> {
    loop {
        let mut call = Call { work: Some(&mut work), result: None };
        // The 2 notwithstanding, a signal's exception can come from in here: with an unblocking function and no other
        // thread, Ruby starts one for it, and joins that (thread.c, rb_nogvl), for which it checks for interrupts. Between
        // there and `protect` are no frames of ours with anything to drop.
        let called = protect(|| {
            // SAFETY: as above; `stop` outlives the call, too, and Ruby makes no more use of it afterwards.
            unsafe {
                rb_sys::rb_thread_call_without_gvl2(
                    Some(run::<&mut F, Option<T>>),
                    (&raw mut call).cast(),
                    Some(say),
                    ptr::from_ref(stop).cast_mut().cast(),
                )
            };
            rb_sys::Qnil.into()
        });
        match call.result.take() {
            Some(Err(panic)) => resume_unwind(panic),
            Some(Ok(Some(value))) if called.is_ok() => return Ok(value),
            _ => {}
        }
        called?;
        ruby.thread_check_ints()?;
        stop.forget();
    }
}

unsafe extern "C" fn say(stop: *mut c_void) {
    // SAFETY: what `until_interrupted` has handed over, and waits for. Ruby calls this from another thread, or from its own
    // before it waits; never in a signal's handler (thread.c, ubf).
    unsafe { &*stop.cast::<Stop>() }.say();
}

unsafe extern "C" fn run<F: FnOnce() -> T, T>(call: *mut c_void) -> *mut c_void {
    // SAFETY: what `without_gvl` has handed over, and waits for.
    let call = unsafe { &mut *call.cast::<Call<F, T>>() };
    call.result = call.work.take().map(|work| catch_unwind(AssertUnwindSafe(work)));
    ptr::null_mut()
}
