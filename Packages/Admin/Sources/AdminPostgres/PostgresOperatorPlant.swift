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

    /// A host that is retired stays so; one that holds graphs, or what they have left there today, is not retired. One that is drained is emptied from
    /// now on, graph by graph (GRA-100). One that does not answer is made ready by its own probe alone.
    public func setHost(_ host: GraphHost.ID, to state: GraphHost.State, _ order: OperatorOrder) async throws {
        let now = dateSource.now
        try await change { work in
            let rows = try await work.postgres.query(
                """
                SELECT h.state, EXISTS (SELECT FROM graphs.host_slot AS s WHERE s.host_id = h.id AND s.state <> 'free')
                    OR EXISTS (SELECT FROM graphs.left_place AS l WHERE l.host_id = h.id) AS holds
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
                """
                UPDATE graphs.graph_host SET state = \(state.rawValue), is_given_up = is_given_up AND \(state != .ready), updated_at = \(now)
                WHERE id = \(host)
                """)
            let entry = GraphHostDrained(by: order.person, host, from: before, to: state.rawValue, because: order.reason)
            try await work.record(entry, by: order.actor)
            guard state == .draining else { return }
            _ = try await work.startSaga(DrainHostSaga.self, key: host.description, context: DrainHostSaga.Context(host: host))
        }
    }

    /// The handler compares the number of its read with that of the row, so that nothing goes backwards.
    public func reprocess(_ event: InboundEvent.ID, _ order: OperatorOrder) async throws {
        try await change { work in
            let row = try await row(of: event, in: work)
            guard try row.decode("state", as: String.self) != "received" else { throw QueueRefusal.state("received") }
            try await processAgain(event, row, nil, order, in: work)
        }
    }

    /// Only what is parked.
    public func unpark(_ event: InboundEvent.ID, _ order: OperatorOrder) async throws {
        try await change { work in try await processAgain(event, try await parked(event, in: work), nil, order, in: work) }
    }

    /// A subscription that is bound to another one of the provider is not given this one's events: that would end the one that is not its own.
    public func assign(_ event: InboundEvent.ID, to owner: EventOwner, _ order: OperatorOrder) async throws {
        try await change { work in
            let row = try await parked(event, in: work)
            let assignment: InboundEvent.Assignment
            switch owner {
            case .org(let org):
                guard try await !work.postgres.query("SELECT 1 FROM orgs.org WHERE id = \(org)").isEmpty else {
                    throw QueueRefusal.notFound
                }
                assignment = InboundEvent.Assignment(org: org, subscription: nil)
            case .subscription(let id):
                let found = try await work.postgres.query(
                    "SELECT org_id, provider_subscription_id AS bound FROM billing.subscription WHERE id = \(id)")
                guard let subscription = found.first else { throw QueueRefusal.notFound }
                let (bound, named): (String?, String?) = (try subscription.decode("bound"), try row.decode("named"))
                guard bound == nil || named == nil || bound == named else { throw QueueRefusal.state("another subscription's") }
                assignment = InboundEvent.Assignment(org: try subscription.decode("org_id"), subscription: id)
            }
            try await processAgain(event, row, assignment, order, in: work)
        }
    }

    /// It stays listed.
    public func discard(_ event: InboundEvent.ID, _ order: OperatorOrder) async throws {
        let now = dateSource.now
        try await change { work in
            let row = try await parked(event, in: work)
            try await work.postgres.execute(
                """
                UPDATE billing.inbound_event SET state = 'done', outcome = 'discarded', park_reason = NULL, settled_at = \(now)
                WHERE id = \(event)
                """)
            let entry = WebhookDiscarded(by: order.person, event, parkedFor: try row.decode("word"), because: order.reason)
            try await work.record(entry, by: order.actor)
        }
    }

    /// What people wrote, and what opens or pays something, is hidden.
    public func body(of event: InboundEvent.ID) async throws -> JSONValue {
        let rows = try await client.query("SELECT body FROM billing.inbound_event WHERE id = \(event)", scope: .system)
        guard let row = rows.first else { throw QueueRefusal.notFound }
        return RedactedBody.of(try row.decode("body"))
    }

    private func row(of event: InboundEvent.ID, in work: Work) async throws -> Row {
        let rows = try await work.postgres.query(
            """
            SELECT state, coalesce(park_reason, outcome) AS word,
                coalesce(raw_references ->> 'subscription', CASE object_type WHEN 'subscription' THEN object_id END) AS named
            FROM billing.inbound_event WHERE id = \(event) FOR UPDATE
            """)
        guard let row = rows.first else { throw QueueRefusal.notFound }
        return row
    }

    private func parked(_ event: InboundEvent.ID, in work: Work) async throws -> Row {
        let row = try await row(of: event, in: work)
        let state: String = try row.decode("state")
        guard state == "parked" else { throw QueueRefusal.state(state) }
        return row
    }

    private func processAgain(
        _ event: InboundEvent.ID, _ row: Row, _ owner: InboundEvent.Assignment?, _ order: OperatorOrder, in work: Work
    ) async throws {
        try await work.postgres.execute(
            """
            UPDATE billing.inbound_event SET state = 'received', outcome = NULL, park_reason = NULL, settled_at = NULL,
                assigned_org_id = coalesce(\(owner?.org), assigned_org_id),
                assigned_subscription_id = CASE WHEN \(owner != nil) THEN \(owner?.subscription) ELSE assigned_subscription_id END
            WHERE id = \(event)
            """)
        try await work.enqueue(ProcessInboundEvent(event: event), JobOptions(uniqueKey: event.description))
        let entry = WebhookUnparked(
            by: order.person, event, parkedFor: try row.decode("word"), assignedTo: owner, because: order.reason)
        try await work.record(entry, by: order.actor)
    }
}
