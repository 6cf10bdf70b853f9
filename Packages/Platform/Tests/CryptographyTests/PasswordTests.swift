import Core
import Testing

@testable import Cryptography

@Suite struct PasswordTests {
    static let quick = PasswordHash.Parameters(memoryKiB: 64, passes: 1, lanes: 1)

    @Test func `Argon2id gives the answer of RFC 9106`() throws {
        let tag = try Argon2.tag(
            password: [UInt8](repeating: 1, count: 32), salt: [UInt8](repeating: 2, count: 16),
            secret: SecretBytes([UInt8](repeating: 3, count: 8)), associatedData: [UInt8](repeating: 4, count: 12),
            parameters: PasswordHash.Parameters(memoryKiB: 32, passes: 3, lanes: 4))
        #expect(Hex.encode(tag) == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
    }

    @Test func `ID-026 a stored hash of another Argon2 implementation is verified`() async throws {
        // The reference implementation's own test: password "password", salt "somesalt", 64 MiB, two passes, one lane.
        let stored = try #require(
            PasswordHash("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
        let hasher = try PasswordHasher()
        #expect(try await hasher.verify(SecretString("password"), against: stored) == .matches(isOutdated: true))
        #expect(try await hasher.verify(SecretString("Password"), against: stored) == .differs)
    }

    @Test func `ID-026 a hash is in PHC form with a salt of its own`() async throws {
        let hasher = try PasswordHasher()
        let first = try await hasher.hash(SecretString("correct horse"))
        let second = try await hasher.hash(SecretString("correct horse"))
        #expect(first != second)
        #expect(first.description.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        let read = try #require(PasswordHash(first.description))
        #expect(read == first)
        #expect(try await hasher.verify(SecretString("correct horse"), against: read) == .matches(isOutdated: false))
        try await hasher.verifyAgainstNothing(SecretString("x"))
    }

    @Test func `SEC-076 a hash with older parameters still matches and says that it is outdated`() async throws {
        let old = try PasswordHasher(parameters: Self.quick)
        let new = try PasswordHasher(parameters: PasswordHash.Parameters(memoryKiB: 128, passes: 2, lanes: 1))
        let stored = try await old.hash(SecretString("x"))
        #expect(try await new.verify(SecretString("x"), against: stored) == .matches(isOutdated: true))
        #expect(try await old.verify(SecretString("x"), against: stored) == .matches(isOutdated: false))
    }

    @Test func `a peppered hash is of no use without the pepper and survives its rotation`() async throws {
        let k1 = try KeyRing.Key(id: "p1", secret: SecretBytes([UInt8](repeating: 1, count: 32)))
        let k2 = try KeyRing.Key(id: "p2", secret: SecretBytes([UInt8](repeating: 2, count: 32)))
        let stored = try await PasswordHasher(parameters: Self.quick, peppers: KeyRing(newest: k1)).hash(SecretString("x"))
        #expect(PasswordHash(stored.description)?.pepperID == "p1")
        let rotated = try PasswordHasher(parameters: Self.quick, peppers: KeyRing(newest: k2, older: [k1]))
        #expect(try await rotated.verify(SecretString("x"), against: stored) == .matches(isOutdated: true))
        let without = try PasswordHasher(parameters: Self.quick)
        await #expect(throws: CryptographyError.self) { try await without.verify(SecretString("x"), against: stored) }
    }

    @Test func `too many waiting callers are refused, and a place is given back`() async throws {
        let full = try PasswordHasher(parameters: Self.quick, maximumWaiting: 0)
        await #expect(throws: PasswordHasherBusy.self) { try await full.hash(SecretString("x")) }
        let single = try PasswordHasher(parameters: Self.quick, maximumWaiting: 1)
        for _ in 0..<5 { _ = try await single.hash(SecretString("x")) }
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { (try? await single.hash(SecretString("x"))) != nil } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.contains(true))
        _ = try await single.hash(SecretString("x"))
    }

    @Test(arguments: [
        "", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
        "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
        "$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
        "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q", "$argon2id$v=19$t=1,m=64,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
        "$argon2id$v=19$m=64,t=1,p=1$c2$CTFhFdXPJO1aFaMaO6Mm5Q", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFh",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q$",
    ])
    func `a text that is no bearable Argon2id hash is not read`(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test func `unbearable parameters are refused at the start`() {
        for parameters in [
            PasswordHash.Parameters(memoryKiB: 0, passes: 1, lanes: 1), PasswordHash.Parameters(memoryKiB: 64, passes: 0, lanes: 1),
            PasswordHash.Parameters(memoryKiB: 2_000_000, passes: 1, lanes: 1),
        ] {
            #expect(throws: CryptographyError.self) { try PasswordHasher(parameters: parameters) }
        }
    }
}
