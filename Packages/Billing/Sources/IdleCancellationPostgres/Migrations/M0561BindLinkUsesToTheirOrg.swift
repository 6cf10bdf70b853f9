internal import Postgres

/// A used link belongs to a case of its own org, and to none of another.
enum M0561BindLinkUsesToTheirOrg: Migration {
    static let id = "0561-idle-bind-link-uses-to-their-org"

    static let sql = #"""
        ALTER TABLE billing.idle_case ADD CONSTRAINT idle_case_of_org UNIQUE (org_id, id);
        ALTER TABLE billing.keep_token_use DROP CONSTRAINT keep_token_use_idle_case_id_fkey,
            ADD CONSTRAINT keep_token_use_of_same_org FOREIGN KEY (org_id, idle_case_id) REFERENCES billing.idle_case (org_id, id);
        DROP INDEX billing.keep_token_use_of_case;
        CREATE INDEX keep_token_use_by_org ON billing.keep_token_use (org_id, idle_case_id);
        """#
}
