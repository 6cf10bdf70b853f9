DELETE FROM audit.unsealed WHERE ordinal = ANY($1)
;;
DELETE FROM billing.invoice_line WHERE invoice_id = $1
;;
DELETE FROM graphs.graph_credential WHERE graph_id = $1
;;
DELETE FROM graphs.graph_grant WHERE graph_id = $1
;;
DELETE FROM graphs.graph_grant WHERE org_id = $1 AND user_id = $2
;;
DELETE FROM graphs.host_sample WHERE (host_id, slot) IN (
    SELECT host_id, slot FROM graphs.host_sample WHERE slot < $1 ORDER BY slot LIMIT $2)
;;
DELETE FROM graphs.orphan_finding WHERE graph_id = $1 AND kind <> 'backup_row'
;;
DELETE FROM graphs.selected_graph WHERE graph_id = $1
;;
DELETE FROM graphs.selected_graph s USING graphs.graph g
WHERE s.user_id = $1 AND g.id = s.graph_id AND g.org_id = $2
;;
DELETE FROM graphs.storage_measure WHERE id IN (
    SELECT id FROM graphs.storage_measure WHERE due_at < $1 ORDER BY due_at LIMIT $2)
;;
DELETE FROM graphs.storage_sample WHERE graph_id = $1
;;
DELETE FROM graphs.teardown WHERE graph_id = $1
;;
DELETE FROM identity.recovery_code WHERE user_id = $1
;;
DELETE FROM jobs.cron_tick WHERE name = $1 AND tick < $2
;;
DELETE FROM jobs.worker WHERE lease_until < now()
;;
DELETE FROM notifications.org_default WHERE org_id = $1
;;
DELETE FROM notifications.preference WHERE user_id = $1
;;
DELETE FROM notifications.webhook_endpoint WHERE org_id = $1
;;
DELETE FROM notifications.webhook_message WHERE (org_id, id) IN (
    SELECT m.org_id, m.id FROM notifications.webhook_message m
    WHERE m.created_at < $1 AND NOT EXISTS (
        SELECT FROM notifications.webhook_delivery d WHERE d.org_id = m.org_id AND d.message_id = m.id AND d.status = 'pending'
            AND coalesce(d.next_at, d.created_at) >= $2)
    ORDER BY m.created_at LIMIT $3 FOR UPDATE SKIP LOCKED)
;;
DELETE FROM notifications.webhook_message WHERE org_id = $1
;;
DELETE FROM notifications.webhook_sequence WHERE org_id = $1
;;
DELETE FROM operations.idempotency_record WHERE scope_hash IN (
    SELECT scope_hash FROM operations.idempotency_record WHERE state = 'settled' AND expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
;;
DELETE FROM operations.operation WHERE id IN (
    SELECT o.id FROM operations.operation o
    WHERE o.ended_at <= $1 AND o.thinned_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM operations.operation child WHERE child.parent_id = o.id)
    ORDER BY o.ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
;;
DELETE FROM operations.stream_lease WHERE number = $1
;;
DELETE FROM operations.stream_lease WHERE renewed_until < now()
;;
DELETE FROM operations.stream_lease WHERE user_id = $1 AND renewed_until < now()
;;
DELETE FROM orgs.graph_slot WHERE graph_id = $1
;;
DELETE FROM orgs.graph_slot WHERE org_id = $1
;;
DELETE FROM orgs.graph_slot WHERE org_id = $1 AND graph_id IS NULL AND expires_at <= $2
;;
DELETE FROM orgs.imported_row WHERE org_id = $1
;;
DELETE FROM orgs.invitation WHERE id = ANY($1) AND state <> 'pending'
;;
DELETE FROM orgs.invitation WHERE org_id = $1
;;
DELETE FROM orgs.org_export_piece WHERE org_id = $1
;;
DELETE FROM orgs.send_budget WHERE day < $1
;;
INSERT INTO audit.chain_head (chain, length, hash)
SELECT * FROM unnest($1, $2, $3)
ON CONFLICT (chain) DO UPDATE SET length = excluded.length, hash = excluded.hash
;;
INSERT INTO audit.checkpoint (number, signed_at, links, key_id, body, signature)
VALUES ($1, $2, $3, $4, $5, $6)
;;
INSERT INTO audit.deduplication (key, entry_id) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_api_key", "ref_user") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_graph", "ref_org") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_graph", "ref_org", "ref_backup") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_graph", "ref_org", "ref_graph_credential") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_graph", "ref_org", "ref_operation") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_graph", "ref_org", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_graph", "ref_org", "ref_subscription", "ref_operation") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_mail", "ref_org") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_mail", "ref_org", "ref_graph") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_mail", "ref_org", "ref_invoice", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_mail", "ref_org", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_mail", "ref_user") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_mail", "ref_user", "ref_api_key") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_mail", "ref_user", "ref_passkey") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_network_client") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_network_client", "ref_user") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_network_client", "ref_user", "ref_passkey") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_network_client", "ref_user", "ref_session") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_node") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_notice", "ref_user", "ref_org") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_account_credit", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_billing_customer") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_checkout", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_credit_pool", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_invoice") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_invoice", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_invoice", "ref_subscription", "ref_provider_event") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_subscription", "ref_provider_event") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_org", "ref_user") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_provider_event") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_provider_event", "ref_org") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_provider_event", "ref_org", "ref_subscription") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_subscription", "ref_org", "ref_intent") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_user") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_user", "ref_network_client") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_user", "ref_passkey") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_user", "ref_session") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_user", "ref_session", "ref_network_client") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21)
;;
INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_reference_kind, actor_id, actor_text, actor_component,
    request_id, trace_id, origin, summary, data, changes, further_references, canonical, private_digest, "ref_user", "ref_session", "ref_network_client", "ref_org") VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
;;
INSERT INTO audit.link (chain, position, seal, entry_id, recorded_at, entry_hash, link_hash)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
;;
INSERT INTO audit.network_client (network, first_seen) VALUES ($1, $2) ON CONFLICT (network) DO NOTHING
;;
INSERT INTO billing.account_credit (id, org_id, currency, amount, source, reason, subscription_id, invoice_id, issued_by, expires_at,
    idempotency_key, created_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8, $9, $10, $11,
    $12)
ON CONFLICT ON CONSTRAINT account_credit_once DO NOTHING
;;
INSERT INTO billing.account_credit_entry (id, org_id, credit_id, currency, seq, kind, home, amount, local_balance_after,
    provider_balance_after, local_remaining_after, provider_remaining_after, move_id, invoice_id, provider_transaction_id, reason,
    actor, idempotency_key, created_at)
VALUES ($1, $2, $3, $4, 1,
    $5, $6, $7, 0, 0, 0, 0, $8, $9,
    $10, $11, $12, $13, $14)
;;
INSERT INTO billing.checkout
    (id, org_id, subscription_id, started_by, fingerprint, intent_id, state, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8, $9)
;;
INSERT INTO billing.collected_payment (provider_payment_id, org_id, invoice_id, amount, currency, seen_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (provider_payment_id) DO NOTHING
;;
INSERT INTO billing.credit_pool (id, org_id, subscription_id, scope, resource_id, subscriber_id, allocation, anchor, window_start,
    window_end, created_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
;;
INSERT INTO billing.customer (org_id, currency, created_at)
VALUES ($1, $2, $3) ON CONFLICT (org_id) DO NOTHING
;;
INSERT INTO billing.idle_evaluation (id, org_id, subscription_id, event_id, source, facts, period_start, subject_size,
    activity_source, threshold, read_number, rule_version, outcome, is_verdict, at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8,
    $9, $10, $11,
    $12, $13, $14, $15)
ON CONFLICT (event_id) DO NOTHING
;;
INSERT INTO billing.inbound_event (id, provider, provider_event_id, type, api_version, livemode, created_at, object_id,
    object_type, raw_references, body, received_at, pulled, state)
SELECT e.id, e.provider, e.provider_event_id, e.type, e.api_version, e.livemode, e.created_at, e.object_id, e.object_type,
    e.raw_references::jsonb, e.body, e.received_at, e.pulled, 'received'
FROM unnest($1::uuid[], $2::text[], $3::text[],
    $4::text[], $5::text[], $6::boolean[],
    $7::timestamptz[], $8::text[],
    $9::text[], $10::text[],
    $11::bytea[], $12::timestamptz[], $13::boolean[])
    AS e (id, provider, provider_event_id, type, api_version, livemode, created_at, object_id, object_type, raw_references,
        body, received_at, pulled)
ON CONFLICT ON CONSTRAINT inbound_event_once DO NOTHING RETURNING id
;;
INSERT INTO billing.intent (id, org_id, object, op_seq, kind, command, generation, state, created_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8, $9)
ON CONFLICT (object, op_seq) DO NOTHING
;;
INSERT INTO billing.invoice (id, org_id, kind, subscription_id, provider_invoice_id, currency, subtotal, total, amount_due,
    amount_paid, status, created_at)
VALUES ($1, $2, 'provider', $3, $4, $5, 0, 0, 0, 0, 'draft',
    $6)
ON CONFLICT (provider_invoice_id) DO NOTHING
;;
INSERT INTO billing.invoice_line (invoice_id, position, org_id, description, quantity, amount, period_start, period_end)
SELECT $1, position, $2, description, quantity, amount, period_start, period_end
FROM unnest($3, $4, $5, $6,
    $7) WITH ORDINALITY AS line (description, quantity, amount, period_start, period_end, position)
;;
INSERT INTO billing.notice (key, org_id, subscription_id, told_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO NOTHING
;;
INSERT INTO billing.payment_method
    (org_id, provider_method_id, type, brand, last4, expiry_month, expiry_year, is_default, state, synced_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8,
    $9, $10)
ON CONFLICT (org_id, provider_method_id) DO UPDATE SET type = excluded.type, brand = excluded.brand,
    last4 = excluded.last4, expiry_month = excluded.expiry_month, expiry_year = excluded.expiry_year,
    is_default = excluded.is_default, state = excluded.state, synced_at = excluded.synced_at
;;
INSERT INTO billing.provider_cursor (name, position) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET position = greatest(provider_cursor.position, excluded.position)
;;
INSERT INTO billing.reconciliation_run (id, started_at, has_walked_provider, stage, compared, found)
VALUES ($1, $2, false, $3, 0, 0) ON CONFLICT ((finished_at IS NULL)) WHERE finished_at IS NULL DO NOTHING
;;
INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, subscriber_id, requested_by, plan_key,
    plan_version, interval, currency, configuration, status, provider_sync, operation_id, supersedes, created_at, updated_at)
SELECT $1, org_id, $2, $3,
    $4, $5, $6,
    $7, $8, currency, $9,
    $10, $11, $12,
    $13, $14, $15
FROM billing.customer WHERE org_id = $16
;;
INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions,
    custom_schema, initial_entity, tier, subscription_id, status, status_since, mode, access_epoch, source_backup_id)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8, $9, $10,
    $11, $12, $13,
    $14, $15, $16, $17,
    $18, $19)
;;
INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, created_at, expires_at, requested_by, operation_id, night,
    kept_days, started_at)
SELECT $1, g.id, g.org_id, $2, $3, $4,
    $5, $6, $7,
    $8::text::date, $9, $10
FROM graphs.graph g WHERE g.id = $11
;;
INSERT INTO graphs.graph_credential (id, graph_id, org_id, role, access, label, created_by, created_at, expires_at)
SELECT $1, g.id, g.org_id, $2, $3, $4,
    $5, $6, $7
FROM graphs.graph g WHERE g.id = $8
  AND (SELECT count(*) FROM graphs.graph_credential c WHERE c.graph_id = g.id AND c.revoked_at IS NULL
      AND c.id IS DISTINCT FROM $9) < $10
RETURNING id
;;
INSERT INTO graphs.graph_grant AS t (graph_id, user_id, org_id, role, granted_by, granted_at)
SELECT g.id, $1, g.org_id, $2, $3, $4 FROM graphs.graph g WHERE g.id = $5
ON CONFLICT (graph_id, user_id) DO UPDATE SET role = excluded.role
WHERE array_position(ARRAY['viewer', 'member', 'admin'], t.role)
    < array_position(ARRAY['viewer', 'member', 'admin'], excluded.role)
;;
INSERT INTO graphs.host_sample (host_id, slot, graphs, bytes)
VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
;;
INSERT INTO graphs.selected_graph (user_id, graph_id) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET graph_id = excluded.graph_id
;;
INSERT INTO graphs.storage_sample AS s (graph_id, org_id, bytes, sampled_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (graph_id) DO UPDATE SET bytes = excluded.bytes, sampled_at = excluded.sampled_at
;;
INSERT INTO graphs.storage_sample AS s (graph_id, org_id, bytes, sampled_at, facts, facts_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (graph_id) DO UPDATE SET facts = excluded.facts, facts_at = excluded.facts_at
WHERE s.facts_at IS NULL OR s.facts_at <= $7
;;
INSERT INTO graphs.teardown AS t
    (graph_id, org_id, operation_id, closed_at, backup_id, verified_at, drop_allowed_at, absent_at)
SELECT g.id, g.org_id, $1, $2, $3,
    $4, $5, $6
FROM graphs.graph g WHERE g.id = $7
ON CONFLICT (graph_id) DO UPDATE SET closed_at = excluded.closed_at, backup_id = excluded.backup_id,
    verified_at = excluded.verified_at, drop_allowed_at = excluded.drop_allowed_at, absent_at = excluded.absent_at
;;
INSERT INTO identity.account (id, email, name, email_verified_at, status, session_epoch, key_epoch, created_at, updated_at)
VALUES ($1, $2, 'Activity canary', $3, 'active', 1, 1,
    $4, $5)
;;
INSERT INTO identity.account (id, email, name, password_hash, email_verified_at, status, session_epoch, key_epoch,
    default_org_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8, $9, $10,
    $11)
;;
INSERT INTO identity.activity_canary (canary_id, key_id, key_hash)
SELECT user_id, id, key_hash FROM identity.api_key WHERE id = $1 RETURNING canary_id, key_id, key_hash
;;
INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at)
VALUES ($1, $2, 1, 'Activity canary', 'rfs00000', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    $3, $4)
;;
INSERT INTO identity.ceremony_challenge (id, challenge_hash, flow, user_id, epoch, mfa_token_id, created_at, expires_at)
VALUES ($1, $2, $3, $4,
    (SELECT session_epoch FROM identity.account WHERE id = $5), $6, $7,
    $8)
;;
INSERT INTO identity.link_token (id, user_id, kind, token_hash, address, expires_at, created_at)
SELECT l.*, $1 FROM unnest($2, $3, $4,
    $5, $6, $7) AS l
;;
INSERT INTO identity.link_token (id, user_id, kind, token_hash, address, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
;;
INSERT INTO identity.mfa_token (id, user_id, epoch, purpose, token_hash, methods, org_id, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9)
;;
INSERT INTO identity.passkey (id, user_id, credential_id, public_key, algorithm, model, transports, name, sign_count,
    is_backup_eligible, is_backed_up, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11,
    $12, $13)
ON CONFLICT (credential_id) WHERE removed_at IS NULL DO NOTHING
;;
INSERT INTO identity.recovery_code (id, user_id, code_hash, created_at)
SELECT t.id, $1, t.hash, $2
FROM unnest($3, $4) AS t (id, hash)
;;
INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, active_org_id, methods,
    authenticated_at, network, client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
VALUES ($1, $2, $3, $4,
    $5, $6, $7, $8,
    $9, $10, $11, $12,
    $13, $14, $15)
;;
INSERT INTO jobs.cron AS c (name, expression, last_tick, overdue_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET expression = excluded.expression,
    overdue_at = CASE WHEN c.expression = excluded.expression THEN coalesce(c.overdue_at, excluded.overdue_at)
        ELSE excluded.overdue_at END
;;
INSERT INTO jobs.cron_tick (name, tick) VALUES ($1, $2) ON CONFLICT DO NOTHING
;;
INSERT INTO jobs.event (topic, key, payload, published_at, trace, origin)
VALUES ($1, $2, $3, $4, $5, $6)
;;
INSERT INTO jobs.saga (id, kind, version, key, state, context, created_at, updated_at)
VALUES ($1, $2, $3, $4, 'running', $5, $6, $7)
ON CONFLICT (kind, key) WHERE state IN ('running', 'compensating', 'stuck') DO NOTHING
;;
INSERT INTO jobs.saga_step (saga_id, sequence, name, is_pivot, is_compensable, max_attempts, timeout_ms)
SELECT $1, s.n - 1, s.name, s.is_pivot, s.is_compensable, s.max_attempts, s.timeout_ms
FROM unnest($2, $3, $4,
    $5, $6
) WITH ORDINALITY AS s (name, is_pivot, is_compensable, max_attempts, timeout_ms, n)
;;
INSERT INTO notifications.mail (id, decision, template, class, recipient, address, user_id, org_id, reason, locale, about, context,
    status, attempts, queued_at, moved_at)
VALUES ($1, $2, $3, $4,
    $5, $6, $7, $8, $9, $10, $11,
    $12, $13, $14, $15, $16)
ON CONFLICT (decision, template, recipient) DO NOTHING
;;
INSERT INTO notifications.notice (id, user_id, kind, severity, decision, org_id, subscription_id, resource, via, renews_at,
    until, subject, created_at)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (decision, kind, user_id) DO NOTHING
;;
INSERT INTO notifications.operator_alert (name, opened_at, severity, title, detail, seen_at, told_at, times)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8)
ON CONFLICT DO NOTHING
;;
INSERT INTO operations.operation (id, kind, org_id, graph_id, started_by, parent_id, status, phase, percent, message, steps,
    result, exclusive_scope, created_at, updated_at)
VALUES ($1, $2, $3, $4,
    $5, $6, $7,
    $8, $9, $10, $11,
    $12, $13, $14, $15)
ON CONFLICT (exclusive_scope) WHERE exclusive_scope IS NOT NULL AND ended_at IS NULL DO NOTHING
;;
INSERT INTO operations.operation_event (operation_id, sequence, org_id, name, data, at)
VALUES ($1, $2, $3, $4, $5, $6)
;;
INSERT INTO operations.stream_lease (user_id, renewed_until) SELECT $1, now() + interval '45 seconds'
WHERE (SELECT count(*) FROM operations.stream_lease WHERE user_id = $2) < $3 RETURNING number
;;
INSERT INTO orgs.graph_slot (id, org_id, holder, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5)
;;
INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7)
;;
INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8)
;;
INSERT INTO orgs.org_deletion (id, org_id, cause, requested_by, reason, deleted_at, purge_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
;;
INSERT INTO orgs.org_limits (org_id, max_graphs, source) VALUES ($1, $2, 'catalogue')
;;
SELECT
    (SELECT min(queued_at) FROM notifications.mail
        WHERE class = 'security' AND status IN ('queued', 'rendered', 'sending', 'deferred', 'unknown')) AS security,
    (SELECT min(queued_at) FROM notifications.mail
        WHERE class <> 'security' AND status IN ('queued', 'rendered', 'sending')) AS other,
    count(*) FILTER (WHERE status IN ('sent', 'delivered', 'complained', 'bounced')) AS taken,
    count(*) FILTER (WHERE status = 'bounced') AS bounced,
    count(*) FILTER (WHERE status = 'failed' AND rendered_at IS NULL) AS unwritten
FROM notifications.mail WHERE moved_at > $1
;;
SELECT 'intents' AS family, kind AS "group", state AS word, count(*) AS number, min(created_at) AS since
    FROM billing.intent WHERE state IN ('queued', 'in_flight', 'unknown') GROUP BY kind, state
UNION ALL
SELECT 'events', state, '', count(*), min(received_at) FROM billing.inbound_event WHERE state <> 'done' GROUP BY state
UNION ALL
SELECT 'dunning', coalesce(stage, 'opened'), '', count(*), min(opened_at) FROM billing.dunning_case
    WHERE closed_at IS NULL GROUP BY stage
UNION ALL
SELECT 'drift', severity, '', count(*), min(found_at) FROM billing.drift_item WHERE state = 'open' GROUP BY severity
UNION ALL
SELECT 'compensations', '', '', count(*), min(opened_at) FROM billing.compensation WHERE closed_at IS NULL
UNION ALL
SELECT 'subscriptions', status, '', count(*), min(created_at) FROM billing.subscription
    WHERE closed_at IS NULL GROUP BY status
UNION ALL
SELECT 'provisioning', '', '', count(*), min(updated_at) FROM billing.subscription
    WHERE closed_at IS NULL AND status = 'provisioning'
UNION ALL
SELECT 'activation', '', '', coalesce(extract(epoch FROM max(started_at - created_at)), 0)::bigint, NULL
    FROM billing.subscription WHERE started_at > $1 AND closed_at IS NULL
UNION ALL
SELECT 'renewals', '', '', count(*), NULL FROM billing.invoice i JOIN billing.subscription s ON s.id = i.subscription_id
    WHERE i.paid_at > $2 AND i.period_start > s.started_at
UNION ALL
SELECT 'credit', c.currency, '', sum(newest.balance_after)::bigint, NULL
    FROM billing.customer c CROSS JOIN LATERAL (
        SELECT e.balance_after FROM billing.account_credit_entry e
        WHERE e.org_id = c.org_id AND e.currency = c.currency ORDER BY e.seq DESC LIMIT 1) AS newest
    GROUP BY c.currency
;;
SELECT 'org' AS what, state AS kind, count(*) AS n FROM orgs.org GROUP BY state
UNION ALL SELECT 'membership', role, count(*) FROM orgs.membership WHERE ended_at IS NULL GROUP BY role
UNION ALL SELECT 'invitation', state, count(*) FROM orgs.invitation GROUP BY state
UNION ALL SELECT 'purge', 'backlog', count(*) FROM orgs.org WHERE state IN ('deleted', 'purging') AND purge_at <= $1
UNION ALL SELECT 'purge', 'age', coalesce(extract(epoch FROM $2 - min(purge_at)), 0)::bigint
    FROM orgs.org WHERE state IN ('deleted', 'purging') AND purge_at <= $3
;;
SELECT (SELECT count(*) FROM identity.session s JOIN identity.account a ON a.id = s.user_id
        WHERE s.absolute_expires_at > $1 AND s.revoked_at IS NULL AND s.epoch = a.session_epoch
            AND s.token_expires_at > $2) AS sessions,
    (SELECT count(*) FROM identity.guess_network WHERE blocked_until > $3) AS networks
;;
SELECT (SELECT count(*) FROM jobs.job_dead WHERE requeued_as IS NULL AND discarded_because IS NULL) AS dead,
    (SELECT count(*) FROM jobs.saga WHERE state = 'stuck') AS stuck
;;
SELECT (SELECT count(*) FROM jobs.job_dead WHERE requeued_as IS NULL AND discarded_because IS NULL) AS dead,
    coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE schemaname = 'jobs' AND relname = 'job'), 0) AS dead_rows,
    coalesce((SELECT max(age(backend_xmin))::bigint FROM pg_stat_activity WHERE backend_xmin IS NOT NULL), 0) AS oldest_snapshot
;;
SELECT * FROM audit.backlog()
;;
SELECT * FROM graphs.repository_grant WHERE org_id = $1 AND user_id = $2 AND state <> 'revoked' ORDER BY id FOR UPDATE
;;
SELECT * FROM graphs.teardown WHERE graph_id = $1 FOR UPDATE
;;
SELECT * FROM identity.authenticate(
    $1, $2, $3, $4, $5, $6, $7)
;;
SELECT * FROM identity.clean_up($1, $2)
;;
SELECT * FROM identity.link_token WHERE token_hash = $1 AND kind = $2
    AND consumed_at IS NULL AND superseded_at IS NULL AND expires_at > $3
;;
SELECT * FROM identity.link_token WHERE user_id = $1 AND kind = $2
    AND consumed_at IS NULL AND superseded_at IS NULL AND expires_at > $3
;;
SELECT * FROM identity.passkey WHERE credential_id = $1 AND removed_at IS NULL
;;
SELECT * FROM identity.passkey WHERE user_id = $1 AND removed_at IS NULL ORDER BY created_at, id
;;
SELECT * FROM identity.pending_notice WHERE user_id = $1 AND (expires_at IS NULL OR expires_at >= $2)
ORDER BY array_position('{critical,warning,info}'::text[], severity), created_at DESC, notice_id LIMIT 50
;;
SELECT * FROM identity.purge_account($1, $2)
;;
SELECT * FROM identity.session WHERE id = $1 FOR NO KEY UPDATE
;;
SELECT * FROM limits.override WHERE until > $1 ORDER BY caller_kind, caller_high, caller_low, category
;;
SELECT * FROM notifications.operator_alert WHERE closed_at IS NULL ORDER BY name FOR UPDATE
;;
SELECT * FROM notifications.webhook_endpoint WHERE org_id = $1 ORDER BY created_at, id
;;
SELECT * FROM orgs.graph_slot WHERE holder = $1
;;
SELECT * FROM orgs.membership WHERE org_id = $1 AND ended_at IS NULL ORDER BY user_id FOR NO KEY UPDATE
;;
SELECT * FROM orgs.membership WHERE user_id = $1 AND ended_at IS NULL ORDER BY org_id
;;
SELECT * FROM orgs.org_deletion WHERE org_id = $1 AND closed_at IS NULL FOR NO KEY UPDATE
;;
SELECT * FROM orgs.org_export WHERE state = 'ready' AND expires_at <= $1
ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
;;
SELECT * FROM orgs.org_graph g WHERE g.org_id = $1 AND g.ended_at IS NULL
    AND ($2::uuid IS NULL OR EXISTS (SELECT FROM orgs.org_graph_grant p WHERE p.graph_id = g.graph_id AND p.user_id = $3))
ORDER BY g.created_at, g.graph_id
;;
SELECT * FROM orgs.org_limits WHERE org_id = $1
;;
SELECT * FROM orgs.org_limits WHERE org_id = $1 FOR NO KEY UPDATE
;;
SELECT * FROM orgs.ownership_transfer WHERE org_id = $1 AND state = 'pending' FOR NO KEY UPDATE
;;
SELECT * FROM orgs.ownership_transfer WHERE state = 'pending' AND expires_at <= $1
ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
;;
SELECT 1 AS one FROM billing.account_credit WHERE org_id = $1 AND currency = $2 LIMIT 1
;;
SELECT DISTINCT p.repository_id AS repository, p.user_id FROM graphs.repository_grant p
WHERE p.state <> 'revoked' AND p.expires_at <= $1 AND (p.repository_id, p.user_id) > ($2, $3)
ORDER BY 1, 2 LIMIT $4
;;
SELECT DISTINCT s.resource_id AS repository, s.subscriber_id AS user_id FROM billing.subscription s
JOIN graphs.repository r ON r.id = s.resource_id
WHERE s.resource_type = 'repository' AND s.subscriber_id IS NOT NULL AND (s.resource_id, s.subscriber_id) > ($1, $2)
ORDER BY 1, 2 LIMIT $3
;;
SELECT EXISTS (SELECT FROM audit.node WHERE id = $1)
;;
SELECT EXISTS (SELECT FROM billing.idle_case c JOIN notifications.accepted_mail m ON m.org_id = c.org_id
    AND m.template = 'idle_cancel' AND starts_with(m.decision, 'idle_cancel/' || identity.id_text('icase', c.id) || '/')
    WHERE c.subscription_id = s.id AND c.period_start = (SELECT max(l.period_start) FROM billing.idle_case l
        WHERE l.subscription_id = s.id AND l.decided_at IS NOT NULL)) AS told
FROM billing.subscription s WHERE s.id = $1 AND s.status = 'canceled' AND s.cancellation_origin = 'idle'
;;
SELECT EXISTS (SELECT FROM jobs.event WHERE xid >= (SELECT next_xid FROM jobs.event_cursor WHERE name = 'relay'))
;;
SELECT FROM billing.control WHERE name = $1 AND NOT is_on
;;
SELECT FROM billing.idle_evaluation WHERE event_id = $1
;;
SELECT FROM billing.invoice WHERE org_id = $1 LIMIT 1
;;
SELECT FROM graphs.graph WHERE source_backup_id = $1 AND status = 'provisioning' LIMIT 1
;;
SELECT FROM identity.account WHERE id = $1 AND status = 'deleting' AND purge_at <= $2 FOR NO KEY UPDATE
;;
SELECT FROM identity.org_membership m JOIN identity.org_membership v ON v.org_id = m.org_id AND v.user_id <> m.user_id
WHERE m.user_id = $1 AND m.org_state <> 'deleted' LIMIT 1
;;
SELECT FROM identity.session
WHERE user_id = $1 AND network = $2 AND client_family = $3 AND created_at > $4
    AND id <> $5
LIMIT 1
;;
SELECT FROM notifications.mail m
WHERE m.id = $1 AND (
    EXISTS (SELECT FROM notifications.preference p
        WHERE p.user_id = m.user_id AND p.category = $2 AND NOT p.is_on)
    OR EXISTS (SELECT FROM notifications.unsubscription u WHERE u.category = $3 AND u.lifted_at IS NULL
        AND u.address_hash = sha256(convert_to(m.recipient, 'UTF8')))
    OR (m.class = 'optional' OR $4 <> 'billing_reminders')
        AND EXISTS (SELECT FROM notifications.org_default d
            WHERE d.org_id = m.org_id AND d.category = $5 AND NOT d.is_on)
        AND NOT EXISTS (SELECT FROM notifications.preference p
            WHERE p.user_id = m.user_id AND p.category = $6))
;;
SELECT NOT EXISTS (SELECT FROM jobs.job WHERE lease_by IS NOT NULL)
    AND NOT EXISTS (
        SELECT FROM jobs.job j
        WHERE j.run_at <= $1 AND NOT EXISTS (
            SELECT FROM jobs.pause p JOIN jobs.kind mine ON mine.id = j.kind_id LEFT JOIN jobs.kind held ON held.id = p.kind_id
            WHERE p.lane = j.lane OR mine.name = held.name OR starts_with(mine.name, held.name || '#')))
    AND NOT EXISTS (SELECT FROM jobs.event WHERE xid >= (SELECT next_xid FROM jobs.event_cursor WHERE name = 'relay'))
;;
SELECT archive ->> 'objectKey' AS key, id FROM graphs.graph_backup
WHERE status = 'completed' AND archive ->> 'objectKey' > $1 ORDER BY 1 LIMIT $2
;;
SELECT audit.ensure_month((clock_timestamp() + $1 * interval '1 month')::date)
;;
SELECT audit.erase_expired_private($1)
;;
SELECT audit.erase_private_of_deleted()
;;
SELECT b.id FROM billing.subscription b
WHERE b.id IN (
        SELECT s.subscription_id FROM graphs.host_slot s
        WHERE s.state = 'reserved' AND s.graph_id IS NULL AND s.reserved_until <= $1
        UNION
        SELECT h.id FROM orgs.graph_slot p JOIN billing.subscription h ON h.org_id = p.org_id
            AND p.holder = 'subscription:' || identity.id_text($2, h.id)
        WHERE p.graph_id IS NULL AND p.expires_at <= $3)
    AND b.status <> 'provisioning'
    AND NOT EXISTS (SELECT FROM billing.checkout c
        WHERE c.org_id = b.org_id AND c.subscription_id = b.id AND c.state IN ('opening', 'open', 'unknown'))
    AND NOT EXISTS (SELECT FROM operations.operation o
        WHERE o.org_id = b.org_id AND o.ended_at IS NULL AND identity.id_text($4, o.id) = b.operation_id)
ORDER BY b.id LIMIT $5
;;
SELECT b.id FROM graphs.graph_backup b
WHERE b.graph_id = $1 AND b.status = 'completed' AND NOT EXISTS (SELECT FROM graphs.orphan_finding f WHERE f.kind = 'backup_row' AND f.place = 'store' AND f.state = 'open'
    AND f.object = identity.id_text('backup', "b".id))
ORDER BY b.completed_at DESC, b.id DESC LIMIT 1
;;
SELECT b.id FROM graphs.graph_backup b
WHERE b.status IN ('pending', 'in_progress') AND EXISTS (
    SELECT FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id
    WHERE d.died_at >= b.created_at AND d.requeued_as IS NULL AND (
        (k.name = $1 AND d.args ->> 'backup' = identity.id_text($2, b.id))
        OR (k.name = $3 AND d.args ->> 'graph' = b.graph_id AND d.args ->> 'day' = b.night::text)))
;;
SELECT b.id FROM graphs.graph_backup b JOIN graphs.graph g ON g.id = b.graph_id
WHERE b.status = 'completed' AND b.expires_at <= $1
  AND (g.status IN ('deprovisioned', 'failed') OR b.id IS DISTINCT FROM (
    SELECT n.id FROM graphs.graph_backup n WHERE n.graph_id = b.graph_id AND n.status = 'completed'
      AND NOT EXISTS (SELECT FROM graphs.orphan_finding f WHERE f.kind = 'backup_row' AND f.place = 'store' AND f.state = 'open'
    AND f.object = identity.id_text('backup', "n".id))
    ORDER BY n.completed_at DESC, n.id DESC LIMIT 1))
ORDER BY b.expires_at LIMIT $2
;;
SELECT b.id FROM graphs.graph_backup b JOIN graphs.graph g ON g.id = b.graph_id
WHERE g.host_id = $1 AND g.status IN ('active', 'suspended') AND b.status = 'completed' AND b.completed_at > $2
ORDER BY b.id LIMIT 10000
;;
SELECT blocked_until FROM identity.guess_network WHERE network = $1 AND blocked_until > $2
;;
SELECT blocked_until, failures, warned_of FROM identity.guess_end($1, $2, $3)
;;
SELECT body FROM audit.checkpoint ORDER BY number DESC LIMIT 1
;;
SELECT bytes, row_at FROM graphs.storage_sample WHERE graph_id = $1
;;
SELECT c.failures, c.last_at + identity.guess_network_wait(c.failures) AS next_at,
    (SELECT blocked_until FROM identity.guess_network WHERE network = $1 AND blocked_until > $2) AS blocked
FROM identity.guess_counts_of_network($3, $4) c
;;
SELECT c.id AS checkout_id, c.org_id AS checkout_org_id, c.subscription_id, c.started_by, c.fingerprint, c.intent_id,
c.provider_session_id, c.url, c.state, c.payment_status, c.expires_at, c.polled_at, c.created_at AS checkout_created_at FROM billing.checkout c
WHERE c.org_id = $1 AND c.state IN ('opening', 'open', 'unknown') ORDER BY c.created_at DESC, c.id DESC
;;
SELECT c.id AS checkout_id, c.org_id AS checkout_org_id, c.subscription_id, c.started_by, c.fingerprint, c.intent_id,
c.provider_session_id, c.url, c.state, c.payment_status, c.expires_at, c.polled_at, c.created_at AS checkout_created_at FROM billing.checkout c WHERE c.provider_session_id = $1
;;
SELECT c.id AS checkout_id, c.org_id AS checkout_org_id, c.subscription_id, c.started_by, c.fingerprint, c.intent_id,
c.provider_session_id, c.url, c.state, c.payment_status, c.expires_at, c.polled_at, c.created_at AS checkout_created_at FROM billing.checkout c WHERE c.subscription_id = $1 FOR UPDATE
;;
SELECT c.id AS credit_id, c.org_id, c.currency, c.amount, c.source, c.reason, c.subscription_id, c.invoice_id, c.issued_by, c.expires_at,
c.idempotency_key, c.created_at FROM billing.account_credit c CROSS JOIN LATERAL (SELECT e.local_remaining_after, e.provider_remaining_after, e.remaining_after
    FROM billing.account_credit_entry e WHERE e.org_id = c.org_id AND e.credit_id = c.id ORDER BY e.seq DESC LIMIT 1) newest
WHERE c.expires_at <= $1 AND newest.remaining_after > 0 AND ($2::uuid IS NULL OR c.id > $3)
    AND (c.expires_at <= $4 OR c.created_at < c.expires_at - interval '14 days' AND NOT EXISTS (
        SELECT FROM billing.notice n WHERE n.key = $5 || c.id::text))
ORDER BY c.id LIMIT $6
;;
SELECT c.id AS credit_id, c.org_id, c.currency, c.amount, c.source, c.reason, c.subscription_id, c.invoice_id, c.issued_by, c.expires_at,
c.idempotency_key, c.created_at, newest.local_remaining_after, newest.provider_remaining_after FROM billing.account_credit c
CROSS JOIN LATERAL (SELECT e.local_remaining_after, e.provider_remaining_after, e.remaining_after
    FROM billing.account_credit_entry e WHERE e.org_id = c.org_id AND e.credit_id = c.id ORDER BY e.seq DESC LIMIT 1) newest WHERE c.id = $1
;;
SELECT c.id AS credit_id, c.org_id, c.currency, c.amount, c.source, c.reason, c.subscription_id, c.invoice_id, c.issued_by, c.expires_at,
c.idempotency_key, c.created_at, newest.local_remaining_after, newest.provider_remaining_after FROM billing.account_credit c
CROSS JOIN LATERAL (SELECT e.local_remaining_after, e.provider_remaining_after, e.remaining_after
    FROM billing.account_credit_entry e WHERE e.org_id = c.org_id AND e.credit_id = c.id ORDER BY e.seq DESC LIMIT 1) newest WHERE c.org_id = $1 AND c.currency = $2 AND newest.remaining_after > 0
ORDER BY c.expires_at NULLS LAST, c.created_at, c.id
;;
SELECT c.id AS credit_id, c.org_id, c.currency, c.amount, c.source, c.reason, c.subscription_id, c.invoice_id, c.issued_by, c.expires_at,
c.idempotency_key, c.created_at, newest.local_remaining_after, newest.provider_remaining_after FROM billing.account_credit c
CROSS JOIN LATERAL (SELECT e.local_remaining_after, e.provider_remaining_after, e.remaining_after
    FROM billing.account_credit_entry e WHERE e.org_id = c.org_id AND e.credit_id = c.id ORDER BY e.seq DESC LIMIT 1) newest WHERE c.org_id = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT $2
;;
SELECT c.id FROM billing.idle_case c WHERE c.state IN ('decided', 'confirmed') AND c.threshold <= CASE
    WHEN c.subscriber_id IS NULL THEN (SELECT used_at FROM orgs.last_use(c.org_id))
    ELSE (SELECT used_at FROM identity.last_use(c.subscriber_id)) END
ORDER BY c.ends_at, c.id LIMIT $1
;;
SELECT c.id, c.org_id, c.subscription_id, c.resource_id, c.subscriber_id, c.period_start, c.period_end, c.interval_unit, c.interval_count,
c.threshold, c.last_activity_at, c.evaluation_id, c.event_id, c.provider_subscription_id, c.state, c.ends_at, c.provider_end,
c.provider_canceled_at, c.end_intent_id, c.clear_intent_id, c.via, c.note, c.confirmed_at, c.accepted_by, c.accepted_at,
c.settled_at, c.extended_at, c.decided_at, c.created_at FROM billing.idle_case c WHERE ($1::uuid IS NULL OR c.org_id = $2) AND c.state = ANY($3)
AND ($4::timestamptz IS NULL OR c.created_at >= $5)
AND ($6::timestamptz IS NULL OR c.created_at < $7)
ORDER BY c.created_at DESC, c.id DESC LIMIT $8
;;
SELECT c.id, c.org_id, c.subscription_id, c.resource_id, c.subscriber_id, c.period_start, c.period_end, c.interval_unit, c.interval_count,
c.threshold, c.last_activity_at, c.evaluation_id, c.event_id, c.provider_subscription_id, c.state, c.ends_at, c.provider_end,
c.provider_canceled_at, c.end_intent_id, c.clear_intent_id, c.via, c.note, c.confirmed_at, c.accepted_by, c.accepted_at,
c.settled_at, c.extended_at, c.decided_at, c.created_at FROM billing.idle_case c WHERE c.subscription_id = $1 AND c.period_start = $2
;;
SELECT c.name AS label, coalesce(extract(epoch FROM (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - min(m.queued_at)), 0)::bigint AS value
FROM (VALUES ('security'), ('required'), ('service'), ('optional')) AS c (name) LEFT JOIN notifications.mail AS m
    ON m.class = c.name AND m.status IN ('queued', 'rendered', 'sending') GROUP BY c.name
;;
SELECT c.name AS label, count(m.id) AS value FROM (VALUES ('security'), ('required'), ('service'), ('optional')) AS c (name)
LEFT JOIN notifications.mail AS m ON m.class = c.name AND m.status IN ('queued', 'rendered', 'sending', 'deferred', 'unknown') GROUP BY c.name
;;
SELECT c.subscription_id FROM billing.checkout c
WHERE c.state IN ('opening', 'open', 'unknown') AND c.expires_at <= $1 ORDER BY c.expires_at, c.id LIMIT $2
;;
SELECT canary_id, key_id, key_hash FROM identity.activity_canary
;;
SELECT chain, length, hash FROM audit.chain_head
;;
SELECT chain, length, hash FROM audit.chain_head WHERE chain = ANY($1)
;;
SELECT clock_timestamp()
;;
SELECT closed.pool_id
FROM (SELECT id FROM billing.credit_hold WHERE state = 'open' AND expires_at <= $1 ORDER BY id LIMIT $2) lapsed
CROSS JOIN LATERAL billing.close_hold(lapsed.id, 'released', $3) closed
;;
SELECT coalesce((SELECT links FROM audit.checkpoint ORDER BY number DESC LIMIT 1), 0) AS value
;;
SELECT coalesce(1000 * count(*) FILTER (WHERE status = 'bounced') / nullif(count(*), 0), 0)::bigint AS value
FROM notifications.mail WHERE status IN ('sent', 'delivered', 'complained', 'bounced')
    AND moved_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours'
;;
SELECT coalesce(extract(epoch FROM (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - min(created_at)), 0)::bigint AS value
FROM notifications.webhook_delivery WHERE status = 'pending' AND attempts = 0
;;
SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::bigint AS value FROM audit.unsealed
;;
SELECT coalesce(max(extract(epoch FROM (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - coalesce(n.completed_at, g.status_since))), 0)::bigint AS value
FROM graphs.graph AS g LEFT JOIN LATERAL (SELECT max(b.completed_at) AS completed_at FROM graphs.graph_backup AS b
    WHERE b.graph_id = g.id AND b.status = 'completed') AS n ON true
WHERE g.status = 'active'
;;
SELECT coalesce(max(extract(epoch FROM (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - coalesce(n.slot, h.created_at))), 0)::bigint AS value
FROM graphs.graph_host AS h LEFT JOIN LATERAL (SELECT max(s.slot) AS slot FROM graphs.host_sample AS s
    WHERE s.host_id = h.id) AS n ON true
WHERE h.state = 'ready'
;;
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::bigint AS value FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
;;
SELECT coalesce(max(op_seq), 0) + 1 AS next FROM billing.intent WHERE object = $1
;;
SELECT coalesce(max(op_seq), 0)::bigint AS last, coalesce(bool_or(state IN ('queued', 'in_flight', 'unknown')), false) AS is_open,
    coalesce(bool_or(kind = 'issue_credit_note'), false) AS is_noted
FROM billing.intent WHERE object = $1
;;
SELECT coalesce(max(seal), 0) AS value FROM audit.link
;;
SELECT coalesce(max(seal), 0) FROM audit.link
;;
SELECT coalesce(reason, '') AS reason FROM billing.idle_guard WHERE is_open
;;
SELECT coalesce(state, 'other') AS label, count(*) AS value FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1
;;
SELECT coalesce(sum(CASE WHEN jsonb_typeof(data -> 'count') = 'number' THEN (data ->> 'count')::bigint ELSE 1 END), 0)::bigint AS count,
    max(occurred_at) AS latest FROM audit.entry
WHERE type = ANY($1) AND risk = ANY($2)
    AND occurred_at > $3 AND occurred_at <= $4
;;
SELECT component, level, (extract(epoch FROM until - now()) * 1000)::bigint AS rest FROM trellis.log_level WHERE until > now()
ORDER BY component
;;
SELECT count(*) AS codes FROM identity.recovery_code WHERE user_id = $1 AND used_at IS NULL
;;
SELECT count(*) AS found FROM jobs.effect WHERE state = 'unknown'
;;
SELECT count(*) AS number FROM graphs.graph_backup
WHERE graph_id = $1 AND initiator = 'user' AND status <> 'failed' AND created_at >= $2
;;
SELECT count(*) AS number FROM graphs.graph_backup b JOIN graphs.graph g ON g.id = b.graph_id
WHERE b.status = 'in_progress'
  AND g.host_id = (SELECT o.host_id FROM graphs.graph o WHERE o.id = $1)
;;
SELECT count(*) AS value FROM audit.sink WHERE failing_since IS NOT NULL
;;
SELECT count(*) AS value FROM audit.unsealed
;;
SELECT count(*) AS value FROM graphs.graph AS g
WHERE g.status = 'active' AND g.status_since <= (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '2 days' AND NOT EXISTS (
    SELECT FROM graphs.graph_backup AS b WHERE b.graph_id = g.id AND b.initiator = 'scheduled'
      AND b.status IN ('completed', 'expired') AND b.completed_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '2 days')
;;
SELECT count(*) AS value FROM jobs.cron WHERE NOT is_paused AND overdue_at <= (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp()))
;;
SELECT count(*) AS value FROM notifications.mail WHERE status = 'held'
;;
SELECT count(*) AS value FROM notifications.notice WHERE acknowledged_at IS NULL AND cleared_at IS NULL
;;
SELECT count(*) AS value FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
;;
SELECT count(*) FILTER (WHERE id < $1) AS before, count(*) AS depth
FROM operations.operation WHERE status = 'pending'
;;
SELECT count(*) FROM billing.account_credit c JOIN billing.invoice p ON c.invoice_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.account_credit c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.account_credit_entry c JOIN billing.account_credit p ON c.credit_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.account_credit_entry c JOIN billing.invoice p ON c.invoice_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.checkout c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.collected_payment c JOIN billing.invoice p ON c.invoice_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.compensation c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.credit_hold c JOIN billing.credit_pool p ON c.pool_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.credit_pool c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.credit_transaction c JOIN billing.credit_pool p ON c.pool_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.decision c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.dispute c JOIN billing.collected_payment p ON c.provider_payment_id = p.provider_payment_id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.dispute c JOIN billing.invoice p ON c.invoice_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.drift_item c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.dunning_case c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.idle_case c JOIN billing.idle_evaluation p ON c.evaluation_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.idle_case c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.idle_evaluation c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.intent
WHERE state = 'queued' AND exchanges -> -1 ->> 'status' IN ('401', '403')
;;
SELECT count(*) FROM billing.invoice c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.invoice_line c JOIN billing.invoice p ON c.invoice_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.invoice_line c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.keep_token_use c JOIN billing.idle_case p ON c.idle_case_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.notice c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.plan_change c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.recorded_payment c JOIN billing.invoice p ON c.invoice_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.refund c JOIN billing.collected_payment p ON c.provider_payment_id = p.provider_payment_id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.refund c JOIN billing.invoice p ON c.invoice_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM billing.refund c JOIN billing.subscription p ON c.subscription_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.backup_download c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.backup_download c JOIN graphs.graph_backup p ON c.backup_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.graph c JOIN graphs.graph_backup p ON c.source_backup_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.graph_backup c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.graph_credential c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.graph_credential c JOIN graphs.graph_credential p ON c.replaced_by = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.graph_grant c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.host_slot c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.storage_day c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.storage_measure c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.storage_sample c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.teardown c JOIN graphs.graph p ON c.graph_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM graphs.teardown c JOIN graphs.graph_backup p ON c.backup_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM identity.api_key c JOIN identity.api_key p ON c.replaced_by = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM identity.guess_attempt WHERE account = sha256(convert_to($1::text, 'UTF8'))
    AND started_at > $2 AND ended_at IS NOT NULL AND counts_for_account
;;
SELECT count(*) FROM notifications.mail_feedback c JOIN notifications.mail p ON c.mail_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM notifications.webhook_attempt c JOIN notifications.webhook_delivery p ON c.endpoint_id = p.endpoint_id AND c.message_id = p.message_id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM notifications.webhook_delivery c JOIN notifications.webhook_endpoint p ON c.endpoint_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM notifications.webhook_delivery c JOIN notifications.webhook_message p ON c.message_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM notifications.webhook_secret c JOIN notifications.webhook_endpoint p ON c.endpoint_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM operations.operation c JOIN operations.operation p ON c.parent_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM operations.operation_event c JOIN operations.operation p ON c.operation_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*) FROM orgs.membership WHERE org_id = $1 AND ended_at IS NULL
;;
SELECT count(*) FROM orgs.org_export_piece c JOIN orgs.org_export p ON c.export_id = p.id WHERE c.org_id IS DISTINCT FROM p.org_id
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT 'graph ' || id AS id FROM graphs.graph
WHERE status = 'suspended' AND purge_at <= $1 AND purge_hold IS NULL AND NOT delete_protected
UNION ALL SELECT 'subscription ' || id::text FROM billing.subscription
    WHERE status = 'past_due' AND grace_deadline <= $2 OR status = 'unpaid' AND final_deadline <= $3
UNION ALL SELECT 'intent ' || id::text FROM billing.intent
    WHERE state IN ('queued', 'in_flight', 'unknown') AND created_at <= $4
UNION ALL SELECT 'event ' || id::text FROM billing.inbound_event WHERE state = 'received' AND received_at <= $5
UNION ALL SELECT 'mail ' || id::text FROM notifications.mail
    WHERE status IN ('queued', 'rendered', 'sending', 'deferred') AND queued_at <= $6) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT 'subscription ' || id::text AS id FROM billing.subscription WHERE status IN ('canceled', 'failed') AND ends_at IS NULL
UNION ALL SELECT 'operation ' || id::text FROM operations.operation
    WHERE (status IN ('completed', 'failed', 'cancelled')) <> (ended_at IS NOT NULL)
UNION ALL SELECT 'saga ' || id::text FROM jobs.saga WHERE (state IN ('completed', 'compensated')) <> (ended_at IS NOT NULL)
UNION ALL SELECT 'case ' || id::text FROM billing.dunning_case WHERE (outcome IS NULL) <> (closed_at IS NULL)) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT host_id::text || '/' || number AS id FROM graphs.host_slot AS s
WHERE s.state = 'occupied' AND NOT EXISTS (
    SELECT FROM graphs.graph AS g WHERE g.id = s.graph_id AND g.org_id = s.org_id AND g.status <> 'deprovisioned')
    AND NOT EXISTS (SELECT FROM graphs.repository AS r WHERE r.id = s.graph_id)
UNION ALL SELECT 'graph ' || graph_id FROM graphs.host_slot WHERE state = 'occupied' GROUP BY graph_id HAVING count(*) > 1
UNION ALL SELECT 'graph ' || graph_id FROM orgs.graph_slot WHERE graph_id IS NOT NULL GROUP BY graph_id HAVING count(*) > 1) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT j.id::text AS id FROM jobs.job AS j
WHERE EXISTS (SELECT FROM jobs.job_dead AS d WHERE d.id = j.id) OR EXISTS (SELECT FROM jobs.job_history AS h WHERE h.id = j.id)
UNION ALL SELECT d.id::text FROM jobs.job_dead AS d WHERE EXISTS (SELECT FROM jobs.job_history AS h WHERE h.id = d.id)) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT j.id::text AS id FROM jobs.job AS j
WHERE j.lease_by IS NOT NULL AND NOT EXISTS (
    SELECT FROM jobs.worker AS w WHERE w.id = j.lease_by AND w.lease_until > now() - interval '30 seconds')) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT o.id::text AS id FROM operations.operation AS o JOIN LATERAL (
    SELECT count(*) AS number, max(e.sequence) AS last, (array_agg(e.name ORDER BY e.sequence DESC))[1] AS name
    FROM operations.operation_event AS e WHERE e.operation_id = o.id) AS e ON true
WHERE o.thinned_at IS NULL AND (e.number <> o.last_sequence OR coalesce(e.last, 0) <> o.last_sequence
    OR o.status = 'completed' AND e.name IS DISTINCT FROM 'operation_completed'
    OR o.status = 'failed' AND e.name IS DISTINCT FROM 'operation_error'
    OR o.status = 'cancelled' AND e.name IS DISTINCT FROM 'operation_cancelled')) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT org_id::text || '/' || credit_id::text AS id FROM billing.account_credit_entry
GROUP BY org_id, credit_id HAVING sum(amount) < 0) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT p.id::text AS id FROM billing.credit_pool AS p LEFT JOIN (
    SELECT org_id, pool_id, sum(amount) AS total, max(seq) AS last, min(balance_after) AS least
    FROM billing.credit_transaction GROUP BY org_id, pool_id) AS t ON t.org_id = p.org_id AND t.pool_id = p.id
WHERE p.balance <> coalesce(t.total, 0) OR p.last_seq <> coalesce(t.last, 0) OR p.balance < 0 OR t.least < 0) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT resource_type || ' ' || resource_id AS id FROM billing.subscription
WHERE resource_type IN ('graph', 'repository') AND resource_id IS NOT NULL AND status NOT IN ('canceled', 'failed')
GROUP BY resource_type, resource_id, subscriber_id HAVING count(*) > 1) AS broken
;;
SELECT count(*), coalesce((array_agg(id ORDER BY id COLLATE "C"))[1:5], '{}') AS examples
FROM (SELECT s.id::text AS id FROM jobs.saga AS s
WHERE s.state IN ('running', 'compensating') AND NOT EXISTS (SELECT FROM jobs.job AS j WHERE j.saga_id = s.id)) AS broken
;;
SELECT created_at FROM (
    SELECT id, created_at FROM identity.link_token
    WHERE user_id = $1 AND kind = $2 AND created_at > $3
    UNION
    SELECT l.id, l.created_at FROM identity.account a JOIN identity.link_token l ON l.address = a.email
    WHERE a.id = $4 AND l.kind = $5 AND l.created_at > $6
) AS sent
ORDER BY created_at DESC LIMIT 10
;;
SELECT d.args, d.died_at FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id
WHERE (k.name = $1 OR starts_with(k.name, $2)) AND d.requeued_as IS NULL
;;
SELECT d.endpoint_id, d.message_id, d.replays, d.org_id FROM notifications.webhook_delivery d
WHERE d.status = 'pending' AND coalesce(d.next_at, d.created_at) <= $1 AND coalesce(d.next_at, d.created_at) > $2
    AND ($3::uuid IS NULL OR (d.endpoint_id, d.message_id) > ($4, $5))
    AND NOT EXISTS (
        SELECT FROM unnest(
            $6, $7, $8
        ) AS letter (endpoint, message, died_at)
        WHERE letter.endpoint = d.endpoint_id AND letter.message = d.message_id
            AND letter.died_at >= coalesce(d.next_at, d.created_at))
ORDER BY d.endpoint_id, d.message_id LIMIT $9
;;
SELECT e.*, seal.seal_position, seal.seal_hash, p.body AS private_body FROM (SELECT * FROM audit.entry WHERE true AND ref_org = $1 AND (occurred_at, id) < ($2, $3) ORDER BY occurred_at DESC, id DESC LIMIT $4) AS e LEFT JOIN LATERAL audit.seal_of(e.id) AS seal (seal_position, seal_hash) ON true
LEFT JOIN LATERAL (SELECT body FROM audit.private_part WHERE entry_id = e.id LIMIT 1) AS p ON true
ORDER BY e.occurred_at DESC, e.id DESC
;;
SELECT e.*, seal.seal_position, seal.seal_hash, p.body AS private_body FROM (SELECT * FROM audit.entry WHERE true AND ref_org = $1 AND type = ANY($2) AND "ref_graph" = $3 AND "ref_operation"::text = ANY($4) AND data ->> $5 = $6 ORDER BY occurred_at DESC, id DESC LIMIT $7) AS e LEFT JOIN LATERAL audit.seal_of(e.id) AS seal (seal_position, seal_hash) ON true
LEFT JOIN LATERAL (SELECT body FROM audit.private_part WHERE entry_id = e.id LIMIT 1) AS p ON true
ORDER BY e.occurred_at DESC, e.id DESC
;;
SELECT e.*, seal.seal_position, seal.seal_hash, p.body AS private_body FROM (SELECT * FROM audit.entry WHERE true AND ref_org = $1 AND type = ANY($2) AND "ref_graph" = $3 AND data ->> $4 = $5 ORDER BY occurred_at DESC, id DESC LIMIT $6) AS e LEFT JOIN LATERAL audit.seal_of(e.id) AS seal (seal_position, seal_hash) ON true
LEFT JOIN LATERAL (SELECT body FROM audit.private_part WHERE entry_id = e.id LIMIT 1) AS p ON true
ORDER BY e.occurred_at DESC, e.id DESC
;;
SELECT e.*, seal.seal_position, seal.seal_hash, p.body AS private_body FROM (SELECT * FROM audit.entry WHERE true AND ref_org = $1 ORDER BY occurred_at DESC, id DESC LIMIT $2) AS e LEFT JOIN LATERAL audit.seal_of(e.id) AS seal (seal_position, seal_hash) ON true
LEFT JOIN LATERAL (SELECT body FROM audit.private_part WHERE entry_id = e.id LIMIT 1) AS p ON true
ORDER BY e.occurred_at DESC, e.id DESC
;;
SELECT e.id, e.org_id, e.credit_id, e.currency, e.seq, e.kind, e.home, e.amount, e.balance_after, e.remaining_after, e.invoice_id,
e.provider_transaction_id, e.reason, e.actor, e.created_at FROM billing.account_credit_entry e
WHERE e.org_id = $1 AND e.idempotency_key = $2
;;
SELECT eligible_after FROM billing.subscription WHERE id = $1
;;
SELECT epoch, statements, failed, busy_ms FROM graphs.storage_measure
WHERE graph_id = $1 AND due_at > $2 AND measured_at >= $3 AND epoch IS NOT NULL
ORDER BY measured_at, due_at
;;
SELECT first_sent_at FROM billing.intent
WHERE object = $1 AND first_sent_at > $2
    AND (kind = 'create_subscription' OR kind = 'change_price' AND command::text LIKE '%"always_invoice"%')
ORDER BY first_sent_at
;;
SELECT g.id FROM graphs.graph g
WHERE g.id > $1 AND g.status = 'active' AND g.status_since <= $2 AND NOT EXISTS (
    SELECT FROM graphs.graph_backup b WHERE b.graph_id = g.id AND b.initiator = 'scheduled'
      AND b.status IN ('completed', 'expired') AND b.completed_at > $3
      AND NOT EXISTS (SELECT FROM graphs.orphan_finding f WHERE f.kind = 'backup_row' AND f.place = 'store' AND f.state = 'open'
    AND f.object = identity.id_text('backup', "b".id)))
ORDER BY g.id LIMIT $4
;;
SELECT g.id FROM graphs.graph g
WHERE g.status = 'suspended' AND g.purge_at <= $1 AND g.purge_hold IS NULL AND g.delete_protected
    AND NOT EXISTS (SELECT FROM audit.entry e
        WHERE e.ref_graph = g.id AND e.type = 'graph_purge_deferred' AND e.occurred_at >= g.purge_at)
ORDER BY g.id LIMIT $2
;;
SELECT g.id FROM graphs.graph g JOIN graphs.storage_sample s ON s.graph_id = g.id
WHERE g.status = 'active' AND g.id > $1 AND s.bytes > $2
  AND NOT EXISTS (SELECT FROM operations.operation o WHERE o.exclusive_scope = g.id AND o.ended_at IS NULL)
ORDER BY g.id LIMIT $3
;;
SELECT g.id, g.org_id, g.kind, g.created_by, g.created_at, g.provisioning_id, g.name, g.description, g.tags, g.extensions, g.custom_schema, g.initial_entity, g.tier, g.subscription_id, g.host_id, g.status, g.status_since, g.status_reason, g.mode, g.access_epoch, g.purge_at, g.purge_hold, g.delete_protected, g.over_storage_cap, g.source_backup_id FROM graphs.graph g
WHERE g.org_id = $1 AND g.status NOT IN ('deprovisioned', 'failed') ORDER BY g.id
;;
SELECT g.id, g.org_id, g.kind, g.created_by, g.created_at, g.provisioning_id, g.name, g.description, g.tags, g.extensions, g.custom_schema, g.initial_entity, g.tier, g.subscription_id, g.host_id, g.status, g.status_since, g.status_reason, g.mode, g.access_epoch, g.purge_at, g.purge_hold, g.delete_protected, g.over_storage_cap, g.source_backup_id FROM graphs.graph g WHERE g.id = $1
;;
SELECT g.id, g.org_id, g.kind, g.created_by, g.created_at, g.provisioning_id, g.name, g.description, g.tags, g.extensions, g.custom_schema, g.initial_entity, g.tier, g.subscription_id, g.host_id, g.status, g.status_since, g.status_reason, g.mode, g.access_epoch, g.purge_at, g.purge_hold, g.delete_protected, g.over_storage_cap, g.source_backup_id FROM graphs.graph g WHERE g.id = $1 FOR UPDATE
;;
SELECT g.id, g.org_id, g.kind, g.created_by, g.created_at, g.provisioning_id, g.name, g.description, g.tags, g.extensions, g.custom_schema, g.initial_entity, g.tier, g.subscription_id, g.host_id, g.status, g.status_since, g.status_reason, g.mode, g.access_epoch, g.purge_at, g.purge_hold, g.delete_protected, g.over_storage_cap, g.source_backup_id FROM graphs.graph g WHERE g.subscription_id = $1
;;
SELECT g.id, g.org_id, g.kind, g.created_by, g.created_at, g.provisioning_id, g.name, g.description, g.tags, g.extensions, g.custom_schema, g.initial_entity, g.tier, g.subscription_id, g.host_id, g.status, g.status_since, g.status_reason, g.mode, g.access_epoch, g.purge_at, g.purge_hold, g.delete_protected, g.over_storage_cap, g.source_backup_id, t.role AS granted, m.role AS "m_role", m.org_type AS "m_org_type", m.mfa_rule AS "m_mfa_rule",
(m.org_type = 'personal' AND NOT EXISTS (
    SELECT FROM identity.org_membership o WHERE o.org_id = m.org_id AND o.user_id <> m.user_id)) AS "m_is_alone"
FROM graphs.graph g JOIN identity.org_membership m ON m.org_id = g.org_id AND m.user_id = $1 AND m.org_state <> 'deleted'
JOIN identity.account a ON a.id = m.user_id AND a.status = 'active'
LEFT JOIN graphs.graph_grant t ON t.graph_id = g.id AND t.user_id = m.user_id WHERE g.id = $2
;;
SELECT g.id, g.org_id, g.kind, g.created_by, g.created_at, g.provisioning_id, g.name, g.description, g.tags, g.extensions, g.custom_schema, g.initial_entity, g.tier, g.subscription_id, g.host_id, g.status, g.status_since, g.status_reason, g.mode, g.access_epoch, g.purge_at, g.purge_hold, g.delete_protected, g.over_storage_cap, g.source_backup_id, t.role AS granted, s.graph_id IS NOT NULL AS is_selected,
    m.role AS "m_role", m.org_type AS "m_org_type", m.mfa_rule AS "m_mfa_rule",
(m.org_type = 'personal' AND NOT EXISTS (
    SELECT FROM identity.org_membership o WHERE o.org_id = m.org_id AND o.user_id <> m.user_id)) AS "m_is_alone"
FROM graphs.graph g JOIN identity.org_membership m ON m.org_id = g.org_id AND m.user_id = $1 AND m.org_state <> 'deleted'
JOIN identity.account a ON a.id = m.user_id AND a.status = 'active'
LEFT JOIN graphs.graph_grant t ON t.graph_id = g.id AND t.user_id = m.user_id
LEFT JOIN graphs.selected_graph s ON s.user_id = $2 AND s.graph_id = g.id
WHERE (m.role IN ('owner', 'admin') OR t.role IS NOT NULL)
  AND ($3 OR g.status NOT IN ('deprovisioned', 'failed'))
ORDER BY g.created_at DESC, g.id
;;
SELECT g.id, g.tier, coalesce(array_agg(c.role) FILTER (WHERE c.role IS NOT NULL), '{}') AS logins
FROM graphs.graph g LEFT JOIN graphs.graph_credential c ON c.graph_id = g.id AND c.revoked_at IS NULL
WHERE g.host_id = $1 AND g.status IN ('active', 'suspended') GROUP BY g.id, g.tier ORDER BY g.id
;;
SELECT generation FROM jobs.clock_state
;;
SELECT generation, frozen_at, ahead_us FROM jobs.clock_state
;;
SELECT graph_id, day, credits, ai_operations FROM orgs.org_usage_day
WHERE org_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day, graph_id
;;
SELECT graph_id, graph_name, credits_available, credits_allocated, storage_bytes, ended_at FROM orgs.org_graph
WHERE org_id = $1 AND (ended_at IS NULL OR ended_at >= $2) ORDER BY created_at, graph_id
;;
SELECT graph_id, step, reason FROM graphs.due_graphs($1, $2)
;;
SELECT graph_id, step, reason FROM graphs.due_graphs($1, NULL) ORDER BY graph_id LIMIT $2
;;
SELECT greatest(coalesce((SELECT extract(epoch FROM now() - signed_at) FROM audit.checkpoint ORDER BY number DESC LIMIT 1), 0), 0)::bigint
    AS value
;;
SELECT greatest(coalesce(extract(epoch FROM now() - max(occurred_at)), 0), 0)::bigint AS value FROM audit.entry
WHERE type = 'audit_verified'
;;
SELECT greatest(coalesce(extract(epoch FROM now() - max(verified_at)), 0), 0)::bigint AS value FROM audit.archive
;;
SELECT h.id FROM graphs.graph_host h WHERE h.id = (SELECT g.host_id FROM graphs.graph g WHERE g.id = $1)
FOR NO KEY UPDATE
;;
SELECT i.*, a.name AS inviter_name FROM orgs.invitation i LEFT JOIN identity.account a ON a.id = i.invited_by WHERE i.state <> 'pending' AND i.closed_at <= $1
ORDER BY i.closed_at LIMIT $2 FOR UPDATE OF i SKIP LOCKED
;;
SELECT i.*, a.name AS inviter_name FROM orgs.invitation i LEFT JOIN identity.account a ON a.id = i.invited_by WHERE i.state = 'pending' AND i.expires_at <= $1
ORDER BY i.expires_at LIMIT $2 FOR NO KEY UPDATE OF i SKIP LOCKED
;;
SELECT i.id, i.org_id, i.kind, i.subscription_id, i.number, i.provider_invoice_id, i.currency, i.subtotal, i.total, i.amount_due,
i.amount_paid, i.status, i.period_start, i.period_end, i.due_date, i.paid_at, i.hosted_url, i.pdf_url, i.created_at,
i.amount_credited FROM billing.invoice i WHERE i.provider_invoice_id = $1
;;
SELECT i.id, i.org_id, i.kind, i.subscription_id, i.number, i.provider_invoice_id, i.currency, i.subtotal, i.total, i.amount_due,
i.amount_paid, i.status, i.period_start, i.period_end, i.due_date, i.paid_at, i.hosted_url, i.pdf_url, i.created_at,
i.amount_credited FROM billing.invoice i WHERE i.provider_invoice_id = $1 FOR UPDATE
;;
SELECT i.id, i.org_id, i.kind, i.subscription_id, i.number, i.provider_invoice_id, i.currency, i.subtotal, i.total, i.amount_due,
i.amount_paid, i.status, i.period_start, i.period_end, i.due_date, i.paid_at, i.hosted_url, i.pdf_url, i.created_at,
i.amount_credited, count(*) OVER () AS invoice_count FROM billing.invoice i
WHERE i.org_id = $1 AND i.status <> 'draft' ORDER BY i.created_at DESC, i.id DESC LIMIT $2
;;
SELECT i.id, i.subtotal, i.total, i.amount_paid, l.amount, l.period_start, l.period_end,
    (SELECT coalesce(sum(r.amount), 0)::bigint FROM billing.refund r
        WHERE r.invoice_id = i.id AND r.status IN ('pending', 'succeeded'))
    + (SELECT coalesce(sum(d.amount), 0)::bigint FROM billing.dispute d
        WHERE d.invoice_id = i.id AND d.status IN ('open', 'lost'))
    + (SELECT coalesce(sum(c.amount), 0)::bigint FROM billing.account_credit c
        WHERE c.org_id = i.org_id AND c.invoice_id = i.id AND c.source IN ('refund_to_credit', 'provisioning_failure'))
    AS refunded
FROM billing.subscription s JOIN billing.invoice i ON i.org_id = s.org_id AND i.subscription_id = s.id
    JOIN billing.invoice_line l ON l.invoice_id = i.id
WHERE s.id = $1 AND i.status = 'paid' AND l.period_start < $2 AND l.period_end > $3
ORDER BY i.created_at, i.id, l.position
;;
SELECT i.name AS label, coalesce(extract(epoch FROM max(b.completed_at - coalesce(b.started_at, b.created_at))), 0)::bigint AS value
FROM (VALUES ('user'), ('scheduled'), ('system'), ('final')) AS i (name)
LEFT JOIN graphs.graph_backup AS b
    ON b.initiator = i.name AND b.completed_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours'
GROUP BY i.name
;;
SELECT id FROM audit.signing_key ORDER BY sequence DESC LIMIT 1
;;
SELECT id FROM billing.invoice WHERE org_id = $1 AND status = 'open' ORDER BY id
;;
SELECT id FROM billing.subscription WHERE org_id = $1 AND closed_at IS NULL AND status <> 'failed' ORDER BY id
;;
SELECT id FROM graphs.graph
WHERE id > $1 AND status = 'suspended' AND starts_with(purge_hold, $2) ORDER BY id LIMIT $3
;;
SELECT id FROM graphs.graph WHERE id = $1 FOR UPDATE
;;
SELECT id FROM graphs.graph WHERE status = 'active' AND id > $1 ORDER BY id LIMIT $2
;;
SELECT id FROM graphs.graph_backup WHERE graph_id = $1 AND status = 'in_progress'
;;
SELECT id FROM operations.operation WHERE ended_at <= $1 AND thinned_at IS NULL
ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
;;
SELECT id FROM operations.operation WHERE exclusive_scope = $1 AND ended_at IS NULL
;;
SELECT id FROM trellis.schema_migration
;;
SELECT id, decision, template, address, reason, locale, context, status, attempts, queued_at, about, subject, html, plain_text,
    content_hash, template_hash, bounces
FROM notifications.mail WHERE id = $1 FOR UPDATE
;;
SELECT id, decision, template, address, reason, locale, context, status, attempts, queued_at, about, subject, html, plain_text,
    content_hash, template_hash, bounces
FROM notifications.mail m
WHERE status NOT IN ('sent', 'canceled', 'failed') AND moved_at <= $1 AND queued_at > $2
    AND ($3::uuid IS NULL OR id > $4)
    AND (status IN ('queued', 'rendered', 'sending', 'deferred')
        OR status = 'unknown' AND class IN ('security', 'required') AND attempts < 8)
    AND NOT EXISTS (
        SELECT FROM unnest($5, $6) AS letter (mail, died_at)
        WHERE letter.mail = m.id AND letter.died_at >= m.moved_at)
ORDER BY id LIMIT $7
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at FROM identity.account
WHERE NOT was_verified AND status = 'active' AND created_at <= $1 AND removal_notice_at <= $2
    AND ($3::uuid IS NULL OR id > $4)
ORDER BY id LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at FROM identity.account
WHERE NOT was_verified AND status = 'active' AND created_at <= $1 AND removal_notice_at IS NULL
    AND ($2::uuid IS NULL OR id > $3)
ORDER BY id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at FROM identity.account WHERE email = $1 AND status <> 'purged'
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at FROM identity.account WHERE id = $1 AND status <> 'purged'
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at FROM identity.account WHERE id = $1 AND status <> 'purged' FOR NO KEY UPDATE
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at FROM identity.account WHERE id = ANY($1) AND status <> 'purged'
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at, password_hash FROM identity.account WHERE email = $1 AND status <> 'purged'
;;
SELECT id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at, password_hash FROM identity.account WHERE id = $1 AND status <> 'purged'
;;
SELECT id, graph_id, initiator, created_at, status, archive, completed_at, verified_at, expires_at, requested_by, operation_id, night::text AS night, kept_days, started_at, failure FROM graphs.graph_backup
WHERE graph_id = $1 AND night = $2::text::date AND status <> 'failed'
;;
SELECT id, graph_id, initiator, created_at, status, archive, completed_at, verified_at, expires_at, requested_by, operation_id, night::text AS night, kept_days, started_at, failure FROM graphs.graph_backup
WHERE graph_id = $1 AND status = 'completed' ORDER BY id DESC
;;
SELECT id, graph_id, initiator, created_at, status, archive, completed_at, verified_at, expires_at, requested_by, operation_id, night::text AS night, kept_days, started_at, failure FROM graphs.graph_backup
WHERE status IN ('pending', 'in_progress') ORDER BY id LIMIT $1
;;
SELECT id, graph_id, initiator, created_at, status, archive, completed_at, verified_at, expires_at, requested_by, operation_id, night::text AS night, kept_days, started_at, failure FROM graphs.graph_backup WHERE id = $1
;;
SELECT id, graph_id, initiator, created_at, status, archive, completed_at, verified_at, expires_at, requested_by, operation_id, night::text AS night, kept_days, started_at, failure FROM graphs.graph_backup WHERE id = $1 FOR UPDATE
;;
SELECT id, graph_id, role, access, label, created_by, created_at, expires_at, revoked_at FROM graphs.graph_credential
WHERE id = $1 AND graph_id = $2 FOR UPDATE
;;
SELECT id, graph_id, role, access, label, created_by, created_at, expires_at, revoked_at FROM graphs.graph_credential
WHERE org_id = $1 AND created_by = $2 AND revoked_at IS NULL ORDER BY id
;;
SELECT id, graph_id, role, access, label, created_by, created_at, expires_at, revoked_at FROM graphs.graph_credential
WHERE revoked_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2
;;
SELECT id, kind, org_id, graph_id, started_by, parent_id, status, phase, percent, message, steps, result, failure, input_request, created_at, started_at, ended_at, updated_at, last_sequence, undo_errors FROM operations.operation WHERE id = $1
;;
SELECT id, kind, org_id, graph_id, started_by, parent_id, status, phase, percent, message, steps, result, failure, input_request, created_at, started_at, ended_at, updated_at, last_sequence, undo_errors FROM operations.operation WHERE id = $1 FOR UPDATE
;;
SELECT id, name, tiers, slots, state FROM graphs.graph_host ORDER BY name
;;
SELECT id, name, tiers, slots, state FROM graphs.graph_host WHERE id = $1
;;
SELECT id, org_id FROM identity.api_key WHERE id = ANY($1) AND org_id IS NOT NULL ORDER BY id
;;
SELECT id, org_id, due_date, watched_stage FROM billing.invoice
WHERE kind = 'own' AND status = 'open' AND due_date <= $1 AND watched_stage < $2
    AND ($3::uuid IS NULL OR id > $4)
ORDER BY id LIMIT $5
;;
SELECT id, org_id, object, op_seq, command, generation, state, attempts, request, first_sent_at, result, refusal, exchanges, created_at FROM billing.intent
WHERE object = $1 AND op_seq = $2
;;
SELECT id, org_id, object, op_seq, command, generation, state, attempts, request, first_sent_at, result, refusal, exchanges, created_at FROM billing.intent
WHERE state IN ('queued', 'in_flight', 'unknown') AND created_at <= $1 AND ($2::uuid IS NULL OR id > $3)
ORDER BY id LIMIT $4
;;
SELECT id, org_id, object, op_seq, command, generation, state, attempts, request, first_sent_at, result, refusal, exchanges, created_at FROM billing.intent WHERE id = $1
;;
SELECT id, org_id, object, op_seq, command, generation, state, attempts, request, first_sent_at, result, refusal, exchanges, created_at FROM billing.intent WHERE id = $1 FOR UPDATE
;;
SELECT id, org_id, object, op_seq, command, generation, state, attempts, request, first_sent_at, result, refusal, exchanges, created_at, coalesce(lease_until > clock_timestamp(), false) AS is_held,
    EXISTS (SELECT FROM billing.intent older WHERE older.object = intent.object AND older.op_seq < intent.op_seq
        AND older.state IN ('queued', 'in_flight', 'unknown')) AS must_wait
FROM billing.intent WHERE id = $1 FOR UPDATE
;;
SELECT id, org_id, subscription_id, opened_at, stage, attempts, outcome FROM billing.dunning_case
WHERE subscription_id = $1 AND closed_at IS NULL FOR UPDATE
;;
SELECT id, provider, provider_event_id, type, api_version, livemode, created_at, object_id, object_type, raw_references, body,
received_at, state, outcome, park_reason, pulled, assigned_org_id, assigned_subscription_id FROM billing.inbound_event
WHERE state = 'received' AND received_at <= $1 AND ($2::uuid IS NULL OR id > $3)
ORDER BY id LIMIT $4
;;
SELECT id, provider, provider_event_id, type, api_version, livemode, created_at, object_id, object_type, raw_references, body,
received_at, state, outcome, park_reason, pulled, assigned_org_id, assigned_subscription_id FROM billing.inbound_event WHERE id = $1
;;
SELECT id, provider, provider_event_id, type, api_version, livemode, created_at, object_id, object_type, raw_references, body,
received_at, state, outcome, park_reason, pulled, assigned_org_id, assigned_subscription_id FROM billing.inbound_event WHERE id = $1 FOR UPDATE
;;
SELECT id, user_id, epoch, name, description, prefix, scopes, org_id, graph_id, networks::text[] AS networks, expires_at, created_at,
last_active_at, revoked_at FROM identity.api_key
WHERE user_id = $1 AND ($2 OR (revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)))
ORDER BY created_at DESC, id DESC
;;
SELECT id, user_id, epoch, name, description, prefix, scopes, org_id, graph_id, networks::text[] AS networks, expires_at, created_at,
last_active_at, revoked_at FROM identity.api_key
WHERE user_id = $1 AND revoked_at IS NULL AND epoch = (SELECT key_epoch FROM identity.account WHERE id = $2)
    AND (expires_at IS NULL OR expires_at > $3)
ORDER BY created_at DESC, id DESC
;;
SELECT id, user_id, epoch, name, description, prefix, scopes, org_id, graph_id, networks::text[] AS networks, expires_at, created_at,
last_active_at, revoked_at FROM identity.api_key WHERE id = $1 AND user_id = $2 FOR NO KEY UPDATE
;;
SELECT identity.clean_up_ceremonies($1, $2) AS removed
;;
SELECT identity.erase_traces($1, $2) AS erased
;;
SELECT identity.record_pending_activity(
    $1, $2, $3, $4, $5)
;;
SELECT identity.record_pending_activity($1, NULL::uuid, NULL::integer, NULL::uuid, $2)
WHERE identity.has_pending_idle_case($3)
;;
SELECT k.name AS label, count(f.id) AS value FROM (VALUES ('backup_object'), ('backup_row'), ('database'), ('role'), ('scratch'), ('missing_database'), ('foreign'), ('slot'), ('missing_slot'), ('credential'), ('unpaid_graph'), ('unserved_subscription'), ('stray_grant')) AS k (name)
LEFT JOIN graphs.orphan_finding AS f ON f.kind = k.name AND f.state = 'open' GROUP BY k.name
;;
SELECT k.name, o.outcome, count(*) FROM (
    SELECT kind_id, CASE outcome WHEN 1 THEN 'completed' ELSE 'cancelled' END AS outcome
    FROM jobs.job_history WHERE recorded_at >= $1
    UNION ALL
    SELECT kind_id, 'dead' FROM jobs.job_dead WHERE recorded_at >= $2
) o JOIN jobs.kind k ON k.id = o.kind_id GROUP BY 1, 2 ORDER BY 1, 2
;;
SELECT kind AS label, coalesce((SELECT max(seal) FROM audit.link) - min(seal), 0) AS value FROM audit.sink
WHERE paused_at IS NULL GROUP BY kind
;;
SELECT kind, source_mail, suppressed_at FROM notifications.suppression
WHERE address_hash = sha256(convert_to($1, 'UTF8')) AND lifted_at IS NULL
    AND (kind <> 'hard_bounce' OR suppressed_at > $2)
;;
SELECT kind, state, is_undoing, step, context, first_error FROM jobs.saga WHERE id = $1
;;
SELECT l.chain, l.position, l.seal, l.entry_id AS link_entry, l.entry_hash, l.link_hash, p.link_hash AS previous, e.*,
    coalesce(t.class, '') AS type_class, coalesce(t.component, '') AS type_component, a.month IS NOT NULL AS is_archived
FROM audit.link AS l
LEFT JOIN audit.archive AS a ON a.month = date_trunc('month', l.recorded_at AT TIME ZONE 'UTC')::date AND a.detached_at IS NOT NULL
LEFT JOIN audit.link AS p ON p.chain = l.chain AND p.position = l.position - 1
LEFT JOIN audit.entry AS e ON e.id = l.entry_id AND e.recorded_at = l.recorded_at
LEFT JOIN audit.event_type AS t ON t.name = e.type
WHERE l.seal BETWEEN $1 AND $2 ORDER BY l.seal
;;
SELECT l.invoice_id, l.description, l.quantity, l.amount, l.period_start, l.period_end FROM billing.invoice_line l
WHERE l.invoice_id IN (SELECT id FROM billing.invoice WHERE org_id = $1 AND status <> 'draft'
    ORDER BY created_at DESC, id DESC LIMIT $2)
ORDER BY l.invoice_id, l.position
;;
SELECT l.lane FROM unnest($1, $2) AS l (lane, before)
WHERE NOT EXISTS (SELECT FROM jobs.pause p WHERE p.lane = l.lane) AND EXISTS (
    SELECT FROM generate_series(1, 4) AS p (priority) CROSS JOIN unnest(ARRAY[false, true]) AS b (in_burst)
    CROSS JOIN LATERAL (
        SELECT FROM jobs.job j
        WHERE j.lane = l.lane AND j.priority = p.priority AND j.in_burst = b.in_burst AND j.run_at <= l.before
            AND j.lease_by IS NULL
            AND NOT EXISTS (
                SELECT FROM jobs.pause held JOIN jobs.kind k ON k.id = held.kind_id JOIN jobs.kind mine ON mine.id = j.kind_id
                WHERE mine.name = k.name OR starts_with(mine.name, k.name || '#'))
        LIMIT 1) AS waiting)
ORDER BY l.lane
;;
SELECT l.name AS label, coalesce(extract(epoch FROM (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - min(j.run_at)), 0)::bigint AS value FROM (VALUES (1, 'money'), (2, 'webhooks'), (3, 'lifecycle'), (4, 'mail'), (5, 'maintenance')) AS l (lane, name)
LEFT JOIN jobs.job AS j ON j.lane = l.lane AND j.lease_by IS NULL AND j.run_at <= (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) GROUP BY l.name
;;
SELECT l.name AS label, count(j.id) AS value FROM (VALUES (1, 'money'), (2, 'webhooks'), (3, 'lifecycle'), (4, 'mail'), (5, 'maintenance')) AS l (lane, name)
LEFT JOIN jobs.job AS j ON j.lane = l.lane AND j.lease_by IS NOT NULL GROUP BY l.name
;;
SELECT l.name AS label, count(j.id) AS value FROM (VALUES (1, 'money'), (2, 'webhooks'), (3, 'lifecycle'), (4, 'mail'), (5, 'maintenance')) AS l (lane, name)
LEFT JOIN jobs.job AS j ON j.lane = l.lane AND j.lease_by IS NULL AND j.run_at <= (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) GROUP BY l.name
;;
SELECT l.name AS label, count(j.id) AS value FROM (VALUES (1, 'money'), (2, 'webhooks'), (3, 'lifecycle'), (4, 'mail'), (5, 'maintenance')) AS l (lane, name) LEFT JOIN jobs.job_dead AS j ON j.lane = l.lane GROUP BY l.name
;;
SELECT lane, count(*) FILTER (WHERE run_at <= $1 AND lease_by IS NULL) AS due, count(*) FILTER (WHERE lease_by IS NOT NULL)
    AS leased, extract(epoch FROM $2 - min(run_at) FILTER (WHERE run_at <= $3 AND lease_by IS NULL))::float8 AS oldest
FROM jobs.job GROUP BY lane
;;
SELECT local_balance_after, provider_balance_after FROM billing.account_credit_entry
WHERE org_id = $1 AND currency = $2 ORDER BY seq DESC LIMIT 1
;;
SELECT m.*, (m.org_type = 'personal' AND NOT EXISTS (
    SELECT FROM identity.org_membership o WHERE o.org_id = m.org_id AND o.user_id <> m.user_id)) AS is_alone FROM identity.org_membership m
WHERE m.user_id = $1 AND m.org_state <> 'deleted'
ORDER BY m.joined_at, m.org_id LIMIT $2
;;
SELECT m.kind, m.org_id, m.subscription_id, m.case_id, m.object_id, m.ours, m.theirs FROM (
    SELECT 'row_without_case' AS kind, s.org_id, s.id AS subscription_id, NULL::uuid AS case_id,
        s.provider_subscription_id AS object_id, 'ends for want of use' AS ours, 'no open case' AS theirs
    FROM billing.subscription s
    WHERE s.status = 'canceled' AND s.cancellation_origin = 'idle' AND s.closed_at IS NULL AND s.ends_at > $1
        AND NOT EXISTS (SELECT FROM billing.idle_case c WHERE c.subscription_id = s.id
            AND c.state IN ('decided', 'confirmed', 'reversing', 'keep_failed'))
    UNION ALL
    SELECT CASE WHEN s.status = 'canceled' AND s.cancellation_origin = 'idle' THEN 'order_lost' ELSE 'case_without_row' END,
        c.org_id, c.subscription_id, c.id, c.provider_subscription_id, 'case ' || c.state,
        CASE WHEN s.status = 'canceled' AND s.cancellation_origin = 'idle' THEN 'order ' || i.state
            ELSE 'row ' || s.status || coalesce(' by ' || s.cancellation_origin, '') END
    FROM billing.idle_case c JOIN billing.subscription s ON s.id = c.subscription_id
    LEFT JOIN billing.intent i ON i.id = CASE c.state WHEN 'decided' THEN c.end_intent_id WHEN 'reversing' THEN c.clear_intent_id END
    WHERE c.state IN ('decided', 'confirmed', 'reversing')
        AND (s.status <> 'canceled' OR s.cancellation_origin IS DISTINCT FROM 'idle'
            OR i.state IN ('succeeded', 'refused', 'superseded'))
) AS m ORDER BY m.subscription_id, m.kind
;;
SELECT m.org_id, m.org_name, o.people, m.role = 'owner' AND o.owners = 1 AS is_sole_owner
FROM identity.org_membership m
CROSS JOIN LATERAL (
    SELECT count(*) AS people, count(*) FILTER (WHERE v.role = 'owner') AS owners
    FROM identity.org_membership v WHERE v.org_id = m.org_id
) AS o
WHERE m.user_id = $1 AND m.org_state <> 'deleted'
ORDER BY m.joined_at, m.org_id
;;
SELECT m.org_id, m.role AS "role", m.org_type AS "org_type", m.mfa_rule AS "mfa_rule",
(m.org_type = 'personal' AND NOT EXISTS (
    SELECT FROM identity.org_membership o WHERE o.org_id = m.org_id AND o.user_id <> m.user_id)) AS "is_alone" FROM identity.org_membership m
WHERE m.user_id = $1 AND m.org_state <> 'deleted'
;;
SELECT m.role AS "role", m.org_type AS "org_type", m.mfa_rule AS "mfa_rule",
(m.org_type = 'personal' AND NOT EXISTS (
    SELECT FROM identity.org_membership o WHERE o.org_id = m.org_id AND o.user_id <> m.user_id)) AS "is_alone" FROM identity.org_membership m WHERE m.user_id = $1 AND m.org_state <> 'deleted'
;;
SELECT m.user_id FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
WHERE m.org_id = $1 AND m.ended_at IS NULL AND m.role = ANY($2) AND a.status = 'active' ORDER BY m.joined_at, m.id
;;
SELECT m.user_id, a.name, a.email, m.role, m.joined_at, a.status = 'active' AS is_active
FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
WHERE m.org_id = $1 AND m.ended_at IS NULL AND a.status <> 'purged'
ORDER BY m.joined_at, m.id
;;
SELECT min(m.sent_at) FILTER (WHERE m.template = 'graph_suspended' AND starts_with(m.decision, $1)) AS suspension,
    max(m.sent_at) FILTER (WHERE m.template = 'deletion_warning' AND m.decision = $2) AS last_warning
FROM orgs.membership o
JOIN identity.account a ON a.id = o.user_id AND a.status = 'active'
LEFT JOIN notifications.accepted_mail m ON m.org_id = o.org_id AND m.queued_at >= $3
    AND (m.user_id = o.user_id OR m.recipient = lower(a.email))
WHERE o.org_id = $4 AND o.role = 'owner' AND o.ended_at IS NULL
GROUP BY o.user_id ORDER BY o.user_id
;;
SELECT min(next.run_at)
FROM generate_series(1, 5) AS l (lane), generate_series(1, 4) AS p (priority), unnest(ARRAY[false, true]) AS b (in_burst)
CROSS JOIN LATERAL (
    SELECT j.run_at FROM jobs.job j
    WHERE j.lane = l.lane AND j.priority = p.priority AND j.in_burst = b.in_burst AND j.run_at > $1
    ORDER BY j.run_at LIMIT 1
) next
;;
SELECT name FROM billing.control WHERE NOT is_on
;;
SELECT name, last_tick, is_paused, run_requested_at, overdue_at FROM jobs.cron
;;
SELECT near_told_at, near_has_eased, over_told_at, over_has_eased FROM graphs.storage_sample
WHERE graph_id = $1
;;
SELECT next_xid FROM jobs.event_cursor WHERE name = 'relay' FOR UPDATE SKIP LOCKED
;;
SELECT nextval('billing.provider_read') AS number
;;
SELECT o.id FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
WHERE m.user_id = $1 AND m.role = 'owner' AND m.ended_at IS NULL AND o.state = 'frozen' AND o.frozen_reason = 'no_owner'
ORDER BY o.id
;;
SELECT o.id FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
WHERE m.user_id = $1 AND m.role = 'owner' AND m.ended_at IS NULL AND o.state IN ('deleted', 'purging') AND o.owner_count = 0
ORDER BY o.id
;;
SELECT o.id, o.name, o.org_type, o.personal_owner_id, o.state, o.created_at, o.updated_at, o.version, o.purge_at FROM orgs.org o WHERE o.id = $1 AND o.state <> 'purged'
;;
SELECT o.id, o.name, o.org_type, o.personal_owner_id, o.state, o.created_at, o.updated_at, o.version, o.purge_at FROM orgs.org o WHERE o.id = $1 AND o.state <> 'purged' FOR NO KEY UPDATE
;;
SELECT o.id, o.name, o.org_type, o.personal_owner_id, o.state, o.created_at, o.updated_at, o.version, o.purge_at, l.org_id, l.max_graphs, l.max_members, l.graphs_held, l.graphs_reserved
FROM orgs.org o JOIN orgs.org_limits l ON l.org_id = o.id WHERE o.id = $1 AND o.state <> 'purged'
;;
SELECT occurred_at, data FROM audit.entry WHERE type = ANY($1) ORDER BY occurred_at DESC, id DESC LIMIT 1
;;
SELECT operation_id, sequence, name, data, at FROM operations.operation_event
WHERE operation_id = $1 AND sequence >= $2 ORDER BY sequence LIMIT $3
;;
SELECT org_id FROM billing.customer WHERE provider_customer_id = $1
;;
SELECT org_id FROM orgs.org_deletion WHERE closed_at IS NULL AND legal_hold IS NULL AND purge_at <= $1
ORDER BY purge_at, org_id LIMIT $2
;;
SELECT org_id, provider_customer_id, invoice_billing_enabled, payment_terms, billing_email, contact_name, address, tax_id, currency,
delinquent_since, disputed, methods_synced_at, created_at, version FROM billing.customer
WHERE provider_customer_id IS NOT NULL AND ($1::uuid IS NULL OR org_id > $2) ORDER BY org_id LIMIT $3
;;
SELECT org_id, provider_customer_id, invoice_billing_enabled, payment_terms, billing_email, contact_name, address, tax_id, currency,
delinquent_since, disputed, methods_synced_at, created_at, version FROM billing.customer WHERE org_id = $1
;;
SELECT org_id, provider_customer_id, invoice_billing_enabled, payment_terms, billing_email, contact_name, address, tax_id, currency,
delinquent_since, disputed, methods_synced_at, created_at, version FROM billing.customer WHERE org_id = $1 FOR UPDATE
;;
SELECT org_id, provider_method_id, type, brand, last4, expiry_month, expiry_year, is_default, state FROM billing.payment_method WHERE org_id = $1
ORDER BY is_default DESC, provider_method_id
;;
SELECT org_id, provider_method_id, type, brand, last4, expiry_month, expiry_year, is_default, state FROM billing.payment_method WHERE org_id = $1 AND state <> 'detached'
ORDER BY is_default DESC, provider_method_id
;;
SELECT outcome, id, amount, balance, available FROM billing.post_credits($1, $2,
    $3, $4, $5, $6, $7,
    $8, $9, $10, $11, $12, $13)
;;
SELECT p.id, p.org_id, p.subscription_id, p.resource_id, p.subscriber_id, p.balance, p.allocation, p.anchor, p.window_start, p.window_end,
p.allocated_at, p.closed_at, p.created_at FROM billing.credit_pool p WHERE p.closed_at IS NULL AND p.window_end <= $1
ORDER BY p.window_end LIMIT $2 FOR UPDATE SKIP LOCKED
;;
SELECT p.id, p.org_id, p.subscription_id, p.resource_id, p.subscriber_id, p.balance, p.allocation, p.anchor, p.window_start, p.window_end,
p.allocated_at, p.closed_at, p.created_at FROM billing.credit_pool p WHERE p.org_id = $1 AND p.subscription_id = $2 AND p.closed_at IS NULL FOR UPDATE
;;
SELECT p.id, p.org_id, p.subscription_id, p.resource_id, p.subscriber_id, p.balance, p.allocation, p.anchor, p.window_start, p.window_end,
p.allocated_at, p.closed_at, p.created_at FROM billing.credit_pool p WHERE p.scope = $1 AND p.resource_id = $2
AND p.subscriber_id IS NOT DISTINCT FROM $3 AND p.closed_at IS NULL FOR UPDATE
;;
SELECT p.id, p.org_id, p.subscription_id, p.resource_id, p.subscriber_id, p.balance, p.allocation, p.anchor, p.window_start, p.window_end,
p.allocated_at, p.closed_at, p.created_at, s.plan_key, month.used, month.lines FROM billing.credit_pool p
JOIN billing.subscription s ON s.org_id = p.org_id AND s.id = p.subscription_id
CROSS JOIN LATERAL (SELECT coalesce(-sum(t.amount) FILTER (WHERE t.type IN ('consumption', 'refund')), 0)::bigint AS used,
        count(*) AS lines
    FROM billing.credit_transaction t WHERE t.org_id = p.org_id AND t.pool_id = p.id AND t.created_at >= p.window_start) month
WHERE p.scope = $1 AND p.resource_id = $2
AND p.subscriber_id IS NOT DISTINCT FROM $3 AND p.closed_at IS NULL ORDER BY p.resource_id, p.id
;;
SELECT pg_advisory_unlock($1)
;;
SELECT pg_advisory_xact_lock(hashtextextended($1, 0))
;;
SELECT pg_notify($1, $2)
;;
SELECT pg_relation_size('audit.entry_other') AS value
;;
SELECT pg_try_advisory_lock($1)
;;
SELECT pg_try_advisory_xact_lock($1)
;;
SELECT plan_key, plan_version, interval, currency, amount, provider_product_id, provider_price_id, provider_product_name FROM billing.plan_price
WHERE plan_key = $1 AND plan_version = $2 AND interval = $3
    AND currency = $4
FOR UPDATE
;;
SELECT plan_key, plan_version, interval, currency, amount, provider_product_id, provider_price_id, provider_product_name FROM billing.plan_price WHERE provider_price_id = $1
;;
SELECT plan_key, plan_version, interval, currency, amount, provider_product_id, provider_price_id, provider_product_name FROM billing.plan_price WHERE provider_price_id IS NOT NULL ORDER BY provider_price_id
;;
SELECT plan_key, plan_version, interval, currency, amount, provider_product_id, provider_price_id, provider_product_name FROM billing.plan_price WHERE provider_product_id = $1 ORDER BY interval
;;
SELECT position FROM billing.provider_cursor WHERE name = $1
;;
SELECT probed_at, finding FROM identity.activity_canary WHERE probed_at IS NOT NULL
;;
SELECT provider_customer_id, org_id FROM billing.customer WHERE provider_customer_id = ANY($1)
;;
SELECT provider_invoice_id FROM billing.invoice
WHERE status = 'open' AND provider_invoice_id > $1 AND created_at < $2
ORDER BY provider_invoice_id LIMIT $3
;;
SELECT provider_invoice_id, greatest(0, least(total, amount_paid) - amount_credited) AS room FROM billing.invoice
WHERE id = $1 AND status = 'paid' AND provider_invoice_id IS NOT NULL
;;
SELECT provider_invoice_id, org_id, status, total, amount_paid FROM billing.invoice
WHERE provider_invoice_id = ANY($1)
;;
SELECT provider_transaction_id, credit_id FROM billing.account_credit_entry
WHERE org_id = $1 AND currency = $2 AND kind = 'move_in' AND home = 'provider'
    AND provider_transaction_id IS NOT NULL
;;
SELECT purge_at, status,
    (SELECT count(*) FROM identity.session s WHERE s.user_id = a.id AND s.revoked_at IS NULL AND s.absolute_expires_at > $1)
    + (SELECT count(*) FROM identity.api_key k WHERE k.user_id = a.id AND k.revoked_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > $2)) AS credentials
FROM identity.account a WHERE id = $3
;;
SELECT r.conname::text AS name, r.conrelid::regclass::text AS child,
    format('SELECT count(*) FROM %s c JOIN %s p ON %s WHERE c.org_id IS DISTINCT FROM p.org_id', r.conrelid::regclass, r.confrelid::regclass,
        (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ' ORDER BY k.n) FROM unnest(r.conkey, r.confkey)
            WITH ORDINALITY AS k (child, parent, n)
            JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = k.child
            JOIN pg_attribute b ON b.attrelid = r.confrelid AND b.attnum = k.parent
            WHERE a.attname <> 'org_id')) AS question
FROM pg_constraint r
WHERE r.contype = 'f' AND r.conparentid = 0
    AND (SELECT count(*) FROM pg_attribute o WHERE o.attrelid IN (r.conrelid, r.confrelid) AND o.attname = 'org_id' AND NOT o.attisdropped)
        = CASE WHEN r.conrelid = r.confrelid THEN 1 ELSE 2 END
    AND EXISTS (SELECT FROM unnest(r.conkey) k JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = k WHERE a.attname <> 'org_id')
ORDER BY 2, 1
;;
SELECT r.id AS repository, r.name, r.description, r.created_at, p.access, p.plan
FROM graphs.repository_grant p JOIN graphs.repository r ON r.id = p.repository_id
WHERE p.user_id = $1 AND p.state = 'active' AND (p.expires_at IS NULL OR p.expires_at > $2)
ORDER BY r.created_at DESC, r.id
;;
SELECT r.id, r.started_at, r.finished_at, r.cursor, r.compared, r.found,
coalesce(r.stage, CASE WHEN r.has_walked_provider THEN 'rows' ELSE 'subscriptions' END) AS stage FROM billing.reconciliation_run r WHERE r.finished_at IS NULL FOR UPDATE
;;
SELECT r.name AS label, count(a.number) AS value FROM (VALUES ('taken'), ('refused'), ('unreachable')) AS r (name)
LEFT JOIN notifications.webhook_attempt AS a ON a.began_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours'
    AND r.name = CASE WHEN a.answer_status BETWEEN 200 AND 299 THEN 'taken' WHEN a.answer_status IS NOT NULL THEN 'refused'
        ELSE 'unreachable' END
GROUP BY r.name
;;
SELECT r.name AS label, count(g.id) AS value
FROM (VALUES ('below_50', 0.0, 0.5), ('below_80', 0.5, 0.8), ('below_100', 0.8, 1.0), ('over', 1.0, 'Infinity'))
    AS r (name, low, high)
LEFT JOIN (graphs.graph AS g JOIN (VALUES ('ladybug-standard', 10737418240::bigint), ('ladybug-large', 53687091200::bigint), ('ladybug-xlarge', 107374182400::bigint)) AS t (name, cap) ON t.name = g.tier
    JOIN graphs.storage_sample AS s ON s.graph_id = g.id)
    ON g.status = 'active' AND s.bytes::float8 / t.cap > r.low - CASE r.low WHEN 0 THEN 1 ELSE 0 END
    AND s.bytes::float8 / t.cap <= r.high
GROUP BY r.name
;;
SELECT r.operation_id, r.org_id FROM operations.idempotency_record r
WHERE r.state = 'open' AND r.created_at <= $1 AND ($2::uuid IS NULL OR r.operation_id > $3)
    AND NOT EXISTS (SELECT FROM operations.operation o WHERE o.id = r.operation_id)
ORDER BY r.operation_id LIMIT $4
;;
SELECT s.host_id, h.name AS host_name, s.number FROM graphs.host_slot s JOIN graphs.graph_host h ON h.id = s.host_id
WHERE s.graph_id = $1
;;
SELECT s.id FROM billing.subscription s
WHERE s.resource_type = 'graph' AND s.resource_id IS NULL AND s.status = 'provisioning' AND s.backing_kind IS NOT NULL
    AND s.updated_at <= $1 AND ($2::uuid IS NULL OR s.id > $3)
    AND NOT EXISTS (SELECT FROM graphs.graph g WHERE g.subscription_id = s.id)
ORDER BY s.id LIMIT $4
;;
SELECT s.id, s.kind, s.step, s.is_undoing FROM jobs.saga s
WHERE s.state IN ('running', 'compensating') AND s.updated_at <= $1
    AND NOT EXISTS (SELECT FROM jobs.job j WHERE j.saga_id = s.id)
ORDER BY s.updated_at, s.id LIMIT $2 FOR UPDATE SKIP LOCKED
;;
SELECT s.id, s.org_id, s.period_start FROM billing.subscription s
WHERE s.status = 'active' AND s.backing_kind = 'provider_subscription' AND s.period_end > $1
    AND s.period_end <= $2 AND NOT EXISTS (SELECT FROM billing.idle_evaluation e
        WHERE e.subscription_id = s.id AND e.period_start = s.period_start AND e.is_verdict)
ORDER BY s.period_end, s.id LIMIT $3
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version FROM billing.subscription s
WHERE (s.status = 'past_due' AND s.grace_deadline <= $1 OR s.status = 'unpaid' AND s.final_deadline <= $2)
    AND EXISTS (SELECT FROM billing.invoice i WHERE i.org_id = s.org_id AND i.subscription_id = s.id AND i.status = 'open')
    AND ($3::uuid IS NULL OR s.id > $4)
ORDER BY s.id LIMIT $5
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version FROM billing.subscription s
WHERE s.backing_kind = 'net_terms' AND s.status IN ('active', 'past_due') AND s.period_end <= $1
    AND ($2::uuid IS NULL OR s.id > $3)
ORDER BY s.id LIMIT $4
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version FROM billing.subscription s
WHERE s.org_id = $1 AND s.closed_at IS NULL ORDER BY s.created_at, s.id
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version FROM billing.subscription s
WHERE s.provider_subscription_id IS NOT NULL AND s.closed_at IS NULL AND s.compared_in IS DISTINCT FROM $1
ORDER BY s.id LIMIT $2
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version FROM billing.subscription s
WHERE s.resource_type = $1 AND s.resource_id = $2
    AND s.subscriber_id IS NOT DISTINCT FROM $3
ORDER BY s.closed_at IS NULL DESC, s.created_at DESC, s.id DESC LIMIT 1
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version FROM billing.subscription s WHERE s.id = $1
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version FROM billing.subscription s WHERE s.id = $1 FOR UPDATE
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version, p.amount AS price_amount, p.currency AS price_currency
FROM billing.subscription s JOIN billing.plan_price p USING (plan_key, plan_version, interval, currency)
WHERE s.org_id = $1 AND NOT (s.status IN ('canceled', 'failed') AND s.started_at IS NULL) ORDER BY s.created_at DESC, s.id DESC
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version, p.amount AS price_amount, p.currency AS price_currency
FROM billing.subscription s JOIN billing.plan_price p USING (plan_key, plan_version, interval, currency)
WHERE s.org_id = $1 AND s.id = $2 ORDER BY s.id
;;
SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version, p.amount AS price_amount, p.currency AS price_currency
FROM billing.subscription s JOIN billing.plan_price p USING (plan_key, plan_version, interval, currency)
WHERE s.resource_type = $1 AND s.resource_id = $2
AND s.subscriber_id IS NOT DISTINCT FROM $3 ORDER BY s.closed_at IS NULL DESC, s.created_at DESC, s.id DESC LIMIT 1
;;
SELECT s.kind, s.version, coalesce(p.max_attempts, 30000::smallint), coalesce(p.timeout_ms, 60000)
FROM jobs.saga s LEFT JOIN jobs.saga_step p ON p.saga_id = s.id AND p.sequence = $1
WHERE s.id = $2 AND (p.sequence IS NOT NULL OR $3 = -1)
;;
SELECT s.name AS label, count(e.id) AS value FROM (VALUES ('enabled'), ('disabled')) AS s (name)
LEFT JOIN notifications.webhook_endpoint AS e ON e.status = s.name GROUP BY s.name
;;
SELECT s.name AS label, count(g.id) AS value FROM (VALUES ('provisioning'), ('active'), ('suspended'), ('deprovisioning'), ('deprovisioned'), ('failed')) AS s (name)
LEFT JOIN graphs.graph AS g ON g.status = s.name GROUP BY s.name
;;
SELECT s.name AS label, count(g.id) AS value FROM (VALUES ('waiting'), ('put_off'), ('held'), ('protected')) AS s (name)
LEFT JOIN graphs.graph AS g ON g.status = 'suspended' AND s.name = CASE WHEN g.purge_hold IS NOT NULL THEN 'held'
    WHEN g.delete_protected THEN 'protected'
    WHEN g.purge_at > g.status_since + interval '604800 seconds' THEN 'put_off' ELSE 'waiting' END
GROUP BY s.name
;;
SELECT s.name AS label, count(h.id) AS value FROM (VALUES ('ready'), ('draining'), ('offline'), ('retired')) AS s (name)
LEFT JOIN graphs.graph_host AS h ON h.state = s.name GROUP BY s.name
;;
SELECT sequence, name, is_pivot, is_compensable, state, output FROM jobs.saga_step WHERE saga_id = $1 ORDER BY sequence
;;
SELECT set_config('lock_timeout', $1, true)
;;
SELECT set_config('statement_timeout', $1, true)
;;
SELECT set_config('trellis.scope', 'org', true), set_config('trellis.org_id', $1, true)
;;
SELECT set_config('trellis.scope', 'system', true)
;;
SELECT set_config('trellis.scope', 'user', true), set_config('trellis.user_id', $1, true)
;;
SELECT state, count(*) AS found FROM jobs.saga GROUP BY state
;;
SELECT t.id, t.pool_id, t.type, t.amount, t.balance_after, t.key, t.operation_type, t.operation_id, t.description, t.user_id, t.request_id,
t.created_at FROM billing.credit_transaction t WHERE t.org_id = $1 AND t.pool_id = $2
ORDER BY t.created_at DESC, t.seq DESC LIMIT $3 OFFSET $4
;;
SELECT t.id, t.user_id, t.epoch, t.methods, t.org_id, t.expires_at
FROM identity.mfa_token t JOIN identity.account a ON a.id = t.user_id
WHERE t.token_hash = $1 AND t.purpose = $2 AND t.consumed_at IS NULL AND t.expires_at > $3
    AND t.failures < $4 AND a.status = 'active' AND a.session_epoch = t.epoch
;;
SELECT t.name AS label, count(g.id) AS value FROM (VALUES ('ladybug-standard'), ('ladybug-large'), ('ladybug-xlarge')) AS t (name)
LEFT JOIN graphs.graph AS g ON g.tier = t.name AND g.status NOT IN ('deprovisioned', 'failed') GROUP BY t.name
;;
SELECT t.name AS label, count(s.number) AS value FROM (VALUES ('ladybug-standard'), ('ladybug-large'), ('ladybug-xlarge')) AS t (name)
LEFT JOIN graphs.graph_host AS h ON h.state = 'ready' AND t.name = ANY(h.tiers)
LEFT JOIN graphs.host_slot AS s ON s.host_id = h.id AND s.state = 'free' GROUP BY t.name
;;
SELECT t.type, coalesce(t.operation_type, t.type) AS operation_type, (-sum(t.amount))::bigint AS total, count(*) AS lines,
    min(t.created_at) AS first, max(t.created_at) AS last
FROM billing.credit_transaction t WHERE t.org_id = $1 AND t.pool_id = $2 GROUP BY 1, 2 ORDER BY 2
;;
SELECT template AS label, count(*) AS value FROM notifications.mail
WHERE status IN ('bounced') AND moved_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours' GROUP BY template
;;
SELECT template AS label, count(*) AS value FROM notifications.mail
WHERE status IN ('failed', 'unknown') AND moved_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours' GROUP BY template
;;
SELECT template AS label, count(*) AS value FROM notifications.mail
WHERE status IN ('sent', 'delivered', 'complained') AND moved_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours' GROUP BY template
;;
SELECT template AS label, count(*) AS value FROM notifications.mail
WHERE status IN ('skipped', 'suppressed') AND moved_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours' GROUP BY template
;;
SELECT tier, min(h.memory_mb) AS memory FROM graphs.graph_host h CROSS JOIN unnest(h.tiers) AS tier
WHERE h.state <> 'retired' AND h.memory_mb IS NOT NULL GROUP BY tier ORDER BY tier
;;
SELECT u.ordinal, e.id, e.recorded_at, e.ref_org, e.canonical, e.type, e.risk, e.summary, e.request_id, t.class
FROM audit.unsealed AS u JOIN audit.entry AS e ON e.id = u.entry_id AND e.recorded_at = u.recorded_at
LEFT JOIN audit.event_type AS t ON t.name = e.type ORDER BY u.ordinal LIMIT $1
;;
SELECT used_at FROM identity.last_use($1)
;;
SELECT used_at, source FROM orgs.last_use($1)
;;
SELECT user_handle FROM identity.account WHERE id = $1 AND status <> 'purged'
;;
SELECT user_id FROM identity.authenticate(
    NULL::uuid, NULL::integer, $1, NULL::uuid, NULL::text, true, $2)
;;
SELECT user_id, role FROM orgs.membership WHERE org_id = $1 AND end_reason = 'org_purged' ORDER BY joined_at, id
;;
SELECT user_id, role, granted_at FROM graphs.graph_grant WHERE graph_id = $1 ORDER BY granted_at, user_id
;;
SELECT verdict, until FROM identity.guess_begin($1, $2, $3,
    $4, $5)
;;
SELECT w.name AS label, coalesce(extract(epoch FROM max(o.ended_at - o.created_at)), 0)::bigint AS value FROM (VALUES ('create-graph'), ('graph-teardown'), ('change-tier'), ('restore-backup')) AS w (name)
LEFT JOIN operations.operation AS o
    ON o.kind = w.name AND o.status = 'completed' AND o.ended_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours'
GROUP BY w.name
;;
SELECT w.name AS label, coalesce(sum(greatest((s.step ->> 'attempt')::integer - 1, 0)), 0)::bigint AS value FROM (VALUES ('create-graph'), ('graph-teardown'), ('change-tier'), ('restore-backup')) AS w (name)
LEFT JOIN operations.operation AS o
    ON o.kind = w.name AND o.updated_at > (SELECT coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
    clock_timestamp())) - interval '24 hours'
LEFT JOIN LATERAL jsonb_array_elements(o.steps) AS s (step) ON true
GROUP BY w.name
;;
UPDATE audit.sink SET leased_until = $1 WHERE id IN (
    SELECT s.id FROM audit.sink AS s WHERE s.paused_at IS NULL AND s.next_attempt_at <= $2
        AND (s.leased_until IS NULL OR s.leased_until <= $3)
        AND (s.seal < (SELECT coalesce(max(seal), 0) FROM audit.link)
            OR s.checkpoint < (SELECT coalesce(max(number), 0) FROM audit.checkpoint))
    FOR UPDATE SKIP LOCKED)
RETURNING *
;;
UPDATE billing.checkout SET polled_at = $1
WHERE id = $2 AND (polled_at IS NULL OR polled_at <= $3)
;;
UPDATE billing.checkout SET provider_session_id = $1, url = $2,
    state = $3, payment_status = $4, expires_at = $5
WHERE id = $6
;;
UPDATE billing.credit_pool SET allocation = $1,
    low_notice = CASE WHEN window_start = $2 THEN low_notice ELSE 101 END,
    window_start = $3, window_end = $4, allocated_at = $5,
    closed_at = $6 WHERE id = $7
;;
UPDATE billing.customer SET methods_synced_at = $1 WHERE org_id = $2
;;
UPDATE billing.customer SET provider_customer_id = $1,
    invoice_billing_enabled = $2, payment_terms = $3,
    billing_email = $4, contact_name = $5, address = $6,
    tax_id = $7, delinquent_since = $8, disputed = $9,
    methods_synced_at = $10, version = version + 1
WHERE org_id = $11 AND version = $12
;;
UPDATE billing.drift_item SET state = 'repaired', closed_at = $1
WHERE object_id = $2 AND category = $3 AND state = 'open'
RETURNING id, org_id, subscription_id, object_id, category, ours, theirs, found_at
;;
UPDATE billing.drift_item SET state = 'repaired', closed_at = $1
WHERE state = 'open' AND last_run <> $2
RETURNING id, org_id, subscription_id, object_id, category, ours, theirs, found_at
;;
UPDATE billing.inbound_event SET state = $1, outcome = $2,
    park_reason = $3, settled_at = $4 WHERE id = $5
;;
UPDATE billing.intent SET request = $1, generation = $2,
    first_sent_at = $3 WHERE id = $4
;;
UPDATE billing.intent SET state = $1, generation = $2, lease_until = NULL,
    result = $3, refusal = $4,
    exchanges = $5 WHERE id = $6
;;
UPDATE billing.intent SET state = 'in_flight', attempts = attempts + 1, first_sent_at = $1,
    lease_until = clock_timestamp() + $2 WHERE id = $3
;;
UPDATE billing.intent SET state = 'superseded'
WHERE object = $1 AND op_seq < $2 AND state = 'queued' AND attempts = 0
;;
UPDATE billing.invoice SET amount_credited = $1 WHERE id = $2
;;
UPDATE billing.invoice SET subscription_id = coalesce($1, subscription_id), number = $2,
    currency = $3, subtotal = $4, total = $5,
    amount_due = $6, amount_paid = $7, status = $8,
    period_start = $9, period_end = $10, due_date = $11,
    paid_at = $12, hosted_url = $13,
    pdf_url = $14, amount_credited = $15
WHERE id = $16
;;
UPDATE billing.payment_method SET is_default = false, synced_at = $1,
    state = CASE WHEN provider_method_id = ANY($2) THEN state ELSE 'detached' END
WHERE org_id = $3
;;
UPDATE billing.plan_price
SET provider_product_id = $1, provider_price_id = $2,
    provider_product_name = $3
WHERE plan_key = $4 AND plan_version = $5
    AND interval = $6 AND currency = $7
;;
UPDATE billing.reconciliation_run SET finished_at = $1, cursor = $2,
    has_walked_provider = $3, stage = $4, compared = $5, found = $6 WHERE id = $7
;;
UPDATE billing.subscription SET resource_id = $1,
    plan_key = $2, plan_version = $3,
    interval = $4,
    backing_kind = $5, backing_detail = $6,
    provider_subscription_id = $7, provider_item_id = $8,
    provider_price_id = $9, status = $10,
    provider_sync = $11, trial_end = $12,
    started_at = $13, period_start = $14,
    period_end = $15, collection_paused = $16,
    conversion = $17, canceled_at = $18,
    ends_at = $19, closed_at = $20, cancellation_type = $21,
    cancellation_origin = $22, cancellation_reason = $23,
    grace_deadline = $24, final_deadline = $25,
    lease_holder = $26, lease_until = $27, lease_fence = $28,
    op_seq = $29, read_number = $30,
    failure = $31, operation_id = $32,
    updated_at = $33, version = version + 1
WHERE id = $34 AND version = $35
;;
UPDATE billing.subscription s SET compared_in = $1 WHERE s.provider_subscription_id = ANY($2)
RETURNING s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
s.collection_paused, s.conversion, s.version,
    (SELECT c.provider_customer_id FROM billing.customer c WHERE c.org_id = s.org_id) AS provider_customer_id
;;
UPDATE graphs.graph SET name = $1, description = $2, tags = $3, tier = $4,
    subscription_id = $5, host_id = $6, status = $7, status_since = $8,
    status_reason = $9, mode = $10, access_epoch = $11,
    purge_at = $12, purge_hold = $13,
    over_storage_cap = $14, delete_protected = $15
WHERE id = $16
;;
UPDATE graphs.graph_backup SET status = $1,
    archive = $2,
    completed_at = $3, verified_at = $4,
    expires_at = $5, started_at = $6,
    failure = $7
WHERE id = $8
;;
UPDATE graphs.graph_host SET probed_at = now()
WHERE id = $1 AND state <> 'retired' AND (probed_at IS NULL OR probed_at <= now() - $2)
;;
UPDATE graphs.host_slot SET state = 'free', org_id = NULL, subscription_id = NULL, graph_id = NULL, reserved_until = NULL
WHERE graph_id = $1 OR subscription_id = $2
;;
UPDATE graphs.host_slot SET state = 'occupied' WHERE graph_id = $1
;;
UPDATE graphs.host_slot s SET graph_id = $1, reserved_until = NULL FROM graphs.graph_host h
WHERE s.subscription_id = $2 AND h.id = s.host_id
RETURNING s.host_id, h.name AS host_name, s.number
;;
UPDATE graphs.host_slot s SET reserved_until = greatest(s.reserved_until, $1) FROM graphs.graph_host h
WHERE s.subscription_id = $2 AND h.id = s.host_id
RETURNING s.host_id, h.name AS host_name, s.number
;;
UPDATE graphs.orphan_finding SET state = 'gone', ended_at = $1
WHERE kind = $2 AND place = $3 AND state = 'open' AND last_seen_at < $4
;;
UPDATE graphs.storage_sample SET near_told_at = $1, near_has_eased = $2,
    over_told_at = $3, over_has_eased = $4
WHERE graph_id = $5
;;
UPDATE identity.account SET default_org_id = nullif(default_org_id, $1),
    updated_at = CASE WHEN default_org_id = $2 THEN $3 ELSE updated_at END
WHERE id = $4
;;
UPDATE identity.account SET email = $1, name = $2,
    email_verified_at = $3, status = $4, session_epoch = $5,
    key_epoch = $6, default_org_id = $7, updated_at = $8
WHERE id = $9
;;
UPDATE identity.account SET key_epoch = key_epoch + 1, updated_at = $1 WHERE id = $2
;;
UPDATE identity.account SET password_hash = $1, updated_at = $2 WHERE id = $3
;;
UPDATE identity.account SET password_hash = $1, updated_at = $2 WHERE id = $3 AND password_hash = $4
;;
UPDATE identity.account SET removal_notice_at = $1 WHERE id = $2
;;
UPDATE identity.account SET session_epoch = session_epoch + 1, updated_at = $1 WHERE id = $2
;;
UPDATE identity.account SET status = $1, purge_at = $2, updated_at = $3,
    deletion_requested_at = CASE WHEN $4::timestamptz IS NULL THEN NULL ELSE $5 END
WHERE id = $6
;;
UPDATE identity.activity_canary SET probed_at = $1, is_green = $2, finding = $3
;;
UPDATE identity.api_key AS k SET expiry_recorded_at = $1
FROM identity.account a
WHERE a.id = k.user_id AND a.status <> 'purged' AND k.id IN (
    SELECT id FROM identity.api_key WHERE revoked_at IS NULL AND expiry_recorded_at IS NULL AND expires_at <= $2
    ORDER BY expires_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING k.id, k.user_id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[] AS networks,
k.expires_at, k.created_at, k.last_active_at, k.revoked_at, a.email AS owner_email, a.name AS owner_name
;;
UPDATE identity.api_key AS k SET warned_early_at = $1
FROM identity.account a
WHERE a.id = k.user_id AND k.id IN (
    SELECT id FROM identity.api_key
    WHERE revoked_at IS NULL AND expiry_recorded_at IS NULL AND replaced_by IS NULL AND expires_at > $2
        AND expires_at <= $3 AND created_at <= expires_at - make_interval(secs => $4) AND warned_early_at IS NULL
    ORDER BY expires_at LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED)
    AND a.status = 'active' AND k.epoch = a.key_epoch
RETURNING k.id, k.user_id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[] AS networks,
k.expires_at, k.created_at, k.last_active_at, k.revoked_at, a.email AS owner_email, a.name AS owner_name
;;
UPDATE identity.api_key AS k SET warned_late_at = $1
FROM identity.account a
WHERE a.id = k.user_id AND k.id IN (
    SELECT id FROM identity.api_key
    WHERE revoked_at IS NULL AND expiry_recorded_at IS NULL AND replaced_by IS NULL AND expires_at > $2
        AND expires_at <= $3 AND created_at <= expires_at - make_interval(secs => $4) AND warned_late_at IS NULL
    ORDER BY expires_at LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED)
    AND a.status = 'active' AND k.epoch = a.key_epoch
RETURNING k.id, k.user_id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[] AS networks,
k.expires_at, k.created_at, k.last_active_at, k.revoked_at, a.email AS owner_email, a.name AS owner_name
;;
UPDATE identity.api_key SET name = $1, description = $2, updated_at = $3 WHERE id = $4
;;
UPDATE identity.api_key SET revoked_at = $1, revoke_reason = $2, updated_at = $3
WHERE graph_id = $4 AND revoked_at IS NULL AND ($5::uuid IS NULL OR user_id = $6)
RETURNING user_id, id
;;
UPDATE identity.api_key SET revoked_at = $1, revoke_reason = $2, updated_at = $3
WHERE id = $4 AND revoked_at IS NULL
;;
UPDATE identity.api_key SET revoked_at = $1, revoke_reason = $2, updated_at = $3
WHERE user_id = $4 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $5)
RETURNING id
;;
UPDATE identity.api_key SET revoked_at = $1, revoke_reason = 'org_purged', updated_at = $2
WHERE org_id = $3 AND revoked_at IS NULL
;;
UPDATE identity.api_key_network AS n SET announced_at = $1
FROM identity.api_key k JOIN identity.account a ON a.id = k.user_id
WHERE k.id = n.key_id AND a.status <> 'purged' AND (n.key_id, n.network) IN (
    SELECT key_id, network FROM identity.api_key_network WHERE announced_at IS NULL
    ORDER BY first_used_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING k.id, k.user_id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[] AS networks,
k.expires_at, k.created_at, k.last_active_at, k.revoked_at, a.email AS owner_email, a.name AS owner_name, n.network, n.is_first, n.first_used_at
;;
UPDATE identity.ceremony_challenge c SET consumed_at = $1
WHERE c.challenge_hash = $2 AND c.consumed_at IS NULL AND c.expires_at > $3 AND c.flow = $4
    AND c.user_id IS NOT DISTINCT FROM $5 AND c.mfa_token_id IS NOT DISTINCT FROM $6
    AND c.epoch IS NOT DISTINCT FROM (SELECT a.session_epoch FROM identity.account a WHERE a.id = c.user_id)
;;
UPDATE identity.guess_attempt SET counts_for_account = false
WHERE account = sha256(convert_to($1::text, 'UTF8')) AND counts_for_account AND ended_at IS NOT NULL
;;
UPDATE identity.link_token SET consumed_at = $1
WHERE token_hash = $2 AND kind = $3 AND consumed_at IS NULL AND superseded_at IS NULL
    AND expires_at > $4
RETURNING *
;;
UPDATE identity.link_token SET superseded_at = $1
WHERE user_id = $2 AND kind <> 'email_revert' AND consumed_at IS NULL AND superseded_at IS NULL
;;
UPDATE identity.link_token SET superseded_at = $1
WHERE user_id = $2 AND kind = $3 AND kind <> 'email_revert'
    AND consumed_at IS NULL AND superseded_at IS NULL
;;
UPDATE identity.mfa_token SET consumed_at = $1 WHERE id = $2 AND consumed_at IS NULL AND expires_at > $3
;;
UPDATE identity.mfa_token SET failures = failures + 1
WHERE id = $1 AND consumed_at IS NULL AND expires_at > $2 AND failures < $3
;;
UPDATE identity.passkey SET removed_at = $1, updated_at = $2 WHERE id = $3 AND removed_at IS NULL
;;
UPDATE identity.session SET active_org_id = NULL WHERE active_org_id = $1 AND revoked_at IS NULL
;;
UPDATE identity.session SET active_org_id = NULL WHERE user_id = $1 AND active_org_id = $2 AND revoked_at IS NULL
;;
UPDATE identity.session SET epoch = (SELECT session_epoch FROM identity.account WHERE id = $1)
WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL
;;
UPDATE identity.session SET methods = methods || ARRAY(SELECT m FROM unnest($1) AS m WHERE NOT m = ANY (methods))
WHERE id = $2
;;
UPDATE identity.session SET revoked_at = $1, revoke_reason = $2
WHERE user_id = $3 AND revoked_at IS NULL AND id IS DISTINCT FROM $4
;;
UPDATE identity.session SET revoked_at = $1, revoke_reason = $2,
    last_active_at = CASE WHEN $3 THEN $4 ELSE last_active_at END
WHERE id = $5 AND revoked_at IS NULL
;;
UPDATE identity.session SET revoked_at = $1, revoke_reason = 'limit'
WHERE id IN (
    SELECT id FROM identity.session
    WHERE user_id = $2 AND revoked_at IS NULL AND absolute_expires_at > $3 AND id <> $4
    ORDER BY last_active_at DESC, id DESC OFFSET 99)
;;
UPDATE jobs.clock_state SET generation = generation + 1,
    frozen_at = CASE WHEN frozen_at IS NULL THEN NULL ELSE greatest(frozen_at, $1) END,
    ahead_us = CASE WHEN frozen_at IS NULL THEN greatest(ahead_us, $2) ELSE ahead_us END
;;
UPDATE jobs.cron SET last_tick = $1, overdue_at = $2
WHERE name = $3 AND last_tick < $4
;;
UPDATE jobs.cron_tick SET job_id = $1 WHERE name = $2 AND tick = $3
;;
UPDATE jobs.event_cursor SET next_xid = $1 WHERE name = 'relay'
;;
UPDATE jobs.job SET deadline = now() + $1
WHERE id = $2 AND lease_by = $3 AND lease_token = $4
;;
UPDATE jobs.job j
SET lease_by = NULL, deadline = NULL, lease_token = lease_token + 1, crash_count = crash_count + 1
WHERE lease_by IS NOT NULL
    AND (deadline < now() OR NOT EXISTS (SELECT FROM jobs.worker w WHERE w.id = j.lease_by))
;;
UPDATE jobs.job j
SET lease_by = NULL, deadline = NULL, run_at = r.run_at, attempt = j.attempt - r.back, snoozes = j.snoozes + r.back
FROM unnest($1, $2, $3, $4) AS r (id, token, run_at, back)
WHERE j.id = ANY ($5) AND j.id = r.id AND j.lease_by = $6 AND j.lease_token = r.token
RETURNING j.id
;;
UPDATE jobs.leader SET until = now() + $1 WHERE role = 'chores' AND holder = $2 AND term = $3
;;
UPDATE jobs.saga SET state = 'completed', ended_at = $1, updated_at = $2 WHERE id = $3
;;
UPDATE jobs.saga SET step = $1, updated_at = $2 WHERE id = $3
;;
UPDATE jobs.saga_step p SET state = 'done', output = $1, ended_at = $2
FROM jobs.saga s
WHERE s.id = p.saga_id AND s.state = 'running' AND s.step = p.sequence
    AND p.saga_id = $3 AND p.sequence = $4 AND p.state = 'pending'
;;
UPDATE jobs.worker SET lease_until = now() + $1, is_draining = $2, clock_ahead_us = $3
WHERE id = $4 RETURNING clock_timestamp()
;;
UPDATE notifications.mail
SET status = $1, attempts = $2, note = $3, moved_at = $4, sent_at = coalesce($5, sent_at)
WHERE id = $6
;;
UPDATE notifications.mail SET erased_at = $1, recipient = 'erased-' || mail.id || '@erased.invalid',
    address = 'erased-' || mail.id || '@erased.invalid', context = '{}', note = NULL,
    html = CASE WHEN html IS NOT NULL THEN '' END, plain_text = CASE WHEN plain_text IS NOT NULL THEN '' END,
    moved_at = CASE WHEN m.leaves THEN $2 ELSE mail.moved_at END,
    status = CASE WHEN m.leaves THEN 'canceled' ELSE mail.status END
FROM (
    -- What came back once and has to be read would leave again.
    SELECT l.id, l.status IN ('held', 'queued', 'rendered', 'deferred')
        OR l.status = 'bounced' AND l.bounces = 1 AND l.class IN ('security', 'required') AS leaves
    FROM notifications.mail AS l WHERE l.user_id = $3 AND l.erased_at IS NULL FOR UPDATE
) AS m
WHERE mail.id = m.id
;;
UPDATE notifications.mail SET relay = $1, queue_id = $2 WHERE id = $3
;;
UPDATE notifications.mail SET status = 'rendered', subject = $1, html = $2,
    plain_text = $3, content_hash = $4, template_hash = $5,
    rendered_at = $6, moved_at = $7
WHERE id = $8
;;
UPDATE notifications.notice SET cleared_at = $1
WHERE org_id = $2 AND kind = ANY($3) AND starts_with(decision, $4)
    AND acknowledged_at IS NULL AND cleared_at IS NULL
;;
UPDATE notifications.notice SET cleared_at = $1
WHERE user_id = $2 AND kind = $3 AND acknowledged_at IS NULL AND cleared_at IS NULL
;;
UPDATE notifications.notice SET cleared_at = $1
WHERE user_id = $2 AND subscription_id IS NOT DISTINCT FROM $3 AND kind = $4
    AND id <> $5 AND (subscription_id IS NOT NULL OR org_id IS NOT DISTINCT FROM $6 AND resource = $7)
    AND acknowledged_at IS NULL AND cleared_at IS NULL
;;
UPDATE notifications.notice SET cleared_at = $1 WHERE id IN (
    SELECT n.id FROM notifications.notice n
    WHERE n.acknowledged_at IS NULL AND n.cleared_at IS NULL AND n.created_at < $2 AND NOT EXISTS (
        SELECT FROM notifications.notice r WHERE r.user_id = n.user_id AND r.kind = n.kind
            AND r.subscription_id IS NOT DISTINCT FROM n.subscription_id
            AND (n.subscription_id IS NOT NULL OR r.org_id IS NOT DISTINCT FROM n.org_id AND r.resource = n.resource)
            AND r.created_at >= $3)
    ORDER BY n.created_at LIMIT $4 FOR UPDATE SKIP LOCKED)
RETURNING *
;;
UPDATE notifications.operator_alert SET severity = $1, title = $2,
    detail = $3, seen_at = $4, told_at = $5, times = $6,
    closed_at = $7
WHERE name = $8 AND closed_at IS NULL
;;
UPDATE notifications.suppression SET lifted_at = $1, lifted_because = $2
WHERE address_hash = sha256(convert_to($3, 'UTF8')) AND lifted_at IS NULL
RETURNING kind, source_mail, suppressed_at
;;
UPDATE operations.idempotency_record SET state = 'settled' WHERE scope_hash IN (
    SELECT r.scope_hash FROM operations.idempotency_record r
    JOIN operations.operation o ON o.id = r.operation_id
    WHERE r.state = 'open' AND r.created_at <= $1
    LIMIT $2 FOR UPDATE OF r SKIP LOCKED)
;;
UPDATE operations.operation SET status = $1, phase = $2,
    percent = $3, message = $4, steps = $5,
    result = $6, failure = $7,
    input_request = $8,
    started_at = $9, ended_at = $10,
    updated_at = $11, last_sequence = $12,
    undo_errors = $13
WHERE id = $14
;;
UPDATE orgs.graph_slot SET graph_id = $1, expires_at = NULL WHERE id = $2 AND graph_id IS DISTINCT FROM $3
;;
UPDATE orgs.membership SET ended_at = $1, end_reason = $2, version = version + 1, updated_at = $3,
    activity_until = (SELECT l.used_at FROM identity.last_use(membership.user_id) AS l)
WHERE id = $4 AND ended_at IS NULL
;;
UPDATE orgs.org SET name = $1, org_type = $2, personal_owner_id = $3,
    state = $4, updated_at = $5, version = version + 1
WHERE id = $6 AND version = $7
;;
UPDATE orgs.org SET purge_at = $1 WHERE id = $2 AND purge_at <> $3
;;
UPDATE orgs.org SET state = 'deleted', frozen_reason = NULL, deleted_at = $1, deleted_by = $2,
    purge_at = $3, updated_at = $4, version = version + 1
WHERE id = $5 AND (state = 'active' OR (state = 'frozen' AND frozen_reason = 'no_owner'))
;;
UPDATE orgs.org SET state = 'purged', name = NULL, personal_owner_id = NULL, invitation_domains = NULL,
    support_access_until = NULL, frozen_reason = NULL, deleted_by = NULL, purge_at = NULL, purged_at = $1, updated_at = $2,
    version = version + 1
WHERE id = $3 AND state = 'purging'
;;
UPDATE orgs.org SET state = 'purging', updated_at = $1, version = version + 1
WHERE id = $2 AND (state = 'purging' OR (state = 'deleted' AND purge_at <= $3))
;;
UPDATE orgs.org_deletion SET outcome = 'purged', closed_at = $1, reason = NULL, requested_by = NULL
WHERE org_id = $2 AND closed_at IS NULL
;;
UPDATE orgs.org_deletion SET purge_at = $1, warned_days = $2,
    legal_hold = $3, done_steps = $4
WHERE id = $5
;;
UPDATE orgs.org_export SET state = 'expired' WHERE org_id = $1 AND state <> 'expired'
;;
UPDATE orgs.org_limits SET reason = NULL WHERE org_id = $1
;;
WITH before AS (SELECT id, sign_count FROM identity.passkey WHERE id = $1 AND removed_at IS NULL FOR UPDATE)
UPDATE identity.passkey p SET sign_count = $2, is_backed_up = $3, last_used_at = $4,
    updated_at = $5
FROM before b WHERE p.id = b.id RETURNING b.sign_count
;;
WITH before AS MATERIALIZED (SELECT id, state FROM graphs.graph_host WHERE id = $1 FOR UPDATE)
UPDATE graphs.graph_host h
SET last_healthy_at = CASE WHEN $2 THEN now() ELSE h.last_healthy_at END,
    server_version = coalesce($3, h.server_version),
    memory_mb = coalesce($4, h.memory_mb),
    failures_in_a_row = CASE WHEN $5 THEN 0 ELSE h.failures_in_a_row + 1 END,
    successes_in_a_row = CASE WHEN $6 THEN h.successes_in_a_row + 1 ELSE 0 END,
    state = CASE WHEN h.state = 'ready' AND NOT $7 AND h.failures_in_a_row + 1 >= $8 THEN 'offline'
        WHEN h.state = 'offline' AND $9 AND h.successes_in_a_row + 1 >= $10 THEN 'ready' ELSE h.state END
FROM before WHERE before.id = h.id RETURNING before.state AS before, h.state AS after
;;
WITH counted AS (
    SELECT l.org_id, count(s.id) FILTER (WHERE s.graph_id IS NOT NULL)::integer AS held,
        count(s.id) FILTER (WHERE s.graph_id IS NULL)::integer AS reserved
    FROM orgs.org_limits l LEFT JOIN orgs.graph_slot s ON s.org_id = l.org_id GROUP BY l.org_id
)
UPDATE orgs.org_limits l SET graphs_held = counted.held, graphs_reserved = counted.reserved
FROM counted WHERE counted.org_id = l.org_id AND (l.graphs_held, l.graphs_reserved) <> (counted.held, counted.reserved)
RETURNING l.org_id
;;
WITH given AS MATERIALIZED (
    SELECT nextval('jobs.job_id_seq') AS id, w.n, w.priority, w.run_at, w.org, w.trace, w.origin, w.args, false AS in_burst,
        substr(sha256(convert_to($1 || E'\x1f' || w.unique_key, 'UTF8')), 1, 16) AS unique_key,
        substr(sha256(convert_to(w.serial_key, 'UTF8')), 1, 16) AS serial_key
    FROM unnest(
        $2, $3, $4,
        $5, $6, $7, $8, $9
    ) WITH ORDINALITY AS w (priority, run_at, unique_key, serial_key, org, trace, origin, args, n)
), stored AS (
    INSERT INTO jobs.job (id, lane, kind_id, priority, in_burst, max_attempts, timeout_ms, run_at, created_at, unique_key, serial_key,
        org, saga_id, trace, origin, args)
    SELECT g.id, $10, (SELECT jobs.kind_id($11)), g.priority, g.in_burst, $12,
        $13, g.run_at, $14, g.unique_key, g.serial_key, g.org, $15, g.trace, g.origin, g.args
    FROM given g ORDER BY g.n
    ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
    RETURNING id
)
SELECT stored.id FROM given LEFT JOIN stored USING (id) ORDER BY given.n
;;
WITH given AS MATERIALIZED (
    SELECT nextval('jobs.job_id_seq') AS id, w.n, w.priority, w.run_at, w.org, w.trace, w.origin, w.args, w.org IS NOT NULL AND row_number() OVER (PARTITION BY w.org ORDER BY w.n) + (
    SELECT count(*) FROM (SELECT FROM jobs.job o WHERE o.org = w.org AND o.lane = $1 AND o.run_at <= w.run_at
        LIMIT $2) waiting) > $3 AS in_burst,
        substr(sha256(convert_to($4 || E'\x1f' || w.unique_key, 'UTF8')), 1, 16) AS unique_key,
        substr(sha256(convert_to(w.serial_key, 'UTF8')), 1, 16) AS serial_key
    FROM unnest(
        $5, $6, $7,
        $8, $9, $10, $11, $12
    ) WITH ORDINALITY AS w (priority, run_at, unique_key, serial_key, org, trace, origin, args, n)
), stored AS (
    INSERT INTO jobs.job (id, lane, kind_id, priority, in_burst, max_attempts, timeout_ms, run_at, created_at, unique_key, serial_key,
        org, saga_id, trace, origin, args)
    SELECT g.id, $13, (SELECT jobs.kind_id($14)), g.priority, g.in_burst, $15,
        $16, g.run_at, $17, g.unique_key, g.serial_key, g.org, $18, g.trace, g.origin, g.args
    FROM given g ORDER BY g.n
    ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
    RETURNING id
)
SELECT stored.id FROM given LEFT JOIN stored USING (id) ORDER BY given.n
;;
WITH gone AS (
    DELETE FROM jobs.job WHERE id = $1 AND lease_by = $2 AND lease_token = $3 RETURNING *
)
INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id, args)
SELECT id, lane, kind_id, 1, attempt, lease_by, created_at, run_at, $4, org, saga_id, args FROM gone
;;
WITH gone AS (
    DELETE FROM jobs.job j
    USING unnest($1, $2, $3, $4)
        AS r (id, token, outcome, reason)
    WHERE j.id = ANY ($5) AND j.id = r.id AND j.lease_by = $6 AND j.lease_token = r.token
    RETURNING j.*, r.outcome, r.reason
)
INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id, reason, args)
SELECT id, lane, kind_id, outcome, attempt, lease_by, created_at, run_at, $7, org, saga_id, reason, args FROM gone
RETURNING id
;;
WITH horizon AS MATERIALIZED (
    -- Transactions of other databases publish nothing here, and may take hours; whoever is not known to be elsewhere counts.
    SELECT least(pg_snapshot_xmax(snapshot)::text::bigint, (
        SELECT min(running::text::bigint) FROM pg_snapshot_xip(snapshot) AS running
        WHERE NOT EXISTS (
            SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND a.datname <> current_database()
                AND l.transactionid::text::bigint = running::text::bigint % 4294967296)
    )) AS xmin
    FROM (SELECT pg_current_snapshot() AS snapshot) now
), ripe AS MATERIALIZED (
    SELECT e.xid, e.id, e.topic, e.key, e.payload FROM jobs.event e, horizon
    WHERE e.xid >= $1 AND e.xid < horizon.xmin ORDER BY e.xid, e.id LIMIT $2
), reach AS MATERIALIZED (
    -- Where the limit cuts, whole transactions only; a single one with more events than that goes in one piece.
    SELECT CASE WHEN (SELECT count(*) FROM ripe) < $3 THEN horizon.xmin
        WHEN (SELECT max(xid) FROM ripe) > (SELECT min(xid) FROM ripe) THEN (SELECT max(xid) FROM ripe)
        ELSE (SELECT max(xid) FROM ripe) + 1 END AS xid
    FROM horizon
), unripe AS MATERIALIZED (
    SELECT e.key, min(e.id) AS id FROM jobs.event e, reach WHERE e.xid >= reach.xid GROUP BY e.key
), bound AS MATERIALIZED (
    -- Among what is visible but not ripe, something may have to be told before something that is.
    SELECT least((SELECT xid FROM reach), (SELECT min(r.xid) FROM ripe r JOIN unripe u ON u.key = r.key AND u.id < r.id)) AS xid
)
SELECT b.xid AS bound, e.id, e.topic, e.key, e.payload, e.trace, e.origin
FROM bound b LEFT JOIN jobs.event e ON e.xid >= $4 AND e.xid < b.xid
ORDER BY e.id
;;
WITH load AS (
    SELECT h.id, count(*) FILTER (WHERE s.state <> 'free')::float8 / h.slots AS share,
        coalesce((SELECT coalesce(sum(m.bytes), 0) FROM graphs.storage_sample m JOIN graphs.host_slot o ON o.graph_id = m.graph_id
    WHERE o.host_id = h.id)::float8 / h.storage_budget_bytes, 0) AS stored
    FROM graphs.graph_host h JOIN graphs.host_slot s ON s.host_id = h.id
    WHERE h.state = 'ready' AND $1 = ANY(h.tiers) GROUP BY h.id, h.slots
), pick AS MATERIALIZED (
    SELECT s.host_id, s.number FROM graphs.host_slot s JOIN load ON load.id = s.host_id
    WHERE load.stored < 1 AND (s.state = 'free'
        OR (s.state = 'reserved' AND s.graph_id IS NULL AND s.reserved_until <= $2))
    ORDER BY load.share, load.stored, s.host_id, s.number LIMIT 1 FOR UPDATE OF s SKIP LOCKED
)
UPDATE graphs.host_slot s SET state = 'reserved', org_id = $3, subscription_id = $4, reserved_until = $5
FROM pick, graphs.graph_host h WHERE s.host_id = pick.host_id AND s.number = pick.number AND h.id = s.host_id
RETURNING s.host_id, h.name AS host_name, s.number
;;
WITH me AS MATERIALIZED (
    SELECT id FROM jobs.worker
    WHERE id = $1 AND NOT EXISTS (SELECT FROM jobs.pause WHERE lane = $2) FOR KEY SHARE
), chosen AS MATERIALIZED (
    SELECT c.id
    FROM me CROSS JOIN unnest($3, $4, $5, $6)
        AS part (priority, in_burst, run_at, id)
    CROSS JOIN LATERAL (
        SELECT j.id FROM jobs.job j
        WHERE j.lane = $7 AND j.priority = part.priority AND j.in_burst = part.in_burst
            AND (j.run_at, j.id) > (part.run_at, part.id) AND j.run_at <= $8
            AND j.lease_by IS NULL AND j.kind_id = ANY (ARRAY (
                SELECT k FROM unnest($9) AS k WHERE NOT EXISTS (
                    SELECT FROM jobs.pause p JOIN jobs.kind held ON held.id = p.kind_id JOIN jobs.kind mine ON mine.id = k
                    WHERE mine.name = held.name OR starts_with(mine.name, held.name || '#'))))
            
            AND (j.serial_key IS NULL OR NOT EXISTS (
                SELECT FROM jobs.job earlier WHERE earlier.serial_key = j.serial_key AND earlier.id < j.id))
        ORDER BY j.run_at, j.id LIMIT $10 FOR UPDATE OF j SKIP LOCKED
    ) c
    LIMIT $11
)
UPDATE jobs.job j
SET lease_by = $12, lease_token = j.lease_token + 1, attempt = j.attempt + 1,
    deadline = now() + (j.timeout_ms + 30000) * interval '1 millisecond'
WHERE j.id = ANY (ARRAY (SELECT id FROM chosen))
RETURNING j.id, j.kind_id, j.priority, j.in_burst, j.run_at, j.attempt, j.max_attempts, j.lease_token, j.timeout_ms, j.serial_key IS NOT NULL,
j.trace, j.args, j.org, j.origin
;;
WITH mine AS MATERIALIZED (
    SELECT m.org_id, m.role, m.joined_at FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
    WHERE m.user_id = $1 AND m.ended_at IS NULL AND (o.state IN ('active', 'frozen')
        OR ($2 AND o.state = 'deleted' AND m.role = 'owner'))
), people AS (
    SELECT org_id, count(*) AS n FROM orgs.membership WHERE org_id IN (SELECT org_id FROM mine) AND ended_at IS NULL GROUP BY org_id
), seen AS (
    SELECT g.org_id, count(*) AS n FROM orgs.org_graph g JOIN mine USING (org_id)
    WHERE g.ended_at IS NULL AND (mine.role <> 'member'
        OR EXISTS (SELECT FROM orgs.org_graph_grant p WHERE p.graph_id = g.graph_id AND p.user_id = $3))
    GROUP BY g.org_id
)
SELECT o.id, o.name, o.org_type, o.personal_owner_id, o.state, o.created_at, o.updated_at, o.version, o.purge_at, mine.role, mine.joined_at, coalesce(people.n, 0) AS member_count, coalesce(seen.n, 0) AS graph_count,
    o.id IS NOT DISTINCT FROM (SELECT default_org_id FROM identity.account WHERE id = $4) AS is_default
FROM mine JOIN orgs.org o ON o.id = mine.org_id LEFT JOIN people ON people.org_id = o.id LEFT JOIN seen ON seen.org_id = o.id
ORDER BY mine.joined_at, o.id
;;
WITH moved AS (
    UPDATE identity.session s SET generation = s.generation + 1, rotated_at = $1,
        token_expires_at = least($2, s.absolute_expires_at), last_active_at = greatest(s.last_active_at, $3)
    FROM identity.account a
    WHERE s.id = $4 AND s.user_id = $5 AND s.generation = $6 AND s.revoked_at IS NULL
        AND s.absolute_expires_at > $7 AND a.id = s.user_id AND a.status = 'active' AND a.session_epoch = s.epoch
    RETURNING s.*
)
SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id, a.created_at, a.updated_at, s.id AS s_id, s.epoch AS s_epoch, s.generation AS s_generation, s.confirmed_generation AS s_confirmed_generation,
s.rotated_at AS s_rotated_at, s.active_org_id AS s_active_org_id, s.methods AS s_methods, s.authenticated_at AS s_authenticated_at,
s.network AS s_network, s.client_family AS s_client_family, s.last_active_at AS s_last_active_at,
s.token_expires_at AS s_token_expires_at, s.absolute_expires_at AS s_absolute_expires_at, s.revoked_at AS s_revoked_at,
s.revoke_reason AS s_revoke_reason, m.org_id AS m_org_id,
    m.membership_id AS m_membership_id, m.role AS m_role, m.org_state AS m_org_state, m.org_name AS m_org_name,
    m.org_type AS m_org_type, m.mfa_rule AS m_mfa_rule, (m.org_type = 'personal' AND NOT EXISTS (
    SELECT FROM identity.org_membership o WHERE o.org_id = m.org_id AND o.user_id <> m.user_id)) AS m_is_alone
FROM moved s JOIN identity.account a ON a.id = s.user_id
LEFT JOIN identity.org_membership m ON m.user_id = s.user_id AND m.org_id = s.active_org_id
;;
WITH new AS (
    INSERT INTO graphs.storage_measure (id, graph_id, org_id, due_at, bytes, measured_at, epoch, statements, failed, busy_ms)
    SELECT $1, g.id, g.org_id, $2, $3, $4,
        $5, $6, $7, $8 FROM graphs.graph g
    WHERE g.id = $9
    ON CONFLICT (graph_id, due_at) DO NOTHING RETURNING graph_id, org_id, due_at, bytes
), told AS (
    UPDATE graphs.storage_sample s SET row_at = greatest(s.row_at, new.due_at) FROM new WHERE s.graph_id = new.graph_id
)
INSERT INTO graphs.storage_day AS d (graph_id, org_id, day, measures, byte_sum, byte_maximum)
SELECT graph_id, org_id, (due_at AT TIME ZONE 'UTC')::date, 1, bytes, bytes FROM new
ON CONFLICT (graph_id, day) DO UPDATE SET measures = d.measures + 1, byte_sum = d.byte_sum + excluded.byte_sum,
    byte_maximum = greatest(d.byte_maximum, excluded.byte_maximum)
;;
WITH open AS MATERIALIZED (
    SELECT h.id, h.tiers FROM graphs.graph_host h
    WHERE h.state = 'ready' AND h.last_healthy_at > now() - $1
        AND (h.storage_budget_bytes IS NULL OR h.storage_budget_bytes > (SELECT coalesce(sum(m.bytes), 0) FROM graphs.storage_sample m JOIN graphs.host_slot o ON o.graph_id = m.graph_id
    WHERE o.host_id = h.id))
)
SELECT tier, count(*) FILTER (WHERE s.state = 'free'
    OR (s.state = 'reserved' AND s.graph_id IS NULL AND s.reserved_until <= $2)) AS free
FROM open h CROSS JOIN unnest(h.tiers) AS tier JOIN graphs.host_slot s ON s.host_id = h.id
GROUP BY tier ORDER BY tier
;;
WITH owner AS (SELECT id FROM identity.account WHERE id = $1 FOR NO KEY UPDATE)
INSERT INTO identity.api_key (id, user_id, epoch, name, description, prefix, key_hash, scopes, org_id, graph_id, networks,
    expires_at, created_at, updated_at)
SELECT $2, owner.id, $3, $4, $5, $6, $7,
    $8, $9, $10,
    $11::text[]::cidr[], $12, $13, $14
FROM owner
WHERE (SELECT count(*) FROM identity.api_key k WHERE k.user_id = owner.id AND k.epoch = $15
    AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $16)) < $17
;;
WITH revoked AS (
    UPDATE orgs.invitation SET state = 'revoked', closed_at = $1, token_hash = NULL
    WHERE org_id = $2 AND state = 'pending' AND ($3::uuid IS NULL OR invited_by = $4)
    RETURNING *
)
SELECT i.*, a.name AS inviter_name FROM revoked i LEFT JOIN identity.account a ON a.id = i.invited_by ORDER BY i.id
;;
WITH settled AS MATERIALIZED (
    SELECT g.id, g.org_id, g.status, g.subscription_id, g.host_id FROM graphs.graph g
    WHERE g.created_at <= $1 AND g.status_since <= $2
        AND NOT EXISTS (SELECT FROM operations.operation o WHERE o.graph_id = g.id AND o.ended_at IS NULL)
)
SELECT 'slot' AS kind, g.id AS graph, h.id AS host, NULL::uuid AS subject, h.name || '/' || s.number AS object
FROM graphs.host_slot s JOIN settled g ON g.id = s.graph_id JOIN graphs.graph_host h ON h.id = s.host_id
WHERE g.status IN ('deprovisioned', 'failed')
UNION ALL
SELECT 'missing_slot', g.id, g.host_id, NULL, g.id FROM settled g
WHERE g.status IN ('active', 'suspended')
    AND NOT EXISTS (SELECT FROM graphs.host_slot s WHERE s.graph_id = g.id AND s.host_id = g.host_id)
UNION ALL
SELECT 'unpaid_graph', g.id, g.host_id, s.id, g.id FROM settled g JOIN billing.subscription s ON s.id = g.subscription_id
WHERE g.status = 'active' AND s.closed_at <= $3
UNION ALL
SELECT 'unserved_subscription', g.id, NULL, s.id, NULL FROM billing.subscription s JOIN settled g ON g.id = s.resource_id
WHERE s.resource_type = 'graph' AND s.started_at <= $4 AND s.closed_at IS NULL
    AND g.status IN ('deprovisioned', 'failed')
UNION ALL
SELECT 'stray_grant', g.id, NULL, p.user_id, NULL FROM graphs.graph_grant p JOIN settled g ON g.id = p.graph_id
WHERE p.granted_at <= $5 AND g.status NOT IN ('deprovisioned', 'failed')
    AND NOT EXISTS (SELECT FROM identity.org_membership m WHERE m.org_id = g.org_id AND m.user_id = p.user_id)
ORDER BY kind, graph, subject
;;
WITH unknown AS MATERIALIZED (
    SELECT k.id, k.name FROM jobs.kind k
    WHERE NOT EXISTS (SELECT FROM jobs.worker w WHERE w.kinds IS NULL OR k.id = ANY (w.kinds))
)
SELECT u.name, count(*) AS waiting FROM jobs.job j JOIN unknown u ON u.id = j.kind_id
WHERE j.run_at <= $1 AND j.lease_by IS NULL GROUP BY u.name ORDER BY u.name
;;
