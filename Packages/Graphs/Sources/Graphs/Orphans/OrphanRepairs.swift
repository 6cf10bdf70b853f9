public import Audit
internal import Billing
public import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// Mends findings on the orders of people, by the commands that exist for everybody (GRA-125).
public struct OrphanRepairs<Store: GraphStore>: Sendable {
    private let store: Store
    private let lifecycle: GraphLifecycle
    private let dateSource: any DateSource

    /// Makes it.
    public init(store: Store, catalogue: GraphCatalogue, dateSource: any DateSource) {
        self.store = store
        lifecycle = GraphLifecycle(catalogue: catalogue)
        self.dateSource = dateSource
    }

    /// Orders the repair of a finding that has been seen twice, an hour apart. What needs no look at a host is done with the order, and its
    /// entry with it; the rest by a worker, which looks again first. Ordered before, it is not ordered again.
    ///
    /// - Parameters:
    ///   - reason: of 500 characters at most.
    ///   - person: who orders it: an operator, or a user.
    /// - Throws: ``OrphanRefusal``; nothing is changed then.
    public func repair(
        _ id: OrphanFinding.ID, because reason: String, by person: AuditReference
    ) async throws -> OrphanRepairPlan {
        let order = StoredOrphan.Order(by: person, because: String(reason.prefix(500)), at: dateSource.now)
        return try await store.withTransaction(.system) { transaction in
            var orphan = try await open(id, in: transaction)
            guard let repair = orphan.finding.kind.repair else { throw OrphanRefusal.byHand(orphan.finding.kind) }
            if orphan.order != nil, orphan.failure == nil {
                return OrphanRepairPlan(orphan: orphan, repair: repair, effects: Self.effects(of: repair, on: orphan), isRepeated: true)
            }
            orphan.order = order
            orphan.failure = nil
            let host = try await host(of: orphan.finding)
            try await transaction.record(
                GraphOrphanRepairOrdered(orphan.finding, repair: repair, host: host, order: order), by: order.actor)
            if repair.isWork {
                if repair == .dropRoles { try await requireNoDatabase(beside: orphan.finding, in: transaction) }
                try await transaction.enqueue(
                    RepairOrphan(finding: id, orderedAt: order.at), RepairOrphan.options(of: id, at: order.at))
            } else {
                try await carry(out: repair, orphan.finding, host, by: order.actor, at: order.at, in: transaction)
                try await transaction.record(GraphOrphanRemoved(orphan.finding, host: host, order: order), by: order.actor)
                orphan.state = .repaired
                orphan.endedAt = order.at
            }
            try await transaction.save(orphan)
            return OrphanRepairPlan(orphan: orphan, repair: repair, effects: Self.effects(of: repair, on: orphan), isRepeated: false)
        }
    }

    /// Says that a finding may stay: it is told of no more while it is there. A repair that was ordered and has not been done is called off.
    ///
    /// - Throws: ``OrphanRefusal``.
    public func dismiss(_ id: OrphanFinding.ID, because reason: String, by person: AuditReference) async throws {
        let order = StoredOrphan.Order(by: person, because: String(reason.prefix(500)), at: dateSource.now)
        try await store.withTransaction(.system) { transaction in
            guard var orphan = try await transaction.lockedOrphan(id) else { throw OrphanRefusal.notFound }
            guard orphan.state == .open else { throw OrphanRefusal.over(orphan.state) }
            orphan.state = .dismissed
            orphan.endedAt = order.at
            try await transaction.save(orphan)
            try await transaction.record(
                GraphOrphanDismissed(orphan.finding, host: try await host(of: orphan.finding), order: order), by: order.actor)
        }
    }

    private func open(_ id: OrphanFinding.ID, in transaction: Store.Transaction) async throws -> StoredOrphan {
        guard let orphan = try await transaction.lockedOrphan(id) else { throw OrphanRefusal.notFound }
        guard orphan.state == .open else { throw OrphanRefusal.over(orphan.state) }
        guard orphan.lastSeenAt - orphan.firstSeenAt >= OrphanRules.age else { throw OrphanRefusal.tooYoung }
        return orphan
    }

    private func host(of finding: OrphanFinding) async throws -> GraphHost? {
        try await store.hosts().first { $0.name == finding.place }
    }

    private func requireNoDatabase(beside finding: OrphanFinding, in transaction: Store.Transaction) async throws {
        let role = EngineObject(kind: .role, name: finding.object, marker: nil, isOurs: true)
        guard let graph = role.graphName, !role.isLogin else { return }
        if try await transaction.hasOrphanDatabase(of: graph, at: finding.place) { throw OrphanRefusal.goesWithDatabase }
    }

    private static func effects(of repair: OrphanRepair, on orphan: StoredOrphan) -> [String] {
        let object = orphan.finding.object
        return switch repair {
        case .backUpAndDrop:
            [
                "back up \(object) and read the backup back", "keep \(object) for 7 days",
                "drop \(object) when it is as it was, and its roles",
            ]
        case .dropRoles: ["remove the role \(object)"]
        case .dropCopy: ["drop the copy \(object)"]
        case .recover: ["bring \(object) back on another host from its newest backup"]
        case .freeSlot: ["free the place \(object)"]
        case .revokeCredential: ["revoke the credential \(object)"]
        case .suspend: ["suspend \(object)"]
        case .endAccess: ["end the access \(object)"]
        case .removeObject: ["remove the object \(object) from the store"]
        }
    }

    /// What it is about is read again: a record that has changed since the last sweep is left alone.
    private func carry(
        out repair: OrphanRepair, _ finding: OrphanFinding, _ host: GraphHost?, by actor: AuditActor, at now: Instant,
        in transaction: Store.Transaction
    ) async throws {
        guard let id = finding.graph, let graph = try await transaction.lockedGraph(id) else { throw OrphanRefusal.outdated }
        guard try await transaction.exclusiveOperation(of: id) == nil else { throw OrphanRefusal.outdated }
        switch repair {
        case .freeSlot:
            guard graph.status.isTerminal else { throw OrphanRefusal.outdated }
            try await transaction.freeSlot(of: id, or: nil)
        case .suspend:
            guard graph.status == .active else { throw OrphanRefusal.outdated }
            let due = try await transaction.dueStep(of: id, at: now)
            try await lifecycle.suspend(graph, reason: due?.reason ?? "subscription_ended", by: actor, at: now, in: transaction)
        case .endAccess:
            guard let user = finding.object.split(separator: "/").last.flatMap({ User.ID(String($0)) }) else {
                throw OrphanRefusal.outdated
            }
            try await transaction.endAccessAndLogins(of: user, in: graph.org)
        case .revokeCredential:
            guard let found = try await store.credentials(of: id).first(where: { $0.role == finding.object && $0.revokedAt == nil }),
                try await transaction.lockedCredential(found.id, of: id)?.revokedAt == nil
            else { throw OrphanRefusal.outdated }
            try await transaction.revokeCredentials(found.id, of: id, at: now)
            try await transaction.record(GraphCredentialRevoked(graph, credential: found), by: actor)
        case .recover:
            guard let host, graph.host == host.id,
                let lost = try await transaction.lostGraphs(on: host.id).first(where: { $0.graph == id })
            else { throw OrphanRefusal.outdated }
            guard let backup = lost.backup else { throw OrphanRefusal.noBackup }
            guard try await transaction.beginRecovery(of: id, on: host.id, from: backup, at: now) else { throw OrphanRefusal.outdated }
        case .backUpAndDrop, .dropRoles, .dropCopy, .removeObject: break
        }
    }
}
