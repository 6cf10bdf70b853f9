import Core
import Jobs
import JobsPostgres
import Markup
import Notifications
import NotificationsMarkup
import NotificationsPostgres
import Observability
import Postgres
import Synchronization

// A program that sends a mail of its own and uses nothing else of the product: docs/guides/mails-alone.md shows these lines.

/// A machine stopped, as the mail tells of it.
struct MachineStopped: MailContext {
    static let template = MailTemplate.own(own)
    static let own = OwnMailTemplate("machine_stopped", class: .required, context: MachineStopped.self)
    static let fields: [MailField] = [
        .mandatory("machine", .text), .required("stopped_at", .instant), .required("parts", .integer), .required("page", .link),
    ]

    let machine: String
    let stoppedAt: Instant
    let parts: Int64

    var values: [String: MailValue] {
        [
            "machine": .text(machine), "stopped_at": .instant(stoppedAt), "parts": .integer(parts),
            "page": .link(.page(.own(["machines", machine]))),
        ]
    }
}

let machineStoppedXML = """
    <mail xmlns="urn:trellis:mail:1" template="machine_stopped" locale="en" class="required">
      <subject><value of="machine"/> has stopped</subject>
      <preheader>It made <value of="parts"/> parts.</preheader>
      <heading><value of="machine"/> has stopped</heading>
      <p>It stopped on <value of="stopped_at"/> after <value of="parts"/> parts.</p>
      <button to="page">Look at the machine</button>
      <fragment use="footer"/>
    </mail>
    """

/// Hands mails over to whoever delivers them; this one keeps them.
final class Pigeonhole: EmailSender {
    private let mails = Mutex<[Email]>([])

    var taken: [Email] { mails.withLock(\.self) }

    func send(_ email: Email) async throws -> EmailReceipt {
        mails.withLock { $0.append(email) }
        return EmailReceipt(reply: "250 kept")
    }
}

/// No mail of the workshop has a link with a secret, and what it tells stays so.
struct PlainMails: MailLinkSecrets, MailReasons {
    func secret(of link: MailSecretLink) -> SecretString { SecretString("") }
    func whyGone(_ entry: OutboxEntry) async throws -> String? { nil }
}

/// The mails of the workshop.
struct WorkshopMails: Sendable {
    typealias Store = PostgresNotificationStore<NotificationsOnlyTransaction>

    let store: Store
    let dateSource: any DateSource
    let outbox = MailOutbox()

    init(client: PostgresClient, dateSource: any DateSource) {
        self.dateSource = dateSource
        store = Store(client: client, notifier: nil) {
            NotificationsOnlyTransaction(postgres: $0, dateSource: dateSource, wakeUps: $1, ownMails: [MachineStopped.own])
        }
    }

    /// Tells somebody that a machine stopped: once for each stop, however often it is heard of.
    func tell(_ address: MailAddress, of stop: MachineStopped) async throws {
        let draft = MailDraft(
            decision: "workshop.machine_stopped/\(stop.machine)/\(stop.stoppedAt)", context: stop, about: [],
            recipients: [MailRecipient(address: address, user: nil, locale: nil, reason: "you look after \(stop.machine)")])
        _ = try await store.withTransaction { try await outbox.queue(draft, at: dateSource.now, in: $0) }
    }

    /// What a worker of the queue does with them.
    func register(on registry: inout JobRegistry, brand: MarkupBrand, base: MarkupLink.Base, sender: any EmailSender) throws {
        let configuration = MarkupMailRenderer.Configuration(base: base, providerHosts: [], brand: brand, secrets: PlainMails())
        let file = MailTemplateFile(name: "machine_stopped.xml", bytes: Array(machineStoppedXML.utf8), isFragment: false)
        let renderer = try MarkupMailRenderer(configuration: configuration, own: [MachineStopped.own], files: [file])
        registry.register(
            SendMailHandler(
                store: store, renderer: renderer, sender: sender, reasons: PlainMails(), jitter: { .random(in: 0...1) }, log: .silent))
    }
}
