package import Audit
internal import AuditProof
package import Core
internal import Cryptography
internal import FoundationEssentials

/// What of an entry is hashed: everything that it says, and nothing of how the database keeps it (AUD-011, AUD-033).
package struct CanonicalEntry {
    /// The chain to which it belongs (AUD-036).
    package let chain: String
    /// What it says, member by member.
    package let value: JSONValue

    /// Takes what an entry says.
    package init(
        id: AuditEntryID, type: (name: String, eventClass: String, component: String), risk: AuditRisk, at: Instant, actor: ActorFacts,
        references: [AuditReference], requestID: String?, traceID: String?, origin: JSONValue?, summary: String, data: JSONValue,
        changes: JSONValue,
        privateDigest: [UInt8]?
    ) {
        let org = references.first { $0.kind == .org }
        if case .id(let uuid) = org?.key { chain = AuditChain.org(uuid.uuidString) } else { chain = AuditChain.system }
        let pointers = references.map { (kind: $0.kind.rawValue, id: Self.text($0)) }.sorted { ($0.kind, $0.id) < ($1.kind, $1.id) }
        var members: [String: JSONValue] = [
            "actor": actor.value, "chain": .string(chain), "changes": changes, "class": .string(type.eventClass),
            "component": .string(type.component), "data": data, "format": 1, "id": .string(id.description),
            "references": .array(pointers.map { .object(["id": .string($0.id), "kind": .string($0.kind)]) }),
            "risk": .string(risk.rawValue), "summary": .string(summary), "time": .string(at.description), "type": .string(type.name),
        ]
        if let requestID { members["request"] = .string(requestID) }
        if let traceID { members["trace"] = .string(traceID) }
        if let origin { members["origin"] = origin }
        if let privateDigest { members["private"] = .string(Hex.encode(privateDigest)) }
        value = CanonicalJSON.normalised(.object(members))
    }

    /// The members in which what was hashed says something else. Class and component are the catalogue's, which may name them anew.
    package func differences(from stored: JSONValue) -> [String] {
        let names = Set([stored, value].flatMap { $0.objectValue.map { Array($0.keys) } ?? [] }).subtracting(["class", "component"])
        return names.sorted().filter { stored[$0] != value[$0] }
    }

    /// The bytes that are hashed and kept.
    package var bytes: [UInt8] { CanonicalJSON.bytes(of: value) }

    /// Who did it, as it is hashed.
    package struct ActorFacts {
        let kind: String
        let reference: AuditReference?
        let component: String?

        /// Takes what is kept of an actor.
        package init(kind: String, reference: AuditReference?, component: String?) {
            self.kind = kind
            self.reference = reference
            self.component = component
        }

        var value: JSONValue {
            var members: [String: JSONValue] = ["kind": .string(kind)]
            if let component { members["component"] = .string(component) }
            if let reference {
                members["reference"] = .object(["id": .string(CanonicalEntry.text(reference)), "kind": .string(reference.kind.rawValue)])
            }
            return .object(members)
        }
    }

    /// The id of a thing as it is hashed and compared.
    package static func text(_ reference: AuditReference) -> String {
        switch reference.key {
        case .id(let uuid): uuid.uuidString.lowercased()
        case .text(let text): text
        }
    }
}
