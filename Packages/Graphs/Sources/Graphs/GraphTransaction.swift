public import Billing
public import Core
public import Identity
public import Operations
public import Orgs

/// What a transaction can do with graphs, beside everything it can do with subscriptions and operations.
///
/// Locks are taken in one order: customer, subscription, graph, operation.
public protocol GraphTransaction: BillingTransaction, OperationTransaction, BackupWrites, GrantWrites, UpkeepWrites, HostWrites,
    SubgraphWrites, OrphanWrites
{
    // MARK: Graphs

    /// Stores a new graph.
    func insert(_ graph: Graph) async throws

    /// A graph, locked.
    func lockedGraph(_ id: GraphID) async throws -> Graph?

    /// A graph as it is, without a lock.
    func graph(_ id: GraphID) async throws -> Graph?

    /// The graph a subscription pays for, whatever its state.
    func graph(paidBy subscription: Subscription.ID) async throws -> Graph?

    /// Sales of graphs that are paid for since an instant and have none, in the order of their ids.
    func salesWithoutGraph(paidBy instant: Instant, after id: Subscription.ID?, limit: Int) async throws -> [Subscription.ID]

    /// Stores what changed about a graph; a move that its table does not know is refused by the database.
    func save(_ graph: Graph) async throws

    /// What is to be done with a graph now, by the one function that knows (GRA-054).
    func dueStep(of graph: GraphID, at now: Instant) async throws -> DueGraph?

    /// The graphs for which it is time for a step, by their ids.
    func dueGraphs(_ step: DueGraph.Step, at now: Instant, limit: Int) async throws -> [GraphID]

    /// How many graphs are active or suspended.
    func standingGraphs() async throws -> Int

    /// The unfinished exclusive operation of a graph.
    func exclusiveOperation(of graph: GraphID) async throws -> Operation.ID?

    /// Reads the graphs of an org that are neither gone nor failed.
    func remainingGraphs(of org: Org.ID) async throws -> [Graph]

    /// The graphs of an org with an unfinished exclusive operation.
    func busyGraphs(of org: Org.ID) async throws -> Set<GraphID>

    // MARK: Room

    /// Holds a slot of a tier for a subscription: the one it holds already, else a free one of the fittest host (GRA-098).
    ///
    /// - Returns: `nil` when no ready host of the tier has a free slot.
    func holdSlot(of tier: TierName, for subscription: Subscription.ID, org: Org.ID, until: Instant, now: Instant) async throws -> HostSlot?

    /// Exchanges the slot of a graph in the making for one of another host (GRA-120).
    ///
    /// - Returns: `nil` when no other ready host of the tier has a free slot; the graph then keeps the one it has.
    func exchangeSlot(
        of graph: GraphID, tier: TierName, org: Org.ID, for subscription: Subscription.ID, leaving hosts: Set<String>, now: Instant
    ) async throws -> HostSlot?

    /// Gives the slot a subscription holds to a graph.
    func giveSlot(of subscription: Subscription.ID, to graph: GraphID) async throws -> HostSlot?

    /// The slot of a graph.
    func slot(of graph: GraphID) async throws -> HostSlot?

    /// Notes that another subscription pays for the slot of a graph.
    func passSlot(of graph: GraphID, to subscription: Subscription.ID) async throws

    /// Marks the slot of a graph as in use for good.
    func occupySlot(of graph: GraphID) async throws

    /// Frees the slot of a graph, or of a sale that came to nothing; none is no error.
    func freeSlot(of graph: GraphID?, or subscription: Subscription.ID?) async throws

    /// Frees slots and places of sales whose hold is over, unless a page is open for them or their operation goes on.
    ///
    /// - Returns: of how many sales.
    func freeLapsedPlaces(at now: Instant, limit: Int) async throws -> Int

    // MARK: People

    /// Grants a role; an existing grant keeps the stronger role.
    func grant(_ role: GraphRole, on graph: GraphID, to user: User.ID, by granter: User.ID, at now: Instant) async throws

    /// Makes a graph a person's current one.
    func select(_ graph: GraphID, for user: User.ID) async throws

    /// Ends all grants on a graph and takes it out of every selection.
    func closeGrants(of graph: GraphID) async throws
    /// Turns a person's admin grants on the graphs of an org into member grants.
    func lowerAdminGrants(of user: User.ID, in org: Org.ID) async throws
    /// Ends a person's grants on the graphs of an org, and the selection of one.
    ///
    /// - Returns: the live credentials that the person took out for them.
    func endAccess(of user: User.ID, in org: Org.ID) async throws -> [GraphCredential]

    /// Removes what only a graph that is there needs: its logins, what was read of it last, how its destruction stood, and what a sweep found
    /// of it. Where its id stays is said in one place (GRA-061).
    func forgetParts(of graph: GraphID) async throws

    /// Takes every graph of an org out of a person's selection on which no role is left.
    func unselectLost(of user: User.ID, in org: Org.ID) async throws

    // MARK: Seats of repositories

    /// A person's grant on a repository, locked: the one that is not revoked, else the newest.
    func lockedRepositoryGrant(on repository: Repository.ID, of user: User.ID) async throws -> RepositoryGrant?

    /// What a person has for an org's money and has not lost, locked.
    func lockedRepositoryGrants(of user: User.ID, in org: Org.ID) async throws -> [RepositoryGrant]

    /// Stores a new grant.
    func insert(_ grant: RepositoryGrant) async throws

    /// Stores what changed about a grant.
    func save(_ grant: RepositoryGrant) async throws

    // MARK: Credentials

    /// Stores a credential; at most ten of a graph are not revoked, beside the one whose place it takes.
    ///
    /// - Throws: ``GraphError/credentialLimitReached``.
    func insert(_ credential: GraphCredential, replacing old: GraphCredential.ID?) async throws

    /// A credential of a graph, locked.
    func lockedCredential(_ id: GraphCredential.ID, of graph: GraphID) async throws -> GraphCredential?

    /// The credentials of a graph that are not revoked, the oldest first.
    func liveCredentials(of graph: GraphID) async throws -> [GraphCredential]

    /// Keeps what lets a login in on another host; it goes when the credential is revoked.
    func keep(_ sealed: String, of credential: GraphCredential.ID) async throws

    /// Marks a credential as revoked; of all of a graph when none is named.
    func revokeCredentials(_ id: GraphCredential.ID?, of graph: GraphID, at now: Instant) async throws

    /// Notes which credential takes the place of another, and until when that one works.
    func replaceCredential(_ old: GraphCredential, by new: GraphCredential.ID, endingAt end: Instant) async throws -> GraphCredential

    // MARK: Storage

    /// When somebody was told that a graph fills up.
    func storageWarnings(of graph: GraphID) async throws -> StorageWarnings

    /// Stores that.
    func save(_ warnings: StorageWarnings, of graph: GraphID) async throws

    /// Stores the newest sample of a graph.
    ///
    /// - Returns: the sample before it, and the instant of the newest row.
    func sample(_ measure: GraphMeasure, of graph: Graph, at now: Instant) async throws -> (before: Int64?, last: Instant?)

    /// Stores a row and adds it to the sums of its day; a second row of the same graph and instant changes nothing.
    func insert(_ measure: StorageMeasure) async throws

    /// Deletes old rows, at most so many; the sums of their days stay.
    func deleteMeasures(before instant: Instant, limit: Int) async throws -> Int

    /// Stores what a host held; a second one of the same host and slot of time changes nothing.
    func insert(_ sample: HostSample) async throws

    /// Deletes old ones, at most so many.
    func deleteHostSamples(before instant: Instant, limit: Int) async throws -> Int

    // MARK: Destruction

    /// Stores how far a destruction has come; the database refuses a drop without a verified backup (GRA-050).
    func save(_ teardown: Teardown) async throws

    /// How far the destruction of a graph has come, locked.
    func lockedTeardown(of graph: GraphID) async throws -> Teardown?

    /// The host of a graph under a row lock, and whether operators gave it up and it has not answered since.
    func lockedHost(of graph: GraphID) async throws -> (host: GraphHost, isGivenUp: Bool)?
}

/// The right to put one top-level graph on a host.
public struct HostSlot: Sendable, Hashable {
    /// The host.
    public let host: GraphHost.ID
    /// Its name in the settings.
    public let hostName: String
    /// The number of the slot on the host.
    public let number: Int

    /// Names a slot.
    public init(host: GraphHost.ID, hostName: String, number: Int) {
        self.host = host
        self.hostName = hostName
        self.number = number
    }

    /// How an engine finds the host.
    public var reference: HostReference { HostReference(name: hostName) }
}

/// How far the destruction of a graph has come. Each field is filled once, in this order.
public struct Teardown: Sendable, Hashable {
    /// The graph.
    public let graph: GraphID
    /// The operation that tells about it.
    public let operation: Operation.ID
    /// When tenants could last write; what a final backup must not be older than.
    public var closedAt: Instant?
    /// The final backup.
    public var backup: GraphBackup.ID?
    /// When it was read back whole.
    public var verifiedAt: Instant?
    /// When the drop was let through.
    public var dropAllowedAt: Instant?
    /// When the host was read and did not hold the graph any more.
    public var absentAt: Instant?
    /// When operators took it that the host is lost with what it held, so that nothing more is asked of it (GRA-050).
    public var waivedAt: Instant?

    /// Puts a destruction together from what a store kept.
    public init(
        graph: GraphID, operation: Operation.ID, closedAt: Instant? = nil, backup: GraphBackup.ID? = nil, verifiedAt: Instant? = nil,
        dropAllowedAt: Instant? = nil, absentAt: Instant? = nil, waivedAt: Instant? = nil
    ) {
        self.graph = graph
        self.operation = operation
        self.closedAt = closedAt
        self.backup = backup
        self.verifiedAt = verifiedAt
        self.dropAllowedAt = dropAllowedAt
        self.absentAt = absentAt
        self.waivedAt = waivedAt
    }

    /// The final backup once it was read back whole; `nil` for good when it is waived before.
    public var finalBackup: GraphBackup.ID? { verifiedAt == nil ? nil : backup }
}
