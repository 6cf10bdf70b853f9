internal import Audit
internal import Billing
public import Core
@_spi(Authentication) internal import Identity
internal import Operations
internal import Orgs

/// The contents of an archive in clear, from its beginning.
public protocol BackupContents: Sendable {
    /// The next bytes, at most `limit`; none at the end.
    ///
    /// - Throws: when a byte was changed, cut or moved, before that byte is given out.
    func read(upTo limit: Int) async throws -> [UInt8]
}

extension BackupService {
    /// Counts and stores a new link under the graph's lock; as long as one is good, asking again gives that one and costs nothing.
    public func link(
        to id: GraphBackup.ID, of graph: GraphID, lasting duration: Duration, as caller: GraphCaller
    ) async throws -> DownloadLink {
        let found = try await self.graph(graph, needing: .admin, as: caller)
        guard Self.linkDuration.contains(duration) else {
            throw GraphError.invalid(field: "expires_in", reason: "must be 300 to 86400")
        }
        guard let backup = try await store.backup(id), backup.belongs(to: graph), backup.status == .completed, backup.initiator != .system
        else { throw GraphError.notFound }
        let now = dateSource.now
        let limit = catalogue.tier(found.graph.tier)?.backupDownloadsPerMonth
        let (nextMonth, start) = (now.monthStart.addingMonths(1, anchoredOnDay: 1), now.monthStart)
        let download = try await store.withSystemTransaction { transaction -> BackupDownload in
            guard try await transaction.lockedGraph(graph) != nil else { throw GraphError.notFound }
            if let good = try await transaction.download(of: id, by: caller.user, at: now) { return good }
            // What is left of a graph that is gone can be had as often as one likes (GRA-060).
            let isCounted = backup.initiator != .final
            if isCounted, let limit, try await transaction.countedDownloads(of: graph, since: start) >= limit {
                throw GraphError.downloadLimitReached(limit: limit, resetsAt: nextMonth, now: now)
            }
            let new = BackupDownload(
                backup: id, graph: graph, user: caller.user, createdAt: now, expiresAt: now + duration, isCounted: isCounted)
            try await transaction.insert(new)
            try await transaction.record(
                BackupDownloadLinkEntry(found.graph, backup, until: new.expiresAt), by: .user(AuditReference(caller.user)))
            return new
        }
        return DownloadLink(token: links.token(for: download), expiresAt: download.expiresAt, expiresIn: download.expiresAt - now)
    }

    /// Whatever is wrong with a link, the answer is the same.
    public func open(_ link: String) async throws -> (backup: GraphBackup, contents: any BackupContents) {
        let now = dateSource.now
        guard let claimed = links.download(in: link), claimed.expiresAt > now,
            let backup = try await store.backup(claimed.backup), backup.belongs(to: claimed.graph), backup.status == .completed,
            let archive = backup.archive
        else { throw GraphError.notFound }
        do {
            // The credential was looked at when the link was made; what the person still is, is looked at now.
            let reach = MembershipReach(lacking: nil, boundOrg: nil)
            _ = try await graph(claimed.graph, needing: .admin, as: GraphCaller(user: claimed.user, org: nil, reach: reach))
        } catch is GraphError {
            throw GraphError.notFound
        }
        let contents = try await archives.open(archive)
        try await store.withSystemTransaction { transaction in
            guard try await transaction.noteFirstByte(of: claimed, at: now), let graph = try await transaction.graph(claimed.graph) else {
                return
            }
            try await transaction.record(BackupDownloadedEntry(graph, backup), by: .user(AuditReference(claimed.user)))
        }
        return (backup, contents)
    }
}
