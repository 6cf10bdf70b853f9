import Audit
import AuditPostgres
import Billing
import Core
import Graphs
import Identity
import Jobs
import JobsPostgres
import Notifications
import NotificationsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Ends a job by remembering that it was ended: these tests look at the outbox, and no worker holds a lease.
struct TestTransaction: PostgresNotificationTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
    let wakeUps: JobWakeUps?
    let finished: Finished

    func finish(_ lease: JobLease) async throws { finished.leases.withLock { $0.append(lease) } }
}

final class Finished: Sendable {
    let leases = Mutex<[JobLease]>([])
}

/// An outbox in a database of its own.
struct Outbox {
    let database: TestDatabase
    let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
    let finished = Finished()
    let outbox = MailOutbox()

    static func with<Result: Sendable>(_ body: (Outbox) async throws -> Result) async throws -> Result {
        try await TestDatabase.withDatabase(migrations: [AuditMigrations.all, JobsMigrations.all, NotificationsMigrations.all]) {
            database in
            try await body(Outbox(database: database))
        }
    }

    var store: PostgresNotificationStore<TestTransaction> {
        let (clock, finished) = (clock, finished)
        return PostgresNotificationStore(client: database.systemClient, notifier: nil) {
            TestTransaction(postgres: $0, dateSource: clock, wakeUps: $1, finished: finished)
        }
    }

    /// The queued jobs: kind and arguments.
    func jobs() async throws -> [(kind: String, mail: String)] {
        try await database.adminClient.query(
            "SELECT k.name, j.args->>'mail' FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id ORDER BY j.id"
        ).map { try $0.decode((String, String).self) }
    }

    func queue(_ context: any MailContext, decision: String = "test/1", to addresses: String...) async throws -> [Mail.ID] {
        let recipients = try addresses.map {
            MailRecipient(address: try #require(MailAddress($0)), user: nil, locale: nil, reason: "you own Acme Ltd")
        }
        let draft = MailDraft(decision: decision, context: context, about: [], recipients: recipients)
        return try await store.withTransaction { try await outbox.queue(draft, at: clock.now, in: $0) }
    }

    func queueOne(_ context: any MailContext = Outbox.required, decision: String = "test/1") async throws -> Mail.ID {
        try #require(try await queue(context, decision: decision, to: "ada@example.com").first)
    }

    func entry(_ id: Mail.ID) async throws -> OutboxEntry {
        try #require(try await store.withTransaction { try await $0.lockMail(id) })
    }

    func auditTypes(of id: Mail.ID) async throws -> [String] {
        try await database.adminClient.query("SELECT type FROM audit.entry WHERE ref_mail = \(id) ORDER BY recorded_at").map {
            try $0.decode(String.self)
        }
    }

    /// Runs the job as the worker would.
    func send(
        _ id: Mail.ID, through sender: any EmailSender, rendering renderer: any MailRendering = PlainRenderer(), attempt: Int = 1,
        because reasons: any MailReasons = EveryReasonStands(), log: Log = .silent
    ) async throws -> JobOutcome {
        let handler = SendMailHandler(store: store, renderer: renderer, sender: sender, reasons: reasons, jitter: { 0.5 }, log: log)
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: Int32(attempt)), attempt: attempt, isLastAttempt: false,
            dateSource: clock, effects: NoEffects())
        return try await handler.run(SendMail(mail: id), context: context)
    }

    static let required = GraphDeprovisionedContext(
        org: "Acme", orgID: "org_1", graph: "sales", destroyedAt: Instant(secondsSinceEpoch: 0), backupUntil: nil,
        isLost: false)
    static let service = GraphCreateFailedContext(org: "Acme", graph: "sales", cause: "of a test")
    static let security = EmailVerificationContext(
        name: "Ada", link: MailSecretLink(kind: "email_verification", id: "ltk_1"), disownLink: nil,
        validUntil: Instant(secondsSinceEpoch: 0))
}

/// Writes what the outbox needs and nothing more; how mails look is tested elsewhere.
struct PlainRenderer: MailRendering {
    var version = "1"

    func render(_ mail: Mail) async throws -> RenderedMail {
        let secrets = try StoredMailContext(mail).secretLinks.map(\.placeholder).joined(separator: " ")
        let hash = [UInt8](repeating: UInt8(version.utf8.first ?? 0), count: 32)
        return RenderedMail(
            subject: "Subject \(version)", html: "<p>\(secrets)</p>", text: "Text \(secrets)", contentHash: hash, templateHash: hash)
    }

    func finish(_ rendered: RenderedMail, of mail: Mail) throws -> RenderedMail {
        RenderedMail(
            subject: rendered.subject, html: rendered.html,
            text: rendered.text.replacing("secret.email_verification.ltk_1", with: "usable-token"),
            contentHash: rendered.contentHash, templateHash: rendered.templateHash)
    }
}

struct BrokenRenderer: MailRendering {
    func render(_ mail: Mail) async throws -> RenderedMail {
        throw MailRenderingError(template: mail.template, reason: "the value of x is missing")
    }

    func finish(_ rendered: RenderedMail, of mail: Mail) throws -> RenderedMail { rendered }
}

struct NoEffects: EffectLedger {
    struct NotAsked: Error {}

    func perform<Response: Codable & Sendable>(
        _ key: EffectKey, destination: String, requestHash: [UInt8],
        send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
        readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
    ) async throws -> Response {
        throw NotAsked()
    }
}

/// Answers from a list; asked too often, it fails the test.
final class ScriptedSender: EmailSender {
    private let answers: Mutex<[Result<EmailReceipt, EmailRefusal>]>
    let emails = Mutex<[Email]>([])

    init(_ answers: Result<EmailReceipt, EmailRefusal>...) {
        self.answers = Mutex(answers)
    }

    func send(_ email: Email) async throws -> EmailReceipt {
        emails.withLock { $0.append(email) }
        return try #require(answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }).get()
    }
}

/// What was to be told is so for ever.
struct EveryReasonStands: MailReasons {
    func whyGone(_ entry: OutboxEntry) async throws -> String? { nil }
}

/// Facts of a world in which there is nothing.
struct NoFacts: MailFacts {
    func org(_ id: Org.ID) async throws -> Org? { nil }
    func owners(of org: Org.ID) async throws -> [Member] { [] }
    func admins(of org: Org.ID) async throws -> [Member] { [] }
    func people(_ ids: [User.ID]) async throws -> [User] { [] }
    func billingAddress(of org: Org.ID) async throws -> String? { nil }
    func subscription(_ id: Subscription.ID, of org: Org.ID) async throws -> SubscriptionView? { nil }
    func subscription(ofGraph graph: ResourceID) async throws -> SubscriptionView? { nil }
    func invoice(_ id: Invoice.ID, of org: Org.ID) async throws -> Invoice? { nil }
    func planName(_ key: PlanKey) -> String { key.name }
    func graph(_ id: GraphID) async throws -> Graph? { nil }
    func admins(of graph: Graph) async throws -> [GraphMember] { [] }
    func isOpen(_ invitation: Invitation.ID) async throws -> Bool { true }
    func isUndeliverable(_ address: MailAddress) async throws -> Bool { false }
}
