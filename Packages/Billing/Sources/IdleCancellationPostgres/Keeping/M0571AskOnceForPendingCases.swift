internal import Postgres

/// Where nothing is pending anywhere, which is nearly always, one probe of a small index answers for everybody (IDL-041); otherwise one condition says
/// whose case it is, the one by which reversals are ordered as well.
enum M0571AskOnceForPendingCases: Migration {
    static let id = "0571-idle-ask-once-for-pending-cases"

    static let sql = #"""
        CREATE OR REPLACE FUNCTION identity.has_pending_idle_case(p_user uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM billing.idle_case WHERE state IN ('decided', 'confirmed')) THEN
                RETURN false;
            END IF;
            RETURN EXISTS (SELECT FROM billing.pending_idle_cases(p_user));
        END $$;
        """#
}
