//! What can be expected of a confirmation that is yet to be made, or to be gone on with.

use super::beliefs::Effects;
use crate::statistics::quantile;
use statrs::distribution::{ContinuousCDF, Normal};

/// Anonymous memory, as a logarithm of its ratio, that CPU within the limit weighs: 1 % of CPU must save 0.2 % of memory.
const PRICE: f64 = 0.2;
/// The same of each setting: somebody has to understand it, for years.
pub const LINE: f64 = 0.004;

/// How likely a confirmation is to succeed.
#[derive(Clone, Copy, Debug)]
pub struct Prospect {
    /// CPU that is allowed, as a logarithm.
    pub limit: f64,
    /// Standard deviation of a pair's ratio of CPU.
    pub noise: f64,
    /// Pairs that the confirmation has, and their mean CPU.
    pub seen: (usize, f64),
    /// Pairs that it can still have.
    pub to_come: usize,
    /// Half the width of its interval then.
    pub half_width: f64,
}

impl Prospect {
    /// `level`: of the interval at each look.
    pub fn new(limit: f64, noise: f64, seen: (usize, f64), to_come: usize, level: f64) -> Self {
        let pairs = (seen.0 + to_come).max(2) as f64;
        let half_width = quantile(level, pairs - 1.0).unwrap_or(f64::INFINITY) * noise / pairs.sqrt();
        Prospect { limit, noise, seen, to_come, half_width }
    }

    /// Memory that it can be expected to prove saved beyond `known`, less what that costs: what would probably fail is
    /// worth little, however much it saves. None of what saves no more.
    pub fn value(&self, effects: &Effects, settings: usize, known: f64) -> Option<f64> {
        let more = gain_of(effects, settings) - known;
        (more > 0.0).then(|| more * self.success(effects))
    }

    /// Probability that the whole of the interval is within the limit when all pairs are made. The mean of those to come
    /// is normal, around what is believed, as far off as the belief and its own chance together.
    pub fn success(&self, effects: &Effects) -> f64 {
        let (seen, sum) = (self.seen.0 as f64, self.seen.0 as f64 * self.seen.1);
        let most = self.limit - self.half_width;
        if self.to_come == 0 {
            return f64::from(u8::from(self.seen.0 > 0 && self.seen.1 <= most));
        }
        let to_come = self.to_come as f64;
        let needed = (most * (seen + to_come) - sum) / to_come;
        let sd = (effects.cpu.sd.powi(2) + self.noise.powi(2) / to_come).sqrt();
        Normal::standard().cdf((needed - effects.cpu.mean) / sd)
    }
}

/// What so much less memory and more CPU are worth together, all as logarithms of ratios.
pub fn gain(anon: f64, cpu: f64) -> f64 {
    -anon - PRICE * cpu.max(0.0)
}

/// What so many settings save, less what they cost.
pub fn gain_of(effects: &Effects, settings: usize) -> f64 {
    gain(effects.anon.mean, effects.cpu.mean) - LINE * settings as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Belief;

    fn effects(anon: f64, cpu: f64) -> Effects {
        Effects { anon: Belief { mean: anon, sd: 0.01 }, cpu: Belief { mean: cpu, sd: 0.01 } }
    }

    fn fresh(pairs: usize) -> Prospect {
        Prospect::new(0.05, 0.045, (0, 0.0), pairs, 0.995)
    }

    #[test]
    fn what_costs_little_succeeds_and_what_costs_nearly_the_limit_does_not() {
        assert!(fresh(40).success(&effects(-0.2, 0.0)) > 0.9);
        assert!(fresh(40).success(&effects(-0.2, 0.045)) < 0.1);
        assert!(fresh(10).success(&effects(-0.2, 0.0)) < fresh(40).success(&effects(-0.2, 0.0)));
    }

    /// Without chance the mean of half the pairs must make up for that of the other half.
    #[test]
    fn pairs_that_were_made_count() {
        let halfway = |seen| Prospect::new(0.05, 0.045, (20, seen), 20, 0.995).success(&effects(-0.2, 0.02));
        assert!(halfway(0.0) > halfway(0.02) && halfway(0.02) > halfway(0.05));
        let over = |seen| Prospect::new(0.05, 0.045, (40, seen), 0, 0.995).success(&effects(-0.2, 0.02));
        assert_eq!((over(0.01), over(0.04)), (1.0, 0.0));
    }

    #[test]
    fn a_passenger_lowers_the_gain() {
        assert!(gain_of(&effects(-0.2, 0.0), 2) > gain_of(&effects(-0.2, 0.0), 3));
        assert!(gain_of(&effects(-0.2, 0.0), 2) > gain_of(&effects(-0.203, 0.02), 2));
    }
}
