//! How much a figure has grown within a time.

use std::collections::VecDeque;

/// Samples that are kept for a window, however long it is and however short the intervals.
const SAMPLES: f64 = 120.0;

/// The figure's past, as far as the window goes back. Times are seconds of a clock that only goes forward.
#[derive(Clone, Debug)]
pub struct Window {
    seconds: f64,
    samples: VecDeque<(f64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Since when.
    pub seconds: f64,
    pub from: u64,
    pub to: u64,
}

impl Window {
    pub fn new(seconds: f64) -> Window {
        Window { seconds, samples: VecDeque::new() }
    }

    /// Since the oldest sample of the window. None until that one is half as old as the window: a start is no growth yet.
    pub fn add(&mut self, now: f64, value: u64) -> Option<Growth> {
        self.add_any(now, value).filter(|it| it.seconds >= self.seconds / 2.0)
    }

    /// The same, however young the oldest sample is.
    pub fn add_any(&mut self, now: f64, value: u64) -> Option<Growth> {
        // An interval late by a moment is still within it.
        while self.samples.front().is_some_and(|(time, _)| now - time > self.seconds * 1.001) {
            self.samples.pop_front();
        }
        let oldest = self.samples.front().copied();
        if self.samples.back().is_none_or(|(time, _)| now - time >= self.seconds / SAMPLES * 0.999) {
            self.samples.push_back((now, value));
        }
        let (time, from) = oldest?;
        Some(Growth { seconds: now - time, from, to: value })
    }

    pub fn forget(&mut self) {
        self.samples.clear();
    }
}

impl Growth {
    pub fn amount(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }

    /// None of nothing.
    pub fn percent(&self) -> Option<f64> {
        (self.from > 0).then(|| self.amount() as f64 * 100.0 / self.from as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::{Growth, Window};

    #[test]
    fn it_is_told_from_half_a_window_on_and_against_the_oldest_within() {
        let mut window = Window::new(100.0);
        let grown: Vec<Option<u64>> =
            (0..=16).map(|step| window.add(f64::from(step) * 10.0, step as u64).map(|it| it.from)).collect();
        assert_eq!(grown[..5], [None; 5]);
        assert_eq!(grown[5..=10], [Some(0); 6]);
        assert_eq!(grown[11..], [Some(1), Some(2), Some(3), Some(4), Some(5), Some(6)]);
    }

    #[test]
    fn however_many_samples_few_are_kept() {
        let mut window = Window::new(3600.0);
        let mut last = None;
        for second in 0..20_000 {
            last = window.add(f64::from(second), second as u64 * 1000);
        }
        assert!((115..=122).contains(&window.samples.len()), "{}", window.samples.len());
        let last = last.unwrap();
        assert!((3560.0..=3604.0).contains(&last.seconds), "{last:?}");
    }

    #[test]
    fn after_a_pause_longer_than_the_window_it_begins_anew() {
        let mut window = Window::new(100.0);
        window.add(0.0, 1);
        window.add(60.0, 2);
        assert_eq!(window.add(1000.0, 9), None);
        assert_eq!(window.add(1060.0, 10), Some(Growth { seconds: 60.0, from: 9, to: 10 }));
    }

    #[test]
    fn of_nothing_there_is_no_percentage() {
        assert_eq!(Growth { seconds: 1.0, from: 0, to: 5 }.percent(), None);
        assert_eq!(Growth { seconds: 1.0, from: 50, to: 60 }.percent(), Some(20.0));
        assert_eq!(Growth { seconds: 1.0, from: 60, to: 50 }.amount(), 0);
    }
}
