//! What other processes say of themselves, as it may be shown: no credentials, nothing that harms a terminal, nothing long.

const MASK: &str = "[…]";

/// Parts of the names of what holds a credential: of an option, a variable, a parameter of a URL.
const NAMES: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "accesskey",
    "access-key",
    "access_key",
    "credential",
    "requirepass",
];
/// And whole names.
const WHOLE_NAMES: [&str; 9] =
    ["pass", "auth", "key", "dsn", "authorization", "bearer", "basic", "masterauth", "private_key"];
/// What the keys of well-known services begin with.
const PREFIXES: [&str; 15] = [
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "xoxb-",
    "xoxp-",
    "eyJ",
    "SG.",
];
/// From so many characters on, a word that changes so often between digits, small and capital letters is taken for a key.
const LONG: usize = 20;
const CHANGES: usize = 5;

/// A command line without directories: one line of at most `longest` characters.
pub fn command(arguments: &[String], longest: usize) -> String {
    let words: Vec<String> = arguments.iter().map(|word| without_directory(word.trim_end()).to_string()).collect();
    harmless(&without_credentials(&words).join(" "), longest)
}

/// Any other text: a title, a name, a variable's value. Likewise of at most `longest` characters.
pub fn text(text: &str, longest: usize) -> String {
    harmless(&without_credentials(&[text.to_string()]).concat(), longest)
}

/// What is no secret though it may look like one: a container's id. Only made harmless, and short.
pub fn name(text: &str, longest: usize) -> String {
    harmless(text, longest)
}

fn harmless(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for character in text.chars() {
        let shown: String =
            if is_harmless(character) { character.into() } else { character.escape_default().collect() };
        length += shown.chars().count();
        if length >= longest {
            line.push('…');
            break;
        }
        line += &shown;
    }
    line
}

/// Neither a control character nor one that changes the direction or the width of what surrounds it.
fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `/usr/bin/ruby` is `ruby`; a title or a text with a path in it stays as it is.
fn without_directory(argument: &str) -> &str {
    match argument.rsplit_once('/') {
        Some((_, name)) if argument.starts_with('/') && !argument.contains(' ') && !name.is_empty() => name,
        _ => argument,
    }
}

/// An argument with spaces in it, a title or a shell's script, is looked at word by word.
fn without_credentials(arguments: &[String]) -> Vec<String> {
    let program = arguments.first().map_or("", String::as_str);
    let mut awaited = Awaited::Nothing;
    let shown = |argument: &String| {
        let words = argument.split_inclusive(char::is_whitespace).map(|piece| {
            let word = piece.trim_end_matches(char::is_whitespace);
            let (shown, next) = look_at(word, program, awaited);
            if !word.is_empty() {
                awaited = next;
            }
            shown + &piece[word.len()..]
        });
        words.collect()
    };
    arguments.iter().map(shown).collect()
}

/// What the word before says of this one.
#[derive(Clone, Copy, PartialEq)]
enum Awaited {
    Nothing,
    Credential,
    /// `name:password`
    User,
}

fn look_at(word: &str, program: &str, awaited: Awaited) -> (String, Awaited) {
    let bare = word.trim_matches(['"', '\'']);
    let option = bare.starts_with('-');
    if awaited == Awaited::Credential && !word.is_empty() {
        // `Authorization: Bearer …`
        return if names_a_credential(bare) {
            (word.into(), Awaited::Credential)
        } else {
            (MASK.into(), Awaited::Nothing)
        };
    }
    if awaited == Awaited::User && !option {
        return (bare.split_once(':').map_or(word.into(), |(user, _)| format!("{user}:{MASK}")), Awaited::Nothing);
    }
    match (program, bare) {
        (_, "-u" | "--user" | "--proxy-user") => return (word.into(), Awaited::User),
        ("redis-cli", "-a") | ("sshpass", "-p") => return (word.into(), Awaited::Credential),
        ("sshpass", _) if bare.starts_with("-p") => return (format!("-p{MASK}"), Awaited::Nothing),
        _ if bare.starts_with("-p")
            && bare.len() > 2
            && (program.starts_with("mysql") || program.starts_with("mariadb")) =>
        {
            return (format!("-p{MASK}"), Awaited::Nothing)
        }
        _ => {}
    }
    if (option || bare.ends_with(':')) && !bare.contains('=') && names_a_credential(bare) {
        return (word.into(), Awaited::Credential);
    }
    if !option && (bare.eq_ignore_ascii_case("bearer") || bare.eq_ignore_ascii_case("requirepass")) {
        return (word.into(), Awaited::Credential);
    }
    // A password may have any character in it, unescaped: the last @ ends it.
    let (before, after) = match (word.find("://"), word.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => (format!("{}://{MASK}@", part(&word[..scheme])), &word[at + 1..]),
        _ => (String::new(), word),
    };
    let parts: String = after.split_inclusive(['?', '&', ';', ',']).map(part).collect();
    (before + &parts, Awaited::Nothing)
}

/// A part of a word: `name=value`, a URL, or neither.
fn part(part: &str) -> String {
    let (part, end) = match part.char_indices().last() {
        Some((at, '?' | '&' | ';' | ',')) => part.split_at(at),
        _ => (part, ""),
    };
    let shown = match part.split_once('=') {
        Some((name, value)) if !value.is_empty() && names_a_credential(name) => format!("{name}={MASK}"),
        Some((name, value)) => format!("{name}={}", value_shown(value)),
        None => match part.split_once(':') {
            Some((name, value)) if !value.is_empty() && !value.starts_with("//") && names_a_credential(name) => {
                format!("{name}:{MASK}")
            }
            _ => value_shown(part),
        },
    };
    shown + end
}

/// Of a URL the host stays, whatever it looks like.
fn value_shown(value: &str) -> String {
    match value.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            format!("{scheme}://{}{}", &rest[..host], without_keys(&rest[host..]))
        }
        None => without_keys(value),
    }
}

fn names_a_credential(name: &str) -> bool {
    let name = name.trim_matches(|it: char| !it.is_ascii_alphanumeric()).to_ascii_lowercase();
    let last = name.rsplit(['-', '_', '.']).next().unwrap_or("");
    NAMES.iter().any(|part| name.contains(part)) || WHOLE_NAMES.contains(&&name[..]) || WHOLE_NAMES.contains(&last)
}

/// Runs of letters and digits that look like a key are masked; of a path only they, of any other word all of it.
fn without_keys(text: &str) -> String {
    let path = text.starts_with(['/', '.', '~']);
    let in_run = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '+') || (it == '/' && !path);
    let mut found = text.split(|it| !in_run(it)).filter(|run| is_key(run)).peekable();
    match found.peek() {
        None => text.into(),
        Some(_) if !path => MASK.into(),
        Some(_) => found.fold(text.to_string(), |text, run| text.replace(run, MASK)),
    }
}

fn is_key(run: &str) -> bool {
    if run.len() >= 12 && PREFIXES.iter().any(|prefix| run.starts_with(prefix.trim_end_matches('.'))) {
        return true;
    }
    let kind = |it: u8| match it {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    };
    let kinds: Vec<u8> = run.bytes().filter_map(kind).collect();
    run.len() >= LONG && kinds.windows(2).filter(|pair| pair[0] != pair[1]).count() >= CHANGES
}

#[cfg(test)]
mod tests {
    use super::{command, text};
    use proptest::prelude::*;

    fn of(arguments: &[&str]) -> String {
        command(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>(), 80)
    }

    #[test]
    fn directories_go_and_titles_stay() {
        assert_eq!(of(&["/usr/bin/ruby3.1", "/app/bin/puma", "-p", "3000"]), "ruby3.1 puma -p 3000");
        assert_eq!(of(&["/bin/sh", "-c", "/bin/true; cd /x/y"]), "sh -c /bin/true; cd /x/y");
        assert_eq!(of(&["puma 6.4 (tcp://0.0.0.0:3000) [api]   "]), "puma 6.4 (tcp://0.0.0.0:3000) [api]");
        assert_eq!(of(&["bin/rails", "/", "/tmp/"]), "bin/rails / /tmp/");
    }

    #[test]
    fn nothing_harms_a_terminal_and_nothing_is_long() {
        assert_eq!(of(&["a\u{1b}[2J\nb\u{202e}c"]), "a\\u{1b}[2J\\nb\\u{202e}c");
        assert_eq!(of(&[&"ü".repeat(500)]), format!("{}…", "ü".repeat(79)));
        assert_eq!(of(&[&"\nx".repeat(500)]).chars().count(), 79);
    }

    #[test]
    fn credentials_are_masked() {
        for (arguments, shown) in [
            (&["app", "--password", "hunter2"][..], "app --password […]"),
            (&["app", "--db-password=hunter2", "-v"], "app --db-password=[…] -v"),
            (&["app", "postgres://me:hunter2@db/x"], "app postgres://[…]@db/x"),
            (&["app", "REDIS_URL=redis://:hunter2@r:6379"], "app REDIS_URL=redis://[…]@r:6379"),
            (&["app", "postgres://me:hun/t?er2@db/x"], "app postgres://[…]@db/x"),
            (&["curl", "-u", "me:hunter2", "x"], "curl -u me:[…] x"),
            (&["curl", "-H", "Authorization: Bearer hunter2"], "curl -H Authorization: Bearer […]"),
            (&["curl", "http://x/?a=1&token=hunter2&b=2"], "curl http://x/?a=1&token=[…]&b=2"),
            (&["redis-cli", "-a", "hunter2"], "redis-cli -a […]"),
            (&["redis-server", "--requirepass", "hunter2"], "redis-server --requirepass […]"),
            (&["mysqldump", "-phunter2", "db"], "mysqldump -p[…] db"),
            (&["sh", "-c", "API_KEY=hunter2 bin/x --port 3"], "sh -c API_KEY=[…] bin/x --port 3"),
            (&["app", "AKIAIOSFODNN7EXAMPLE"], "app […]"),
            (&["app", "--x=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"], "app --x=[…]"),
            (&["app", "--dir=/srv/9f86d081884c7d659a2feaa0c55ad015/x"], "app --dir=/srv/[…]/x"),
        ] {
            assert_eq!(of(arguments), shown);
        }
    }

    #[test]
    fn what_is_none_stays() {
        for line in [
            "puma 6.4.2 (tcp://0.0.0.0:3000) [showcase]",
            "puma: cluster worker 0: 4711 [showcase]",
            "ruby -I lib:test script/nightly_2024-11-23_import.rb -p3000",
            "sidekiq 7.2.4 showcase [0 of 5 busy]",
            "redis-server *:6379",
            "/srv/releases/20241123101530/bin/rails server",
            "x86_64-linux-gnu-gcc-12 -O2 keyboard monkey.rb",
        ] {
            assert_eq!(text(line, 100), line);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_one_short_line(line in "\\PC*|(?s:.*)", longest in 1_usize..90) {
            let shown = text(&line, longest);
            prop_assert!(shown.chars().count() <= longest.max(1) && !shown.chars().any(char::is_control));
        }

        #[test]
        fn the_value_of_what_is_called_a_password_is_never_shown(value in "[a-z]{4}[0-9]{4}[!-~&&[^'\"&?;,@:=]]{0,9}x") {
            for line in [format!("app --password {value}"), format!("a DB_PASSWORD={value} b"), format!("x --token={value}")] {
                let shown = text(&line, 200);
                prop_assert!(!shown.contains(&value), "{}", shown);
            }
        }
    }
}
