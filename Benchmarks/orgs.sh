#!/usr/bin/env bash
# Orgs over HTTP by the release API (goals: the list of 5,000 members and the list of 100 invitations each at most 50 ms at the 95th percentile, ORG-126;
# membership cycles a second over 64 orgs, ORG-123). Raw output goes to docs/benchmarks/orgs.txt.
# Usage over a year (ORG-125) is measured by usage.sh.
# usage: Benchmarks/orgs.sh [REQUESTS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
requests=${1:-500} seconds=${2:-10}
. Benchmarks/product.bash
build_product
out=docs/benchmarks/orgs.txt
make_database "$BENCH_BIN"
export TRELLIS_PUBLIC_URL=http://127.0.0.1
start_api "$BENCH_BIN"
{
    machine
    echo "lists: one caller, one connection, $requests requests each; cycles: invite, accept, promote, remove (four requests) for $seconds s by 16 callers over 64 orgs"
    python3 -B Benchmarks/tools/orgs.py "http://127.0.0.1:$port" "$url" "$requests" "$seconds"
} | tee "$out"
