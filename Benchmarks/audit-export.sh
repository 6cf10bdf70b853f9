#!/usr/bin/env bash
# The file of one org's chain of two million entries with its proof, as the worker writes it: it is whole, and the process never has more than 256 MiB
# (AUD-082). Raw output goes to docs/benchmarks/audit-export.txt; the script fails when a goal is missed.  usage: Benchmarks/audit-export.sh [ENTRIES]
set -euo pipefail
cd "$(dirname "$0")/.."
entries=${1:-2000000}
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product AuditBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)/AuditBench
data=$(mktemp -d)
trap 'Scripts/postgres stop "$data"; rm -rf "$data"' EXIT
url=$(Scripts/postgres start "$data")
psql -qX "$url" -c 'CREATE DATABASE bench'
url=${url%/*}/bench
"$bin" migrate "$url"
psql -qX -v ON_ERROR_STOP=1 "$url" <<'SQL'
SET session_replication_role = replica;
INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
    VALUES ('00000000-0000-0001-0000-000000000001', 'Org', 'team', 'active', 1, now(), now());
-- Nobody is asked for who asked.
ALTER TABLE orgs.org_export DROP CONSTRAINT org_export_requested_by_fkey;
SQL
"$bin" fill "$url" "$entries"
psql -qX "$url" -c 'VACUUM ANALYZE'
out=docs/benchmarks/audit-export.txt
{
    echo "$(uname -m), $(nproc) cores, PostgreSQL $(psql -qXAt "$url" -c 'SHOW server_version')"
    "$bin" export "$url"
} | tee "$out"
awk -v entries="$entries" '
    $1 == "export" && $3 != entries { print "the file has " $3 " entries"; bad = 1 }
    $1 == "export_peak_mebibytes" { seen = 1; if ($2 > 256) { print "it takes " $2 " MiB"; bad = 1 } }
    END { exit bad || !seen }' "$out"
