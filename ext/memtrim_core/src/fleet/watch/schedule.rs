//! When the next interval is: at whole multiples from the start, so that none of them drifts.

/// Times are seconds since the start.
#[derive(Debug)]
pub struct Schedule {
    interval: f64,
    due: u64,
}

impl Schedule {
    /// The first is due at once.
    pub fn new(interval: f64) -> Schedule {
        Schedule { interval, due: 0 }
    }

    /// Seconds until it is due; None: now.
    pub fn wait(&self, now: f64) -> Option<f64> {
        let left = self.due as f64 * self.interval - now;
        (left > 0.0).then_some(left)
    }

    /// It was done; those that were missed meanwhile are passed over.
    pub fn done(&mut self, now: f64) {
        self.due = (self.due + 1).max((now / self.interval) as u64 + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn it_does_not_drift_and_passes_over_what_was_missed() {
        let mut schedule = Schedule::new(10.0);
        assert_eq!(schedule.wait(0.0), None);
        schedule.done(0.5);
        assert_eq!(schedule.wait(0.5), Some(9.5));
        assert_eq!(schedule.wait(10.0), None);
        schedule.done(10.7);
        assert_eq!(schedule.wait(10.7), Some(9.3));
        schedule.done(57.0);
        assert_eq!(schedule.wait(57.0), Some(3.0));
    }

    #[test]
    fn one_that_woke_a_moment_early_is_not_done_twice() {
        let mut schedule = Schedule::new(0.1);
        schedule.done(0.0);
        schedule.done(0.099_999_9);
        assert!(schedule.wait(0.1).is_some());
    }
}
