//! Credentials in what other processes say of themselves, recognized by what they are called, by where they stand, or by
//! what they look like. Rather too much is masked than too little: nobody needs it to know a process by.

const MASK: &str = "[…]";

/// Parts of the names of what holds a credential: of an option, a variable, a header, a parameter of a URL.
const NAMES: [&str; 18] = [
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
    "webhook",
    "pepper",
    "cookie",
    "signature",
];
/// And whole names, or the last part of one.
const WHOLE_NAMES: [&str; 12] =
    ["pass", "auth", "key", "dsn", "authorization", "bearer", "basic", "masterauth", "private_key", "pw", "sig", "otp"];
/// What the keys of well-known services begin with.
const PREFIXES: [&str; 27] = [
    "AKIA",
    "ASIA",
    "AIza",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glrt-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "whsec_",
    "sk-proj-",
    "sk-ant-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "npm_",
    "pypi-",
    "dop_v1_",
    "shpat_",
    "dckr_pat_",
    "eyJ",
];
const LONG_WITH_PREFIX: usize = 12;
/// From so many characters on, a word that changes so often between digits, small and capital letters is taken for a key.
const LONG: usize = 20;
const CHANGES: usize = 5;
/// What stands before the credential in a header.
const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "digest", "negotiate", "apikey"];

/// The same arguments, or one text, without the credentials in them.
pub fn masked(arguments: &[String]) -> Vec<String> {
    Reader::new(arguments, true).all()
}

/// A text without what is marked as a credential; what only looks random stays.
pub fn marked_masked(text: &str) -> String {
    Reader::new(&[text.to_string()], false).all().concat()
}

/// What the word before says of this one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Awaited {
    Nothing,
    Credential,
    /// Or a scheme, and then one: `Authorization: Bearer …`
    Header,
    /// It was called a credential; `=` would say that the next is one.
    Sign,
    /// `name:password`
    User,
}

struct Reader<'a> {
    arguments: &'a [String],
    /// The last program that has options of its own for a password.
    program: String,
    awaited: Awaited,
    /// What only looks like a key is masked, too.
    random: bool,
}

impl<'a> Reader<'a> {
    fn new(arguments: &'a [String], random: bool) -> Self {
        let program = arguments.first().map_or("", |it| base(it)).to_string();
        Reader { arguments, program, awaited: Awaited::Nothing, random }
    }

    fn all(mut self) -> Vec<String> {
        (0..self.arguments.len()).map(|index| self.argument(index)).collect()
    }

    /// One argument is one value, with all its spaces, unless it is a title or a script.
    fn argument(&mut self, index: usize) -> String {
        let argument = &self.arguments[index];
        let before = index.checked_sub(1).map_or("", |it| self.arguments[it].as_str());
        let interpreted = ["ruby", "perl", "node", "python"].iter().any(|it| self.program.starts_with(it));
        let script =
            before.starts_with('-') && (before.ends_with('c') && before.len() < 5 || before == "-e" && interpreted);
        if index == 0 || script || argument.is_empty() {
            return self.words(argument);
        }
        if self.awaited == Awaited::Credential {
            self.awaited = Awaited::Nothing;
            return MASK.into();
        }
        if self.awaited == Awaited::User && !argument.starts_with('-') {
            self.awaited = Awaited::Nothing;
            return user(argument);
        }
        if let Some((name, value)) = argument.split_once('=') {
            if !name.contains(char::is_whitespace) && names_a_credential(name) && value.contains(char::is_whitespace) {
                return format!("{name}={MASK}");
            }
        }
        if let Some((name, value)) = argument.split_once(": ") {
            if !name.contains(char::is_whitespace) && names_a_credential(name) {
                let scheme =
                    value.split(' ').next().filter(|it| is_scheme(it)).map_or(String::new(), |it| format!("{it} "));
                return format!("{name}: {scheme}{MASK}");
            }
        }
        // `aws configure set aws_secret_access_key …`
        let is_name = argument.contains('_') && argument.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        if is_name && NAMES.iter().any(|name| argument.to_ascii_lowercase().ends_with(name)) {
            self.awaited = Awaited::Credential;
            return argument.clone();
        }
        self.words(argument)
    }

    fn words(&mut self, argument: &str) -> String {
        let mut shown = String::new();
        let mut quote: Option<char> = None;
        for piece in argument.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end_matches(char::is_whitespace);
            // Of a quoted value that is masked, the words until the quote ends.
            if let Some(it) = quote {
                if word.contains(it) {
                    quote = None;
                    shown += &piece[word.len()..];
                }
                continue;
            }
            if !word.is_empty() {
                let awaited = self.awaited;
                let (text, masked) = self.word(word);
                let named = awaited != self.awaited && matches!(self.awaited, Awaited::Credential | Awaited::Header);
                quote = ['\'', '"'].into_iter().find(|it| (masked || named) && word.matches(*it).count() % 2 == 1);
                shown += &text;
                if quote.is_some() && named {
                    shown = shown + " " + MASK;
                    self.awaited = Awaited::Nothing;
                }
            }
            if quote.is_none() {
                shown += &piece[word.len()..];
            }
        }
        shown
    }

    /// And whether something of it is masked for its name or its place.
    fn word(&mut self, word: &str) -> (String, bool) {
        let awaited = std::mem::replace(&mut self.awaited, Awaited::Nothing);
        let bare = word.trim_matches(['"', '\'']);
        let option = bare.starts_with('-');
        match awaited {
            Awaited::Credential if is_sign(bare) => {
                self.awaited = awaited;
                return (word.into(), false);
            }
            Awaited::Header if is_scheme(bare) => {
                self.awaited = Awaited::Credential;
                return (word.into(), false);
            }
            Awaited::Credential | Awaited::Header => return (MASK.into(), true),
            Awaited::Sign if is_sign(bare) => {
                self.awaited = Awaited::Credential;
                return (word.into(), false);
            }
            Awaited::User if !option => return (user(bare), true),
            _ => {}
        }
        if let Some(shown) = self.by_program(bare, option) {
            let masked = shown != bare;
            return (if masked { shown } else { word.into() }, masked);
        }
        let assigned = bare.find('=').is_some_and(|at| at + 1 < bare.len());
        if (option || bare.ends_with([':', '='])) && !assigned && names_a_credential(bare) {
            let header = bare.ends_with(':') && bare.to_ascii_lowercase().contains("authorization");
            self.awaited = if header { Awaited::Header } else { Awaited::Credential };
            return (word.into(), false);
        }
        if !option && ["bearer", "requirepass"].iter().any(|it| bare.eq_ignore_ascii_case(it)) {
            self.awaited = Awaited::Credential;
            return (word.into(), false);
        }
        if !assigned && names_a_credential(bare) {
            self.awaited = Awaited::Sign;
        }
        self.value(word)
    }

    /// Options of programs that are known to take a password by them.
    fn by_program(&mut self, bare: &str, option: bool) -> Option<String> {
        if !option && has_options(base(bare)) {
            self.program = base(bare).into();
            return None;
        }
        if bare == "login"
            && matches!(&self.program[..], "docker" | "podman" | "nerdctl" | "buildah" | "skopeo" | "helm")
        {
            self.program = "login".into();
            return None;
        }
        if let Some(user_and_password) = bare.strip_prefix("--user=").or_else(|| bare.strip_prefix("--proxy-user=")) {
            return Some(format!("{}{}", &bare[..bare.len() - user_and_password.len()], user(user_and_password)));
        }
        if self.program == "curl" && bare.starts_with("-u") && bare.contains(':') {
            return Some(user(bare));
        }
        if matches!(bare, "-u" | "--user" | "--proxy-user") {
            self.awaited = Awaited::User;
            return Some(bare.into());
        }
        let (apart, glued) = password_options(&self.program);
        if apart.contains(&bare) {
            self.awaited = Awaited::Credential;
            return Some(bare.into());
        }
        if let Some(option) = glued.iter().find(|it| bare.len() > it.len() && bare.starts_with(**it)) {
            return Some(format!("{option}{MASK}"));
        }
        match &self.program[..] {
            "htpasswd" if !option => Some(MASK.into()),
            "sqlplus" if !option && bare.contains('/') => {
                bare.split_once('/').map(|(user, _)| format!("{user}/{MASK}"))
            }
            "smbclient" | "rpcclient" if bare.contains('%') => {
                bare.split_once('%').map(|(user, _)| format!("{user}%{MASK}"))
            }
            _ => None,
        }
    }

    /// A word in its parts. A password may have any character in it, unescaped: the last @ ends it.
    fn value(&self, word: &str) -> (String, bool) {
        let scheme = word.find("://");
        let (before, after) = match (scheme, word.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                (format!("{}://{MASK}@", self.part(&word[..scheme]).0), &word[at + 1..])
            }
            (None, Some(at)) => match word[..at].find(':').filter(|colon| colon + 1 < at) {
                Some(colon) => (format!("{}:{MASK}@", self.part(&word[..colon]).0), &word[at + 1..]),
                None => (String::new(), word),
            },
            _ => (String::new(), word),
        };
        let mut shown = before;
        let (mut hidden, mut query): (Option<&str>, bool) = (None, false);
        for piece in after.split_inclusive(['?', '&', ';', ',']) {
            let end = match piece.char_indices().last() {
                Some((at, '?' | '&' | ';' | ',')) => &piece[at..],
                _ => "",
            };
            // What follows belongs to the credential, but in a query.
            if let Some(end_before) = hidden {
                if !(query && end_before == "&" && piece.contains('=')) {
                    continue;
                }
                shown += end_before;
            }
            let (text, masked) = self.part(&piece[..piece.len() - end.len()]);
            shown += &text;
            hidden = masked.then_some(end);
            query |= !masked && end == "?";
            if !masked {
                shown += end;
            }
        }
        (shown, hidden.is_some())
    }

    /// `name=value`, `name:value`, a URL, or neither; and whether it is called a credential.
    fn part(&self, part: &str) -> (String, bool) {
        match (part.split_once('='), part.split_once(':')) {
            (Some((name, value)), _) if !value.is_empty() && names_a_credential(name) => {
                (format!("{name}={MASK}"), true)
            }
            (Some((name, _)), _) if self.is_key(name) => (MASK.into(), false),
            (Some((name, value)), _) => {
                let (value, masked) = self.part(value);
                (format!("{name}={value}"), masked)
            }
            (_, Some((name, value))) if !value.is_empty() && !value.starts_with("//") && names_a_credential(name) => {
                (format!("{name}:{MASK}"), true)
            }
            _ => (self.value_shown(part), false),
        }
    }

    /// Of a URL the host stays, whatever it looks like.
    fn value_shown(&self, value: &str) -> String {
        match value.split_once("://") {
            Some((scheme, rest)) => {
                let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                format!("{scheme}://{}{}", &rest[..host], self.without_keys(&rest[host..]))
            }
            None => self.without_keys(value),
        }
    }

    /// Runs of letters and digits that look like a key are masked; of a path only they, of any other word all of it.
    fn without_keys(&self, text: &str) -> String {
        let path = text.starts_with(['/', '.', '~']);
        let in_run = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '+') || (it == '/' && !path);
        let mut found = text.split(|it| !in_run(it)).filter(|run| self.is_key(run)).peekable();
        match found.peek() {
            None => text.into(),
            Some(_) if !path => MASK.into(),
            Some(_) => found.fold(text.to_string(), |text, run| text.replace(run, MASK)),
        }
    }

    fn is_key(&self, run: &str) -> bool {
        let run = run.trim_start_matches(|it: char| !it.is_ascii_alphanumeric());
        run.len() >= LONG_WITH_PREFIX && PREFIXES.iter().any(|prefix| run.starts_with(prefix))
            || self.random && is_random(run)
    }
}

/// Digits in several places, or small letters alone between others: no words, and no names of classes.
fn is_random(run: &str) -> bool {
    let kind = |it: u8| match it {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    };
    let kinds: Vec<u8> = run.bytes().filter_map(kind).collect();
    let groups: Vec<&[u8]> = kinds.chunk_by(|a, b| a == b).collect();
    let digits = groups.iter().filter(|it| it[0] == 0).count();
    let alone = groups.iter().filter(|it| it[0] == 1 && it.len() == 1).count();
    run.len() >= LONG && groups.len() > CHANGES && (digits > 1 || alone > 1)
}

fn names_a_credential(name: &str) -> bool {
    let name = name.trim_matches(|it: char| !it.is_ascii_alphanumeric()).to_ascii_lowercase();
    let last = name.rsplit(['-', '_', '.']).next().unwrap_or("");
    NAMES.iter().any(|part| name.contains(part)) || WHOLE_NAMES.contains(&&name[..]) || WHOLE_NAMES.contains(&last)
}

fn is_scheme(word: &str) -> bool {
    SCHEMES.iter().any(|it| word.eq_ignore_ascii_case(it))
}

fn is_sign(word: &str) -> bool {
    matches!(word, "=" | "=>" | ":")
}

fn user(text: &str) -> String {
    text.split_once(':').map_or(text.into(), |(user, _)| format!("{user}:{MASK}"))
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn has_options(program: &str) -> bool {
    password_options(program) != (&[], &[])
        || matches!(program, "docker" | "podman" | "nerdctl" | "buildah" | "skopeo" | "helm" | "curl")
        || matches!(program, "htpasswd" | "sqlplus" | "smbclient" | "rpcclient")
}

/// Those that a password follows as the next word, and those that it is glued to.
fn password_options(program: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match program {
        "sshpass" | "login" => (&["-p"], &["-p"]),
        "redis-cli" | "valkey-cli" | "keydb-cli" => (&["-a"], &[]),
        "zip" | "unzip" | "sqlcmd" | "bcp" | "isql" | "tsql" | "ipmitool" => (&["-P"], &["-P"]),
        "7z" | "7za" | "7zz" => (&[], &["-p"]),
        "ssh-keygen" => (&["-N", "-P"], &[]),
        "openssl" => (&["-k", "-K"], &[]),
        _ if program.starts_with("mysql") || program.starts_with("mariadb") => (&[], &["-p"]),
        _ if program.starts_with("mongo") => (&["-p"], &["-p"]),
        _ if program.starts_with("ldap") => (&["-w"], &["-w"]),
        _ => (&[], &[]),
    }
}
