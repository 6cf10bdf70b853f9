import Billing
import BillingPostgres
import BillingTesting
import Core
import FoundationEssentials
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsTesting
import Notifications
import NotificationsPostgres
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What customers' systems hear of a life, as it is published and as the system sends it.
@Suite struct WebhookSequenceTests {
    /// `docs/guides/webhook-sequences.json`: for each scenario the stories of its objects by kind, and that of its graph over all of them.
    private struct Published: Decodable {
        struct Scenario: Decodable {
            let title: String
            let objects: [String: [[String]]]
            let graph: [String]?
        }

        let scenarios: [String: Scenario]

        static func scenario(_ name: String) throws -> Scenario {
            try #require(try all().scenarios[name], "\(name) is not published")
        }

        static func all() throws -> Published {
            var folder = URL(filePath: #filePath)
            for _ in 0..<6 { folder.deleteLastPathComponent() }
            let file = folder.appending(path: "docs/guides/webhook-sequences.json")
            return try JSON.decode(Published.self, from: Array(try Data(contentsOf: file)))
        }
    }

    private func expect(_ name: String, _ heard: Heard, graph: GraphID? = nil) throws {
        let scenario = try Published.scenario(name)
        #expect(heard.stories == scenario.objects, "\(name)")
        if let graph { #expect(heard.story(of: graph) == scenario.graph, "\(name)") }
        // From 1 without a gap, whatever hears of it.
        for (_, told) in Dictionary(grouping: heard.messages, by: \.object) {
            #expect(told.map(\.sequence) == Array(1...Int64(told.count)))
        }
    }

    @Test
    func `NOT-190 GRA-127 a graph that an invoice pays for is made, renamed, shared, changed to another tier and deleted as published`()
        async throws
    {
        try await LifeWorld.with { world in
            let (graphs, caller) = (world.services.graphs, world.caller)
            let id = try await world.activeGraph()
            _ = try await graphs.updateMetadata(
                id, GraphMetadataChange(name: "Books", description: nil, tags: nil), key: nil, as: caller)
            _ = try await world.services.members.add(world.member, as: .viewer, to: id, by: caller)
            try await world.settle()
            _ = try await graphs.changeTier(id, to: "ladybug-large", key: nil, as: caller)
            for _ in 0..<3 { try await world.advance(.seconds(60)) }
            _ = try await graphs.delete(id, confirmation: id.description, atPeriodEnd: false, key: nil, as: caller)
            for _ in 0..<6 { try await world.advance(.minutes(10)) }
            #expect(try await world.graph(id).status == .deprovisioned)
            let heard = try await world.heard()
            try expect("graph_paid_by_invoice", heard, graph: id)
            let numbers = heard.messages.compactMap { $0.data["graph_sequence"]?.integerValue }.sorted()
            #expect(numbers == Array(1...Int64(numbers.count)))
        }
    }

    @Test
    func `NOT-190 a graph that a card pays for: a payment fails and is made up for, an end is taken back, and another comes, as published`()
        async throws
    {
        try await LifeWorld.with { world in
            let (graphs, caller) = (world.services.graphs, world.caller)
            try await world.payByCard()
            let id = try await world.activeGraph()
            let paid = try #require(world.provider.runningSubscriptions.first)
            world.clock.advance(by: .days(31))
            world.provider.renew(paid, paid: false)
            try await world.hearOfProvider(paid)
            world.provider.settleDebt(of: paid)
            try await world.hearOfProvider(paid)
            _ = try await graphs.delete(id, confirmation: id.description, atPeriodEnd: true, key: nil, as: caller)
            try await world.settle()
            _ = try await graphs.reactivate(id, key: nil, as: caller)
            try await world.settle()
            world.provider.end(paid, reason: nil)
            try await world.hearOfProvider(paid)
            #expect(try await world.graph(id).status == .suspended)
            try expect("graph_paid_by_card", try await world.heard(), graph: id)
        }
    }

    @Test func `NOT-190 a page that is paid makes a graph, and one whose time runs out makes none, as published`() async throws {
        try await LifeWorld.with { world in
            let owner = try await world.principal(world.owner)
            func open() async throws -> ProviderID {
                let request = CheckoutRequest(
                    principal: owner, namedOrg: nil, planName: "ladybug-standard", resourceType: .graph,
                    configuration: ["graph_name": "Ledger"])
                guard case .open(_, let session, _) = try await world.billing.startCheckout(request) else {
                    throw NoSuchPage()
                }
                return session
            }
            try await world.database.adminClient.execute(
                "UPDATE billing.customer SET invoice_billing_enabled = false WHERE org_id = \(world.org)")
            world.provider.expire(try await open())
            try await world.advance(.hours(25))
            #expect(world.provider.pay(try await open()) != nil)
            try await world.advance(.hours(25))
            try expect("checkouts", try await world.heard())
        }
    }

    @Test func `NOT-190 an org is renamed, a member rises and goes, a key ends, and its deletion is taken back, as published`() async throws
    {
        try await LifeWorld.with { world in
            let (store, clock) = (world.store, world.clock)
            let authorizer = MembershipAuthorizer()
            let owner = try await world.principal(world.owner)
            let admin = try authorizer.adminScope(for: owner, in: world.org)
            _ = try await Organizations(store: store, settings: OrgsSettings(), dateSource: clock).update(
                OrgChanges(name: OrgName("Acme Ltd")), ifVersion: nil, in: admin)
            let memberships = Memberships(store: store, observers: [], dateSource: clock)
            _ = try await memberships.setRole(.admin, of: world.member, in: admin)
            try await world.database.adminClient.execute(
                """
                INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, org_id, created_at, updated_at)
                VALUES (\(APIKey.ID.make(at: clock.now)), \(world.member), 1, 'x', 'rfs01234', \([UInt8](repeating: 1, count: 32)), \(world.org),
                    \(clock.now), \(clock.now))
                """)
            try await memberships.remove(world.member, in: admin.member)
            try await world.settle()
            let deletions = Deletions(
                store: store, observers: [], proofs: AnyProof(), settings: OrgsSettings(), dateSource: clock)
            let ending = try authorizer.endingScope(for: owner, in: world.org)
            _ = try await deletions.delete(
                DeletionRequest(
                    confirmation: "Acme Ltd", proof: nil, client: ClientContext(address: "203.0.113.7", userAgent: nil), reason: nil,
                    forfeitsBalance: false, endsSubscriptions: false), in: ending, validatingOnly: false)
            clock.advance(by: .seconds(1))
            _ = try await deletions.restore(try authorizer.endingScope(for: try await world.principal(world.owner), in: world.org))
            try await world.settle()
            try expect("org", try await world.heard())
        }
    }

    @Test func `NOT-190 every type of the list is in the guide, and every one that a scenario tells of is of the list`() throws {
        var folder = URL(filePath: #filePath)
        for _ in 0..<6 { folder.deleteLastPathComponent() }
        let guide = String(decoding: try Data(contentsOf: folder.appending(path: "docs/guides/webhooks.md")), as: UTF8.self)
        let known = Set(WebhookEventType.allCases.map(\.rawValue))
        for type in known { #expect(guide.contains("`\(type)`"), "\(type)") }
        for (name, scenario) in try Published.all().scenarios {
            #expect(!scenario.title.isEmpty)
            let told = Set(scenario.objects.values.joined().joined() + (scenario.graph ?? []))
            #expect(told.isSubset(of: known), "\(name): \(told.subtracting(known))")
        }
    }
}

/// Nobody is asked who they are: what that takes is tested elsewhere.
private struct AnyProof: ProofService {
    func check(_ proof: Proof?, of principal: Principal, from client: ClientContext) async throws {}
}

private struct NoSuchPage: Error {}
