public import Audit
public import Core

/// The end of an account, and its being switched off and on.
public protocol AccountLifecycle: Sendable {
    /// Takes a change of address back by the token that the old address got: sessions end, and keys made since (ID-099).
    func revertEmail(with token: SecretString) async throws -> EmailRevertOutcome

    /// Somebody else made the account with the address that the mailed token was sent to: it is removed at once, or switched off when something of value
    /// hangs on it; the address is free in either case (ID-019).
    ///
    /// - Throws: ``IdentityError/linkInvalid``, also when the address was proven meanwhile; ``IdentityError/linkUsed``, ``IdentityError/linkExpired``.
    func disown(with token: SecretString) async throws -> DisownOutcome

    /// What an end would be; nothing is changed (ID-143).
    func deletionPlan(for user: User.ID) async throws -> AccountDeletionPlan

    /// Lets the caller's account end after the grace (ID-144, ID-145).
    ///
    /// - Parameter typed: the own address, as it was typed to confirm.
    /// - Throws: ``IdentityError/confirmMismatch``, ``IdentityError/proofFailed``, ``IdentityError/deletionBlocked(_:)``.
    func scheduleDeletion(
        confirmedBy typed: String, provenBy proof: Proof?, by principal: Principal, from client: ClientContext
    ) async throws -> AccountDeletionPlan

    /// Takes the end back by the mailed token, until the account is due (ID-145, ID-146).
    func cancelDeletion(with token: SecretString) async throws

    /// Lets an account end, for an operator (ID-149); the owner is mailed and can take it back.
    func scheduleDeletion(of user: User.ID, by actor: AuditActor) async throws -> AccountDeletionPlan

    /// Removes a person whose account is due; one that is not due stays (ID-146, ID-147).
    ///
    /// - Returns: whether the account was removed by this call.
    func purge(_ user: User.ID) async throws -> Bool

    /// Switches an account off: sessions and keys end for good (ID-141). Twice is once.
    ///
    /// - Parameter freezing: whether orgs with other members that would be without an owner are frozen instead of being in the way (ID-142).
    /// - Throws: ``IdentityError/soleOwner(_:)``.
    func deactivate(_ user: User.ID, freezingOrgs: Bool, by actor: AuditActor, because reason: String) async throws

    /// Switches an account on again; sessions and keys stay dead. Twice is once.
    func reactivate(_ user: User.ID, by actor: AuditActor, because reason: String) async throws
}

/// Takes copies of what is kept about a person.
public protocol PersonalDataService: Sendable {
    /// Makes a copy of everything kept about the caller; two a day (ID-148).
    ///
    /// - Throws: ``IdentityError/rateLimited(seconds:)``.
    func export(provenBy proof: Proof?, by principal: Principal, from client: ClientContext) async throws -> PersonalExport

    /// Makes a copy for a person by an operator's order; the person alone can read it (ID-149).
    ///
    /// - Parameter isRehearsal: does all of it and takes it back.
    /// - Throws: ``IdentityError/rateLimited(seconds:)``, ``IdentityError/notFound``.
    func export(of user: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool) async throws -> PersonalExport

    /// A copy that is still there.
    func export(_ id: PersonalExport.ID, of user: User.ID) async throws -> PersonalExport

    /// What happened to the security of an account in the last 90 days, newest first (AUD-077).
    func securityEvents(of user: User.ID) async throws -> [SecurityEvent]
}
