//! The report as one page, for a browser and without a network.
//!
//! Its script and its style are known to the browser by their hashes, so nothing else runs in it; all data is JSON in
//! an element that is no script, and the script makes text of it, never markup.

mod data;

use crate::recording::Recording;
use crate::report::Report;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// SHA-256 of page.css and page.js, as a Content-Security-Policy names them (test/html_test.rb says what they must be).
const STYLE_HASH: &str = "sha256-7Npk7coG1O5goZyqKqE5wvp1YJqEs6IyU5X7Fto8FxU=";
const SCRIPT_HASH: &str = "sha256-VUGAdZgAMRNg2NCaaiSvmUvFvsSIbYBlwTeYEjSwskc=";

/// The page; `report` is the recording's.
pub fn html(recording: &Recording, report: &Report) -> String {
    let data = serde_json::to_string(&data::data(recording, report)).unwrap_or_default();
    [
        ("style-hash", STYLE_HASH),
        ("script-hash", SCRIPT_HASH),
        ("style", STYLE),
        ("script", SCRIPT),
        ("data", &in_script(&data)), // the last one: what is in it is not looked at again
    ]
    .into_iter()
    .fold(PAGE.to_string(), |page, (name, text)| page.replacen(&format!("{{{{{name}}}}}"), text, 1))
}

/// JSON that can stand in a script element: what could end it, or open a comment, is only ever in a string, where it can
/// be written another way. So are the line ends of which not everybody knows that JSON allows them.
fn in_script(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_data_is_markup() {
        let hostile = "</script><img src=x onerror=alert(1)>&amp;\"'\\\u{2028}\u{2029}<!--{{script}}";
        let json = in_script(&serde_json::to_string(hostile).unwrap());
        assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn the_page_asks_for_nothing() {
        for text in [PAGE, STYLE, SCRIPT] {
            for word in
                ["http:", "https:", "url(", "@import", "innerHTML", "insertAdjacentHTML", "document.write", "eval("]
            {
                assert!(!text.contains(word), "{word}");
            }
        }
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
        for name in ["style-hash", "script-hash", "style", "script", "data"] {
            assert_eq!(PAGE.matches(&format!("{{{{{name}}}}}")).count(), 1, "{name}");
        }
    }
}
