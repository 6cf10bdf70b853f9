import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

/// What `validate_only` says, against what the same command leaves at the same instant. The clock stands still.
@Suite struct RehearsalTests {
    private static let repository = "sec"
    /// What a command may ask the provider while somebody waits.
    private static let asked = [
        "create_customer", "create_product", "create_price", "open_checkout", "expire_checkout", "create_subscription", "take_back_end",
        "change_price", "open_portal", "open_setup", "detach_method",
    ]

    private struct Command: Sendable {
        let name: String
        let run: @Sendable (BillingWorld) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (BillingWorld) async throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// How it ended: with what was told, or a refusal.
    private enum Ending: Equatable {
        case done, asking
        case refused(String)
    }

    @Test func `BIL-127 what a rehearsal of a command tells is what the command leaves before the provider answers, and it leaves nothing`()
        async throws
    {
        for seed in 1...3 as ClosedRange<UInt64> {
            try await BillingWorld.with { world in
                var random = Seeded(state: seed)
                switch seed {
                case 1: _ = try await world.activeGraph()
                case 2: try await world.payByInvoice()
                default: break
                }
                // Everything once in an order that lets it happen, then in one of the seed's.
                var told = 0
                for command in Self.commands + Self.commands.shuffled(using: &random) {
                    told += try await compare(command, in: world, seed)
                    // What was asked for in vain is tried again by its job.
                    world.clock.advance(by: .seconds(31))
                    try await world.drain()
                }
                #expect(told > 10, "seed \(seed)")
            }
        }
    }

    /// - Returns: how much was told.
    private func compare(_ command: Command, in world: BillingWorld, _ seed: UInt64) async throws -> Int {
        let place: Comment = "seed \(seed): \(command.name)"
        let (whole, sent) = (try await everything(world), world.provider.sentKeys)
        var (ending, said) = (Ending.done, CommandEffects())
        do {
            let (effects, asksProvider) = try await PostgresCommandRehearsals().outlook { try await command.run(world) }
            (ending, said) = (asksProvider ? .asking : .done, effects)
        } catch { ending = .refused("\(error)") }
        #expect(try await everything(world) == whole, place)
        #expect(world.provider.sentKeys == sent, place)
        let before = try await rows(world)
        for kind in Self.asked { world.provider.fail(kind, with: .retryLater(ProviderFailure(kind: .unreachable))) }
        do {
            try await command.run(world)
            #expect(ending == .done, place)
        } catch {
            if ending != .asking { #expect(ending == .refused("\(error)"), place) }
        }
        world.provider.recover()
        let after = try await rows(world)
        let left = after.filter { before[$0.key] != $0.value }.map(\.value).sorted()
        #expect(left == Self.words(of: said), place)
        let subscriptions = try await told(of: said.subscriptions, in: world)
        #expect(subscriptions == said.subscriptions.map { Self.standing(of: $0, at: world.now) }.sorted(), place)
        // Asked again it is answered, so that the next command finds more than a question.
        if ending == .asking { try? await command.run(world) }
        return left.count
    }

    // MARK: What can be ordered

    private static var commands: [Command] {
        @Sendable func row(_ world: BillingWorld, _ type: ResourceType) async throws -> Subscription {
            let rows = try await world.services.billing.subscriptions(of: world.org, includingUnprovisioned: true, as: world.owner)
            guard let row = rows.first(where: { $0.subscription.resourceType == type })?.subscription else { throw BillingError.notFound }
            return row
        }
        @Sendable func seat(_ world: BillingWorld, _ mode: Subscription.Cancellation.Mode, _ confirm: String?) throws -> SeatCancelRequest {
            SeatCancelRequest(
                principal: world.owner, repository: try #require(ResourceID(repository)), subscriber: nil, mode: mode, confirm: confirm)
        }
        @Sendable func change(_ world: BillingWorld, _ plan: String) throws -> SeatChangeRequest {
            SeatChangeRequest(
                principal: world.owner, repository: try #require(ResourceID(repository)), subscriber: nil, planName: plan)
        }
        return [
            Command("checkout") { world in
                let wish = CheckoutRequest(
                    principal: world.owner, namedOrg: nil, planName: "ladybug-standard", resourceType: .graph,
                    configuration: ["name": "a graph"])
                _ = try await world.services.billing.startCheckout(wish)
            },
            Command("another checkout") { world in
                let wish = CheckoutRequest(
                    principal: world.owner, namedOrg: nil, planName: "ladybug-large", resourceType: .graph,
                    configuration: ["name": "another graph"])
                _ = try await world.services.billing.startCheckout(wish)
            },
            Command("end what is not paid") { world in
                let row = try await row(world, .graph)
                let wish = CancelRequest(subscription: row.id, org: world.org, mode: .immediate, confirm: row.id.description)
                _ = try await world.services.billing.cancel(wish, as: world.owner)
            },
            Command("seat") { world in
                let wish = SeatRequest(
                    principal: world.owner, repository: try #require(ResourceID(repository)), planName: "starter", subscriber: nil)
                _ = try await world.services.billing.seats.subscribe(wish)
            },
            Command("another plan") { _ = try await $0.services.billing.seats.changePlan(change($0, "advanced")) },
            Command("the plan of before") { _ = try await $0.services.billing.seats.changePlan(change($0, "starter")) },
            Command("end the seat later") { _ = try await $0.services.billing.seats.cancelSeat(seat($0, .periodEnd, nil)) },
            Command("keep the seat") { world in
                let row = try await row(world, .repository)
                _ = try await world.services.billing.lifecycle.uncancel(row.id, of: world.org, as: world.owner)
            },
            Command("end the seat unconfirmed") { _ = try await $0.services.billing.seats.cancelSeat(seat($0, .immediate, "se")) },
            Command("portal") { _ = try await $0.services.billing.openPortal(of: $0.org, as: $0.owner) },
            Command("add a method") { world in
                _ = try await world.services.billing.lifecycle.startMethodSetup(of: world.org, makesDefault: true, as: world.owner)
            },
            Command("charge a method") { world in
                let lifecycle = world.services.billing.lifecycle
                let method = try await lifecycle.methods(of: world.org, as: world.owner).first?.id ?? ProviderID("pm_none")
                try await lifecycle.makeDefault(method, of: world.org, retryingOpenInvoices: true, as: world.owner)
            },
            Command("end the seat") { _ = try await $0.services.billing.seats.cancelSeat(seat($0, .immediate, repository)) },
            Command("remove a method") { world in
                let lifecycle = world.services.billing.lifecycle
                let method = try await lifecycle.methods(of: world.org, as: world.owner).first?.id ?? ProviderID("pm_none")
                try await lifecycle.remove(method, of: world.org, as: world.owner)
            },
        ]
    }

    // MARK: What is there

    /// Every row of every table, without the counters that no transaction takes back.
    private func everything(_ world: BillingWorld) async throws -> [String: String] {
        let names = try await world.database.adminClient.query(
            """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('audit', 'billing', 'jobs', 'people') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            """
        ).map { try $0.decode("name", as: String.self) }
        let sums = names.map {
            "SELECT '\($0)' AS name, coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS sum FROM \($0) AS t"
        }
        let rows = try await world.database.adminClient.query(Statement(sums.joined(separator: " UNION ALL ")))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode("name"), try $0.decode("sum")) })
    }

    /// What effects are made of: each with its id.
    private func rows(_ world: BillingWorld) async throws -> [String: String] {
        let rows = try await world.database.adminClient.query(
            """
            SELECT id::text AS id, 'entry ' || type AS word FROM audit.entry
            UNION ALL SELECT e.id || '/' || n, 'change ' || (c ->> 'field') || ' ' || (c ->> 'old') || ' ' || (c ->> 'new')
            FROM audit.entry AS e, jsonb_array_elements(e.changes) WITH ORDINALITY AS changes (c, n) WHERE e.ref_subscription IS NOT NULL
            UNION ALL SELECT 'event' || id, 'event ' || topic FROM jobs.event
            UNION ALL SELECT 'job' || j.id, 'job ' || k.name || ' ' || to_char(j.run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            FROM jobs.job AS j JOIN jobs.kind AS k ON k.id = j.kind_id
            UNION ALL SELECT id::text, 'order ' || kind FROM billing.intent
            UNION ALL SELECT id::text, 'money invoice ' || status || ' ' || total || ' ' || currency FROM billing.invoice WHERE kind = 'own'
            UNION ALL SELECT id::text, 'money credit ' || source || ' ' || amount || ' ' || currency FROM billing.account_credit
            UNION ALL SELECT id::text, 'money refund ' || status || ' ' || amount || ' ' || currency FROM billing.refund
            """)
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode("id"), try $0.decode("word")) })
    }

    private static func words(of effects: CommandEffects) -> [String] {
        func word(_ value: JSONValue, _ keys: String...) -> String {
            keys.map { key in value[key].map { $0.stringValue ?? $0.integerValue.map(String.init) ?? "?" } ?? "?" }.joined(separator: " ")
        }
        return
            (effects.entries.map { "entry " + word($0, "type") } + effects.changes.map { "change " + word($0, "field", "old", "new") }
            + effects.events.map { "event " + word($0, "topic") }
            + effects.jobs.map { "job " + word($0, "kind", "run_at") } + effects.orders.map { "order " + word($0, "kind") }
            + effects.money.map { "money " + word($0, "kind", "status", "amount", "currency") }).sorted()
    }

    private static func standing(of row: Subscription, at now: Instant) -> String {
        let next = SubscriptionExplanation.next(of: row, now: now).map { "\($0.what) \($0.at)" }
        return "\(row.plan) \(row.status) \(row.endsAt?.description ?? "") \(next)"
    }

    /// How the subscriptions stand that a rehearsal told of; the newest ones for those that it made.
    private func told(of rows: [Subscription], in world: BillingWorld) async throws -> [String] {
        let real = try await world.services.billing.subscriptions(of: world.org, includingUnprovisioned: true, as: world.owner)
            .map(\.subscription)
        var made = rows.filter { row in !real.contains { $0.id == row.id } }.count
        var found: [Subscription] = []
        for row in real {
            if rows.contains(where: { $0.id == row.id }) {
                found.append(row)
            } else if made > 0, row.createdAt == world.now, rows.contains(where: { $0.plan == row.plan && $0.createdAt == row.createdAt }) {
                made -= 1
                found.append(row)
            }
        }
        return found.map { Self.standing(of: $0, at: world.now) }.sorted()
    }
}

/// The same numbers for the same seed.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
