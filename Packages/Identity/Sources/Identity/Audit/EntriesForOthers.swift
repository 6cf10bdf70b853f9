public import Audit

/// What packages above bring about and Identity tells of: its entries are made here alone (AUD-091).
extension IdentityTransaction {
    /// Tells that a person's address was proven by what the person did.
    public func recordVerifiedAddress(of user: User.ID) async throws {
        try await record(IdentityAudit.EmailVerified(user: user), by: .user(AuditReference(user)))
    }

    /// Tells that an account came with an import.
    public func recordImport(of user: User.ID) async throws {
        try await record(IdentityAudit.UserImported(user: user), by: .system(component: "import"))
    }

    /// Tells that a key ended with what it was for.
    ///
    /// - Parameters:
    ///   - reason: why, in a fixed word.
    ///   - component: the part of the product that ended it.
    public func recordEnd(of key: APIKey.ID, of user: User.ID, because reason: String, by component: String) async throws {
        try await record(IdentityAudit.APIKeyRevoked(user: user, key: key, reason: reason), by: .system(component: component))
    }

    /// Tells that a network asked too often.
    public func recordExcess(of client: NetworkClient, category: String, route: String) async throws {
        try await record(
            IdentityAudit.RateLimitExceeded(client: client, category: category, route: route), by: .anonymous(AuditReference(client)))
    }
}
