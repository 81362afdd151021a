//! What is set otherwise than in the app as it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// Of the environment.
    pub variables: BTreeMap<String, String>,
    /// Of Rails' configuration, by path: `yjit`.
    pub settings: BTreeMap<String, Value>,
    /// Puma's; None: the app's own.
    pub threads: Option<u32>,
    /// Bytes: the limit of the main thread's stack (RLIMIT_STACK); None: the app's own.
    pub stack: Option<u64>,
    /// Libraries.
    pub preload: Vec<String>,
}

impl Change {
    pub fn variables(list: &[(&str, &str)]) -> Self {
        let variables = list.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Change { variables, ..Change::default() }
    }

    /// Both. A variable that is a list has the items of both; of any other the later one counts.
    pub fn and(&self, later: &Change) -> Change {
        let mut all = self.clone();
        for (name, value) in &later.variables {
            let joined = match (separator(name), all.variables.get(name)) {
                (Some(between), Some(before)) if !before.is_empty() => format!("{before}{between}{value}"),
                _ => value.clone(),
            };
            all.variables.insert(name.clone(), joined);
        }
        all.settings.extend(later.settings.clone());
        all.threads = later.threads.or(all.threads);
        all.stack = later.stack.or(all.stack);
        all.preload.extend(later.preload.iter().cloned());
        all
    }

    /// What the app has already is no change; a list that it has goes on.
    pub fn over(&self, stock: &BTreeMap<String, String>) -> Change {
        let lists = stock.iter().filter(|(name, _)| separator(name).is_some() && self.variables.contains_key(*name));
        let before = Change {
            variables: lists.map(|(name, value)| (name.clone(), value.clone())).collect(),
            ..Change::default()
        };
        let mut change = before.and(self);
        change.variables.retain(|name, value| stock.get(name) != Some(value));
        change
    }

    pub fn is_empty(&self) -> bool {
        self == &Change::default()
    }
}

/// What stands between the items of a variable that is a list: of jemalloc the last of two pairs counts (jemalloc(3),
/// TUNING), as of Ruby's options and of glibc's tunables.
fn separator(name: &str) -> Option<&'static str> {
    match name {
        "MALLOC_CONF" => Some(","),
        "GLIBC_TUNABLES" => Some(":"),
        "RUBYOPT" => Some(" "),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_and_values_replaced() {
        let first = Change::variables(&[("MALLOC_CONF", "narenas:1"), ("MALLOC_ARENA_MAX", "1")]);
        let second = Change::variables(&[("MALLOC_CONF", "tcache:false"), ("MALLOC_ARENA_MAX", "2")]);
        let expected = Change::variables(&[("MALLOC_CONF", "narenas:1,tcache:false"), ("MALLOC_ARENA_MAX", "2")]);
        assert_eq!(first.and(&second), expected);
    }

    #[test]
    fn the_later_limit_of_the_stack_counts() {
        let limit = |stack| Change { stack, ..Change::default() };
        let last = |first, second| limit(first).and(&limit(second)).stack;
        assert_eq!((last(Some(1), Some(2)), last(Some(1), None), last(None, None)), (Some(2), Some(1), None));
    }

    #[test]
    fn what_the_app_has_already_is_no_change() {
        let stock = |name: &str, value: &str| BTreeMap::from([(name.to_string(), value.to_string())]);
        assert!(Change::variables(&[("MALLOC_ARENA_MAX", "2")]).over(&stock("MALLOC_ARENA_MAX", "2")).is_empty());
        let conf = Change::variables(&[("MALLOC_CONF", "narenas:1")]).over(&stock("MALLOC_CONF", "thp:never"));
        assert_eq!(conf, Change::variables(&[("MALLOC_CONF", "thp:never,narenas:1")]));
    }
}
