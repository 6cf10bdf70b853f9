import Core
import Cryptography
import Identity
import IdleCancellation
import Jobs
import Markup
import Notifications
import NotificationsMarkup
import NotificationsPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

/// What people are told of an idle cancellation, from the decision to the reversal.
@Suite struct IdleNoticesTests {
    private static func keys(_ id: String = "k1") throws -> KeepKeys {
        try KeepKeys([SecretString(id + ":" + Base64.encode(SystemRandomSource().bytes(count: 32)))])
    }

    private func context(_ here: Neighbourhood, _ address: String) async throws -> JSONValue {
        try await here.database.adminClient.query("SELECT context FROM notifications.mail WHERE address = \(address)")[0].decode("context")
    }

    @Test
    func `IDL-055, NOT-152 a decision's mails go to owners, a differing billing address and whose seat it is, each with its own link`()
        async throws
    {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            _ = try await here.person("Bob", as: .owner)
            _ = try await here.person("Carl", as: .admin)
            let eve = try await here.person("Eve", as: .member)
            try await here.bills(to: "Bills@example.com")
            let idleCase = try await here.idleCase(seat: eve, resource: "sec")
            let keys = try Self.keys()
            let sink = try here.sink(keys)
            for _ in 0..<2 { try await here.store.withTransaction { try await sink.hold(idleCase, in: $0) } }
            let mails = try await here.mails()
            #expect(mails.map(\.address) == ["Bills@example.com", "ada@example.com", "bob@example.com", "eve@example.com"])
            #expect(mails.allSatisfy { $0.status == "held" && $0.template == "idle_cancel" })
            #expect(try await here.count("jobs.job") == 0)
            let secrets = KeepLinkSecrets(tokens: KeepTokens(keys: keys), others: NoOtherLinks())
            var tokens: Set<String> = []
            for mail in mails {
                let values = try await context(here, mail.address)
                #expect(values["person"]?.stringValue == "Eve" && values["retention"] == nil)
                let link = MailSecretLink(kind: "keep", id: try #require(values["keepLink"]?["id"]?.stringValue))
                let token = secrets.secret(of: link).withValue { $0 }
                tokens.insert(token)
                let verdict = KeepTokens(keys: keys).verify(token, now: here.clock.now)
                guard case .valid(let claims, _) = verdict else {
                    Issue.record("\(verdict)")
                    continue
                }
                #expect(claims.idleCase == idleCase.id && claims.periodEnd == idleCase.endsAt)
                #expect(claims.recipient == KeepClaims.recipient(mail.address))
            }
            #expect(tokens.count == 4)
            #expect(try await here.count("notifications.mail WHERE context::text LIKE '%\(tokens.first ?? "-")%'") == 0)
        }
    }

    @Test func `IDL-030, NOT-152 held mails leave by the release alone, with their jobs and entries, once`() async throws {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let sink = try here.sink(try Self.keys())
            let idleCase = try await here.idleCase()
            let other = try await here.idleCase()
            try await here.store.withTransaction { transaction in
                try await sink.hold(idleCase, in: transaction)
                try await sink.hold(other, in: transaction)
            }
            for _ in 0..<2 { try await here.store.withTransaction { try await sink.release(idleCase, in: $0) } }
            #expect(try await here.mails().map(\.status).sorted() == ["held", "queued"])
            #expect(try await here.count("jobs.job") == 1)
            #expect(try await here.count("audit.entry WHERE type = 'email_queued'") == 1)
        }
    }

    @Test func `IDL-037, NOT-152 a withdrawn mail never leaves, even when it is released later, and the API's role may withdraw`()
        async throws
    {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let sink = try here.sink(try Self.keys())
            let idleCase = try await here.idleCase()
            try await here.store.withTransaction { try await sink.hold(idleCase, in: $0) }
            try await here.store(here.database.client).withTransaction { try await sink.withdraw(idleCase, in: $0) }
            try await here.store.withTransaction { try await sink.release(idleCase, in: $0) }
            #expect(try await here.mails().map(\.status) == ["canceled"])
            #expect(try await here.count("jobs.job") == 0)
            let text = here.metrics.render()
            #expect(text.contains("trellis_idle_mail_enqueued_total{kind=\"idle_cancel\",status=\"held\"} 1"))
            #expect(text.contains("trellis_idle_mail_enqueued_total{kind=\"idle_cancel\",status=\"canceled\"} 1"))
        }
    }

    @Test
    func `IDL-T29, IDL-054, SEC-077 without a key the mail has no link; with one that is added later a mail that is made again has it`()
        async throws
    {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let idleCase = try await here.idleCase()
            let bare = try here.sink(.none)
            try await here.store.withTransaction { try await bare.hold(idleCase, in: $0) }
            #expect(try await context(here, "ada@example.com")["keepLink"] == nil)
            let second = try await here.idleCase()
            let keys = try Self.keys()
            let dressed = try here.sink(keys)
            try await here.store.withTransaction { try await dressed.hold(second, in: $0) }
            let links = try await here.count("notifications.mail WHERE context ? 'keepLink' AND context->>'keepLink' IS NOT NULL")
            #expect(links == 1)
            // The key is gone before the mail leaves: its link is empty and works for nothing.
            let link = MailSecretLink(kind: "keep", id: "nothing")
            #expect(KeepLinkSecrets(tokens: KeepTokens(keys: .none), others: NoOtherLinks()).secret(of: link).withValue { $0.isEmpty })
        }
    }

    @Test func `IDL-T29, IDL-054 sending again gives open cases the link of the newest key, once for each key, and closed ones nothing`()
        async throws
    {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let bare = try here.sink(.none)
            var told = try await here.idleCase()
            let held = try await here.idleCase()
            let closed = try await here.idleCase(state: .kept)
            told.confirmedAt = here.clock.now
            let confirmed = told
            try await here.store.withTransaction { transaction in
                for idleCase in [confirmed, held] { try await bare.hold(idleCase, in: transaction) }
                try await bare.release(confirmed, in: transaction)
                #expect(try await bare.resend(confirmed, in: transaction) == 0)
            }
            for (key, expected) in [("k1", 1), ("k1", 0), ("k2", 1)] {
                let sink = try here.sink(try Self.keys(key))
                for idleCase in [confirmed, held] {
                    #expect(try await here.store.withTransaction { try await sink.resend(idleCase, in: $0) } == expected)
                }
                #expect(try await here.store.withTransaction { try await sink.resend(closed, in: $0) } == 0)
            }
            func states(of idleCase: IdleCase) async throws -> [String] {
                try await here.database.adminClient.query(
                    "SELECT status FROM notifications.mail WHERE starts_with(decision, \("idle_cancel/\(idleCase.id)/")) ORDER BY queued_at, id"
                ).map { try $0.decode(String.self) }
            }
            #expect(try await states(of: confirmed) == ["queued", "queued", "queued"])
            #expect(try await states(of: held).sorted() == ["canceled", "canceled", "held"])
        }
    }

    @Test func `IDL-031 a moved period withdraws what was held and tells the new date with a new link, at once where it was told before`()
        async throws
    {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let sink = try here.sink(try Self.keys())
            var idleCase = try await here.idleCase()
            try await here.store.withTransaction { try await sink.hold(idleCase, in: $0) }
            idleCase.endsAt = idleCase.endsAt + .days(2)
            try await here.store.withTransaction { try await sink.periodMoved(idleCase, in: $0) }
            #expect(try await here.mails().map(\.status) == ["canceled", "held"])
            idleCase.confirmedAt = here.clock.now
            try await here.store.withTransaction { try await sink.release(idleCase, in: $0) }
            idleCase.endsAt = idleCase.endsAt + .days(1)
            try await here.store.withTransaction { try await sink.periodMoved(idleCase, in: $0) }
            #expect(try await here.mails().map(\.status) == ["canceled", "queued", "queued"])
            #expect(try await here.count("(SELECT DISTINCT context->'keepLink'->>'id' FROM notifications.mail) AS links") == 3)
        }
    }

    @Test(arguments: [ReversalVia.link, .activity, .portal, .owner, .operator])
    func `IDL-039, NOT-154 a kept one is told by mail to owners, who acted and whose seat it is, once`(via: ReversalVia) async throws {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let carl = try await here.person("Carl", as: .admin)
            try await here.bills(to: "bills@example.com")
            var idleCase = try await here.idleCase()
            idleCase.via = via
            idleCase.acceptedBy = via == .activity ? carl : nil
            let told = idleCase
            let sink = try here.sink()
            for _ in 0..<2 { try await here.store.withTransaction { try await sink.kept(told, in: $0) } }
            let addresses = via == .activity ? ["ada@example.com", "carl@example.com"] : ["ada@example.com"]
            #expect(try await here.mails().map(\.address) == addresses)
            #expect(try await here.count("jobs.job") == addresses.count)
            #expect(try await here.count("notifications.notice WHERE via = '\(via.rawValue)'") == addresses.count)
            let how = try #require(try await context(here, "ada@example.com")["how"]?.stringValue)
            #expect(via == .operator ? how.contains("our mistake") : !how.contains("mistake"))
        }
    }

    @Test func `NOT-153 a reversal that came too late is told with the end of access and how to subscribe again`() async throws {
        try await Neighbourhood.with { here in
            _ = try await here.person("Ada", as: .owner)
            let idleCase = try await here.idleCase(state: .kept)
            let sink = try here.sink()
            for _ in 0..<2 { try await here.store.withTransaction { try await sink.keepFailed(idleCase, in: $0) } }
            #expect(try await here.mails().map(\.template) == ["keep_failed"])
            #expect(try await here.count("notifications.notice") == 0)
        }
    }
}

struct NoOtherLinks: MailLinkSecrets {
    func secret(of link: MailSecretLink) -> SecretString { SecretString("other") }
}
