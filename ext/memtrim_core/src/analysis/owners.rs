//! Whose a file is: by the directories of the bundle's gems, never by a pattern in its path.

use crate::recording::App;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The interpreter and its own library.
    Ruby,
    /// Index into the recording's gems.
    Gem(usize),
    /// A directory of the app, relative to its root: `app/models`.
    App(String),
    /// The recorder's own.
    Recorder,
    /// Nobody known.
    Unknown,
}

pub struct Owners {
    /// Directory with a trailing slash, and its owner; longest first.
    dirs: Vec<(String, Owner)>,
}

impl Owners {
    pub fn new(app: &App) -> Self {
        let slashed = |dir: &str| format!("{}/", dir.trim_end_matches('/'));
        let mut dirs: Vec<(String, Owner)> = app.ruby_dirs.iter().map(|dir| (slashed(dir), Owner::Ruby)).collect();
        for (index, gem) in app.gems.iter().enumerate() {
            dirs.extend(gem.dirs.iter().map(|dir| (slashed(dir), Owner::Gem(index))));
        }
        if !app.root.is_empty() {
            dirs.push((slashed(&app.root), Owner::App(String::new())));
        }
        dirs.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        Owners { dirs }
    }

    /// The owner of a file by its absolute path.
    pub fn of(&self, path: &str) -> Owner {
        if path.starts_with("<internal:") {
            return Owner::Ruby;
        }
        match self.dirs.iter().find(|(dir, _)| path.starts_with(dir.as_str())) {
            Some((dir, Owner::App(_))) => Owner::App(app_dir(&path[dir.len()..])),
            Some((_, owner)) => owner.clone(),
            None => Owner::Unknown,
        }
    }
}

/// The first two directories of a path: as fine as one speaks of an app's parts.
fn app_dir(path: &str) -> String {
    let dirs: Vec<&str> = path.split('/').collect();
    dirs[..dirs.len().saturating_sub(1).min(2)].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Gem;

    #[test]
    fn the_longest_directory_decides() {
        let app = App {
            root: "/app".into(),
            ruby_dirs: vec!["/usr/lib/ruby".into()],
            gems: vec![
                Gem { name: "a".into(), dirs: vec!["/app/vendor/gems/a".into(), "/ext/a".into()], ..Gem::default() },
                Gem { name: "ab".into(), dirs: vec!["/app/vendor/gems/ab".into()], ..Gem::default() },
            ],
            ..App::default()
        };
        let owners = Owners::new(&app);
        assert_eq!(owners.of("/app/vendor/gems/ab/lib/ab.rb"), Owner::Gem(1));
        assert_eq!(owners.of("/ext/a/a.so"), Owner::Gem(0));
        assert_eq!(owners.of("/app/app/models/user.rb"), Owner::App("app/models".into()));
        assert_eq!(owners.of("/app/config.ru"), Owner::App(String::new()));
        assert_eq!(owners.of("/usr/lib/ruby/set.rb"), Owner::Ruby);
        assert_eq!(owners.of("/tmp/x.rb"), Owner::Unknown);
    }
}
