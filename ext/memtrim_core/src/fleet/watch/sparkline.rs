//! A row of bars, one for each value.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// From the lowest bar to the highest it is at least this share of the largest value: noise is no mountain.
const LEAST_SPAN: f64 = 0.05;

/// Of the last `width` values, at the right; a space where there is none.
pub fn sparkline(values: &[Option<u64>], width: usize) -> String {
    let values = &values[values.len().saturating_sub(width)..];
    let known = || values.iter().flatten().map(|it| *it as f64);
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    let span = (most - least).max(most * LEAST_SPAN);
    let bar = |value: &Option<u64>| match value {
        None => ' ',
        Some(_) if span <= 0.0 => BARS[0],
        Some(value) => BARS[((*value as f64 - least) / span * 7.0).round().clamp(0.0, 7.0) as usize],
    };
    " ".repeat(width - values.len()) + &values.iter().map(bar).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::sparkline;

    fn of(values: &[u64], width: usize) -> String {
        sparkline(&values.iter().copied().map(Some).collect::<Vec<_>>(), width)
    }

    #[test]
    fn from_the_least_to_the_most() {
        assert_eq!(of(&[10, 20, 30, 40, 50, 60, 70, 80], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(of(&[900, 10, 80], 2), "▁█");
        assert_eq!(of(&[1, 2], 4), "  ▁█");
    }

    #[test]
    fn noise_is_flat_and_what_is_missing_is_empty() {
        assert_eq!(of(&[1000, 1001, 1000, 1003], 4), "▁▁▁▁");
        assert_eq!(of(&[1000, 1030, 1060], 3), "▁▅█");
        assert_eq!(of(&[0, 0], 2), "▁▁");
        assert_eq!(of(&[], 3), "   ");
        assert_eq!(sparkline(&[Some(u64::MAX), None, Some(0)], 3), "█ ▁");
        assert_eq!(of(&[1, 2, 3], 0), "");
    }
}
