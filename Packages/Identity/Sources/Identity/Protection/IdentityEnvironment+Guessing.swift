public import Core

/// The steps that every way in with something that can be guessed goes through.
extension IdentityEnvironment {
    /// Begins an attempt, or refuses it. A captcha that was solved lifts the wait of the account (ID-045); one that was not, does not.
    ///
    /// - Returns: `nil` where nothing is protected.
    func beginAttempt(on address: EmailAddress, captcha token: SecretString?, from client: ClientContext) async throws -> AdmittedAttempt? {
        guard let guessing else { return nil }
        let attempt = GuessingAttempt(network: client.network, address: address)
        switch try await guessing.begin(attempt) {
        case .admitted(let admitted): return admitted
        case .delayed(let seconds): throw IdentityError.delayed(seconds: seconds)
        case .blocked(let seconds): throw IdentityError.blocked(seconds: seconds)
        case .delayedForAccount(let seconds):
            guard let token, let captcha, await captcha.verify(token, from: client) == .passed else {
                throw IdentityError.delayed(seconds: seconds)
            }
        }
        let exempt = GuessingAttempt(network: client.network, address: address, isExemptFromAccountWait: true)
        switch try await guessing.begin(exempt) {
        case .admitted(let admitted): return admitted
        case .delayed(let seconds), .delayedForAccount(let seconds): throw IdentityError.delayed(seconds: seconds)
        case .blocked(let seconds): throw IdentityError.blocked(seconds: seconds)
        }
    }

    /// Does what an attempt was begun for. When it cannot be done because too many wait, it is no failure; when it is broken off in any other way,
    /// it stays under way and becomes a failure by itself.
    func during<Result>(_ attempt: AdmittedAttempt?, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch IdentityError.busy {
            try await endAttempt(attempt, .abandoned)
            throw IdentityError.busy
        }
    }

    /// Says what became of an attempt.
    func endAttempt(_ attempt: AdmittedAttempt?, _ outcome: AttemptOutcome) async throws {
        guard let attempt, let guessing else { return }
        try await guessing.end(attempt, outcome)
    }

    /// Checks a captcha where one is asked for (ID-052): it fails closed.
    ///
    /// - Throws: ``IdentityError/captchaRequired``, ``IdentityError/captchaFailed``, ``IdentityError/captchaUnavailable``.
    public func requireCaptcha(_ token: SecretString?, from client: ClientContext) async throws {
        guard settings.captcha != nil else { return }
        guard let token, !token.isEmpty else { throw IdentityError.captchaRequired }
        switch await captcha?.verify(token, from: client) {
        case .passed: return
        case .refused: throw IdentityError.captchaFailed
        case .unavailable, nil: throw IdentityError.captchaUnavailable
        }
    }
}
