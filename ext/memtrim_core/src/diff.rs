//! What an edit changes in a file, as `git diff` shows it and `git apply` takes it.
//!
//! Of bytes: a file need not be valid UTF-8, and only `\n` ends a line, as for git.

use similar::{capture_diff_slices, group_diff_ops, Algorithm, DiffOp, DiffTag};

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;

/// The unified diff of one file; empty when nothing changes.
///
/// `None` is a file that is not there. `path` is relative to where `git apply` will be run.
pub fn unified(path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> Vec<u8> {
    let (before, after) = (lines(old), lines(new));
    let mut out = Vec::new();
    let changes = capture_diff_slices(Algorithm::Myers, &before, &after);
    for hunk in group_diff_ops(changes, CONTEXT).iter().filter(|hunk| !hunk.is_empty()) {
        if out.is_empty() {
            out.extend(format!("--- {}\n+++ {}\n", name("a", path, old), name("b", path, new)).into_bytes());
        }
        write_hunk(&mut out, hunk, &before, &after);
    }
    out
}

fn lines(text: Option<&[u8]>) -> Vec<&[u8]> {
    text.unwrap_or_default().split_inclusive(|&byte| byte == b'\n').collect()
}

fn name(side: &str, path: &str, text: Option<&[u8]>) -> String {
    text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"))
}

fn write_hunk(out: &mut Vec<u8>, hunk: &[DiffOp], before: &[&[u8]], after: &[&[u8]]) {
    let (first, last) = (&hunk[0], &hunk[hunk.len() - 1]);
    let old = range(first.old_range().start, last.old_range().end);
    let new = range(first.new_range().start, last.new_range().end);
    out.extend(format!("@@ -{old} +{new} @@\n").into_bytes());
    for change in hunk {
        if change.tag() == DiffTag::Equal {
            write_lines(out, b' ', &before[change.old_range()]);
        } else {
            write_lines(out, b'-', &before[change.old_range()]);
            write_lines(out, b'+', &after[change.new_range()]);
        }
    }
}

/// Lines are counted from 1; a range of none is named by the line before it.
fn range(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        count => format!("{},{count}", start + 1),
    }
}

fn write_lines(out: &mut Vec<u8>, mark: u8, lines: &[&[u8]]) {
    for line in lines {
        out.push(mark);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;
    use std::io::Write;
    use std::process::{Command, Stdio};

    fn text(old: Option<&str>, new: Option<&str>) -> String {
        String::from_utf8(unified("config/a.rb", old.map(str::as_bytes), new.map(str::as_bytes))).unwrap()
    }

    #[test]
    fn a_changed_line() {
        assert_eq!(
            text(Some("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), Some("1\n2\n3\n4\nfive\n6\n7\n8\n9\n")),
            "--- a/config/a.rb\n+++ b/config/a.rb\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn nothing_changes() {
        assert_eq!(text(Some("1\n"), Some("1\n")), "");
        assert_eq!(text(None, None), "");
    }

    #[test]
    fn a_file_comes_and_goes() {
        assert_eq!(text(None, Some("1\n2\n")), "--- /dev/null\n+++ b/config/a.rb\n@@ -0,0 +1,2 @@\n+1\n+2\n");
        assert_eq!(text(Some("1\n"), None), "--- a/config/a.rb\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n");
    }

    #[test]
    fn no_newline_at_the_end() {
        assert_eq!(
            text(Some("1\n2"), Some("1\n2\n")),
            "--- a/config/a.rb\n+++ b/config/a.rb\n@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+2\n"
        );
        assert_eq!(
            text(Some("1\n2"), Some("one\n2")),
            "--- a/config/a.rb\n+++ b/config/a.rb\n@@ -1,2 +1,2 @@\n-1\n+one\n 2\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let old: String = (1..=30).map(|line| format!("{line}\n")).collect();
        let new = old.replace("\n3\n", "\n").replace("\n27\n", "\n27\nmore\n");
        let hunks: Vec<String> =
            text(Some(&old), Some(&new)).lines().filter(|line| line.starts_with("@@")).map(str::to_owned).collect();
        assert_eq!(hunks, ["@@ -1,6 +1,5 @@", "@@ -25,6 +24,7 @@"]);
    }

    /// Whatever it says, git makes the new file of the old one with it, to the byte.
    #[test]
    fn git_applies_it() {
        type Text = Option<&'static [u8]>;
        let cases: &[(Text, Text)] = &[
            (Some(b"1\n2\n3\n"), Some(b"1\ntwo\n3\n")),
            (Some(b"1\r\n2\r\n3\r\n"), Some(b"1\r\n3\r\n4\r\n")),
            (Some(b"one\rline\n2"), Some(b"one\rline\n2\r")),
            (Some(b"\xef\xbb\xbf1\n2\n"), Some(b"\xef\xbb\xbf1\n2\n3")),
            (Some(b"caf\xe9\n2\n"), Some(b"caf\xe9\nzwei\n")),
            (None, Some(b"1\n2\n")),
            (None, Some(b"1")),
            (Some(b"1\n2\n"), None),
        ];
        for (old, new) in cases {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("config/a.rb");
            std::fs::create_dir(dir.path().join("config")).unwrap();
            if let Some(old) = old {
                std::fs::write(&file, old).unwrap();
            }
            let mut git =
                Command::new("git").args(["apply", "-"]).current_dir(dir.path()).stdin(Stdio::piped()).spawn().unwrap();
            git.stdin.take().unwrap().write_all(&unified("config/a.rb", *old, *new)).unwrap();
            assert!(git.wait().unwrap().success(), "{old:?} to {new:?}");
            assert_eq!(std::fs::read(&file).ok().as_deref(), *new);
        }
    }
}
