import Billing
import Core
import Graphs
import Identity
import Notifications
import Orgs
import Synchronization
import Testing

/// Facts that a test says; what it did not say is not there.
struct FixedFacts: MailFacts {
    var orgs: [Org] = []
    var allOwners: [Member] = []
    var allAdmins: [Member] = []
    var people: [User] = []
    /// How often people were looked up, where a test asks.
    var lookUps: LookUps?
    var billing: String?
    var views: [SubscriptionView] = []
    var invoices: [Invoice] = []
    var graphs: [Graph] = []
    var graphAdmins: [GraphMember] = []
    var openInvitations: Set<Invitation.ID> = []
    var invited: Invitation?
    var undeliverable: Set<MailAddress> = []
    var operators: [MailAddress] = []
    var method: PaymentMethod?
    var credits: (local: Int64, provider: Int64) = (0, 0)

    func org(_ id: Org.ID) async throws -> Org? { orgs.first { $0.id == id } }
    func owners(of org: Org.ID) async throws -> [Member] { allOwners }
    func admins(of org: Org.ID) async throws -> [Member] { allAdmins }
    func people(_ ids: [User.ID]) async throws -> [User] {
        lookUps?.count.withLock { $0 += 1 }
        return people.filter { ids.contains($0.id) }
    }
    func billingAddress(of org: Org.ID) async throws -> String? { billing }
    func subscription(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView? { views.first { $0.subscription.id == id } }
    func subscription(ofGraph graph: ResourceID) async throws -> SubscriptionView? { views.first { $0.subscription.resource == graph } }
    func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> Invoice? { invoices.first { $0.id == id } }
    func graph(_ id: GraphID) async throws -> Graph? { graphs.first { $0.id == id } }
    func admins(of graph: Graph) async throws -> [GraphMember] { graphAdmins }
    func isOpen(_ invitation: Invitation.ID) async throws -> Bool { openInvitations.contains(invitation) }
    func invitation(_ id: Invitation.ID) async throws -> Invitation? { invited }
    func isUndeliverable(_ address: MailAddress) async throws -> Bool { undeliverable.contains(address) }
    func defaultMethod(of org: Org.ID) async throws -> PaymentMethod? { method }
    func credit(of org: Org.ID, in currency: Currency) async throws -> AccountCreditBalance {
        AccountCreditBalance(currency: currency, local: credits.local, provider: credits.provider)
    }
    func planName(_ key: PlanKey) -> String { "Plan \(key.name)" }
}

final class LookUps: Sendable {
    let count = Mutex(0)
}

/// An org with two owners and one subscription.
struct Acme {
    static let now = Instant(secondsSinceEpoch: 1_800_000_000)
    let org: Org
    let ada: User
    let subscription: Subscription
    var facts: FixedFacts

    init(interval: BillingInterval = .monthly, change: (inout Subscription) -> Void = { _ in }) throws {
        let now = Self.now
        let ada = User(
            id: User.ID(high: 1, low: 1), email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
            emailVerifiedAt: now, status: .active, sessionEpoch: 0, keyEpoch: 0, defaultOrg: Org.ID(high: 1, low: 2), createdAt: now,
            updatedAt: now)
        let org = Org(
            id: Org.ID(high: 1, low: 2), name: try #require(OrgName("Acme")), type: .team, personalOwner: nil, state: .active,
            createdAt: now,
            updatedAt: now, version: 1)
        var subscription = Subscription(
            id: Subscription.ID(high: 1, low: 3), org: org.id, resourceType: .graph, resource: ResourceID("kg0123456789abcdef0123"),
            subscriber: nil, requestedBy: ada.id,
            plan: PlanReference(key: try #require(PlanKey("graph:standard")), version: 1), interval: interval,
            configuration: [:], at: now)
        subscription.startedAt = now
        subscription.status = .active
        subscription.currentPeriod = Period(start: now, end: now + .days(31))
        change(&subscription)
        self.org = org
        self.ada = ada
        self.subscription = subscription
        facts = FixedFacts()
        facts.orgs = [org]
        facts.people = [ada]
        facts.allOwners = ["ada@example.com", "bob@example.com"].enumerated().map { offset, email in
            Member(user: User.ID(high: 1, low: UInt64(offset + 1)), name: email, email: email, role: .owner, joinedAt: now, isActive: true)
        }
        facts.views = [SubscriptionView(subscription: subscription, price: Money(minorUnits: 4_900, currency: .usd))]
    }

    var event: SubscriptionFacts { SubscriptionFacts(subscription) }
}

/// Events as they come out of the store: only the package of their facts makes them otherwise.
func event<Event: Decodable>(_ fields: [String: any Encodable]) throws -> Event {
    try JSON.decode(
        Event.self, from: JSON.encode(JSONValue.object(fields.mapValues { try JSON.decode(JSONValue.self, from: JSON.encode($0)) })))
}

extension [MailDraft] {
    /// The addresses of the one draft there is to be.
    var addresses: [String] { count == 1 ? self[0].recipients.map { $0.address.description } : [] }
}
