//! What groups of parts do together, where mostly each part adds its own.

use super::cholesky::{inverse, Matrix};

/// Standard deviations of what is not known yet, around 0, and of a measurement; all in the unit of the figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Of what a part adds.
    pub part: f64,
    /// Of what the parts of a group do beyond their sum.
    pub together: f64,
    /// Of one measurement of a group.
    pub noise: f64,
}

/// The measurements of a group of parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub parts: Vec<usize>,
    pub mean: f64,
    pub count: usize,
}

/// What something is believed to be, and how surely: mean and standard deviation of a normal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    pub mean: f64,
    pub sd: f64,
}

/// A Bayesian linear model, which is ridge regression with its uncertainty (Bishop, Pattern Recognition and Machine
/// Learning, 3.3): a group's figure is the sum of its parts' effects, b, plus what its parts do together, u. With
/// normal priors the means of the groups, y, have y ~ N(Σb, together² + noise²/n) around the sum, since u of a group
/// is nobody else's; so only b is solved for, and u is what remains.
#[derive(Clone, Debug)]
pub struct Additive {
    spread: Spread,
    effects: Vec<f64>,
    covariance: Matrix,
}

impl Additive {
    /// `parts`: how many there are; groups have them by number.
    pub fn fit(parts: usize, groups: &[Group], spread: Spread) -> Self {
        let mut precision = vec![vec![0.0; parts]; parts];
        let mut weighted = vec![0.0; parts];
        for (number, row) in precision.iter_mut().enumerate() {
            row[number] = spread.part.powi(-2);
        }
        for group in groups.iter().filter(|group| group.count > 0) {
            let weight = 1.0 / (spread.together.powi(2) + spread.noise.powi(2) / group.count as f64);
            for i in &group.parts {
                weighted[*i] += weight * group.mean;
                for j in &group.parts {
                    precision[*i][*j] += weight;
                }
            }
        }
        // A diagonal that is positive and sums of squares: positive definite, unless figures are no numbers.
        let covariance = inverse(&precision).unwrap_or_else(|| vec![vec![0.0; parts]; parts]);
        let effects = covariance.iter().map(|row| row.iter().zip(&weighted).map(|(a, b)| a * b).sum()).collect();
        Additive { spread, effects, covariance }
    }

    /// What a part adds.
    pub fn effect(&self, part: usize) -> f64 {
        self.effects[part]
    }

    /// What these parts do that were never measured together.
    pub fn predict(&self, parts: &[usize]) -> Belief {
        let (mean, variance) = self.sum(parts);
        Belief { mean, sd: (variance + self.spread.together.powi(2)).sqrt() }
    }

    /// What the parts of a group do, which is one of those that the model was made from: between their sum and what was
    /// measured, the closer to that the more often it was.
    pub fn estimate(&self, group: &Group) -> Belief {
        if group.count == 0 {
            return self.predict(&group.parts);
        }
        let (together, noise) = (self.spread.together.powi(2), self.spread.noise.powi(2) / group.count as f64);
        let own = together / (together + noise);
        let (sum, variance) = self.sum(&group.parts);
        Belief {
            mean: own * group.mean + (1.0 - own) * sum,
            sd: ((1.0 - own).powi(2) * variance + (1.0 - own) * together).sqrt(),
        }
    }

    /// Of the parts' effects: mean and variance.
    fn sum(&self, parts: &[usize]) -> (f64, f64) {
        let variance: f64 = parts.iter().flat_map(|i| parts.iter().map(|j| self.covariance[*i][*j])).sum();
        (parts.iter().map(|part| self.effects[*part]).sum(), variance.max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    const SPREAD: Spread = Spread { part: 0.05, together: 0.02, noise: 0.045 };

    fn group(parts: &[usize], mean: f64, count: usize) -> Group {
        Group { parts: parts.to_vec(), mean, count }
    }

    /// One part, one group: the textbook's normal mean with a normal prior, whose precisions add up.
    #[test]
    fn a_single_measurement_is_drawn_towards_the_prior() {
        let measured = group(&[0], 0.08, 1);
        let belief = Additive::fit(1, std::slice::from_ref(&measured), SPREAD).estimate(&measured);
        let (prior, noise) = (0.05_f64.powi(2) + 0.02_f64.powi(2), 0.045_f64.powi(2));
        let expected = Belief { mean: 0.08 * prior / (prior + noise), sd: (prior * noise / (prior + noise)).sqrt() };
        assert!((belief.mean - expected.mean).abs() < 1e-12 && (belief.sd - expected.sd).abs() < 1e-12);
    }

    #[test]
    fn what_was_never_measured_is_the_prior() {
        let belief = Additive::fit(2, &[], SPREAD).predict(&[0, 1]);
        let expected = (2.0 * 0.05_f64.powi(2) + 0.02_f64.powi(2)).sqrt();
        assert!(belief.mean == 0.0 && (belief.sd - expected).abs() < 1e-12);
        assert_eq!(Additive::fit(1, &[], SPREAD).estimate(&group(&[0], 9.0, 0)).mean, 0.0);
    }

    #[test]
    fn groups_tell_of_the_parts_they_share() {
        let groups = [group(&[0], 0.10, 50), group(&[0, 1], 0.10, 50), group(&[2, 1], 0.0, 50)];
        let model = Additive::fit(3, &groups, SPREAD);
        assert!(model.effect(0) > 0.07 && model.effect(1).abs() < 0.02 && model.effect(2).abs() < 0.02);
        assert!(model.predict(&[0, 2]).mean > 0.07);
        assert!(model.predict(&[0, 2]).sd > model.estimate(&groups[0]).sd);
        let often = group(&[0, 1], -0.3, 100_000);
        let model = Additive::fit(3, std::slice::from_ref(&often), SPREAD);
        assert!((model.estimate(&often).mean + 0.3).abs() < 1e-4, "what is measured often is what was measured");
    }

    /// Truths drawn from the priors: the beliefs must be as sure as they may be, and no surer.
    #[test]
    fn beliefs_are_as_far_off_as_they_say() {
        let (mut random, mut squares, mut count) = (Random::new(3), 0.0, 0);
        for _ in 0..40 {
            let parts: Vec<f64> = (0..10).map(|_| random.normal() * SPREAD.part).collect();
            let mut groups = Vec::new();
            let mut truths = Vec::new();
            for _ in 0..25 {
                let own: Vec<usize> = (0..10).filter(|_| random.uniform() < 0.3).collect();
                let truth = own.iter().map(|it| parts[*it]).sum::<f64>() + random.normal() * SPREAD.together;
                let times = 1 + (random.uniform() * 4.0) as usize;
                let mean = truth + random.normal() * SPREAD.noise / (times as f64).sqrt();
                truths.push(truth);
                groups.push(group(&own, mean, times));
            }
            let model = Additive::fit(10, &groups, SPREAD);
            for (group, truth) in groups.iter().zip(truths) {
                let belief = model.estimate(group);
                squares += ((truth - belief.mean) / belief.sd).powi(2);
                count += 1;
            }
        }
        let ratio = squares / f64::from(count);
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
    }
}
