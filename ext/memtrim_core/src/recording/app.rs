//! What only Ruby knows of a booted program: its environment, gems, railties and directories.

use crate::recorder::ScopeId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct App {
    pub name: String,
    /// The app's root directory, absolute, without a trailing slash.
    pub root: String,
    pub environment: Environment,
    pub gems: Vec<Gem>,
    /// The components of `rails/all`, in its order.
    pub components: Vec<Component>,
    pub railtie_classes: Vec<RailtieClass>,
    pub eager_roots: Vec<EagerRoot>,
    /// `$LOAD_PATH`, absolute.
    pub load_path: Vec<String>,
    /// Directories of Ruby's own library.
    pub ruby_dirs: Vec<String>,
    /// Objects moved by compaction while recording: their tags are lost.
    pub compactions: u64,
    /// What others than Ruby and Rails have added to the program.
    pub offers: Vec<Offer>,
    /// Top-level constants, each with the absolute path of the file that opened it first.
    pub constants: Vec<(String, String)>,
    /// Absolute paths of all loaded files.
    pub features: Vec<String>,
}

/// Something that a gem does or gives: what `ShowcaseMemtrim::Shape` tells of a booted app.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    /// `middleware`, `method`, `mime_type`, …
    pub kind: String,
    pub name: String,
    /// Absolute; None where Ruby does not know.
    pub file: Option<String>,
    pub line: Option<u32>,
    /// Of a mixin: its public and private methods.
    pub methods: Vec<String>,
    /// Of these, those that answer in the place of others'.
    pub overrides: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    pub ruby: String,
    pub rails: Option<String>,
    pub bundler: Option<String>,
    pub platform: String,
    pub allocator: String,
    pub rails_env: Option<String>,
    pub eager_load: Option<bool>,
    pub bootsnap: bool,
    pub yjit: bool,
}

/// A gem of the bundle (or, without Bundler, an activated gem).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Gem {
    pub name: String,
    pub version: String,
    /// Named in the Gemfile, not only a dependency.
    pub in_gemfile: bool,
    /// What `Bundler.require` requires for it; empty for `require: false` and for dependencies.
    pub autorequire: Vec<String>,
    /// Directories whose files are this gem's, absolute: its root and its extensions' directory.
    pub dirs: Vec<String>,
    pub dependencies: Vec<String>,
    /// Of its line in the Gemfile; None for a dependency.
    pub groups: Option<Vec<String>>,
    pub executables: Vec<String>,
}

/// A Rails component by its require path.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Component {
    /// `active_storage/engine`
    pub name: String,
    /// The file it is, absolute; empty when the installed Rails has none.
    pub file: String,
}

/// A `Rails::Railtie` subclass.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RailtieClass {
    pub name: String,
    /// The scope that made the class.
    pub scope: ScopeId,
    /// Of an engine: its root directory, absolute.
    pub root: Option<String>,
}

/// What is eager-loaded as a whole: a Zeitwerk loader with its directories.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EagerRoot {
    pub name: String,
    /// The scope that made the loader.
    pub scope: ScopeId,
    pub dirs: Vec<String>,
    /// Directories and files it leaves out.
    pub ignored: Vec<String>,
    /// True when it was eager-loaded in this boot.
    pub eager_loaded: bool,
}
