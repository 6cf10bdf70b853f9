public import Admin
internal import Audit
internal import AuditPostgres
public import Billing
public import Core
public import Graphs
internal import Jobs
public import JobsPostgres
public import Postgres

/// What operators do with hosts and with events of the payment provider; the change, its job and its entry are one transaction.
public struct PostgresOperatorPlant: OperatorPlant {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let notifier: JobNotifier?

    /// Makes it.
    public init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
    }

    private struct Work: PostgresJobTransaction, PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
        let wakeUps: JobWakeUps?
    }

    private func change(_ body: (Work) async throws -> Void) async throws {
        let (dateSource, wakeUps) = (dateSource, JobWakeUps())
        try await client.withTransaction(scope: .system) { transaction in
            try await body(Work(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps))
        }
        notifier?.notify(wakeUps)
    }

    /// A host that is retired stays so; one that holds graphs is not retired. One that does not answer is made ready by its own probe alone.
    public func setHost(_ host: GraphHost.ID, to state: GraphHost.State, _ order: OperatorOrder) async throws {
        let now = dateSource.now
        try await change { work in
            let rows = try await work.postgres.query(
                """
                SELECT h.state, EXISTS (SELECT FROM graphs.host_slot AS s WHERE s.host_id = h.id AND s.state <> 'free') AS holds
                FROM graphs.graph_host AS h WHERE h.id = \(host) FOR UPDATE
                """)
            guard let row = rows.first else { throw QueueRefusal.notFound }
            let before: String = try row.decode("state")
            guard before != state.rawValue else { return }
            switch (before, state) {
            case ("ready", .draining), ("draining", .ready), ("offline", .draining): break
            case ("draining", .retired), ("offline", .retired):
                if try row.decode("holds") { throw QueueRefusal.state("in use") }
            default: throw QueueRefusal.state(before)
            }
            try await work.postgres.execute(
                "UPDATE graphs.graph_host SET state = \(state.rawValue), updated_at = \(now) WHERE id = \(host)")
            let entry = GraphHostDrained(by: order.person, host, from: before, to: state.rawValue, because: order.reason)
            try await work.record(entry, by: order.actor)
        }
    }

    /// The handler compares the number of its read with that of the row, so that nothing goes backwards.
    public func reprocess(_ event: InboundEvent.ID, _ order: OperatorOrder) async throws {
        try await change { work in
            let rows = try await work.postgres.query(
                "SELECT state, coalesce(park_reason, outcome) AS word FROM billing.inbound_event WHERE id = \(event) FOR UPDATE")
            guard let row = rows.first else { throw QueueRefusal.notFound }
            guard try row.decode("state", as: String.self) != "received" else { throw QueueRefusal.state("received") }
            try await work.postgres.execute(
                """
                UPDATE billing.inbound_event SET state = 'received', outcome = NULL, park_reason = NULL, settled_at = NULL WHERE id = \(event)
                """)
            try await work.enqueue(ProcessInboundEvent(event: event), JobOptions(uniqueKey: event.description))
            let entry = WebhookUnparked(by: order.person, event, parkedFor: try row.decode("word"), because: order.reason)
            try await work.record(entry, by: order.actor)
        }
    }
}
