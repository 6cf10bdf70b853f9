import Audit
import AuditPostgres
import Billing
import BillingPostgres
import Core
import Cryptography
import EventLoops
import FoundationEssentials
import Graphs
import GraphsPostgres
import HTTPServer
@_spi(Authentication) import Identity
import IdentityHTTP
import IdentityPostgres
import IdleCancellation
import Jobs
import JobsPostgres
import JobsTesting
import Notifications
import NotificationsHTTP
import NotificationsMarkup
import NotificationsPostgres
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// What people want to be told by mail, and the links that turn mails off.
@Suite struct PreferenceTests {
    /// Knows callers by name.
    private struct Door: RequestAuthenticator {
        let people: [String: Principal]
        func principal(for credential: Credential, actingFor org: OrgReference?, from client: ClientContext) async throws -> Principal {
            guard case .bearer(let token) = credential, let principal = token.withValue({ people[$0] }) else {
                throw IdentityError.tokenInvalid
            }
            return principal
        }
        func recordDenial(_ missing: String, to principal: Principal) async throws {}
        func orgChoices(of user: User.ID) async throws -> [OrgChoice] { [] }
    }

    /// The routes over a neighbourhood.
    private struct Desk {
        let here: Neighbourhood
        let router: Router
        let links: SignedUnsubscribeLinks
        let preferences: StoredMailPreferences<PostgresNotificationStore<TestTransaction>>

        init(_ here: Neighbourhood, _ people: [String: User.ID]) throws {
            self.here = here
            links = try #require(
                SignedUnsubscribeLinks(publicURL: "https://app.example.com", masters: [SecretBytes([UInt8](repeating: 7, count: 32))]))
            preferences = StoredMailPreferences(store: here.store(here.database.client), dateSource: here.clock)
            let principals = try people.mapValues { id in
                Principal(
                    userID: id, email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
                    isEmailVerified: true, credential: .session(Session.ID.make(at: here.clock.now), generation: 1), scopes: nil,
                    graph: nil, orgScope: nil)
            }
            var router = Router()
            PreferenceRoutes(
                preferences: preferences, unsubscribing: preferences, links: links, authenticator: Authenticator(Door(people: principals))
            ).register(on: &router)
            self.router = router
        }

        func call(_ method: HTTPServer.Method, _ target: String, as caller: String? = nil, _ body: JSONValue? = nil, form: String? = nil)
            async throws
            -> (status: Int, body: String, json: JSONValue)
        {
            var headers: Headers = [:]
            if let caller { headers["Authorization"] = "Bearer \(caller)" }
            if body != nil { headers["Content-Type"] = "application/json" }
            if form != nil { headers["Content-Type"] = "application/x-www-form-urlencoded" }
            let bytes = try body.map { try JSON.encode($0) } ?? form.map { Array($0.utf8) } ?? []
            let request = try #require(
                Request(method: method, target: target, headers: headers, body: bytes, id: RequestID.make(at: here.clock.now)))
            let response = await router.respond(to: request)
            guard case .bytes(let answer) = response.body else { return (response.status.rawValue, "", .null) }
            return (
                response.status.rawValue, String(decoding: answer, as: UTF8.self), (try? JSON.decode(JSONValue.self, from: answer)) ?? .null
            )
        }

        func set(_ category: String, _ isOn: Bool, as caller: String) async throws -> (status: Int, body: String, json: JSONValue) {
            try await call(
                .put, "/v1/user/notification-preferences", as: caller, ["categories": .object([category: ["mail": .bool(isOn)]])])
        }
    }

    private func queue(_ here: Neighbourhood, _ context: any MailContext, to address: String, user: User.ID?, decision: String = "test/1")
        async throws
        -> Mail.ID
    {
        let recipient = MailRecipient(
            address: try #require(MailAddress(address)), user: user?.uuid, locale: nil, reason: "you own Acme")
        let draft = MailDraft(decision: decision, context: context, about: [], recipients: [recipient])
        return try #require(try await here.store.withTransaction { try await MailOutbox().queue(draft, at: here.clock.now, in: $0) }.first)
    }

    private func send(_ here: Neighbourhood, _ id: Mail.ID, through sender: any EmailSender, _ links: SignedUnsubscribeLinks) async throws {
        let handler = SendMailHandler(
            store: here.store, renderer: PlainRenderer(), sender: sender, reasons: EveryReasonStands(), unsubscribing: links,
            jitter: { 0.5 }, log: .silent)
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: here.clock,
            effects: NoEffects())
        _ = try await handler.run(SendMail(mail: id), context: context)
    }

    private func mail(_ here: Neighbourhood, _ id: Mail.ID) async throws -> Mail {
        try #require(try await here.store.withTransaction { try await $0.lockMail(id) }).mail
    }

    private let renewal = MonthlyRenewalReminderContext(
        org: "Acme", orgID: "org_1", plan: "Standard", amount: Money(minorUnits: 100, currency: .usd),
        renewsAt: Instant(secondsSinceEpoch: 1_900_000_000))

    @Test func `AUD-129 NOT-060 a person sees every category, turns some off and on, and a locked one is refused with its reason`()
        async throws
    {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .member)
            let desk = try Desk(here, ["ada": ada])
            let shown = try await desk.call(.get, "/v1/user/notification-preferences", as: "ada").json["categories"]?.arrayValue ?? []
            #expect(shown.compactMap { $0["category"]?.stringValue } == MailCategory.allCases.map(\.rawValue))
            #expect(shown.allSatisfy { $0["channels"]?["mail"] == true })
            #expect(shown.filter { $0["locked"] == true }.compactMap { $0["category"]?.stringValue } == ["security", "contract"])
            #expect(shown.filter { $0["locked"] == true }.allSatisfy { $0["locked_because"]?.stringValue?.isEmpty == false })

            for word in ["security", "contract"] {
                let refused = try await desk.set(word, false, as: "ada")
                #expect(refused.status == 400 && refused.json["code"] == "CATEGORY_LOCKED", "\(refused.body)")
            }
            #expect(try await desk.set("strange", false, as: "ada").status == 422)
            #expect(try await desk.set("graph_work", true, as: "ada").json["code"] == "NOTHING_TO_CHANGE")
            #expect(try await desk.set("graph_work", false, as: "ada").status == 200)
            #expect(try await desk.preferences.preferences(of: ada).first { $0.category == .graphWork }?.isOn == false)
            #expect(try await desk.set("graph_work", false, as: "ada").status == 400)
            #expect(try await desk.set("graph_work", true, as: "ada").status == 200)
            #expect(try await desk.preferences.preferences(of: ada).allSatisfy(\.isOn))
            #expect(try await here.count("audit.entry WHERE type = 'preference_changed'") == 2)
            #expect(try await desk.call(.get, "/v1/user/notification-preferences").status == 401)
        }
    }

    @Test
    func `NOT-060 NOT-061 an org's default holds for whoever has chosen nothing, a choice comes first, and what somebody must get goes`()
        async throws
    {
        try await Neighbourhood.with { here in
            let (ada, bob) = (try await here.person("Ada", as: .owner), try await here.person("Bob", as: .owner))
            let desk = try Desk(here, ["ada": ada, "bob": bob])
            let defaults = OrgMailDefaults(store: here.store, dateSource: here.clock)
            let membership = OrgScope(
                org: here.org, user: ada, membership: .make(at: here.clock.now), role: .owner, state: .active, name: "Acme", type: .team)
            let owner = Principal(
                userID: ada, email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
                isEmailVerified: true, credential: .session(Session.ID.make(at: here.clock.now), generation: 1), scopes: nil, graph: nil,
                orgScope: membership)
            let scope = try MembershipAuthorizer().ownerScope(for: owner, in: here.org)
            #expect(try await defaults.defaults(in: scope) == MailCategory.withOrgDefault.map { MailPreference(category: $0, isOn: true) })
            for isFirst in [true, false] {
                let wishes = MailCategory.withOrgDefault.map { MailPreference(category: $0, isOn: false) }
                let (all, isChanged) = try await defaults.set(wishes, in: scope)
                #expect(isChanged == isFirst && all.allSatisfy { !$0.isOn })
            }
            #expect(
                try await here.count("audit.entry WHERE type = 'preference_changed' AND ref_org IS NOT NULL AND ref_user IS NOT NULL") == 2)
            // Bob chooses for himself what the org's default says, and then the other way round.
            for isOn in [false, true] { #expect(try await desk.set("graph_work", isOn, as: "bob").status == 200) }

            func queued(_ context: any MailContext, _ address: String, _ user: User.ID?, _ decision: String, of org: Bool = true)
                async throws -> Mail.ID
            {
                let recipient = MailRecipient(
                    address: try #require(MailAddress(address)), user: user?.uuid, locale: nil, reason: "you own Acme")
                let draft = MailDraft(
                    decision: decision, context: context, about: org ? [AuditReference(here.org)] : [], recipients: [recipient])
                return try #require(
                    try await here.store.withTransaction { try await MailOutbox().queue(draft, at: here.clock.now, in: $0) }.first)
            }
            let card = CardExpiringContext(
                org: "Acme", orgID: "org_1", plan: "Standard", brand: nil, last4: "4242", endsOn: here.clock.now, renewsAt: here.clock.now)
            let held = [
                try await queued(Outbox.service, "ada@example.com", ada, "1"),
                try await queued(renewal, "bills@example.com", nil, "2"),
            ]
            let sent = [
                try await queued(Outbox.service, "bob@example.com", bob, "3"),
                try await queued(Outbox.service, "ada@example.com", ada, "4", of: false),
                try await queued(card, "bills@example.com", nil, "5"),
                try await queued(Outbox.required, "ada@example.com", ada, "6"),
            ]
            let sender = RecordingEmailSender()
            for id in held + sent { try await send(here, id, through: sender, desk.links) }
            for id in held { #expect(try await mail(here, id).status == .skipped) }
            #expect(sender.emails.map(\.id) == sent)
        }
    }

    @Test func `NOT-062 a mail that waits when its category is turned off is skipped; one that must be got goes all the same`() async throws
    {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .member)
            let desk = try Desk(here, ["ada": ada])
            let service = try await queue(here, Outbox.service, to: "ada@example.com", user: ada)
            let required = try await queue(here, Outbox.required, to: "ada@example.com", user: ada)
            let other = try await queue(here, Outbox.service, to: "bob@example.com", user: try await here.person("Bob"))
            #expect(try await desk.set("graph_work", false, as: "ada").status == 200)
            let sender = RecordingEmailSender()
            for id in [service, required, other] { try await send(here, id, through: sender, desk.links) }
            #expect(try await mail(here, service).status == .skipped)
            #expect(sender.emails.map(\.id) == [required, other])
            #expect(try await here.count("audit.entry WHERE type = 'email_skipped' AND ref_mail IS NOT NULL") == 1)
        }
    }

    @Test func `NOT-059 SEC-028 a mail that may be turned off carries a link; opening it changes nothing, one click acts, once and again`()
        async throws
    {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .member)
            let desk = try Desk(here, ["ada": ada])
            let first = try await queue(here, renewal, to: "Ada@example.com", user: ada)
            let required = try await queue(here, Outbox.required, to: "ada@example.com", user: ada)
            let sender = RecordingEmailSender()
            for id in [first, required] { try await send(here, id, through: sender, desk.links) }
            #expect(sender.emails.map { $0.unsubscribeURL != nil } == [true, false])
            let url = try #require(sender.emails.first?.unsubscribeURL)
            #expect(url.hasPrefix("https://app.example.com/mail/unsubscribe?token=billing_reminders."))
            #expect(!url.contains("ada"))
            let target = String(url.dropFirst("https://app.example.com".count))

            for method in [HTTPServer.Method.get, .head] {
                for _ in 0..<3 { #expect(try await desk.call(method, target).status == 200) }
            }
            #expect(try await here.count("notifications.unsubscription") == 0)
            #expect(try await desk.preferences.preferences(of: ada).allSatisfy(\.isOn))

            // As mail programs do it (RFC 8058), twice, and as the page's form does it.
            for _ in 0..<2 { #expect(try await desk.call(.post, target, form: "List-Unsubscribe=One-Click").status == 200) }
            let token = try #require(target.split(separator: "=", maxSplits: 1).last)
            #expect(try await desk.call(.post, PreferenceRoutes.path, form: "token=\(token)").status == 200)
            #expect(try await here.count("notifications.unsubscription WHERE lifted_at IS NULL") == 1)
            #expect(try await here.count("audit.entry WHERE type = 'mail_unsubscribed' AND ref_mail IS NOT NULL") == 1)
            #expect(try await desk.preferences.preferences(of: ada).first { $0.category == .billingReminders }?.isOn == false)

            let second = try await queue(here, renewal, to: "ada@example.com", user: ada, decision: "test/2")
            try await send(here, second, through: sender, desk.links)
            #expect(try await mail(here, second).status == .skipped)
            // Turned on again among the preferences the next one goes.
            #expect(try await desk.set("billing_reminders", true, as: "ada").status == 200)
            let third = try await queue(here, renewal, to: "ada@example.com", user: ada, decision: "test/3")
            try await send(here, third, through: sender, desk.links)
            #expect(try await mail(here, third).status == .sent)
        }
    }

    @Test func `NOT-059 a changed token does nothing, whatever of it was changed`() async throws {
        try await Neighbourhood.with { here in
            let desk = try Desk(here, [:])
            let id = try await queue(here, renewal, to: "ada@example.com", user: nil)
            let url = try #require(desk.links.url(for: try await mail(here, id)))
            let token = try #require(url.split(separator: "=", maxSplits: 1).last.map(String.init))
            #expect(desk.links.claims(of: token)?.mail == id)
            for index in token.indices {
                var changed = token
                changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
                if desk.links.claims(of: changed) != nil { #expect(changed == token, "\(changed)") }
            }
            for wrong in ["", "....", token + "A", token.replacing("billing_reminders", with: "security")] {
                #expect(try await desk.call(.post, PreferenceRoutes.path, form: "token=\(wrong)").status == 400)
                #expect(try await desk.call(.get, PreferenceRoutes.path + "?token=\(wrong)").status == 400)
            }
            #expect(try await here.count("notifications.unsubscription") == 0)
        }
    }

    @Test func `NOT-061 the last one who hears what an org is charged cannot turn it off, of two owners the second is refused`()
        async throws
    {
        try await Neighbourhood.with { here in
            let (ada, bob) = (try await here.person("Ada", as: .owner), try await here.person("Bob", as: .owner))
            let desk = try Desk(here, ["ada": ada, "bob": bob])
            async let one = desk.set("billing_reminders", false, as: "ada")
            async let other = desk.set("billing_reminders", false, as: "bob")
            let answers = try await [one, other]
            #expect(answers.map(\.status).sorted() == [200, 409])
            #expect(answers.first { $0.status == 409 }?.json["code"] == "LAST_BILLING_RECIPIENT")
            // An address of its own for the bills is told all the same.
            try await here.bills(to: "bills@example.com")
            let refused = answers[0].status == 409 ? "ada" : "bob"
            #expect(try await desk.set("billing_reminders", false, as: refused).status == 200)
        }
    }

    @Test func `every mail that can be muted is in a category that can be turned off, and no other is`() {
        for template in MailTemplate.allCases {
            let isMutable = template.mailClass == .service || template.mailClass == .optional
            #expect((template.category.lockedBecause == nil) == isMutable, "\(template)")
        }
    }
}
