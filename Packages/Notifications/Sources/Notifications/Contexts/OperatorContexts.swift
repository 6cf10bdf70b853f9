public import Core

/// Something that those who run the product have to look at, or not any more (NOT-170).
public struct OperatorAlertContext: MailContext {
    /// `operator_alert`
    public static let template = MailTemplate.operatorAlert
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("severity", .text),
        .mandatory("condition", .text),
        .mandatory("detail", .text),
        .mandatory("name", .text),
        .mandatory("since", .instant),
        .required("is_over", .flag),
        .required("is_repeated", .flag),
    ]

    /// How soon somebody has to look.
    public let severity: String
    /// What it is.
    public let condition: String
    /// What is known of it.
    public let detail: String
    /// Its stable name.
    public let name: String
    /// When it was first seen.
    public let since: Instant
    /// Whether it is over.
    public let isOver: Bool
    /// Whether it was told before.
    public let isRepeated: Bool

    /// Takes the values of an alert.
    public init(_ alert: OperatorAlert, isOver: Bool) {
        severity = alert.condition.severity.rawValue
        condition = alert.condition.title
        detail = alert.condition.detail
        name = alert.condition.name
        since = alert.openedAt
        self.isOver = isOver
        isRepeated = alert.times > 1 && !isOver
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "severity": .text(severity), "condition": .text(condition), "detail": .text(detail), "name": .text(name),
            "since": .instant(since), "is_over": .flag(isOver), "is_repeated": .flag(isRepeated),
        ]
    }
}

/// Somebody is admitted to run the product (NOT-169).
public struct OperatorInvitedContext: MailContext {
    /// `operator_invited`
    public static let template = MailTemplate.operatorInvited
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("name", .text),
        .mandatory("role", .text),
        .optional("inviter", .text),
        .mandatory("link", .link),
        .mandatory("valid_until", .instant),
    ]

    /// The person's name.
    public let name: String
    /// What the person may do.
    public let role: String
    /// Who admitted the person; `nil` where that is not known any more.
    public let inviter: String?
    /// The link by which a passkey is enrolled, once.
    public let link: MailSecretLink
    /// Until when it works.
    public let validUntil: Instant

    /// Makes the values.
    public init(name: String, role: String, inviter: String?, link: MailSecretLink, validUntil: Instant) {
        self.name = name
        self.role = role
        self.inviter = inviter
        self.link = link
        self.validUntil = validUntil
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name), "role": .text(role), "inviter": .text(inviter), "link": .link(.consoleEntrance(["enrol"], link)),
            "valid_until": .instant(validUntil),
        ]
    }
}

/// An operator signed in with a program or from a network that is new (NOT-169).
public struct OperatorNewSignInContext: MailContext {
    /// `operator_new_sign_in`
    public static let template = MailTemplate.operatorNewSignIn
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("name", .text),
        .mandatory("at", .instant),
        .mandatory("client", .text),
        .mandatory("network", .text),
        .mandatory("page", .link),
    ]

    /// The person's name.
    public let name: String
    /// When.
    public let at: Instant
    /// The program, roughly.
    public let client: String
    /// The network.
    public let network: String

    /// Makes the values.
    public init(name: String, at: Instant, client: String, network: String) {
        self.name = name
        self.at = at
        self.client = client
        self.network = network
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name), "at": .instant(at), "client": .text(client), "network": .text(network), "page": .link(.consolePage([])),
        ]
    }
}

/// An operator wants something that takes two (NOT-169).
public struct ApprovalRequestedContext: MailContext {
    /// `approval_requested`
    public static let template = MailTemplate.approvalRequested
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("asker", .text),
        .mandatory("command", .text),
        .mandatory("route", .text),
        .mandatory("cause", .text),
        .mandatory("why", .text),
        .mandatory("until", .instant),
        .mandatory("page", .link),
    ]

    /// Who asks.
    public let asker: String
    /// What for, in a few words.
    public let command: String
    /// The method and the path of the request.
    public let route: String
    /// Why it takes two.
    public let cause: String
    /// Why it is wanted, in the asker's own words.
    public let why: String
    /// Until when it can be decided and carried out.
    public let until: Instant
    /// Where it is decided, below the console.
    public let path: [String]

    /// Makes the values.
    public init(asker: String, command: String, route: String, cause: String, why: String, until: Instant, path: [String]) {
        self.asker = asker
        self.command = command
        self.route = route
        self.cause = cause
        self.why = why
        self.until = until
        self.path = path
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "asker": .text(asker), "command": .text(command), "route": .text(route), "cause": .text(cause), "why": .text(why),
            "until": .instant(until), "page": .link(.consolePage(path)),
        ]
    }
}

/// A second operator consented to something, or did not (NOT-169).
public struct ApprovalDecidedContext: MailContext {
    /// `approval_decided`
    public static let template = MailTemplate.approvalDecided
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("decider", .text),
        .mandatory("command", .text),
        .mandatory("route", .text),
        .required("is_given", .flag),
        .mandatory("why", .text),
        .optional("until", .instant),
        .optional("due_at", .instant),
        .mandatory("page", .link),
    ]

    /// Who decided.
    public let decider: String
    /// About what, in a few words.
    public let command: String
    /// The method and the path of the request.
    public let route: String
    /// Whether it was consent.
    public let isGiven: Bool
    /// Why, in the decider's own words.
    public let why: String
    /// Until when it can be carried out; `nil` where that happens by itself.
    public let until: Instant?
    /// When it is carried out by itself.
    public let dueAt: Instant?
    /// Where it stands, below the console.
    public let path: [String]

    /// Makes the values.
    public init(
        decider: String, command: String, route: String, isGiven: Bool, why: String, until: Instant?, dueAt: Instant?, path: [String]
    ) {
        self.decider = decider
        self.command = command
        self.route = route
        self.isGiven = isGiven
        self.why = why
        self.until = until
        self.dueAt = dueAt
        self.path = path
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "decider": .text(decider), "command": .text(command), "route": .text(route), "is_given": .flag(isGiven), "why": .text(why),
            "until": until.map { .instant($0) } ?? .absent, "due_at": dueAt.map { .instant($0) } ?? .absent,
            "page": .link(.consolePage(path)),
        ]
    }
}
