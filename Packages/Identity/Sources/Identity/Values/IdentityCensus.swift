/// Figures over all accounts.
public struct IdentityCensus: Sendable, Hashable {
    /// Sessions that can be used.
    public let liveSessions: Int
    /// Networks that are shut out for guessing.
    public let blockedNetworks: Int

    /// Takes what was counted.
    public init(liveSessions: Int, blockedNetworks: Int) {
        self.liveSessions = liveSessions
        self.blockedNetworks = blockedNetworks
    }
}
