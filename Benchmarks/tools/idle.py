"""How long it takes from a request of somebody whom a pending idle case concerns until the reversal is accepted.

Arguments: the address of an API, the database's address, rounds, people a round. A worker has to run on the same database.
"""

import sys
import time

from client import Client, Database

base, database, rounds, people = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
client, sql = Client(base), Database(database).run

for number in range(1, rounds + 1):
    accounts = [client.register("Idle", f"idle{number}.{n}@example.org") for n in range(people)]
    # What the months would have made of them: a paid graph each, and a confirmed case.
    sql(
        f"""
        BEGIN;
        SET LOCAL session_replication_role = 'replica';
        CREATE TEMP TABLE fresh AS SELECT m.org_id, a.email, gen_random_uuid() AS subscription, row_number() OVER () AS n
            FROM identity.account a JOIN orgs.membership m ON m.user_id = a.id WHERE a.email LIKE 'idle{number}.%';
        INSERT INTO billing.customer (org_id, currency, created_at) SELECT org_id, 'usd', now() FROM fresh ON CONFLICT DO NOTHING;
        INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration,
            backing_kind, backing_detail, provider_subscription_id, provider_item_id, provider_price_id, status, provider_sync, started_at,
            period_start, period_end, canceled_at, ends_at, cancellation_type, cancellation_origin, eligible_after, created_at, updated_at)
        SELECT subscription, org_id, 'graph', 'kg' || lpad('{number}0' || n, 20, 'f'), 'graph:ladybug-standard', 1, 'monthly', 'usd', '{{}}',
            'provider_subscription', 'sub_i{number}_' || n, 'sub_i{number}_' || n, 'si_1', 'price_1', 'canceled', 'confirmed',
            now() - interval '200 days', date_trunc('second', now() - interval '23 days'), date_trunc('second', now() + interval '7 days'), now(),
            date_trunc('second', now() + interval '7 days'), 'period_end', 'idle', now() - interval '200 days', now(), now()
        FROM fresh;
        INSERT INTO billing.idle_evaluation (id, org_id, subscription_id, source, facts, subject_size, read_number, rule_version, outcome, is_verdict, at)
        SELECT gen_random_uuid(), org_id, subscription, 'sweep', '{{}}', 1, 1, 1, 'fired', true, now() FROM fresh;
        INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier, status,
            status_since, mode, access_epoch, host_id)
        SELECT s.resource_id, s.org_id, 'entity', (SELECT id FROM identity.account LIMIT 1), now(), gen_random_uuid(), s.resource_id, '', '{{}}', '{{}}',
            'ladybug-standard', 'active', now(), 'full', 0, gen_random_uuid()
        FROM billing.subscription s JOIN fresh f ON f.subscription = s.id;
        INSERT INTO billing.idle_case (id, org_id, subscription_id, resource_id, period_start, period_end, interval_unit, interval_count, threshold,
            evaluation_id, provider_subscription_id, state, ends_at, confirmed_at, decided_at, created_at)
        SELECT gen_random_uuid(), s.org_id, s.id, s.resource_id, s.period_start, s.period_end, 'month', 1,
            date_trunc('second', now() - interval '30 days'), e.id, s.provider_subscription_id, 'confirmed', s.period_end, now(), now(),
            now()
        FROM billing.subscription s JOIN fresh f ON f.subscription = s.id JOIN billing.idle_evaluation e ON e.subscription_id = s.id;
        COMMIT
        """)
    asked = {}
    for account in accounts:
        began = time.time()
        client.call("GET", "/v1/user", account["token"])
        asked[account["org"]["id"]] = began
        time.sleep(0.05)
    deadline = time.time() + 120
    while int(sql("SELECT count(*) FROM billing.idle_case WHERE accepted_at IS NULL")) > 0:
        if time.time() > deadline:
            raise SystemExit("not all of the reversals were accepted: " + sql("SELECT state, count(*) FROM billing.idle_case GROUP BY 1"))
        time.sleep(0.2)
    # The instant that the worker's transaction noted, by the same clock.
    accepted = sorted(float(line) for line in sql("SELECT extract(epoch FROM accepted_at) FROM billing.idle_case").splitlines())
    times = sorted(at - began for at, began in zip(accepted, sorted(asked.values())))
    print(f"round {number} accepted p50_ms {times[len(times) // 2] * 1000:.0f} p99_ms {times[min(len(times) - 1, len(times) * 99 // 100)] * 1000:.0f}")
    sql("SET session_replication_role = 'replica'; DELETE FROM billing.idle_case")
