//! What is said of railties only.

use crate::verdict::case::Case;
use crate::verdict::evidence::{of_deeds, of_requirers, of_traces, of_uses, Evidence};
use crate::verdict::ruling::{Confidence, Ruling};

/// A railtie that is left out already.
pub fn never_loaded(case: &Case) -> Option<Ruling> {
    let why = "it is not loaded: there is nothing to trim";
    (!case.figures.loaded).then(|| Ruling::keep(Confidence::Observed, why, Vec::new()))
}

/// The app's code uses it: one helper in one template is enough, and no test may ever render that. The list is that of all
/// environments, so tests and development count.
pub fn used(case: &Case) -> Option<Ruling> {
    let uses = of_uses(&case.uses());
    let idle: Vec<&str> = case.thing.idle_uses.iter().map(|it| it.file.as_str()).collect();
    let loads: Vec<_> = case
        .figures
        .app_loads
        .iter()
        .filter(|it| case.figures.held_in && !it.file.as_deref().is_some_and(|file| idle.contains(&file)))
        .collect();
    let mut traced = of_traces(&case.traced_uses());
    traced.extend(of_traces(&case.traced_tests().into_iter().filter(|it| it.direct).collect::<Vec<_>>()));
    let confidence = if loads.is_empty() && traced.is_empty() { Confidence::Static } else { Confidence::Observed };
    let given = of_deeds(&case.used_deeds());
    let evidence: Vec<Evidence> = uses.into_iter().chain(of_requirers(&loads)).chain(traced).chain(given).collect();
    let place = evidence.first()?.place();
    let place = place.map_or_else(|| "though at no line that is known".to_string(), |place| format!("in {place}"));
    let more = if evidence.len() > 1 {
        format!(" and {} more", super::count(evidence.len() - 1, "place"))
    } else {
        String::new()
    };
    Some(Ruling::keep(confidence, format!("the app uses it, {place}{more}"), evidence))
}
