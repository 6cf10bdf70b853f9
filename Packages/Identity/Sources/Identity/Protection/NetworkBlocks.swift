public import Audit
public import Core

/// Shows and lifts the blocks of networks, for the people who run the product (ID-050).
public protocol NetworkBlockControl: Sendable {
    /// The networks that are shut out now, the latest end first.
    func blocks() async throws -> [NetworkBlock]

    /// Lets a network in again, and forgets its failures. Twice is once.
    ///
    /// - Returns: whether it was shut out.
    /// - Throws: what the store throws.
    func lift(_ network: NetworkClient, because reason: String, by actor: AuditActor) async throws -> Bool

    /// Shuts a network out until an instant.
    ///
    /// - Throws: what the store throws.
    func block(_ network: NetworkClient, until end: Instant, because reason: String, by actor: AuditActor) async throws
}

/// A network that is shut out.
public struct NetworkBlock: Sendable, Hashable {
    /// The network as text, such as `203.0.113.9/32`.
    public let network: String
    /// When it is let in again.
    public let until: Instant
    /// Why: `failures`, `accounts` or `operator`.
    public let cause: String
    /// Its failures of the last 24 hours.
    public let failures: Int

    /// Describes a block.
    public init(network: String, until: Instant, cause: String, failures: Int) {
        self.network = network
        self.until = until
        self.cause = cause
        self.failures = failures
    }
}
