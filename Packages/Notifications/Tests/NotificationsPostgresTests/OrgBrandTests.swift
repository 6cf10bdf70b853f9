import Audit
import Core
import Notifications
import NotificationsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// The brand of an org's mails is what is kept for the org when they are queued.
@Suite struct OrgBrandTests {
    @Test func `NOT-024 mails have the brand that their org has selected when they are queued, and no others`() async throws {
        try await Hooks.with { hooks in
            let (outbox, org) = (hooks.outbox, Hooks.org)
            let brands = OrgBrands(store: outbox.store, dateSource: outbox.clock)
            func queue(_ decision: String, about: [AuditReference], as brand: String? = nil) async throws -> String? {
                var draft = MailDraft(
                    decision: decision, context: Outbox.required, about: about,
                    recipients: [
                        MailRecipient(
                            address: try #require(MailAddress("ada@example.com")), user: nil, locale: nil, reason: "you own Acme Ltd")
                    ])
                draft.brand = brand
                let ids = try await outbox.store.withTransaction { try await outbox.outbox.queue(draft, at: outbox.clock.now, in: $0) }
                let id = try #require(ids.first)
                return try await outbox.entry(id).mail.brand
            }
            let about = [AuditReference(org)]
            #expect(try await queue("test/1", about: about) == nil)
            func choose(_ brand: String?) async throws -> Bool {
                try await brands.select(brand, for: org, because: "it is sold under that name", by: .system(component: "test"))
            }
            #expect(try await choose("acme"))
            #expect(try await !choose("acme"), "it is so already")
            #expect(try await queue("test/2", about: about) == "acme")
            // Of an account, and of another org.
            #expect(try await queue("test/3", about: []) == nil)
            #expect(try await queue("test/7", about: [AuditReference(Org.ID(high: 1, low: 3))]) == nil)
            #expect(try await choose("plain"))
            #expect(try await queue("test/4", about: about) == "plain")
            let before = try await outbox.database.adminClient.query("SELECT brand FROM notifications.mail WHERE decision = 'test/2'")
            #expect(try before.map { try $0.decode("brand", as: String?.self) } == ["acme"], "what is queued keeps its brand")
            #expect(try await queue("test/8", about: about, as: "chosen") == "chosen", "one that was chosen for a mail counts more")
            #expect(try await choose(nil))
            #expect(try await queue("test/5", about: about) == nil)
            let entries = try await outbox.database.adminClient.query(
                "SELECT data->>'before', data->>'after' FROM audit.entry WHERE type = 'mail_brand_changed' ORDER BY recorded_at, id")
            #expect(entries.count == 3)

            // It leaves with its brand's sender.
            #expect(try await choose("acme"))
            _ = try await queue("test/6", about: about)
            let sender = RecordingEmailSender()
            let rows = try await outbox.database.adminClient.query("SELECT id FROM notifications.mail WHERE decision = 'test/6'")
            _ = try await outbox.send(try rows[0].decode("id", as: Mail.ID.self), through: sender)
            #expect(sender.emails.map(\.brand) == ["acme"])
            try await outbox.store.withTransaction { try await $0.removeWebhooks(of: org) }
            let left = try await outbox.database.adminClient.query("SELECT FROM notifications.org_brand")
            #expect(left.isEmpty, "an org that is erased leaves no selection behind")
        }
    }
}
