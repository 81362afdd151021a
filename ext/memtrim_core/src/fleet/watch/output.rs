//! Lines to standard output, whole or not at all as far as that can be had.

use crate::fleet::Stop;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::time::Duration;

/// After a signal has interrupted a write it takes a moment until we are told to stop.
const MOMENT: Duration = Duration::from_millis(50);

pub struct Output {
    to: File,
    /// A part of a line is there, and what comes next must not join it.
    torn: bool,
}

impl Output {
    /// # Errors
    /// It is closed.
    pub fn stdout() -> io::Result<Output> {
        Ok(Output { to: io::stdout().as_fd().try_clone_to_owned()?.into(), torn: false })
    }

    /// Each line has its end. A reader that is slow is waited for, until we are told to stop.
    ///
    /// # Errors
    /// As write(2): a pipe that nobody reads any more, a disk that is full.
    pub fn write(&mut self, lines: &str, stop: &Stop) -> io::Result<()> {
        let text = format!("{}{lines}", if self.torn { "\n" } else { "" });
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match self.to.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = &rest[written..];
                    self.torn = !rest.is_empty();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    if stop.wait(MOMENT) {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub fn into_file(self) -> File {
        self.to
    }
}
