//! Writes a recording: appended as it goes, renamed when whole.

use super::{Header, Record};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A recording being written to `TARGET.partial`.
pub struct Journal {
    target: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    records: u64,
}

impl Journal {
    /// # Errors
    /// When the directory is missing or not writable.
    pub fn create(target: &Path, header: &Header) -> io::Result<Journal> {
        let target = std::path::absolute(target)?;
        let mut partial = target.clone().into_os_string();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = BufWriter::with_capacity(64 * 1024, File::create(&partial)?);
        let mut journal = Journal { target, partial, file, records: 0 };
        journal.line(header)?;
        journal.flush()?;
        Ok(journal)
    }

    /// # Errors
    /// When the disk is full or the file has gone.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        self.records += 1;
        self.line(record)
    }

    /// Lines written so far, the header not counted.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Hands what is buffered to the kernel: it then survives the process.
    ///
    /// # Errors
    /// As [`Journal::write`].
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    /// Makes the recording whole under its own name.
    ///
    /// # Errors
    /// As [`Journal::write`]; the partial file is then left for [`Journal::discard`].
    pub fn finish(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        fs::rename(&self.partial, &self.target)
    }

    /// Removes what was written.
    pub fn discard(self) {
        let _ = fs::remove_file(&self.partial);
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    fn line<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, value).map_err(io::Error::from)?;
        self.file.write_all(b"\n")
    }
}
