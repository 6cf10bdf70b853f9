internal import Audit
internal import Billing
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Revokes a credential at its end (GRA-112).
public struct ExpireCredential: Job {
    /// `graphs.expire_credential`
    public static let kind = "graphs.expire_credential"
    /// With the other work on graphs.
    public static let lane = Lane.lifecycle
    /// A login must not outlive its end because its host was away.
    public static let retryPolicy = RetryPolicy.untilDone

    /// The graph.
    public let graph: GraphID
    /// The credential.
    public let credential: GraphCredential.ID

    /// Asks for it.
    public init(graph: GraphID, credential: GraphCredential.ID) {
        self.graph = graph
        self.credential = credential
    }
}

/// Expires credentials.
public struct ExpireCredentialHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let credentials: CredentialService<Store>

    /// Makes a handler.
    public init(store: Store, credentials: CredentialService<Store>) {
        self.store = store
        self.credentials = credentials
    }

    /// Revokes it; a graph that is being destroyed takes its logins with it.
    public func run(_ job: ExpireCredential, context: JobContext) async throws -> JobOutcome {
        let graph = try await store.withSystemTransaction { try await $0.graph(job.graph) }
        guard let graph, graph.status == .active || graph.status == .suspended else {
            return .cancelled(reason: "the graph has no logins any more")
        }
        try await credentials.revoke(job.credential, of: graph, by: .system(component: "graphs"))
        return .completed
    }
}
