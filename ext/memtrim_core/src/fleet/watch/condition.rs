//! What an alert is about: `tenant.anon > 180MB`, `tenants.pss grew > 20 % in 1h`.

use super::amount;
use crate::fleet::Kind;
use crate::misuse::Misuse;

/// Seconds that growth may be looked at for: what is slower is no alert.
const LONGEST: f64 = 30.0 * 86_400.0;
const EXAMPLES: &str = "\"tenant.anon > 180MB\" or \"tenant.anon grew > 20 % in 1h\"";

#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As it was given, on one line.
    pub text: String,
    pub subject: Subject,
    pub figure: Figure,
    pub test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Each by itself.
    Tenant,
    /// Their sum.
    Tenants,
    /// Each service of this kind, a tenant's or not.
    Service(Kind),
    /// All processes that may be read.
    Fleet,
    Machine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    Anon,
    Pss,
    Rss,
    Swap,
    Threads,
    /// Of the machine.
    Available,
    /// Of tenants.
    Count,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    Above(u64),
    Below(u64),
    Grew { by: By, seconds: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum By {
    Percent(f64),
    Amount(u64),
}

const SUBJECTS: [(&str, Subject); 10] = [
    ("tenant", Subject::Tenant),
    ("tenants", Subject::Tenants),
    ("rails", Subject::Service(Kind::Rails)),
    ("web", Subject::Service(Kind::Web)),
    ("cable", Subject::Service(Kind::Cable)),
    ("jobs", Subject::Service(Kind::Jobs)),
    ("redis", Subject::Service(Kind::Redis)),
    ("ruby", Subject::Service(Kind::Ruby)),
    ("fleet", Subject::Fleet),
    ("machine", Subject::Machine),
];

const FIGURES: [(&str, Figure); 7] = [
    ("anon", Figure::Anon),
    ("pss", Figure::Pss),
    ("rss", Figure::Rss),
    ("swap", Figure::Swap),
    ("threads", Figure::Threads),
    ("available", Figure::Available),
    ("count", Figure::Count),
];

impl Figure {
    pub fn name(self) -> &'static str {
        FIGURES.iter().find(|(_, it)| *it == self).map_or("", |(name, _)| name)
    }

    /// Or else a number of something.
    pub fn is_bytes(self) -> bool {
        !matches!(self, Figure::Threads | Figure::Count)
    }
}

impl Subject {
    fn has(self, figure: Figure) -> bool {
        match figure {
            Figure::Available => self == Subject::Machine,
            Figure::Count => self == Subject::Tenants,
            Figure::Swap => true,
            _ => self != Subject::Machine,
        }
    }
}

impl Condition {
    /// # Errors
    /// One line that has the condition in it, what is wrong of it, and how to write it.
    pub fn parse(text: &str) -> Result<Condition, Misuse> {
        let shown = one_line(text);
        let condition = Words { rest: text.trim(), whole: text.trim() }.condition();
        let (subject, figure, test) = condition.map_err(|wrong| Misuse(format!("--alert \"{shown}\": {wrong}")))?;
        Ok(Condition { text: shown, subject, figure, test })
    }
}

/// What is left to be read.
struct Words<'a> {
    rest: &'a str,
    whole: &'a str,
}

impl<'a> Words<'a> {
    fn condition(mut self) -> Result<(Subject, Figure, Test), String> {
        let subject = self.subject()?;
        let figure = self.figure(subject)?;
        let test = self.test(figure)?;
        Ok((subject, figure, test))
    }

    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Where nothing is left: after what something is missing; else what stands there.
    fn here(&self) -> String {
        match self.rest.split_whitespace().next() {
            Some(word) => format!("\"{}\"", one_line(word)),
            None if self.whole.is_empty() => "nothing".into(),
            None => format!("nothing after \"{}\"", one_line(self.whole)),
        }
    }

    fn subject(&mut self) -> Result<Subject, String> {
        let names: Vec<&str> = SUBJECTS.iter().map(|(name, _)| *name).collect();
        let word = self.word();
        if word.is_empty() {
            return Err(format!(
                "{} where the subject should be, which is {}; write it as in {EXAMPLES}",
                self.here(),
                or(&names)
            ));
        }
        let found = SUBJECTS.iter().find(|(name, _)| *name == word);
        let (_, subject) = found.ok_or_else(|| format!("no subject \"{word}\"{}", nearest(word, &names)))?;
        if !self.rest.starts_with('.') {
            let here = self.here();
            return Err(format!("{here} where .FIGURE should be; write it as in {EXAMPLES}"));
        }
        self.rest = &self.rest[1..];
        Ok(*subject)
    }

    fn figure(&mut self, subject: Subject) -> Result<Figure, String> {
        let (subject_name, _) = SUBJECTS.iter().find(|(_, it)| *it == subject).unwrap_or(&SUBJECTS[0]);
        let has: Vec<&str> = FIGURES.iter().filter(|(_, it)| subject.has(*it)).map(|(name, _)| *name).collect();
        let word = self.word();
        if word.is_empty() {
            return Err(format!("{} where the figure should be; {subject_name} has {}", self.here(), or(&has)));
        }
        let found = FIGURES.iter().find(|(name, it)| *name == word && subject.has(*it));
        found
            .map(|(_, figure)| *figure)
            .ok_or_else(|| format!("{subject_name} has no \"{word}\"{}", nearest(word, &has)))
    }

    fn test(&mut self, figure: Figure) -> Result<Test, String> {
        let grew = !self.rest.trim_start().is_empty() && {
            let before = self.rest;
            let word = self.word();
            if word != "grew" {
                self.rest = before;
            }
            word == "grew"
        };
        self.rest = self.rest.trim_start();
        let mark = self.rest.chars().next();
        let allowed: &[char] = if grew { &['>'] } else { &['>', '<'] };
        let Some(mark) = mark.filter(|it| allowed.contains(it)) else {
            let wanted = if grew { "> after grew" } else { ">, < or grew" };
            return Err(format!("{} where there should be {wanted}; write it as in {EXAMPLES}", self.here()));
        };
        self.rest = &self.rest[1..];
        if self.rest.starts_with('=') {
            return Err(format!("\"{mark}=\": write it with {mark} alone"));
        }
        if grew {
            return self.growth(figure);
        }
        let limit = self.amount(self.rest, figure)?;
        match mark {
            '>' => Ok(Test::Above(limit)),
            _ if limit == 0 => Err("nothing is < 0".into()),
            _ => Ok(Test::Below(limit)),
        }
    }

    fn growth(&mut self, figure: Figure) -> Result<Test, String> {
        let Some((by, time)) = self.rest.split_once(" in ").or_else(|| self.rest.split_once("%in ")) else {
            return Err(format!("it does not say in what time, as in \"grew >{} in 1h\"", one_line(self.rest)));
        };
        let by = match amount::percent(by) {
            Some(percent) if percent > 0.0 => By::Percent(percent),
            _ => By::Amount(self.amount(by, figure).map_err(|wrong| format!("{wrong}, or a share as in \"20 %\""))?),
        };
        let seconds = amount::seconds(time).ok_or_else(|| {
            format!("\"{}\" is no time; write it as in \"90 s\", \"30 min\", \"1h\" or \"2 d\"", one_line(time.trim()))
        })?;
        if seconds <= 0.0 || seconds > LONGEST {
            return Err(format!("\"{}\" is no time to watch growth for: from 1 s to 30 d", one_line(time.trim())));
        }
        Ok(Test::Grew { by, seconds })
    }

    fn amount(&self, text: &str, figure: Figure) -> Result<u64, String> {
        let text = text.trim();
        let what = if text.is_empty() { self.here() } else { format!("\"{}\"", one_line(text)) };
        if figure.is_bytes() {
            amount::bytes(text).ok_or_else(|| {
                format!("{what} is no size; write it as in \"150 MB\", \"1.5 GiB\", or a number of bytes")
            })
        } else {
            amount::count(text).ok_or_else(|| format!("{what} is no number of {}, as 12", figure.name()))
        }
    }
}

fn or(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}

fn nearest(word: &str, names: &[&str]) -> String {
    let word = word.to_lowercase();
    let near = names.iter().map(|it| (strsim::damerau_levenshtein(&word, it), it)).min();
    match near {
        Some((distance, name)) if distance <= 2 && distance < name.len().min(word.len()) => {
            format!("; did you mean {name}?")
        }
        _ => format!("; there is {}", or(names)),
    }
}

/// What people give may have anything in it.
fn one_line(text: &str) -> String {
    let clean: String = text
        .trim()
        .chars()
        .flat_map(|it| if it.is_control() { it.escape_default().collect() } else { vec![it] })
        .collect();
    crate::process_memory::shown::text(&clean, 120)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> (Subject, Figure, Test) {
        let it = Condition::parse(text).unwrap();
        (it.subject, it.figure, it.test)
    }

    #[test]
    fn subjects_figures_and_limits() {
        assert_eq!(of("tenant.anon > 180MB"), (Subject::Tenant, Figure::Anon, Test::Above(180 << 20)));
        assert_eq!(of(" machine.available<1.5 GiB "), (Subject::Machine, Figure::Available, Test::Below(3 << 29)));
        assert_eq!(of("tenants.count < 3"), (Subject::Tenants, Figure::Count, Test::Below(3)));
        assert_eq!(of("redis.threads > 12"), (Subject::Service(Kind::Redis), Figure::Threads, Test::Above(12)));
        assert_eq!(of("fleet.swap > 0"), (Subject::Fleet, Figure::Swap, Test::Above(0)));
    }

    #[test]
    fn growth() {
        let grew = |by, seconds| Test::Grew { by, seconds };
        assert_eq!(of("tenant.anon grew > 20 % in 1h").2, grew(By::Percent(20.0), 3600.0));
        assert_eq!(of("tenant.anon grew>7.5% in 2 d").2, grew(By::Percent(7.5), 172_800.0));
        assert_eq!(of("cable.pss grew > 50MB in 30 min").2, grew(By::Amount(50 << 20), 1800.0));
    }

    #[test]
    fn the_text_is_kept() {
        assert_eq!(Condition::parse("  tenant.anon > 1MB\n").unwrap().text, "tenant.anon > 1MB");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |text: &str| Condition::parse(text).unwrap_err().0;
        for (text, expected) in [
            ("tennant.anon > 1MB", "--alert \"tennant.anon > 1MB\": no subject \"tennant\"; did you mean tenant?"),
            ("puma.anon > 1MB", "no subject \"puma\"; there is tenant, tenants, rails, web, cable, jobs, redis, ruby, fleet or machine"),
            ("tenant.annon > 1MB", "tenant has no \"annon\"; did you mean anon?"),
            ("machine.anon > 1MB", "machine has no \"anon\"; there is swap or available"),
            ("tenant.count > 1", "tenant has no \"count\"; there is anon, pss, rss, swap or threads"),
            ("tenant > 1MB", "\">\" where .FIGURE should be"),
            ("tenant. > 1MB", "\">\" where the figure should be; tenant has anon, pss, rss, swap or threads"),
            ("", "nothing where the subject should be"),
            ("tenant.anon", "nothing after \"tenant.anon\" where there should be >, < or grew"),
            ("tenant.anon = 1MB", "\"=\" where there should be >, < or grew"),
            ("tenant.anon >= 1MB", "\">=\": write it with > alone"),
            ("tenant.anon >", "nothing after \"tenant.anon >\" is no size"),
            ("tenant.anon > lots", "\"lots\" is no size; write it as in \"150 MB\""),
            ("tenant.anon > 1MB and more", "\"1MB and more\" is no size"),
            ("tenant.threads > 1MB", "\"1MB\" is no number of threads, as 12"),
            ("tenant.anon < 0", "nothing is < 0"),
            ("tenant.anon grew 20 % in 1h", "\"20\" where there should be > after grew"),
            ("tenant.anon grew < 20 % in 1h", "\"<\" where there should be > after grew"),
            ("tenant.anon grew > 20 %", "it does not say in what time, as in \"grew >20 % in 1h\""),
            ("tenant.anon grew > 20 in 1 month", "\"1 month\" is no time; write it as in \"90 s\""),
            ("tenant.anon grew > much in 1h", "\"much\" is no size; write it as in \"150 MB\", \"1.5 GiB\", or a number of bytes, or a share as in \"20 %\""),
            ("tenant.anon grew > 2 % in 99 d", "\"99 d\" is no time to watch growth for: from 1 s to 30 d"),
            ("\u{1b}[2J", "\"\\u{1b}[2J\" where the subject"),
        ] {
            let found = wrong(text);
            assert!(found.contains(expected), "{text}: {found}");
            assert!(!found.contains(char::is_control), "{found:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC*|(?s:.*)", tail in "[ ><=a-z0-9%.]{0,20}") {
            for text in [text, format!("tenant.anon{tail}"), format!("tenant.anon grew >{tail}"), format!("tenants.{tail}")] {
                if let Err(wrong) = Condition::parse(&text) {
                    prop_assert!(!wrong.0.contains('\n'));
                }
            }
        }
    }
}
