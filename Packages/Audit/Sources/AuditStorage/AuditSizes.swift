internal import Audit
internal import AuditProof
package import Core
internal import Cryptography

/// How large an entry may be (AUD-014). What is larger is replaced by its SHA-256 and marked, and is never dropped without a word.
package enum AuditSizes {
    /// The most bytes of the canonical form.
    package static let canonical = 16_384
    /// The most bytes of the facts beyond the references, in their canonical form.
    package static let data = 8_192
    /// The most changed fields.
    package static let changes = 64
    /// The most references beside the first of each kind.
    package static let furtherReferences = 20
    /// The most bytes of what is personal, in its canonical form: room for 8,000 bytes of text whatever they grow to there.
    package static let personal = 32_768
    /// The most bytes of a text that are kept where everything together is too much.
    private static let keptText = 2_048
    /// A value of up to this many bytes is shown, even where others are replaced.
    private static let small = 128

    /// A summary is one line of at most 200 scalars (AUD-012): what ends a line or steers a terminal becomes a space.
    package static func line(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text.prefix(200)) }
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(200) {
            let isSteering =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .lineSeparator
                || scalar.properties.generalCategory == .paragraphSeparator || scalar.properties.isBidiControl
            line.append(isSteering ? " " : scalar)
        }
        return String(line)
    }

    /// What stands in the place of a value.
    package static func hashed(_ value: JSONValue) -> JSONValue {
        ["sha256": .string(SHA256.hex(of: CanonicalJSON.bytes(of: value))), "truncated": true]
    }

    /// The facts, with the larger ones replaced when they are too many bytes together.
    package static func bounded(data value: JSONValue) -> JSONValue {
        guard count(value) > data, case .object(let members) = value else { return value }
        var shorter = members.mapValues { count($0) > small ? hashed($0) : $0 }
        shorter["truncated"] = true
        let result = JSONValue.object(shorter)
        return count(result) > data ? hashed(value) : result
    }

    /// The changes, replaced as a whole when they are too many.
    package static func bounded(changes value: JSONValue) -> JSONValue {
        guard case .array(let list) = value, list.count > changes else { return value }
        return whole(value)
    }

    /// The changes with their larger values replaced.
    package static func shortened(changes value: JSONValue) -> JSONValue {
        guard case .array(let list) = value else { return value }
        let shorter = JSONValue.array(
            list.map { change in
                guard case .object(var members) = change else { return change }
                for name in ["old", "new"] {
                    if let value = members[name], count(value) > small { members[name] = hashed(value) }
                }
                return .object(members)
            })
        return count(shorter) > data ? whole(value) : shorter
    }

    /// What is personal, without secrets. Above the bound, texts are cut, with the digest of the whole beside them, and what is not a text is replaced.
    package static func bounded(personal facts: [String: JSONValue]) -> [String: JSONValue] {
        let shown = facts.mapValues { AuditRedaction.shown($0, keepsAddresses: true) }
        guard count(.object(shown)) > personal else { return shown }
        var shorter: [String: JSONValue] = ["truncated": true, "sha256": .string(SHA256.hex(of: CanonicalJSON.bytes(of: .object(shown))))]
        for (name, value) in shown where shorter[name] == nil {
            guard count(value) > small else {
                shorter[name] = value
                continue
            }
            if case .string(let text) = value { shorter[name] = .string(cut(text)) } else { shorter[name] = hashed(value) }
        }
        guard count(.object(shorter)) > personal else { return shorter }
        return shorter.filter { ["truncated", "sha256"].contains($0.key) }
    }

    /// As many whole scalars of a text as fit into the bytes that are kept of one.
    private static func cut(_ text: String) -> String {
        var (bytes, kept) = (0, String.UnicodeScalarView())
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= keptText else { break }
            kept.append(scalar)
        }
        return String(kept)
    }

    private static func whole(_ value: JSONValue) -> JSONValue {
        [["field": "*", "new": hashed(value)]]
    }

    private static func count(_ value: JSONValue) -> Int { CanonicalJSON.bytes(of: value).count }
}
