internal import Audit
public import Billing
public import Core
public import Jobs
public import Orgs

/// Reminds whoever pays that a subscription renews (NOT-142), or that its trial ends and is charged from then on (NOT-198).
public struct RemindOfRenewal: Job, DatedMail {
    /// `notifications.remind_of_renewal`
    public static let kind = "notifications.remind_of_renewal"
    /// It ends, has ended, or renews at another time.
    public static let reasonGone = "nothing is renewed then that somebody is reminded of"
    /// How many days before a renewal the reminders come; what is billed every month has the last one only.
    static let stages = [30, 7]
    /// How many days before the end of a trial the reminder comes.
    static let trialStage = 3

    /// Which subscription; what it costs is looked up when the mail is due (OPS-054).
    public let subscription: Subscription.ID
    /// Whose.
    public let org: Org.ID
    /// When it was to renew.
    public let renewsAt: Instant
    /// How many days before.
    public let daysBefore: Int

    /// Asks for a reminder.
    public init(of subscription: Subscription.ID, of org: Org.ID, renewsAt: Instant, daysBefore: Int) {
        self.subscription = subscription
        self.org = org
        self.renewsAt = renewsAt
        self.daysBefore = daysBefore
    }

    /// At the hour of the renewal, so many days before; one job for each stage of each period.
    public var options: JobOptions {
        JobOptions(
            runAt: renewsAt - .days(daysBefore), priority: .low, uniqueKey: "\(subscription)/\(renewsAt)/\(daysBefore)", org: org.uuid)
    }

    /// One mail to whoever pays; none for what ends.
    public func draft(facts: any MailFacts) async throws -> MailDraft? {
        guard let matter = try await SubscriptionMatter(subscription, of: org, facts: facts) else { return nil }
        let row = matter.view.subscription
        guard row.status == .active || row.status == .pastDue, row.cancellation == nil, row.currentPeriod?.end == renewsAt,
            matter.view.price.minorUnits > 0, let context = try await context(matter, facts: facts)
        else { return nil }
        return MailDraft(
            decision: "\(RenewalAhead.topic)/\(subscription)/\(renewsAt.microsecondsSinceEpoch)/\(daysBefore)", context: context,
            about: matter.about, recipients: try await matter.audience.billing())
    }

    private func context(_ matter: SubscriptionMatter, facts: any MailFacts) async throws -> (any MailContext)? {
        let row = matter.view.subscription
        let amount = try await amount(matter.view, facts: facts)
        if let end = row.trialEnd, end == renewsAt {
            guard daysBefore == Self.trialStage else { return nil }
            let hasMethod = try await facts.defaultMethod(of: org) != nil
            // Who has a method and enough credit is charged nothing and need do nothing.
            guard amount.minorUnits > 0 || !hasMethod else { return nil }
            return TrialEndingContext(
                org: matter.orgName, orgID: matter.orgID, plan: matter.plan, amount: amount, interval: matter.interval, endsAt: end,
                hasMethod: hasMethod)
        }
        switch (row.interval, daysBefore) {
        case (.annual, 30), (.annual, 7):
            return RenewalReminderContext(
                org: matter.orgName, orgID: matter.orgID, plan: matter.plan, amount: amount, renewsAt: renewsAt)
        case (.monthly, 7):
            return MonthlyRenewalReminderContext(
                org: matter.orgName, orgID: matter.orgID, plan: matter.plan, amount: amount, renewsAt: renewsAt)
        default: return nil
        }
    }

    /// What is charged once the org's credit is used: where the provider bills, the credit that lies with it; else what lies with us.
    private func amount(_ view: SubscriptionView, facts: any MailFacts) async throws -> Money {
        let balance = try await facts.credit(of: org, in: view.price.currency)
        let credit = view.subscription.backing?.isCardBilled == true ? balance.provider : balance.local
        return Money(minorUnits: max(0, view.price.minorUnits - max(0, credit)), currency: view.price.currency)
    }

    /// The stages of a period that lie ahead.
    fileprivate static func all(
        for facts: SubscriptionFacts, until end: Instant, stages: [Int], at now: Instant
    ) -> [RemindOfRenewal] {
        stages.filter { now < end - .days($0) }.map {
            RemindOfRenewal(of: facts.subscription, of: facts.org, renewsAt: end, daysBefore: $0)
        }
    }
}

/// Sets the reminders of the first period, which may be a trial.
public enum FirstRenewalReminders: DatedMailSchedule {
    /// `notifications.schedule_first_renewal_reminders`
    public static let name = "notifications.schedule_first_renewal_reminders"

    /// One for each stage; the warning of a trial that is shorter than its notice at once (STR-E56).
    public static func mails(for event: SubscriptionActivated, at now: Instant) -> [RemindOfRenewal] {
        guard let end = event.periodEnd, now < end else { return [] }
        let trial = RemindOfRenewal(of: event.subscription, of: event.facts.org, renewsAt: end, daysBefore: RemindOfRenewal.trialStage)
        return RemindOfRenewal.all(for: event.facts, until: end, stages: RemindOfRenewal.stages, at: now) + [trial]
    }
}

/// Sets the reminders of each period that follows.
public enum NextRenewalReminders: DatedMailSchedule {
    /// `notifications.schedule_next_renewal_reminders`
    public static let name = "notifications.schedule_next_renewal_reminders"

    /// One for each stage.
    public static func mails(for event: SubscriptionRenewed, at now: Instant) -> [RemindOfRenewal] {
        RemindOfRenewal.all(for: event.facts, until: event.period.end, stages: RemindOfRenewal.stages, at: now)
    }
}

/// Sets what is left of them when the provider announces a renewal (STR-089) or the end of a trial (STR-087): for a period whose end has
/// moved, or that began before there were reminders.
public enum AnnouncedRenewalReminders: DatedMailSchedule {
    /// `notifications.renewal_reminder`
    public static let name = "notifications.renewal_reminder"

    /// The stages ahead, and the last one at once where its time has come; a reminder that went out does not go out again.
    public static func mails(for event: RenewalAhead, at now: Instant) -> [RemindOfRenewal] {
        guard now < event.renewsAt else { return [] }
        let stages = event.endsTrial == true ? [RemindOfRenewal.trialStage] : RemindOfRenewal.stages
        return stages.filter { $0 == stages.last || now < event.renewsAt - .days($0) }.map {
            RemindOfRenewal(of: event.subscription, of: event.facts.org, renewsAt: event.renewsAt, daysBefore: $0)
        }
    }
}
