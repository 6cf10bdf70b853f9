/// What Orgs refuses, with the facts; one case for each code (orgs.md, section 6).
public enum OrgsError: Error, Sendable, Hashable {
    /// The caller is not in the org, or there is none: one answer for both (ORG-008).
    case notMember
    /// Only admins and owners may do this.
    case adminRequired
    /// Only owners may do this.
    case ownerRequired
    /// The org is switched off.
    case deleted
    /// The org may be read only.
    case frozen
    /// The org is not deleted.
    case notDeleted
    /// The org is being erased, or its time is over: it does not come back.
    case purging
    /// The typed name is not the org's.
    case confirmMismatch
    /// Facts forbid deleting the org now; there is at least one.
    case blocked([DeletionBlocker])
    /// An export of the org is being written.
    case exportRunning
    /// The exports of a day are used up; come back after a while.
    case exportLimitReached(seconds: Int)
    /// The rule needs a passkey that the person has not enrolled.
    case secondFactorRequired
    /// Support access ends in the future, at most seven days ahead.
    case supportAccessTooLong
    /// Only those who run the product set this.
    case operatorOnly
    /// The person is the only owner of an org that works.
    case soleOwner
    /// There is no such thing in this org.
    case notFound
    /// The person has one already.
    case alreadyExists
    /// Nothing was given, or nothing differs.
    case nothingToChange
    /// The org has changed since it was read.
    case preconditionFailed
    /// An org cannot become of this kind now.
    case typeNotAllowed
    /// The org would be left without an owner.
    case lastOwner
    /// The role of an owner is not changed this way.
    case ownerRoleProtected
    /// Nobody but an owner changes the own role.
    case ownRole
    /// The limit of graphs is reached.
    case graphLimitReached(Int)
    /// Another limit is reached.
    case limitReached(String, Int)
    /// The address must be verified first.
    case emailNotVerified
    /// The person is a member already.
    case alreadyMember
    /// The address has a pending invitation.
    case invitationPending
    /// The invitation is not pending any more.
    case invitationNotPending
    /// Invitations are switched off.
    case invitationsOff
    /// The invitation is for another address.
    case invitationEmailMismatch
    /// The org cannot be handed over to this person.
    case transferTargetInvalid
    /// The org is being handed over already.
    case transferPending
    /// The transfer cannot be answered, or not any more.
    case transferNotPending
    /// The role needs a second factor, and the person has none.
    case mfaEnrollmentRequired
    /// The org does not invite to this domain.
    case domainNotAllowed
    /// Too many mails of this kind; come back after a while.
    case sendBudgetExceeded(seconds: Int)
}
