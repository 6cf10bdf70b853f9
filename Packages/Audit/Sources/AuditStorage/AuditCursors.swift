package import Audit
package import Core
public import Cryptography
internal import FoundationEssentials

/// Makes the cursors of the log's lists: they are opaque, bound to the list and its filters, and nobody else can make one (AUD-072).
public struct AuditCursors: Sendable {
    private let keys: [SecretBytes]

    /// Takes the product's keys: the newest makes cursors, older ones are still known.
    public init(_ ring: KeyRing) {
        keys = ring.keys.map { HKDF.key(from: $0.secret, purpose: "audit cursors") }
    }

    /// Takes a key that nobody knows: cursors hold for this value only.
    public init() {
        keys = [SecretBytes(RandomBytes.make(count: 32))]
    }

    private static let codeLength = 16

    /// The cursor behind a place of a list.
    package func cursor(_ place: AuditPlace, in query: AuditQuery) -> Cursor? {
        let bytes = place.bytes
        return Cursor(Base64URL.encode(bytes + Self.code(bytes, query, keys[0])))
    }

    /// The place of a cursor; `nil` when it was made for another list, or by somebody else.
    package func place(_ cursor: Cursor, in query: AuditQuery) -> AuditPlace? {
        guard let bytes = Base64URL.decode(cursor.description), bytes.count == 24 + Self.codeLength else { return nil }
        let (place, code) = (Array(bytes.prefix(24)), Array(bytes.suffix(Self.codeLength)))
        guard keys.contains(where: { constantTimeEqual(Self.code(place, query, $0), code) }) else { return nil }
        return AuditPlace(bytes: place)
    }

    private static func code(_ place: [UInt8], _ query: AuditQuery, _ key: SecretBytes) -> [UInt8] {
        Array(HMACSHA256.code(for: Array(query.filters.utf8) + [0] + place, key: key).prefix(codeLength))
    }
}

extension AuditQuery {
    /// Everything that the list depends on; the length of a page is not part of it.
    fileprivate var filters: String {
        var parts: [String] = [org?.uuidString ?? "all", "t"] + types.sorted() + ["c"] + classes.map(\.rawValue).sorted()
        parts += [
            "r", minimumRisk?.rawValue ?? "", "a", actor?.uuidString ?? "", "q", requestID ?? "", "p", component ?? "", "w",
            follow?.description ?? "", "f",
        ]
        parts += references.map { "\($0.kind.rawValue)=\(CanonicalEntry.text($0))" }.sorted()
        parts += ["o"] + anyOf.map { "\($0.kind.rawValue)=\(CanonicalEntry.text($0))" }.sorted()
        parts += ["d"] + facts.map { "\($0.key)=\($0.value)" }.sorted()
        parts += ["s", since?.description ?? "", "u", until?.description ?? ""]
        return parts.map { "\($0.utf8.count):\($0)" }.joined()
    }
}

/// A place in the list of entries.
package struct AuditPlace {
    package let at: Instant
    package let id: AuditEntryID

    /// Names a place.
    package init(at: Instant, id: AuditEntryID) {
        self.at = at
        self.id = id
    }

    init?(bytes: [UInt8]) {
        guard bytes.count == 24 else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        at = Instant(microsecondsSinceEpoch: Int64(bitPattern: number(bytes[0..<8])))
        id = AuditEntryID(high: number(bytes[8..<16]), low: number(bytes[16..<24]))
    }

    var bytes: [UInt8] {
        [UInt64(bitPattern: at.microsecondsSinceEpoch), id.high, id.low].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
    }
}
