import AdminPostgres
import Audit
import Billing
import BillingPostgres
import Core
import GraphsPostgres
import HTTPServer
import Identity
import IdentityCryptography
import Jobs
import Notifications
import PlatformTesting
import Postgres
import Testing

@testable import Admin
@testable import AdminHTTP

/// What operators are told by mail: the events that the console leaves, and the mails that follow from them.
@Suite struct OperatorMailTests {
    private let why = "asked for in ticket 4711"

    private func facts(_ office: Office, operators: [String] = []) throws -> StoredMailFacts<PostgresGraphPackagesStore> {
        StoredMailFacts(
            store: office.packages, catalogue: try BuiltInCatalogue.load(), operators: operators.compactMap { MailAddress($0) },
            staff: PostgresMailedStaff(client: office.database.client, dateSource: office.clock)
        ) { _ in false }
    }

    /// The events of a kind, the oldest first.
    private func events<Event: DomainEvent>(_: Event.Type, _ office: Office) async throws -> [Event] {
        try await office.database.adminClient.query("SELECT payload FROM jobs.event WHERE topic = \(Event.topic) ORDER BY id").map {
            try JSON.decode(Event.self, from: JSON.encode(try $0.decode(JSONValue.self)))
        }
    }

    private func entry(_ draft: MailDraft) throws -> OutboxEntry {
        let recipient = try #require(draft.recipients.first)
        let mail = Mail(
            id: Mail.ID(high: 1, low: 2), decision: draft.decision, template: type(of: draft.context).template,
            recipient: recipient.address, reason: recipient.reason, locale: "en",
            context: try JSON.decode(JSONValue.self, from: JSON.encode(draft.context)), status: .queued, attempts: 0,
            queuedAt: Instant(secondsSinceEpoch: 0))
        return OutboxEntry(mail: mail, about: AuditReferences(AuditReference(mail.id)), rendered: nil)
    }

    @Test func `NOT-169 NOT-035 whoever is admitted gets a link by mail that nobody else sees, and another one ends it`() async throws {
        try await Office.with { office in
            let chief = try await office.person(.superadmin, at: "chief@ops.example.com")
            let rule = OperatorInvitedRule(facts: try facts(office, operators: ["all@ops.example.com"]))
            let body: JSONValue = ["name": "Nia", "email": "nia@ops.example.com", "role": "support", "reason": .string(why)]
            let invited = try await office.console(.post, "/v1/admin/operators", as: chief, body)
            #expect(invited.status == 201 && invited.body["enrolment_link"] == .null && invited.body["mailed_to"] == "nia@ops.example.com")
            let id = try #require(invited.body["id"]?.stringValue)
            func draft(_ number: Int) async throws -> (draft: MailDraft, secret: SecretString) {
                let event = try await events(OperatorInvited.self, office)[number]
                let draft = try #require(try await rule.drafts(for: event, occurrence: "1").first)
                return (draft, Office.secrets.linkSecret(of: OperatorInvited.linkKind, event.link))
            }
            let first = try await draft(0)
            #expect(first.draft.recipients.map(\.address.description) == ["nia@ops.example.com"])
            let context = try #require(first.draft.context as? OperatorInvitedContext)
            #expect(context.name == "Nia" && context.role == "support" && context.inviter == "A superadmin")
            #expect(context.validUntil == office.clock.now + .minutes(30))
            #expect(try await office.sessions.enrolling(first.secret)?.name == "Nia")
            let reasons = FactualMailReasons(facts: try facts(office))
            #expect(try await reasons.whyGone(entry(first.draft)) == nil)
            let stored = try await office.database.adminClient.query(
                """
                SELECT (SELECT string_agg(to_jsonb(e)::text, '') FROM jobs.event AS e) || (SELECT string_agg(to_jsonb(l)::text, '')
                    FROM admin.operator_enrolment AS l) || (SELECT string_agg(to_jsonb(a)::text, '') FROM audit.entry AS a)
                """)[0].decode(String.self)
            first.secret.withValue { #expect(!stored.contains($0)) }

            func again(_ id: String, as person: Operator) async throws -> (status: Int, body: JSONValue) {
                try await office.console(.post, "/v1/admin/operators/\(id)/invite", as: person, ["reason": .string(why)])
            }
            office.clock.advance(by: .minutes(31))
            #expect(try await reasons.whyGone(entry(first.draft)) != nil, "a mail that is late does not leave with a dead link")
            #expect(try await office.sessions.enrolling(first.secret) == nil)
            #expect(try await again(id, as: chief).status == 202)
            let second = try await draft(1)
            #expect(second.draft.decision != first.draft.decision)
            #expect(try await again(id, as: chief).status == 202)
            let third = try await draft(2)
            #expect(try await office.sessions.enrolling(second.secret) == nil, "the newest alone works")
            #expect(try await reasons.whyGone(entry(second.draft)) != nil)
            let passkey = OperatorPasskey(
                credentialID: [1], owner: try #require(Operator.ID(id)), publicKey: [2], algorithm: -7, signCount: 0,
                isBackupEligible: false)
            #expect(try await office.sessions.enrol(passkey, with: third.secret))
            let late = try await again(id, as: chief)
            #expect(late.status == 409 && late.body["code"] == "ALREADY_ENROLLED", "a passkey more is no matter of a mailbox")
            #expect(try await again(chief.id.description, as: try await office.person(.engineer)).status == 403)
            #expect(try await again(try await office.person(.viewer).id.description, as: chief).body["code"] == "NO_OPERATOR_ADDRESS")
            #expect(try await again(Operator.ID(high: 1, low: 1).description, as: chief).status == 404)
            #expect(try await office.entries("operator_invited_again").count == 2)
        }
    }

    @Test func `NOT-169 a sign-in with a program or from a network not seen for 90 days is told to the operator`() async throws {
        try await Office.with { office in
            let ada = try await office.person(.viewer, at: "ada@ops.example.com")
            let passkey = OperatorPasskey(
                credentialID: [1], owner: ada.id, publicKey: [2], algorithm: -7, signCount: 0, isBackupEligible: false)
            #expect(try await office.sessions.enrol(passkey, with: try await office.sessions.enrolmentSecret(for: ada.id)))
            func signIn(_ address: String, _ agent: String) async throws -> Int {
                let client = ClientContext(address: address, userAgent: agent)
                #expect(try await office.sessions.begin(with: passkey, signCount: 0, from: client) != nil)
                return try await events(OperatorSignedInAnew.self, office).count
            }
            #expect(try await signIn("203.0.113.9", "Firefox/1") == 1)
            #expect(try await signIn("203.0.113.9", "Firefox/2") == 1)
            #expect(try await signIn("203.0.113.9", "curl/8") == 2)
            #expect(try await signIn("198.51.100.1", "Firefox/2") == 3)
            office.clock.advance(by: .days(89))
            #expect(try await signIn("203.0.113.9", "Firefox/3") == 3)
            office.clock.advance(by: .days(90))
            #expect(try await signIn("203.0.113.9", "Firefox/3") == 4)
            let event = try #require(try await events(OperatorSignedInAnew.self, office).last)
            let rule = OperatorNewSignInRule(facts: try facts(office, operators: ["all@ops.example.com"]))
            let draft = try #require(try await rule.drafts(for: event, occurrence: "1").first)
            #expect(draft.recipients.map(\.address.description) == ["ada@ops.example.com"])
            let context = try #require(draft.context as? OperatorNewSignInContext)
            #expect(context.client == "Firefox" && context.network.hasPrefix("203.0.113") && context.at == office.clock.now)
            // Whoever has no address is not left alone: those who run the product are told.
            try await office.database.adminClient.withTransaction(scope: .system) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute("UPDATE admin.operator SET email = NULL")
            }
            let instead = try await rule.drafts(for: event, occurrence: "1").flatMap(\.recipients)
            #expect(instead.map(\.address.description) == ["all@ops.example.com"])
        }
    }

    @Test func `NOT-169 what takes two is told to those who may decide, and the decision to whoever asked`() async throws {
        try await Office.with { office in
            let asker = try await office.person(.auditor, at: "asker@ops.example.com")
            let auditor = try await office.person(.auditor, at: "auditor@ops.example.com")
            _ = try await office.person(.superadmin, at: "chief@ops.example.com")
            _ = try await office.person(.support, at: "support@ops.example.com")
            let ended = try await office.person(.auditor, at: "ended@ops.example.com")
            try await office.accounts.disable(ended.id, because: why, by: .system(component: "cli"))
            let facts = try facts(office)
            let wish: JSONValue = ["count": 10, "reason": .string(why)]
            let would = try await office.console(.post, "/v1/admin/reveals?validate_only=true", as: asker, wish)
            #expect(would.status == 200)
            #expect(try await events(ApprovalAsked.self, office).isEmpty)
            for consenting in [true, false] {
                let asked = try await office.console(.post, "/v1/admin/reveals", as: asker, wish)
                let id = try #require(asked.body["approval_id"]?.stringValue, "\(asked)")
                let event = try #require(try await events(ApprovalAsked.self, office).last)
                let draft = try #require(try await ApprovalRequestedRule(facts: facts).drafts(for: event, occurrence: "1").first)
                #expect(
                    Set(draft.recipients.map(\.address.description)) == ["auditor@ops.example.com", "chief@ops.example.com"],
                    "neither who asks, nor who may not decide, nor who ended")
                let context = try #require(draft.context as? ApprovalRequestedContext)
                #expect(context.asker == "A auditor" && context.command == "ask for reveals" && context.why == why)
                #expect(context.route == "POST /v1/admin/reveals" && context.until == office.clock.now + .hours(24))
                #expect(context.values["page"] == .link(.consolePage(["approvals", id])))
                let reasons = FactualMailReasons(facts: facts)
                #expect(try await reasons.whyGone(entry(draft)) == nil)

                let word = consenting ? "approve" : "refuse"
                let decided = try await office.console(
                    .post, "/v1/admin/approvals/\(id)/\(word)", as: auditor, ["reason": "looked at with the team"])
                #expect(decided.status == 204)
                #expect(try await reasons.whyGone(entry(draft)) != nil, "nobody is asked for what is decided")
                let settled = try #require(try await events(ApprovalSettled.self, office).last)
                let told = try #require(try await ApprovalDecidedRule(facts: facts).drafts(for: settled, occurrence: "1").first)
                #expect(told.recipients.map(\.address.description) == ["asker@ops.example.com"])
                let decision = try #require(told.context as? ApprovalDecidedContext)
                #expect(decision.isGiven == consenting && decision.decider == "A auditor" && decision.why == "looked at with the team")
            }
            // A lost second factor of a person is removed by two as well, by its own command.
            let user = try await office.person("Zoe")
            try await office.enrol(user)
            let helper = try await office.person(.support, at: "helper@ops.example.com")
            let reset = try await office.console(.post, "/v1/admin/users/\(user)/reset-mfa", as: helper, ["reason": .string(why)])
            let number = try #require(reset.body["id"]?.stringValue, "\(reset)")
            let wanted = try #require(try await events(SecondFactorResetRequested.self, office).first)
            let asking = try #require(try await SecondFactorResetRequestedRule(facts: facts).drafts(for: wanted, occurrence: "1").first)
            #expect(Set(asking.recipients.map(\.address.description)) == ["chief@ops.example.com", "support@ops.example.com"])
            #expect(OperatorPermission.manageAccounts.rawValue == "manage_accounts")
            #expect(try await FactualMailReasons(facts: facts).whyGone(entry(asking)) == nil)
            let chief = try await office.person(.superadmin)
            let approval = "/v1/admin/mfa-resets/\(number)/approve"
            #expect(try await office.console(.post, approval, as: chief, ["reason": "called the person back"]).status == 200)
            let approved = try #require(try await events(SecondFactorResetApproved.self, office).first)
            let answer = try #require(try await SecondFactorResetApprovedRule(facts: facts).drafts(for: approved, occurrence: "1").first)
            #expect(answer.recipients.map(\.address.description) == ["helper@ops.example.com"])
            let outcome = try #require(answer.context as? ApprovalDecidedContext)
            #expect(outcome.dueAt == office.clock.now + .hours(24) && outcome.until == nil && outcome.why == "called the person back")

            #expect(try await events(ApprovalAsked.self, office).count == 2)
            #expect(try await events(ApprovalSettled.self, office).count == 2)
            for template in [MailTemplate.operatorInvited, .operatorNewSignIn, .approvalRequested, .approvalDecided] {
                #expect(template.mailClass == .security)
            }
        }
    }
}
