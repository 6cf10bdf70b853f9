public import Core
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
