//! A mean, or a difference of means, with its confidence interval.

use super::describe::{mean, variance};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A figure and how far off it may be, both in the unit of the values it was made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// Half the width of the two-sided interval; 0 where the values do not vary at all.
    pub half_width: f64,
}

impl Estimate {
    /// The mean of what the values were drawn from, with Student's t interval at a confidence `level` between
    /// 0 and 1. None of fewer than two values.
    pub fn of_mean(values: &[f64], level: f64) -> Option<Self> {
        let value = mean(values)?;
        let squared_error = variance(values)? / values.len() as f64;
        Self::new(value, squared_error, (values.len() - 1) as f64, level)
    }

    /// mean(a) − mean(b), with Welch's interval: t with the Welch–Satterthwaite degrees of freedom (B. L. Welch,
    /// Biometrika 34, 1947), so neither equal variances nor equal numbers are assumed. None where a side has
    /// fewer than two values.
    pub fn of_difference(a: &[f64], b: &[f64], level: f64) -> Option<Self> {
        let value = mean(a)? - mean(b)?;
        let (n, m) = (a.len() as f64, b.len() as f64);
        let (from_a, from_b) = (variance(a)? / n, variance(b)? / m);
        let freedom = (from_a + from_b).powi(2) / (from_a.powi(2) / (n - 1.0) + from_b.powi(2) / (m - 1.0));
        Self::new(value, from_a + from_b, freedom, level)
    }

    fn new(value: f64, squared_error: f64, freedom: f64, level: f64) -> Option<Self> {
        // Without variance there are no degrees of freedom either: 0 / 0.
        let half_width = if squared_error == 0.0 { 0.0 } else { quantile(level, freedom)? * squared_error.sqrt() };
        Some(Estimate { value, half_width })
    }

    pub fn low(&self) -> f64 {
        self.value - self.half_width
    }

    pub fn high(&self) -> f64 {
        self.value + self.half_width
    }

    /// True when the interval holds this value, its ends among it.
    pub fn includes(&self, value: f64) -> bool {
        (self.low()..=self.high()).contains(&value)
    }
}

/// The t that a share `level` of Student's distribution lies within, on both sides of 0, to nine digits. None where
/// there is no such distribution, or no such t.
///
/// Found by halving: the library's own inverse goes by Newton's method (AS 109) without a limit of steps, and for
/// very many degrees of freedom does not return.
pub fn quantile(level: f64, freedom: f64) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    let below = (1.0 + level) / 2.0;
    let mut high = (0..64).map(|power| f64::powi(2.0, power)).find(|t| student.cdf(*t) >= below)?;
    let mut low = 0.0;
    while high - low > 1e-9 * high {
        let middle = (low + high) / 2.0;
        if student.cdf(middle) < below {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
    }

    /// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: critical values of Student's t.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (level, freedom, expected) in [
            (0.95, 1.0, 12.706),
            (0.95, 2.0, 4.303),
            (0.95, 5.0, 2.571),
            (0.95, 7.0, 2.365),
            (0.95, 10.0, 2.228),
            (0.95, 30.0, 2.042),
            (0.95, 100.0, 1.984),
            (0.90, 4.0, 2.132),
            (0.98, 15.0, 2.602),
            (0.99, 7.0, 3.499),
            (0.99, 40.0, 2.704),
            (0.998, 7.0, 4.785),
        ] {
            close(quantile(level, freedom).unwrap(), expected, 6e-4);
        }
    }

    /// Degrees of freedom are rarely whole: what lies within grows and shrinks steadily between the tables' rows.
    #[test]
    fn quantiles_between_the_tables_rows() {
        let list: Vec<f64> = (0..200).map(|step| quantile(0.99, 2.0 + f64::from(step) / 7.0).unwrap()).collect();
        assert!(list.windows(2).all(|pair| pair[1] < pair[0]));
        close(quantile(0.95, 1e4).unwrap(), 1.960_201, 1e-5);
        assert!(quantile(0.95, 1e9).is_some_and(|t| t.is_finite()), "and it returns, always");
    }

    /// The examples of R's `t.test`, with the intervals that it prints: the sleep data (Student, 1908) and those of
    /// its manual page, sides of different sizes and variances.
    #[test]
    fn worked_examples_of_welch() {
        let sleep = [
            vec![0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
            vec![1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
        ];
        let to = |first: i32, last: i32| (first..=last).map(f64::from).collect::<Vec<f64>>();
        let with_outlier: Vec<f64> = to(7, 20).into_iter().chain([200.0]).collect();
        for (a, b, low, high) in [
            (&sleep[0], &sleep[1], -3.365_483_2, 0.205_483_2),
            (&to(1, 10), &to(7, 20), -11.052_802, -4.947_198),
            (&to(1, 10), &with_outlier, -47.242_900, 6.376_233),
        ] {
            let estimate = Estimate::of_difference(a, b, 0.95).unwrap();
            close(estimate.low(), low, 1e-5);
            close(estimate.high(), high, 1e-5);
        }
    }

    #[test]
    fn too_few_values_and_none_that_vary() {
        assert_eq!(Estimate::of_difference(&[1.0], &[1.0, 2.0], 0.95), None);
        assert_eq!(Estimate::of_mean(&[1.0], 0.95), None);
        let point = Estimate::of_difference(&[5.0, 5.0], &[3.0, 3.0], 0.95).unwrap();
        assert_eq!((point.low(), point.high()), (2.0, 2.0));
        assert!(!point.includes(0.0));
        assert!(Estimate::of_difference(&[5.0, 5.0], &[3.0, 4.0], 0.95).unwrap().half_width > 0.0);
    }

    /// How often the intervals of simulated samples hold the true difference, 0.
    fn coverage(sizes: (usize, usize), mut draw: impl FnMut(&mut Random) -> f64) -> f64 {
        let mut random = Random::new(7);
        let rounds = 1500;
        let hits = (0..rounds).filter(|_| {
            let a: Vec<f64> = (0..sizes.0).map(|_| draw(&mut random)).collect();
            let b: Vec<f64> = (0..sizes.1).map(|_| draw(&mut random)).collect();
            Estimate::of_difference(&a, &b, 0.95).unwrap().includes(0.0)
        });
        hits.count() as f64 / f64::from(rounds)
    }

    /// Four standard errors of a share of 0.95 in 1500 rounds are 0.0225. Welch's interval is known to hold too
    /// much for small skewed samples of one size, and too little for those of very different sizes.
    #[test]
    fn an_interval_holds_the_truth_as_often_as_it_says() {
        close(coverage((8, 8), Random::normal), 0.95, 0.0225);
        close(coverage((8, 40), Random::normal), 0.95, 0.0225);
        assert!(coverage((8, 8), Random::lognormal) > 0.94);
        assert!(coverage((12, 60), Random::steps) > 0.92);
    }
}
