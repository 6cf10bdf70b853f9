CREATE SCHEMA admin;

CREATE SCHEMA audit;

CREATE SCHEMA billing;

CREATE SCHEMA graphs;

CREATE SCHEMA identity;

CREATE SCHEMA jobs;

CREATE SCHEMA limits;

CREATE SCHEMA notifications;

CREATE SCHEMA operations;

CREATE SCHEMA orgs;

CREATE SCHEMA trellis;

CREATE FUNCTION admin.keep_superadmin() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF OLD.role = 'superadmin' AND OLD.disabled_at IS NULL AND (NEW.role <> 'superadmin' OR NEW.disabled_at IS NOT NULL) THEN
        PERFORM pg_advisory_xact_lock(7020097, 1);
        IF NOT EXISTS (SELECT FROM admin.operator WHERE role = 'superadmin' AND disabled_at IS NULL AND id <> OLD.id) THEN
            RAISE EXCEPTION 'one superadmin must stay' USING ERRCODE = 'check_violation', CONSTRAINT = 'operator_keeps_superadmin';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit.await_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit.unsealed (entry_id, recorded_at, things) VALUES (NEW.id, NEW.recorded_at,
        array_remove(ARRAY['org:' || NEW.ref_org, 'user:' || NEW.ref_user, 'membership:' || NEW.ref_membership, 'invitation:' || NEW.ref_invitation, 'api_key:' || NEW.ref_api_key, 'passkey:' || NEW.ref_passkey, 'subscription:' || NEW.ref_subscription, 'invoice:' || NEW.ref_invoice, 'account_credit:' || NEW.ref_account_credit, 'credit_pool:' || NEW.ref_credit_pool, 'graph:' || NEW.ref_graph, 'graph_member:' || NEW.ref_graph_member, 'repository_grant:' || NEW.ref_repository_grant, 'control:' || NEW.ref_control, 'operator:' || NEW.ref_operator], NULL) || ARRAY(SELECT (f ->> 'kind') || ':' || coalesce(f ->> 'id', f ->> 'text') FROM jsonb_array_elements(NEW.further_references) AS f));
    RETURN NULL;
END $$;

CREATE FUNCTION audit.backlog() RETURNS TABLE(age bigint, waiting bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT coalesce((extract(epoch FROM clock_timestamp() - min(recorded_at)) * 1000000)::bigint, 0), count(*) FROM audit.unsealed $$;

CREATE FUNCTION audit.check_class() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NEW.type LIKE ANY (ARRAY['auth\_%', 'mfa\_%', 'captcha\_%'])
        AND num_nonnulls(NEW.ref_operation, NEW.ref_job, NEW.ref_saga, NEW.ref_intent, NEW.ref_provider_event, NEW.ref_graph,
            NEW.ref_subscription) > 0
    THEN
        RAISE EXCEPTION 'the failure of work is never an authentication event: % is refused', NEW.type
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_of_work_is_not_authentication';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit.check_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
        DECLARE
            required text[];
            given text[] := '{}';
            item record;
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            -- A thing may exist that the caller does not see; an exception takes this setting back with everything else.
            PERFORM set_config('trellis.scope', 'system', true);
            SELECT requires INTO required FROM audit.event_type WHERE name = NEW.type;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the audit catalogue has no type %', NEW.type
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_known_type';
            END IF;
            IF NEW.ref_org IS NOT NULL THEN given := given || 'org'::text; IF NOT EXISTS (SELECT FROM orgs.org WHERE id = NEW.ref_org) THEN PERFORM audit.refuse_reference('org', NEW.ref_org::text); END IF; END IF;
IF NEW.ref_user IS NOT NULL THEN given := given || 'user'::text; IF NOT EXISTS (SELECT FROM identity.account WHERE id = NEW.ref_user) THEN PERFORM audit.refuse_reference('user', NEW.ref_user::text); END IF; END IF;
IF NEW.ref_membership IS NOT NULL THEN given := given || 'membership'::text; IF NOT EXISTS (SELECT FROM orgs.membership WHERE id = NEW.ref_membership) THEN PERFORM audit.refuse_reference('membership', NEW.ref_membership::text); END IF; END IF;
IF NEW.ref_invitation IS NOT NULL THEN given := given || 'invitation'::text; IF NOT EXISTS (SELECT FROM orgs.invitation WHERE id = NEW.ref_invitation) THEN PERFORM audit.refuse_reference('invitation', NEW.ref_invitation::text); END IF; END IF;
IF NEW.ref_ownership_transfer IS NOT NULL THEN given := given || 'ownership_transfer'::text; IF NOT EXISTS (SELECT FROM orgs.ownership_transfer WHERE id = NEW.ref_ownership_transfer) THEN PERFORM audit.refuse_reference('ownership_transfer', NEW.ref_ownership_transfer::text); END IF; END IF;
IF NEW.ref_api_key IS NOT NULL THEN given := given || 'api_key'::text; IF NOT EXISTS (SELECT FROM identity.api_key WHERE id = NEW.ref_api_key) THEN PERFORM audit.refuse_reference('api_key', NEW.ref_api_key::text); END IF; END IF;
IF NEW.ref_session IS NOT NULL THEN given := given || 'session'::text; IF NOT EXISTS (SELECT FROM identity.session WHERE id = NEW.ref_session) THEN PERFORM audit.refuse_reference('session', NEW.ref_session::text); END IF; END IF;
IF NEW.ref_passkey IS NOT NULL THEN given := given || 'passkey'::text; IF NOT EXISTS (SELECT FROM identity.passkey WHERE id = NEW.ref_passkey) THEN PERFORM audit.refuse_reference('passkey', NEW.ref_passkey::text); END IF; END IF;
IF NEW.ref_billing_customer IS NOT NULL THEN given := given || 'billing_customer'::text; IF NOT EXISTS (SELECT FROM billing.customer WHERE org_id = NEW.ref_billing_customer) THEN PERFORM audit.refuse_reference('billing_customer', NEW.ref_billing_customer::text); END IF; END IF;
IF NEW.ref_checkout IS NOT NULL THEN given := given || 'checkout'::text; IF NOT EXISTS (SELECT FROM billing.checkout WHERE id = NEW.ref_checkout) THEN PERFORM audit.refuse_reference('checkout', NEW.ref_checkout::text); END IF; END IF;
IF NEW.ref_subscription IS NOT NULL THEN given := given || 'subscription'::text; IF NOT EXISTS (SELECT FROM billing.subscription WHERE id = NEW.ref_subscription) THEN PERFORM audit.refuse_reference('subscription', NEW.ref_subscription::text); END IF; END IF;
IF NEW.ref_plan_change IS NOT NULL THEN given := given || 'plan_change'::text; IF NOT EXISTS (SELECT FROM billing.plan_change WHERE id = NEW.ref_plan_change) THEN PERFORM audit.refuse_reference('plan_change', NEW.ref_plan_change::text); END IF; END IF;
IF NEW.ref_invoice IS NOT NULL THEN given := given || 'invoice'::text; IF NOT EXISTS (SELECT FROM billing.invoice WHERE id = NEW.ref_invoice) THEN PERFORM audit.refuse_reference('invoice', NEW.ref_invoice::text); END IF; END IF;
IF NEW.ref_payment IS NOT NULL THEN given := given || 'payment'::text; IF NOT audit.is_there('payment', NEW.ref_payment::text) THEN PERFORM audit.refuse_reference('payment', NEW.ref_payment::text); END IF; END IF;
IF NEW.ref_refund IS NOT NULL THEN given := given || 'refund'::text; IF NOT EXISTS (SELECT FROM billing.refund WHERE id = NEW.ref_refund) THEN PERFORM audit.refuse_reference('refund', NEW.ref_refund::text); END IF; END IF;
IF NEW.ref_dispute IS NOT NULL THEN given := given || 'dispute'::text; IF NOT EXISTS (SELECT FROM billing.dispute WHERE id = NEW.ref_dispute) THEN PERFORM audit.refuse_reference('dispute', NEW.ref_dispute::text); END IF; END IF;
IF NEW.ref_dunning_case IS NOT NULL THEN given := given || 'dunning_case'::text; IF NOT EXISTS (SELECT FROM billing.dunning_case WHERE id = NEW.ref_dunning_case) THEN PERFORM audit.refuse_reference('dunning_case', NEW.ref_dunning_case::text); END IF; END IF;
IF NEW.ref_account_credit IS NOT NULL THEN given := given || 'account_credit'::text; IF NOT EXISTS (SELECT FROM billing.account_credit WHERE id = NEW.ref_account_credit) THEN PERFORM audit.refuse_reference('account_credit', NEW.ref_account_credit::text); END IF; END IF;
IF NEW.ref_credit_pool IS NOT NULL THEN given := given || 'credit_pool'::text; IF NOT EXISTS (SELECT FROM billing.credit_pool WHERE id = NEW.ref_credit_pool) THEN PERFORM audit.refuse_reference('credit_pool', NEW.ref_credit_pool::text); END IF; END IF;
IF NEW.ref_intent IS NOT NULL THEN given := given || 'intent'::text; IF NOT EXISTS (SELECT FROM billing.intent WHERE id = NEW.ref_intent) THEN PERFORM audit.refuse_reference('intent', NEW.ref_intent::text); END IF; END IF;
IF NEW.ref_decision IS NOT NULL THEN given := given || 'decision'::text; IF NOT EXISTS (SELECT FROM billing.idle_evaluation WHERE id = NEW.ref_decision) THEN PERFORM audit.refuse_reference('decision', NEW.ref_decision::text); END IF; END IF;
IF NEW.ref_idle_case IS NOT NULL THEN given := given || 'idle_case'::text; IF NOT EXISTS (SELECT FROM billing.idle_case WHERE id = NEW.ref_idle_case) THEN PERFORM audit.refuse_reference('idle_case', NEW.ref_idle_case::text); END IF; END IF;
IF NEW.ref_drift_item IS NOT NULL THEN given := given || 'drift_item'::text; IF NOT EXISTS (SELECT FROM billing.drift_item WHERE id = NEW.ref_drift_item) THEN PERFORM audit.refuse_reference('drift_item', NEW.ref_drift_item::text); END IF; END IF;
IF NEW.ref_catalogue_version IS NOT NULL THEN given := given || 'catalogue_version'::text; IF NOT EXISTS (SELECT FROM billing.catalogue_version WHERE hash = NEW.ref_catalogue_version) THEN PERFORM audit.refuse_reference('catalogue_version', NEW.ref_catalogue_version::text); END IF; END IF;
IF NEW.ref_graph IS NOT NULL THEN given := given || 'graph'::text; IF NOT EXISTS (SELECT FROM graphs.graph WHERE id = NEW.ref_graph) THEN PERFORM audit.refuse_reference('graph', NEW.ref_graph::text); END IF; END IF;
IF NEW.ref_graph_member IS NOT NULL THEN given := given || 'graph_member'::text; IF NOT audit.is_there('graph_member', NEW.ref_graph_member::text) THEN PERFORM audit.refuse_reference('graph_member', NEW.ref_graph_member::text); END IF; END IF;
IF NEW.ref_graph_credential IS NOT NULL THEN given := given || 'graph_credential'::text; IF NOT EXISTS (SELECT FROM graphs.graph_credential WHERE id = NEW.ref_graph_credential) THEN PERFORM audit.refuse_reference('graph_credential', NEW.ref_graph_credential::text); END IF; END IF;
IF NEW.ref_graph_host IS NOT NULL THEN given := given || 'graph_host'::text; IF NOT EXISTS (SELECT FROM graphs.graph_host WHERE id = NEW.ref_graph_host) THEN PERFORM audit.refuse_reference('graph_host', NEW.ref_graph_host::text); END IF; END IF;
IF NEW.ref_repository_grant IS NOT NULL THEN given := given || 'repository_grant'::text; IF NOT EXISTS (SELECT FROM graphs.repository_grant WHERE id = NEW.ref_repository_grant) THEN PERFORM audit.refuse_reference('repository_grant', NEW.ref_repository_grant::text); END IF; END IF;
IF NEW.ref_backup IS NOT NULL THEN given := given || 'backup'::text; IF NOT EXISTS (SELECT FROM graphs.graph_backup WHERE id = NEW.ref_backup) THEN PERFORM audit.refuse_reference('backup', NEW.ref_backup::text); END IF; END IF;
IF NEW.ref_operation IS NOT NULL THEN given := given || 'operation'::text; IF NOT EXISTS (SELECT FROM operations.operation WHERE id = NEW.ref_operation) THEN PERFORM audit.refuse_reference('operation', NEW.ref_operation::text); END IF; END IF;
IF NEW.ref_saga IS NOT NULL THEN given := given || 'saga'::text; IF NOT EXISTS (SELECT FROM jobs.saga WHERE id = NEW.ref_saga) THEN PERFORM audit.refuse_reference('saga', NEW.ref_saga::text); END IF; END IF;
IF NEW.ref_job IS NOT NULL THEN given := given || 'job'::text; IF NOT audit.is_there('job', NEW.ref_job::text) THEN PERFORM audit.refuse_reference('job', NEW.ref_job::text); END IF; END IF;
IF NEW.ref_schedule IS NOT NULL THEN given := given || 'schedule'::text; IF NOT EXISTS (SELECT FROM jobs.cron WHERE name = NEW.ref_schedule) THEN PERFORM audit.refuse_reference('schedule', NEW.ref_schedule::text); END IF; END IF;
IF NEW.ref_provider_event IS NOT NULL THEN given := given || 'provider_event'::text; IF NOT EXISTS (SELECT FROM billing.inbound_event WHERE id = NEW.ref_provider_event) THEN PERFORM audit.refuse_reference('provider_event', NEW.ref_provider_event::text); END IF; END IF;
IF NEW.ref_mail IS NOT NULL THEN given := given || 'mail'::text; IF NOT EXISTS (SELECT FROM notifications.mail WHERE id = NEW.ref_mail) THEN PERFORM audit.refuse_reference('mail', NEW.ref_mail::text); END IF; END IF;
IF NEW.ref_notice IS NOT NULL THEN given := given || 'notice'::text; IF NOT EXISTS (SELECT FROM notifications.notice WHERE id = NEW.ref_notice) THEN PERFORM audit.refuse_reference('notice', NEW.ref_notice::text); END IF; END IF;
IF NEW.ref_webhook_endpoint IS NOT NULL THEN given := given || 'webhook_endpoint'::text; IF NOT EXISTS (SELECT FROM notifications.webhook_endpoint WHERE id = NEW.ref_webhook_endpoint) THEN PERFORM audit.refuse_reference('webhook_endpoint', NEW.ref_webhook_endpoint::text); END IF; END IF;
IF NEW.ref_webhook_delivery IS NOT NULL THEN given := given || 'webhook_delivery'::text; IF NOT audit.is_there('webhook_delivery', NEW.ref_webhook_delivery::text) THEN PERFORM audit.refuse_reference('webhook_delivery', NEW.ref_webhook_delivery::text); END IF; END IF;
IF NEW.ref_link_use IS NOT NULL THEN given := given || 'link_use'::text; IF NOT EXISTS (SELECT FROM billing.keep_token_use WHERE id = NEW.ref_link_use) THEN PERFORM audit.refuse_reference('link_use', NEW.ref_link_use::text); END IF; END IF;
IF NEW.ref_export IS NOT NULL THEN given := given || 'export'::text; IF NOT EXISTS (SELECT FROM orgs.org_export WHERE id = NEW.ref_export) THEN PERFORM audit.refuse_reference('export', NEW.ref_export::text); END IF; END IF;
IF NEW.ref_sink IS NOT NULL THEN given := given || 'sink'::text; IF NOT EXISTS (SELECT FROM audit.sink WHERE id = NEW.ref_sink) THEN PERFORM audit.refuse_reference('sink', NEW.ref_sink::text); END IF; END IF;
IF NEW.ref_control IS NOT NULL THEN given := given || 'control'::text; IF NOT EXISTS (SELECT FROM billing.control WHERE name = NEW.ref_control) THEN PERFORM audit.refuse_reference('control', NEW.ref_control::text); END IF; END IF;
IF NEW.ref_operator IS NOT NULL THEN given := given || 'operator'::text; IF NOT EXISTS (SELECT FROM admin.operator WHERE id = NEW.ref_operator) THEN PERFORM audit.refuse_reference('operator', NEW.ref_operator::text); END IF; END IF;
IF NEW.ref_network_client IS NOT NULL THEN given := given || 'network_client'::text; IF NOT EXISTS (SELECT FROM audit.network_client WHERE network = NEW.ref_network_client) THEN PERFORM audit.refuse_reference('network_client', NEW.ref_network_client::text); END IF; END IF;
IF NEW.ref_node IS NOT NULL THEN given := given || 'node'::text; IF NOT EXISTS (SELECT FROM audit.node WHERE id = NEW.ref_node) THEN PERFORM audit.refuse_reference('node', NEW.ref_node::text); END IF; END IF;

            IF NEW.further_references <> '[]' THEN
                FOR item IN SELECT f ->> 'kind' AS kind, coalesce(f ->> 'id', f ->> 'text') AS value
                    FROM jsonb_array_elements(NEW.further_references) AS f
                LOOP
                    IF NOT audit.is_there(item.kind, item.value) THEN PERFORM audit.refuse_reference(item.kind, item.value); END IF;
                END LOOP;
            END IF;
            IF NEW.actor_reference_kind IS NOT NULL
                AND NOT audit.is_there(NEW.actor_reference_kind, coalesce(NEW.actor_id::text, NEW.actor_text))
            THEN
                PERFORM audit.refuse_reference(NEW.actor_reference_kind, coalesce(NEW.actor_id::text, NEW.actor_text));
            END IF;
            IF NOT required <@ given THEN
                RAISE EXCEPTION 'an entry of type % needs a reference of kind %', NEW.type,
                    (SELECT r FROM unnest(required) WITH ORDINALITY AS u (r, n) WHERE r <> ALL (given) ORDER BY n LIMIT 1)
                    USING ERRCODE = 'not_null_violation', CONSTRAINT = 'entry_has_required_references';
            END IF;
            PERFORM set_config('trellis.scope', scope, true);
            RETURN NEW;
        END $$;

CREATE FUNCTION audit.check_writer() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
        BEGIN
            IF (current_user = 'trellis_app' AND NEW.type = ANY ('{audit_checkpoint_signed,audit_month_archived,audit_month_dropped,audit_private_erased,audit_verification_failed,audit_verified,signing_key_published,signing_key_retired}'::text[]))
                OR (current_user = 'trellis_system' AND NEW.type = ANY ('{auth_blocked,auth_failure,auth_success,auth_token_expired,auth_token_invalid,captcha_failed,mfa_challenge_issued,mfa_failed,mfa_recovery_used,mfa_verified}'::text[]))
            THEN
                RAISE EXCEPTION 'an entry of type % is not written by %', NEW.type, current_user
                    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'entry_is_of_its_writer';
            END IF;
            RETURN NEW;
        END $$;

CREATE FUNCTION audit.checks_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM audit.write_checks();
    RETURN NULL;
END $$;

CREATE FUNCTION audit.detach_month(month date, retention_group text, at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    name text := audit.month_name(month, retention_group);
    expected bigint;
    counted bigint;
BEGIN
    SELECT entries INTO expected FROM audit.archive AS a
        WHERE a.month = detach_month.month AND a.retention_group = detach_month.retention_group AND a.detached_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the month % has no verified archive', name USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM audit.keep_holds();
    IF NOT audit.month_is_free(month, retention_group) THEN
        RAISE EXCEPTION 'the month % is held, not over, or not there', name USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT count(*) INTO counted FROM audit.entry AS e WHERE e.retention_group = detach_month.retention_group
        AND e.recorded_at >= month::timestamp AT TIME ZONE 'UTC' AND e.recorded_at < (month + interval '1 month') AT TIME ZONE 'UTC';
    IF counted <> expected THEN
        RAISE EXCEPTION 'the month % has % entries, its archive %', name, counted, expected USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    EXECUTE format('ALTER TABLE audit.%I DETACH PARTITION audit.%I', 'entry_' || retention_group, 'entry_' || name);
    EXECUTE format('ALTER TABLE audit.%I RENAME TO %I', 'entry_' || name, 'archived_' || name);
    EXECUTE format('CREATE POLICY read_all ON audit.%I FOR SELECT USING ((SELECT public.trellis_is_system()))', 'archived_' || name);
    EXECUTE format('ALTER TABLE audit.%I OWNER TO trellis_remover', 'archived_' || name);
    UPDATE audit.archive AS a SET detached_at = at
        WHERE a.month = detach_month.month AND a.retention_group = detach_month.retention_group;
END $$;

CREATE FUNCTION audit.drop_month(month date, retention_group text, at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    name text := 'archived_' || audit.month_name(month, retention_group);
    is_held boolean;
BEGIN
    PERFORM FROM audit.archive AS a WHERE a.month = drop_month.month AND a.retention_group = drop_month.retention_group
        AND a.detached_at IS NOT NULL AND a.dropped_at IS NULL;
    IF NOT FOUND OR to_regclass('audit.' || name) IS NULL THEN
        RAISE EXCEPTION 'the month % has no verified archive', name USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM audit.keep_holds();
    EXECUTE format('SELECT EXISTS (SELECT FROM audit.%I AS e WHERE audit.is_held(e.ref_org, e.ref_user, e.ref_graph))', name) INTO is_held;
    IF is_held THEN
        RAISE EXCEPTION 'the month % is held', name USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    EXECUTE format('DELETE FROM audit.private_part WHERE entry_id IN (SELECT id FROM audit.%I)', name);
    EXECUTE format('DROP TABLE audit.%I', name);
    UPDATE audit.archive AS a SET dropped_at = at
        WHERE a.month = drop_month.month AND a.retention_group = drop_month.retention_group;
END $$;

CREATE FUNCTION audit.ensure_month(month date) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT audit.ensure_month(month, g) FROM unnest(ARRAY['billing', 'general', 'mutation']) AS g $$;

CREATE FUNCTION audit.ensure_month(month date, retention_group text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    first date := date_trunc('month', month)::date;
    name text := 'entry_' || audit.month_name(first, retention_group);
    parent text := 'entry_' || retention_group;
    rest text := 'entry_' || retention_group || '_other';
    bounds text := format('FOR VALUES FROM (%L) TO (%L)', first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
    inside bigint;
    outside bigint;
BEGIN
    IF first IS NULL OR retention_group IS NULL OR retention_group NOT IN ('billing', 'general', 'mutation') THEN
        RAISE EXCEPTION 'there are no months of %', retention_group USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass('audit.' || name) IS NOT NULL THEN RETURN; END IF;
    -- Readers and writers go on; what follows sees what the one before has committed.
    EXECUTE format('LOCK TABLE audit.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF to_regclass('audit.' || name) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('SELECT count(*) FILTER (WHERE is_inside), count(*) FILTER (WHERE NOT is_inside)
        FROM (SELECT recorded_at >= $1 AND recorded_at < $2 AS is_inside FROM audit.%I) AS e', rest)
        INTO inside, outside
        USING first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC';
    IF inside = 0 THEN
        EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.%I %s', name, parent, bounds);
        PERFORM audit.guard_part(name);
    ELSIF outside = 0 THEN
        EXECUTE format('ALTER TABLE audit.%I DETACH PARTITION audit.%I', parent, rest);
        EXECUTE format('ALTER TABLE audit.%I RENAME TO %I', rest, name);
        EXECUTE format('ALTER TABLE audit.%I ATTACH PARTITION audit.%I %s', parent, name, bounds);
        PERFORM audit.make_rest(retention_group);
    ELSE
        RAISE EXCEPTION 'entries of several months lie in audit.%', rest USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END $_$;

CREATE FUNCTION audit.erase_expired_private(before timestamp with time zone) RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT audit.erase_private('security', before) $$;

CREATE FUNCTION audit.erase_older_private(before timestamp with time zone) RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT audit.erase_private('other', before) $$;

CREATE FUNCTION audit.erase_private(cause text, before timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    erased bigint;
BEGIN
    DELETE FROM audit.private_part AS p
    WHERE p.entry_id IN (
        SELECT s.entry_id FROM audit.private_part AS s WHERE cause = 'security' AND s.class = 'security' AND s.occurred_at < before
        UNION ALL
        SELECT o.entry_id FROM audit.private_part AS o WHERE cause = 'other' AND o.class <> 'security' AND o.occurred_at < before
        UNION ALL
        SELECT g.entry_id FROM audit.private_part AS g WHERE cause = 'account' AND g.ref_org IS NULL AND g.ref_user IS NOT NULL
            AND g.class <> 'billing' AND EXISTS (SELECT FROM audit.entry AS e WHERE e.type = 'user_deleted' AND e.ref_user = g.ref_user))
        AND NOT audit.is_held(p.ref_org, p.ref_user, (SELECT e.ref_graph FROM audit.entry AS e WHERE e.id = p.entry_id LIMIT 1));
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;

CREATE FUNCTION audit.erase_private_of_deleted() RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT audit.erase_private('account', NULL) $$;

CREATE FUNCTION audit.guard_part(name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
    EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', name);
END $$;

CREATE FUNCTION audit.is_held(org uuid, person uuid, graph text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT EXISTS (SELECT FROM audit.legal_hold AS h WHERE h.lifted_at IS NULL
        AND (h.held_org = org OR h.held_user = person OR h.held_graph = graph)) $$;

CREATE FUNCTION audit.is_there(kind text, value text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
        DECLARE
            is_there boolean;
        BEGIN
            CASE kind
            WHEN 'account_credit' THEN RETURN EXISTS (SELECT FROM billing.account_credit WHERE id = value::uuid);
WHEN 'api_key' THEN RETURN EXISTS (SELECT FROM identity.api_key WHERE id = value::uuid);
WHEN 'backup' THEN RETURN EXISTS (SELECT FROM graphs.graph_backup WHERE id = value::uuid);
WHEN 'billing_customer' THEN RETURN EXISTS (SELECT FROM billing.customer WHERE org_id = value::uuid);
WHEN 'catalogue_version' THEN RETURN EXISTS (SELECT FROM billing.catalogue_version WHERE hash = value::text);
WHEN 'checkout' THEN RETURN EXISTS (SELECT FROM billing.checkout WHERE id = value::uuid);
WHEN 'control' THEN RETURN EXISTS (SELECT FROM billing.control WHERE name = value::text);
WHEN 'credit_pool' THEN RETURN EXISTS (SELECT FROM billing.credit_pool WHERE id = value::uuid);
WHEN 'decision' THEN RETURN EXISTS (SELECT FROM billing.idle_evaluation WHERE id = value::uuid);
WHEN 'dispute' THEN RETURN EXISTS (SELECT FROM billing.dispute WHERE id = value::uuid);
WHEN 'drift_item' THEN RETURN EXISTS (SELECT FROM billing.drift_item WHERE id = value::uuid);
WHEN 'dunning_case' THEN RETURN EXISTS (SELECT FROM billing.dunning_case WHERE id = value::uuid);
WHEN 'export' THEN RETURN EXISTS (SELECT FROM orgs.org_export WHERE id = value::uuid);
WHEN 'graph' THEN RETURN EXISTS (SELECT FROM graphs.graph WHERE id = value::text);
WHEN 'graph_credential' THEN RETURN EXISTS (SELECT FROM graphs.graph_credential WHERE id = value::uuid);
WHEN 'graph_host' THEN RETURN EXISTS (SELECT FROM graphs.graph_host WHERE id = value::uuid);
WHEN 'idle_case' THEN RETURN EXISTS (SELECT FROM billing.idle_case WHERE id = value::uuid);
WHEN 'intent' THEN RETURN EXISTS (SELECT FROM billing.intent WHERE id = value::uuid);
WHEN 'invitation' THEN RETURN EXISTS (SELECT FROM orgs.invitation WHERE id = value::uuid);
WHEN 'invoice' THEN RETURN EXISTS (SELECT FROM billing.invoice WHERE id = value::uuid);
WHEN 'job' THEN RETURN EXISTS (SELECT FROM (SELECT id FROM jobs.job UNION ALL SELECT id FROM jobs.job_history UNION ALL SELECT id FROM jobs.job_dead) AS job WHERE id = value::bigint);
WHEN 'link_use' THEN RETURN EXISTS (SELECT FROM billing.keep_token_use WHERE id = value::uuid);
WHEN 'mail' THEN RETURN EXISTS (SELECT FROM notifications.mail WHERE id = value::uuid);
WHEN 'membership' THEN RETURN EXISTS (SELECT FROM orgs.membership WHERE id = value::uuid);
WHEN 'network_client' THEN RETURN EXISTS (SELECT FROM audit.network_client WHERE network = value::text);
WHEN 'node' THEN RETURN EXISTS (SELECT FROM audit.node WHERE id = value::uuid);
WHEN 'notice' THEN RETURN EXISTS (SELECT FROM notifications.notice WHERE id = value::uuid);
WHEN 'operation' THEN RETURN EXISTS (SELECT FROM operations.operation WHERE id = value::uuid);
WHEN 'operator' THEN RETURN EXISTS (SELECT FROM admin.operator WHERE id = value::uuid);
WHEN 'org' THEN RETURN EXISTS (SELECT FROM orgs.org WHERE id = value::uuid);
WHEN 'ownership_transfer' THEN RETURN EXISTS (SELECT FROM orgs.ownership_transfer WHERE id = value::uuid);
WHEN 'passkey' THEN RETURN EXISTS (SELECT FROM identity.passkey WHERE id = value::uuid);
WHEN 'plan_change' THEN RETURN EXISTS (SELECT FROM billing.plan_change WHERE id = value::uuid);
WHEN 'provider_event' THEN RETURN EXISTS (SELECT FROM billing.inbound_event WHERE id = value::uuid);
WHEN 'refund' THEN RETURN EXISTS (SELECT FROM billing.refund WHERE id = value::uuid);
WHEN 'repository_grant' THEN RETURN EXISTS (SELECT FROM graphs.repository_grant WHERE id = value::uuid);
WHEN 'saga' THEN RETURN EXISTS (SELECT FROM jobs.saga WHERE id = value::uuid);
WHEN 'schedule' THEN RETURN EXISTS (SELECT FROM jobs.cron WHERE name = value::text);
WHEN 'session' THEN RETURN EXISTS (SELECT FROM identity.session WHERE id = value::uuid);
WHEN 'sink' THEN RETURN EXISTS (SELECT FROM audit.sink WHERE id = value::uuid);
WHEN 'subscription' THEN RETURN EXISTS (SELECT FROM billing.subscription WHERE id = value::uuid);
WHEN 'user' THEN RETURN EXISTS (SELECT FROM identity.account WHERE id = value::uuid);
WHEN 'webhook_endpoint' THEN RETURN EXISTS (SELECT FROM notifications.webhook_endpoint WHERE id = value::uuid);

            WHEN '' THEN RETURN false;
            ELSE
                RAISE EXCEPTION 'nothing of the kind % can be referred to yet', kind
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_refers_to_known_kind';
            END CASE;
        END $$;

CREATE FUNCTION audit.keep_archive() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'detached_at' - 'dropped_at' = to_jsonb(NEW) - 'detached_at' - 'dropped_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit.archive is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit.keep_holds() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    LOCK TABLE audit.legal_hold IN SHARE MODE;
END $$;

CREATE FUNCTION audit.know_group() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    SELECT e.retention_group INTO NEW.retention_group FROM audit.entry AS e WHERE e.id = NEW.entry_id AND e.recorded_at = NEW.recorded_at;
    NEW.retention_group := coalesce(NEW.retention_group, 'mixed');
    RETURN NEW;
END $$;

CREATE FUNCTION audit.make_rest(retention_group text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    name text := 'entry_' || retention_group || '_other';
BEGIN
    EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.%I DEFAULT', name, 'entry_' || retention_group);
    PERFORM audit.guard_part(name);
    EXECUTE format('CREATE POLICY read_rest ON audit.%I FOR SELECT USING ((SELECT public.trellis_is_system()))', name);
END $$;

CREATE FUNCTION audit.missing_months() RETURNS TABLE(retention_group text, month date, is_used boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
        SELECT w.name, w.month, bool_or(w.is_used) FROM (
            SELECT g.name, (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + n * interval '1 month')::date AS month, false AS is_used
            FROM unnest(ARRAY['billing', 'general', 'mutation']) AS g (name), generate_series(0, 3) AS n
            UNION SELECT 'billing', date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date, true FROM audit.entry_billing_other
            UNION SELECT 'general', date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date, true FROM audit.entry_general_other
            UNION SELECT 'mutation', date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date, true FROM audit.entry_mutation_other) AS w
        WHERE to_regclass('audit.entry_' || audit.month_name(w.month, w.name)) IS NULL GROUP BY w.name, w.month ORDER BY 2, 1 $$;

CREATE FUNCTION audit.month_is_free(month date, retention_group text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT to_regclass('audit.entry_' || audit.month_name(month, retention_group)) IS NOT NULL
        AND clock_timestamp() >= (month + interval '1 month') AT TIME ZONE 'UTC' AND NOT EXISTS (
        SELECT FROM audit.legal_hold AS h JOIN audit.entry AS e
            ON e.ref_org = h.held_org OR e.ref_user = h.held_user OR e.ref_graph = h.held_graph
        WHERE h.lifted_at IS NULL AND e.retention_group = month_is_free.retention_group
            AND e.recorded_at >= month::timestamp AT TIME ZONE 'UTC' AND e.recorded_at < (month + interval '1 month') AT TIME ZONE 'UTC') $$;

CREATE FUNCTION audit.month_name(month date, retention_group text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT CASE retention_group WHEN 'mixed' THEN '' ELSE retention_group || '_' END || to_char(month, 'YYYY_MM') $$;

CREATE FUNCTION audit.own_place(behind bigint) RETURNS TABLE(seal bigint, checkpoint bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT f.seal, (SELECT coalesce(max(c.number), 0) FROM audit.checkpoint AS c WHERE c.links <= f.seal) FROM (
        SELECT coalesce((SELECT l.seal FROM audit.link AS l WHERE l.chain = 'org:' || public.trellis_org_id()::text
            AND l.position <= behind ORDER BY l.position DESC LIMIT 1), 0) AS seal) AS f $$;

CREATE FUNCTION audit.proof_checkpoint(covering bigint) RETURNS TABLE(links bigint, body bytea, signature bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT c.links, c.body, c.signature FROM audit.checkpoint AS c WHERE c.links >= covering ORDER BY c.links, c.number LIMIT 1 $$;

CREATE FUNCTION audit.proof_following(entry uuid, upto bigint) RETURNS TABLE(entry_hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT f.entry_hash FROM audit.link AS l JOIN audit.link AS f ON f.chain = l.chain AND f.position > l.position
        WHERE l.entry_id = entry AND l.chain = 'org:' || public.trellis_org_id()::text AND f.seal <= upto ORDER BY f.position $$;

CREATE FUNCTION audit.proof_leaves(upto bigint) RETURNS TABLE(leaf bytea, is_own boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT sha256('\x02'::bytea || convert_to(h.chain, 'UTF8') || int8send(l.position) || l.link_hash),
            h.chain = 'org:' || public.trellis_org_id()::text
        FROM audit.chain_head AS h CROSS JOIN LATERAL (SELECT k.position, k.link_hash FROM audit.link AS k
            WHERE k.chain = h.chain AND k.seal <= upto ORDER BY k.position DESC LIMIT 1) AS l
        ORDER BY h.chain $$;

CREATE FUNCTION audit.proof_link(entry uuid) RETURNS TABLE(chain text, place bigint, seal bigint, previous bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT l.chain, l.position, l.seal, p.link_hash FROM audit.link AS l
        LEFT JOIN audit.link AS p ON p.chain = l.chain AND p.position = l.position - 1
        WHERE l.entry_id = entry AND l.chain = 'org:' || public.trellis_org_id()::text $$;

CREATE FUNCTION audit.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit.% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit.refuse_erasure() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF current_user NOT IN ('trellis_eraser', 'trellis_remover') THEN
        RAISE EXCEPTION 'private parts are removed by erasure only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION audit.refuse_reference(kind text, value text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'there is no % %', kind, value USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_refers_to_existing';
END $$;

CREATE FUNCTION audit.refuse_reserved() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the type % is reserved', NEW.type USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_emitted_type';
END $$;

CREATE FUNCTION audit.require_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    changed jsonb;
    about text := '';
    good text[] := '{}';
    part text;
    entry uuid;
    acting text := CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role') END;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := to_jsonb(OLD); ELSE changed := to_jsonb(NEW); END IF;
    FOREACH part IN ARRAY string_to_array(TG_ARGV[1], ',') LOOP
        about := about || ':' || (changed ->> part);
    END LOOP;
    about := TG_ARGV[0] || about;
    FOR n IN 2..TG_NARGS - 1 BY 2 LOOP
        good := good || (TG_ARGV[n] || ':' || (changed ->> TG_ARGV[n + 1]));
    END LOOP;
    SELECT u.entry_id INTO entry FROM audit.unsealed AS u
        WHERE u.transaction = pg_current_xact_id() AND (about = ANY(u.things) OR u.things && good)
        ORDER BY about = ANY(u.things) DESC, u.ordinal DESC LIMIT 1;
    IF FOUND THEN
        INSERT INTO audit.coverage AS c (thing, last_entry_id) VALUES (about, entry)
            ON CONFLICT (thing) DO UPDATE SET last_entry_id = EXCLUDED.last_entry_id WHERE c.last_entry_id <> EXCLUDED.last_entry_id;
    ELSIF acting <> 'trellis_owner' AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = acting AND r.rolsuper)
        AND NOT EXISTS (SELECT FROM audit.coverage_waiver)
    THEN
        RAISE EXCEPTION 'the change of % has no entry in the log', about
            USING ERRCODE = 'check_violation', CONSTRAINT = 'change_has_its_entry', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION audit.seal_of(entry uuid) RETURNS TABLE(place bigint, hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT l.position, l.link_hash FROM audit.link AS l WHERE l.entry_id = entry $$;

CREATE FUNCTION audit.unfiled_bytes() RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT sum(pg_relation_size(('audit.entry_' || r)::regclass))::bigint
        FROM unnest(ARRAY['other', 'billing_other', 'general_other', 'mutation_other']) AS r $$;

CREATE FUNCTION audit.write_checks() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    item record;
    key_type text;
    found text;
    cases text := '';
    checks text := '';
BEGIN
    FOR item IN SELECT kind, relation, key_column FROM audit.reference_kind ORDER BY kind LOOP
        BEGIN
            EXECUTE format('SELECT pg_typeof((SELECT %I FROM %s LIMIT 0))::text', item.key_column, item.relation) INTO key_type;
            cases := cases || format(E'WHEN %L THEN RETURN EXISTS (SELECT FROM %s WHERE %I = value::%s);\n',
                item.kind, item.relation, item.key_column, key_type);
        EXCEPTION WHEN undefined_table THEN
            -- The table is made later in the same migration.
            cases := cases || format(E'WHEN %L THEN EXECUTE format(%L, value) INTO is_there; RETURN is_there;\n', item.kind,
                format('SELECT EXISTS (SELECT FROM %s WHERE %I = %%L)', item.relation, item.key_column));
        END;
    END LOOP;
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION audit.is_there(kind text, value text) RETURNS boolean LANGUAGE plpgsql
            SET search_path = pg_catalog, pg_temp AS $body$
        DECLARE
            is_there boolean;
        BEGIN
            CASE kind
            %s
            WHEN '' THEN RETURN false;
            ELSE
                RAISE EXCEPTION 'nothing of the kind %% can be referred to yet', kind
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_refers_to_known_kind';
            END CASE;
        END $body$
        $function$, cases);

    FOR item IN
        SELECT a.attname AS name, substr(a.attname, 5) AS kind, a.atttypid::regtype::text AS type, k.relation, k.key_column
        FROM pg_attribute AS a LEFT JOIN audit.reference_kind AS k ON k.kind = substr(a.attname, 5)
        WHERE a.attrelid = 'audit.entry'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname LIKE 'ref\_%'
        ORDER BY a.attnum
    LOOP
        found := format('audit.is_there(%L, NEW.%I::text)', item.kind, item.name);
        IF item.relation IS NOT NULL THEN
            BEGIN
                EXECUTE format('SELECT pg_typeof((SELECT %I FROM %s LIMIT 0))::text', item.key_column, item.relation) INTO key_type;
                IF key_type = item.type THEN
                    found := format('EXISTS (SELECT FROM %s WHERE %I = NEW.%I)', item.relation, item.key_column, item.name);
                END IF;
            EXCEPTION WHEN undefined_table THEN
                NULL;
            END;
        END IF;
        checks := checks || format(E'IF NEW.%1$I IS NOT NULL THEN given := given || %2$L::text; IF NOT %3$s THEN PERFORM audit.refuse_reference(%2$L, NEW.%1$I::text); END IF; END IF;\n',
            item.name, item.kind, found);
    END LOOP;
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION audit.check_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $body$
        DECLARE
            required text[];
            given text[] := '{}';
            item record;
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            -- A thing may exist that the caller does not see; an exception takes this setting back with everything else.
            PERFORM set_config('trellis.scope', 'system', true);
            SELECT requires INTO required FROM audit.event_type WHERE name = NEW.type;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the audit catalogue has no type %%', NEW.type
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_known_type';
            END IF;
            %s
            IF NEW.further_references <> '[]' THEN
                FOR item IN SELECT f ->> 'kind' AS kind, coalesce(f ->> 'id', f ->> 'text') AS value
                    FROM jsonb_array_elements(NEW.further_references) AS f
                LOOP
                    IF NOT audit.is_there(item.kind, item.value) THEN PERFORM audit.refuse_reference(item.kind, item.value); END IF;
                END LOOP;
            END IF;
            IF NEW.actor_reference_kind IS NOT NULL
                AND NOT audit.is_there(NEW.actor_reference_kind, coalesce(NEW.actor_id::text, NEW.actor_text))
            THEN
                PERFORM audit.refuse_reference(NEW.actor_reference_kind, coalesce(NEW.actor_id::text, NEW.actor_text));
            END IF;
            IF NOT required <@ given THEN
                RAISE EXCEPTION 'an entry of type %% needs a reference of kind %%', NEW.type,
                    (SELECT r FROM unnest(required) WITH ORDINALITY AS u (r, n) WHERE r <> ALL (given) ORDER BY n LIMIT 1)
                    USING ERRCODE = 'not_null_violation', CONSTRAINT = 'entry_has_required_references';
            END IF;
            PERFORM set_config('trellis.scope', scope, true);
            RETURN NEW;
        END $body$
        $function$, checks);

    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION audit.check_writer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
        BEGIN
            IF (current_user = 'trellis_app' AND NEW.type = ANY (%L::text[]))
                OR (current_user = 'trellis_system' AND NEW.type = ANY (%L::text[]))
            THEN
                RAISE EXCEPTION 'an entry of type %% is not written by %%', NEW.type, current_user
                    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'entry_is_of_its_writer';
            END IF;
            RETURN NEW;
        END $body$
        $function$,
        ARRAY(SELECT type FROM audit.type_writer WHERE role = 'trellis_system' ORDER BY type),
        ARRAY(SELECT type FROM audit.type_writer WHERE role = 'trellis_app' ORDER BY type));
END $_$;

CREATE FUNCTION billing.begin_eligibility() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.eligible_after := NEW.created_at;
    RETURN NEW;
END $$;

CREATE FUNCTION billing.close_hold(which_hold uuid, new_state text, at timestamp with time zone) RETURNS TABLE(pool_id uuid, amount bigint, key text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM billing.credit_pool p WHERE p.id = (SELECT h.pool_id FROM billing.credit_hold h WHERE h.id = which_hold) FOR UPDATE;
    RETURN QUERY UPDATE billing.credit_hold h SET state = new_state
        WHERE h.id = which_hold AND h.state = 'open' AND (h.expires_at > at OR new_state = 'released')
        RETURNING h.pool_id, h.amount, h.key;
END $$;

CREATE FUNCTION billing.count_credit_day() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO billing.credit_day AS d (org_id, day, graph_id, credits, operations)
    SELECT NEW.org_id, (NEW.created_at AT TIME ZONE 'UTC')::date, p.resource_id, -NEW.amount, (NEW.type = 'consumption')::integer
    FROM billing.credit_pool p WHERE p.org_id = NEW.org_id AND p.id = NEW.pool_id AND p.scope = 'graph'
    ON CONFLICT (org_id, day, graph_id)
        DO UPDATE SET credits = d.credits + excluded.credits, operations = d.operations + excluded.operations;
    RETURN NULL;
END $$;

CREATE FUNCTION billing.guard_own_invoice() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    sums record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.kind = 'own' AND NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'an own invoice begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_moves';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.kind <> 'own' AND NEW.kind <> 'own' THEN
        RETURN NEW;
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'open'), ('draft', 'paid'), ('draft', 'void'), ('open', 'paid'), ('open', 'void'), ('open', 'uncollectible'),
        ('uncollectible', 'paid'), ('uncollectible', 'void'))
    THEN
        RAISE EXCEPTION 'an invoice does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_moves';
    END IF;
    IF (OLD.kind, OLD.org_id, OLD.created_at) IS DISTINCT FROM (NEW.kind, NEW.org_id, NEW.created_at)
        OR (OLD.document IS NOT NULL AND
            (OLD.document, OLD.number, OLD.subscription_id, OLD.currency, OLD.subtotal, OLD.discount, OLD.tax, OLD.total,
                OLD.applied_credit, OLD.period_start, OLD.period_end, OLD.due_date, OLD.sent_at)
            IS DISTINCT FROM
            (NEW.document, NEW.number, NEW.subscription_id, NEW.currency, NEW.subtotal, NEW.discount, NEW.tax, NEW.total,
                NEW.applied_credit, NEW.period_start, NEW.period_end, NEW.due_date, NEW.sent_at))
        OR (OLD.overdue_at IS NOT NULL AND OLD.overdue_at IS DISTINCT FROM NEW.overdue_at)
    THEN
        RAISE EXCEPTION 'a finalised invoice is frozen' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_is_frozen';
    END IF;
    IF OLD.document IS NULL AND NEW.document IS NOT NULL THEN
        SELECT coalesce(sum(amount) FILTER (WHERE kind IN ('charge', 'proration')), 0) AS subtotal,
            -coalesce(sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,
            coalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax
        INTO sums FROM billing.invoice_line WHERE org_id = NEW.org_id AND invoice_id = NEW.id;
        IF (sums.subtotal, sums.discount, sums.tax) IS DISTINCT FROM (NEW.subtotal, NEW.discount, NEW.tax) THEN
            RAISE EXCEPTION 'an invoice is the sum of its lines' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_is_its_lines';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION billing.guard_own_line() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    which_org uuid;
    which_invoice uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN
        which_org := NEW.org_id;
        which_invoice := NEW.invoice_id;
    ELSE
        which_org := OLD.org_id;
        which_invoice := OLD.invoice_id;
    END IF;
    IF EXISTS (SELECT FROM billing.invoice WHERE org_id = which_org AND id = which_invoice AND document IS NOT NULL) THEN
        RAISE EXCEPTION 'the lines of a finalised invoice are frozen'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_line_is_frozen';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION billing.hold_credits(hold_id uuid, which_pool uuid, wanted bigint, hold_key text, until timestamp with time zone, at timestamp with time zone) RETURNS TABLE(outcome text, id uuid, available bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    pool billing.credit_pool;
    known billing.credit_hold;
    free bigint;
BEGIN
    SELECT * INTO pool FROM billing.credit_pool p WHERE p.id = which_pool FOR UPDATE;
    IF pool.id IS NULL THEN
        RETURN;
    END IF;
    SELECT pool.balance - coalesce(sum(h.amount), 0) INTO free FROM billing.credit_hold h
    WHERE h.org_id = pool.org_id AND h.pool_id = pool.id AND h.state = 'open' AND h.expires_at > at;
    SELECT * INTO known FROM billing.credit_hold h WHERE h.org_id = pool.org_id AND h.pool_id = pool.id AND h.key = hold_key;
    IF known.id IS NOT NULL THEN
        RETURN QUERY SELECT CASE WHEN known.amount = wanted THEN 'repeated' ELSE 'conflict' END, known.id, free;
        RETURN;
    END IF;
    IF free < wanted THEN
        RETURN QUERY SELECT 'insufficient', NULL::uuid, greatest(free, 0::bigint);
        RETURN;
    END IF;
    INSERT INTO billing.credit_hold (id, org_id, pool_id, amount, key, expires_at, state, created_at)
    VALUES (hold_id, pool.org_id, pool.id, wanted, hold_key, until, 'open', at);
    RETURN QUERY SELECT 'posted', hold_id, free - wanted;
END $$;

CREATE FUNCTION billing.payer_name(which uuid) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT name FROM orgs.org WHERE id = which $$;

CREATE FUNCTION billing.pending_idle_cases(p_user uuid) RETURNS TABLE(case_id uuid, org_id uuid)
    LANGUAGE sql STABLE
    AS $$
    SELECT c.id, c.org_id FROM orgs.membership m
    JOIN billing.idle_case c ON c.org_id = m.org_id AND c.subscriber_id IS NULL AND c.state IN ('decided', 'confirmed')
    WHERE m.user_id = p_user AND m.ended_at IS NULL
    UNION ALL
    SELECT c.id, c.org_id FROM billing.idle_case c WHERE c.subscriber_id = p_user AND c.state IN ('decided', 'confirmed')
$$;

CREATE FUNCTION billing.post_account_credit() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    credit billing.account_credit;
    before billing.account_credit_entry;
    own billing.account_credit_entry;
    at_home bigint := CASE WHEN NEW.home = 'local' THEN NEW.amount ELSE 0 END;
    at_provider bigint := CASE WHEN NEW.home = 'provider' THEN NEW.amount ELSE 0 END;
BEGIN
    PERFORM 1 FROM billing.customer WHERE org_id = NEW.org_id FOR UPDATE;
    SELECT * INTO credit FROM billing.account_credit WHERE org_id = NEW.org_id AND id = NEW.credit_id;
    IF credit.currency IS DISTINCT FROM NEW.currency OR (NEW.kind = 'issue' AND NEW.amount <> credit.amount) THEN
        RAISE EXCEPTION 'an entry keeps to its credit' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_entry_of_credit';
    END IF;
    SELECT * INTO before FROM billing.account_credit_entry
    WHERE org_id = NEW.org_id AND currency = NEW.currency ORDER BY seq DESC LIMIT 1;
    SELECT * INTO own FROM billing.account_credit_entry
    WHERE org_id = NEW.org_id AND credit_id = NEW.credit_id ORDER BY seq DESC LIMIT 1;
    IF (own.id IS NULL) <> (NEW.kind = 'issue') THEN
        RAISE EXCEPTION 'a credit begins with its issue' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_begins';
    END IF;
    NEW.seq := coalesce(before.seq, 0) + 1;
    NEW.local_balance_after := coalesce(before.local_balance_after, 0) + at_home;
    NEW.provider_balance_after := coalesce(before.provider_balance_after, 0) + at_provider;
    NEW.local_remaining_after := coalesce(own.local_remaining_after, 0) + at_home;
    NEW.provider_remaining_after := coalesce(own.provider_remaining_after, 0) + at_provider;
    IF NEW.local_remaining_after + NEW.provider_remaining_after > credit.amount THEN
        RAISE EXCEPTION 'a credit never grows' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_never_grows';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION billing.post_credits(entry_id uuid, which_pool uuid, entry_type text, wanted bigint, entry_key text, drains boolean, settles uuid, entry_operation text, entry_operation_id text, entry_description text, entry_user uuid, entry_request text, at timestamp with time zone) RETURNS TABLE(outcome text, id uuid, amount bigint, balance bigint, available bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    pool billing.credit_pool;
    known billing.credit_transaction;
    held bigint;
    free bigint;
    posted bigint := wanted;
BEGIN
    SELECT * INTO pool FROM billing.credit_pool p WHERE p.id = which_pool FOR UPDATE;
    IF pool.id IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO known FROM billing.credit_transaction t WHERE t.org_id = pool.org_id AND t.pool_id = pool.id AND t.key = entry_key;
    SELECT coalesce(sum(h.amount), 0) INTO held FROM billing.credit_hold h
    WHERE h.org_id = pool.org_id AND h.pool_id = pool.id AND h.state = 'open' AND h.expires_at > at AND h.id IS DISTINCT FROM settles;
    free := greatest(pool.balance - held, 0);
    IF known.id IS NOT NULL THEN
        RETURN QUERY SELECT CASE WHEN known.requested = wanted AND known.type = entry_type THEN 'repeated' ELSE 'conflict' END, known.id,
            known.amount, known.balance_after, free;
        RETURN;
    END IF;
    IF wanted < 0 AND entry_type = 'consumption' AND free < -wanted THEN
        IF NOT drains THEN
            RETURN QUERY SELECT 'insufficient', NULL::uuid, 0::bigint, pool.balance, free;
            RETURN;
        END IF;
        posted := -free;
    ELSIF wanted < 0 AND pool.balance < -wanted THEN
        posted := -pool.balance;
    END IF;
    UPDATE billing.credit_pool p SET balance = p.balance + posted, last_seq = p.last_seq + 1 WHERE p.id = pool.id;
    INSERT INTO billing.credit_transaction (id, org_id, pool_id, seq, type, amount, requested, balance_after, key, operation_type,
        operation_id, description, user_id, request_id, created_at)
    VALUES (entry_id, pool.org_id, pool.id, pool.last_seq + 1, entry_type, posted, wanted, pool.balance + posted, entry_key,
        entry_operation, entry_operation_id, entry_description, entry_user, entry_request, at);
    RETURN QUERY SELECT 'posted', entry_id, posted, pool.balance + posted, greatest(free + posted, 0);
END $$;

CREATE FUNCTION billing.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'billing.% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION billing.refuse_evaluation_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'an evaluation is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION billing.refuse_idle_move() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('held', 'decided', 'kept') THEN
            RAISE EXCEPTION 'an idle case does not begin as %', NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'idle_case_moves';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.subscription_id, NEW.period_start, NEW.period_end, NEW.evaluation_id)
        IS DISTINCT FROM (OLD.id, OLD.subscription_id, OLD.period_start, OLD.period_end, OLD.evaluation_id) THEN
        RAISE EXCEPTION 'an idle case stays what it was decided about' USING ERRCODE = 'check_violation', CONSTRAINT = 'idle_case_moves';
    END IF;
    IF OLD.state = NEW.state OR (OLD.state, NEW.state) IN (
        ('held', 'decided'), ('held', 'lapsed'),
        ('decided', 'confirmed'), ('decided', 'superseded'), ('decided', 'reversing'), ('decided', 'overridden'), ('decided', 'missed'),
        ('confirmed', 'reversing'), ('confirmed', 'overridden'), ('confirmed', 'completed'),
        ('reversing', 'kept'), ('reversing', 'drift_corrected'), ('reversing', 'overridden'), ('reversing', 'keep_failed'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an idle case does not go from % to %', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'idle_case_moves';
END $$;

CREATE FUNCTION billing.refuse_illegal_move() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN
            RAISE EXCEPTION 'a subscription begins as pending' USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_moves';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status = NEW.status THEN
        RETURN NEW;
    END IF;
    IF (OLD.status, NEW.status) IN (
        ('pending', 'pending_payment'), ('pending', 'provisioning'), ('pending', 'unpaid'), ('pending', 'canceled'), ('pending', 'failed'),
        ('pending_payment', 'provisioning'), ('pending_payment', 'unpaid'), ('pending_payment', 'canceled'),
        ('provisioning', 'active'), ('provisioning', 'failed'),
        ('active', 'past_due'), ('active', 'upgrading'), ('active', 'paused'), ('active', 'canceled'),
        ('upgrading', 'active'), ('upgrading', 'past_due'),
        ('past_due', 'active'), ('past_due', 'unpaid'), ('past_due', 'canceled'), ('past_due', 'paused'),
        ('paused', 'active'), ('paused', 'past_due'), ('paused', 'canceled'), ('unpaid', 'canceled'))
        OR (OLD.status = 'unpaid' AND NEW.status = 'provisioning' AND OLD.started_at IS NULL AND OLD.resource_id IS NULL)
        OR (OLD.status = 'unpaid' AND NEW.status = 'active' AND OLD.started_at IS NOT NULL)
        -- T22: only an end that lies ahead of the decision can be taken back.
        OR (OLD.status = 'canceled' AND NEW.status IN ('active', 'past_due') AND OLD.cancellation_type = 'period_end'
            AND OLD.closed_at IS NULL AND OLD.ends_at > NEW.updated_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a subscription does not go from % to %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_moves';
END $$;

CREATE FUNCTION billing.refuse_price_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.plan_key, OLD.plan_version, OLD.interval, OLD.currency, OLD.amount)
        IS DISTINCT FROM (NEW.plan_key, NEW.plan_version, NEW.interval, NEW.currency, NEW.amount) THEN
        RAISE EXCEPTION 'a price is never changed: give the plan a new version'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_price_is_immutable';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION billing.require_issue() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing.account_credit_entry WHERE org_id = NEW.org_id AND credit_id = NEW.id) THEN
        RAISE EXCEPTION 'a credit has its issue in the ledger' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_is_issued';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION billing.require_whole_move() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF (SELECT (sum(amount), count(*)) FROM billing.account_credit_entry WHERE org_id = NEW.org_id AND move_id = NEW.move_id)
        IS DISTINCT FROM (0::numeric, 2::bigint)
    THEN
        RAISE EXCEPTION 'a move leaves one home and enters the other' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'account_credit_move_is_whole';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION billing.restart_idle_clock() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.eligible_after := greatest(NEW.eligible_after, NEW.updated_at);
    RETURN NEW;
END $$;

CREATE FUNCTION billing.restart_idle_clocks_of_payer() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE billing.subscription SET eligible_after = NEW.synced_at
    WHERE org_id = NEW.org_id AND backing_kind = 'provider_subscription' AND closed_at IS NULL AND eligible_after < NEW.synced_at;
    RETURN NULL;
END $$;

CREATE FUNCTION billing.take_invoice_number(which_issuer text, at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    issued timestamp := at AT TIME ZONE 'UTC';
    taken bigint;
BEGIN
    INSERT INTO billing.invoice_counter AS counter (issuer, year, month, last)
    VALUES (which_issuer, extract(year FROM issued), extract(month FROM issued), 1)
    ON CONFLICT (issuer, year, month) DO UPDATE SET last = counter.last + 1
    RETURNING last INTO taken;
    RETURN which_issuer || to_char(issued, '-YYYY-MM-') || lpad(taken::text, greatest(4, length(taken::text)), '0');
END $$;

CREATE FUNCTION graphs.check_backup_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('pending', 'in_progress'), ('pending', 'failed'), ('in_progress', 'completed'), ('in_progress', 'failed'),
        ('completed', 'expired')) THEN
        RAISE EXCEPTION 'backup % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_backup_move';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION graphs.check_graph_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.access_epoch < OLD.access_epoch
        OR NEW.source_backup_id IS DISTINCT FROM OLD.source_backup_id
        OR (NEW.subscription_id IS DISTINCT FROM OLD.subscription_id
            AND NOT (OLD.status = 'suspended' AND NEW.status = 'active' AND NEW.subscription_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'what graph % is cannot change', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_identity';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('provisioning', 'active'), ('provisioning', 'failed'), ('active', 'suspended'), ('suspended', 'active'),
        ('active', 'deprovisioning'), ('suspended', 'deprovisioning'), ('deprovisioning', 'deprovisioned')) THEN
        RAISE EXCEPTION 'graph % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_move';
    END IF;
    IF NEW.status = 'deprovisioned' AND OLD.status <> 'deprovisioned'
        AND NOT EXISTS (
            SELECT FROM graphs.teardown t WHERE t.graph_id = NEW.id AND (t.absent_at IS NOT NULL OR t.waived_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'the absence of graph % is not confirmed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_absence';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION graphs.check_teardown() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.verified_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM graphs.graph_backup b
        WHERE b.id = NEW.backup_id AND b.graph_id = NEW.graph_id AND b.initiator = 'final' AND b.status = 'completed'
          AND b.verified_at IS NOT NULL AND b.created_at >= NEW.closed_at) THEN
        RAISE EXCEPTION 'graph % has no verified final backup', NEW.graph_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'teardown_verified_backup';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.waived_at IS NOT NULL THEN
        IF (NEW.waived_at, NEW.verified_at, NEW.drop_allowed_at, NEW.absent_at)
            IS DISTINCT FROM (OLD.waived_at, OLD.verified_at, OLD.drop_allowed_at, OLD.absent_at) THEN
            RAISE EXCEPTION 'nothing more is done for graph % on its host', NEW.graph_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'teardown_waiver_is_final';
        END IF;
    ELSIF NEW.waived_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM graphs.graph g JOIN graphs.graph_host h ON h.id = g.host_id
        WHERE g.id = NEW.graph_id AND g.status = 'deprovisioning' AND h.is_given_up) THEN
        RAISE EXCEPTION 'the host of graph % is not lost', NEW.graph_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'teardown_waiver_of_lost_host';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION graphs.due_graphs(at timestamp with time zone, only_graph text) RETURNS TABLE(graph_id text, org_id uuid, step text, reason text)
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN QUERY
    SELECT g.id, g.org_id,
        CASE g.status WHEN 'active' THEN 'suspend' ELSE 'purge' END,
        CASE WHEN g.status = 'suspended' THEN 'retention_ended' WHEN o.id IS NOT NULL THEN 'org_deleted'
            ELSE 'subscription_ended' END
    FROM graphs.graph g
    LEFT JOIN orgs.org o ON o.id = g.org_id AND o.state IN ('deleted', 'purging', 'purged')
    WHERE (only_graph IS NULL OR g.id = only_graph) AND g.parent_id IS NULL AND (
        (g.status = 'active' AND (o.id IS NOT NULL
            OR EXISTS (SELECT FROM billing.subscription s
                WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.status IN ('canceled', 'failed') AND s.ends_at <= at)
            AND NOT EXISTS (SELECT FROM billing.subscription s
                WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.closed_at IS NULL
                  AND NOT (s.status IN ('canceled', 'failed') AND s.ends_at <= at))))
        OR (g.status = 'suspended' AND g.purge_at <= at AND g.purge_hold IS NULL AND NOT g.delete_protected AND o.id IS NULL
            AND NOT EXISTS (SELECT FROM billing.subscription s
                WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.closed_at IS NULL
                  AND NOT (s.status IN ('canceled', 'failed') AND s.ends_at <= at))));
END
$$;

CREATE FUNCTION graphs.keep_graph() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Of a subgraph that never came to be nothing is left, and nothing names it.
    IF OLD.parent_id IS NOT NULL AND OLD.status = 'provisioning' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'graphs are kept for ever, so that no id is given out twice'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_kept';
END
$$;

CREATE FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_now timestamp with time zone) RETURNS TABLE(user_id uuid, email text, name text, email_verified_at timestamp with time zone, status text, session_epoch integer, key_epoch integer, default_org_id uuid, created_at timestamp with time zone, updated_at timestamp with time zone, s_id uuid, s_epoch integer, s_generation integer, s_confirmed_generation integer, s_rotated_at timestamp with time zone, s_active_org_id uuid, s_methods text[], s_authenticated_at timestamp with time zone, s_network text, s_client_family text, s_last_active_at timestamp with time zone, s_token_expires_at timestamp with time zone, s_absolute_expires_at timestamp with time zone, s_revoked_at timestamp with time zone, s_revoke_reason text, k_id uuid, k_epoch integer, k_name text, k_description text, k_prefix text, k_scopes text[], k_org_id uuid, k_graph_id text, k_expires_at timestamp with time zone, k_created_at timestamp with time zone, k_last_active_at timestamp with time zone, k_revoked_at timestamp with time zone, m_org_id uuid, m_membership_id uuid, m_role text, m_org_state text, m_org_name text, m_org_type text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    s identity.session;
    k identity.api_key;
    a identity.account;
    m identity.org_membership;
    wanted uuid;
    memberships integer := 0;
    only_one identity.org_membership;
    scope text := coalesce(current_setting('trellis.scope', true), '');
BEGIN
    -- An exception takes this setting back with everything else.
    PERFORM set_config('trellis.scope', 'system', true);
    IF p_session IS NOT NULL THEN
        SELECT * INTO s FROM identity.session WHERE id = p_session;
    ELSE
        SELECT * INTO k FROM identity.api_key WHERE key_hash = p_key;
    END IF;
    SELECT * INTO a FROM identity.account WHERE id = coalesce(s.user_id, k.user_id) AND status <> 'purged';
    IF a.id IS NULL THEN
        PERFORM set_config('trellis.scope', scope, true);
        RETURN;
    END IF;

    -- The org that the request names, else the active or bound one, else the only one (ID-071).
    wanted := coalesce(p_org, s.active_org_id, k.org_id);
    IF wanted IS NOT NULL THEN
        SELECT * INTO m FROM identity.org_membership v WHERE v.user_id = a.id AND v.org_id = wanted;
    END IF;
    IF p_org IS NULL AND k.org_id IS NULL AND (m.org_id IS NULL OR m.org_state = 'deleted') THEN
        m := NULL;
        FOR only_one IN SELECT * FROM identity.org_membership v WHERE v.user_id = a.id AND v.org_state <> 'deleted' LIMIT 2 LOOP
            memberships := memberships + 1;
            m := only_one;
        END LOOP;
        IF memberships <> 1 THEN
            m := NULL;
        END IF;
    END IF;

    RETURN QUERY SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id,
        a.created_at, a.updated_at,
        s.id, s.epoch, s.generation, s.confirmed_generation, s.rotated_at, s.active_org_id, s.methods, s.authenticated_at, s.network,
        s.client_family, s.last_active_at, s.token_expires_at, s.absolute_expires_at, s.revoked_at, s.revoke_reason,
        k.id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.expires_at, k.created_at,
        k.last_active_at, k.revoked_at,
        m.org_id, m.membership_id, m.role, m.org_state, m.org_name, m.org_type;

    -- A use is noted once a minute, and when a new generation is used for the first time; a row that is locked elsewhere is skipped.
    IF a.status = 'active' AND s.id IS NOT NULL AND s.revoked_at IS NULL AND s.epoch = a.session_epoch
        AND p_now < s.absolute_expires_at AND p_generation BETWEEN s.generation - 1 AND s.generation
        AND (s.last_active_at <= p_now - interval '60 seconds' OR s.confirmed_generation < p_generation)
    THEN
        UPDATE identity.session SET last_active_at = p_now, confirmed_generation = greatest(confirmed_generation, p_generation)
        WHERE id = (SELECT id FROM identity.session WHERE id = s.id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
    ELSIF a.status = 'active' AND k.id IS NOT NULL AND k.revoked_at IS NULL AND k.epoch = a.key_epoch
        AND (k.expires_at IS NULL OR p_now < k.expires_at)
        AND (k.last_active_at IS NULL OR k.last_active_at <= p_now - interval '60 seconds')
    THEN
        UPDATE identity.api_key SET last_active_at = p_now
        WHERE id = (SELECT id FROM identity.api_key WHERE id = k.id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
    END IF;
    PERFORM set_config('trellis.scope', scope, true);
END $$;

CREATE FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_network text, p_touches boolean, p_now timestamp with time zone) RETURNS TABLE(user_id uuid, email text, name text, email_verified_at timestamp with time zone, status text, session_epoch integer, key_epoch integer, default_org_id uuid, created_at timestamp with time zone, updated_at timestamp with time zone, s_id uuid, s_epoch integer, s_generation integer, s_confirmed_generation integer, s_rotated_at timestamp with time zone, s_active_org_id uuid, s_methods text[], s_authenticated_at timestamp with time zone, s_network text, s_client_family text, s_last_active_at timestamp with time zone, s_token_expires_at timestamp with time zone, s_absolute_expires_at timestamp with time zone, s_revoked_at timestamp with time zone, s_revoke_reason text, k_id uuid, k_epoch integer, k_name text, k_description text, k_prefix text, k_scopes text[], k_org_id uuid, k_graph_id text, k_networks text[], k_expires_at timestamp with time zone, k_created_at timestamp with time zone, k_last_active_at timestamp with time zone, k_revoked_at timestamp with time zone, m_org_id uuid, m_membership_id uuid, m_role text, m_org_state text, m_org_name text, m_org_type text, m_mfa_rule text, m_is_alone boolean, memberships integer, is_network_allowed boolean, is_idle_case_pending boolean, is_touched boolean, has_notices boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    person uuid;
    wanted uuid;
    is_live_session boolean;
    is_live_key boolean;
    scope text := coalesce(current_setting('trellis.scope', true), '');
    ignored text;
BEGIN
    -- An exception takes this setting back with everything else. An assignment costs a tenth of a PERFORM.
    ignored := set_config('trellis.scope', 'system', true);
    IF p_session IS NOT NULL THEN
        SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id, a.created_at,
            a.updated_at, s.id, s.epoch, s.generation, s.confirmed_generation, s.rotated_at, s.active_org_id, s.methods,
            s.authenticated_at, s.network, s.client_family, s.last_active_at, s.token_expires_at, s.absolute_expires_at, s.revoked_at,
            s.revoke_reason, identity.has_pending_idle_case(a.id),
            EXISTS (SELECT FROM identity.pending_notice n WHERE n.user_id = a.id)
        INTO user_id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at,
            updated_at, s_id, s_epoch, s_generation, s_confirmed_generation, s_rotated_at, s_active_org_id, s_methods,
            s_authenticated_at, s_network, s_client_family, s_last_active_at, s_token_expires_at, s_absolute_expires_at, s_revoked_at,
            s_revoke_reason, is_idle_case_pending, has_notices
        FROM identity.session s JOIN identity.account a ON a.id = s.user_id AND a.status <> 'purged' WHERE s.id = p_session;
    ELSE
        SELECT a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id, a.created_at,
            a.updated_at, k.id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[],
            k.expires_at, k.created_at, k.last_active_at, k.revoked_at,
            identity.has_pending_idle_case(a.id),
            EXISTS (SELECT FROM identity.pending_notice n WHERE n.user_id = a.id)
        INTO user_id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at,
            updated_at, k_id, k_epoch, k_name, k_description, k_prefix, k_scopes, k_org_id, k_graph_id, k_networks,
            k_expires_at, k_created_at, k_last_active_at, k_revoked_at, is_idle_case_pending, has_notices
        FROM identity.api_key k JOIN identity.account a ON a.id = k.user_id AND a.status <> 'purged' WHERE k.key_hash = p_key;
    END IF;
    person := user_id;
    IF person IS NULL THEN
        ignored := set_config('trellis.scope', scope, true);
        RETURN;
    END IF;
    is_network_allowed := true;
    IF k_networks IS NOT NULL THEN
        BEGIN
            is_network_allowed := EXISTS (SELECT FROM unnest(k_networks::cidr[]) AS n WHERE p_network::inet <<= n);
        EXCEPTION WHEN invalid_text_representation THEN
            -- Whoever has no address is in no network.
            is_network_allowed := false;
        END;
    END IF;

    -- The org that the request names, else the active or bound one, else the only one (ID-071). Three are as many as any number; they are
    -- counted only where the number decides.
    memberships := 0;
    wanted := coalesce(p_org, s_active_org_id, k_org_id);
    IF wanted IS NOT NULL THEN
        SELECT v.org_id, v.membership_id, v.role, v.org_state, v.org_name, v.org_type, v.mfa_rule
        INTO m_org_id, m_membership_id, m_role, m_org_state, m_org_name, m_org_type, m_mfa_rule
        -- The form of the second condition keeps it from an index: by org alone it would read every member of a large one.
        FROM identity.org_membership v WHERE v.user_id = person AND v.org_id IS NOT DISTINCT FROM wanted;
        IF m_org_id IS NOT NULL AND m_org_state <> 'deleted' THEN memberships := 1; END IF;
    END IF;
    IF memberships = 0 THEN
        SELECT count(*) INTO memberships FROM (
            SELECT FROM identity.org_membership v WHERE v.user_id = person AND v.org_state <> 'deleted' LIMIT 3) AS mine;
        IF p_org IS NULL AND k_org_id IS NULL THEN
            SELECT v.org_id, v.membership_id, v.role, v.org_state, v.org_name, v.org_type, v.mfa_rule
            INTO m_org_id, m_membership_id, m_role, m_org_state, m_org_name, m_org_type, m_mfa_rule
            FROM identity.org_membership v WHERE v.user_id = person AND v.org_state <> 'deleted' AND memberships = 1;
        END IF;
    END IF;
    m_is_alone := false;
    IF m_org_type = 'personal' AND s_methods IS NOT NULL AND NOT 'mfa' = ANY (s_methods) THEN
        m_is_alone := NOT EXISTS (SELECT FROM identity.org_membership o WHERE o.org_id = m_org_id AND o.user_id <> person);
    END IF;
    is_live_session := status = 'active' AND s_id IS NOT NULL AND s_revoked_at IS NULL AND s_epoch = session_epoch
        AND p_now < s_absolute_expires_at AND p_generation BETWEEN s_generation - 1 AND s_generation;
    is_live_key := status = 'active' AND k_id IS NOT NULL AND k_revoked_at IS NULL AND k_epoch = key_epoch
        AND (k_expires_at IS NULL OR p_now < k_expires_at) AND is_network_allowed;

    -- A use is noted once a minute, and when a new generation is used for the first time; a row that is locked elsewhere is skipped. While an
    -- idle case is pending the use is noted by a statement of its own, which skips nothing.
    -- The request does not wait until that is on the disk: a crash of the server may lose the uses of its last moment, as it may what came
    -- within the minute.
    is_touched := false;
    IF p_touches AND NOT is_idle_case_pending AND is_live_session
        AND (s_last_active_at <= p_now - interval '60 seconds' OR s_confirmed_generation < p_generation)
    THEN
        ignored := set_config('synchronous_commit', 'off', true);
        UPDATE identity.session SET last_active_at = p_now, confirmed_generation = greatest(confirmed_generation, p_generation)
        WHERE id = (SELECT id FROM identity.session WHERE id = p_session AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
        is_touched := FOUND;
    ELSIF p_touches AND NOT is_idle_case_pending AND is_live_key
        AND (k_last_active_at IS NULL OR k_last_active_at <= p_now - interval '60 seconds')
    THEN
        ignored := set_config('synchronous_commit', 'off', true);
        UPDATE identity.api_key SET last_active_at = p_now
        WHERE id = (SELECT id FROM identity.api_key WHERE id = k_id AND revoked_at IS NULL FOR UPDATE SKIP LOCKED);
        is_touched := FOUND;
    END IF;
    IF p_touches AND is_live_key AND p_network IS NOT NULL THEN
        INSERT INTO identity.api_key_network (key_id, network, user_id, is_first, first_used_at)
        SELECT k_id, left(p_network, 64), person,
            NOT EXISTS (SELECT FROM identity.api_key_network n WHERE n.key_id = k_id), p_now
        WHERE NOT EXISTS (SELECT FROM identity.api_key_network n WHERE n.key_id = k_id AND n.network = p_network)
        ON CONFLICT DO NOTHING;
    END IF;
    ignored := set_config('trellis.scope', scope, true);
    RETURN NEXT;
END $$;

CREATE FUNCTION identity.clean_up(p_now timestamp with time zone, p_limit integer, OUT links integer, OUT exports integer, OUT sessions integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    old_sessions uuid[];
BEGIN
    DELETE FROM identity.link_token WHERE id IN (
        SELECT id FROM identity.link_token WHERE expires_at < p_now - interval '30 days'
            OR (consumed_at IS NOT NULL OR superseded_at IS NOT NULL)
                AND coalesce(consumed_at, superseded_at) < p_now - interval '30 days'
        LIMIT p_limit);
    GET DIAGNOSTICS links = ROW_COUNT;
    DELETE FROM identity.personal_export WHERE id IN (
        SELECT id FROM identity.personal_export WHERE expires_at <= p_now ORDER BY expires_at LIMIT p_limit);
    GET DIAGNOSTICS exports = ROW_COUNT;
    SELECT array_agg(id) INTO old_sessions FROM (
        SELECT id FROM identity.session WHERE absolute_expires_at < p_now - interval '400 days'
        ORDER BY absolute_expires_at LIMIT p_limit) AS due;
    UPDATE identity.account a SET last_active_floor = greatest(a.last_active_floor, s.last_active_at)
    FROM (SELECT user_id, max(last_active_at) AS last_active_at FROM identity.session WHERE id = ANY (old_sessions) GROUP BY user_id) AS s
    WHERE a.id = s.user_id;
    UPDATE identity.session SET parent_id = NULL WHERE parent_id = ANY (old_sessions);
    DELETE FROM identity.session WHERE id = ANY (old_sessions);
    GET DIAGNOSTICS sessions = ROW_COUNT;
END $$;

CREATE FUNCTION identity.clean_up_ceremonies(p_now timestamp with time zone, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    removed integer;
    total integer := 0;
BEGIN
    DELETE FROM identity.ceremony_challenge WHERE id IN (
        SELECT id FROM identity.ceremony_challenge WHERE expires_at < p_now - interval '30 days' ORDER BY expires_at LIMIT p_limit);
    GET DIAGNOSTICS removed = ROW_COUNT;
    total := total + removed;
    DELETE FROM identity.mfa_token WHERE id IN (
        SELECT id FROM identity.mfa_token WHERE expires_at < p_now - interval '30 days' ORDER BY expires_at LIMIT p_limit);
    GET DIAGNOSTICS removed = ROW_COUNT;
    total := total + removed;
    DELETE FROM identity.handoff WHERE id IN (
        SELECT id FROM identity.handoff WHERE expires_at < p_now - interval '30 days' ORDER BY expires_at LIMIT p_limit);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN total + removed;
END $$;

CREATE FUNCTION identity.erase_traces(p_user uuid, p_key text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    erased integer;
BEGIN
    IF NOT EXISTS (SELECT FROM identity.account WHERE id = p_user AND status = 'purged') THEN
        RETURN 0;
    END IF;
    UPDATE jobs.event SET payload = payload - ARRAY['email', 'name', 'oldEmail', 'newEmail', 'restoredEmail', 'abandonedEmail',
        'keyName', 'liveKeys', 'network', 'clientFamily']
    WHERE key = p_key AND topic LIKE 'identity.%' AND xid < (SELECT next_xid FROM jobs.event_cursor WHERE event_cursor.name = 'relay');
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;

CREATE FUNCTION identity.guess_account_wait(p_failures integer) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN p_failures >= 50 THEN 300 WHEN p_failures >= 8 THEN 60 WHEN p_failures = 7 THEN 30 WHEN p_failures = 6 THEN 10
        WHEN p_failures = 5 THEN 5 ELSE 0 END * interval '1 second' $$;

CREATE FUNCTION identity.guess_begin(p_id uuid, p_network text, p_email text, p_is_exempt boolean, p_now timestamp with time zone) RETURNS TABLE(verdict text, until timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_account bytea := sha256(convert_to(p_email, 'UTF8'));
    net identity.guess_network;
    counts record;
    owners record;
    died integer;
BEGIN
    INSERT INTO identity.guess_network (network) VALUES (p_network) ON CONFLICT (network) DO NOTHING;
    SELECT * INTO net FROM identity.guess_network g WHERE g.network = p_network FOR UPDATE;
    DELETE FROM identity.guess_attempt a WHERE a.network = p_network AND a.started_at < p_now - interval '25 hours';
    UPDATE identity.guess_attempt a SET ended_at = a.started_at + interval '60 seconds'
    WHERE a.network = p_network AND a.ended_at IS NULL AND a.started_at <= p_now - interval '60 seconds';
    GET DIAGNOSTICS died = ROW_COUNT;
    IF died > 0 THEN
        net.blocked_until := greatest(net.blocked_until, identity.guess_block(p_network, died, p_now));
    END IF;
    IF net.blocked_until > p_now THEN
        RETURN QUERY SELECT 'blocked', net.blocked_until;
        RETURN;
    END IF;
    SELECT * INTO counts FROM identity.guess_counts_of_network(p_network, p_now);
    IF counts.last_at + identity.guess_network_wait(counts.failures) > p_now THEN
        RETURN QUERY SELECT 'delayed', counts.last_at + identity.guess_network_wait(counts.failures);
        RETURN;
    END IF;
    -- Attempts at one moment together cannot pass the next block.
    IF counts.failures + counts.under_way >= identity.guess_next_block(counts.failures) THEN
        RETURN QUERY SELECT 'delayed', p_now + interval '1 second';
        RETURN;
    END IF;
    IF v_account IS NOT NULL THEN
        INSERT INTO identity.guess_account (account) VALUES (v_account) ON CONFLICT (account) DO NOTHING;
        PERFORM 1 FROM identity.guess_account g WHERE g.account = v_account FOR UPDATE;
        SELECT * INTO owners FROM identity.guess_counts_of_account(v_account, p_now);
        -- Networks from which the owner has signed in are spared, so that nobody can lock a person out.
        IF NOT p_is_exempt AND owners.failures + owners.under_way >= 5 AND NOT EXISTS (
            SELECT 1 FROM identity.account o JOIN identity.session s ON s.user_id = o.id
            WHERE o.email = p_email AND o.status <> 'purged' AND s.network = p_network)
        THEN
            IF owners.last_at + identity.guess_account_wait(owners.failures) > p_now THEN
                RETURN QUERY SELECT 'account', owners.last_at + identity.guess_account_wait(owners.failures);
                RETURN;
            END IF;
            IF owners.under_way > 0 THEN
                RETURN QUERY SELECT 'account', p_now + interval '1 second';
                RETURN;
            END IF;
        END IF;
    END IF;
    INSERT INTO identity.guess_attempt (id, network, account, started_at) VALUES (p_id, p_network, v_account, p_now);
    RETURN QUERY SELECT 'admitted', NULL::timestamptz;
END $$;

CREATE FUNCTION identity.guess_block(p_network text, p_added integer, p_now timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
DECLARE
    counts record;
    until timestamptz;
    cause text := 'failures';
BEGIN
    SELECT * INTO counts FROM identity.guess_counts_of_network(p_network, p_now);
    until := CASE WHEN counts.failures >= 20 THEN p_now + interval '24 hours'
        WHEN counts.failures >= 10 AND counts.failures - p_added < 10 THEN p_now + interval '1 hour'
        WHEN counts.failures >= 5 AND counts.failures - p_added < 5 THEN p_now + interval '15 minutes' END;
    IF counts.accounts >= 10 AND coalesce(until < p_now + interval '1 hour', true) THEN
        until := p_now + interval '1 hour';
        cause := 'accounts';
    END IF;
    IF until IS NOT NULL THEN
        UPDATE identity.guess_network SET blocked_until = until, blocked_because = cause
        WHERE network = p_network AND (blocked_until IS NULL OR blocked_until < until);
        IF NOT FOUND THEN
            until := NULL;
        END IF;
    END IF;
    RETURN until;
END $$;

CREATE FUNCTION identity.guess_counts_of_account(p_account bytea, p_now timestamp with time zone) RETURNS TABLE(failures integer, under_way integer, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
    SELECT count(*) FILTER (WHERE e.at IS NOT NULL)::integer, count(*) FILTER (WHERE e.at IS NULL)::integer, max(e.at)
    FROM identity.guess_attempt a, LATERAL (SELECT coalesce(a.ended_at, CASE WHEN a.started_at <= p_now - interval '60 seconds'
        THEN a.started_at + interval '60 seconds' END) AS at) e
    WHERE a.account = p_account AND a.counts_for_account AND coalesce(e.at, a.started_at) > p_now - interval '24 hours' $$;

CREATE FUNCTION identity.guess_counts_of_network(p_network text, p_now timestamp with time zone) RETURNS TABLE(failures integer, under_way integer, last_at timestamp with time zone, accounts integer)
    LANGUAGE sql STABLE
    AS $$
    SELECT count(*) FILTER (WHERE e.at IS NOT NULL AND a.counts_for_network)::integer,
        count(*) FILTER (WHERE e.at IS NULL)::integer, max(e.at) FILTER (WHERE a.counts_for_network),
        -- A success in between does not hide how many accounts were tried.
        count(DISTINCT a.account) FILTER (WHERE e.at > p_now - interval '10 minutes')::integer
    FROM identity.guess_attempt a, LATERAL (SELECT coalesce(a.ended_at, CASE WHEN a.started_at <= p_now - interval '60 seconds'
        THEN a.started_at + interval '60 seconds' END) AS at) e
    WHERE a.network = p_network AND coalesce(e.at, a.started_at) > p_now - interval '24 hours' $$;

CREATE FUNCTION identity.guess_end(p_id uuid, p_outcome text, p_now timestamp with time zone) RETURNS TABLE(blocked_until timestamp with time zone, failures integer, warned_of integer)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
    tried identity.guess_attempt;
    block timestamptz;
    counts record;
    owners record;
    warned integer;
BEGIN
    SELECT * INTO tried FROM identity.guess_attempt a WHERE a.id = p_id;
    IF tried.id IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM identity.guess_network g WHERE g.network = tried.network FOR UPDATE;
    IF p_outcome = 'failed' THEN
        UPDATE identity.guess_attempt a SET ended_at = greatest(p_now, a.started_at) WHERE a.id = p_id AND a.ended_at IS NULL;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        block := identity.guess_block(tried.network, 1, p_now);
        SELECT * INTO counts FROM identity.guess_counts_of_network(tried.network, p_now);
        IF tried.account IS NOT NULL THEN
            PERFORM 1 FROM identity.guess_account g WHERE g.account = tried.account FOR UPDATE;
            SELECT * INTO owners FROM identity.guess_counts_of_account(tried.account, p_now);
            IF owners.failures >= 50 THEN
                UPDATE identity.guess_account g SET warned_at = p_now WHERE g.account = tried.account
                    AND (g.warned_at IS NULL OR g.warned_at <= p_now - interval '24 hours');
                IF FOUND THEN
                    warned := owners.failures;
                END IF;
            END IF;
        END IF;
        RETURN QUERY SELECT block, counts.failures, warned;
        RETURN;
    END IF;
    DELETE FROM identity.guess_attempt a WHERE a.id = p_id;
    IF p_outcome = 'succeeded' THEN
        UPDATE identity.guess_attempt a SET counts_for_network = false WHERE a.id = (
            SELECT o.id FROM identity.guess_attempt o
            WHERE o.network = tried.network AND o.counts_for_network AND o.ended_at > p_now - interval '24 hours'
            ORDER BY o.ended_at LIMIT 1);
    END IF;
END $$;

CREATE FUNCTION identity.guess_network_wait(p_failures integer) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT (ARRAY[0, 1, 2, 5, 10, 30, 60, 300, 900])[least(p_failures, 8) + 1] * interval '1 second' $$;

CREATE FUNCTION identity.guess_next_block(p_failures integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN p_failures < 5 THEN 5 WHEN p_failures < 10 THEN 10 WHEN p_failures < 20 THEN 20 ELSE p_failures + 1 END $$;

CREATE FUNCTION identity.has_pending_idle_case(p_user uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing.idle_case WHERE state IN ('decided', 'confirmed')) THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM billing.pending_idle_cases(p_user));
END $$;

CREATE FUNCTION identity.id_text(p_prefix text, p_id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    AS $$
    SELECT p_prefix || '_' || string_agg(
        substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + substr(d.bits, n * 5 + 1, 5)::bit(5)::integer, 1), '' ORDER BY n)
    FROM (SELECT '00' || (('x' || replace(p_id::text, '-', ''))::bit(128))::text AS bits) AS d, generate_series(0, 25) AS n
$$;

CREATE FUNCTION identity.keep_session_evidence() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'a session ends once' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_ends_once';
    END IF;
    NEW.last_active_at := greatest(date_trunc('second', NEW.last_active_at, 'UTC'), OLD.last_active_at);
    RETURN NEW;
END $$;

CREATE FUNCTION identity.keep_use() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.last_active_at := date_trunc('second', NEW.last_active_at, 'UTC');
    IF TG_OP = 'UPDATE' THEN
        NEW.last_active_at := greatest(NEW.last_active_at, OLD.last_active_at);
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION identity.last_use(p_user uuid) RETURNS TABLE(used_at timestamp with time zone, source text, credential uuid)
    LANGUAGE sql STABLE
    AS $$
    SELECT date_trunc('second', u.used_at, 'UTC'), u.source, u.credential
    FROM (
        (SELECT s.last_active_at AS used_at, 'session' AS source, s.id AS credential FROM identity.session s
         WHERE s.user_id = p_user ORDER BY s.last_active_at DESC LIMIT 1)
        UNION ALL
        (SELECT k.last_active_at, 'api_key', k.id FROM identity.api_key k
         WHERE k.user_id = p_user AND k.last_active_at IS NOT NULL ORDER BY k.last_active_at DESC LIMIT 1)
        UNION ALL
        (SELECT a.last_active_floor, 'earlier', NULL FROM identity.account a
         WHERE a.id = p_user AND a.last_active_floor IS NOT NULL)
    ) AS u
    ORDER BY u.used_at DESC, u.source LIMIT 1
$$;

CREATE FUNCTION identity.limit_passkeys() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF (SELECT count(*) FROM identity.passkey p WHERE p.user_id = NEW.user_id AND p.removed_at IS NULL) > 20 THEN
        RAISE EXCEPTION 'an account has at most 20 passkeys' USING ERRCODE = 'check_violation', CONSTRAINT = 'passkey_limit';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION identity.note_verification() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.was_verified := true;
    RETURN NEW;
END $$;

CREATE FUNCTION identity.purge_account(p_user uuid, p_now timestamp with time zone, OUT sessions integer, OUT keys integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    relation text;
BEGIN
    UPDATE identity.account SET status = 'purged', email = NULL, name = NULL, password_hash = NULL, email_verified_at = NULL,
        default_org_id = NULL, selected_graph_id = NULL, updated_at = p_now,
        user_handle = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        last_active_floor = greatest(last_active_floor,
            (SELECT max(last_active_at) FROM identity.session WHERE user_id = p_user),
            (SELECT max(last_active_at) FROM identity.api_key WHERE user_id = p_user))
    WHERE id = p_user AND status = 'deleting' AND purge_at <= p_now;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this account is not due' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_due';
    END IF;
    UPDATE identity.api_key SET name = 'deleted', description = NULL, networks = NULL, updated_at = p_now,
        revoke_reason = coalesce(revoke_reason, 'deletion'), revoked_at = coalesce(revoked_at, p_now)
    WHERE user_id = p_user;
    GET DIAGNOSTICS keys = ROW_COUNT;
    FOR relation IN
        SELECT c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'user_id' AND NOT t.attisdropped
        WHERE n.nspname = 'identity' AND c.relkind IN ('r', 'p') AND c.relname NOT IN ('api_key', 'session')
    LOOP
        EXECUTE format('DELETE FROM identity.%I WHERE user_id = $1', relation) USING p_user;
    END LOOP;
    UPDATE identity.session SET parent_id = NULL WHERE user_id = p_user AND parent_id IS NOT NULL;
    DELETE FROM identity.session WHERE user_id = p_user;
    GET DIAGNOSTICS sessions = ROW_COUNT;
END $_$;

CREATE FUNCTION identity.record_pending_activity(p_user uuid, p_session uuid, p_generation integer, p_key uuid, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '250ms'
    AS $$
DECLARE
    scope text := coalesce(current_setting('trellis.scope', true), '');
BEGIN
    PERFORM set_config('trellis.scope', 'system', true);
    UPDATE identity.session SET last_active_at = greatest(last_active_at, p_now),
        confirmed_generation = least(generation, greatest(confirmed_generation, p_generation))
    WHERE id = p_session AND user_id = p_user;
    UPDATE identity.api_key SET last_active_at = greatest(last_active_at, p_now) WHERE id = p_key AND user_id = p_user;
    PERFORM identity.reverse_idle_case(p_user, p_now);
    PERFORM set_config('trellis.scope', scope, true);
END $$;

CREATE FUNCTION identity.reverse_idle_case(p_user uuid, p_now timestamp with time zone) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO jobs.job (id, lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, unique_key, org, args)
    SELECT nextval('jobs.job_id_seq'), 1, jobs.kind_id('billing.reverse_idle_case'), 2, 30000, 120000, p_now, p_now, w.unique_key, w.org_id,
        jsonb_build_object('case', w.case_name, 'user', identity.id_text('user', p_user),
            'at', to_char(p_now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    FROM (
        SELECT c.org_id, identity.id_text('icase', c.case_id) AS case_name,
            substr(sha256(convert_to('billing.reverse_idle_case' || E'\x1f' || identity.id_text('icase', c.case_id), 'UTF8')), 1, 16)
                AS unique_key
        FROM billing.pending_idle_cases(p_user) AS c
    ) AS w
    WHERE NOT EXISTS (SELECT FROM jobs.job j WHERE j.unique_key = w.unique_key)
    ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
$$;

CREATE FUNCTION jobs.forget_history(days integer, rows integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '100ms'
    AS $_$
DECLARE
    name text;
    gone bigint;
BEGIN
    SELECT c.relname INTO name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'jobs.job_history'::regclass AND c.relname ~ '^job_history_\d{4}_\d\d_\d\d$'
        AND to_date(right(c.relname, 10), 'YYYY_MM_DD') < current_date - days
    ORDER BY c.relname LIMIT 1;
    IF FOUND THEN
        EXECUTE format('DROP TABLE jobs.%I', name);
        RETURN true;
    END IF;
    DELETE FROM jobs.job_history_other WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM jobs.job_history_other WHERE recorded_at < current_date - days LIMIT rows));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone >= rows;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END $_$;

CREATE FUNCTION jobs.keep_history(days integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '100ms'
    AS $$
DECLARE
    day date;
    name text;
BEGIN
    -- Readers and writers go on; what follows sees what the one before has committed.
    LOCK TABLE jobs.job_history IN SHARE UPDATE EXCLUSIVE MODE;
    FOR day IN SELECT current_date + n FROM generate_series(1, 3) AS n LOOP
        name := 'job_history_' || to_char(day, 'YYYY_MM_DD');
        IF to_regclass('jobs.' || name) IS NULL THEN
            EXECUTE format('CREATE TABLE jobs.%I PARTITION OF jobs.job_history FOR VALUES FROM (%L) TO (%L)', name, day, day + 1);
        END IF;
    END LOOP;
    PERFORM jobs.forget_history(days, 1000);
EXCEPTION WHEN lock_not_available THEN
    -- Somebody else is at it, or the next time comes.
    RETURN;
END $$;

CREATE FUNCTION jobs.kind_id(wanted text) RETURNS smallint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    found_id smallint;
BEGIN
    LOOP
        SELECT id INTO found_id FROM jobs.kind WHERE name = wanted;
        IF FOUND THEN RETURN found_id; END IF;
        INSERT INTO jobs.kind (name) VALUES (wanted) ON CONFLICT (name) DO NOTHING;
    END LOOP;
END $$;

CREATE FUNCTION notifications.keep_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    is_erasure boolean := OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL;
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status
        AND NOT EXISTS (SELECT FROM notifications.mail_move WHERE before = OLD.status AND after = NEW.status) THEN
        RAISE EXCEPTION 'a mail does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_moves_by_the_table';
    END IF;
    IF (NEW.id, NEW.decision, NEW.template, NEW.class, NEW.queued_at)
        IS DISTINCT FROM (OLD.id, OLD.decision, OLD.template, OLD.class, OLD.queued_at)
        OR NOT is_erasure AND (NEW.recipient, NEW.erased_at) IS DISTINCT FROM (OLD.recipient, OLD.erased_at) THEN
        RAISE EXCEPTION 'what a mail is does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_identity_stands';
    END IF;
    IF OLD.content_hash IS NOT NULL AND OLD.status <> 'failed'
        AND ((NEW.content_hash, NEW.template_hash, NEW.subject, NEW.rendered_at)
                IS DISTINCT FROM (OLD.content_hash, OLD.template_hash, OLD.subject, OLD.rendered_at)
            OR NOT is_erasure AND (NEW.html, NEW.plain_text) IS DISTINCT FROM (OLD.html, OLD.plain_text)) THEN
        RAISE EXCEPTION 'a mail is written once' USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_is_written_once';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION notifications.withdraw_mails(p_prefix text, p_note text, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    withdrawn integer;
BEGIN
    UPDATE notifications.mail SET status = 'canceled', note = p_note, moved_at = p_now
    WHERE status = 'held' AND starts_with(decision, p_prefix);
    GET DIAGNOSTICS withdrawn = ROW_COUNT;
    RETURN withdrawn;
END $$;

CREATE FUNCTION operations.check_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    last record;
BEGIN
    SELECT sequence, name INTO last FROM operations.operation_event
    WHERE operation_id = NEW.operation_id ORDER BY sequence DESC LIMIT 1;
    IF NEW.sequence <> coalesce(last.sequence, 0) + 1 THEN
        RAISE EXCEPTION 'event % of operation % leaves a gap', NEW.sequence, NEW.operation_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_event_gap';
    END IF;
    IF last.name IN ('operation_completed', 'operation_error', 'operation_cancelled') THEN
        RAISE EXCEPTION 'operation % has told its end', NEW.operation_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_event_after_end';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION operations.keep_the_first_end() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL AND NOT (
        OLD.thinned_at IS NULL AND NEW.thinned_at IS NOT NULL AND NEW.steps = '[]' AND trellis_is_system()
        AND to_jsonb(NEW) - 'steps' - 'thinned_at' = to_jsonb(OLD) - 'steps' - 'thinned_at') THEN
        RAISE EXCEPTION 'operation % has ended', OLD.id USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_ended';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION operations.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'events are only added' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_event_insert_only';
END
$$;

CREATE FUNCTION orgs.account_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    org uuid;
    scope text := coalesce(current_setting('trellis.scope', true), '');
BEGIN
    PERFORM set_config('trellis.scope', 'system', true);
    FOR org IN SELECT org_id FROM orgs.membership WHERE user_id = NEW.id AND role = 'owner' AND ended_at IS NULL ORDER BY org_id LOOP
        PERFORM orgs.count_owners(org);
    END LOOP;
    PERFORM set_config('trellis.scope', scope, true);
    RETURN NULL;
END $$;

CREATE FUNCTION orgs.count_owners(which uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    scope text := coalesce(current_setting('trellis.scope', true), '');
BEGIN
    -- Owners are counted whoever asks; an exception takes this setting back with everything else.
    PERFORM set_config('trellis.scope', 'system', true);
    -- Whoever comes second waits here, and counts by a statement of its own, which sees what the first has committed (manual 13.2.1).
    PERFORM FROM orgs.org WHERE id = which FOR NO KEY UPDATE;
    UPDATE orgs.org SET owner_count = (
        SELECT count(*) FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
        WHERE m.org_id = which AND m.role = 'owner' AND m.ended_at IS NULL AND a.status = 'active')
    WHERE id = which;
    PERFORM set_config('trellis.scope', scope, true);
END $$;

CREATE FUNCTION orgs.count_slots() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    held integer := 0;
    reserved integer := 0;
    scope text := coalesce(current_setting('trellis.scope', true), '');
BEGIN
    PERFORM set_config('trellis.scope', 'system', true);
    IF TG_OP <> 'INSERT' THEN
        IF OLD.graph_id IS NULL THEN reserved := reserved - 1; ELSE held := held - 1; END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NEW.graph_id IS NULL THEN reserved := reserved + 1; ELSE held := held + 1; END IF;
    END IF;
    IF held <> 0 OR reserved <> 0 THEN
        UPDATE orgs.org_limits SET graphs_held = graphs_held + held, graphs_reserved = graphs_reserved + reserved
        WHERE org_id = coalesce(NEW.org_id, OLD.org_id);
    END IF;
    PERFORM set_config('trellis.scope', scope, true);
    RETURN NULL;
END $$;

CREATE FUNCTION orgs.keep_purge() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (OLD.state = 'purging' AND NEW.state NOT IN ('purging', 'purged')) OR (OLD.state = 'purged' AND NEW.state <> 'purged') THEN
        RAISE EXCEPTION 'a purge never goes back' USING ERRCODE = 'check_violation', CONSTRAINT = 'org_purge_is_final';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION orgs.last_use(p_org uuid) RETURNS TABLE(used_at timestamp with time zone, source text, credential uuid)
    LANGUAGE sql STABLE
    AS $$
    SELECT u.used_at, u.source, u.credential
    FROM (
        SELECT l.used_at, l.source, l.credential FROM orgs.membership m CROSS JOIN LATERAL identity.last_use(m.user_id) AS l
        WHERE m.org_id = p_org AND m.ended_at IS NULL
        UNION ALL
        SELECT date_trunc('second', m.activity_until, 'UTC'), 'departed', NULL FROM orgs.membership m
        WHERE m.org_id = p_org AND m.ended_at IS NOT NULL AND m.activity_until IS NOT NULL
    ) AS u
    ORDER BY u.used_at DESC, u.source FETCH FIRST ROW ONLY
$$;

CREATE FUNCTION orgs.membership_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM orgs.count_owners(coalesce(NEW.org_id, OLD.org_id));
    RETURN NULL;
END $$;

CREATE FUNCTION orgs.require_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    scope text := coalesce(current_setting('trellis.scope', true), '');
BEGIN
    PERFORM set_config('trellis.scope', 'system', true);
    IF EXISTS (
        SELECT FROM orgs.org o WHERE o.id = NEW.id AND o.owner_count = 0 AND (o.state = 'active' OR (o.state = 'deleted' AND NOT EXISTS (
            SELECT FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
            WHERE m.org_id = o.id AND m.role = 'owner' AND m.ended_at IS NULL AND a.status IN ('deleting', 'deactivated'))))
    ) THEN
        RAISE EXCEPTION 'the org would be left without an owner' USING ERRCODE = 'check_violation', CONSTRAINT = 'org_has_an_owner';
    END IF;
    PERFORM set_config('trellis.scope', scope, true);
    RETURN NULL;
END $$;

CREATE FUNCTION public.trellis_is_system() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('trellis.scope', true) = 'system', false) $$;

COMMENT ON FUNCTION public.trellis_is_system() IS 'Whether the transaction works for the product itself.';

CREATE FUNCTION public.trellis_org_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('trellis.org_id', true), '')::uuid $$;

COMMENT ON FUNCTION public.trellis_org_id() IS 'The org on whose behalf the transaction works, or NULL.';

CREATE FUNCTION public.trellis_scope_policies() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    item record;
    shown text;
    checked text;
    changed integer := 0;
    bare constant text := '(?<!SELECT )\mtrellis_(is_system|org_id|user_id)\(\)';
    once constant text := '(SELECT public.trellis_\1())';
BEGIN
    FOR item IN
        SELECT p.polname, p.polrelid::regclass AS relation, pg_get_expr(p.polqual, p.polrelid) AS shown,
            pg_get_expr(p.polwithcheck, p.polrelid) AS checked
        FROM pg_policy AS p
        WHERE coalesce(pg_get_expr(p.polqual, p.polrelid), '') ~ bare OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') ~ bare
        ORDER BY p.polrelid, p.polname
    LOOP
        shown := regexp_replace(item.shown, bare, once, 'g');
        checked := regexp_replace(item.checked, bare, once, 'g');
        EXECUTE format('ALTER POLICY %I ON %s', item.polname, item.relation)
            || coalesce(' USING (' || shown || ')', '') || coalesce(' WITH CHECK (' || checked || ')', '');
        changed := changed + 1;
    END LOOP;
    RETURN changed;
END $$;

COMMENT ON FUNCTION public.trellis_scope_policies() IS 'Writes every policy so that it asks once for each statement who works.';

CREATE FUNCTION public.trellis_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('trellis.user_id', true), '')::uuid $$;

COMMENT ON FUNCTION public.trellis_user_id() IS 'The user on whose behalf the transaction works, or NULL.';

CREATE TABLE admin.approval (
    id uuid NOT NULL,
    operation text NOT NULL,
    method text NOT NULL,
    target text NOT NULL,
    places jsonb NOT NULL,
    body jsonb NOT NULL,
    reason text NOT NULL,
    cause text NOT NULL,
    effects jsonb NOT NULL,
    facts jsonb NOT NULL,
    status text NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    decided_because text,
    ended_at timestamp with time zone,
    CONSTRAINT approval_check CHECK ((expires_at <= (asked_at + '24:00:00'::interval))),
    CONSTRAINT approval_is_decided CHECK ((((decided_by IS NULL) = (decided_at IS NULL)) AND ((decided_by IS NOT NULL) OR (status = ANY (ARRAY['open'::text, 'stale'::text]))))),
    CONSTRAINT approval_operation_check CHECK (((length(operation) >= 1) AND (length(operation) <= 100))),
    CONSTRAINT approval_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 500))),
    CONSTRAINT approval_status_check CHECK ((status = ANY (ARRAY['open'::text, 'given'::text, 'refused'::text, 'under_way'::text, 'done'::text, 'stale'::text]))),
    CONSTRAINT approval_takes_two CHECK ((decided_by <> asked_by)),
    CONSTRAINT approval_target_check CHECK ((length(target) <= 8192))
);

CREATE TABLE admin.operator (
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    email text,
    CONSTRAINT operator_email_check CHECK (((length(email) <= 254) AND (email ~ '^[^[:cntrl:][:space:]@]+@[^[:cntrl:][:space:]@]+$'::text))),
    CONSTRAINT operator_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT operator_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'support'::text, 'billing'::text, 'engineer'::text, 'auditor'::text, 'superadmin'::text])))
);

COMMENT ON COLUMN admin.operator.email IS 'Where the person reads mail. Two who work have two addresses.';

CREATE TABLE admin.operator_allowance (
    operator_id uuid NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    used bigint NOT NULL,
    CONSTRAINT operator_allowance_kind_check CHECK ((kind = ANY (ARRAY['money'::text, 'reveals'::text])))
);

CREATE TABLE admin.operator_challenge (
    digest bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT operator_challenge_digest_check CHECK ((octet_length(digest) = 32))
);

CREATE TABLE admin.operator_enrolment (
    digest bytea NOT NULL,
    operator_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    mailed_as uuid,
    CONSTRAINT operator_enrolment_check CHECK ((expires_at <= (created_at + '00:30:00'::interval))),
    CONSTRAINT operator_enrolment_digest_check CHECK ((octet_length(digest) = 32))
);

COMMENT ON COLUMN admin.operator_enrolment.mailed_as IS 'The id of a link that went out by mail, from which its secret is derived.';

CREATE TABLE admin.operator_passkey (
    credential_id bytea NOT NULL,
    operator_id uuid NOT NULL,
    public_key bytea NOT NULL,
    algorithm integer NOT NULL,
    sign_count bigint NOT NULL,
    backup_eligible boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT operator_passkey_credential_id_check CHECK (((octet_length(credential_id) >= 1) AND (octet_length(credential_id) <= 1023))),
    CONSTRAINT operator_passkey_public_key_check CHECK (((octet_length(public_key) >= 1) AND (octet_length(public_key) <= 1024))),
    CONSTRAINT operator_passkey_sign_count_check CHECK ((sign_count >= 0))
);

CREATE TABLE admin.operator_request (
    operator_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    status smallint,
    body jsonb,
    CONSTRAINT operator_request_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT operator_request_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

CREATE TABLE admin.operator_session (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    operator_id uuid NOT NULL,
    role text NOT NULL,
    network text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    client_family text,
    CONSTRAINT operator_session_check CHECK ((expires_at <= (started_at + '08:00:00'::interval))),
    CONSTRAINT operator_session_client_family_check CHECK (((length(client_family) >= 1) AND (length(client_family) <= 40))),
    CONSTRAINT operator_session_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT operator_session_network_check CHECK ((length(network) <= 64))
);

COMMENT ON COLUMN admin.operator_session.client_family IS 'The kind of program; without one for sessions from before it was noted.';

CREATE TABLE admin.operator_token (
    digest bytea NOT NULL,
    operator_id uuid NOT NULL,
    networks text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT operator_token_check CHECK ((expires_at <= (created_at + '90 days'::interval))),
    CONSTRAINT operator_token_digest_check CHECK ((octet_length(digest) = 32))
);

CREATE TABLE audit.archive (
    month date NOT NULL,
    file text NOT NULL,
    entries bigint NOT NULL,
    sha256 bytea NOT NULL,
    manifest bytea NOT NULL,
    signature bytea NOT NULL,
    verified_at timestamp with time zone NOT NULL,
    detached_at timestamp with time zone,
    dropped_at timestamp with time zone,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT archive_entries_check CHECK ((entries >= 0)),
    CONSTRAINT archive_file_check CHECK (((length(file) >= 1) AND (length(file) <= 200))),
    CONSTRAINT archive_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT archive_retention_group_check CHECK ((retention_group = ANY (ARRAY['mixed'::text, 'billing'::text, 'general'::text, 'mutation'::text]))),
    CONSTRAINT archive_sha256_check CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT archive_signature_check CHECK ((octet_length(signature) = 64))
);

CREATE TABLE audit.chain_head (
    chain text NOT NULL COLLATE pg_catalog."C",
    length bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT chain_head_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT chain_head_length_check CHECK ((length >= 1))
);

CREATE TABLE audit.checkpoint (
    number bigint NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    links bigint NOT NULL,
    key_id text NOT NULL,
    body bytea NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT checkpoint_links_check CHECK ((links >= 1)),
    CONSTRAINT checkpoint_number_check CHECK ((number >= 1)),
    CONSTRAINT checkpoint_signature_check CHECK ((octet_length(signature) = 64))
);

CREATE TABLE audit.coverage (
    thing text NOT NULL COLLATE pg_catalog."C",
    last_entry_id uuid NOT NULL,
    CONSTRAINT coverage_thing_check CHECK ((length(thing) <= 300))
)
WITH (fillfactor='80');

COMMENT ON TABLE audit.coverage IS 'The entry of the last audited change of each thing. Written by the check at the end of each transaction alone.';

CREATE TABLE audit.coverage_waiver (
    is_only boolean DEFAULT true NOT NULL,
    reason text NOT NULL,
    CONSTRAINT coverage_waiver_is_only_check CHECK (is_only),
    CONSTRAINT coverage_waiver_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 200)))
);

CREATE TABLE audit.deduplication (
    key text NOT NULL,
    entry_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT deduplication_key_check CHECK ((length(key) <= 200))
);

CREATE TABLE audit.entry (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
)
PARTITION BY LIST (retention_group);

ALTER TABLE ONLY audit.entry FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN audit.entry.retention_group IS 'How long the entry is kept; mixed is what nobody said it of, which is kept for the longest time.';

CREATE TABLE audit.entry_mixed (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_is_mixed CHECK ((retention_group = 'mixed'::text)),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
)
PARTITION BY RANGE (recorded_at);

ALTER TABLE ONLY audit.entry_mixed FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.entry_billing (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
)
PARTITION BY RANGE (recorded_at);

ALTER TABLE ONLY audit.entry_billing FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.entry_billing_other (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
);

ALTER TABLE ONLY audit.entry_billing_other FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.entry_general (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
)
PARTITION BY RANGE (recorded_at);

ALTER TABLE ONLY audit.entry_general FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.entry_general_other (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
);

ALTER TABLE ONLY audit.entry_general_other FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.entry_mutation (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
)
PARTITION BY RANGE (recorded_at);

ALTER TABLE ONLY audit.entry_mutation FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.entry_mutation_other (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
);

ALTER TABLE ONLY audit.entry_mutation_other FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.entry_other (
    id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    format smallint DEFAULT 1 NOT NULL,
    type text NOT NULL,
    risk text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_reference_kind text,
    actor_id uuid,
    actor_text text,
    actor_component text,
    request_id text,
    trace_id text,
    summary text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    further_references jsonb DEFAULT '[]'::jsonb NOT NULL,
    ref_org uuid,
    ref_user uuid,
    ref_membership uuid,
    ref_invitation uuid,
    ref_ownership_transfer uuid,
    ref_api_key uuid,
    ref_session uuid,
    ref_passkey uuid,
    ref_billing_customer uuid,
    ref_checkout uuid,
    ref_subscription uuid,
    ref_plan_change uuid,
    ref_invoice uuid,
    ref_payment uuid,
    ref_refund uuid,
    ref_dispute uuid,
    ref_dunning_case uuid,
    ref_account_credit uuid,
    ref_credit_pool uuid,
    ref_intent uuid,
    ref_decision uuid,
    ref_idle_case uuid,
    ref_drift_item uuid,
    ref_catalogue_version text,
    ref_graph text,
    ref_graph_member uuid,
    ref_graph_credential uuid,
    ref_graph_host uuid,
    ref_repository_grant uuid,
    ref_backup uuid,
    ref_operation uuid,
    ref_saga uuid,
    ref_job text,
    ref_schedule text,
    ref_provider_event uuid,
    ref_mail uuid,
    ref_notice uuid,
    ref_webhook_endpoint uuid,
    ref_webhook_delivery uuid,
    ref_link_use uuid,
    ref_export uuid,
    ref_sink uuid,
    ref_control text,
    ref_operator uuid,
    ref_network_client text,
    ref_node uuid,
    canonical bytea,
    private_digest bytea,
    origin jsonb,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'operator'::text, 'system'::text, 'provider'::text, 'link'::text, 'anonymous'::text]))),
    CONSTRAINT entry_canonical_check CHECK ((octet_length(canonical) <= 32768)),
    CONSTRAINT entry_canonical_is_bounded CHECK ((octet_length(canonical) <= 16384)),
    CONSTRAINT entry_changes_check CHECK ((octet_length((changes)::text) <= 24576)),
    CONSTRAINT entry_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT entry_further_references_check CHECK (((jsonb_typeof(further_references) = 'array'::text) AND (jsonb_array_length(further_references) <= 20))),
    CONSTRAINT entry_is_mixed CHECK ((retention_group = 'mixed'::text)),
    CONSTRAINT entry_names_its_actor CHECK ((((actor_kind = 'system'::text) = (actor_component IS NOT NULL)) AND ((actor_kind = 'system'::text) = (actor_reference_kind IS NULL)) AND ((actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)) AND (num_nonnulls(actor_id, actor_text) <= 1))),
    CONSTRAINT entry_origin_is_bounded CHECK (((jsonb_typeof(origin) = 'object'::text) AND (octet_length((origin)::text) <= 2048))),
    CONSTRAINT entry_private_digest_check CHECK ((octet_length(private_digest) = 32)),
    CONSTRAINT entry_refers_to_something CHECK ((num_nonnulls(ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node) >= 1)),
    CONSTRAINT entry_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT entry_summary_check CHECK (((length(summary) >= 1) AND (length(summary) <= 200)))
);

ALTER TABLE ONLY audit.entry_other FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.event_type (
    name text NOT NULL,
    risk text NOT NULL,
    class text NOT NULL,
    component text NOT NULL,
    requires text[] NOT NULL,
    emitted boolean DEFAULT true NOT NULL,
    CONSTRAINT event_type_name_check CHECK ((name ~ '^[a-z][a-z0-9_]{2,63}$'::text)),
    CONSTRAINT event_type_risk_check CHECK ((risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text])))
);

CREATE TABLE audit.legal_hold (
    id uuid NOT NULL,
    held_org uuid,
    held_user uuid,
    held_graph text,
    set_at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    CONSTRAINT legal_hold_check CHECK ((num_nonnulls(held_org, held_user, held_graph) = 1))
);

CREATE TABLE audit.link (
    chain text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    seal bigint NOT NULL,
    entry_id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    entry_hash bytea NOT NULL,
    link_hash bytea NOT NULL,
    retention_group text DEFAULT 'mixed'::text NOT NULL,
    CONSTRAINT link_chain_check CHECK ((chain ~ '^(system|org:[0-9a-f-]{36})$'::text)),
    CONSTRAINT link_entry_hash_check CHECK ((octet_length(entry_hash) = 32)),
    CONSTRAINT link_link_hash_check CHECK ((octet_length(link_hash) = 32)),
    CONSTRAINT link_position_check CHECK (("position" >= 1)),
    CONSTRAINT link_seal_check CHECK ((seal >= 1))
);

COMMENT ON COLUMN audit.link.retention_group IS 'The group of the entry: whose archive has it when its month has left the table.';

CREATE TABLE audit.network_client (
    network text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    CONSTRAINT network_client_network_check CHECK ((length(network) <= 64))
);

CREATE TABLE audit.node (
    id uuid NOT NULL,
    process text NOT NULL,
    started_at timestamp with time zone NOT NULL
);

CREATE TABLE audit.private_part (
    entry_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    class text NOT NULL,
    ref_org uuid,
    ref_user uuid,
    is_shared boolean NOT NULL,
    salt bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT private_part_body_check CHECK ((octet_length(body) <= 32768)),
    CONSTRAINT private_part_salt_check CHECK ((octet_length(salt) = 16))
);

ALTER TABLE ONLY audit.private_part FORCE ROW LEVEL SECURITY;

CREATE TABLE audit.reference_kind (
    kind text NOT NULL,
    relation text NOT NULL,
    key_column text NOT NULL
);

CREATE TABLE audit.signing_key (
    id text NOT NULL,
    public_key bytea NOT NULL,
    endorsed_by text,
    endorsement bytea,
    sequence bigint NOT NULL,
    CONSTRAINT signing_key_check CHECK (((endorsed_by IS NULL) = (endorsement IS NULL))),
    CONSTRAINT signing_key_endorsement_check CHECK ((octet_length(endorsement) = 64)),
    CONSTRAINT signing_key_id_check CHECK ((id ~ '^[A-Za-z0-9_-]{1,32}$'::text)),
    CONSTRAINT signing_key_public_key_check CHECK ((octet_length(public_key) = 32))
);

ALTER TABLE audit.signing_key ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.signing_key_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit.sink (
    id uuid NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    chain text COLLATE pg_catalog."C",
    classes text[] DEFAULT '{}'::text[] NOT NULL,
    minimum_risk text NOT NULL,
    sealed_secret text,
    seal bigint DEFAULT 0 NOT NULL,
    checkpoint bigint DEFAULT 0 NOT NULL,
    key_sequence bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    paused_at timestamp with time zone,
    failing_since timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone NOT NULL,
    alerted_at timestamp with time zone,
    last_error text,
    leased_until timestamp with time zone,
    org_id uuid,
    created_by uuid,
    removed_at timestamp with time zone,
    "position" bigint DEFAULT 0 NOT NULL,
    CONSTRAINT own_sink_gets_own_chain CHECK ((((org_id IS NULL) AND (created_by IS NULL)) OR ((org_id IS NOT NULL) AND (created_by IS NOT NULL) AND (chain IS NOT NULL) AND (chain = ('org:'::text || (org_id)::text)) AND (kind <> 'file'::text)))),
    CONSTRAINT position_is_of_a_chain CHECK ((("position" = 0) OR (chain IS NOT NULL))),
    CONSTRAINT removed_sink_keeps_no_secret CHECK (((removed_at IS NULL) OR (sealed_secret IS NULL))),
    CONSTRAINT sink_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT sink_chain_check CHECK ((chain ~ '^(system|org:[0-9a-f-]{36})$'::text)),
    CONSTRAINT sink_checkpoint_check CHECK ((checkpoint >= 0)),
    CONSTRAINT sink_key_sequence_check CHECK ((key_sequence >= 0)),
    CONSTRAINT sink_kind_check CHECK ((kind = ANY (ARRAY['http'::text, 'file'::text, 'syslog'::text]))),
    CONSTRAINT sink_last_error_check CHECK ((length(last_error) <= 200)),
    CONSTRAINT sink_minimum_risk_check CHECK ((minimum_risk = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT sink_position_check CHECK (("position" >= 0)),
    CONSTRAINT sink_seal_check CHECK ((seal >= 0)),
    CONSTRAINT sink_sealed_secret_check CHECK ((sealed_secret ~~ 'v1.%'::text)),
    CONSTRAINT sink_target_check CHECK (((length(target) >= 1) AND (length(target) <= 2000)))
);

ALTER TABLE ONLY audit.sink FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE audit.sink IS 'Where sealed entries are sent to as they come: those of operators without an org, those of orgs with it.';

COMMENT ON COLUMN audit.sink."position" IS 'The last place in the only chain that it gets; 0 for one that gets all.';

CREATE TABLE audit.type_writer (
    type text NOT NULL,
    role text NOT NULL,
    CONSTRAINT type_writer_role_check CHECK ((role = ANY (ARRAY['trellis_app'::text, 'trellis_system'::text]))),
    CONSTRAINT type_writer_type_check CHECK ((type ~ '^[a-z][a-z0-9_]{2,63}$'::text))
);

COMMENT ON TABLE audit.type_writer IS 'Types of entries that one process alone may write, as the role in which it works.';

CREATE TABLE audit.unsealed (
    ordinal bigint NOT NULL,
    entry_id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    things text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE audit.unsealed ALTER COLUMN ordinal ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.unsealed_ordinal_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE billing.account_credit (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    source text NOT NULL,
    reason text NOT NULL,
    subscription_id uuid,
    invoice_id uuid,
    issued_by text NOT NULL,
    expires_at timestamp with time zone,
    idempotency_key text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT account_credit_amount_check CHECK ((amount > 0)),
    CONSTRAINT account_credit_check CHECK ((expires_at > created_at)),
    CONSTRAINT account_credit_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT account_credit_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 200))),
    CONSTRAINT account_credit_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT account_credit_source_check CHECK ((source = ANY (ARRAY['unused_time'::text, 'goodwill'::text, 'promotion'::text, 'refund_to_credit'::text, 'provisioning_failure'::text, 'overpayment'::text, 'import'::text])))
);

ALTER TABLE ONLY billing.account_credit FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.account_credit_entry (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    credit_id uuid NOT NULL,
    currency text NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    home text NOT NULL,
    amount bigint NOT NULL,
    local_balance_after bigint NOT NULL,
    provider_balance_after bigint NOT NULL,
    local_remaining_after bigint NOT NULL,
    provider_remaining_after bigint NOT NULL,
    balance_after bigint GENERATED ALWAYS AS ((local_balance_after + provider_balance_after)) STORED,
    remaining_after bigint GENERATED ALWAYS AS ((local_remaining_after + provider_remaining_after)) STORED,
    move_id uuid,
    invoice_id uuid,
    provider_transaction_id text,
    reason text,
    actor text NOT NULL,
    idempotency_key text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT account_credit_entry_amount_check CHECK ((amount <> 0)),
    CONSTRAINT account_credit_entry_has_its_home CHECK (
CASE
    WHEN (kind = ANY (ARRAY['issue'::text, 'expire'::text, 'revoke'::text, 'payout'::text])) THEN (home = 'local'::text)
    WHEN (kind = 'provider_adjust'::text) THEN (home = 'provider'::text)
    ELSE true
END),
    CONSTRAINT account_credit_entry_has_its_sign CHECK (
CASE
    WHEN (kind = ANY (ARRAY['issue'::text, 'move_in'::text, 'restore'::text])) THEN (amount > 0)
    WHEN (kind = 'provider_adjust'::text) THEN true
    ELSE (amount < 0)
END),
    CONSTRAINT account_credit_entry_home_check CHECK ((home = ANY (ARRAY['local'::text, 'provider'::text]))),
    CONSTRAINT account_credit_entry_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 200))),
    CONSTRAINT account_credit_entry_kind_check CHECK ((kind = ANY (ARRAY['issue'::text, 'move_out'::text, 'move_in'::text, 'apply'::text, 'restore'::text, 'expire'::text, 'revoke'::text, 'payout'::text, 'provider_adjust'::text]))),
    CONSTRAINT account_credit_entry_local_balance_after_check CHECK ((local_balance_after >= 0)),
    CONSTRAINT account_credit_entry_local_remaining_after_check CHECK ((local_remaining_after >= 0)),
    CONSTRAINT account_credit_entry_names_its_invoice CHECK (((kind <> ALL (ARRAY['apply'::text, 'restore'::text])) OR (invoice_id IS NOT NULL))),
    CONSTRAINT account_credit_entry_names_its_move CHECK (((kind = ANY (ARRAY['move_out'::text, 'move_in'::text])) = (move_id IS NOT NULL))),
    CONSTRAINT account_credit_entry_provider_balance_after_check CHECK ((provider_balance_after >= 0)),
    CONSTRAINT account_credit_entry_provider_remaining_after_check CHECK ((provider_remaining_after >= 0)),
    CONSTRAINT account_credit_entry_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT account_credit_entry_says_why CHECK (((kind <> ALL (ARRAY['revoke'::text, 'payout'::text, 'provider_adjust'::text])) OR (reason IS NOT NULL))),
    CONSTRAINT account_credit_entry_seq_check CHECK ((seq > 0))
);

ALTER TABLE ONLY billing.account_credit_entry FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.action_guard (
    class text NOT NULL,
    is_open boolean DEFAULT false NOT NULL,
    reason text,
    opened_at timestamp with time zone,
    allowance integer DEFAULT 0 NOT NULL,
    CONSTRAINT action_guard_allowance_check CHECK ((allowance >= 0)),
    CONSTRAINT action_guard_check CHECK ((is_open = (opened_at IS NOT NULL))),
    CONSTRAINT action_guard_class_check CHECK ((class ~ '^[a-z_]{2,40}$'::text))
);

ALTER TABLE ONLY billing.action_guard FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.call_bucket (
    name text NOT NULL,
    level double precision NOT NULL,
    filled_at timestamp with time zone NOT NULL,
    CONSTRAINT call_bucket_name_check CHECK ((name ~ '^(pace|share:[a-z]{2,20}|endpoint:[a-z_]{1,60})$'::text))
)
WITH (fillfactor='50');

CREATE TABLE billing.catalogue_version (
    hash text NOT NULL,
    document jsonb NOT NULL,
    activated_at timestamp with time zone NOT NULL,
    is_active boolean DEFAULT false NOT NULL,
    activated_by text,
    summary jsonb,
    CONSTRAINT catalogue_version_activated_by_check CHECK (((length(activated_by) >= 1) AND (length(activated_by) <= 100))),
    CONSTRAINT catalogue_version_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE billing.checkout (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    started_by uuid NOT NULL,
    fingerprint text NOT NULL,
    intent_id uuid NOT NULL,
    provider_session_id text,
    url text,
    state text NOT NULL,
    payment_status text,
    expires_at timestamp with time zone NOT NULL,
    polled_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT checkout_state_check CHECK ((state = ANY (ARRAY['opening'::text, 'open'::text, 'complete'::text, 'expired'::text, 'retired'::text, 'unknown'::text])))
);

ALTER TABLE ONLY billing.checkout FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.collected_payment (
    provider_payment_id text NOT NULL,
    org_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT collected_payment_amount_check CHECK ((amount > 0)),
    CONSTRAINT collected_payment_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text))
);

ALTER TABLE ONLY billing.collected_payment FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.compensation (
    provider_subscription_id text NOT NULL,
    subscription_id uuid NOT NULL,
    org_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone
);

ALTER TABLE ONLY billing.compensation FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.control (
    name text NOT NULL,
    is_on boolean DEFAULT true NOT NULL,
    changed_by text,
    reason text,
    changed_at timestamp with time zone,
    CONSTRAINT control_changed_by_check CHECK (((length(changed_by) >= 1) AND (length(changed_by) <= 100))),
    CONSTRAINT control_check CHECK ((((changed_by IS NULL) = (changed_at IS NULL)) AND ((changed_by IS NULL) = (reason IS NULL)))),
    CONSTRAINT control_name_check CHECK ((name ~ '^[a-z_]{2,40}$'::text)),
    CONSTRAINT control_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 200)))
);

CREATE TABLE billing.credit_day (
    org_id uuid NOT NULL,
    day date NOT NULL,
    graph_id text NOT NULL,
    credits bigint NOT NULL,
    operations bigint NOT NULL,
    CONSTRAINT credit_day_operations_check CHECK ((operations >= 0))
);

ALTER TABLE ONLY billing.credit_day FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.credit_hold (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    amount bigint NOT NULL,
    key text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT credit_hold_amount_check CHECK ((amount > 0)),
    CONSTRAINT credit_hold_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT credit_hold_state_check CHECK ((state = ANY (ARRAY['open'::text, 'settled'::text, 'released'::text])))
);

ALTER TABLE ONLY billing.credit_hold FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.credit_pool (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    scope text NOT NULL,
    resource_id text NOT NULL,
    subscriber_id uuid,
    balance bigint DEFAULT 0 NOT NULL,
    allocation bigint NOT NULL,
    anchor timestamp with time zone NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    allocated_at timestamp with time zone,
    last_seq bigint DEFAULT 0 NOT NULL,
    low_notice smallint DEFAULT 101 NOT NULL,
    closed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT credit_pool_allocation_check CHECK ((allocation >= 0)),
    CONSTRAINT credit_pool_balance_check CHECK ((balance >= 0)),
    CONSTRAINT credit_pool_check CHECK ((window_end > window_start)),
    CONSTRAINT credit_pool_scope_check CHECK ((scope = ANY (ARRAY['graph'::text, 'seat'::text]))),
    CONSTRAINT credit_pool_seat_has_its_member CHECK (((scope = 'seat'::text) = (subscriber_id IS NOT NULL)))
);

ALTER TABLE ONLY billing.credit_pool FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.credit_transaction (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    amount bigint NOT NULL,
    requested bigint NOT NULL,
    balance_after bigint NOT NULL,
    key text NOT NULL,
    operation_type text,
    operation_id text,
    description text NOT NULL,
    user_id uuid,
    request_id text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT credit_transaction_balance_after_check CHECK ((balance_after >= 0)),
    CONSTRAINT credit_transaction_description_check CHECK ((length(description) <= 500)),
    CONSTRAINT credit_transaction_has_its_sign CHECK (
CASE
    WHEN (type = ANY (ARRAY['allocation'::text, 'bonus'::text, 'refund'::text])) THEN (amount >= 0)
    WHEN (type = ANY (ARRAY['consumption'::text, 'expiration'::text])) THEN (amount <= 0)
    ELSE true
END),
    CONSTRAINT credit_transaction_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT credit_transaction_operation_type_check CHECK (((length(operation_type) >= 1) AND (length(operation_type) <= 100))),
    CONSTRAINT credit_transaction_seq_check CHECK ((seq > 0)),
    CONSTRAINT credit_transaction_type_check CHECK ((type = ANY (ARRAY['allocation'::text, 'consumption'::text, 'bonus'::text, 'refund'::text, 'expiration'::text, 'adjustment'::text])))
);

ALTER TABLE ONLY billing.credit_transaction FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.customer (
    org_id uuid NOT NULL,
    provider_customer_id text,
    invoice_billing_enabled boolean DEFAULT false NOT NULL,
    payment_terms text DEFAULT 'net_30'::text NOT NULL,
    billing_email text,
    currency text NOT NULL,
    delinquent_since timestamp with time zone,
    disputed boolean DEFAULT false NOT NULL,
    methods_synced_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    contact_name text,
    address text,
    tax_id text,
    CONSTRAINT customer_address_check CHECK (((length(address) >= 1) AND (length(address) <= 1000))),
    CONSTRAINT customer_contact_name_check CHECK (((length(contact_name) >= 1) AND (length(contact_name) <= 200))),
    CONSTRAINT customer_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT customer_payment_terms_check CHECK ((payment_terms = ANY (ARRAY['net_15'::text, 'net_30'::text, 'net_60'::text, 'net_90'::text]))),
    CONSTRAINT customer_tax_id_check CHECK (((length(tax_id) >= 1) AND (length(tax_id) <= 100)))
);

ALTER TABLE ONLY billing.customer FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.decision (
    id uuid NOT NULL,
    org_id uuid,
    subscription_id uuid,
    rule text NOT NULL,
    rule_version integer NOT NULL,
    catalogue_hash text,
    inputs jsonb NOT NULL,
    outcome jsonb NOT NULL,
    effects text[] NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT decision_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 100))),
    CONSTRAINT decision_rule_check CHECK ((rule ~ '^[a-z_]{2,40}$'::text)),
    CONSTRAINT decision_rule_version_check CHECK ((rule_version > 0))
);

ALTER TABLE ONLY billing.decision FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.dispute (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    provider_payment_id text NOT NULL,
    provider_dispute_id text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT dispute_amount_check CHECK ((amount > 0)),
    CONSTRAINT dispute_closed_when_over CHECK (((status = ANY (ARRAY['won'::text, 'lost'::text, 'closed'::text])) = (closed_at IS NOT NULL))),
    CONSTRAINT dispute_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT dispute_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 100))),
    CONSTRAINT dispute_status_check CHECK ((status = ANY (ARRAY['inquiry'::text, 'open'::text, 'won'::text, 'lost'::text, 'closed'::text])))
);

ALTER TABLE ONLY billing.dispute FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.drift_item (
    id uuid NOT NULL,
    org_id uuid,
    subscription_id uuid,
    object_id text NOT NULL,
    category text NOT NULL,
    severity text NOT NULL,
    ours text NOT NULL,
    theirs text NOT NULL,
    found_at timestamp with time zone NOT NULL,
    last_run uuid,
    state text NOT NULL,
    closed_at timestamp with time zone,
    repaired_by text,
    dismissed_by text,
    dismissed_until timestamp with time zone,
    reason text,
    CONSTRAINT drift_item_check CHECK (((state = 'open'::text) = (closed_at IS NULL))),
    CONSTRAINT drift_item_dismissal_is_named CHECK (((state <> 'dismissed'::text) OR ((dismissed_by IS NOT NULL) AND (reason IS NOT NULL)))),
    CONSTRAINT drift_item_dismissed_by_check CHECK (((length(dismissed_by) >= 1) AND (length(dismissed_by) <= 100))),
    CONSTRAINT drift_item_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 200))),
    CONSTRAINT drift_item_repaired_by_check CHECK (((length(repaired_by) >= 1) AND (length(repaired_by) <= 100))),
    CONSTRAINT drift_item_severity_check CHECK ((severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT drift_item_state_check CHECK ((state = ANY (ARRAY['open'::text, 'repaired'::text, 'dismissed'::text])))
);

ALTER TABLE ONLY billing.drift_item FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.dunning_case (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    stage text,
    attempts integer NOT NULL,
    outcome text,
    closed_at timestamp with time zone,
    CONSTRAINT dunning_case_attempts_check CHECK ((attempts > 0)),
    CONSTRAINT dunning_case_check CHECK (((outcome IS NULL) = (closed_at IS NULL))),
    CONSTRAINT dunning_case_outcome_check CHECK ((outcome = ANY (ARRAY['paid'::text, 'ended'::text, 'dropped'::text]))),
    CONSTRAINT dunning_case_stage_check CHECK ((stage = ANY (ARRAY['day_0'::text, 'day_3'::text, 'day_7'::text, 'day_13'::text, 'read_only'::text, 'last_day'::text, 'ended'::text])))
);

ALTER TABLE ONLY billing.dunning_case FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.guarded_action (
    class text NOT NULL,
    at timestamp with time zone NOT NULL,
    is_released boolean NOT NULL
);

ALTER TABLE ONLY billing.guarded_action FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.idle_case (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    resource_id text,
    subscriber_id uuid,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    interval_unit text NOT NULL,
    interval_count integer NOT NULL,
    threshold timestamp with time zone NOT NULL,
    last_activity_at timestamp with time zone,
    evaluation_id uuid NOT NULL,
    event_id uuid,
    provider_subscription_id text NOT NULL,
    state text NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    provider_end timestamp with time zone,
    provider_canceled_at timestamp with time zone,
    end_intent_id uuid,
    clear_intent_id uuid,
    via text,
    note text,
    confirmed_at timestamp with time zone,
    accepted_by uuid,
    accepted_at timestamp with time zone,
    settled_at timestamp with time zone,
    extended_at timestamp with time zone,
    decided_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idle_case_check CHECK ((period_start < period_end)),
    CONSTRAINT idle_case_interval_count_check CHECK ((interval_count > 0)),
    CONSTRAINT idle_case_interval_unit_check CHECK ((interval_unit = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text]))),
    CONSTRAINT idle_case_note_check CHECK ((length(note) <= 200)),
    CONSTRAINT idle_case_period_start_check CHECK ((date_trunc('second'::text, period_start, 'UTC'::text) = period_start)),
    CONSTRAINT idle_case_state_check CHECK ((state = ANY (ARRAY['held'::text, 'decided'::text, 'confirmed'::text, 'reversing'::text, 'superseded'::text, 'kept'::text, 'drift_corrected'::text, 'overridden'::text, 'completed'::text, 'missed'::text, 'lapsed'::text, 'keep_failed'::text]))),
    CONSTRAINT idle_case_via_check CHECK ((via = ANY (ARRAY['link'::text, 'activity'::text, 'portal'::text, 'owner'::text, 'operator'::text])))
);

ALTER TABLE ONLY billing.idle_case FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.idle_evaluation (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    event_id uuid,
    source text NOT NULL,
    facts jsonb NOT NULL,
    period_start timestamp with time zone,
    subject_size integer NOT NULL,
    activity_source text,
    threshold timestamp with time zone,
    read_number bigint NOT NULL,
    rule_version integer NOT NULL,
    outcome text NOT NULL,
    is_verdict boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT idle_evaluation_activity_source_check CHECK ((activity_source = ANY (ARRAY['session'::text, 'api_key'::text, 'earlier'::text, 'departed'::text]))),
    CONSTRAINT idle_evaluation_source_check CHECK ((source = ANY (ARRAY['event'::text, 'sweep'::text, 'release'::text])))
);

ALTER TABLE ONLY billing.idle_evaluation FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.idle_guard (
    only_row boolean DEFAULT true NOT NULL,
    is_open boolean DEFAULT false NOT NULL,
    reason text,
    opened_at timestamp with time zone,
    CONSTRAINT idle_guard_check CHECK ((is_open = (opened_at IS NOT NULL))),
    CONSTRAINT idle_guard_only_row_check CHECK (only_row)
);

ALTER TABLE ONLY billing.idle_guard FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.inbound_event (
    id uuid NOT NULL,
    provider text NOT NULL,
    provider_event_id text NOT NULL,
    type text NOT NULL,
    api_version text,
    livemode boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    object_id text,
    object_type text,
    raw_references jsonb NOT NULL,
    body bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    outcome text,
    park_reason text,
    settled_at timestamp with time zone,
    pulled boolean DEFAULT false NOT NULL,
    assigned_org_id uuid,
    assigned_subscription_id uuid,
    CONSTRAINT inbound_event_assigned_check CHECK (((assigned_org_id IS NOT NULL) OR (assigned_subscription_id IS NULL))),
    CONSTRAINT inbound_event_check CHECK (((state = 'done'::text) = (outcome IS NOT NULL))),
    CONSTRAINT inbound_event_check1 CHECK (((state = 'parked'::text) = (park_reason IS NOT NULL))),
    CONSTRAINT inbound_event_outcome_check CHECK ((outcome = ANY (ARRAY['applied'::text, 'ignored'::text, 'duplicate'::text, 'discarded'::text]))),
    CONSTRAINT inbound_event_state_check CHECK ((state = ANY (ARRAY['received'::text, 'done'::text, 'parked'::text])))
);

ALTER TABLE ONLY billing.inbound_event FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.intent (
    id uuid NOT NULL,
    org_id uuid,
    object text NOT NULL,
    op_seq bigint NOT NULL,
    kind text NOT NULL,
    command jsonb NOT NULL,
    generation integer DEFAULT 1 NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    lease_until timestamp with time zone,
    request jsonb,
    first_sent_at timestamp with time zone,
    result jsonb,
    refusal text,
    created_at timestamp with time zone NOT NULL,
    exchanges jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT intent_generation_check CHECK ((generation > 0)),
    CONSTRAINT intent_sent_has_a_request CHECK (((state <> ALL (ARRAY['succeeded'::text, 'unknown'::text])) OR (request IS NOT NULL))),
    CONSTRAINT intent_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'in_flight'::text, 'succeeded'::text, 'refused'::text, 'unknown'::text, 'superseded'::text])))
);

ALTER TABLE ONLY billing.intent FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.invoice (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    kind text NOT NULL,
    subscription_id uuid,
    number text,
    provider_invoice_id text,
    currency text NOT NULL,
    subtotal bigint NOT NULL,
    total bigint NOT NULL,
    amount_due bigint NOT NULL,
    amount_paid bigint NOT NULL,
    status text NOT NULL,
    period_start timestamp with time zone,
    period_end timestamp with time zone,
    due_date timestamp with time zone,
    paid_at timestamp with time zone,
    hosted_url text,
    pdf_url text,
    created_at timestamp with time zone NOT NULL,
    discount bigint DEFAULT 0 NOT NULL,
    tax bigint DEFAULT 0 NOT NULL,
    applied_credit bigint DEFAULT 0 NOT NULL,
    document bytea,
    document_hash bytea,
    sent_at timestamp with time zone,
    overdue_at timestamp with time zone,
    watched_stage smallint DEFAULT 0 NOT NULL,
    voided_at timestamp with time zone,
    void_reason text,
    amount_credited bigint DEFAULT 0 NOT NULL,
    CONSTRAINT invoice_amount_credited_check CHECK ((amount_credited >= 0)),
    CONSTRAINT invoice_applied_credit_check CHECK ((applied_credit >= 0)),
    CONSTRAINT invoice_check CHECK (((kind = 'provider'::text) = (provider_invoice_id IS NOT NULL))),
    CONSTRAINT invoice_check1 CHECK (((period_start IS NULL) OR (period_end > period_start))),
    CONSTRAINT invoice_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT invoice_discount_check CHECK ((discount >= 0)),
    CONSTRAINT invoice_document_is_hashed CHECK ((NOT (document_hash IS DISTINCT FROM sha256(document)))),
    CONSTRAINT invoice_kind_check CHECK ((kind = ANY (ARRAY['own'::text, 'provider'::text]))),
    CONSTRAINT invoice_open_is_due CHECK (((kind <> 'own'::text) OR (status <> ALL (ARRAY['open'::text, 'uncollectible'::text])) OR (due_date IS NOT NULL))),
    CONSTRAINT invoice_own_adds_up CHECK (((kind <> 'own'::text) OR ((total = ((subtotal - discount) + tax)) AND (amount_due = (total - applied_credit)) AND (amount_due >= 0) AND ((amount_paid >= 0) AND (amount_paid <= amount_due))))),
    CONSTRAINT invoice_own_is_frozen CHECK (((kind <> 'own'::text) OR ((number IS NULL) = (document IS NULL)))),
    CONSTRAINT invoice_own_is_numbered CHECK (((kind <> 'own'::text) OR ((number IS NULL) = ((status = 'draft'::text) OR ((status = 'void'::text) AND (document IS NULL)))))),
    CONSTRAINT invoice_own_paid_is_settled CHECK (((kind <> 'own'::text) OR (status <> 'paid'::text) OR ((amount_paid = amount_due) AND (paid_at IS NOT NULL)))),
    CONSTRAINT invoice_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'open'::text, 'paid'::text, 'void'::text, 'uncollectible'::text]))),
    CONSTRAINT invoice_tax_check CHECK ((tax >= 0)),
    CONSTRAINT invoice_void_has_a_reason CHECK (((kind <> 'own'::text) OR (status <> 'void'::text) OR ((void_reason IS NOT NULL) AND (voided_at IS NOT NULL)))),
    CONSTRAINT invoice_void_reason_check CHECK (((length(void_reason) >= 1) AND (length(void_reason) <= 500)))
);

ALTER TABLE ONLY billing.invoice FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.invoice_counter (
    issuer text NOT NULL,
    year integer NOT NULL,
    month integer NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT invoice_counter_issuer_check CHECK ((issuer ~ '^[A-Z0-9]{1,12}$'::text)),
    CONSTRAINT invoice_counter_last_check CHECK ((last > 0)),
    CONSTRAINT invoice_counter_month_check CHECK (((month >= 1) AND (month <= 12))),
    CONSTRAINT invoice_counter_year_check CHECK (((year >= 2000) AND (year <= 9999)))
);

CREATE TABLE billing.invoice_line (
    invoice_id uuid NOT NULL,
    "position" integer NOT NULL,
    org_id uuid NOT NULL,
    description text NOT NULL,
    quantity bigint NOT NULL,
    amount bigint NOT NULL,
    period_start timestamp with time zone,
    period_end timestamp with time zone,
    kind text DEFAULT 'charge'::text NOT NULL,
    subscription_id uuid,
    plan_key text,
    plan_version integer,
    unit_price bigint,
    CONSTRAINT invoice_line_kind_check CHECK ((kind = ANY (ARRAY['charge'::text, 'proration'::text, 'discount'::text, 'tax'::text])))
);

ALTER TABLE ONLY billing.invoice_line FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.keep_token_use (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    idle_case_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    used_at timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    CONSTRAINT keep_token_use_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE ONLY billing.keep_token_use FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.notice (
    key text NOT NULL,
    org_id uuid,
    subscription_id uuid,
    told_at timestamp with time zone NOT NULL,
    CONSTRAINT notice_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);

ALTER TABLE ONLY billing.notice FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.payment_method (
    org_id uuid NOT NULL,
    provider_method_id text NOT NULL,
    type text NOT NULL,
    brand text,
    last4 text,
    expiry_month integer,
    expiry_year integer,
    is_default boolean DEFAULT false NOT NULL,
    state text NOT NULL,
    synced_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_method_expiry_month_check CHECK (((expiry_month >= 1) AND (expiry_month <= 12))),
    CONSTRAINT payment_method_state_check CHECK ((state = ANY (ARRAY['usable'::text, 'expired'::text, 'detached'::text])))
);

ALTER TABLE ONLY billing.payment_method FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.plan_change (
    id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    org_id uuid NOT NULL,
    from_plan text NOT NULL,
    from_version integer NOT NULL,
    to_plan text NOT NULL,
    to_version integer NOT NULL,
    requested_by uuid NOT NULL,
    operation_id text,
    proration_date timestamp with time zone NOT NULL,
    state text NOT NULL,
    failure jsonb,
    deadline timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    from_interval text DEFAULT 'monthly'::text NOT NULL,
    to_interval text DEFAULT 'monthly'::text NOT NULL,
    CONSTRAINT plan_change_ends CHECK (((state = ANY (ARRAY['committed'::text, 'reverted'::text, 'failed'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT plan_change_from_interval_check CHECK ((from_interval = ANY (ARRAY['monthly'::text, 'annual'::text, 'usage_based'::text]))),
    CONSTRAINT plan_change_says_why CHECK (((state <> ALL (ARRAY['reverted'::text, 'failed'::text])) OR (failure IS NOT NULL))),
    CONSTRAINT plan_change_state_check CHECK ((state = ANY (ARRAY['started'::text, 'priced'::text, 'compensating'::text, 'committed'::text, 'reverted'::text, 'failed'::text]))),
    CONSTRAINT plan_change_to_interval_check CHECK ((to_interval = ANY (ARRAY['monthly'::text, 'annual'::text, 'usage_based'::text])))
);

ALTER TABLE ONLY billing.plan_change FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.plan_price (
    plan_key text NOT NULL,
    plan_version integer NOT NULL,
    "interval" text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    provider_product_id text,
    provider_price_id text,
    provider_product_name text,
    CONSTRAINT plan_price_amount_check CHECK ((amount >= 0)),
    CONSTRAINT plan_price_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT plan_price_interval_check CHECK (("interval" = ANY (ARRAY['monthly'::text, 'annual'::text, 'usage_based'::text]))),
    CONSTRAINT plan_price_plan_version_check CHECK ((plan_version > 0))
);

CREATE TABLE billing.provider_cursor (
    name text NOT NULL,
    "position" timestamp with time zone NOT NULL
);

CREATE SEQUENCE billing.provider_read
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE billing.reconciliation_run (
    id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    cursor text,
    has_walked_provider boolean NOT NULL,
    compared bigint NOT NULL,
    found bigint NOT NULL,
    stage text,
    CONSTRAINT reconciliation_run_stage_check CHECK ((stage ~ '^[a-z_]{2,40}$'::text))
);

CREATE TABLE billing.recorded_payment (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    method text NOT NULL,
    reference text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT recorded_payment_amount_check CHECK ((amount > 0)),
    CONSTRAINT recorded_payment_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT recorded_payment_method_check CHECK (((length(method) >= 1) AND (length(method) <= 50))),
    CONSTRAINT recorded_payment_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200)))
);

ALTER TABLE ONLY billing.recorded_payment FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.refund (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    subscription_id uuid,
    invoice_id uuid NOT NULL,
    provider_payment_id text NOT NULL,
    provider_refund_id text,
    intent_id uuid,
    amount bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT refund_amount_check CHECK ((amount > 0)),
    CONSTRAINT refund_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT refund_is_known CHECK (((provider_refund_id IS NOT NULL) OR (intent_id IS NOT NULL))),
    CONSTRAINT refund_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT refund_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text])))
);

ALTER TABLE ONLY billing.refund FORCE ROW LEVEL SECURITY;

CREATE TABLE billing.subscription (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    resource_type text NOT NULL,
    resource_id text,
    subscriber_id uuid,
    requested_by uuid,
    plan_key text NOT NULL,
    plan_version integer NOT NULL,
    "interval" text NOT NULL,
    currency text NOT NULL,
    configuration jsonb NOT NULL,
    backing_kind text,
    backing_detail text,
    provider_subscription_id text,
    provider_item_id text,
    provider_price_id text,
    status text NOT NULL,
    provider_sync text NOT NULL,
    trial_end timestamp with time zone,
    started_at timestamp with time zone,
    period_start timestamp with time zone,
    period_end timestamp with time zone,
    canceled_at timestamp with time zone,
    ends_at timestamp with time zone,
    closed_at timestamp with time zone,
    cancellation_type text,
    cancellation_origin text,
    cancellation_reason text,
    grace_deadline timestamp with time zone,
    final_deadline timestamp with time zone,
    lease_holder text,
    lease_until timestamp with time zone,
    lease_fence bigint,
    op_seq bigint DEFAULT 0 NOT NULL,
    read_number bigint DEFAULT 0 NOT NULL,
    failure jsonb,
    operation_id text,
    supersedes uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    compared_in uuid,
    collection_paused boolean DEFAULT false NOT NULL,
    conversion text,
    eligible_after timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT subscription_active_is_backed CHECK (((status <> ALL (ARRAY['active'::text, 'upgrading'::text, 'past_due'::text, 'paused'::text])) OR ((backing_kind IS NOT NULL) AND (started_at IS NOT NULL) AND (resource_id IS NOT NULL)))),
    CONSTRAINT subscription_backing_has_its_detail CHECK ((NOT ((backing_kind = ANY (ARRAY['provider_subscription'::text, 'complimentary'::text])) IS DISTINCT FROM
CASE
    WHEN (backing_kind IS NULL) THEN NULL::boolean
    ELSE (backing_detail IS NOT NULL)
END))),
    CONSTRAINT subscription_backing_kind_check CHECK ((backing_kind = ANY (ARRAY['provider_subscription'::text, 'net_terms'::text, 'complimentary'::text, 'billing_disabled'::text]))),
    CONSTRAINT subscription_canceled_says_how CHECK (((status <> 'canceled'::text) OR ((cancellation_type IS NOT NULL) AND (cancellation_origin IS NOT NULL)))),
    CONSTRAINT subscription_cancellation_origin_check CHECK ((cancellation_origin = ANY (ARRAY['user'::text, 'portal'::text, 'provider'::text, 'idle'::text, 'admin'::text, 'provisioning_failure'::text, 'payment_failure'::text]))),
    CONSTRAINT subscription_cancellation_type_check CHECK ((cancellation_type = ANY (ARRAY['immediate'::text, 'period_end'::text]))),
    CONSTRAINT subscription_conversion_is_known CHECK ((conversion = ANY (ARRAY['net_terms'::text, 'card'::text]))),
    CONSTRAINT subscription_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
    CONSTRAINT subscription_failed_was_never_active CHECK (((status <> 'failed'::text) OR (started_at IS NULL))),
    CONSTRAINT subscription_interval_check CHECK (("interval" = ANY (ARRAY['monthly'::text, 'annual'::text, 'usage_based'::text]))),
    CONSTRAINT subscription_lease_is_whole CHECK ((num_nulls(lease_holder, lease_until, lease_fence) = ANY (ARRAY[0, 3]))),
    CONSTRAINT subscription_period CHECK (((period_start IS NULL) OR (period_end > period_start))),
    CONSTRAINT subscription_provider_sync_check CHECK ((provider_sync = ANY (ARRAY['confirmed'::text, 'pending'::text, 'unknown'::text]))),
    CONSTRAINT subscription_resource_id_check CHECK (((length(resource_id) >= 1) AND (length(resource_id) <= 128))),
    CONSTRAINT subscription_resource_type_check CHECK ((resource_type = ANY (ARRAY['graph'::text, 'repository'::text, 'addon'::text]))),
    CONSTRAINT subscription_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'pending_payment'::text, 'provisioning'::text, 'active'::text, 'upgrading'::text, 'past_due'::text, 'unpaid'::text, 'paused'::text, 'canceled'::text, 'failed'::text]))),
    CONSTRAINT subscription_subscriber_has_a_seat CHECK (((subscriber_id IS NULL) OR (resource_type = 'repository'::text))),
    CONSTRAINT subscription_terminal_has_an_end CHECK (((status <> ALL (ARRAY['canceled'::text, 'failed'::text])) OR (ends_at IS NOT NULL)))
);

ALTER TABLE ONLY billing.subscription FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.backup_download (
    backup_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    org_id uuid NOT NULL,
    graph_id text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    is_counted boolean NOT NULL,
    first_byte_at timestamp with time zone
);

ALTER TABLE ONLY graphs.backup_download FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.deployment (
    is_only boolean DEFAULT true NOT NULL,
    id text NOT NULL,
    CONSTRAINT deployment_id_check CHECK ((id ~ '^[a-z0-9-]{1,40}$'::text)),
    CONSTRAINT deployment_is_only_check CHECK (is_only)
);

CREATE TABLE graphs.engine_mark (
    host_name text NOT NULL,
    name text NOT NULL,
    operation_id uuid NOT NULL,
    state text NOT NULL,
    schema_version text,
    CONSTRAINT engine_mark_name_check CHECK ((name ~ '^kg[0-9a-z_]{1,61}$'::text)),
    CONSTRAINT engine_mark_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'made'::text])))
);

COMMENT ON TABLE graphs.engine_mark IS 'Markers of databases on hosts that keep no text with them; gone with the database.';

CREATE TABLE graphs.graph (
    id text NOT NULL,
    org_id uuid NOT NULL,
    kind text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    provisioning_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    tags text[] NOT NULL,
    extensions text[] NOT NULL,
    custom_schema jsonb,
    initial_entity jsonb,
    tier text NOT NULL,
    subscription_id uuid,
    host_id uuid,
    status text NOT NULL,
    status_since timestamp with time zone NOT NULL,
    status_reason text,
    mode text NOT NULL,
    access_epoch bigint NOT NULL,
    purge_at timestamp with time zone,
    delete_protected boolean DEFAULT false NOT NULL,
    purge_hold text,
    over_storage_cap boolean DEFAULT false NOT NULL,
    source_backup_id uuid,
    parent_id text GENERATED ALWAYS AS (
CASE
    WHEN (strpos(id, '_'::text) > 0) THEN split_part(id, '_'::text, 1)
    ELSE NULL::text
END) STORED,
    subgraph_index integer,
    subgraph_type text,
    metadata jsonb,
    being_moved boolean DEFAULT false NOT NULL,
    CONSTRAINT graph_access_epoch_check CHECK ((access_epoch >= 0)),
    CONSTRAINT graph_check CHECK (((status <> 'active'::text) OR (host_id IS NOT NULL))),
    CONSTRAINT graph_check1 CHECK (((purge_at IS NULL) OR (status = 'suspended'::text))),
    CONSTRAINT graph_check2 CHECK (((status = 'active'::text) OR (mode = 'none'::text))),
    CONSTRAINT graph_description_check CHECK ((char_length(description) <= 1000)),
    CONSTRAINT graph_hold_of_suspended CHECK (((purge_hold IS NULL) OR (status = 'suspended'::text))),
    CONSTRAINT graph_id_form CHECK (((id ~ '^kg[0-9a-f]{16,40}(_[0-9a-z]{1,20})?$'::text) AND (length(id) <= 52))),
    CONSTRAINT graph_kind_check CHECK ((kind = ANY (ARRAY['entity'::text, 'generic'::text]))),
    CONSTRAINT graph_mode_check CHECK ((mode = ANY (ARRAY['none'::text, 'read'::text, 'shrink'::text, 'full'::text]))),
    CONSTRAINT graph_name_check CHECK (((name ~ '\S'::text) AND (char_length(name) <= 255))),
    CONSTRAINT graph_purge_hold_check CHECK ((purge_hold ~ '\S'::text)),
    CONSTRAINT graph_status_check CHECK ((status = ANY (ARRAY['provisioning'::text, 'active'::text, 'suspended'::text, 'deprovisioning'::text, 'deprovisioned'::text, 'failed'::text]))),
    CONSTRAINT graph_subgraph_index_check CHECK ((subgraph_index > 0)),
    CONSTRAINT graph_subgraph_parts CHECK (((num_nonnulls(parent_id, subgraph_index, subgraph_type) = ANY (ARRAY[0, 3])) AND ((metadata IS NULL) OR (parent_id IS NOT NULL)))),
    CONSTRAINT graph_subgraph_type_check CHECK ((subgraph_type = ANY (ARRAY['empty'::text, 'knowledge'::text, 'static'::text]))),
    CONSTRAINT graph_subgraph_unpaid CHECK (((parent_id IS NULL) OR ((subscription_id IS NULL) AND (purge_at IS NULL) AND (host_id IS NOT NULL)))),
    CONSTRAINT graph_tags_check CHECK ((cardinality(tags) <= 20))
);

ALTER TABLE ONLY graphs.graph FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN graphs.graph.source_backup_id IS 'The backup whose contents it was made with.';

CREATE TABLE graphs.graph_backup (
    id uuid NOT NULL,
    graph_id text NOT NULL,
    org_id uuid NOT NULL,
    initiator text NOT NULL,
    status text NOT NULL,
    archive jsonb,
    created_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    verified_at timestamp with time zone,
    expires_at timestamp with time zone,
    requested_by uuid,
    operation_id uuid,
    night date,
    kept_days integer,
    started_at timestamp with time zone,
    failure text,
    CONSTRAINT graph_backup_check CHECK (((status <> 'completed'::text) OR ((archive IS NOT NULL) AND (completed_at IS NOT NULL)))),
    CONSTRAINT graph_backup_check1 CHECK (((verified_at IS NULL) OR (archive IS NOT NULL))),
    CONSTRAINT graph_backup_initiator_check CHECK ((initiator = ANY (ARRAY['user'::text, 'scheduled'::text, 'system'::text, 'final'::text]))),
    CONSTRAINT graph_backup_kept_days_check CHECK ((kept_days > 0)),
    CONSTRAINT graph_backup_night CHECK (((night IS NULL) OR (initiator = 'scheduled'::text))),
    CONSTRAINT graph_backup_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'in_progress'::text, 'completed'::text, 'failed'::text, 'expired'::text])))
);

ALTER TABLE ONLY graphs.graph_backup FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.graph_credential (
    id uuid NOT NULL,
    graph_id text NOT NULL,
    org_id uuid NOT NULL,
    role text NOT NULL,
    access text NOT NULL,
    label text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    replaced_by uuid,
    sealed_verifier text,
    CONSTRAINT graph_credential_access_check CHECK ((access = ANY (ARRAY['rw'::text, 'ro'::text]))),
    CONSTRAINT graph_credential_label_check CHECK ((char_length(label) <= 100)),
    CONSTRAINT graph_credential_sealed_verifier_check CHECK ((length(sealed_verifier) <= 1000))
);

ALTER TABLE ONLY graphs.graph_credential FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN graphs.graph_credential.sealed_verifier IS 'What checks the password, sealed: it lets the login in on the host its graph is moved to. NULL once it is revoked.';

CREATE TABLE graphs.graph_grant (
    graph_id text NOT NULL,
    user_id uuid NOT NULL,
    org_id uuid NOT NULL,
    role text NOT NULL,
    granted_by uuid NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    CONSTRAINT graph_grant_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'member'::text, 'admin'::text])))
);

ALTER TABLE ONLY graphs.graph_grant FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.graph_host (
    id uuid NOT NULL,
    name text NOT NULL,
    tiers text[] NOT NULL,
    slots integer NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    probed_at timestamp with time zone,
    last_healthy_at timestamp with time zone DEFAULT now(),
    failures_in_a_row integer DEFAULT 0 NOT NULL,
    successes_in_a_row integer DEFAULT 0 NOT NULL,
    server_version text,
    storage_budget_bytes bigint,
    memory_mb integer,
    is_given_up boolean DEFAULT false NOT NULL,
    CONSTRAINT graph_host_failures_in_a_row_check CHECK ((failures_in_a_row >= 0)),
    CONSTRAINT graph_host_given_up_takes_none CHECK (((NOT is_given_up) OR (state <> 'ready'::text))),
    CONSTRAINT graph_host_memory_mb_check CHECK ((memory_mb >= 0)),
    CONSTRAINT graph_host_name_check CHECK ((name <> ''::text)),
    CONSTRAINT graph_host_slots_check CHECK ((slots > 0)),
    CONSTRAINT graph_host_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'draining'::text, 'offline'::text, 'retired'::text]))),
    CONSTRAINT graph_host_storage_budget_bytes_check CHECK ((storage_budget_bytes > 0)),
    CONSTRAINT graph_host_successes_in_a_row_check CHECK ((successes_in_a_row >= 0)),
    CONSTRAINT graph_host_tiers_check CHECK ((cardinality(tiers) > 0))
);

COMMENT ON COLUMN graphs.graph_host.storage_budget_bytes IS 'What the graphs on it may measure together; NULL is without limit.';

COMMENT ON COLUMN graphs.graph_host.is_given_up IS 'Operators gave it up, and it has not answered since.';

CREATE TABLE graphs.host_sample (
    host_id uuid NOT NULL,
    slot timestamp with time zone NOT NULL,
    graphs integer NOT NULL,
    bytes bigint NOT NULL,
    CONSTRAINT host_sample_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT host_sample_graphs_check CHECK ((graphs >= 0))
);

CREATE TABLE graphs.host_slot (
    host_id uuid NOT NULL,
    number integer NOT NULL,
    state text DEFAULT 'free'::text NOT NULL,
    org_id uuid,
    subscription_id uuid,
    graph_id text,
    reserved_until timestamp with time zone,
    moving_graph_id text,
    CONSTRAINT host_slot_check CHECK (((state = 'free'::text) = (org_id IS NULL))),
    CONSTRAINT host_slot_check1 CHECK (((state <> 'free'::text) OR ((subscription_id IS NULL) AND (graph_id IS NULL) AND (reserved_until IS NULL)))),
    CONSTRAINT host_slot_check2 CHECK (((state <> 'occupied'::text) OR (graph_id IS NOT NULL))),
    CONSTRAINT host_slot_check3 CHECK (((state <> 'reserved'::text) OR (graph_id IS NOT NULL) OR (reserved_until IS NOT NULL))),
    CONSTRAINT host_slot_moving CHECK (((moving_graph_id IS NULL) OR ((state = 'reserved'::text) AND (graph_id IS NULL) AND (subscription_id IS NULL) AND (reserved_until IS NOT NULL)))),
    CONSTRAINT host_slot_number_check CHECK ((number > 0)),
    CONSTRAINT host_slot_state_check CHECK ((state = ANY (ARRAY['free'::text, 'reserved'::text, 'occupied'::text, 'releasing'::text])))
);

ALTER TABLE ONLY graphs.host_slot FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN graphs.host_slot.moving_graph_id IS 'The graph that is being brought here from another host.';

CREATE TABLE graphs.left_place (
    graph_id text NOT NULL,
    host_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    nodes bigint NOT NULL,
    edges bigint NOT NULL,
    digest text,
    moved_at timestamp with time zone,
    release_at timestamp with time zone,
    CONSTRAINT left_place_edges_check CHECK ((edges >= 0)),
    CONSTRAINT left_place_is_kept CHECK ((((moved_at IS NULL) = (release_at IS NULL)) AND (release_at > moved_at))),
    CONSTRAINT left_place_nodes_check CHECK ((nodes >= 0))
);

ALTER TABLE ONLY graphs.left_place FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE graphs.left_place IS 'Databases that graphs have left, or are leaving, on a host; they are dropped a day after.';

CREATE TABLE graphs.orphan_finding (
    id bigint NOT NULL,
    kind text NOT NULL,
    place text NOT NULL,
    object text NOT NULL,
    bytes bigint,
    graph_id text,
    state text DEFAULT 'open'::text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    sightings integer DEFAULT 1 NOT NULL,
    ended_at timestamp with time zone,
    finding_id uuid DEFAULT gen_random_uuid() NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    ordered_by jsonb,
    order_reason text,
    ordered_at timestamp with time zone,
    archive jsonb,
    archived_at timestamp with time zone,
    failure text,
    CONSTRAINT database_goes_after_its_backup CHECK (((kind <> 'database'::text) OR (state <> 'repaired'::text) OR COALESCE((EXTRACT(epoch FROM (ended_at - archived_at)) >= (604800)::numeric), false))),
    CONSTRAINT orphan_backup_is_ordered CHECK ((((archive IS NULL) = (archived_at IS NULL)) AND ((archive IS NULL) OR ((kind = 'database'::text) AND (ordered_at IS NOT NULL))))),
    CONSTRAINT orphan_finding_check CHECK (((state = 'open'::text) = (ended_at IS NULL))),
    CONSTRAINT orphan_finding_evidence_check CHECK ((jsonb_typeof(evidence) = 'object'::text)),
    CONSTRAINT orphan_finding_failure_check CHECK ((length(failure) <= 500)),
    CONSTRAINT orphan_finding_order_reason_check CHECK ((length(order_reason) <= 500)),
    CONSTRAINT orphan_finding_sightings_check CHECK ((sightings > 0)),
    CONSTRAINT orphan_finding_state_check CHECK ((state = ANY (ARRAY['open'::text, 'repaired'::text, 'dismissed'::text, 'gone'::text]))),
    CONSTRAINT orphan_order_is_whole CHECK ((num_nonnulls(ordered_by, order_reason, ordered_at) = ANY (ARRAY[0, 3]))),
    CONSTRAINT repair_is_ordered CHECK (((state <> 'repaired'::text) OR (ordered_at IS NOT NULL)))
);

ALTER TABLE ONLY graphs.orphan_finding FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN graphs.orphan_finding.archive IS 'The backup of a database that belongs to no graph and is to be dropped.';

ALTER TABLE graphs.orphan_finding ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME graphs.orphan_finding_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE graphs.repository (
    id text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT repository_description_check CHECK ((char_length(description) <= 1000)),
    CONSTRAINT repository_id_check CHECK ((id ~ '^[a-z0-9._-]{1,64}$'::text)),
    CONSTRAINT repository_name_check CHECK (((name ~ '\S'::text) AND (char_length(name) <= 255)))
);

CREATE TABLE graphs.repository_grant (
    id uuid NOT NULL,
    repository_id text NOT NULL,
    user_id uuid NOT NULL,
    org_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    plan text NOT NULL,
    access text NOT NULL,
    expires_at timestamp with time zone,
    state text NOT NULL,
    cause text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT repository_grant_access_check CHECK ((access = ANY (ARRAY['read'::text, 'write'::text, 'admin'::text]))),
    CONSTRAINT repository_grant_cause_check CHECK ((cause = ANY (ARRAY['reconciler'::text, 'administrator'::text, 'off_boarding'::text]))),
    CONSTRAINT repository_grant_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'revoked'::text])))
);

ALTER TABLE ONLY graphs.repository_grant FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.selected_graph (
    user_id uuid NOT NULL,
    graph_id text NOT NULL
);

ALTER TABLE ONLY graphs.selected_graph FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.storage_day (
    graph_id text NOT NULL,
    org_id uuid NOT NULL,
    day date NOT NULL,
    measures bigint NOT NULL,
    byte_sum numeric NOT NULL,
    byte_maximum bigint NOT NULL,
    CONSTRAINT storage_day_measures_check CHECK ((measures > 0))
);

ALTER TABLE ONLY graphs.storage_day FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.storage_measure (
    id uuid NOT NULL,
    graph_id text NOT NULL,
    org_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    bytes bigint NOT NULL,
    measured_at timestamp with time zone,
    epoch text,
    statements bigint,
    failed bigint,
    busy_ms bigint,
    CONSTRAINT storage_measure_busy_ms_check CHECK ((busy_ms >= 0)),
    CONSTRAINT storage_measure_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT storage_measure_counters_together CHECK ((num_nonnulls(epoch, statements, failed, busy_ms) = ANY (ARRAY[0, 4]))),
    CONSTRAINT storage_measure_failed_check CHECK ((failed >= 0)),
    CONSTRAINT storage_measure_statements_check CHECK ((statements >= 0))
);

ALTER TABLE ONLY graphs.storage_measure FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN graphs.storage_measure.epoch IS 'What the engine counted from; counters of another epoch began anew.';

CREATE TABLE graphs.storage_sample (
    graph_id text NOT NULL,
    org_id uuid NOT NULL,
    bytes bigint NOT NULL,
    sampled_at timestamp with time zone NOT NULL,
    row_at timestamp with time zone,
    near_told_at timestamp with time zone,
    near_has_eased boolean DEFAULT false NOT NULL,
    over_told_at timestamp with time zone,
    over_has_eased boolean DEFAULT false NOT NULL,
    facts jsonb,
    facts_at timestamp with time zone,
    CONSTRAINT storage_sample_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT storage_sample_check CHECK (((facts IS NULL) = (facts_at IS NULL)))
);

ALTER TABLE ONLY graphs.storage_sample FORCE ROW LEVEL SECURITY;

CREATE TABLE graphs.teardown (
    graph_id text NOT NULL,
    org_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    closed_at timestamp with time zone,
    backup_id uuid,
    verified_at timestamp with time zone,
    drop_allowed_at timestamp with time zone,
    absent_at timestamp with time zone,
    waived_at timestamp with time zone,
    CONSTRAINT teardown_absent_after_drop CHECK (((absent_at IS NULL) OR (drop_allowed_at IS NOT NULL))),
    CONSTRAINT teardown_no_drop_without_verified_backup CHECK (((drop_allowed_at IS NULL) OR (verified_at IS NOT NULL))),
    CONSTRAINT teardown_verified_backup CHECK (((verified_at IS NULL) OR ((backup_id IS NOT NULL) AND (closed_at IS NOT NULL))))
);

ALTER TABLE ONLY graphs.teardown FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN graphs.teardown.waived_at IS 'When operators took it that the host is lost: nothing more is asked of it, nothing is dropped.';

CREATE TABLE identity.account (
    id uuid NOT NULL,
    email text,
    name text,
    password_hash text,
    email_verified_at timestamp with time zone,
    status text NOT NULL,
    session_epoch integer NOT NULL,
    key_epoch integer NOT NULL,
    default_org_id uuid,
    selected_graph_id text,
    user_handle bytea DEFAULT (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) NOT NULL,
    deletion_requested_at timestamp with time zone,
    purge_at timestamp with time zone,
    last_active_floor timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    was_verified boolean DEFAULT false NOT NULL,
    removal_notice_at timestamp with time zone,
    CONSTRAINT account_deleting_has_an_end CHECK (((status <> 'deleting'::text) OR (purge_at IS NOT NULL))),
    CONSTRAINT account_email_check CHECK (((email = lower(email)) AND (octet_length(email) <= 254))),
    CONSTRAINT account_key_epoch_check CHECK ((key_epoch > 0)),
    CONSTRAINT account_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT account_purged_is_empty CHECK (
CASE
    WHEN (status = 'purged'::text) THEN (num_nonnulls(email, name, password_hash) = 0)
    ELSE (num_nonnulls(email, name) = 2)
END),
    CONSTRAINT account_session_epoch_check CHECK ((session_epoch > 0)),
    CONSTRAINT account_status_check CHECK ((status = ANY (ARRAY['active'::text, 'deactivated'::text, 'deleting'::text, 'purged'::text])))
);

ALTER TABLE ONLY identity.account FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.activity_canary (
    is_only boolean DEFAULT true NOT NULL,
    canary_id uuid NOT NULL,
    key_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    probed_at timestamp with time zone,
    is_green boolean,
    finding text,
    CONSTRAINT activity_canary_is_only_check CHECK (is_only)
);

ALTER TABLE ONLY identity.activity_canary FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.api_key (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    epoch integer NOT NULL,
    name text NOT NULL,
    description text,
    prefix text NOT NULL,
    key_hash bytea NOT NULL,
    scopes text[],
    org_id uuid,
    graph_id text,
    networks cidr[],
    expires_at timestamp with time zone,
    last_active_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoke_reason text,
    replaced_by uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    warned_early_at timestamp with time zone,
    warned_late_at timestamp with time zone,
    expiry_recorded_at timestamp with time zone,
    CONSTRAINT api_key_description_check CHECK ((length(description) <= 500)),
    CONSTRAINT api_key_end_has_a_reason CHECK (((revoked_at IS NULL) = (revoke_reason IS NULL))),
    CONSTRAINT api_key_key_hash_check CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT api_key_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT api_key_networks_check CHECK (((cardinality(networks) >= 1) AND (cardinality(networks) <= 20))),
    CONSTRAINT api_key_prefix_check CHECK ((length(prefix) = 8)),
    CONSTRAINT api_key_scopes_check CHECK ((cardinality(scopes) > 0))
)
WITH (fillfactor='80');

ALTER TABLE ONLY identity.api_key FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.api_key_network (
    key_id uuid NOT NULL,
    network text NOT NULL,
    user_id uuid NOT NULL,
    is_first boolean NOT NULL,
    first_used_at timestamp with time zone NOT NULL,
    announced_at timestamp with time zone,
    CONSTRAINT api_key_network_network_check CHECK ((length(network) <= 64))
);

ALTER TABLE ONLY identity.api_key_network FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.captcha_use (
    token_hash bytea NOT NULL,
    used_at timestamp with time zone NOT NULL,
    CONSTRAINT captcha_use_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE ONLY identity.captcha_use FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.ceremony_challenge (
    id uuid NOT NULL,
    challenge_hash bytea NOT NULL,
    flow text NOT NULL,
    user_id uuid,
    epoch integer,
    mfa_token_id uuid,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone,
    CONSTRAINT ceremony_challenge_challenge_hash_check CHECK ((octet_length(challenge_hash) = 32)),
    CONSTRAINT ceremony_challenge_flow_check CHECK ((flow = ANY (ARRAY['reg'::text, 'mfa'::text, 'pwl'::text, 'mgmt'::text]))),
    CONSTRAINT ceremony_challenge_is_bound CHECK (
CASE flow
    WHEN 'pwl'::text THEN (num_nonnulls(user_id, epoch, mfa_token_id) = 0)
    WHEN 'mfa'::text THEN (num_nonnulls(user_id, epoch, mfa_token_id) = 3)
    ELSE (num_nonnulls(user_id, epoch) = 2)
END)
);

ALTER TABLE ONLY identity.ceremony_challenge FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.guess_account (
    account bytea NOT NULL,
    warned_at timestamp with time zone,
    CONSTRAINT guess_account_account_check CHECK ((octet_length(account) = 32))
);

ALTER TABLE ONLY identity.guess_account FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.guess_attempt (
    id uuid NOT NULL,
    network text NOT NULL,
    account bytea,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    counts_for_network boolean DEFAULT true NOT NULL,
    counts_for_account boolean DEFAULT true NOT NULL,
    CONSTRAINT guess_attempt_check CHECK ((ended_at >= started_at))
)
WITH (fillfactor='80');

ALTER TABLE ONLY identity.guess_attempt FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.guess_network (
    network text NOT NULL,
    blocked_until timestamp with time zone,
    blocked_because text,
    CONSTRAINT guess_network_block_has_a_cause CHECK (((blocked_until IS NULL) = (blocked_because IS NULL))),
    CONSTRAINT guess_network_blocked_because_check CHECK ((blocked_because = ANY (ARRAY['failures'::text, 'accounts'::text, 'operator'::text]))),
    CONSTRAINT guess_network_network_check CHECK (((length(network) >= 1) AND (length(network) <= 200)))
);

ALTER TABLE ONLY identity.guess_network FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.handoff (
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    epoch integer NOT NULL,
    token_hash bytea NOT NULL,
    target_app text,
    exchange_hash bytea,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    exchanged_at timestamp with time zone,
    exchange_expires_at timestamp with time zone,
    completed_at timestamp with time zone,
    CONSTRAINT handoff_completes_an_exchange CHECK (((completed_at IS NULL) OR (exchanged_at IS NOT NULL))),
    CONSTRAINT handoff_exchange_hash_check CHECK ((octet_length(exchange_hash) = 32)),
    CONSTRAINT handoff_exchange_is_whole CHECK ((num_nonnulls(exchanged_at, exchange_hash, exchange_expires_at, target_app) = ANY (ARRAY[0, 4]))),
    CONSTRAINT handoff_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE ONLY identity.handoff FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.link_token (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    token_hash bytea NOT NULL,
    address text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone,
    superseded_at timestamp with time zone,
    network text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT link_token_kind_check CHECK ((kind = ANY (ARRAY['email_verification'::text, 'password_reset'::text, 'email_revert'::text, 'disown'::text, 'deletion_cancel'::text]))),
    CONSTRAINT link_token_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE ONLY identity.link_token FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.mfa_token (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    epoch integer NOT NULL,
    purpose text NOT NULL,
    token_hash bytea NOT NULL,
    methods text[] NOT NULL,
    org_id uuid,
    failures integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone,
    CONSTRAINT mfa_token_failures_check CHECK (((failures >= 0) AND (failures <= 5))),
    CONSTRAINT mfa_token_purpose_check CHECK ((purpose = ANY (ARRAY['login'::text, 'enroll'::text]))),
    CONSTRAINT mfa_token_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE ONLY identity.mfa_token FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.notice_budget (
    user_id uuid NOT NULL,
    kind text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    CONSTRAINT notice_budget_kind_check CHECK ((kind = ANY (ARRAY['registration_attempted'::text, 'new_client'::text, 'unverified_account'::text])))
);

ALTER TABLE ONLY identity.notice_budget FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.membership (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    joined_through text NOT NULL,
    ended_at timestamp with time zone,
    end_reason text,
    activity_until timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT membership_end_has_a_reason CHECK (((ended_at IS NULL) = (end_reason IS NULL))),
    CONSTRAINT membership_end_reason_check CHECK ((end_reason = ANY (ARRAY['left'::text, 'removed'::text, 'account_deleted'::text, 'org_purged'::text]))),
    CONSTRAINT membership_joined_through_check CHECK ((joined_through = ANY (ARRAY['founding'::text, 'invitation'::text, 'transfer'::text, 'operator'::text, 'import'::text]))),
    CONSTRAINT membership_role_check CHECK ((role = ANY (ARRAY['member'::text, 'admin'::text, 'owner'::text])))
);

ALTER TABLE ONLY orgs.membership FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.org (
    id uuid NOT NULL,
    name text,
    org_type text NOT NULL,
    personal_owner_id uuid,
    mfa_rule text DEFAULT 'off'::text NOT NULL,
    invitation_domains text[],
    support_access_until timestamp with time zone,
    state text NOT NULL,
    owner_count integer DEFAULT 0 NOT NULL,
    frozen_reason text,
    deleted_at timestamp with time zone,
    deleted_by uuid,
    purge_at timestamp with time zone,
    purged_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT org_end_is_dated CHECK (((state = ANY (ARRAY['deleted'::text, 'purging'::text])) = (purge_at IS NOT NULL))),
    CONSTRAINT org_mfa_rule_check CHECK ((mfa_rule = ANY (ARRAY['off'::text, 'admins'::text, 'everyone'::text]))),
    CONSTRAINT org_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT org_org_type_check CHECK ((org_type = ANY (ARRAY['personal'::text, 'team'::text, 'enterprise'::text]))),
    CONSTRAINT org_owner_count_check CHECK ((owner_count >= 0)),
    CONSTRAINT org_personal_has_its_person CHECK ((((org_type = 'personal'::text) = (personal_owner_id IS NOT NULL)) OR (state = 'purged'::text))),
    CONSTRAINT org_purged_is_empty CHECK (((state = 'purged'::text) = (name IS NULL))),
    CONSTRAINT org_state_check CHECK ((state = ANY (ARRAY['active'::text, 'frozen'::text, 'deleted'::text, 'purging'::text, 'purged'::text])))
);

ALTER TABLE ONLY orgs.org FORCE ROW LEVEL SECURITY;

CREATE VIEW identity.org_membership AS
 SELECT m.user_id,
    m.org_id,
    m.id AS membership_id,
    m.role,
        CASE o.state
            WHEN 'purging'::text THEN 'deleted'::text
            ELSE o.state
        END AS org_state,
    o.mfa_rule,
    o.name AS org_name,
    o.org_type,
    m.joined_at
   FROM (orgs.membership m
     JOIN orgs.org o ON ((o.id = m.org_id)))
  WHERE ((m.ended_at IS NULL) AND (o.state = ANY (ARRAY['active'::text, 'frozen'::text, 'deleted'::text, 'purging'::text])));

CREATE TABLE identity.passkey (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    algorithm integer NOT NULL,
    model bytea NOT NULL,
    transports text[] NOT NULL,
    name text NOT NULL,
    sign_count bigint NOT NULL,
    is_backup_eligible boolean NOT NULL,
    is_backed_up boolean NOT NULL,
    last_used_at timestamp with time zone,
    removed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT passkey_algorithm_check CHECK ((algorithm = ANY (ARRAY['-8'::integer, '-7'::integer, '-257'::integer]))),
    CONSTRAINT passkey_credential_id_check CHECK (((octet_length(credential_id) >= 1) AND (octet_length(credential_id) <= 1023))),
    CONSTRAINT passkey_model_check CHECK ((octet_length(model) <= 16)),
    CONSTRAINT passkey_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT passkey_public_key_check CHECK (((octet_length(public_key) >= 1) AND (octet_length(public_key) <= 2048))),
    CONSTRAINT passkey_sign_count_check CHECK ((sign_count >= 0))
);

ALTER TABLE ONLY identity.passkey FORCE ROW LEVEL SECURITY;

CREATE VIEW identity.pending_idle_case AS
 SELECT concerned.user_id
   FROM ( SELECT m.user_id
           FROM (orgs.membership m
             JOIN billing.idle_case c ON (((c.org_id = m.org_id) AND (c.subscriber_id IS NULL) AND (c.state = ANY (ARRAY['decided'::text, 'confirmed'::text])))))
          WHERE (m.ended_at IS NULL)
        UNION ALL
         SELECT c.subscriber_id
           FROM billing.idle_case c
          WHERE ((c.subscriber_id IS NOT NULL) AND (c.state = ANY (ARRAY['decided'::text, 'confirmed'::text])))) concerned
  WHERE ( SELECT (EXISTS ( SELECT
                   FROM billing.idle_case
                  WHERE (idle_case.state = ANY (ARRAY['decided'::text, 'confirmed'::text])))) AS "exists");

CREATE TABLE notifications.notice (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    decision text NOT NULL,
    org_id uuid,
    subscription_id uuid,
    resource text NOT NULL,
    via text NOT NULL,
    renews_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    cleared_at timestamp with time zone,
    until timestamp with time zone,
    subject text,
    CONSTRAINT notice_kind_check CHECK ((kind = ANY (ARRAY['subscription_kept'::text, 'address_undeliverable'::text, 'endpoint_failing'::text, 'endpoint_disabled'::text, 'recovery_codes_low'::text, 'idle_cancel_pending'::text, 'payment_failed'::text, 'payment_action_required'::text, 'past_due_deadline'::text, 'graph_suspended'::text, 'deletion_pending'::text, 'org_deletion_pending'::text, 'ownership_transfer_pending'::text, 'capacity'::text, 'credits_low'::text, 'limit_warning'::text, 'invitation_declined'::text, 'support_session'::text]))),
    CONSTRAINT notice_of_org CHECK (((org_id IS NULL) = (kind = 'recovery_codes_low'::text))),
    CONSTRAINT notice_of_subscription CHECK (((kind <> 'subscription_kept'::text) OR (num_nulls(subscription_id, renews_at) = 0))),
    CONSTRAINT notice_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT notice_with_time CHECK (((until IS NOT NULL) OR (kind <> ALL (ARRAY['idle_cancel_pending'::text, 'graph_suspended'::text, 'deletion_pending'::text, 'org_deletion_pending'::text, 'ownership_transfer_pending'::text, 'credits_low'::text, 'support_session'::text]))))
);

ALTER TABLE ONLY notifications.notice FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.notice IS 'What one person is told in the product, until it is seen or old.';

CREATE VIEW identity.pending_notice AS
 SELECT n.user_id,
    identity.id_text('ntc'::text, n.id) AS notice_id,
    n.kind,
    n.severity,
    n.org_id,
    identity.id_text('bsub'::text, n.subscription_id) AS subscription_id,
    n.resource,
    n.via,
    n.renews_at,
    n.created_at,
    (n.kind = 'subscription_kept'::text) AS is_kept_banner,
    (( SELECT max(r.created_at) AS max
           FROM notifications.notice r
          WHERE ((r.user_id = n.user_id) AND (r.kind = n.kind) AND (NOT (r.subscription_id IS DISTINCT FROM n.subscription_id)) AND ((n.subscription_id IS NOT NULL) OR ((NOT (r.org_id IS DISTINCT FROM n.org_id)) AND (r.resource = n.resource))))) + '14 days'::interval) AS expires_at
   FROM notifications.notice n
  WHERE ((n.acknowledged_at IS NULL) AND (n.cleared_at IS NULL));

CREATE TABLE identity.personal_export (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    document jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY identity.personal_export FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.recovery_code (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT recovery_code_code_hash_check CHECK ((octet_length(code_hash) = 32))
);

ALTER TABLE ONLY identity.recovery_code FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.second_factor_reset (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    stop_hash bytea NOT NULL,
    requested_by uuid NOT NULL,
    approved_by uuid,
    requested_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    stopped_at timestamp with time zone,
    completed_at timestamp with time zone,
    CONSTRAINT second_factor_reset_ends_once CHECK (((num_nonnulls(stopped_at, completed_at) < 2) AND ((completed_at IS NULL) OR (completed_at >= due_at)))),
    CONSTRAINT second_factor_reset_is_approved_by_another CHECK ((approved_by <> requested_by)),
    CONSTRAINT second_factor_reset_is_approved_whole CHECK ((num_nulls(approved_by, due_at) <> 1)),
    CONSTRAINT second_factor_reset_stop_hash_check CHECK ((octet_length(stop_hash) = 32)),
    CONSTRAINT second_factor_reset_waits CHECK ((due_at >= (requested_at + '24:00:00'::interval)))
);

ALTER TABLE ONLY identity.second_factor_reset FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.session (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    epoch integer NOT NULL,
    generation integer NOT NULL,
    confirmed_generation integer NOT NULL,
    rotated_at timestamp with time zone NOT NULL,
    active_org_id uuid,
    methods text[] NOT NULL,
    authenticated_at timestamp with time zone NOT NULL,
    parent_id uuid,
    network text NOT NULL,
    client_family text NOT NULL,
    last_active_at timestamp with time zone NOT NULL,
    token_expires_at timestamp with time zone NOT NULL,
    absolute_expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoke_reason text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT session_check CHECK (((confirmed_generation >= 0) AND (confirmed_generation <= generation))),
    CONSTRAINT session_end_has_a_reason CHECK (((revoked_at IS NULL) = (revoke_reason IS NULL))),
    CONSTRAINT session_generation_check CHECK ((generation > 0)),
    CONSTRAINT session_revoke_reason_check CHECK ((revoke_reason = ANY (ARRAY['logout'::text, 'logout_all'::text, 'revoked_by_user'::text, 'password_changed'::text, 'password_reset'::text, 'email_reverted'::text, 'deactivated'::text, 'deletion'::text, 'reuse_detected'::text, 'limit'::text, 'operator'::text])))
)
WITH (fillfactor='80');

ALTER TABLE ONLY identity.session FORCE ROW LEVEL SECURITY;

CREATE TABLE jobs.clock_state (
    is_only boolean DEFAULT true NOT NULL,
    generation bigint NOT NULL,
    frozen_at timestamp with time zone,
    ahead_us bigint DEFAULT 0 NOT NULL,
    CONSTRAINT clock_state_ahead_us_check CHECK ((ahead_us >= 0)),
    CONSTRAINT clock_state_is_only_check CHECK (is_only)
);

CREATE TABLE jobs.cron (
    name text NOT NULL,
    expression text NOT NULL,
    last_tick timestamp with time zone NOT NULL,
    is_paused boolean DEFAULT false NOT NULL,
    overdue_at timestamp with time zone,
    run_requested_at timestamp with time zone,
    paused_because text,
    CONSTRAINT cron_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT cron_paused_because_check CHECK (((length(paused_because) >= 1) AND (length(paused_because) <= 500)))
);

COMMENT ON COLUMN jobs.cron.overdue_at IS 'The second tick after the last one that was dealt with: then two were missed.';

CREATE TABLE jobs.cron_tick (
    name text NOT NULL,
    tick timestamp with time zone NOT NULL,
    job_id bigint
);

CREATE TABLE jobs.effect (
    key text NOT NULL,
    destination text NOT NULL,
    request_hash bytea NOT NULL,
    state text NOT NULL,
    sendings integer DEFAULT 1 NOT NULL,
    response jsonb,
    code text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT effect_check CHECK (((state = 'succeeded'::text) = (response IS NOT NULL))),
    CONSTRAINT effect_check1 CHECK (((state = 'refused'::text) = (code IS NOT NULL))),
    CONSTRAINT effect_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT effect_state_check CHECK ((state = ANY (ARRAY['sending'::text, 'succeeded'::text, 'refused'::text, 'not_sent'::text, 'unknown'::text])))
)
WITH (fillfactor='70');

CREATE TABLE jobs.event (
    id bigint NOT NULL,
    xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    published_at timestamp with time zone NOT NULL,
    trace text,
    origin text,
    CONSTRAINT event_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT event_origin_check CHECK ((length(origin) <= 200)),
    CONSTRAINT event_topic_check CHECK (((length(topic) >= 1) AND (length(topic) <= 100))),
    CONSTRAINT event_trace_check CHECK ((length(trace) <= 64))
);

CREATE TABLE jobs.event_cursor (
    name text NOT NULL,
    next_xid bigint NOT NULL
);

ALTER TABLE jobs.event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME jobs.event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE jobs.job (
    id bigint NOT NULL,
    lane smallint NOT NULL,
    kind_id smallint NOT NULL,
    priority smallint NOT NULL,
    in_burst boolean DEFAULT false NOT NULL,
    attempt smallint DEFAULT 0 NOT NULL,
    max_attempts smallint NOT NULL,
    crash_count smallint DEFAULT 0 NOT NULL,
    snoozes integer DEFAULT 0 NOT NULL,
    timeout_ms integer NOT NULL,
    lease_by integer,
    lease_token integer DEFAULT 0 NOT NULL,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deadline timestamp with time zone,
    unique_key bytea,
    serial_key bytea,
    org uuid,
    saga_id uuid,
    trace text,
    args jsonb NOT NULL,
    origin text,
    CONSTRAINT job_lane_check CHECK (((lane >= 1) AND (lane <= 5))),
    CONSTRAINT job_max_attempts_check CHECK ((max_attempts > 0)),
    CONSTRAINT job_origin_check CHECK ((length(origin) <= 200)),
    CONSTRAINT job_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT job_timeout_ms_check CHECK ((timeout_ms > 0))
)
WITH (fillfactor='45', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

CREATE TABLE jobs.job_dead (
    id bigint NOT NULL,
    lane smallint NOT NULL,
    kind_id smallint NOT NULL,
    attempt smallint NOT NULL,
    crash_count smallint NOT NULL,
    worker integer,
    created_at timestamp with time zone NOT NULL,
    run_at timestamp with time zone NOT NULL,
    died_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    org uuid,
    saga_id uuid,
    reason text NOT NULL,
    args jsonb NOT NULL,
    requeued_as bigint,
    priority smallint,
    max_attempts smallint,
    timeout_ms integer,
    unique_key bytea,
    serial_key bytea,
    trace text,
    discarded_because text,
    origin text,
    CONSTRAINT job_dead_discarded_because_check CHECK ((length(discarded_because) <= 500))
);

CREATE TABLE jobs.job_error (
    job_id bigint NOT NULL,
    attempt smallint NOT NULL,
    worker integer,
    at timestamp with time zone NOT NULL,
    error text NOT NULL
);

CREATE TABLE jobs.job_history (
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    id bigint NOT NULL,
    lane smallint NOT NULL,
    kind_id smallint NOT NULL,
    outcome smallint NOT NULL,
    attempt smallint NOT NULL,
    worker integer,
    created_at timestamp with time zone NOT NULL,
    run_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    org uuid,
    saga_id uuid,
    reason text,
    args jsonb NOT NULL,
    CONSTRAINT job_history_outcome_check CHECK ((outcome = ANY (ARRAY[1, 2])))
)
PARTITION BY RANGE (recorded_at);

COMMENT ON COLUMN jobs.job_history.outcome IS '1 completed, 2 cancelled';

CREATE TABLE jobs.job_history_other (
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    id bigint NOT NULL,
    lane smallint NOT NULL,
    kind_id smallint NOT NULL,
    outcome smallint NOT NULL,
    attempt smallint NOT NULL,
    worker integer,
    created_at timestamp with time zone NOT NULL,
    run_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    org uuid,
    saga_id uuid,
    reason text,
    args jsonb NOT NULL,
    CONSTRAINT job_history_outcome_check CHECK ((outcome = ANY (ARRAY[1, 2])))
);

ALTER TABLE jobs.job ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME jobs.job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE jobs.kind (
    id smallint NOT NULL,
    name text NOT NULL,
    CONSTRAINT kind_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

ALTER TABLE jobs.kind ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME jobs.kind_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE jobs.leader (
    role text NOT NULL,
    holder integer NOT NULL,
    term bigint NOT NULL,
    until timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE jobs.pause (
    lane smallint,
    kind_id smallint,
    reason text NOT NULL,
    paused_at timestamp with time zone NOT NULL,
    CONSTRAINT pause_check CHECK ((num_nonnulls(lane, kind_id) = 1)),
    CONSTRAINT pause_lane_check CHECK (((lane >= 1) AND (lane <= 5))),
    CONSTRAINT pause_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
);

CREATE TABLE jobs.saga (
    id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    state text NOT NULL,
    is_undoing boolean DEFAULT false NOT NULL,
    step integer DEFAULT 0 NOT NULL,
    context jsonb NOT NULL,
    first_error text,
    stuck_because text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    version smallint DEFAULT 1 NOT NULL,
    turn_back_because text,
    CONSTRAINT saga_check CHECK (((state = ANY (ARRAY['completed'::text, 'compensated'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT saga_check1 CHECK (((state = 'stuck'::text) = (stuck_because IS NOT NULL))),
    CONSTRAINT saga_check2 CHECK (((NOT is_undoing) OR (state <> 'completed'::text))),
    CONSTRAINT saga_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT saga_state_check CHECK ((state = ANY (ARRAY['running'::text, 'completed'::text, 'compensating'::text, 'compensated'::text, 'stuck'::text]))),
    CONSTRAINT saga_step_check CHECK ((step >= '-1'::integer)),
    CONSTRAINT saga_turn_back_because_check CHECK (((length(turn_back_because) >= 1) AND (length(turn_back_because) <= 500))),
    CONSTRAINT saga_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN jobs.saga.step IS 'The step under way; -1 when all is undone and only the end has to be told.';

COMMENT ON COLUMN jobs.saga.turn_back_because IS 'It begins no further step before its point of no return; behind it this says nothing.';

CREATE TABLE jobs.saga_step (
    saga_id uuid NOT NULL,
    sequence integer NOT NULL,
    name text NOT NULL,
    is_pivot boolean NOT NULL,
    is_compensable boolean NOT NULL,
    max_attempts smallint NOT NULL,
    timeout_ms integer NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    output jsonb,
    error text,
    ended_at timestamp with time zone,
    CONSTRAINT saga_step_check1 CHECK (((state = 'pending'::text) = (ended_at IS NULL))),
    CONSTRAINT saga_step_sequence_check CHECK ((sequence >= 0)),
    CONSTRAINT saga_step_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text, 'compensated'::text, 'skipped'::text])))
);

CREATE TABLE jobs.worker (
    id integer NOT NULL,
    process text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    is_draining boolean DEFAULT false NOT NULL,
    kinds smallint[],
    clock_ahead_us bigint
)
WITH (fillfactor='50');

COMMENT ON COLUMN jobs.worker.kinds IS 'The kinds it can do; NULL where it did not say.';

ALTER TABLE jobs.worker ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME jobs.worker_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE limits.override (
    caller_kind smallint NOT NULL,
    caller_high bigint NOT NULL,
    caller_low bigint NOT NULL,
    category text NOT NULL,
    max_requests integer,
    until timestamp with time zone NOT NULL,
    set_at timestamp with time zone NOT NULL,
    CONSTRAINT override_category_check CHECK ((length(category) <= 100)),
    CONSTRAINT override_ends CHECK (((until > set_at) AND (until <= (set_at + '7 days'::interval)))),
    CONSTRAINT override_max_requests_check CHECK (((max_requests >= 1) AND (max_requests <= 65000)))
);

CREATE TABLE limits.strict_bucket (
    bucket text NOT NULL,
    caller_kind smallint NOT NULL,
    caller_high bigint NOT NULL,
    caller_low bigint NOT NULL,
    taken bigint[] NOT NULL,
    is_admitted boolean NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT strict_bucket_bucket_check CHECK (((length(bucket) >= 1) AND (length(bucket) <= 200)))
)
WITH (fillfactor='70');

CREATE TABLE notifications.mail (
    id uuid NOT NULL,
    decision text NOT NULL,
    template text NOT NULL,
    class text NOT NULL,
    recipient text NOT NULL,
    address text NOT NULL,
    user_id uuid,
    org_id uuid,
    reason text NOT NULL,
    locale text NOT NULL,
    about jsonb NOT NULL,
    context jsonb NOT NULL,
    status text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    subject text,
    html text,
    plain_text text,
    content_hash bytea,
    template_hash bytea,
    note text,
    queued_at timestamp with time zone NOT NULL,
    rendered_at timestamp with time zone,
    moved_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    erased_at timestamp with time zone,
    relay text,
    queue_id text,
    bounces integer DEFAULT 0 NOT NULL,
    brand text,
    CONSTRAINT mail_about_check CHECK (((jsonb_typeof(about) = 'array'::text) AND (jsonb_array_length(about) >= 1))),
    CONSTRAINT mail_address_check CHECK (((length(address) <= 254) AND (address ~ '^[^[:cntrl:][:space:]@]+@[^[:cntrl:][:space:]@]+$'::text))),
    CONSTRAINT mail_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT mail_bounces_check CHECK ((bounces >= 0)),
    CONSTRAINT mail_class_check CHECK ((class = ANY (ARRAY['security'::text, 'required'::text, 'service'::text, 'optional'::text]))),
    CONSTRAINT mail_content_hash_check CHECK ((octet_length(content_hash) = 32)),
    CONSTRAINT mail_context_check CHECK ((jsonb_typeof(context) = 'object'::text)),
    CONSTRAINT mail_decision_check CHECK (((length(decision) >= 1) AND (length(decision) <= 200))),
    CONSTRAINT mail_recipient_check CHECK ((recipient = lower(recipient))),
    CONSTRAINT mail_sent_has_time CHECK (((status <> ALL (ARRAY['sent'::text, 'delivered'::text, 'complained'::text])) OR (sent_at IS NOT NULL))),
    CONSTRAINT mail_status_check CHECK ((status = ANY (ARRAY['held'::text, 'queued'::text, 'rendered'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'deferred'::text, 'bounced'::text, 'complained'::text, 'suppressed'::text, 'skipped'::text, 'failed'::text, 'canceled'::text, 'unknown'::text]))),
    CONSTRAINT mail_template_check CHECK ((template ~ '^[a-z][a-z_]{2,63}$'::text)),
    CONSTRAINT mail_template_hash_check CHECK ((octet_length(template_hash) = 32)),
    CONSTRAINT mail_written_before_sent CHECK (((status <> ALL (ARRAY['rendered'::text, 'sending'::text, 'sent'::text, 'deferred'::text, 'unknown'::text])) OR (rendered_at IS NOT NULL))),
    CONSTRAINT mail_written_whole CHECK ((num_nulls(subject, html, plain_text, content_hash, template_hash, rendered_at) = ANY (ARRAY[0, 6])))
);

ALTER TABLE ONLY notifications.mail FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.mail IS 'The outbox: one mail to one address for one decision.';

CREATE VIEW notifications.accepted_mail WITH (security_invoker='true') AS
 SELECT mail.id,
    mail.decision,
    mail.template,
    mail.recipient,
    mail.user_id,
    mail.org_id,
    mail.queued_at,
    mail.sent_at
   FROM notifications.mail
  WHERE (mail.status = ANY (ARRAY['sent'::text, 'delivered'::text, 'complained'::text]));

COMMENT ON VIEW notifications.accepted_mail IS 'Mails that a relay accepted; a mail that came back must not be shown here.';

CREATE TABLE notifications.mail_feedback (
    mail_id uuid NOT NULL,
    attempt integer NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    org_id uuid,
    reported_at timestamp with time zone NOT NULL,
    CONSTRAINT mail_feedback_code_check CHECK (((code = ''::text) OR (code ~ '^[245]\.\d{1,3}\.\d{1,3}$'::text))),
    CONSTRAINT mail_feedback_kind_check CHECK ((kind = ANY (ARRAY['delivered'::text, 'delayed'::text, 'hard_bounce'::text, 'complaint'::text])))
);

ALTER TABLE ONLY notifications.mail_feedback FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.mail_feedback IS 'What those who carry mail say became of one; each report once.';

CREATE TABLE notifications.mail_move (
    before text NOT NULL,
    after text NOT NULL
);

COMMENT ON TABLE notifications.mail_move IS 'The closed table of moves between statuses (NOT-031).';

CREATE TABLE notifications.notice_round (
    org_id uuid NOT NULL,
    round bigint NOT NULL,
    is_erased boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY notifications.notice_round FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.notice_round IS 'How often events took away what was shown of an org: who read what is to be shown before that reads again.';

CREATE TABLE notifications.operator_alert (
    name text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    severity text NOT NULL,
    title text NOT NULL,
    detail text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone NOT NULL,
    times integer NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT operator_alert_severity_check CHECK ((severity = ANY (ARRAY['warning'::text, 'critical'::text]))),
    CONSTRAINT operator_alert_times_check CHECK ((times > 0))
);

ALTER TABLE ONLY notifications.operator_alert FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.operator_alert IS 'What those who run the product had to look at, and since when.';

CREATE TABLE notifications.org_brand (
    org_id uuid NOT NULL,
    brand text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT org_brand_brand_check CHECK ((brand ~ '^[a-z0-9-]{1,40}$'::text))
);

ALTER TABLE ONLY notifications.org_brand FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.org_brand IS 'Which brand the mails of an org have; that of the deployment where there is no row.';

CREATE TABLE notifications.org_default (
    org_id uuid NOT NULL,
    category text NOT NULL,
    is_on boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT org_default_category_check CHECK ((category = ANY (ARRAY['billing_reminders'::text, 'graph_work'::text])))
);

ALTER TABLE ONLY notifications.org_default FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.org_default IS 'Which mails of an org go to whoever has chosen nothing; what is not here is on.';

CREATE TABLE notifications.preference (
    user_id uuid NOT NULL,
    category text NOT NULL,
    is_on boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT preference_category_check CHECK ((category = ANY (ARRAY['billing_reminders'::text, 'product_activity'::text, 'graph_work'::text, 'digest'::text])))
);

ALTER TABLE ONLY notifications.preference FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.preference IS 'What a person has turned on or off; what is not here is on.';

CREATE TABLE notifications.suppression (
    address_hash bytea NOT NULL,
    kind text NOT NULL,
    source_mail uuid,
    suppressed_at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    lifted_because text,
    CONSTRAINT suppression_address_hash_check CHECK ((octet_length(address_hash) = 32)),
    CONSTRAINT suppression_check CHECK (((lifted_at IS NULL) = (lifted_because IS NULL))),
    CONSTRAINT suppression_kind_check CHECK ((kind = ANY (ARRAY['hard_bounce'::text, 'complaint'::text, 'manual'::text])))
);

ALTER TABLE ONLY notifications.suppression FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.suppression IS 'Addresses, by their hash, that get no more mail of the classes a person can do without.';

CREATE TABLE notifications.unsubscription (
    address_hash bytea NOT NULL,
    category text NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    CONSTRAINT unsubscription_address_hash_check CHECK ((octet_length(address_hash) = 32)),
    CONSTRAINT unsubscription_category_check CHECK ((category = ANY (ARRAY['billing_reminders'::text, 'product_activity'::text, 'graph_work'::text, 'digest'::text])))
);

ALTER TABLE ONLY notifications.unsubscription FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.unsubscription IS 'Addresses, by their hash, that turned a category off by the link of a mail.';

CREATE TABLE notifications.webhook_attempt (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    message_id uuid NOT NULL,
    number integer NOT NULL,
    began_at timestamp with time zone NOT NULL,
    took_ms integer NOT NULL,
    answer_status integer,
    answer text,
    failure text,
    CONSTRAINT webhook_attempt_answer_check CHECK ((length(answer) <= 16384)),
    CONSTRAINT webhook_attempt_check CHECK (((answer_status IS NULL) = (failure IS NOT NULL))),
    CONSTRAINT webhook_attempt_number_check CHECK ((number >= 1))
);

ALTER TABLE ONLY notifications.webhook_attempt FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.webhook_attempt IS 'One attempt to hand a message over, and what came of it.';

CREATE TABLE notifications.webhook_delivery (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    message_id uuid NOT NULL,
    status text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    replays integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone,
    delivered_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT webhook_delivery_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT webhook_delivery_replays_check CHECK ((replays >= 0)),
    CONSTRAINT webhook_delivery_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text, 'held'::text])))
);

ALTER TABLE ONLY notifications.webhook_delivery FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.webhook_delivery IS 'A message on its way to one endpoint.';

CREATE TABLE notifications.webhook_endpoint (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    types text[] NOT NULL,
    is_ordered boolean NOT NULL,
    status text NOT NULL,
    disabled_because text,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    failing_since timestamp with time zone,
    failure_told_at timestamp with time zone,
    CONSTRAINT webhook_endpoint_check CHECK (((status = 'disabled'::text) = (disabled_because IS NOT NULL))),
    CONSTRAINT webhook_endpoint_description_check CHECK ((length(description) <= 200)),
    CONSTRAINT webhook_endpoint_status_check CHECK ((status = ANY (ARRAY['enabled'::text, 'disabled'::text]))),
    CONSTRAINT webhook_endpoint_types_check CHECK ((cardinality(types) <= 100)),
    CONSTRAINT webhook_endpoint_url_check CHECK (((length(url) >= 1) AND (length(url) <= 2000)))
);

ALTER TABLE ONLY notifications.webhook_endpoint FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.webhook_endpoint IS 'A URL of a customer that hears what happens to the org''s things.';

CREATE TABLE notifications.webhook_message (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    cause text NOT NULL,
    type text NOT NULL,
    object text NOT NULL,
    sequence bigint NOT NULL,
    payload text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT webhook_message_payload_check CHECK ((octet_length(payload) < 20000))
);

ALTER TABLE ONLY notifications.webhook_message FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.webhook_message IS 'What happened, as customers'' systems hear of it: the bytes that are signed.';

CREATE TABLE notifications.webhook_secret (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    id bigint NOT NULL,
    sealed text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT webhook_secret_sealed_check CHECK ((sealed ~~ 'v1.%'::text))
);

ALTER TABLE ONLY notifications.webhook_secret FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.webhook_secret IS 'What messages to an endpoint are signed with, sealed; two at most (NOT-180).';

ALTER TABLE notifications.webhook_secret ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME notifications.webhook_secret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notifications.webhook_sequence (
    org_id uuid NOT NULL,
    object text NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT webhook_sequence_last_check CHECK ((last >= 1))
);

ALTER TABLE ONLY notifications.webhook_sequence FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE notifications.webhook_sequence IS 'The last number given for each object (NOT-183).';

CREATE TABLE operations.idempotency_record (
    scope_hash bytea NOT NULL,
    fingerprint bytea NOT NULL,
    org_id uuid NOT NULL,
    state text NOT NULL,
    operation_id uuid,
    status smallint,
    body jsonb,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_record_check CHECK (((state <> 'settled'::text) OR (operation_id IS NOT NULL) OR ((status IS NOT NULL) AND (body IS NOT NULL)))),
    CONSTRAINT idempotency_record_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT idempotency_record_scope_hash_check CHECK ((octet_length(scope_hash) = 32)),
    CONSTRAINT idempotency_record_state_check CHECK ((state = ANY (ARRAY['open'::text, 'settled'::text])))
);

ALTER TABLE ONLY operations.idempotency_record FORCE ROW LEVEL SECURITY;

CREATE TABLE operations.monthly_report (
    month date NOT NULL,
    stored_at timestamp with time zone NOT NULL,
    orgs bigint NOT NULL,
    graphs bigint NOT NULL,
    average_bytes bigint NOT NULL,
    credits_granted bigint NOT NULL,
    credits_used bigint NOT NULL,
    lines jsonb NOT NULL,
    CONSTRAINT monthly_report_average_bytes_check CHECK ((average_bytes >= 0)),
    CONSTRAINT monthly_report_graphs_check CHECK ((graphs >= 0)),
    CONSTRAINT monthly_report_lines_check CHECK ((jsonb_typeof(lines) = 'array'::text)),
    CONSTRAINT monthly_report_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT monthly_report_orgs_check CHECK ((orgs >= 0))
);

ALTER TABLE ONLY operations.monthly_report FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.monthly_report IS 'Usage and credits of a month, with a line for each org; ids and numbers only.';

CREATE TABLE operations.operation (
    id uuid NOT NULL,
    kind text NOT NULL,
    org_id uuid NOT NULL,
    graph_id text,
    started_by uuid,
    parent_id uuid,
    status text NOT NULL,
    phase text NOT NULL,
    percent smallint NOT NULL,
    message text NOT NULL,
    steps jsonb NOT NULL,
    result jsonb NOT NULL,
    failure jsonb,
    input_request jsonb,
    exclusive_scope text,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    last_sequence bigint DEFAULT 0 NOT NULL,
    undo_errors jsonb DEFAULT '[]'::jsonb NOT NULL,
    thinned_at timestamp with time zone,
    deadline timestamp with time zone,
    CONSTRAINT operation_check CHECK (((ended_at IS NOT NULL) = (status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])))),
    CONSTRAINT operation_check1 CHECK (((status <> 'awaiting_input'::text) OR (input_request IS NOT NULL))),
    CONSTRAINT operation_check2 CHECK (((status <> 'failed'::text) OR (failure IS NOT NULL))),
    CONSTRAINT operation_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT operation_percent_check CHECK (((percent >= 0) AND (percent <= 100))),
    CONSTRAINT operation_phase_check CHECK ((phase = ANY (ARRAY['forward'::text, 'compensating'::text, 'stuck'::text]))),
    CONSTRAINT operation_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'awaiting_input'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT operation_steps_check CHECK ((jsonb_typeof(steps) = 'array'::text)),
    CONSTRAINT operation_thinned_after_end CHECK (((thinned_at IS NULL) OR ((ended_at IS NOT NULL) AND (steps = '[]'::jsonb))))
);

ALTER TABLE ONLY operations.operation FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN operations.operation.deadline IS 'The job operations.pass_deadline applies the rule of the kind when it has not ended by then.';

CREATE TABLE operations.operation_event (
    operation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    org_id uuid NOT NULL,
    name text NOT NULL,
    data jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT operation_event_data_check CHECK ((octet_length((data)::text) <= 16384)),
    CONSTRAINT operation_event_sequence_check CHECK ((sequence >= 1))
);

ALTER TABLE ONLY operations.operation_event FORCE ROW LEVEL SECURITY;

CREATE TABLE operations.stream_lease (
    number bigint NOT NULL,
    user_id uuid NOT NULL,
    renewed_until timestamp with time zone NOT NULL
);

ALTER TABLE ONLY operations.stream_lease FORCE ROW LEVEL SECURITY;

ALTER TABLE operations.stream_lease ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME operations.stream_lease_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE orgs.graph_slot (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    holder text NOT NULL,
    graph_id text,
    expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT graph_slot_held_does_not_expire CHECK (((graph_id IS NULL) OR (expires_at IS NULL))),
    CONSTRAINT graph_slot_holder_check CHECK ((length(holder) <= 200))
);

ALTER TABLE ONLY orgs.graph_slot FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.imported_row (
    org_id uuid NOT NULL,
    section text NOT NULL,
    number integer NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT imported_row_body_check CHECK ((jsonb_typeof(body) = 'object'::text)),
    CONSTRAINT imported_row_number_check CHECK ((number > 0)),
    CONSTRAINT imported_row_section_check CHECK ((section ~ '^[a-z_]{1,40}$'::text))
);

ALTER TABLE ONLY orgs.imported_row FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.invitation (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    token_hash bytea,
    state text NOT NULL,
    invited_by uuid NOT NULL,
    send_count integer NOT NULL,
    last_sent_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_by uuid,
    closed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    accepted_hash bytea,
    CONSTRAINT invitation_accepted_by_a_link CHECK (((accepted_hash IS NOT NULL) <= (state = 'accepted'::text))),
    CONSTRAINT invitation_accepted_by_somebody CHECK (((state = 'accepted'::text) = (accepted_by IS NOT NULL))),
    CONSTRAINT invitation_accepted_hash_check CHECK ((octet_length(accepted_hash) = 32)),
    CONSTRAINT invitation_closed_has_no_token CHECK ((((state = 'pending'::text) = (token_hash IS NOT NULL)) AND ((state = 'pending'::text) = (closed_at IS NULL)))),
    CONSTRAINT invitation_email_check CHECK ((email = lower(email))),
    CONSTRAINT invitation_role_check CHECK ((role = ANY (ARRAY['member'::text, 'admin'::text]))),
    CONSTRAINT invitation_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'accepted'::text, 'declined'::text, 'revoked'::text, 'expired'::text]))),
    CONSTRAINT invitation_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

ALTER TABLE ONLY orgs.invitation FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.limit_warning (
    org_id uuid NOT NULL,
    limit_name text NOT NULL,
    last_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY orgs.limit_warning FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.org_deletion (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    requested_by uuid,
    reason text,
    deleted_at timestamp with time zone NOT NULL,
    purge_at timestamp with time zone NOT NULL,
    warned_days integer[] DEFAULT '{}'::integer[] NOT NULL,
    legal_hold text,
    done_steps text[] DEFAULT '{}'::text[] NOT NULL,
    outcome text,
    closed_at timestamp with time zone,
    cause text DEFAULT 'order'::text NOT NULL,
    CONSTRAINT org_deletion_cause_check CHECK ((cause = ANY (ARRAY['order'::text, 'account'::text]))),
    CONSTRAINT org_deletion_check CHECK ((purge_at > deleted_at)),
    CONSTRAINT org_deletion_closed_has_an_outcome CHECK (((outcome IS NULL) = (closed_at IS NULL))),
    CONSTRAINT org_deletion_done_steps_check CHECK ((done_steps <@ ARRAY['graphs'::text, 'belongings'::text, 'memberships'::text, 'billing_contact'::text, 'org'::text])),
    CONSTRAINT org_deletion_legal_hold_check CHECK ((length(legal_hold) <= 500)),
    CONSTRAINT org_deletion_outcome_check CHECK ((outcome = ANY (ARRAY['restored'::text, 'purged'::text]))),
    CONSTRAINT org_deletion_reason_check CHECK ((length(reason) <= 500))
);

ALTER TABLE ONLY orgs.org_deletion FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.org_export (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    requested_by uuid NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    taken_at timestamp with time zone,
    size bigint,
    expires_at timestamp with time zone,
    audit_order jsonb,
    CONSTRAINT org_export_ready_has_a_file CHECK (((state <> 'ready'::text) OR (num_nonnulls(taken_at, size, expires_at) = 3))),
    CONSTRAINT org_export_state_check CHECK ((state = ANY (ARRAY['running'::text, 'ready'::text, 'failed'::text, 'expired'::text])))
);

ALTER TABLE ONLY orgs.org_export FORCE ROW LEVEL SECURITY;

CREATE TABLE orgs.org_export_piece (
    export_id uuid NOT NULL,
    number integer NOT NULL,
    org_id uuid NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT org_export_piece_number_check CHECK ((number >= 0))
);
ALTER TABLE ONLY orgs.org_export_piece ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE ONLY orgs.org_export_piece FORCE ROW LEVEL SECURITY;

CREATE VIEW orgs.org_graph AS
 SELECT g.org_id,
    g.id AS graph_id,
    g.name AS graph_name,
    g.kind AS graph_type,
    g.tier AS graph_tier,
    NULL::bigint AS credits_available,
    NULL::bigint AS credits_allocated,
    NULL::bigint AS credits_used,
    ( SELECT (sum(s.bytes))::bigint AS sum
           FROM (graphs.storage_sample s
             JOIN graphs.graph p ON ((p.id = s.graph_id)))
          WHERE ((p.id = g.id) OR (p.parent_id = g.id))) AS storage_bytes,
    g.created_at,
    g.status_since AS updated_at,
        CASE
            WHEN (g.status = ANY (ARRAY['deprovisioned'::text, 'failed'::text])) THEN g.status_since
            ELSE NULL::timestamp with time zone
        END AS ended_at
   FROM graphs.graph g
  WHERE (g.parent_id IS NULL);

CREATE VIEW orgs.org_graph_grant AS
 SELECT t.graph_id,
    t.user_id
   FROM graphs.graph_grant t;

CREATE TABLE orgs.org_limits (
    org_id uuid NOT NULL,
    max_graphs integer,
    max_members integer,
    max_pending_invitations integer,
    source text NOT NULL,
    reason text,
    graphs_held integer DEFAULT 0 NOT NULL,
    graphs_reserved integer DEFAULT 0 NOT NULL,
    CONSTRAINT org_limits_graphs_held_check CHECK ((graphs_held >= 0)),
    CONSTRAINT org_limits_graphs_reserved_check CHECK ((graphs_reserved >= 0)),
    CONSTRAINT org_limits_max_graphs_check CHECK ((max_graphs >= 0)),
    CONSTRAINT org_limits_max_members_check CHECK ((max_members >= 1)),
    CONSTRAINT org_limits_max_pending_invitations_check CHECK ((max_pending_invitations >= 0)),
    CONSTRAINT org_limits_source_check CHECK ((source = ANY (ARRAY['catalogue'::text, 'operator'::text])))
);

ALTER TABLE ONLY orgs.org_limits FORCE ROW LEVEL SECURITY;

CREATE VIEW orgs.org_usage_day AS
 SELECT d.org_id,
    d.graph_id,
    d.day,
    d.credits,
    d.operations AS ai_operations
   FROM billing.credit_day d;

CREATE TABLE orgs.ownership_transfer (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    from_user_id uuid NOT NULL,
    to_user_id uuid NOT NULL,
    keep_role text NOT NULL,
    state text NOT NULL,
    origin text NOT NULL,
    reason text,
    acceptable_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT ownership_transfer_between_two CHECK ((from_user_id <> to_user_id)),
    CONSTRAINT ownership_transfer_by_operator_has_a_reason CHECK (((origin = 'operator'::text) = (reason IS NOT NULL))),
    CONSTRAINT ownership_transfer_check CHECK ((expires_at > acceptable_at)),
    CONSTRAINT ownership_transfer_end_is_dated CHECK (((state = 'pending'::text) = (closed_at IS NULL))),
    CONSTRAINT ownership_transfer_keep_role_check CHECK ((keep_role = ANY (ARRAY['member'::text, 'admin'::text, 'owner'::text]))),
    CONSTRAINT ownership_transfer_origin_check CHECK ((origin = ANY (ARRAY['owner'::text, 'operator'::text]))),
    CONSTRAINT ownership_transfer_reason_check CHECK ((length(reason) <= 500)),
    CONSTRAINT ownership_transfer_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'accepted'::text, 'declined'::text, 'canceled'::text, 'expired'::text, 'void'::text])))
);

ALTER TABLE ONLY orgs.ownership_transfer FORCE ROW LEVEL SECURITY;

CREATE VIEW orgs.paid_org AS
 SELECT DISTINCT i.org_id
   FROM billing.invoice i
  WHERE ((i.status = 'paid'::text) AND (i.amount_paid > 0));

CREATE TABLE orgs.send_budget (
    scope text NOT NULL,
    key bytea NOT NULL,
    day date NOT NULL,
    count integer NOT NULL,
    last_at timestamp with time zone NOT NULL,
    times timestamp with time zone[] NOT NULL,
    CONSTRAINT send_budget_check CHECK ((count = cardinality(times))),
    CONSTRAINT send_budget_key_check CHECK ((octet_length(key) = 32)),
    CONSTRAINT send_budget_scope_check CHECK ((scope = ANY (ARRAY['address'::text, 'org'::text, 'invitation'::text])))
);

ALTER TABLE ONLY orgs.send_budget FORCE ROW LEVEL SECURITY;

CREATE TABLE trellis.log_level (
    component text NOT NULL,
    level text NOT NULL,
    until timestamp with time zone NOT NULL,
    reason text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT log_level_check CHECK ((until <= (changed_at + '00:15:00'::interval))),
    CONSTRAINT log_level_component_check CHECK ((component ~ '^[a-z][a-z0-9-]{0,31}$'::text)),
    CONSTRAINT log_level_level_check CHECK ((level = ANY (ARRAY['debug'::text, 'info'::text, 'warning'::text, 'error'::text]))),
    CONSTRAINT log_level_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 500)))
);

CREATE TABLE trellis.schema_migration (
    id text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY audit.entry ATTACH PARTITION audit.entry_billing FOR VALUES IN ('billing');

ALTER TABLE ONLY audit.entry_billing ATTACH PARTITION audit.entry_billing_other DEFAULT;

ALTER TABLE ONLY audit.entry ATTACH PARTITION audit.entry_general FOR VALUES IN ('general');

ALTER TABLE ONLY audit.entry_general ATTACH PARTITION audit.entry_general_other DEFAULT;

ALTER TABLE ONLY audit.entry ATTACH PARTITION audit.entry_mixed FOR VALUES IN ('mixed');

ALTER TABLE ONLY audit.entry ATTACH PARTITION audit.entry_mutation FOR VALUES IN ('mutation');

ALTER TABLE ONLY audit.entry_mutation ATTACH PARTITION audit.entry_mutation_other DEFAULT;

ALTER TABLE ONLY audit.entry_mixed ATTACH PARTITION audit.entry_other DEFAULT;

ALTER TABLE ONLY jobs.job_history ATTACH PARTITION jobs.job_history_other DEFAULT;

ALTER TABLE ONLY admin.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (id);

ALTER TABLE ONLY admin.operator_allowance
    ADD CONSTRAINT operator_allowance_pkey PRIMARY KEY (operator_id, kind, day);

ALTER TABLE ONLY admin.operator_challenge
    ADD CONSTRAINT operator_challenge_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY admin.operator_enrolment
    ADD CONSTRAINT operator_enrolment_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY admin.operator_passkey
    ADD CONSTRAINT operator_passkey_pkey PRIMARY KEY (credential_id);

ALTER TABLE ONLY admin.operator
    ADD CONSTRAINT operator_pkey PRIMARY KEY (id);

ALTER TABLE ONLY admin.operator_request
    ADD CONSTRAINT operator_request_pkey PRIMARY KEY (operator_id, key);

ALTER TABLE ONLY admin.operator_session
    ADD CONSTRAINT operator_session_digest_key UNIQUE (digest);

ALTER TABLE ONLY admin.operator_session
    ADD CONSTRAINT operator_session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY admin.operator_token
    ADD CONSTRAINT operator_token_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY audit.archive
    ADD CONSTRAINT archive_pkey PRIMARY KEY (month, retention_group);

ALTER TABLE ONLY audit.chain_head
    ADD CONSTRAINT chain_head_pkey PRIMARY KEY (chain);

ALTER TABLE ONLY audit.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (number);

ALTER TABLE ONLY audit.coverage
    ADD CONSTRAINT coverage_pkey PRIMARY KEY (thing);

ALTER TABLE ONLY audit.coverage_waiver
    ADD CONSTRAINT coverage_waiver_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY audit.deduplication
    ADD CONSTRAINT deduplication_pkey PRIMARY KEY (key);

ALTER TABLE ONLY audit.entry_billing
    ADD CONSTRAINT entry_billing_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.entry_billing_other
    ADD CONSTRAINT entry_billing_other_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.entry_general
    ADD CONSTRAINT entry_general_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.entry_general_other
    ADD CONSTRAINT entry_general_other_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.entry_mixed
    ADD CONSTRAINT entry_mixed_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.entry_mutation
    ADD CONSTRAINT entry_mutation_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.entry_mutation_other
    ADD CONSTRAINT entry_mutation_other_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.entry_other
    ADD CONSTRAINT entry_other_pkey PRIMARY KEY (id, recorded_at);

ALTER TABLE ONLY audit.event_type
    ADD CONSTRAINT event_type_pkey PRIMARY KEY (name);

ALTER TABLE ONLY audit.legal_hold
    ADD CONSTRAINT legal_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit.link
    ADD CONSTRAINT link_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY audit.link
    ADD CONSTRAINT link_pkey PRIMARY KEY (chain, "position");

ALTER TABLE ONLY audit.link
    ADD CONSTRAINT link_seal_key UNIQUE (seal);

ALTER TABLE ONLY audit.network_client
    ADD CONSTRAINT network_client_pkey PRIMARY KEY (network);

ALTER TABLE ONLY audit.node
    ADD CONSTRAINT node_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit.private_part
    ADD CONSTRAINT private_part_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY audit.reference_kind
    ADD CONSTRAINT reference_kind_pkey PRIMARY KEY (kind);

ALTER TABLE ONLY audit.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit.sink
    ADD CONSTRAINT sink_pkey PRIMARY KEY (id);

ALTER TABLE ONLY audit.type_writer
    ADD CONSTRAINT type_writer_pkey PRIMARY KEY (type);

ALTER TABLE ONLY audit.unsealed
    ADD CONSTRAINT unsealed_pkey PRIMARY KEY (ordinal);

ALTER TABLE ONLY billing.account_credit_entry
    ADD CONSTRAINT account_credit_entry_in_order UNIQUE (org_id, currency, seq);

ALTER TABLE ONLY billing.account_credit_entry
    ADD CONSTRAINT account_credit_entry_once UNIQUE (org_id, idempotency_key);

ALTER TABLE ONLY billing.account_credit_entry
    ADD CONSTRAINT account_credit_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.account_credit
    ADD CONSTRAINT account_credit_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY billing.account_credit
    ADD CONSTRAINT account_credit_once UNIQUE (org_id, idempotency_key);

ALTER TABLE ONLY billing.account_credit
    ADD CONSTRAINT account_credit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.action_guard
    ADD CONSTRAINT action_guard_pkey PRIMARY KEY (class);

ALTER TABLE ONLY billing.call_bucket
    ADD CONSTRAINT call_bucket_pkey PRIMARY KEY (name);

ALTER TABLE ONLY billing.catalogue_version
    ADD CONSTRAINT catalogue_version_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY billing.checkout
    ADD CONSTRAINT checkout_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.checkout
    ADD CONSTRAINT checkout_provider_session_id_key UNIQUE (provider_session_id);

ALTER TABLE ONLY billing.collected_payment
    ADD CONSTRAINT collected_payment_key_of_org UNIQUE (org_id, provider_payment_id);

ALTER TABLE ONLY billing.collected_payment
    ADD CONSTRAINT collected_payment_pkey PRIMARY KEY (provider_payment_id);

ALTER TABLE ONLY billing.compensation
    ADD CONSTRAINT compensation_pkey PRIMARY KEY (provider_subscription_id);

ALTER TABLE ONLY billing.control
    ADD CONSTRAINT control_pkey PRIMARY KEY (name);

ALTER TABLE ONLY billing.credit_day
    ADD CONSTRAINT credit_day_pkey PRIMARY KEY (org_id, day, graph_id);

ALTER TABLE ONLY billing.credit_hold
    ADD CONSTRAINT credit_hold_once UNIQUE (org_id, pool_id, key);

ALTER TABLE ONLY billing.credit_hold
    ADD CONSTRAINT credit_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.credit_pool
    ADD CONSTRAINT credit_pool_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY billing.credit_pool
    ADD CONSTRAINT credit_pool_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.credit_transaction
    ADD CONSTRAINT credit_transaction_in_order UNIQUE (org_id, pool_id, seq);

ALTER TABLE ONLY billing.credit_transaction
    ADD CONSTRAINT credit_transaction_once UNIQUE (org_id, pool_id, key);

ALTER TABLE ONLY billing.credit_transaction
    ADD CONSTRAINT credit_transaction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY billing.customer
    ADD CONSTRAINT customer_provider_customer_id_key UNIQUE (provider_customer_id);

ALTER TABLE ONLY billing.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.dispute
    ADD CONSTRAINT dispute_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.dispute
    ADD CONSTRAINT dispute_provider_dispute_id_key UNIQUE (provider_dispute_id);

ALTER TABLE ONLY billing.drift_item
    ADD CONSTRAINT drift_item_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.dunning_case
    ADD CONSTRAINT dunning_case_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.idle_case
    ADD CONSTRAINT idle_case_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY billing.idle_case
    ADD CONSTRAINT idle_case_once UNIQUE (subscription_id, period_start);

ALTER TABLE ONLY billing.idle_case
    ADD CONSTRAINT idle_case_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.idle_evaluation
    ADD CONSTRAINT idle_evaluation_event_id_key UNIQUE (event_id);

ALTER TABLE ONLY billing.idle_evaluation
    ADD CONSTRAINT idle_evaluation_org_id_id_key UNIQUE (org_id, id);

ALTER TABLE ONLY billing.idle_evaluation
    ADD CONSTRAINT idle_evaluation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.idle_guard
    ADD CONSTRAINT idle_guard_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY billing.inbound_event
    ADD CONSTRAINT inbound_event_once UNIQUE (provider, provider_event_id);

ALTER TABLE ONLY billing.inbound_event
    ADD CONSTRAINT inbound_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.intent
    ADD CONSTRAINT intent_object_op_seq_key UNIQUE (object, op_seq);

ALTER TABLE ONLY billing.intent
    ADD CONSTRAINT intent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.invoice_counter
    ADD CONSTRAINT invoice_counter_pkey PRIMARY KEY (issuer, year, month);

ALTER TABLE ONLY billing.invoice_line
    ADD CONSTRAINT invoice_line_pkey PRIMARY KEY (invoice_id, "position");

ALTER TABLE ONLY billing.invoice
    ADD CONSTRAINT invoice_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY billing.invoice
    ADD CONSTRAINT invoice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.invoice
    ADD CONSTRAINT invoice_provider_invoice_id_key UNIQUE (provider_invoice_id);

ALTER TABLE ONLY billing.keep_token_use
    ADD CONSTRAINT keep_token_once UNIQUE (token_hash);

ALTER TABLE ONLY billing.keep_token_use
    ADD CONSTRAINT keep_token_use_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (key);

ALTER TABLE ONLY billing.payment_method
    ADD CONSTRAINT payment_method_pkey PRIMARY KEY (org_id, provider_method_id);

ALTER TABLE ONLY billing.plan_change
    ADD CONSTRAINT plan_change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.plan_price
    ADD CONSTRAINT plan_price_pkey PRIMARY KEY (plan_key, plan_version, "interval", currency);

ALTER TABLE ONLY billing.plan_price
    ADD CONSTRAINT plan_price_provider_price_id_key UNIQUE (provider_price_id);

ALTER TABLE ONLY billing.provider_cursor
    ADD CONSTRAINT provider_cursor_pkey PRIMARY KEY (name);

ALTER TABLE ONLY billing.reconciliation_run
    ADD CONSTRAINT reconciliation_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.recorded_payment
    ADD CONSTRAINT recorded_payment_once UNIQUE (org_id, invoice_id, reference);

ALTER TABLE ONLY billing.recorded_payment
    ADD CONSTRAINT recorded_payment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.refund
    ADD CONSTRAINT refund_intent_id_key UNIQUE (intent_id);

ALTER TABLE ONLY billing.refund
    ADD CONSTRAINT refund_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.refund
    ADD CONSTRAINT refund_provider_refund_id_key UNIQUE (provider_refund_id);

ALTER TABLE ONLY billing.subscription
    ADD CONSTRAINT subscription_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY billing.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY billing.subscription
    ADD CONSTRAINT subscription_provider_subscription_id_key UNIQUE (provider_subscription_id);

ALTER TABLE ONLY graphs.backup_download
    ADD CONSTRAINT backup_download_pkey PRIMARY KEY (backup_id, user_id, created_at);

ALTER TABLE ONLY graphs.deployment
    ADD CONSTRAINT deployment_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY graphs.engine_mark
    ADD CONSTRAINT engine_mark_pkey PRIMARY KEY (host_name, name);

ALTER TABLE graphs.graph_backup
    ADD CONSTRAINT graph_backup_asker CHECK (((initiator <> 'user'::text) OR (requested_by IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY graphs.graph_backup
    ADD CONSTRAINT graph_backup_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY graphs.graph_backup
    ADD CONSTRAINT graph_backup_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.graph_credential
    ADD CONSTRAINT graph_credential_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY graphs.graph_credential
    ADD CONSTRAINT graph_credential_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.graph_credential
    ADD CONSTRAINT graph_credential_role_key UNIQUE (role);

ALTER TABLE ONLY graphs.graph_grant
    ADD CONSTRAINT graph_grant_pkey PRIMARY KEY (graph_id, user_id);

ALTER TABLE ONLY graphs.graph_host
    ADD CONSTRAINT graph_host_name_key UNIQUE (name);

ALTER TABLE ONLY graphs.graph_host
    ADD CONSTRAINT graph_host_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.graph
    ADD CONSTRAINT graph_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY graphs.graph
    ADD CONSTRAINT graph_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.graph
    ADD CONSTRAINT graph_subscription_id_key UNIQUE (subscription_id);

ALTER TABLE ONLY graphs.host_sample
    ADD CONSTRAINT host_sample_pkey PRIMARY KEY (host_id, slot);

ALTER TABLE ONLY graphs.host_slot
    ADD CONSTRAINT host_slot_graph_id_key UNIQUE (graph_id);

ALTER TABLE ONLY graphs.host_slot
    ADD CONSTRAINT host_slot_moving_graph_id_key UNIQUE (moving_graph_id);

ALTER TABLE ONLY graphs.host_slot
    ADD CONSTRAINT host_slot_pkey PRIMARY KEY (host_id, number);

ALTER TABLE ONLY graphs.host_slot
    ADD CONSTRAINT host_slot_subscription_id_key UNIQUE (subscription_id);

ALTER TABLE ONLY graphs.left_place
    ADD CONSTRAINT left_place_pkey PRIMARY KEY (graph_id, host_id);

ALTER TABLE ONLY graphs.orphan_finding
    ADD CONSTRAINT orphan_finding_finding_id_key UNIQUE (finding_id);

ALTER TABLE ONLY graphs.orphan_finding
    ADD CONSTRAINT orphan_finding_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.repository_grant
    ADD CONSTRAINT repository_grant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.repository
    ADD CONSTRAINT repository_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.selected_graph
    ADD CONSTRAINT selected_graph_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY graphs.storage_day
    ADD CONSTRAINT storage_day_pkey PRIMARY KEY (graph_id, day);

ALTER TABLE ONLY graphs.storage_measure
    ADD CONSTRAINT storage_measure_once UNIQUE (graph_id, due_at);

ALTER TABLE ONLY graphs.storage_measure
    ADD CONSTRAINT storage_measure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY graphs.storage_sample
    ADD CONSTRAINT storage_sample_pkey PRIMARY KEY (graph_id);

ALTER TABLE ONLY graphs.teardown
    ADD CONSTRAINT teardown_pkey PRIMARY KEY (graph_id);

ALTER TABLE ONLY identity.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.account
    ADD CONSTRAINT account_user_handle_key UNIQUE (user_handle);

ALTER TABLE ONLY identity.activity_canary
    ADD CONSTRAINT activity_canary_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY identity.api_key
    ADD CONSTRAINT api_key_key_hash_key UNIQUE (key_hash);

ALTER TABLE ONLY identity.api_key_network
    ADD CONSTRAINT api_key_network_pkey PRIMARY KEY (key_id, network);

ALTER TABLE ONLY identity.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.captcha_use
    ADD CONSTRAINT captcha_use_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY identity.ceremony_challenge
    ADD CONSTRAINT ceremony_challenge_challenge_hash_key UNIQUE (challenge_hash);

ALTER TABLE ONLY identity.ceremony_challenge
    ADD CONSTRAINT ceremony_challenge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.guess_account
    ADD CONSTRAINT guess_account_pkey PRIMARY KEY (account);

ALTER TABLE ONLY identity.guess_attempt
    ADD CONSTRAINT guess_attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.guess_network
    ADD CONSTRAINT guess_network_pkey PRIMARY KEY (network);

ALTER TABLE ONLY identity.handoff
    ADD CONSTRAINT handoff_exchange_hash_key UNIQUE (exchange_hash);

ALTER TABLE ONLY identity.handoff
    ADD CONSTRAINT handoff_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.handoff
    ADD CONSTRAINT handoff_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY identity.link_token
    ADD CONSTRAINT link_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.link_token
    ADD CONSTRAINT link_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY identity.mfa_token
    ADD CONSTRAINT mfa_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.mfa_token
    ADD CONSTRAINT mfa_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY identity.notice_budget
    ADD CONSTRAINT notice_budget_pkey PRIMARY KEY (user_id, kind);

ALTER TABLE ONLY identity.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.personal_export
    ADD CONSTRAINT personal_export_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.recovery_code
    ADD CONSTRAINT recovery_code_user_id_code_hash_key UNIQUE (user_id, code_hash);

ALTER TABLE ONLY identity.second_factor_reset
    ADD CONSTRAINT second_factor_reset_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.second_factor_reset
    ADD CONSTRAINT second_factor_reset_stop_hash_key UNIQUE (stop_hash);

ALTER TABLE ONLY identity.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.clock_state
    ADD CONSTRAINT clock_state_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY jobs.cron
    ADD CONSTRAINT cron_pkey PRIMARY KEY (name);

ALTER TABLE ONLY jobs.cron_tick
    ADD CONSTRAINT cron_tick_pkey PRIMARY KEY (name, tick);

ALTER TABLE ONLY jobs.effect
    ADD CONSTRAINT effect_pkey PRIMARY KEY (key);

ALTER TABLE ONLY jobs.event_cursor
    ADD CONSTRAINT event_cursor_pkey PRIMARY KEY (name);

ALTER TABLE ONLY jobs.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.job_dead
    ADD CONSTRAINT job_dead_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.job_error
    ADD CONSTRAINT job_error_pkey PRIMARY KEY (job_id, attempt, at);

ALTER TABLE ONLY jobs.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.kind
    ADD CONSTRAINT kind_name_key UNIQUE (name);

ALTER TABLE ONLY jobs.kind
    ADD CONSTRAINT kind_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.leader
    ADD CONSTRAINT leader_pkey PRIMARY KEY (role);

ALTER TABLE ONLY jobs.pause
    ADD CONSTRAINT pause_lane_kind_id_key UNIQUE NULLS NOT DISTINCT (lane, kind_id);

ALTER TABLE ONLY jobs.saga
    ADD CONSTRAINT saga_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.saga_step
    ADD CONSTRAINT saga_step_pkey PRIMARY KEY (saga_id, sequence);

ALTER TABLE ONLY jobs.worker
    ADD CONSTRAINT worker_pkey PRIMARY KEY (id);

ALTER TABLE ONLY limits.override
    ADD CONSTRAINT override_pkey PRIMARY KEY (caller_kind, caller_high, caller_low, category);

ALTER TABLE ONLY limits.strict_bucket
    ADD CONSTRAINT strict_bucket_pkey PRIMARY KEY (bucket, caller_kind, caller_high, caller_low);

ALTER TABLE ONLY notifications.mail_feedback
    ADD CONSTRAINT mail_feedback_pkey PRIMARY KEY (mail_id, attempt, kind, code);

ALTER TABLE ONLY notifications.mail
    ADD CONSTRAINT mail_id_and_org UNIQUE (id, org_id);

ALTER TABLE ONLY notifications.mail_move
    ADD CONSTRAINT mail_move_pkey PRIMARY KEY (before, after);

ALTER TABLE ONLY notifications.mail
    ADD CONSTRAINT mail_once_for_each_decision UNIQUE (decision, template, recipient);

ALTER TABLE ONLY notifications.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY notifications.notice
    ADD CONSTRAINT notice_once_for_each_decision UNIQUE (decision, kind, user_id);

ALTER TABLE ONLY notifications.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY notifications.notice_round
    ADD CONSTRAINT notice_round_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY notifications.operator_alert
    ADD CONSTRAINT operator_alert_pkey PRIMARY KEY (name, opened_at);

ALTER TABLE ONLY notifications.org_brand
    ADD CONSTRAINT org_brand_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY notifications.org_default
    ADD CONSTRAINT org_default_pkey PRIMARY KEY (org_id, category);

ALTER TABLE ONLY notifications.preference
    ADD CONSTRAINT preference_pkey PRIMARY KEY (user_id, category);

ALTER TABLE ONLY notifications.suppression
    ADD CONSTRAINT suppression_pkey PRIMARY KEY (address_hash);

ALTER TABLE ONLY notifications.unsubscription
    ADD CONSTRAINT unsubscription_pkey PRIMARY KEY (address_hash, category);

ALTER TABLE ONLY notifications.webhook_attempt
    ADD CONSTRAINT webhook_attempt_pkey PRIMARY KEY (org_id, endpoint_id, message_id, number);

ALTER TABLE ONLY notifications.webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (org_id, endpoint_id, message_id);

ALTER TABLE ONLY notifications.webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_id_key UNIQUE (id);

ALTER TABLE ONLY notifications.webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY notifications.webhook_message
    ADD CONSTRAINT webhook_message_numbered UNIQUE (org_id, object, sequence);

ALTER TABLE ONLY notifications.webhook_message
    ADD CONSTRAINT webhook_message_once_for_each_cause UNIQUE (org_id, cause);

ALTER TABLE ONLY notifications.webhook_message
    ADD CONSTRAINT webhook_message_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY notifications.webhook_secret
    ADD CONSTRAINT webhook_secret_pkey PRIMARY KEY (org_id, endpoint_id, id);

ALTER TABLE ONLY notifications.webhook_sequence
    ADD CONSTRAINT webhook_sequence_pkey PRIMARY KEY (org_id, object);

ALTER TABLE ONLY operations.idempotency_record
    ADD CONSTRAINT idempotency_record_pkey PRIMARY KEY (scope_hash);

ALTER TABLE ONLY operations.monthly_report
    ADD CONSTRAINT monthly_report_pkey PRIMARY KEY (month);

ALTER TABLE ONLY operations.operation_event
    ADD CONSTRAINT operation_event_pkey PRIMARY KEY (operation_id, sequence);

ALTER TABLE ONLY operations.operation
    ADD CONSTRAINT operation_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY operations.operation
    ADD CONSTRAINT operation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY operations.stream_lease
    ADD CONSTRAINT stream_lease_pkey PRIMARY KEY (number);

ALTER TABLE ONLY orgs.graph_slot
    ADD CONSTRAINT graph_slot_graph_id_key UNIQUE (graph_id);

ALTER TABLE ONLY orgs.graph_slot
    ADD CONSTRAINT graph_slot_holder_key UNIQUE (holder);

ALTER TABLE ONLY orgs.graph_slot
    ADD CONSTRAINT graph_slot_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orgs.imported_row
    ADD CONSTRAINT imported_row_pkey PRIMARY KEY (org_id, section, number);

ALTER TABLE ONLY orgs.invitation
    ADD CONSTRAINT invitation_accepted_hash_key UNIQUE (accepted_hash);

ALTER TABLE ONLY orgs.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orgs.invitation
    ADD CONSTRAINT invitation_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY orgs.limit_warning
    ADD CONSTRAINT limit_warning_pkey PRIMARY KEY (org_id, limit_name);

ALTER TABLE ONLY orgs.membership
    ADD CONSTRAINT membership_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orgs.org_deletion
    ADD CONSTRAINT org_deletion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orgs.org_export
    ADD CONSTRAINT org_export_of_org UNIQUE (org_id, id);

ALTER TABLE ONLY orgs.org_export_piece
    ADD CONSTRAINT org_export_piece_pkey PRIMARY KEY (export_id, number);

ALTER TABLE ONLY orgs.org_export
    ADD CONSTRAINT org_export_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orgs.org_limits
    ADD CONSTRAINT org_limits_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY orgs.org
    ADD CONSTRAINT org_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orgs.ownership_transfer
    ADD CONSTRAINT ownership_transfer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orgs.send_budget
    ADD CONSTRAINT send_budget_pkey PRIMARY KEY (scope, key, day);

ALTER TABLE ONLY trellis.log_level
    ADD CONSTRAINT log_level_pkey PRIMARY KEY (component);

ALTER TABLE ONLY trellis.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (id);

CREATE INDEX approval_by_age ON admin.approval USING btree (asked_at DESC, id);

CREATE INDEX approval_of_asker ON admin.approval USING btree (asked_by);

CREATE INDEX approval_of_decider ON admin.approval USING btree (decided_by);

CREATE UNIQUE INDEX operator_by_email ON admin.operator USING btree (lower(email)) WHERE (disabled_at IS NULL);

CREATE INDEX operator_challenge_by_end ON admin.operator_challenge USING btree (expires_at);

CREATE UNIQUE INDEX operator_enrolment_mailed ON admin.operator_enrolment USING btree (mailed_as) WHERE (mailed_as IS NOT NULL);

CREATE INDEX operator_enrolment_of_operator ON admin.operator_enrolment USING btree (operator_id);

CREATE INDEX operator_passkey_of_operator ON admin.operator_passkey USING btree (operator_id);

CREATE INDEX operator_request_by_age ON admin.operator_request USING btree (taken_at);

CREATE INDEX operator_session_of_operator ON admin.operator_session USING btree (operator_id, started_at DESC);

CREATE INDEX operator_token_of_operator ON admin.operator_token USING btree (operator_id);

CREATE INDEX checkpoint_by_links ON audit.checkpoint USING btree (links, number);

CREATE INDEX entry_by_actor ON ONLY audit.entry USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_billing_actor_id_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_by_risk ON ONLY audit.entry USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_billing_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_by_time ON ONLY audit.entry USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_billing_occurred_at_id_idx1 ON ONLY audit.entry_billing USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_billing_other_actor_id_occurred_at_id_idx ON audit.entry_billing_other USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_billing_other_occurred_at_id_idx ON audit.entry_billing_other USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_billing_other_occurred_at_id_idx1 ON audit.entry_billing_other USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_by_graph ON ONLY audit.entry USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_billing_ref_graph_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_billing_other_ref_graph_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_by_invoice ON ONLY audit.entry USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_billing_ref_invoice_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_billing_other_ref_invoice_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_by_network_client ON ONLY audit.entry USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_billing_ref_network_client_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_billing_other_ref_network_client_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_by_operation ON ONLY audit.entry USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_billing_ref_operation_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_billing_other_ref_operation_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_of_org_by_actor ON ONLY audit.entry USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_billing_ref_org_actor_id_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_billing_other_ref_org_actor_id_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_by_org ON ONLY audit.entry USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_billing_ref_org_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_billing_other_ref_org_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_of_org_by_type ON ONLY audit.entry USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_billing_ref_org_type_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_billing_other_ref_org_type_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_by_provider_event ON ONLY audit.entry USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_billing_ref_provider_event_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_billing_other_ref_provider_event_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_by_subscription ON ONLY audit.entry USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_billing_ref_subscription_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_billing_other_ref_subscription_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_by_user ON ONLY audit.entry USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_billing_ref_user_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_billing_other_ref_user_occurred_at_id_idx ON audit.entry_billing_other USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_by_request ON ONLY audit.entry USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_billing_request_id_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_billing_other_request_id_occurred_at_id_idx ON audit.entry_billing_other USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_by_trace ON ONLY audit.entry USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_billing_trace_id_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_billing_other_trace_id_occurred_at_id_idx ON audit.entry_billing_other USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_by_type ON ONLY audit.entry USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_billing_type_occurred_at_id_idx ON ONLY audit.entry_billing USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_billing_other_type_occurred_at_id_idx ON audit.entry_billing_other USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_general_actor_id_occurred_at_id_idx ON ONLY audit.entry_general USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_general_occurred_at_id_idx ON ONLY audit.entry_general USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_general_occurred_at_id_idx1 ON ONLY audit.entry_general USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_general_other_actor_id_occurred_at_id_idx ON audit.entry_general_other USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_general_other_occurred_at_id_idx ON audit.entry_general_other USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_general_other_occurred_at_id_idx1 ON audit.entry_general_other USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_general_ref_graph_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_general_other_ref_graph_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_general_ref_invoice_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_general_other_ref_invoice_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_general_ref_network_client_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_general_other_ref_network_client_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_general_ref_operation_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_general_other_ref_operation_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_general_ref_org_actor_id_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_general_other_ref_org_actor_id_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_general_ref_org_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_general_other_ref_org_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_general_ref_org_type_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_general_other_ref_org_type_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_general_ref_provider_event_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_general_other_ref_provider_event_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_general_ref_subscription_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_general_other_ref_subscription_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_general_ref_user_occurred_at_id_idx ON ONLY audit.entry_general USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_general_other_ref_user_occurred_at_id_idx ON audit.entry_general_other USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_general_request_id_occurred_at_id_idx ON ONLY audit.entry_general USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_general_other_request_id_occurred_at_id_idx ON audit.entry_general_other USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_general_trace_id_occurred_at_id_idx ON ONLY audit.entry_general USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_general_other_trace_id_occurred_at_id_idx ON audit.entry_general_other USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_general_type_occurred_at_id_idx ON ONLY audit.entry_general USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_general_other_type_occurred_at_id_idx ON audit.entry_general_other USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_mixed_by_actor ON ONLY audit.entry_mixed USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_mixed_by_graph ON ONLY audit.entry_mixed USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_mixed_by_invoice ON ONLY audit.entry_mixed USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_mixed_by_network_client ON ONLY audit.entry_mixed USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_mixed_by_operation ON ONLY audit.entry_mixed USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_mixed_by_org ON ONLY audit.entry_mixed USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_mixed_by_provider_event ON ONLY audit.entry_mixed USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_mixed_by_request ON ONLY audit.entry_mixed USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_mixed_by_risk ON ONLY audit.entry_mixed USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_mixed_by_subscription ON ONLY audit.entry_mixed USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_mixed_by_time ON ONLY audit.entry_mixed USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_mixed_by_trace ON ONLY audit.entry_mixed USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_mixed_by_type ON ONLY audit.entry_mixed USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_mixed_by_user ON ONLY audit.entry_mixed USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_mixed_of_org_by_actor ON ONLY audit.entry_mixed USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_mixed_of_org_by_type ON ONLY audit.entry_mixed USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_mutation_actor_id_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_mutation_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_mutation_occurred_at_id_idx1 ON ONLY audit.entry_mutation USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_mutation_other_actor_id_occurred_at_id_idx ON audit.entry_mutation_other USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_mutation_other_occurred_at_id_idx ON audit.entry_mutation_other USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_mutation_other_occurred_at_id_idx1 ON audit.entry_mutation_other USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_mutation_ref_graph_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_graph_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_mutation_ref_invoice_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_invoice_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_mutation_ref_network_client_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_network_client_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_mutation_ref_operation_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_operation_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_mutation_ref_org_actor_id_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_mutation_other_ref_org_actor_id_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_mutation_ref_org_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_org_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_mutation_ref_org_type_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_org_type_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_mutation_ref_provider_event_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_provider_event_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_mutation_ref_subscription_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_subscription_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_mutation_ref_user_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_mutation_other_ref_user_occurred_at_id_idx ON audit.entry_mutation_other USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_mutation_request_id_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_mutation_other_request_id_occurred_at_id_idx ON audit.entry_mutation_other USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_mutation_trace_id_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_mutation_other_trace_id_occurred_at_id_idx ON audit.entry_mutation_other USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_mutation_type_occurred_at_id_idx ON ONLY audit.entry_mutation USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_mutation_other_type_occurred_at_id_idx ON audit.entry_mutation_other USING btree (type, occurred_at DESC, id DESC);

CREATE INDEX entry_other_actor_id_occurred_at_id_idx ON audit.entry_other USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX entry_other_occurred_at_id_idx ON audit.entry_other USING btree (occurred_at DESC, id DESC) WHERE (risk = ANY (ARRAY['high'::text, 'critical'::text]));

CREATE INDEX entry_other_occurred_at_id_idx1 ON audit.entry_other USING btree (occurred_at DESC, id DESC);

CREATE INDEX entry_other_ref_graph_occurred_at_id_idx ON audit.entry_other USING btree (ref_graph, occurred_at DESC, id DESC) WHERE (ref_graph IS NOT NULL);

CREATE INDEX entry_other_ref_invoice_occurred_at_id_idx ON audit.entry_other USING btree (ref_invoice, occurred_at DESC, id DESC) WHERE (ref_invoice IS NOT NULL);

CREATE INDEX entry_other_ref_network_client_occurred_at_id_idx ON audit.entry_other USING btree (ref_network_client, occurred_at DESC, id DESC) WHERE (ref_network_client IS NOT NULL);

CREATE INDEX entry_other_ref_operation_occurred_at_id_idx ON audit.entry_other USING btree (ref_operation, occurred_at DESC, id DESC) WHERE (ref_operation IS NOT NULL);

CREATE INDEX entry_other_ref_org_actor_id_occurred_at_id_idx ON audit.entry_other USING btree (ref_org, actor_id, occurred_at DESC, id DESC) WHERE ((ref_org IS NOT NULL) AND (actor_id IS NOT NULL));

CREATE INDEX entry_other_ref_org_occurred_at_id_idx ON audit.entry_other USING btree (ref_org, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_other_ref_org_type_occurred_at_id_idx ON audit.entry_other USING btree (ref_org, type, occurred_at DESC, id DESC) WHERE (ref_org IS NOT NULL);

CREATE INDEX entry_other_ref_provider_event_occurred_at_id_idx ON audit.entry_other USING btree (ref_provider_event, occurred_at DESC, id DESC) WHERE (ref_provider_event IS NOT NULL);

CREATE INDEX entry_other_ref_subscription_occurred_at_id_idx ON audit.entry_other USING btree (ref_subscription, occurred_at DESC, id DESC) WHERE (ref_subscription IS NOT NULL);

CREATE INDEX entry_other_ref_user_occurred_at_id_idx ON audit.entry_other USING btree (ref_user, occurred_at DESC, id DESC) WHERE (ref_user IS NOT NULL);

CREATE INDEX entry_other_request_id_occurred_at_id_idx ON audit.entry_other USING btree (request_id, occurred_at DESC, id DESC) WHERE (request_id IS NOT NULL);

CREATE INDEX entry_other_trace_id_occurred_at_id_idx ON audit.entry_other USING btree (trace_id, occurred_at DESC, id DESC) WHERE (trace_id IS NOT NULL);

CREATE INDEX entry_other_type_occurred_at_id_idx ON audit.entry_other USING btree (type, occurred_at DESC, id DESC);

CREATE UNIQUE INDEX legal_hold_is_one ON audit.legal_hold USING btree (COALESCE((held_org)::text, (held_user)::text, held_graph)) WHERE (lifted_at IS NULL);

CREATE INDEX private_part_of_org ON audit.private_part USING btree (ref_org) WHERE (ref_org IS NOT NULL);

CREATE INDEX private_part_of_others ON audit.private_part USING btree (occurred_at) WHERE (class <> 'security'::text);

CREATE INDEX private_part_of_security ON audit.private_part USING btree (occurred_at) WHERE (class = 'security'::text);

CREATE INDEX private_part_of_user ON audit.private_part USING btree (ref_user) WHERE (ref_user IS NOT NULL);

CREATE INDEX sink_by_org ON audit.sink USING btree (org_id) WHERE (org_id IS NOT NULL);

CREATE INDEX unsealed_of_transaction ON audit.unsealed USING btree (transaction);

CREATE UNIQUE INDEX account_credit_begins_once ON billing.account_credit_entry USING btree (org_id, credit_id) WHERE (kind = 'issue'::text);

CREATE INDEX account_credit_by_invoice ON billing.account_credit USING btree (org_id, invoice_id) WHERE (invoice_id IS NOT NULL);

CREATE INDEX account_credit_by_org ON billing.account_credit USING btree (org_id, created_at DESC, id DESC);

CREATE INDEX account_credit_entry_by_credit ON billing.account_credit_entry USING btree (org_id, credit_id, seq DESC);

CREATE INDEX account_credit_entry_by_invoice ON billing.account_credit_entry USING btree (org_id, invoice_id, seq) WHERE (invoice_id IS NOT NULL);

CREATE INDEX account_credit_entry_by_move ON billing.account_credit_entry USING btree (org_id, move_id) WHERE (move_id IS NOT NULL);

CREATE INDEX account_credit_entry_by_provider ON billing.account_credit_entry USING btree (org_id, provider_transaction_id) WHERE (provider_transaction_id IS NOT NULL);

CREATE UNIQUE INDEX catalogue_version_active ON billing.catalogue_version USING btree (is_active) WHERE is_active;

CREATE INDEX checkout_by_org ON billing.checkout USING btree (org_id, subscription_id);

CREATE UNIQUE INDEX checkout_of_subscription ON billing.checkout USING btree (subscription_id);

CREATE INDEX checkout_unfinished ON billing.checkout USING btree (org_id, created_at DESC) WHERE (state = ANY (ARRAY['opening'::text, 'open'::text, 'unknown'::text]));

CREATE INDEX collected_payment_by_invoice ON billing.collected_payment USING btree (invoice_id);

CREATE INDEX collected_payment_by_org ON billing.collected_payment USING btree (org_id, seen_at DESC);

CREATE INDEX compensation_by_org ON billing.compensation USING btree (org_id, subscription_id);

CREATE INDEX credit_hold_open ON billing.credit_hold USING btree (org_id, pool_id, expires_at) WHERE (state = 'open'::text);

CREATE INDEX credit_pool_by_subscription ON billing.credit_pool USING btree (org_id, subscription_id);

CREATE INDEX credit_pool_due ON billing.credit_pool USING btree (window_end) WHERE (closed_at IS NULL);

CREATE UNIQUE INDEX credit_pool_one_open ON billing.credit_pool USING btree (scope, resource_id, COALESCE(subscriber_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE (closed_at IS NULL);

CREATE INDEX credit_transaction_by_time ON billing.credit_transaction USING btree (org_id, pool_id, created_at DESC, seq DESC);

CREATE INDEX customer_by_billing_email ON billing.customer USING btree (billing_email) WHERE (billing_email IS NOT NULL);

CREATE INDEX decision_by_org ON billing.decision USING btree (org_id, at DESC);

CREATE INDEX decision_by_rule ON billing.decision USING btree (rule, at, id);

CREATE INDEX decision_by_subscription ON billing.decision USING btree (subscription_id) WHERE (subscription_id IS NOT NULL);

CREATE INDEX dispute_by_invoice ON billing.dispute USING btree (invoice_id);

CREATE INDEX dispute_by_org ON billing.dispute USING btree (org_id, opened_at DESC);

CREATE INDEX dispute_by_payment ON billing.dispute USING btree (provider_payment_id);

CREATE INDEX drift_item_by_org ON billing.drift_item USING btree (org_id, found_at DESC);

CREATE INDEX drift_item_by_run ON billing.drift_item USING btree (last_run);

CREATE INDEX drift_item_by_subscription ON billing.drift_item USING btree (subscription_id) WHERE (subscription_id IS NOT NULL);

CREATE INDEX drift_item_dismissed ON billing.drift_item USING btree (object_id, category) WHERE (state = 'dismissed'::text);

CREATE UNIQUE INDEX drift_item_open ON billing.drift_item USING btree (object_id, category) WHERE (state = 'open'::text);

CREATE INDEX dunning_case_by_org ON billing.dunning_case USING btree (org_id, opened_at DESC);

CREATE UNIQUE INDEX dunning_case_open ON billing.dunning_case USING btree (subscription_id) WHERE (closed_at IS NULL);

CREATE INDEX guarded_action_by_time ON billing.guarded_action USING btree (class, at);

CREATE INDEX idle_case_by_decision ON billing.idle_case USING btree (decided_at, id) WHERE (decided_at IS NOT NULL);

CREATE INDEX idle_case_by_org ON billing.idle_case USING btree (org_id, created_at DESC);

CREATE INDEX idle_case_decided ON billing.idle_case USING btree (decided_at) WHERE (decided_at IS NOT NULL);

CREATE INDEX idle_case_open ON billing.idle_case USING btree (subscription_id) WHERE (state = ANY (ARRAY['held'::text, 'decided'::text, 'confirmed'::text, 'reversing'::text]));

CREATE INDEX idle_case_pending ON billing.idle_case USING btree (state) WHERE (state = ANY (ARRAY['decided'::text, 'confirmed'::text]));

CREATE INDEX idle_case_pending_of_org ON billing.idle_case USING btree (org_id) WHERE ((state = ANY (ARRAY['decided'::text, 'confirmed'::text])) AND (subscriber_id IS NULL));

CREATE INDEX idle_case_pending_of_seat ON billing.idle_case USING btree (subscriber_id) WHERE ((state = ANY (ARRAY['decided'::text, 'confirmed'::text])) AND (subscriber_id IS NOT NULL));

CREATE INDEX idle_evaluation_by_subscription ON billing.idle_evaluation USING btree (subscription_id, period_start, at DESC);

CREATE INDEX inbound_event_by_object ON billing.inbound_event USING btree (object_id) WHERE (object_id IS NOT NULL);

CREATE INDEX inbound_event_by_subscription ON billing.inbound_event USING btree (((raw_references ->> 'subscription'::text))) WHERE ((raw_references ->> 'subscription'::text) IS NOT NULL);

CREATE INDEX inbound_event_open ON billing.inbound_event USING btree (state, received_at) WHERE (state <> 'done'::text);

CREATE INDEX intent_by_org ON billing.intent USING btree (org_id, created_at DESC) WHERE (org_id IS NOT NULL);

CREATE UNIQUE INDEX intent_one_in_flight ON billing.intent USING btree (object) WHERE (state = 'in_flight'::text);

CREATE INDEX intent_unsettled ON billing.intent USING btree (object, op_seq) WHERE (state = ANY (ARRAY['queued'::text, 'in_flight'::text, 'unknown'::text]));

CREATE INDEX invoice_by_org ON billing.invoice USING btree (org_id, created_at DESC, id DESC);

CREATE INDEX invoice_by_subscription ON billing.invoice USING btree (org_id, subscription_id) WHERE (subscription_id IS NOT NULL);

CREATE UNIQUE INDEX invoice_line_billed_once ON billing.invoice_line USING btree (org_id, subscription_id, period_start) WHERE ((kind = 'charge'::text) AND (subscription_id IS NOT NULL));

CREATE INDEX invoice_line_by_org ON billing.invoice_line USING btree (org_id, invoice_id);

CREATE INDEX invoice_open_at_provider ON billing.invoice USING btree (provider_invoice_id) WHERE ((status = 'open'::text) AND (provider_invoice_id IS NOT NULL));

CREATE UNIQUE INDEX invoice_own_number ON billing.invoice USING btree (number) WHERE (kind = 'own'::text);

CREATE INDEX invoice_own_open_by_due ON billing.invoice USING btree (due_date) WHERE ((kind = 'own'::text) AND (status = 'open'::text));

CREATE INDEX keep_token_use_by_end ON billing.keep_token_use USING btree (period_end);

CREATE INDEX keep_token_use_by_org ON billing.keep_token_use USING btree (org_id, idle_case_id);

CREATE INDEX notice_by_org ON billing.notice USING btree (org_id, told_at DESC);

CREATE INDEX notice_by_subscription ON billing.notice USING btree (subscription_id) WHERE (subscription_id IS NOT NULL);

CREATE INDEX payment_method_by_end ON billing.payment_method USING btree (expiry_year, expiry_month, org_id) WHERE (is_default AND (state = 'usable'::text));

CREATE UNIQUE INDEX payment_method_one_default ON billing.payment_method USING btree (org_id) WHERE is_default;

CREATE INDEX plan_change_by_org ON billing.plan_change USING btree (org_id, subscription_id);

CREATE UNIQUE INDEX plan_change_one_unfinished ON billing.plan_change USING btree (subscription_id) WHERE (ended_at IS NULL);

CREATE INDEX plan_price_by_product ON billing.plan_price USING btree (provider_product_id) WHERE (provider_product_id IS NOT NULL);

CREATE UNIQUE INDEX reconciliation_run_open ON billing.reconciliation_run USING btree (((finished_at IS NULL))) WHERE (finished_at IS NULL);

CREATE INDEX refund_by_invoice ON billing.refund USING btree (invoice_id);

CREATE INDEX refund_by_org ON billing.refund USING btree (org_id, created_at DESC);

CREATE INDEX refund_by_payment ON billing.refund USING btree (provider_payment_id);

CREATE INDEX refund_by_subscription ON billing.refund USING btree (subscription_id) WHERE (subscription_id IS NOT NULL);

CREATE INDEX subscription_by_org ON billing.subscription USING btree (org_id, created_at DESC, id DESC);

CREATE INDEX subscription_by_resource ON billing.subscription USING btree (resource_type, resource_id, created_at DESC) WHERE (resource_id IS NOT NULL);

CREATE UNIQUE INDEX subscription_one_live ON billing.subscription USING btree (resource_type, resource_id, COALESCE(subscriber_id, '00000000-0000-0000-0000-000000000000'::uuid), (
CASE
    WHEN (resource_type = 'addon'::text) THEN org_id
    ELSE '00000000-0000-0000-0000-000000000000'::uuid
END)) WHERE ((closed_at IS NULL) AND (resource_id IS NOT NULL));

CREATE INDEX subscription_renewing ON billing.subscription USING btree (period_end) WHERE ((status = 'active'::text) AND (backing_kind = 'provider_subscription'::text));

CREATE INDEX subscription_to_compare ON billing.subscription USING btree (id) WHERE ((provider_subscription_id IS NOT NULL) AND (closed_at IS NULL));

CREATE INDEX subscription_to_end_unpaid ON billing.subscription USING btree (final_deadline) WHERE ((status = 'unpaid'::text) AND (closed_at IS NULL));

CREATE INDEX backup_download_by_org ON graphs.backup_download USING btree (org_id, graph_id, created_at);

CREATE INDEX graph_backup_by_end ON graphs.graph_backup USING btree (expires_at) WHERE (status = 'completed'::text);

CREATE INDEX graph_backup_by_graph ON graphs.graph_backup USING btree (graph_id, id DESC);

CREATE INDEX graph_backup_by_object ON graphs.graph_backup USING btree (((archive ->> 'objectKey'::text))) WHERE (status = 'completed'::text);

CREATE UNIQUE INDEX graph_backup_by_operation ON graphs.graph_backup USING btree (operation_id) WHERE (operation_id IS NOT NULL);

CREATE UNIQUE INDEX graph_backup_once_a_night ON graphs.graph_backup USING btree (graph_id, night) WHERE ((night IS NOT NULL) AND (status <> 'failed'::text));

CREATE UNIQUE INDEX graph_backup_one_running ON graphs.graph_backup USING btree (graph_id) WHERE (status = 'in_progress'::text);

CREATE INDEX graph_backup_unfinished ON graphs.graph_backup USING btree (id) WHERE (status = ANY (ARRAY['pending'::text, 'in_progress'::text]));

CREATE INDEX graph_being_copied ON graphs.graph USING btree (source_backup_id) WHERE ((source_backup_id IS NOT NULL) AND (status = 'provisioning'::text));

CREATE INDEX graph_by_name ON graphs.graph USING btree (name);

CREATE UNIQUE INDEX graph_by_parent ON graphs.graph USING btree (parent_id, subgraph_index) WHERE (parent_id IS NOT NULL);

CREATE INDEX graph_credential_by_end ON graphs.graph_credential USING btree (expires_at) WHERE (revoked_at IS NULL);

CREATE INDEX graph_credential_by_graph ON graphs.graph_credential USING btree (graph_id);

CREATE INDEX graph_credential_by_org ON graphs.graph_credential USING btree (org_id, graph_id);

CREATE INDEX graph_grant_by_org ON graphs.graph_grant USING btree (org_id, graph_id);

CREATE INDEX graph_grant_by_user ON graphs.graph_grant USING btree (user_id);

CREATE INDEX graph_purge_due ON graphs.graph USING btree (purge_at) WHERE (purge_at IS NOT NULL);

CREATE INDEX host_sample_by_time ON graphs.host_sample USING btree (slot);

CREATE INDEX host_slot_by_org ON graphs.host_slot USING btree (org_id) WHERE (org_id IS NOT NULL);

CREATE INDEX left_place_by_host ON graphs.left_place USING btree (host_id);

CREATE UNIQUE INDEX orphan_finding_open ON graphs.orphan_finding USING btree (kind, place, object) WHERE (state = ANY (ARRAY['open'::text, 'dismissed'::text]));

CREATE INDEX repository_grant_by_org ON graphs.repository_grant USING btree (org_id, user_id);

CREATE INDEX repository_grant_by_user ON graphs.repository_grant USING btree (user_id, repository_id);

CREATE UNIQUE INDEX repository_grant_one ON graphs.repository_grant USING btree (repository_id, user_id) WHERE (state <> 'revoked'::text);

CREATE INDEX selected_graph_by_graph ON graphs.selected_graph USING btree (graph_id);

CREATE INDEX storage_day_by_org ON graphs.storage_day USING btree (org_id, graph_id);

CREATE INDEX storage_measure_by_org ON graphs.storage_measure USING btree (org_id, graph_id);

CREATE INDEX storage_measure_by_time ON graphs.storage_measure USING btree (due_at);

CREATE INDEX storage_sample_by_org ON graphs.storage_sample USING btree (org_id, graph_id);

CREATE INDEX teardown_by_org ON graphs.teardown USING btree (org_id, graph_id);

CREATE UNIQUE INDEX account_email ON identity.account USING btree (email) WHERE (status <> 'purged'::text);

CREATE INDEX account_never_verified ON identity.account USING btree (created_at) WHERE ((NOT was_verified) AND (status = 'active'::text));

CREATE INDEX activity_canary_by_canary ON identity.activity_canary USING btree (canary_id);

CREATE INDEX activity_canary_by_key ON identity.activity_canary USING btree (key_id);

CREATE INDEX api_key_by_graph ON identity.api_key USING btree (graph_id) WHERE ((graph_id IS NOT NULL) AND (revoked_at IS NULL));

CREATE INDEX api_key_by_prefix ON identity.api_key USING btree (prefix);

CREATE INDEX api_key_by_use ON identity.api_key USING btree (user_id, last_active_at DESC);

CREATE INDEX api_key_by_user ON identity.api_key USING btree (user_id, created_at DESC);

CREATE INDEX api_key_ending ON identity.api_key USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (revoked_at IS NULL) AND (expiry_recorded_at IS NULL));

CREATE INDEX api_key_live_by_user ON identity.api_key USING btree (user_id, created_at DESC) WHERE (revoked_at IS NULL);

CREATE INDEX api_key_network_by_user ON identity.api_key_network USING btree (user_id);

CREATE INDEX api_key_network_unannounced ON identity.api_key_network USING btree (first_used_at) WHERE (announced_at IS NULL);

CREATE INDEX captcha_use_by_time ON identity.captcha_use USING btree (used_at);

CREATE INDEX ceremony_challenge_by_end ON identity.ceremony_challenge USING btree (expires_at);

CREATE INDEX ceremony_challenge_by_token ON identity.ceremony_challenge USING btree (mfa_token_id);

CREATE INDEX ceremony_challenge_by_user ON identity.ceremony_challenge USING btree (user_id);

CREATE INDEX guess_attempt_by_time ON identity.guess_attempt USING btree (started_at);

CREATE INDEX guess_attempt_of_account ON identity.guess_attempt USING btree (account, started_at);

CREATE INDEX guess_attempt_of_network ON identity.guess_attempt USING btree (network, started_at);

CREATE INDEX guess_network_blocked ON identity.guess_network USING btree (blocked_until) WHERE (blocked_until IS NOT NULL);

CREATE INDEX handoff_by_expiry ON identity.handoff USING btree (expires_at);

CREATE INDEX handoff_by_user ON identity.handoff USING btree (user_id);

CREATE INDEX link_token_by_address ON identity.link_token USING btree (address, kind, created_at DESC);

CREATE INDEX link_token_by_end ON identity.link_token USING btree (expires_at);

CREATE INDEX link_token_by_use ON identity.link_token USING btree (COALESCE(consumed_at, superseded_at)) WHERE ((consumed_at IS NOT NULL) OR (superseded_at IS NOT NULL));

CREATE INDEX link_token_by_user ON identity.link_token USING btree (user_id, kind, created_at DESC);

CREATE UNIQUE INDEX link_token_open ON identity.link_token USING btree (user_id, kind) WHERE ((consumed_at IS NULL) AND (superseded_at IS NULL) AND (kind <> 'email_revert'::text));

CREATE INDEX mfa_token_by_end ON identity.mfa_token USING btree (expires_at);

CREATE INDEX mfa_token_by_user ON identity.mfa_token USING btree (user_id);

CREATE INDEX passkey_by_user ON identity.passkey USING btree (user_id, created_at);

CREATE UNIQUE INDEX passkey_credential ON identity.passkey USING btree (credential_id) WHERE (removed_at IS NULL);

CREATE INDEX personal_export_by_end ON identity.personal_export USING btree (expires_at);

CREATE INDEX personal_export_by_user ON identity.personal_export USING btree (user_id, created_at DESC);

CREATE INDEX second_factor_reset_by_user ON identity.second_factor_reset USING btree (user_id, requested_at DESC);

CREATE INDEX session_by_client ON identity.session USING btree (user_id, network, client_family, created_at DESC);

CREATE INDEX session_by_end ON identity.session USING btree (absolute_expires_at);

CREATE INDEX session_by_parent ON identity.session USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX session_by_use ON identity.session USING btree (user_id, last_active_at DESC);

CREATE INDEX session_by_user ON identity.session USING btree (user_id, created_at DESC);

CREATE INDEX session_live_by_user ON identity.session USING btree (user_id, last_active_at DESC) WHERE (revoked_at IS NULL);

CREATE INDEX event_by_user ON jobs.event USING btree (key) WHERE (topic ~~ 'identity.%'::text);

CREATE INDEX event_order ON jobs.event USING btree (xid, id);

CREATE INDEX job_dead_by_death ON jobs.job_dead USING btree (died_at);

CREATE INDEX job_dead_open ON jobs.job_dead USING btree (died_at, id) WHERE ((requeued_as IS NULL) AND (discarded_because IS NULL));

CREATE INDEX job_history_id ON ONLY jobs.job_history USING btree (id);

CREATE INDEX job_history_other_id_idx ON jobs.job_history_other USING btree (id);

CREATE INDEX job_of_org ON jobs.job USING btree (org, lane, run_at) WHERE (org IS NOT NULL);

CREATE INDEX job_of_saga ON jobs.job USING btree (saga_id) WHERE (saga_id IS NOT NULL);

CREATE INDEX job_order ON jobs.job USING btree (lane, priority, in_burst, run_at, id);

CREATE INDEX job_serial_key ON jobs.job USING btree (serial_key, id) WHERE (serial_key IS NOT NULL);

CREATE UNIQUE INDEX job_unique_key ON jobs.job USING btree (unique_key) WHERE (unique_key IS NOT NULL);

CREATE UNIQUE INDEX saga_live ON jobs.saga USING btree (kind, key) WHERE (state = ANY (ARRAY['running'::text, 'compensating'::text, 'stuck'::text]));

CREATE INDEX saga_under_way ON jobs.saga USING btree (updated_at, id) WHERE (state = ANY (ARRAY['running'::text, 'compensating'::text]));

CREATE INDEX override_by_end ON limits.override USING btree (until);

CREATE INDEX strict_bucket_by_end ON limits.strict_bucket USING btree (expires_at);

CREATE INDEX mail_by_org ON notifications.mail USING btree (org_id, id DESC);

CREATE INDEX mail_by_recipient ON notifications.mail USING btree (recipient, sent_at DESC) WHERE (sent_at IS NOT NULL);

CREATE INDEX mail_by_user ON notifications.mail USING btree (user_id, id DESC) WHERE (user_id IS NOT NULL);

CREATE INDEX mail_feedback_by_org ON notifications.mail_feedback USING btree (org_id, reported_at DESC);

CREATE INDEX mail_held ON notifications.mail USING btree (decision) WHERE (status = 'held'::text);

CREATE INDEX mail_unsettled ON notifications.mail USING btree (queued_at) WHERE (status <> ALL (ARRAY['sent'::text, 'canceled'::text, 'failed'::text]));

CREATE INDEX notice_by_age ON notifications.notice USING btree (created_at) WHERE ((acknowledged_at IS NULL) AND (cleared_at IS NULL));

CREATE INDEX notice_by_org ON notifications.notice USING btree (org_id, created_at DESC);

CREATE INDEX notice_of_subject ON notifications.notice USING btree (user_id, subscription_id, kind, created_at DESC);

CREATE INDEX notice_pending ON notifications.notice USING btree (user_id, created_at DESC) WHERE ((acknowledged_at IS NULL) AND (cleared_at IS NULL));

CREATE UNIQUE INDEX operator_alert_open ON notifications.operator_alert USING btree (name) WHERE (closed_at IS NULL);

CREATE INDEX webhook_attempt_by_endpoint ON notifications.webhook_attempt USING btree (org_id, endpoint_id, began_at);

CREATE INDEX webhook_delivery_by_message ON notifications.webhook_delivery USING btree (org_id, message_id);

CREATE INDEX webhook_delivery_waiting ON notifications.webhook_delivery USING btree (endpoint_id, message_id) WHERE (status = 'pending'::text);

CREATE INDEX webhook_message_by_age ON notifications.webhook_message USING btree (created_at);

CREATE INDEX idempotency_record_by_org ON operations.idempotency_record USING btree (org_id);

CREATE INDEX idempotency_record_due ON operations.idempotency_record USING btree (expires_at) WHERE (state = 'settled'::text);

CREATE INDEX idempotency_record_open ON operations.idempotency_record USING btree (operation_id) WHERE (state = 'open'::text);

CREATE INDEX operation_by_graph ON operations.operation USING btree (graph_id, id DESC);

CREATE INDEX operation_by_parent ON operations.operation USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX operation_by_starter ON operations.operation USING btree (started_by, id DESC);

CREATE INDEX operation_deadline ON operations.operation USING btree (id) WHERE ((deadline IS NOT NULL) AND (ended_at IS NULL));

CREATE INDEX operation_event_by_org ON operations.operation_event USING btree (org_id, operation_id);

CREATE UNIQUE INDEX operation_one_exclusive ON operations.operation USING btree (exclusive_scope) WHERE ((exclusive_scope IS NOT NULL) AND (ended_at IS NULL));

CREATE INDEX operation_thinned ON operations.operation USING btree (ended_at) WHERE (thinned_at IS NOT NULL);

CREATE INDEX operation_to_thin ON operations.operation USING btree (ended_at) WHERE ((ended_at IS NOT NULL) AND (thinned_at IS NULL));

CREATE INDEX operation_waiting ON operations.operation USING btree (id) WHERE (status = 'pending'::text);

CREATE INDEX stream_lease_by_user ON operations.stream_lease USING btree (user_id);

CREATE INDEX graph_slot_by_org ON orgs.graph_slot USING btree (org_id);

CREATE UNIQUE INDEX imported_row_id ON orgs.imported_row USING btree (section, ((body ->> 'id'::text)));

CREATE INDEX invitation_by_address ON orgs.invitation USING btree (email) WHERE (state = 'pending'::text);

CREATE INDEX invitation_by_org ON orgs.invitation USING btree (org_id, id DESC);

CREATE INDEX invitation_closed ON orgs.invitation USING btree (closed_at) WHERE (state <> 'pending'::text);

CREATE INDEX invitation_due ON orgs.invitation USING btree (expires_at) WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX invitation_pending ON orgs.invitation USING btree (org_id, email) WHERE (state = 'pending'::text);

CREATE INDEX membership_by_org ON orgs.membership USING btree (org_id, joined_at);

CREATE UNIQUE INDEX membership_live ON orgs.membership USING btree (user_id, org_id) WHERE (ended_at IS NULL);

CREATE INDEX org_deletion_by_org ON orgs.org_deletion USING btree (org_id);

CREATE INDEX org_deletion_by_requester ON orgs.org_deletion USING btree (requested_by) WHERE ((cause = 'account'::text) AND (closed_at IS NULL));

CREATE UNIQUE INDEX org_deletion_open ON orgs.org_deletion USING btree (org_id) WHERE (closed_at IS NULL);

CREATE INDEX org_export_by_org ON orgs.org_export USING btree (org_id, created_at DESC);

CREATE INDEX org_export_due ON orgs.org_export USING btree (expires_at) WHERE (state = 'ready'::text);

CREATE INDEX org_export_piece_by_org ON orgs.org_export_piece USING btree (org_id, export_id);

CREATE UNIQUE INDEX org_export_running ON orgs.org_export USING btree (org_id, ((audit_order IS NULL))) WHERE (state = 'running'::text);

CREATE UNIQUE INDEX org_one_personal ON orgs.org USING btree (personal_owner_id) WHERE (state <> 'purged'::text);

CREATE INDEX org_purge_due ON orgs.org USING btree (purge_at) WHERE (purge_at IS NOT NULL);

CREATE INDEX ownership_transfer_by_org ON orgs.ownership_transfer USING btree (org_id, created_at DESC);

CREATE INDEX ownership_transfer_due ON orgs.ownership_transfer USING btree (expires_at) WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX ownership_transfer_pending ON orgs.ownership_transfer USING btree (org_id) WHERE (state = 'pending'::text);

CREATE INDEX send_budget_by_day ON orgs.send_budget USING btree (day);

ALTER INDEX audit.entry_by_actor ATTACH PARTITION audit.entry_billing_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_risk ATTACH PARTITION audit.entry_billing_occurred_at_id_idx;

ALTER INDEX audit.entry_by_time ATTACH PARTITION audit.entry_billing_occurred_at_id_idx1;

ALTER INDEX audit.entry_billing_actor_id_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_occurred_at_id_idx1 ATTACH PARTITION audit.entry_billing_other_occurred_at_id_idx1;

ALTER INDEX audit.entry_billing_pkey ATTACH PARTITION audit.entry_billing_other_pkey;

ALTER INDEX audit.entry_billing_ref_graph_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_graph_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_invoice_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_invoice_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_network_client_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_network_client_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_operation_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_operation_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_org_actor_id_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_org_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_org_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_org_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_org_type_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_org_type_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_provider_event_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_provider_event_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_subscription_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_subscription_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_ref_user_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_ref_user_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_request_id_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_request_id_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_trace_id_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_trace_id_occurred_at_id_idx;

ALTER INDEX audit.entry_billing_type_occurred_at_id_idx ATTACH PARTITION audit.entry_billing_other_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_graph ATTACH PARTITION audit.entry_billing_ref_graph_occurred_at_id_idx;

ALTER INDEX audit.entry_by_invoice ATTACH PARTITION audit.entry_billing_ref_invoice_occurred_at_id_idx;

ALTER INDEX audit.entry_by_network_client ATTACH PARTITION audit.entry_billing_ref_network_client_occurred_at_id_idx;

ALTER INDEX audit.entry_by_operation ATTACH PARTITION audit.entry_billing_ref_operation_occurred_at_id_idx;

ALTER INDEX audit.entry_of_org_by_actor ATTACH PARTITION audit.entry_billing_ref_org_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_org ATTACH PARTITION audit.entry_billing_ref_org_occurred_at_id_idx;

ALTER INDEX audit.entry_of_org_by_type ATTACH PARTITION audit.entry_billing_ref_org_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_provider_event ATTACH PARTITION audit.entry_billing_ref_provider_event_occurred_at_id_idx;

ALTER INDEX audit.entry_by_subscription ATTACH PARTITION audit.entry_billing_ref_subscription_occurred_at_id_idx;

ALTER INDEX audit.entry_by_user ATTACH PARTITION audit.entry_billing_ref_user_occurred_at_id_idx;

ALTER INDEX audit.entry_by_request ATTACH PARTITION audit.entry_billing_request_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_trace ATTACH PARTITION audit.entry_billing_trace_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_type ATTACH PARTITION audit.entry_billing_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_actor ATTACH PARTITION audit.entry_general_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_risk ATTACH PARTITION audit.entry_general_occurred_at_id_idx;

ALTER INDEX audit.entry_by_time ATTACH PARTITION audit.entry_general_occurred_at_id_idx1;

ALTER INDEX audit.entry_general_actor_id_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_general_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_occurred_at_id_idx;

ALTER INDEX audit.entry_general_occurred_at_id_idx1 ATTACH PARTITION audit.entry_general_other_occurred_at_id_idx1;

ALTER INDEX audit.entry_general_pkey ATTACH PARTITION audit.entry_general_other_pkey;

ALTER INDEX audit.entry_general_ref_graph_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_graph_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_invoice_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_invoice_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_network_client_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_network_client_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_operation_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_operation_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_org_actor_id_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_org_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_org_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_org_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_org_type_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_org_type_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_provider_event_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_provider_event_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_subscription_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_subscription_occurred_at_id_idx;

ALTER INDEX audit.entry_general_ref_user_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_ref_user_occurred_at_id_idx;

ALTER INDEX audit.entry_general_request_id_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_request_id_occurred_at_id_idx;

ALTER INDEX audit.entry_general_trace_id_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_trace_id_occurred_at_id_idx;

ALTER INDEX audit.entry_general_type_occurred_at_id_idx ATTACH PARTITION audit.entry_general_other_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_graph ATTACH PARTITION audit.entry_general_ref_graph_occurred_at_id_idx;

ALTER INDEX audit.entry_by_invoice ATTACH PARTITION audit.entry_general_ref_invoice_occurred_at_id_idx;

ALTER INDEX audit.entry_by_network_client ATTACH PARTITION audit.entry_general_ref_network_client_occurred_at_id_idx;

ALTER INDEX audit.entry_by_operation ATTACH PARTITION audit.entry_general_ref_operation_occurred_at_id_idx;

ALTER INDEX audit.entry_of_org_by_actor ATTACH PARTITION audit.entry_general_ref_org_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_org ATTACH PARTITION audit.entry_general_ref_org_occurred_at_id_idx;

ALTER INDEX audit.entry_of_org_by_type ATTACH PARTITION audit.entry_general_ref_org_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_provider_event ATTACH PARTITION audit.entry_general_ref_provider_event_occurred_at_id_idx;

ALTER INDEX audit.entry_by_subscription ATTACH PARTITION audit.entry_general_ref_subscription_occurred_at_id_idx;

ALTER INDEX audit.entry_by_user ATTACH PARTITION audit.entry_general_ref_user_occurred_at_id_idx;

ALTER INDEX audit.entry_by_request ATTACH PARTITION audit.entry_general_request_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_trace ATTACH PARTITION audit.entry_general_trace_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_type ATTACH PARTITION audit.entry_general_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_actor ATTACH PARTITION audit.entry_mixed_by_actor;

ALTER INDEX audit.entry_by_graph ATTACH PARTITION audit.entry_mixed_by_graph;

ALTER INDEX audit.entry_by_invoice ATTACH PARTITION audit.entry_mixed_by_invoice;

ALTER INDEX audit.entry_by_network_client ATTACH PARTITION audit.entry_mixed_by_network_client;

ALTER INDEX audit.entry_by_operation ATTACH PARTITION audit.entry_mixed_by_operation;

ALTER INDEX audit.entry_by_org ATTACH PARTITION audit.entry_mixed_by_org;

ALTER INDEX audit.entry_by_provider_event ATTACH PARTITION audit.entry_mixed_by_provider_event;

ALTER INDEX audit.entry_by_request ATTACH PARTITION audit.entry_mixed_by_request;

ALTER INDEX audit.entry_by_risk ATTACH PARTITION audit.entry_mixed_by_risk;

ALTER INDEX audit.entry_by_subscription ATTACH PARTITION audit.entry_mixed_by_subscription;

ALTER INDEX audit.entry_by_time ATTACH PARTITION audit.entry_mixed_by_time;

ALTER INDEX audit.entry_by_trace ATTACH PARTITION audit.entry_mixed_by_trace;

ALTER INDEX audit.entry_by_type ATTACH PARTITION audit.entry_mixed_by_type;

ALTER INDEX audit.entry_by_user ATTACH PARTITION audit.entry_mixed_by_user;

ALTER INDEX audit.entry_of_org_by_actor ATTACH PARTITION audit.entry_mixed_of_org_by_actor;

ALTER INDEX audit.entry_of_org_by_type ATTACH PARTITION audit.entry_mixed_of_org_by_type;

ALTER INDEX audit.entry_by_actor ATTACH PARTITION audit.entry_mutation_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_risk ATTACH PARTITION audit.entry_mutation_occurred_at_id_idx;

ALTER INDEX audit.entry_by_time ATTACH PARTITION audit.entry_mutation_occurred_at_id_idx1;

ALTER INDEX audit.entry_mutation_actor_id_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_occurred_at_id_idx1 ATTACH PARTITION audit.entry_mutation_other_occurred_at_id_idx1;

ALTER INDEX audit.entry_mutation_pkey ATTACH PARTITION audit.entry_mutation_other_pkey;

ALTER INDEX audit.entry_mutation_ref_graph_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_graph_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_invoice_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_invoice_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_network_client_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_network_client_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_operation_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_operation_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_org_actor_id_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_org_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_org_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_org_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_org_type_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_org_type_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_provider_event_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_provider_event_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_subscription_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_subscription_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_ref_user_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_ref_user_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_request_id_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_request_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_trace_id_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_trace_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mutation_type_occurred_at_id_idx ATTACH PARTITION audit.entry_mutation_other_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_graph ATTACH PARTITION audit.entry_mutation_ref_graph_occurred_at_id_idx;

ALTER INDEX audit.entry_by_invoice ATTACH PARTITION audit.entry_mutation_ref_invoice_occurred_at_id_idx;

ALTER INDEX audit.entry_by_network_client ATTACH PARTITION audit.entry_mutation_ref_network_client_occurred_at_id_idx;

ALTER INDEX audit.entry_by_operation ATTACH PARTITION audit.entry_mutation_ref_operation_occurred_at_id_idx;

ALTER INDEX audit.entry_of_org_by_actor ATTACH PARTITION audit.entry_mutation_ref_org_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_org ATTACH PARTITION audit.entry_mutation_ref_org_occurred_at_id_idx;

ALTER INDEX audit.entry_of_org_by_type ATTACH PARTITION audit.entry_mutation_ref_org_type_occurred_at_id_idx;

ALTER INDEX audit.entry_by_provider_event ATTACH PARTITION audit.entry_mutation_ref_provider_event_occurred_at_id_idx;

ALTER INDEX audit.entry_by_subscription ATTACH PARTITION audit.entry_mutation_ref_subscription_occurred_at_id_idx;

ALTER INDEX audit.entry_by_user ATTACH PARTITION audit.entry_mutation_ref_user_occurred_at_id_idx;

ALTER INDEX audit.entry_by_request ATTACH PARTITION audit.entry_mutation_request_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_trace ATTACH PARTITION audit.entry_mutation_trace_id_occurred_at_id_idx;

ALTER INDEX audit.entry_by_type ATTACH PARTITION audit.entry_mutation_type_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_actor ATTACH PARTITION audit.entry_other_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_risk ATTACH PARTITION audit.entry_other_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_time ATTACH PARTITION audit.entry_other_occurred_at_id_idx1;

ALTER INDEX audit.entry_mixed_pkey ATTACH PARTITION audit.entry_other_pkey;

ALTER INDEX audit.entry_mixed_by_graph ATTACH PARTITION audit.entry_other_ref_graph_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_invoice ATTACH PARTITION audit.entry_other_ref_invoice_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_network_client ATTACH PARTITION audit.entry_other_ref_network_client_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_operation ATTACH PARTITION audit.entry_other_ref_operation_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_of_org_by_actor ATTACH PARTITION audit.entry_other_ref_org_actor_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_org ATTACH PARTITION audit.entry_other_ref_org_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_of_org_by_type ATTACH PARTITION audit.entry_other_ref_org_type_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_provider_event ATTACH PARTITION audit.entry_other_ref_provider_event_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_subscription ATTACH PARTITION audit.entry_other_ref_subscription_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_user ATTACH PARTITION audit.entry_other_ref_user_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_request ATTACH PARTITION audit.entry_other_request_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_trace ATTACH PARTITION audit.entry_other_trace_id_occurred_at_id_idx;

ALTER INDEX audit.entry_mixed_by_type ATTACH PARTITION audit.entry_other_type_occurred_at_id_idx;

ALTER INDEX jobs.job_history_id ATTACH PARTITION jobs.job_history_other_id_idx;

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON admin.operator DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('operator', 'id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON admin.operator DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.name IS DISTINCT FROM new.name) OR (old.email IS DISTINCT FROM new.email) OR (old.role IS DISTINCT FROM new.role) OR (old.disabled_at IS DISTINCT FROM new.disabled_at))) EXECUTE FUNCTION audit.require_entry('operator', 'id');

CREATE TRIGGER keep_superadmin BEFORE UPDATE ON admin.operator FOR EACH ROW EXECUTE FUNCTION admin.keep_superadmin();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON audit.archive FOR EACH ROW EXECUTE FUNCTION audit.keep_archive();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_billing FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_billing_other FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_general FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_general_other FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_mixed FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_mutation FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_mutation_other FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.entry_other FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.event_type FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.link FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit.private_part FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.signing_key FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.type_writer FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER await_link AFTER INSERT ON audit.entry FOR EACH ROW WHEN ((new.canonical IS NOT NULL)) EXECUTE FUNCTION audit.await_link();

CREATE TRIGGER check_class BEFORE INSERT ON audit.entry FOR EACH ROW WHEN (((new.type ~~ ANY (ARRAY['auth\_%'::text, 'mfa\_%'::text, 'captcha\_%'::text])) AND (num_nonnulls(new.ref_operation, new.ref_job, new.ref_saga, new.ref_intent, new.ref_provider_event, new.ref_graph, new.ref_subscription) > 0))) EXECUTE FUNCTION audit.check_class();

CREATE TRIGGER check_entry BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.check_entry();

CREATE TRIGGER check_writer BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.check_writer();

CREATE TRIGGER checks_changed AFTER INSERT OR DELETE OR UPDATE ON audit.reference_kind FOR EACH STATEMENT EXECUTE FUNCTION audit.checks_changed();

CREATE TRIGGER checks_changed AFTER INSERT ON audit.type_writer FOR EACH STATEMENT EXECUTE FUNCTION audit.checks_changed();

CREATE TRIGGER erased_only BEFORE DELETE ON audit.private_part FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_erasure();

CREATE TRIGGER know_group BEFORE INSERT ON audit.link FOR EACH ROW WHEN ((new.retention_group = 'mixed'::text)) EXECUTE FUNCTION audit.know_group();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.archive FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER refuse_reserved BEFORE INSERT ON audit.entry FOR EACH ROW WHEN ((new.type = ANY ('{model_client_connected,model_client_refused,model_tool_called,bank_feed_linked,bank_feed_synced,bank_feed_failed,document_provisioned,document_provision_failed,query_slow,query_killed,query_engine_restarted}'::text[]))) EXECUTE FUNCTION audit.refuse_reserved();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON billing.account_credit FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON billing.account_credit_entry FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON billing.credit_transaction FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON billing.decision FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON billing.recorded_payment FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

CREATE TRIGGER begin_eligibility BEFORE INSERT ON billing.subscription FOR EACH ROW EXECUTE FUNCTION billing.begin_eligibility();

CREATE TRIGGER count_credit_day AFTER INSERT ON billing.credit_transaction FOR EACH ROW WHEN ((new.type = ANY (ARRAY['consumption'::text, 'refund'::text]))) EXECUTE FUNCTION billing.count_credit_day();

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON billing.account_credit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('account_credit', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON billing.control DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('control', 'name');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON billing.credit_pool DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('credit_pool', 'id', 'subscription', 'subscription_id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON billing.invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.status <> 'draft'::text) AND (new.number IS NOT NULL) AND ((new.kind = 'own'::text) OR (new.status = 'paid'::text)))) EXECUTE FUNCTION audit.require_entry('invoice', 'id', 'subscription', 'subscription_id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON billing.subscription DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.status <> 'upgrading'::text)) EXECUTE FUNCTION audit.require_entry('subscription', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON billing.account_credit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.amount IS DISTINCT FROM new.amount)) EXECUTE FUNCTION audit.require_entry('account_credit', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON billing.control DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.is_on IS DISTINCT FROM new.is_on)) EXECUTE FUNCTION audit.require_entry('control', 'name');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON billing.credit_pool DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.allocation IS DISTINCT FROM new.allocation)) EXECUTE FUNCTION audit.require_entry('credit_pool', 'id', 'subscription', 'subscription_id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON billing.invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((old.status IS DISTINCT FROM new.status) OR (old.number IS DISTINCT FROM new.number) OR (old.total IS DISTINCT FROM new.total) OR (old.document_hash IS DISTINCT FROM new.document_hash)) AND ((new.status <> 'draft'::text) AND (new.number IS NOT NULL) AND ((new.kind = 'own'::text) OR (new.status = 'paid'::text))))) EXECUTE FUNCTION audit.require_entry('invoice', 'id', 'subscription', 'subscription_id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON billing.subscription DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((old.status IS DISTINCT FROM new.status) OR (old.plan_key IS DISTINCT FROM new.plan_key) OR (old.plan_version IS DISTINCT FROM new.plan_version) OR (old."interval" IS DISTINCT FROM new."interval") OR (old.cancellation_type IS DISTINCT FROM new.cancellation_type) OR (old.collection_paused IS DISTINCT FROM new.collection_paused)) AND (new.status <> 'upgrading'::text))) EXECUTE FUNCTION audit.require_entry('subscription', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER credit_is_issued AFTER INSERT ON billing.account_credit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.require_issue();

CREATE TRIGGER entry_is_posted BEFORE INSERT ON billing.account_credit_entry FOR EACH ROW EXECUTE FUNCTION billing.post_account_credit();

CREATE TRIGGER idle_case_moves BEFORE INSERT OR UPDATE ON billing.idle_case FOR EACH ROW EXECUTE FUNCTION billing.refuse_idle_move();

CREATE TRIGGER idle_evaluation_is_kept BEFORE DELETE OR UPDATE OR TRUNCATE ON billing.idle_evaluation FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_evaluation_change();

CREATE TRIGGER invoice_is_kept BEFORE TRUNCATE ON billing.invoice FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

CREATE CONSTRAINT TRIGGER move_is_whole AFTER INSERT ON billing.account_credit_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.move_id IS NOT NULL)) EXECUTE FUNCTION billing.require_whole_move();

CREATE TRIGGER own_invoice_is_guarded BEFORE INSERT OR UPDATE ON billing.invoice FOR EACH ROW EXECUTE FUNCTION billing.guard_own_invoice();

CREATE TRIGGER own_line_is_guarded BEFORE INSERT OR DELETE OR UPDATE ON billing.invoice_line FOR EACH ROW EXECUTE FUNCTION billing.guard_own_line();

CREATE TRIGGER plan_price_is_immutable BEFORE DELETE OR UPDATE ON billing.plan_price FOR EACH ROW EXECUTE FUNCTION billing.refuse_price_change();

CREATE TRIGGER restart_idle_clock BEFORE UPDATE ON billing.subscription FOR EACH ROW WHEN ((((old.plan_key IS DISTINCT FROM new.plan_key) OR (old.plan_version IS DISTINCT FROM new.plan_version)) OR (old."interval" IS DISTINCT FROM new."interval"))) EXECUTE FUNCTION billing.restart_idle_clock();

CREATE TRIGGER restart_idle_clocks AFTER INSERT ON billing.payment_method FOR EACH ROW EXECUTE FUNCTION billing.restart_idle_clocks_of_payer();

CREATE TRIGGER restart_idle_clocks_again AFTER UPDATE ON billing.payment_method FOR EACH ROW WHEN (((old.state = 'detached'::text) AND (new.state <> 'detached'::text))) EXECUTE FUNCTION billing.restart_idle_clocks_of_payer();

CREATE TRIGGER subscription_moves BEFORE INSERT OR UPDATE ON billing.subscription FOR EACH ROW EXECUTE FUNCTION billing.refuse_illegal_move();

CREATE TRIGGER check_backup_move BEFORE UPDATE ON graphs.graph_backup FOR EACH ROW EXECUTE FUNCTION graphs.check_backup_move();

CREATE TRIGGER check_graph_move BEFORE UPDATE ON graphs.graph FOR EACH ROW EXECUTE FUNCTION graphs.check_graph_move();

CREATE TRIGGER check_teardown BEFORE INSERT OR UPDATE ON graphs.teardown FOR EACH ROW EXECUTE FUNCTION graphs.check_teardown();

CREATE CONSTRAINT TRIGGER covered_delete AFTER DELETE ON graphs.graph_grant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('graph_member', 'graph_id,user_id', 'graph', 'graph_id', 'user', 'user_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON graphs.graph DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('graph', 'id', 'subscription', 'subscription_id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON graphs.graph_grant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('graph_member', 'graph_id,user_id', 'graph', 'graph_id', 'user', 'user_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON graphs.repository_grant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('repository_grant', 'id', 'user', 'user_id', 'subscription', 'subscription_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON graphs.graph DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.name IS DISTINCT FROM new.name) OR (old.description IS DISTINCT FROM new.description) OR (old.tags IS DISTINCT FROM new.tags) OR (old.tier IS DISTINCT FROM new.tier) OR (old.status IS DISTINCT FROM new.status) OR (old.delete_protected IS DISTINCT FROM new.delete_protected) OR (old.purge_hold IS DISTINCT FROM new.purge_hold))) EXECUTE FUNCTION audit.require_entry('graph', 'id', 'subscription', 'subscription_id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON graphs.graph_grant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.role IS DISTINCT FROM new.role)) EXECUTE FUNCTION audit.require_entry('graph_member', 'graph_id,user_id', 'graph', 'graph_id', 'user', 'user_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON graphs.repository_grant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.plan IS DISTINCT FROM new.plan) OR (old.access IS DISTINCT FROM new.access) OR (old.state IS DISTINCT FROM new.state))) EXECUTE FUNCTION audit.require_entry('repository_grant', 'id', 'user', 'user_id', 'subscription', 'subscription_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON graphs.teardown DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.waived_at IS DISTINCT FROM new.waived_at)) EXECUTE FUNCTION audit.require_entry('graph', 'graph_id');

CREATE TRIGGER keep_graph BEFORE DELETE ON graphs.graph FOR EACH ROW EXECUTE FUNCTION graphs.keep_graph();

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON identity.account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.email ~~ 'activity-canary@%.invalid'::text) IS NOT TRUE)) EXECUTE FUNCTION audit.require_entry('user', 'id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON identity.api_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.revoke_reason IS DISTINCT FROM 'org_purged'::text) AND (new.prefix <> 'rfs00000'::text))) EXECUTE FUNCTION audit.require_entry('api_key', 'id', 'user', 'user_id', 'org', 'org_id', 'graph', 'graph_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON identity.passkey DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('passkey', 'id', 'user', 'user_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON identity.account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((old.email IS DISTINCT FROM new.email) OR (old.password_hash IS DISTINCT FROM new.password_hash) OR (old.email_verified_at IS DISTINCT FROM new.email_verified_at) OR (old.status IS DISTINCT FROM new.status)) AND ((new.email ~~ 'activity-canary@%.invalid'::text) IS NOT TRUE))) EXECUTE FUNCTION audit.require_entry('user', 'id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON identity.api_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((old.user_id IS DISTINCT FROM new.user_id) OR (old.key_hash IS DISTINCT FROM new.key_hash) OR (old.scopes IS DISTINCT FROM new.scopes) OR (old.org_id IS DISTINCT FROM new.org_id) OR (old.graph_id IS DISTINCT FROM new.graph_id) OR (old.networks IS DISTINCT FROM new.networks) OR (old.expires_at IS DISTINCT FROM new.expires_at) OR (old.revoked_at IS DISTINCT FROM new.revoked_at)) AND ((new.revoke_reason IS DISTINCT FROM 'org_purged'::text) AND (new.prefix <> 'rfs00000'::text)))) EXECUTE FUNCTION audit.require_entry('api_key', 'id', 'user', 'user_id', 'org', 'org_id', 'graph', 'graph_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON identity.passkey DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.user_id IS DISTINCT FROM new.user_id) OR (old.credential_id IS DISTINCT FROM new.credential_id) OR (old.public_key IS DISTINCT FROM new.public_key) OR (old.name IS DISTINCT FROM new.name) OR (old.removed_at IS DISTINCT FROM new.removed_at))) EXECUTE FUNCTION audit.require_entry('passkey', 'id', 'user', 'user_id');

CREATE TRIGGER keep_evidence BEFORE UPDATE ON identity.session FOR EACH ROW EXECUTE FUNCTION identity.keep_session_evidence();

CREATE TRIGGER keep_use BEFORE INSERT OR UPDATE OF last_active_at ON identity.api_key FOR EACH ROW EXECUTE FUNCTION identity.keep_use();

CREATE TRIGGER keep_use BEFORE INSERT ON identity.session FOR EACH ROW EXECUTE FUNCTION identity.keep_use();

CREATE TRIGGER limit_passkeys AFTER INSERT ON identity.passkey FOR EACH ROW EXECUTE FUNCTION identity.limit_passkeys();

CREATE TRIGGER note_verification BEFORE INSERT OR UPDATE OF email_verified_at ON identity.account FOR EACH ROW WHEN ((new.email_verified_at IS NOT NULL)) EXECUTE FUNCTION identity.note_verification();

CREATE TRIGGER owner_status_changed AFTER UPDATE OF status ON identity.account FOR EACH ROW WHEN ((old.status <> new.status)) EXECUTE FUNCTION orgs.account_changed();

CREATE TRIGGER keep_moves BEFORE UPDATE ON notifications.mail FOR EACH ROW EXECUTE FUNCTION notifications.keep_moves();

CREATE TRIGGER check_event BEFORE INSERT ON operations.operation_event FOR EACH ROW EXECUTE FUNCTION operations.check_event();

CREATE TRIGGER insert_only BEFORE UPDATE ON operations.operation_event FOR EACH ROW EXECUTE FUNCTION operations.refuse_change();

CREATE TRIGGER keep_the_first_end BEFORE UPDATE ON operations.operation FOR EACH ROW EXECUTE FUNCTION operations.keep_the_first_end();

CREATE TRIGGER count_slots AFTER INSERT OR DELETE OR UPDATE ON orgs.graph_slot FOR EACH ROW EXECUTE FUNCTION orgs.count_slots();

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON orgs.invitation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.require_entry('invitation', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON orgs.membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.end_reason IS DISTINCT FROM 'org_purged'::text)) EXECUTE FUNCTION audit.require_entry('membership', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_insert AFTER INSERT ON orgs.org DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.state <> 'purging'::text)) EXECUTE FUNCTION audit.require_entry('org', 'id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON orgs.invitation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.email IS DISTINCT FROM new.email) OR (old.role IS DISTINCT FROM new.role) OR (old.state IS DISTINCT FROM new.state))) EXECUTE FUNCTION audit.require_entry('invitation', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON orgs.membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((old.role IS DISTINCT FROM new.role) OR (old.ended_at IS DISTINCT FROM new.ended_at)) AND (new.end_reason IS DISTINCT FROM 'org_purged'::text))) EXECUTE FUNCTION audit.require_entry('membership', 'id', 'org', 'org_id');

CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON orgs.org DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((old.name IS DISTINCT FROM new.name) OR (old.org_type IS DISTINCT FROM new.org_type) OR (old.personal_owner_id IS DISTINCT FROM new.personal_owner_id) OR (old.mfa_rule IS DISTINCT FROM new.mfa_rule) OR (old.invitation_domains IS DISTINCT FROM new.invitation_domains) OR (old.support_access_until IS DISTINCT FROM new.support_access_until) OR (old.state IS DISTINCT FROM new.state)) AND (new.state <> 'purging'::text))) EXECUTE FUNCTION audit.require_entry('org', 'id');

CREATE CONSTRAINT TRIGGER has_an_owner AFTER INSERT OR UPDATE ON orgs.org DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orgs.require_owner();

CREATE TRIGGER keep_purge BEFORE UPDATE OF state ON orgs.org FOR EACH ROW EXECUTE FUNCTION orgs.keep_purge();

CREATE TRIGGER owner_began AFTER INSERT ON orgs.membership FOR EACH ROW WHEN ((new.role = 'owner'::text)) EXECUTE FUNCTION orgs.membership_changed();

CREATE TRIGGER owner_changed AFTER UPDATE ON orgs.membership FOR EACH ROW WHEN ((((old.role = 'owner'::text) <> (new.role = 'owner'::text)) OR ((new.role = 'owner'::text) AND (old.ended_at IS DISTINCT FROM new.ended_at)))) EXECUTE FUNCTION orgs.membership_changed();

CREATE TRIGGER owner_deleted AFTER DELETE ON orgs.membership FOR EACH ROW WHEN ((old.role = 'owner'::text)) EXECUTE FUNCTION orgs.membership_changed();

ALTER TABLE ONLY admin.approval
    ADD CONSTRAINT approval_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES admin.operator(id);

ALTER TABLE ONLY admin.approval
    ADD CONSTRAINT approval_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES admin.operator(id);

ALTER TABLE ONLY admin.operator_allowance
    ADD CONSTRAINT operator_allowance_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES admin.operator(id);

ALTER TABLE ONLY admin.operator_enrolment
    ADD CONSTRAINT operator_enrolment_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES admin.operator(id);

ALTER TABLE ONLY admin.operator_passkey
    ADD CONSTRAINT operator_passkey_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES admin.operator(id);

ALTER TABLE ONLY admin.operator_request
    ADD CONSTRAINT operator_request_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES admin.operator(id);

ALTER TABLE ONLY admin.operator_session
    ADD CONSTRAINT operator_session_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES admin.operator(id);

ALTER TABLE ONLY admin.operator_token
    ADD CONSTRAINT operator_token_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES admin.operator(id);

ALTER TABLE ONLY billing.account_credit_entry
    ADD CONSTRAINT account_credit_entry_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice(org_id, id);

ALTER TABLE ONLY billing.account_credit_entry
    ADD CONSTRAINT account_credit_entry_of_same_org FOREIGN KEY (org_id, credit_id) REFERENCES billing.account_credit(org_id, id);

ALTER TABLE ONLY billing.account_credit
    ADD CONSTRAINT account_credit_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice(org_id, id);

ALTER TABLE ONLY billing.account_credit
    ADD CONSTRAINT account_credit_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.checkout
    ADD CONSTRAINT checkout_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.collected_payment
    ADD CONSTRAINT collected_payment_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice(org_id, id);

ALTER TABLE ONLY billing.compensation
    ADD CONSTRAINT compensation_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.credit_hold
    ADD CONSTRAINT credit_hold_pool_of_same_org FOREIGN KEY (org_id, pool_id) REFERENCES billing.credit_pool(org_id, id);

ALTER TABLE ONLY billing.credit_pool
    ADD CONSTRAINT credit_pool_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.credit_transaction
    ADD CONSTRAINT credit_transaction_pool_of_same_org FOREIGN KEY (org_id, pool_id) REFERENCES billing.credit_pool(org_id, id);

ALTER TABLE ONLY billing.decision
    ADD CONSTRAINT decision_catalogue_hash_fkey FOREIGN KEY (catalogue_hash) REFERENCES billing.catalogue_version(hash);

ALTER TABLE ONLY billing.decision
    ADD CONSTRAINT decision_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.dispute
    ADD CONSTRAINT dispute_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice(org_id, id);

ALTER TABLE ONLY billing.dispute
    ADD CONSTRAINT dispute_payment_of_same_org FOREIGN KEY (org_id, provider_payment_id) REFERENCES billing.collected_payment(org_id, provider_payment_id);

ALTER TABLE ONLY billing.drift_item
    ADD CONSTRAINT drift_item_last_run_fkey FOREIGN KEY (last_run) REFERENCES billing.reconciliation_run(id);

ALTER TABLE ONLY billing.drift_item
    ADD CONSTRAINT drift_item_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.dunning_case
    ADD CONSTRAINT dunning_case_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.guarded_action
    ADD CONSTRAINT guarded_action_class_fkey FOREIGN KEY (class) REFERENCES billing.action_guard(class);

ALTER TABLE ONLY billing.idle_case
    ADD CONSTRAINT idle_case_follows_an_evaluation FOREIGN KEY (org_id, evaluation_id) REFERENCES billing.idle_evaluation(org_id, id);

ALTER TABLE ONLY billing.idle_case
    ADD CONSTRAINT idle_case_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.idle_evaluation
    ADD CONSTRAINT idle_evaluation_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.invoice_line
    ADD CONSTRAINT invoice_line_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY billing.invoice_line
    ADD CONSTRAINT invoice_line_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.invoice
    ADD CONSTRAINT invoice_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.keep_token_use
    ADD CONSTRAINT keep_token_use_of_same_org FOREIGN KEY (org_id, idle_case_id) REFERENCES billing.idle_case(org_id, id);

ALTER TABLE ONLY billing.notice
    ADD CONSTRAINT notice_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.plan_change
    ADD CONSTRAINT plan_change_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.recorded_payment
    ADD CONSTRAINT recorded_payment_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice(org_id, id);

ALTER TABLE ONLY billing.refund
    ADD CONSTRAINT refund_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice(org_id, id);

ALTER TABLE ONLY billing.refund
    ADD CONSTRAINT refund_payment_of_same_org FOREIGN KEY (org_id, provider_payment_id) REFERENCES billing.collected_payment(org_id, provider_payment_id);

ALTER TABLE ONLY billing.refund
    ADD CONSTRAINT refund_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription(org_id, id);

ALTER TABLE ONLY billing.subscription
    ADD CONSTRAINT subscription_plan_key_plan_version_interval_currency_fkey FOREIGN KEY (plan_key, plan_version, "interval", currency) REFERENCES billing.plan_price(plan_key, plan_version, "interval", currency);

ALTER TABLE ONLY graphs.backup_download
    ADD CONSTRAINT backup_download_of_graph FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.backup_download
    ADD CONSTRAINT backup_download_of_same_org FOREIGN KEY (org_id, backup_id) REFERENCES graphs.graph_backup(org_id, id);

ALTER TABLE ONLY graphs.graph_backup
    ADD CONSTRAINT graph_backup_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.graph_credential
    ADD CONSTRAINT graph_credential_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.graph_credential
    ADD CONSTRAINT graph_credential_replaced_by FOREIGN KEY (org_id, replaced_by) REFERENCES graphs.graph_credential(org_id, id);

ALTER TABLE ONLY graphs.graph_grant
    ADD CONSTRAINT graph_grant_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.graph
    ADD CONSTRAINT graph_host_id_fkey FOREIGN KEY (host_id) REFERENCES graphs.graph_host(id);

ALTER TABLE ONLY graphs.graph
    ADD CONSTRAINT graph_parent_of_same_org FOREIGN KEY (org_id, parent_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.graph
    ADD CONSTRAINT graph_source_of_same_org FOREIGN KEY (org_id, source_backup_id) REFERENCES graphs.graph_backup(org_id, id);

ALTER TABLE ONLY graphs.host_sample
    ADD CONSTRAINT host_sample_host_id_fkey FOREIGN KEY (host_id) REFERENCES graphs.graph_host(id);

ALTER TABLE ONLY graphs.host_slot
    ADD CONSTRAINT host_slot_graph_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.host_slot
    ADD CONSTRAINT host_slot_host_id_fkey FOREIGN KEY (host_id) REFERENCES graphs.graph_host(id);

ALTER TABLE ONLY graphs.host_slot
    ADD CONSTRAINT host_slot_moving_of_same_org FOREIGN KEY (org_id, moving_graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.left_place
    ADD CONSTRAINT left_place_graph_id_fkey FOREIGN KEY (graph_id) REFERENCES graphs.graph(id);

ALTER TABLE ONLY graphs.left_place
    ADD CONSTRAINT left_place_host_id_fkey FOREIGN KEY (host_id) REFERENCES graphs.graph_host(id);

ALTER TABLE ONLY graphs.repository_grant
    ADD CONSTRAINT repository_grant_repository_id_fkey FOREIGN KEY (repository_id) REFERENCES graphs.repository(id);

ALTER TABLE ONLY graphs.selected_graph
    ADD CONSTRAINT selected_graph_graph_id_fkey FOREIGN KEY (graph_id) REFERENCES graphs.graph(id);

ALTER TABLE ONLY graphs.storage_day
    ADD CONSTRAINT storage_day_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.storage_measure
    ADD CONSTRAINT storage_measure_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.storage_sample
    ADD CONSTRAINT storage_sample_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY graphs.teardown
    ADD CONSTRAINT teardown_backup_of_same_org FOREIGN KEY (org_id, backup_id) REFERENCES graphs.graph_backup(org_id, id);

ALTER TABLE ONLY graphs.teardown
    ADD CONSTRAINT teardown_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph(org_id, id);

ALTER TABLE ONLY identity.activity_canary
    ADD CONSTRAINT activity_canary_canary_id_fkey FOREIGN KEY (canary_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.activity_canary
    ADD CONSTRAINT activity_canary_key_id_fkey FOREIGN KEY (key_id) REFERENCES identity.api_key(id);

ALTER TABLE ONLY identity.api_key
    ADD CONSTRAINT api_key_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES identity.api_key(id);

ALTER TABLE ONLY identity.api_key
    ADD CONSTRAINT api_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.ceremony_challenge
    ADD CONSTRAINT ceremony_challenge_mfa_token_id_fkey FOREIGN KEY (mfa_token_id) REFERENCES identity.mfa_token(id) ON DELETE CASCADE;

ALTER TABLE ONLY identity.ceremony_challenge
    ADD CONSTRAINT ceremony_challenge_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.guess_attempt
    ADD CONSTRAINT guess_attempt_account_fkey FOREIGN KEY (account) REFERENCES identity.guess_account(account);

ALTER TABLE ONLY identity.guess_attempt
    ADD CONSTRAINT guess_attempt_network_fkey FOREIGN KEY (network) REFERENCES identity.guess_network(network) ON DELETE CASCADE;

ALTER TABLE ONLY identity.handoff
    ADD CONSTRAINT handoff_session_id_fkey FOREIGN KEY (session_id) REFERENCES identity.session(id);

ALTER TABLE ONLY identity.handoff
    ADD CONSTRAINT handoff_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.link_token
    ADD CONSTRAINT link_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.mfa_token
    ADD CONSTRAINT mfa_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.notice_budget
    ADD CONSTRAINT notice_budget_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.passkey
    ADD CONSTRAINT passkey_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.personal_export
    ADD CONSTRAINT personal_export_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.recovery_code
    ADD CONSTRAINT recovery_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.second_factor_reset
    ADD CONSTRAINT second_factor_reset_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY identity.session
    ADD CONSTRAINT session_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES identity.session(id);

ALTER TABLE ONLY identity.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY jobs.pause
    ADD CONSTRAINT pause_kind_id_fkey FOREIGN KEY (kind_id) REFERENCES jobs.kind(id);

ALTER TABLE ONLY jobs.saga_step
    ADD CONSTRAINT saga_step_saga_id_fkey FOREIGN KEY (saga_id) REFERENCES jobs.saga(id);

ALTER TABLE ONLY notifications.mail_feedback
    ADD CONSTRAINT mail_feedback_mail_id_org_id_fkey FOREIGN KEY (mail_id, org_id) REFERENCES notifications.mail(id, org_id);

ALTER TABLE ONLY notifications.webhook_attempt
    ADD CONSTRAINT webhook_attempt_org_id_endpoint_id_message_id_fkey FOREIGN KEY (org_id, endpoint_id, message_id) REFERENCES notifications.webhook_delivery(org_id, endpoint_id, message_id) ON DELETE CASCADE;

ALTER TABLE ONLY notifications.webhook_delivery
    ADD CONSTRAINT webhook_delivery_org_id_endpoint_id_fkey FOREIGN KEY (org_id, endpoint_id) REFERENCES notifications.webhook_endpoint(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY notifications.webhook_delivery
    ADD CONSTRAINT webhook_delivery_org_id_message_id_fkey FOREIGN KEY (org_id, message_id) REFERENCES notifications.webhook_message(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY notifications.webhook_secret
    ADD CONSTRAINT webhook_secret_org_id_endpoint_id_fkey FOREIGN KEY (org_id, endpoint_id) REFERENCES notifications.webhook_endpoint(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.operation_event
    ADD CONSTRAINT operation_event_of_same_org FOREIGN KEY (org_id, operation_id) REFERENCES operations.operation(org_id, id);

ALTER TABLE ONLY operations.operation
    ADD CONSTRAINT operation_parent_of_same_org FOREIGN KEY (org_id, parent_id) REFERENCES operations.operation(org_id, id);

ALTER TABLE ONLY orgs.graph_slot
    ADD CONSTRAINT graph_slot_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.imported_row
    ADD CONSTRAINT imported_row_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.invitation
    ADD CONSTRAINT invitation_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES identity.account(id);

ALTER TABLE ONLY orgs.invitation
    ADD CONSTRAINT invitation_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES identity.account(id);

ALTER TABLE ONLY orgs.invitation
    ADD CONSTRAINT invitation_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.limit_warning
    ADD CONSTRAINT limit_warning_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.membership
    ADD CONSTRAINT membership_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.membership
    ADD CONSTRAINT membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY orgs.org_deletion
    ADD CONSTRAINT org_deletion_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.org_deletion
    ADD CONSTRAINT org_deletion_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES identity.account(id);

ALTER TABLE ONLY orgs.org_export
    ADD CONSTRAINT org_export_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.org_export_piece
    ADD CONSTRAINT org_export_piece_of_same_org FOREIGN KEY (org_id, export_id) REFERENCES orgs.org_export(org_id, id);

ALTER TABLE ONLY orgs.org_export
    ADD CONSTRAINT org_export_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES identity.account(id);

ALTER TABLE ONLY orgs.org_limits
    ADD CONSTRAINT org_limits_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.org
    ADD CONSTRAINT org_personal_owner_id_fkey FOREIGN KEY (personal_owner_id) REFERENCES identity.account(id);

ALTER TABLE ONLY orgs.ownership_transfer
    ADD CONSTRAINT ownership_transfer_from_user_id_fkey FOREIGN KEY (from_user_id) REFERENCES identity.account(id);

ALTER TABLE ONLY orgs.ownership_transfer
    ADD CONSTRAINT ownership_transfer_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs.org(id);

ALTER TABLE ONLY orgs.ownership_transfer
    ADD CONSTRAINT ownership_transfer_to_user_id_fkey FOREIGN KEY (to_user_id) REFERENCES identity.account(id);

ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_billing ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_billing_other ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_general ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_general_other ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_mixed ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_mutation ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_mutation_other ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.entry_other ENABLE ROW LEVEL SECURITY;

CREATE POLICY erase ON audit.private_part FOR DELETE USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY own ON audit.sink USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE audit.private_part ENABLE ROW LEVEL SECURITY;

CREATE POLICY read_own ON audit.entry FOR SELECT USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (ref_org = ( SELECT public.trellis_org_id() AS trellis_org_id)) OR (ref_user = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY read_own ON audit.private_part FOR SELECT USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (is_shared AND ((ref_org = ( SELECT public.trellis_org_id() AS trellis_org_id)) OR (ref_user = ( SELECT public.trellis_user_id() AS trellis_user_id))))));

CREATE POLICY read_rest ON audit.entry_billing_other FOR SELECT USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY read_rest ON audit.entry_general_other FOR SELECT USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY read_rest ON audit.entry_mutation_other FOR SELECT USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE audit.sink ENABLE ROW LEVEL SECURITY;

CREATE POLICY write_own ON audit.entry FOR INSERT WITH CHECK ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (ref_org IS NULL) OR (ref_org = ( SELECT public.trellis_org_id() AS trellis_org_id)) OR (ref_user = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY write_own ON audit.private_part FOR INSERT WITH CHECK ((( SELECT public.trellis_is_system() AS trellis_is_system) OR ((ref_org IS NULL) AND (ref_user IS NULL)) OR (ref_org = ( SELECT public.trellis_org_id() AS trellis_org_id)) OR (ref_user = ( SELECT public.trellis_user_id() AS trellis_user_id))));

ALTER TABLE billing.account_credit ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.account_credit_entry ENABLE ROW LEVEL SECURITY;

CREATE POLICY account_credit_entry_of_org ON billing.account_credit_entry USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY account_credit_of_org ON billing.account_credit USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.action_guard ENABLE ROW LEVEL SECURITY;

CREATE POLICY action_guard_of_system ON billing.action_guard USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE billing.checkout ENABLE ROW LEVEL SECURITY;

CREATE POLICY checkout_of_org ON billing.checkout USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.collected_payment ENABLE ROW LEVEL SECURITY;

CREATE POLICY collected_payment_of_org ON billing.collected_payment USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.compensation ENABLE ROW LEVEL SECURITY;

CREATE POLICY compensation_of_org ON billing.compensation USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.credit_day ENABLE ROW LEVEL SECURITY;

CREATE POLICY credit_day_of_org ON billing.credit_day USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.credit_hold ENABLE ROW LEVEL SECURITY;

CREATE POLICY credit_hold_of_org ON billing.credit_hold USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.credit_pool ENABLE ROW LEVEL SECURITY;

CREATE POLICY credit_pool_of_org ON billing.credit_pool USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.credit_transaction ENABLE ROW LEVEL SECURITY;

CREATE POLICY credit_transaction_of_org ON billing.credit_transaction USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.customer ENABLE ROW LEVEL SECURITY;

CREATE POLICY customer_of_org ON billing.customer USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.decision ENABLE ROW LEVEL SECURITY;

CREATE POLICY decision_of_org ON billing.decision USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.dispute ENABLE ROW LEVEL SECURITY;

CREATE POLICY dispute_of_org ON billing.dispute USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.drift_item ENABLE ROW LEVEL SECURITY;

CREATE POLICY drift_item_of_org ON billing.drift_item USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.dunning_case ENABLE ROW LEVEL SECURITY;

CREATE POLICY dunning_case_of_org ON billing.dunning_case USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.guarded_action ENABLE ROW LEVEL SECURITY;

CREATE POLICY guarded_action_of_system ON billing.guarded_action USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE billing.idle_case ENABLE ROW LEVEL SECURITY;

CREATE POLICY idle_case_of_org ON billing.idle_case USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.idle_evaluation ENABLE ROW LEVEL SECURITY;

CREATE POLICY idle_evaluation_of_org ON billing.idle_evaluation USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.idle_guard ENABLE ROW LEVEL SECURITY;

CREATE POLICY idle_guard_of_system ON billing.idle_guard USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE billing.inbound_event ENABLE ROW LEVEL SECURITY;

CREATE POLICY inbound_event_of_system ON billing.inbound_event USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE billing.intent ENABLE ROW LEVEL SECURITY;

CREATE POLICY intent_of_org ON billing.intent USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.invoice ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.invoice_line ENABLE ROW LEVEL SECURITY;

CREATE POLICY invoice_line_of_org ON billing.invoice_line USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY invoice_of_org ON billing.invoice USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.keep_token_use ENABLE ROW LEVEL SECURITY;

CREATE POLICY keep_token_use_of_org ON billing.keep_token_use USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.notice ENABLE ROW LEVEL SECURITY;

CREATE POLICY notice_of_org ON billing.notice USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.payment_method ENABLE ROW LEVEL SECURITY;

CREATE POLICY payment_method_of_org ON billing.payment_method USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.plan_change ENABLE ROW LEVEL SECURITY;

CREATE POLICY plan_change_of_org ON billing.plan_change USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.recorded_payment ENABLE ROW LEVEL SECURITY;

CREATE POLICY recorded_payment_of_org ON billing.recorded_payment USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.refund ENABLE ROW LEVEL SECURITY;

CREATE POLICY refund_of_org ON billing.refund USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE billing.subscription ENABLE ROW LEVEL SECURITY;

CREATE POLICY subscription_of_org ON billing.subscription USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE graphs.backup_download ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.graph ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.graph_backup ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.graph_credential ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.graph_grant ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.host_slot ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.left_place ENABLE ROW LEVEL SECURITY;

CREATE POLICY operators ON graphs.left_place USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY operators ON graphs.orphan_finding USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE graphs.orphan_finding ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON graphs.selected_graph USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id)) OR (EXISTS ( SELECT
   FROM graphs.graph g
  WHERE ((g.id = selected_graph.graph_id) AND (g.org_id = ( SELECT public.trellis_org_id() AS trellis_org_id)))))));

ALTER TABLE graphs.repository_grant ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.selected_graph ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.storage_day ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.storage_measure ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.storage_sample ENABLE ROW LEVEL SECURITY;

ALTER TABLE graphs.teardown ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON graphs.backup_download USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.graph USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.graph_backup USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.graph_credential USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.graph_grant USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.host_slot USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id IS NULL) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id)) OR ((state = 'reserved'::text) AND (graph_id IS NULL))));

CREATE POLICY tenant ON graphs.repository_grant USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.storage_day USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.storage_measure USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.storage_sample USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON graphs.teardown USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE identity.account ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.activity_canary ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.api_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.api_key_network ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.captcha_use ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.ceremony_challenge ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.guess_account ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.guess_attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.guess_network ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.handoff ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.link_token ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.mfa_token ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.notice_budget ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON identity.account USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.api_key USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.api_key_network USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.ceremony_challenge USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.handoff USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.link_token USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.mfa_token USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.notice_budget USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.passkey USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.personal_export USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.recovery_code USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.second_factor_reset USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON identity.session USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

ALTER TABLE identity.passkey ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.personal_export ENABLE ROW LEVEL SECURITY;

CREATE POLICY product ON identity.captcha_use USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY product ON identity.guess_account USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY product ON identity.guess_attempt USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY product ON identity.guess_network USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE identity.recovery_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.second_factor_reset ENABLE ROW LEVEL SECURITY;

CREATE POLICY seen_by_fellow_members ON identity.account FOR SELECT USING ((EXISTS ( SELECT
   FROM orgs.membership m
  WHERE ((m.user_id = account.id) AND (m.org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))))));

ALTER TABLE identity.session ENABLE ROW LEVEL SECURITY;

CREATE POLICY system ON identity.activity_canary USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE notifications.mail ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.mail_feedback ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.notice ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.notice_round ENABLE ROW LEVEL SECURITY;

CREATE POLICY notice_round_of_org ON notifications.notice_round USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE notifications.operator_alert ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.org_brand ENABLE ROW LEVEL SECURITY;

CREATE POLICY org_brand_of_org ON notifications.org_brand USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE notifications.org_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY org_default_of_org ON notifications.org_default USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON notifications.notice USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY own ON notifications.preference USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

ALTER TABLE notifications.preference ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.suppression ENABLE ROW LEVEL SECURITY;

CREATE POLICY system ON notifications.operator_alert USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY system ON notifications.suppression USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY system ON notifications.unsubscription USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY tenant ON notifications.mail USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id)) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY tenant ON notifications.mail_feedback USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON notifications.webhook_attempt USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON notifications.webhook_delivery USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON notifications.webhook_endpoint USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON notifications.webhook_message USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON notifications.webhook_secret USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON notifications.webhook_sequence USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE notifications.unsubscription ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.webhook_attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.webhook_delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.webhook_endpoint ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.webhook_message ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.webhook_secret ENABLE ROW LEVEL SECURITY;

ALTER TABLE notifications.webhook_sequence ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.idempotency_record ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.monthly_report ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.operation ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.operation_event ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON operations.stream_lease USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (user_id = ( SELECT public.trellis_user_id() AS trellis_user_id))));

ALTER TABLE operations.stream_lease ENABLE ROW LEVEL SECURITY;

CREATE POLICY system ON operations.monthly_report USING (( SELECT public.trellis_is_system() AS trellis_is_system));

CREATE POLICY tenant ON operations.idempotency_record USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY tenant ON operations.operation USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id)) OR (started_by = ( SELECT public.trellis_user_id() AS trellis_user_id))));

CREATE POLICY tenant ON operations.operation_event USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY counted_over_all_orgs ON orgs.send_budget USING (( SELECT public.trellis_is_system() AS trellis_is_system));

ALTER TABLE orgs.graph_slot ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.imported_row ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.invitation ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.limit_warning ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.membership ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.org ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.org_deletion ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.org_export ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.org_export_piece ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.org_limits ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON orgs.graph_slot USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.imported_row USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.invitation USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.limit_warning USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.membership USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.org USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.org_deletion USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.org_export USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.org_export_piece USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.org_limits USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

CREATE POLICY own ON orgs.ownership_transfer USING ((( SELECT public.trellis_is_system() AS trellis_is_system) OR (org_id = ( SELECT public.trellis_org_id() AS trellis_org_id))));

ALTER TABLE orgs.ownership_transfer ENABLE ROW LEVEL SECURITY;

ALTER TABLE orgs.send_budget ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA admin TO trellis_app;
GRANT USAGE ON SCHEMA admin TO trellis_system;

GRANT USAGE ON SCHEMA audit TO trellis_app;
GRANT USAGE ON SCHEMA audit TO trellis_system;
GRANT USAGE ON SCHEMA audit TO trellis_eraser;
GRANT ALL ON SCHEMA audit TO trellis_remover;

GRANT USAGE ON SCHEMA billing TO trellis_app;
GRANT USAGE ON SCHEMA billing TO trellis_system;

GRANT USAGE ON SCHEMA graphs TO trellis_app;
GRANT USAGE ON SCHEMA graphs TO trellis_system;

GRANT USAGE ON SCHEMA identity TO trellis_app;
GRANT USAGE ON SCHEMA identity TO trellis_system;

GRANT USAGE ON SCHEMA jobs TO trellis_app;
GRANT USAGE ON SCHEMA jobs TO trellis_system;

GRANT USAGE ON SCHEMA limits TO trellis_app;
GRANT USAGE ON SCHEMA limits TO trellis_system;

GRANT USAGE ON SCHEMA notifications TO trellis_app;
GRANT USAGE ON SCHEMA notifications TO trellis_system;

GRANT USAGE ON SCHEMA operations TO trellis_app;
GRANT USAGE ON SCHEMA operations TO trellis_system;

GRANT USAGE ON SCHEMA orgs TO trellis_app;
GRANT USAGE ON SCHEMA orgs TO trellis_system;

GRANT USAGE ON SCHEMA trellis TO trellis_owner;
GRANT USAGE ON SCHEMA trellis TO trellis_app;
GRANT USAGE ON SCHEMA trellis TO trellis_system;

REVOKE ALL ON FUNCTION audit.backlog() FROM PUBLIC;
GRANT ALL ON FUNCTION audit.backlog() TO trellis_app;
GRANT ALL ON FUNCTION audit.backlog() TO trellis_system;

REVOKE ALL ON FUNCTION audit.detach_month(month date, retention_group text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.detach_month(month date, retention_group text, at timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION audit.drop_month(month date, retention_group text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.drop_month(month date, retention_group text, at timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION audit.ensure_month(month date) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.ensure_month(month date) TO trellis_system;

REVOKE ALL ON FUNCTION audit.ensure_month(month date, retention_group text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.ensure_month(month date, retention_group text) TO trellis_system;

REVOKE ALL ON FUNCTION audit.erase_expired_private(before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.erase_expired_private(before timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION audit.erase_older_private(before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.erase_older_private(before timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION audit.erase_private(cause text, before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.erase_private(cause text, before timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION audit.erase_private_of_deleted() FROM PUBLIC;
GRANT ALL ON FUNCTION audit.erase_private_of_deleted() TO trellis_system;

REVOKE ALL ON FUNCTION audit.guard_part(name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.is_held(org uuid, person uuid, graph text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.is_held(org uuid, person uuid, graph text) TO trellis_eraser;
GRANT ALL ON FUNCTION audit.is_held(org uuid, person uuid, graph text) TO trellis_remover;

REVOKE ALL ON FUNCTION audit.keep_holds() FROM PUBLIC;
GRANT ALL ON FUNCTION audit.keep_holds() TO trellis_remover;

REVOKE ALL ON FUNCTION audit.make_rest(retention_group text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.missing_months() FROM PUBLIC;
GRANT ALL ON FUNCTION audit.missing_months() TO trellis_system;

REVOKE ALL ON FUNCTION audit.month_is_free(month date, retention_group text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.month_is_free(month date, retention_group text) TO trellis_system;

REVOKE ALL ON FUNCTION audit.own_place(behind bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.own_place(behind bigint) TO trellis_app;
GRANT ALL ON FUNCTION audit.own_place(behind bigint) TO trellis_system;

REVOKE ALL ON FUNCTION audit.proof_checkpoint(covering bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.proof_checkpoint(covering bigint) TO trellis_app;
GRANT ALL ON FUNCTION audit.proof_checkpoint(covering bigint) TO trellis_system;

REVOKE ALL ON FUNCTION audit.proof_following(entry uuid, upto bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.proof_following(entry uuid, upto bigint) TO trellis_app;
GRANT ALL ON FUNCTION audit.proof_following(entry uuid, upto bigint) TO trellis_system;

REVOKE ALL ON FUNCTION audit.proof_leaves(upto bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.proof_leaves(upto bigint) TO trellis_app;
GRANT ALL ON FUNCTION audit.proof_leaves(upto bigint) TO trellis_system;

REVOKE ALL ON FUNCTION audit.proof_link(entry uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.proof_link(entry uuid) TO trellis_app;
GRANT ALL ON FUNCTION audit.proof_link(entry uuid) TO trellis_system;

REVOKE ALL ON FUNCTION audit.require_entry() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.seal_of(entry uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.seal_of(entry uuid) TO trellis_app;
GRANT ALL ON FUNCTION audit.seal_of(entry uuid) TO trellis_system;

REVOKE ALL ON FUNCTION audit.unfiled_bytes() FROM PUBLIC;
GRANT ALL ON FUNCTION audit.unfiled_bytes() TO trellis_system;

REVOKE ALL ON FUNCTION audit.write_checks() FROM PUBLIC;

REVOKE ALL ON FUNCTION billing.close_hold(which_hold uuid, new_state text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION billing.close_hold(which_hold uuid, new_state text, at timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION billing.close_hold(which_hold uuid, new_state text, at timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION billing.hold_credits(hold_id uuid, which_pool uuid, wanted bigint, hold_key text, until timestamp with time zone, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION billing.hold_credits(hold_id uuid, which_pool uuid, wanted bigint, hold_key text, until timestamp with time zone, at timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION billing.hold_credits(hold_id uuid, which_pool uuid, wanted bigint, hold_key text, until timestamp with time zone, at timestamp with time zone) TO trellis_system;

GRANT ALL ON FUNCTION billing.payer_name(which uuid) TO trellis_app;
GRANT ALL ON FUNCTION billing.payer_name(which uuid) TO trellis_system;

REVOKE ALL ON FUNCTION billing.pending_idle_cases(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION billing.pending_idle_cases(p_user uuid) TO trellis_app;
GRANT ALL ON FUNCTION billing.pending_idle_cases(p_user uuid) TO trellis_system;

REVOKE ALL ON FUNCTION billing.post_credits(entry_id uuid, which_pool uuid, entry_type text, wanted bigint, entry_key text, drains boolean, settles uuid, entry_operation text, entry_operation_id text, entry_description text, entry_user uuid, entry_request text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION billing.post_credits(entry_id uuid, which_pool uuid, entry_type text, wanted bigint, entry_key text, drains boolean, settles uuid, entry_operation text, entry_operation_id text, entry_description text, entry_user uuid, entry_request text, at timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION billing.post_credits(entry_id uuid, which_pool uuid, entry_type text, wanted bigint, entry_key text, drains boolean, settles uuid, entry_operation text, entry_operation_id text, entry_description text, entry_user uuid, entry_request text, at timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION billing.take_invoice_number(which_issuer text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION billing.take_invoice_number(which_issuer text, at timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION billing.take_invoice_number(which_issuer text, at timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION graphs.due_graphs(at timestamp with time zone, only_graph text) FROM PUBLIC;
GRANT ALL ON FUNCTION graphs.due_graphs(at timestamp with time zone, only_graph text) TO trellis_system;
GRANT ALL ON FUNCTION graphs.due_graphs(at timestamp with time zone, only_graph text) TO trellis_app;

REVOKE ALL ON FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_now timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_now timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_network text, p_touches boolean, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_network text, p_touches boolean, p_now timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION identity.authenticate(p_session uuid, p_generation integer, p_key bytea, p_org uuid, p_network text, p_touches boolean, p_now timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION identity.clean_up(p_now timestamp with time zone, p_limit integer, OUT links integer, OUT exports integer, OUT sessions integer) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.clean_up(p_now timestamp with time zone, p_limit integer, OUT links integer, OUT exports integer, OUT sessions integer) TO trellis_system;

REVOKE ALL ON FUNCTION identity.clean_up_ceremonies(p_now timestamp with time zone, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.clean_up_ceremonies(p_now timestamp with time zone, p_limit integer) TO trellis_system;

REVOKE ALL ON FUNCTION identity.erase_traces(p_user uuid, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.erase_traces(p_user uuid, p_key text) TO trellis_system;

REVOKE ALL ON FUNCTION identity.has_pending_idle_case(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.has_pending_idle_case(p_user uuid) TO trellis_app;
GRANT ALL ON FUNCTION identity.has_pending_idle_case(p_user uuid) TO trellis_system;

REVOKE ALL ON FUNCTION identity.id_text(p_prefix text, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.id_text(p_prefix text, p_id uuid) TO trellis_app;
GRANT ALL ON FUNCTION identity.id_text(p_prefix text, p_id uuid) TO trellis_system;

REVOKE ALL ON FUNCTION identity.last_use(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.last_use(p_user uuid) TO trellis_app;
GRANT ALL ON FUNCTION identity.last_use(p_user uuid) TO trellis_system;

REVOKE ALL ON FUNCTION identity.purge_account(p_user uuid, p_now timestamp with time zone, OUT sessions integer, OUT keys integer) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.purge_account(p_user uuid, p_now timestamp with time zone, OUT sessions integer, OUT keys integer) TO trellis_app;
GRANT ALL ON FUNCTION identity.purge_account(p_user uuid, p_now timestamp with time zone, OUT sessions integer, OUT keys integer) TO trellis_system;

REVOKE ALL ON FUNCTION identity.record_pending_activity(p_user uuid, p_session uuid, p_generation integer, p_key uuid, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.record_pending_activity(p_user uuid, p_session uuid, p_generation integer, p_key uuid, p_now timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION identity.record_pending_activity(p_user uuid, p_session uuid, p_generation integer, p_key uuid, p_now timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION jobs.forget_history(days integer, rows integer) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.forget_history(days integer, rows integer) TO trellis_system;

REVOKE ALL ON FUNCTION jobs.keep_history(days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.keep_history(days integer) TO trellis_system;

REVOKE ALL ON FUNCTION notifications.withdraw_mails(p_prefix text, p_note text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION notifications.withdraw_mails(p_prefix text, p_note text, p_now timestamp with time zone) TO trellis_app;
GRANT ALL ON FUNCTION notifications.withdraw_mails(p_prefix text, p_note text, p_now timestamp with time zone) TO trellis_system;

REVOKE ALL ON FUNCTION orgs.last_use(p_org uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION orgs.last_use(p_org uuid) TO trellis_app;
GRANT ALL ON FUNCTION orgs.last_use(p_org uuid) TO trellis_system;

REVOKE ALL ON FUNCTION public.trellis_scope_policies() FROM PUBLIC;
GRANT ALL ON FUNCTION public.trellis_scope_policies() TO trellis_owner;

GRANT SELECT,INSERT ON TABLE admin.approval TO trellis_app;
GRANT SELECT,INSERT ON TABLE admin.approval TO trellis_system;

GRANT UPDATE(status) ON TABLE admin.approval TO trellis_app;
GRANT UPDATE(status) ON TABLE admin.approval TO trellis_system;

GRANT UPDATE(decided_by) ON TABLE admin.approval TO trellis_app;
GRANT UPDATE(decided_by) ON TABLE admin.approval TO trellis_system;

GRANT UPDATE(decided_at) ON TABLE admin.approval TO trellis_app;
GRANT UPDATE(decided_at) ON TABLE admin.approval TO trellis_system;

GRANT UPDATE(decided_because) ON TABLE admin.approval TO trellis_app;
GRANT UPDATE(decided_because) ON TABLE admin.approval TO trellis_system;

GRANT UPDATE(ended_at) ON TABLE admin.approval TO trellis_app;
GRANT UPDATE(ended_at) ON TABLE admin.approval TO trellis_system;

GRANT SELECT,INSERT ON TABLE admin.operator TO trellis_app;
GRANT SELECT,INSERT ON TABLE admin.operator TO trellis_system;

GRANT UPDATE(role) ON TABLE admin.operator TO trellis_app;
GRANT UPDATE(role) ON TABLE admin.operator TO trellis_system;

GRANT UPDATE(disabled_at) ON TABLE admin.operator TO trellis_app;
GRANT UPDATE(disabled_at) ON TABLE admin.operator TO trellis_system;

GRANT UPDATE(email) ON TABLE admin.operator TO trellis_app;
GRANT UPDATE(email) ON TABLE admin.operator TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE admin.operator_allowance TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE admin.operator_allowance TO trellis_system;

GRANT SELECT,INSERT,DELETE ON TABLE admin.operator_challenge TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE admin.operator_challenge TO trellis_system;

GRANT SELECT,INSERT ON TABLE admin.operator_enrolment TO trellis_app;
GRANT SELECT,INSERT ON TABLE admin.operator_enrolment TO trellis_system;

GRANT UPDATE(used_at) ON TABLE admin.operator_enrolment TO trellis_app;
GRANT UPDATE(used_at) ON TABLE admin.operator_enrolment TO trellis_system;

GRANT SELECT,INSERT ON TABLE admin.operator_passkey TO trellis_app;
GRANT SELECT,INSERT ON TABLE admin.operator_passkey TO trellis_system;

GRANT UPDATE(sign_count) ON TABLE admin.operator_passkey TO trellis_app;
GRANT UPDATE(sign_count) ON TABLE admin.operator_passkey TO trellis_system;

GRANT UPDATE(used_at) ON TABLE admin.operator_passkey TO trellis_app;
GRANT UPDATE(used_at) ON TABLE admin.operator_passkey TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE admin.operator_request TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE admin.operator_request TO trellis_system;

GRANT SELECT,INSERT ON TABLE admin.operator_session TO trellis_app;
GRANT SELECT,INSERT ON TABLE admin.operator_session TO trellis_system;

GRANT UPDATE(seen_at) ON TABLE admin.operator_session TO trellis_app;
GRANT UPDATE(seen_at) ON TABLE admin.operator_session TO trellis_system;

GRANT UPDATE(ended_at) ON TABLE admin.operator_session TO trellis_app;
GRANT UPDATE(ended_at) ON TABLE admin.operator_session TO trellis_system;

GRANT SELECT,INSERT ON TABLE admin.operator_token TO trellis_app;
GRANT SELECT,INSERT ON TABLE admin.operator_token TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.archive TO trellis_system;
GRANT SELECT ON TABLE audit.archive TO trellis_remover;

GRANT UPDATE(dropped_at) ON TABLE audit.archive TO trellis_remover;

GRANT SELECT,INSERT,UPDATE ON TABLE audit.chain_head TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.checkpoint TO trellis_system;

GRANT SELECT ON TABLE audit.coverage TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.deduplication TO trellis_app;
GRANT SELECT,INSERT ON TABLE audit.deduplication TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.entry TO trellis_app;
GRANT SELECT,INSERT ON TABLE audit.entry TO trellis_system;

GRANT SELECT(id) ON TABLE audit.entry TO trellis_eraser;

GRANT SELECT(type) ON TABLE audit.entry TO trellis_eraser;

GRANT SELECT(ref_user) ON TABLE audit.entry TO trellis_eraser;

GRANT SELECT(ref_graph) ON TABLE audit.entry TO trellis_eraser;

GRANT SELECT ON TABLE audit.event_type TO trellis_app;
GRANT SELECT ON TABLE audit.event_type TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.legal_hold TO trellis_app;
GRANT SELECT,INSERT ON TABLE audit.legal_hold TO trellis_system;

GRANT UPDATE(lifted_at) ON TABLE audit.legal_hold TO trellis_app;
GRANT UPDATE(lifted_at) ON TABLE audit.legal_hold TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.link TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.network_client TO trellis_app;
GRANT SELECT,INSERT ON TABLE audit.network_client TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.node TO trellis_app;
GRANT SELECT,INSERT ON TABLE audit.node TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.private_part TO trellis_app;
GRANT SELECT,INSERT ON TABLE audit.private_part TO trellis_system;
GRANT SELECT,DELETE ON TABLE audit.private_part TO trellis_eraser;
GRANT SELECT,DELETE ON TABLE audit.private_part TO trellis_remover;

GRANT SELECT ON TABLE audit.reference_kind TO trellis_app;
GRANT SELECT ON TABLE audit.reference_kind TO trellis_system;

GRANT SELECT,INSERT ON TABLE audit.signing_key TO trellis_system;
GRANT SELECT ON TABLE audit.signing_key TO trellis_app;

GRANT SELECT,INSERT,UPDATE ON TABLE audit.sink TO trellis_system;
GRANT SELECT,INSERT ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(target) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(sealed_secret) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(seal) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(checkpoint) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(key_sequence) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(paused_at) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(failing_since) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(attempts) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(next_attempt_at) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(alerted_at) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(last_error) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(leased_until) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE(removed_at) ON TABLE audit.sink TO trellis_app;

GRANT UPDATE("position") ON TABLE audit.sink TO trellis_app;

GRANT SELECT ON TABLE audit.type_writer TO trellis_app;
GRANT SELECT ON TABLE audit.type_writer TO trellis_system;

GRANT SELECT,DELETE ON TABLE audit.unsealed TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.account_credit TO trellis_app;
GRANT SELECT,INSERT ON TABLE billing.account_credit TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.account_credit_entry TO trellis_app;
GRANT SELECT,INSERT ON TABLE billing.account_credit_entry TO trellis_system;

GRANT SELECT,UPDATE ON TABLE billing.action_guard TO trellis_app;
GRANT SELECT,UPDATE ON TABLE billing.action_guard TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.call_bucket TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.call_bucket TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.catalogue_version TO trellis_app;
GRANT SELECT,INSERT ON TABLE billing.catalogue_version TO trellis_system;

GRANT UPDATE(activated_at) ON TABLE billing.catalogue_version TO trellis_app;
GRANT UPDATE(activated_at) ON TABLE billing.catalogue_version TO trellis_system;

GRANT UPDATE(is_active) ON TABLE billing.catalogue_version TO trellis_app;
GRANT UPDATE(is_active) ON TABLE billing.catalogue_version TO trellis_system;

GRANT UPDATE(activated_by) ON TABLE billing.catalogue_version TO trellis_app;
GRANT UPDATE(activated_by) ON TABLE billing.catalogue_version TO trellis_system;

GRANT UPDATE(summary) ON TABLE billing.catalogue_version TO trellis_app;
GRANT UPDATE(summary) ON TABLE billing.catalogue_version TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.checkout TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.checkout TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.collected_payment TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.collected_payment TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.compensation TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.compensation TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.control TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.control TO trellis_system;

GRANT SELECT ON TABLE billing.credit_day TO trellis_app;
GRANT SELECT ON TABLE billing.credit_day TO trellis_system;

GRANT SELECT ON TABLE billing.credit_hold TO trellis_app;
GRANT SELECT ON TABLE billing.credit_hold TO trellis_system;

GRANT SELECT ON TABLE billing.credit_pool TO trellis_app;
GRANT SELECT ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(id) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(id) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(org_id) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(org_id) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(subscription_id),UPDATE(subscription_id) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(subscription_id),UPDATE(subscription_id) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(scope) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(scope) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(resource_id) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(resource_id) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(subscriber_id) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(subscriber_id) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(allocation),UPDATE(allocation) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(allocation),UPDATE(allocation) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(anchor) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(anchor) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(window_start),UPDATE(window_start) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(window_start),UPDATE(window_start) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(window_end),UPDATE(window_end) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(window_end),UPDATE(window_end) ON TABLE billing.credit_pool TO trellis_system;

GRANT UPDATE(allocated_at) ON TABLE billing.credit_pool TO trellis_app;
GRANT UPDATE(allocated_at) ON TABLE billing.credit_pool TO trellis_system;

GRANT UPDATE(low_notice) ON TABLE billing.credit_pool TO trellis_app;
GRANT UPDATE(low_notice) ON TABLE billing.credit_pool TO trellis_system;

GRANT UPDATE(closed_at) ON TABLE billing.credit_pool TO trellis_app;
GRANT UPDATE(closed_at) ON TABLE billing.credit_pool TO trellis_system;

GRANT INSERT(created_at) ON TABLE billing.credit_pool TO trellis_app;
GRANT INSERT(created_at) ON TABLE billing.credit_pool TO trellis_system;

GRANT SELECT ON TABLE billing.credit_transaction TO trellis_app;
GRANT SELECT ON TABLE billing.credit_transaction TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.customer TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.customer TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.decision TO trellis_app;
GRANT SELECT,INSERT ON TABLE billing.decision TO trellis_system;

GRANT SELECT ON TABLE billing.dispute TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.dispute TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.drift_item TO trellis_system;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.drift_item TO trellis_app;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.dunning_case TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.dunning_case TO trellis_system;

GRANT SELECT,INSERT,DELETE ON TABLE billing.guarded_action TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE billing.guarded_action TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.idle_case TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.idle_case TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.idle_evaluation TO trellis_app;
GRANT SELECT,INSERT ON TABLE billing.idle_evaluation TO trellis_system;

GRANT SELECT,UPDATE ON TABLE billing.idle_guard TO trellis_app;
GRANT SELECT,UPDATE ON TABLE billing.idle_guard TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.inbound_event TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.inbound_event TO trellis_system;

GRANT UPDATE(state) ON TABLE billing.inbound_event TO trellis_app;

GRANT UPDATE(outcome) ON TABLE billing.inbound_event TO trellis_app;

GRANT UPDATE(park_reason) ON TABLE billing.inbound_event TO trellis_app;

GRANT UPDATE(settled_at) ON TABLE billing.inbound_event TO trellis_app;

GRANT UPDATE(assigned_org_id) ON TABLE billing.inbound_event TO trellis_app;

GRANT UPDATE(assigned_subscription_id) ON TABLE billing.inbound_event TO trellis_app;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.intent TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.intent TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.invoice TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.invoice TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE billing.invoice_line TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE billing.invoice_line TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.keep_token_use TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE billing.keep_token_use TO trellis_system;

GRANT SELECT,INSERT ON TABLE billing.notice TO trellis_app;
GRANT SELECT,INSERT ON TABLE billing.notice TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.payment_method TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.payment_method TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.plan_change TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.plan_change TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.plan_price TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.plan_price TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.provider_cursor TO trellis_system;

GRANT USAGE ON SEQUENCE billing.provider_read TO trellis_app;
GRANT USAGE ON SEQUENCE billing.provider_read TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.reconciliation_run TO trellis_system;
GRANT SELECT ON TABLE billing.reconciliation_run TO trellis_app;

GRANT SELECT,INSERT ON TABLE billing.recorded_payment TO trellis_app;
GRANT SELECT,INSERT ON TABLE billing.recorded_payment TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.refund TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.refund TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE billing.subscription TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE billing.subscription TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE graphs.backup_download TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE graphs.backup_download TO trellis_system;

GRANT SELECT ON TABLE graphs.deployment TO trellis_app;
GRANT SELECT ON TABLE graphs.deployment TO trellis_system;

GRANT SELECT ON TABLE graphs.engine_mark TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.engine_mark TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE graphs.graph TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.graph TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE graphs.graph_backup TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE graphs.graph_backup TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE graphs.graph_credential TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.graph_credential TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.graph_grant TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.graph_grant TO trellis_system;

GRANT SELECT,INSERT ON TABLE graphs.graph_host TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE graphs.graph_host TO trellis_system;

GRANT UPDATE(state) ON TABLE graphs.graph_host TO trellis_app;

GRANT UPDATE(updated_at) ON TABLE graphs.graph_host TO trellis_app;

GRANT UPDATE(is_given_up) ON TABLE graphs.graph_host TO trellis_app;

GRANT SELECT ON TABLE graphs.host_sample TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE graphs.host_sample TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE graphs.host_slot TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE graphs.host_slot TO trellis_system;

GRANT SELECT,DELETE ON TABLE graphs.left_place TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.left_place TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.orphan_finding TO trellis_system;
GRANT SELECT,UPDATE ON TABLE graphs.orphan_finding TO trellis_app;

GRANT SELECT ON TABLE graphs.repository TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE graphs.repository TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE graphs.repository_grant TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE graphs.repository_grant TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.selected_graph TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.selected_graph TO trellis_system;

GRANT SELECT ON TABLE graphs.storage_day TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE graphs.storage_day TO trellis_system;

GRANT SELECT ON TABLE graphs.storage_measure TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.storage_measure TO trellis_system;

GRANT SELECT,INSERT ON TABLE graphs.storage_sample TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.storage_sample TO trellis_system;

GRANT UPDATE(facts) ON TABLE graphs.storage_sample TO trellis_app;

GRANT UPDATE(facts_at) ON TABLE graphs.storage_sample TO trellis_app;

GRANT SELECT,INSERT,UPDATE ON TABLE graphs.teardown TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE graphs.teardown TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE identity.account TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.account TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE identity.activity_canary TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.activity_canary TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE identity.api_key TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.api_key TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE identity.api_key_network TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.api_key_network TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.captcha_use TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.captcha_use TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.ceremony_challenge TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.ceremony_challenge TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.guess_account TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.guess_account TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.guess_attempt TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.guess_attempt TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.guess_network TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.guess_network TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.handoff TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.handoff TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE identity.link_token TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.link_token TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.mfa_token TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.mfa_token TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.notice_budget TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.notice_budget TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.membership TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orgs.membership TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org TO trellis_system;

GRANT SELECT ON TABLE identity.org_membership TO trellis_app;
GRANT SELECT ON TABLE identity.org_membership TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.passkey TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.passkey TO trellis_system;

GRANT SELECT ON TABLE identity.pending_idle_case TO trellis_app;
GRANT SELECT ON TABLE identity.pending_idle_case TO trellis_system;

GRANT SELECT,INSERT ON TABLE notifications.notice TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE notifications.notice TO trellis_system;

GRANT UPDATE(acknowledged_at) ON TABLE notifications.notice TO trellis_app;
GRANT UPDATE(acknowledged_at) ON TABLE notifications.notice TO trellis_system;

GRANT UPDATE(cleared_at) ON TABLE notifications.notice TO trellis_app;
GRANT UPDATE(cleared_at) ON TABLE notifications.notice TO trellis_system;

GRANT SELECT ON TABLE identity.pending_notice TO trellis_app;
GRANT SELECT ON TABLE identity.pending_notice TO trellis_system;

GRANT SELECT,INSERT ON TABLE identity.personal_export TO trellis_app;
GRANT SELECT,INSERT ON TABLE identity.personal_export TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.recovery_code TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.recovery_code TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.second_factor_reset TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.second_factor_reset TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE identity.session TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.session TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE jobs.clock_state TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE jobs.clock_state TO trellis_system;

GRANT SELECT ON TABLE jobs.cron TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.cron TO trellis_system;

GRANT UPDATE(last_tick) ON TABLE jobs.cron TO trellis_app;

GRANT UPDATE(is_paused) ON TABLE jobs.cron TO trellis_app;

GRANT UPDATE(overdue_at) ON TABLE jobs.cron TO trellis_app;

GRANT UPDATE(run_requested_at) ON TABLE jobs.cron TO trellis_app;

GRANT UPDATE(paused_because) ON TABLE jobs.cron TO trellis_app;

GRANT SELECT ON TABLE jobs.cron_tick TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.cron_tick TO trellis_system;

GRANT SELECT ON TABLE jobs.effect TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE jobs.effect TO trellis_system;

GRANT SELECT,INSERT ON TABLE jobs.event TO trellis_app;
GRANT SELECT,INSERT ON TABLE jobs.event TO trellis_system;

GRANT SELECT,UPDATE ON TABLE jobs.event_cursor TO trellis_system;
GRANT SELECT ON TABLE jobs.event_cursor TO trellis_app;

GRANT SELECT,INSERT,DELETE ON TABLE jobs.job TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.job TO trellis_system;

GRANT UPDATE(run_at) ON TABLE jobs.job TO trellis_app;

GRANT SELECT ON TABLE jobs.job_dead TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.job_dead TO trellis_system;

GRANT UPDATE(requeued_as) ON TABLE jobs.job_dead TO trellis_app;

GRANT UPDATE(discarded_because) ON TABLE jobs.job_dead TO trellis_app;

GRANT SELECT ON TABLE jobs.job_error TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE jobs.job_error TO trellis_system;

GRANT SELECT,INSERT ON TABLE jobs.job_history TO trellis_app;
GRANT SELECT,INSERT ON TABLE jobs.job_history TO trellis_system;

GRANT USAGE ON SEQUENCE jobs.job_id_seq TO trellis_app;
GRANT USAGE ON SEQUENCE jobs.job_id_seq TO trellis_system;

GRANT SELECT ON TABLE jobs.kind TO trellis_app;
GRANT SELECT ON TABLE jobs.kind TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.leader TO trellis_system;
GRANT SELECT ON TABLE jobs.leader TO trellis_app;

GRANT SELECT,INSERT,DELETE ON TABLE jobs.pause TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE jobs.pause TO trellis_system;

GRANT SELECT,INSERT ON TABLE jobs.saga TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE jobs.saga TO trellis_system;

GRANT UPDATE(state) ON TABLE jobs.saga TO trellis_app;

GRANT UPDATE(stuck_because) ON TABLE jobs.saga TO trellis_app;

GRANT UPDATE(updated_at) ON TABLE jobs.saga TO trellis_app;

GRANT SELECT,INSERT ON TABLE jobs.saga_step TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE jobs.saga_step TO trellis_system;

GRANT SELECT ON TABLE jobs.worker TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.worker TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.override TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.override TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.strict_bucket TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE limits.strict_bucket TO trellis_system;

GRANT SELECT ON TABLE notifications.mail TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE notifications.mail TO trellis_system;

GRANT SELECT(id) ON TABLE notifications.mail TO trellis_app;

GRANT SELECT ON TABLE notifications.accepted_mail TO trellis_app;
GRANT SELECT ON TABLE notifications.accepted_mail TO trellis_system;

GRANT SELECT,INSERT ON TABLE notifications.mail_feedback TO trellis_system;

GRANT SELECT ON TABLE notifications.mail_move TO trellis_app;
GRANT SELECT ON TABLE notifications.mail_move TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE notifications.notice_round TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE notifications.operator_alert TO trellis_system;

GRANT SELECT ON TABLE notifications.org_brand TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.org_brand TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE notifications.org_default TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.org_default TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE notifications.preference TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.preference TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE notifications.suppression TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE notifications.unsubscription TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE notifications.unsubscription TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_attempt TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_attempt TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_delivery TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_delivery TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_endpoint TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_endpoint TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_message TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_message TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_secret TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_secret TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_sequence TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE notifications.webhook_sequence TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE operations.idempotency_record TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.idempotency_record TO trellis_system;

GRANT SELECT ON TABLE operations.monthly_report TO trellis_app;
GRANT SELECT,INSERT ON TABLE operations.monthly_report TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE operations.operation TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.operation TO trellis_system;

GRANT SELECT,INSERT ON TABLE operations.operation_event TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE operations.operation_event TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.stream_lease TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.stream_lease TO trellis_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orgs.graph_slot TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orgs.graph_slot TO trellis_system;

GRANT SELECT ON TABLE orgs.imported_row TO trellis_app;
GRANT SELECT,INSERT,DELETE ON TABLE orgs.imported_row TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.invitation TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orgs.invitation TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.limit_warning TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orgs.limit_warning TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org_deletion TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org_deletion TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org_export TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org_export TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org_export_piece TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orgs.org_export_piece TO trellis_system;

GRANT SELECT ON TABLE orgs.org_graph TO trellis_app;
GRANT SELECT ON TABLE orgs.org_graph TO trellis_system;

GRANT SELECT ON TABLE orgs.org_graph_grant TO trellis_app;
GRANT SELECT ON TABLE orgs.org_graph_grant TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org_limits TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orgs.org_limits TO trellis_system;

GRANT SELECT ON TABLE orgs.org_usage_day TO trellis_app;
GRANT SELECT ON TABLE orgs.org_usage_day TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.ownership_transfer TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orgs.ownership_transfer TO trellis_system;

GRANT SELECT ON TABLE orgs.paid_org TO trellis_app;
GRANT SELECT ON TABLE orgs.paid_org TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orgs.send_budget TO trellis_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orgs.send_budget TO trellis_system;

GRANT SELECT,INSERT,UPDATE ON TABLE trellis.log_level TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE trellis.log_level TO trellis_system;

GRANT SELECT ON TABLE trellis.schema_migration TO trellis_owner;
GRANT SELECT ON TABLE trellis.schema_migration TO trellis_app;
GRANT SELECT ON TABLE trellis.schema_migration TO trellis_system;
