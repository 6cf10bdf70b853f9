/// Who must have a second factor by the deployment's own rule (ID-133).
public enum SecondFactorEnforcement: Sendable, Hashable {
    /// Nobody.
    case off
    /// Owners and admins of any org.
    ///
    /// - Parameter exemptsLonePersonalOrgs: whether an org that somebody has got at registration and is alone in does not count.
    case administrators(exemptsLonePersonalOrgs: Bool)
}

/// A membership, as far as it says whether its person must have a second factor.
public struct SecondFactorStanding: Sendable, Hashable {
    /// The role.
    public let role: OrgRole
    /// The org's kind.
    public let type: OrgType
    /// The org's own rule: `off`, `admins` or `everyone`; `nil` where orgs have none.
    public let rule: String?
    /// Whether nobody else is in the org.
    public let isAlone: Bool

    /// Describes a membership.
    public init(role: OrgRole, type: OrgType, rule: String?, isAlone: Bool) {
        self.role = role
        self.type = type
        self.rule = rule
        self.isAlone = isAlone
    }

    /// What the stricter of the two rules asks for.
    public func demand(by enforcement: SecondFactorEnforcement) -> SecondFactorDemand {
        if rule == "everyone" { return .forOrg }
        guard role >= .admin else { return .none }
        if rule == "admins" { return .forRole }
        guard case .administrators(let exemptsLonePersonalOrgs) = enforcement else { return .none }
        return exemptsLonePersonalOrgs && type == .personal && isAlone ? .none : .forRole
    }
}

/// What a session without a second factor lacks in an org.
public enum SecondFactorDemand: Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none
    /// What the role may do more than a member.
    case forRole
    /// The org.
    case forOrg
}

extension Session {
    /// How a session says that it has two factors (RFC 8176).
    public static let twoFactors = "mfa"

    /// Whether a second factor was shown, at the sign-in or by enrolling one since.
    public var hasSecondFactor: Bool { methods.contains(Self.twoFactors) }
}
