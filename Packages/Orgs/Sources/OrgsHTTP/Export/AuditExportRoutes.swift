public import Audit
internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs

/// An org's part of the log as a file: `/v1/orgs/{org_id}/audit/exports` (AUD-082).
public struct AuditExportRoutes: Sendable {
    private let exports: any AuditLogExportService
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator
    private let reference: @Sendable (String) -> AuditReference?

    /// Makes the routes.
    ///
    /// - Parameter reference: reads an id of any kind; `nil` for a text that is none.
    public init(
        exports: any AuditLogExportService, authorizer: any OrgAuthorizer, authenticator: Authenticator,
        reference: @escaping @Sendable (String) -> AuditReference?
    ) {
        self.exports = exports
        self.authorizer = authorizer
        self.authenticator = authenticator
        self.reference = reference
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Audit") { Self.descriptions }
        router.add(
            .post, "/v1/orgs/{org_id}/audit/exports", operation: "start_org_audit_export", bodyLimit: 16_384,
            reading { request, scope in
                let order = try request.decode(AuditExportBody.self).order(reference)
                let (export, operation) = try await exports.start(order, in: scope)
                return try .json(
                    [
                        "id": .text(export.logID), "org_id": .text(export.org), "state": .string(export.state.rawValue),
                        "operation_id": .string(operation), "created_at": .text(export.createdAt),
                    ] as JSONValue, status: .accepted)
            })
        router.add(
            .get, "/v1/orgs/{org_id}/audit/exports/{export_id}", operation: "download_org_audit_export",
            reading { request, scope in
                let export = try await exports.download(try request.parameter("export_id", as: AuditLogExport.ID.self), in: scope)
                let format = export.log?.format ?? .jsonl
                return export.file("\(export.logID).\(format.rawValue)", as: format.mediaType) { try await exports.piece($0, of: export) }
            })
    }

    /// A handler that runs for those who may read the log.
    private func reading(_ handler: @escaping @Sendable (Request, MemberScope) async throws -> Response) -> Router.Handler {
        authenticator.authenticated { request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            return try await handler(request, try authorizer.scope(for: .readAudit, by: principal, in: org))
        }
    }
}

extension AuditExportOrder.Format {
    fileprivate var mediaType: String {
        switch self {
        case .jsonl: "application/jsonl"
        case .csv: "text/csv; charset=utf-8; header=present"
        }
    }
}

struct AuditExportBody: Decodable {
    struct Filters: Decodable {
        let type: [String]?
        let classes: [AuditClass]?
        let riskMin: AuditRisk?
        let actorID: User.ID?
        let reference: [String]?
        let operationID: [String]?
        let requestID: String?
        let since: Instant?
        let until: Instant?

        enum CodingKeys: String, CodingKey {
            case type, reference, since, until
            case classes = "class"
            case riskMin = "risk_min"
            case actorID = "actor_id"
            case operationID = "operation_id"
            case requestID = "request_id"
        }
    }

    let format: AuditExportOrder.Format
    let filters: Filters?
    let includeProof: Bool?

    enum CodingKeys: String, CodingKey {
        case format, filters
        case includeProof = "include_proof"
    }

    /// - Throws: 422 for a table with a proof, which there is not, and for a reference that is no id.
    func order(_ reference: (String) -> AuditReference?) throws -> AuditExportOrder {
        guard format == .jsonl || includeProof != true else {
            throw Problem.invalidFields([
                .init(location: ["body", "include_proof"], message: "a table carries no proof", type: "value_error")
            ])
        }
        var query = AuditQuery(types: filters?.type ?? [], since: filters?.since, until: filters?.until)
        query.classes = filters?.classes ?? []
        query.minimumRisk = filters?.riskMin
        query.actor = filters?.actorID?.uuid
        query.requestID = filters?.requestID
        for (name, texts) in [("reference", filters?.reference), ("operation_id", filters?.operationID)] {
            for text in texts ?? [] {
                guard let found = reference(text), name == "reference" || found.kind == .operation else {
                    throw Problem.invalidFields([
                        .init(location: ["body", "filters", name], message: "has a value that is not allowed", type: "value_error")
                    ])
                }
                query.references.append(found)
            }
        }
        return AuditExportOrder(format: format, includesProof: includeProof ?? false, filter: query)
    }
}
