//! What samples say of the distribution they come from, and how surely.

mod describe;
mod estimate;
mod looks;
#[cfg(test)]
pub(crate) mod random;

pub use describe::{mean, median, spread, variance};
pub use estimate::Estimate;
pub use looks::{level, looks};
