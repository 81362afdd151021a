//! Which alerts fire, and which recover: each once for each subject that it is about.

use super::condition::{Condition, Test};
use super::event::{Event, Measured, State};
use super::growth::Window;
use super::subject::{instances, Instance};
use crate::fleet::Fleet;
use rustc_hash::FxHashMap;

/// Intervals inside the limit, one after the other, before an alert has recovered: what goes to and fro across the limit
/// fires once.
const CALM: u32 = 2;

#[derive(Debug)]
pub struct Alerts(Vec<Alert>);

#[derive(Debug)]
struct Alert {
    condition: Condition,
    /// By their identities. Those that are gone are forgotten.
    watched: FxHashMap<String, Watched>,
}

#[derive(Debug)]
struct Watched {
    name: String,
    generation: (i32, u64),
    window: Option<Window>,
    firing: bool,
    /// Intervals inside since it was outside.
    calm: u32,
    seen: bool,
}

impl Alerts {
    pub fn new(conditions: Vec<Condition>) -> Alerts {
        Alerts(conditions.into_iter().map(|condition| Alert { condition, watched: FxHashMap::default() }).collect())
    }

    /// What has happened since the last time. `now`: seconds of a clock that only goes forward.
    pub fn judge(&mut self, now: f64, fleet: &Fleet) -> Vec<Event> {
        self.0.iter_mut().flat_map(|alert| alert.judge(now, fleet)).collect()
    }

    /// How many fire now.
    pub fn firing(&self) -> usize {
        self.0.iter().map(|alert| alert.watched.values().filter(|it| it.firing).count()).sum()
    }
}

impl Alert {
    fn judge(&mut self, now: f64, fleet: &Fleet) -> Vec<Event> {
        let Alert { condition, watched } = self;
        let mut events = Vec::new();
        for instance in instances(condition.subject, condition.figure, fleet) {
            let it = match watched.get_mut(&instance.identity) {
                Some(it) => it,
                None => watched.entry(instance.identity.clone()).or_insert_with(|| Watched::new(condition, &instance)),
            };
            it.seen = true;
            let measured = it.measure(now, &instance);
            if let Some(state) = it.next(measured.meets(condition)) {
                events.push(Event::new(fleet.time, state, condition, &it.name, Some(measured)));
            }
        }
        let mut gone: Vec<String> = Vec::new();
        watched.retain(|_, it| {
            if !it.seen && it.firing {
                gone.push(std::mem::take(&mut it.name));
            }
            std::mem::take(&mut it.seen)
        });
        gone.sort();
        events.extend(gone.iter().map(|name| Event::new(fleet.time, State::Recovered, condition, name, None)));
        events
    }
}

impl Watched {
    fn new(condition: &Condition, instance: &Instance) -> Watched {
        let window = match condition.test {
            Test::Grew { seconds, .. } => Some(Window::new(seconds)),
            _ => None,
        };
        Watched {
            name: instance.name.clone(),
            generation: instance.generation,
            window,
            firing: false,
            calm: 0,
            seen: true,
        }
    }

    fn measure(&mut self, now: f64, instance: &Instance) -> Measured {
        let restarted = self.generation != instance.generation;
        self.generation = instance.generation;
        let growth = self.window.as_mut().and_then(|window| {
            if restarted {
                window.forget();
            }
            window.add(now, instance.value)
        });
        Measured { value: instance.value, growth }
    }

    fn next(&mut self, outside: bool) -> Option<State> {
        self.calm = if outside { 0 } else { self.calm + 1 };
        match (self.firing, outside) {
            (false, true) => {
                self.firing = true;
                Some(State::Fired)
            }
            (true, false) if self.calm >= CALM => {
                self.firing = false;
                Some(State::Recovered)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
