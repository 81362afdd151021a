//! What other processes say of themselves, as it may be shown: no credentials, nothing that harms a terminal, nothing long.

use super::credentials;

/// A command line without directories: one line of at most `longest` characters.
pub fn command(arguments: &[String], longest: usize) -> String {
    let words: Vec<String> = arguments.iter().map(|word| without_directory(word.trim_end()).to_string()).collect();
    harmless(&credentials::masked(&words).join(" "), longest)
}

/// Any other text: a title, a name. Likewise of at most `longest` characters.
pub fn text(text: &str, longest: usize) -> String {
    harmless(&credentials::masked(&[text.to_string()]).concat(), longest)
}

/// What was asked for by its name, a variable's value: a tenant may be called by a number that looks like a key, and must
/// not be confused with the next one. A credential in it that is marked as one is masked.
pub fn value(value: &str, longest: usize) -> String {
    harmless(&credentials::marked_masked(value), longest)
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

#[cfg(test)]
mod tests {
    use super::{command, text, value};
    use proptest::prelude::*;

    fn of(arguments: &[&str]) -> String {
        command(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>(), 100)
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
        assert_eq!(of(&[&"ü".repeat(500)]), format!("{}…", "ü".repeat(99)));
        assert_eq!(of(&[&"\nx".repeat(500)]).chars().count(), 100);
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
            (&["app", "--password", "correct horse battery", "-v"], "app --password […] -v"),
            (&["app", "--password=correct horse battery", "-v"], "app --password=[…] -v"),
            (&["app", "--password", "mysecretpassword", "-v"], "app --password […] -v"),
            (&["app", "--password=hun,ter2&x;y?z", "-v"], "app --password=[…] -v"),
            (
                &["docker", "run", "-e", "SECRET_KEY_BASE=hunter2 x", "-p", "80:80"],
                "docker run -e SECRET_KEY_BASE=[…] -p 80:80",
            ),
            (&["docker", "login", "-u", "me", "-p", "hunter2"], "docker login -u me -p […]"),
            (&["kubectl", "--from-literal=password=hunter2"], "kubectl --from-literal=password=[…]"),
            (&["env", "AWS_SECRET_ACCESS_KEY=a/b+c=", "x"], "env AWS_SECRET_ACCESS_KEY=[…] x"),
            (
                &["aws", "configure", "set", "aws_secret_access_key", "hunter2"],
                "aws configure set aws_secret_access_key […]",
            ),
            (&["app", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig"], "app […]"),
            (&["app", "--jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig"], "app --jwt=[…]"),
            (&["ftp", "me:hunter2@host:21/x"], "ftp me:[…]@host:21/x"),
            (&["app", "db=me:hun@ter2@host"], "app db=me:[…]@host"),
            (&["sh", "-c", "PGPASSWORD=x psql -p 5432 -h db"], "sh -c PGPASSWORD=[…] psql -p 5432 -h db"),
            (
                &["sh", "-c", "sshpass -p hunter2 ssh x; sshpass -phunter2 y"],
                "sh -c sshpass -p […] ssh x; sshpass -p[…] y",
            ),
            (&["sudo", "mysql", "-uroot", "-phunter2"], "sudo mysql -uroot -p[…]"),
            (&["sh", "-c", "app --password 'correct horse' -v"], "sh -c app --password […] -v"),
            (&["sh", "-c", "PASSWORD='correct horse' app"], "sh -c PASSWORD=[…] app"),
            (&["app", "Server=db;User Id=me;Password=hun;ter2;Database=x"], "app Server=db;User Id=me;Password=[…]"),
            (&["app", "Server=db;Pwd=hunter2;Database=x"], "app Server=db;Pwd=[…]"),
            (&["app", "host=db user=me password=hunter2 port=5"], "app host=db user=me password=[…] port=5"),
            (&["app", "{\"password\":\"correct horse\",\"a\":1}"], "app {\"password\":[…]"),
            (&["ruby", "-e", "a(:password => 'correct horse', b: 1)"], "ruby -e a(:password => […] b: 1)"),
            (&["curl", "-H", "Cookie: a=hunter2; b=hunter3"], "curl -H Cookie: […]"),
            (&["curl", "-ume:hunter2", "--user=me:hunter2"], "curl -ume:[…] --user=me:[…]"),
            (&["sh", "-c", "curl -H 'X-Api-Key: hun ter2' x"], "sh -c curl -H 'X-Api-Key: […] x"),
            (&["openssl", "-passin", "pass:hunter2"], "openssl -passin pass:[…]"),
            (
                &["sidekiq", "-r", "rediss://me:hunter2@r/1?password=hunter3&x=1"],
                "sidekiq -r rediss://[…]@r/1?password=[…]&x=1",
            ),
            (&["ldapsearch", "-w", "hunter2", "-x"], "ldapsearch -w […] -x"),
            (&["htpasswd", "-bn", "me", "hunter2"], "htpasswd -bn […] […]"),
            (&["smbclient", "-U", "me%hunter2"], "smbclient -U me%[…]"),
            (&["app", "ghp_0123456789abcdefghij"], "app […]"),
            (&["app", "--dir=/srv/9f86d081884c7d659a2feaa0c55ad015/x"], "app --dir=/srv/[…]/x"),
        ] {
            assert_eq!(of(arguments), shown);
        }
    }

    #[test]
    fn a_value_that_was_asked_for_is_masked_where_it_is_marked() {
        assert_eq!(value("9f86d081884c7d659a2feaa0c55ad015", 60), "9f86d081884c7d659a2feaa0c55ad015");
        assert_eq!(value("postgres://me:hunter2@db/jazz", 60), "postgres://[…]@db/jazz");
        assert_eq!(value("host=db password=hunter2 dbname=jazz", 60), "host=db password=[…] dbname=jazz");
        assert_eq!(value("ghp_0123456789abcdefghij", 60), "[…]");
        assert_eq!(value("2024-boston\n", 60), "2024-boston\\n");
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
            "resque-2.6.0: Processing default since 1700000000 [ActiveStorageAnalyzeDocumentJob]",
            "solid-queue-worker(1.1.0): waiting for jobs in default,mailers",
            "Passenger RubyApp: /srv/showcase (production)",
            "docker run -p 80:80 -e RAILS_ENV=production showcase:2024.11.23-1",
            "git clone git@github.com:rails/rails.git",
            "ssh -L 3000:localhost:3000 deploy@web-1.example.com",
            "postgres: showcase production 10.0.0.5(41234) idle",
            "puma: cluster worker 12: 4711 [showcase-2024-11-23_release-7.2.1]",
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
        fn the_value_of_what_is_called_a_password_is_never_shown(value in "[a-z]{4}[0-9]{4}[!-~&&[^'\"]]{0,9}x") {
            let texts = [
                format!("app --password {value} b"), format!("a DB_PASSWORD={value} b"), format!("x --token={value}"),
                format!("curl -H Authorization: Bearer {value}"), format!("a: password: {value}"), format!("x me:{value}@host"),
            ];
            for line in texts {
                let shown = text(&line, 200);
                prop_assert!(!shown.contains(&value[..8]) && (value.len() < 14 || !shown.contains(&value[8..])), "{}", shown);
            }
            let spaced = format!("{value} {value}");
            for arguments in [["app", "--password", &spaced], ["app", "-x", &format!("--password={spaced}")], ["app", "-H", &format!("X-Token: {spaced}")]] {
                let shown = command(&arguments.map(String::from), 200);
                prop_assert!(!shown.contains(&value[..8]), "{}", shown);
            }
        }
    }
}
