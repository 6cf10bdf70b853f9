/// The envelope of a new credential: a CBOR map of a format, a statement and the authenticator's data (WebAuthn level 2, §6.5.4).
///
/// The statement is stepped over: attestation is not asked for, and nothing is concluded from it. What is inside of the authenticator's data is read by
/// libfido2.
struct AttestationObject {
    /// What the authenticator said.
    let authenticatorData: [UInt8]

    init(_ bytes: [UInt8]) throws(WebAuthnError) {
        var reader = Reader(bytes: bytes)
        var found: [String: [UInt8]] = [:]
        let (kind, count) = try reader.head()
        guard kind == .map, count <= 8 else { throw .authenticatorData("is in no map") }
        for _ in 0..<count {
            let (kind, length) = try reader.head()
            guard kind == .text else { throw .authenticatorData("is in a map with other keys than texts") }
            let key = String(decoding: try reader.take(length), as: UTF8.self)
            guard found[key] == nil else { throw .authenticatorData("is in a map that names a key twice") }
            let start = reader.position
            try reader.skip(depth: 0)
            found[key] = Array(bytes[start..<reader.position])
        }
        guard reader.position == bytes.count, found["fmt"] != nil, found["attStmt"] != nil, let item = found["authData"] else {
            throw .authenticatorData("is not where it should be")
        }
        var inner = Reader(bytes: item)
        let (data, length) = try inner.head()
        guard data == .bytes else { throw .authenticatorData("is no byte string") }
        authenticatorData = try inner.take(length)
    }
}

/// What an authenticator signs (WebAuthn level 2, §6.1), before libfido2 reads it: its CBOR is read by libcbor, which makes room for as many items as an
/// array says that it has, and a few bytes can say four thousand million.
enum AuthenticatorData {
    /// Looks at each item that will be read: it is of a definite length, and not longer than the bytes that are there.
    ///
    /// - Parameter holdsCredential: whether the part with the credential is read, as where one is made.
    static func check(_ data: [UInt8], holdsCredential: Bool) throws(WebAuthnError) {
        let (credential, extensions): (UInt8, UInt8) = (0x40, 0x80)
        guard data.count >= 37 else { throw .authenticatorData("ends early") }
        let flags = data[32]
        var reader = Reader(bytes: data)
        _ = try reader.take(37)
        if holdsCredential, flags & credential != 0 {
            _ = try reader.take(16)
            let length = try reader.take(2).reduce(0) { $0 << 8 | Int($1) }
            _ = try reader.take(length)
            try reader.skip(depth: 0)
        }
        if flags & extensions != 0 { try reader.skip(depth: 0) }
    }
}

/// Reads definite items one after another (RFC 8949 §3); every step is bounded by the bytes that are there.
private struct Reader {
    enum Kind: UInt8 {
        case unsigned, negative, bytes, text, array, map, tag, simple
    }

    let bytes: [UInt8]
    private(set) var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The kind of the next item and its number: a value, a length or a count.
    mutating func head() throws(WebAuthnError) -> (Kind, Int) {
        guard let first = try take(1).first, let kind = Kind(rawValue: first >> 5) else { throw .authenticatorData("ends early") }
        let short = Int(first & 0x1F)
        switch short {
        case 0..<24: return (kind, short)
        case 24...27:
            let number = try take(1 << (short - 24)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return (kind, Int(clamping: number))
        default: throw .authenticatorData("has an item of no definite length")
        }
    }

    mutating func take(_ count: Int) throws(WebAuthnError) -> [UInt8] {
        guard count <= bytes.count - position else { throw .authenticatorData("ends early") }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func skip(depth: Int) throws(WebAuthnError) {
        guard depth < 8 else { throw .authenticatorData("is nested too deep") }
        let (kind, number) = try head()
        switch kind {
        case .unsigned, .negative, .simple: return
        case .bytes, .text: _ = try take(number)
        case .tag: try skip(depth: depth + 1)
        case .array, .map:
            // Each item takes a byte at least, so that a count from outside is no more work than there are bytes.
            guard number <= bytes.count else { throw .authenticatorData("ends early") }
            for _ in 0..<(kind == .map ? 2 * number : number) { try skip(depth: depth + 1) }
        }
    }
}
