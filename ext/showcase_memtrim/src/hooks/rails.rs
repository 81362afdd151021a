//! Rails, Bundler, Bootsnap and Zeitwerk, each hooked at the moment its file has been loaded.
//!
//! Only entry points that have kept their shape from Rails 7.1 to 8.1 are touched. One that is missing is a
//! warning in the recording, never an error in the program.

use super::methods::{call_original, original, quietly, Original};
use super::{call_site, protected, string_bytes};
use crate::session::{active, now_ns, scope_of, with_session, Session};
use memtrim_core::recorder::{Edge, EdgeKind, Kind, Scope, StringId};
use memtrim_core::recording::Phase;
use once_cell::sync::OnceCell;
use rb_sys::{Qnil, Qtrue, VALUE};
use std::ffi::{c_int, CStr};

/// What to hook once its file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    Initializers,
    LoadHooks,
    AutoloadNamespaces,
    Namespaces,
    ZeitwerkEagerLoad,
    BootsnapIndex,
    BundlerRequire,
    Locales,
    Controllers,
    ControllerViews,
}

const ALL: [(Hook, &str, &CStr, &CStr); 10] = [
    (Hook::Initializers, "/rails/initializable.rb", c"Rails::Initializable::Initializer", c"run"),
    (Hook::LoadHooks, "/active_support/lazy_load_hooks.rb", c"ActiveSupport::LazyLoadHooks", c"execute_hook"),
    (Hook::AutoloadNamespaces, "/active_support/dependencies/autoload.rb", c"ActiveSupport::Autoload", c"eager_load!"),
    (Hook::Namespaces, "/rails/railtie/configuration.rb", c"Rails::Railtie::Configuration", c"eager_load_namespaces"),
    (Hook::ZeitwerkEagerLoad, "/zeitwerk/loader/eager_load.rb", c"Zeitwerk::Loader::EagerLoad", c"eager_load"),
    (
        Hook::BootsnapIndex,
        "/bootsnap/load_path_cache/loaded_features_index.rb",
        c"Bootsnap::LoadPathCache::LoadedFeaturesIndex",
        c"key?",
    ),
    (Hook::BundlerRequire, "/bundler.rb", c"Bundler", c"require"),
    (Hook::Locales, "/i18n/backend/base.rb", c"I18n::Backend::Base", c"load_file"),
    (Hook::Controllers, "/abstract_controller/base.rb", c"AbstractController::Base", c"eager_load!"),
    (Hook::ControllerViews, "/action_view/rendering.rb", c"ActionView::Rendering::ClassMethods", c"eager_load!"),
];

static ORIGINALS: [Original; ALL.len()] = [const { Original::none() }; ALL.len()];
/// The module whose `eager_load!` is put before each namespace's own.
static NAMESPACE_MODULE: OnceCell<VALUE> = OnceCell::new();

fn original_of(hook: Hook) -> &'static Original {
    &ORIGINALS[hook as usize]
}

/// The hook that a file just loaded calls for.
pub fn hook_for(file: &str) -> Option<Hook> {
    ALL.iter().find(|(_, suffix, ..)| file.ends_with(suffix)).map(|(hook, ..)| *hook)
}

/// Hooks whatever of these is loaded already.
///
/// # Safety
/// With Ruby's global lock.
pub unsafe fn install_present() {
    for (hook, _, owner, _) in ALL {
        // SAFETY: looks constants up without loading them.
        if unsafe { is_defined(owner) } {
            // SAFETY: as above.
            unsafe { install(hook) };
        }
    }
}

/// True when every part of a constant's path is defined and not waiting for its autoload.
unsafe fn is_defined(path: &CStr) -> bool {
    // SAFETY: `rb_const_defined_at` and `rb_autoload_p` load nothing.
    unsafe {
        let mut module = rb_sys::rb_cObject;
        for part in path.to_string_lossy().split("::") {
            let id = rb_sys::rb_intern2(part.as_ptr().cast(), part.len() as _);
            if rb_sys::rb_const_defined_at(module, id) == 0 || rb_sys::rb_autoload_p(module, id) != Qnil as VALUE {
                return false;
            }
            module = rb_sys::rb_const_get_at(module, id);
        }
        true
    }
}

/// Hooks one thing, once. An exception is swallowed and becomes a warning.
///
/// # Safety
/// With Ruby's global lock.
pub unsafe fn install(hook: Hook) {
    if original_of(hook).is_kept() {
        return;
    }
    // SAFETY: the caller's promise.
    if !unsafe { protected(install_body, hook as VALUE) } {
        with_session(|session, _| {
            session.warnings.push(format!("{hook:?} could not be hooked; its scopes are missing"))
        });
    }
}

unsafe extern "C" fn install_body(hook: VALUE) -> VALUE {
    let (hook, _, owner_name, method) = ALL[hook as usize];
    // SAFETY: may raise, under `install`'s protection.
    unsafe {
        let mut owner = rb_sys::rb_path2class(owner_name.as_ptr());
        if matches!(hook, Hook::BundlerRequire | Hook::Controllers) {
            owner = rb_sys::rb_singleton_class(owner);
        }
        original(original_of(hook), owner, method);
        let (function, arity): (*const (), c_int) = match hook {
            Hook::Initializers => (run_initializer as *const (), -1),
            Hook::LoadHooks => (execute_hook as *const (), 4),
            Hook::AutoloadNamespaces => (eager_load_constants as *const (), 0),
            Hook::Namespaces => (eager_load_namespaces as *const (), 0),
            Hook::ZeitwerkEagerLoad => (eager_load_loader as *const (), -1),
            Hook::BootsnapIndex => (is_loaded as *const (), 1),
            Hook::BundlerRequire => (bundler_require as *const (), -1),
            Hook::Locales => (load_locale as *const (), 1),
            Hook::Controllers => (eager_load_controller as *const (), 0),
            Hook::ControllerViews => (eager_load_controller_views as *const (), 0),
        };
        let function = std::mem::transmute::<*const (), unsafe extern "C" fn() -> VALUE>(function);
        quietly(|| {
            if matches!(hook, Hook::LoadHooks | Hook::Locales) {
                rb_sys::rb_define_private_method(owner, method.as_ptr(), Some(function), arity);
            } else {
                rb_sys::rb_define_method(owner, method.as_ptr(), Some(function), arity);
            }
        });
    }
    Qnil as VALUE
}

/// An original method about to run inside a scope. Plain data: an exception may jump over its frame.
struct Entered {
    /// None: the method that this one overrides.
    original: Option<&'static Original>,
    receiver: VALUE,
    arguments: *const VALUE,
    count: c_int,
    depth: u32,
    phase_before: Option<Phase>,
}

/// Runs an original inside a scope and, where one is given, a phase.
unsafe fn enter(
    original: Option<&'static Original>,
    receiver: VALUE,
    arguments: &[VALUE],
    scope: Scope,
    phase: Option<Phase>,
) -> VALUE {
    let opened = with_session(|session, stack| {
        let phase_before = phase.map(|phase| session.change_phase(phase));
        (session.recorder.enter(stack, scope, now_ns()), phase_before)
    });
    // SAFETY: `entered` outlives rb_ensure, which calls `leave` also when the original is left by a jump.
    unsafe {
        let (depth, phase_before) = opened.unwrap_or((u32::MAX, None));
        let mut entered = Entered {
            original,
            receiver,
            arguments: arguments.as_ptr(),
            count: arguments.len() as c_int,
            depth,
            phase_before,
        };
        let data = (&raw mut entered) as VALUE;
        rb_sys::rb_ensure(Some(run_original), data, Some(leave), data)
    }
}

unsafe extern "C" fn run_original(data: VALUE) -> VALUE {
    // SAFETY: `data` is the Entered of `enter`.
    unsafe {
        let entered = &*(data as *const Entered);
        match entered.original {
            Some(original) => {
                let arguments = std::slice::from_raw_parts(entered.arguments, entered.count as usize);
                call_original(original, entered.receiver, arguments)
            }
            None => rb_sys::rb_call_super(entered.count, entered.arguments),
        }
    }
}

/// Pure Rust: an exception may be on its way.
unsafe extern "C" fn leave(data: VALUE) -> VALUE {
    // SAFETY: as `run_original`.
    let entered = unsafe { &*(data as *const Entered) };
    with_session(|session, stack| {
        session.recorder.unwind(stack, entered.depth, now_ns());
        session.restore_phase(entered.phase_before);
    });
    Qnil as VALUE
}

/// `Rails::Initializable::Initializer#run`
unsafe extern "C" fn run_initializer(count: c_int, arguments: *const VALUE, receiver: VALUE) -> VALUE {
    // SAFETY: Ruby passes `count` arguments; the instance variables are those of every Rails from 3.0 on.
    unsafe {
        let arguments = std::slice::from_raw_parts(arguments, count.max(0) as usize);
        if !active() {
            return call_original(original_of(Hook::Initializers), receiver, arguments);
        }
        let name = intern(rb_sys::rb_obj_as_string(rb_sys::rb_iv_get(receiver, c"@name".as_ptr())));
        let context = rb_sys::rb_iv_get(receiver, c"@context".as_ptr());
        let detail = intern(rb_sys::rb_class_name(rb_sys::rb_obj_class(context)));
        let (file, line) = block_location(rb_sys::rb_iv_get(receiver, c"@block".as_ptr()));
        let registrar = scope_of(rb_sys::rb_obj_class(context) as usize);
        let scope = Scope { kind: Kind::Initializer, name, detail, file, line, registrar, ..Scope::default() };
        let phase = with_session(|session, _| {
            // From the first initializer on, what is not something else is the initializers'.
            if session.recorder.phase == Phase::Application {
                session.change_phase(Phase::Initializers);
            }
            match session.recorder.strings.get(name).as_ref() {
                "eager_load!" => Some(Phase::EagerLoad),
                "finisher_hook" => Some(Phase::AfterInitialize),
                _ => None,
            }
        })
        .flatten();
        if phase == Some(Phase::EagerLoad) {
            wrap_namespaces();
        }
        enter(Some(original_of(Hook::Initializers)), receiver, arguments, scope, phase)
    }
}

/// `ActiveSupport.execute_hook(name, base, options, block)`: one block of one load hook.
unsafe extern "C" fn execute_hook(receiver: VALUE, name: VALUE, base: VALUE, options: VALUE, block: VALUE) -> VALUE {
    let arguments = [name, base, options, block];
    // SAFETY: the arguments are the caller's own.
    unsafe {
        if !active() {
            return call_original(original_of(Hook::LoadHooks), receiver, &arguments);
        }
        let (file, line) = block_location(block);
        let name = intern(rb_sys::rb_obj_as_string(name));
        let scope = Scope { kind: Kind::LoadHook, name, file, line, ..Scope::default() };
        enter(Some(original_of(Hook::LoadHooks)), receiver, &arguments, scope, None)
    }
}

/// `ActiveSupport::Autoload#eager_load!`: notes what it would load, had nobody used it before.
unsafe extern "C" fn eager_load_constants(receiver: VALUE) -> VALUE {
    // SAFETY: the instance variable is an array of symbols or nil (active_support/dependencies/autoload.rb).
    unsafe {
        let constants = rb_sys::rb_iv_get(receiver, c"@_eagerloaded_constants".as_ptr());
        if active() && rb_sys::RB_TYPE_P(constants, rb_sys::RUBY_T_ARRAY) {
            for index in 0..rb_sys::RARRAY_LEN(constants) {
                let constant = rb_sys::rb_to_id(rb_sys::rb_ary_entry(constants, index as _));
                with_session(|session, stack| {
                    if let Some(to) = session.promised(receiver as usize, constant as usize) {
                        let edge = Edge {
                            from: stack.current(),
                            to,
                            file: StringId::EMPTY,
                            line: 0,
                            loaded: 0,
                            kind: EdgeKind::Eager,
                        };
                        session.recorder.edges.add(edge);
                    }
                });
            }
        }
        call_original(original_of(Hook::AutoloadNamespaces), receiver, &[])
    }
}

/// `Rails::Railtie::Configuration#eager_load_namespaces`: whoever asks for the list is about to add to it.
unsafe extern "C" fn eager_load_namespaces(receiver: VALUE) -> VALUE {
    // SAFETY: the list is an array in every Rails from 4.0 on.
    unsafe {
        let list = call_original(original_of(Hook::Namespaces), receiver, &[]);
        if active() && rb_sys::RB_TYPE_P(list, rb_sys::RUBY_T_ARRAY) {
            note_namespaces(list);
            with_session(|session, stack| session.namespace_asker = stack.current());
        }
        list
    }
}

/// What was added since the last look was added by the one who looked last.
unsafe fn note_namespaces(list: VALUE) {
    // SAFETY: `list` is an array.
    unsafe {
        let length = rb_sys::RARRAY_LEN(list) as usize;
        let from = with_session(|session, _| std::mem::replace(&mut session.namespaces_seen, length)).unwrap_or(length);
        for index in from..length {
            let namespace = rb_sys::rb_ary_entry(list, index as _);
            with_session(|session, _| session.namespaces.insert(namespace as usize, session.namespace_asker));
        }
        with_session(|session, _| session.namespace_list = list as usize);
    }
}

/// Puts a scope around every namespace's own `eager_load!`.
unsafe fn wrap_namespaces() {
    // SAFETY: called from a hook, with Ruby's global lock.
    if !unsafe { protected(wrap_namespaces_body, Qnil as VALUE) } {
        with_session(|session, _| session.warnings.push("eager-load namespaces could not be hooked".into()));
    }
}

unsafe extern "C" fn wrap_namespaces_body(_: VALUE) -> VALUE {
    // SAFETY: under `wrap_namespaces`' protection.
    unsafe {
        let list = with_session(|session, _| session.namespace_list).unwrap_or(0) as VALUE;
        if list == 0 {
            return Qnil as VALUE;
        }
        note_namespaces(list);
        let module = *NAMESPACE_MODULE.get_or_init(|| {
            let module = rb_sys::rb_module_new();
            rb_sys::rb_gc_register_mark_object(module);
            let function =
                std::mem::transmute::<*const (), unsafe extern "C" fn() -> VALUE>(eager_load_namespace as *const ());
            rb_sys::rb_define_method(module, c"eager_load!".as_ptr(), Some(function), 0);
            module
        });
        let name = rb_sys::rb_intern(c"eager_load!".as_ptr());
        for index in 0..rb_sys::RARRAY_LEN(list) {
            let namespace = rb_sys::rb_ary_entry(list, index as _);
            let singleton = rb_sys::rb_singleton_class(namespace);
            if rb_sys::rb_method_boundp(singleton, name, 0) != 0 {
                rb_sys::rb_prepend_module(singleton, module);
            }
        }
        Qnil as VALUE
    }
}

/// `eager_load!` of an entry of `config.eager_load_namespaces`.
unsafe extern "C" fn eager_load_namespace(receiver: VALUE) -> VALUE {
    // SAFETY: the receiver is the caller's own.
    unsafe {
        if !active() {
            return rb_sys::rb_call_super(0, std::ptr::null());
        }
        let class = if rb_sys::RB_TYPE_P(receiver, rb_sys::RUBY_T_CLASS)
            || rb_sys::RB_TYPE_P(receiver, rb_sys::RUBY_T_MODULE)
        {
            receiver
        } else {
            rb_sys::rb_obj_class(receiver)
        };
        let name = intern(rb_sys::rb_class_name(class));
        let registrar =
            with_session(|session, _| session.namespaces.get(&(receiver as usize)).copied()).flatten().unwrap_or(0);
        let scope = Scope { kind: Kind::EagerLoad, name, registrar, ..Scope::default() };
        enter(None, receiver, &[], scope, None)
    }
}

/// `AbstractController::Base.eager_load!`, of each controller class
unsafe extern "C" fn eager_load_controller(receiver: VALUE) -> VALUE {
    // SAFETY: the receiver is the caller's own.
    unsafe { enter_controller(Hook::Controllers, receiver) }
}

/// `ActionView::Rendering::ClassMethods#eager_load!`, which calls the one before
unsafe extern "C" fn eager_load_controller_views(receiver: VALUE) -> VALUE {
    // SAFETY: as above.
    unsafe { enter_controller(Hook::ControllerViews, receiver) }
}

/// What a controller keeps from its eager load is its own, not that of whoever went through all controllers.
unsafe fn enter_controller(hook: Hook, receiver: VALUE) -> VALUE {
    // SAFETY: the receiver is a class.
    unsafe {
        if !active() {
            return call_original(original_of(hook), receiver, &[]);
        }
        let name = intern(rb_sys::rb_class_name(receiver));
        let maker = scope_of(receiver as usize);
        let file = with_session(|session, _| session.recorder.scopes.get(maker).map(|scope| scope.file)).flatten();
        let scope = Scope { kind: Kind::Controller, name, file: file.unwrap_or_default(), ..Scope::default() };
        enter(Some(original_of(hook)), receiver, &[], scope, None)
    }
}

/// `Zeitwerk::Loader#eager_load`
unsafe extern "C" fn eager_load_loader(count: c_int, arguments: *const VALUE, receiver: VALUE) -> VALUE {
    // SAFETY: Ruby passes `count` arguments.
    unsafe {
        let arguments = std::slice::from_raw_parts(arguments, count.max(0) as usize);
        if !active() {
            return call_original(original_of(Hook::ZeitwerkEagerLoad), receiver, arguments);
        }
        let detail = intern(rb_sys::rb_obj_as_string(rb_sys::rb_iv_get(receiver, c"@tag".as_ptr())));
        let name = with_session(|session, _| session.recorder.strings.intern(b"zeitwerk")).unwrap_or_default();
        let scope =
            Scope { kind: Kind::EagerLoad, name, detail, registrar: scope_of(receiver as usize), ..Scope::default() };
        enter(Some(original_of(Hook::ZeitwerkEagerLoad)), receiver, arguments, scope, None)
    }
}

/// `Bootsnap::LoadPathCache::LoadedFeaturesIndex#key?`: true is Bootsnap's answer to a require of what is
/// loaded already, and Ruby's own `require` is never asked.
unsafe extern "C" fn is_loaded(receiver: VALUE, feature: VALUE) -> VALUE {
    // SAFETY: the argument is the caller's own.
    unsafe {
        let answer = call_original(original_of(Hook::BootsnapIndex), receiver, &[feature]);
        if active() && answer == Qtrue as VALUE {
            call_site::note_already_loaded(feature);
        }
        answer
    }
}

/// `Bundler.require`
unsafe extern "C" fn bundler_require(count: c_int, arguments: *const VALUE, receiver: VALUE) -> VALUE {
    // SAFETY: Ruby passes `count` arguments.
    unsafe {
        let arguments = std::slice::from_raw_parts(arguments, count.max(0) as usize);
        if !active() {
            return call_original(original_of(Hook::BundlerRequire), receiver, arguments);
        }
        let name = with_session(|session, _| session.recorder.strings.intern(b"Bundler.require")).unwrap_or_default();
        let scope = Scope { kind: Kind::BundlerRequire, name, ..Scope::default() };
        enter(Some(original_of(Hook::BundlerRequire)), receiver, arguments, scope, Some(Phase::Gems))
    }
}

/// `I18n::Backend::Base#load_file`: translations are data of whoever ships them.
unsafe extern "C" fn load_locale(receiver: VALUE, file: VALUE) -> VALUE {
    // SAFETY: the argument is the caller's own.
    unsafe {
        if !active() {
            return call_original(original_of(Hook::Locales), receiver, &[file]);
        }
        let path = intern(rb_sys::rb_obj_as_string(file));
        let scope = Scope { kind: Kind::Locale, name: path, file: path, ..Scope::default() };
        enter(Some(original_of(Hook::Locales)), receiver, &[file], scope, None)
    }
}

fn intern(string: VALUE) -> StringId {
    let bytes = string_bytes(string).unwrap_or_default();
    with_session(|session: &mut Session, _| session.recorder.strings.intern(&bytes)).unwrap_or_default()
}

/// Where a block begins: `Proc#source_location`; empty and 0 for one made in C.
unsafe fn block_location(block: VALUE) -> (StringId, u32) {
    // SAFETY: nil and other objects are told apart before the call.
    unsafe {
        if rb_sys::rb_obj_is_proc(block) != Qtrue as VALUE {
            return (StringId::EMPTY, 0);
        }
        let location = rb_sys::rb_funcallv(block, rb_sys::rb_intern(c"source_location".as_ptr()), 0, std::ptr::null());
        if !rb_sys::RB_TYPE_P(location, rb_sys::RUBY_T_ARRAY) {
            return (StringId::EMPTY, 0);
        }
        let line = rb_sys::rb_num2uint(rb_sys::rb_ary_entry(location, 1)) as u32;
        (intern(rb_sys::rb_ary_entry(location, 0)), line)
    }
}
