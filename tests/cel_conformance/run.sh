#!/bin/bash
# Runs the public suite of the expression language: run.sh RUNNER. Exits 77 (skipped) where the machine lacks it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
node=$here/../../.deps/node/bin/node
suite=$here/../../.deps/cel_spec/conformance.mjs
[[ -x $node ]] || { echo "there is no Node 22 in .deps/node; ./dev setup fetches it"; exit 77; }
[[ -s $suite ]] || { echo "the suite is not in .deps/cel_spec; ./dev setup fetches it"; exit 77; }
"$1" <("$node" "$here/suite.mjs" "$suite")
