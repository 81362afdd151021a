//! Numbers as people write them in a condition: sizes, shares, times. Sizes are what lib/showcase_memtrim/size.rb takes:
//! all units are binary.

/// Bytes that no machine has, and every format can say.
const MOST: f64 = (1_u64 << 53) as f64;

/// A number, and the unit behind it in small letters.
fn split(text: &str) -> Option<(f64, String)> {
    let text = text.trim();
    let end = text.find(|it: char| !it.is_ascii_digit() && !matches!(it, '.' | '_')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let digits = |it: &str| it.starts_with(|it: char| it.is_ascii_digit());
    let whole = digits(number) && number.split_once('.').is_none_or(|(_, rest)| digits(rest) && !rest.contains('_'));
    let number: f64 = number.replace('_', "").parse().ok().filter(|_| whole)?;
    Some((number, unit.trim().to_ascii_lowercase()))
}

/// `180MB`, `1.5 GiB`, `900 k`, `1024`: bytes.
pub fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let unit = match &unit[..] {
        "" | "b" | "bytes" => 1_u64,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => return None,
    };
    let bytes = (number * unit as f64).round();
    (bytes <= MOST).then_some(bytes as u64)
}

/// `12`
pub fn count(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    (unit.is_empty() && number.fract() == 0.0 && number <= MOST).then_some(number as u64)
}

/// `20 %`, `7.5%`
pub fn percent(text: &str) -> Option<f64> {
    let (number, unit) = split(text)?;
    (unit == "%").then_some(number)
}

/// `90 s`, `30 min`, `1h`, `1.5 d`: seconds.
pub fn seconds(text: &str) -> Option<f64> {
    let (number, unit) = split(text)?;
    let unit = match &unit[..] {
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(number * unit)
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, percent, seconds};

    #[test]
    fn sizes_are_binary() {
        let list = ["180MB", "1.5 GiB", " 900 k", "1024", "1_000 bytes", "0", "2TB", "12b"];
        let found: Vec<Option<u64>> = list.iter().map(|it| bytes(it)).collect();
        let expected = [180 << 20, 3 << 29, 900 << 10, 1024, 1000, 0, 2 << 40, 12];
        assert_eq!(found, expected.map(Some));
    }

    #[test]
    fn what_is_none() {
        for text in ["", "MB", "-1", "1.MB", ".5MB", "1.5.2", "1e3", "12 parsecs", "9999999 TB", "1 0", "_1", "1._5"] {
            assert_eq!((bytes(text), count(text)), (None, None), "{text}");
        }
        assert_eq!([count("1.5"), count("1k"), count("50")], [None, None, Some(50)]);
    }

    #[test]
    fn shares_and_times() {
        assert_eq!([percent("20 %"), percent("7.5%"), percent("20")], [Some(20.0), Some(7.5), None]);
        let list = ["90 s", "30min", "1h", "1.5 d", "30 m", "1", "h"].map(seconds);
        assert_eq!(list, [Some(90.0), Some(1800.0), Some(3600.0), Some(129_600.0), None, None, None]);
    }
}
