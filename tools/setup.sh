#!/bin/bash
# Installs what Tessera builds and tests with: Debian's packages (tools/packages.txt), files out of npm packages
# (tools/npm-packages.txt) under .deps/, and the SDKs of tests/clients. Called by ./dev; safe to repeat: each step
# first looks whether its work is done already.
#
#   tools/setup.sh SET…        sets: build test clang
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$root/.deps
sets=" $* "

say() { printf '%s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# Names in tools/packages.txt that belong to the sets asked for and are not installed.
missing_packages() {
  local set package
  while read -r set package; do
    [[ -z $set || $set == \#* || $sets != *" $set "* ]] && continue
    [[ $package == npm ]] && command -v npm >/dev/null && continue
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done <"$root/tools/packages.txt"
}

check_machine() {
  [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] ||
    fail "this is $(uname -s) on $(uname -m); Tessera builds on Linux on x86_64 only (DuckDB comes as a binary for it)"
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "there is no apt-get here; Tessera builds on Debian 12. A container will do: docker run -it debian:12"
  local name
  name=$(. /etc/os-release && echo "${ID:-unknown} ${VERSION_ID:-}")
  [[ $name == "debian 12" ]] ||
    say "      note: this is '$name'; the packages are named as in Debian 12 and may be missing here"
}

# Runs apt-get as root, its output in a log file, and counts packages on the way.
apt_get() {
  local log=$deps/log/apt-$1.log total=$2 done_count=0 last=0 line
  shift 2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1 | tee "$log" |
    while IFS= read -r line; do
      [[ $line == "Setting up "* ]] || continue
      done_count=$((done_count + 1))
      ((done_count * 10 / total == last)) && continue
      last=$((done_count * 10 / total))
      say "      $done_count of $total packages"
    done
  return "${PIPESTATUS[0]}"
}

install_packages() {
  local -a wanted as_root=()
  local total
  mapfile -t wanted < <(missing_packages)
  if ((${#wanted[@]} == 0)); then
    say "[1/3] Debian packages: all there"
    return
  fi
  say "[1/3] Debian packages: ${#wanted[@]} missing: ${wanted[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "installing packages needs root, and there is no sudo. As root, run:
  apt-get update && apt-get install --no-install-recommends ${wanted[*]}"
    as_root=(sudo)
  fi
  apt_get update 1 update -q ||
    { tail -5 "$deps/log/apt-update.log" >&2; fail "apt-get update failed (above): can this machine reach its Debian mirror?"; }
  total=$(apt-get install -s --no-install-recommends "${wanted[@]}" 2>&1 | grep -c '^Inst ') ||
    { apt-get install -s --no-install-recommends "${wanted[@]}" 2>&1 | tail -15 >&2; fail "apt-get cannot install these (above)"; }
  say "      $total packages to install, those they need included"
  apt_get install "$total" install -y -q --no-install-recommends "${wanted[@]}" ||
    { tail -15 "$deps/log/apt-install.log" >&2; fail "apt-get install failed (above; all of it: $deps/log/apt-install.log): can this machine reach its Debian mirror?"; }
  mapfile -t wanted < <(missing_packages)
  ((${#wanted[@]} == 0)) || fail "still missing after apt-get install: ${wanted[*]} (see $deps/log/apt-install.log)"
}

# npm as the user has set it up: registry, proxy, certificates and credentials come from ~/.npmrc and npm_config_*.
quiet_npm() {
  local log=$deps/log/npm.log
  npm "$@" --no-audit --no-fund --no-update-notifier </dev/null >"$log" 2>&1 ||
    { tail -15 "$log" >&2; fail "npm $1 failed (above): can this machine reach the npm registry $(npm config get registry 2>/dev/null)?"; }
}

# fetch PACKAGE VERSION SHA512 MEMBER DESTINATION: one file out of one npm package, the package checked first.
fetch() {
  local package=$1 version=$2 sum=$3 member=$4 to=$deps/$5 stamp=$deps/stamps/${5//\//_} work
  local key="$package $version $sum $member"
  if [[ -s $to && -f $stamp && $(<"$stamp") == "$key" ]]; then return; fi
  say "      $package $version: $member"
  work=$(mktemp -d "$deps/fetch.XXXXXX")
  quiet_npm pack "$package@$version" --pack-destination "$work"
  local -a files=("$work"/*.tgz)
  [[ -f ${files[0]} ]] || fail "npm pack $package@$version left no file in $work"
  echo "$sum  ${files[0]}" | sha512sum --check --status ||
    fail "$package@$version is not what tools/npm-packages.txt expects: its sha512 is $(sha512sum "${files[0]}" | cut -d' ' -f1)"
  tar -xzf "${files[0]}" -C "$work" "$member"
  mkdir -p "$(dirname "$to")"
  mv -f "$work/$member" "$to"
  rm -rf "$work"
  echo "$key" >"$stamp"
  fetched=1
}

fetch_files() {
  local package version sum member to fetched=0
  say "[2/3] From the npm registry, into .deps/"
  while read -r package version sum member to; do
    [[ -z $package || $package == \#* ]] && continue
    [[ $to == duckdb/* || $sets == *" test "* ]] || continue  # the others are for tests
    fetch "$package" "$version" "$sum" "$member" "$to"
  done <"$root/tools/npm-packages.txt"
  ((fetched)) || say "      all there"
}

# The public SDKs that tests/clients sends with, as its lock file pins them.
install_clients() {
  local folder=$root/tests/clients stamp=$root/tests/clients/node_modules/.tessera-stamp key
  [[ $sets == *" test "* && -f $folder/package-lock.json ]] || return 0
  key=$(cat "$folder/package.json" "$folder/package-lock.json" | sha512sum | cut -d' ' -f1)
  if [[ -f $stamp && $(<"$stamp") == "$key" ]]; then
    say "[3/3] SDKs for tests/clients: all there"
    return
  fi
  say "[3/3] SDKs for tests/clients, into its node_modules/"
  (cd "$folder" && quiet_npm ci --ignore-scripts)
  echo "$key" >"$stamp"
}

mkdir -p "$deps/log" "$deps/stamps"
exec 9>"$deps/lock"
flock -n 9 || { say "waiting for another ./dev setup to end"; flock 9; }
check_machine
install_packages
rm -rf "$deps"/fetch.*
fetch_files
install_clients
