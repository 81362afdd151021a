//! A terminal's other screen (xterm's and its successors': ctlseqs, "Alternate Screen Buffer"), so that what was on it
//! comes back.

use std::io::{self, Write};

/// The other screen, no cursor, no wrapping.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// As it was, when this goes.
pub struct Terminal<W: Write> {
    to: W,
    entered: bool,
}

impl<W: Write> Terminal<W> {
    pub fn new(to: W) -> Terminal<W> {
        Terminal { to, entered: false }
    }

    /// In place of what was there.
    pub fn draw(&mut self, lines: &[String]) -> io::Result<()> {
        let mut text = String::new();
        if !self.entered {
            text += ENTER;
        }
        text += "\x1b[H";
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                text += "\r\n";
            }
            text += line;
            text += "\x1b[K";
        }
        text += "\x1b[J";
        self.entered = true;
        self.to.write_all(text.as_bytes())?;
        self.to.flush()
    }

    /// Until it is drawn again.
    pub fn leave(&mut self) {
        if std::mem::take(&mut self.entered) {
            // A terminal that is gone needs nothing back.
            let _ = self.to.write_all(LEAVE.as_bytes()).and_then(|()| self.to.flush());
        }
    }
}

impl<W: Write> Drop for Terminal<W> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::Terminal;

    #[test]
    fn it_is_left_as_it_was_found() {
        let mut written = Vec::new();
        {
            let mut terminal = Terminal::new(&mut written);
            terminal.draw(&["a".into(), "b".into()]).unwrap();
            terminal.leave();
            terminal.leave();
            terminal.draw(&["c".into()]).unwrap();
        }
        let (enter, leave) = ("\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l");
        let expected = format!("{enter}\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J{leave}{enter}\x1b[Hc\x1b[K\x1b[J{leave}");
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn one_that_was_not_drawn_on_is_left_alone() {
        let mut written = Vec::new();
        drop(Terminal::new(&mut written));
        assert!(written.is_empty());
    }
}
