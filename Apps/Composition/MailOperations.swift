internal import Billing
internal import Core
internal import EventLoops
internal import HTTPClient
internal import JobsPostgres
internal import Lifecycle
internal import Markup
public import Notifications
internal import NotificationsMarkup
internal import NotificationsPostgres
internal import NotificationsSMTP
public import Observability
internal import Postgres

/// What operators do with mails from the command line (NOT-045, NOT-053, NOT-055, NOT-057).
public struct MailOperations: Sendable {
    private let configuration: TrellisConfiguration
    private let log: Log

    /// Makes them of a configuration.
    public init(_ configuration: TrellisConfiguration, _ log: Log) {
        self.configuration = configuration
        self.log = log
    }

    /// Reads all templates once; each mail can then be looked at with every fixture.
    ///
    /// - Throws: when the configuration or a template is wrong.
    public func previews() throws -> MailPreviews {
        MailPreviews(renderer: try renderer(), identity: try identity())
    }

    /// Sends one message to an address through each relay by itself, and says how each answered and whether the sender's domain is a real one.
    ///
    /// - Throws: `SettingsError` when the configuration is wrong.
    public func check(to address: MailAddress) async throws -> [String] {
        let identity = try identity()
        let domain = identity.address.description.split(separator: "@").last.map(String.init) ?? ""
        var lines = ["sender \(identity.address): \(domain.contains(".") ? "has a domain" : "has no domain of the open network")"]
        let now = SystemDateSource().now
        for (name, transport) in try configuration.relays() {
            let email = Email(
                id: .make(at: now), template: .welcome, recipient: address, date: now, subject: "A message to try the relay",
                html: "<p>This relay works.</p>\n", text: "This relay works.\n")
            do {
                let receipt = try await SMTPEmailSender(transport: transport, identity: identity).send(email)
                lines.append("relay \(name): took the message, \(receipt.reply)")
            } catch let refusal as EmailRefusal {
                lines.append("relay \(name): FAILED, \(refusal.description)")
            }
        }
        return lines
    }

    /// Reads a delivery-status message and does what follows from it; again it changes nothing.
    public func take(_ message: [UInt8]) async throws -> [String] {
        let feedback = DeliveryStatusReport(reading: message).feedback
        guard !feedback.isEmpty else { return ["no report was found in the message"] }
        return try await withStore { store in
            let desk = FeedbackDesk(store: store, dateSource: SystemDateSource())
            var lines: [String] = []
            for entry in feedback { lines.append("\(entry.kind.rawValue): \(try await desk.take(entry).rawValue)") }
            return lines
        }
    }

    /// Takes an address from the list of those that get no more mail.
    public func release(_ address: MailAddress, because reason: String) async throws -> Bool {
        try await withStore { try await SuppressionList(store: $0, dateSource: SystemDateSource()).lift(address, because: reason) }
    }

    private func withStore<Result: Sendable>(
        _ body: (PostgresNotificationStore<NotificationsOnlyTransaction>) async throws -> Result
    ) async throws -> Result {
        let loops = try EventLoopGroup(count: 1, name: "mail")
        let client = PostgresClient(
            configuration: PostgresConfiguration(url: configuration.databaseURL, role: .system), loops: loops, log: log)
        let store = PostgresNotificationStore(client: client, notifier: nil) {
            NotificationsOnlyTransaction(postgres: $0, dateSource: SystemDateSource(), wakeUps: $1)
        }
        let result = try await body(store)
        await client.close()
        loops.shutdown()
        return result
    }

    private func identity() throws -> SenderIdentity {
        guard let identity = SenderIdentity(configuration.mailFrom) else {
            throw SettingsError(problems: ["TRELLIS_MAIL_FROM must be an address, or a name and an address in angle brackets"])
        }
        return identity
    }

    private func renderer() throws -> MarkupMailRenderer {
        guard let base = MarkupLink.Base(configuration.publicURL) else {
            throw SettingsError(problems: ["TRELLIS_PUBLIC_URL must be an https address, or http of this machine"])
        }
        let issuer = try configuration.catalogueFile().issuer
        return try MarkupMailRenderer(
            configuration: .init(
                base: base, providerHosts: ["checkout.stripe.com", "billing.stripe.com", "invoice.stripe.com"],
                brand: MarkupBrand(
                    productName: "Trellis", supportAddress: try identity().address.description,
                    legalLine: ([issuer.name] + issuer.address).joined(separator: ", "), home: base.link([]), palettes: .standard),
                secrets: NoLinkSecrets()))
    }
}

/// Mails as people would get them, made of fixtures instead of what happened (NOT-053).
public struct MailPreviews: Sendable {
    /// A written mail in its forms.
    public struct Preview: Sendable {
        /// The HTML part.
        public let html: String
        /// The text part, with the subject before it.
        public let text: String
        /// The bytes that would travel.
        public let source: String
    }

    fileprivate let renderer: MarkupMailRenderer
    fileprivate let identity: SenderIdentity

    /// Writes a mail with a fixture; its links lead nowhere.
    ///
    /// - Throws: when the template cannot be filled in.
    public func preview(_ template: MailTemplate, _ fixture: MailFixture, locale: String) async throws -> Preview {
        guard let recipient = MailAddress("preview@example.com") else { throw SettingsError(problems: ["no recipient"]) }
        let mail = try fixture.mail(template, locale: locale, recipient: recipient)
        let rendered = try renderer.finish(try await renderer.render(mail), of: mail)
        let email = Email(
            id: mail.id, template: template, recipient: recipient, date: mail.queuedAt, subject: rendered.subject, html: rendered.html,
            text: rendered.text)
        return Preview(
            html: rendered.html, text: "Subject: \(rendered.subject)\n\n\(rendered.text)",
            source: String(decoding: SMTPEmailSender.source(of: email, from: identity), as: UTF8.self))
    }
}

/// Links of previews end in a word instead of a secret.
private struct NoLinkSecrets: MailLinkSecrets {
    func secret(of link: MailSecretLink) -> SecretString { SecretString("preview") }
}

extension TrellisConfiguration {
    /// The relays in the order of the setting: one or several addresses with commas between them (NOT-044).
    ///
    /// - Throws: `SMTPError` for an address that is none.
    func relays() throws -> [(name: String, transport: SMTPTransport)] {
        let urls = smtpURL.withValue { text in text.split(separator: ",").map { $0.filter { $0 != " " } } }
        return try urls.map { url in
            // Credentials stand before the last @; what is left of the address may be shown.
            let name = url.split(whereSeparator: { $0 == "@" || $0 == "/" }).last.map(String.init) ?? "relay"
            return (name, try SMTPTransport(url: SecretString(url)))
        }
    }
}
