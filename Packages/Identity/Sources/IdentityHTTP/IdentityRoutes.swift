public import Core
public import HTTPServer
public import Identity

/// What the routes of Identity call.
public struct IdentityServices: Sendable {
    let registrar: any AccountRegistrar
    let signIn: any SignInService
    let sessions: any SessionService
    let profiles: any ProfileService
    let passwords: any PasswordService
    let keys: any APIKeyService
    let settings: IdentitySettings
    let dateSource: any DateSource

    /// Names the services.
    public init(
        registrar: any AccountRegistrar, signIn: any SignInService, sessions: any SessionService, profiles: any ProfileService,
        passwords: any PasswordService, keys: any APIKeyService, settings: IdentitySettings, dateSource: any DateSource
    ) {
        self.registrar = registrar
        self.signIn = signIn
        self.sessions = sessions
        self.profiles = profiles
        self.passwords = passwords
        self.keys = keys
        self.settings = settings
        self.dateSource = dateSource
    }
}

/// The routes of Identity.
public struct IdentityRoutes: Sendable {
    private let services: IdentityServices
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(_ services: IdentityServices, authenticator: Authenticator) {
        self.services = services
        self.authenticator = authenticator
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        AuthRoutes(services: services, authenticator: authenticator).register(on: &router)
        UserRoutes(services: services, authenticator: authenticator).register(on: &router)
    }
}
