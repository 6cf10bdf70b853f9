internal import AuditPostgres
internal import Identity
public import Postgres

/// Who guesses: attempts of the last day by network and by address, and the networks that are shut out. Addresses are kept as digests only.
///
/// Every function locks the row of the network first and the row of the address second, so that attempts at one moment are decided one after the other.
public enum M0330CreateGuessingProtection: Migration {
    /// `0330-identity-create-guessing-protection`
    public static var id: String { "0330-identity-create-guessing-protection" }
    /// Tables and functions.
    public static var sql: String {
        tables + GuessingFunctions.rules + GuessingFunctions.begin + GuessingFunctions.end + grants
            + AuditSchema.register(IdentityAudit.protectionTypes)
    }

    private static let tables = #"""
        CREATE TABLE identity.guess_network (
            network text PRIMARY KEY CHECK (length(network) BETWEEN 1 AND 200),
            blocked_until timestamptz,
            blocked_because text CHECK (blocked_because IN ('failures', 'accounts', 'operator')),
            CONSTRAINT guess_network_block_has_a_cause CHECK ((blocked_until IS NULL) = (blocked_because IS NULL))
        );
        CREATE INDEX guess_network_blocked ON identity.guess_network (blocked_until) WHERE blocked_until IS NOT NULL;

        CREATE TABLE identity.guess_account (
            account bytea PRIMARY KEY CHECK (octet_length(account) = 32),
            warned_at timestamptz
        );

        -- Under way while it has no end; what has one has failed. Those that succeeded are removed.
        CREATE TABLE identity.guess_attempt (
            id uuid PRIMARY KEY,
            network text NOT NULL REFERENCES identity.guess_network ON DELETE CASCADE,
            account bytea REFERENCES identity.guess_account,
            started_at timestamptz NOT NULL,
            ended_at timestamptz CHECK (ended_at >= started_at),
            counts_for_network boolean NOT NULL DEFAULT true,
            counts_for_account boolean NOT NULL DEFAULT true
        ) WITH (fillfactor = 80);
        CREATE INDEX guess_attempt_of_network ON identity.guess_attempt (network, started_at);
        CREATE INDEX guess_attempt_of_account ON identity.guess_attempt (account, started_at);
        CREATE INDEX guess_attempt_by_time ON identity.guess_attempt (started_at);

        CREATE TABLE identity.captcha_use (
            token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
            used_at timestamptz NOT NULL
        );
        CREATE INDEX captcha_use_by_time ON identity.captcha_use (used_at);

        """#

    private static let grants = #"""
        DO $$
        DECLARE
            relation text;
        BEGIN
            FOREACH relation IN ARRAY ARRAY['guess_network', 'guess_account', 'guess_attempt', 'captcha_use'] LOOP
                EXECUTE format('ALTER TABLE identity.%I ENABLE ROW LEVEL SECURITY', relation);
                EXECUTE format('ALTER TABLE identity.%I FORCE ROW LEVEL SECURITY', relation);
                EXECUTE format('CREATE POLICY product ON identity.%I USING (trellis_is_system())', relation);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON identity.%I TO trellis_app, trellis_system', relation);
            END LOOP;
        END $$;

        """#
}
