//! What was watched, in a file: a JSON line for each interval, the newest last. It never grows beyond its limit: then the
//! newest half is written to a new file beside it, which takes its place.

use super::record::Past;
use crate::misuse::{words, Misuse};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes at its end that are read again: more than the last sixty intervals of fifty tenants.
const READ: u64 = 512 << 10;

/// Whether this open file is ours alone from now on; false: somebody else's. As flock(2) has it, it goes with the file.
pub type Lock = fn(&File) -> io::Result<bool>;

pub struct History {
    /// As it was given, for people.
    given: PathBuf,
    limit: u64,
    lock: Lock,
    file: Option<Open>,
}

struct Open {
    file: File,
    /// Without symbolic links: a new file takes the place of this one.
    path: PathBuf,
    /// Its last line has no end: what is written next must not join it.
    torn: bool,
}

impl History {
    /// A disk that is full may have room later: that is no error here.
    ///
    /// # Errors
    /// One line: it can't be opened, or another process writes it.
    pub fn open(path: &Path, limit: u64, lock: Lock) -> Result<History, Misuse> {
        let mut history = History { given: path.into(), limit, lock, file: None };
        match history.ensure() {
            Err(error) if error.kind() != ErrorKind::StorageFull => {
                Err(Misuse(format!("--history {}: {}", path.display(), words(&error))))
            }
            _ => Ok(history),
        }
    }

    /// The newest records, the oldest first; lines that are none are passed over: one that was torn by a crash, a half of
    /// one at the beginning.
    pub fn newest(&self) -> Vec<Past> {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.given)?;
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Ok(Vec::new());
            }
            file.seek(SeekFrom::Start(metadata.len().saturating_sub(READ)))?;
            let mut text = Vec::new();
            file.take(READ).read_to_end(&mut text)?;
            Ok(text)
        };
        // What can't be read is as good as empty: it is only for the sparklines.
        let text = read().unwrap_or_default();
        text.split(|it| *it == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }

    /// A line, without its end, that is in the file whole or not at all.
    ///
    /// # Errors
    /// It could not be written; the file is as it was.
    pub fn append(&mut self, line: &str) -> io::Result<()> {
        let more = line.len() as u64 + 2;
        if more > self.limit / 2 {
            return Err(io::Error::other(format!("a line of {more} bytes is more than half of --history-size")));
        }
        self.ensure()?;
        let Some(open) = &mut self.file else { return Ok(()) };
        if open.is_beyond(self.limit, more)? {
            open.halve(self.limit / 2, self.lock)?;
        }
        open.write(line)
    }

    /// Opens it, again where somebody has moved or removed it.
    fn ensure(&mut self) -> io::Result<()> {
        if self.file.as_ref().is_some_and(|open| open.is_in_place()) {
            return Ok(());
        }
        self.file = None;
        // Between opening and locking its owner may have put a new one in its place.
        for _ in 0..10 {
            let file = OpenOptions::new().read(true).append(true).create(true).open(&self.given)?;
            if !(self.lock)(&file)? {
                return Err(io::Error::other("another memtrim fleet --watch writes it; give each a file of its own"));
            }
            let open = Open { torn: is_torn(&file)?, path: fs::canonicalize(&self.given)?, file };
            if open.is_in_place() {
                self.file = Some(open);
                return Ok(());
            }
        }
        Err(io::Error::other("it is being replaced all the time"))
    }
}

impl Open {
    fn is_in_place(&self) -> bool {
        match (self.file.metadata(), fs::metadata(&self.path)) {
            (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
            _ => false,
        }
    }

    fn is_beyond(&self, limit: u64, more: u64) -> io::Result<bool> {
        let metadata = self.file.metadata()?;
        Ok(metadata.is_file() && metadata.len() + more > limit)
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        let text = format!("{}{line}\n", if self.torn { "\n" } else { "" });
        match self.file.write_all(text.as_bytes()) {
            Ok(()) => self.torn = false,
            Err(error) => {
                // What of it was written goes; where it can't, the next line begins a new one.
                self.torn |= self.file.set_len(before).is_err();
                return Err(error);
            }
        }
        Ok(())
    }

    /// With the newest bytes alone, from the next line on.
    fn halve(&mut self, bytes: u64, lock: Lock) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let mut copy = || -> io::Result<File> {
            let metadata = self.file.metadata()?;
            // Of a crash there may be one: it is begun again.
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(&beside)?;
            file.set_len(0)?;
            file.set_permissions(metadata.permissions())?;
            let length = metadata.len();
            self.file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
            if length > bytes {
                to_next_line(&mut self.file)?;
            }
            io::copy(&mut self.file, &mut file)?;
            // Or a crash might leave an empty file in the old one's place.
            file.sync_data()?;
            lock(&file)?;
            fs::rename(&beside, &self.path)?;
            Ok(file)
        };
        let file = copy().inspect_err(|_| {
            let _ = fs::remove_file(&beside);
        })?;
        self.torn = is_torn(&file)?;
        self.file = file;
        Ok(())
    }
}

/// Whether there is text after its last end of a line.
fn is_torn(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(false);
    }
    let mut file = file;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn to_next_line(file: &mut File) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let at = file.stream_position()?;
        let read = file.read(&mut buffer)?;
        if let Some(end) = buffer[..read].iter().position(|it| *it == b'\n') {
            file.seek(SeekFrom::Start(at + end as u64 + 1))?;
            return Ok(());
        }
        if read == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
