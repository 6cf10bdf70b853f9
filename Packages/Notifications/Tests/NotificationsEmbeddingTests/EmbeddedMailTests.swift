import AuditPostgres
import Core
import Foundation
import Jobs
import JobsPostgres
import JobsTesting
import Markup
import Notifications
import NotificationsMarkup
import NotificationsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct EmbeddedMailTests {
    private let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))

    private func brand(_ base: MarkupLink.Base) -> MarkupBrand {
        MarkupBrand(
            productName: "Workshop", supportAddress: "help@workshop.example", legalLine: "Workshop Ltd, 1 Mill Lane", home: base.link([]),
            palettes: .standard)
    }

    @Test func `NOT-197 a program sends a mail of its own, with its own template, context and sender, and nothing else of the product`()
        async throws
    {
        let migrations = [AuditMigrations.all, JobsMigrations.all, NotificationsMigrations.all]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let mails = WorkshopMails(client: database.systemClient, dateSource: clock)
            let (sender, base) = (Pigeonhole(), try #require(MarkupLink.Base("https://workshop.example")))
            var registry = JobRegistry()
            try mails.register(on: &registry, brand: brand(base), base: base, sender: sender)
            let worker = ManualWorker(client: database.systemClient, registry: registry, dateSource: clock)
            let stop = MachineStopped(machine: "Lathe <2>", stoppedAt: clock.now, parts: 41)
            let address = try #require(MailAddress("ada@workshop.example"))
            for _ in 1...2 { try await mails.tell(address, of: stop) }
            try await worker.drain()

            let email = try #require(sender.taken.first)
            #expect(sender.taken.count == 1, "one decision is told once")
            #expect(email.template == MachineStopped.template && email.recipient == address)
            #expect(email.subject == "Lathe <2> has stopped")
            #expect(email.html.contains("Lathe &lt;2&gt; has stopped") && !email.html.contains("Lathe <2>"))
            for words in ["after 41 parts", "you look after Lathe <2>", "https://workshop.example/machines/Lathe%20%3C2%3E", "1 Mill Lane"]
            {
                #expect(email.text.contains(words), "\(words) in \(email.text)")
            }
            let rows = try await database.adminClient.query("SELECT template, class, status FROM notifications.mail")
            #expect(
                try rows.map { try $0.decode((String, String, String).self) }.map { "\($0)" } == [
                    #"("machine_stopped", "required", "sent")"#
                ])
            let told = try await database.adminClient.query("SELECT type FROM audit.entry WHERE ref_mail IS NOT NULL ORDER BY recorded_at")
            #expect(try told.map { try $0.decode(String.self) } == ["email_queued", "email_sent"])
            let schemas = try await database.adminClient.query(
                "SELECT nspname FROM pg_namespace WHERE nspname IN ('identity', 'orgs', 'billing', 'graphs', 'operations', 'admin')")
            #expect(schemas.isEmpty)
        }
    }

    @Test func `NOT-197 who was not told of a program's mail refuses its row, and its name is none of the catalogue's`() async throws {
        #expect(MailTemplate(rawValue: "machine_stopped") == nil && !MailTemplate.allCases.contains(MachineStopped.template))
        let migrations = [AuditMigrations.all, JobsMigrations.all, NotificationsMigrations.all]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let mails = WorkshopMails(client: database.systemClient, dateSource: clock)
            let address = try #require(MailAddress("ada@workshop.example"))
            try await mails.tell(address, of: MachineStopped(machine: "Lathe", stoppedAt: clock.now, parts: 1))
            let id = try await database.adminClient.query("SELECT id FROM notifications.mail")[0].decode(Mail.ID.self)
            let clock = clock
            let catalogueOnly = WorkshopMails.Store(client: database.systemClient, notifier: nil) {
                NotificationsOnlyTransaction(postgres: $0, dateSource: clock, wakeUps: $1)
            }
            await #expect(throws: (any Error).self) { try await catalogueOnly.withTransaction { try await $0.lockMail(id) } }
            #expect(try await mails.store.withTransaction { try await $0.lockMail(id) }?.mail.template == MachineStopped.template)
        }
    }

    @Test(arguments: [
        (#"template="machine_stopped""#, #"template="welcome""#, "names no mail of the catalogue"),
        (#"class="required""#, #"class="service""#, "the class of machine_stopped is required"),
        (#"<value of="parts"/> parts.</p>"#, #"<value of="price"/>.</p>"#, "price"),
        (#"locale="en""#, #"locale="de""#, "the mail machine_stopped has no English template"),
    ])
    func `NOT-197 a program's template is checked at start as those of the catalogue are`(part: String, other: String, fault: String) throws
    {
        let base = try #require(MarkupLink.Base("https://workshop.example"))
        let configuration = MarkupMailRenderer.Configuration(base: base, providerHosts: [], brand: brand(base), secrets: PlainMails())
        let bytes = Array(machineStoppedXML.replacing(part, with: other).utf8)
        let file = MailTemplateFile(name: "machine_stopped.xml", bytes: bytes, isFragment: false)
        let error = #expect(throws: MarkupError.self) {
            _ = try MarkupMailRenderer(configuration: configuration, own: [MachineStopped.own], files: [file])
        }
        #expect(error.map { "\($0)".contains(fault) } ?? false, "\(String(describing: error))")
    }

    @Test func `NOT-197 the catalogue stays closed, each of its mails is listed, and no source of the product has a mail of its own`()
        throws
    {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../..").standardizedFileURL
        let catalogue = try String(
            contentsOf: root.appending(path: "Packages/Notifications/Sources/Notifications/MailTemplate.swift"), encoding: .utf8)
        let listed = try #require(catalogue.firstMatch(of: #/(?s)public enum MailTemplate:.*?case own\(/#))
        let cases = listed.0.matches(of: #/(?m)^    case (\w+)$/#).map { String($0.1) }
        #expect(Set(cases) == Set(MailTemplate.allCases.map { "\($0)" }) && cases.count == MailTemplate.allCases.count)
        var files = 0
        for folder in ["Packages", "Apps"] {
            let walk = try #require(FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil))
            for case let file as URL in walk
            where file.pathExtension == "swift" && !file.path.contains("/Tests/") && !file.path.contains("/.build/") {
                files += 1
                let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.contains("///") }
                #expect(!lines.contains { $0.contains("OwnMailTemplate(") || $0.contains(".page(.own(") }, "\(file.path)")
            }
        }
        #expect(files > 500)
    }

    @Test func `NOT-197 the program imports the package and what it stands on, and the guide shows it as it is compiled`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let program = try String(contentsOf: folder.appending(path: "WorkshopMail.swift"), encoding: .utf8)
        let imports = program.matches(of: #/(?m)^import (\w+)$/#).map { String($0.1) }
        #expect(
            Set(imports) == [
                "Core", "Jobs", "JobsPostgres", "Markup", "Notifications", "NotificationsMarkup", "NotificationsPostgres", "Observability",
                "Postgres", "Synchronization",
            ])
        let guide = try String(
            contentsOf: folder.appending(path: "../../../../docs/guides/mails-alone.md").standardizedFileURL, encoding: .utf8)
        let blocks = guide.matches(of: #/(?s)```swift\n(.*?)```/#).map { String($0.1) }
        #expect(blocks.count == 4)
        for block in blocks { #expect(program.contains(block), "\(block)") }
    }
}
