//! What to change, to the letter.

use super::case::Case;
use super::facts::Role;
use serde::Serialize;

pub const CONFIGURATION: &str = "config/memtrim.yml";

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    pub file: String,
    /// Null where the file's present text is not known.
    pub line: Option<u32>,
    /// What to do, in a line.
    pub text: String,
    /// The lines to delete, or those to have.
    pub lines: Vec<String>,
}

/// Takes the gem's line out of the Gemfile.
pub fn delete_line(case: &Case) -> Option<Edit> {
    let line = case.thing.gemfile.as_ref()?;
    let lines: Vec<String> = line.text.lines().map(str::to_string).collect();
    let goes_on = line.text.trim_end().ends_with([',', '\\']);
    let what = match lines.len() {
        _ if goes_on => "this statement, with the lines that it goes on in".into(),
        0 | 1 => "this line".to_string(),
        number => format!("these {number} lines"),
    };
    Some(Edit { file: line.file.clone(), line: line.line, text: format!("delete {what}"), lines })
}

/// Moves the gem's line to the groups of those who use it.
pub fn move_line(case: &Case) -> Option<Edit> {
    let line = case.thing.gemfile.as_ref()?;
    let uses = case.development_uses();
    let of_tests = uses.iter().all(|it| it.role == Role::Test);
    let groups = if of_tests { ":test" } else { ":development, :test" };
    // Inside of a group's block the line's own group would still be among its groups.
    let option = ["group:", "groups:", ":group"].iter().any(|option| line.text.contains(option));
    let has_groups = option || line.groups.iter().any(|group| group != "default");
    if has_groups {
        return Some(Edit {
            file: line.file.clone(),
            line: line.line,
            text: format!("put it into group {groups} in place of {}", line.groups.join(", ")),
            lines: Vec::new(),
        });
    }
    let mut lines = vec![format!("group {groups} do")];
    lines.extend(line.text.lines().map(|text| format!("  {}", text.trim_end())));
    lines.push("end".into());
    Some(Edit { file: line.file.clone(), line: line.line, text: format!("move it into group {groups}"), lines })
}

/// As `memtrim defer` writes it.
pub fn defer(case: &Case, force: Option<&str>) -> Edit {
    let name = scalar(&case.thing.name);
    let constants = case.constants().iter().map(|constant| scalar(constant)).collect::<Vec<_>>().join(", ");
    let mut lines = vec!["defer:".to_string()];
    match force {
        None => lines.push(format!("  {name}: [{constants}]")),
        Some(reason) => {
            lines.push(format!("  {name}:"));
            lines.push(format!("    constants: [{constants}]"));
            lines.push(format!("    force: {}", scalar(reason)));
        }
    }
    let force = force.map_or(String::new(), |reason| format!(" --force {}", quoted(reason)));
    let text = format!("memtrim defer {}{force} --write", case.thing.name);
    Edit { file: CONFIGURATION.into(), line: None, text, lines }
}

/// The list without the railtie.
pub fn leave_out(case: &Case) -> Edit {
    let left: Vec<&String> = case.setting.railties.iter().filter(|name| **name != case.thing.name).collect();
    let mut lines = vec!["railties:".to_string()];
    lines.extend(left.iter().map(|name| format!("  - {}", scalar(name))));
    Edit {
        file: CONFIGURATION.into(),
        line: None,
        text: format!("leave {} out of `railties:`", case.thing.name),
        lines,
    }
}

/// As a shell takes one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// As YAML has it on one line: plain where that is read as this text.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 7] = ["true", "false", "yes", "no", "on", "off", "null"];
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || "_/.-".contains(char))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        text.to_string()
    } else {
        serde_json::to_string(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_where_yaml_would_read_another_thing() {
        assert_eq!([scalar("aws-sdk-s3"), scalar("Zip")], ["aws-sdk-s3", "Zip"]);
        assert_eq!(
            [scalar("yes"), scalar("1x"), scalar("a: b"), scalar("say \"x\"")],
            ["\"yes\"", "\"1x\"", "\"a: b\"", "\"say \\\"x\\\"\""]
        );
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
