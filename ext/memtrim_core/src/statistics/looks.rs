//! Looking at data several times, and stopping when they say enough.

/// What may go wrong in all looks together.
const ERROR: f64 = 0.05;

/// The confidence level for each of so many looks at the same data, so that whichever look one stops at, its
/// interval holds the truth in 95 % of all experiments: 1 − 0.05/looks (Bonferroni's inequality, which asks
/// nothing of how the looks depend on each other).
pub fn level(looks: usize) -> f64 {
    level_of_share(looks, 1.0)
}

/// The same where only a share, between 0 and 1, of what may go wrong is for these looks: the rest is for others.
pub fn level_of_share(looks: usize, share: f64) -> f64 {
    1.0 - ERROR * share / looks.max(1) as f64
}

/// The sample sizes to look at: `min`, then half as much again or a third, so that two steps double it; the last
/// is `max`.
pub fn looks(min: usize, max: usize) -> Vec<usize> {
    let mut looks = Vec::new();
    let mut size = min.max(1);
    while size < max {
        looks.push(size);
        let half_more = size.saturating_add(size.div_ceil(2));
        if half_more < max {
            looks.push(half_more);
        }
        size = size.saturating_mul(2);
    }
    looks.push(max);
    looks.dedup();
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_by_about_a_half() {
        assert_eq!(looks(8, 40), [8, 12, 16, 24, 32, 40]);
        assert_eq!(looks(8, 24), [8, 12, 16, 24]);
        assert_eq!(looks(5, 11), [5, 8, 10, 11]);
        assert_eq!(looks(2, 4), [2, 3, 4]);
        assert_eq!(looks(8, 8), [8]);
        assert!(looks(2, usize::MAX).len() < 200);
    }

    #[test]
    fn each_look_takes_its_share_of_the_error() {
        assert_eq!([level(0), level(1), level(5)], [0.95, 0.95, 0.99]);
        assert_eq!(level_of_share(5, 0.5), 0.995);
    }
}
