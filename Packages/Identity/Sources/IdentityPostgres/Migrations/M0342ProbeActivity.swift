internal import Postgres

/// A canary whose use is written and read back like everybody's, so that a broken recorder is found before anything is decided by what it did not
/// record (IDL-066, OPS-151).
///
/// The canary is an account of its own that belongs to no org, cannot be signed in to and gets no mail: its key has a digest that no known secret has, and
/// its address is below `invalid` (RFC 2606 §2).
enum M0342ProbeActivity: Migration {
    static let id = "0342-identity-probe-activity"

    static let sql = #"""
        CREATE TABLE identity.activity_canary (
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            canary_id uuid NOT NULL REFERENCES identity.account,
            key_id uuid NOT NULL REFERENCES identity.api_key,
            key_hash bytea NOT NULL,
            probed_at timestamptz,
            is_green boolean,
            finding text
        );
        CREATE INDEX activity_canary_by_canary ON identity.activity_canary (canary_id);
        CREATE INDEX activity_canary_by_key ON identity.activity_canary (key_id);
        ALTER TABLE identity.activity_canary ENABLE ROW LEVEL SECURITY;
        ALTER TABLE identity.activity_canary FORCE ROW LEVEL SECURITY;
        CREATE POLICY system ON identity.activity_canary USING (trellis_is_system());
        GRANT SELECT, INSERT, UPDATE ON identity.activity_canary TO trellis_app, trellis_system;
        """#
}
