//! Memory of this process, as the kernel counts it (`/proc/self`), and what every page of it is for.

mod census;
mod mappings;
mod snapshot;
mod stacks;
mod usage;

pub use census::{Census, MappedFile, Row};
pub use snapshot::{Allocator, Snapshot};
pub use stacks::stack_pointers;
pub use usage::Usage;
