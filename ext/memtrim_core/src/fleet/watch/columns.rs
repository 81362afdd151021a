//! How wide text is on a terminal.

/// No character is wider than this says; a few, as those that combine with the one before, are narrower.
fn width(character: char) -> usize {
    match character {
        // East Asian Wide and Fullwidth (Unicode, EastAsianWidth.txt), by their blocks, and what is drawn as an emoji.
        '\u{1100}'..='\u{115f}'
        | '\u{231a}'..='\u{23ff}'
        | '\u{25fd}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe10}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ffe6}'
        | '\u{16fe0}'..='\u{18fff}'
        | '\u{1aff0}'..='\u{1b2ff}'
        | '\u{1f000}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

pub fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Cut to so many columns, with an ellipsis where something is missing.
pub fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.into();
    }
    let mut left = most.saturating_sub(1);
    let mut short: String = text
        .chars()
        .take_while(|it| {
            let fits = width(*it) <= left;
            left = left.saturating_sub(width(*it));
            fits
        })
        .collect();
    if most > 0 {
        short.push('…');
    }
    short
}

/// Cut, and filled with spaces.
pub fn left(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let filled = width.saturating_sub(columns(&text));
    text + &" ".repeat(filled)
}

#[cfg(test)]
mod tests {
    use super::{columns, cut, left};
    use proptest::prelude::*;

    #[test]
    fn wide_characters_are_two() {
        assert_eq!([columns("boston"), columns("東京"), columns("a🎉"), columns("▁█")], [6, 4, 3, 2]);
        assert_eq!([cut("東京都", 5), cut("東京都", 6), cut("abc", 2), cut("abc", 0)], ["東京…", "東京都", "a…", ""]);
        assert_eq!([left("東", 4), left("abcdef", 4)], ["東  ", "abc…"]);
    }

    proptest! {
        #[test]
        fn what_is_cut_fits(text in "\\PC*", width in 0_usize..30) {
            prop_assert!(columns(&cut(&text, width)) <= width);
            prop_assert_eq!(columns(&left(&text, width)), width);
        }
    }
}
