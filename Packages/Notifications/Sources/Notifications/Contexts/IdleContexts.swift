public import Core

/// Says that a subscription will not renew because nobody uses it (NOT-152).
public struct IdleCancelContext: MailContext {
    /// What becomes of a graph's data.
    public struct Retention: Sendable, Hashable, Codable {
        /// Until when the suspended graph is kept.
        public let dataUntil: Instant
        /// Until when the final backup is kept.
        public let backupUntil: Instant

        /// Names both ends.
        public init(dataUntil: Instant, backupUntil: Instant) {
            self.dataUntil = dataUntil
            self.backupUntil = backupUntil
        }
    }

    /// `idle_cancel`
    public static let template = MailTemplate.idleCancel
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("resource", .text), .optional("person", .text), .mandatory("periods", .text),
        .mandatory("ends_at", .instant), .optional("data_until", .instant), .optional("backup_until", .instant), .optional("keep", .link),
    ]

    /// The name of the org.
    public let org: String
    /// What it is for, by name.
    public let resource: String
    /// Whose seat it is, by name; `nil` for what all members use.
    public let person: String?
    /// What two of the subscription's periods are called: `months`, `3-month periods`.
    public let periods: String
    /// Until when everything works.
    public let endsAt: Instant
    /// What becomes of the data; `nil` for a seat, with which none is deleted.
    public let retention: Retention?
    /// The keep link; none where no key for such links is configured (NOT-040).
    public let keepLink: MailSecretLink?

    /// Makes the values.
    public init(
        org: String, resource: String, person: String?, periods: String, endsAt: Instant, retention: Retention?, keepLink: MailSecretLink?
    ) {
        self.org = org
        self.resource = resource
        self.person = person
        self.periods = periods
        self.endsAt = endsAt
        self.retention = retention
        self.keepLink = keepLink
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "resource": .text(resource), "person": .text(person), "periods": .text(periods), "ends_at": .instant(endsAt),
            "data_until": .optional(retention) { .instant($0.dataUntil) },
            "backup_until": .optional(retention) { .instant($0.backupUntil) },
            "keep": .optional(keepLink) { .link(.page(.keepSubscription($0))) },
        ]
    }
}

/// Says that an idle cancellation was taken back (NOT-154).
public struct SubscriptionKeptContext: MailContext {
    /// `subscription_kept`
    public static let template = MailTemplate.subscriptionKept
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("resource", .text), .mandatory("how", .text), .mandatory("renews_at", .instant),
        .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What it is for, by name.
    public let resource: String
    /// How it was kept, as the end of a sentence.
    public let how: String
    /// When it renews.
    public let renewsAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, how: String, renewsAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.how = how
        self.renewsAt = renewsAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "resource": .text(resource), "how": .text(how), "renews_at": .instant(renewsAt),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that an idle cancellation was to be taken back and ended at the provider before (NOT-153).
public struct KeepFailedContext: MailContext {
    /// `keep_failed`
    public static let template = MailTemplate.keepFailed
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("resource", .text), .mandatory("access_until", .instant), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What it is for, by name.
    public let resource: String
    /// Until when it can be used without a subscription.
    public let accessUntil: Instant

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, accessUntil: Instant) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.accessUntil = accessUntil
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "resource": .text(resource), "access_until": .instant(accessUntil),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}
