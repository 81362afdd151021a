//! What is run for each event: `sh -c CMD`, while watching goes on.

use super::event::Event;
use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Commands at once; the others wait for their turn.
const AT_ONCE: usize = 4;
/// Events that wait; of more, the oldest are not run.
const WAITING: usize = 100;
/// Then it is ended.
const LONGEST: Duration = Duration::from_secs(60);
/// Those that run when watching ends have so long.
const LAST: Duration = Duration::from_secs(1);

/// Ends all processes of a group, by kill(2): the group of this process id.
pub type EndGroup = fn(u32);

pub struct Commands {
    command: String,
    end_group: EndGroup,
    /// Its output goes to stderr; on a terminal with a screen it goes nowhere.
    quiet: bool,
    longest: Duration,
    waiting: VecDeque<Event>,
    running: Vec<(Child, Instant)>,
    dropped: u64,
}

impl Commands {
    pub fn new(command: &str, end_group: EndGroup, quiet: bool) -> Commands {
        Commands {
            command: command.into(),
            end_group,
            quiet,
            longest: LONGEST,
            waiting: VecDeque::new(),
            running: Vec::new(),
            dropped: 0,
        }
    }

    pub fn add(&mut self, event: &Event) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
            self.dropped += 1;
        }
        self.waiting.push_back(event.clone());
    }

    /// Nothing runs, and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    /// Starts what can be started, ends what has run too long, and says of all that has ended since the last time how.
    pub fn turn(&mut self) -> Vec<Result<(), String>> {
        let mut ended = Vec::new();
        let (end_group, longest) = (self.end_group, self.longest);
        self.running.retain_mut(|(child, started)| {
            let result = match child.try_wait() {
                Ok(None) if started.elapsed() < longest => return true,
                Ok(None) => {
                    end(child, end_group);
                    Err(format!("it was ended after {} s", longest.as_secs_f64()))
                }
                Ok(Some(status)) if status.success() => Ok(()),
                Ok(Some(status)) => Err(status.to_string()),
                Err(error) => Err(error.to_string()),
            };
            ended.push(result);
            false
        });
        if self.dropped > 0 {
            ended.push(Err(format!("{} events waited too long for their turn, and were passed over", self.dropped)));
            self.dropped = 0;
        }
        while self.running.len() < AT_ONCE {
            let Some(event) = self.waiting.pop_front() else { break };
            match self.start(&event) {
                Ok(child) => self.running.push((child, Instant::now())),
                Err(error) => ended.push(Err(error.to_string())),
            }
        }
        ended
    }

    fn start(&self, event: &Event) -> std::io::Result<Child> {
        let output = || if self.quiet { Stdio::null() } else { std::io::stderr().into() };
        let mut child = Command::new("sh")
            .args(["-c", &self.command])
            .env("MEMTRIM_ALERT", &event.condition)
            .env("MEMTRIM_STATE", event.state.name())
            .env("MEMTRIM_SUBJECT", &event.subject)
            .env("MEMTRIM_VALUE", event.value.map_or(String::new(), |it| it.to_string()))
            .env("MEMTRIM_TEXT", &event.text)
            .stdin(Stdio::piped())
            .stdout(output())
            .stderr(output())
            // So that it can be ended with all that it starts, and is not ended by a ^C that is for us.
            .process_group(0)
            .spawn()?;
        // Shorter than a pipe's buffer (pipe(7): at least 4096 bytes), so that a command that does not read it holds
        // nothing up. It may have ended without.
        let text = serde_json::to_string(event).unwrap_or_default() + "\n";
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(text.as_bytes());
        }
        Ok(child)
    }
}

fn end(child: &mut Child, end_group: EndGroup) {
    end_group(child.id());
    let _ = child.wait();
}

impl Drop for Commands {
    fn drop(&mut self) {
        let until = Instant::now() + LAST;
        self.waiting.clear();
        while !self.running.is_empty() && Instant::now() < until {
            self.turn();
            std::thread::sleep(Duration::from_millis(20));
        }
        for (child, _) in &mut self.running {
            end(child, self.end_group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Condition;
    use super::super::event::{Event, Measured, State};
    use super::*;

    fn event(subject: &str) -> Event {
        let condition = Condition::parse("tenant.anon > 1MB").unwrap();
        Event::new(7, State::Fired, &condition, subject, Some(Measured { value: 2 << 20, growth: None }))
    }

    fn until_idle(commands: &mut Commands) -> Vec<Result<(), String>> {
        let mut list = Vec::new();
        while !commands.is_idle() {
            list.extend(commands.turn());
            assert!(commands.running.len() <= AT_ONCE);
            std::thread::sleep(Duration::from_millis(5));
        }
        list
    }

    #[test]
    fn it_is_told_what_happened() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("told");
        let words = r#""$MEMTRIM_ALERT|$MEMTRIM_STATE|$MEMTRIM_SUBJECT|$MEMTRIM_VALUE|$MEMTRIM_TEXT""#;
        let command = format!("{{ echo {words}; cat; }} > {}", file.display());
        let mut commands = Commands::new(&command, |_| (), true);
        commands.add(&event("a'$(b)"));
        assert_eq!(until_idle(&mut commands), [Ok(())]);
        let told = std::fs::read_to_string(file).unwrap();
        let (first, second) = told.split_once('\n').unwrap();
        assert_eq!(first, "tenant.anon > 1MB|fired|a'$(b)|2097152|a'$(b): anon 2.0 MiB (tenant.anon > 1MB)");
        assert_eq!(second, serde_json::to_string(&event("a'$(b)")).unwrap() + "\n");
    }

    #[test]
    fn failures_are_told_and_few_run_at_once() {
        let mut commands = Commands::new("sleep 0.05; test $MEMTRIM_SUBJECT != 3", |_| (), true);
        for index in 0..10 {
            commands.add(&event(&index.to_string()));
        }
        let ended = until_idle(&mut commands);
        assert_eq!(ended.len(), 10);
        assert_eq!(ended.iter().flat_map(|it| it.clone().err()).collect::<Vec<_>>(), ["exit status: 1"]);
    }

    #[test]
    fn one_that_takes_too_long_is_ended_with_all_that_it_started() {
        fn end_group(pid: u32) {
            Command::new("sh").args(["-c", &format!("kill -KILL -{pid}")]).status().unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let command = format!("sleep 70 & echo $! > {}; wait", file.display());
        let mut commands = Commands::new(&command, end_group, true);
        commands.longest = Duration::from_millis(300);
        commands.add(&event("a"));
        assert_eq!(until_idle(&mut commands), [Err("it was ended after 0.3 s".to_string())]);
        let stat = format!("/proc/{}/stat", std::fs::read_to_string(file).unwrap().trim());
        let runs = || std::fs::read_to_string(&stat).is_ok_and(|it| !it.contains(") Z ") && !it.contains(") X "));
        for _ in 0..100 {
            if !runs() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it still runs");
    }

    #[test]
    fn of_too_many_the_oldest_are_passed_over() {
        let mut commands = Commands::new("exit 0", |_| (), true);
        for index in 0..150 {
            commands.add(&event(&index.to_string()));
        }
        assert_eq!((commands.waiting.len(), &commands.waiting[0].subject[..]), (100, "50"));
        let ended = until_idle(&mut commands);
        assert_eq!(ended.iter().filter(|it| it.is_ok()).count(), 100);
        assert!(ended.iter().any(|it| it.clone().is_err_and(|text| text.starts_with("50 events"))));
    }

    #[test]
    fn a_command_that_reads_nothing_holds_nothing_up() {
        let mut commands = Commands::new("exec 0<&-; exit 0", |_| (), true);
        commands.add(&event(&"x".repeat(200)));
        assert_eq!(until_idle(&mut commands), [Ok(())]);
    }
}
