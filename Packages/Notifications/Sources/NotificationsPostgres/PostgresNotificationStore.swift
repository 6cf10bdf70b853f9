public import Notifications
public import Postgres

/// The outbox on PostgreSQL.
///
/// - Parameter Transaction: the transaction of the composition.
public struct PostgresNotificationStore<Transaction: PostgresNotificationTransaction>: NotificationStore {
    private let client: PostgresClient
    private let make: @Sendable (PostgresTransaction) -> Transaction

    /// Makes a store.
    ///
    /// - Parameter client: with the system role.
    /// - Parameter make: wraps a transaction of PostgreSQL.
    public init(client: PostgresClient, make: @escaping @Sendable (PostgresTransaction) -> Transaction) {
        self.client = client
        self.make = make
    }

    /// Runs a closure in one transaction of the system.
    public func withTransaction<Result: Sendable>(_ body: (Transaction) async throws -> Result) async throws -> Result {
        let make = make
        return try await client.withTransaction(scope: .system) { transaction in
            try await body(make(transaction))
        }
    }
}
