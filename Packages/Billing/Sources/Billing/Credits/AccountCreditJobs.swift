public import Core
internal import FoundationEssentials
public import Jobs
public import Orgs

/// The order to forfeit what is left of a credit, or to tell that this is near.
public struct ExpireAccountCredit: Job {
    /// `billing.expire_account_credit`
    public static let kind = "billing.expire_account_credit"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which credit.
    public let credit: AccountCredit.ID
    /// Whether only to tell.
    public let isNotice: Bool

    /// Orders it.
    public init(credit: AccountCredit.ID, isNotice: Bool) {
        self.credit = credit
        self.isNotice = isNotice
    }

    /// How long before the end it is told of.
    static let noticePeriod: Duration = .days(14)
    /// What the key of a notice begins with.
    public static let noticePrefix = "credit_expiring:"

    /// What says that the end of the credit was told of.
    var noticeKey: String { Self.noticePrefix + credit.uuid.uuidString.lowercased() }

    /// The order that comes when a credit ends, or 14 days before: one of each for each credit.
    static func order(
        of credit: AccountCredit, endingAt end: Instant, isNotice: Bool
    ) -> (job: ExpireAccountCredit, options: JobOptions) {
        (
            ExpireAccountCredit(credit: credit.id, isNotice: isNotice),
            JobOptions(
                runAt: isNotice ? end - noticePeriod : end, uniqueKey: "\(credit.id):\(isNotice ? "notice" : "expiry")",
                org: credit.org.uuid)
        )
    }
}

/// The order to bring an org's credits to where its bills are paid from (BIL-116, BIL-121).
public struct CarryAccountCredits: Job {
    /// `billing.carry_account_credits`
    public static let kind = "billing.carry_account_credits"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Whose credits.
    public let org: Org.ID

    /// Orders it.
    public init(org: Org.ID) {
        self.org = org
    }
}

extension JobOptions {
    /// One carrying at a time for an org, and one for each cause: one that runs may have read before this cause.
    static func carrying(_ org: Org.ID, because cause: String) -> JobOptions {
        JobOptions(uniqueKey: "\(org):\(cause)", serialKey: "account_credit:\(org)", org: org.uuid)
    }
}
