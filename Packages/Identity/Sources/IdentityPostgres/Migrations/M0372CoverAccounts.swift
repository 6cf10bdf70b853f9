internal import Audit
internal import AuditPostgres
internal import Postgres

/// Accounts, keys and passkeys do not change without an entry of the log (AUD-023).
enum M0372CoverAccounts: Migration {
    static let id = "0372-identity-cover-accounts"

    static var sql: String {
        AuditSchema.cover(
            "identity.account", as: .user, belonging: [], columns: ["email", "password_hash", "email_verified_at", "status"],
            // The canary that tries the recording of activity is nobody.
            when: "(NEW.email LIKE 'activity-canary@%.invalid') IS NOT TRUE")
            + AuditSchema.cover(
                "identity.api_key", as: .apiKey, belonging: [(.user, "user_id"), (.org, "org_id"), (.graph, "graph_id")],
                columns: ["user_id", "key_hash", "scopes", "org_id", "graph_id", "networks", "expires_at", "revoked_at"],
                // The purge of an org goes on for several transactions, and its entry is that of the last.
                when: "NEW.revoke_reason IS DISTINCT FROM 'org_purged' AND NEW.prefix <> 'rfs00000'")
            + AuditSchema.cover(
                "identity.passkey", as: .passkey, belonging: [(.user, "user_id")],
                columns: ["user_id", "credential_id", "public_key", "name", "removed_at"])
    }
}
