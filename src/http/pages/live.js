// What the page shows of the events: how many a second, and the people who did something just now.
"use strict";
const $ = (id) => document.getElementById(id);
const kKey = "tessera.token", kRows = 10, kBeatMs = 600, kNewPerBeat = 2;
const number = new Intl.NumberFormat("en-GB");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// ---- figures: each glides to its new value
const figures = {};
function glide(id, target) {
  const figure = figures[id] || (figures[id] = {shown: target});
  figure.target = target;
  if (calm.matches || Math.abs(target - figure.shown) > 20000) figure.shown = target;
}
function drawFigures() {
  for (const id in figures) {
    const figure = figures[id];
    figure.shown += (figure.target - figure.shown) * 0.18;
    if (Math.abs(figure.target - figure.shown) < 0.6) figure.shown = figure.target;
    const text = number.format(Math.round(figure.shown));
    if (figure.text !== text) $(id).textContent = figure.text = text;
  }
  requestAnimationFrame(drawFigures);
}

// ---- the last minute as a line
let seconds = [];
function drawSpark() {
  const canvas = $("spark"), scale = devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !seconds.length) return;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  pen.scale(scale, scale);
  // After an import a usual day would be a flat line: then the scale is logarithmic until the peak has left.
  const peak = Math.max(10, ...seconds), usual = [...seconds].sort((a, b) => a - b)[seconds.length >> 1];
  const size = peak > 20 * Math.max(usual, 1) && peak > 2000 ? Math.log1p : (count) => count;
  const top = size(peak) * 1.15, step = width / (seconds.length - 1);
  const at = (i) => [i * step, height - 3 - (size(seconds[i]) / top) * (height - 14)];
  pen.beginPath();
  pen.moveTo(...at(0));
  for (let i = 1; i < seconds.length; ++i) {
    const [x0, y0] = at(i - 1), [x1, y1] = at(i), half = (x0 + x1) / 2;
    pen.bezierCurveTo(half, y0, half, y1, x1, y1);
  }
  const teal = style.getPropertyValue("--teal").trim();
  pen.strokeStyle = teal;
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.stroke();
  pen.lineTo(width, height);
  pen.lineTo(0, height);
  pen.closePath();
  const wash = pen.createLinearGradient(0, 0, 0, height);
  wash.addColorStop(0, teal + "3d");
  wash.addColorStop(1, teal + "05");
  pen.fillStyle = wash;
  pen.fill();
}
addEventListener("resize", drawSpark);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSpark);

// ---- people: the newest on top; when they come faster than one can read, some of them
let recent = [], paused = false;
const rows = new Map();  // profile → row, in the order shown is the list's own
const kDid = {identify: "Told who they are", group: "Joined a household or group", alias: "Took another id"};
function deed(person) {
  if (person.type === "page") return "Saw “" + (person.event || "a page") + "”";
  if (person.type === "screen") return "Opened “" + (person.event || "a screen") + "” in the app";
  return person.event || kDid[person.type] || person.type;
}
function ago(iso) {
  const past = (Date.now() - new Date(iso)) / 1000;
  if (past < 5) return "now";
  if (past < 60) return Math.round(past) + " s ago";
  if (past < 3600) return Math.round(past / 60) + " min ago";
  if (past < 86400) return Math.round(past / 3600) + " h ago";
  if (past < 86400 * 7) return Math.round(past / 86400) + " d ago";
  return new Date(iso).toLocaleDateString("en-GB", {day: "numeric", month: "short"});
}
function initials(person) {
  if (!person.named) return "";
  const words = person.name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0]).join("").toUpperCase();
}
function paint(face, profile) {
  let hash = 7;
  for (const c of profile) hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
  const hue = [172, 22, 42, 198, 92, 262, 338][hash % 7];
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  face.style.setProperty("--tile", `hsl(${hue} ${dark ? "32% 22%" : "52% 89%"})`);
  face.style.setProperty("--on-tile", `hsl(${hue} ${dark ? "55% 74%" : "55% 27%"})`);
}
function element(kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  return made;
}
function makeRow() {
  const row = element("li", "new");
  row.append(element("div", "face"), element("div", "who"), element("div", "did"), element("span", "from"), element("time", ""));
  row.children[1].append(document.createElement("b"), document.createElement("span"));
  return row;
}
function fill(row, person) {
  row.person = person;
  const [face, who, did, from, time] = row.children;
  face.textContent = initials(person);
  if (!person.named) face.append($("nobody").content.cloneNode(true));
  paint(face, person.profile);
  row.classList.toggle("unnamed", !person.named);
  who.children[0].textContent = person.name;
  who.children[1].textContent = person.parts > 1 ? `united from ${person.parts} profiles` : person.named ? "" : "not known by name";
  who.children[1].hidden = !who.children[1].textContent;
  did.textContent = deed(person);
  did.title = person.occurred_at;
  if (person.merged) {
    const badge = element("span", "badge");
    badge.textContent = "recognised";
    badge.title = "This event made one person of two";
    did.append(badge);
  }
  from.textContent = person.source;
  from.hidden = !person.source;
  time.textContent = ago(person.occurred_at);
  time.dateTime = person.occurred_at;
}
const key = (person) => person.occurred_at + person.type + person.event + person.source;
function beat() {
  showMoves();
  const list = $("list");
  for (const row of rows.values()) row.children[4].textContent = ago(row.person.occurred_at);
  if (paused || !recent.length) return;
  const first = rows.size === 0;
  const fresh = recent.filter((person) => {
    const row = rows.get(person.profile);
    return !row || key(row.person) !== key(person);
  });
  // The newest first; on the first beat all of them.
  const chosen = fresh.slice(0, first ? kRows : kNewPerBeat).reverse();
  if (!chosen.length) return;
  const before = new Map([...list.children].map((row) => [row, row.offsetTop]));
  for (const person of chosen) {
    const row = rows.get(person.profile) || makeRow();
    rows.set(person.profile, row);
    fill(row, person);
    list.prepend(row);
  }
  while (list.children.length > kRows) {
    rows.delete(list.lastChild.person.profile);
    list.lastChild.remove();
  }
  if (calm.matches) return list.querySelectorAll(".new").forEach((row) => row.classList.remove("new"));
  for (const row of list.children) {
    const old = before.get(row);
    if (old === undefined) continue;
    row.style.transition = "none";
    row.style.transform = `translateY(${old - row.offsetTop}px)`;
  }
  list.getBoundingClientRect();
  for (const row of list.children) {
    row.style.transition = row.style.transform = "";
    row.classList.remove("new");
  }
}
for (const id of ["list", "changes"]) {
  $(id).addEventListener("pointerenter", () => { paused = true; $("hint").textContent = "Held while you point at it"; });
  $(id).addEventListener("pointerleave", () => { paused = false; $("hint").textContent = ""; });
}
