"""Drives the org routes of an API. Arguments: its address, the database's address, requests for each list, seconds of cycles."""

import sys
import threading
import time

from client import Client, Database

base, database, requests, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
sql = Database(database).run


def register(client, name):
    answer = client.register(name, f"{name.lower()}@example.org")
    return answer["token"], answer["org"]["id"], answer["user"]["id"]


def share(times, part):
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000


def measure(name, path, token, expected):
    client = Client(base)
    answer = client.call("GET", path, token)
    assert answer["total"] == expected, answer["total"]
    times = []
    for _ in range(requests):
        began = time.perf_counter()
        client.send("GET", path, token)
        times.append(time.perf_counter() - began)
    print(f"{name}: p50 {share(times, .5):.2f} ms, p95 {share(times, .95):.2f} ms, p99 {share(times, .99):.2f} ms")


client = Client(base)
token, org, _ = register(client, "Bench")
pairs = []
for number in range(64):
    owner, place, _ = register(client, f"Owner{number}")
    guest, _, user = register(client, f"Guest{number}")
    pairs.append((owner, place, f"guest{number}@example.org", guest, user))
sql(
    """
    UPDATE identity.account SET email_verified_at = now();
    INSERT INTO orgs.org_limits (org_id, source, reason, max_members, max_pending_invitations)
    SELECT id, 'operator', 'benchmark', 10000, 1000 FROM orgs.org
    ON CONFLICT (org_id) DO UPDATE SET max_members = 10000, max_pending_invitations = 1000;
    -- Nobody is invited as often as here: the budgets of mails are written, and forget.
    CREATE FUNCTION orgs.forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER forget BEFORE INSERT ON orgs.send_budget FOR EACH ROW EXECUTE FUNCTION orgs.forget();
    CREATE TEMP TABLE crowd AS SELECT gen_random_uuid() AS id, g AS number FROM generate_series(1, 4999) g;
    INSERT INTO identity.account (id, email, name, email_verified_at, status, session_epoch, key_epoch, created_at, updated_at)
    SELECT id, 'member' || number || '@example.org', 'Member ' || number, now(), 'active', 1, 1, now(), now() FROM crowd;
    INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
    SELECT gen_random_uuid(), o.id, c.id, 'member', now(), 'operator', now()
    FROM crowd c, orgs.org o JOIN identity.account a ON a.id = o.personal_owner_id WHERE a.email = 'bench@example.org';
    INSERT INTO orgs.invitation (id, org_id, email, role, token_hash, state, invited_by, send_count, last_sent_at, expires_at, created_at)
    SELECT gen_random_uuid(), o.id, 'guest' || g || '@example.net', 'member', decode(md5(g::text) || md5(g::text), 'hex'), 'pending', a.id, 1, now(),
        now() + interval '7 days', now()
    FROM generate_series(1, 100) g, orgs.org o JOIN identity.account a ON a.id = o.personal_owner_id WHERE a.email = 'bench@example.org';
    """)
sql("VACUUM ANALYZE")
measure("5,000 members", f"/v1/orgs/{org}/members", token, 5000)
measure("100 invitations", f"/v1/orgs/{org}/invitations", token, 100)

cycles, times, lock = 0, [], threading.Lock()
end = time.monotonic() + seconds


def turn(mine):
    global cycles
    client = Client(base)
    while time.monotonic() < end:
        for owner, place, email, guest, user in mine:
            began = time.perf_counter()
            link = client.call("POST", f"/v1/orgs/{place}/invitations", owner, {"email": email})["token"]
            client.call("POST", f"/v1/auth/invitations/{link}/accept", guest, {})
            client.call("PUT", f"/v1/orgs/{place}/members/{user}", owner, {"role": "admin"})
            client.call("DELETE", f"/v1/orgs/{place}/members/{user}", owner)
            with lock:
                cycles += 1
                times.append(time.perf_counter() - began)
            if time.monotonic() >= end:
                return


threads = [threading.Thread(target=turn, args=(pairs[index::16],)) for index in range(16)]
began = time.monotonic()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
took = time.monotonic() - began
print(f"membership cycles: {cycles / took:.0f} a second over 64 orgs ({cycles} in {took:.1f} s); p50 {share(times, .5):.1f} ms, p95 {share(times, .95):.1f} ms")
