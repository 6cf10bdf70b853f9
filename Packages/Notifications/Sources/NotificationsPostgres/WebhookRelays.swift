internal import Billing
internal import Core
internal import Graphs
internal import Identity
internal import Jobs
public import JobsPostgres
public import Notifications
internal import Operations
internal import Orgs

/// What customers' systems hear of: the events of the domains below, in the words of the API (NOT-190).
public struct WebhookRelays<Store: NotificationStore>: Sendable {
    private let store: Store
    private let publisher: WebhookPublisher

    /// Makes the relays.
    public init(store: Store, publisher: WebhookPublisher) {
        self.store = store
        self.publisher = publisher
    }

    /// Adds all of them to a worker's registry.
    public func register(on registry: inout JobRegistry) {
        orgs(&registry)
        subscriptions(&registry)
        money(&registry)
        graphs(&registry)
        keys(&registry)
        work(&registry)
    }

    private func relay<Event: DomainEvent>(
        _: Event.Type, _ registry: inout JobRegistry, _ fact: @escaping @Sendable (Event) -> WebhookFact?
    ) {
        registry.register(WebhookRelay(Event.self, store: store, publisher: publisher, fact: fact))
    }

    private func orgs(_ registry: inout JobRegistry) {
        relay(OrgCreated.self, &registry) { .org(.orgCreated, $0.org) }
        relay(OrgUpdated.self, &registry) { .org(.orgUpdated, $0.org, ["type": .string($0.type.rawValue)]) }
        relay(OrgLimitsChanged.self, &registry) {
            .org(.orgLimitsChanged, $0.org, ["max_graphs": .count($0.maxGraphs), "max_members": .count($0.maxMembers)])
        }
        relay(OrgDeletionScheduled.self, &registry) { .org(.orgDeletionScheduled, $0.org, ["purge_at": .time($0.purgeAt)]) }
        relay(OrgRestored.self, &registry) { .org(.orgDeletionCanceled, $0.org) }
        relay(OrgPurged.self, &registry) { WebhookFact(.orgDeleted, of: $0.org.description, in: $0.org, at: nil) }
        relay(OrgMemberAdded.self, &registry) {
            .member(.memberAdded, $0.user.description, $0.org, ["role": .string($0.role.rawValue)])
        }
        relay(OrgMemberRoleChanged.self, &registry) {
            .member(
                .memberRoleChanged, $0.user.description, $0.org,
                ["role": .string($0.newRole.rawValue), "previous": ["role": .string($0.oldRole.rawValue)]])
        }
        relay(OrgMemberEnded.self, &registry) { .member(.memberRemoved, $0.user.description, $0.org, ["has_left": .bool($0.hasLeft)]) }
        relay(OwnershipTransferred.self, &registry) {
            .org(
                .ownershipTransferred, $0.org,
                ["owner": .string($0.to.description), "previous": ["owner": .string($0.from.description)]])
        }
        relay(InvitationSent.self, &registry) {
            // Sent again it is the same invitation.
            $0.isFirst
                ? .invitation(
                    .invitationCreated, $0.invitation, $0.org, ["role": .string($0.role.rawValue), "expires_at": .time($0.expiresAt)])
                : nil
        }
        relay(InvitationAccepted.self, &registry) {
            .invitation(.invitationAccepted, $0.invitation, $0.org, ["user_id": .string($0.user.description)])
        }
        relay(InvitationClosed.self, &registry) { event in
            let type: WebhookEventType? =
                switch event.reason {
                case .expired: .invitationExpired
                case .revoked: .invitationRevoked
                case .declined: nil
                }
            return type.map { .invitation($0, event.invitation, event.org, [:]) }
        }
    }

    private func subscriptions(_ registry: inout JobRegistry) {
        relay(CheckoutEnded.self, &registry) {
            WebhookFact(
                $0.isComplete ? .checkoutCompleted : .checkoutExpired, of: $0.checkout.description, in: $0.org,
                at: "/v1/billing/subscriptions/\($0.org)/subscription/\($0.subscription)",
                ["subscription_id": .string($0.subscription.description)])
        }
        relay(SubscriptionCreated.self, &registry) { .subscription(.subscriptionCreated, $0.facts) }
        relay(SubscriptionReadyToProvision.self, &registry) { .subscription(.subscriptionProvisioning, $0.facts) }
        relay(SubscriptionActivated.self, &registry) {
            .subscription(.subscriptionActivated, $0.facts, ["period_end": .time($0.periodEnd)])
        }
        relay(SubscriptionRenewed.self, &registry) { .subscription(.subscriptionRenewed, $0.facts, ["period_end": .time($0.period.end)]) }
        relay(SubscriptionPlanChanged.self, &registry) {
            .subscription(.subscriptionUpdated, $0.facts, ["previous": ["plan": .string($0.from.key.description)]])
        }
        relay(SubscriptionStandingChanged.self, &registry) { event in
            let type: WebhookEventType? =
                switch event.to {
                case .pastDue: .subscriptionPastDue
                case .unpaid: .subscriptionUnpaid
                case .active: .subscriptionRecovered
                default: nil
                }
            return type.map {
                .subscription(
                    $0, event.facts,
                    [
                        "status": .string(event.to.rawValue), "deadline": .time(event.deadline),
                        "previous": ["status": .string(event.from.rawValue)],
                    ])
            }
        }
        relay(SubscriptionEnding.self, &registry) {
            .subscription(
                $0.origin == .idle ? .subscriptionIdleCancelScheduled : .subscriptionCancelScheduled, $0.facts,
                ["ends_at": .time($0.endsAt), "origin": .string($0.origin.rawValue)])
        }
        relay(SubscriptionResumed.self, &registry) {
            .subscription($0.endOrigin == .idle ? .subscriptionKept : .subscriptionReactivated, $0.facts)
        }
        relay(SubscriptionEnded.self, &registry) {
            .subscription(
                .subscriptionCanceled, $0.facts,
                ["ended_at": .time($0.endedAt), "origin": .string($0.origin.rawValue), "mode": .string($0.mode.rawValue)])
        }
        relay(SubscriptionProvisioningFailed.self, &registry) {
            .subscription(.subscriptionFailed, $0.facts, ["refunded": .bool($0.isRefunded)])
        }
    }

    private func money(_ registry: inout JobRegistry) {
        relay(InvoiceIssued.self, &registry) { .invoice(.invoiceIssued, $0.facts) }
        relay(InvoiceCorrected.self, &registry) { $0.facts.status == .void ? .invoice(.invoiceVoided, $0.facts) : nil }
        relay(InvoicePaid.self, &registry) {
            .billing(
                .invoicePaid, $0.invoice.description, $0.org,
                ["amount": .money($0.amount), "subscription_id": .id($0.subscription?.description)])
        }
        relay(InvoiceReminderDue.self, &registry) {
            // Once, on the day after it was due; what follows are reminders of the same.
            $0.stage == .overdue1 ? .invoice(.invoiceOverdue, $0.facts) : nil
        }
        relay(PaymentActionRequired.self, &registry) {
            .billing(
                .paymentActionRequired, $0.subscription.description, $0.org,
                ["invoice_id": .string($0.invoice.description), "amount": .money($0.amount)])
        }
        relay(PaymentFailed.self, &registry) {
            .billing(
                .paymentFailed, $0.subscription.description, $0.org,
                [
                    "invoice_id": .id($0.invoice?.description), "amount": $0.amount.map { .money($0) } ?? .null,
                    "next_attempt": .time($0.nextAttempt),
                ])
        }
        relay(RefundProcessed.self, &registry) {
            .billing(.refundSettled, $0.subscription.description, $0.org, ["amount": .money($0.amount)])
        }
        relay(AccountCreditIssued.self, &registry) {
            .billing(
                .creditIssued, $0.credit.description, $0.org,
                ["amount": .money($0.amount), "balance": .money($0.balance), "expires_at": .time($0.expiresAt)])
        }
        relay(CreditsRunLow.self, &registry) {
            .billing(
                $0.percent == 0 ? .creditsExhausted : .creditsLow, $0.pool.description, $0.org,
                ["resource": .string($0.resource.description), "percent": .integer(Int64($0.percent)), "refill_at": .time($0.refillAt)])
        }
    }

    private func graphs(_ registry: inout JobRegistry) {
        relay(GraphProvisioned.self, &registry) { .graph(.graphCreated, $0.facts, ["tier": .string($0.tier.description)]) }
        relay(GraphProvisioningFailed.self, &registry) { .graph(.graphFailed, $0.facts, ["code": .string($0.code)]) }
        relay(GraphUpdated.self, &registry) { .graph(.graphUpdated, $0.facts, ["fields": .array($0.fields.map { .string($0) })]) }
        relay(GraphTierChanged.self, &registry) {
            .graph(
                .graphTierChanged, $0.facts,
                ["tier": .string($0.to.description), "previous": ["tier": .string($0.from.description)]])
        }
        relay(GraphSuspended.self, &registry) { .graph(.graphSuspended, $0.facts, ["purge_at": .time($0.purgeAt)]) }
        relay(GraphResumed.self, &registry) { .graph(.graphResumed, $0.facts) }
        relay(GraphDeletionRequested.self, &registry) { .graph(.graphDeletionScheduled, $0.facts, ["ends_at": .time($0.endsAt)]) }
        relay(GraphTeardownStarted.self, &registry) { .graph(.graphDeleting, $0.facts) }
        relay(GraphDeprovisioned.self, &registry) {
            .graph(.graphDeleted, $0.facts, ["backup_kept_until": .time($0.backupKeptUntil)])
        }
        relay(GraphAccessChanged.self, &registry) { .graphMember($0) }
        relay(StorageThresholdReached.self, &registry) {
            .graph(.storageThreshold, $0.facts, ["percent": .count($0.percent), "bytes": .integer($0.bytes), "limit": .integer($0.cap)])
        }
        relay(RepositoryAccessChanged.self, &registry) {
            WebhookFact(
                .repositoryAccessChanged, of: $0.grant.description, in: $0.org, at: nil,
                [
                    "repository": .string($0.repository.description), "user_id": .string($0.user.description),
                    "change": .string($0.change.rawValue), "until": .time($0.until),
                ])
        }
        relay(BackupCompleted.self, &registry) { .backup(.backupCompleted, $0.backup, $0.facts) }
        relay(BackupFailed.self, &registry) {
            .backup(.backupFailed, $0.backup, $0.facts, ["initiator": .string($0.initiator.rawValue)])
        }
        relay(BackupRestored.self, &registry) {
            .backup(.backupRestored, $0.backup, $0.facts, ["safety_copy": .string($0.safetyCopy.description)])
        }
        relay(GraphRecovered.self, &registry) {
            .backup(.backupRestored, $0.backup, $0.facts, ["data_as_of": .time($0.dataAsOf)])
        }
    }

    /// Keys that act for one org alone; what a person's other keys do is no org's matter.
    private func keys(_ registry: inout JobRegistry) {
        relay(APIKeyCreated.self, &registry) { event in
            event.org.map {
                WebhookFact(
                    .apiKeyCreated, of: event.key.description, in: Org.ID(uuid: $0.uuid), at: nil,
                    ["user_id": .string(event.user.description)])
            }
        }
        relay(APIKeyRevoked.self, &registry) {
            WebhookFact(.apiKeyRevoked, of: $0.key.description, in: Org.ID(uuid: $0.org.uuid), at: nil)
        }
    }

    private func work(_ registry: inout JobRegistry) {
        relay(OperationEnded.self, &registry) {
            WebhookFact(
                $0.status == .completed ? .operationCompleted : .operationFailed, of: $0.operation.description, in: $0.org,
                at: "/v1/operations/\($0.operation)",
                ["operation": .string($0.kind), "status": .string($0.status.rawValue), "code": .id($0.code), "graph": .id($0.graph)])
        }
        relay(NoticePosted.self, &registry) {
            WebhookFact(
                .noticeCreated, of: $0.notice.description, in: $0.org, at: "/v1/user/notices",
                [
                    "kind": .string($0.kind.rawValue), "severity": .string($0.severity.rawValue), "user_id": .string($0.user.description),
                ])
        }
    }
}

extension WebhookFact {
    fileprivate static func org(_ type: WebhookEventType, _ org: Org.ID, _ fields: [String: JSONValue] = [:]) -> WebhookFact {
        WebhookFact(type, of: org.description, in: org, at: "/v1/orgs/\(org)", fields)
    }

    fileprivate static func member(_ type: WebhookEventType, _ user: String, _ org: Org.ID, _ fields: [String: JSONValue]) -> WebhookFact {
        WebhookFact(type, of: user, in: org, at: "/v1/orgs/\(org)/members", fields)
    }

    fileprivate static func graphMember(_ event: GraphAccessChanged) -> WebhookFact {
        WebhookFact(
            .graphMemberChanged, of: event.user.description, in: event.facts.org,
            at: "/v1/graphs/\(event.facts.graph)/members",
            [
                "role": event.newRole.map { .string($0.rawValue) } ?? .null,
                "previous": ["role": event.oldRole.map { .string($0.rawValue) } ?? .null],
            ]
        ).inStory(ofGraph: event.facts.graph.description)
    }

    fileprivate static func backup(
        _ type: WebhookEventType, _ backup: GraphBackup.ID, _ graph: GraphFactsOfEvent, _ fields: [String: JSONValue] = [:]
    ) -> WebhookFact {
        WebhookFact(type, of: backup.description, in: graph.org, at: "/v1/graphs/\(graph.graph)/backups/\(backup)", fields)
            .inStory(ofGraph: graph.graph.description)
    }

    fileprivate static func invitation(
        _ type: WebhookEventType, _ invitation: Invitation.ID, _ org: Org.ID, _ fields: [String: JSONValue]
    ) -> WebhookFact {
        WebhookFact(type, of: invitation.description, in: org, at: "/v1/orgs/\(org)/invitations", fields)
    }

    fileprivate static func subscription(
        _ type: WebhookEventType, _ facts: SubscriptionFacts, _ fields: [String: JSONValue] = [:]
    ) -> WebhookFact {
        var fields = fields
        fields["plan"] = .string(facts.plan.key.description)
        fields["resource"] = facts.resource.map { .string($0.description) } ?? .null
        return WebhookFact(
            type, of: facts.subscription.description, in: facts.org,
            at: "/v1/billing/subscriptions/\(facts.org)/subscription/\(facts.subscription)",
            fields)
    }

    fileprivate static func invoice(_ type: WebhookEventType, _ facts: OwnInvoiceFacts) -> WebhookFact {
        billing(
            type, facts.invoice.description, facts.org,
            [
                "status": .string(facts.status.rawValue), "amount_due": .money(facts.amountDue), "amount_open": .money(facts.amountOpen),
                "due_date": .time(facts.dueDate), "subscription_id": .id(facts.subscription?.description),
            ])
    }

    fileprivate static func billing(
        _ type: WebhookEventType, _ object: String, _ org: Org.ID, _ fields: [String: JSONValue]
    ) -> WebhookFact {
        WebhookFact(type, of: object, in: org, at: "/v1/billing/customer/\(org)", fields)
    }

    fileprivate static func graph(_ type: WebhookEventType, _ facts: GraphFactsOfEvent, _ fields: [String: JSONValue] = [:]) -> WebhookFact
    {
        WebhookFact(type, of: facts.graph.description, in: facts.org, at: "/v1/graphs/\(facts.graph)", fields)
            .inStory(ofGraph: facts.graph.description)
    }
}

extension JSONValue {
    fileprivate static func time(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
    fileprivate static func id(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    fileprivate static func count(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
    fileprivate static func money(_ money: Money) -> JSONValue {
        ["minor_units": .integer(money.minorUnits), "currency": .string(money.currency.code)]
    }
}
