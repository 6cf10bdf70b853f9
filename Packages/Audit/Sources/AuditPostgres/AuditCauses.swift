public import Audit
public import Core
public import Postgres

/// Finds what led to an entry, step by step (AUD-018).
public struct AuditCauses: Sendable {
    /// A step on the way to an entry.
    public enum Step: Sendable, Hashable {
        /// What an entry came from that is no entry itself: a provider's event or a decision.
        case thing(AuditOrigin.Pointer)
        /// An attempt at a job.
        case job(AuditOrigin.Attempt)
        /// An entry.
        case entry(AuditEntry)
    }

    private let client: PostgresClient
    /// Nothing that happens has more steps; it ends what would go in a circle.
    private static let most = 64

    /// Makes it; the client must be one that sees all entries.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// The way to an entry, what came first at the beginning and the entry at the end; empty for an entry that is not there.
    ///
    /// - Throws: ``PostgresError`` when the log cannot be read.
    public func path(to id: AuditEntryID) async throws -> [Step] {
        var steps: [Step] = []
        var next: AuditEntryID? = id
        while let id = next, steps.count < Self.most {
            next = nil
            let rows = try await client.query("SELECT * FROM audit.entry WHERE id = \(id) LIMIT 1", scope: .system)
            guard let entry = try rows.first.map({ try AuditEntry(row: $0) }) else { break }
            steps.append(.entry(entry))
            // What is told within the work that made it true stands in the same attempt as the fact before it.
            if let job = entry.origin?.job, steps.last != .job(job) { steps.append(.job(job)) }
            guard let cause = entry.origin?.cause else { break }
            if cause.kind == "entry" { next = AuditEntryID(cause.id) } else if cause.kind != "job" { steps.append(.thing(cause)) }
        }
        return steps.reversed()
    }
}
