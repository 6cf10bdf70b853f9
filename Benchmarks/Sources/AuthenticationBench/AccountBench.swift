import Core
import Cryptography
import Identity
import IdentityCryptography
import IdentityPostgres
import Orgs
import OrgsPostgres
import Postgres
import Synchronization

/// Registration, with the personal org, and sign-in, one after the other, with the time of the password hash apart.
struct AccountBench: Sendable {
    let client: PostgresClient

    func run(_ count: Int) async throws {
        let store = PostgresOrgStore(client: client, dateSource: SystemDateSource())
        let hasher = TimedHasher(ArgonPasswordHasher(try Cryptography.PasswordHasher()))
        let ring = try KeyRing(newest: .init(id: "bench", secret: SecretBytes(Array(repeating: 7, count: 32))))
        let environment = IdentityEnvironment(
            store: store, passwords: hasher, tokens: try EdDSATokenSigner(keys: ring, issuer: "bench", audience: "bench"),
            secrets: DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32))), captcha: nil,
            guessing: PostgresGuessingProtection(store: store), dateSource: SystemDateSource(), settings: IdentitySettings())
        let registrar = RegistrationService(
            environment,
            observer: OrgAccountObserver<OrgOnlyTransaction>(
                settings: OrgsSettings(), secrets: environment.secrets, membershipObservers: [], lifecycleObservers: [],
                dateSource: environment.dateSource))
        let signIn = PasswordSignIn(environment)
        let password = Password("Blue-Kettle42x")
        guard let name = PersonName("Ada") else { return }
        let run = UInt32.random(in: 0...UInt32.max)
        let registered = try await measure(count, hasher) { number in
            _ = try await registrar.register(
                RegistrationRequest(name: name, email: "bench\(run)x\(number)@example.com", password: password), from: client(number))
        }
        let signedIn = try await measure(count, hasher) { number in
            _ = try await signIn.signIn(
                with: PasswordCredentials(email: "bench\(run)x\(number)@example.com", password: password), preferring: nil,
                from: client(number))
        }
        for (name, result) in [("register", registered), ("login", signedIn)] {
            print(name, "hash", result.hashes.line)
            print(name, "without_hash", result.rest.line)
        }
        await client.close()
    }

    private func client(_ number: Int) -> ClientContext {
        ClientContext(address: "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)", userAgent: "Bench/1")
    }

    private func measure(
        _ count: Int, _ hasher: TimedHasher, _ body: (Int) async throws -> Void
    ) async throws -> (hashes: Times, rest: Times) {
        var (hashes, rest) = (Times(), Times())
        for number in -5..<count {
            _ = hasher.takeTime()
            let time = try await ContinuousClock().measure { try await body(number + 5) }
            let hash = hasher.takeTime()
            // The first few make connections and plans.
            guard number >= 0 else { continue }
            hashes.add(hash)
            rest.add(time - hash)
        }
        return (hashes, rest)
    }
}

/// Argon2id with the product's figures, and how long it took.
final class TimedHasher: Identity.PasswordHasher {
    private let hasher: ArgonPasswordHasher
    private let time = Mutex(Duration.zero)

    init(_ hasher: ArgonPasswordHasher) { self.hasher = hasher }

    func takeTime() -> Duration {
        time.withLock { time in
            defer { time = .zero }
            return time
        }
    }

    func hash(_ password: Password) async throws -> StoredPassword { try await timed { try await hasher.hash(password) } }
    func verify(_ password: Password, against hash: StoredPassword) async throws -> PasswordVerdict {
        try await timed { try await hasher.verify(password, against: hash) }
    }
    func verifyAgainstNothing(_ password: Password) async throws { try await timed { try await hasher.verifyAgainstNothing(password) } }

    private func timed<Result>(_ body: () async throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        let result = try await body()
        let taken = start.duration(to: .now)
        time.withLock { $0 += taken }
        return result
    }
}
