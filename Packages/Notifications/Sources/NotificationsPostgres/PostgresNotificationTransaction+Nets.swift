public import Core
internal import FoundationEssentials
internal import Jobs
public import Notifications
internal import Postgres

extension PostgresNotificationTransaction {
    /// By the index of what is unsettled. What nobody knows the outcome of is tried again only where its class says so, and eight times at most
    /// (NOT-032, NOT-033).
    public func waitingMails(
        movedBy instant: Instant, queuedAfter oldest: Instant, after id: Mail.ID?, limit: Int
    ) async throws -> [OutboxEntry] {
        let letters = try await lettersNotRequeued(of: SendMail.kind, as: SendMail.self)
        return try await postgres.query(
            """
            SELECT id, decision, template, address, reason, locale, context, status, attempts, queued_at, about, subject, html, plain_text,
                content_hash, template_hash, bounces, brand
            FROM notifications.mail m
            WHERE status NOT IN ('sent', 'canceled', 'failed') AND moved_at <= \(instant) AND queued_at > \(oldest)
                AND (\(id)::uuid IS NULL OR id > \(id))
                AND (status IN ('queued', 'rendered', 'sending', 'deferred')
                    OR status = 'unknown' AND class IN ('security', 'required') AND attempts < 8)
                AND NOT EXISTS (
                    SELECT FROM unnest(\(letters.map(\.work.mail.uuid)), \(letters.map(\.diedAt))) AS letter (mail, died_at)
                    WHERE letter.mail = m.id AND letter.died_at >= m.moved_at)
            ORDER BY id LIMIT \(Int64(limit))
            """
        ).map { try OutboxEntry($0, own: ownMails) }
    }

    /// By the deliveries that are pending.
    public func waitingDeliveries(
        dueBy instant: Instant, dueAfter oldest: Instant, after place: (endpoint: WebhookEndpoint.ID, message: WebhookMessage.ID)?,
        limit: Int
    ) async throws -> [WaitingDelivery] {
        let letters = try await lettersNotRequeued(of: DeliverWebhook.kind, as: DeliverWebhook.self)
        let rows = try await postgres.query(
            """
            SELECT d.endpoint_id, d.message_id, d.replays, d.org_id FROM notifications.webhook_delivery d
            WHERE d.status = 'pending' AND coalesce(d.next_at, d.created_at) <= \(instant) AND coalesce(d.next_at, d.created_at) > \(oldest)
                AND (\(place?.endpoint)::uuid IS NULL OR (d.endpoint_id, d.message_id) > (\(place?.endpoint), \(place?.message)))
                AND NOT EXISTS (
                    SELECT FROM unnest(
                        \(letters.map(\.work.endpoint.uuid)), \(letters.map(\.work.message.uuid)), \(letters.map(\.diedAt))
                    ) AS letter (endpoint, message, died_at)
                    WHERE letter.endpoint = d.endpoint_id AND letter.message = d.message_id
                        AND letter.died_at >= coalesce(d.next_at, d.created_at))
            ORDER BY d.endpoint_id, d.message_id LIMIT \(Int64(limit))
            """
        ).map { try $0.decode((UUID, UUID, Int32, UUID).self) }
        guard !rows.isEmpty else { return [] }
        let orgs = rows.map(\.3)
        let messages = try await postgres.query(
            """
            SELECT m.* FROM (SELECT DISTINCT org_id, id FROM unnest(\(orgs), \(rows.map(\.1))) AS w (org_id, id)) AS w
            JOIN notifications.webhook_message m ON m.org_id = w.org_id AND m.id = w.id
            """
        ).map { try WebhookMessage($0) }
        let endpoints = try await postgres.query(
            """
            SELECT e.* FROM (SELECT DISTINCT org_id, id FROM unnest(\(orgs), \(rows.map(\.0))) AS w (org_id, id)) AS w
            JOIN notifications.webhook_endpoint e ON e.org_id = w.org_id AND e.id = w.id
            """
        ).map { try WebhookEndpoint($0) }
        let (message, endpoint) = (
            Dictionary(uniqueKeysWithValues: messages.map { ($0.id.uuid, $0) }),
            Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id.uuid, $0) })
        )
        return rows.compactMap { row in
            guard let message = message[row.1], let endpoint = endpoint[row.0] else { return nil }
            return WaitingDelivery(message: message, endpoint: endpoint, replays: Int(row.2))
        }
    }

    /// Jobs of a kind that were given up and that nobody let run again: what an operator has not dealt with, or has laid aside, stays where it is.
    private func lettersNotRequeued<Work: Job>(of kind: String, as _: Work.Type) async throws -> [(work: Work, diedAt: Instant)] {
        try await postgres.query(
            """
            SELECT d.args, d.died_at FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id
            WHERE (k.name = \(kind) OR starts_with(k.name, \(kind + "#"))) AND d.requeued_as IS NULL
            """
        ).map { row in
            (work: try row.decode("args", as: PostgresJSON<Work>.self).value, diedAt: try row.decode("died_at"))
        }
    }
}
