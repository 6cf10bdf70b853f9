internal import Billing
public import Core
public import Graphs
internal import Jobs
public import JobsPostgres
public import Notifications
public import Observability
internal import Orgs

/// Everything this package does in a worker: it hears the events of the domains below, and writes and sends mails.
public struct NotificationHandlers<Store: NotificationStore>: Sendable {
    private let store: Store
    private let outbox: MailOutbox
    private let facts: any MailFacts
    private let renderer: any MailRendering
    private let sender: any EmailSender
    private let graphs: GraphCatalogue
    private let unsubscribing: (any UnsubscribeLinks)?
    private let conditions: (any OperatorConditions)?
    private let metrics: Metrics
    private let dateSource: any DateSource
    private let log: Log
    private let jitter: @Sendable () -> Double

    /// Makes the handlers.
    ///
    /// - Parameter facts: what the mails need to know of people, orgs, subscriptions and graphs.
    /// - Parameter graphs: says how long graphs and their backups are kept.
    /// - Parameter unsubscribing: makes the links by which a mail is turned off.
    /// - Parameter conditions: knows what those who run the product have to look at (NOT-170).
    /// - Parameter jitter: gives a random fraction from 0 to 1 for the waits between attempts.
    public init(
        store: Store, outbox: MailOutbox, facts: any MailFacts, renderer: any MailRendering, sender: any EmailSender,
        graphs: GraphCatalogue, unsubscribing: (any UnsubscribeLinks)? = nil, conditions: (any OperatorConditions)? = nil,
        metrics: Metrics = Metrics(), dateSource: any DateSource, log: Log,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.store = store
        self.outbox = outbox
        self.facts = facts
        self.renderer = renderer
        self.sender = sender
        self.graphs = graphs
        self.unsubscribing = unsubscribing
        self.conditions = conditions
        self.metrics = metrics
        self.dateSource = dateSource
        self.log = log
        self.jitter = jitter
    }

    /// Adds all of them to a worker's registry.
    public func register(on registry: inout JobRegistry) {
        registry.register(
            SendMailHandler(
                store: store, renderer: renderer, sender: sender, reasons: FactualMailReasons(facts: facts),
                unsubscribing: unsubscribing, jitter: jitter, log: log))
        registry.register(VerifiedAddressRelease(store: store))
        registry.register(UndeliverableNotices(store: store, facts: facts))
        registry.register(LowRecoveryCodeNotices(store: store))
        registry.register(RenewedRecoveryCodeNotices(store: store))
        registry.register(FailingEndpointNotices(store: store, facts: facts))
        registry.register(DisabledEndpointNotices(store: store, facts: facts))
        registerNotices(on: &registry)
        registry.register(TakeMailFeedback.Handler(store: store))
        registry.register(EraseMails(store: store))
        registry.register(EraseNotices(store: store))
        registry.register(ClearNoticesHandler(store: store))
        registry.register(CleanWebhooksHandler(store: store))
        registry.register(OrderErasureOfWebhooks(store: store))
        registry.register(EraseWebhooksHandler(store: store))
        if let daily = CronExpression("0 4 * * *") {
            registry.add(Schedule("notifications.clear_notices", daily, missed: .once, job: ClearNotices()))
            registry.add(Schedule("notifications.clean_webhooks", daily, missed: .once, job: CleanWebhooks()))
        }
        registry.register(WatchMailsHandler(store: store, metrics: metrics, log: log))
        if let schedule = WatchMails.schedule { registry.add(schedule) }
        if let conditions {
            registry.register(
                WatchConditionsHandler(
                    store: store, conditions: conditions, operators: facts.operators, outbox: outbox, metrics: metrics, log: log))
            if let schedule = WatchConditions.schedule { registry.add(schedule) }
        }
        registry.register(CatchLostMessagesHandler(store: store, meters: NetMeters(metrics: metrics, log: log)))
        for schedule in MessageNet.allCases.compactMap(\.schedule) { registry.add(schedule) }
        register(DeletionWarnings.self, on: &registry)
        register(PutOffWarnings.self, on: &registry)
        register(BackupEndWarnings.self, on: &registry)
        register(GraphDeletionReminders.self, on: &registry)
        register(InvitationReminders.self, on: &registry)
        register(FirstRenewalReminders.self, on: &registry)
        register(NextRenewalReminders.self, on: &registry)
        register(AnnouncedRenewalReminders.self, on: &registry)
        register(WarnOfDeletion.self, on: &registry)
        register(WarnOfBackupEnd.self, on: &registry)
        register(RemindOfGraphDeletion.self, on: &registry)
        register(RemindOfInvitation.self, on: &registry)
        register(RemindOfRenewal.self, on: &registry)

        register(EmailVerificationRule(), on: &registry)
        register(UnverifiedRemovalWarningRule(), on: &registry)
        register(WelcomeRule(facts: facts), on: &registry)
        register(PasswordResetRule(), on: &registry)
        register(PasswordChangedRule(), on: &registry)
        register(EmailChangedRule(), on: &registry)
        register(APIKeyCreatedRule(), on: &registry)
        register(PasskeyEnrolledRule(), on: &registry)
        register(PasskeyRemovedRule(), on: &registry)
        register(SecondFactorResetScheduledRule(), on: &registry)
        register(SecondFactorResetCompletedRule(), on: &registry)
        register(PasskeyCounterWarningRule(), on: &registry)
        register(RecoveryCodesChangedRule(), on: &registry)
        register(RecoveryCodeUsedRule(), on: &registry)
        register(SessionsEndedRule(), on: &registry)
        register(NewSignInRule(), on: &registry)
        register(RegistrationAttemptedRule(), on: &registry)
        register(EmailChangeRevertedRule(), on: &registry)
        register(APIKeyExpiringRule(), on: &registry)
        register(APIKeyNewNetworkRule(), on: &registry)
        register(SignInAttemptsRule(), on: &registry)
        register(AccountDeletionScheduledRule(facts: facts), on: &registry)
        register(AccountStatusChangedRule(), on: &registry)
        register(PersonalExportReadyRule(), on: &registry)

        register(MemberAddedRule(facts: facts), on: &registry)
        register(MemberEndedRule(facts: facts, dateSource: dateSource), on: &registry)
        register(RoleChangedRule(facts: facts), on: &registry)
        register(OrgInvitationRule(), on: &registry)
        register(MemberJoinedRule(facts: facts), on: &registry)
        register(OrgDeletionScheduledRule(facts: facts), on: &registry)
        register(OrgDeletionReminderRule(facts: facts), on: &registry)
        register(OrgDeletionCanceledRule(facts: facts), on: &registry)
        register(OrgDeletedRule(facts: facts), on: &registry)
        register(OrgFrozenRule(facts: facts), on: &registry)
        register(OrgThawedRule(facts: facts), on: &registry)
        register(LimitWarningRule(facts: facts), on: &registry)
        register(OrgExportReadyRule(facts: facts), on: &registry)
        register(OwnershipTransferRequestedRule(facts: facts), on: &registry)
        register(OwnershipTransferredRule(facts: facts), on: &registry)
        register(OwnershipTransferEndedRule(facts: facts), on: &registry)
        register(SupportAccessRule(facts: facts), on: &registry)
        register(BillingContactChangedRule(facts: facts), on: &registry)

        register(RepositoryAccessChangedRule(facts: facts), on: &registry)
        register(MonthlyReportRule(facts: facts), on: &registry)
        register(AuditSinkFailingRule(facts: facts), on: &registry)
        register(AuditSinkPausedRule(facts: facts), on: &registry)
        register(AuditExportReadyRule(facts: facts), on: &registry)
        register(MailSampleRule(facts: facts), on: &registry)
        register(OperatorInvitedRule(facts: facts), on: &registry)
        register(OperatorNewSignInRule(facts: facts), on: &registry)
        register(ApprovalRequestedRule(facts: facts), on: &registry)
        register(ApprovalDecidedRule(facts: facts), on: &registry)
        register(SecondFactorResetRequestedRule(facts: facts), on: &registry)
        register(SecondFactorResetApprovedRule(facts: facts), on: &registry)
        for rule in BillingMailRules.all(facts: facts, dateSource: dateSource) { register(rule, on: &registry) }

        register(GraphReadyRule(facts: facts), on: &registry)
        register(GraphUndeletedRule(facts: facts), on: &registry)
        register(GraphCreateFailedRule(facts: facts), on: &registry)
        register(GraphDeleteRequestedRule(facts: facts, catalogue: graphs), on: &registry)
        register(GraphSuspendedRule(facts: facts), on: &registry)
        register(PutOffPurgeRule(facts: facts), on: &registry)
        register(GraphAccessChangedRule(facts: facts), on: &registry)
        register(GraphCredentialCreatedRule(facts: facts), on: &registry)
        register(GraphDeprovisionedRule(facts: facts, dateSource: dateSource), on: &registry)
        register(WebhookEndpointFailingRule(facts: facts), on: &registry)
        register(WebhookEndpointDisabledRule(facts: facts), on: &registry)
        register(CapacityWarningRule(facts: facts), on: &registry)
        register(BackupFailedRule(facts: facts), on: &registry)
        register(BackupMissingRule(facts: facts), on: &registry)
        register(BackupRestoredRule(facts: facts), on: &registry)
        register(BackupRestoreFailedRule(facts: facts), on: &registry)
        register(GraphRecoveredRule(facts: facts), on: &registry)
        register(GraphMovedRule(facts: facts), on: &registry)
    }

    /// What people are shown in the product (NOT-177).
    private func registerNotices(on registry: inout JobRegistry) {
        show(PaymentFailed.self, on: &registry)
        show(PaymentActionRequired.self, on: &registry)
        show(InvoicePaid.self, on: &registry)
        show(DunningStageReached.self, on: &registry)
        show(SubscriptionStandingChanged.self, on: &registry)
        show(SubscriptionEnded.self, on: &registry)
        show(GraphDeletionRequested.self, on: &registry)
        show(SubscriptionResumed.self, on: &registry)
        show(GraphSuspended.self, on: &registry)
        show(GraphResumed.self, on: &registry)
        show(GraphDeprovisioned.self, on: &registry)
        show(StorageThresholdReached.self, on: &registry)
        show(CreditsRunLow.self, on: &registry)
        show(OrgDeletionScheduled.self, on: &registry)
        show(OrgRestored.self, on: &registry)
        show(OrgPurged.self, on: &registry)
        show(OwnershipTransferRequested.self, on: &registry)
        show(OwnershipTransferred.self, on: &registry)
        show(OwnershipTransferEnded.self, on: &registry)
        show(OrgLimitNearlyReached.self, on: &registry)
        show(InvitationClosed.self, on: &registry)
        show(OrgSupportAccessChanged.self, on: &registry)
    }

    private func show<Event: NoticeCause>(_: Event.Type, on registry: inout JobRegistry) {
        registry.register(NoticeCauseHandler<Event, Store>(store: store, facts: facts))
    }

    private func register<Schedule: DatedMailSchedule>(_: Schedule.Type, on registry: inout JobRegistry) {
        registry.register(DatedMailScheduler<Schedule, Store>(store: store))
    }

    private func register<Dated: DatedMail>(_: Dated.Type, on registry: inout JobRegistry) {
        registry.register(DatedMailHandler<Dated, Store>(store: store, outbox: outbox, facts: facts))
    }

    private func register<Rule: MailRule>(_ rule: Rule, on registry: inout JobRegistry) {
        registry.register(MailRuleHandler(rule, store: store, outbox: outbox, log: log))
    }
}
