//! Phases: the named stretches of a boot.

use crate::process_memory::Usage;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// From the process's start to the recorder's.
    #[default]
    Ruby,
    /// `bundler/setup`.
    Bundler,
    /// Rails' own components: `rails/all`, or the railties that the app lists.
    Frameworks,
    /// `Bundler.require`.
    Gems,
    /// What config/application.rb and the environment file do besides; all of a program without Rails.
    Application,
    Initializers,
    EagerLoad,
    AfterInitialize,
    FirstRequest,
}

impl Phase {
    pub const ALL: [Phase; 9] = [
        Phase::Ruby,
        Phase::Bundler,
        Phase::Frameworks,
        Phase::Gems,
        Phase::Application,
        Phase::Initializers,
        Phase::EagerLoad,
        Phase::AfterInitialize,
        Phase::FirstRequest,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Phase::Ruby => "ruby",
            Phase::Bundler => "bundler",
            Phase::Frameworks => "frameworks",
            Phase::Gems => "gems",
            Phase::Application => "application",
            Phase::Initializers => "initializers",
            Phase::EagerLoad => "eager_load",
            Phase::AfterInitialize => "after_initialize",
            Phase::FirstRequest => "first_request",
        }
    }
}

/// One uninterrupted stretch of a phase; a phase may have several.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Segment {
    pub phase: Phase,
    /// Nanoseconds from the process's start to this segment's end.
    pub end_ns: u64,
    /// The process's memory at this segment's end; none after a segment of a few milliseconds, whose growth then
    /// counts with the next one's.
    pub usage: Option<Usage>,
}
