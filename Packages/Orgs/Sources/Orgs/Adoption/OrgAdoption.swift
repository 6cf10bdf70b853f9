internal import Audit
public import Core
public import Identity

/// A graph of an older system that belongs to no org, with those whose it could be.
public struct OrphanedGraph: Sendable, Hashable {
    /// The graph.
    public let id: String
    /// Its owners.
    public let owners: [User.ID]

    /// Names a graph.
    public init(id: String, owners: [User.ID]) {
        self.id = id
        self.owners = owners
    }
}

/// What adopting came to, or would come to.
public struct AdoptionReport: Sendable, Hashable {
    /// How many people got a personal org.
    public var people = 0
    /// How many graphs got the org of their owner.
    public var graphs = 0
    /// The graphs of several owners or of none: somebody has to decide.
    public var undecided: [OrphanedGraph] = []

    /// Nothing was adopted.
    public init() {}
}

/// The graphs of an older system: Graphs knows them.
public protocol GraphAdopter<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// The graphs without org that are no shared repository.
    func orphans(in transaction: Transaction) async throws -> [OrphanedGraph]
    /// Gives a graph to an org.
    func adopt(_ graph: String, into org: Org.ID, in transaction: Transaction) async throws
}

/// What a transaction can do about people without org.
public protocol OrgAdoptionTransaction {
    /// People who never were in an org, by id, behind one; locked, and without those whom another run has in hand.
    func peopleWithoutOrg(after last: User.ID?, limit: Int) async throws -> [User.ID]
    /// Stores many personal orgs with their limits and owners by three statements.
    func insert(_ founded: [(org: Org, membership: Membership)], maxGraphs: Limit) async throws
    /// The personal org of a person, or the only org that it owns; `nil` when there is none or several.
    func homeOrg(of user: User.ID) async throws -> Org.ID?
}

/// Adopts people and graphs that come from an older system without orgs (ORG-108). A run can be repeated: it finds what is left.
public struct OrgAdoption<Store: OrgStore>: Sendable {
    private let store: Store
    private let graphs: (any GraphAdopter<Store.Transaction>)?
    private let settings: OrgsSettings
    private let dateSource: any DateSource
    private let batch: Int

    /// Makes the command.
    ///
    /// - Parameter graphs: knows the graphs of the older system, when there are any.
    public init(
        store: Store, graphs: (any GraphAdopter<Store.Transaction>)?, settings: OrgsSettings, dateSource: any DateSource,
        batch: Int = 500
    ) {
        self.store = store
        self.graphs = graphs
        self.settings = settings
        self.dateSource = dateSource
        self.batch = batch
    }

    private struct DryRun: Error {
        let report: AdoptionReport
    }

    /// Gives each person without org a personal one, then each graph without org the org of its single owner; several are listed, never guessed.
    ///
    /// - Parameter isDryRun: whether all of it is taken back in the end. A dry run is one transaction.
    public func run(isDryRun: Bool) async throws -> AdoptionReport {
        guard isDryRun else {
            var report = AdoptionReport()
            var last: User.ID?
            repeat {
                last = try await store.withTransaction(.system) { try await adoptPeople(after: last, in: $0, &report) }
            } while last != nil
            try await store.withTransaction(.system) { try await adoptGraphs(in: $0, &report) }
            return report
        }
        do {
            return try await store.withTransaction(.system) { transaction in
                var report = AdoptionReport()
                var last: User.ID?
                repeat { last = try await adoptPeople(after: last, in: transaction, &report) } while last != nil
                try await adoptGraphs(in: transaction, &report)
                throw DryRun(report: report)
            }
        } catch let run as DryRun {
            return run.report
        }
    }

    private func adoptPeople(
        after last: User.ID?, in transaction: Store.Transaction, _ report: inout AdoptionReport
    ) async throws -> User.ID? {
        guard let name = OrgName(settings.personalOrgName) else { return nil }
        let now = dateSource.now
        let people = try await transaction.peopleWithoutOrg(after: last, limit: batch)
        let founded = people.map { user in
            let org = Org(
                id: .make(at: now), name: name, type: .personal, personalOwner: user, state: .active, createdAt: now, updatedAt: now,
                version: 1)
            return (org, Membership(id: .make(at: now), org: org.id, user: user, role: .owner, joinedAt: now, joinedThrough: .imported))
        }
        try await transaction.insert(founded, maxGraphs: settings.maxGraphs)
        for (org, membership) in founded {
            try await transaction.record(
                OrgsAudit.OrgCreated(org: org.id, founder: membership.user, orgType: .personal), by: .system(component: "orgs"))
        }
        report.people += people.count
        return people.last
    }

    private func adoptGraphs(in transaction: Store.Transaction, _ report: inout AdoptionReport) async throws {
        guard let graphs else { return }
        for orphan in try await graphs.orphans(in: transaction) {
            guard orphan.owners.count == 1, let org = try await transaction.homeOrg(of: orphan.owners[0]) else {
                report.undecided.append(orphan)
                continue
            }
            try await graphs.adopt(orphan.id, into: org, in: transaction)
            report.graphs += 1
        }
    }
}
