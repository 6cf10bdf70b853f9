public import Core

/// Nothing has got through to an endpoint for a day (NOT-166).
public struct WebhookEndpointFailingContext: MailContext {
    /// `webhook_endpoint_failing`
    public static let template = MailTemplate.webhookEndpointFailing
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .required("page", .link),
        .mandatory("host", .text),
        .mandatory("since", .instant),
        .mandatory("answer", .text),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The host of the URL.
    public let host: String
    /// The first failure.
    public let since: Instant
    /// What came back last, as the end of a sentence.
    public let answer: String

    /// Makes the values.
    public init(org: String, orgID: String, host: String, since: Instant, answer: String) {
        self.org = org
        self.orgID = orgID
        self.host = host
        self.since = since
        self.answer = answer
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "page": .link(.page(.org(orgID))),
            "host": .text(host),
            "since": .instant(since),
            "answer": .text(answer),
        ]
    }
}

/// An endpoint was switched off (NOT-166).
public struct WebhookEndpointDisabledContext: MailContext {
    /// `webhook_endpoint_disabled`
    public static let template = MailTemplate.webhookEndpointDisabled
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .required("page", .link),
        .mandatory("host", .text),
        .mandatory("cause", .text),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The host of the URL.
    public let host: String
    /// Why, as a part of a sentence.
    public let cause: String

    /// Makes the values.
    public init(org: String, orgID: String, host: String, cause: String) {
        self.org = org
        self.orgID = orgID
        self.host = host
        self.cause = cause
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "page": .link(.page(.org(orgID))),
            "host": .text(host),
            "cause": .text(cause),
        ]
    }
}
