import Core
import Testing

@testable import Cryptography

@Suite struct SealingTests {
    struct Vector: Sendable {
        let key, nonce, data, plain, sealed: String
    }

    /// Cases 13, 14 and 16 of "The Galois/Counter Mode of Operation", appendix B.
    static let vectors = [
        Vector(
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12), data: "", plain: "",
            sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12), data: "",
            plain: String(repeating: "00", count: 16), sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            data: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            plain: """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                """,
            sealed: """
                522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
                76fc6ece0f4e1768cddf8853bb2d551b
                """),
    ]

    @Test(arguments: vectors)
    func `AES-256-GCM gives the published answers`(vector: Vector) throws {
        let cipher = try AESGCM(key: SecretBytes(hex(vector.key)))
        let (nonce, data) = (try hex(vector.nonce), try hex(vector.data))
        let (plain, sealed) = (try hex(vector.plain), try hex(vector.sealed))
        #expect(try cipher.seal(plain, authenticating: data, nonce: nonce) == sealed)
        #expect(try cipher.open(sealed, authenticating: data, nonce: nonce) == plain)
    }

    @Test func `no changed byte and no other associated data opens`() throws {
        let cipher = try AESGCM(key: SecretBytes(RandomBytes.make(count: 32)))
        let sealed = try cipher.seal(Array("secret".utf8), authenticating: Array("row 1".utf8))
        #expect(try cipher.open(sealed, authenticating: Array("row 1".utf8)) == Array("secret".utf8))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x80
            #expect(throws: CryptographyError.notAuthentic) { try cipher.open(changed, authenticating: Array("row 1".utf8)) }
        }
        #expect(throws: CryptographyError.notAuthentic) { try cipher.open(sealed, authenticating: Array("row 2".utf8)) }
        for count in 0..<sealed.count {
            #expect(throws: CryptographyError.notAuthentic) {
                try cipher.open(Array(sealed.prefix(count)), authenticating: Array("row 1".utf8))
            }
        }
    }

    @Test func `each value gets a nonce of its own, and a short key is refused`() throws {
        let cipher = try AESGCM(key: SecretBytes(RandomBytes.make(count: 32)))
        let first = try cipher.seal([1], authenticating: [])
        #expect(try cipher.seal([1], authenticating: []) != first)
        #expect(throws: CryptographyError.self) { try AESGCM(key: SecretBytes([UInt8](repeating: 0, count: 16))) }
    }

    @Test func `SEC-074 a sealed secret opens in its own place and with an older key`() throws {
        let old = try KeyRing.Key(id: "k1", secret: SecretBytes(RandomBytes.make(count: 32)))
        let new = try KeyRing.Key(id: "k2", secret: SecretBytes(RandomBytes.make(count: 32)))
        let sealed = try SecretSealer(keys: KeyRing(newest: old)).seal(Array("token".utf8), place: "mail/secret/1")
        #expect(sealed.hasPrefix("v1.k1."))
        let rotated = try SecretSealer(keys: KeyRing(newest: new, older: [old]))
        #expect(try rotated.open(sealed, place: "mail/secret/1") == Array("token".utf8))
        #expect(throws: CryptographyError.notAuthentic) { try rotated.open(sealed, place: "mail/secret/2") }
        #expect(throws: CryptographyError.self) { try SecretSealer(keys: KeyRing(newest: new)).open(sealed, place: "mail/secret/1") }
        for broken in ["", "v1", "v2" + sealed.dropFirst(2), sealed + ".x", "v1.k1.." + sealed] {
            #expect(throws: CryptographyError.self) { try rotated.open(broken, place: "mail/secret/1") }
        }
    }

    @Test func `SEC-077 a key ring is read from a setting, newest first, and a key that is none stops it`() throws {
        let one = Base64.encode(Array(UInt8(0)..<32))
        let two = Base64.encode(Array(UInt8(32)..<64))
        let ring = try KeyRing(parsing: SecretString("b:\(one), a:\(two)"))
        #expect(ring.newest.id == "b")
        #expect(ring.keys.map(\.id) == ["b", "a"])
        #expect(ring.key(named: "a") != nil)
        #expect(ring.key(named: "c") == nil)
        let zeros = Base64.encode([UInt8](repeating: 0, count: 32))
        let short = Base64.encode(Array(UInt8(0)..<31))
        for setting in [
            "", one, "a:\(one),a:\(two)", "a:AAAA", "a b!:\(one)", ":\(one)", "a:\(zeros)", "a:\(short)", "a:\(one)!", "a:\(one),b:\(one)",
            "a:",
        ] {
            #expect(throws: CryptographyError.self, "\(setting)") { try KeyRing(parsing: SecretString(setting)) }
        }
    }

    @Test func `SEC-077 two settings that share a key are refused by name, without showing it`() throws {
        let one = Base64.encode(Array(UInt8(0)..<32))
        let two = Base64.encode(Array(UInt8(32)..<64))
        let signing = try KeyRing(parsing: SecretString("s:\(one)"))
        let master = try KeyRing(parsing: SecretString("m:\(two)"))
        let backup = try KeyRing(parsing: SecretString("b2:\(Base64.encode(Array(UInt8(64)..<96))),b1:\(one)"))
        try KeyRing.requireDistinct([("TRELLIS_SIGNING_KEYS", signing), ("TRELLIS_MASTER_KEYS", master)])
        let rings = [("TRELLIS_SIGNING_KEYS", signing), ("TRELLIS_MASTER_KEYS", master), ("TRELLIS_BACKUP_KEYS", backup)]
        let error = #expect(throws: CryptographyError.self) { try KeyRing.requireDistinct(rings) }
        #expect("\(error as Any)".contains("TRELLIS_SIGNING_KEYS and TRELLIS_BACKUP_KEYS"))
        #expect(!"\(error as Any)".contains(one))
    }
}
