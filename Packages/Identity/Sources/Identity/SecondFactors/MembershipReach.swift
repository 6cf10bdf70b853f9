/// How far a credential reaches into the memberships of its person, in whichever org (ID-108, ID-134).
///
/// Only authentication makes one. Whoever reads a role by the id of a person limits it by this value: the role in the store is the person's, and a
/// credential may have less of it.
public struct MembershipReach: Sendable, Hashable {
    /// What the deployment asks of a session that has shown one factor; `nil` for one that has shown two, for keys, and where nobody can show a second.
    let lacking: SecondFactorEnforcement?
    /// The only org of a key that is bound to one.
    public let boundOrg: OrgReference?

    /// Takes what authentication found. Only authentication, what acts on a permission that was checked before, and tests do this.
    @_spi(Authentication) public init(lacking: SecondFactorEnforcement?, boundOrg: OrgReference?) {
        self.lacking = lacking
        self.boundOrg = boundOrg
    }

    /// Whether the credential lacks a second factor that an org may ask for.
    public var lacksSecondFactor: Bool { lacking != nil }

    /// Whether the credential reaches an org at all.
    public func includes(_ org: OrgReference) -> Bool { boundOrg.map { $0 == org } ?? true }

    /// What the credential lacks where the person has this standing.
    public func demand(of standing: SecondFactorStanding) -> SecondFactorDemand { lacking.map(standing.demand) ?? .none }

    /// The role that is left of a standing; `nil` for none.
    public func role(_ standing: SecondFactorStanding, in org: OrgReference) -> OrgRole? {
        guard includes(org) else { return nil }
        return switch demand(of: standing) {
        case .none: standing.role
        case .forRole: .member
        case .forOrg: nil
        }
    }

    /// The role that is left of a standing; `nil` for none, as outside of the org.
    ///
    /// - Throws: ``IdentityError/mfaEnrollmentRequired`` where a second factor would open the org.
    public func requireRole(_ standing: SecondFactorStanding?, in org: OrgReference) throws(IdentityError) -> OrgRole? {
        guard let standing, includes(org) else { return nil }
        guard demand(of: standing) != .forOrg else { throw .mfaEnrollmentRequired }
        return role(standing, in: org)
    }
}
