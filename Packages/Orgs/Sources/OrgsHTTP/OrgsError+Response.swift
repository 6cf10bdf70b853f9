public import HTTPServer
public import Orgs

extension OrgsError: ProblemConvertible {
    /// The answer for each refusal (orgs.md, section 6).
    public var problem: Problem {
        var problem = Problem(status: answer.status, code: answer.code, detail: answer.detail)
        if case .blocked(let blockers) = self {
            problem.fields = blockers.map { Problem.Field(location: [$0.kind.rawValue, $0.id], message: $0.remedy, type: $0.kind.code) }
        }
        if case .exportLimitReached(let seconds) = self { problem.headers["Retry-After"] = String(max(1, seconds)) }
        if case .sendBudgetExceeded(let seconds) = self { problem.headers["Retry-After"] = String(max(1, seconds)) }
        return problem
    }

    private var answer: (status: Status, code: String, detail: String) {
        switch self {
        case .notMember: (.forbidden, "NOT_ORG_MEMBER", "You are not a member of this org.")
        case .adminRequired: (.forbidden, "ADMIN_REQUIRED", "Only admins and owners may do this.")
        case .ownerRequired: (.forbidden, "OWNER_REQUIRED", "Only owners may do this.")
        case .deleted: (.forbidden, "ORG_DELETED", "The org is deleted.")
        case .frozen: (.forbidden, "ORG_FROZEN", "The org is frozen: it can be read only.")
        case .notDeleted: (.conflict, "ORG_NOT_DELETED", "The org is not deleted.")
        case .purging: (.conflict, "ORG_PURGING", "The org is being erased and does not come back.")
        case .confirmMismatch: (.badRequest, "CONFIRM_MISMATCH", "The confirmation must be the present name of the org.")
        case .blocked(let blockers):
            (.conflict, (blockers.first?.kind ?? .runningWork).code, "The org cannot be deleted now; errors names what stands in the way.")
        case .exportRunning: (.conflict, "EXPORT_RUNNING", "An export of this org is being written.")
        case .exportLimitReached: (.tooManyRequests, "RATE_LIMIT_EXCEEDED", "The exports of a day are used up.")
        case .secondFactorRequired: (.forbidden, "MFA_ENROLLMENT_REQUIRED", "This needs a passkey, which you have not enrolled.")
        case .supportAccessTooLong: (.badRequest, "INVALID_INPUT", "Support access must end in the future, at most 7 days ahead.")
        case .operatorOnly: (.forbidden, "FORBIDDEN", "Invoice billing and payment terms are set by the operator.")
        case .soleOwner: (.conflict, "SOLE_OWNER", "The person is the only owner of an org.")
        case .notFound: (.notFound, "NOT_FOUND", "There is no such resource in this org.")
        case .alreadyExists: (.conflict, "ALREADY_EXISTS", "There is one already.")
        case .nothingToChange: (.badRequest, "NOTHING_TO_CHANGE", "The request changes nothing.")
        case .preconditionFailed: (.preconditionFailed, "PRECONDITION_FAILED", "The org has changed since it was read.")
        case .typeNotAllowed: (.badRequest, "TYPE_NOT_ALLOWED", "The org cannot become of this type now.")
        case .lastOwner: (.badRequest, "LAST_OWNER", "The org needs at least one owner.")
        case .ownerRoleProtected: (.badRequest, "OWNER_ROLE_PROTECTED", "The role owner is neither given nor taken this way.")
        case .ownRole: (.badRequest, "OWN_ROLE", "You cannot change your own role.")
        case .graphLimitReached(let limit): (.forbidden, "GRAPH_LIMIT_REACHED", "The org may have at most \(limit) graphs.")
        case .limitReached(let what, let limit): (.conflict, "LIMIT_REACHED", "The limit of \(what) is \(limit).")
        case .emailNotVerified: (.forbidden, "EMAIL_NOT_VERIFIED", "The e-mail address must be verified first.")
        case .alreadyMember: (.conflict, "ALREADY_MEMBER", "The person is a member already.")
        case .invitationPending: (.conflict, "INVITATION_PENDING", "The address has a pending invitation.")
        case .invitationNotPending: (.conflict, "INVITATION_NOT_PENDING", "The invitation is not pending any more.")
        case .invitationsOff: (.notImplemented, "INVITATIONS_OFF", "Invitations are switched off.")
        case .invitationEmailMismatch: (.forbidden, "INVITATION_EMAIL_MISMATCH", "The invitation is for another address.")
        case .transferTargetInvalid:
            (.badRequest, "TRANSFER_TARGET_INVALID", "The org can be handed over to a member with a verified address who is no owner.")
        case .transferPending: (.conflict, "TRANSFER_PENDING", "The org is being handed over already.")
        case .transferNotPending: (.conflict, "TRANSFER_NOT_PENDING", "The transfer is not pending.")
        case .mfaEnrollmentRequired: (.forbidden, "MFA_ENROLLMENT_REQUIRED", "This needs a passkey.")
        case .domainNotAllowed: (.badRequest, "DOMAIN_NOT_ALLOWED", "The org does not invite to this domain.")
        case .sendBudgetExceeded: (.tooManyRequests, "SEND_BUDGET_EXCEEDED", "Too many mails of this kind.")
        }
    }
}

extension DeletionBlocker.Kind {
    /// The code of the refusal (ORG-089).
    fileprivate var code: String {
        switch self {
        case .liveSubscription: "ORG_HAS_LIVE_SUBSCRIPTIONS"
        case .protectedGraph: "ORG_HAS_PROTECTED_GRAPHS"
        case .openInvoice: "ORG_HAS_OPEN_INVOICES"
        case .runningWork: "ORG_HAS_RUNNING_WORK"
        case .balance: "ORG_HAS_BALANCE"
        }
    }
}
