public import Core
internal import Identity

/// What an org asks of its people, and whom it lets in (ORG-012).
public struct OrgSecurity: Sendable, Hashable {
    /// Who needs a second factor to act in the org.
    public enum SecondFactorRule: String, Sendable, Hashable, CaseIterable, Codable {
        /// Nobody, by the org's own rule.
        case off
        /// Admins and owners.
        case admins
        /// Everybody.
        case everyone
    }

    /// Who needs a second factor.
    public var secondFactorRule: SecondFactorRule
    /// The domains of addresses that may be invited; `nil` for any.
    public var invitationDomains: [String]?
    /// Until when support may write under impersonation; `nil` for not at all.
    public var supportAccessUntil: Instant?

    /// Makes rules.
    public init(secondFactorRule: SecondFactorRule, invitationDomains: [String]?, supportAccessUntil: Instant?) {
        self.secondFactorRule = secondFactorRule
        self.invitationDomains = invitationDomains
        self.supportAccessUntil = supportAccessUntil
    }

    /// How far ahead support access may reach.
    public static let longestSupportAccess = Duration.days(7)

    /// A domain in its normal form.
    ///
    /// - Returns: `nil` for a text that is no domain.
    public static func domain(_ text: String) -> String? {
        EmailAddress("someone@" + text).map { String($0.domain) }
    }
}

/// A field of a change that may be left as it is, though `nil` is one of its values.
public enum FieldChange<Value: Sendable & Hashable>: Sendable, Hashable {
    /// Leaves it.
    case keep
    /// Sets it.
    case set(Value)
}

/// Changed rules; what is kept stays.
public struct OrgSecurityChanges: Sendable, Hashable {
    /// The rule of the second factor.
    public var secondFactorRule: FieldChange<OrgSecurity.SecondFactorRule>
    /// The domains of invitations.
    public var invitationDomains: FieldChange<[String]?>
    /// The end of support access; `nil` ends it at once.
    public var supportAccessUntil: FieldChange<Instant?>

    /// Makes changes.
    public init(
        secondFactorRule: FieldChange<OrgSecurity.SecondFactorRule> = .keep, invitationDomains: FieldChange<[String]?> = .keep,
        supportAccessUntil: FieldChange<Instant?> = .keep
    ) {
        self.secondFactorRule = secondFactorRule
        self.invitationDomains = invitationDomains
        self.supportAccessUntil = supportAccessUntil
    }

    func applied(to old: OrgSecurity) -> OrgSecurity {
        var new = old
        if case .set(let rule) = secondFactorRule { new.secondFactorRule = rule }
        if case .set(let domains) = invitationDomains { new.invitationDomains = domains }
        if case .set(let until) = supportAccessUntil { new.supportAccessUntil = until }
        return new
    }
}

/// What a transaction can do with the rules of an org.
public protocol OrgSecurityTransaction {
    /// The rules of an org.
    func security(of org: Org.ID) async throws -> OrgSecurity?
    /// Stores the rules of an org; its version goes up.
    func setSecurity(_ security: OrgSecurity, of org: Org.ID, at now: Instant) async throws
}
