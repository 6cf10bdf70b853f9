internal import Audit
internal import Billing
public import Core
internal import EventLoops
internal import HTTPClient
internal import JobsPostgres
internal import Lifecycle
public import Notifications
internal import NotificationsMarkup
internal import NotificationsPostgres
internal import NotificationsSMTP
public import Observability
public import Orgs
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
        let branding = try branding()
        return MailPreviews(previewer: try branding.previewer(), branding: branding)
    }

    /// Sends one message to an address through each relay by itself, and says how each answered and whether the sender's domain is a real one.
    ///
    /// - Throws: `SettingsError` when the configuration is wrong.
    public func check(to address: MailAddress) async throws -> [String] {
        let identity = try branding().sender
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
        return try await withStore { store, clock in
            let desk = FeedbackDesk(store: store, dateSource: clock)
            var lines: [String] = []
            for entry in feedback { lines.append("\(entry.kind.rawValue): \(try await desk.take(entry).rawValue)") }
            return lines
        }
    }

    /// Takes an address from the list of those that get no more mail.
    public func release(_ address: MailAddress, because reason: String) async throws -> Bool {
        try await withStore { try await SuppressionList(store: $0, dateSource: $1).lift(address, because: reason) }
    }

    /// Selects the brand of an org's mails from now on (NOT-024).
    ///
    /// - Parameter brand: the name of one in the file of brands; `nil` for the deployment's own.
    /// - Returns: `false` when it was so before.
    /// - Throws: `SettingsError` when there is no such brand.
    public func select(_ brand: String?, for org: Org.ID, because reason: String) async throws -> Bool {
        if let brand, try branding().brands[brand] == nil {
            throw SettingsError(problems: ["the file of TRELLIS_MAIL_BRANDS has no brand \(brand)"])
        }
        return try await withStore { store, clock in
            try await OrgBrands(store: store, dateSource: clock).select(
                brand, for: org, because: reason, by: .system(component: "cli"))
        }
    }

    private func withStore<Result: Sendable>(
        _ body: (PostgresNotificationStore<NotificationsOnlyTransaction>, any DateSource) async throws -> Result
    ) async throws -> Result {
        let loops = try EventLoopGroup(count: 1, name: "mail")
        let client = PostgresClient(
            configuration: PostgresConfiguration(url: configuration.databaseURL, role: .system), loops: loops, log: log)
        let clock = try await BusinessTime.present(in: client)
        let store = PostgresNotificationStore(client: client, notifier: nil) {
            NotificationsOnlyTransaction(postgres: $0, dateSource: clock, wakeUps: $1)
        }
        let result = try await body(store, clock)
        await client.close()
        loops.shutdown()
        return result
    }

    private func branding() throws -> MailBranding {
        try MailBranding(configuration, issuer: try configuration.catalogueFile().issuer)
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

    fileprivate let previewer: MailPreviewer
    fileprivate let branding: MailBranding

    /// Writes a mail with a fixture; its links lead nowhere.
    ///
    /// - Parameter brand: the name of a brand; `nil` for the deployment's own.
    /// - Throws: when the template cannot be filled in.
    public func preview(_ template: MailTemplate, _ fixture: MailFixture, locale: String, brand: String? = nil) async throws -> Preview {
        guard let recipient = MailAddress("preview@example.com") else { throw SettingsError(problems: ["no recipient"]) }
        var mail = try fixture.mail(template, locale: locale, recipient: recipient)
        mail.brand = brand
        let written: MailPreview
        do {
            written = try await previewer.write(mail)
        } catch MailSampleRefusal.brandUnknown(let name) {
            throw SettingsError(problems: ["the file of TRELLIS_MAIL_BRANDS has no brand \(name)"])
        }
        let email = Email(
            id: mail.id, template: template, recipient: recipient, date: mail.queuedAt, subject: written.subject, html: written.html,
            text: written.text)
        return Preview(
            html: written.html, text: "Subject: \(written.subject)\n\n\(written.text)",
            source: String(
                decoding: SMTPEmailSender.source(of: email, from: brand.flatMap { branding.senders[$0] } ?? branding.sender),
                as: UTF8.self))
    }
}

extension MailBranding {
    /// What writes mails to look at.
    func previewer() throws -> MailPreviewer { MailPreviewer(shelf: try renderer(secrets: NoLinkSecrets())) }
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
