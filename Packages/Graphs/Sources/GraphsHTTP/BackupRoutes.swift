internal import Billing
internal import Core
public import Graphs
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Operations

/// The routes of backups (wire contract, section 4, and graphs.md, section 6).
public struct BackupRoutes: Sendable {
    let backups: any BackupManaging
    let graphs: any GraphManaging
    let mutations: any GraphMutationManaging
    let authenticator: Authenticator
    let publicURL: String

    /// Makes routes.
    ///
    /// - Parameter publicURL: what the addresses of links begin with.
    public init(
        backups: any BackupManaging, graphs: any GraphManaging, mutations: any GraphMutationManaging, authenticator: Authenticator,
        publicURL: String
    ) {
        self.backups = backups
        self.graphs = graphs
        self.mutations = mutations
        self.authenticator = authenticator
        self.publicURL = publicURL
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Graphs") { Self.descriptions }
        registerCommands(on: &router)
        router.add(
            .get, "/v1/graphs/{graph_id}/backups", operation: "list_backups",
            reading { [backups] request, id, caller in
                let limit = try request.queryInteger("limit", default: 50, in: 1...100)
                let offset = try request.queryInteger("offset", default: 0, in: 0...1_000_000)
                let (page, total) = try await backups.backups(of: id, limit: limit, offset: offset, as: caller)
                return try .json(
                    JSONValue.object([
                        "backups": .array(page.map(BackupBodies.backup)), "total_count": .integer(Int64(total)),
                        "graph_id": .string(id.description), "is_shared_repository": false, "download_quota": nil,
                    ]))
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/backups/stats", operation: "get_backup_stats",
            reading { [backups] _, id, caller in
                try .json(BackupBodies.sums(await backups.sums(of: id, as: caller), of: id))
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/backups/{backup_id}", operation: "get_backup",
            reading { [backups] request, id, caller in
                let backup = try request.parameter("backup_id", as: GraphBackup.ID.self)
                return try .json(BackupBodies.backup(await backups.backup(backup, of: id, as: caller)))
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/backups/{backup_id}/download", operation: "get_backup_download_url",
            authenticator.authenticated { [self] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal)
                let seconds = try request.queryInteger("expires_in", default: 3_600, in: 300...86_400)
                let backup = try request.parameter("backup_id", as: GraphBackup.ID.self)
                let link = try await backups.link(to: backup, of: id, lasting: .seconds(seconds), as: request.caller(principal))
                return try .json(
                    JSONValue.object([
                        "download_url": .string(publicURL + "/v1/backup-files/" + link.token),
                        "expires_in": .integer(link.expiresIn.components.seconds),
                        "expires_at": .number(Double(link.expiresAt.microsecondsSinceEpoch) / 1_000_000),
                        "backup_id": .string(backup.description), "graph_id": .string(id.description),
                    ]), headers: ["Cache-Control": "no-store"])
            })
        router.add(.get, "/v1/backup-files/{token}", operation: "download_backup_file") { [backups] request in
            try await BackupFile.answer(request, backups.open(request.pathParameters["token"] ?? ""))
        }
    }

    private func registerCommands(on router: inout Router) {
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/create-backup", operation: "create_backup",
            command { [backups] request, key, caller, id in
                let body = try withTextDetail { try request.decodeIfPresent(CreateBackupBody.self) }
                return try await backups.request((body ?? CreateBackupBody()).wish, of: id, key: key, as: caller)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/restore-backup", operation: "restore_backup",
            command { [backups] request, key, caller, id in
                let body = try withTextDetail { try request.decode(RestoreBackupBody.self) }
                return try await backups.restore(body.backupID, of: id, confirmation: body.confirm, key: key, as: caller)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/erase-backups", operation: "erase_backups",
            command(status: .ok) { [backups] request, key, caller, id in
                let body = try withTextDetail { try request.decode(EraseBackupsBody.self) }
                return try await backups.erase(id, confirmation: body.confirm, key: key, as: caller)
            })
    }

    private typealias Answer = (operation: Operations.Operation, isReplay: Bool)

    private func command(
        status: Status = .accepted, _ carryOut: @escaping @Sendable (Request, CallKey?, GraphCaller, GraphID) async throws -> Answer
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [self] request, principal in
            try principal.require(.graphAdmin)
            let id = try await graph(of: request, principal)
            let key = try request.idempotency().map { CallKey(key: $0.key, fingerprint: $0.fingerprint) }
            let caller = request.caller(principal)
            let (operation, isReplay) = try await answering {
                try await mutations.carryingOut(request, on: id, as: caller) { try await carryOut(request, key, caller, id) }
            }
            return try .operation(operation, isReplay: isReplay, status: status)
        }
    }

    private func reading(
        _ show: @escaping @Sendable (Request, GraphID, GraphCaller) async throws -> Response
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [self] request, principal in
            try principal.require(.graphRead)
            return try await show(request, graph(of: request, principal), request.caller(principal))
        }
    }

    private func graph(of request: Request, _ principal: Principal) async throws -> GraphID {
        try await request.graph(principal, in: graphs)
    }
}

/// The body of a new backup (wire contract, BackupCreateRequest).
struct CreateBackupBody: Decodable {
    var backupFormat: String?
    var backupType: String?
    var retentionDays: Int?
    var compression: Bool?
    var schedule: String?

    enum CodingKeys: String, CodingKey {
        case compression, schedule
        case backupFormat = "backup_format"
        case backupType = "backup_type"
        case retentionDays = "retention_days"
    }

    var wish: BackupWish {
        BackupWish(
            format: backupFormat, type: backupType, retentionDays: retentionDays, isCompressed: compression, schedule: schedule)
    }
}

/// The body of a restore.
struct RestoreBackupBody: Decodable {
    let backupID: GraphBackup.ID
    let confirm: String

    enum CodingKeys: String, CodingKey {
        case confirm
        case backupID = "backup_id"
    }
}

/// The body of an erasure.
struct EraseBackupsBody: Decodable {
    let confirm: String
}
