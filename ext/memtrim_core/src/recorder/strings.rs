//! Every name once, in one arena: a boot names some ten thousand paths, most of them many times.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct StringId(pub u32);

impl StringId {
    /// The empty string: "none" wherever a name is optional.
    pub const EMPTY: StringId = StringId(0);
}

pub struct Strings {
    arena: Vec<u8>,
    /// Where each string ends; it starts where the one before ends.
    ends: Vec<u32>,
    ids: FxHashMap<u64, u32>,
}

impl Default for Strings {
    fn default() -> Self {
        Strings { arena: Vec::new(), ends: vec![0], ids: FxHashMap::default() }
    }
}

impl Strings {
    pub fn intern(&mut self, text: &[u8]) -> StringId {
        if text.is_empty() {
            return StringId::EMPTY;
        }
        let mut key = hash(text);
        loop {
            match self.ids.get(&key) {
                Some(&id) if self.bytes_of(id) == text => return StringId(id),
                // Two strings with one 64-bit hash: the later one takes the next free key.
                Some(_) => key = key.wrapping_add(1),
                None => break,
            }
        }
        let id = self.ends.len() as u32;
        self.arena.extend_from_slice(text);
        self.ends.push(self.arena.len() as u32);
        self.ids.insert(key, id);
        StringId(id)
    }

    /// The string; bytes that are not UTF-8 are replaced.
    pub fn get(&self, id: StringId) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.bytes_of(id.0))
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }

    pub fn bytes(&self) -> usize {
        self.arena.capacity() + self.ends.capacity() * size_of::<u32>() + self.ids.capacity() * size_of::<(u64, u32)>()
    }

    fn bytes_of(&self, id: u32) -> &[u8] {
        let id = id as usize;
        if id == 0 || id >= self.ends.len() {
            return &[];
        }
        &self.arena[self.ends[id - 1] as usize..self.ends[id] as usize]
    }
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_one_id_to_equal_strings() {
        let mut strings = Strings::default();
        let ids: Vec<_> = (0..5000).map(|i| strings.intern(format!("/lib/{i}.rb").as_bytes())).collect();
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(strings.intern(format!("/lib/{i}.rb").as_bytes()), *id);
            assert_eq!(strings.get(*id), format!("/lib/{i}.rb"));
        }
        assert_eq!(strings.intern(b""), StringId::EMPTY);
        assert_eq!(strings.get(strings.len().try_into().map(StringId).unwrap()), "");
    }
}
