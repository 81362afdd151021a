use memtrim_core::analysis::Ledger;
fn main() {
    let r = memtrim_core::recording::read(std::path::Path::new(&std::env::args().nth(1).unwrap())).unwrap();
    let l = Ledger::new(&r);
    println!("total held {} weight {:?}", l.total(l.weight), l.weight);
    let mut other = 0u64;
    for (o, b) in l.by_owner() { if b > 500_000 { match &o { memtrim_core::analysis::Owner::Gem(g) => println!("  {} {:.2}", r.app.gems[*g].name, b as f64/1e6), o => println!("  {:?} {:.2}", o, b as f64/1e6) } } else { other += b } }
    println!("  smaller {:.2}", other as f64/1e6);
    for e in l.railties() { let c=&r.app.components[e.component]; println!("railtie {} {} removable {:.3} self {:.3} total {:.3} {:?}", c.name, e.loaded, e.sums.removable_bytes as f64/1e6, e.sums.self_bytes as f64/1e6, e.sums.total_bytes as f64/1e6, e.sums.also_required_by.iter().map(|q| format!("{} {}:{}", q.name, q.file.rsplit('/').next().unwrap(), q.line)).take(4).collect::<Vec<_>>()); }
    for e in l.gems() { let g=&r.app.gems[e.gem]; if g.in_gemfile || e.sums.removable_bytes>0 { println!("gem {} removable {:.3} self {:.3} total {:.3} features {} {:?}", g.name, e.sums.removable_bytes as f64/1e6, e.sums.self_bytes as f64/1e6, e.sums.total_bytes as f64/1e6, e.features, e.sums.also_required_by.iter().map(|q| format!("{} {}:{}", q.name, q.file.rsplit('/').next().unwrap(), q.line)).take(3).collect::<Vec<_>>()); } }
    if let Some(n) = std::env::args().nth(2) {
        let cut = match r.app.gems.iter().position(|g| g.name == n) { Some(g) => l.gem_cut(g), None => { let c=r.app.components.iter().position(|c| c.name==n).unwrap(); l.railtie_cut(l.component_node(c).unwrap()) } };
        let alive = l.graph.alive(&cut);
        for n in 0..l.graph.len() { let p = l.path_of(n); if alive[n] && p.contains(&format!("/{}-", n2(&r, &n_arg()))) { for s in &l.graph.supports[n] { if s.lives(&alive) && cut.leaves(s,n) { println!("KEPT {} by {:?} edge {:?}", p, s.all.iter().map(|x| { let sc=r.scope(l.graph.scope_of[*x]).unwrap(); format!("{:?} {} {}", sc.kind, r.string(sc.name), l.path_of(*x)) }).collect::<Vec<_>>(), s.edge.map(|e| format!("{:?}", r.edges[e].kind))); } } } }
        for s in l.gone(&alive) { let sc=r.scope(s).unwrap(); println!("GONE {:?} {} {} {}", sc.kind, r.string(sc.name), r.string(sc.file), l.bytes_of(s)); }
    }
}

fn n_arg() -> String { std::env::args().nth(2).unwrap() }
fn n2(_r: &memtrim_core::recording::Recording, n: &str) -> String { n.split("/").next().unwrap().replace("action_","action") }
