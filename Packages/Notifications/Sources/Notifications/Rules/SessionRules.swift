internal import Audit
internal import Core
public import Identity

/// All sessions of a person were ended (NOT-115).
public struct SessionsEndedRule: MailRule {
    /// `notifications.sessions_ended`
    public static let name = "notifications.sessions_ended"

    /// Makes the rule.
    public init() {}

    /// One mail to the person.
    public func drafts(for event: AllSessionsEnded, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(AllSessionsEnded.topic)/\(event.user)/\(occurrence)",
            SessionsEndedContext(name: event.name, endedAt: event.at, wasReuse: event.cause == .tokenReuse))
    }
}

/// A sign-in from a program and a network that are new (NOT-107).
public struct NewSignInRule: MailRule {
    /// `notifications.new_sign_in`
    public static let name = "notifications.new_sign_in"

    /// Makes the rule.
    public init() {}

    /// One mail to the person for each session.
    public func drafts(for event: SignedInFromNewClient, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(SignedInFromNewClient.topic)/\(event.session)",
            NewSignInContext(name: event.name, signedInAt: event.at, client: event.clientFamily, network: event.network),
            about: [AuditReference(event.session)])
    }
}

/// Somebody tried to register an address that has an account (NOT-108).
public struct RegistrationAttemptedRule: MailRule {
    /// `notifications.registration_attempted`
    public static let name = "notifications.registration_attempted"

    /// Makes the rule.
    public init() {}

    /// One mail to the owner of the address.
    public func drafts(for event: RegistrationAttempted, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(RegistrationAttempted.topic)/\(event.user)/\(occurrence)",
            RegistrationAttemptedContext(name: event.name, attemptedAt: event.at))
    }
}

/// A change of address was taken back: the address that was abandoned is told, and the one that is in force again (NOT-106).
public struct EmailChangeRevertedRule: MailRule {
    /// `notifications.email_change_reverted`
    public static let name = "notifications.email_change_reverted"

    /// Makes the rule.
    public init() {}

    /// One mail to each of the two addresses.
    public func drafts(for event: EmailChangeReverted, occurrence: String) async throws -> [MailDraft] {
        let context = EmailChangeRevertedContext(
            name: event.name, address: MailAddress.masked(event.restoredEmail), revertedAt: event.at)
        let recipients = [event.restoredEmail, event.abandonedEmail].compactMap { MailAddress($0) }.map {
            MailRecipient(address: $0, user: event.user.uuid, locale: nil, reason: "your account has or had this address")
        }
        return [
            MailDraft(
                decision: "\(EmailChangeReverted.topic)/\(event.user)/\(occurrence)", context: context, about: [AuditReference(event.user)],
                recipients: recipients)
        ]
    }
}

extension MailDraft {
    /// One mail to a person about the own account; none when the address is not one.
    static func toPerson(
        _ user: User.ID, _ email: String, decision: String, _ context: any MailContext, about further: [AuditReference] = [],
        because reason: String? = nil
    ) -> [MailDraft] {
        guard let address = MailAddress(email) else { return [] }
        let recipient = MailRecipient(
            address: address, user: user.uuid, locale: nil, reason: reason ?? "you have an account with this address")
        return [MailDraft(decision: decision, context: context, about: [AuditReference(user)] + further, recipients: [recipient])]
    }
}

/// An API key ends soon (NOT-114).
public struct APIKeyExpiringRule: MailRule {
    /// `notifications.api_key_expiring`
    public static let name = "notifications.api_key_expiring"

    /// Makes the rule.
    public init() {}

    /// One mail to the person for each of the two stages.
    public func drafts(for event: APIKeyExpiring, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(APIKeyExpiring.topic)/\(event.key)/\(event.stage.rawValue)/\(event.expiresAt)",
            APIKeyExpiringContext(
                name: event.name, key: event.keyName, prefix: event.prefix, expiresAt: event.expiresAt, lastUsedAt: event.lastUsedAt),
            about: [AuditReference(event.key)])
    }
}

/// An API key was used from a network for the first time (NOT-114).
public struct APIKeyNewNetworkRule: MailRule {
    /// `notifications.api_key_new_network`
    public static let name = "notifications.api_key_new_network"

    /// Makes the rule.
    public init() {}

    /// One mail to the person for each network.
    public func drafts(for event: APIKeyUsedFromNewNetwork, occurrence: String) async throws -> [MailDraft] {
        MailDraft.toPerson(
            event.user, event.email, decision: "\(APIKeyUsedFromNewNetwork.topic)/\(event.key)/\(event.network)",
            APIKeyNewNetworkContext(
                name: event.name, key: event.keyName, prefix: event.prefix, network: event.network, usedAt: event.usedAt),
            about: [AuditReference(event.key)])
    }
}
