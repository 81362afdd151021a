//! One thing with all that is known of it, and what the rules ask of it.

use super::deeds;
use super::evidence::{self, Evidence};
use super::facts::{Boots, Deed, Facts, FirstUse, How, Kind, Reason, Role, Thing, Tracing, Use};
use super::figures::Figures;

/// What all things of an app share.
pub struct Setting<'a> {
    pub facts: &'a Facts,
    /// The environment that was recorded.
    pub environment: String,
    /// The app's own classes were loaded at boot.
    pub eager_load: bool,
    /// The recorded boot came to its end, without an error.
    pub whole: bool,
    /// The railties that were loaded, in Rails' order.
    pub railties: Vec<String>,
    pub gems_of_rails: Vec<String>,
}

pub struct Case<'a> {
    pub setting: &'a Setting<'a>,
    pub thing: &'a Thing,
    pub figures: Figures,
}

impl<'a> Case<'a> {
    pub fn is_railtie(&self) -> bool {
        self.thing.kind == Kind::Railtie
    }

    /// Whether a place is read only in development or by tests, and those are not what was recorded.
    fn is_of_development(&self, it: &Use) -> bool {
        // The list of railties is that of all environments.
        if self.is_railtie() || matches!(self.setting.environment.as_str(), "development" | "test") {
            return false;
        }
        // A staging environment is deployed.
        let deployed = it.file.strip_prefix("config/environments/").and_then(|file| file.strip_suffix(".rb"));
        let deployed = deployed.is_some_and(|name| !matches!(name, "development" | "test"));
        matches!(it.role, Role::Test | Role::Development) && !deployed || it.file.starts_with(".github/")
    }

    fn is_mention(it: &Use) -> bool {
        let in_text = it.role == Role::Text && matches!(it.how, How::String | How::Other);
        matches!(it.how, How::Mention | How::Gemspec) || in_text
    }

    /// Uses that count where the app is deployed.
    pub fn uses(&self) -> Vec<&'a Use> {
        self.all_uses().filter(|it| !Self::is_mention(it) && !self.is_of_development(it)).collect()
    }

    /// Uses of tests and of development, mentions included.
    pub fn development_uses(&self) -> Vec<&'a Use> {
        self.all_uses().filter(|it| self.is_of_development(it)).collect()
    }

    /// Places that name it, and nobody knows whether they use it.
    pub fn mentions(&self) -> Vec<&'a Use> {
        self.all_uses().filter(|it| Self::is_mention(it) && !self.is_of_development(it)).collect()
    }

    /// A generated file that nobody uses is loaded all the same. Without a railtie it is not.
    fn all_uses(&self) -> impl Iterator<Item = &'a Use> {
        let idle: &[Use] = if self.is_railtie() { &[] } else { &self.thing.idle_uses };
        self.thing.uses.iter().chain(idle)
    }

    /// First uses in traced commands by the app; of what was not loaded until then, whoever it was.
    pub fn traced_uses(&self) -> Vec<&'a FirstUse> {
        self.traces().filter(|it| !it.of_tests() && self.is_the_apps(it)).collect()
    }

    /// First uses by test files alone.
    pub fn traced_tests(&self) -> Vec<&'a FirstUse> {
        self.traces().filter(|it| it.of_tests()).collect()
    }

    /// Calls by code that is not the app's; for a railtie that is the framework itself.
    pub fn traced_calls(&self) -> Vec<&'a FirstUse> {
        self.traces().filter(|it| !self.is_railtie() && !it.of_tests() && !self.is_the_apps(it)).collect()
    }

    fn is_the_apps(&self, it: &FirstUse) -> bool {
        it.direct || self.watched() == Some(Tracing::Deferred)
    }

    fn traces(&self) -> impl Iterator<Item = &'a FirstUse> {
        self.thing.trace.iter().flat_map(|trace| &trace.uses)
    }

    pub fn watched(&self) -> Option<Tracing> {
        self.thing.trace.as_ref().map(|trace| trace.how)
    }

    /// Every traced command passed, with the thing watched.
    pub fn trace_passed(&self) -> bool {
        !self.passed_commands().is_empty()
    }

    /// The traced commands, where all of them passed with the thing watched.
    pub fn passed_commands(&self) -> Vec<&'a str> {
        let watched = self.watched().is_some_and(|how| how != Tracing::Unwatched) && self.is_loaded_by_tests();
        let trace = self.setting.facts.trace.as_ref().filter(|trace| watched && trace.passed);
        let runs = trace.iter().flat_map(|trace| &trace.runs).filter(|run| run.booted != Some(false));
        let mut commands: Vec<&str> = Vec::new();
        for run in runs {
            if !commands.contains(&run.command.as_str()) {
                commands.push(&run.command);
            }
        }
        commands
    }

    /// A gem of a group of production's own is not there when tests run: that they pass says nothing.
    fn is_loaded_by_tests(&self) -> bool {
        let groups = self.thing.gemfile.as_ref().map_or(&[][..], |line| &line.groups);
        groups.is_empty() || groups.iter().any(|group| matches!(group.as_str(), "default" | "test"))
    }

    pub fn passed_deferred(&self) -> bool {
        self.trace_passed() && self.watched() == Some(Tracing::Deferred)
    }

    /// What it does at boot unasked.
    pub fn acts(&self) -> Vec<&'a Deed> {
        self.thing.deeds.iter().filter(|deed| deeds::acts(deed, self.thing.kind)).collect()
    }

    /// What it gives to the app, and the app uses.
    pub fn used_deeds(&self) -> Vec<&'a Deed> {
        self.thing.deeds.iter().filter(|deed| deed.used).collect()
    }

    pub fn hidden_deeds(&self) -> Vec<&'a Deed> {
        self.thing.deeds.iter().filter(|deed| deeds::is_hidden(deed)).collect()
    }

    pub fn boots(&self) -> Option<&'a Boots> {
        self.thing.boots.as_ref()
    }

    pub fn boots_without(&self) -> Option<bool> {
        self.boots().and_then(|boots| boots.boots)
    }

    /// What an app without it would lack, as boots showed.
    pub fn missed(&self) -> Vec<&'a Reason> {
        let Some(boots) = self.boots() else { return Vec::new() };
        boots.reasons.iter().filter(|reason| deeds::is_missed(reason, &self.thing.deeds, boots.harmless)).collect()
    }

    /// Boots showed that it can wait for its first use, if need be by force.
    pub fn is_deferrable(&self) -> bool {
        let Some(boots) = self.boots() else { return false };
        self.thing.kind == Kind::Gem
            && boots.boots == Some(true)
            && (boots.safe || boots.harmless)
            && !self.constants().is_empty()
            && self.acts().is_empty()
            && self.used_deeds().is_empty()
            && !self.hidden_deeds().iter().any(|deed| deeds::is_done_to_others(deed))
            && self.missed().is_empty()
            && !boots.reasons.iter().any(deeds::is_not_brought_back)
    }

    /// The top-level constants that load it.
    pub fn constants(&self) -> Vec<String> {
        let tried = self.boots().map_or(&[][..], |boots| &boots.constants);
        let names = if tried.is_empty() { &self.thing.constants } else { tried };
        let mut top: Vec<String> = Vec::new();
        for name in names.iter().filter(|name| !name.contains("::")) {
            if !top.contains(name) {
                top.push(name.clone());
            }
        }
        top
    }

    /// As a sentence has it: `Chronic`, or the gem's name.
    pub fn constant(&self) -> String {
        self.constants().first().or(self.thing.constants.first()).cloned().unwrap_or_else(|| self.thing.name.clone())
    }

    pub fn environment(&self) -> &'a str {
        match self.setting.environment.as_str() {
            "" => "the app",
            name => name,
        }
    }

    /// The command to trace: one that was traced before, or the app's tests.
    pub fn trace_command(&self) -> String {
        let facts = self.setting.facts;
        let traced = facts.trace.as_ref().and_then(|trace| trace.runs.first()).map_or("", |run| run.command.as_str());
        let command = [traced, facts.tests.as_str(), "bin/rails test"].into_iter().find(|command| !command.is_empty());
        format!("memtrim trace -- {}", command.unwrap_or_default())
    }

    /// Where the app's own files use it, as `file:line`.
    pub fn places(&self) -> Vec<String> {
        let mut places: Vec<String> = Vec::new();
        for it in self.uses().into_iter().chain(self.development_uses()) {
            let place = evidence::place(&it.file, it.line);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// The Gemfile's line of it.
    pub fn line(&self, why: &str) -> Vec<Evidence> {
        let line = self.thing.gemfile.as_ref();
        line.map(|line| Evidence::new(Some(&line.file), line.line, why.to_string())).into_iter().collect()
    }
}
