use memtrim_core::analysis::Ledger;
use std::collections::BTreeMap;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let r = memtrim_core::recording::read(std::path::Path::new(&args[1])).unwrap();
    let l = Ledger::new(&r);
    let mut cuts = vec![];
    for n in &args[2..] {
        if let Some(g) = r.app.gems.iter().position(|g| &g.name == n) { cuts.push(l.gem_cut(g)); }
        else { let c = r.app.components.iter().position(|c| &c.name == n).unwrap(); cuts.extend(l.component_node(c).map(|x| l.railtie_cut(x))); }
    }
    let alive = l.graph.alive_without(&cuts);
    let gone: std::collections::BTreeSet<u32> = l.gone(&alive).collect();
    let mut m: BTreeMap<(String, bool), (u64,u64)> = BTreeMap::new();
    for (id, s) in r.scopes.iter().enumerate() {
        let id = id as u32;
        let label = format!("{:?} {} {} {} {}", s.kind, r.string(s.file), if s.kind.is_load() { "" } else { r.string(s.name) }, if s.kind.is_load() {""} else { r.string(s.detail) }, s.line);
        let t = l.tally(id);
        let e = m.entry((label, gone.contains(&id))).or_default(); e.0 += l.bytes_of(id); e.1 += t.retained_bytes;
    }
    for ((label, gone), b) in m { println!("{}\t{}\t{}\t{}", if gone {"GONE"} else {"STAY"}, b.0, b.1, label); }
}
