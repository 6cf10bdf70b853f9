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
