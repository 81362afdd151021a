//! Which file a required name means, by the files that were loaded and the load path.

use crate::recording::App;
use rustc_hash::FxHashMap;

/// Loaded files by every name under which they can be required.
pub struct Features {
    by_path: FxHashMap<String, usize>,
    by_name: FxHashMap<String, (usize, usize)>,
}

const EXTENSIONS: [&str; 4] = [".rb", ".so", ".bundle", ".o"];

fn without_extension(path: &str) -> &str {
    EXTENSIONS.iter().find_map(|extension| path.strip_suffix(extension)).unwrap_or(path)
}

impl Features {
    /// `files`: each loaded file with a number of the caller's.
    pub fn new<'a>(app: &App, files: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut features = Features { by_path: FxHashMap::default(), by_name: FxHashMap::default() };
        // A file is found by its directories: one look-up for each, not one for each entry of the load path.
        let rank: FxHashMap<&str, usize> =
            app.load_path.iter().enumerate().rev().map(|(index, dir)| (dir.as_str(), index)).collect();
        for (number, path) in files {
            features.by_path.entry(path.to_string()).or_insert(number);
            features.by_path.entry(without_extension(path).to_string()).or_insert(number);
            for (at, _) in path.match_indices('/') {
                let Some(rank) = rank.get(&path[..at]) else { continue };
                let name = without_extension(&path[at + 1..]);
                let known = features.by_name.entry(name.to_string()).or_insert((*rank, number));
                if *rank < known.0 {
                    *known = (*rank, number);
                }
            }
        }
        features
    }

    /// The number of the file that a name given to `require` means; none when it was never loaded (or before
    /// anybody recorded).
    pub fn find(&self, name: &str) -> Option<usize> {
        if name.starts_with('/') {
            return self.by_path.get(name).or_else(|| self.by_path.get(without_extension(name))).copied();
        }
        let found = self.by_name.get(name).or_else(|| self.by_name.get(without_extension(name)));
        found.map(|(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_path_and_by_the_first_directory_on_the_load_path() {
        let app = App { load_path: vec!["/a/lib".into(), "/b/lib".into()], ..App::default() };
        let files = ["/b/lib/set.rb", "/a/lib/set.rb", "/b/lib/x/y.so", "/elsewhere/z.rb"];
        let features = Features::new(&app, files.iter().copied().enumerate());
        assert_eq!(features.find("set"), Some(1));
        assert_eq!(features.find("set.rb"), Some(1));
        assert_eq!(features.find("/b/lib/set"), Some(0));
        assert_eq!(features.find("x/y"), Some(2));
        assert_eq!(features.find("z"), None);
        assert_eq!(features.find("/elsewhere/z.rb"), Some(3));
    }
}
