import Core
import Cryptography
import Identity
import IdentityPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import IdentityCryptography

/// Reads what another product kept.
private struct ReversedScheme: OlderPasswordScheme {
    func isOne(_ stored: StoredPassword) -> Bool { stored.phc.hasPrefix("reversed:") }
    func matches(_ password: Password, _ stored: StoredPassword) -> Bool {
        stored.phc == "reversed:" + password.secret.withValue { String($0.reversed()) }
    }
}

/// Takes two forms of hash, of which one is outdated.
private struct AgingHasher: Identity.PasswordHasher {
    func hash(_ password: Password) -> StoredPassword { StoredPassword(phc: "new:" + password.secret.withValue { $0 }) }
    func verify(_ password: Password, against hash: StoredPassword) -> PasswordVerdict {
        let text = password.secret.withValue { $0 }
        if hash.phc == "new:" + text { return .matches(isOutdated: false) }
        return hash.phc == "old:" + text ? .matches(isOutdated: true) : .differs
    }
    func verifyAgainstNothing(_ password: Password) {}
}

/// A list that holds one password, and names it as the port of digests does.
private struct StolenList: BreachedPasswordChecker, BreachDigest {
    let password: String

    func digits(of password: Password) -> String { SHA256.hex(of: Array(password.secret.withValue { $0 }.utf8)).prefix(40).uppercased() }

    func occurrences(ofHashPrefix prefix: String) -> [String: Int] {
        let digits = digits(of: Password(password))
        return digits.hasPrefix(prefix) ? [String(digits.dropFirst(5)): 7] : [:]
    }
}

@Suite struct HashingTests {
    @Test func `ID-027 a hash of other parameters or of an older scheme is replaced at the next sign-in`() async throws {
        try await House.with { house in
            let weak = PasswordHash.Parameters(memoryKiB: 64, passes: 1, lanes: 1)
            let strong = PasswordHash.Parameters(memoryKiB: 128, passes: 1, lanes: 1)
            let hasher = ArgonPasswordHasher(try Cryptography.PasswordHasher(parameters: strong), older: [ReversedScheme()])
            let before = ArgonPasswordHasher(try Cryptography.PasswordHasher(parameters: weak))
            try await house.register()
            let environment = house.with(passwords: hasher)
            func stored() async throws -> String {
                try await house.database.adminClient.query("SELECT password_hash FROM identity.account")[0].decode(String.self)
            }
            func signIn(_ password: String) async throws {
                _ = try await PasswordSignIn(environment).signIn(
                    with: PasswordCredentials(email: "ada@example.com", password: Password(password)), preferring: nil, from: house.client)
            }
            for old in [try await before.hash(Password(House.password)).phc, "reversed:" + String(House.password.reversed())] {
                try await house.database.adminClient.execute("UPDATE identity.account SET password_hash = \(old)")
                await #expect(throws: IdentityError.invalidCredentials) { try await signIn("wrong-password") }
                #expect(try await stored() == old)
                try await signIn(House.password)
                let renewed = try await stored()
                #expect(renewed.hasPrefix("$argon2id$v=19$m=128,"))
                try await signIn(House.password)
                #expect(try await stored() == renewed)
            }
            try await house.database.adminClient.execute("UPDATE identity.account SET password_hash = 'unknown'")
            await #expect(throws: IdentityError.invalidCredentials) { try await signIn(House.password) }
        }
    }

    @Test func `ID-027 a sign-in never overwrites a password that was changed at the same moment`() async throws {
        try await House.with { house in
            let environment = house.with(passwords: AgingHasher())
            let first = try await house.register()
            let principal = try await house.authenticate(first.token)
            for round in 0..<500 {
                func password(_ n: Int) -> String { "Blue-Kettle-42x" + String(n).map { "-\($0)" }.joined() }
                let (old, new) = (password(round), password(round + 1))
                try await house.database.adminClient.execute("UPDATE identity.account SET password_hash = \("old:" + old)")
                async let signIn: Void = {
                    _ = try? await PasswordSignIn(environment).signIn(
                        with: PasswordCredentials(email: "ada@example.com", password: Password(old)), preferring: nil, from: house.client)
                }()
                async let change: Void = Passwords(environment).change(
                    to: Password(new), from: Password(old), by: principal, from: house.client)
                try await change
                await signIn
                let stored = try await house.database.adminClient.query("SELECT password_hash FROM identity.account")[0].decode(String.self)
                #expect(stored == "new:" + new)
            }
        }
    }

    @Test func `ID-028 SEC-025 a full line and the end of patience refuse, and a place goes to who waits longest`() async throws {
        let clock = HandClock()
        let usual = HashingLine(places: 0)
        #expect(usual.places == 1 && usual.length == 64 && usual.patience == .seconds(2))
        let line = HashingLine(places: 1, length: 2, patience: .seconds(2), clock: clock)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (started, begun) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await line.run {
                begun.yield()
                for await _ in gate { break }
            }
        }
        for await _ in started { break }
        let second = Task { try await line.run { "second" } }
        let third = Task { try await line.run { "third" } }
        await clock.sleepers(2)
        #expect(line.load == (running: 1, waiting: 2))
        await #expect(throws: IdentityError.busy) { try await line.run { "fourth" } }
        clock.advance(by: .seconds(2))
        await #expect(throws: IdentityError.busy) { try await second.value }
        await #expect(throws: IdentityError.busy) { try await third.value }
        #expect(line.load == (running: 1, waiting: 0))
        let fifth = Task { try await line.run { "fifth" } }
        await clock.sleepers(1)
        open.yield()
        #expect(try await fifth.value == "fifth")
        try await first.value
        #expect(line.load == (running: 0, waiting: 0))
        let cancelled = Task { try await line.run { try await line.run { "inner" } } }
        await clock.sleepers(1)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        #expect(line.load == (running: 0, waiting: 0))
    }

    @Test func `ID-030 a stolen password is refused at registration, change and reset, and an unknown one is not`() async throws {
        try await House.with { house in
            let environment = IdentityEnvironment(
                store: house.store, passwords: house.environment.passwords, tokens: house.environment.tokens,
                secrets: house.environment.secrets, captcha: nil, dateSource: house.clock, settings: IdentitySettings(),
                breaches: BreachedPasswords(StolenList(password: "Blue-Kettle42x"), digest: StolenList(password: ""), log: .silent))
            let stolen = IdentityError.weakPassword(["The password is in a list of stolen passwords."])
            let service = RegistrationService(environment, observer: NoAccountObserver())
            func request(_ password: String) throws -> RegistrationRequest {
                RegistrationRequest(name: try #require(PersonName("Ada")), email: "ada@example.com", password: Password(password))
            }
            await #expect(throws: stolen) { try await service.register(try request("Blue-Kettle42x"), from: house.client) }
            let outcome = try await service.register(try request("Red-Kettle43xy"), from: house.client)
            let principal = try await house.authenticate(outcome.token)
            await #expect(throws: stolen) {
                try await Passwords(environment).change(
                    to: Password("Blue-Kettle42x"), from: Password("Red-Kettle43xy"), by: principal, from: house.client)
            }
        }
    }
}
