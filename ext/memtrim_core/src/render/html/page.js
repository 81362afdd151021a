"use strict";

// Everything from the recording is text: it reaches the page by textContent, title and aria-label alone.
const data = JSON.parse(document.getElementById("data").textContent);
const text = (index) => data.strings[index];

// ---- what is shown

const MEASURES = [
  { key: "held", label: "Held", long: "held", show: bytes },
  { key: "retained", label: "Retained", long: "retained", show: bytes },
  { key: "ns", label: "Seconds", long: "time", show: time },
];

const HUES = {
  "ruby": 15, "bundler": 48, "frameworks": 255, "gems": 150, "application": 100, "initializers": 205,
  "eager load": 305, "after initialize": 345, "first request": 230,
};

const PHASES = {
  "ruby": "Ruby’s own start, before anything was recorded",
  "bundler": "bundler/setup",
  "frameworks": "Rails’ own components: rails/all, or the railties that the app lists",
  "gems": "Bundler.require",
  "application": "config/application.rb and the environment’s file, besides; all of a program without Rails",
  "initializers": "the initializers, the app’s and all others’",
  "eager load": "what is loaded ahead because the app will need it",
  "after initialize": "what waited for the app to be initialized",
  "first request": "the requests that were asked for",
};

const nodes = readNodes();
const root = nodes[0];
const measures = MEASURES.filter((measure) => root.sum[measure.key] > 0);

// A node: {id, kind, name, parent, children, own, sum, scope, thing, also}. What is a node's own, where it has children
// too, is a child of its own kind ("s"), so that every level adds up.
function readNodes() {
  const columns = data.nodes;
  const list = columns.parent.map((parent, id) => ({
    id,
    kind: columns.kind[id],
    name: text(columns.name[id]),
    parent: null,
    children: [],
    own: { held: columns.held[id], retained: columns.retained[id], ns: columns.ns[id] },
    scope: columns.scope[id],
    thing: data.things[columns.thing[id]] || null,
    also: columns.also[id] || [[], 0],
  }));
  list.forEach((node, id) => {
    node.sum = { ...node.own };
    if (id === 0) return;
    node.parent = list[columns.parent[id]];
    node.parent.children.push(node);
  });
  for (let id = list.length - 1; id > 0; id--) {
    for (const key of Object.keys(list[id].sum)) list[id].parent.sum[key] += list[id].sum[key];
  }
  for (const node of [...list]) {
    const own = node.own;
    if (node.children.length === 0 || !(own.held || own.retained || own.ns)) continue;
    const itself = { ...node, id: list.length, kind: "s", name: "itself", parent: node, children: [], sum: own };
    node.children.push(itself);
    list.push(itself);
  }
  return list;
}

// ---- words

function bytes(count) {
  if (count === 0) return "0";
  if (Math.abs(count) < 1000) return `${count} B`;
  if (Math.abs(count) < 1e6) return `${Math.round(count / 1024)} KiB`;
  return `${mib(count, 1)} MiB`;
}

function mib(count, digits) {
  const figure = (count / 1048576).toFixed(digits);
  return Number(figure) === 0 ? figure.replace("-", "") : figure;
}

function time(ns) {
  if (ns === 0) return "0";
  if (ns < 1e6) return `${(ns / 1e6).toFixed(2)} ms`;
  if (ns < 1e8) return `${(ns / 1e6).toFixed(ns < 1e7 ? 1 : 0)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}

function share(part, whole) {
  if (!whole) return "";
  const percent = (part * 100) / whole;
  return percent > 0 && percent < 0.1 ? "under 0.1 %" : `${percent.toFixed(1)} %`;
}

function count(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

// A name as a tile has room for it: a gem's file without the gem's own directory.
function shortName(node) {
  if (node.kind === "i") return node.name.replace(/ \([^()]*:\d+\)$/, "");
  if (node.kind !== "f" || !node.parent) return node.name;
  const owner = chain(node).find((each) => each.kind === "o");
  if (owner && owner.thing) return node.name.replace(/^[^/]*\/(?:lib\/)?(?=.)/, "");
  if (owner && owner.name === "ruby") return node.name.replace(/^\/.*\/(?:ruby|site_ruby|vendor_ruby)\/[\d.]+\//, "");
  return node.name;
}

function chain(node) {
  const list = [];
  for (let at = node; at; at = at.parent) list.unshift(at);
  return list;
}

function kindOf(node) {
  const within = chain(node);
  const phase = within[1];
  const owner = within.find((each) => each.kind === "o");
  const of = owner && owner.thing ? ` of the gem ${owner.name}` : "";
  switch (node.kind) {
    case "b": return "the whole boot, by phase";
    case "p": return `phase: ${PHASES[node.name] || "a stretch of the boot"}`;
    case "o":
      if (node.thing) return `gem, in the phase ${phase.name}`;
      if (node.name === "ruby") return `Ruby and its own library, in the phase ${phase.name}`;
      if (node.name === "app") return `the app’s own files, in the phase ${phase.name}`;
      return `files of no gem, nor the app’s, nor Ruby’s, in the phase ${phase.name}`;
    case "r": return `railtie${of}, in the phase ${phase.name}`;
    case "i": return `registered by a file${of}, in the phase ${phase.name}`;
    case "s": return `${node.parent.name} without what it contains`;
    default: return node.scope === 1 ? "what no file loaded: the interpreter’s start; of a program without Rails, its main file too"
      : `file${of}, in the phase ${phase.name}`;
  }
}

// ---- DOM

function element(tag, attributes = {}, ...children) {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") it.className = value;
    else if (name === "click") it.addEventListener("click", value);
    else if (value !== null && value !== undefined) it.setAttribute(name, value);
  }
  it.append(...children.filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : document.createTextNode(child))));
  return it;
}

const byId = (id) => document.getElementById(id);

function switcher(place, choices, chosen, choose) {
  const buttons = choices.map(({ key, label }) => element("button", { "type": "button", "data-key": key, "aria-pressed": String(key === chosen()), "click": () => choose(key) }, label));
  byId(place).replaceChildren(element("div", { class: "switch" }, ...buttons));
}

// ---- where the reader is: the measure, the node, from which rank on its children are shown, and what was picked

const state = { measure: measures[0] || MEASURES[0], node: root, from: 0, picked: null, thing: null };

const value = (node) => node.sum[state.measure.key];

function inOrder(node) {
  return node.children.filter((child) => value(child) > 0).sort((a, b) => value(b) - value(a) || (a.id - b.id));
}

// `#held/12`, or `#held/12+40`: the smaller ones of node 12, from the 40th on.
function hash(measure, node, from) {
  return `#${measure.key}/${node.id}${from ? `+${from}` : ""}`;
}

function readHash() {
  const [, key, id, from] = /^#(\w+)\/(\d+)(?:\+(\d+))?$/.exec(location.hash) || [];
  state.measure = measures.find((measure) => measure.key === key) || measures[0] || MEASURES[0];
  const node = nodes[Number(id)];
  state.node = node && node.children.length > 0 ? node : root;
  state.from = state.node === node && Number(from) < inOrder(node).length ? Number(from) : 0;
}

function go(node, from = 0, focus = null) {
  refocus = focus;
  const to = hash(state.measure, node, from);
  if (location.hash === to) arrive();
  else location.hash = to;
}

let refocus = null;

function arrive() {
  readHash();
  state.picked = null;
  state.thing = null;
  draw();
}

function pick(node) {
  state.picked = state.picked === node ? null : node;
  state.thing = null;
  drawMap(node);
  drawDetails();
  markRows();
}

function pickThing(thing) {
  state.thing = state.thing === thing ? null : thing;
  state.picked = null;
  drawMap();
  drawDetails();
  markRows();
  const panel = byId("details");
  if (state.thing && panel.getBoundingClientRect().top < 0) panel.scrollIntoView({ block: "start" });
}

function enter(node) {
  if (node.rest) go(node.rest, node.from, "first");
  else if (node.children.length > 0) go(node, 0, "first");
  else pick(node);
}

function up() {
  if (state.from) go(state.node, 0, state.node);
  else if (state.node.parent) go(state.node.parent, 0, state.node);
}

// ---- the tiles

const SMALLEST = 110; // square pixels; what is smaller is one tile with its like
const HEAD = 24;

// Squarified (Bruls, Huizing, van Wijk): rectangles of given areas, largest first, as square as can be.
function squarify(items, x, y, w, h) {
  const total = items.reduce((sum, item) => sum + item.value, 0);
  const scale = total > 0 ? (w * h) / total : 0;
  const placed = [];
  const worst = (row, sum, side) => Math.max((side * side * row[0]) / (sum * sum), (sum * sum) / (side * side * row[row.length - 1]));
  let at = 0;
  while (at < items.length) {
    const side = Math.max(Math.min(w, h), 1e-6);
    const row = [];
    let sum = 0;
    let end = at;
    while (end < items.length) {
      const area = Math.max(items[end].value * scale, 1e-9);
      if (row.length > 0 && worst([...row, area], sum + area, side) > worst(row, sum, side)) break;
      row.push(area);
      sum += area;
      end++;
    }
    const depth = sum / side;
    let along = 0;
    row.forEach((area, index) => {
      const length = area / depth;
      placed.push(w >= h
        ? { item: items[at + index], x, y: y + along, w: depth, h: length }
        : { item: items[at + index], x: x + along, y, w: length, h: depth });
      along += length;
    });
    if (w >= h) { x += depth; w -= depth; } else { y += depth; h -= depth; }
    at = end;
  }
  return placed;
}

// A node's children from a rank on, the smallest as one; nothing when all of them would be too small.
function tilesOf(node, from, w, h) {
  const children = inOrder(node).slice(from);
  const total = children.reduce((sum, child) => sum + value(child), 0);
  let shown = children.length;
  while (shown > 0 && (value(children[shown - 1]) / total) * w * h < SMALLEST) shown--;
  if (shown === children.length - 1) shown++;
  const list = children.slice(0, shown).map((child) => ({ node: child, value: value(child) }));
  if (shown < children.length) {
    const smaller = children.slice(shown);
    const sum = smaller.reduce((all, child) => all + value(child), 0);
    list.push({ value: sum, node: { id: -1, kind: "m", name: `${smaller.length} smaller`, rest: node, from: from + shown, parent: node, children: smaller, value: sum } });
    list.sort((a, b) => b.value - a.value);
  }
  return { list, total, some: shown > 0 };
}

function hueOf(node) {
  const phase = chain(node)[1];
  return String((phase && HUES[phase.name]) ?? 60);
}

function says(node, size) {
  const whole = root.sum[state.measure.key];
  const name = node.kind === "m" ? `${node.name} of ${node.parent.name}` : node.kind === "s" ? `${node.parent.name} itself` : node.name;
  return `${name}, ${state.measure.show(size)} ${state.measure.long}, ${share(size, whole)} of the boot`;
}

function position(it, x, y, w, h) {
  it.style.left = `${x}px`;
  it.style.top = `${y}px`;
  it.style.width = `${w}px`;
  it.style.height = `${h}px`;
}

const LETTER = 6.7; // pixels of a letter, about
const DIGIT = 7.6;

function tile({ item, x, y, w, h }, whole) {
  const { node, value: size } = item;
  const opens = node.kind === "m" || node.children.length > 0;
  const it = element("button", {
    "type": "button", "class": `tile${opens ? " open" : ""}${node.kind === "m" ? " rest" : ""}`, "tabindex": "-1",
    "data-value": size, "data-node": node.kind === "m" ? `${node.rest.id}+${node.from}` : node.id,
    "title": says(node, size), "aria-label": says(node, size), "aria-pressed": opens ? null : String(state.picked === node),
    "click": () => enter(node),
  });
  position(it, x + 0.5, y + 0.5, Math.max(w - 1, 0.5), Math.max(h - 1, 0.5));
  it.style.setProperty("--h", hueOf(node));
  it.style.setProperty("--c", (0.55 + 0.9 * Math.sqrt(whole > 0 ? size / whole : 0)).toFixed(2));
  if (w >= 40 && h >= 21) {
    let name = shortName(node);
    if (node.kind === "m" && name.length * LETTER > w - 10) name = `+${node.children.length}`;
    if (node.kind === "f" && name.length * LETTER > w - 10 && name.includes("/")) name = name.slice(name.lastIndexOf("/") + 1) || name;
    it.append(element("span", {}, name));
    const figure = state.measure.show(size);
    if (w >= figure.length * DIGIT + 10 && h >= 38) it.append(element("span", {}, figure));
  }
  if (state.thing && within(node, state.thing)) it.classList.add("found");
  return it;
}

function within(node, thing) {
  return chain(node).some((each) => each.thing === thing);
}

function group(place) {
  const { item: { node, value: size }, x, y, w, h } = place;
  const tiles = node.children.length > 0 && w >= 64 && h >= 70 ? tilesOf(node, 0, w - 6, h - HEAD - 3) : { some: false };
  if (!tiles.some) return null;
  const head = element("button", {
    "type": "button", "class": "head", "tabindex": "-1", "data-node": node.id, "title": says(node, size), "aria-label": says(node, size),
    "click": () => enter(node),
  }, element("span", {}, shortName(node)));
  if (w >= (node.name.length + 9) * DIGIT + 24) head.append(element("span", {}, state.measure.show(size)));
  const it = element("div", { "class": "group", "data-value": size, "data-node": node.id }, head);
  position(it, x + 1, y + 1, w - 2, h - 2);
  it.style.setProperty("--h", hueOf(node));
  for (const inner of squarify(tiles.list, 2, HEAD, w - 6, h - HEAD - 4)) it.append(tile(inner, tiles.list[0].value));
  if (state.thing && within(node, state.thing)) it.classList.add("found");
  return it;
}

function drawMap(focus = null) {
  const map = byId("map");
  const { width, height } = map.getBoundingClientRect();
  const tiles = tilesOf(state.node, state.from, width, height);
  map.dataset.value = tiles.total;
  map.dataset.measure = state.measure.key;
  map.dataset.node = state.node.id;
  map.classList.toggle("finding", state.thing !== null && nodes.some((node) => node.thing === state.thing && chain(node).includes(state.node)));
  if (tiles.list.length === 0 || width === 0) {
    map.replaceChildren(element("p", { class: "empty" }, "Nothing was recorded here."));
    return;
  }
  const focused = map.contains(document.activeElement) ? document.activeElement.dataset.node : null;
  const boxes = squarify(tiles.list, 0, 0, width, height).map((place) => group(place) || tile(place, tiles.list[0].value));
  map.replaceChildren(...boxes);
  const buttons = tileButtons();
  const wanted = focus === "first" ? undefined : focus ? String(focus.id) : focused;
  const button = buttons.find((each) => each.dataset.node === wanted) || buttons[0];
  button.tabIndex = 0;
  if (focus || focused) button.focus({ preventScroll: true });
}

const tileButtons = () => [...byId("map").querySelectorAll("button")];

function move(from, dx, dy) {
  const here = from.getBoundingClientRect();
  const middle = (box) => [box.left + box.width / 2, box.top + Math.min(box.height / 2, 12)];
  const [x, y] = middle(here);
  let best = null;
  for (const button of tileButtons()) {
    const [bx, by] = middle(button.getBoundingClientRect());
    const ahead = (bx - x) * dx + (by - y) * dy;
    const aside = Math.abs((bx - x) * dy) + Math.abs((by - y) * dx);
    if (button === from || ahead < 2) continue;
    const far = ahead + 2.5 * aside;
    if (!best || far < best.far) best = { button, far };
  }
  if (!best) return;
  from.tabIndex = -1;
  best.button.tabIndex = 0;
  best.button.focus({ preventScroll: true });
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

byId("map").addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof HTMLButtonElement)) return;
  if (ARROWS[event.key]) move(event.target, ...ARROWS[event.key]);
  else if (event.key === "Escape" || event.key === "Backspace") up();
  else return;
  event.preventDefault();
});

// ---- above the tiles

function drawHeader() {
  const totals = data.totals;
  const figures = [["anon", totals.anon_bytes], ["rss", totals.rss_bytes], ["held", totals.held_bytes], ["retained", totals.retained_bytes]]
    .filter(([, figure]) => figure > 0)
    .map(([name, figure]) => element("div", {}, element("dt", {}, name), element("dd", { title: `${figure} bytes` }, mib(figure, 1), element("small", {}, " MiB"))));
  if (totals.anon_bytes > 0 && data.whole) {
    figures.push(element("div", {}, element("dt", {}, "residual"), element("dd", {}, mib(totals.residual_bytes, 1), element("small", {}, " MiB"), element("small", { class: "share" }, ` · ${((totals.residual_bytes * 100) / totals.anon_bytes).toFixed(1).replace("-0.0", "0.0")} %`))));
  }
  figures.push(element("div", {}, element("dt", {}, "boot"), element("dd", {}, data.seconds.toFixed(2), element("small", {}, " s"))));
  const name = data.app || "a program";
  document.title = `${name} · memtrim`;
  const header = [element("h1", {}, name), element("p", { class: "subject" }, data.subject.join(" · ")), element("dl", { class: "totals" }, ...figures)];
  if (data.error) {
    header.push(element("div", { class: "error" }, "The boot did not end well. What was recorded until then:", element("pre", {}, data.error)));
  } else if (!data.whole) {
    header.push(element("div", { class: "error" }, "The process died during its boot. What it held is not known; these are its seconds until then."));
  }
  const notes = [...data.warnings];
  if (data.missed_files > 0) notes.unshift(`${count(data.missed_files, "file was", "files were")} loaded in a way that the recorder did not see; the bytes stand with whoever loaded them`);
  header.push(...notes.map((note) => element("p", { class: "note" }, note)));
  byId("header").replaceChildren(...header);
  byId("footer").replaceChildren(`memtrim ${data.written_by} · 1 MiB = 1,048,576 bytes · this page asks no network for anything`);
}

function drawCrumbs() {
  const way = chain(state.node).map((node) => ({ node, name: node === root ? (data.app || "boot") : shortName(node) }));
  const last = way.length - (state.from ? 0 : 1);
  const items = way.map(({ node, name }, index) => element("li", {}, index < last
    ? element("button", { "type": "button", "data-node": node.id, "click": () => go(node) }, name)
    : element("span", { "aria-current": "location" }, name)));
  if (state.from) items.push(element("li", {}, element("span", { "aria-current": "location" }, `${inOrder(state.node).length - state.from} smaller`)));
  byId("crumbs").replaceChildren(element("ol", {}, ...items));
}

// ---- beside the tiles

function drawDetails() {
  const node = state.picked || state.node;
  const parts = state.thing ? ofThing(state.thing) : ofNode(node);
  const panel = byId("details");
  panel.replaceChildren(...parts.filter((part) => part !== null));
  panel.scrollTop = 0;
}

function figuresOf(sum) {
  const whole = root.sum;
  return element("dl", { class: "figures" }, ...measures.map(({ key, label, show }) => element("div", {},
    element("dt", {}, label), element("dd", {}, show(sum[key]), element("small", {}, share(sum[key], whole[key]))))));
}

function ofNode(node) {
  const name = node.kind === "s" ? `${node.parent.name} itself` : node === root ? (data.app || "boot") : node.name;
  const parts = [element("h2", { class: name.includes("/") ? "path" : null }, name), element("p", { class: "soft" }, kindOf(node)), figuresOf(node.sum)];
  if (node.thing) parts.push(...figuresOfThing(node.thing));
  if (node.kind === "p" || node === root) return [...parts, contents(node)];
  const isFile = node.kind === "f" || (node.kind === "s" && node.parent.kind === "f");
  if (node.thing) parts.push(keepers(node.thing));
  else if (isFile && node.scope !== 1) parts.push(askers(node));
  if (node.scope !== 1 && (node.thing || isFile || node.kind === "i")) parts.push(way(node.scope));
  if (node.children.length > 0) parts.splice(node.thing ? 4 : 3, 0, contents(node));
  return parts;
}

function ofThing(thing) {
  const kind = thing.kind === "gem" ? (thing.in_gemfile ? "gem, in the Gemfile" : "gem, a dependency") : "railtie";
  const parts = [element("h2", {}, thing.name), element("p", { class: "soft" }, thing.loaded ? kind : `${kind}, not loaded in this boot`)];
  if (!thing.loaded) return parts;
  parts.push(...figuresOfThing(thing));
  const places = nodes.filter((node) => node.thing === thing && node.kind !== "s");
  if (places.length > 0) {
    const list = places.map((node) => part(node, chain(node)[1].name, Math.max(...places.map(value))));
    parts.push(element("h3", {}, "In the phases"), element("div", { class: "parts" }, ...list));
  }
  parts.push(keepers(thing));
  if (thing.scope > 1) parts.push(way(thing.scope));
  return parts;
}

function figuresOfThing(thing) {
  const list = [["removable", bytes(thing.removable)], ["self", bytes(thing.self)], ["total", bytes(thing.total)]];
  const parts = [
    element("h3", {}, `${thing.kind === "gem" ? `${thing.name} ${thing.version}` : thing.name}, over the whole boot`),
    element("dl", { class: "figures" }, ...list.map(([name, figure]) => element("div", {}, element("dt", {}, name), element("dd", {}, figure)))),
  ];
  if (thing.verdict) parts[0] = element("div", {}, parts[0], element("p", {}, element("strong", {}, thing.verdict.answer), ` (${thing.verdict.confidence}): ${thing.verdict.why}`));
  return parts;
}

function part(node, name, most) {
  const bar = element("i");
  bar.style.width = `${most > 0 ? (value(node) / most) * 100 : 0}%`;
  bar.style.setProperty("--h", hueOf(node));
  return element("button", { "type": "button", "title": says(node, value(node)), "data-node": node.id, "click": () => enter(node) },
    element("span", {}, name), element("span", {}, state.measure.show(value(node))), bar);
}

const SHOWN = 12;

function contents(node) {
  const children = inOrder(node).slice(node === state.node && !state.picked ? state.from : 0);
  if (children.length === 0) return null;
  const list = element("div", { class: "parts" }, ...children.slice(0, SHOWN).map((child) => part(child, shortName(child), value(children[0]))));
  if (children.length > SHOWN) {
    const more = element("button", { "type": "button", "click": () => {
      more.replaceWith(...children.slice(SHOWN).map((child) => part(child, shortName(child), value(children[0]))));
    } }, element("span", { class: "soft" }, `and ${children.length - SHOWN} more`));
    list.append(more);
  }
  return element("div", {}, element("h3", {}, "Contains"), list);
}

function place(file, line) {
  return line > 0 ? `${file}:${line}` : file;
}

// The way from the program to a scope: each step with the line that opened the next one.
function way(scope) {
  const { name, parent, line, file } = data.scopes;
  const steps = [element("li", {}, text(name[scope]))];
  for (let at = scope; parent[at] < at; at = parent[at]) {
    const above = parent[at];
    const outside = above <= 2;
    if (outside && file[at] === 0) break;
    const label = outside ? "the program" : text(name[above]);
    const elsewhere = file[at] !== 0;
    steps.unshift(element("li", {}, elsewhere ? label : place(label, line[at]), elsewhere ? element("small", {}, `at ${place(text(file[at]), line[at])}`) : null));
    if (outside) break;
  }
  return element("div", {}, element("h3", {}, "Loaded by"), element("ol", { class: "steps" }, ...steps));
}

function keepers(thing) {
  const list = thing.also.map(({ name, file, line }) => element("li", {}, name, file && place(file, line || 0) !== name ? element("small", {}, place(file, line || 0)) : null));
  if (list.length > 0) return element("div", {}, element("h3", {}, "Also required by"), element("ul", { class: "plain" }, ...list));
  const why = thing.removable > 0 ? "nothing else: without its own line it would go"
    : thing.dependency_of.length > 0 ? `not known; a dependency of ${thing.dependency_of.join(", ")}` : "nothing else";
  return element("div", {}, element("h3", {}, "Also required by"), element("p", { class: "soft" }, why));
}

function askers(node) {
  const [told, more] = node.also;
  if (told.length === 0) return element("div", {}, element("h3", {}, "Also required by"), element("p", { class: "soft" }, "nothing else"));
  const list = told.map(([scope, line, file]) => {
    const name = text(data.scopes.name[scope]);
    return file ? element("li", {}, name, element("small", {}, `at ${place(text(file), line)}`)) : element("li", {}, file === undefined ? place(name, line) : name);
  });
  if (more > 0) list.push(element("li", { class: "soft" }, `and ${more} more`));
  return element("div", {}, element("h3", {}, "Also required by"), element("ul", { class: "plain" }, ...list));
}

// ---- the table

const judged = data.things.some((thing) => thing.verdict);
const COLUMNS = [
  { key: "name", label: "Name", text: true, of: (thing) => thing.name },
  { key: "version", label: "Version", text: true, wide: true, of: (thing) => thing.version },
  ...(judged ? [{ key: "verdict", label: "Verdict", text: true, wide: true, of: (thing) => (thing.verdict ? `${thing.verdict.answer} ${thing.verdict.confidence}` : "") }] : []),
  { key: "removable", label: "Removable", of: (thing) => thing.removable, show: (figure) => mib(figure, 2) },
  { key: "self", label: "Self", of: (thing) => thing.self, show: (figure) => mib(figure, 2) },
  { key: "total", label: "Total", of: (thing) => thing.total, show: (figure) => mib(figure, 2) },
  { key: "seconds", label: "Seconds", of: (thing) => thing.seconds, show: (figure) => figure.toFixed(3) },
];
const KINDS = [{ key: "", label: "All" }, { key: "railtie", label: "Railties" }, { key: "gem", label: "Gems" }];
const ROWS = 20;
const list = { kind: "", search: "", all: false, by: COLUMNS.find((column) => column.key === "removable"), descending: true };

function drawKinds() {
  switcher("kinds", KINDS, () => list.kind, (key) => {
    list.kind = key;
    drawKinds();
    drawRows();
  });
}

function drawTable() {
  byId("table").tHead.replaceChildren(element("tr", {}, ...COLUMNS.map((column) => element("th", {
    "scope": "col", "class": `${column.text ? "text" : ""}${column.wide ? " wide" : ""}`, "data-key": column.key,
    "aria-sort": list.by === column ? (list.descending ? "descending" : "ascending") : null,
  }, element("button", { "type": "button", "title": column.show && column.key !== "seconds" ? `${column.label}, MiB` : column.label, "click": () => sortBy(column) }, column.label)))));
  drawRows();
}

function sortBy(column) {
  list.descending = list.by === column ? !list.descending : !column.text;
  list.by = column;
  drawTable();
  byId("table").tHead.querySelector(`[data-key="${column.key}"] button`).focus();
}

function shownThings() {
  const words = list.search.toLowerCase().split(/\s+/).filter(Boolean);
  const compare = (a, b) => {
    const [one, other] = [list.by.of(a), list.by.of(b)];
    const order = typeof one === "string" ? one.localeCompare(other, "en", { numeric: true }) : one - other;
    return (list.descending ? -order : order) || b.self - a.self || (a.name < b.name ? -1 : 1);
  };
  return data.things
    .filter((thing) => (!list.kind || thing.kind === list.kind))
    .filter((thing) => words.every((word) => `${thing.name} ${thing.version} ${thing.verdict ? thing.verdict.answer : ""}`.toLowerCase().includes(word)))
    .sort(compare);
}

let rows = [];

function drawRows() {
  const things = shownThings();
  const shown = list.all ? things : things.slice(0, ROWS);
  rows = shown.map((thing) => ({ thing, row: element("tr", {}, ...COLUMNS.map((column) => cell(thing, column))) }));
  byId("table").tBodies[0].replaceChildren(...rows.map(({ row }) => row));
  const all = data.things.length;
  byId("count").textContent = `${things.length === all ? all : `${things.length} of ${all}`} railties and gems. MiB of ${data.weight} bytes; what a railtie has is part of what its gem has.`;
  byId("more").replaceChildren(...(shown.length < things.length ? [element("button", { "type": "button", "class": "link", "click": showAll }, `Show all ${things.length}`)] : []));
  markRows();
}

function showAll() {
  list.all = true;
  drawRows();
  rows[ROWS].row.querySelector("button").focus({ preventScroll: true });
}

function cell(thing, column) {
  const wide = column.wide ? " wide" : "";
  if (column.key === "name") {
    const small = [thing.version, thing.verdict && `${thing.verdict.answer}, ${thing.verdict.confidence}`].filter(Boolean).join(" · ");
    return element("td", { class: "text" },
      element("button", { "type": "button", "class": "link", "click": () => pickThing(thing) }, ...breakable(thing.name)),
      thing.kind === "railtie" ? element("span", { class: "tag" }, thing.loaded ? "railtie" : "not loaded") : null,
      small ? element("span", { class: "also" }, small) : null);
  }
  if (column.key === "verdict") {
    return element("td", { class: `text${wide}` }, thing.verdict ? element("span", { class: `answer ${thing.verdict.answer}`, title: thing.verdict.why }, `${thing.verdict.answer} · ${thing.verdict.confidence}`) : "");
  }
  if (column.text) return element("td", { class: `text${wide}` }, column.of(thing));
  const figure = column.of(thing);
  return element("td", { class: figure ? "" : "nothing" }, figure ? column.show(figure) : "0");
}

// A narrow column breaks a name after its slashes first.
function breakable(name) {
  return name.split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]);
}

function markRows() {
  for (const { thing, row } of rows) row.classList.toggle("chosen", thing === state.thing);
}

byId("search").addEventListener("input", (event) => {
  list.search = event.target.value;
  drawRows();
});

// ---- all of it

function drawMeasures() {
  switcher("measures", measures, () => state.measure.key, (key) => {
    const measure = measures.find((each) => each.key === key);
    location.hash = hash(measure, state.node, 0);
  });
}

function draw() {
  drawMeasures();
  drawCrumbs();
  drawMap(refocus);
  drawDetails();
  markRows();
  refocus = null;
}

readHash();
drawHeader();
byId("things").hidden = data.things.length === 0;
drawKinds();
drawTable();
draw();
window.addEventListener("hashchange", arrive);
let drawnAt = byId("map").clientWidth;
new ResizeObserver(() => {
  if (byId("map").clientWidth === drawnAt) return;
  drawnAt = byId("map").clientWidth;
  drawMap();
}).observe(byId("map"));
