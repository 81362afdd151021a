//! The end of work that goes on until somebody says so.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Said by one thread, waited for by another.
#[derive(Debug, Default)]
pub struct Stop {
    said: Mutex<bool>,
    heard: Condvar,
}

impl Stop {
    pub fn say(&self) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_all();
    }

    /// Waits so long, or until it is said; whether it is.
    pub fn wait(&self, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        while !*said {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            said = self.heard.wait_timeout(said, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *said
    }

    /// For work that was interrupted by nothing, and goes on.
    pub fn forget(&self) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}
