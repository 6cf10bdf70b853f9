internal import Audit
internal import Core
internal import Identity
internal import Jobs

extension OrgTransaction {
    /// Freezes an org, or thaws it, with entry and event. An org that is so already stays as it is.
    ///
    /// - Parameter reason: `nil` thaws.
    /// - Throws: ``OrgsError/notFound``, ``OrgsError/deleted``; ``OrgsError/lastOwner`` where nobody could act for the thawed org.
    func setFrozen(_ reason: FreezeReason?, _ id: Org.ID, because note: String, by actor: AuditActor, at now: Instant) async throws {
        guard let org = try await lockedOrg(id) else { throw OrgsError.notFound }
        guard org.state == .active || org.state == .frozen else { throw OrgsError.deleted }
        guard try await setFrozen(reason, id, at: now) else { return }
        let owners = try await recipients(with: .owner, of: id)
        if let reason {
            try await record(OrgsAudit.OrgFrozen(org: id, reason: reason, note: note), by: actor)
            try await publish(OrgFrozen(org: id, name: org.name.description, reason: reason.rawValue, recipients: owners))
        } else {
            try await record(OrgsAudit.OrgThawed(org: id, note: note), by: actor)
            try await publish(OrgThawed(org: id, name: org.name.description, recipients: owners))
        }
    }
}
