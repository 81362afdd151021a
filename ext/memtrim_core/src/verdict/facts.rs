//! What is known of each gem and railtie besides the recording: what the app's source says, what boots without it
//! showed, what traced commands used. Written by Ruby, as JSON; every key may be left out.

use serde::Deserialize;
use std::fmt;

/// The newest version that is understood.
pub const SCHEMA: u32 = 1;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Facts {
    pub schema: u32,
    pub files_read: usize,
    /// Files of the app that could not be read, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// Places from which anything could be reached: file, line, text.
    pub unknowns: Vec<(String, u32, String)>,
    /// Where any constant could be looked up: file, line, text.
    pub run_time_names: Vec<(String, u32, String)>,
    /// None: no command was traced.
    pub trace: Option<Runs>,
    /// The command that runs the app's tests; empty: not known.
    pub tests: String,
    pub ignore: Vec<Ignore>,
    /// Gems that Ruby brings along: their files are found without a bundle.
    pub default_gems: Vec<String>,
    pub things: Vec<Thing>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Runs {
    pub runs: Vec<Run>,
    /// Lines of the log that were of another Gemfile.lock.
    pub stale: usize,
    /// Every run ended well.
    pub passed: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Run {
    pub command: String,
    /// None: it was broken off.
    pub status: Option<i32>,
    /// False where it never loaded the app: that it passed says nothing then. None: not known.
    pub booted: Option<bool>,
}

/// A finding that the app's config/memtrim.yml does not want to hear of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ignore {
    pub name: String,
    pub reason: String,
    pub line: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Thing {
    pub name: String,
    pub kind: Kind,
    pub version: Option<String>,
    /// None: a railtie, or a gem without a line of its own.
    pub gemfile: Option<GemfileLine>,
    pub constants: Vec<String>,
    pub uses: Vec<Use>,
    /// In generated files that nobody uses.
    pub idle_uses: Vec<Use>,
    pub by_gems: Vec<GemUse>,
    pub deeds: Vec<Deed>,
    pub files: Files,
    pub trace: Option<Trace>,
    /// None: no boot without it was tried.
    pub boots: Option<Boots>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Gem,
    Railtie,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GemfileLine {
    pub file: String,
    pub line: Option<u32>,
    /// The statement as it is written, of one line or of several.
    pub text: String,
    pub groups: Vec<String>,
    /// What Bundler requires for it; none: `require: false`.
    pub requires: Vec<String>,
    /// One of its groups is loaded in the environment of the recording.
    pub in_env: bool,
}

/// A place in the app's own files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Use {
    pub file: String,
    pub line: Option<u32>,
    pub how: How,
    /// As it is written.
    pub what: String,
    pub at: At,
    pub role: Role,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    Constant,
    Method,
    Require,
    Guard,
    String,
    Symbol,
    Template,
    View,
    Asset,
    Executable,
    /// A word in a file that nobody parses.
    Mention,
    Gemspec,
    Plugin,
    #[default]
    #[serde(other)]
    Other,
}

/// When the code of a use runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum At {
    Load,
    Block,
    Call,
    #[default]
    #[serde(other)]
    Other,
}

/// What the file of a use is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Boot,
    App,
    Lib,
    Task,
    Test,
    Development,
    Deploy,
    Text,
    #[default]
    #[serde(other)]
    Other,
}

/// A place in another gem's files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GemUse {
    pub gem: String,
    pub file: String,
    pub line: Option<u32>,
    pub how: How,
    pub what: String,
}

/// What a thing does or gives at boot without being asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Deed {
    pub kind: String,
    pub what: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    /// The app uses that very thing.
    pub used: bool,
    /// It only mixes modules in, or loads Rake tasks.
    pub harmless: bool,
}

/// How many files of each sort a gem consists of.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Files {
    pub ruby: usize,
    pub assets: usize,
    pub views: usize,
    pub signatures: usize,
    pub executables: usize,
    pub plugins: usize,
}

/// What the traced commands showed of one thing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Trace {
    pub how: Tracing,
    /// Of one that was unwatched.
    pub why: Option<String>,
    pub uses: Vec<FirstUse>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tracing {
    /// It was not loaded until its first use.
    Deferred,
    Watched,
    #[default]
    #[serde(other)]
    Unwatched,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FirstUse {
    pub phase: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub constant: Option<String>,
    /// From a line of the app's own files.
    pub direct: bool,
    pub command: Option<String>,
}

impl FirstUse {
    /// Nothing but test files stood between.
    pub fn of_tests(&self) -> bool {
        matches!(self.phase.as_str(), "test" | "test only" | "test_only")
    }
}

/// What boots without a thing showed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Boots {
    /// Nothing speaks against deferring it.
    pub safe: bool,
    /// What speaks against it, nobody needs.
    pub harmless: bool,
    /// None: not known.
    pub boots: Option<bool>,
    pub error: Option<String>,
    pub reasons: Vec<Reason>,
    /// Of a railtie: those that bring it in, and were left out with it.
    pub without: Vec<String>,
    /// Top-level constants that load it; none: those of the thing.
    pub constants: Vec<String>,
}

/// What speaks against deferring it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reason {
    pub what: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    /// As of a deed. `constants`: its constants can't load it, which says nothing against leaving it out.
    pub kind: Option<String>,
    pub used: bool,
}

/// Facts that can't be read.
#[derive(Debug)]
pub struct BadFacts(String);

impl fmt::Display for BadFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad facts: {}", self.0)
    }
}

impl std::error::Error for BadFacts {}

impl Facts {
    /// # Errors
    /// For what is no JSON of this shape, or of a newer one.
    pub fn parse(json: &str) -> Result<Facts, BadFacts> {
        let facts: Facts = serde_json::from_str(json).map_err(|error| BadFacts(error.to_string()))?;
        if facts.schema > SCHEMA {
            return Err(BadFacts(format!("their schema is {}, this memtrim reads {SCHEMA}", facts.schema)));
        }
        if let Some(nameless) = facts.things.iter().position(|thing| thing.name.is_empty()) {
            return Err(BadFacts(format!("thing {nameless} has no name")));
        }
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_may_be_missing_and_unknown_words_are_none() {
        let facts =
            Facts::parse(r#"{"things": [{"name": "x", "uses": [{"how": "telepathy", "at": "noon"}], "new": 1}]}"#);
        let facts = facts.unwrap();
        let use_ = &facts.things[0].uses[0];
        assert_eq!((use_.how, use_.at, use_.role), (How::Other, At::Other, Role::Other));
        assert!(facts.things[0].boots.is_none() && facts.trace.is_none());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let message = |json| Facts::parse(json).unwrap_err().to_string();
        assert!(message("{").starts_with("bad facts: EOF"));
        assert_eq!(message(r#"{"schema": 2}"#), "bad facts: their schema is 2, this memtrim reads 1");
        assert_eq!(message(r#"{"things": [{"version": "1"}]}"#), "bad facts: thing 0 has no name");
        assert!(message(r#"{"things": [{"name": "x", "kind": "engine"}]}"#).contains("engine"));
    }
}
