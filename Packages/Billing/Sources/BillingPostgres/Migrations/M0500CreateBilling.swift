internal import Audit
internal import AuditPostgres
internal import Billing
public import Postgres

/// Customers, plans' prices, subscriptions, checkouts, invoices, intents and provider events, with the invariants that hold for
/// whoever writes (billing.md, sections 2 and 4).
public enum M0500CreateBilling: Migration {
    /// `0500-billing-create`
    public static var id: String { "0500-billing-create" }
    /// Tables, checks, triggers, policies, grants, and what the audit log has to know of them.
    public static var sql: String {
        BillingSchema.tables + BillingSchema.subscriptions + BillingSchema.provider + BillingSchema.rules + BillingSchema.access
            + AuditSchema.register(BillingAuditTypes.all)
            + AuditSchema.locate(.billingCustomer, in: "billing.customer", column: "org_id")
            + AuditSchema.locate(.checkout, in: "billing.checkout", column: "id")
            + AuditSchema.locate(.subscription, in: "billing.subscription", column: "id")
            + AuditSchema.locate(.invoice, in: "billing.invoice", column: "id")
            + AuditSchema.locate(.intent, in: "billing.intent", column: "id")
            + AuditSchema.locate(.providerEvent, in: "billing.inbound_event", column: "id")
            + AuditSchema.locate(.catalogueVersion, in: "billing.catalogue_version", column: "hash")
    }
}

/// The steps of the schema that belong to Billing.
public enum BillingMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0500CreateBilling.self, M0501ShowPaymentsToOrgs.self, M0510KeepContacts.self, M0520BindChildrenToTheirOrg.self,
        M0521RegisterTierMismatch.self, M0530IssueOwnInvoices.self, M0531KeepAccountCredits.self, M0532KeepCreditPools.self,
        M0533FindProviderTransactions.self,
        M0550KeepLifecycle.self, M0551KeepDrift.self, M0552KeepRefunds.self, M0553FindHistory.self, M0554CountCreditDays.self,
        M0540ChangePlans.self,
        M0541KeepDisputes.self, M0542TellOfDrift.self, M0543SettleDebtsAndCredits.self,
        M0544HearOfDrift.self, M0545KeepControls.self, M0555ShowPausedCollection.self,
        M0556KeepCreditedSums.self, M0557TellOfCustomers.self, M0560AssignEvents.self, M0561ShareCalls.self,
        M0546ChangeIntervals.self, M0547KeepDecisions.self, M0548GuardActions.self,
        M0562ActivateCatalogues.self, M0563TellOfPayments.self, M0569CoverBilling.self,
        M0564TellOfAllIntents.self, M0582PlanConversions.self, M0583FindEndingCards.self,
        M0584GuardDestruction.self,
    ]
}

enum BillingSchema {
    static let tables = #"""
        CREATE SCHEMA billing AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA billing TO trellis_app, trellis_system;

        CREATE TABLE billing.catalogue_version (
            hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
            document jsonb NOT NULL,
            activated_at timestamptz NOT NULL
        );
        CREATE TABLE billing.plan_price (
            plan_key text NOT NULL,
            plan_version integer NOT NULL CHECK (plan_version > 0),
            interval text NOT NULL CHECK (interval IN ('monthly', 'annual', 'usage_based')),
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            amount bigint NOT NULL CHECK (amount >= 0),
            provider_product_id text,
            provider_price_id text UNIQUE,
            PRIMARY KEY (plan_key, plan_version, interval, currency)
        );
        CREATE TABLE billing.customer (
            org_id uuid PRIMARY KEY,
            provider_customer_id text UNIQUE,
            invoice_billing_enabled boolean NOT NULL DEFAULT false,
            payment_terms text NOT NULL DEFAULT 'net_30' CHECK (payment_terms IN ('net_15', 'net_30', 'net_60', 'net_90')),
            billing_email text,
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            delinquent_since timestamptz,
            disputed boolean NOT NULL DEFAULT false,
            methods_synced_at timestamptz,
            created_at timestamptz NOT NULL,
            version bigint NOT NULL DEFAULT 1
        );
        CREATE TABLE billing.payment_method (
            org_id uuid NOT NULL,
            provider_method_id text NOT NULL,
            type text NOT NULL,
            brand text,
            last4 text,
            expiry_month integer CHECK (expiry_month BETWEEN 1 AND 12),
            expiry_year integer,
            is_default boolean NOT NULL DEFAULT false,
            state text NOT NULL CHECK (state IN ('usable', 'expired', 'detached')),
            synced_at timestamptz NOT NULL,
            PRIMARY KEY (org_id, provider_method_id)
        );
        CREATE UNIQUE INDEX payment_method_one_default ON billing.payment_method (org_id) WHERE is_default;

        CREATE TABLE billing.invoice (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('own', 'provider')),
            subscription_id uuid,
            number text,
            provider_invoice_id text UNIQUE,
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            subtotal bigint NOT NULL,
            total bigint NOT NULL,
            amount_due bigint NOT NULL,
            amount_paid bigint NOT NULL,
            status text NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'void', 'uncollectible')),
            period_start timestamptz,
            period_end timestamptz,
            due_date timestamptz,
            paid_at timestamptz,
            hosted_url text,
            pdf_url text,
            created_at timestamptz NOT NULL,
            CHECK ((kind = 'provider') = (provider_invoice_id IS NOT NULL)),
            CHECK (period_start IS NULL OR period_end > period_start)
        );
        CREATE INDEX invoice_by_org ON billing.invoice (org_id, created_at DESC, id DESC);
        CREATE TABLE billing.invoice_line (
            invoice_id uuid NOT NULL REFERENCES billing.invoice (id) ON DELETE CASCADE,
            position integer NOT NULL,
            org_id uuid NOT NULL,
            description text NOT NULL,
            quantity bigint NOT NULL,
            amount bigint NOT NULL,
            period_start timestamptz,
            period_end timestamptz,
            PRIMARY KEY (invoice_id, position)
        );

        """#

    static let subscriptions = #"""
        CREATE TABLE billing.subscription (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            resource_type text NOT NULL CHECK (resource_type IN ('graph', 'repository', 'addon')),
            resource_id text CHECK (length(resource_id) BETWEEN 1 AND 128),
            subscriber_id uuid,
            requested_by uuid,
            plan_key text NOT NULL,
            plan_version integer NOT NULL,
            interval text NOT NULL CHECK (interval IN ('monthly', 'annual', 'usage_based')),
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            configuration jsonb NOT NULL,
            backing_kind text CHECK (backing_kind IN ('provider_subscription', 'net_terms', 'complimentary', 'billing_disabled')),
            backing_detail text,
            provider_subscription_id text UNIQUE,
            provider_item_id text,
            provider_price_id text,
            status text NOT NULL CHECK (status IN ('pending', 'pending_payment', 'provisioning', 'active', 'upgrading', 'past_due',
                'unpaid', 'paused', 'canceled', 'failed')),
            provider_sync text NOT NULL CHECK (provider_sync IN ('confirmed', 'pending', 'unknown')),
            trial_end timestamptz,
            started_at timestamptz,
            period_start timestamptz,
            period_end timestamptz,
            canceled_at timestamptz,
            ends_at timestamptz,
            closed_at timestamptz,
            cancellation_type text CHECK (cancellation_type IN ('immediate', 'period_end')),
            cancellation_origin text CHECK (cancellation_origin IN ('user', 'portal', 'provider', 'idle', 'admin', 'provisioning_failure',
                'payment_failure')),
            cancellation_reason text,
            grace_deadline timestamptz,
            final_deadline timestamptz,
            lease_holder text,
            lease_until timestamptz,
            lease_fence bigint,
            op_seq bigint NOT NULL DEFAULT 0,
            read_number bigint NOT NULL DEFAULT 0,
            failure jsonb,
            operation_id text,
            supersedes uuid,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            FOREIGN KEY (plan_key, plan_version, interval, currency) REFERENCES billing.plan_price,
            CONSTRAINT subscription_terminal_has_an_end CHECK (status NOT IN ('canceled', 'failed') OR ends_at IS NOT NULL),
            CONSTRAINT subscription_canceled_says_how CHECK (status <> 'canceled'
                OR (cancellation_type IS NOT NULL AND cancellation_origin IS NOT NULL)),
            CONSTRAINT subscription_active_is_backed CHECK (status NOT IN ('active', 'upgrading', 'past_due', 'paused')
                OR (backing_kind IS NOT NULL AND started_at IS NOT NULL AND resource_id IS NOT NULL)),
            CONSTRAINT subscription_backing_has_its_detail CHECK ((backing_kind IN ('provider_subscription', 'complimentary'))
                IS NOT DISTINCT FROM (CASE WHEN backing_kind IS NULL THEN NULL ELSE backing_detail IS NOT NULL END)),
            CONSTRAINT subscription_failed_was_never_active CHECK (status <> 'failed' OR started_at IS NULL),
            CONSTRAINT subscription_period CHECK (period_start IS NULL OR period_end > period_start),
            CONSTRAINT subscription_lease_is_whole CHECK (num_nulls(lease_holder, lease_until, lease_fence) IN (0, 3)),
            CONSTRAINT subscription_subscriber_has_a_seat CHECK (subscriber_id IS NULL OR resource_type = 'repository')
        );
        -- One live subscription for each resource, or for each member's seat at it (billing.md, section 2).
        CREATE UNIQUE INDEX subscription_one_live ON billing.subscription
            (resource_type, resource_id, coalesce(subscriber_id, '00000000-0000-0000-0000-000000000000'::uuid),
             (CASE WHEN resource_type = 'addon' THEN org_id ELSE '00000000-0000-0000-0000-000000000000'::uuid END))
            WHERE closed_at IS NULL AND resource_id IS NOT NULL;
        CREATE INDEX subscription_by_org ON billing.subscription (org_id, created_at DESC, id DESC);
        CREATE INDEX subscription_by_resource ON billing.subscription (resource_type, resource_id, created_at DESC) WHERE resource_id IS NOT NULL;

        CREATE TABLE billing.checkout (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            subscription_id uuid NOT NULL REFERENCES billing.subscription (id),
            started_by uuid NOT NULL,
            fingerprint text NOT NULL,
            intent_id uuid NOT NULL,
            provider_session_id text UNIQUE,
            url text,
            state text NOT NULL CHECK (state IN ('opening', 'open', 'complete', 'expired', 'retired', 'unknown')),
            payment_status text,
            expires_at timestamptz NOT NULL,
            polled_at timestamptz,
            created_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX checkout_of_subscription ON billing.checkout (subscription_id);
        CREATE INDEX checkout_unfinished ON billing.checkout (org_id, created_at DESC) WHERE state IN ('opening', 'open', 'unknown');

        """#

    static let provider = #"""
        CREATE TABLE billing.intent (
            id uuid PRIMARY KEY,
            org_id uuid,
            object text NOT NULL,
            op_seq bigint NOT NULL,
            kind text NOT NULL,
            command jsonb NOT NULL,
            generation integer NOT NULL DEFAULT 1 CHECK (generation > 0),
            state text NOT NULL CHECK (state IN ('queued', 'in_flight', 'succeeded', 'refused', 'unknown', 'superseded')),
            attempts integer NOT NULL DEFAULT 0,
            lease_until timestamptz,
            request jsonb,
            first_sent_at timestamptz,
            result jsonb,
            refusal text,
            created_at timestamptz NOT NULL,
            UNIQUE (object, op_seq),
            CONSTRAINT intent_sent_has_a_request CHECK (state NOT IN ('succeeded', 'unknown') OR request IS NOT NULL)
        );
        CREATE UNIQUE INDEX intent_one_in_flight ON billing.intent (object) WHERE state = 'in_flight';
        CREATE INDEX intent_unsettled ON billing.intent (object, op_seq) WHERE state IN ('queued', 'in_flight', 'unknown');
        CREATE SEQUENCE billing.provider_read;

        -- No foreign keys and no org: an event can always be kept (STR-070).
        CREATE TABLE billing.inbound_event (
            id uuid PRIMARY KEY,
            provider text NOT NULL,
            provider_event_id text NOT NULL,
            type text NOT NULL,
            api_version text,
            livemode boolean NOT NULL,
            created_at timestamptz NOT NULL,
            object_id text,
            object_type text,
            raw_references jsonb NOT NULL,
            body bytea NOT NULL,
            received_at timestamptz NOT NULL,
            state text NOT NULL CHECK (state IN ('received', 'done', 'parked')),
            outcome text CHECK (outcome IN ('applied', 'ignored', 'duplicate')),
            park_reason text,
            settled_at timestamptz,
            CONSTRAINT inbound_event_once UNIQUE (provider, provider_event_id),
            CHECK ((state = 'done') = (outcome IS NOT NULL)),
            CHECK ((state = 'parked') = (park_reason IS NOT NULL))
        );
        CREATE INDEX inbound_event_open ON billing.inbound_event (state, received_at) WHERE state <> 'done';

        -- What is undone is undone once (BIL-038, BIL-143).
        CREATE TABLE billing.compensation (
            provider_subscription_id text PRIMARY KEY,
            subscription_id uuid NOT NULL REFERENCES billing.subscription (id),
            org_id uuid NOT NULL,
            opened_at timestamptz NOT NULL,
            closed_at timestamptz
        );

        """#

    static let rules = #"""
        -- Only the moves of the table of billing.md, section 4; the same table as SubscriptionTransition.
        CREATE FUNCTION billing.refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
        CREATE TRIGGER subscription_moves BEFORE INSERT OR UPDATE ON billing.subscription
            FOR EACH ROW EXECUTE FUNCTION billing.refuse_illegal_move();

        -- A price that was sold never changes (BIL-005).
        CREATE FUNCTION billing.refuse_price_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR (OLD.plan_key, OLD.plan_version, OLD.interval, OLD.currency, OLD.amount)
                IS DISTINCT FROM (NEW.plan_key, NEW.plan_version, NEW.interval, NEW.currency, NEW.amount) THEN
                RAISE EXCEPTION 'a price is never changed: give the plan a new version'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_price_is_immutable';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER plan_price_is_immutable BEFORE UPDATE OR DELETE ON billing.plan_price
            FOR EACH ROW EXECUTE FUNCTION billing.refuse_price_change();

        """#

    static let access: String = {
        let tenant = ["customer", "payment_method", "invoice", "invoice_line", "subscription", "checkout", "intent", "compensation"]
        var sql = tenant.map { table in
            """
            ALTER TABLE billing.\(table) ENABLE ROW LEVEL SECURITY;
            ALTER TABLE billing.\(table) FORCE ROW LEVEL SECURITY;
            CREATE POLICY \(table)_of_org ON billing.\(table) USING (trellis_is_system() OR org_id = trellis_org_id());
            GRANT SELECT, INSERT, UPDATE ON billing.\(table) TO trellis_app, trellis_system;

            """
        }.joined()
        sql += """
            ALTER TABLE billing.inbound_event ENABLE ROW LEVEL SECURITY;
            ALTER TABLE billing.inbound_event FORCE ROW LEVEL SECURITY;
            CREATE POLICY inbound_event_of_system ON billing.inbound_event USING (trellis_is_system());
            GRANT SELECT, INSERT ON billing.inbound_event TO trellis_app;
            GRANT SELECT, INSERT, UPDATE ON billing.inbound_event TO trellis_system;
            GRANT DELETE ON billing.invoice_line TO trellis_app, trellis_system;
            GRANT SELECT, INSERT, UPDATE ON billing.plan_price TO trellis_app, trellis_system;
            GRANT SELECT, INSERT ON billing.catalogue_version TO trellis_app, trellis_system;
            GRANT USAGE ON SEQUENCE billing.provider_read TO trellis_app, trellis_system;

            """
        return sql
    }()
}
