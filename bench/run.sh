#!/bin/bash
# ./dev bench [--quick] [--only NAME…] [--profiles N] [--json FILE] [--data DIR]: see bench/RESULTS.md for the method.
# Expects a release build (build/release, or --build DIR).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 bench/load/scenarios.py "$@"
