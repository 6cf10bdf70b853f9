import Core
import Foundation
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import Composition
@testable import JobsPostgres

/// Every future consequence is an instant in a column and a waiting job keyed by its entity (OPS-053).
@Suite struct InstantColumnsTests {
    /// What an instant that lies ahead leads to.
    private enum Consequence {
        /// The job of this kind waits for it, or a schedule looks for it; the net below may be another.
        case job(String)
        /// Whoever asks compares it with the present; nothing happens at the instant itself.
        case compared(String)
        /// It is shown, or a part of another instant.
        case shown(String)
    }

    private static let ahead: [String: Consequence] = [
        "admin.approval.expires_at": .compared("each consent and its execution"),
        "admin.operator_token.expires_at": .compared("each use of the token"),
        "admin.operator_enrolment.expires_at": .compared("each use of the link"),
        "admin.operator_challenge.expires_at": .compared("each use; the next one that is made removes it"),
        "admin.operator_session.expires_at": .compared("each use of the session"),
        "audit.sink.next_attempt_at": .compared("the stream of each worker, each second"),
        "audit.sink.leased_until": .compared("the streams of other workers"),
        "billing.account_credit.expires_at": .job("billing.expire_account_credit"),
        "billing.checkout.expires_at": .job("billing.expire_checkout"),
        "billing.credit_hold.expires_at": .job("graphs.free_lapsed_holds"),
        "billing.credit_pool.window_end": .job("billing.refill_credit_pools"),
        "billing.drift_item.dismissed_until": .compared("each comparison that finds the difference again"),
        "billing.idle_case.period_end": .job("billing.close_idle_case"),
        "billing.idle_case.ends_at": .job("billing.close_idle_case"),
        "billing.idle_case.threshold": .compared("the decision and each use"),
        "billing.idle_case.provider_end": .shown("what the provider said of the end"),
        "billing.idle_evaluation.threshold": .shown("what a decision looked at"),
        "billing.intent.lease_until": .job("billing.send_provider_intent"),
        "billing.invoice.period_end": .shown("what was invoiced"),
        "billing.invoice.due_date": .job("billing.watch_invoice"),
        "billing.invoice_line.period_end": .shown("what was invoiced"),
        "billing.keep_token_use.period_end": .shown("which period a link was for"),
        "billing.plan_change.deadline": .job("billing.finish_plan_change"),
        "billing.plan_change.proration_date": .shown("for which instant a change was reckoned"),
        "billing.subscription.trial_end": .shown("the provider's own date"),
        "billing.subscription.period_end": .job("billing.renew_net_terms"),
        "billing.subscription.ends_at": .job("billing.end_access"),
        "billing.subscription.grace_deadline": .job("billing.enforce_deadline"),
        "billing.subscription.final_deadline": .job("billing.enforce_deadline"),
        "billing.subscription.lease_until": .compared("each change of the subscription"),
        "billing.subscription.eligible_after": .compared("the decision about an idle subscription"),
        "graphs.backup_download.expires_at": .compared("each use of the link"),
        "graphs.graph.purge_at": .job("graphs.purge"),
        "graphs.graph_backup.expires_at": .job("graphs.expire_backup"),
        "graphs.graph_credential.expires_at": .job("graphs.expire_credential"),
        "graphs.host_slot.reserved_until": .job("graphs.free_lapsed_holds"),
        "graphs.left_place.release_at": .job("graphs.release_place"),
        "graphs.repository_grant.expires_at": .job("graphs.reconcile_seats"),
        "graphs.storage_measure.due_at": .job("graphs.forget_measures"),
        "graphs.host_sample.slot": .job("graphs.forget_measures"),
        "identity.account.purge_at": .job("identity.purge_account"),
        "identity.api_key.expires_at": .job("identity.review_keys"),
        "identity.guess_network.blocked_until": .compared("each guess"),
        "identity.handoff.expires_at": .compared("each use"),
        "identity.handoff.exchange_expires_at": .compared("each use"),
        "identity.link_token.expires_at": .compared("each use; the clean-up removes it"),
        "identity.personal_export.expires_at": .job("identity.clean_up"),
        "identity.second_factor_reset.due_at": .job("identity.reset_second_factor"),
        "identity.ceremony_challenge.expires_at": .compared("each use"),
        "identity.mfa_token.expires_at": .compared("each use"),
        "identity.session.token_expires_at": .compared("each use"),
        "identity.session.absolute_expires_at": .compared("each use"),
        "notifications.notice.renews_at": .shown("what a notice says"),
        "notifications.notice.until": .shown("what a notice says"),
        "notifications.webhook_delivery.next_at": .job("notifications.deliver_webhook"),
        "notifications.webhook_secret.expires_at": .compared("each message that is signed"),
        "operations.idempotency_record.expires_at": .job("operations.forget_request_keys"),
        "operations.operation.deadline": .job("operations.pass_deadline"),
        "operations.stream_lease.renewed_until": .compared("each new stream, by the liveness clock"),
        "orgs.graph_slot.expires_at": .job("graphs.free_lapsed_holds"),
        "orgs.invitation.expires_at": .job("orgs.close_expired_offers"),
        "orgs.org.purge_at": .job("orgs.purge_org"),
        "orgs.org.support_access_until": .job("orgs.end_support_access"),
        "orgs.org_deletion.purge_at": .job("orgs.purge_org"),
        "orgs.org_export.expires_at": .job("orgs.expire_exports"),
        "orgs.ownership_transfer.expires_at": .job("orgs.close_expired_offers"),
        "orgs.ownership_transfer.acceptable_at": .compared("the acceptance"),
        "trellis.log_level.until": .compared("each line of the log"),
    ]

    /// Endings of names of columns that say what has happened.
    private static let facts = [
        "created_at", "updated_at", "started_at", "ended_at", "completed_at", "verified_at", "closed_at", "opened_at", "revoked_at",
        "recorded_at", "occurred_at", "signed_at", "disabled_at", "activated_at", "polled_at", "seen_at", "allocated_at", "synced_at",
        "found_at", "canceled_at", "confirmed_at", "accepted_at", "settled_at", "extended_at", "decided_at", "received_at", "sent_at",
        "paid_at", "overdue_at", "voided_at", "used_at", "told_at", "finished_at", "granted_at", "sampled_at", "row_at", "absent_at",
        "allowed_at", "requested_at", "active_at", "floor", "notice_at", "probed_at", "early_at", "late_at", "announced_at", "warned_at",
        "exchanged_at", "consumed_at", "superseded_at", "joined_at", "deleted_at", "purged_at", "acknowledged_at", "cleared_at",
        "rotated_at", "authenticated_at", "reported_at", "lifted_at", "suppressed_at", "began_at", "delivered_at", "failing_since",
        "stopped_at", "queued_at", "stored_at", "rendered_at", "moved_at", "erased_at", "taken_at", "last_at", "applied_at", "healthy_at",
        "facts_at",
        "asked_at", "measured_at", "thinned_at", "waived_at", "detached_at", "dropped_at", "set_at", "filled_at",
        "ordered_at", "archived_at", "alerted_at", "audit.sink.paused_at", "audit.sink.removed_at",
        "changed_at", "first_byte_at", "first_seen", "first_seen_at", "last_seen_at", "status_since", "delinquent_since", "period_start",
        "window_start", "anchor", "last_activity_at", "activity_until", "last_sent_at", ".at", "position", "billing.idle_case.period_start",
    ]

    @Test func `OPS-053 every column of instants tells what has happened, or names the job that waits for it or who compares it`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let columns = try await api.database.adminClient.query(
                """
                SELECT table_schema || '.' || table_name || '.' || column_name AS name FROM information_schema.columns
                WHERE data_type = 'timestamp with time zone' AND table_schema !~ '^pg_|^information_schema$'
                    AND table_schema NOT IN ('jobs', 'limits')
                    AND table_name IN (SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition)
                ORDER BY 1
                """
            ).map { try $0.decode("name", as: String.self) }
            #expect(columns.count > 100)
            for column in columns where Self.ahead[column] == nil {
                #expect(
                    Self.facts.contains { column.hasSuffix($0) },
                    "\(column): does something happen at this instant? Name its job, or who compares it")
            }
            #expect(Set(Self.ahead.keys).subtracting(columns).isEmpty, "\(Set(Self.ahead.keys).subtracting(columns))")
        }
    }

    @Test func `OPS-053 each of these jobs is one that the worker of the product does`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let configuration = try TrellisConfiguration(
                environment: [
                    "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": database.url,
                    "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": "smtp://127.0.0.1:1",
                ].merging(ComposedAPI.selling) { $1 })
            let foundations = try await Foundations(configuration, role: .system, name: "worker", log: .silent)
            do {
                let product = try await Product(foundations)
                let kinds = Set(try product.jobRegistry().handlers.keys)
                for (column, consequence) in Self.ahead {
                    guard case .job(let kind) = consequence else { continue }
                    #expect(kinds.contains(kind), "\(column): no worker does \(kind)")
                }
                await product.shutdown()
                await foundations.shutdown()
            } catch {
                await foundations.shutdown()
                throw error
            }
        }
    }
}
