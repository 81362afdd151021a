//! Which things hold each other in: leaving one out saves little, because another loads the same, and leaving them
//! out together saves more than the sum.
//!
//! What goes only when everything is left out has, in the require graph, every way to it through something that
//! is. Those whose ways lead to one place are a set; members that it does without are dropped from it.

use super::graph::{Cut, NodeId};
use super::ledger::Ledger;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that a set must save beyond its members' sum and beyond its parts, and that each of its members must add:
/// less could be told apart from chance in no trial.
const WORTH: i64 = 50_000;
/// How many sets are worth an experiment: those with the most bytes of their own.
const MOST: usize = 12;
/// How many places are followed up, the largest first.
const PLACES: usize = 60;

/// Things that are worth leaving out together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSet {
    /// Indices of their cuts, ascending.
    pub members: Vec<usize>,
    /// Bytes that go beyond those that go with each alone.
    pub gain_bytes: u64,
}

/// The sets among the things that these cuts leave out, largest gain first.
pub fn sets(ledger: &Ledger, cuts: &[Cut]) -> Vec<HeldSet> {
    let search = Search::new(ledger, cuts);
    let least: BTreeMap<BTreeSet<usize>, i64> = search.places().into_iter().map(|place| search.least(place)).collect();
    let found: Vec<(BTreeSet<usize>, i64)> =
        least.into_iter().filter(|(members, gain)| members.len() > 1 && *gain > WORTH).collect();
    let mut own: Vec<(u64, &(BTreeSet<usize>, i64))> = search.own_bytes(&found).into_iter().zip(&found).collect();
    own.retain(|(bytes, _)| *bytes as i64 > WORTH);
    own.sort_by_key(|(bytes, _)| Reverse(*bytes));
    let mut sets: Vec<HeldSet> = own
        .into_iter()
        .take(MOST)
        .map(|(_, (members, gain))| HeldSet { members: members.iter().copied().collect(), gain_bytes: *gain as u64 })
        .collect();
    sets.sort_by(|a, b| b.gain_bytes.cmp(&a.gain_bytes).then_with(|| a.members.cmp(&b.members)));
    sets
}

struct Search<'a> {
    ledger: &'a Ledger<'a>,
    cuts: &'a [Cut],
    /// What each would save alone.
    singles: Vec<i64>,
    /// Nodes that go when everything is left out.
    loose: Vec<bool>,
    /// Nodes that go with one thing alone.
    easy: Vec<bool>,
}

impl<'a> Search<'a> {
    fn new(ledger: &'a Ledger<'a>, cuts: &'a [Cut]) -> Self {
        let graph = &ledger.graph;
        let loose = graph.alive_without(cuts).iter().map(|alive| !alive).collect();
        let mut easy = vec![false; graph.len()];
        let mut singles = Vec::with_capacity(cuts.len());
        for cut in cuts {
            let alive = graph.alive(cut);
            alive.iter().zip(&mut easy).for_each(|(alive, easy)| *easy |= !alive);
            singles.push(bytes(ledger, &alive));
        }
        Search { ledger, cuts, singles, loose, easy }
    }

    /// Of the nodes that go only together, those who hold them in; the sets that hold most first.
    fn places(&self) -> Vec<BTreeSet<usize>> {
        let nodes = &self.ledger.graph.node_of;
        let mut bytes_of: FxHashMap<NodeId, u64> = FxHashMap::default();
        for (scope, node) in nodes.iter().enumerate().filter(|(_, node)| self.loose[**node] && !self.easy[**node]) {
            *bytes_of.entry(*node).or_insert(0) += self.ledger.bytes_of(scope as u32);
        }
        let mut places: BTreeMap<BTreeSet<usize>, u64> = BTreeMap::new();
        for (node, bytes) in bytes_of {
            *places.entry(self.holders(node)).or_insert(0) += bytes;
        }
        // With a set goes what a part of it holds.
        let mut weighed: Vec<(u64, &BTreeSet<usize>)> = places
            .keys()
            .map(|place| {
                let parts = places.iter().filter(|(part, _)| part.is_subset(place));
                (parts.map(|(_, bytes)| bytes).sum(), place)
            })
            .filter(|(bytes, place)| *bytes as i64 > WORTH && place.len() > 1)
            .collect();
        weighed.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        weighed.into_iter().take(PLACES).map(|(_, place)| place.clone()).collect()
    }

    /// Those whose leaving out cuts some way to a node. A way through what lives in any case is none that could
    /// be cut.
    fn holders(&self, node: NodeId) -> BTreeSet<usize> {
        let graph = &self.ledger.graph;
        let (mut queue, mut seen) = (vec![node], FxHashSet::from_iter([node]));
        let mut holders = BTreeSet::new();
        while let Some(node) = queue.pop() {
            for support in &graph.supports[node] {
                let cutting = self.cuts.iter().enumerate().filter(|(_, cut)| !cut.leaves(support, node));
                holders.extend(cutting.map(|(index, _)| index));
            }
            let before = graph.supports[node].iter().flat_map(|support| &support.all).copied();
            for from in before.chain(graph.superclasses_of(node)) {
                if self.loose[from] && seen.insert(from) {
                    queue.push(from);
                }
            }
        }
        holders
    }

    /// The set without the members that add nothing to it, and its gain.
    fn least(&self, mut members: BTreeSet<usize>) -> (BTreeSet<usize>, i64) {
        let mut gain = self.gain(&members);
        for member in members.clone() {
            let fewer: BTreeSet<usize> = members.iter().copied().filter(|other| *other != member).collect();
            let left = self.gain(&fewer);
            if left + WORTH >= gain {
                (members, gain) = (fewer, left);
            }
        }
        (members, gain)
    }

    /// For each set, the bytes that go with it and with no smaller one of the sets: a set of sets has none.
    fn own_bytes(&self, sets: &[(BTreeSet<usize>, i64)]) -> Vec<u64> {
        let alive: Vec<Vec<bool>> = sets.iter().map(|(members, _)| self.alive_without(members)).collect();
        let nodes = &self.ledger.graph.node_of;
        let own = |index: usize| {
            let members = &sets[index].0;
            let parts: Vec<usize> =
                (0..sets.len()).filter(|part| sets[*part].0.is_subset(members) && sets[*part].0 != *members).collect();
            self.ledger
                .gone(&alive[index])
                .filter(|scope| {
                    let node = nodes[*scope as usize];
                    !self.easy[node] && parts.iter().all(|part| alive[*part][node])
                })
                .map(|scope| self.ledger.bytes_of(scope))
                .sum()
        };
        (0..sets.len()).map(own).collect()
    }

    fn gain(&self, members: &BTreeSet<usize>) -> i64 {
        let together = bytes(self.ledger, &self.alive_without(members));
        together - members.iter().map(|index| self.singles[*index]).sum::<i64>()
    }

    fn alive_without(&self, members: &BTreeSet<usize>) -> Vec<bool> {
        let cuts: Vec<Cut> = members.iter().map(|index| self.cuts[*index].clone()).collect();
        self.ledger.graph.alive_without(&cuts)
    }
}

fn bytes(ledger: &Ledger, alive: &[bool]) -> i64 {
    ledger.gone(alive).map(|scope| ledger.bytes_of(scope) as i64).sum()
}
