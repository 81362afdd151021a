//! Reads a recording, as far as it got.

use super::{App, Finish, Header, Link, Record, Segment, Tally, FORMAT};
use crate::process_memory::Census;
use crate::recorder::{Edge, EdgeKind, Scope, ScopeId, StringId};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// A boot, read back.
#[derive(Debug)]
pub struct Recording {
    pub header: Header,
    pub strings: Vec<String>,
    /// By id; 0 is none.
    pub scopes: Vec<Scope>,
    pub edges: Vec<Edge>,
    pub segments: Vec<Segment>,
    pub app: App,
    pub tallies: Vec<Tally>,
    pub links: Vec<Link>,
    pub memory: Option<Census>,
    pub warnings: Vec<String>,
    /// None when the process died before it could finish.
    pub finish: Option<Finish>,
}

#[derive(Debug)]
pub enum ReadError {
    Unreadable(PathBuf, std::io::Error),
    /// Not a recording at all.
    Foreign(PathBuf),
    /// Written by a newer showcase_memtrim.
    Newer {
        path: PathBuf,
        format: u32,
        written_by: String,
    },
    /// A line in the middle that is no record.
    Corrupt {
        path: PathBuf,
        line: usize,
        why: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Unreadable(path, error) => write!(f, "{}: {}", path.display(), plain(error)),
            ReadError::Foreign(path) => {
                write!(f, "{} is not a memtrim recording; `memtrim record -o FILE -- COMMAND` makes one", path.display())
            }
            ReadError::Newer { path, format, written_by } => write!(
                f,
                "{} has recording format {format} (written by showcase_memtrim {written_by}), and this showcase_memtrim reads up to format {FORMAT}: update the gem, or record again",
                path.display()
            ),
            ReadError::Corrupt { path, line, why } => {
                write!(f, "{}:{line}: the recording is damaged ({why}); record again", path.display())
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// `std::io::Error` without Rust's "(os error 2)".
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

/// Reads a recording. A last line that breaks off is left out: the recording then has no
/// [`Recording::finish`].
///
/// # Errors
/// When the file can't be read, is no recording, is newer than this library, or is damaged before its end.
pub fn read(path: &Path) -> Result<Recording, ReadError> {
    let unreadable = |error| ReadError::Unreadable(path.to_path_buf(), error);
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?).split(b'\n').enumerate();
    let first = match lines.next() {
        Some((_, line)) => line.map_err(unreadable)?,
        None => return Err(ReadError::Foreign(path.to_path_buf())),
    };
    let mut recording = Recording::new(header(path, &first)?);
    let mut damaged: Option<(usize, String)> = None;
    for (index, line) in lines {
        let line = line.map_err(unreadable)?;
        if let Some((line, why)) = damaged {
            return Err(ReadError::Corrupt { path: path.to_path_buf(), line, why });
        }
        match serde_json::from_slice(&line) {
            Ok(record) => recording.add(record),
            Err(_) if line.is_empty() => {}
            Err(error) => damaged = Some((index + 1, error.to_string())),
        }
    }
    Ok(recording)
}

fn header(path: &Path, line: &[u8]) -> Result<Header, ReadError> {
    let foreign = || ReadError::Foreign(path.to_path_buf());
    let value: serde_json::Value = serde_json::from_slice(line).map_err(|_| foreign())?;
    let format = value.get("memtrim_recording").and_then(serde_json::Value::as_u64).ok_or_else(foreign)?;
    if format > u64::from(FORMAT) {
        let written_by = value.get("written_by").and_then(serde_json::Value::as_str).unwrap_or("?").to_string();
        return Err(ReadError::Newer { path: path.to_path_buf(), format: format as u32, written_by });
    }
    serde_json::from_value(value).map_err(|_| foreign())
}

impl Recording {
    fn new(header: Header) -> Self {
        Recording {
            header,
            strings: Vec::new(),
            scopes: Vec::new(),
            edges: Vec::new(),
            segments: Vec::new(),
            app: App::default(),
            tallies: Vec::new(),
            links: Vec::new(),
            memory: None,
            warnings: Vec::new(),
            finish: None,
        }
    }

    /// False when the recorded process died before its boot ended.
    pub fn is_whole(&self) -> bool {
        self.finish.is_some()
    }

    pub fn string(&self, id: StringId) -> &str {
        self.strings.get(id.0 as usize).map_or("", String::as_str)
    }

    pub fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id as usize)
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Strings(strings) => self.strings.extend(strings),
            Record::Scopes(scopes) => {
                for scope in scopes {
                    let id = scope.0 as usize;
                    if self.scopes.len() <= id {
                        self.scopes.resize(id + 1, Scope::default());
                    }
                    self.scopes[id] = scope.scope();
                }
            }
            Record::Edges(edges) => self.edges.extend(edges),
            Record::Constants(numbers) => {
                for number in numbers {
                    if let Some(edge) = self.edges.get_mut(number as usize) {
                        edge.kind = EdgeKind::Constant;
                    }
                }
            }
            Record::Segment(segment) => self.segments.push(segment),
            Record::App(app) => self.app = *app,
            Record::Tallies(tallies) => self.tallies = tallies,
            Record::Links(links) => self.links = links,
            Record::Memory(memory) => self.memory = Some(*memory),
            Record::Warning(text) => self.warnings.push(text),
            Record::Finish(finish) => self.finish = Some(finish),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Journal;

    fn header() -> Header {
        Header {
            memtrim_recording: FORMAT,
            written_by: "0.1.0".into(),
            pid: 1,
            command: vec!["ruby".into()],
            counter: true,
        }
    }

    fn whole(dir: &Path) -> PathBuf {
        let target = dir.join("boot.memtrim");
        let mut journal = Journal::create(&target, &header()).unwrap();
        journal.write(&Record::Strings(vec![String::new(), "a".into()])).unwrap();
        journal.write(&Record::Warning("careful".into())).unwrap();
        journal.write(&Record::Finish(Finish::default())).unwrap();
        journal.finish().unwrap();
        target
    }

    #[test]
    fn a_whole_recording_is_renamed_into_place() {
        let dir = tempfile::tempdir().unwrap();
        let recording = read(&whole(dir.path())).unwrap();
        assert!(recording.is_whole());
        assert_eq!(recording.string(StringId(1)), "a");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_truncation_reads_as_far_as_it_got() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = std::fs::read(whole(dir.path())).unwrap();
        let cut = dir.path().join("cut.memtrim");
        let first_line = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        for length in 0..bytes.len() - 1 {
            std::fs::write(&cut, &bytes[..length]).unwrap();
            match read(&cut) {
                Ok(recording) => assert!(length >= first_line && !recording.is_whole()),
                Err(ReadError::Foreign(_)) => assert!(length < first_line),
                Err(other) => panic!("{length}: {other}"),
            }
        }
    }

    #[test]
    fn a_newer_format_is_refused_with_both_versions() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new.memtrim");
        std::fs::write(&path, "{\"memtrim_recording\":99,\"written_by\":\"9.0\"}\n").unwrap();
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("format 99") && message.contains("up to format 1"), "{message}");
    }

    #[test]
    fn damage_in_the_middle_names_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = whole(dir.path());
        let text = std::fs::read_to_string(&path).unwrap().replace("careful", "care\"ful");
        std::fs::write(&path, text).unwrap();
        assert!(matches!(read(&path), Err(ReadError::Corrupt { line: 3, .. })));
    }

    #[test]
    fn other_files_are_no_recordings() {
        let dir = tempfile::tempdir().unwrap();
        for content in ["", "hello\n", "{}\n", "[1]\n", "\u{0}\u{1}\n"] {
            let path = dir.path().join("x");
            std::fs::write(&path, content).unwrap();
            assert!(matches!(read(&path), Err(ReadError::Foreign(_))), "{content:?}");
        }
        assert!(matches!(read(&dir.path().join("absent")), Err(ReadError::Unreadable(..))));
    }
}
