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

extension WebhookTests {
    @Test func `what customers change while an attempt is under way stands, whatever comes of the attempt`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let message = try #require(try await hooks.publish())
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 410) }
            hooks.receiver.meanwhile.withLock {
                $0 = {
                    _ = try await hooks.outbox.store.withTransaction { transaction in
                        var changed = try #require(try await transaction.lockEndpoint(endpoint.id, of: Hooks.org))
                        changed.url = "https://repaired.example.com/"
                        try await transaction.update(changed, at: hooks.outbox.clock.now)
                    }
                }
            }
            #expect(try await hooks.deliver(message, to: endpoint) == .completed)
            let stored = try await hooks.outbox.store.withTransaction { try await $0.endpoints(of: Hooks.org) }
            #expect(stored.map(\.url) == ["https://repaired.example.com/"] && stored.map(\.status) == [.disabled])
        }
    }

    @Test func `what settles while an endpoint is removed waits for it or goes first, and neither fails`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let message = try #require(try await hooks.publish())
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 500) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...6 { group.addTask { _ = try await hooks.deliver(message, to: endpoint) } }
                group.addTask {
                    try await hooks.outbox.store.withTransaction { transaction in
                        guard let found = try await transaction.lockEndpoint(endpoint.id, of: Hooks.org) else { return }
                        try await transaction.delete(found)
                    }
                }
                try await group.waitForAll()
            }
            for table in ["endpoint", "delivery"] { #expect(try await hooks.count(table) == 0, "\(table)") }
        }
    }

    @Test func `NOT-186 each time that a message is asked for has a number and a job of its own`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let scope = try hooks.scope
            let message = try #require(try await hooks.publish())
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 410) }
            let one = WebhookReplay(message: message.id, since: nil, until: nil, onlyFailed: false)
            for number in 1...2 {
                // The jobs of before are still in the queue: what ended is taken out of it a little later.
                _ = try await hooks.deliver(message, to: endpoint)
                #expect(try await hooks.delivery(message, endpoint).status == .held)
                _ = try await hooks.service().enable(endpoint.id, in: scope)
                #expect(try await hooks.service().replay(one, to: endpoint.id, in: scope) == WebhookReplayOutcome(count: 1, next: nil))
                #expect(try await hooks.jobs() == number + 1)
            }
            #expect(try await hooks.service().replay(one, to: endpoint.id, in: scope).count == 0, "it is on its way")
            hooks.outbox.clock.advance(by: .hours(26))
            #expect(try await hooks.service().replay(one, to: endpoint.id, in: scope).count == 1, "nobody tries it any more")
        }
    }

    @Test func `NOT-173 a notice is pending until it is seen, too old, or taken from everybody because its reason is gone`() async throws {
        try await Hooks.with { hooks in
            let (scope, store, clock) = (try hooks.scope, hooks.outbox.store, hooks.outbox.clock)
            let endpoints = [try await hooks.endpoint(1).endpoint, try await hooks.endpoint(2).endpoint]
            let (ada, bob) = (User.ID(high: 1, low: 1), User.ID(high: 1, low: 9))
            func tell(_ endpoint: WebhookEndpoint, _ decision: String, _ kind: Notice.Kind) async throws {
                for user in [ada, bob] {
                    let notice = Notice(
                        id: .make(at: clock.now), user: user, kind: kind, severity: .warning, decision: decision, org: Hooks.org,
                        subscription: nil, resource: endpoint.url, via: "gone", renewsAt: nil, createdAt: clock.now)
                    try await store.withTransaction { _ = try await $0.insertNotice(notice) }
                }
            }
            func pending(_ user: User.ID) async throws -> [String] {
                try await store.withTransaction { try await $0.pendingNotices(of: user, at: clock.now) }.map(\.resource).sorted()
            }
            func acknowledge(_ notice: Notice) async throws -> Bool? {
                try await store.withTransaction { try await $0.acknowledgeNotice(notice.id, of: notice.user, at: clock.now) }?.isNew
            }
            for endpoint in endpoints {
                try await store.withTransaction { _ = try await $0.switchOff(endpoint, because: "gone", at: clock.now) }
                try await tell(endpoint, "\(WebhookEndpointDisabled.topic)/\(endpoint.id)/1", .endpointDisabled)
            }
            let urls = endpoints.map(\.url)
            for user in [ada, bob] { #expect(try await pending(user) == urls) }

            // Seeing it is one person's.
            let seen = try #require(
                try await store.withTransaction { try await $0.pendingNotices(of: ada, at: clock.now) }.first { $0.resource == urls[0] })
            #expect(try await acknowledge(seen) == true)
            #expect(try await acknowledge(seen) == false)
            #expect(try await pending(ada) == [urls[1]])
            #expect(try await pending(bob) == urls)

            // The reason of one is gone: for everybody, and what was told of the other stays.
            let gone = try #require(
                try await store.withTransaction { try await $0.pendingNotices(of: bob, at: clock.now) }.first { $0.resource == urls[0] })
            _ = try await hooks.service().enable(endpoints[0].id, in: scope)
            for user in [ada, bob] { #expect(try await pending(user) == [urls[1]]) }
            #expect(try await acknowledge(gone) == false, "what was taken away is not seen any more")

            // Something gets through after a failure that was told, and an endpoint that is gone has no trouble.
            try await tell(endpoints[0], "\(WebhookEndpointFailing.topic)/\(endpoints[0].id)/1", .endpointFailing)
            #expect(try await pending(bob) == urls)
            try await store.withTransaction { _ = try await $0.noteHealth(of: endpoints[0], failingSince: clock.now) }
            let message = try #require(try await hooks.publish())
            _ = try await hooks.deliver(message, to: endpoints[0])
            for user in [ada, bob] { #expect(try await pending(user) == [urls[1]]) }
            try await tell(endpoints[0], "\(WebhookEndpointFailing.topic)/\(endpoints[0].id)/2", .endpointFailing)
            try await hooks.service().delete(endpoints[0].id, in: scope)
            #expect(try await pending(bob) == [urls[1]])

            // What nobody sees is too old after two weeks, and is not seen then.
            let last = try #require(try await store.withTransaction { try await $0.pendingNotices(of: bob, at: clock.now) }.first)
            clock.advance(by: .days(14) + .seconds(1))
            #expect(try await pending(bob).isEmpty)
            #expect(try await store.withTransaction { try await $0.clearNotices(at: clock.now, limit: 10) }.count == 2)
            #expect(try await acknowledge(last) == false)
        }
    }

    @Test func `NOT-186 asking for much gives the oldest first and says where the rest begins; everything at once is refused`() async throws
    {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 200) }
            var messages: [WebhookMessage] = []
            for number in 1...5 {
                messages.append(try #require(try await hooks.publish(cause: "c\(number)")))
                _ = try await hooks.deliver(messages[number - 1], to: endpoint)
                hooks.outbox.clock.advance(by: .seconds(1))
            }
            let scope = try hooks.scope
            let all = WebhookReplay(message: nil, since: messages[0].createdAt, until: nil, onlyFailed: false)
            let outcome = try await hooks.service().replay(all, to: endpoint.id, in: scope, limit: 3)
            #expect(outcome == WebhookReplayOutcome(count: 3, next: messages[2].createdAt))
            await #expect(throws: WebhookRefusal.unboundedReplay) {
                try await hooks.service().replay(
                    WebhookReplay(message: nil, since: nil, until: nil, onlyFailed: false), to: endpoint.id, in: scope)
            }
        }
    }

    @Test func `NOT-187 many who add endpoints at once do not add more than there may be; one that is off is not tried`() async throws {
        try await Hooks.with { hooks in
            let scope = try hooks.scope
            let draft = WebhookEndpointDraft(url: "https://hooks.example.com/", description: nil, types: nil, isOrdered: nil)
            let made = await withTaskGroup(of: Bool.self) { group in
                for _ in 1...24 { group.addTask { (try? await hooks.service().create(draft, in: scope)) != nil } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == WebhookEndpoint.maximumPerOrg)
            #expect(try await hooks.count("endpoint") == WebhookEndpoint.maximumPerOrg)
            let endpoint = try #require(try await hooks.service().endpoints(in: scope).first)
            // A stopped clock gives two secrets one time.
            _ = try await hooks.service().rotateSecret(endpoint.id, in: scope)
            _ = try await hooks.outbox.store.withTransaction {
                try await $0.switchOff(endpoint, because: "test", at: hooks.outbox.clock.now)
            }
            await #expect(throws: WebhookRefusal.disabled) { try await hooks.service().test(endpoint.id, in: scope) }
            #expect(try await hooks.count("message") == 0)
        }
    }

    @Test func `AUD-013 AUD-130 a change of an endpoint says from where to where, and names the endpoint`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint(1, types: ["graph.*"]).endpoint
            let draft = WebhookEndpointDraft(
                url: "https://elsewhere.example.net/secret", description: nil, types: ["org.*"], isOrdered: true)
            _ = try await hooks.service().update(endpoint.id, draft, in: hooks.scope)
            let rows = try await hooks.outbox.database.adminClient.query(
                "SELECT changes, ref_webhook_endpoint = \(endpoint.id) AS is_named FROM audit.entry WHERE type = 'webhook_endpoint_updated'"
            )
            #expect(try rows[0].decode("is_named", as: Bool.self))
            #expect(
                try rows[0].decode("changes", as: PostgresJSON<[AuditChange]>.self).value == [
                    AuditChange("host", from: "hooks.example.com", to: "elsewhere.example.net"),
                    AuditChange("types", from: ["graph.*"], to: ["org.*"]), AuditChange("ordered", from: false, to: true),
                ])
        }
    }

    @Test func `NOT-185 messages are kept for 30 days, those on their way for longer; where nobody hears nothing is kept`() async throws {
        try await Hooks.with { hooks in
            #expect(try await hooks.publish(cause: "before") == nil)
            for table in ["message", "sequence"] { #expect(try await hooks.count(table) == 0, "\(table)") }
            let endpoint = try await hooks.endpoint().endpoint
            for number in 1...3 {
                let message = try #require(try await hooks.publish(cause: "c\(number)"))
                #expect(message.sequence == Int64(number))
                if number < 3 { _ = try await hooks.deliver(message, to: endpoint) }
            }
            let handler = CleanWebhooksHandler(store: hooks.outbox.store, batch: 1)
            hooks.outbox.clock.advance(by: .days(30))
            #expect(try await handler.run(CleanWebhooks(), context: hooks.outbox.context) == .completed)
            #expect(try await hooks.count("message") == 3)
            hooks.outbox.clock.advance(by: .seconds(1))
            try await hooks.outbox.database.adminClient.execute(
                "UPDATE notifications.webhook_delivery SET next_at = \(hooks.outbox.clock.now) WHERE status = 'pending'")
            #expect(try await handler.run(CleanWebhooks(), context: hooks.outbox.context) == .completed)
            for (table, count) in [("message", 1), ("delivery", 1), ("attempt", 0)] {
                #expect(try await hooks.count(table) == count, "\(table)")
            }
        }
    }

    @Test func `NOT-185 after a day without success those who run the org are told, once until something gets through`() async throws {
        try await Hooks.with { hooks in
            func told() async throws -> Int {
                try await hooks.outbox.database.adminClient.query(
                    "SELECT count(*) FROM jobs.event WHERE topic = 'notifications.webhook_endpoint_failing'")[0].decode(Int.self)
            }
            let endpoint = try await hooks.endpoint().endpoint
            let message = try #require(try await hooks.publish())
            hooks.receiver.usual.withLock { $0 = ClientResponse(status: 500) }
            for (wait, count) in [(Duration.zero, 0), (.hours(23), 0), (.hours(1), 1), (.hours(5), 1)] {
                hooks.outbox.clock.advance(by: wait)
                _ = try await hooks.deliver(message, to: endpoint)
                #expect(try await told() == count, "\(wait)")
            }
            hooks.receiver.answers.withLock { $0 = [ClientResponse(status: 200)] }
            _ = try await hooks.deliver(message, to: endpoint)
            let next = try #require(try await hooks.publish(cause: "next"))
            for (wait, count) in [(Duration.zero, 1), (.hours(24), 2)] {
                hooks.outbox.clock.advance(by: wait)
                _ = try await hooks.deliver(next, to: endpoint)
                #expect(try await told() == count)
            }
        }
    }

    @Test func `an org that is erased leaves no endpoint, secret or message behind`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            try await hooks.endpoint(2, org: Org.ID(high: 1, low: 3))
            let message = try #require(try await hooks.publish())
            _ = try await hooks.deliver(message, to: endpoint)
            let order = OrderErasureOfWebhooks(store: hooks.outbox.store)
            for _ in 1...2 {
                #expect(try await order.handle(OrgPurged(org: Hooks.org, recipients: []), context: hooks.outbox.context) == .committed)
            }
            let due = try await hooks.outbox.database.adminClient.query(
                "SELECT j.run_at FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = \(EraseWebhooks.kind)"
            ).map { try $0.decode("run_at", as: Instant.self) }
            #expect(due == [hooks.outbox.clock.now + EraseWebhooks.delay])
            let handler = EraseWebhooksHandler(store: hooks.outbox.store)
            for _ in 1...2 {
                #expect(try await handler.run(EraseWebhooks(org: Hooks.org), context: hooks.outbox.context) == .committed)
            }
            for table in ["message", "delivery", "attempt", "sequence"] { #expect(try await hooks.count(table) == 0, "\(table)") }
            for table in ["endpoint", "secret"] { #expect(try await hooks.count(table) == 1, "\(table)") }
        }
    }

    @Test func `NOT-191 types and nouns are heard, unknown ones refused, and new types go to those only who listed none`() throws {
        for known in [[], ["graph.created"], ["graph.*", "org.*"]] {
            guard case .success = WebhookFilter.reading(known) else {
                Issue.record("\(known) is refused")
                continue
            }
        }
        for unknown in ["graph.exploded", "*", "graphs.*", "", "graph."] {
            #expect(WebhookFilter.reading(["graph.created", unknown]) == .failure(UnknownWebhookType(pattern: unknown)))
        }
        let listed = WebhookFilter(patterns: ["graph.*", "invoice.paid"])
        let heard = WebhookEventType.allCases.filter(listed.hears)
        #expect(heard.allSatisfy { $0.noun == "graph" || $0 == .invoicePaid || $0 == .endpointTest })
        #expect(heard.count == WebhookEventType.allCases.filter { $0.noun == "graph" }.count + 2)
        #expect(WebhookEventType.allCases.allSatisfy(WebhookFilter(patterns: []).hears))
    }

    @Test func `NOT-187 an org sees and touches its own endpoints and messages only`() async throws {
        try await Hooks.with { hooks in
            let endpoint = try await hooks.endpoint().endpoint
            let message = try #require(try await hooks.publish())
            let other = Org.ID(high: 1, low: 3)
            try await hooks.outbox.store.withTransaction { transaction in
                let endpoints = try await transaction.endpoints(of: other)
                let found = try await transaction.lockEndpoint(endpoint.id, of: other)
                let read = try await transaction.message(message.id, of: other)
                #expect(endpoints.isEmpty && found == nil && read == nil)
            }
            for table in ["endpoint", "secret", "sequence", "message", "delivery"] {
                for (scope, count) in [(Hooks.org, 1), (other, 0)] {
                    let rows = try await hooks.outbox.database.client.query(
                        Statement("SELECT count(*) FROM notifications.webhook_\(table)", []), scope: .org(scope.uuid))
                    #expect(try rows[0].decode(Int.self) == count, "\(table)")
                }
            }
        }
    }
}
