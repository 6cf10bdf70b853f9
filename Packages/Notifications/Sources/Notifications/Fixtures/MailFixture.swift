internal import Billing
internal import Core
internal import Graphs

private let day = Instant(secondsSinceEpoch: 1_769_853_900)
private let price = Money(minorUnits: 4_900, currency: .usd)
private let org = "org_01J0000000000000000000000A"
private let graph = "kg0123456789abcdef0123"

/// Contexts to try templates with: made up, and the same on every machine (NOT-022).
public enum MailFixture: String, Sendable, Hashable, Codable, CaseIterable {
    /// Everything that people type is one letter.
    case shortest
    /// As mails mostly are.
    case usual
    /// Everything that people type is as long as it may be, and lists have more rows than are shown.
    case longest
    /// Names that are written from right to left.
    case rightToLeft = "right-to-left"
    /// Names that try to be markup, header fields and addresses.
    case hostile

    /// What people typed, where a mail shows what somebody typed; `nil` for what is usual there.
    public var name: String? {
        switch self {
        case .shortest: "A"
        case .usual: nil
        case .longest: String(repeating: "Grosse Beispielgesellschaft ", count: 4)
        case .rightToLeft: "\u{5DE}\u{5E2}\u{5D1}\u{5D3}\u{5D4} \u{5D0}\u{5D7}\u{5EA}"
        case .hostile: "<b>Eve</b>\r\nBcc: eve@example.com \"'&\u{202E}"
        }
    }

    var rows: Int { self == .longest ? 10_000 : 1 }

    /// A context of a mail of the catalogue; nobody but the program itself can make up one of a program's own, and asking for it ends the process.
    public func context(of template: MailTemplate) -> any MailContext {
        if case .own(let template) = template { preconditionFailure("\(template.name) is no mail of the catalogue") }
        return fixture(template, name: name, rows: rows)
    }

    /// A mail of the catalogue to nobody.
    ///
    /// - Throws: when the context cannot be stored.
    public func mail(_ template: MailTemplate, locale: String = "en", recipient: MailAddress) throws -> Mail {
        Mail(
            id: Mail.ID(high: 1, low: 2), decision: "fixture/\(rawValue)", template: template, recipient: recipient,
            reason: "you own \(name ?? "Acme Ltd")", locale: locale,
            context: try JSON.decode(JSONValue.self, from: JSON.encode(context(of: template))), status: .queued, attempts: 0, queuedAt: day)
    }
}

private func fixture(_ template: MailTemplate, name: String?, rows: Int) -> any MailContext {
    let (company, database, person) = (name ?? "Acme Ltd", name ?? "sales", name ?? "Ada Lovelace")
    return switch template {
    case .emailVerification:
        EmailVerificationContext(
            name: person, link: MailSecretLink(kind: "email_verification", id: "ltk_1"),
            disownLink: MailSecretLink(kind: "disown", id: "ltk_2"), validUntil: day)
    case .unverifiedRemovalWarning:
        UnverifiedRemovalWarningContext(name: person, removedAt: day, disownLink: MailSecretLink(kind: "disown", id: "ltk_6"))
    case .emailChangeConfirm:
        EmailChangeConfirmContext(name: person, link: MailSecretLink(kind: "email_verification", id: "ltk_7"), validUntil: day)
    case .invitationReminder:
        InvitationReminderContext(
            inviter: person, org: company, role: "admin", link: MailSecretLink(kind: "org_invitation", id: "inv_1"), validUntil: day)
    case .finalBackupExpiring: FinalBackupExpiringContext(org: company, orgID: org, graph: database, endsAt: day)
    case .welcome: WelcomeContext(name: person, org: company, orgID: org)
    case .passwordReset:
        PasswordResetContext(name: person, link: MailSecretLink(kind: "password_reset", id: "ltk_3"), validUntil: day)
    case .passwordChanged:
        PasswordChangedContext(
            name: person, changedAt: day, client: "Firefox", endedSessions: 3,
            liveKeys: [PasswordChangedContext.Key](repeating: .init(name: "nightly import", prefix: "rfs01234"), count: rows))
    case .emailChanged:
        EmailChangedContext(
            name: person, newAddress: "a…@example.com", changedAt: day, revertLink: MailSecretLink(kind: "email_revert", id: "ltk_4"),
            revertUntil: day + .hours(72))
    case .passkeyEnrolled: PasskeyEnrolledContext(name: person, passkey: name ?? "Laptop", enrolledAt: day)
    case .passkeyRemoved: PasskeyRemovedContext(name: person, passkey: name ?? "Laptop", left: 1, removedAt: day)
    case .passkeyCounterWarning: PasskeyCounterWarningContext(name: person, passkey: name ?? "Laptop", usedAt: day)
    case .recoveryCodesChanged: RecoveryCodesChangedContext(name: person, changedAt: day, isReplacement: true)
    case .recoveryCodeUsed: RecoveryCodeUsedContext(name: person, left: 2, isLow: true, usedAt: day)
    case .mfaReset:
        MFAResetContext(name: person, at: day, stopLink: MailSecretLink(kind: "mfa_reset_stop", id: "mfr_1"))
    case .apiKeyCreated: APIKeyCreatedContext(name: person, key: "nightly import", prefix: "rfs01234")
    case .orgInvitation:
        OrgInvitationContext(
            inviter: person, org: company, role: "admin", link: MailSecretLink(kind: "org_invitation", id: "inv_1"), validUntil: day)
    case .subscriptionStarted:
        SubscriptionStartedContext(
            org: company, orgID: org, plan: "Graph Standard", resource: database, amount: price, interval: "month", renewsAt: day)
    case .provisioningFailed:
        ProvisioningFailedContext(
            org: company, orgID: org, resource: database, cause: "no host had room for it", isRefunded: true, amount: price)
    case .paymentReceipt:
        PaymentReceiptContext(
            org: company, orgID: org, number: "TRE-0001", amount: price, paidAt: day, plan: "Graph Standard", periodStart: day,
            periodEnd: day + .days(31), hostedURL: "https://invoice.stripe.com/i/acct_1/test_1")
    case .paymentFailed:
        PaymentFailedContext(
            org: company, orgID: org, plan: "Graph Standard", amount: price, nextAttempt: day, deadline: day + .days(14))
    case .renewalReminder: RenewalReminderContext(org: company, orgID: org, plan: "Graph Standard", amount: price, renewsAt: day)
    case .graphSuspended:
        GraphSuspendedContext(org: company, orgID: org, graph: database, graphID: graph, destroyedAt: day, canComeBack: true)
    case .deletionWarning:
        DeletionWarningContext(org: company, orgID: org, graph: database, graphID: graph, destroyedAt: day, canComeBack: false)
    case .graphDeprovisioned:
        GraphDeprovisionedContext(org: company, orgID: org, graph: database, destroyedAt: day, backupUntil: day + .days(90), isLost: false)
    case .graphDeleteRequested:
        GraphDeleteRequestedContext(
            org: company, orgID: org, graph: database, graphID: graph, askedBy: person, endsAt: day, destroyedAt: day + .days(7),
            backupUntil: day + .days(97), canUndo: true)
    case .subscriptionCanceled:
        SubscriptionCanceledContext(org: company, orgID: org, plan: "Graph Standard", resource: database, endsAt: day)
    case .subscriptionEndedNow:
        SubscriptionEndedNowContext(org: company, orgID: org, plan: "Graph Standard", resource: database, endedAt: day, credit: price)
    case .subscriptionReactivated: SubscriptionReactivatedContext(org: company, orgID: org, plan: "Graph Standard", renewsAt: day)
    case .idleCancel:
        IdleCancelContext(
            org: company, resource: database, person: nil, periods: "months", endsAt: day,
            retention: .init(dataUntil: day + .days(7), backupUntil: day + .days(97)), keepLink: MailSecretLink(kind: "keep", id: "idle_1"))
    case .keepFailed: KeepFailedContext(org: company, orgID: org, resource: database, accessUntil: day)
    case .subscriptionKept:
        SubscriptionKeptContext(org: company, orgID: org, resource: database, how: "somebody used it", renewsAt: day)
    case .graphReady: GraphReadyContext(org: company, orgID: org, graph: database, graphID: graph)
    case .graphCreateFailed: GraphCreateFailedContext(org: company, graph: database, cause: "no host had room for it")
    case .sessionsEnded: SessionsEndedContext(name: person, endedAt: day, wasReuse: true)
    case .newSignIn: NewSignInContext(name: person, signedInAt: day, client: "Firefox on Linux", network: "203.0.113.0/24")
    case .registrationAttempted: RegistrationAttemptedContext(name: person, attemptedAt: day)
    case .signInAttempts: SignInAttemptsContext(name: person, failures: 50, noticedAt: day)
    case .emailChangeReverted: EmailChangeRevertedContext(name: person, address: "a…@example.com", revertedAt: day)
    case .apiKeyExpiring: APIKeyExpiringContext(name: person, key: "nightly import", prefix: "rfs01234", expiresAt: day, lastUsedAt: nil)
    case .apiKeyNewNetwork:
        APIKeyNewNetworkContext(name: person, key: "nightly import", prefix: "rfs01234", network: "203.0.113.0/24", usedAt: day)
    case .memberJoined: MemberJoinedContext(person: person, org: company, role: "member", orgID: org)
    case .memberRemoved: MemberRemovedContext(name: person, org: company, removedAt: day)
    case .memberLeft: MemberLeftContext(person: person, org: company, orgID: org)
    case .memberAdded: MemberAddedContext(name: person, org: company, role: "member", isImport: true, orgID: org)
    case .roleChanged: RoleChangedContext(person: person, org: company, role: "admin", oldRole: "member", isOwn: true, orgID: org)
    case .orgDeletionScheduled: OrgDeletionScheduledContext(org: company, erasedAt: day, orgID: org)
    case .orgDeletionReminder: OrgDeletionReminderContext(org: company, days: 7, erasedAt: day, orgID: org)
    case .orgDeletionCanceled: OrgDeletionCanceledContext(org: company, orgID: org)
    case .orgDeleted: OrgDeletedContext(org: name ?? org)
    case .orgFrozen: OrgFrozenContext(org: company, cause: "payment dispute")
    case .orgThawed: OrgThawedContext(org: company, orgID: org)
    case .limitWarning: LimitWarningContext(org: company, limit: "graphs", used: 9, maximum: 10, orgID: org)
    case .accountDeletionScheduled, .accountDeletionCanceled, .accountDeleted, .accountDeactivated, .accountReactivated, .dataExportReady:
        accountFixture(template, person: person, company: company, rows: rows)
    case .ownershipTransferRequested, .ownershipTransferByOperator, .ownershipTransferred, .ownershipTransferEnded:
        transferFixture(template, person: person, company: company)
    case .auditSinkFailing, .auditSinkPaused, .auditExportReady: auditFixture(template, company: company)
    case .operatorInvited, .operatorNewSignIn, .approvalRequested, .approvalDecided: operatorFixture(template, person: person)
    case .monthlyReport:
        MonthlyReportContext(
            month: "2026-01", orgs: 12, graphs: 31, storage: "412.5 GiB", creditsGranted: "96000.00", creditsUsed: "51234.50",
            changes: Array(
                repeating: MonthlyReportContext.Change(org: company, used: "9200.00", usedBefore: "1150.25"), count: rows))
    case .supportAccessGranted: SupportAccessGrantedContext(org: company, until: day, actor: "Ada", orgID: org)
    case .supportAccessEnded: SupportAccessEndedContext(org: company, actor: "Ada", orgID: org)
    case .billingContactChanged:
        BillingContactChangedContext(org: company, oldAddress: nil, newAddress: "b…@example.com", actor: "Ada", orgID: org)
    default: moneyFixture(template, company: company, database: database)
    }
}

private func moneyFixture(_ template: MailTemplate, company: String, database: String) -> any MailContext {
    switch template {
    case .invoiceDueSoon: InvoiceDueSoonContext(org: company, orgID: org, number: "TRE-0002", amount: price, dueAt: day)
    case .invoiceOverdue: InvoiceOverdueContext(org: company, orgID: org, number: "TRE-0002", amount: price, dueAt: day, days: 7)
    case .invoiceCorrected: InvoiceCorrectedContext(org: company, orgID: org, number: "TRE-0002", amount: price, isVoid: true)
    case .paymentRecovered: PaymentRecoveredContext(org: company, orgID: org, plan: "Graph Standard", renewsAt: day)
    case .paymentAccessLimited:
        PaymentAccessLimitedContext(org: company, orgID: org, resource: database, amount: price, deadline: day)
    case .paymentFinalNotice: PaymentFinalNoticeContext(org: company, orgID: org, resource: database, amount: price, deadline: day)
    case .paymentEnded: PaymentEndedContext(org: company, orgID: org, resource: database, endedAt: day)
    case .planChanged:
        PlanChangedContext(
            org: company, orgID: org, resource: database, plan: "Graph Large", oldPlan: "Graph Standard", amount: price, interval: "month")
    case .refundIssued: RefundIssuedContext(org: company, orgID: org, amount: price, hasFailed: false)
    case .accountCreditIssued: AccountCreditIssuedContext(org: company, orgID: org, amount: price, balance: price, expiresAt: day)
    case .accountCreditExpiring: AccountCreditExpiringContext(org: company, orgID: org, amount: price, expiresAt: day)
    case .creditsLow: CreditsLowContext(org: company, orgID: org, resource: database, percent: 20, refillAt: day)
    case .creditsExhausted: CreditsExhaustedContext(org: company, orgID: org, resource: database, refillAt: day)
    case .paymentMethodChanged:
        PaymentMethodChangedContext(
            org: company, orgID: org, change: .madeDefault, method: "Visa ending 4242", actor: "Ada Lovelace", changedAt: day)
    case .planChangeFailed:
        PlanChangeFailedContext(
            org: company, orgID: org, resource: database, plan: "Graph Standard", wishedPlan: "Graph Large", isForPayment: true)
    case .paymentActionRequired:
        PaymentActionRequiredContext(
            org: company, orgID: org, plan: "Graph Standard", amount: price, deadline: day, hostedURL: "https://invoice.stripe.com/i/1")
    case .graphAccessChanged:
        GraphAccessChangedContext(
            org: company, orgID: org, graph: database, graphID: graph, oldRole: "viewer", newRole: "admin", actor: "Ada Lovelace")
    case .graphCredentialCreated:
        GraphCredentialCreatedContext(
            org: company, orgID: org, graph: database, graphID: graph,
            login: .init(label: "reports", isReadOnly: true, isRotation: false, createdAt: day, expiresAt: day), actor: "Ada Lovelace")
    case .cardExpiring:
        CardExpiringContext(org: company, orgID: org, plan: "Graph Standard", brand: "Visa", last4: "4242", endsOn: day, renewsAt: day)
    case .renewalReminderMonthly:
        MonthlyRenewalReminderContext(org: company, orgID: org, plan: "Graph Standard", amount: price, renewsAt: day)
    case .trialEnding:
        TrialEndingContext(
            org: company, orgID: org, plan: "Graph Standard", amount: price, interval: "month", endsAt: day, hasMethod: false)
    case .subscriptionEnded: SubscriptionEndedContext(org: company, orgID: org, plan: "Priority support", endedAt: day)
    case .repositoryAccessChanged:
        RepositoryAccessChangedContext(org: company, orgID: org, repository: database, change: .suspended, cause: .payment, until: nil)
    case .graphUndeleted: GraphUndeletedContext(org: company, orgID: org, graph: database, graphID: graph)
    case .disputeOpened: DisputeOpenedContext(org: company, orgID: org, number: "TRE-0002", amount: price)
    case .webhookEndpointFailing:
        WebhookEndpointFailingContext(org: company, orgID: org, host: "hooks.example.com", since: day, answer: "the status 500")
    case .webhookEndpointDisabled:
        WebhookEndpointDisabledContext(org: company, orgID: org, host: "hooks.example.com", cause: "it answered 410: it is gone")
    case .capacityWarning:
        CapacityWarningContext(
            org: company, orgID: org, graph: database, graphID: graph, percent: 100, used: "10.4 GiB", limit: "10 GiB", isFull: true)
    case .backupFailed:
        BackupFailedContext(org: company, orgID: org, graph: database, graphID: graph, isNightly: true, nights: 2)
    case .backupMissing: BackupMissingContext(org: company, orgID: org, graph: database, graphID: graph)
    case .operatorAlert:
        OperatorAlertContext(
            OperatorAlert(
                OperatorCondition(
                    "dead_letters", severity: .critical, title: "Jobs were given up",
                    detail: "3 dead letters wait to be taken up or laid aside."),
                at: day), isOver: false)
    case .hostRecovery:
        HostRecoveryContext(
            org: company, orgID: org, graph: database, graphID: graph, backup: "bak_1", dataAsOf: day, hasEndedLogins: true)
    case .graphMoved:
        GraphMovedContext(
            org: company, orgID: org, graph: database, graphID: graph, address: "graphs-2.example.com:5432", hasEndedLogins: true)
    case .restoreFinished:
        RestoreFinishedContext(
            org: company, orgID: org, graph: database, graphID: graph, backup: "bak_1", safetyCopy: "bak_2", hasFailed: false)
    default: InvoiceIssuedContext(org: company, orgID: org, number: "TRE-0002", amount: price, dueAt: day)
    }
}

private func operatorFixture(_ template: MailTemplate, person: String) -> any MailContext {
    let (command, route) = ("grant credit", "POST /v1/admin/billing/credits")
    let path = ["approvals", "apr_01J0000000000000000000000A"]
    return switch template {
    case .operatorInvited:
        OperatorInvitedContext(
            name: person, role: "support", inviter: "Grace Hopper", link: MailSecretLink(kind: OperatorInvited.linkKind, id: "opl_1"),
            validUntil: day)
    case .operatorNewSignIn: OperatorNewSignInContext(name: person, at: day, client: "Firefox", network: "203.0.113.0/24")
    case .approvalDecided:
        ApprovalDecidedContext(
            decider: person, command: command, route: route, isGiven: true, why: "checked with the customer", until: day, dueAt: nil,
            path: path)
    default:
        ApprovalRequestedContext(
            asker: person, command: command, route: route, cause: "More than 500.00 is given away by two.",
            why: "a week without the service, ticket 4711", until: day, path: path)
    }
}

private func auditFixture(_ template: MailTemplate, company: String) -> any MailContext {
    switch template {
    case .auditSinkPaused:
        AuditSinkPausedContext(org: company, orgID: org, host: "siem.example.com", pausedAt: day, failedSince: day + .days(-7))
    case .auditExportReady:
        AuditExportReadyContext(org: company, orgID: org, exportID: "aexp_1", format: "JSON Lines", entries: 48_211, expiresAt: day)
    default:
        AuditSinkFailingContext(
            org: company, orgID: org, host: "siem.example.com", since: day, answer: "status 503", pausesAt: day + .days(7))
    }
}

private func accountFixture(_ template: MailTemplate, person: String, company: String, rows: Int) -> any MailContext {
    switch template {
    case .accountDeletionCanceled: AccountDeletionCanceledContext(name: person, canceledAt: day)
    case .accountDeleted: AccountDeletedContext(name: person, deletedAt: day)
    case .accountDeactivated: AccountDeactivatedContext(name: person, deactivatedAt: day, cause: .decision)
    case .accountReactivated: AccountReactivatedContext(name: person, reactivatedAt: day)
    case .dataExportReady:
        DataExportReadyContext(name: person, org: company, orgID: org, exportID: "orgexp_1", bytes: 1_290_000, expiresAt: day)
    default:
        AccountDeletionScheduledContext(
            name: person, purgeAt: day, link: MailSecretLink(kind: "deletion_cancel", id: "ltk_5"),
            endingOrgs: [String](repeating: company, count: rows))
    }
}

private func transferFixture(_ template: MailTemplate, person: String, company: String) -> any MailContext {
    switch template {
    case .ownershipTransferByOperator:
        OwnershipTransferByOperatorContext(
            org: company, owner: "Bob", successor: person, keptRole: "admin", acceptableAt: day, expiresAt: day + .days(7), orgID: org,
            transferID: "orgxfr_1")
    case .ownershipTransferred:
        OwnershipTransferredContext(org: company, owner: "Bob", successor: person, keptRole: "admin", orgID: org)
    case .ownershipTransferEnded:
        OwnershipTransferEndedContext(org: company, owner: "Bob", successor: person, end: .declined, orgID: org)
    default:
        OwnershipTransferRequestedContext(
            name: person, org: company, owner: "Bob", keptRole: "admin", expiresAt: day, orgID: org, transferID: "orgxfr_1")
    }
}
