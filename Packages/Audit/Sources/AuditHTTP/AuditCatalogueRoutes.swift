public import Audit
internal import Core
public import HTTPServer

/// What everybody may know about the log: its types, and the keys by which its checkpoints are checked (AUD-045, AUD-079).
public struct AuditCatalogueRoutes: Sendable {
    private let reader: any AuditCatalogueReader

    /// Makes the routes.
    public init(reader: any AuditCatalogueReader) {
        self.reader = reader
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Audit") { Self.descriptions }
        let category = RouteCategory("public_api")
        router.add(.get, "/v1/audit/event-types", operation: "list_audit_event_types", category: category) { _ in
            let types: [JSONValue] = try await reader.types().map { type in
                [
                    "type": .string(type.name), "class": .string(type.eventClass.rawValue), "risk": .string(type.risk.rawValue),
                    "component": .string(type.component), "requires": .array(type.requires.map { .string($0.rawValue) }),
                    "emitted": .bool(type.isEmitted),
                ]
            }
            let kinds = AuditReferenceKind.allCases.map { JSONValue.string($0.rawValue) }
            return try .json(JSONValue.object(["event_types": .array(types), "reference_kinds": .array(kinds)]))
        }
        router.add(.get, "/v1/audit/keys", operation: "list_audit_keys", category: category) { _ in
            let keys: [JSONValue] = try await reader.keys().map { key in
                [
                    "id": .string(key.id), "public_key": .string(Self.hex(key.bytes)),
                    "endorsed_by": key.endorsedBy.map { .string($0) } ?? .null,
                    "endorsement": key.endorsement.map { .string(Self.hex($0)) } ?? .null,
                ]
            }
            return try .json(JSONValue.object(["keys": .array(keys)]))
        }
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    static var descriptions: [RouteDescription] {
        [
            RouteDescription("list_audit_event_types", "Lists the types of entries of the audit log.", for: .everybody).answers(
                .ok, "The types.",
                .object(
                    "AuditCatalogue",
                    [
                        "event_types": .array(
                            of: .object([
                                "type": .text("org_created"), "class": .words(of: AuditClass.self), "risk": .words(of: AuditRisk.self),
                                "component": .string, "requires": .array(of: .words(of: AuditReferenceKind.self)),
                                "emitted": .boolean,
                            ])), "reference_kinds": .array(of: .words(of: AuditReferenceKind.self)),
                    ])),
            RouteDescription("list_audit_keys", "Lists the public keys that sign the log's checkpoints, the oldest first.", for: .everybody)
                .answers(
                    .ok, "The keys, in hexadecimal.",
                    .object(
                        "AuditKeys",
                        [
                            "keys": .array(
                                of: .object([
                                    "id": .string, "public_key": .string, "endorsed_by": Schema.string.orNull,
                                    "endorsement": Schema.string.orNull,
                                ]))
                        ])),
        ]
    }
}
