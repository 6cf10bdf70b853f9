#!/usr/bin/env bash
# The payment simulator on one core, by its release executable: creates in a second (goal: 500), memory with 100,000 objects (goal: at most 512 MiB),
# and a month of 1,000 subscriptions (goal: less than 5 s), STR-172. Each part has a process of its own. Raw output goes to
# docs/benchmarks/simulator.txt.  usage: Benchmarks/simulator.sh [SECONDS] [OBJECTS] [SUBSCRIPTIONS]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10} objects=${2:-100000} subscriptions=${3:-1000} clients=4
. Benchmarks/product.bash
trap 'for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT
if [ -z "${BENCH_BIN:-}" ]; then
    options=(-c release --static-swift-stdlib --product trellis-sandbox)
    swift build "${options[@]}" >&2
    BENCH_BIN=$(swift build "${options[@]}" --show-bin-path)
fi
out=${BENCH_OUT:-docs/benchmarks/simulator.txt}

stop_simulator() {
    kill -TERM "$simulator" 2>/dev/null || true
    wait "$simulator" 2>/dev/null || true
}

{
    machine
    start_simulator
    python3 -B Benchmarks/tools/simulator.py creates "$base" "$seconds" "$clients"
    stop_simulator
    start_simulator
    python3 -B Benchmarks/tools/simulator.py memory "$base" "$simulator" "$objects" "$clients"
    stop_simulator
    start_simulator
    python3 -B Benchmarks/tools/simulator.py month "$base" "$subscriptions"
    stop_simulator
} | tee "$out"
