//! What a rule says.

use super::case::Case;
use super::edit::Edit;
use super::evidence::Evidence;
use serde::Serialize;

/// What to do with a thing. In the order of a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Remove,
    Defer,
    Unknown,
    Keep,
}

/// How that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// By experiment: boots without it, or commands that passed with it deferred.
    Proved,
    /// Seen in a run.
    Observed,
    /// Read in the source.
    Static,
}

#[derive(Clone, Debug)]
pub struct Ruling {
    pub answer: Answer,
    pub confidence: Confidence,
    /// One sentence.
    pub why: String,
    pub evidence: Vec<Evidence>,
    pub edit: Option<Edit>,
    pub risk: Option<String>,
    /// The command that would tell more.
    pub settle: Option<String>,
}

impl Ruling {
    pub fn new(answer: Answer, confidence: Confidence, why: impl Into<String>, evidence: Vec<Evidence>) -> Self {
        Ruling { answer, confidence, why: why.into(), evidence, edit: None, risk: None, settle: None }
    }

    pub fn keep(confidence: Confidence, why: impl Into<String>, evidence: Vec<Evidence>) -> Self {
        Ruling::new(Answer::Keep, confidence, why, evidence)
    }

    pub fn unknown(why: impl Into<String>, evidence: Vec<Evidence>) -> Self {
        Ruling::new(Answer::Unknown, Confidence::Static, why, evidence)
    }

    pub fn risk(self, risk: impl Into<String>) -> Self {
        Ruling { risk: Some(risk.into()), ..self }
    }

    pub fn edit(self, edit: Option<Edit>) -> Self {
        Ruling { edit, ..self }
    }

    pub fn settle(self, command: impl Into<String>) -> Self {
        Ruling { settle: Some(command.into()), ..self }
    }
}

/// Answers, or leaves it to the next rule.
pub struct Rule {
    pub name: &'static str,
    pub apply: fn(&Case) -> Option<Ruling>,
}
