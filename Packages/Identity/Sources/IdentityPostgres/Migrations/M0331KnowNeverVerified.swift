internal import AuditPostgres
internal import Identity
internal import Postgres

/// Accounts whose address was never proven: they can be disowned, and are removed after a while (ID-019, ID-020).
enum M0331KnowNeverVerified: Migration {
    static let id = "0331-identity-know-never-verified"

    static var sql: String { tables + AuditSchema.register(IdentityAudit.disownTypes) }

    private static let tables = #"""
        ALTER TABLE identity.account ADD COLUMN was_verified boolean NOT NULL DEFAULT false, ADD COLUMN removal_notice_at timestamptz;

        -- A changed address is to be proven again; that an earlier one was proven stays true.
        CREATE FUNCTION identity.note_verification() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            NEW.was_verified := true;
            RETURN NEW;
        END $$;
        CREATE TRIGGER note_verification BEFORE INSERT OR UPDATE OF email_verified_at ON identity.account
            FOR EACH ROW WHEN (NEW.email_verified_at IS NOT NULL) EXECUTE FUNCTION identity.note_verification();

        DO $$
        BEGIN
            PERFORM set_config('trellis.scope', 'system', true);
            UPDATE identity.account a SET was_verified = true
            WHERE a.email_verified_at IS NOT NULL OR EXISTS (
                SELECT FROM identity.link_token l
                WHERE l.user_id = a.id AND (l.kind = 'email_revert' OR l.kind = 'email_verification' AND l.consumed_at IS NOT NULL));
            PERFORM set_config('trellis.scope', '', true);
        END $$;
        CREATE INDEX account_never_verified ON identity.account (created_at) WHERE NOT was_verified AND status = 'active';

        """#
}
