public import Core

/// Says that a subscription will not renew because nobody uses it (NOT-152).
public struct IdleCancelContext: MailContext {
    /// `idle_cancel`
    public static let template = MailTemplate.idleCancel
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("resource", .text), .mandatory("ends_at", .instant),
        .mandatory("data_until", .instant), .mandatory("backup_until", .instant), .optional("keep", .link),
    ]

    /// The name of the org.
    public let org: String
    /// What it is for, by name.
    public let resource: String
    /// Until when everything works.
    public let endsAt: Instant
    /// Until when the data is kept.
    public let dataUntil: Instant
    /// Until when the final backup is kept.
    public let backupUntil: Instant
    /// The keep link; none where no key for such links is configured (NOT-040).
    public let keepLink: MailSecretLink?

    /// Makes the values.
    public init(org: String, resource: String, endsAt: Instant, dataUntil: Instant, backupUntil: Instant, keepLink: MailSecretLink?) {
        self.org = org
        self.resource = resource
        self.endsAt = endsAt
        self.dataUntil = dataUntil
        self.backupUntil = backupUntil
        self.keepLink = keepLink
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "resource": .text(resource), "ends_at": .instant(endsAt), "data_until": .instant(dataUntil),
            "backup_until": .instant(backupUntil), "keep": .optional(keepLink) { .link(.page(.keepSubscription($0))) },
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
