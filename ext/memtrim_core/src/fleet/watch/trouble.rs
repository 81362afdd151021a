//! Something that can fail at every interval: it is told once, and once more when it works again.

use std::fmt::Display;

#[derive(Debug)]
pub struct Trouble {
    what: String,
    told: bool,
}

impl Trouble {
    /// `what` may not work: "the history FILE can't be written".
    pub fn new(what: impl Into<String>) -> Trouble {
        Trouble { what: what.into(), told: false }
    }

    /// What there is to tell, if anything.
    pub fn tell<E: Display>(&mut self, result: Result<(), E>) -> Option<String> {
        match (result, self.told) {
            (Err(error), false) => {
                self.told = true;
                Some(format!("{}: {error}; watching goes on", self.what))
            }
            (Ok(()), true) => {
                self.told = false;
                Some(format!("{}: it works again", self.what))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Trouble;

    #[test]
    fn once_and_once_more() {
        let mut trouble = Trouble::new("history x");
        let told: Vec<Option<String>> =
            [Ok(()), Err("full"), Err("full"), Ok(()), Ok(()), Err("gone")].map(|it| trouble.tell(it)).into();
        let texts = [
            Some("history x: full; watching goes on"),
            Some("history x: it works again"),
            Some("history x: gone; watching goes on"),
        ];
        assert_eq!(told[0], None);
        assert_eq!([told[1].as_deref(), told[3].as_deref(), told[5].as_deref()], texts);
        assert_eq!([&told[2], &told[4]], [&None, &None]);
    }
}
