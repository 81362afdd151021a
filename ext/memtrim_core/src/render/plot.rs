//! Points on a plane, in characters.

/// What a point is, the least of them first: where two fall on one place, the greater one is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Other,
    Front,
    Stock,
    Winner,
}

impl Mark {
    fn character(self) -> char {
        match self {
            Mark::Other => '·',
            Mark::Front => '*',
            Mark::Stock => 'S',
            Mark::Winner => 'W',
        }
    }
}

/// Rows of characters.
const HEIGHT: usize = 14;
/// Columns for the labels on the left.
const LABEL: usize = 7;

/// (x, y, what it is) of each; x to the right, y upwards.
pub struct Plot(Vec<(f64, f64, Mark)>);

impl Plot {
    pub fn new(points: Vec<(f64, f64, Mark)>) -> Self {
        Plot(points)
    }

    /// Lines of at most `width` columns; none of fewer than two points.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let columns = width.saturating_sub(LABEL + 2).max(10);
        let Some((left, right)) = ends(self.0.iter().map(|it| it.0)) else { return Vec::new() };
        let Some((bottom, top)) = ends(self.0.iter().map(|it| it.1)) else { return Vec::new() };
        let mut grid: Vec<Vec<Option<Mark>>> = vec![vec![None; columns]; HEIGHT];
        for (x, y, mark) in &self.0 {
            let column = place(*x, left, right, columns);
            let row = HEIGHT - 1 - place(*y, bottom, top, HEIGHT);
            grid[row][column] = grid[row][column].max(Some(*mark));
        }
        let label = |row: usize| match row {
            0 => format!("{top:.1}"),
            row if row == HEIGHT - 1 => format!("{bottom:.1}"),
            _ => String::new(),
        };
        let line = |(row, marks): (usize, &Vec<Option<Mark>>)| {
            let text: String = marks.iter().map(|mark| mark.map_or(' ', Mark::character)).collect();
            format!("{:>LABEL$} │{}", label(row), text.trim_end())
        };
        let mut list: Vec<String> = grid.iter().enumerate().map(line).collect();
        list.push(format!("{:>LABEL$} └{}", "", "─".repeat(columns)));
        let (left, right) = (format!("{left:.1}"), format!("{right:.1}"));
        let between = columns.saturating_sub(left.len() + right.len());
        list.push(format!("{:>LABEL$}  {left}{}{right}", "", " ".repeat(between)));
        list
    }
}

/// None of fewer than two numbers, or of equal ones.
fn ends(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| (low.min(it), high.max(it)));
    (low < high).then_some((low, high))
}

fn place(number: f64, low: f64, high: f64, places: usize) -> usize {
    ((number - low) / (high - low) * (places - 1) as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_in_the_corners_and_the_winner_is_seen() {
        let points = vec![(1.0, 10.0, Mark::Stock), (2.0, 20.0, Mark::Other), (1.0, 10.0, Mark::Winner)];
        let lines = Plot::new(points).lines(40);
        assert_eq!(lines.len(), HEIGHT + 2);
        assert!(lines.iter().all(|line| line.chars().count() <= 40));
        assert_eq!(lines[0], format!("   20.0 │{}·", " ".repeat(30)));
        assert_eq!(lines[HEIGHT - 1], "   10.0 │W");
        assert!(lines[HEIGHT + 1].starts_with("         1.0") && lines[HEIGHT + 1].ends_with("2.0"));
    }

    #[test]
    fn nothing_of_one_point() {
        assert!(Plot::new(vec![(1.0, 1.0, Mark::Stock)]).lines(40).is_empty());
    }
}
