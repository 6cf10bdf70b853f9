#!/usr/bin/env bash
# The usage of an org over 365 days with 100 graphs and 10,000,000 lines of the credit ledger, by the release API (goal: at most 300 ms at the 95th
# percentile, ORG-125), after a comparison of the days with the ledger. Raw output goes to docs/benchmarks/usage.txt.
# usage: Benchmarks/usage.sh [REQUESTS] [LINES]
set -euo pipefail
cd "$(dirname "$0")/.."
requests=${1:-200} lines=${2:-10000000}
. Benchmarks/product.bash
build_product
out=docs/benchmarks/usage.txt
make_database "$BENCH_BIN"
export TRELLIS_PUBLIC_URL=http://127.0.0.1
start_api "$BENCH_BIN"
{
    machine
    echo "usage over 365 days: one caller, one connection, $requests requests; 100 graphs, $lines lines of the ledger"
    python3 -B Benchmarks/tools/usage.py "http://127.0.0.1:$port" "$url" "$requests" "$lines"
} | tee "$out"
