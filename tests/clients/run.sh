#!/bin/bash
# Runs one client test: run.sh TEST.mjs TESSERA_BINARY. Exits 77 (skipped) where the machine lacks what it needs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
node=$here/../../.deps/node/bin/node
[[ -x $node ]] || { echo "there is no Node 22 in .deps/node; ./dev setup fetches it"; exit 77; }
[[ -d $here/node_modules ]] || { echo "the SDKs are not in tests/clients/node_modules; ./dev setup fetches them"; exit 77; }
exec "$node" "$here/$1" "$2"
