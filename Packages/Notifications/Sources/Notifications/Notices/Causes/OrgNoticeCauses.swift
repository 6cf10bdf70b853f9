internal import Core
internal import Identity
public import Orgs

extension OrgDeletionScheduled: NoticeCause {
    /// `notifications.show_deletion_of_org`
    public static let noticeHandler = "notifications.show_deletion_of_org"

    /// To those who were admins and owners when it was asked for.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let purge = try await facts.org(org)?.purgeAt, purge == purgeAt else { return .none }
        return NoticeChanges(posts: [
            NoticeChanges.Post(
                kind: .orgDeletionPending, severity: .critical, decision: "\(Self.topic)/\(org)/\(purgeAt)", org: org,
                resource: name, until: purgeAt, users: recipients)
        ])
    }
}

extension NoticeChanges {
    fileprivate static func staysOrIsGone(_ org: Org.ID) -> NoticeChanges {
        NoticeChanges(withdrawals: [
            Withdrawal(kinds: [.orgDeletionPending], org: org, decisions: "\(OrgDeletionScheduled.topic)/\(org)/")
        ])
    }

    fileprivate static func transferIsOver(_ transfer: OwnershipTransfer.ID, of org: Org.ID) -> NoticeChanges {
        NoticeChanges(withdrawals: [
            Withdrawal(kinds: [.ownershipTransferPending], org: org, decisions: "\(OwnershipTransferRequested.topic)/\(transfer)")
        ])
    }
}

extension OrgRestored: NoticeCause {
    /// `notifications.hide_deletion_of_org`
    public static let noticeHandler = "notifications.hide_deletion_of_org"

    /// It stays.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges { .staysOrIsGone(org) }
}

extension OrgPurged: NoticeCause {
    /// `notifications.hide_purged_org`
    public static let noticeHandler = "notifications.hide_purged_org"

    /// It is gone.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges { .staysOrIsGone(org) }
}

extension OwnershipTransferRequested: NoticeCause {
    /// `notifications.show_transfer`
    public static let noticeHandler = "notifications.show_transfer"

    /// To the person who is asked.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let name = try await facts.org(org)?.name.description else { return .none }
        return NoticeChanges(posts: [
            NoticeChanges.Post(
                kind: .ownershipTransferPending, severity: .warning, decision: "\(Self.topic)/\(transfer)", org: org, resource: name,
                until: expiresAt, subject: transfer.description, users: [to])
        ])
    }
}

extension OwnershipTransferred: NoticeCause {
    /// `notifications.hide_accepted_transfer`
    public static let noticeHandler = "notifications.hide_accepted_transfer"

    /// It is accepted.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        .transferIsOver(transfer, of: org)
    }
}

extension OwnershipTransferEnded: NoticeCause {
    /// `notifications.hide_ended_transfer`
    public static let noticeHandler = "notifications.hide_ended_transfer"

    /// It is declined, withdrawn or too late.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        .transferIsOver(transfer, of: org)
    }
}

extension OrgLimitNearlyReached: NoticeCause {
    /// `notifications.show_limit`
    public static let noticeHandler = "notifications.show_limit"

    /// To the admins and owners.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        NoticeChanges(posts: [
            NoticeChanges.Post(
                kind: .limitWarning, severity: .warning, decision: "\(Self.topic)/\(org)/\(limit)/\(occurrence)", org: org,
                resource: limit, via: "\(used) of \(maximum)", users: recipients)
        ])
    }
}

extension InvitationClosed: NoticeCause {
    /// `notifications.show_declined_invitation`
    public static let noticeHandler = "notifications.show_declined_invitation"

    /// To whoever invited, with the first letter and the domain of the address.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard reason == .declined, let closed = try await facts.invitation(invitation) else { return .none }
        return NoticeChanges(posts: [
            NoticeChanges.Post(
                kind: .invitationDeclined, severity: .info, decision: "\(Self.topic)/\(invitation)", org: org,
                resource: MailAddress.masked(closed.email.description), users: [invitedBy])
        ])
    }
}

extension OrgSupportAccessChanged: NoticeCause {
    /// `notifications.show_support_access`
    public static let noticeHandler = "notifications.show_support_access"

    /// To the owners, as long as it lasts.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        var changes = NoticeChanges(withdrawals: [
            NoticeChanges.Withdrawal(kinds: [.supportSession], org: org, decisions: "\(Self.topic)/\(org)/")
        ])
        if let until {
            changes.posts = [
                NoticeChanges.Post(
                    kind: .supportSession, severity: .info, decision: "\(Self.topic)/\(org)/\(occurrence)", org: org, resource: name,
                    until: until, users: recipients)
            ]
        }
        return changes
    }
}
