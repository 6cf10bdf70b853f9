internal import Audit
public import Postgres

/// The log: its types, its references, its entries, and the rules that hold for whoever writes (AUD-003 to AUD-007, AUD-029).
public enum M0100CreateAudit: Migration {
    /// `0100-audit-create`
    public static var id: String { "0100-audit-create" }
    /// Tables, checks, triggers and policies.
    public static var sql: String {
        tables + AuditSchema.register(PlatformAuditEvents.types)
            + AuditSchema.locate(.node, in: "audit.node", column: "id")
            + AuditSchema.locate(.networkClient, in: "audit.network_client", column: "network")
    }

    private static let tables = #"""
        CREATE SCHEMA audit AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA audit TO trellis_app, trellis_system;

        CREATE TABLE audit.event_type (
            name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{2,63}$'),
            risk text NOT NULL CHECK (risk IN ('low', 'medium', 'high', 'critical')),
            class text NOT NULL,
            component text NOT NULL,
            requires text[] NOT NULL
        );
        CREATE TABLE audit.reference_kind (
            kind text PRIMARY KEY,
            relation text NOT NULL,
            key_column text NOT NULL
        );
        CREATE TABLE audit.node (
            id uuid PRIMARY KEY,
            process text NOT NULL,
            started_at timestamptz NOT NULL
        );
        CREATE TABLE audit.network_client (
            network text PRIMARY KEY CHECK (length(network) <= 64),
            first_seen timestamptz NOT NULL
        );

        CREATE TABLE audit.entry (
            id uuid NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            format smallint NOT NULL DEFAULT 1,
            type text NOT NULL,
            risk text NOT NULL CHECK (risk IN ('low', 'medium', 'high', 'critical')),
            occurred_at timestamptz NOT NULL,
            actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'operator', 'system', 'provider', 'link', 'anonymous')),
            actor_reference_kind text,
            actor_id uuid,
            actor_text text,
            actor_component text,
            request_id text,
            trace_id text,
            summary text NOT NULL CHECK (length(summary) BETWEEN 1 AND 200),
            data jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(data::text) <= 8192),
            changes jsonb NOT NULL DEFAULT '[]' CHECK (octet_length(changes::text) <= 16384),
            further_references jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(further_references) = 'array' AND jsonb_array_length(further_references) <= 20),
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
            PRIMARY KEY (id, recorded_at),
            CONSTRAINT entry_refers_to_something CHECK (num_nonnulls(
                ref_org, ref_user, ref_membership, ref_invitation, ref_ownership_transfer, ref_api_key, ref_session, ref_passkey, ref_billing_customer, ref_checkout, ref_subscription, ref_plan_change, ref_invoice, ref_payment, ref_refund, ref_dispute, ref_dunning_case, ref_account_credit, ref_credit_pool, ref_intent, ref_decision, ref_idle_case, ref_drift_item, ref_catalogue_version, ref_graph, ref_graph_member, ref_graph_credential, ref_graph_host, ref_repository_grant, ref_backup, ref_operation, ref_saga, ref_job, ref_schedule, ref_provider_event, ref_mail, ref_notice, ref_webhook_endpoint, ref_webhook_delivery, ref_link_use, ref_export, ref_sink, ref_control, ref_operator, ref_network_client, ref_node
            ) >= 1),
            CONSTRAINT entry_names_its_actor CHECK ((actor_kind = 'system') = (actor_component IS NOT NULL)
                AND (actor_kind = 'system') = (actor_reference_kind IS NULL)
                AND (actor_reference_kind IS NULL) = (num_nonnulls(actor_id, actor_text) = 0)
                AND num_nonnulls(actor_id, actor_text) <= 1)
        ) PARTITION BY RANGE (recorded_at);
        CREATE INDEX entry_by_org ON audit.entry (ref_org, occurred_at DESC, id DESC) WHERE ref_org IS NOT NULL;
        CREATE INDEX entry_by_user ON audit.entry (ref_user, occurred_at DESC, id DESC) WHERE ref_user IS NOT NULL;
        CREATE INDEX entry_by_graph ON audit.entry (ref_graph, occurred_at DESC, id DESC) WHERE ref_graph IS NOT NULL;
        CREATE INDEX entry_by_type ON audit.entry (type, occurred_at DESC, id DESC);

        CREATE TABLE audit.deduplication (
            key text PRIMARY KEY CHECK (length(key) <= 200),
            entry_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );

        -- Append-only for every role, the owner included.
        CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit.% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.event_type FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

        -- A month of entries. Triggers for statements are not inherited, so that each month gets its own.
        CREATE FUNCTION audit.ensure_month(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            first date := date_trunc('month', month)::date;
            name text := 'entry_' || to_char(first, 'YYYY_MM');
        BEGIN
            IF to_regclass('audit.' || name) IS NULL THEN
                EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.entry FOR VALUES FROM (%L) TO (%L)', name, first, (first + interval '1 month')::date);
                EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
                EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
                EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', name);
            END IF;
        END $$;
        CREATE TABLE audit.entry_other PARTITION OF audit.entry DEFAULT;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry_other FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
        ALTER TABLE audit.entry_other ENABLE ROW LEVEL SECURITY;
        ALTER TABLE audit.entry_other FORCE ROW LEVEL SECURITY;

        -- What an entry claims is looked up, without locks, whoever writes it: its type, what the type requires, and that each thing exists.
        CREATE FUNCTION audit.check_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            required text[];
            given jsonb := '{}';
            entry jsonb := to_jsonb(NEW);
            item record;
            place record;
            is_there boolean;
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            -- A thing may exist that the caller does not see; an exception takes this setting back with everything else.
            PERFORM set_config('trellis.scope', 'system', true);
            SELECT requires INTO required FROM audit.event_type WHERE name = NEW.type;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the audit catalogue has no type %', NEW.type USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_known_type';
            END IF;
            FOR item IN
                SELECT substr(e.key, 5) AS kind, e.value FROM jsonb_each_text(entry) AS e WHERE e.key LIKE 'ref\_%' AND e.value IS NOT NULL
                UNION ALL
                SELECT f ->> 'kind', coalesce(f ->> 'id', f ->> 'text') FROM jsonb_array_elements(NEW.further_references) AS f
                UNION ALL
                SELECT NEW.actor_reference_kind, coalesce(NEW.actor_id::text, NEW.actor_text) WHERE NEW.actor_reference_kind IS NOT NULL
            LOOP
                SELECT relation, key_column INTO place FROM audit.reference_kind WHERE kind = item.kind;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'nothing of the kind % can be referred to yet', item.kind USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_refers_to_known_kind';
                END IF;
                EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = %L)', place.relation, place.key_column, item.value) INTO is_there;
                IF NOT is_there THEN
                    RAISE EXCEPTION 'there is no % %', item.kind, item.value USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_refers_to_existing';
                END IF;
            END LOOP;
            FOR item IN SELECT unnest(required) AS kind LOOP
                IF entry ->> ('ref_' || item.kind) IS NULL THEN
                    RAISE EXCEPTION 'an entry of type % needs a reference of kind %', NEW.type, item.kind
                        USING ERRCODE = 'not_null_violation', CONSTRAINT = 'entry_has_required_references';
                END IF;
            END LOOP;
            PERFORM set_config('trellis.scope', scope, true);
            RETURN NEW;
        END $$;
        CREATE TRIGGER check_entry BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.check_entry();

        ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;
        ALTER TABLE audit.entry FORCE ROW LEVEL SECURITY;
        CREATE POLICY read_own ON audit.entry FOR SELECT USING (trellis_is_system() OR ref_org = trellis_org_id() OR ref_user = trellis_user_id());
        CREATE POLICY write_own ON audit.entry FOR INSERT
            WITH CHECK (trellis_is_system() OR ref_org IS NULL OR ref_org = trellis_org_id() OR ref_user = trellis_user_id());

        GRANT SELECT, INSERT ON audit.entry, audit.deduplication, audit.node, audit.network_client TO trellis_app, trellis_system;
        GRANT SELECT ON audit.event_type, audit.reference_kind TO trellis_app, trellis_system;
        GRANT EXECUTE ON FUNCTION audit.ensure_month(date) TO trellis_system;
        SELECT audit.ensure_month((clock_timestamp() + n * interval '1 month')::date) FROM generate_series(0, 3) AS n;

        """#
}

/// The steps of the log's schema.
public enum AuditMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0100CreateAudit.self, M0101ExtendCatalogue.self, M0110ChainEntries.self, M0111RegisterVerification.self, M0112ShowSeals.self,
        M0113BoundEntries.self, M0114KeepPrivateParts.self, M0115ReserveTypes.self, M0116ProveEntries.self,
        M0117IndexOverview.self, M0118MakeMonthsOnce.self, M0119EraseOlderParts.self, M0120ArchiveMonths.self, M0121KeepOrigins.self,
        M0122CountDenials.self, M0123StreamEntries.self, M0124TellOfCounting.self, M0125CoverChanges.self, M0126TellOfProcesses.self,
        M0127NameWriters.self, M0128TellOfKeys.self, M0129StreamToSyslog.self, M0137CheckFaster.self,
        M0138TellOfRejectedInput.self, M0139TellOfAttacks.self, M0140OwnSinks.self,
        M0141GroupEntries.self, M0142ArchiveGroups.self, M0143OwnRemovals.self,
    ]
}
