import Billing
import Core
import Graphs
import Identity
import Jobs
import JobsPostgres
import JobsTesting
import Notifications
import NotificationsPostgres
import Observability
import Operations
import Orgs
import PlatformTesting
import Postgres
import Testing

/// What of the domains' events becomes a message to customers' systems.
@Suite struct RelayTests {
    private let user = User.ID(high: 1, low: 1)
    private let subscription = Subscription.ID(high: 1, low: 3)
    private let dollar = Money(minorUnits: 100, currency: .usd)

    /// An event that only its own package makes, as it is stored.
    private func reminder(_ stage: InvoiceStage) throws -> InvoiceReminderDue {
        let amount: JSONValue = try JSON.decode(JSONValue.self, from: JSON.encode(dollar))
        let fields: JSONValue = [
            "stage": .string(stage.rawValue),
            "facts": [
                "invoice": .string(Invoice.ID(high: 1, low: 4).description), "org": .string(Hooks.org.description), "number": "2027-1",
                "status": "open", "amountDue": amount, "amountOpen": amount,
            ],
        ]
        return try JSON.decode(InvoiceReminderDue.self, from: JSON.encode(fields))
    }

    private func checkout(_ state: Checkout.State, _ number: UInt64) -> CheckoutEnded {
        var checkout = Checkout(
            id: .init(high: 2, low: number), org: Hooks.org, subscription: subscription, startedBy: user, fingerprint: "x",
            intent: .init(high: 2, low: number), expiresAt: Instant(secondsSinceEpoch: 0), at: Instant(secondsSinceEpoch: 0))
        checkout.state = state
        return CheckoutEnded(checkout)
    }

    private func operation(_ end: OperationTransition, _ number: UInt64) throws -> OperationEnded {
        let new = NewOperation(
            kind: .createGraph, org: Hooks.org, graph: nil, startedBy: user, message: "Making a graph for Ada", steps: [], result: .null)
        return OperationEnded(
            try Operation(accepting: new, id: .init(high: 3, low: number), at: Instant(secondsSinceEpoch: 0))
                .applying(end, at: Instant(secondsSinceEpoch: 1)).operation)
    }

    private func key(_ number: UInt64, of org: Org.ID?) -> APIKeyCreated {
        APIKeyCreated(
            key: APIKey.ID(high: 4, low: number), prefix: "rfs01234", keyName: "Ada's key", user: user, email: "ada@example.com",
            name: "Ada", org: org.map { OrgReference(uuid: $0.uuid) })
    }

    @Test
    func
        `NOT-190 ends of pages, orgs, keys and operations, debts that are overdue, seats and notices are messages, each once and without a name`()
        async throws
    {
        try await Hooks.with { hooks in
            _ = try await hooks.endpoint()
            let (clock, client) = (hooks.outbox.clock, hooks.outbox.database.systemClient)
            let store = PostgresNotificationStore(client: client, notifier: nil) {
                NotificationsOnlyTransaction(postgres: $0, dateSource: clock, wakeUps: $1)
            }
            var registry = JobRegistry()
            WebhookRelays(store: store, publisher: hooks.publisher).register(on: &registry)
            let worker = ManualWorker(client: client, registry: registry, dateSource: clock)
            let grant = RepositoryGrant(
                id: RepositoryGrant.ID(high: 1, low: 8), repository: try #require(ResourceID("sec")), user: user, org: Hooks.org,
                subscription: subscription, plan: "starter", access: .read, expiresAt: nil, state: .suspended, cause: .reconciler,
                createdAt: clock.now)
            let notice = Notice(
                id: .init(high: 5, low: 1), user: user, kind: .endpointFailing, severity: .warning, decision: "x", org: Hooks.org,
                subscription: nil, resource: "ada.example.com", via: "failure", renewsAt: nil, createdAt: clock.now)
            let failure = OperationFailure(code: "PROVISIONING_FAILED", message: "For Ada nothing could be made.")
            let (done, failed) = (
                try operation(.complete(result: .null, message: "Ada has it"), 1), try operation(.fail(failure), 2)
            )
            let (soon, overdue, later) = (try reminder(.dueSoon), try reminder(.overdue1), try reminder(.overdue7))
            try await store.withTransaction { transaction in
                try await transaction.publish(checkout(.complete, 1))
                try await transaction.publish(checkout(.expired, 2))
                for reminder in [soon, overdue, later] { try await transaction.publish(reminder) }
                try await transaction.publish(
                    PaymentActionRequired(
                        org: Hooks.org, subscription: subscription, invoice: .init(high: 1, low: 4), amount: dollar, hostedURL: nil))
                try await transaction.publish(key(1, of: Hooks.org))
                try await transaction.publish(key(2, of: nil))
                try await transaction.publish(
                    APIKeyRevoked(key: APIKey.ID(high: 4, low: 1), org: OrgReference(uuid: Hooks.org.uuid)))
                try await transaction.publish(done)
                try await transaction.publish(failed)
                try await transaction.publish(RepositoryAccessChanged(grant, .suspended))
                try await transaction.publish(NoticePosted(notice, of: Hooks.org))
                try await transaction.publish(OrgPurged(org: Hooks.org, recipients: [user]))
            }
            for _ in 0..<6 { try await worker.drain() }
            let told = try await client.query(
                "SELECT type, object, payload FROM notifications.webhook_message ORDER BY object, sequence", scope: .system
            ).map {
                (
                    type: try $0.decode("type", as: String.self), object: try $0.decode("object", as: String.self),
                    payload: try $0.decode("payload", as: String.self)
                )
            }
            #expect(
                told.map(\.type).sorted() == [
                    "api_key.created", "api_key.revoked", "checkout.completed", "checkout.expired", "invoice.overdue", "notice.created",
                    "operation.completed", "operation.failed", "org.deleted", "payment.action_required", "repository_access.changed",
                ])
            for (type, words) in [
                ("checkout.expired", subscription.description), ("operation.failed", #""code":"PROVISIONING_FAILED""#),
                ("repository_access.changed", #""change":"suspended""#), ("notice.created", #""kind":"endpoint_failing""#),
                ("org.deleted", #""url":null"#), ("invoice.overdue", #""status":"open""#),
            ] {
                let payload = try #require(told.first { $0.type == type }).payload.replacing("\\/", with: "/")
                #expect(payload.contains(words), "\(type): \(payload)")
            }
            #expect(told.first { $0.type == "api_key.revoked" }?.object == told.first { $0.type == "api_key.created" }?.object)
            for message in told { #expect(!message.payload.lowercased().contains("ada"), "\(message.payload)") }
        }
    }
}
