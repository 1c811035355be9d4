// What the page shows of segments: how many are in each, how that moved in the last minute, and who it was.
"use strict";
// ---- segments: how many are in each, and how that moved in the last minute
const tiles = new Map();  // name → its tile and parts
function words(name) {
  if (name.length < 4) return name.toUpperCase();
  const text = name.replace(/[-_]+/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
function makeTile(segment) {
  const box = element("div", "segment"), top = element("div", ""), bottom = element("div", "");
  const name = element("b", ""), figure = element("span", "figure"), share = element("i", "share");
  const moves = element("span", "moves"), came = element("span", "in"), went = element("span", "out");
  const chart = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  name.textContent = words(segment.name);
  figure.id = "segment:" + segment.name;
  chart.setAttribute("viewBox", "0 0 100 20");
  chart.setAttribute("preserveAspectRatio", "none");
  chart.setAttribute("aria-hidden", "true");
  chart.append(line);
  moves.append(came, went);
  top.append(name, figure);
  bottom.append(chart, moves);
  box.append(share, top, bottom);
  return {box, share, line, came, went};
}
// The number of members over the last minute, from now backwards; a little each way fills the height.
function track(members, net) {
  if (!net.length) return "M0 10H100";
  const counts = [members];
  for (let i = net.length - 1; i >= 0; --i) counts.unshift(counts[0] - net[i]);
  const low = Math.min(...counts), span = Math.max(2, Math.max(...counts) - low), step = 100 / (counts.length - 1);
  const y = (count) => (18 - ((count - low) / span) * 16).toFixed(1);
  let path = `M0 ${y(counts[0])}`;
  counts.forEach((count, i) => { if (i) path += `H${(i * step).toFixed(1)}V${y(count)}`; });
  return path;
}
function showSegments(frame) {
  const known = frame.segments.map((segment) => segment.name).join();
  if (showSegments.known !== known) {
    showSegments.known = known;
    const bySize = [...frame.segments].sort((a, b) => b.members - a.members);
    tiles.clear();
    for (const segment of bySize) tiles.set(segment.name, makeTile(segment));
    $("segments").replaceChildren(...[...tiles.values()].map((tile) => tile.box));
    for (const segment of bySize) delete figures["segment:" + segment.name];
  }
  for (const segment of frame.segments) {
    const tile = tiles.get(segment.name);
    glide("segment:" + segment.name, segment.members);
    tile.box.title = segment.description;
    tile.share.style.width = Math.min(100, (100 * segment.members) / Math.max(1, frame.people)) + "%";
    tile.line.setAttribute("d", track(segment.members, segment.net));
    tile.line.classList.toggle("still", !segment.entered && !segment.exited);
    tile.came.textContent = segment.entered ? "+" + number.format(segment.entered) : "";
    tile.went.textContent = segment.exited ? "−" + number.format(segment.exited) : "";
  }
  const more = frame.segments_in_all - frame.segments.length;
  $("filling").textContent = frame.filling
    ? `${frame.filling.stage === "history" ? "Reading the history" : "Filling"}: ${Math.floor((100 * frame.filling.done) / frame.filling.of)} %`
    : more > 0 ? `and ${number.format(more)} more` : "";
  $("groups").hidden = !frame.segments.length;
}

// ---- who entered and left them last
const kMoves = 7;
let moves = [];
const moveKey = (move) => move.profile + ":" + move.position;
function tellWay(to, sign, way, names) {
  for (const name of names) {
    const mark = element("em", way);
    mark.textContent = sign + " ";
    to.append(mark, words(name));
  }
}
function makeMove(move) {
  const row = element("li", move.named ? "new" : "new unnamed"), face = element("div", "face"), who = element("div", "who");
  const name = document.createElement("b"), did = document.createElement("span");
  face.textContent = initials(move);
  if (!move.named) face.append($("nobody").content.cloneNode(true));
  paint(face, move.profile);
  name.textContent = move.name;
  tellWay(did, "+", "in", move.entered);
  tellWay(did, "−", "out", move.exited);
  did.title = did.textContent;
  who.append(name, did);
  row.append(face, who, element("time", ""));
  row.at = move.at;
  row.key = moveKey(move);
  return row;
}
function showMoves() {
  const list = $("changes");
  if (!paused) {
    const shown = new Set([...list.children].map((row) => row.key));
    const fresh = moves.filter((move) => !shown.has(moveKey(move)));
    for (const move of fresh.slice(0, shown.size ? kNewPerBeat : kMoves).reverse()) list.prepend(makeMove(move));
    while (list.children.length > kMoves) list.lastChild.remove();
  }
  $("unmoved").hidden = list.children.length > 0;
  for (const row of list.children) row.lastChild.textContent = ago(row.at);
  list.getBoundingClientRect();
  for (const row of list.querySelectorAll(".new")) row.classList.remove("new");
}
