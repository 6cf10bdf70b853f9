import Audit
import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Jobs
import Observability
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Another catalogue, from its preview to the decisions under it. The clock of the world stands still but for one month.
@Suite struct CatalogueActivationTests {
    private typealias Refusal = Catalogues<TestBillingStore>.Refusal

    private func catalogue(_ change: (inout [String: JSONValue]) throws -> Void) throws -> Catalogue {
        var document = try #require(try JSON.decode(JSONValue.self, from: BuiltInCatalogue.bytes()).objectValue)
        try change(&document)
        return try Catalogue(reading: JSON.encode(JSONValue.object(document)))
    }

    private func changingPlan(
        _ key: String, in document: inout [String: JSONValue], _ change: (inout [String: JSONValue]) -> Void
    ) throws {
        var plans = try #require(document["plans"]?.arrayValue)
        let index = try #require(plans.firstIndex { $0["key"]?.stringValue == key })
        var plan = try #require(plans[index].objectValue)
        change(&plan)
        plans[index] = .object(plan)
        document["plans"] = .array(plans)
    }

    /// The standard graphs cost ten dollars more, the large ones are called otherwise, and pages are open for an hour.
    private func dearer() throws -> Catalogue {
        try catalogue { document in
            try changingPlan("graph:ladybug-standard", in: &document) { plan in
                plan["version"] = 2
                plan["prices"] = [["interval": "monthly", "amount_cents": 10_900]]
            }
            try changingPlan("graph:ladybug-large", in: &document) { $0["display_name"] = "Large" }
            var checkout = try #require(document["checkout"]?.objectValue)
            checkout["life_minutes"] = 60
            document["checkout"] = .object(checkout)
        }
    }

    /// As an operator reads it.
    private static let golden = """
        catalogue OLD to NEW
          graph:ladybug-large: name
          graph:ladybug-standard: version 1 to 2, prices
            2 subscriptions, monthly 198.00 now, 218.00 by the new prices
          other parts: checkout
        subscriptions touched: 2 of 2
        monthly revenue: USD 198.00 now, 218.00 by the new prices
        Subscriptions keep the version that they bought; nobody pays anything else by the activation.

        """

    @Test func `BIL-010 AUD-112 a catalogue is previewed, activated by a command, kept as a version, and undone by no start`() async throws
    {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            try await world.payByInvoice()
            _ = try await world.invoicedGraph("kg1111111111111111")
            let new = try dearer()
            let catalogues = world.services.catalogues
            let old = try #require(try await world.store.activeCatalogue())

            let preview = try await catalogues.preview(new)
            #expect(preview.changesPrices && preview.touched == 2 && preview.before.minorUnits == 19_800)
            let text = preview.text.replacing(preview.to.prefix(12), with: "NEW").replacing(old.version.prefix(12), with: "OLD")
            #expect(text == Self.golden)

            // A process that finds the file starts under what is active, and stores nothing of it.
            let start = try await world.store.establish(new, at: world.now)
            #expect(start.active == old && !start.isGiven)
            #expect(try await world.count("SELECT count(*) FROM billing.catalogue_version") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.plan_price WHERE plan_version = 2") == 0)

            let actor = AuditActor.system(component: "test")
            func activate(_ catalogue: Catalogue, by name: String = "Ada", because reason: String = "prices of the new year") async throws {
                _ = try await catalogues.activate(catalogue, because: reason, by: name, as: actor)
            }
            await #expect(throws: Refusal.nobody) { try await activate(new, by: "") }
            await #expect(throws: Refusal.reason) { try await activate(new, because: "so") }
            let without = try catalogue { document in
                document["plans"] = .array(
                    try #require(document["plans"]?.arrayValue).filter { $0["key"]?.stringValue != "graph:ladybug-standard" })
                document["tiers"] = .array(
                    try #require(document["tiers"]?.arrayValue).filter { $0["name"]?.stringValue != "ladybug-standard" })
            }
            await #expect(throws: Refusal.orphans([.graph("ladybug-standard")])) { try await activate(without) }
            let wrong = try catalogue { document in
                try changingPlan("graph:ladybug-standard", in: &document) {
                    $0["prices"] = [["interval": "monthly", "amount_cents": 1]]
                }
            }
            await #expect(throws: CatalogueRefused.self) { try await activate(wrong) }
            #expect(try await world.entries("catalogue_published") == 0)

            world.clock.advance(by: .minutes(1))
            try await activate(new)
            await #expect(throws: Refusal.active) { try await activate(new) }
            let rows = try await world.database.adminClient.query(
                """
                SELECT v.hash, v.activated_by, v.summary ->> 'touched' AS touched FROM billing.catalogue_version v
                JOIN audit.entry e ON e.ref_catalogue_version = v.hash AND e.type = 'catalogue_published' AND e.risk = 'high'
                WHERE v.is_active AND e.ref_control = 'catalogue'
                """)
            #expect(try rows.map { try $0.decode("hash", as: String.self) } == [preview.to])
            #expect(try rows.first?.decode("activated_by", as: String.self) == "Ada")
            #expect(try rows.first?.decode("touched", as: String.self) == "2")

            // The file of before does not come back by a start, and subscriptions keep what they bought.
            let restart = try await world.store.establish(try old.read(), at: world.now)
            #expect(restart.active.version == preview.to && !restart.isGiven)
            let shown = try await world.store.subscription(graph.id, of: world.org, visibleTo: nil)
            #expect(shown?.price.minorUnits == 9_900)
            #expect(try await world.count("SELECT amount FROM billing.plan_price WHERE plan_version = 2") == 10_900)
            #expect(try await world.store.activeCatalogue()?.read().plans[.graph("ladybug-standard")]?.version == 2)
        }
    }

    @Test func `BIL-010 a decision cites the catalogue under which it was made, not the one that was activated since`() async throws {
        try await BillingWorld.with { world in
            let graph = try await world.activeGraph()
            world.clock.advance(by: .days(31))
            world.provider.renew(graph.provider, paid: false)
            try await world.deliver("customer.subscription.updated", graph.provider)
            try await world.drain()
            let old = try #require(try await world.store.activeCatalogue())
            let actor = AuditActor.system(component: "test")
            let new = try await world.services.catalogues.activate(try dearer(), because: "prices of the new year", by: "Ada", as: actor)
            // A worker that has run since before.
            let worker = BillingServices(
                store: TestBillingStore(client: world.database.systemClient, dateSource: world.clock), provider: world.provider,
                catalogue: try old.read(), resources: [FakeGraphs(limit: 1), FakeSeats()], directory: world.directory,
                authorizer: MembershipAuthorizer(), settings: .test, dateSource: world.clock, log: .silent)
            func enforce(_ handlers: BillingJobHandlers<TestBillingStore>) async throws {
                let context = JobContext(
                    lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false,
                    dateSource: world.clock, effects: NoEffects())
                _ = try await handlers.enforceDeadline.run(EnforceDeadline(subscription: graph.id), context: context)
            }
            world.clock.advance(by: .days(14))
            try await enforce(worker.handlers)
            #expect(try await world.subscription(graph.id).status == .unpaid)
            // One that knows no version of its own cites what is active.
            world.clock.advance(by: .days(14))
            try await enforce(world.handlers)
            let cited = try await world.store.withTransaction(.system) {
                try await $0.decisions(by: .dunning, since: world.now - .days(60), limit: 10)
            }
            #expect(cited.map(\.catalogue) == [old.version, new.to])
        }
    }
}
