import Core
import EventLoops
import Foundation
import MailCatcher
import Notifications
import Observability
import PlatformTesting
import Testing

@testable import Composition

@Suite struct MailOperationsTests {
    private func operations(smtp: String, _ more: [String: String] = [:]) throws -> MailOperations {
        MailOperations(
            try TrellisConfiguration(
                environment: more.merging([
                    "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": "postgres://127.0.0.1:1/none",
                    "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": smtp,
                    "TRELLIS_MAIL_FROM": "Trellis <mail@trellis.example>",
                ]) { given, _ in given }), .silent)
    }

    @Test func `NOT-045 the check of the relays sends one message through each and says which does not work`() async throws {
        let loops = try EventLoopGroup(count: 1, name: "mail")
        let catcher = MailCatcherServer(configuration: MailCatcherConfiguration(), dateSource: SystemDateSource(), loops: loops)
        let port = try await catcher.start().smtp
        let operations = try operations(smtp: "smtp://127.0.0.1:1, smtp://127.0.0.1:\(port)")
        let lines = try await operations.check(to: try #require(MailAddress("ada@example.com")))
        await catcher.stop()
        loops.shutdown()
        #expect(lines.count == 3)
        #expect(lines[0] == "sender mail@trellis.example: has a domain")
        #expect(lines[1].hasPrefix("relay 127.0.0.1:1: FAILED"))
        #expect(lines[2].hasPrefix("relay 127.0.0.1:\(port): took the message, 250"))
    }

    @Test func `NOT-053 a mail can be looked at in all its forms with every fixture, without a database`() async throws {
        let previews = try operations(smtp: "smtp://127.0.0.1:1").previews()
        for template in MailTemplate.allCases {
            for fixture in MailFixture.allCases {
                let preview = try await previews.preview(template, fixture, locale: "de")
                #expect(preview.html.hasPrefix("<!DOCTYPE html>"))
                #expect(preview.text.hasPrefix("Subject: "))
                #expect(preview.source.contains("X-Trellis-Template: \(template.rawValue)\r\n"))
                #expect(!preview.html.contains("token=secret."))
            }
        }
    }

    @Test func `NOT-024 the file of brands is read with the settings, and a weak colour or an unknown name is refused`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "brands-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "brands.xml")
        func previews(accent: String) throws -> MailPreviews {
            let brand = """
                <brands xmlns="urn:trellis:brands:1">
                <brand name="acme" product="Acme Graphs" sender="Acme &lt;mail@acme.example&gt;" reply-to="desk@acme.example"
                    support="help@acme.example" legal="Acme Ltd" address="1 Acme Street"><light accent="\(accent)"/></brand>
                </brands>
                """
            try Data(brand.utf8).write(to: file)
            return try operations(smtp: "smtp://127.0.0.1:1", ["TRELLIS_MAIL_BRANDS": file.path]).previews()
        }
        let read = try previews(accent: "#8a1c4a")
        let acme = try await read.preview(.welcome, .usual, locale: "en", brand: "acme")
        #expect(acme.source.contains("From: \"Acme\" <mail@acme.example>\r\nReply-To: <desk@acme.example>\r\n"))
        #expect(acme.html.contains("#8a1c4a") && acme.text.contains("Acme Graphs"))
        let own = try await read.preview(.welcome, .usual, locale: "en")
        #expect(own.source.contains("<mail@trellis.example>") && own.text.contains("Trellis"))
        await #expect(throws: (any Error).self) { try await read.preview(.welcome, .usual, locale: "en", brand: "none") }
        #expect(throws: (any Error).self) { try previews(accent: "#f0f0f0") }
        #expect(throws: (any Error).self) {
            try operations(smtp: "smtp://127.0.0.1:1", ["TRELLIS_MAIL_BRANDS": folder.appending(path: "none").path]).previews()
        }
    }
}
