public import Billing
public import Core
public import Graphs
public import Identity
public import Orgs

/// What mails need to know that their events do not tell.
public protocol MailFacts: Sendable {
    /// An org.
    func org(_ id: Org.ID) async throws -> Org?
    /// The active owners of an org.
    func owners(of org: Org.ID) async throws -> [Member]
    /// The active admins and owners of an org.
    func admins(of org: Org.ID) async throws -> [Member]
    /// People, in one look-up however many; those who are gone are left out.
    func people(_ ids: [User.ID]) async throws -> [User]
    /// Where the bills of an org go, when that is not to its owners.
    func billingAddress(of org: Org.ID) async throws -> String?
    /// A subscription with its price.
    func subscription(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView?
    /// The subscription that pays for a graph.
    func subscription(ofGraph graph: ResourceID) async throws -> SubscriptionView?
    /// An invoice.
    func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> Invoice?
    /// What a plan is called.
    func planName(_ key: PlanKey) -> String
    /// A graph.
    func graph(_ id: GraphID) async throws -> Graph?
    /// Those who administer a graph, by themselves or through their role in its org.
    func admins(of graph: Graph) async throws -> [GraphMember]
    /// Whether an invitation can still be accepted.
    func isOpen(_ invitation: Invitation.ID) async throws -> Bool
    /// An invitation.
    func invitation(_ id: Invitation.ID) async throws -> Invitation?
    /// A backup.
    func backup(_ id: GraphBackup.ID) async throws -> GraphBackup?
    /// What an org is charged by unless another method is named.
    func defaultMethod(of org: Org.ID) async throws -> PaymentMethod?
    /// What is left of an org's credit, here and at the provider.
    func credit(of org: Org.ID, in currency: Currency) async throws -> AccountCreditBalance
    /// Whether mail to an address came back, or its owner wants none.
    func isUndeliverable(_ address: MailAddress) async throws -> Bool
    /// Where those who run the product are told things; empty where they have said nothing.
    var operators: [MailAddress] { get }
    /// Those who run the product, one by one.
    var staff: any MailedStaff { get }
}

extension MailFacts {
    /// A person.
    public func person(_ id: User.ID) async throws -> User? {
        try await people([id]).first
    }
    /// Nobody.
    public var operators: [MailAddress] { [] }
    /// Nobody.
    public var staff: any MailedStaff { UnknownStaff() }
    /// None.
    public func invitation(_ id: Invitation.ID) async throws -> Invitation? { nil }
    /// None.
    public func backup(_ id: GraphBackup.ID) async throws -> GraphBackup? { nil }
    /// None.
    public func credit(of org: Org.ID, in currency: Currency) async throws -> AccountCreditBalance {
        AccountCreditBalance(currency: currency, local: 0, provider: 0)
    }
    /// None.
    public func defaultMethod(of org: Org.ID) async throws -> PaymentMethod? { nil }
}

/// The facts as the stores of the domains below know them.
public struct StoredMailFacts<Store: GraphStore>: MailFacts {
    private let store: Store
    private let catalogue: Catalogue
    private let suppressed: @Sendable (MailAddress) async throws -> Bool
    /// Where those who run the product are told things.
    public let operators: [MailAddress]
    /// Those who run the product, one by one.
    public let staff: any MailedStaff

    /// Makes facts of a store and the catalogue in force.
    ///
    /// - Parameter operators: where those who run the product are told things.
    /// - Parameter staff: those who run the product, one by one.
    /// - Parameter suppressed: whether an address is on the list of those that take no mail.
    public init(
        store: Store, catalogue: Catalogue, operators: [MailAddress] = [], staff: any MailedStaff = UnknownStaff(),
        suppressed: @escaping @Sendable (MailAddress) async throws -> Bool
    ) {
        self.store = store
        self.catalogue = catalogue
        self.operators = operators
        self.staff = staff
        self.suppressed = suppressed
    }

    /// Whether an invitation is pending.
    public func isOpen(_ invitation: Invitation.ID) async throws -> Bool {
        try await store.withTransaction(.system) { try await $0.invitation(invitation)?.state == .pending }
    }

    /// An invitation.
    public func invitation(_ id: Invitation.ID) async throws -> Invitation? {
        try await store.withTransaction(.system) { try await $0.invitation(id) }
    }

    /// A backup.
    public func backup(_ id: GraphBackup.ID) async throws -> GraphBackup? {
        try await store.backup(id)
    }

    /// What an org is charged by.
    public func defaultMethod(of org: Org.ID) async throws -> PaymentMethod? {
        try await store.customer(of: org)?.methods.first { $0.isDefault && $0.state != .detached }
    }

    /// What is left of an org's credit.
    public func credit(of org: Org.ID, in currency: Currency) async throws -> AccountCreditBalance {
        try await store.accountCredits(of: org, currency, from: nil, limit: 1).balance
    }

    /// Whether an address is on the list.
    public func isUndeliverable(_ address: MailAddress) async throws -> Bool {
        try await suppressed(address)
    }

    /// An org.
    public func org(_ id: Org.ID) async throws -> Org? {
        try await store.org(id)
    }

    /// The active owners of an org.
    public func owners(of org: Org.ID) async throws -> [Member] {
        try await store.recipients(with: .owner, of: org).filter(\.isActive)
    }

    /// The active admins and owners of an org.
    public func admins(of org: Org.ID) async throws -> [Member] {
        try await store.recipients(with: .admin, of: org).filter(\.isActive)
    }

    /// People.
    public func people(_ ids: [User.ID]) async throws -> [User] {
        guard !ids.isEmpty else { return [] }
        return try await store.withTransaction(.system) { try await $0.users(ids) }
    }

    /// Where the bills of an org go.
    public func billingAddress(of org: Org.ID) async throws -> String? {
        try await store.customer(of: org)?.customer.billingEmail
    }

    /// A subscription with its price.
    public func subscription(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView? {
        try await store.subscription(id, of: org, visibleTo: nil)
    }

    /// The subscription that pays for a graph.
    public func subscription(ofGraph graph: ResourceID) async throws -> SubscriptionView? {
        try await store.subscription(of: .graph, graph, subscriber: nil)
    }

    /// An invoice among the latest of its org.
    public func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> Invoice? {
        try await store.invoices(of: org, limit: 100).invoices.first { $0.id == id }
    }

    /// What a plan is called.
    public func planName(_ key: PlanKey) -> String {
        catalogue.displayName(of: key)
    }

    /// A graph.
    public func graph(_ id: GraphID) async throws -> Graph? {
        try await store.withTransaction(.system) { try await $0.graph(id) }
    }

    /// Those who administer a graph.
    public func admins(of graph: Graph) async throws -> [GraphMember] {
        let grants = try await store.grants(on: graph.id)
        return GraphMember.everyone(grants: grants, members: try await store.members(of: graph.org)).filter { $0.role == .admin }
    }
}
