//! Tables: right-aligned figures, no lines drawn.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

/// Lines of a table. The columns at these indices hold text, all others figures.
pub fn lines(header: &[&str], rows: &[Vec<String>], text_columns: &[usize]) -> Vec<String> {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row.clone());
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 0 } else { 1 }, 1));
        if !text_columns.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_string()).collect()
}

/// A text cut to a width, with an ellipsis where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Sections with an empty line between them, each line cut to a width; empty ones are left out.
pub fn sections(list: &[Vec<String>], width: usize) -> String {
    let mut text = String::new();
    for (index, section) in list.iter().filter(|section| !section.is_empty()).enumerate() {
        if index > 0 {
            text.push('\n');
        }
        for line in section {
            text.push_str(&cut(line.trim_end(), width));
            text.push('\n');
        }
    }
    text
}
