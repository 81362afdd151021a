//! What a thing does at boot: by itself, or only for who asks.

use super::facts::{Deed, Kind, Reason};

/// Matter only where somebody uses them.
const PASSIVE: [&str; 10] = [
    "method",
    "mixin",
    "rails_method",
    "constant",
    "mime_type",
    "template_handler",
    "renderer",
    "attribute_type",
    "adapter",
    "task",
];
/// What every railtie does: for the thing itself these are no deeds.
const NATURE: [&str; 3] = ["railtie", "initializer", "hook"];
/// What neither a boot here nor a line of the app's shows: it does something only where a variable of the environment is
/// set; it does something to others while it is loaded; it adds to somebody else's namespace.
const HIDDEN: [&str; 3] = ["environment", "effect", "extension"];
/// Its constants can't load it: speaks against deferring it, not against leaving it out.
const CONSTANTS: &str = "constants";

fn passive(kind: &str) -> bool {
    PASSIVE.contains(&kind)
}

/// Whether it acts unasked. A kind that nobody knows does.
pub fn acts(deed: &Deed, of: Kind) -> bool {
    let nature = of == Kind::Railtie && NATURE.contains(&deed.kind.as_str());
    !deed.harmless && !passive(&deed.kind) && !HIDDEN.contains(&deed.kind.as_str()) && !nature
}

pub fn is_hidden(deed: &Deed) -> bool {
    HIDDEN.contains(&deed.kind.as_str()) && !deed.harmless
}

/// Others would have to wait for it.
pub fn is_done_to_others(deed: &Deed) -> bool {
    is_hidden(deed) && deed.kind != HIDDEN[0]
}

/// Whether an app without the thing would lack something that may be wanted.
pub fn is_missed(reason: &Reason, deeds: &[Deed], harmless: bool) -> bool {
    let Some(kind) = reason.kind.as_deref() else { return reason.used || !harmless };
    let known_harmless =
        || deeds.iter().any(|deed| deed.kind == kind) && deeds.iter().all(|deed| deed.kind != kind || deed.harmless);
    reason.used || !(passive(kind) || kind == CONSTANTS || known_harmless())
}

/// Whether deferring it would not bring it back at its first use.
pub fn is_not_brought_back(reason: &Reason) -> bool {
    reason.kind.as_deref() == Some(CONSTANTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(kind: &str) -> Deed {
        Deed { kind: kind.into(), ..Deed::default() }
    }

    fn reason(kind: Option<&str>) -> Reason {
        Reason { kind: kind.map(str::to_string), ..Reason::default() }
    }

    #[test]
    fn what_nobody_knows_acts() {
        assert!(["middleware", "railtie", "thread", "telepathy", ""].iter().all(|kind| acts(&deed(kind), Kind::Gem)));
        assert!(!["method", "adapter", "task", "environment"].iter().any(|kind| acts(&deed(kind), Kind::Gem)));
        assert!(!acts(&Deed { harmless: true, ..deed("railtie") }, Kind::Gem));
        assert!(!acts(&deed("initializer"), Kind::Railtie));
        assert!(acts(&deed("middleware"), Kind::Railtie));
    }

    #[test]
    fn a_reason_without_a_kind_counts_unless_all_are_harmless() {
        assert!(is_missed(&reason(None), &[], false));
        assert!(!is_missed(&reason(None), &[], true));
        assert!(!is_missed(&reason(Some("method")), &[], false));
        assert!(is_missed(&Reason { used: true, ..reason(Some("method")) }, &[], true));
        assert!(is_missed(&reason(Some("railtie")), &[], true));
        assert!(!is_missed(&reason(Some("railtie")), &[Deed { harmless: true, ..deed("railtie") }], true));
        assert!(is_missed(
            &reason(Some("railtie")),
            &[Deed { harmless: true, ..deed("railtie") }, deed("railtie")],
            true
        ));
    }
}
