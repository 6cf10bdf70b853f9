import Core
import Testing

@testable import Notifications

@Suite struct MailStepTests {
    private func mail(_ status: MailStatus, _ template: MailTemplate) throws -> Mail {
        Mail(
            id: Mail.ID(high: 0, low: 1), decision: "x", template: template, recipient: try #require(MailAddress("a@b")), reason: "x",
            locale: "en", context: [:], status: status, attempts: 1, queuedAt: Instant(secondsSinceEpoch: 0))
    }

    @Test(arguments: [
        (MailStatus.held, MailStep.nothing, MailStep.nothing), (.queued, .render, .render), (.rendered, .attempt, .attempt),
        (.sending, .attempt, .leaveUnknown), (.sent, .nothing, .nothing), (.deferred, .attempt, .attempt), (.failed, .nothing, .nothing),
        (.canceled, .nothing, .nothing), (.unknown, .attempt, .leaveUnknown),
    ])
    func `NOT-033 what is done next depends on where a mail stands and on its class`(
        status: MailStatus, required: MailStep, service: MailStep
    )
        throws
    {
        #expect(MailStep.next(for: try mail(status, .graphSuspended)) == required)
        #expect(MailStep.next(for: try mail(status, .graphReady)) == service)
    }

    @Test func `NOT-031 canceled, complained, suppressed and skipped are final, and every other status leads on`() {
        for status in MailStatus.allCases {
            #expect(status.successors.isEmpty == [.canceled, .complained, .suppressed, .skipped].contains(status), "\(status)")
        }
        #expect(MailStatus.allCases.allSatisfy { !$0.successors.contains($0) })
    }

    @Test func `NOT-032 eight attempts in about twenty-two hours, moved by a fifth at most`() throws {
        let delays = (1...7).compactMap { MailRetrySchedule.delay(afterAttempt: $0, jitter: 0.5) }
        #expect(delays == [.minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(3), .hours(6), .hours(12)])
        #expect(MailRetrySchedule.delay(afterAttempt: 8, jitter: 0.5) == nil)
        #expect(MailRetrySchedule.delay(afterAttempt: 1, jitter: 0) == .seconds(48))
        #expect(MailRetrySchedule.delay(afterAttempt: 1, jitter: 1) == .seconds(72))
    }

    @Test(arguments: MailTemplate.allCases)
    func `NOT-020 every mail of the catalogue has a context that says so and prints each field once`(template: MailTemplate) {
        #expect(MailCatalogue.context(of: template).template == template)
        let names = MailCatalogue.fields(of: template).map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("reason"))
    }
}
