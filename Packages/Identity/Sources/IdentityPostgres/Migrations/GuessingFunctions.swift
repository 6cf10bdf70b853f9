/// The functions of ``M0330CreateGuessingProtection``, in SQL.
enum GuessingFunctions {
    /// The figures of identity.md, section 5, and what is known of a network and of an address.
    static let rules = #"""
        CREATE FUNCTION identity.guess_network_wait(p_failures integer) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
            SELECT (ARRAY[0, 1, 2, 5, 10, 30, 60, 300, 900])[least(p_failures, 8) + 1] * interval '1 second' $$;
        CREATE FUNCTION identity.guess_account_wait(p_failures integer) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
            SELECT CASE WHEN p_failures >= 50 THEN 300 WHEN p_failures >= 8 THEN 60 WHEN p_failures = 7 THEN 30 WHEN p_failures = 6 THEN 10
                WHEN p_failures = 5 THEN 5 ELSE 0 END * interval '1 second' $$;
        -- The number of failures at which the next block comes.
        CREATE FUNCTION identity.guess_next_block(p_failures integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
            SELECT CASE WHEN p_failures < 5 THEN 5 WHEN p_failures < 10 THEN 10 WHEN p_failures < 20 THEN 20 ELSE p_failures + 1 END $$;

        -- An attempt whose process has died counts as failed after 60 seconds, also before anybody has written so.
        CREATE FUNCTION identity.guess_counts_of_network(p_network text, p_now timestamptz)
        RETURNS TABLE (failures integer, under_way integer, last_at timestamptz, accounts integer) LANGUAGE sql STABLE AS $$
            SELECT count(*) FILTER (WHERE e.at IS NOT NULL AND a.counts_for_network)::integer,
                count(*) FILTER (WHERE e.at IS NULL)::integer, max(e.at) FILTER (WHERE a.counts_for_network),
                -- A success in between does not hide how many accounts were tried.
                count(DISTINCT a.account) FILTER (WHERE e.at > p_now - interval '10 minutes')::integer
            FROM identity.guess_attempt a, LATERAL (SELECT coalesce(a.ended_at, CASE WHEN a.started_at <= p_now - interval '60 seconds'
                THEN a.started_at + interval '60 seconds' END) AS at) e
            WHERE a.network = p_network AND coalesce(e.at, a.started_at) > p_now - interval '24 hours' $$;
        CREATE FUNCTION identity.guess_counts_of_account(p_account bytea, p_now timestamptz)
        RETURNS TABLE (failures integer, under_way integer, last_at timestamptz) LANGUAGE sql STABLE AS $$
            SELECT count(*) FILTER (WHERE e.at IS NOT NULL)::integer, count(*) FILTER (WHERE e.at IS NULL)::integer, max(e.at)
            FROM identity.guess_attempt a, LATERAL (SELECT coalesce(a.ended_at, CASE WHEN a.started_at <= p_now - interval '60 seconds'
                THEN a.started_at + interval '60 seconds' END) AS at) e
            WHERE a.account = p_account AND a.counts_for_account AND coalesce(e.at, a.started_at) > p_now - interval '24 hours' $$;

        -- Shuts a network out when failures that have just been added reach a step; the caller holds the lock of its row.
        CREATE FUNCTION identity.guess_block(p_network text, p_added integer, p_now timestamptz)
        RETURNS timestamptz LANGUAGE plpgsql AS $$
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

        """#

    /// Admits an attempt, or says how long to wait.
    static let begin = #"""
        CREATE FUNCTION identity.guess_begin(p_id uuid, p_network text, p_email text, p_is_exempt boolean, p_now timestamptz)
        RETURNS TABLE (verdict text, until timestamptz) LANGUAGE plpgsql AS $$
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

        """#

    /// Says what became of an attempt: shuts the network out when a step is reached, and says whether the owner is to be warned.
    static let end = #"""
        CREATE FUNCTION identity.guess_end(p_id uuid, p_outcome text, p_now timestamptz)
        RETURNS TABLE (blocked_until timestamptz, failures integer, warned_of integer) LANGUAGE plpgsql AS $$
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

        """#
}
