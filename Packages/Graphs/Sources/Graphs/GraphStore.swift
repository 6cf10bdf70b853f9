public import Billing
public import Core
public import Identity
public import Operations
public import Orgs

/// Where graphs are kept.
public protocol GraphStore<Transaction>: BillingStore, OperationStore, BackupReads, UsageReads, UpkeepReads
where Transaction: GraphTransaction {
    /// A graph with the roles that a caller has on it, read in one statement; nothing is remembered from an earlier call (GRA-035).
    ///
    /// - Returns: `nil` when there is none, the person is not in its org, or the credential does not reach that org.
    /// - Throws: `IdentityError.mfaEnrollmentRequired` when no role is left for want of a second factor (ID-134).
    func graph(_ id: GraphID, for caller: GraphCaller) async throws -> GraphForUser?

    /// The graphs a caller can open, newest first, and the one chosen; in one statement whatever their number (GRA-023).
    func graphs(for caller: GraphCaller, includingEnded: Bool) async throws -> (graphs: [GraphForUser], selected: GraphID?)

    /// The repositories that a person's seats open at an instant, newest first.
    func repositories(for user: User.ID, at now: Instant) async throws -> [RepositoryForUser]

    /// A shared repository.
    func repository(_ id: Repository.ID) async throws -> Repository?

    /// Everybody who ever had a seat, in the order of repository and person.
    func repositorySeats(
        after repository: Repository.ID?, _ user: User.ID?, limit: Int
    ) async throws -> [(repository: Repository.ID, user: User.ID)]

    /// Whoever has a seat that is not revoked though its end has come, in the order of repository and person.
    func endedRepositorySeats(
        at now: Instant, after repository: Repository.ID?, _ user: User.ID?, limit: Int
    ) async throws -> [(repository: Repository.ID, user: User.ID)]

    /// Brings the list of repositories in line with what the operator runs.
    func register(_ repositories: [Repository]) async throws

    /// The credentials of a graph, newest first, revoked ones included.
    func credentials(of graph: GraphID) async throws -> [GraphCredential]

    /// The credentials of a graph that are not revoked and of which something is kept that lets them in elsewhere, the oldest first.
    func sealedLogins(of graph: GraphID) async throws -> [SealedLogin]

    /// Credentials whose time is over and that are not revoked, the oldest first.
    func credentialsDue(at now: Instant, limit: Int) async throws -> [GraphCredential]

    /// What the records say of the graphs a host names, and of those that have their place there; one that was made or moved since an
    /// instant counts as at work.
    func records(on host: GraphHost, naming graphs: [GraphID], madeBefore: Instant) async throws -> HostRecords

    /// Records without their counterpart that have stood so since an instant; what an operation works on is left out.
    func unpairedRecords(settledBefore instant: Instant) async throws -> [RecordFinding]

    /// The newest sample of a graph's size.
    func storedBytes(of graph: GraphID) async throws -> Int64?

    /// The grants on a graph, by time.
    func grants(on graph: GraphID) async throws -> [GraphGrant]

    /// Keeps what an engine said of a graph, for when it cannot say it; kept at most once in five minutes.
    func remember(_ facts: GraphFacts, of graph: Graph, at now: Instant) async throws

    /// What an engine said of a graph last, and when.
    func rememberedFacts(of graph: GraphID) async throws -> (facts: GraphFacts, at: Instant)?

    /// Free slots by tier.
    func capacity() async throws -> [TierCapacity]

    /// The memory of the smallest host of each tier, in MB, as far as hosts said.
    func machineMemory() async throws -> [TierName: Int]

    /// All hosts, by name.
    func hosts() async throws -> [GraphHost]

    /// The host with an id.
    func host(_ id: GraphHost.ID) async throws -> GraphHost?

    /// Takes the right to probe a host, which one process at a time has for an interval of the liveness clock (OPS-129).
    func claimProbe(of host: GraphHost.ID, every interval: Duration) async throws -> Bool

    /// Notes what a probe came to: after some failures in a row a ready host is offline, after as many successes it is ready again.
    ///
    /// - Returns: its state before and after; `nil` when there is no such host.
    func noteProbe(
        of host: GraphHost.ID, _ facts: HostFacts?, threshold: Int
    ) async throws -> (before: GraphHost.State, after: GraphHost.State)?

    /// The graphs with a place on a host, their tiers, and the roles of the logins they have given out.
    func tenants(on host: GraphHost.ID) async throws -> [(graph: GraphID, tier: TierName, logins: [String])]

    /// The graphs that are to be suspended or destroyed now, by the one function that knows (GRA-054).
    func dueGraphs(at now: Instant, limit: Int) async throws -> [DueGraph]

    /// Protected graphs whose time to be destroyed has come, and of which nobody was told since; in the order of their ids (OPS-101).
    func protectedDue(at now: Instant, limit: Int) async throws -> [GraphID]

    /// Suspended graphs whose purge is held for a reason that begins so, in the order of their ids.
    func heldGraphs(because prefix: String, after graph: GraphID?, limit: Int) async throws -> [GraphID]

    /// Brings the registry in line with the settings: hosts that are new are added with their slots, those of the same name grow.
    func register(_ hosts: [NewGraphHost], at now: Instant) async throws
}

/// A graph, and what one person is to it.
public struct GraphForUser: Sendable, Hashable {
    /// The graph.
    public let graph: Graph
    /// What was granted to the person.
    public let granted: GraphRole?
    /// The person's role in the org.
    public let orgRole: OrgRole?

    /// Joins them.
    public init(graph: Graph, granted: GraphRole?, orgRole: OrgRole?) {
        self.graph = graph
        self.granted = granted
        self.orgRole = orgRole
    }

    /// What a caller is to a graph: the one place where a person's roles on it are limited by the credential (ID-108, ID-134).
    ///
    /// - Returns: `nil` where the credential does not reach the graph's org.
    /// - Throws: ``IdentityError/mfaEnrollmentRequired`` when no role is left for want of a second factor.
    public init?(graph: Graph, granted: GraphRole?, standing: SecondFactorStanding, for caller: GraphCaller) throws(IdentityError) {
        guard let role = try caller.reach.requireRole(standing, in: graph.org) else { return nil }
        // As after a demotion, which leaves no admin grant: whoever made a graph has one.
        let granted = role == standing.role ? granted : granted.map { min($0, .member) }
        self.init(graph: graph, granted: granted, orgRole: role)
        // Whoever is a member of the org already is told that another role is needed.
        if self.role == nil, role != standing.role { throw .mfaEnrollmentRequired }
    }

    /// What the person may do with it.
    public var role: GraphRole? { GraphRole.effective(granted: granted, inOrg: orgRole) }
}

/// A role that was granted to a person.
public struct GraphGrant: Sendable, Hashable {
    /// The person.
    public let user: User.ID
    /// The role.
    public let role: GraphRole
    /// When.
    public let grantedAt: Instant

    /// Makes a grant.
    public init(user: User.ID, role: GraphRole, grantedAt: Instant) {
        self.user = user
        self.role = role
        self.grantedAt = grantedAt
    }
}

/// Someone who can open a graph.
public struct GraphMember: Sendable, Hashable {
    /// Where the role comes from.
    public enum Source: String, Sendable, Codable {
        /// A grant.
        case explicit
        /// Being org owner or admin.
        case orgRole = "org_role"
    }

    /// Who.
    public let user: User.ID
    /// The name.
    public let name: String
    /// The address.
    public let email: String
    /// The role.
    public let role: GraphRole
    /// Where it comes from.
    public let source: Source
    /// When it was granted.
    public let grantedAt: Instant?

    /// Makes a member.
    public init(user: User.ID, name: String, email: String, role: GraphRole, source: Source, grantedAt: Instant?) {
        self.user = user
        self.name = name
        self.email = email
        self.role = role
        self.source = source
        self.grantedAt = grantedAt
    }
}

/// A host as the settings name it.
public struct NewGraphHost: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// The tiers it takes.
    public let tiers: [TierName]
    /// How many graphs it has room for.
    public let slots: Int
    /// What they may measure together, in bytes; `nil` is without limit.
    public let storageBudget: Int64?

    /// Describes a host.
    public init(name: String, tiers: [TierName], slots: Int, storageBudget: Int64? = nil) {
        self.name = name
        self.tiers = tiers
        self.slots = slots
        self.storageBudget = storageBudget
    }
}

extension GraphMember {
    /// Everyone who can open a graph: explicit grants by time, then the org's owners and admins; a person with both appears once, with
    /// the stronger role (GRA-036).
    public static func everyone(grants: [GraphGrant], members: [Member]) -> [GraphMember] {
        let people = Dictionary(members.map { ($0.user, $0) }) { first, _ in first }
        let granted = grants.compactMap { grant -> GraphMember? in
            guard let person = people[grant.user], person.role == .member || grant.role == .admin else { return nil }
            return GraphMember(
                user: person.user, name: person.name, email: person.email, role: grant.role, source: .explicit, grantedAt: grant.grantedAt)
        }
        let listed = Set(granted.map(\.user))
        let governing = members.filter { $0.role >= .admin && !listed.contains($0.user) }
        return granted
            + governing.map {
                GraphMember(user: $0.user, name: $0.name, email: $0.email, role: .admin, source: .orgRole, grantedAt: nil)
            }
    }
}
