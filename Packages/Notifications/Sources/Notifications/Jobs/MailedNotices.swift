public import Graphs

/// Shows from the outbox what the owners of a graph were told before it is destroyed (GRA-057, IDL-057): what a relay accepted, and nothing else.
public struct MailedNotices<Transaction: NotificationTransaction>: NoticeReading {
    /// Makes the reader.
    public init() {}

    /// Reads in the transaction that decides.
    public func proof(for graph: Graph, in transaction: Transaction) async throws -> NoticeProof {
        try await transaction.noticeProof(for: graph)
    }
}
