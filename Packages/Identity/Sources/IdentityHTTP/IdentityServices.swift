internal import Audit
public import Core
public import Identity

/// Everything that the routes call.
public struct IdentityServices: Sendable {
    /// Makes accounts.
    public let registrar: any AccountRegistrar
    /// Signs people in.
    public let signIn: any SignInService
    /// Keeps sessions going.
    public let sessions: any SessionService
    /// Shows and changes accounts.
    public let profiles: any ProfileService
    /// Changes passwords.
    public let passwords: any PasswordService
    /// Ends accounts.
    public let accounts: any AccountLifecycle
    /// Takes copies of what is kept about a person.
    public let personalData: any PersonalDataService
    /// Makes and ends keys.
    public let keys: any APIKeyService
    /// Carries sign-ins to sister apps.
    public let handoffs: any HandoffService
    /// Takes the second step of sign-ins.
    public let secondFactors: any SecondFactorService
    /// Looks after passkeys.
    public let passkeys: any PasskeyService
    /// Does with accounts what operators order.
    public let orders: any AccountOrders
    /// Helps people who lost their second factor.
    public let resets: any SecondFactorResetService
    /// Whether there are passkeys here.
    let hasPasskeys: Bool
    /// Checks proofs.
    public let proofs: any ProofService
    /// Finds out who calls.
    public let authenticator: any RequestAuthenticator
    /// Publishes the keys that verify tokens.
    public let tokens: any TokenSigner
    /// Slows down who guesses.
    public let guessing: (any GuessingProtection)?
    /// Takes down whom this process refuses.
    let denials: (any DenialLog)?
    /// Checks captchas of requests that no service of its own takes.
    let requireCaptcha: @Sendable (SecretString?, ClientContext) async throws -> Void
    /// What is counted.
    let metrics: IdentityMetrics
    /// The time.
    public let dateSource: any DateSource
    /// What this deployment offers.
    public let settings: IdentitySettings

    /// Puts the product's services together.
    ///
    /// - Parameters:
    ///   - environment: what they stand on.
    ///   - observer: what else belongs to a new account.
    ///   - graphs: says who reaches which graph; without it no key can be bound to one.
    public init<Store: IdentityStore>(
        _ environment: IdentityEnvironment<Store>, observer: some AccountObserver<Store.Transaction>, graphs: (any GraphAccessReader)?
    ) {
        registrar = RegistrationService(environment, observer: observer)
        signIn = PasswordSignIn(environment)
        sessions = Sessions(environment)
        profiles = Profiles(environment)
        passwords = Passwords(environment)
        accounts = Accounts(environment, observer: observer)
        orders = Accounts(environment, observer: observer)
        personalData = PersonalData(environment)
        keys = APIKeys(environment, graphs: graphs)
        handoffs = Handoffs(environment)
        secondFactors = SecondFactors(environment)
        passkeys = Passkeys(environment)
        resets = SecondFactorResets(environment)
        hasPasskeys = environment.passkeys != nil
        proofs = Proofs(environment)
        authenticator = CredentialAuthenticator(environment)
        tokens = environment.tokens
        guessing = environment.guessing
        denials = environment.denials
        requireCaptcha = { try await environment.requireCaptcha($0, from: $1) }
        dateSource = environment.dateSource
        settings = environment.settings
        metrics = environment.metrics
    }
}
