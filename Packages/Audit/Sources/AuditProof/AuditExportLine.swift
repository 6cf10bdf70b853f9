internal import Core
internal import Cryptography

/// A line of an export: the file holds all that the proof needs and nothing that has to be asked of a server (AUD-083).
///
/// The order is that of sealing, which is one order over all chains; each checkpoint stands behind the last link that it covers.
public enum AuditExportLine: Sendable, Hashable {
    /// The first line: the format.
    case header
    /// The public part of a key that signs checkpoints, and what the key before says for it.
    case key(id: String, publicKey: [UInt8], endorsedBy: String?, endorsement: [UInt8]?)
    /// An entry with its link.
    case entry(Link)
    /// The place of an entry of a month that is archived: what the chain needs of it, and in which archive the rest is (AUD-065).
    case archived(Link, month: String)
    /// The place of an entry that was not asked for: the hashes by which what stands before and behind it hangs together.
    case place(Link)
    /// The way from the end of a chain, as it stands in the file up to here, to the root that a checkpoint signs: what the file of one chain has in
    /// place of the checkpoints over all of them.
    case head(chain: String, path: [AuditInclusionProof.Step], checkpoint: [UInt8], signature: [UInt8])
    /// A checkpoint with its signature.
    case checkpoint(body: [UInt8], signature: [UInt8])
    /// The last line: how many entries the file has, and how many are not sealed yet and therefore not in it.
    case end(entries: Int64, unsealed: Int64)

    /// An entry in its place.
    public struct Link: Sendable, Hashable {
        /// The place in the order of sealing, from 1; in the file of one chain the place in the chain.
        public let seal: Int64
        /// The chain.
        public let chain: String
        /// The place in the chain, from 1.
        public let position: Int64
        /// The canonical bytes of the entry.
        public let canonical: [UInt8]
        /// The hash of the entry, as it was kept.
        public let entryHash: [UInt8]
        /// The hash of the link, as it was kept.
        public let linkHash: [UInt8]
        /// What is personal in the entry; none when there is nothing, or nothing any more.
        public let privatePart: AuditPrivatePart?

        /// Tells of an entry in its place.
        public init(
            seal: Int64, chain: String, position: Int64, canonical: [UInt8], entryHash: [UInt8], linkHash: [UInt8],
            privatePart: AuditPrivatePart? = nil
        ) {
            self.seal = seal
            self.chain = chain
            self.position = position
            self.canonical = canonical
            self.entryHash = entryHash
            self.linkHash = linkHash
            self.privatePart = privatePart
        }
    }

    /// The line as text, without the end of line.
    public var text: String {
        let value: JSONValue =
            switch self {
            case .header: ["kind": "header", "format": 1]
            case .key(let id, let publicKey, let endorsedBy, let endorsement):
                .object([
                    "kind": "key", "id": .string(id), "public": .string(Hex.encode(publicKey)),
                    "endorsed_by": endorsedBy.map { .string($0) } ?? .null,
                    "endorsement": endorsement.map { .string(Hex.encode($0)) } ?? .null,
                ])
            case .entry(let link): Self.value(of: link)
            case .archived(let link, let month):
                .object(Self.hashes(of: link).merging(["kind": "archived", "month": .string(month)]) { $1 })
            case .place(let link): .object(Self.hashes(of: link).merging(["kind": "place"]) { $1 })
            case .head(let chain, let path, let checkpoint, let signature):
                .object([
                    "kind": "head", "chain": .string(chain), "path": .array(path.map(\.value)),
                    "body": .string(String(decoding: checkpoint, as: UTF8.self)), "signature": .string(Hex.encode(signature)),
                ])
            case .checkpoint(let body, let signature):
                .object([
                    "kind": "checkpoint", "body": .string(String(decoding: body, as: UTF8.self)),
                    "signature": .string(Hex.encode(signature)),
                ])
            case .end(let entries, let unsealed): .object(["kind": "end", "entries": .integer(entries), "unsealed": .integer(unsealed)])
            }
        return String(decoding: CanonicalJSON.bytes(of: value), as: UTF8.self)
    }

    private static func value(of link: Link) -> JSONValue {
        var members = hashes(of: link)
        members["kind"] = "entry"
        members["canonical"] = .string(String(decoding: link.canonical, as: UTF8.self))
        if let part = link.privatePart {
            members["private"] = .object([
                "salt": .string(Hex.encode(part.salt)), "body": .string(String(decoding: part.body, as: UTF8.self)),
            ])
        }
        return .object(members)
    }

    /// What the chain needs of an entry.
    private static func hashes(of link: Link) -> [String: JSONValue] {
        [
            "seal": .integer(link.seal), "chain": .string(link.chain), "position": .integer(link.position),
            "entry_hash": .string(Hex.encode(link.entryHash)), "link_hash": .string(Hex.encode(link.linkHash)),
        ]
    }

    /// Reads a line.
    ///
    /// - Throws: ``AuditExportMalformed`` when it is none.
    public init(text: some StringProtocol) throws(AuditExportMalformed) {
        guard let value = try? JSON.decode(JSONValue.self, from: Array(text.utf8)), let kind = value["kind"]?.stringValue else {
            throw AuditExportMalformed(reason: "is not a line of an export")
        }
        let fields = Fields(value: value)
        switch kind {
        case "header":
            guard try fields.integer("format") == 1 else {
                throw AuditExportMalformed(reason: "has a format that this program does not know")
            }
            self = .header
        case "key":
            self = .key(
                id: try fields.text("id"), publicKey: try fields.bytes("public"), endorsedBy: value["endorsed_by"]?.stringValue,
                endorsement: value["endorsement"]?.stringValue.flatMap { Hex.decode($0) })
        case "entry":
            self = .entry(
                Link(
                    seal: try fields.integer("seal"), chain: try fields.text("chain"), position: try fields.integer("position"),
                    canonical: Array(try fields.text("canonical").utf8), entryHash: try fields.bytes("entry_hash"),
                    linkHash: try fields.bytes("link_hash"), privatePart: try Self.privatePart(value["private"])))
        case "archived": self = .archived(try Self.place(fields), month: try fields.text("month"))
        case "place": self = .place(try Self.place(fields))
        case "head":
            guard let path = AuditInclusionProof.path(of: value) else { throw AuditExportMalformed(reason: "has no way to the root") }
            self = .head(
                chain: try fields.text("chain"), path: path, checkpoint: Array(try fields.text("body").utf8),
                signature: try fields.bytes("signature"))
        case "checkpoint": self = .checkpoint(body: Array(try fields.text("body").utf8), signature: try fields.bytes("signature"))
        case "end": self = .end(entries: try fields.integer("entries"), unsealed: try fields.integer("unsealed"))
        default: throw AuditExportMalformed(reason: "is of a kind that this program does not know")
        }
    }

    private static func place(_ fields: Fields) throws(AuditExportMalformed) -> Link {
        Link(
            seal: try fields.integer("seal"), chain: try fields.text("chain"), position: try fields.integer("position"), canonical: [],
            entryHash: try fields.bytes("entry_hash"), linkHash: try fields.bytes("link_hash"))
    }

    private static func privatePart(_ value: JSONValue?) throws(AuditExportMalformed) -> AuditPrivatePart? {
        guard let value else { return nil }
        let fields = Fields(value: value)
        return AuditPrivatePart(salt: try fields.bytes("salt"), body: Array(try fields.text("body").utf8))
    }

    private struct Fields {
        let value: JSONValue

        func text(_ name: String) throws(AuditExportMalformed) -> String {
            guard let text = value[name]?.stringValue else { throw AuditExportMalformed(reason: "lacks the text \(name)") }
            return text
        }

        func integer(_ name: String) throws(AuditExportMalformed) -> Int64 {
            guard let number = value[name]?.integerValue else { throw AuditExportMalformed(reason: "lacks the number \(name)") }
            return number
        }

        func bytes(_ name: String) throws(AuditExportMalformed) -> [UInt8] {
            guard let bytes = Hex.decode(try text(name)) else { throw AuditExportMalformed(reason: "has no hexadecimal \(name)") }
            return bytes
        }
    }
}

/// A line that is none of an export.
public struct AuditExportMalformed: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public let reason: String

    /// Tells of a line.
    public init(reason: String) {
        self.reason = reason
    }

    /// What is wrong with it.
    public var description: String { "the line " + reason }
}
