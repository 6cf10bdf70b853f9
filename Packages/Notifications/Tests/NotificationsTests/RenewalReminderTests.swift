import Billing
import Core
import Graphs
import Identity
import Jobs
import Notifications
import Orgs
import Testing

/// What is said before money is taken again, and when what was bought is over. The clock stands at `Acme.now`.
@Suite struct RenewalReminderTests {
    private func draft(_ days: Int, before end: Instant, of acme: Acme) async throws -> MailDraft? {
        try await RemindOfRenewal(of: acme.subscription.id, of: acme.org.id, renewsAt: end, daysBefore: days).draft(facts: acme.facts)
    }

    private func method(of acme: Acme) -> PaymentMethod {
        PaymentMethod(
            id: ProviderID("pm_1"), org: acme.org.id, type: "card", brand: "visa", last4: "4242", expiryMonth: 12,
            expiryYear: 2099, isDefault: true, state: .usable)
    }

    @Test func `NOT-142 a yearly renewal is told 30 and 7 days before, a monthly one 7 days before to those who want it, others never`()
        async throws
    {
        let end = Acme.now + .days(365)
        var yearly = try Acme(interval: .annual) { $0.currentPeriod = Period(start: Acme.now, end: end) }
        yearly.facts.billing = "bills@example.com"
        yearly.facts.credits = (local: 1_000, provider: 2_000)
        var decisions: Set<String> = []
        for days in [30, 7] {
            let told = try #require(try await draft(days, before: end, of: yearly))
            let context = try #require(told.context as? RenewalReminderContext)
            // What net terms bill is paid from the credit that lies here.
            #expect(context.amount == Money(minorUnits: 3_900, currency: .usd) && context.renewsAt == end)
            #expect(told.recipients.map(\.address.description) == ["bills@example.com"])
            #expect(try await draft(days, before: end, of: yearly)?.decision == told.decision)
            decisions.insert(told.decision)
        }
        #expect(decisions.count == 2)
        yearly.facts.credits = (local: 9_000, provider: 0)
        let settled = try #require(try await draft(7, before: end, of: yearly)?.context as? RenewalReminderContext)
        #expect(settled.amount == Money(minorUnits: 0, currency: .usd))
        // What a card pays is paid from the credit that lies at the provider.
        var carded = try Acme(interval: .annual) {
            $0.currentPeriod = Period(start: Acme.now, end: end)
            $0.backing = .providerSubscription(ProviderID("sub_1"))
        }
        carded.facts.credits = (local: 9_000, provider: 2_000)
        let charged = try #require(try await draft(7, before: end, of: carded)?.context as? RenewalReminderContext)
        #expect(charged.amount == Money(minorUnits: 2_900, currency: .usd))
        let renewals = [MailTemplate.renewalReminder, .renewalReminderMonthly]
        #expect(renewals.map(\.mailClass) == [.required, .optional] && renewals.map(\.category) == [.contract, .billingReminders])

        let next = Acme.now + .days(31)
        let monthly = try Acme { $0.currentPeriod = Period(start: Acme.now, end: next) }
        #expect(try await draft(30, before: next, of: monthly) == nil)
        #expect(try await draft(7, before: next, of: monthly)?.context is MonthlyRenewalReminderContext)
        // What ends, has ended, is not in force, renews at another time or costs nothing is not told of.
        for other in [
            try Acme { $0.cancellation = .init(mode: .periodEnd, origin: .user) }, try Acme { $0.status = .canceled },
            try Acme { $0.status = .unpaid }, try Acme { $0.currentPeriod = Period(start: Acme.now, end: next + .days(1)) },
        ] {
            #expect(try await draft(7, before: next, of: other) == nil)
        }
        var free = monthly
        free.facts.views = [SubscriptionView(subscription: free.subscription, price: Money(minorUnits: 0, currency: .usd))]
        #expect(try await draft(7, before: next, of: free) == nil)
    }

    @Test func `NOT-142 STR-089 each period sets its reminders, and an announcement sets what is left of them`() throws {
        let (acme, now) = (try Acme(interval: .annual), Acme.now)
        let end = now + .days(365)
        func times(_ reminders: [RemindOfRenewal]) -> [Instant?] { reminders.map(\.options.runAt) }
        let first = FirstRenewalReminders.mails(for: SubscriptionActivated(facts: acme.event, at: now, periodEnd: end), at: now)
        #expect(times(first) == [end - .days(30), end - .days(7), end - .days(3)])
        #expect(FirstRenewalReminders.mails(for: SubscriptionActivated(facts: acme.event, at: now, periodEnd: nil), at: now).isEmpty)
        let renewed = SubscriptionRenewed(facts: acme.event, period: try #require(Period(start: now, end: end)))
        #expect(times(NextRenewalReminders.mails(for: renewed, at: now)) == [end - .days(30), end - .days(7)])
        let month = SubscriptionRenewed(facts: acme.event, period: try #require(Period(start: now, end: now + .days(28))))
        #expect(times(NextRenewalReminders.mails(for: month, at: now)) == [now + .days(21)])

        let ahead = RenewalAhead(facts: acme.event, renewsAt: end, endsTrial: false)
        #expect(times(AnnouncedRenewalReminders.mails(for: ahead, at: end - .days(31))) == [end - .days(30), end - .days(7)])
        // The last one is due already, and what was set for it before is the same job and the same decision.
        let late = AnnouncedRenewalReminders.mails(for: ahead, at: end - .days(6))
        #expect(times(late) == [end - .days(7)])
        #expect(late.map(\.options.uniqueKey) == [first[1].options.uniqueKey])
        #expect(AnnouncedRenewalReminders.mails(for: ahead, at: end).isEmpty)
    }

    @Test func `NOT-198 the end of a trial is told 3 days before, with and without a method; one that ends or costs nothing is not`()
        async throws
    {
        let end = Acme.now + .days(14)
        func trial(_ change: (inout Subscription) -> Void = { _ in }) throws -> Acme {
            try Acme {
                $0.trialEnd = end
                $0.currentPeriod = Period(start: Acme.now, end: end)
                change(&$0)
            }
        }
        var acme = try trial()
        let without = try #require(try await draft(3, before: end, of: acme))
        #expect(without.recipients.map(\.address.description) == ["ada@example.com", "bob@example.com"])
        let bare = try #require(without.context as? TrialEndingContext)
        #expect(
            !bare.hasMethod && bare.endsAt == end && bare.amount == Money(minorUnits: 4_900, currency: .usd) && bare.interval == "month")
        acme.facts.method = method(of: acme)
        #expect((try await draft(3, before: end, of: acme)?.context as? TrialEndingContext)?.hasMethod == true)
        // One mail alone for one end: the renewal that follows a trial is not told of by its own reminder.
        #expect(try await draft(7, before: end, of: acme) == nil)
        #expect(try await draft(30, before: end, of: acme) == nil)
        // No charge is coming and no method is missing.
        acme.facts.credits = (local: 4_900, provider: 0)
        #expect(try await draft(3, before: end, of: acme) == nil)
        let ending = try trial { $0.cancellation = .init(mode: .periodEnd, origin: .user) }
        #expect(try await draft(3, before: end, of: ending) == nil)
        // What is no trial has no third reminder.
        #expect(try await draft(3, before: end, of: try Acme { $0.currentPeriod = Period(start: Acme.now, end: end) }) == nil)
        #expect(MailTemplate.trialEnding.mailClass == .required && MailTemplate.subscriptionEnded.mailClass == .required)
    }

    @Test func `STR-087 STR-E56 the end of a trial that the provider announces is told once, at once where its time has come`() throws {
        let (acme, now) = (try Acme(), Acme.now)
        func mails(_ end: Instant) -> [RemindOfRenewal] {
            AnnouncedRenewalReminders.mails(for: RenewalAhead(facts: acme.event, renewsAt: end, endsTrial: true), at: now)
        }
        #expect(mails(now + .days(14)).map(\.options.runAt) == [now + .days(11)])
        // A trial of one day: its warning is due already, and set by its beginning and its announcement as one and the same job.
        let end = now + .days(1)
        #expect(mails(end).map(\.options.runAt) == [now - .days(2)])
        let begun = FirstRenewalReminders.mails(for: SubscriptionActivated(facts: acme.event, at: now, periodEnd: end), at: now)
        #expect(begun.map(\.options.uniqueKey) == mails(end).map(\.options.uniqueKey))
        #expect(mails(now).isEmpty)
    }

    @Test
    func `NOT-198 an add-on that ends with its period is told of when it has ended; graphs, seats and other ends have their own mails`()
        async throws
    {
        let acme = try Acme()
        func facts(_ type: ResourceType) -> SubscriptionFacts {
            let old = acme.subscription
            return SubscriptionFacts(
                Subscription(
                    id: old.id, org: old.org, resourceType: type, resource: old.resource, subscriber: nil, requestedBy: nil, plan: old.plan,
                    interval: .monthly, configuration: [:], at: Acme.now))
        }
        func drafts(
            _ type: ResourceType, _ mode: Subscription.Cancellation.Mode, _ origin: Subscription.Cancellation.Origin
        ) async throws -> [MailDraft] {
            try await SubscriptionEndedRule(facts: acme.facts).drafts(
                for: SubscriptionEnded(facts: facts(type), endedAt: Acme.now, mode: mode, origin: origin, via: "api"), occurrence: "1")
        }
        let told = try await drafts(.addon, .periodEnd, .user)
        #expect(told.addresses == ["ada@example.com", "bob@example.com"])
        let context = try #require(told.first?.context as? SubscriptionEndedContext)
        #expect(context.plan.hasPrefix("Plan ") && context.endedAt == Acme.now)
        #expect(try await drafts(.addon, .immediate, .user).isEmpty)
        #expect(try await drafts(.addon, .periodEnd, .paymentFailure).isEmpty)
        for type in [ResourceType.graph, .repository] { #expect(try await drafts(type, .periodEnd, .user).isEmpty) }
    }
}
