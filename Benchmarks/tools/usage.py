"""Reads the usage of an org of an API. Arguments: its address, the database's address, requests, lines of the ledger."""

import subprocess
import sys
import time

from client import Client, Database

base, database, requests, lines = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
client, sql = Client(base), Database(database).run

account = client.register("Bench", "bench@example.org")
token, org = account["token"], account["org"]["id"]
# Whole triggers of a ledger that was never read take hours here; the days are filled by the statement by which the schema fills them, then compared.
sql(
    f"""
    BEGIN;
    SET LOCAL session_replication_role = 'replica';
    INSERT INTO billing.credit_pool (id, org_id, subscription_id, scope, resource_id, balance, allocation, anchor, window_start, window_end, created_at)
    SELECT gen_random_uuid(), o.id, gen_random_uuid(), 'graph', 'kg' || lpad(g::text, 20, '0'), 1, 1, now(), now(), now() + interval '1 month', now()
    FROM generate_series(1, 100) g, orgs.org o;
    INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier, status,
        status_since, mode, access_epoch, host_id)
    SELECT p.resource_id, p.org_id, 'entity', (SELECT id FROM identity.account), now(), gen_random_uuid(), p.resource_id, '', '{{}}', '{{}}',
        'ladybug-standard', 'active', now(), 'full', 0, gen_random_uuid()
    FROM billing.credit_pool p;
    CREATE TEMP TABLE pools AS SELECT id, org_id, row_number() OVER (ORDER BY resource_id) AS number FROM billing.credit_pool;
    INSERT INTO billing.credit_transaction (id, org_id, pool_id, seq, type, amount, requested, balance_after, key, description, created_at)
    SELECT gen_random_uuid(), p.org_id, p.id, n, 'consumption', -(n % 50 + 1), -(n % 50 + 1), 1, n::text, '',
        now() - (n % 364) * interval '1 day' - (n % 86400) * interval '1 second'
    FROM generate_series(1, {lines}) n JOIN pools p ON p.number = n % 100 + 1;
    INSERT INTO billing.credit_day (org_id, day, graph_id, credits, operations)
    SELECT t.org_id, (t.created_at AT TIME ZONE 'UTC')::date, p.resource_id, -sum(t.amount), count(*)
    FROM billing.credit_transaction t JOIN billing.credit_pool p ON p.id = t.pool_id GROUP BY 1, 2, 3;
    COMMIT
    """)
subprocess.run(["psql", "-qX", database, "-c", "VACUUM ANALYZE"], check=True)
total = int(sql("SELECT -sum(amount) FROM billing.credit_transaction WHERE created_at >= date_trunc('day', now() AT TIME ZONE 'UTC') - interval '364 days'"))
# The server has closed the connection that waited while the ledger was filled.
client = Client(base)
times = []
for _ in range(requests):
    began = time.perf_counter()
    usage = client.call("GET", f"/v1/orgs/{org}/usage?days=365", token)
    times.append(time.perf_counter() - began)
times.sort()
shown = usage["summary"]["total_credits_used"]
print(f"ledger: {total / 100:.2f} credits, usage: {shown} credits")
if abs(float(shown) - total / 100) > 0.005:
    raise SystemExit("the days do not agree with the ledger")
print(
    "usage over 365 days: "
    + ", ".join(f"p{part} {times[min(len(times) - 1, len(times) * part // 100)] * 1000:.2f} ms" for part in (50, 95, 99)))
