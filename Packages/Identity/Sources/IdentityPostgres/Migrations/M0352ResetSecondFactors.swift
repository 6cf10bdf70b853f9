internal import AuditPostgres
internal import Identity
internal import Postgres

/// Resets of second factors that people lost: asked for by one operator, approved by another, a day long open to be stopped (ID-136).
enum M0352ResetSecondFactors: Migration {
    static let id = "0352-identity-reset-second-factors"

    static var sql: String { table + AuditSchema.register([IdentityAudit.UserMFAReset.type]) }

    private static let table = #"""
        CREATE TABLE identity.second_factor_reset (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            stop_hash bytea NOT NULL UNIQUE CHECK (octet_length(stop_hash) = 32),
            requested_by uuid NOT NULL,
            approved_by uuid,
            requested_at timestamptz NOT NULL,
            due_at timestamptz,
            stopped_at timestamptz,
            completed_at timestamptz,
            CONSTRAINT second_factor_reset_is_approved_by_another CHECK (approved_by <> requested_by),
            CONSTRAINT second_factor_reset_is_approved_whole CHECK (num_nulls(approved_by, due_at) <> 1),
            CONSTRAINT second_factor_reset_waits CHECK (due_at >= requested_at + interval '24 hours'),
            CONSTRAINT second_factor_reset_ends_once CHECK (
                num_nonnulls(stopped_at, completed_at) < 2 AND (completed_at IS NULL OR completed_at >= due_at))
        );
        CREATE INDEX second_factor_reset_by_user ON identity.second_factor_reset (user_id, requested_at DESC);
        ALTER TABLE identity.second_factor_reset ENABLE ROW LEVEL SECURITY;
        ALTER TABLE identity.second_factor_reset FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON identity.second_factor_reset
            USING ((SELECT trellis_is_system()) OR user_id = (SELECT trellis_user_id()));
        GRANT SELECT, INSERT, UPDATE, DELETE ON identity.second_factor_reset TO trellis_app, trellis_system;


        """#
}
