#!/usr/bin/env bash
# How long a customer waits: 402 → paid → active (goal: median below 3 s), delete-graph accepted → database gone (goal: below 1 s when empty).
#
#   Benchmarks/lifecycle.sh [ROUNDS]      20 rounds unless said; raw output goes to docs/benchmarks/lifecycle.txt
#
# Release binaries of the whole product on this machine, the payment simulator included; the floor is PostgreSQL's own CREATE and DROP DATABASE.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-20}
. Benchmarks/product.bash
build_product trellis-worker trellis-sandbox
export DEV_BIN=$BENCH_BIN DEV_DIR=.local/lifecycle
state=$work/state.json
trap 'Scripts/dev down; rm -rf "$work"' EXIT
Scripts/dev up --reset --json "$state" >/dev/null
python=$(Scripts/python Benchmarks/peers/lifecycle.requirements.txt)
{
    echo "# $(date -u +%Y-%m-%d), $(nproc) cores, $(psql --version)"
    "$python" Benchmarks/peers/lifecycle.py "$state" "$rounds"
} | tee docs/benchmarks/lifecycle.txt
