internal import Audit
public import Core
internal import Identity
public import Orgs

/// A person came to belong to an org without an invitation (NOT-202).
public struct MemberAddedRule: MailRule {
    /// `notifications.member_added`
    public static let name = "notifications.member_added"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the person, who did nothing for it; whoever founded an org, was handed it over or took an invitation knows.
    public func drafts(for event: OrgMemberAdded, occurrence: String) async throws -> [MailDraft] {
        guard event.through == .operator || event.through == .imported, let org = try await facts.org(event.org),
            let person = try await facts.person(event.user)
        else { return [] }
        return [
            MailDraft(
                decision: "\(OrgMemberAdded.topic)/\(event.org)/\(event.user)/\(occurrence)",
                context: MemberAddedContext(
                    name: person.name.description, org: org.name.description, role: event.role.rawValue,
                    isImport: event.through == .imported, orgID: org.id.description),
                about: [AuditReference(event.org), AuditReference(event.user)],
                recipients: try await Audience(facts: facts, org: org).person(event.user, reason: "you now belong to \(org.name)"))
        ]
    }
}

/// A person left an org or was removed from it (NOT-122, NOT-123).
public struct MemberEndedRule: MailRule {
    /// `notifications.member_ended`
    public static let name = "notifications.member_ended"
    private let facts: any MailFacts
    private let dateSource: any DateSource

    /// Makes the rule.
    public init(facts: any MailFacts, dateSource: any DateSource) {
        self.facts = facts
        self.dateSource = dateSource
    }

    /// To the admins when the person left, to the person when somebody else ended the membership.
    public func drafts(for event: OrgMemberEnded, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org), let person = try await facts.person(event.user) else { return [] }
        let about = [AuditReference(event.org), AuditReference(event.user)]
        let decision = "\(OrgMemberEnded.topic)/\(event.org)/\(occurrence)"
        let audience = Audience(facts: facts, org: org)
        guard event.hasLeft else {
            let context = MemberRemovedContext(
                name: person.name.description, org: org.name.description, removedAt: dateSource.now)
            return [
                MailDraft(
                    decision: decision, context: context, about: about,
                    recipients: try await audience.person(event.user, reason: "you belonged to \(org.name)"))
            ]
        }
        let context = MemberLeftContext(person: person.name.description, org: org.name.description, orgID: org.id.description)
        return [MailDraft(decision: decision, context: context, about: about, recipients: try await audience.admins())]
    }
}

/// The role of a member changed (NOT-124).
public struct RoleChangedRule: MailRule {
    /// `notifications.role_changed`
    public static let name = "notifications.role_changed"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the person; to the owners as well when the person became an admin or an owner.
    public func drafts(for event: OrgMemberRoleChanged, occurrence: String) async throws -> [MailDraft] {
        guard let org = try await facts.org(event.org), let person = try await facts.person(event.user) else { return [] }
        func draft(isOwn: Bool, _ recipients: [MailRecipient]) -> MailDraft {
            MailDraft(
                decision: "\(OrgMemberRoleChanged.topic)/\(event.org)/\(occurrence)",
                context: RoleChangedContext(
                    person: person.name.description, org: org.name.description, role: event.newRole.rawValue,
                    oldRole: event.oldRole.rawValue, isOwn: isOwn, orgID: org.id.description),
                about: [AuditReference(event.org), AuditReference(event.user)], recipients: recipients)
        }
        let audience = Audience(facts: facts, org: org)
        let own = draft(isOwn: true, try await audience.person(event.user, reason: "you belong to \(org.name)"))
        guard event.newRole > event.oldRole else { return [own] }
        let others = try await audience.owners().filter { $0.user != event.user.uuid }
        return others.isEmpty ? [own] : [own, draft(isOwn: false, others)]
    }
}
