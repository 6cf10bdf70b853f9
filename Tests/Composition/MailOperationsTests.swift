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
    private func operations(smtp: String) throws -> MailOperations {
        MailOperations(
            try TrellisConfiguration(environment: [
                "TRELLIS_ENVIRONMENT": "test", "TRELLIS_DATABASE_URL": "postgres://127.0.0.1:1/none",
                "TRELLIS_BACKUP_DIR": FileManager.default.temporaryDirectory.path, "TRELLIS_SMTP_URL": smtp,
                "TRELLIS_MAIL_FROM": "Trellis <mail@trellis.example>",
            ]), .silent)
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
}
