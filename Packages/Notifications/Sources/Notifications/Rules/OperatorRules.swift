internal import Audit
internal import Core
public import Identity
internal import Jobs

/// A sample of a mail, to whoever of those who run the product asked for it (NOT-052).
public struct MailSampleRule: MailRule {
    /// `notifications.mail_sample`
    public static let name = "notifications.mail_sample"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the own address alone, as it is when the mail is written; each order gives one.
    public func drafts(for event: MailSampleOrdered, occurrence: String) async throws -> [MailDraft] {
        guard let person = try await facts.staff.member(event.person), let address = person.address else { return [] }
        let sample = event.sample
        var draft = MailDraft(
            decision: "\(MailSampleOrdered.topic)/\(occurrence)",
            context: try MailCatalogue.context(of: sample.template).decode(sample.context), about: [AuditReference(event.person)],
            recipients: [MailRecipient(address: address, user: nil, locale: sample.locale, reason: MailSample.reason)])
        draft.brand = sample.brand
        return [draft]
    }
}

/// Somebody is admitted to run the product (NOT-169).
public struct OperatorInvitedRule: MailRule {
    /// `notifications.operator_invited`
    public static let name = "notifications.operator_invited"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the invited person alone: the link opens the console.
    public func drafts(for event: OperatorInvited, occurrence: String) async throws -> [MailDraft] {
        guard let person = try await facts.staff.member(event.person), let address = person.address else { return [] }
        let context = OperatorInvitedContext(
            name: person.name, role: event.role, inviter: try await facts.staff.member(event.inviter)?.name,
            link: MailSecretLink(kind: OperatorInvited.linkKind, id: event.link), validUntil: event.validUntil)
        return [
            MailDraft(
                decision: "\(OperatorInvited.topic)/\(event.link)", context: context, about: [AuditReference(event.person)],
                recipients: [
                    MailRecipient(address: address, user: nil, locale: nil, reason: "you were admitted to the console")
                ])
        ]
    }
}

/// An operator signed in with a program or from a network that is new (NOT-169).
public struct OperatorNewSignInRule: MailRule {
    /// `notifications.operator_new_sign_in`
    public static let name = "notifications.operator_new_sign_in"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the operator.
    public func drafts(for event: OperatorSignedInAnew, occurrence: String) async throws -> [MailDraft] {
        guard let person = try await facts.staff.member(event.person) else { return [] }
        return [
            MailDraft(
                decision: "\(OperatorSignedInAnew.topic)/\(event.session)",
                context: OperatorNewSignInContext(
                    name: person.name, at: event.at, client: event.clientFamily, network: event.network),
                about: [AuditReference(event.person)], recipients: facts.recipients([person], because: "you have access to the console"))
        ]
    }
}

/// An operator wants something that takes two (NOT-169).
public struct ApprovalRequestedRule: MailRule {
    /// `notifications.approval_requested`
    public static let name = "notifications.approval_requested"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To everybody who may decide, and to whoever asks not: nobody decides what is their own.
    public func drafts(for event: ApprovalAsked, occurrence: String) async throws -> [MailDraft] {
        let matter = event.matter
        let asker = try await facts.staff.member(matter.asker)?.name
        let deciders = try await facts.staff.members(allowed: event.permission).filter { $0.id != matter.asker }
        let context = ApprovalRequestedContext(
            asker: asker ?? matter.asker.description, command: matter.command, route: matter.route, cause: event.cause, why: event.reason,
            until: matter.expiresAt, path: ["approvals", matter.id])
        return [
            MailDraft(
                decision: "\(ApprovalAsked.topic)/\(matter.id)", context: context, about: [AuditReference(matter.asker)],
                recipients: facts.recipients(deciders, because: "you may decide about it"))
        ]
    }
}

/// A second operator consented, or did not (NOT-169).
public struct ApprovalDecidedRule: MailRule {
    /// `notifications.approval_decided`
    public static let name = "notifications.approval_decided"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To whoever asked.
    public func drafts(for event: ApprovalSettled, occurrence: String) async throws -> [MailDraft] {
        let matter = event.matter
        guard let asker = try await facts.staff.member(matter.asker) else { return [] }
        let decider = try await facts.staff.member(event.decider)?.name
        let context = ApprovalDecidedContext(
            decider: decider ?? event.decider.description, command: matter.command, route: matter.route, isGiven: event.isGiven,
            why: event.reason, until: matter.expiresAt, dueAt: nil, path: ["approvals", matter.id])
        return [
            MailDraft(
                decision: "\(ApprovalSettled.topic)/\(matter.id)", context: context,
                about: [AuditReference(matter.asker), AuditReference(event.decider)],
                recipients: facts.recipients([asker], because: "you asked for it"))
        ]
    }
}

/// An operator asks for a reset of a lost second factor, which takes two as well (NOT-169, ID-136).
public struct SecondFactorResetRequestedRule: MailRule {
    /// `notifications.second_factor_reset_requested`
    public static let name = "notifications.second_factor_reset_requested"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To everybody who may approve it.
    public func drafts(for event: SecondFactorResetRequested, occurrence: String) async throws -> [MailDraft] {
        let asker = try await facts.staff.member(event.requestedBy)?.name
        let deciders = try await facts.staff.members(allowed: "manage_accounts").filter { $0.id != event.requestedBy }
        let context = ApprovalRequestedContext(
            asker: asker ?? event.requestedBy.description, command: "remove a lost second factor",
            route: "POST /v1/admin/users/\(event.user)/reset-mfa", cause: "A second factor is removed by two.", why: event.reason,
            until: event.approveUntil, path: ["users", event.user.description])
        return [
            MailDraft(
                decision: "\(SecondFactorResetRequested.topic)/\(event.reset)", context: context,
                about: [AuditReference(event.requestedBy), AuditReference(event.user)],
                recipients: facts.recipients(deciders, because: "you may decide about it"))
        ]
    }
}

/// A second operator approved a reset of a lost second factor (NOT-169, ID-136).
public struct SecondFactorResetApprovedRule: MailRule {
    /// `notifications.second_factor_reset_approved`
    public static let name = "notifications.second_factor_reset_approved"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To whoever asked: it is carried out by itself, unless the person stops it.
    public func drafts(for event: SecondFactorResetApproved, occurrence: String) async throws -> [MailDraft] {
        guard let asker = try await facts.staff.member(event.requestedBy) else { return [] }
        let decider = try await facts.staff.member(event.approvedBy)?.name
        let context = ApprovalDecidedContext(
            decider: decider ?? event.approvedBy.description, command: "remove a lost second factor",
            route: "POST /v1/admin/users/\(event.user)/reset-mfa", isGiven: true, why: event.reason, until: nil, dueAt: event.dueAt,
            path: ["users", event.user.description])
        return [
            MailDraft(
                decision: "\(SecondFactorResetApproved.topic)/\(event.reset)", context: context,
                about: [AuditReference(event.requestedBy), AuditReference(event.approvedBy), AuditReference(event.user)],
                recipients: facts.recipients([asker], because: "you asked for it"))
        ]
    }
}

extension ApprovalMatter {
    /// The command in words: `grant_credit` is `grant credit`.
    var command: String { operation.split(separator: "_").joined(separator: " ") }
}

extension MailFacts {
    /// Those who have an address; where none has, what was said to be told to those who run the product: nothing is said to nobody (NOT-066).
    fileprivate func recipients(_ people: [MailedOperator], because reason: String) -> [MailRecipient] {
        let known = people.compactMap { person in
            person.address.map { MailRecipient(address: $0, user: nil, locale: nil, reason: reason) }
        }
        guard known.isEmpty else { return known }
        return operators.map {
            MailRecipient(
                address: $0, user: nil, locale: nil, reason: "you run the product and no operator who is concerned has an address")
        }
    }
}
