internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs

/// The way out with one's data: `/v1/orgs/{org_id}/exports`.
public struct OrgExportRoutes: Sendable {
    private let exports: any OrgExportService
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(exports: any OrgExportService, authorizer: any OrgAuthorizer, authenticator: Authenticator) {
        self.exports = exports
        self.authorizer = authorizer
        self.authenticator = authenticator
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Orgs") { Self.descriptions }
        router.add(
            .get, "/v1/orgs/{org_id}/exports", operation: "list_org_exports",
            ending { _, scope in
                let list = try await exports.exports(for: scope)
                return try .json(
                    ["exports": .array(list.map(\.body)), "total": .count(list.count), "org_id": .text(scope.org)] as JSONValue)
            })
        router.add(
            .post, "/v1/orgs/{org_id}/exports", operation: "start_org_export", bodyLimit: 16_384,
            ending { request, scope in
                let body = try request.decode(ExportBody.self)
                let proof = try Proof(password: body.reauthPassword, assertion: body.reauthAssertion)
                return try .json(
                    try await exports.start(provenBy: proof, from: request.clientContext, in: scope).body, status: .accepted)
            })
        router.add(
            .get, "/v1/orgs/{org_id}/exports/{export_id}", operation: "download_org_export",
            ending { request, scope in
                let id = try request.parameter("export_id", as: OrgExport.ID.self)
                let export = try await exports.download(id, in: scope)
                return export.file("\(export.id).zip", as: "application/zip") { try await exports.piece($0, of: export) }
            })
    }

    private func ending(_ handler: @escaping @Sendable (Request, OwnerScope) async throws -> Response) -> Router.Handler {
        authenticator.authenticated { request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            return try await handler(request, try authorizer.endingScope(for: principal, in: org))
        }
    }
}

struct ExportBody: Decodable {
    let reauthPassword: String?
    let reauthAssertion: JSONValue?

    enum CodingKeys: String, CodingKey {
        case reauthPassword = "reauth_password"
        case reauthAssertion = "reauth_assertion"
    }
}

extension OrgExport {
    /// The answer that is the file, piece by piece.
    func file(_ name: String, as type: String, _ piece: @escaping @Sendable (Int) async throws -> [UInt8]?) -> Response {
        Response(
            status: .ok,
            headers: ["Content-Type": type, "Cache-Control": "no-store", "Content-Disposition": "attachment; filename=\"\(name)\""],
            body: .stream { writer in
                var number = 0
                var sent: Int64 = 0
                while let piece = try await piece(number) {
                    try await writer.write(piece)
                    sent += Int64(piece.count)
                    number += 1
                }
                // Its time may end while somebody reads: a broken connection says so, a short file would not.
                guard sent == size else { throw OrgsError.notFound }
            })
    }

    fileprivate var body: JSONValue {
        [
            "id": .text(id), "org_id": .text(org), "state": .string(state.rawValue), "created_at": .text(createdAt),
            "taken_at": .text(takenAt), "size": size.map { .integer($0) } ?? .null, "expires_at": .text(expiresAt),
            "schema_version": .count(OrgExport.schemaVersion),
        ]
    }
}
