#!/usr/bin/env bash
# The audit log on a durable database of its own: what an entry adds to the transaction that carries it (goal: at most 15 % of the median, AUD-040), how fast
# links are made (5,000 entries a second) and how long an entry waits for its own at 1,000 entries a second (99th percentile 2 s), how long the offline
# verification of a million entries takes and how much memory it needs (60 s on one core, 64 MiB, AUD-051), and what row security costs an org's reads (5 %, SEC-049).
# Raw output goes to docs/benchmarks/audit.txt; the script fails when a goal is missed.  usage: Benchmarks/audit.sh [TRANSACTIONS] [ENTRIES] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
transactions=${1:-4000} entries=${2:-1000000} seconds=${3:-20}
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product AuditBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)/AuditBench
data=$(mktemp -d)
trap 'Scripts/postgres stop "$data"; rm -rf "$data"' EXIT
url=$(Scripts/postgres start "$data" --durable)
psql -qX "$url" -c 'CREATE DATABASE bench'
url=${url%/*}/bench
"$bin" migrate "$url"
psql -qX -v ON_ERROR_STOP=1 "$url" <<'SQL'
SET synchronous_commit = off;
SET session_replication_role = replica;
CREATE TEMP TABLE person AS SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS org FROM generate_series(1, 50000) AS n;
INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
    SELECT org, 'Org ' || n, 'team', 'active', 1, now(), now() FROM person;
INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
    SELECT gen_random_uuid(), org, gen_random_uuid(), 'member', now(), 'founding', now() FROM person, generate_series(1, 10);
ANALYZE;
SQL
out=docs/benchmarks/audit.txt
{
    echo "$(uname -m), $(nproc) cores, PostgreSQL $(psql -qXAt "$url" -c 'SHOW server_version'), synchronous commit"
    "$bin" append "$url" "$transactions"
    "$bin" seal "$url" "$entries"
    "$bin" delay "$url" "$seconds"
    "$bin" export-file "$url" "$data/log.jsonl"
    taskset -c 0 "$bin" verify "$data/log.jsonl"
    "$bin" rows "$url" "$transactions"
} | tee "$out"
awk '
    $1 == "append_added_percent" && $2 > 15 { print "an entry adds " $2 " %"; bad = 1 }
    $1 == "seal" { for (i = 1; i < NF; i++) if ($i == "entries_per_second" && $(i + 1) < 5000) { print "sealing is too slow"; bad = 1 } }
    $1 == "delay" { for (i = 1; i < NF; i++) if ($i == "p99_us" && $(i + 1) > 2000000) { print "links come too late"; bad = 1 } }
    $1 == "verify_million_seconds" && $2 > 60 { print "verification is too slow"; bad = 1 }
    $1 == "verify" { for (i = 1; i < NF; i++) if ($i == "peak_mib" && $(i + 1) > 64) { print "verification needs too much memory"; bad = 1 } }
    $1 == "rows_added_percent" && $2 > 5 { print "row security costs " $2 " %"; bad = 1 }
    END { exit bad }' "$out"
