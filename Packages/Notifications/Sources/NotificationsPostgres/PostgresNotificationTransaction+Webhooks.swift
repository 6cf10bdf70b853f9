public import Core
public import Notifications
public import Orgs
internal import Postgres

extension PostgresNotificationTransaction {
    /// Takes the next number of the object, which keeps others of the object waiting until this transaction ends: no gap and no two alike.
    public func insertMessage(
        cause: String, of org: Org.ID, object: String, graph: String?, make: (WebhookNumbers) throws -> WebhookMessage
    ) async throws -> WebhookMessage? {
        let known = try await postgres.query(
            "SELECT 1 AS one FROM notifications.webhook_message WHERE org_id = \(org) AND cause = \(cause)")
        guard known.isEmpty else { return nil }
        guard let number = try await nextNumber(of: object, in: org) else { return nil }
        // Beside the graph's own number as an object: what hangs on a graph has numbers of its own.
        let story = if let graph { try await nextNumber(of: "story:\(graph)", in: org) } else { Int64?.none }
        let message = try make(WebhookNumbers(ofObject: number, ofGraph: story))
        try await postgres.execute(
            """
            INSERT INTO notifications.webhook_message (org_id, id, cause, type, object, sequence, payload, created_at)
            VALUES (\(org), \(message.id), \(cause), \(message.type.rawValue), \(object), \(number), \(message.payload), \(message.createdAt))
            """)
        return message
    }

    private func nextNumber(of object: String, in org: Org.ID) async throws -> Int64? {
        try await postgres.query(
            """
            INSERT INTO notifications.webhook_sequence AS s (org_id, object, last) VALUES (\(org), \(object), 1)
            ON CONFLICT (org_id, object) DO UPDATE SET last = s.last + 1 RETURNING last
            """
        ).first?.decode("last")
    }

    /// The endpoints of an org.
    public func endpoints(of org: Org.ID) async throws -> [WebhookEndpoint] {
        try await postgres.query("SELECT * FROM notifications.webhook_endpoint WHERE org_id = \(org) ORDER BY created_at, id").map {
            try WebhookEndpoint($0)
        }
    }

    /// An endpoint, locked.
    public func lockEndpoint(_ id: WebhookEndpoint.ID, of org: Org.ID) async throws -> WebhookEndpoint? {
        try await postgres.query("SELECT * FROM notifications.webhook_endpoint WHERE org_id = \(org) AND id = \(id) FOR UPDATE").first.map {
            try WebhookEndpoint($0)
        }
    }

    /// Adds an endpoint.
    public func insert(_ endpoint: WebhookEndpoint) async throws {
        try await postgres.execute(
            """
            INSERT INTO notifications.webhook_endpoint (org_id, id, url, description, types, is_ordered, status, created_by, created_at, updated_at)
            VALUES (\(endpoint.org), \(endpoint.id), \(endpoint.url), \(endpoint.description), \(endpoint.filter.patterns), \(endpoint.isOrdered),
                \(endpoint.status.rawValue), \(endpoint.createdBy), \(endpoint.createdAt), \(endpoint.createdAt))
            """)
    }

    /// Keeps what of an endpoint may change.
    public func update(_ endpoint: WebhookEndpoint, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE notifications.webhook_endpoint SET url = \(endpoint.url), description = \(endpoint.description),
                types = \(endpoint.filter.patterns), is_ordered = \(endpoint.isOrdered), status = \(endpoint.status.rawValue),
                disabled_because = \(endpoint.disabledBecause), failing_since = \(endpoint.failingSince),
                failure_told_at = CASE WHEN \(endpoint.failingSince)::timestamptz IS NOT NULL THEN failure_told_at END, updated_at = \(now)
            WHERE org_id = \(endpoint.org) AND id = \(endpoint.id)
            """)
    }

    /// Switches an endpoint off; nothing else of the row is written.
    public func switchOff(_ endpoint: WebhookEndpoint, because reason: String, at now: Instant) async throws -> WebhookEndpoint? {
        try await postgres.query(
            """
            UPDATE notifications.webhook_endpoint SET status = 'disabled', disabled_because = \(reason), updated_at = \(now)
            WHERE org_id = \(endpoint.org) AND id = \(endpoint.id) AND status = 'enabled' RETURNING *
            """
        ).first.map { try WebhookEndpoint($0) }
    }

    /// Waits for other transactions that add endpoints to the org.
    public func lockEndpoints(of org: Org.ID) async throws {
        _ = try await postgres.query("SELECT pg_advisory_xact_lock(hashtextextended('notifications.webhook_endpoint/' || \(org)::text, 0))")
    }

    /// Removes an endpoint; its secrets, deliveries and attempts go with it.
    public func delete(_ endpoint: WebhookEndpoint) async throws {
        try await postgres.execute("DELETE FROM notifications.webhook_endpoint WHERE org_id = \(endpoint.org) AND id = \(endpoint.id)")
    }

    /// Adds a secret; of the older ones only the newest goes on, until an instant (NOT-180: two at most).
    public func insertSecret(_ sealed: String, of endpoint: WebhookEndpoint, endingOthersAt end: Instant, at now: Instant) async throws {
        try await postgres.execute(
            """
            DELETE FROM notifications.webhook_secret s WHERE org_id = \(endpoint.org) AND endpoint_id = \(endpoint.id)
                AND (s.expires_at IS NOT NULL OR \(end) <= \(now))
            """)
        try await postgres.execute(
            "UPDATE notifications.webhook_secret SET expires_at = \(end) WHERE org_id = \(endpoint.org) AND endpoint_id = \(endpoint.id)")
        try await postgres.execute(
            """
            INSERT INTO notifications.webhook_secret (org_id, endpoint_id, sealed, created_at)
            VALUES (\(endpoint.org), \(endpoint.id), \(sealed), \(now))
            """)
    }

    /// Puts a message on its way; to an endpoint that is switched off it is held.
    public func insertDelivery(of message: WebhookMessage, to endpoint: WebhookEndpoint, at now: Instant) async throws -> Bool {
        let status: WebhookDelivery.Status = endpoint.status == .enabled ? .pending : .held
        return try await postgres.execute(
            """
            INSERT INTO notifications.webhook_delivery (org_id, endpoint_id, message_id, status, created_at)
            VALUES (\(message.org), \(endpoint.id), \(message.id), \(status.rawValue), \(now)) ON CONFLICT DO NOTHING
            """) == 1
    }

    /// A delivery with everything that sending it takes.
    public func lockDelivery(
        of message: WebhookMessage.ID, to endpoint: WebhookEndpoint.ID, in org: Org.ID, at now: Instant
    ) async throws -> WebhookDelivery? {
        let endpoints = try await postgres.query(
            "SELECT * FROM notifications.webhook_endpoint WHERE org_id = \(org) AND id = \(endpoint) FOR NO KEY UPDATE")
        let rows = try await postgres.query(
            """
            SELECT status, attempts, replays FROM notifications.webhook_delivery
            WHERE org_id = \(org) AND endpoint_id = \(endpoint) AND message_id = \(message) FOR UPDATE
            """)
        guard let target = endpoints.first, let row = rows.first, let content = try await self.message(message, of: org),
            let status = WebhookDelivery.Status(rawValue: try row.decode("status"))
        else { return nil }
        let secrets = try await postgres.query(
            """
            SELECT sealed FROM notifications.webhook_secret
            WHERE org_id = \(org) AND endpoint_id = \(endpoint) AND (expires_at IS NULL OR expires_at > \(now)) ORDER BY id DESC
            """
        ).map { try $0.decode("sealed", as: String.self) }
        return WebhookDelivery(
            endpoint: try WebhookEndpoint(target), message: content, status: status,
            attempts: Int(try row.decode("attempts", as: Int32.self)),
            replays: Int(try row.decode("replays", as: Int32.self)), secrets: secrets)
    }

    /// Keeps an attempt; its number goes on over replays.
    public func record(
        _ attempt: WebhookAttempt, of delivery: WebhookDelivery, leaving status: WebhookDelivery.Status, nextAt: Instant?
    ) async throws {
        let (org, endpoint, message) = (delivery.endpoint.org, delivery.endpoint.id, delivery.message.id)
        var answered: (status: Int32?, body: String?, failure: String?) = (nil, nil, nil)
        switch attempt.answer {
        case .status(let status, let body, _): answered = (Int32(clamping: status), body, nil)
        case .failure(let reason): answered.failure = reason
        }
        let milliseconds = Int32(clamping: attempt.duration.wholeMilliseconds)
        try await postgres.execute(
            """
            INSERT INTO notifications.webhook_attempt (org_id, endpoint_id, message_id, number, began_at, took_ms, answer_status, answer, failure)
            SELECT \(org), \(endpoint), \(message), 1 + count(*)::integer, \(attempt.at), \(milliseconds), \(answered.status), \(answered.body),
                \(answered.failure)
            FROM notifications.webhook_attempt WHERE org_id = \(org) AND endpoint_id = \(endpoint) AND message_id = \(message)
            """)
        try await postgres.execute(
            """
            UPDATE notifications.webhook_delivery SET status = \(status.rawValue), attempts = attempts + 1, next_at = \(nextAt),
                delivered_at = CASE WHEN \(status.rawValue) = 'delivered' THEN \(attempt.at) ELSE delivered_at END
            WHERE org_id = \(org) AND endpoint_id = \(endpoint) AND message_id = \(message)
            """)
    }

    /// Keeps where a delivery stands.
    public func move(_ delivery: WebhookDelivery, to status: WebhookDelivery.Status) async throws {
        try await postgres.execute(
            """
            UPDATE notifications.webhook_delivery SET status = \(status.rawValue), next_at = NULL
            WHERE org_id = \(delivery.endpoint.org) AND endpoint_id = \(delivery.endpoint.id) AND message_id = \(delivery.message.id)
            """)
    }

    /// Since when an endpoint fails, and how many messages have not got through since.
    public func noteHealth(of endpoint: WebhookEndpoint, failingSince: Instant?) async throws -> Int {
        try await postgres.execute(
            """
            UPDATE notifications.webhook_endpoint SET failing_since = \(failingSince), failure_told_at = NULL
            WHERE org_id = \(endpoint.org) AND id = \(endpoint.id) AND failing_since IS DISTINCT FROM \(failingSince)
            """)
        guard let failingSince else { return 0 }
        return try await postgres.query(
            """
            SELECT count(DISTINCT a.message_id) AS failed FROM notifications.webhook_attempt a
            JOIN notifications.webhook_delivery d USING (org_id, endpoint_id, message_id)
            WHERE a.org_id = \(endpoint.org) AND a.endpoint_id = \(endpoint.id) AND a.began_at >= \(failingSince) AND d.status <> 'delivered'
            """
        ).first.map { Int(try $0.decode("failed", as: Int64.self)) } ?? 0
    }

    /// Notes it once for each time that the endpoint begins to fail.
    public func tellOfFailure(of endpoint: WebhookEndpoint, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE notifications.webhook_endpoint SET failure_told_at = \(now)
            WHERE org_id = \(endpoint.org) AND id = \(endpoint.id) AND failure_told_at IS NULL
            """) == 1
    }

    /// Puts deliveries back to the beginning.
    public func replay(
        _ selection: WebhookReplay, to endpoint: WebhookEndpoint, limit: Int, forgottenBefore: Instant, at now: Instant
    ) async throws -> [ReplayedMessage] {
        try await postgres.query(
            """
            WITH chosen AS (
                SELECT d.message_id FROM notifications.webhook_delivery d
                JOIN notifications.webhook_message m ON m.org_id = d.org_id AND m.id = d.message_id
                WHERE d.org_id = \(endpoint.org) AND d.endpoint_id = \(endpoint.id)
                    AND (d.status <> 'pending' OR coalesce(d.next_at, d.created_at) < \(forgottenBefore))
                    AND (\(selection.message)::uuid IS NULL OR m.id = \(selection.message))
                    AND (\(selection.since)::timestamptz IS NULL OR m.created_at >= \(selection.since))
                    AND (\(selection.until)::timestamptz IS NULL OR m.created_at <= \(selection.until))
                    AND (NOT \(selection.onlyFailed) OR d.status <> 'delivered')
                ORDER BY m.created_at, m.id LIMIT \(Int64(limit)) FOR UPDATE OF d
            ), again AS (
                UPDATE notifications.webhook_delivery d SET status = 'pending', attempts = 0, replays = d.replays + 1, next_at = \(now)
                FROM chosen c WHERE d.org_id = \(endpoint.org) AND d.endpoint_id = \(endpoint.id) AND d.message_id = c.message_id
                RETURNING d.message_id, d.replays
            )
            SELECT m.*, a.replays FROM again a JOIN notifications.webhook_message m ON m.org_id = \(endpoint.org) AND m.id = a.message_id
            ORDER BY m.created_at, m.id
            """
        ).map { ReplayedMessage(message: try WebhookMessage($0), number: Int(try $0.decode("replays", as: Int32.self))) }
    }

    /// Removes old messages; those whose rows another transaction holds are left for the next run.
    public func removeMessages(before: Instant, limit: Int) async throws -> Int {
        try await postgres.execute(
            """
            DELETE FROM notifications.webhook_message WHERE (org_id, id) IN (
                SELECT m.org_id, m.id FROM notifications.webhook_message m
                WHERE m.created_at < \(before) AND NOT EXISTS (
                    SELECT FROM notifications.webhook_delivery d WHERE d.org_id = m.org_id AND d.message_id = m.id AND d.status = 'pending'
                        AND coalesce(d.next_at, d.created_at) >= \(before))
                ORDER BY m.created_at LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED)
            """)
    }

    /// Removes what an org has; deliveries, attempts and secrets go with endpoints and messages. What its owners said of mails goes as well.
    public func removeWebhooks(of org: Org.ID) async throws {
        try await postgres.execute("DELETE FROM notifications.webhook_endpoint WHERE org_id = \(org)")
        try await postgres.execute("DELETE FROM notifications.webhook_message WHERE org_id = \(org)")
        try await postgres.execute("DELETE FROM notifications.webhook_sequence WHERE org_id = \(org)")
        try await postgres.execute("DELETE FROM notifications.org_default WHERE org_id = \(org)")
        try await postgres.execute("DELETE FROM notifications.org_brand WHERE org_id = \(org)")
    }

    /// What was sent to an endpoint, with each attempt.
    public func deliveries(of endpoint: WebhookEndpoint, status: WebhookDelivery.Status?, limit: Int) async throws -> [JSONValue] {
        try await postgres.query(
            """
            SELECT jsonb_build_object('type', m.type, 'object', m.object, 'sequence', m.sequence,
                'status', d.status, 'attempts', d.attempts, 'replays', d.replays, 'next_at', d.next_at, 'delivered_at', d.delivered_at,
                'created_at', d.created_at, 'tries', coalesce((SELECT jsonb_agg(jsonb_build_object('number', a.number, 'at', a.began_at,
                    'took_ms', a.took_ms, 'status', a.answer_status, 'answer', a.answer, 'failure', a.failure) ORDER BY a.number)
                    FROM notifications.webhook_attempt a
                    WHERE a.org_id = d.org_id AND a.endpoint_id = d.endpoint_id AND a.message_id = d.message_id), '[]')) AS body, m.id
            FROM notifications.webhook_delivery d JOIN notifications.webhook_message m ON m.org_id = d.org_id AND m.id = d.message_id
            WHERE d.org_id = \(endpoint.org) AND d.endpoint_id = \(endpoint.id)
                AND (\(status?.rawValue)::text IS NULL OR d.status = \(status?.rawValue))
            ORDER BY m.id DESC LIMIT \(Int64(limit))
            """
        ).map { row in
            guard case .object(var body) = try row.decode("body", as: JSONValue.self) else { throw UnknownStoredValue(column: "body") }
            body["message_id"] = .string(try row.decode("id", as: WebhookMessage.ID.self).description)
            return .object(body)
        }
    }

    /// A message of an org.
    public func message(_ id: WebhookMessage.ID, of org: Org.ID) async throws -> WebhookMessage? {
        try await postgres.query("SELECT * FROM notifications.webhook_message WHERE org_id = \(org) AND id = \(id)").first.map {
            try WebhookMessage($0)
        }
    }
}

extension WebhookMessage {
    init(_ row: Row) throws {
        guard let type = WebhookEventType(rawValue: try row.decode("type")) else { throw UnknownStoredValue(column: "type") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), type: type, object: try row.decode("object"),
            sequence: try row.decode("sequence"), payload: try row.decode("payload"), createdAt: try row.decode("created_at"))
    }
}

extension WebhookEndpoint {
    init(_ row: Row) throws {
        guard let status = Status(rawValue: try row.decode("status")) else { throw UnknownStoredValue(column: "status") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), url: try row.decode("url"), description: try row.decode("description"),
            filter: WebhookFilter(patterns: try row.decode("types")), isOrdered: try row.decode("is_ordered"), status: status,
            disabledBecause: try row.decode("disabled_because"), createdBy: try row.decode("created_by"),
            createdAt: try row.decode("created_at"), failingSince: try row.decode("failing_since"))
    }
}
