public import Billing
public import Core
public import Identity
public import Operations
public import Orgs

/// Who calls, for which org, and how far the credential reaches.
public struct GraphCaller: Sendable, Hashable {
    /// The person.
    public let user: User.ID
    /// The org the call acts for: the one it names, else that of the session or key, else the only one; `nil` when none of these is there.
    public let org: Org.ID?
    /// What the credential leaves of the person's roles, whichever org's graph it is (ID-108, ID-134).
    public let reach: MembershipReach

    /// Describes a caller; the reach is that of the caller's principal.
    public init(user: User.ID, org: Org.ID?, reach: MembershipReach) {
        self.user = user
        self.org = org
        self.reach = reach
    }

    /// The caller that authentication found.
    public init(_ principal: Principal) {
        self.init(user: principal.userID, org: principal.orgScope?.org, reach: principal.reach)
    }
}

/// A call's key and fingerprint, before the org is known.
public struct CallKey: Sendable, Hashable {
    /// The client's key.
    public let key: RequestKey
    /// What tells the call from another.
    public let fingerprint: CallFingerprint

    /// Makes a pair.
    public init(key: RequestKey, fingerprint: CallFingerprint) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// What a person can do with graphs.
public protocol GraphManaging: Sendable {
    /// Asks for a graph; the checks run in the published order and the first that fails answers (GRA-001).
    ///
    /// - Parameter wish: reads the body; called once the caller and the key were looked at.
    /// - Returns: the operation to follow, and whether it is that of an earlier call with the same key.
    /// - Throws: ``GraphError``, ``GraphDraft/Faults``, ``StoredAnswer``.
    func create(
        _ wish: @Sendable () throws -> GraphDraft.Wish, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Asks for a graph to be deleted, now or at the end of what is paid (GRA-040).
    ///
    /// - Throws: ``GraphError``, ``StoredAnswer``.
    func delete(
        _ id: GraphID, confirmation: String, atPeriodEnd: Bool, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Takes back the end of a graph's subscription (GRA-063).
    ///
    /// - Throws: ``GraphError``, ``StoredAnswer``.
    func reactivate(_ id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> (operation: Operation, isReplay: Bool)

    /// Buys a suspended graph again (GRA-059).
    ///
    /// - Throws: ``GraphError``, ``StoredAnswer``.
    func undelete(_ id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> (operation: Operation, isReplay: Bool)

    /// Asks for another tier (GRA-065).
    ///
    /// - Parameter quote: what it was said to cost; it costs that, or nothing happens (BIL-063).
    /// - Throws: ``GraphError``, ``StoredAnswer``.
    func changeTier(
        _ id: GraphID, to name: String, quote: PlanChangeQuote.Reference?, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Changes name, description or tags, at once (GRA-032).
    ///
    /// - Throws: ``GraphError``, ``GraphDraft/Faults``, ``StoredAnswer``.
    func updateMetadata(
        _ id: GraphID, _ change: GraphMetadataChange, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Protects a graph from deletion, or ends that (GRA-052).
    ///
    /// - Throws: ``GraphError``, ``StoredAnswer``.
    func setProtection(
        _ id: GraphID, to isProtected: Bool, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// What the caller may do with a graph now, and why (GRA-128).
    func explain(_ id: GraphID, as caller: GraphCaller) async throws -> (situation: GraphSituation, answers: [GraphExplanation])

    /// The graphs the caller can open, newest first, and the chosen one.
    func graphs(as caller: GraphCaller, includingEnded: Bool) async throws -> (graphs: [GraphForUser], selected: GraphID?)

    /// The shared repositories that the caller's seats open, newest first (GRA-092).
    func repositories(as caller: GraphCaller) async throws -> [RepositoryForUser]

    /// Whether a name is that of a shared repository.
    func isRepository(_ name: String) async throws -> Bool

    /// A graph the caller has any role on.
    ///
    /// - Throws: ``GraphError/notFound`` outside of the caller's orgs, ``GraphError/roleTooWeak(needed:)`` without a role,
    ///   `IdentityError.mfaEnrollmentRequired` where a second factor would give one.
    func graph(_ id: GraphID, as caller: GraphCaller) async throws -> GraphForUser

    /// Size and contents; `nil` when the engine does not answer in time.
    func facts(of graph: Graph) async throws -> GraphFacts?

    /// Size and contents as they are, or when the engine does not answer in time, as they were when it did last (GRA-026).
    func reading(of graph: Graph) async throws -> GraphReading?

    /// What was done with a graph in the last 24 hours, up to a reading (GRA-027).
    func activity(of graph: Graph, upTo reading: GraphReading?) async throws -> GraphActivity

    /// What a graph has used of the caps that count by the day (GRA-028).
    func dailyUse(of graph: Graph) async throws -> GraphDailyUse

    /// What a graph used over a time (GRA-030).
    func usage(
        of id: GraphID, over range: UsageRange, _ parts: Set<UsagePart>, as caller: GraphCaller
    ) async throws -> (graph: Graph, usage: GraphUsage)

    /// What the engine of a graph's host lacks, in the order of ``EngineCapability`` (GRA-121).
    func missingCapabilities(of graph: Graph) async throws -> [EngineCapability]

    /// What may be done with a graph now, and why.
    func access(to graph: Graph) async throws -> AccessDecision

    /// Completed backups of a graph, newest first.
    func backups(of graph: GraphID) async throws -> [GraphBackup]

    /// Everyone who can open a graph; for its admins.
    func members(of id: GraphID, as caller: GraphCaller) async throws -> [GraphMember]

    /// Makes a graph the caller's current one.
    func select(_ id: GraphID, as caller: GraphCaller) async throws

    /// Room by tier.
    func capacity() async throws -> [TierCapacity]

    /// The memory of the smallest machine that serves a tier, in MB, as the machines themselves say.
    func machineMemory() async throws -> [TierName: Int]
}

/// What is known of a graph's size and contents.
public struct GraphReading: Sendable, Hashable {
    /// What the engine said.
    public let facts: GraphFacts
    /// When it said so.
    public let measuredAt: Instant
    /// Whether that was now.
    public let isLive: Bool
    /// Whether its host is ready; a graph on one that is not is in danger even while it answers (GRA-101).
    public let isHostReady: Bool

    /// Makes a reading.
    public init(facts: GraphFacts, measuredAt: Instant, isLive: Bool, isHostReady: Bool) {
        self.facts = facts
        self.measuredAt = measuredAt
        self.isLive = isLive
        self.isHostReady = isHostReady
    }
}

/// What a graph admin can do with logins to its database.
public protocol CredentialManaging: Sendable {
    /// Makes a login; its password is in the answer and nowhere else.
    ///
    /// - Throws: ``GraphError``.
    func issue(
        on id: GraphID, access: GraphCredential.Access, label: String, expiresAt: Instant?, as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin)

    /// Makes a login that takes the place of another, which works on for a while (GRA-112).
    ///
    /// - Throws: ``GraphError``.
    func rotate(
        _ credential: GraphCredential.ID, of id: GraphID, overlap: Duration, as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin)

    /// The logins of a graph, newest first, and where its database is reached; `nil` where nobody logs in (GRA-066).
    func logins(of id: GraphID, as caller: GraphCaller) async throws -> (credentials: [GraphCredential], address: HostAddress?)

    /// Ends a login and its sessions; twice is once.
    func revoke(_ credential: GraphCredential.ID, of id: GraphID, as caller: GraphCaller) async throws
}
