internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

extension CredentialService {
    /// For how long the old login of a rotation may go on.
    public static var overlap: ClosedRange<Duration> { .seconds(0) ... .days(7) }

    /// Makes a new login like the old one, which ends after the overlap by the job of its end, or at once.
    public func rotate(
        _ id: GraphCredential.ID, of graph: GraphID, overlap: Duration, as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin) {
        guard Self.overlap.contains(overlap) else {
            throw GraphError.invalid(field: "overlap_seconds", reason: "must be 0 to 604800")
        }
        guard let old = try await credentials(of: graph, as: caller).first(where: { $0.id == id }), old.revokedAt == nil else {
            throw GraphError.credentialNotFound
        }
        let issued = try await issue(
            on: graph, access: old.access, label: old.label, expiresAt: old.expiresAt,
            replacing: Replacement(credential: id, overlap: overlap), as: caller)
        // Without an overlap the old sessions end with the answer, not a moment later; should the host be away, the job does it.
        if let replaced = issued.replaced, overlap == .zero {
            try? await revoke(id, of: replaced, by: .user(AuditReference(caller.user)))
        }
        return (issued.credential, issued.login)
    }

    /// Ends the old login after its overlap, in the transaction that knows that the new one is there.
    func replace(
        _ old: GraphCredential, by new: GraphCredential, overlap: Duration, as caller: GraphCaller, in transaction: Store.Transaction
    ) async throws -> Graph? {
        guard let record = try await transaction.graph(old.graph) else { return nil }
        let now = dateSource.now
        // An end that comes sooner by itself stays.
        let end = min(old.expiresAt ?? now + overlap, now + overlap)
        let ending = try await transaction.replaceCredential(old, by: new.id, endingAt: end)
        // The waiting job moves with the instant (OPS-053).
        try await transaction.cancelJob(ExpireCredential.self, uniqueKey: old.id.description)
        try await transaction.enqueue(
            ExpireCredential(graph: old.graph, credential: old.id), JobOptions(runAt: end, uniqueKey: old.id.description))
        try await transaction.record(GraphCredentialRotated(record, from: ending, to: new), by: .user(AuditReference(caller.user)))
        return record
    }
}

/// Looks for credentials whose time is over and that lost their job (OPS-130).
public struct SweepCredentials: Job {
    /// `graphs.sweep_credentials`
    public static let kind = "graphs.sweep_credentials"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many credentials one run takes up.
    static let limit = 1_000

    /// Each hour.
    public static var schedule: Schedule? {
        CronExpression("10 * * * *").map { Schedule("graphs.sweep_credentials", $0, missed: .once, job: SweepCredentials()) }
    }

    /// Orders it.
    public init() {}
}

/// Enqueues what has lost its job.
public struct SweepCredentialsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each; those that have theirs are left alone.
    public func run(_ job: SweepCredentials, context: JobContext) async throws -> JobOutcome {
        let due = try await store.credentialsDue(at: context.now, limit: SweepCredentials.limit)
        try await store.withSystemTransaction { transaction in
            _ = try await transaction.enqueue(
                due.map { (ExpireCredential(graph: $0.graph, credential: $0.id), JobOptions(uniqueKey: $0.id.description)) })
        }
        return .completed
    }
}
