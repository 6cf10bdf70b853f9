internal import Billing
public import Core
public import Identity
public import Jobs
internal import Orgs

/// The order to decide about a subscription.
public struct EvaluateIdle: Job {
    /// `billing.evaluate_idle`
    public static let kind = "billing.evaluate_idle"
    /// With the webhooks, which start it (IDL-009).
    public static let lane = Lane.webhooks
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// What started it.
    public let trigger: IdleTrigger

    /// Orders it.
    public init(trigger: IdleTrigger) {
        self.trigger = trigger
    }
}

/// The order to take an idle cancellation back because somebody used the product; written by the statement that notes the use (IDL-041).
public struct ReverseIdleCase: Job {
    /// `billing.reverse_idle_case`
    public static let kind = "billing.reverse_idle_case"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which case.
    public let idleCase: IdleCase.ID
    /// Who used the product.
    public let user: User.ID
    /// When.
    public let at: Instant

    /// Orders it.
    public init(idleCase: IdleCase.ID, user: User.ID, at: Instant) {
        self.idleCase = idleCase
        self.user = user
        self.at = at
    }

    enum CodingKeys: String, CodingKey {
        case user, at
        case idleCase = "case"
    }
}

/// The order to look at a case ten minutes before its end (S6).
public struct WatchIdleEnd: Job {
    /// `billing.watch_idle_end`
    public static let kind = "billing.watch_idle_end"
    /// With the other steps of a resource's life.
    public static let lane = Lane.lifecycle
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which case.
    public let idleCase: IdleCase.ID

    /// Orders it.
    public init(idleCase: IdleCase.ID) {
        self.idleCase = idleCase
    }
}

/// The order to close a case whose end the provider did not tell of.
public struct CloseIdleCase: Job {
    /// `billing.close_idle_case`
    public static let kind = "billing.close_idle_case"
    /// With the other steps of a resource's life.
    public static let lane = Lane.lifecycle
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which case.
    public let idleCase: IdleCase.ID

    /// Orders it.
    public init(idleCase: IdleCase.ID) {
        self.idleCase = idleCase
    }
}

/// The order to find renewals whose announcement was lost (IDL-011).
public struct SweepIdleRenewals: Job {
    /// `billing.sweep_idle_renewals`
    public static let kind = "billing.sweep_idle_renewals"
    /// With the other sweeps.
    public static let lane = Lane.maintenance
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Orders it.
    public init() {}

    /// Every day at 02:00 UTC; what was missed is made up for once (OPS-111).
    public static var schedule: Schedule? {
        CronExpression("0 2 * * *").map { Schedule("billing.sweep_idle_renewals", $0, missed: .once, job: SweepIdleRenewals()) }
    }
}

/// The order to find uses that took nothing back (IDL-043).
public struct SweepIdleReversals: Job {
    /// `billing.sweep_idle_reversals`
    public static let kind = "billing.sweep_idle_reversals"
    /// With the other sweeps.
    public static let lane = Lane.maintenance
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Orders it.
    public init() {}

    /// Every five minutes.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("billing.sweep_idle_reversals", $0, missed: .once, job: SweepIdleReversals()) }
    }
}

extension JobOptions {
    /// One at a time about one subscription, once for each event.
    static func evaluating(_ trigger: IdleTrigger, org: Org.ID?) -> JobOptions {
        let key = trigger.event?.description ?? trigger.held?.description ?? trigger.subscription.description
        return JobOptions(uniqueKey: key, serialKey: "idle:\(trigger.subscription)", org: org?.uuid)
    }

    /// One at a time about one subscription, once for each of its periods (OPS-111).
    static func evaluating(_ trigger: IdleTrigger, of period: Instant, org: Org.ID) -> JobOptions {
        JobOptions(
            uniqueKey: "\(trigger.subscription):\(period.secondsSinceEpoch)", serialKey: "idle:\(trigger.subscription)", org: org.uuid)
    }

    /// Ten minutes before the end.
    static func watching(_ idleCase: IdleCase) -> JobOptions {
        JobOptions(
            runAt: idleCase.endsAt - .minutes(10), uniqueKey: "\(idleCase.id):\(idleCase.endsAt.secondsSinceEpoch)",
            org: idleCase.org.uuid)
    }

    static func closing(_ idleCase: IdleCase, at instant: Instant) -> JobOptions {
        JobOptions(runAt: instant, uniqueKey: idleCase.id.description, org: idleCase.org.uuid)
    }
}
