//! What boots measured, by what they were measured for.

use crate::report::Report;
use std::collections::BTreeMap;

/// Resident figures and seconds of plain boots; the same, only about, of one that was measured for something else.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    counted: Vec<f64>,
    recorded: Option<f64>,
    plain: BTreeMap<&'static str, Vec<f64>>,
    about: BTreeMap<&'static str, f64>,
}

/// The figure of a trial, the same in a counted one.
const RESIDENT: [(&str, &str, &str); 3] = [
    ("rss", "rss_bytes", "about_rss_bytes"),
    ("anon", "anon_bytes", "about_anon_bytes"),
    ("seconds", "boot_seconds", "boot_seconds"),
];

impl Samples {
    pub fn add(&mut self, counted: bool, figures: &BTreeMap<String, f64>) {
        for (measure, plain, about) in RESIDENT {
            if let Some(figure) = figures.get(if counted { about } else { plain }) {
                if counted {
                    self.about.entry(measure).or_insert(*figure);
                } else {
                    self.plain.entry(measure).or_default().push(*figure);
                }
            }
        }
        if counted {
            self.counted.extend(figures.get("held_bytes"));
        }
    }

    pub fn add_report(&mut self, report: &Report) {
        let own = report.own_usage();
        self.recorded = Some(held(report) as f64);
        self.about.entry("rss").or_insert(own.rss_bytes as f64);
        self.about.entry("anon").or_insert(own.anon_bytes as f64);
        self.about.entry("seconds").or_insert(report.seconds);
    }

    /// Bytes, without the interpreter's own tables. A recording's alone where there is one: a counted trial has 0.2 MB of
    /// its own in it.
    pub fn held(&self) -> Vec<f64> {
        self.recorded.map_or_else(|| self.counted.clone(), |held| vec![held])
    }

    pub fn is_recorded(&self) -> bool {
        self.recorded.is_some()
    }

    /// Of plain boots.
    pub fn plain(&self, measure: &str) -> &[f64] {
        self.plain.get(measure).map_or(&[], Vec::as_slice)
    }

    /// Of a boot with a counter or a recorder in it, theirs taken away: rather too much than too little.
    pub fn about(&self, measure: &str) -> Option<f64> {
        self.about.get(measure).copied()
    }
}

/// What a program holds, bytes, and not what the interpreter's tables have room for.
pub fn held(report: &Report) -> u64 {
    report.totals.held_bytes.saturating_sub(report.totals.interpreter_bytes)
}
