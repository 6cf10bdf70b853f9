internal import Audit
internal import Billing
internal import Core
internal import FoundationEssentials
internal import Graphs
internal import Orgs

/// Knows whether what a mail tells is still so (NOT-034).
public protocol MailReasons: Sendable {
    /// Why a mail that has not left is not to leave any more; `nil` when it still is.
    func whyGone(_ entry: OutboxEntry) async throws -> String?
}

/// Asks the facts at the moment at which the mail would leave.
public struct FactualMailReasons: MailReasons {
    private let facts: any MailFacts

    /// Makes them.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// Looks at the thing that the mail is about.
    public func whyGone(_ entry: OutboxEntry) async throws -> String? {
        switch entry.mail.template {
        case .orgInvitation, .invitationReminder:
            guard let id = entry.about.uuid(of: .invitation) else { return nil }
            return try await facts.isOpen(Invitation.ID(uuid: id)) ? nil : "the invitation is not open any more"
        case .paymentFailed, .paymentAccessLimited, .paymentFinalNotice:
            guard let subscription = try await subscription(entry), subscription.startedAt != nil else { return nil }
            return [.pastDue, .unpaid, .canceled, .failed].contains(subscription.status) ? nil : "it was paid"
        case .subscriptionCanceled:
            guard let subscription = try await subscription(entry) else { return nil }
            return subscription.cancellation == nil ? "the end was taken back" : nil
        case .renewalReminder, .renewalReminderMonthly, .trialEnding:
            guard let subscription = try await subscription(entry) else { return nil }
            return subscription.cancellation == nil ? nil : "it does not renew"
        case .idleCancel:
            guard let subscription = try await subscription(entry) else { return nil }
            return subscription.cancellation?.origin == .idle ? nil : "the end was taken back"
        case .invoiceIssued, .invoiceDueSoon, .invoiceOverdue, .paymentActionRequired:
            guard let id = entry.about.uuid(of: .invoice), let org = entry.about.uuid(of: .org),
                let invoice = try await facts.invoice(Invoice.ID(uuid: id), of: Org.ID(uuid: org))
            else { return nil }
            return invoice.status == .open && invoice.amountDue > invoice.amountPaid ? nil : "nothing is open any more"
        case .graphDeleteRequested:
            // One that is being destroyed is not active any more.
            guard let graph = try await graph(entry), graph.status == .active, let resource = ResourceID(graph.id.description),
                let subscription = try await facts.subscription(ofGraph: resource)?.subscription
            else { return nil }
            return subscription.cancellation == nil ? "the deletion was taken back" : nil
        case .graphSuspended, .deletionWarning:
            guard let graph = try await graph(entry) else { return nil }
            return graph.status == .suspended || graph.status == .deprovisioning || graph.status == .deprovisioned
                ? nil : "the graph is back"
        case .orgDeletionScheduled, .orgDeletionReminder:
            guard let id = entry.about.uuid(of: .org), let org = try await facts.org(Org.ID(uuid: id)) else { return nil }
            return org.state == .active || org.state == .frozen ? "the deletion was taken back" : nil
        case .orgFrozen:
            guard let id = entry.about.uuid(of: .org), let org = try await facts.org(Org.ID(uuid: id)) else { return nil }
            return org.state == .active ? "the org works again" : nil
        case .cardExpiring:
            guard let id = entry.about.uuid(of: .org), let method = try await facts.defaultMethod(of: Org.ID(uuid: id)) else { return nil }
            let told = try CardExpiringContext.decode(entry.mail.context)
            return method.last4 == told.last4 && method.lastInstant == told.endsOn ? nil : "another method is charged"
        case .operatorInvited:
            let told = try OperatorInvitedContext.decode(entry.mail.context)
            guard told.link.kind == OperatorInvited.linkKind else { return nil }
            return try await facts.staff.isOpen(link: told.link.id) ? nil : "the link in it works no more"
        case .approvalRequested:
            let told = try ApprovalRequestedContext.decode(entry.mail.context)
            guard told.path.first == "approvals", let id = told.path.last, !entry.isSample else { return nil }
            return try await facts.staff.isOpen(approval: id) ? nil : "it was decided, or its time is over"
        // What these tell has happened, and stays true; each template says so here or has a case of its own.
        case .emailVerification, .emailChangeConfirm, .finalBackupExpiring, .unverifiedRemovalWarning, .welcome, .passwordReset,
            .passwordChanged, .emailChanged, .passkeyEnrolled, .passkeyRemoved, .passkeyCounterWarning, .recoveryCodesChanged,
            .recoveryCodeUsed, .mfaReset, .apiKeyCreated, .subscriptionStarted,
            .provisioningFailed, .paymentReceipt, .graphDeprovisioned, .subscriptionEndedNow,
            .subscriptionReactivated, .keepFailed, .subscriptionKept, .graphReady, .graphUndeleted, .graphCreateFailed, .sessionsEnded,
            .newSignIn,
            .registrationAttempted, .signInAttempts, .emailChangeReverted, .apiKeyExpiring, .apiKeyNewNetwork, .memberJoined,
            .memberRemoved, .memberLeft, .memberAdded, .roleChanged, .orgDeletionCanceled, .orgDeleted, .orgThawed, .limitWarning,
            .accountDeletionScheduled, .accountDeletionCanceled, .accountDeleted, .accountDeactivated, .accountReactivated,
            .dataExportReady, .ownershipTransferRequested, .ownershipTransferByOperator, .ownershipTransferred, .ownershipTransferEnded,
            .supportAccessGranted, .supportAccessEnded, .billingContactChanged, .invoiceCorrected, .paymentRecovered, .paymentEnded,
            .planChanged, .refundIssued, .accountCreditIssued, .accountCreditExpiring, .creditsLow, .creditsExhausted,
            .capacityWarning, .backupFailed, .backupMissing, .restoreFinished, .disputeOpened, .paymentMethodChanged, .planChangeFailed,
            .graphAccessChanged, .graphCredentialCreated, .subscriptionEnded, .repositoryAccessChanged,
            .webhookEndpointFailing, .webhookEndpointDisabled, .hostRecovery, .graphMoved, .operatorAlert, .monthlyReport,
            .auditSinkFailing, .auditSinkPaused, .auditExportReady, .operatorNewSignIn, .approvalDecided:
            return nil
        // The program that has it knows what it tells of, and has reasons of its own.
        case .own: return nil
        }
    }

    private func graph(_ entry: OutboxEntry) async throws -> Graph? {
        guard let reference = entry.about.all.first(where: { $0.kind == .graph }), case .text(let text) = reference.key,
            let id = GraphID(text)
        else { return nil }
        return try await facts.graph(id)
    }

    private func subscription(_ entry: OutboxEntry) async throws -> Subscription? {
        guard let id = entry.about.uuid(of: .subscription), let org = entry.about.uuid(of: .org) else { return nil }
        return try await facts.subscription(Subscription.ID(uuid: id), of: Org.ID(uuid: org))?.subscription
    }
}
