public import Core
internal import Identity
internal import IdentityHTTP
internal import Lifecycle

extension Product {
    /// Makes the account that a developer signs in with, or finds it; only where no customer is (OPS-090).
    ///
    /// - Returns: `email`, `password` and `org_id`, the account's personal org.
    /// - Throws: `SettingsError` in production: an account whose password everybody knows has no place there.
    public func seedDemonstration() async throws -> JSONValue {
        guard foundations.configuration.stage.isSandbox else {
            throw SettingsError(problems: ["the demonstration account exists in development and test only"])
        }
        let (email, password) = ("demo@example.com", "Climbing-Vines-4-Everybody")
        let client = ClientContext(address: "127.0.0.1", userAgent: "trellis-seed")
        guard let name = PersonName("Demo Person") else { throw SettingsError(problems: ["the demonstration's name is none"]) }
        let outcome: SignInOutcome
        do {
            outcome = try await identity.registrar.register(
                RegistrationRequest(name: name, email: email, password: Password(password)), from: client)
        } catch IdentityError.emailTaken {
            outcome = try await identity.signIn.signIn(
                with: PasswordCredentials(email: email, password: Password(password)), preferring: nil, from: client)
        }
        return [
            "email": .string(email), "password": .string(password), "org_id": outcome.org.map { .string($0.org.description) } ?? .null,
        ]
    }
}
