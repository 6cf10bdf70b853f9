public import Audit
public import Core
public import Observability

/// What the services of Identity stand on.
public struct IdentityEnvironment<Store: IdentityStore>: Sendable {
    /// Where accounts are kept.
    public let store: Store
    /// Hashes passwords.
    public let passwords: any PasswordHasher
    /// Signs tokens.
    public let tokens: any TokenSigner
    /// Makes secrets.
    public let secrets: any SecretMaker
    /// Checks captchas, where one is asked for.
    public let captcha: (any CaptchaVerifier)?
    /// Slows down who guesses; `nil` only where nobody can sign in from outside.
    public let guessing: (any GuessingProtection)?
    /// Checks passkeys; `nil` where there are none.
    public let passkeys: (any PasskeyVerifier)?
    /// The time.
    public let dateSource: any DateSource
    /// The figures.
    public let settings: IdentitySettings
    /// Where warnings go.
    public let log: Log
    /// What is counted.
    public let metrics: IdentityMetrics
    /// Knows stolen passwords, where they are asked for.
    public let breaches: BreachedPasswords?
    /// Keeps uses that could not be written in time, where the process tries them again; `nil` leaves them to a job.
    public let delayedUses: DelayedUses?
    /// Carries notices of uses to an observer, where the process has one.
    public let activity: ActivityNotices?
    /// Takes down whom this process refuses, in full or as a count; `nil` writes each sign-in that is refused, and nothing of what can be asked without end.
    public let denials: (any DenialLog)?

    /// Puts the parts together.
    public init(
        store: Store, passwords: any PasswordHasher, tokens: any TokenSigner, secrets: any SecretMaker, captcha: (any CaptchaVerifier)?,
        guessing: (any GuessingProtection)? = nil, dateSource: any DateSource, settings: IdentitySettings, log: Log = .silent,
        metrics: IdentityMetrics = IdentityMetrics(Metrics()), breaches: BreachedPasswords? = nil,
        delayedUses: DelayedUses? = nil, passkeys: (any PasskeyVerifier)? = nil, activity: ActivityNotices? = nil,
        denials: (any DenialLog)? = nil
    ) {
        self.store = store
        self.passwords = passwords
        self.tokens = tokens
        self.secrets = secrets
        self.captcha = captcha
        self.guessing = guessing
        self.passkeys = passkeys
        self.dateSource = dateSource
        self.settings = settings
        self.log = log
        self.metrics = metrics
        self.breaches = breaches
        self.delayedUses = delayedUses
        self.activity = activity
        self.denials = denials
    }
}

extension IdentityEnvironment {
    /// Takes down a refusal before it is answered (AUD-024).
    func note(_ denial: some ClientDenial) async throws {
        if let denials { return try await denials.note(denial) }
        try await store.withTransaction(.system) { transaction in
            _ = try await transaction.record(denial, by: denial.actor)
        }
    }
}
