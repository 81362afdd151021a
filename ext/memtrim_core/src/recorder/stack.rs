//! The scopes open in one thread or fiber, with their times.

use super::scopes::{ScopeId, RUBY};
use crate::recording::Phase;

#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub scope: ScopeId,
    /// The phase to go back to.
    pub phase: Phase,
    started_ns: u64,
    children_ns: u64,
}

#[derive(Debug)]
pub struct Stack {
    /// What a new thread or fiber inherits: the scope that created it.
    base: ScopeId,
    frames: Vec<Frame>,
}

impl Default for Stack {
    fn default() -> Self {
        Stack::new(RUBY)
    }
}

impl Stack {
    pub const fn new(base: ScopeId) -> Self {
        Stack { base, frames: Vec::new() }
    }

    pub fn set_base(&mut self, base: ScopeId) {
        self.base = base;
    }

    pub fn current(&self) -> ScopeId {
        self.frames.last().map_or(self.base, |frame| frame.scope)
    }

    pub fn depth(&self) -> u32 {
        self.frames.len() as u32
    }

    /// The depth before the push: what to unwind to.
    pub fn push(&mut self, scope: ScopeId, phase: Phase, now: u64) -> u32 {
        self.frames.push(Frame { scope, phase, started_ns: now, children_ns: 0 });
        self.depth() - 1
    }

    /// The frame, and the nanoseconds that were its own.
    pub fn pop(&mut self, now: u64) -> Option<(Frame, u64)> {
        let frame = self.frames.pop()?;
        let total = now.saturating_sub(frame.started_ns);
        if let Some(below) = self.frames.last_mut() {
            below.children_ns += total;
        }
        Some((frame, total.saturating_sub(frame.children_ns)))
    }

    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }
}
