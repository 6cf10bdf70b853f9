import Core
import Cryptography
import Foundation
import Markup
import Notifications
import PlatformTesting
import Testing

@testable import NotificationsMarkup

@Suite struct MarkupMailRendererTests {
    let renderer: MarkupMailRenderer

    init() throws {
        renderer = try ShippedMails.renderer
    }

    @Test(arguments: MailTemplate.allCases)
    func `NOT-001 every mail reads as a person has seen it, in text and in HTML`(template: MailTemplate) async throws {
        let rendered = try await renderer.render(mail(fixture(template)))
        try Snapshot.verify("Subject: \(rendered.subject)\n\n\(rendered.text)", named: template.rawValue)
        if [.emailVerification, .paymentReceipt, .graphDeleteRequested].contains(template) {
            try Snapshot.verify(rendered.html, named: "\(template.rawValue)-html")
        }
    }

    @Test(arguments: [(Int64(1), "in 1 day"), (7, "in 7 days")])
    func `NOT-128 the reminder counts days as a person does`(days: Int64, words: String) async throws {
        let context = OrgDeletionReminderContext(org: "Acme", days: days, erasedAt: Instant(secondsSinceEpoch: 0), orgID: "org_1")
        #expect(try await renderer.render(mail(context)).subject == "Acme will be deleted \(words)")
    }

    @Test func `NOT-170 an alert says what it is, that it lasts, and that it is over`() async throws {
        let day = Instant(secondsSinceEpoch: 1_769_853_900)
        let letters = OperatorCondition("dead_letters", severity: .critical, title: "Jobs were given up", detail: "3 wait.")
        let first = OperatorAlert(letters, at: day)
        let again = OperatorAlert(condition: letters, openedAt: day, seenAt: day, toldAt: day, times: 2)
        let told = try await renderer.render(mail(OperatorAlertContext(first, isOver: false)))
        #expect(told.subject == "[critical] Jobs were given up" && told.text.contains("3 wait.") && told.text.contains("dead_letters"))
        #expect(!told.text.contains("told before"))
        #expect(try await renderer.render(mail(OperatorAlertContext(again, isOver: false))).text.contains("told before and lasts"))
        let over = try await renderer.render(mail(OperatorAlertContext(again, isOver: true)))
        #expect(over.subject == "[over] Jobs were given up" && over.text.contains("not been seen for an hour"))
    }

    @Test(arguments: MailTemplate.ofOrgs)
    func `ORG-113 every mail about an org reads in HTML as a person has seen it`(template: MailTemplate) async throws {
        try Snapshot.verify(try await renderer.render(mail(fixture(template))).html, named: "\(template.rawValue)-html")
    }

    @Test func `ORG-113 the mails about support access and the billing address say who it was, also when nobody is known`() async throws {
        let day = Instant(secondsSinceEpoch: 1_769_853_900)
        func texts(_ actor: String?) async throws -> [String] {
            let contexts: [any MailContext] = [
                SupportAccessGrantedContext(org: "Acme", until: day, actor: actor, orgID: "org_1"),
                SupportAccessEndedContext(org: "Acme", actor: actor, orgID: "org_1"),
                BillingContactChangedContext(org: "Acme", oldAddress: nil, newAddress: nil, actor: actor, orgID: "org_1"),
            ]
            var texts: [String] = []
            for context in contexts { texts.append(try await renderer.render(mail(context)).text) }
            return texts
        }
        for text in try await texts("Grace Hopper") { #expect(text.contains("Grace Hopper")) }
        let unknown = try await texts(nil)
        #expect(unknown[0].contains("An owner of Acme allowed"))
        #expect(unknown[1].contains("Its time was over."))
        #expect(!unknown[2].contains("Changed by"))
    }

    @Test func `NOT-001 no template is written in HTML or text beside the XML`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/NotificationsMarkup/Templates")
        let files = try #require(FileManager.default.enumerator(atPath: folder.path())).compactMap { $0 as? String }
        #expect(files.count > MailTemplate.allCases.count)
        #expect(files.allSatisfy { $0.hasSuffix(".xml") || $0 == "Fragments" || $0 == "Notices" })
    }

    @Test(arguments: MailTemplate.allCases)
    func `NOT-017 a hostile name is shown as text in every mail and makes no header`(template: MailTemplate) async throws {
        let rendered = try await renderer.render(mail(fixture(template, .hostile), reason: "you own \(hostileName)"))
        #expect(!rendered.html.contains("<b>"))
        #expect(rendered.html.contains("&lt;b&gt;Eve&lt;/b&gt;"))
        #expect(rendered.subject.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
        #expect(!rendered.text.contains("\r"))
        #expect(!rendered.text.split(separator: "\n").contains { $0.hasPrefix("Bcc:") && rendered.text.hasPrefix($0) })
    }

    @Test(arguments: MailTemplate.allCases)
    func `NOT-012 links go to our own pages and to the provider's only`(template: MailTemplate) async throws {
        let rendered = try await renderer.render(mail(fixture(template)))
        for match in rendered.html.matches(of: /(href|src)="([^"]*)"/) {
            let url = String(match.2)
            #expect(url.hasPrefix("https://app.example.com/") || url.hasPrefix("https://invoice.stripe.com/"), "\(url)")
        }
        #expect(!rendered.html.contains("<img"))
        #expect(rendered.html.utf8.count <= 90 * 1_024)
    }

    @Test func `NOT-018 a page of another host in a stored context is left out`() async throws {
        for url in ["http://invoice.stripe.com/i", "https://invoice.stripe.com.evil.example/", "javascript:alert(1)"] {
            let context = PaymentReceiptContext(
                org: "Acme", orgID: "org_1", number: "1", amount: Money(minorUnits: 1, currency: .eur),
                paidAt: Instant(secondsSinceEpoch: 0),
                plan: nil, periodStart: nil, periodEnd: nil, hostedURL: url)
            let rendered = try await renderer.render(mail(context))
            #expect(!rendered.html.contains("its page at our payment provider"))
            #expect(!rendered.html.contains("evil") && !rendered.text.contains("javascript"))
        }
    }

    @Test func `NOT-040 without a keep token the idle mail has no link and says what keeps the subscription`() async throws {
        let day = Instant(secondsSinceEpoch: 1_769_853_900)
        let rendered = try await renderer.render(
            mail(
                IdleCancelContext(
                    org: "Acme", resource: "Graph A", person: nil, periods: "months", endsAt: day,
                    retention: .init(dataUntil: day, backupUntil: day), keepLink: nil)))
        #expect(!rendered.html.contains("/sub/keep"))
        let words = rendered.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("Just use the product before then: a sign-in or a call of the API is enough."))
    }

    @Test func `NOT-035 a secret is in the bytes that leave and not in what is stored, and the hash is that of the former`() async throws {
        let mail = try mail(fixture(.emailVerification))
        let stored = try await renderer.render(mail)
        for text in [stored.html, stored.text] {
            #expect(text.contains("token=secret.email_verification.ltk_1"))
            #expect(!text.contains("s3cret"))
        }
        let leaving = try renderer.finish(stored, of: mail)
        for text in [leaving.html, leaving.text] {
            #expect(text.contains("https://app.example.com/auth/verify-email?token=s3cret-of-email_verification"))
            #expect(text.contains("token=s3cret-of-disown"))
            #expect(!text.contains("secret."))
        }
        let parts = [leaving.subject, leaving.html, leaving.text].flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
        #expect(leaving.contentHash == SHA256.digest(of: parts))
        #expect(try renderer.finish(stored, of: mail) == leaving)
    }

    @Test func `ID-145 NOT-117 the mail about the end of an account ends in the link that takes it back`() async throws {
        let mail = try mail(fixture(.accountDeletionScheduled))
        let stored = try await renderer.render(mail)
        let leaving = try renderer.finish(stored, of: mail)
        for (stored, leaving) in [(stored.html, leaving.html), (stored.text, leaving.text)] {
            #expect(stored.contains("https://app.example.com/auth/cancel-deletion?token=secret.deletion_cancel.ltk_5"))
            #expect(leaving.contains("https://app.example.com/auth/cancel-deletion?token=s3cret-of-deletion_cancel"))
            #expect(!stored.contains("s3cret"))
        }
    }

    @Test func `NOT-118 a person's own copy is fetched from the account, and sizes are decimal`() async throws {
        func rendered(_ bytes: Int64?) async throws -> String {
            let day = Instant(secondsSinceEpoch: 1_769_853_900)
            return try await renderer.render(
                mail(DataExportReadyContext(name: "Ada", org: nil, orgID: nil, exportID: "pex_1", bytes: bytes, expiresAt: day))
            ).text
        }
        #expect(try await rendered(nil).contains("https://app.example.com/account/exports/pex_1"))
        #expect(try await !rendered(nil).contains("Size"))
        for (bytes, size) in [(999, "999 bytes"), (1_000, "1.0 kB"), (1_950_000, "1.9 MB"), (3_000_000_000, "3.0 GB")] as [(Int64, String)]
        {
            #expect(try await rendered(bytes).contains(size))
        }
    }

    @Test(arguments: OwnershipTransferEndedContext.End.allCases)
    func `NOT-126 the end of a transfer is told in one of four ways`(end: OwnershipTransferEndedContext.End) async throws {
        let text = try await renderer.render(
            mail(OwnershipTransferEndedContext(org: "Acme", owner: "Bob", successor: "Ada", end: end, orgID: "org_1"))
        ).text
        let ways = ["Ada declined", "was taken back", "in time", "could not be carried out"]
        #expect(ways.filter { text.contains($0) }.count == 1)
    }

    @Test func `NOT-147 an immediate deletion says that it cannot be taken back`() async throws {
        let rendered = try await renderer.render(
            mail(
                GraphDeleteRequestedContext(
                    org: "Acme", orgID: "org_1", graph: "A", graphID: "kg1", askedBy: "Ada", endsAt: nil, destroyedAt: nil,
                    backupUntil: Instant(secondsSinceEpoch: 1_769_853_900), canUndo: false)))
        #expect(rendered.subject == "Deletion of A has started")
        #expect(rendered.text.contains("cannot be taken back"))
        #expect(!rendered.text.contains("Until it ends this can be"))
    }

    @Test func `NOT-029 the same mail is the same bytes and hash, another mail is another`() async throws {
        let first = try await renderer.render(mail(fixture(.welcome)))
        let again = try await MarkupMailRenderer(configuration: rendererConfiguration()).render(mail(fixture(.welcome)))
        let other = try await renderer.render(mail(fixture(.welcome, .longest)))
        #expect(first == again)
        #expect(first.contentHash != other.contentHash)
        #expect(first.templateHash == other.templateHash)
        #expect(first.contentHash.count == 32)
    }

    @Test func `NOT-023 a language without a template falls back to English`() async throws {
        for locale in ["de-AT", "de", "en-GB", "xx", ""] {
            #expect(try await renderer.render(mail(fixture(.welcome), locale: locale)).subject == "Welcome to Trellis")
        }
    }

    @Test func `a stored context that does not fit the template is refused without naming a value`() async throws {
        var stored = try mail(fixture(.welcome))
        stored = Mail(
            id: stored.id, decision: stored.decision, template: .graphReady, recipient: stored.recipient, reason: stored.reason,
            locale: "en", context: stored.context, status: .queued, attempts: 0, queuedAt: stored.queuedAt)
        let error = await #expect(throws: MailRenderingError.self) { try await renderer.render(stored) }
        #expect(error?.template == .graphReady)
        #expect(error?.description.contains("Acme") == false)
    }

    // MARK: What a start refuses

    private func start(_ change: (inout [TemplateFiles.File]) -> Void) throws {
        var files = try TemplateFiles.shipped()
        change(&files)
        _ = try MarkupMailRenderer(configuration: rendererConfiguration(), files: files)
    }

    private func file(_ name: String, _ text: String) -> TemplateFiles.File {
        TemplateFiles.File(name: name, bytes: Array(text.utf8), isFragment: false)
    }

    @Test func `NOT-007 a missing template, a doubled one and one of no known mail stop the start`() throws {
        try start { _ in }
        #expect(throws: MarkupError.self) { try start { $0.removeAll { $0.name == "welcome.xml" } } }
        #expect(throws: MarkupError.self) { try start { files in files.first { $0.name == "welcome.xml" }.map { files.append($0) } } }
        #expect(throws: MarkupError.self) {
            try start {
                $0.append(
                    file(
                        "x.xml",
                        "<mail xmlns=\"urn:trellis:mail:1\" template=\"x\" locale=\"en\" class=\"service\"><subject>x</subject><p>x</p></mail>"
                    ))
            }
        }
    }

    @Test func `NOT-007 an overlay with a wrong class or without a mandatory field stops the start, with its place`() throws {
        let head = "<mail xmlns=\"urn:trellis:mail:1\" template=\"welcome\" locale=\"de\""
        let wrongClass = #expect(throws: MarkupError.self) {
            try start { $0.append(file("welcome.de.xml", "\(head) class=\"required\"><subject>x</subject><p>x</p></mail>")) }
        }
        #expect(wrongClass?.source == "welcome.de.xml")
        let missing = #expect(throws: MarkupError.self) {
            try start { $0.append(file("welcome.de.xml", "\(head) class=\"service\"><subject>x</subject>\n<p>x</p></mail>")) }
        }
        #expect(missing?.reason == "the field org must appear and does not")
        try start {
            $0.append(
                file(
                    "welcome.de.xml",
                    """
                    \(head) class="service"><subject>Willkommen</subject><p><value of="name"/>, <value of="org"/> ist bereit.</p>
                    <button to="start">Öffnen</button><p>Sie erhalten dies, weil <value of="reason"/>.</p></mail>
                    """))
        }
    }
}

extension MailTemplate {
    /// The mails of ORG-113; a mail that several of its lines share stands once.
    static let ofOrgs: [MailTemplate] = [
        .orgInvitation, .roleChanged, .memberJoined, .memberRemoved, .memberLeft, .ownershipTransferRequested, .ownershipTransferByOperator,
        .ownershipTransferred, .ownershipTransferEnded, .orgDeletionScheduled, .orgDeletionReminder, .orgDeleted, .orgDeletionCanceled,
        .orgFrozen, .orgThawed, .supportAccessGranted, .supportAccessEnded, .billingContactChanged, .limitWarning, .dataExportReady,
    ]
}
