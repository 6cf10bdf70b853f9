#!/usr/bin/env bash
# How fast the API starts and how little it holds: from the start of the process until it serves (goal: below 300 ms), and its resident memory at rest
# (goal: below 40 MB), before and after work. Medians and raw output go to docs/benchmarks/start.txt.  usage: Benchmarks/start.sh [STARTS]
set -euo pipefail
cd "$(dirname "$0")/.."
starts=${1:-9}
. Benchmarks/product.bash
build_product
bin=$BENCH_BIN
out=docs/benchmarks/start.txt
make_database "$bin"
resident() { awk '/VmRSS/ { print $2 }' "/proc/$api/status"; }
{
    machine
    echo "release trellis-api, 2 loops, migrated empty database; $starts starts: ms until ready, kB resident after a second, kB after a second of requests"
    for start in $(seq "$starts"); do
        start_api "$bin"
        sleep 1
        rest=$(resident)
        if command -v wrk >/dev/null; then wrk -t1 -c16 -d1s "http://127.0.0.1:$port/v1/status" >/dev/null; fi
        sleep 1
        echo "start $start $ready_ms $rest $(resident)"
        stop_api
    done
} | tee "$work/raw"
{
    echo "median start to ready: $(awk '/^start/ {print $3}' "$work/raw" | median) ms (goal: below 300)"
    echo "median resident memory at rest: $(awk '/^start/ {print $4}' "$work/raw" | median) kB (goal: below 40000); after work: $(awk '/^start/ {print $5}' "$work/raw" | median) kB"
} | tee "$out"
cat "$work/raw" >>"$out"
