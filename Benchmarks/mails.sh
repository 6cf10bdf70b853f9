#!/usr/bin/env bash
# Writes every mail of the catalogue over and over for five seconds on one core (NOT-196); fails below 2000 a second. The raw lines go to
# docs/benchmarks/mails.txt.  usage: Benchmarks/mails.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product MailBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)/MailBench
out=docs/benchmarks/mails.txt
for _ in $(seq "$rounds"); do taskset -c 0 "$bin"; done | tee "$out.raw"
{
    cat "$out.raw"
    echo "machine: $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo); load $(cut -d' ' -f1-3 /proc/loadavg)"
} >"$out"
rm -f "$out.raw"
