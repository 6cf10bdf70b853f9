import Core
import Cryptography
import Identity
import IdentityCryptography

/// What a credential costs before the database is asked: checking a token that is seen for the first time, one that was seen before, and hashing a key.
struct CredentialBench {
    func run(_ count: Int) throws {
        let ring = try KeyRing(newest: .init(id: "bench", secret: SecretBytes(Array(repeating: 7, count: 32))))
        let signer = try EdDSATokenSigner(keys: ring, issuer: "bench", audience: "bench")
        let now = SystemDateSource().now
        let tokens = try (0..<count).map { number in
            let claims = AccessClaims(
                user: .make(at: now), session: .make(at: now), generation: number, org: .make(at: now), role: .owner, methods: ["pwd"],
                authenticatedAt: now)
            return try signer.sign(claims, issuedAt: now, expiresAfter: .minutes(30)).value
        }
        print("token first", try measure(tokens) { _ = try signer.verify($0, at: now, acceptingExpiredFor: .zero) }.line)
        let known = Array(repeating: tokens[count - 1], count: count)
        print("token again", try measure(known) { _ = try signer.verify($0, at: now, acceptingExpiredFor: .zero) }.line)
        let secrets = DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32)))
        let keys = (0..<count).map { _ in secrets.makeAPIKeySecret() }
        print("key hash", measure(keys) { _ = secrets.digest(of: $0) }.line)
    }

    private func measure(_ credentials: [SecretString], _ check: (SecretString) throws -> Void) rethrows -> Times {
        var times = Times()
        let clock = ContinuousClock()
        for credential in credentials {
            let began = clock.now
            try check(credential)
            times.add(began.duration(to: clock.now))
        }
        return times
    }
}
