import PlatformTesting
import Testing

/// Entries are made by the package whose facts they are: the compiler refuses them to this one.
@Suite struct ForeignEntriesTests {
    private func compile(_ entry: String) throws -> CompiledSample {
        try CompiledSample(
            """
            import Audit
            import Identity

            func tell(_ transaction: some IdentityTransaction, _ user: User.ID, _ client: NetworkClient) async throws {
                try await transaction.record(\(entry), by: .user(AuditReference(user)))
            }
            """)
    }

    @Test func `AUD-091 a graph that fails cannot say that somebody's sign-in failed`() throws {
        let shared = try compile(#"AuthorizationDenied(client: client, route: "/v1/graphs", reason: "x", size: 0)"#)
        #expect(shared.compiles, "\(shared.words)")
        for entry in [
            #"IdentityAudit.SignInFailed(user: user, client: client, route: "/v1/graphs", risk: .medium)"#,
            "IdentityAudit.EmailVerified(user: user)",
        ] {
            let foreign = try compile(entry)
            #expect(!foreign.compiles)
            #expect(foreign.words.contains("is inaccessible due to 'package' protection level"), "\(foreign.words)")
        }
    }
}
