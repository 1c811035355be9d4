#!/bin/bash
# Plays a simulated grocer into a server of its own; see `./dev demo --help`. Runs build/release/bin/tessera, or the
# program that TESSERA_BINARY names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tessera=${TESSERA_BINARY:-$PWD/build/release/bin/tessera}

data='' port=8080 households=2000 days=120 live=50 once=0 server='' player='' temporary=''

say() { printf '%s\n' "$*"; }
fail() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

stop() {
  local code=$?
  trap - EXIT INT TERM
  local process
  for process in $player $server; do  # either may have ended already, by the same Ctrl-C
    kill -TERM "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  [[ -z $server ]] || say "[demo] stopped"
  [[ -z $temporary ]] || rm -rf "$temporary"
  exit "$code"
}

parse() {
  while (($#)); do
    case $1 in
      --data) data=${2:?--data needs a folder}; shift ;;
      --port) port=${2:?--port needs a number}; shift ;;
      --households) households=${2:?--households needs a number}; shift ;;
      --days) days=${2:?--days needs a number}; shift ;;
      --live) live=${2:?--live needs events a second}; shift ;;
      --once) once=1 ;;
      *) fail "unknown option '$1'; see ./dev demo --help" ;;
    esac
    shift
  done
}

# Starts the server and waits until it is ready.
serve() {
  local tries
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    fail "something listens on port $port already; try ./dev demo --port $((port + 1))"
  fi
  "$tessera" serve --data "$data" --listen "127.0.0.1:$port" --token-file "$token" >"$log" 2>&1 &
  server=$!
  for ((tries = 0; tries < 600; tries++)); do
    kill -0 "$server" 2>/dev/null || { tail -20 "$log" >&2; fail "the server ended (above)"; }
    curl -sf -o /dev/null "$url/ready" && [[ -s $token ]] && return
    sleep 0.1
  done
  fail "the server was not ready within a minute; its output: $log"
}

# What --once checks: the page is there, people were known and merged, each segment is filled and has members, and the
# history holds every event that counted.
check() {
  local status events people merges segments empty history='' tries
  curl -sf -o /dev/null "$url/" || fail "GET / failed"
  for ((tries = 0; tries < 300; tries++)); do  # until everyone was compared
    segments=$(curl -sf -H "Authorization: Bearer $(<"$token")" "$url/v1/segments") || fail "GET /v1/segments failed"
    empty=$(grep -oE '"name":"[^"]*","version":[0-9]+,"members":0,' <<<"$segments" || true)
    [[ $segments == *'"filling"'* || -n $empty ]] || break
    sleep 0.1
  done
  [[ $segments == *'"members":'* && $segments != *'"filling"'* && -z $empty ]] ||
    fail "expected segments, each with members: $segments"
  for ((tries = 0; tries < 100; tries++)); do
    status=$(curl -sf -H "Authorization: Bearer $(<"$token")" "$url/v1/status") || fail "GET /v1/status failed"
    events=$(number events "$status") people=$(number profiles "$status") merges=$(number merges "$status")
    history=$("$tessera" sql --url "$url" --token-file "$token" --format csv \
      "SELECT count(*) FROM events WHERE source <> 'tessera'" | tail -1 | tr -d '\r') || fail "tessera sql failed"
    [[ $history == "$events" ]] && break
    sleep 0.1
  done
  ((people > 0 && merges > 0)) || fail "expected people and merges; GET /v1/status answered: $status"
  [[ $history == "$events" ]] || fail "the history holds $history events, the engine counted $events"
  say "[demo] $events events, $people people, $merges merges, $(number duplicates "$status") duplicates dropped," \
    "$(number rejected "$status") in quarantine, $(grep -o '"members":' <<<"$segments" | wc -l) segments with members;" \
    "the history holds them all"
}

number() { grep -oE "\"$1\": *[0-9]+" <<<"$2" | grep -oE '[0-9]+$' || echo 0; }

parse "$@"
[[ -x $tessera ]] || fail "there is no $tessera; ./dev demo builds it"
trap stop EXIT
trap 'exit 0' INT  # Ctrl-C is how the demo ends
trap 'exit 143' TERM
if [[ -z $data ]]; then
  temporary=$(mktemp -d "${TMPDIR:-/tmp}/tessera-demo.XXXXXX")
  data=$temporary/data
fi
mkdir -p "$data"
token=$data.token log=$data.log url=http://127.0.0.1:$port
serve
say "[demo] the server runs at $url, its data in $data, its output in $log"
play=("$tessera" simulate --setup examples/grocer --url "$url" --token-file "$token" --households "$households"
  --days "$days" --only-if-empty --tour --command build/release/tessera)
if ((once)); then
  "${play[@]}" --live 0
  check
else
  say "[demo] Ctrl-C ends it"
  "${play[@]}" --live "$live" &
  player=$!
  wait "$player"
fi
