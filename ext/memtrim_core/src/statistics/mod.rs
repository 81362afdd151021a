//! What samples say of the distribution they come from, and how surely.

mod additive;
mod cholesky;
mod describe;
mod estimate;
mod looks;
#[cfg(test)]
pub(crate) mod random;

pub use additive::{Additive, Belief, Group, Spread};
pub use describe::{mean, median, spread, variance};
pub use estimate::{quantile, Estimate};
pub use looks::{level, level_of_share, looks};
