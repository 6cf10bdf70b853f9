import Core
import Cryptography
import Testing
import WebAuthn
import WebAuthnTesting

@Suite struct CeremonyTests {
    private static let party = RelyingParty(id: "example.com", origins: ["https://app.example.com"])
    private static let challenge = Base64URL.encode(Array(repeating: UInt8(3), count: 32))

    private func bytes(_ answer: JSONValue, _ name: String) throws -> [UInt8] {
        try #require(answer["response"]?[name]?.stringValue.flatMap { Base64URL.decode($0) })
    }

    private func credential(_ answer: JSONValue) throws -> PublicKeyCredential {
        try PublicKeyCredential(
            attestationObject: bytes(answer, "attestationObject"), clientData: ClientData(bytes(answer, "clientDataJSON")), for: Self.party)
    }

    private func state(_ answer: JSONValue, by credential: PublicKeyCredential) throws -> AuthenticatorState {
        try AuthenticatorState(
            verifying: bytes(answer, "signature"), over: bytes(answer, "authenticatorData"),
            and: ClientData(bytes(answer, "clientDataJSON")), by: credential.publicKey, credential.algorithm, for: Self.party)
    }

    @Test(arguments: SoftwareAuthenticator.Algorithm.allCases)
    func `ID-117 a credential is made and used, and nobody else's key signs for it`(_ algorithm: SoftwareAuthenticator.Algorithm) throws {
        let authenticator = try SoftwareAuthenticator(algorithm)
        var ceremony = SoftwareAuthenticator.Ceremony(challenge: Self.challenge)
        ceremony.flags = 0x1D
        let credential = try credential(authenticator.register(ceremony))
        #expect(credential.id == authenticator.credentialID)
        #expect(credential.algorithm == (algorithm == .eddsa ? .eddsa : .es256))
        #expect(credential.state.isBackupEligible && credential.state.isBackedUp)
        ceremony.signCount = 0x0102_0304
        let state = try state(authenticator.assert(ceremony), by: credential)
        #expect(state.signCount == 0x0102_0304)
        #expect(throws: WebAuthnError.signature) {
            try self.state(try SoftwareAuthenticator(algorithm).assert(ceremony), by: credential)
        }
    }

    @Test func `ID-117 another origin, relying party or ceremony, a framed page, and a person who was not verified are refused`() throws {
        let authenticator = try SoftwareAuthenticator()
        let good = SoftwareAuthenticator.Ceremony(challenge: Self.challenge)
        let credential = try credential(authenticator.register(good))
        let faults: [(inout SoftwareAuthenticator.Ceremony) -> Void] = [
            { $0.origin = "https://app.example.com.evil.test" }, { $0.origin = "http://app.example.com" }, { $0.party = "evil.test" },
            { $0.type = "webauthn.other" }, { $0.flags = 0x01 }, { $0.flags = 0x04 }, { $0.flags = 0x15 },
        ]
        for (index, fault) in faults.enumerated() {
            var ceremony = good
            fault(&ceremony)
            #expect(throws: WebAuthnError.self, "registration \(index)") { try self.credential(authenticator.register(ceremony)) }
            #expect(throws: WebAuthnError.self, "assertion \(index)") { try self.state(authenticator.assert(ceremony), by: credential) }
        }
        var swapped = good
        swapped.type = "webauthn.create"
        #expect(throws: WebAuthnError.self) { try self.state(authenticator.assert(swapped), by: credential) }
        swapped.type = "webauthn.get"
        #expect(throws: WebAuthnError.self) { try self.credential(authenticator.register(swapped)) }
        let framed = #"{"type":"webauthn.get","challenge":"AA","origin":"https://app.example.com","crossOrigin":true}"#
        #expect(throws: WebAuthnError.self) { try ClientData(Array(framed.utf8)) }
    }

    @Test(arguments: SoftwareAuthenticator.Algorithm.allCases)
    func `ID-117 an answer with a byte cut off, changed or added anywhere signs nobody in`(
        _ algorithm: SoftwareAuthenticator.Algorithm
    ) throws {
        let authenticator = try SoftwareAuthenticator(algorithm)
        let ceremony = SoftwareAuthenticator.Ceremony(challenge: Self.challenge)
        let credential = try credential(authenticator.register(ceremony))
        let answer = try authenticator.assert(ceremony)
        let (data, signature) = (try bytes(answer, "authenticatorData"), try bytes(answer, "signature"))
        let client = try bytes(answer, "clientDataJSON")
        func isAccepted(_ data: [UInt8], _ signature: [UInt8], _ client: [UInt8]) -> Bool {
            guard let client = try? ClientData(client) else { return false }
            return
                (try? AuthenticatorState(
                    verifying: signature, over: data, and: client, by: credential.publicKey, credential.algorithm, for: Self.party)) != nil
        }
        #expect(isAccepted(data, signature, client))
        for changed in Self.changes(of: data) { #expect(!isAccepted(changed, signature, client)) }
        for changed in Self.changes(of: signature) { #expect(!isAccepted(data, changed, client)) }
        for changed in Self.changes(of: client) { #expect(!isAccepted(data, signature, changed)) }
    }

    @Test func `ID-117 a damaged attestation object is refused or holds a key, and never ends the process`() throws {
        let authenticator = try SoftwareAuthenticator()
        let answer = authenticator.register(SoftwareAuthenticator.Ceremony(challenge: Self.challenge))
        let client = try ClientData(bytes(answer, "clientDataJSON"))
        let object = try bytes(answer, "attestationObject")
        for count in 0..<object.count {
            #expect(throws: WebAuthnError.self) {
                try PublicKeyCredential(attestationObject: Array(object.prefix(count)), clientData: client, for: Self.party)
            }
        }
        var generator = SeededGenerator(state: 0x5EED)
        for _ in 0..<20_000 {
            var damaged = object
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let found = try? PublicKeyCredential(attestationObject: damaged, clientData: client, for: Self.party)
            #expect(found.map { (1...1_023).contains($0.id.count) && !$0.publicKey.isEmpty } ?? true)
        }
        // A key of more items than there are bytes, which libcbor would make room for.
        let place = try #require(object.indices.last { object[$0...].starts(with: [0xA5, 0x01, 0x02]) })
        for count in [[0x9A, 0xFF, 0xFF, 0xFF, 0xFF], [0xBA, 0x7F, 0xFF, 0xFF, 0xFF], [0x9B, 0x00, 0x00, 0x00, 0x10, 0, 0, 0, 0]]
            as [[UInt8]]
        {
            var hostile = object
            hostile.replaceSubrange(place..<place + count.count, with: count)
            // In our words: it never came to the library.
            #expect(throws: WebAuthnError.authenticatorData("ends early")) {
                try PublicKeyCredential(attestationObject: hostile, clientData: client, for: Self.party)
            }
        }
        // A count of items that are not there, and nesting without end.
        for hostile in [
            [0xBB] + Array(repeating: 0xFF, count: 8), Array(repeating: 0x81, count: 5_000), [0xA1, 0x63, 0x66, 0x6D, 0x74, 0x9F],
        ] {
            #expect(throws: WebAuthnError.self) {
                try PublicKeyCredential(attestationObject: hostile.map { UInt8($0) }, clientData: client, for: Self.party)
            }
        }
    }

    /// Every bit of every byte, every shorter form, and one byte more.
    private static func changes(of bytes: [UInt8]) -> [[UInt8]] {
        let flipped = bytes.indices.flatMap { index in
            (0..<8).map { bit in
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                return changed
            }
        }
        return flipped + bytes.indices.map { Array(bytes.prefix($0)) } + [bytes + [0]]
    }
}

/// The same numbers at each run.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
