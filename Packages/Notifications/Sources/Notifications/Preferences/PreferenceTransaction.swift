public import Audit
public import Core
public import Identity
public import Orgs

/// What a transaction can do with preferences.
public protocol PreferenceTransaction: AuditTransaction {
    /// The categories that a person has turned off, by a choice or by a link of a mail to the person's address.
    func mutedCategories(of user: User.ID) async throws -> Set<MailCategory>

    /// Keeps a choice; one that turns a category on takes an unsubscription of the person's address back.
    func setPreference(_ preference: MailPreference, of user: User.ID, at now: Instant) async throws

    /// The name of an org that a person owns and of which nobody else would hear what is charged; locks its recipients until the end.
    func orgToldByNobodyBut(_ user: User.ID) async throws -> String?

    /// Whether a mail of ours has this id.
    func isKnown(_ mail: Mail.ID) async throws -> Bool

    /// Keeps that an address wants no more mails of a category.
    ///
    /// - Returns: `false` when that was so.
    func unsubscribe(_ claims: UnsubscribeClaims, at now: Instant) async throws -> Bool

    /// The categories that an org's owners have turned off for whoever has chosen nothing.
    func defaultsTurnedOff(of org: Org.ID) async throws -> Set<MailCategory>

    /// Keeps an org's default.
    func setDefault(_ preference: MailPreference, of org: Org.ID, at now: Instant) async throws

    /// Whether its recipient wants a mail that may be turned off.
    func isWanted(_ mail: Mail) async throws -> Bool
}
