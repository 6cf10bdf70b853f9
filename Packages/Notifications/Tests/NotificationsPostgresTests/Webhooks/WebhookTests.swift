import Audit
import AuditPostgres
import Core
import Cryptography
import HTTPClient
@_spi(Authentication) import Identity
import Jobs
import JobsPostgres
import NotificationsPostgres
import NotificationsWebhooks
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Notifications

@Suite struct WebhookTests {
    @Test func `NOT-182 a fact is one message and one delivery to each endpoint that hears of it, however often it is told`() async throws {
        try await Hooks.with { hooks in
            let first = try await hooks.endpoint(1)
            let second = try await hooks.endpoint(2, types: ["graph.*"])
            try await hooks.endpoint(3, types: ["invoice.paid", "graph.deleted"])
            try await hooks.endpoint(4, org: Org.ID(high: 1, low: 3))
            let message = try #require(try await hooks.publish())
            #expect(try await hooks.publish() == nil)
            #expect(try await hooks.jobs() == 2)
            for endpoint in [first.endpoint, second.endpoint] { #expect(try await hooks.deliver(message, to: endpoint) == .completed) }
            // Found again after a crash, what got through is not sent again.
            #expect(try await hooks.deliver(message, to: first.endpoint) == .completed)
            let requests = hooks.receiver.requests.withLock { $0 }
            #expect(requests.map(\.url) == ["https://hooks.example.com/1", "https://hooks.example.com/2"])
            #expect(Set(requests.map { $0.headers["webhook-id"] }) == [message.id.description])
        }
    }

    @Test func `NOT-182 what is undone is told nobody, and a race for one fact gives one message`() async throws {
        struct Undone: Error {}
        try await Hooks.with { hooks in
            try await hooks.endpoint()
            await #expect(throws: (any Error).self) {
                try await hooks.outbox.store.withTransaction { transaction in
                    try await hooks.publisher.publish(hooks.fact(), cause: "c", at: hooks.outbox.clock.now, in: transaction)
                    throw Undone()
                }
            }
            #expect(try await hooks.jobs() == 0)
            await withTaskGroup(of: Void.self) { group in
                for _ in 1...8 { group.addTask { _ = try? await hooks.publish(cause: "raced") } }
            }
            #expect(try await hooks.jobs() == 1)
        }
    }

    @Test func `NOT-183 numbers of an object rise by one without gaps, also when some are undone and many come at once`() async throws {
        struct Undone: Error {}
        try await Hooks.with { hooks in
            try await hooks.endpoint()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...20 {
                    group.addTask {
                        if number.isMultiple(of: 5) {
                            try? await hooks.outbox.store.withTransaction { transaction in
                                try await hooks.publisher.publish(
                                    hooks.fact(), cause: "u\(number)", at: hooks.outbox.clock.now, in: transaction)
                                throw Undone()
                            }
                        } else {
                            try await hooks.publish(cause: "c\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await hooks.outbox.database.adminClient.query("SELECT sequence FROM notifications.webhook_message ORDER BY 1")
            #expect(try rows.map { try $0.decode(Int64.self) } == Array(1...16))
            #expect(try await hooks.publish(hooks.fact(object: "kg2"), cause: "other")?.sequence == 1)
        }
    }

    @Test func `NOT-183 messages about one object go to an ordered endpoint one after the other, by one key in the queue`() async throws {
        try await Hooks.with { hooks in
            try await hooks.endpoint(1, ordered: true)
            try await hooks.endpoint(2)
            for (cause, object) in [("a", "kg1"), ("b", "kg1"), ("c", "kg2")] {
                try await hooks.publish(hooks.fact(object: object), cause: cause)
            }
            let rows = try await hooks.outbox.database.adminClient.query(
                "SELECT count(*), count(serial_key), count(DISTINCT serial_key) FROM jobs.job")
            let (all, ordered, keys) = try rows[0].decode((Int, Int, Int).self)
            #expect([all, ordered, keys] == [6, 3, 2])
        }
    }

    @Test func `NOT-181 a payload has type, time, ids, number and a place to read, and nobody's name or address`() async throws {
        try await Hooks.with { hooks in
            try await hooks.endpoint()
            let message = try #require(try await hooks.publish())
            let payload = try JSON.decode(JSONValue.self, from: Array(message.payload.utf8))
            #expect(
                payload == [
                    "type": "graph.created", "timestamp": .string(hooks.outbox.clock.now.description),
                    "data": [
                        "id": "kg1", "org_id": .string(Hooks.org.description), "sequence": 1, "tier": "standard",
                        "url": "https://api.example.com/v1/graphs/kg1",
                    ],
                ])
        }
    }

    @Test func `NOT-184 ten attempts in about 75 hours with the same id and the same bytes, then the message is given up`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let message = try #require(try await hooks.publish())
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 500, body: Array("no".utf8)) }
            var waits: [JobOutcome] = []
            for _ in 1...10 { waits.append(try await hooks.deliver(message, to: endpoint)) }
            #expect(
                waits
                    == [.seconds(5), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(10), .hours(14), .hours(20), .hours(24)].map {
                        .retry(after: $0)
                    } + [.completed])
            #expect(try await hooks.delivery(message, endpoint).status == .failed)
            #expect(try await hooks.entries() == ["webhook_delivery_exhausted"])
            let requests = hooks.receiver.requests.withLock { $0 }
            #expect(requests.count == 10)
            #expect(Set(requests.map(\.body)).count == 1)
            #expect(Set(requests.map { $0.headers["webhook-id"] }).count == 1)
        }
    }

    @Test(arguments: [
        (429, "7200", Duration.hours(2)), (503, "999999", .hours(24)), (500, "7200", .seconds(5)), (302, "7200", .seconds(5)),
    ])
    func `NOT-184 an endpoint that is busy may say how long, up to a day; redirects are failures`(
        status: Int, after: String, wait: Duration
    ) async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let message = try #require(try await hooks.publish())
            hooks.receiver.usual.withLock {
                $0 = ClientResponse(status: status, headers: ["Retry-After": after, "Location": "https://x.example"])
            }
            #expect(try await hooks.deliver(message, to: endpoint) == .retry(after: wait))
            #expect(hooks.receiver.count == 1)
        }
    }

    @Test func `NOT-185 410 switches an endpoint off at once; what happens meanwhile is held and can be asked for`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let message = try #require(try await hooks.publish())
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 410) }
            #expect(try await hooks.deliver(message, to: endpoint) == .completed)
            let stored = try await hooks.outbox.store.withTransaction { try await $0.endpoints(of: Hooks.org) }
            #expect(stored.map(\.status) == [.disabled])
            #expect(try await hooks.entries() == ["webhook_endpoint_disabled"])
            let jobs = try await hooks.jobs()
            let later = try #require(try await hooks.publish(cause: "later"))
            #expect(try await hooks.jobs() == jobs)
            #expect(try await hooks.delivery(later, endpoint).status == .held)
        }
    }

    @Test func `NOT-185 an endpoint through which nothing got for 120 hours is switched off, but not for a few messages`() async throws {
        for (messages, isOff) in [(9, false), (10, true)] {
            try await Hooks.with { hooks in
                let endpoint = try await hooks.endpoint().endpoint
                hooks.receiver.usual.withLock { $0 = ClientResponse(status: 500) }
                var last: WebhookMessage?
                for number in 1...messages {
                    let message = try #require(try await hooks.publish(cause: "c\(number)"))
                    _ = try await hooks.deliver(message, to: endpoint)
                    last = message
                }
                hooks.outbox.clock.advance(by: .hours(119))
                _ = try await hooks.deliver(try #require(last), to: endpoint)
                var stored = try await hooks.outbox.store.withTransaction { try await $0.endpoints(of: Hooks.org) }
                #expect(stored.map(\.status) == [.enabled])
                hooks.outbox.clock.advance(by: .hours(1))
                _ = try await hooks.deliver(try #require(last), to: endpoint)
                stored = try await hooks.outbox.store.withTransaction { try await $0.endpoints(of: Hooks.org) }
                #expect(stored.map(\.status) == [isOff ? .disabled : .enabled])
            }
        }
    }

    @Test func `NOT-180 two secrets at most are in force, each gives a signature, and they are stored sealed`() async throws {
        try await Hooks.with { hooks in
            let (endpoint, old) = try await hooks.endpoint()
            let (new, sealed) = try hooks.sender.makeSecret(for: endpoint.id)
            hooks.outbox.clock.advance(by: .seconds(1))
            let now = hooks.outbox.clock.now
            try await hooks.outbox.store.withTransaction {
                try await $0.insertSecret(sealed, of: endpoint, endingOthersAt: now + .hours(24), at: now)
            }
            func taken(by secrets: [SecretString], _ cause: String) async throws -> Bool {
                let message = try #require(try await hooks.publish(cause: cause))
                #expect(try await hooks.deliver(message, to: endpoint) == .completed)
                let request = try #require(hooks.receiver.requests.withLock { $0.last })
                return StandardWebhook.isValid(
                    id: request.headers["webhook-id"], timestamp: request.headers["webhook-timestamp"],
                    signature: request.headers["webhook-signature"], body: request.body, secrets: secrets, at: hooks.outbox.clock.now)
            }
            #expect(try await taken(by: [old], "a"))
            #expect(try await taken(by: [new], "b"))
            hooks.outbox.clock.advance(by: .hours(24))
            #expect(try await !taken(by: [old], "c"))
            #expect(try await taken(by: [new], "d"))
            let rows = try await hooks.outbox.database.adminClient.query("SELECT string_agg(sealed, ' ') FROM notifications.webhook_secret")
            let stored = try rows[0].decode(String.self)
            #expect(!stored.contains("whsec_"))
            for secret in [old, new] { #expect(!stored.contains(secret.withValue { String($0.dropFirst(6)) })) }
        }
    }

    @Test func `NOT-186 an outage of three days is made good by one call, with the ids and numbers of before and a mark`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let good = try #require(try await hooks.publish(cause: "good"))
            _ = try await hooks.deliver(good, to: endpoint)
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 500) }
            var lost: [WebhookMessage] = []
            for number in 1...3 {
                let message = try #require(try await hooks.publish(cause: "lost\(number)"))
                for _ in 1...10 { _ = try await hooks.deliver(message, to: endpoint) }
                lost.append(message)
                hooks.outbox.clock.advance(by: .days(1))
            }
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 204) }
            let all = WebhookReplay(message: nil, since: hooks.outbox.clock.now - .days(4), until: nil, onlyFailed: true)
            let replayed = try await hooks.replay(all, to: endpoint)
            #expect(replayed.map(\.message) == lost && replayed.allSatisfy { $0.number == 1 })
            for message in lost { #expect(try await hooks.deliver(message, to: endpoint) == .completed) }
            let again = hooks.receiver.requests.withLock { $0.suffix(3) }
            #expect(again.map { $0.headers["webhook-id"] } == lost.map(\.id.description))
            #expect(again.allSatisfy { $0.headers["webhook-replay"] == "1" })
            #expect(hooks.receiver.requests.withLock { $0.first?.headers["webhook-replay"] } == nil)
            #expect(try await hooks.delivery(lost[0], endpoint).status == .delivered)
        }
    }
}
