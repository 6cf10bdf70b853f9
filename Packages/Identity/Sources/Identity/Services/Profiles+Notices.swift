public import Core

extension Profiles {
    /// What the person is to be told of.
    public func pendingNotices(of user: User.ID) async throws -> [PendingNotice] {
        try await environment.store.pendingNotices(of: user)
    }
}
