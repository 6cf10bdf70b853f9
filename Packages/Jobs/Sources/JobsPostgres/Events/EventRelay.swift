internal import Core
internal import EventLoops
internal import Jobs
internal import Observability
internal import Postgres

/// Hands events on to their handlers, as jobs, in one transaction with the place it has reached: each event becomes one job for each handler.
///
/// An event is handed on once every transaction is over that could still bring one to be told before it (its `xid` is below that of any
/// transaction under way in this database); within that, events go in the order of their numbers. Where a later transaction has told something earlier of the same key, the
/// relay waits in front of it, so that the order of a key holds even when numbers of transactions and events run crosswise.
struct EventRelay: Sendable {
    let store: PostgresJobStore
    let listeners: [String: [EventListener]]
    private static let limit = 1_000

    /// Whether events were published that are not handed on yet.
    func isBehind() async throws -> Bool {
        try await store.withTransaction { transaction in
            let rows = try await transaction.postgres.query(
                "SELECT EXISTS (SELECT FROM jobs.event WHERE xid >= (SELECT next_xid FROM jobs.event_cursor WHERE name = 'relay'))")
            return try rows.first?.decode(Bool.self) ?? false
        }
    }

    /// Hands on what there is; gives how many events that were.
    func run() async throws -> Int {
        try await store.withTransaction { transaction in
            let cursors = try await transaction.postgres.query(
                "SELECT next_xid FROM jobs.event_cursor WHERE name = 'relay' FOR UPDATE SKIP LOCKED")
            // Another worker is at it.
            guard let from = try cursors.first?.decode(Int64.self) else { return 0 }
            let rows = try await transaction.postgres.query(Self.choice(from: from))
            guard let bound = try rows.first?.decode("bound", as: Int64.self) else { return 0 }
            let events = try rows.filter { !$0["id"].isNull }.map(Event.init)
            for (topic, events) in Dictionary(grouping: events, by: \.topic).sorted(by: { $0.key < $1.key }) {
                for listener in listeners[topic] ?? [] where !listener.sharesOrder { try await hand(events, to: listener, in: transaction) }
            }
            // The queue keeps the order of a key by the numbers of jobs: those of different topics are given in the order of the events.
            for run in Self.runs(of: events) {
                for listener in listeners[run[0].topic] ?? [] where listener.sharesOrder {
                    try await hand(run, to: listener, in: transaction)
                }
            }
            if bound > from {
                try await transaction.postgres.execute("UPDATE jobs.event_cursor SET next_xid = \(bound) WHERE name = 'relay'")
            }
            return events.count
        }
    }

    /// Events in their order, those of one topic together as long as no other comes between.
    private static func runs(of events: [Event]) -> [[Event]] {
        events.reduce(into: []) { runs, event in
            if runs.last?.last?.topic == event.topic {
                runs[runs.count - 1].append(event)
            } else {
                runs.append([event])
            }
        }
    }

    private struct Event {
        let id: Int64
        let topic: String
        let key: String
        let payload: JSONValue
        let trace: String?
        let origin: String?

        init(_ row: Row) throws {
            id = try row.decode("id")
            topic = try row.decode("topic")
            key = try row.decode("key")
            payload = try row.decode("payload")
            trace = try row.decode("trace")
            origin = try row.decode("origin")
        }
    }

    private func hand(_ events: [Event], to listener: EventListener, in transaction: JobOnlyTransaction) async throws {
        let insertion = JobInsertion(
            kind: listener.kind, lane: listener.lane, maximumAttempts: RetryPolicy.standard.maximumAttempts, timeout: .seconds(120))
        let drafts = try events.map { event in
            try JobDraft(
                Handed(event: event.id, payload: event.payload), kind: listener.kind,
                options: JobOptions(uniqueKey: String(event.id), serialKey: "\(listener.serialName)\u{1F}\(event.key)"), trace: event.trace,
                origin: event.origin)
        }
        _ = try await transaction.enqueue(drafts, by: insertion)
    }

    private struct Handed: Encodable {
        let event: Int64
        let payload: JSONValue
    }

    /// The events to hand on now with the `bound` that follows them: the first transaction that is not handed on; at least one row.
    private static func choice(from: Int64) -> Statement {
        """
        WITH horizon AS MATERIALIZED (
            -- Transactions of other databases publish nothing here, and may take hours; whoever is not known to be elsewhere counts.
            SELECT least(pg_snapshot_xmax(snapshot)::text::bigint, (
                SELECT min(running::text::bigint) FROM pg_snapshot_xip(snapshot) AS running
                WHERE NOT EXISTS (
                    SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND a.datname <> current_database()
                        AND l.transactionid::text::bigint = running::text::bigint % 4294967296)
            )) AS xmin
            FROM (SELECT pg_current_snapshot() AS snapshot) now
        ), ripe AS MATERIALIZED (
            SELECT e.xid, e.id, e.topic, e.key, e.payload FROM jobs.event e, horizon
            WHERE e.xid >= \(from) AND e.xid < horizon.xmin ORDER BY e.xid, e.id LIMIT \(Int64(limit))
        ), reach AS MATERIALIZED (
            -- Where the limit cuts, whole transactions only; a single one with more events than that goes in one piece.
            SELECT CASE WHEN (SELECT count(*) FROM ripe) < \(Int64(limit)) THEN horizon.xmin
                WHEN (SELECT max(xid) FROM ripe) > (SELECT min(xid) FROM ripe) THEN (SELECT max(xid) FROM ripe)
                ELSE (SELECT max(xid) FROM ripe) + 1 END AS xid
            FROM horizon
        ), unripe AS MATERIALIZED (
            SELECT e.key, min(e.id) AS id FROM jobs.event e, reach WHERE e.xid >= reach.xid GROUP BY e.key
        ), bound AS MATERIALIZED (
            -- Among what is visible but not ripe, something may have to be told before something that is.
            SELECT least((SELECT xid FROM reach), (SELECT min(r.xid) FROM ripe r JOIN unripe u ON u.key = r.key AND u.id < r.id)) AS xid
        )
        SELECT b.xid AS bound, e.id, e.topic, e.key, e.payload, e.trace, e.origin
        FROM bound b LEFT JOIN jobs.event e ON e.xid >= \(from) AND e.xid < b.xid
        ORDER BY e.id
        """
    }
}

extension Worker {
    /// Hands events on as they are published; looks every second by itself.
    func relayEvents() async {
        let relay = EventRelay(store: resources.store, listeners: registry.listeners)
        while !Task.isCancelled {
            var pause: Duration = .seconds(1)
            do {
                while try await relay.run() > 0 {}
                // Something stands in front of them that will be over soon; nobody tells when.
                if try await relay.isBehind() { pause = .milliseconds(20) }
            } catch {
                log.warning("events could not be handed on", ["error": .string(errorChain(error))])
            }
            await relayWake.wait(atMost: pause, on: loop)
        }
    }
}
