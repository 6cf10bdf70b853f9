public import Core
public import Graphs
internal import Jobs
public import JobsPostgres
public import Notifications
public import Observability

/// Everything this package does in a worker: it hears the events of the domains below, and writes and sends mails.
public struct NotificationHandlers<Store: NotificationStore>: Sendable {
    private let store: Store
    private let outbox: MailOutbox
    private let facts: any MailFacts
    private let renderer: any MailRendering
    private let sender: any EmailSender
    private let graphs: GraphCatalogue
    private let dateSource: any DateSource
    private let log: Log
    private let jitter: @Sendable () -> Double

    /// Makes the handlers.
    ///
    /// - Parameter facts: what the mails need to know of people, orgs, subscriptions and graphs.
    /// - Parameter graphs: says how long graphs and their backups are kept.
    /// - Parameter jitter: gives a random fraction from 0 to 1 for the waits between attempts.
    public init(
        store: Store, outbox: MailOutbox, facts: any MailFacts, renderer: any MailRendering, sender: any EmailSender,
        graphs: GraphCatalogue,
        dateSource: any DateSource, log: Log, jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.store = store
        self.outbox = outbox
        self.facts = facts
        self.renderer = renderer
        self.sender = sender
        self.graphs = graphs
        self.dateSource = dateSource
        self.log = log
        self.jitter = jitter
    }

    /// Adds all of them to a worker's registry.
    public func register(on registry: inout JobRegistry) {
        registry.register(SendMailHandler(store: store, renderer: renderer, sender: sender, jitter: jitter, log: log))
        registry.register(DeletionWarningScheduler(store: store))
        registry.register(EraseMails(store: store))
        registry.register(ClearNoticesHandler(store: store))
        if let daily = CronExpression("0 4 * * *") {
            registry.add(Schedule("notifications.clear_notices", daily, missed: .once, job: ClearNotices()))
        }
        registry.register(WarnOfDeletionHandler(store: store, outbox: outbox, facts: facts))

        register(EmailVerificationRule(), on: &registry)
        register(UnverifiedRemovalWarningRule(), on: &registry)
        register(WelcomeRule(facts: facts), on: &registry)
        register(PasswordResetRule(), on: &registry)
        register(PasswordChangedRule(), on: &registry)
        register(EmailChangedRule(), on: &registry)
        register(APIKeyCreatedRule(), on: &registry)
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

        register(SubscriptionStartedRule(facts: facts), on: &registry)
        register(ProvisioningFailedRule(facts: facts), on: &registry)
        register(SubscriptionCanceledRule(facts: facts), on: &registry)
        register(SubscriptionEndedNowRule(facts: facts), on: &registry)
        register(SubscriptionReactivatedRule(facts: facts), on: &registry)
        register(PaymentReceiptRule(facts: facts), on: &registry)
        register(PaymentFailedRule(facts: facts), on: &registry)
        register(DunningStageRule(facts: facts), on: &registry)
        register(FirstPaymentFailedRule(facts: facts), on: &registry)
        register(RenewalReminderRule(facts: facts), on: &registry)

        register(GraphReadyRule(facts: facts), on: &registry)
        register(GraphCreateFailedRule(facts: facts), on: &registry)
        register(GraphDeleteRequestedRule(facts: facts, catalogue: graphs), on: &registry)
        register(GraphSuspendedRule(facts: facts), on: &registry)
        register(GraphDeprovisionedRule(facts: facts, dateSource: dateSource), on: &registry)
    }

    private func register<Rule: MailRule>(_ rule: Rule, on registry: inout JobRegistry) {
        registry.register(MailRuleHandler(rule, store: store, outbox: outbox, log: log))
    }
}
