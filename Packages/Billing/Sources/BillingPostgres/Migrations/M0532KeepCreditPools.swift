internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// AI credits: one pool for each graph and seat, a ledger beside each balance, and one function that changes both (BIL-101, BIL-103).
enum M0532KeepCreditPools: Migration {
    static let id = "0532-billing-keep-credit-pools"
    static var sql: String {
        tables + posting + holding + access + AuditSchema.register(BillingAuditTypes.creditPools)
            + AuditSchema.locate(.creditPool, in: "billing.credit_pool", column: "id")
    }

    private static let tables = #"""
        CREATE TABLE billing.credit_pool (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            scope text NOT NULL CHECK (scope IN ('graph', 'seat')),
            resource_id text NOT NULL,
            subscriber_id uuid,
            balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
            allocation bigint NOT NULL CHECK (allocation >= 0),
            anchor timestamptz NOT NULL,
            window_start timestamptz NOT NULL,
            window_end timestamptz NOT NULL CHECK (window_end > window_start),
            allocated_at timestamptz,
            last_seq bigint NOT NULL DEFAULT 0,
            low_notice smallint NOT NULL DEFAULT 101,
            closed_at timestamptz,
            created_at timestamptz NOT NULL,
            CONSTRAINT credit_pool_of_org UNIQUE (org_id, id),
            CONSTRAINT credit_pool_subscription_of_same_org
                FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id),
            CONSTRAINT credit_pool_seat_has_its_member CHECK ((scope = 'seat') = (subscriber_id IS NOT NULL))
        );
        CREATE UNIQUE INDEX credit_pool_one_open ON billing.credit_pool
            (scope, resource_id, coalesce(subscriber_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE closed_at IS NULL;
        CREATE INDEX credit_pool_by_subscription ON billing.credit_pool (org_id, subscription_id);
        CREATE INDEX credit_pool_due ON billing.credit_pool (window_end) WHERE closed_at IS NULL;

        CREATE TABLE billing.credit_transaction (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            pool_id uuid NOT NULL,
            seq bigint NOT NULL CHECK (seq > 0),
            type text NOT NULL CHECK (type IN ('allocation', 'consumption', 'bonus', 'refund', 'expiration', 'adjustment')),
            amount bigint NOT NULL,
            requested bigint NOT NULL,
            balance_after bigint NOT NULL CHECK (balance_after >= 0),
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
            operation_type text CHECK (length(operation_type) BETWEEN 1 AND 100),
            operation_id text,
            description text NOT NULL CHECK (length(description) <= 500),
            user_id uuid,
            request_id text,
            created_at timestamptz NOT NULL,
            CONSTRAINT credit_transaction_once UNIQUE (org_id, pool_id, key),
            CONSTRAINT credit_transaction_in_order UNIQUE (org_id, pool_id, seq),
            CONSTRAINT credit_transaction_pool_of_same_org FOREIGN KEY (org_id, pool_id) REFERENCES billing.credit_pool (org_id, id),
            CONSTRAINT credit_transaction_has_its_sign CHECK (CASE
                WHEN type IN ('allocation', 'bonus', 'refund') THEN amount >= 0
                WHEN type IN ('consumption', 'expiration') THEN amount <= 0 ELSE true END)
        );
        CREATE INDEX credit_transaction_by_time ON billing.credit_transaction (org_id, pool_id, created_at DESC, seq DESC);

        CREATE TABLE billing.credit_hold (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            pool_id uuid NOT NULL,
            amount bigint NOT NULL CHECK (amount > 0),
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
            expires_at timestamptz NOT NULL,
            state text NOT NULL CHECK (state IN ('open', 'settled', 'released')),
            created_at timestamptz NOT NULL,
            CONSTRAINT credit_hold_once UNIQUE (org_id, pool_id, key),
            CONSTRAINT credit_hold_pool_of_same_org FOREIGN KEY (org_id, pool_id) REFERENCES billing.credit_pool (org_id, id)
        );
        CREATE INDEX credit_hold_open ON billing.credit_hold (org_id, pool_id, expires_at) WHERE state = 'open';

        """#

    // The only writer of balances and ledger rows: nobody is granted either. The caller's scope still decides what it can reach.
    private static let posting = #"""
        CREATE FUNCTION billing.post_credits(
            entry_id uuid, which_pool uuid, entry_type text, wanted bigint, entry_key text, drains boolean, settles uuid, entry_operation text,
            entry_operation_id text, entry_description text, entry_user uuid, entry_request text, at timestamptz
        ) RETURNS TABLE (outcome text, id uuid, amount bigint, balance bigint, available bigint)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

        """#

    private static let holding = #"""
        CREATE FUNCTION billing.hold_credits(hold_id uuid, which_pool uuid, wanted bigint, hold_key text, until timestamptz, at timestamptz)
        RETURNS TABLE (outcome text, id uuid, available bigint)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

        -- Ends a hold once; nothing when it is closed or its time is over.
        CREATE FUNCTION billing.close_hold(which_hold uuid, new_state text, at timestamptz)
        RETURNS TABLE (pool_id uuid, amount bigint, key text)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        #variable_conflict use_column
        BEGIN
            PERFORM 1 FROM billing.credit_pool p WHERE p.id = (SELECT h.pool_id FROM billing.credit_hold h WHERE h.id = which_hold) FOR UPDATE;
            RETURN QUERY UPDATE billing.credit_hold h SET state = new_state
                WHERE h.id = which_hold AND h.state = 'open' AND (h.expires_at > at OR new_state = 'released')
                RETURNING h.pool_id, h.amount, h.key;
        END $$;

        """#

    private static let access =
        ["credit_pool", "credit_transaction", "credit_hold"].map { table in
            """
            ALTER TABLE billing.\(table) ENABLE ROW LEVEL SECURITY;
            ALTER TABLE billing.\(table) FORCE ROW LEVEL SECURITY;
            CREATE POLICY \(table)_of_org ON billing.\(table) USING (trellis_is_system() OR org_id = trellis_org_id());
            GRANT SELECT ON billing.\(table) TO trellis_app, trellis_system;

            """
        }.joined()
            + #"""
            GRANT INSERT (id, org_id, subscription_id, scope, resource_id, subscriber_id, allocation, anchor, window_start, window_end, created_at),
                UPDATE (subscription_id, allocation, window_start, window_end, allocated_at, low_notice, closed_at)
                ON billing.credit_pool TO trellis_app, trellis_system;
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.credit_transaction
                FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
            REVOKE ALL ON FUNCTION billing.post_credits(uuid, uuid, text, bigint, text, boolean, uuid, text, text, text, uuid, text, timestamptz),
                billing.hold_credits(uuid, uuid, bigint, text, timestamptz, timestamptz), billing.close_hold(uuid, text, timestamptz) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION
                billing.post_credits(uuid, uuid, text, bigint, text, boolean, uuid, text, text, text, uuid, text, timestamptz),
                billing.hold_credits(uuid, uuid, bigint, text, timestamptz, timestamptz), billing.close_hold(uuid, text, timestamptz)
                TO trellis_app, trellis_system;

            """#
}
