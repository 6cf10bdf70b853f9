public import Core
public import Graphs

/// Says that what a person may do at a shared repository changed (NOT-165).
public struct RepositoryAccessChangedContext: MailContext {
    /// `repository_access_changed`
    public static let template = MailTemplate.repositoryAccessChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("repository", .text),
        .required("was_granted", .flag),
        .required("was_suspended", .flag),
        .required("was_restored", .flag),
        .required("has_ended", .flag),
        .required("is_by_subscription", .flag),
        .required("is_for_payment", .flag),
        .required("is_for_leaving", .flag),
        .required("is_by_operator", .flag),
        .optional("until", .instant),
        .required("billing", .link),
    ]

    /// Why access to a repository is as it is.
    public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        /// The subscription of the seat.
        case subscription
        /// It is not paid for.
        case payment
        /// The person left the org that pays.
        case leaving
        /// Those who run the product decided it.
        case administrator
    }

    /// The name of the org that pays.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The repository.
    public let repository: String
    /// What happened.
    public let change: RepositoryAccessChanged.Change
    /// Why.
    public let cause: Cause
    /// When it ends, if that is known.
    public let until: Instant?

    /// Makes the values.
    public init(
        org: String, orgID: String, repository: String, change: RepositoryAccessChanged.Change, cause: Cause, until: Instant?
    ) {
        self.org = org
        self.orgID = orgID
        self.repository = repository
        self.change = change
        self.cause = cause
        self.until = until
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "repository": .text(repository),
            "was_granted": .flag(change == .granted),
            "was_suspended": .flag(change == .suspended),
            "was_restored": .flag(change == .restored),
            "has_ended": .flag(change == .ended),
            "is_by_subscription": .flag(cause == .subscription),
            "is_for_payment": .flag(cause == .payment),
            "is_for_leaving": .flag(cause == .leaving),
            "is_by_operator": .flag(cause == .administrator),
            "until": .optional(until) { .instant($0) },
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}
