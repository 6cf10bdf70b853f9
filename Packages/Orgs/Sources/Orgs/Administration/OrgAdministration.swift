public import Audit
public import Core
public import Identity
internal import Jobs

/// Changed limits of an org; what is `nil` stays.
public struct LimitChanges: Sendable, Hashable {
    /// How many graphs it may have.
    public var maxGraphs: Limit?
    /// How many live members and pending invitations it may have.
    public var maxMembers: Limit?

    /// Makes changes.
    public init(maxGraphs: Limit? = nil, maxMembers: Limit? = nil) {
        self.maxGraphs = maxGraphs
        self.maxMembers = maxMembers
    }
}

/// Why an org is frozen, as its people are told.
public enum FreezeReason: String, Sendable, Hashable, CaseIterable {
    /// Somebody may have broken in.
    case security
    /// The rules of use were broken.
    case abuse
    /// A court or an authority asked for it.
    case legal
    /// There is no owner who could act.
    case noOwner = "no_owner"
}

/// What those who run the product can do with an org. Each takes a reason, which the log keeps.
public protocol OrgAdministration: Sendable {
    /// Sets limits (ORG-076).
    func setLimits(_ changes: LimitChanges, of org: Org.ID, because reason: String, by actor: AuditActor) async throws -> OrgLimits
    /// Makes an org read-only (ORG-013). A frozen one stays frozen.
    func freeze(_ org: Org.ID, as reason: FreezeReason, because note: String, by actor: AuditActor) async throws
    /// Ends that. An org without an active owner cannot be thawed.
    func thaw(_ org: Org.ID, because note: String, by actor: AuditActor) async throws
    /// Stops the purge of a deleted org until the hold is lifted by `nil` (ORG-098).
    func setLegalHold(_ hold: String?, on org: Org.ID, by actor: AuditActor) async throws
    /// Compares the counters of the limits with the places, and repairs a difference (ORG-077).
    ///
    /// - Returns: the orgs whose counters were wrong.
    func reconcileSlots() async throws -> [Org.ID]
}

/// What a transaction can do for the administration of orgs.
public protocol OrgAdministrationTransaction {
    /// The limits of an org, locked.
    func lockedLimits(of org: Org.ID) async throws -> OrgLimits?
    /// Stores what an operator set.
    func setLimits(_ limits: OrgLimits, of org: Org.ID, because reason: String) async throws
    /// Freezes an active org or thaws a frozen one by one conditional update.
    ///
    /// - Parameter reason: why it is frozen; `nil` thaws.
    /// - Returns: whether that changed anything.
    /// - Throws: ``OrgsError/lastOwner`` when an org without an owner would be thawed.
    func setFrozen(_ reason: FreezeReason?, _ org: Org.ID, at now: Instant) async throws -> Bool
    /// Sets the counters of all limits to what the places say.
    ///
    /// - Returns: the orgs whose counters were wrong.
    func repairSlotCounters() async throws -> [Org.ID]
    /// The active and deleted orgs whose only active owner a person is: its account must not end before them (ORG-034).
    func orgsOwnedAlone(by user: User.ID) async throws -> [Org.ID]
    /// Notes that the people of an org are warned of a limit, unless they were lately.
    ///
    /// - Returns: whether they are to be warned.
    func takeLimitWarning(_ limit: String, of org: Org.ID, notSince time: Instant, at now: Instant) async throws -> Bool
}

/// The administration by the store.
public struct StoredOrgAdministration<Store: OrgStore>: OrgAdministration {
    private let store: Store
    private let dateSource: any DateSource

    /// Makes the service.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// A limit below what is used deletes nothing and blocks what is new (ORG-074).
    public func setLimits(
        _ changes: LimitChanges, of org: Org.ID, because reason: String, by actor: AuditActor
    ) async throws -> OrgLimits {
        try await store.withTransaction(.org(org)) { transaction in
            guard try await transaction.lockedOrg(org) != nil, let old = try await transaction.lockedLimits(of: org) else {
                throw OrgsError.notFound
            }
            let new = OrgLimits(
                org: org, maxGraphs: changes.maxGraphs ?? old.maxGraphs, maxMembers: changes.maxMembers ?? old.maxMembers,
                graphsHeld: old.graphsHeld, graphsReserved: old.graphsReserved)
            guard new != old else { throw OrgsError.nothingToChange }
            try await transaction.setLimits(new, of: org, because: reason)
            try await transaction.record(OrgsAudit.OrgLimitsChanged(old: old, new: new, reason: reason), by: actor)
            try await transaction.publish(OrgLimitsChanged(org: org, maxGraphs: new.maxGraphs.number, maxMembers: new.maxMembers.number))
            return new
        }
    }

    /// Entry and mail come with the change only.
    public func freeze(_ org: Org.ID, as reason: FreezeReason, because note: String, by actor: AuditActor) async throws {
        try await setFrozen(reason, org, because: note, by: actor)
    }

    /// Entry and mail come with the change only.
    public func thaw(_ org: Org.ID, because note: String, by actor: AuditActor) async throws {
        try await setFrozen(nil, org, because: note, by: actor)
    }

    private func setFrozen(_ reason: FreezeReason?, _ id: Org.ID, because note: String, by actor: AuditActor) async throws {
        let now = dateSource.now
        try await store.withTransaction(.system) { transaction in
            try await transaction.setFrozen(reason, id, because: note, by: actor, at: now)
        }
    }

    /// The hold is part of the deletion: an org that is not deleted has none.
    public func setLegalHold(_ hold: String?, on org: Org.ID, by actor: AuditActor) async throws {
        try await store.withTransaction(.system) { transaction in
            guard try await transaction.lockedOrg(org) != nil, var deletion = try await transaction.lockedDeletion(of: org) else {
                throw OrgsError.notDeleted
            }
            guard deletion.legalHold != hold else { return }
            let old = deletion.legalHold
            deletion.legalHold = hold
            try await transaction.save(deletion)
            try await transaction.record(OrgsAudit.OrgLegalHoldChanged(org: org, old: old, new: hold), by: actor)
        }
    }

    /// Each repaired org gets an entry.
    public func reconcileSlots() async throws -> [Org.ID] {
        try await store.withTransaction(.system) { transaction in
            let wrong = try await transaction.repairSlotCounters()
            for org in wrong {
                try await transaction.record(OrgsAudit.OrgSlotsRepaired(org: org), by: .system(component: "orgs"))
            }
            return wrong
        }
    }
}
