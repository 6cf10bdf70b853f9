import Composition
import Foundation
import PlatformTesting
import Postgres
import Testing

/// The types of entries that all packages together put into the log's catalogue.
@Suite struct CatalogueTests {
    /// A family of types as the catalogue of the requirements has it: the risk of each, and what all of them must refer to.
    struct Family: Sendable, CustomTestStringConvertible {
        let id: String
        let requires: [String]
        let risks: [String: String]
        /// Types that the release before writes without all of it: the catalogue asks for it in the release after this one (OPS-086).
        var later: Set<String> = []
        var testDescription: String { id }
    }

    static let families = [
        Family(
            id: "AUD-104", requires: ["org", "subscription", "idle_case"],
            risks: [
                "subscription_auto_canceled": "medium", "subscription_kept": "medium", "idle_case_held": "medium",
                "idle_case_released": "medium", "idle_case_superseded": "low", "idle_case_overridden": "medium",
                "idle_drift_corrected": "medium", "idle_keep_failed": "high", "idle_renewal_missed": "critical",
                "idle_end_extended": "medium", "idle_eligibility_changed": "medium", "keep_link_used": "low", "keep_link_refused": "low",
            ], later: ["subscription_kept"]),
        Family(
            id: "AUD-102", requires: ["org", "checkout", "subscription"],
            risks: [
                "checkout_started": "low", "checkout_completed": "low", "checkout_expired": "low", "checkout_retired": "low",
                "checkout_paid_late": "high", "tier_mismatch": "medium",
            ]),
        Family(
            id: "AUD-105", requires: ["org", "subscription", "plan_change"],
            risks: [
                "plan_upgraded": "medium", "plan_downgraded": "medium", "plan_change_failed": "high", "plan_change_reverted": "high",
            ]),
        Family(
            id: "AUD-109", requires: ["credit_pool"],
            risks: [
                "credits_allocated": "low", "credits_expired": "low", "credits_bonus": "medium", "credits_reset": "high",
                "credits_adjusted": "medium", "credits_exhausted": "low",
            ]),
        Family(
            id: "AUD-114", requires: ["user"],
            risks: [
                "session_started": "low", "token_refresh": "low", "session_org_switched": "low", "session_revoked": "low",
                "sessions_revoked_all": "medium", "refresh_reuse_detected": "high",
            ]),
        // Whose token it was, nobody can say who did not verify it.
        Family(id: "AUD-114", requires: ["network_client"], risks: ["non_access_token_as_bearer": "high"]),
        Family(
            id: "AUD-116", requires: ["user"],
            risks: [
                "passkey_enrolled": "medium", "passkey_renamed": "low", "passkey_removed": "high", "passkey_counter_regressed": "medium",
                "recovery_codes_generated": "medium", "recovery_codes_regenerated": "high",
            ]),
        Family(
            id: "AUD-120", requires: ["org", "user"],
            risks: [
                "org_member_added": "medium", "org_member_role_changed": "medium", "org_member_removed": "medium", "org_member_left": "low",
                "ownership_transfer_requested": "high", "ownership_transferred": "high", "ownership_transfer_declined": "medium",
                "ownership_transfer_canceled": "medium", "ownership_transfer_voided": "medium", "ownership_transfer_expired": "low",
            ]),
        Family(
            id: "AUD-124", requires: ["user"],
            risks: [
                "graph_member_added": "medium", "graph_member_role_changed": "medium", "graph_member_removed": "medium",
                "repository_access_granted": "medium", "repository_access_suspended": "medium", "repository_access_restored": "medium",
                "repository_access_revoked": "medium",
            ]),
        Family(
            id: "AUD-130", requires: ["org", "webhook_endpoint"],
            risks: [
                "webhook_endpoint_created": "medium", "webhook_endpoint_updated": "medium", "webhook_secret_rotated": "medium",
                "webhook_endpoint_disabled": "high", "webhook_endpoint_enabled": "medium", "webhook_endpoint_deleted": "medium",
                "webhook_delivery_exhausted": "medium", "webhook_replay_requested": "medium",
            ]),
        Family(
            id: "AUD-117", requires: [],
            risks: [
                "api_key_created": "medium", "api_key_updated": "low", "api_key_rotated": "medium", "api_key_revoked": "medium",
                "api_key_new_network": "medium", "api_key_expired": "low", "api_key_invalid": "medium", "api_key_scope_denied": "medium",
                "api_key_first_use": "low",
            ]),
        Family(
            id: "AUD-121", requires: ["org", "invitation"],
            risks: [
                "org_invitation_created": "low", "org_invitation_resent": "low", "org_invitation_revoked": "low",
                "org_invitation_accepted": "medium", "org_invitation_declined": "low", "org_invitation_expired": "low",
                "org_invitation_removed": "low", "org_invitation_refused": "medium",
            ]),
        Family(
            id: "AUD-126", requires: [],
            risks: [
                "authorization_denied": "medium", "privilege_escalation_attempt": "high", "cross_tenant_attempt": "high",
                "rate_limit_exceeded": "medium", "link_token_rejected": "medium", "link_token_replayed": "low",
                "send_budget_exceeded": "medium",
            ]),
        Family(
            id: "AUD-113", requires: ["network_client"],
            risks: [
                "auth_success": "low", "auth_failure": "medium", "auth_blocked": "high", "auth_token_expired": "low",
                "auth_token_invalid": "medium", "mfa_challenge_issued": "low", "mfa_verified": "low", "mfa_failed": "high",
                "mfa_recovery_used": "high", "new_client_sign_in": "medium", "captcha_failed": "low",
            ]),
        Family(
            id: "AUD-131", requires: ["operator"],
            risks: [
                "operator_created": "high", "operator_disabled": "high", "operator_signed_in": "medium", "operator_sign_in_failed": "high",
                "admin_action": "low", "personal_data_revealed": "medium", "approval_requested": "medium", "approval_given": "high",
                "approval_refused": "medium",
            ]),
        Family(
            id: "AUD-132", requires: ["operator"],
            risks: [
                "subscription_admin_changed": "high", "operator_note_added": "low", "job_retried": "medium", "job_canceled": "medium",
                "job_discarded": "high", "saga_step_retried": "medium", "schedule_paused": "high", "schedule_resumed": "medium",
                "schedule_run_requested": "medium", "queue_paused": "high", "queue_resumed": "medium", "dead_letter_requeued": "medium",
            ]),
        Family(id: "AUD-132", requires: ["control"], risks: ["kill_switch_engaged": "critical", "kill_switch_released": "high"]),
        Family(
            id: "AUD-127", requires: ["network_client"],
            risks: [
                "network_client_blocked": "high", "network_client_unblocked": "medium", "input_validation_failure": "medium",
                "injection_attempt": "critical", "suspicious_activity": "high", "path_traversal_attempt": "high", "invalid_input": "low",
                "oversized_request": "medium", "xml_refused": "high", "ssrf_blocked": "high", "host_header_refused": "medium",
                "csrf_refused": "high",
            ]),
        Family(
            id: "AUD-128", requires: ["node"], risks: ["signing_key_published": "medium", "signing_key_retired": "medium"]),
        Family(id: "AUD-127", requires: ["node"], risks: ["security_events_shed": "critical"]),
        Family(
            id: "AUD-118", requires: ["user", "session"],
            risks: ["sso_token_issued": "low", "sso_exchanged": "low", "sso_completed": "low"]),
        // A token that was used already may be anybody's.
        Family(id: "AUD-118", requires: ["network_client"], risks: ["sso_token_replayed": "high"]),
        Family(
            id: "AUD-119", requires: ["org"],
            risks: [
                "org_created": "low", "org_updated": "low", "org_type_changed": "medium", "org_security_changed": "medium",
                "org_limits_changed": "medium", "org_frozen": "high", "org_thawed": "medium", "support_access_granted": "high",
                "support_access_ended": "low", "org_deletion_requested": "high", "org_restored": "high", "org_purged": "critical",
                "org_exported": "high", "org_imported": "high",
            ]),
        Family(
            id: "AUD-133", requires: ["org", "export"], risks: ["audit_export_created": "medium", "audit_export_downloaded": "medium"]),
        Family(
            id: "AUD-129", requires: [],
            risks: [
                "email_queued": "low", "email_sent": "low", "email_skipped": "low", "email_failed": "medium", "email_bounced": "medium",
                "email_complained": "medium", "email_suppressed": "low", "suppression_removed": "medium", "preference_changed": "low",
                "notice_created": "low", "notice_acknowledged": "low", "notice_expired": "low",
            ]),
    ]

    @Test(arguments: families)
    func
        `AUD-102 AUD-104 AUD-105 AUD-109 AUD-113 AUD-114 AUD-116 AUD-117 AUD-118 AUD-119 AUD-120 AUD-121 AUD-126 AUD-129 AUD-130 AUD-131 AUD-132 AUD-133 a family of types is in the catalogue, whole, with its risks and what it must refer to`(
            family: Family
        ) async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let rows = try await database.adminClient.query(
                "SELECT name, risk, requires FROM audit.event_type WHERE name = ANY(\(family.risks.keys.sorted()))")
            var risks: [String: String] = [:]
            for row in rows {
                let name = try row.decode("name", as: String.self)
                risks[name] = try row.decode("risk", as: String.self)
                let requires = try row.decode("requires", as: [String].self)
                if !family.later.contains(name) { #expect(Set(requires).isSuperset(of: family.requires), "\(name)") }
            }
            #expect(risks == family.risks)
        }
    }

    @Test func `AUD-023 what may not change without an entry is this, and an org that is renamed by hand as the API is not renamed`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let rows = try await database.adminClient.query(
                """
                SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgfoid = 'audit.require_entry'::regproc AND tgdeferrable
                    AND tginitdeferred AND tgname = 'covered_update' ORDER BY 1
                """)
            #expect(
                try rows.map { try $0.decode("name", as: String.self) } == [
                    "admin.operator", "billing.account_credit", "billing.control", "billing.credit_pool", "billing.invoice",
                    "billing.subscription", "graphs.graph", "graphs.graph_grant", "graphs.repository_grant", "graphs.teardown",
                    "identity.account", "identity.api_key", "identity.passkey", "orgs.invitation", "orgs.membership", "orgs.org",
                ])
            let org = UUID()
            try await database.adminClient.withTransaction(scope: .system) { transaction in
                // Without its owner, who is of no matter here.
                _ = try await transaction.execute("SET LOCAL session_replication_role = replica")
                _ = try await transaction.execute(
                    """
                    INSERT INTO orgs.org (id, name, org_type, state, created_at, updated_at)
                    VALUES (\(org), 'Before', 'team', 'active', now(), now())
                    """)
                _ = try await transaction.execute("DELETE FROM audit.coverage_waiver")
            }
            let error = await #expect(throws: (any Error).self) {
                try await database.client.execute("UPDATE orgs.org SET name = 'After' WHERE id = \(org)", scope: .system)
            }
            #expect(error.flatMap { PostgresError.found(in: $0) }?.violates("change_has_its_entry") == true)
            let name = try await database.adminClient.query("SELECT name FROM orgs.org WHERE id = \(org)")[0].decode(String.self)
            #expect(name == "Before")
        }
    }
}
