//! `require`, `require_relative`, `load` and `autoload`, in place of Ruby's own C functions.
//!
//! The replacements call the same C functions that Ruby's own methods are, the public ones by their names and the
//! others by their addresses (see [`super::cfunction`]), so `caller` shows the very same frames.

use super::call_site::{call_site, calling_file};
use super::methods::{self, call_original, original, quietly, Original};
use super::{cfunction, ractors, rails, string_bytes};
use crate::session::{active, now_ns, with_session};
use memtrim_core::recorder::{Call, Edge, EdgeKind, Kind, Outcome, StringId};
use memtrim_core::recording::Phase;
use rb_sys::{Qnil, Qtrue, VALUE};
use std::ffi::c_int;

static LOAD: Original = Original::none();
static AUTOLOAD: Original = Original::none();
static KERNEL_AUTOLOAD: Original = Original::none();

/// One call on its way. Plain data: an exception may jump over the frame that holds it.
struct Load {
    receiver: VALUE,
    feature: VALUE,
    arguments: *const VALUE,
    count: c_int,
    call: Call,
    /// The phase to go back to, when this call began one.
    phase_before: Option<Phase>,
    outcome: Outcome,
}

/// Replaces the methods. After bundler/setup, which puts Ruby's own `require` back in RubyGems' place;
/// before Bootsnap and Zeitwerk, which wrap what they find.
///
/// # Safety
/// With Ruby's global lock; may raise.
pub unsafe fn install() {
    // SAFETY: the functions have the arities given; the constants are Ruby's own.
    unsafe {
        rb_sys::rb_ext_ractor_safe(true);
        let kernel = rb_sys::rb_mKernel;
        let example = Original::none();
        original(&example, kernel, c"freeze");
        original(&LOAD, kernel, c"load");
        original(&KERNEL_AUTOLOAD, kernel, c"autoload");
        original(&AUTOLOAD, rb_sys::rb_cModule, c"autoload");
        if let Some(way) = cfunction::find_way(example.method(), rb_sys::rb_obj_freeze as *const () as usize) {
            LOAD.find_function(&way, -1);
            AUTOLOAD.find_function(&way, 2);
            KERNEL_AUTOLOAD.find_function(&way, 2);
        }
        quietly(|| {
            let singleton = rb_sys::rb_singleton_class(kernel);
            let visibility = methods::Visibility::of(kernel);
            install_require(kernel);
            install_require(singleton);
            visibility.restore();
            let define = |name: &std::ffi::CStr, function: *const (), arity: c_int| {
                let function = std::mem::transmute::<*const (), unsafe extern "C" fn() -> VALUE>(function);
                rb_sys::rb_define_private_method(kernel, name.as_ptr(), Some(function), arity);
                rb_sys::rb_define_method(singleton, name.as_ptr(), Some(function), arity);
            };
            define(c"require_relative", require_relative as *const (), 1);
            define(c"load", load as *const (), -1);
            define(c"autoload", kernel_autoload as *const (), 2);
            ractors::install();
            let autoload =
                std::mem::transmute::<*const (), unsafe extern "C" fn() -> VALUE>(module_autoload as *const ());
            rb_sys::rb_define_method(rb_sys::rb_cModule, c"autoload".as_ptr(), Some(autoload), 2);
        });
    }
}

/// Replaces Ruby's own `require` under every name it goes by: RubyGems keeps it as `gem_original_require`,
/// Ruby 3.3's bundled-gem warnings as `no_warning_require`, and Bundler puts it back as `require`.
unsafe fn install_require(owner: VALUE) {
    // SAFETY: as `install`.
    unsafe {
        let function = std::mem::transmute::<*const (), unsafe extern "C" fn() -> VALUE>(require as *const ());
        let name = |name: &std::ffi::CStr| rb_sys::rb_intern(name.as_ptr());
        let names = methods::c_methods_named(owner, c"require");
        let saved = c"memtrim_saved_require";
        // Defined by its own name first, then aliased: an alias keeps that name in backtraces.
        rb_sys::rb_alias(owner, name(saved), name(c"require"));
        rb_sys::rb_define_method(owner, c"require".as_ptr(), Some(function), 1);
        let mut is_replaced = false;
        for alias in &names {
            if *alias == name(c"require") {
                is_replaced = true;
            } else {
                rb_sys::rb_alias(owner, *alias, name(c"require"));
            }
        }
        if !is_replaced {
            rb_sys::rb_alias(owner, name(c"require"), name(saved));
        }
        methods::remove(owner, saved);
    }
}

unsafe extern "C" fn require(receiver: VALUE, feature: VALUE) -> VALUE {
    // SAFETY: Ruby's own `require` is this very function (ruby/load.c).
    unsafe {
        if !active() {
            return rb_sys::rb_f_require(receiver, feature);
        }
        run(Kind::Require, receiver, feature, &[feature], require_body)
    }
}

unsafe extern "C" fn require_body(data: VALUE) -> VALUE {
    // SAFETY: `data` is the Load of `run`, alive until rb_ensure returns.
    unsafe {
        let load = &mut *(data as *mut Load);
        let loaded = rb_sys::rb_f_require(load.receiver, load.feature);
        after(load, loaded == Qtrue as VALUE);
        loaded
    }
}

unsafe extern "C" fn require_relative(receiver: VALUE, feature: VALUE) -> VALUE {
    // SAFETY: Ruby's own (ruby/load.c, `rb_f_require_relative`) makes the path absolute by the calling file's
    // path and requires that.
    unsafe {
        let base = calling_file();
        if base == Qnil as VALUE {
            rb_sys::rb_raise(rb_sys::rb_eLoadError, c"cannot infer basepath".as_ptr());
        }
        let path = rb_sys::rb_file_absolute_path(feature, rb_sys::rb_file_dirname(base));
        if !active() {
            return rb_sys::rb_require_string(path);
        }
        run(Kind::Require, receiver, path, &[path], require_relative_body)
    }
}

unsafe extern "C" fn require_relative_body(data: VALUE) -> VALUE {
    // SAFETY: as `require_body`.
    unsafe {
        let load = &mut *(data as *mut Load);
        let loaded = rb_sys::rb_require_string(load.feature);
        after(load, loaded == Qtrue as VALUE);
        loaded
    }
}

unsafe extern "C" fn load(count: c_int, arguments: *const VALUE, receiver: VALUE) -> VALUE {
    // SAFETY: Ruby passes `count` arguments.
    unsafe {
        let arguments = std::slice::from_raw_parts(arguments, count.max(0) as usize);
        if !(1..=2).contains(&count) {
            rb_sys::rb_error_arity(count, 1, 2);
        }
        if !active() {
            return load_now(receiver, arguments);
        }
        run(Kind::Load, receiver, arguments[0], arguments, load_body)
    }
}

unsafe extern "C" fn load_body(data: VALUE) -> VALUE {
    // SAFETY: as `require_body`.
    unsafe {
        let load = &mut *(data as *mut Load);
        let arguments = std::slice::from_raw_parts(load.arguments, load.count as usize);
        let result = load_now(load.receiver, arguments);
        after(load, true);
        result
    }
}

/// Loads as Ruby's own `load` does: by its C function or, where that was not found, by its method, which adds
/// two frames to backtraces.
unsafe fn load_now(receiver: VALUE, arguments: &[VALUE]) -> VALUE {
    // SAFETY: the function found is that of `Kernel#load`, which takes its arguments as an array.
    unsafe {
        match LOAD.function() {
            Some(function) => {
                let function: unsafe extern "C" fn(c_int, *const VALUE, VALUE) -> VALUE = std::mem::transmute(function);
                function(arguments.len() as c_int, arguments.as_ptr(), receiver)
            }
            None => call_original(&LOAD, receiver, arguments),
        }
    }
}

/// Calls Ruby's own `autoload`, as [`load_now`] does `load`.
unsafe fn autoload_now(original: &Original, receiver: VALUE, constant: VALUE, path: VALUE) -> VALUE {
    // SAFETY: the function found is that of `autoload`, which takes two arguments.
    unsafe {
        match original.function() {
            Some(function) => {
                let function: unsafe extern "C" fn(VALUE, VALUE, VALUE) -> VALUE = std::mem::transmute(function);
                function(receiver, constant, path)
            }
            None => call_original(original, receiver, &[constant, path]),
        }
    }
}

/// Opens the scope, runs `body`, and closes the scope however `body` ends.
unsafe fn run(
    kind: Kind,
    receiver: VALUE,
    feature: VALUE,
    arguments: &[VALUE],
    body: unsafe extern "C" fn(VALUE) -> VALUE,
) -> VALUE {
    // SAFETY: `load` outlives rb_ensure, which calls `close` also when `body` is left by a jump.
    unsafe {
        let Some((call, phase_before)) = open(kind, feature) else {
            let mut load = Load {
                receiver,
                feature,
                arguments: arguments.as_ptr(),
                count: arguments.len() as c_int,
                call: Call::none(),
                phase_before: None,
                outcome: Outcome::Failed,
            };
            return body((&raw mut load) as VALUE);
        };
        let mut load = Load {
            receiver,
            feature,
            arguments: arguments.as_ptr(),
            count: arguments.len() as c_int,
            call,
            phase_before,
            outcome: Outcome::Failed,
        };
        if !with_session(|session, _| session.recorder.edges.knows(call.requirer, call.argument)).unwrap_or(true) {
            (load.call.file, load.call.line) = call_site();
        }
        let data = (&raw mut load) as VALUE;
        rb_sys::rb_ensure(Some(body), data, Some(close), data)
    }
}

fn open(kind: Kind, feature: VALUE) -> Option<(Call, Option<Phase>)> {
    let name = string_bytes(feature).unwrap_or_default();
    with_session(|session, stack| {
        let phase_before = (session.recorder.phase == Phase::Application && is_framework(&name))
            .then(|| session.change_phase(Phase::Frameworks));
        let now = now_ns();
        session.flush_if_due(now);
        let call = session.recorder.begin_load(stack, kind, &name, now);
        (call, phase_before)
    })
}

/// The original returned: what was loaded, and what to hook now that it is there. Nothing here may load a
/// file: Zeitwerk reads the last of `$LOADED_FEATURES` next.
unsafe fn after(load: &mut Load, loaded: bool) {
    if !loaded {
        load.outcome = Outcome::Already;
        return;
    }
    let scope = load.call.scope;
    let known = with_session(|session, _| session.recorder.scopes.get(scope).map(|scope| scope.file)).flatten();
    let file = match known {
        Some(StringId::EMPTY) => {
            // Never compiled, so a shared library: pushed last onto $LOADED_FEATURES just now.
            // SAFETY: reads an array and its last string.
            let last = unsafe {
                let features = rb_sys::rb_gv_get(c"$LOADED_FEATURES".as_ptr());
                string_bytes(rb_sys::rb_ary_entry(features, -1))
            };
            with_session(|session, _| session.recorder.strings.intern(&last.unwrap_or_default()))
        }
        known => known,
    };
    load.outcome = Outcome::Loaded(file);
    let hook =
        file.and_then(|file| with_session(|session, _| rails::hook_for(&session.recorder.strings.get(file)))).flatten();
    if let Some(hook) = hook {
        // SAFETY: as `install`; guarded against exceptions.
        unsafe { rails::install(hook) };
    }
}

/// Closes the scope. Pure Rust: an exception may be on its way.
unsafe extern "C" fn close(data: VALUE) -> VALUE {
    // SAFETY: as `require_body`.
    let load = unsafe { &mut *(data as *mut Load) };
    with_session(|session, stack| {
        session.recorder.end_load(stack, load.call, load.outcome, now_ns());
        session.restore_phase(load.phase_before);
    });
    Qnil as VALUE
}

/// Rails' own components, by the names or (after Bootsnap) the paths under which they are required.
fn is_framework(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let name = name.strip_suffix(".rb").unwrap_or(name);
    let name = name.rfind("/lib/").map_or(name, |at| &name[at + 5..]);
    matches!(name, "rails" | "rails/all" | "showcase_memtrim/rails" | "rails/test_unit/railtie")
        || ((name.starts_with("action_") || name.starts_with("active_"))
            && (name.ends_with("/railtie") || name.ends_with("/engine")))
}

unsafe extern "C" fn module_autoload(module: VALUE, constant: VALUE, path: VALUE) -> VALUE {
    // SAFETY: the receiver and the arguments are the caller's own.
    unsafe {
        let result = autoload_now(&AUTOLOAD, module, constant, path);
        note_autoload(module, constant, path);
        result
    }
}

unsafe extern "C" fn kernel_autoload(receiver: VALUE, constant: VALUE, path: VALUE) -> VALUE {
    // SAFETY: as above; the module is the caller's lexical one, which only the original knows.
    unsafe {
        let result = autoload_now(&KERNEL_AUTOLOAD, receiver, constant, path);
        note_autoload(0, constant, path);
        result
    }
}

/// A promise to load `path`: it stands as long as whoever made it.
unsafe fn note_autoload(module: VALUE, constant: VALUE, path: VALUE) {
    if !active() {
        return;
    }
    // SAFETY: the original accepted them, so `constant` names a constant and `path` is path-like.
    let (constant, path) = unsafe { (rb_sys::rb_to_id(constant), string_bytes(rb_sys::rb_get_path(path))) };
    // SAFETY: looks at frames of this thread.
    let (file, line) = unsafe { call_site() };
    with_session(|session, stack| {
        let to = session.recorder.strings.intern(&path.unwrap_or_default());
        session.promise(module as usize, constant as usize, to);
        let from = stack.current();
        session.recorder.edges.add(Edge { from, to, file, line, loaded: 0, kind: EdgeKind::Autoload });
    });
}
