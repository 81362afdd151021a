//! One way to boot.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The app as it is.
    Base,
    /// A gem left out.
    Gem,
    /// A railtie left out.
    Railtie,
    /// Several gems and railties left out.
    Set,
    Setting,
    /// An environment variable.
    Variable,
    Allocator,
    /// Another checkout of the app.
    Checkout,
}

impl Kind {
    /// Something is not loaded, rather than something done otherwise.
    pub fn leaves_out(self) -> bool {
        matches!(self, Kind::Gem | Kind::Railtie | Kind::Set)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Variant {
    pub name: String,
    pub kind: Kind,
    /// What a set leaves out, by name.
    #[serde(default)]
    pub members: Vec<String>,
    /// What the require graph said it would save.
    #[serde(default)]
    pub predicted_bytes: Option<u64>,
    /// The one variant that leaves out everything that can go.
    #[serde(default)]
    pub together: bool,
}
