import Billing
import Core
import Identity
import Jobs
import Orgs
import Testing

@testable import Notifications

/// Which mails a command would cause, by its events; the clock stands still.
@Suite struct MailForecastTests {
    private func event<Event: DomainEvent>(_ event: Event) throws -> JSONValue {
        ["topic": .string(Event.topic), "payload": try JSON.decode(JSONValue.self, from: JSON.encode(event))]
    }

    private func mails(_ facts: FixedFacts, _ events: [JSONValue], _ rows: [Subscription] = []) async throws -> [ForeseenMail] {
        try await MailForecast(facts: facts, dateSource: SteppedDateSource(startingAt: Acme.now))
            .mails(after: CommandEffects(events: events, subscriptions: rows))
    }

    @Test func `BIL-127 the mails that would follow are those that the rules write, each address once, also about what is not stored yet`()
        async throws
    {
        let acme = try Acme()
        var after = acme.subscription
        after.status = .canceled
        let ending = SubscriptionEnding(facts: SubscriptionFacts(after), endsAt: Acme.now + .days(31), origin: .user, user: acme.ada.id)
        let drafts = try await SubscriptionCanceledRule(facts: acme.facts).drafts(for: ending, occurrence: "1")
        // Ada owns the org and asked for it.
        #expect(drafts.first?.recipients.count == 3 && drafts.first?.addressees.count == 2)
        let said = ForeseenMail(template: "subscription_canceled", recipients: 2)
        #expect(try await mails(acme.facts, [event(ending)]) == [said])
        #expect(try await mails(acme.facts, [event(ending), event(ending)]) == [said, said])

        var unknown = acme.facts
        unknown.views = []
        #expect(try await mails(unknown, [event(ending)]).isEmpty)
        #expect(try await mails(unknown, [event(ending)], [after]) == [said])
        let idle = SubscriptionEnding(facts: SubscriptionFacts(after), endsAt: Acme.now + .days(31), origin: .idle, user: nil)
        #expect(try await mails(acme.facts, [event(idle), ["topic": "billing.nobody_tells", "payload": [:]]], [after]).isEmpty)
    }
}
