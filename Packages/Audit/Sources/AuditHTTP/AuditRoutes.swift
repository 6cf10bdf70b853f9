public import Audit
public import Core
public import FoundationEssentials
public import HTTPServer

/// Decides who may read an org's log; met by the composition root, because the log knows neither people nor roles.
public protocol AuditAuthorizing: Sendable {
    /// Who may, in words, for the API's description.
    var access: RouteAccess { get }

    /// The org that the path names, when the caller may read its log.
    ///
    /// - Throws: the refusal: 404 for an org that the caller does not know, 403 for a lower role.
    func authorizedOrg(_ text: String, for request: Request) async throws -> UUID
}

/// The routes by which an org reads its log.
public struct AuditRoutes: Sendable {
    private let reader: any AuditReader
    private let authorizer: any AuditAuthorizing
    private let prover: any AuditProver
    private let names: AuditReferenceNames

    /// Makes the routes.
    ///
    /// - Parameters:
    ///   - reader: reads the log.
    ///   - prover: proves single entries.
    ///   - authorizer: decides who may.
    ///   - names: how ids look outside.
    public init(reader: any AuditReader, prover: any AuditProver, authorizer: any AuditAuthorizing, names: AuditReferenceNames) {
        self.reader = reader
        self.prover = prover
        self.authorizer = authorizer
        self.names = names
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Audit") { [access = authorizer.access] in Self.descriptions(access) }
        router.add(.get, "/v1/orgs/{org_id}/audit", operation: "list_org_audit") { request in
            let org = try await authorizer.authorizedOrg(request.pathParameters["org_id"] ?? "", for: request)
            let query = try AuditQuery(of: request, names)
            do {
                let page = try await reader.entries(ofOrg: org, query)
                return try .json(AuditPageBody(page, names.text))
            } catch is AuditCursorInvalid {
                throw Problem.badRequest("The cursor is not one of this list.", code: "INVALID_INPUT")
            }
        }
        router.add(.get, "/v1/orgs/{org_id}/audit/{entry_id}/proof", operation: "get_org_audit_proof") { request in
            let org = try await authorizer.authorizedOrg(request.pathParameters["org_id"] ?? "", for: request)
            let entry: AuditEntryID = try request.parameter("entry_id")
            do {
                guard let proof = try await prover.proof(of: entry, ofOrg: org) else { throw Problem.notFound }
                return try .json(proof)
            } catch is AuditProofPending {
                throw Self.pending
            }
        }
    }
}

extension AuditRoutes {
    static let pending = Problem(
        status: .conflict, code: "NOT_SEALED", detail: "No checkpoint covers this entry yet; there is one about every five minutes.")
}

/// How the ids of the log's references look outside.
public struct AuditReferenceNames: Sendable {
    /// Shows an id with the prefix of its kind; `nil` shows it bare.
    public let text: @Sendable (AuditReference) -> String?
    /// Reads such an id; `nil` for a text that is none.
    public let reference: @Sendable (String) -> AuditReference?

    /// Takes both directions.
    public init(text: @escaping @Sendable (AuditReference) -> String?, reference: @escaping @Sendable (String) -> AuditReference?) {
        self.text = text
        self.reference = reference
    }
}

/// A page of the log as it is shown.
public struct AuditPageBody: Encodable, Sendable {
    let entries: [AuditEntryBody]
    let nextCursor: String?

    /// Shows a page.
    public init(_ page: Page<AuditEntry>, _ describe: (AuditReference) -> String?) {
        entries = page.elements.map { AuditEntryBody($0, describe) }
        nextCursor = page.next?.description
    }

    /// Writes `next_cursor` also when it is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(entries, forKey: .entries)
        try container.encode(nextCursor, forKey: .nextCursor)
    }

    enum CodingKeys: String, CodingKey {
        case entries
        case nextCursor = "next_cursor"
    }
}

struct AuditEntryBody: Encodable, Sendable {
    struct Reference: Encodable, Sendable {
        let kind: String
        let id: String
    }
    struct Actor: Encodable, Sendable {
        let kind: String
        let id: String?
    }

    let id: String
    let type: String
    let risk: String
    let at: Instant
    let actor: Actor
    let references: [Reference]
    let summary: String
    let data: [String: JSONValue]
    let changes: [AuditChange]
    let personal: [String: JSONValue]?
    let sealed: Bool
    let position: Int64?
    let linkHash: String?
    let origin: AuditOrigin?

    enum CodingKeys: String, CodingKey {
        case id
        case type
        case risk
        case at
        case actor
        case references
        case summary
        case data
        case changes
        case personal = "private"
        case sealed
        case position
        case linkHash = "link_hash"
        case origin
    }

    init(_ entry: AuditEntry, _ describe: (AuditReference) -> String?) {
        id = entry.id.description
        type = entry.type
        risk = entry.risk.rawValue
        at = entry.at
        actor = Actor(
            kind: entry.actor.kind, id: entry.actor.reference.map { Self.text($0, describe) } ?? entry.actor.component)
        references = entry.references.all.map { Reference(kind: $0.kind.rawValue, id: Self.text($0, describe)) }
        summary = entry.summary
        data = entry.data
        changes = entry.changes
        personal = entry.personal
        sealed = entry.seal != nil
        origin = entry.origin.map { Self.shown($0, describe) }
        position = entry.seal?.position
        linkHash = entry.seal.map { AuditCatalogueRoutes.hex($0.linkHash) }
    }

    private static func text(_ reference: AuditReference, _ describe: (AuditReference) -> String?) -> String {
        if let text = describe(reference) { return text }
        return switch reference.key {
        case .id(let id): id.uuidString.lowercased()
        case .text(let text): text
        }
    }
}
