#!/usr/bin/env bash
# Authenticated requests (GET /v1/auth/me: token, one statement, JSON) by the release API held to one core, with the database beside it (goal: at least
# 5,000 a second, at most 10 ms at the 99th percentile, ID-161; what a token and a key cost before the database is asked is measured by credentials.sh).
# Raw output goes to docs/benchmarks/requests.txt.  usage: Benchmarks/requests.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-10}
command -v wrk >/dev/null || { echo "install wrk first (Debian package wrk)" >&2; exit 1; }
. Benchmarks/product.bash
build_product
out=docs/benchmarks/requests.txt
make_database "$BENCH_BIN"
export TRELLIS_PUBLIC_URL=http://127.0.0.1 TRELLIS_HTTP_LOOPS=1
start_api "$BENCH_BIN"
taskset -acp 0 "$api" >/dev/null
body='{"name":"Ada Bench","email":"ada@example.org","password":"Correct-Horse-7-Battery"}'
token=$(curl -sf -H 'Content-Type: application/json' -d "$body" "http://127.0.0.1:$port/v1/auth/register" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])')
psql -qX "$url" -c 'VACUUM ANALYZE'
{
    machine
    echo "wrk -t1 -c32 -d${seconds}s --latency; the API on one core with one loop; requests/s and the 99th percentile"
    for round in $(seq "$rounds"); do
        wrk -t1 -c32 -d"${seconds}s" --latency -H "Authorization: Bearer $token" "http://127.0.0.1:$port/v1/auth/me" >"$work/wrk"
        if grep -q 'Non-2xx' "$work/wrk"; then cat "$work/wrk" >&2; exit 1; fi
        echo "round $round $(awk '/Requests\/sec/ { print $2 }' "$work/wrk") $(awk '$1 == "99%" { print $2 }' "$work/wrk")"
    done
} | tee "$work/raw"
{
    echo "median $(awk '$1 == "round" { print $3 }' "$work/raw" | median) requests/s (goal: at least 5,000)"
    cat "$work/raw"
} | tee "$out"
