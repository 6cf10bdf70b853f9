#!/usr/bin/env bash
# An authenticated GET /v1/user (HTTP, token, one prepared statement, JSON) by the release API, and by FastAPI with asyncpg doing the same work: two loops
# against two workers, the same connections to the same PostgreSQL, interleaved rounds (goal: at least 4 times as many requests a second).
# Medians and raw output go to docs/benchmarks/user.txt.  usage: Benchmarks/user.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-5} connections=8
command -v wrk >/dev/null || { echo "install wrk first (Debian package wrk)" >&2; exit 1; }
. Benchmarks/product.bash
build_product
bin=$BENCH_BIN
python=$(Scripts/python Benchmarks/peers/user.requirements.txt)
out=docs/benchmarks/user.txt
make_database "$bin"
export TRELLIS_PUBLIC_URL=http://127.0.0.1
start_api "$bin"

# The token of somebody who has just registered.
body='{"name":"Ada Bench","email":"ada@example.org","password":"Correct-Horse-7-Battery"}'
token=$(curl -sf -H 'Content-Type: application/json' -d "$body" "http://127.0.0.1:$port/v1/auth/register" |
    "$python" -c 'import json, sys; print(json.load(sys.stdin)["token"])')
# Without statistics PostgreSQL plans the statement anew each time, which no database that has run for a minute does.
psql -qX "$url" -c 'VACUUM ANALYZE'

free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
start_peer() { # sets `peer` and `peer_port`; arguments are settings
    peer_port=$(free_port)
    env "$@" DATABASE_URL="$url" SIGNING_KEY="$TRELLIS_SIGNING_KEYS" ISSUER="$TRELLIS_PUBLIC_URL" CONNECTIONS="$connections" \
        PYTHONPATH=Benchmarks/peers "$python" -m uvicorn user:app --host 127.0.0.1 --port "$peer_port" --workers 2 --loop uvloop \
        --http httptools --no-access-log --log-level warning >>"$work/peer.log" 2>&1 &
    peer=$!
    started+=("$peer")
}
start_peer REMEMBER=1
remembering=$peer remembering_port=$peer_port
start_peer TZ=UTC

answer() { curl -sf -H "Authorization: Bearer $token" "http://127.0.0.1:$1/v1/user"; }
same() { "$python" -c 'import json, sys; print(json.loads(sys.argv[1]) == json.loads(sys.argv[2]))' "$(answer "$port")" "$(answer "$1")"; }
for p in "$peer_port" "$remembering_port"; do
    for _ in $(seq 200); do answer "$p" >/dev/null 2>&1 && break || sleep 0.1; done
    [ "$(same "$p")" = True ] || { echo "the two do not answer alike: $(answer "$port") $(answer "$p")" >&2; cat "$work/peer.log" >&2; exit 1; }
done
for p in "$port" "$peer_port" "$remembering_port"; do
    status=$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer ${token}x" "http://127.0.0.1:$p/v1/user")
    [ "$status" = 401 ] || { echo "a bad token got $status" >&2; exit 1; }
done

ticks() { # of processes and their children
    local all=("$@")
    for pid in "$@"; do mapfile -t -O ${#all[@]} all < <(pgrep -P "$pid" || true); done
    for pid in "${all[@]}"; do cat "/proc/$pid/stat" 2>/dev/null || true; done | awk '{ sum += $14 + $15 } END { print sum + 0 }'
}
postgres=$(head -1 "$(cat "$work/postgres/location")/postmaster.pid")
{
    machine
    "$python" -c 'import sys; from importlib.metadata import version as v
print("peer: Python", sys.version.split()[0], *(f"{n} {v(n)}" for n in ("fastapi", "uvicorn", "uvloop", "httptools", "asyncpg", "PyJWT", "cryptography")))'
    echo "wrk -t1 -c64 -d${seconds}s; 2 loops or 2 workers, $connections connections each; requests/s, us of processor time a request: server, PostgreSQL"
    for round in $(seq "$rounds"); do
        for what in "api $port $api" "peer $peer_port $peer" "remembering $remembering_port $remembering"; do
            read -r name p pid <<<"$what"
            before=$(ticks "$pid") database=$(ticks "$postgres")
            wrk -t1 -c64 -d"${seconds}s" -H "Authorization: Bearer $token" "http://127.0.0.1:$p/v1/user" >"$work/wrk"
            if grep -q 'Non-2xx' "$work/wrk"; then cat "$work/wrk" >&2; exit 1; fi
            rate=$(awk '/Requests\/sec/ { print $2 }' "$work/wrk")
            echo "round $round $name $rate $(awk -v a="$(($(ticks "$pid") - before))" -v b="$(($(ticks "$postgres") - database))" -v r="$rate" \
                -v s="$seconds" 'BEGIN { printf "%.1f %.1f", a * 10000 / (r * s), b * 10000 / (r * s) }')"
        done
    done
} | tee "$work/raw"
column() { awk -v n="$1" -v c="$2" '$1 == "round" && $3 == n { print $c }' "$work/raw" | median; }
{
    awk -v a="$(column api 4)" -v p="$(column peer 4)" -v r="$(column remembering 4)" 'BEGIN {
        printf "median api %d/s, peer %d/s, ratio %.2f (goal: at least 4)\n", a, p, a / p
        printf "the peer with a memory of verified tokens, as the API has one: %d/s, ratio %.2f\n", r, a / r }'
    echo "median processor time a request: api $(column api 5) us, peer $(column peer 5) us, remembering $(column remembering 5) us;" \
        "PostgreSQL $(column api 6) us, $(column peer 6) us and $(column remembering 6) us"
} | tee "$out"
cat "$work/raw" >>"$out"
