//! Text in lines.

use crate::experiment::Ratio;
use crate::recording::Environment;

/// What was measured: the app, where that is known, and what it ran on. An empty text is not known.
pub fn subject(app: &str, rails_env: Option<&str>, ruby: &str, rails: Option<&str>, allocator: &str) -> Vec<String> {
    let mut parts = vec![if app.is_empty() { "a program" } else { app }.to_string()];
    parts.extend(rails_env.map(str::to_string));
    parts.extend((!ruby.is_empty()).then(|| format!("Ruby {ruby}")));
    parts.extend(rails.map(|rails| format!("Rails {rails}")));
    parts.extend((!allocator.is_empty()).then(|| allocator.to_string()));
    parts
}

/// The subject of a recording.
pub fn recorded(app: &str, environment: &Environment) -> Vec<String> {
    let it = environment;
    subject(app, it.rails_env.as_deref(), &it.ruby, it.rails.as_deref(), &it.allocator)
}

/// `7 min 12 s`, `45 s`
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.round().max(0.0) as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `+2.1`, `−0.3`
pub fn signed(number: f64) -> String {
    format!("{number:+.1}").replace('-', "−")
}

/// `+2.1 % (−0.3 to +4.6)`
pub fn ratio(it: &Ratio) -> String {
    let percent = |share: f64| signed(share * 100.0);
    format!("{} % ({} to {})", percent(it.change), percent(it.low), percent(it.high))
}

/// Breaks a sentence into lines of at most `width` columns.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let words: Vec<String> = text.split(' ').map(str::to_string).collect();
    wrap_words(&words, " ", width)
}

/// Words with something between them, in lines of at most `width` columns; a longer word gets a line of its own.
pub fn wrap_words(words: &[String], between: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + between.chars().count() + word.chars().count() <= width => {
                line.push_str(between);
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}
