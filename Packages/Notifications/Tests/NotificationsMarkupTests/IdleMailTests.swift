import Core
import Notifications
import PlatformTesting
import Testing

@testable import NotificationsMarkup

/// The mails of idle cancellation as people read them.
@Suite struct IdleMailTests {
    private let end = Instant(secondsSinceEpoch: 1_809_162_000)

    private func cancel(_ periods: String, seat: Bool, link: Bool, name: String = "Orders") -> IdleCancelContext {
        IdleCancelContext(
            org: "Acme Ltd", resource: name, person: seat ? "Eve" : nil, periods: periods, endsAt: end,
            retention: seat ? nil : .init(dataUntil: end + .days(7), backupUntil: end + .days(97)),
            keepLink: link ? MailSecretLink(kind: "keep", id: "icase_1.bsub_1.abc.1.2") : nil)
    }

    private func render(_ context: any MailContext) async throws -> RenderedMail {
        try await ShippedMails.renderer.render(mail(context))
    }

    @Test(arguments: ["months", "3-month periods", "years", "weeks"], [(false, true), (false, false), (true, true), (true, false)])
    func `IDL-T07, IDL-056, NOT-152 the decision mail of each interval, graph and seat, with and without link, text and HTML`(
        periods: String, variant: (seat: Bool, link: Bool)
    ) async throws {
        let rendered = try await render(cancel(periods, seat: variant.seat, link: variant.link))
        let name = "idle_cancel-\(periods.replacing(" ", with: "-"))-\(variant.seat ? "seat" : "graph")-\(variant.link ? "link" : "bare")"
        try Snapshot.verify("Subject: \(rendered.subject)\n\n\(rendered.text)", named: name)
        if periods == "months" { try Snapshot.verify(rendered.html, named: name + "-html") }
        let subject =
            variant.seat ? "Orders access of Eve will not renew on 1 May 2027" : "Orders: the subscription will not renew on 1 May 2027"
        #expect(rendered.subject == subject)
        let words = rendered.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("last two \(periods)") && words.contains("1 May 2027, 09:00 UTC"))
        #expect(words.contains("8 May 2027, 09:00 UTC") == !variant.seat && words.contains("6 August 2027, 09:00 UTC") == !variant.seat)
        let address = "https://app.example.com/sub/keep?t=secret.keep.icase_1.bsub_1.abc.1.2"
        #expect(rendered.html.contains("href=\"\(address)\"") == variant.link && rendered.text.contains(address) == variant.link)
        #expect(!variant.link || rendered.text.contains("Keep the subscription"))
    }

    @Test(arguments: [
        "the link of our mail was used", "somebody in Acme Ltd used the product", "calling it off was our mistake, and we took it back",
    ])
    func `IDL-T07, NOT-154 the kept mail says what kept it, when it renews, and how to end it for good`(how: String) async throws {
        let rendered = try await render(
            SubscriptionKeptContext(org: "Acme Ltd", orgID: "org_1", resource: "Orders", how: how, renewsAt: end))
        let words = rendered.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(rendered.subject == "Orders: the subscription continues")
        #expect(words.contains("It continues, because \(how).") && words.contains("1 May 2027, 09:00 UTC"))
        #expect(words.contains("To end it for good, cancel on the billing page."))
        try Snapshot.verify(rendered.html, named: "subscription_kept-\(how.prefix(12).replacing(" ", with: "-"))-html")
    }

    @Test(arguments: [hostileName, "</title><script>x</script>", "\"' onload=x", "{{name}} <value of='org'/>"])
    func `IDL-T07, IDL-056 hostile names are text in subject, HTML and text of all variants`(name: String) async throws {
        for (seat, link) in [(false, true), (false, false), (true, true), (true, false)] {
            let rendered = try await render(cancel("months", seat: seat, link: link, name: name))
            #expect(!rendered.html.contains("<script") && !rendered.html.contains("<b>") && !rendered.html.contains("\" onload"))
            #expect(rendered.subject.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        }
    }

    @Test func `IDL-053 the token is in the bytes that leave, and in nothing that is stored`() async throws {
        let mail = try mail(cancel("months", seat: false, link: true))
        let renderer = try ShippedMails.renderer
        let stored = try await renderer.render(mail)
        let leaving = try renderer.finish(stored, of: mail)
        #expect(!stored.html.contains("s3cret") && !stored.text.contains("s3cret"))
        #expect(leaving.html.contains("/sub/keep?t=s3cret-of-keep") && leaving.text.contains("/sub/keep?t=s3cret-of-keep"))
        #expect(leaving.contentHash == stored.contentHash)
    }
}
