//! Memory of this process, as the kernel counts it (`/proc/self`), and what every page of it is for; and of whole
//! trees of other processes.

mod census;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) mod credentials;
mod mappings;
mod own;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) mod shown;
mod snapshot;
mod stacks;
mod tree;
mod usage;

pub use census::{Census, MappedFile, Row};
pub use own::Own;
pub use snapshot::{Allocator, Snapshot};
pub use stacks::stack_pointers;
pub use tree::{tree, Process};
pub use usage::Usage;
