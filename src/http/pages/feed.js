// Where the page gets what it shows: the token, and the feed.
"use strict";
// ---- token: from the link's fragment, or as typed; kept for this tab alone
function takeTokenFromLink() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  sessionStorage.setItem(kKey, token);
  history.replaceState(null, "", location.pathname + location.search);
}
function ask(why) {
  $("live").hidden = $("foot").hidden = true;
  $("ask").hidden = false;
  $("wrong").textContent = why || "";
  say("idle", "");
  $("token").focus();
}
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = $("token").value.trim();
  if (!token) return ask("Paste the token first.");
  sessionStorage.setItem(kKey, token);
  $("token").value = "";
  start();
});
addEventListener("hashchange", () => { takeTokenFromLink(); start(); });

function say(is, text) {
  $("state").dataset.is = is;
  $("state-text").textContent = text;
}

// ---- the feed: server-sent events over fetch, because EventSource cannot send a token
let run = 0;
async function start() {
  const mine = ++run;
  const token = sessionStorage.getItem(kKey);
  if (!token) return ask();
  let patience = 1000;
  while (mine === run) {
    const stop = new AbortController();
    try {
      const response = await fetch("v1/live", {headers: {Authorization: "Bearer " + token}, cache: "no-store", signal: stop.signal});
      if (mine !== run) return;
      if (response.status === 401 || response.status === 403) {
        sessionStorage.removeItem(kKey);
        return ask("The server does not know this token.");
      }
      if (!response.ok) throw new Error("status " + response.status);
      $("ask").hidden = true;
      $("live").hidden = $("foot").hidden = false;
      await read(response.body.getReader(), stop, () => { patience = 1000; return mine === run; });
    } catch (failure) {
      if (mine !== run) return;
    }
    if ($("live").hidden) { $("ask").hidden = true; $("live").hidden = $("foot").hidden = false; }
    say("trouble", "Connection lost, trying again");
    await new Promise((done) => setTimeout(done, patience));
    patience = Math.min(patience * 1.6, 10000);
  }
}
async function read(reader, stop, wanted) {
  const decoder = new TextDecoder();
  let text = "", silence;
  for (;;) {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), 8000);
    const {value, done} = await reader.read();
    clearTimeout(silence);
    if (done || !wanted()) return reader.cancel();
    text += decoder.decode(value, {stream: true});
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
      const line = text.slice(0, end);
      if (line.startsWith("data: ")) show(JSON.parse(line.slice(6)));
    }
  }
}

function show(frame) {
  say("live", "Live");
  glide("rate", frame.events_per_second);
  for (const id of ["events", "people", "merges", "duplicates", "quarantined"]) glide(id, frame[id]);
  seconds = frame.events_by_second;
  drawSpark();
  const first = !recent.length;
  recent = frame.recent;
  moves = frame.moves;
  if (frame.segments) showSegments(frame);
  $("empty").hidden = recent.length > 0;
  if (first) beat();
}

takeTokenFromLink();
say("idle", "Connecting");
requestAnimationFrame(drawFigures);
setInterval(beat, kBeatMs);
start();
