import Core
import Graphs
import Identity
import Jobs
import JobsPostgres
import JobsTesting
import Notifications
import NotificationsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Testing

/// What customers' systems hear of graphs besides their life.
@Suite struct GraphRelayTests {
    private func facts() throws -> GraphFactsOfEvent {
        let fields: JSONValue = [
            "graph": "kg0123456789abcdef0123", "org": .string(Hooks.org.description), "name": "sales",
            "createdBy": .string(User.ID(high: 1, low: 1).description),
        ]
        return try JSON.decode(GraphFactsOfEvent.self, from: JSON.encode(fields))
    }

    @Test func `backups, storage that fills up and roles on graphs are messages, each once, in ids and figures alone`() async throws {
        try await Hooks.with { hooks in
            _ = try await hooks.endpoint()
            let (facts, clock, client) = (try facts(), hooks.outbox.clock, hooks.outbox.database.systemClient)
            let (user, backup, copy) = (User.ID(high: 1, low: 1), GraphBackup.ID(high: 1, low: 5), GraphBackup.ID(high: 1, low: 6))
            let store = PostgresNotificationStore(client: client, notifier: nil) {
                NotificationsOnlyTransaction(postgres: $0, dateSource: clock, wakeUps: $1)
            }
            var registry = JobRegistry()
            WebhookRelays(store: store, publisher: hooks.publisher).register(on: &registry)
            let worker = ManualWorker(client: client, registry: registry, dateSource: clock)
            try await store.withTransaction { transaction in
                try await transaction.publish(GraphAccessChanged(facts: facts, user: user, from: nil, to: .viewer, by: user))
                try await transaction.publish(StorageThresholdReached(facts: facts, percent: 80, bytes: 8, cap: 10))
                try await transaction.publish(BackupCompleted(facts: facts, backup: backup))
                try await transaction.publish(
                    BackupFailed(facts: facts, backup: backup, initiator: .scheduled, requestedBy: nil, nights: 2))
                try await transaction.publish(BackupRestored(facts: facts, backup: backup, safetyCopy: copy, requestedBy: user))
            }
            for _ in 0..<20 where try await hooks.count("message") < 5 { try await worker.drain() }
            let messages = try await client.query("SELECT type, payload FROM notifications.webhook_message", scope: .system).map {
                (type: try $0.decode("type", as: String.self), payload: try $0.decode("payload", as: String.self))
            }
            #expect(
                Set(messages.map(\.type)) == [
                    "graph_member.changed", "storage.threshold", "backup.completed", "backup.failed", "backup.restored",
                ])
            #expect(messages.count == 5)
            for (type, words) in [
                ("graph_member.changed", #""role":"viewer""#), ("storage.threshold", #""percent":80"#),
                ("backup.completed", "/v1/graphs/kg0123456789abcdef0123/backups/\(backup)"), ("backup.failed", #""initiator":"scheduled""#),
                ("backup.restored", #""safety_copy":"\#(copy)""#),
            ] {
                let payload = try #require(messages.first { $0.type == type }).payload.replacing("\\/", with: "/")
                #expect(payload.contains(words), "\(payload)")
                #expect(payload.contains("kg0123456789abcdef0123") && !payload.contains("sales"))
            }
        }
    }
}
