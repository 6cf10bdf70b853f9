import Audit
import Billing
import Core
import Graphs
import HTTPServer
@_spi(Authentication) import Identity
import IdentityHTTP
import Operations
import Orgs

/// Lets everybody in as one person.
struct OnePerson: RequestAuthenticator {
    private let now = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)

    func principal(for credential: Credential, actingFor org: OrgReference?, from client: ClientContext) async throws -> Principal {
        guard let email = EmailAddress("ada@example.com"), let name = PersonName("Ada") else { throw IdentityError.unauthorized }
        return Principal(
            userID: User.ID(high: 2, low: 2), email: email, name: name, isEmailVerified: true,
            credential: .session(.make(at: now), generation: 1), scopes: nil, graph: nil, orgScope: nil)
    }

    func orgChoices(of user: User.ID) async throws -> [OrgChoice] { [] }
}

/// Graphs that a test does not ask: whatever is asked all the same is refused.
struct UnaskedGraphs: GraphManaging, CredentialManaging {
    typealias Accepted = (operation: Operations.Operation, isReplay: Bool)

    /// The seats that the caller has, of the only repositories there are.
    var seats: [RepositoryForUser] = []

    func create(_ wish: @Sendable () throws -> GraphDraft.Wish, key: CallKey?, as caller: GraphCaller) async throws -> Accepted {
        throw GraphError.notFound
    }
    func delete(_ id: GraphID, confirmation: String, atPeriodEnd: Bool, key: CallKey?, as caller: GraphCaller) async throws -> Accepted {
        throw GraphError.notFound
    }
    func reactivate(_ id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> Accepted { throw GraphError.notFound }
    func undelete(_ id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> Accepted { throw GraphError.notFound }
    /// One with a quote is refused for the quote, so that a test sees that it arrived.
    func changeTier(
        _ id: GraphID, to name: String, quote: PlanChangeQuote.Reference?, key: CallKey?, as caller: GraphCaller
    ) async throws -> Accepted {
        guard let quote else { throw GraphError.notFound }
        throw GraphError.billing(quote.total == 1 ? .quoteChanged : .quoteExpired)
    }
    func updateMetadata(_ id: GraphID, _ change: GraphMetadataChange, key: CallKey?, as caller: GraphCaller) async throws -> Accepted {
        throw GraphError.notFound
    }
    func setProtection(_ id: GraphID, to isProtected: Bool, key: CallKey?, as caller: GraphCaller) async throws -> Accepted {
        throw GraphError.notFound
    }
    func explain(_ id: GraphID, as caller: GraphCaller) async throws -> (situation: GraphSituation, answers: [GraphExplanation]) {
        throw GraphError.notFound
    }
    func graphs(as caller: GraphCaller, includingEnded: Bool) async throws -> (graphs: [GraphForUser], selected: GraphID?) {
        throw GraphError.notFound
    }
    func repositories(as caller: GraphCaller) async throws -> [RepositoryForUser] { seats }
    func isRepository(_ name: String) async throws -> Bool { seats.contains { $0.repository.id.description == name } }
    func graph(_ id: GraphID, as caller: GraphCaller) async throws -> GraphForUser { throw GraphError.notFound }
    func facts(of graph: Graph) async throws -> GraphFacts? { throw GraphError.notFound }
    func reading(of graph: Graph) async throws -> GraphReading? { throw GraphError.notFound }
    func usage(
        of id: GraphID, over range: UsageRange, _ parts: Set<UsagePart>, as caller: GraphCaller
    ) async throws -> (graph: Graph, usage: GraphUsage) { throw GraphError.notFound }
    func activity(of graph: Graph, upTo reading: GraphReading?) async throws -> GraphActivity { throw GraphError.notFound }
    func dailyUse(of graph: Graph) async throws -> GraphDailyUse { throw GraphError.notFound }
    func missingCapabilities(of graph: Graph) async throws -> [EngineCapability] { [] }
    func access(to graph: Graph) async throws -> AccessDecision { throw GraphError.notFound }
    func backups(of graph: GraphID) async throws -> [GraphBackup] { throw GraphError.notFound }
    func members(of id: GraphID, as caller: GraphCaller) async throws -> [GraphMember] { throw GraphError.notFound }
    func select(_ id: GraphID, as caller: GraphCaller) async throws { throw GraphError.notFound }
    func capacity() async throws -> [TierCapacity] { throw GraphError.notFound }
    func machineMemory() async throws -> [TierName: Int] { [.standard: 2_048] }

    func issue(
        on id: GraphID, access: GraphCredential.Access, label: String, expiresAt: Instant?, as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin) { throw GraphError.notFound }
    func rotate(
        _ credential: GraphCredential.ID, of id: GraphID, overlap: Duration, as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin) { throw GraphError.notFound }
    func logins(of id: GraphID, as caller: GraphCaller) async throws -> (credentials: [GraphCredential], address: HostAddress?) {
        throw GraphError.notFound
    }
    func revoke(_ credential: GraphCredential.ID, of id: GraphID, as caller: GraphCaller) async throws { throw GraphError.notFound }
}

/// Pools that nobody asks for here.
struct UnaskedPools: CreditViewing {
    func pool(of resource: ResourceID, subscriber: User.ID?) async throws -> CreditPoolView { throw MoneyRefusal.notFound }
    func transactions(of resource: ResourceID, subscriber: User.ID?, _ query: CreditQuery) async throws -> CreditPage {
        throw MoneyRefusal.notFound
    }
    func pools(of org: Org.ID, as principal: Principal) async throws -> [CreditPoolView] { [] }
}

/// A list of calls that takes none down.
struct QuietMutations: GraphMutationManaging {
    func mutations(of id: GraphID, _ query: GraphMutationQuery, as caller: GraphCaller) async throws -> Page<GraphMutation> {
        throw GraphError.notFound
    }
    func call(with arguments: JSONValue) -> MutatingCall {
        MutatingCall(fingerprint: nil, objects: [], beganAt: Instant(secondsSinceEpoch: 0))
    }
    func note(_ name: String, _ call: MutatingCall, on id: GraphID, refusedFor code: String, as caller: GraphCaller) async throws {}
}
