public import HTTPServer
public import Orgs

extension OrgsError: ProblemConvertible {
    /// The answer, with the code of orgs.md section 6.
    public var problem: Problem {
        switch self {
        case .notMember: Problem(status: .forbidden, code: "NOT_ORG_MEMBER", detail: "You are not a member of this organisation.")
        case .adminRequired: Problem(status: .forbidden, code: "ADMIN_REQUIRED", detail: "Only admins and owners may do this.")
        case .ownerRequired: Problem(status: .forbidden, code: "OWNER_REQUIRED", detail: "Only owners may do this.")
        case .deleted: Problem(status: .forbidden, code: "ORG_DELETED", detail: "The organisation is switched off; an owner can restore it.")
        case .frozen: Problem(status: .forbidden, code: "ORG_FROZEN", detail: "The organisation may be read only at this time.")
        case .emailNotVerified: Problem(status: .forbidden, code: "EMAIL_NOT_VERIFIED", detail: "Verify your e-mail address first.")
        case .invitationEmailMismatch:
            Problem(status: .forbidden, code: "INVITATION_EMAIL_MISMATCH", detail: "This invitation is for another address.")
        case .graphLimitReached(let limit):
            Problem(status: .forbidden, code: "GRAPH_LIMIT_REACHED", detail: "The organisation may have at most \(limit) graphs.")
        case .notFound: .notFound
        case .alreadyExists: Problem(status: .conflict, code: "ALREADY_EXISTS", detail: "There is one already.")
        case .alreadyMember: Problem(status: .conflict, code: "ALREADY_MEMBER", detail: "The person is a member already.")
        case .invitationPending: Problem(status: .conflict, code: "INVITATION_PENDING", detail: "The address has a pending invitation.")
        case .invitationNotPending: Problem(status: .conflict, code: "INVITATION_NOT_PENDING", detail: "The invitation is no longer pending.")
        case .limitReached(let name, let limit):
            Problem(status: .conflict, code: "LIMIT_REACHED", detail: "The limit of \(limit) \(name) is reached.")
        case .nothingToChange: .badRequest("There is nothing to change.", code: "NOTHING_TO_CHANGE")
        case .typeNotAllowed: .badRequest("The organisation cannot become of this kind now.", code: "TYPE_NOT_ALLOWED")
        case .lastOwner: .badRequest("An organisation keeps at least one owner.", code: "LAST_OWNER")
        case .ownerRoleProtected: .badRequest("The role of an owner is given and taken by a transfer.", code: "OWNER_ROLE_PROTECTED")
        case .ownRole: .badRequest("Nobody but an owner changes the own role.", code: "OWN_ROLE")
        case .preconditionFailed:
            Problem(status: .preconditionFailed, code: "PRECONDITION_FAILED", detail: "The organisation has changed since you read it.")
        case .invitationsOff: Problem(status: .notImplemented, code: "INVITATIONS_OFF", detail: "Invitations are switched off here.")
        case .sendBudgetExceeded(let seconds):
            Problem(
                status: .tooManyRequests, code: "SEND_BUDGET_EXCEEDED", detail: "Enough mails were sent; try again later.",
                headers: ["Retry-After": String(seconds)])
        }
    }
}
