use memtrim_core::analysis::Ledger;
use std::collections::BTreeMap;
fn load(p: &str) -> (BTreeMap<String,(u64,u64,u64)>, ) {
    let r = memtrim_core::recording::read(std::path::Path::new(p)).unwrap();
    let l = Ledger::new(&r);
    let mut m: BTreeMap<String,(u64,u64,u64)> = BTreeMap::new();
    for (id, s) in r.scopes.iter().enumerate() {
        if id == 2 { continue }
        let name = r.string(s.file); let k = if name.is_empty() { format!("{:?} {} {}", s.kind, r.string(s.name), r.string(s.detail)) } else { format!("{:?} {} {}", s.kind, name, if s.kind as u8 > 4 { format!("{} {}", r.string(s.name), r.string(s.detail)) } else { String::new() }) };
        let t = l.tally(id as u32); let e = m.entry(k).or_default(); e.0 += t.slot_bytes; e.1 += t.block_bytes; e.2 += t.blocks;
    }
    (m,)
}
fn main() {
    let a = load(&std::env::args().nth(1).unwrap()).0; let b = load(&std::env::args().nth(2).unwrap()).0;
    let mut v = vec![];
    for k in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) { let x = a.get(k).copied().unwrap_or_default(); let y = b.get(k).copied().unwrap_or_default(); v.push((x.0 as i64 - y.0 as i64, x.1 as i64-y.1 as i64, x.2 as i64-y.2 as i64, a.contains_key(k), b.contains_key(k), k.clone())); }
    v.sort_by_key(|x| -(x.0+x.1).abs());
    println!("sum slots {} blocks {}", v.iter().map(|x|x.0).sum::<i64>(), v.iter().map(|x|x.1).sum::<i64>());
    for x in v.iter().filter(|x| x.3 && x.4).take(25) { println!("both {} {} ({} blocks) {}", x.0, x.1, x.2, x.5); }
    let only: (i64,i64) = v.iter().filter(|x| !x.4).fold((0,0), |a,x| (a.0+x.0,a.1+x.1)); println!("only in A: {:?}", only);
    for x in v.iter().filter(|x| !x.3).take(10) { println!("only B {} {} {}", x.0, x.1, x.5); }
}
