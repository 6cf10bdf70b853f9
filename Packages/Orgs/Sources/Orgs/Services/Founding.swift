internal import Audit
internal import Core
@_spi(Authentication) internal import Identity
internal import Jobs

/// Makes orgs inside a transaction: the org, its limits, the owner's membership, entries and event.
struct Founding<Transaction: OrgTransaction> {
    let settings: OrgsSettings

    func found(_ name: OrgName, _ type: OrgType, by founder: User.ID, at now: Instant, in transaction: Transaction) async throws -> OrgScope
    {
        let org = Org(
            id: .make(at: now), name: name, type: type, personalOwner: type == .personal ? founder : nil, state: .active, createdAt: now,
            updatedAt: now, version: 1)
        let membership = Membership(id: .make(at: now), org: org.id, user: founder, role: .owner, joinedAt: now, joinedThrough: .founding)
        try await transaction.insert(org, maxGraphs: settings.maxGraphs)
        try await transaction.insert(membership)
        let actor = AuditActor.user(AuditReference(founder))
        try await transaction.record(OrgsAudit.OrgCreated(org: org.id, founder: founder, orgType: type), by: actor)
        try await transaction.publish(OrgCreated(org: org.id, name: name.description, type: type, founder: founder))
        return OrgScope(
            org: org.id, user: founder, membership: membership.id, role: .owner, state: .active, name: name.description, type: type,
            standing: SecondFactorStanding(role: .owner, type: type, rule: nil, isAlone: true))
    }
}
