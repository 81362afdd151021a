//! Reads `/proc/self/smaps` and `/proc/self/pagemap`.

use super::{Mapping, Use};
use crate::process_memory::Usage;
use procfs::process::{MMPermissions, MMapPath, MemoryMap, MemoryPageFlags, PageInfo, Process, SwapPageFlags};
use procfs::ProcResult;

pub fn read() -> ProcResult<(Usage, Vec<Mapping>)> {
    let process = Process::myself()?;
    let maps = process.smaps()?;
    let mut pagemap = process.pagemap()?;
    let page_bytes = procfs::page_size() as usize;
    // From the same lines as the mappings' own figures, so that the rows add up to them.
    let mut usage = Usage::default();
    let mut mappings: Vec<Mapping> = Vec::with_capacity(maps.len());
    for map in &maps {
        let field = |name: &str| map.extension.map.get(name).copied().unwrap_or(0);
        usage.add(&field);
        let range = map.address.0 as usize..map.address.1 as usize;
        let (kind, path) = kind(map, mappings.last());
        let anon_bytes = field("Anonymous") + field("Swap");
        let pages = if anon_bytes > 0 {
            bits(&pagemap.get_range_info(range.start / page_bytes..range.end / page_bytes)?)
        } else {
            Vec::new()
        };
        mappings.push(Mapping {
            range,
            path,
            kind,
            resident_bytes: field("Rss"),
            anon_bytes,
            blocks: 0,
            block_bytes: 0,
            slot_bytes: 0,
            heap_page_bytes: 0,
            recorder_bytes: 0,
            page_bytes,
            pages,
        });
    }
    Ok((usage, mappings))
}

fn kind(map: &MemoryMap, before: Option<&Mapping>) -> (Use, Option<String>) {
    let writable = map.perms.contains(MMPermissions::WRITE);
    match (&map.pathname, before) {
        (MMapPath::Path(path), _) => (Use::File, Some(path.to_string_lossy().into_owned())),
        (MMapPath::Heap, _) => (Use::Heap, None),
        (MMapPath::Stack, _) => (Use::MainStack, None),
        (MMapPath::TStack(_), _) => (Use::Stack, None),
        // The kernel maps a library's uninitialized data right behind its file's pages, without a name.
        (_, Some(before)) if before.kind == Use::File && before.range.end as u64 == map.address.0 && writable => {
            (Use::BehindFile, before.path.clone())
        }
        _ => (Use::Anonymous, None),
    }
}

fn bits(infos: &[PageInfo]) -> Vec<u64> {
    let mut words = vec![0_u64; infos.len().div_ceil(64)];
    for (page, info) in infos.iter().enumerate() {
        let private = match info {
            PageInfo::MemoryPage(flags) => {
                flags.contains(MemoryPageFlags::PRESENT) && !flags.contains(MemoryPageFlags::FILE)
            }
            PageInfo::SwapPage(flags) => !flags.contains(SwapPageFlags::FILE),
        };
        if private {
            words[page / 64] |= 1 << (page % 64);
        }
    }
    words
}
