//! Bytes as people read them: MiB with one decimal.

const MIB: f64 = 1024.0 * 1024.0;

/// `12.3`; `0` when there is nothing at all, `0.0` when there is next to nothing.
pub fn mib(bytes: u64) -> String {
    signed_mib(bytes as i64)
}

/// As [`mib`], with a minus where there is one.
pub fn signed_mib(bytes: i64) -> String {
    if bytes == 0 {
        return "0".into();
    }
    let text = format!("{:.1}", bytes as f64 / MIB);
    if text == "-0.0" {
        "0.0".into()
    } else {
        text
    }
}

/// `1.7 %`; `0 %` of nothing.
pub fn percent(part: i64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".into();
    }
    let text = format!("{:.1} %", part as f64 * 100.0 / whole as f64);
    text.replace("-0.0 %", "0.0 %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_decimal_and_no_negative_zero() {
        assert_eq!([mib(0), mib(1), mib(1 << 20), mib(12_900_000)], ["0", "0.0", "1.0", "12.3"]);
        assert_eq!([signed_mib(-4096), signed_mib(-(3 << 20))], ["0.0", "-3.0"]);
        assert_eq!([percent(1, 0), percent(17, 1000), percent(-1, 100_000)], ["0 %", "1.7 %", "0.0 %"]);
    }
}
