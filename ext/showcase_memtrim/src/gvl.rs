//! Work that needs no Ruby, while Ruby's other threads run.

use libc::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr;
use std::thread::Result;

struct Call<F, T> {
    work: Option<F>,
    result: Option<Result<T>>,
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

unsafe extern "C" fn run<F: FnOnce() -> T, T>(call: *mut c_void) -> *mut c_void {
    // SAFETY: what `without_gvl` has handed over, and waits for.
    let call = unsafe { &mut *call.cast::<Call<F, T>>() };
    call.result = call.work.take().map(|work| catch_unwind(AssertUnwindSafe(work)));
    ptr::null_mut()
}
