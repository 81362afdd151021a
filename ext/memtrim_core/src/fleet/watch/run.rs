//! The watching itself: observe, judge, tell, wait; and again.

use super::alerts::Alerts;
use super::commands::{Commands, EndGroup};
use super::condition::{Condition, Test};
use super::event::Event;
use super::history::{History, Lock};
use super::output::Output;
use super::record::Record;
use super::schedule::Schedule;
use super::screen::View;
use super::series::Series;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::{line, Format, Options};
use crate::fleet::{observe, Fleet, Stop};
use crate::misuse::{words, Misuse};
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Events and notes that a screen has room for.
const SHOWN: usize = 10;
/// While commands run they are looked after so often.
const LOOKED_AFTER: Duration = Duration::from_millis(250);

/// What only the kernel can do, and takes unsafe code to ask for.
#[derive(Clone, Copy)]
pub struct Kernel {
    pub lock: Lock,
    pub end_group: EndGroup,
    /// Columns and lines of the terminal that is standard output; None where it does not tell.
    pub terminal_size: fn() -> Option<(usize, usize)>,
}

/// A fleet that is being watched.
pub struct Watch {
    options: Options,
    kernel: Kernel,
    began: Instant,
    schedule: Schedule,
    alerts: Alerts,
    series: Series,
    history: Option<(History, Trouble)>,
    commands: Option<(Commands, Trouble)>,
    reading: Trouble,
    face: Face,
    /// The newest last.
    events: Vec<Event>,
    notes: Vec<String>,
    last: Option<Fleet>,
}

/// Where it is told.
enum Face {
    Lines(Output, Trouble),
    Screen(Terminal<File>),
}

/// Nobody reads what is told.
struct Unread;

impl Watch {
    /// # Errors
    /// One line: what of the options can't be done.
    pub fn new(options: Options, kernel: Kernel) -> Result<Watch, Misuse> {
        let conditions = options.alerts.iter().map(|it| Condition::parse(it)).collect::<Result<Vec<_>, _>>()?;
        conditions.iter().try_for_each(|it| is_long_enough(it, options.seconds))?;
        let proc = &options.reading.proc;
        File::open(proc.join("meminfo"))
            .map_err(|error| Misuse(format!("{}/meminfo: {}", proc.display(), words(&error))))?;
        let history = options.history.as_deref().map(|path| {
            let history = History::open(path, options.history_bytes, kernel.lock)?;
            Ok((history, Trouble::new(format!("the history {} can't be written", path.display()))))
        });
        let history = history.transpose()?;
        let output = Output::stdout().map_err(|error| Misuse(format!("standard output: {error}")))?;
        let dumb = std::env::var_os("TERM").is_none_or(|it| it == "dumb");
        let face = if options.format == Format::Text && io::stdout().is_terminal() && !dumb {
            Face::Screen(Terminal::new(output.into_file()))
        } else {
            Face::Lines(output, Trouble::new("standard output can't be written"))
        };
        let commands = options.exec.as_deref().map(|command| {
            let quiet = matches!(face, Face::Screen(_));
            (Commands::new(command, kernel.end_group, quiet), Trouble::new(format!("--exec {command:?} failed")))
        });
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        let past = history.as_ref().map_or(Vec::new(), |(history, _)| history.newest());
        Ok(Watch {
            series: Series::new(&past, now, options.seconds),
            schedule: Schedule::new(options.seconds),
            began: Instant::now(),
            alerts: Alerts::new(conditions),
            reading: Trouble::new(format!("{} can't be read", options.reading.proc.display())),
            history,
            commands,
            face,
            events: Vec::new(),
            notes: Vec::new(),
            last: None,
            options,
            kernel,
        })
    }

    /// Until `stop` is said: then the terminal is as it was, and this is None; called again it goes on where it was. Or until
    /// nobody reads what it says.
    pub fn run(&mut self, stop: &Stop) -> Option<()> {
        if self.redraw().is_err() {
            return Some(());
        }
        loop {
            if self.wait(stop) {
                if let Face::Screen(terminal) = &mut self.face {
                    terminal.leave();
                }
                return None;
            }
            if self.interval(stop).is_err() {
                return Some(());
            }
            self.schedule.done(self.now());
        }
    }

    fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Until the next interval; whether it was stopped.
    fn wait(&mut self, stop: &Stop) -> bool {
        loop {
            self.look_after_commands();
            let left = self.schedule.wait(self.now()).map(Duration::from_secs_f64);
            let busy = self.commands.as_ref().is_some_and(|(commands, _)| !commands.is_idle());
            let step = match left {
                Some(left) if busy => left.min(LOOKED_AFTER),
                Some(left) => left,
                None => Duration::ZERO,
            };
            if stop.wait(step) {
                return true;
            }
            if left.is_none_or(|left| left <= step) {
                return false;
            }
        }
    }

    fn interval(&mut self, stop: &Stop) -> Result<(), Unread> {
        let observation = match observe(&self.options.reading) {
            Ok(observation) => observation,
            Err(error) => {
                if let Some(text) = self.reading.tell(Err(words(&error))) {
                    self.note(text);
                }
                return Ok(());
            }
        };
        if let Some(text) = self.reading.tell(Ok::<(), String>(())) {
            self.note(text);
        }
        let fleet = Fleet::new(&observation, self.options.cable.as_deref(), &[]);
        drop(observation);
        let now = self.now();
        self.series.add(now, &fleet);
        let events = self.alerts.judge(now, &fleet);
        self.run_commands(&events);
        self.remember(&fleet, &events);
        self.tell(fleet, events, stop)
    }

    fn run_commands(&mut self, events: &[Event]) {
        if let Some((commands, _)) = &mut self.commands {
            events.iter().for_each(|event| commands.add(event));
        }
        self.look_after_commands();
    }

    fn look_after_commands(&mut self) {
        let Some((commands, trouble)) = &mut self.commands else { return };
        let told: Vec<String> = commands.turn().into_iter().filter_map(|result| trouble.tell(result)).collect();
        told.into_iter().for_each(|text| self.note(text));
    }

    fn remember(&mut self, fleet: &Fleet, events: &[Event]) {
        let Some((history, trouble)) = &mut self.history else { return };
        let result = history.append(&Record::new(fleet, events).line()).map_err(|it| words(&it));
        if let Some(text) = trouble.tell(result) {
            self.note(text);
        }
    }

    fn tell(&mut self, fleet: Fleet, events: Vec<Event>, stop: &Stop) -> Result<(), Unread> {
        let Face::Lines(output, trouble) = &mut self.face else {
            self.last = Some(fleet);
            self.events.extend(events);
            self.events.drain(..self.events.len().saturating_sub(SHOWN));
            return self.redraw();
        };
        let text = match self.options.format {
            Format::Json => Record::new(&fleet, &events).line() + "\n",
            Format::Text => std::iter::once(line::line(&fleet, &self.series))
                .chain(events.iter().map(line::event))
                .map(|it| it + "\n")
                .collect(),
        };
        let result = output.write(&text, stop);
        if result.as_ref().is_err_and(|it| it.kind() == ErrorKind::BrokenPipe) {
            return Err(Unread);
        }
        if let Some(text) = trouble.tell(result.map_err(|it| words(&it))) {
            self.note(text);
        }
        Ok(())
    }

    /// On a screen, what was seen last.
    fn redraw(&mut self) -> Result<(), Unread> {
        let (Face::Screen(terminal), Some(fleet)) = (&mut self.face, &self.last) else { return Ok(()) };
        let view = View {
            fleet,
            series: &self.series,
            interval_seconds: self.options.seconds,
            alerts: self.options.alerts.len(),
            firing: self.alerts.firing(),
            events: &self.events,
            notes: &self.notes,
        };
        let (width, height) = (self.kernel.terminal_size)().unwrap_or((80, 24));
        // A terminal that is gone takes nothing any more.
        terminal.draw(&view.lines(width, height)).map_err(|_| Unread)
    }

    /// To stderr; where that is a terminal with a screen on it, below that.
    fn note(&mut self, text: String) {
        let screen = matches!(self.face, Face::Screen(_));
        if !screen || !io::stderr().is_terminal() {
            // Nobody is left to be told of an error of this one.
            let _ = writeln!(io::stderr(), "memtrim: {text}");
        }
        if screen {
            self.notes.push(text);
            self.notes.drain(..self.notes.len().saturating_sub(3));
        }
    }
}

/// Growth within a window takes an interval that is at least half the window old.
fn is_long_enough(condition: &Condition, interval: f64) -> Result<(), Misuse> {
    match condition.test {
        Test::Grew { seconds, .. } if seconds < 2.0 * interval => Err(Misuse(format!(
            "--alert \"{}\": growth takes at least two intervals, {} s with --watch {interval}",
            condition.text,
            2.0 * interval
        ))),
        _ => Ok(()),
    }
}
