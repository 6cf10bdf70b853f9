internal import Core
internal import HTTPServer
internal import Identity

extension Request {
    /// Counts the request for a caller that is known now: for the key, or for the person over all sessions (SEC-002).
    ///
    /// - Throws: `Problem` when there were too many.
    func admit(_ principal: Principal) async throws {
        guard let gate else { return }
        let caller =
            switch principal.credential {
            case .session: Caller(.user, principal.userID)
            case .apiKey(let key): Caller(.apiKey, key)
            }
        try await gate.admit(
            caller, of: Caller(.user, principal.userID),
            actingFor: principal.orgScope.map { Caller(.org, high: $0.org.high, low: $0.org.low) })
    }

    /// Counts the request for the person of a token whose signature is good, though its time may be over: refreshing and signing out.
    ///
    /// - Throws: `Problem` when there were too many.
    func admit(holderOf token: SecretString, _ services: IdentityServices) async throws {
        guard let gate else { return }
        let claims = try? services.tokens.verify(token, at: services.dateSource.now, acceptingExpiredFor: .days(400))
        guard let claims else { return }
        let person = Caller(.user, claims.user)
        try await gate.admit(person, of: person, actingFor: nil)
    }
}
