internal import Audit
internal import Core
internal import Identity
public import Orgs

/// A transfer of an org was started: by its owner (NOT-125), or for an owner who cannot act (NOT-201).
public struct OwnershipTransferRequestedRule: MailRule {
    /// `notifications.ownership_transfer_requested`
    public static let name = "notifications.ownership_transfer_requested"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the person who is asked; of one that its owner did not start every owner hears as well, and can stop it.
    public func drafts(for event: OwnershipTransferRequested, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await TransferMatter(event.org, from: event.from, to: event.to, facts: facts) else { return [] }
        let asked = try await matter.audience.person(event.to, reason: "you are asked to own \(matter.org.name)")
        let context: any MailContext
        let recipients: [MailRecipient]
        switch event.origin {
        case .owner:
            context = OwnershipTransferRequestedContext(
                name: matter.successor, org: matter.org.name.description, owner: matter.owner, keptRole: event.keepRole.rawValue,
                expiresAt: event.expiresAt, orgID: event.org.description, transferID: event.transfer.description)
            recipients = asked
        case .operator:
            context = OwnershipTransferByOperatorContext(
                org: matter.org.name.description, owner: matter.owner, successor: matter.successor, keptRole: event.keepRole.rawValue,
                acceptableAt: event.acceptableAt, expiresAt: event.expiresAt, orgID: event.org.description,
                transferID: event.transfer.description)
            recipients = try await matter.audience.owners() + asked
        }
        return [
            MailDraft(
                decision: "\(OwnershipTransferRequested.topic)/\(event.transfer)", context: context,
                about: matter.about + [AuditReference(event.transfer)], recipients: recipients)
        ]
    }
}

/// An org has been handed over (NOT-126).
public struct OwnershipTransferredRule: MailRule {
    /// `notifications.ownership_transferred`
    public static let name = "notifications.ownership_transferred"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To both owners, the former and the new one.
    public func drafts(for event: OwnershipTransferred, occurrence: String) async throws -> [MailDraft] {
        guard let matter = try await TransferMatter(event.org, from: event.from, to: event.to, facts: facts) else { return [] }
        return [
            MailDraft(
                decision: "\(OwnershipTransferred.topic)/\(event.transfer)",
                context: OwnershipTransferredContext(
                    org: matter.org.name.description, owner: matter.owner, successor: matter.successor,
                    keptRole: event.keepRole.rawValue, orgID: event.org.description),
                about: matter.about + [AuditReference(event.transfer)], recipients: try await matter.both())
        ]
    }
}

/// A transfer ended without a change (NOT-126).
public struct OwnershipTransferEndedRule: MailRule {
    /// `notifications.ownership_transfer_ended`
    public static let name = "notifications.ownership_transfer_ended"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To both people.
    public func drafts(for event: OwnershipTransferEnded, occurrence: String) async throws -> [MailDraft] {
        let end: OwnershipTransferEndedContext.End
        switch event.state {
        case .declined: end = .declined
        case .canceled: end = .withdrawn
        case .expired: end = .expired
        case .void: end = .void
        case .pending, .accepted: return []
        }
        guard let matter = try await TransferMatter(event.org, from: event.from, to: event.to, facts: facts) else { return [] }
        return [
            MailDraft(
                decision: "\(OwnershipTransferEnded.topic)/\(event.transfer)",
                context: OwnershipTransferEndedContext(
                    org: matter.org.name.description, owner: matter.owner, successor: matter.successor, end: end,
                    orgID: event.org.description),
                about: matter.about + [AuditReference(event.transfer)], recipients: try await matter.both())
        ]
    }
}

/// What every mail about a transfer says and whom it goes to.
private struct TransferMatter {
    let org: Org
    let owner: String
    let successor: String
    private let parties: [User.ID]
    private let facts: any MailFacts

    /// `nil` when the org is gone.
    init?(_ id: Org.ID, from: User.ID, to: User.ID, facts: any MailFacts) async throws {
        guard let org = try await facts.org(id) else { return nil }
        self.org = org
        self.facts = facts
        parties = [from, to]
        // A transfer may end because one of the two is gone.
        owner = try await facts.person(from)?.name.description ?? "a former member"
        successor = try await facts.person(to)?.name.description ?? "a former member"
    }

    var audience: Audience { Audience(facts: facts, org: org) }
    var about: [AuditReference] { [AuditReference(org.id)] }

    func both() async throws -> [MailRecipient] {
        try await facts.recipients(parties, reason: "\(org.name) was to be handed over by you or to you")
    }
}
