public import Core

/// Writes mails, and knows which there are.
public protocol MailTemplateShelf: MailRendering {
    /// The languages in which a mail is written, in the order of their names.
    func locales(of template: MailTemplate) -> [String]
    /// The language in which a mail would be written; `nil` where there is no template of it.
    func locale(of mail: Mail) -> String?
    /// The names of the brands beside the deployment's own.
    var brands: [String] { get }
}

/// A mail with made-up or given values: to look at, or to send to whoever asks (NOT-052).
public struct MailSample: Sendable, Hashable, Codable {
    /// Why people get a sample, as the end of a sentence.
    public static let reason = "you asked to see this mail"

    /// Which mail of the catalogue.
    public let template: MailTemplate
    /// The values, as JSON of its context. No link among them ends in a secret that opens anything.
    public let context: JSONValue
    /// The language.
    public let locale: String
    /// The name of a brand; `nil` for the deployment's own.
    public let brand: String?
    /// The names among the given values that the context does not have.
    public private(set) var unknownNames: [String] = []

    // What is wrong with what was given is told to whoever gave it, and is no part of what is kept.
    private enum CodingKeys: String, CodingKey {
        case template
        case context
        case locale
        case brand
    }

    /// Takes the values of a fixture.
    ///
    /// - Throws: when the context cannot be stored.
    public init(_ template: MailTemplate, _ fixture: MailFixture, locale: String, brand: String?) throws {
        let json = try JSON.decode(JSONValue.self, from: JSON.encode(fixture.context(of: template)))
        try self.init(template, json, locale: locale, brand: brand)
    }

    /// Takes given values. Whoever gives them may name the link of another person: what a link ends in is taken out of them.
    ///
    /// - Throws: ``MailSampleRefusal/contextInvalid(_:)``
    public init(_ template: MailTemplate, _ context: JSONValue, locale: String, brand: String?) throws {
        self.template = template
        self.locale = locale
        self.brand = brand
        let read: any MailContext
        do {
            read = try MailCatalogue.context(of: template).decode(context)
        } catch {
            throw MailSampleRefusal.contextInvalid(errorChain(error))
        }
        let json = try JSON.decode(JSONValue.self, from: JSON.encode(read))
        unknownNames = (context.objectValue ?? [:]).filter { $0.value != .null && json[$0.key] == nil }.keys.sorted()
        self.context = Self.disarmed(json, read.values.values.compactMap { if case .link(let link) = $0 { link.secret } else { nil } })
    }

    /// The same values with links that lead nowhere.
    private static func disarmed(_ json: JSONValue, _ links: [MailSecretLink]) -> JSONValue {
        let armed = links.map { JSONValue.object(["kind": .string($0.kind), "id": .string($0.id)]) }
        func walk(_ value: JSONValue) -> JSONValue {
            if armed.contains(value) { return ["kind": "sample", "id": "sample"] }
            return switch value {
            case .array(let elements): .array(elements.map(walk))
            case .object(let members): .object(members.mapValues(walk))
            case .null, .bool, .integer, .number, .string: value
            }
        }
        return links.isEmpty ? json : walk(json)
    }

    /// The mail, to somebody.
    func mail(to recipient: MailAddress, at now: Instant) -> Mail {
        Mail(
            id: Mail.ID(high: 1, low: 2), decision: "sample", template: template, recipient: recipient, reason: Self.reason, locale: locale,
            context: context, status: .queued, attempts: 0, queuedAt: now, brand: brand)
    }
}

/// Why a sample is not written.
public enum MailSampleRefusal: Error, Hashable, Sendable {
    /// The values do not have the shape of the mail's context; what is wrong, in words.
    case contextInvalid(String)
    /// There is no brand of that name.
    case brandUnknown(String)
    /// A value has no place in the template.
    case notWritten(String)
}

/// A written mail, and what whoever looks at it should know.
public struct MailPreview: Sendable, Hashable {
    /// One line.
    public let subject: String
    /// The HTML part.
    public let html: String
    /// The text part.
    public let text: String
    /// What a reader of the mail itself would not see, each in a sentence.
    public let warnings: [String]
}

/// Writes mails as people would get them; nothing is sent and nothing stored (NOT-052, NOT-053).
public struct MailPreviewer: Sendable {
    private static let largest = 90 * 1_024
    private static let rows = 200

    /// The templates.
    public let shelf: any MailTemplateShelf

    /// Makes one.
    public init(shelf: any MailTemplateShelf) {
        self.shelf = shelf
    }

    /// Writes a sample.
    ///
    /// - Throws: ``MailSampleRefusal``
    public func preview(_ sample: MailSample, at now: Instant) async throws -> MailPreview {
        guard let recipient = MailAddress("preview@example.com") else { throw MailSampleRefusal.notWritten("no recipient") }
        let unknown = sample.unknownNames.map { "The context of this mail has no \($0); it was left out." }
        let preview = try await write(sample.mail(to: recipient, at: now))
        return MailPreview(subject: preview.subject, html: preview.html, text: preview.text, warnings: unknown + preview.warnings)
    }

    /// Writes a mail.
    ///
    /// - Throws: ``MailSampleRefusal``
    public func write(_ mail: Mail) async throws -> MailPreview {
        if let brand = mail.brand, !shelf.brands.contains(brand) { throw MailSampleRefusal.brandUnknown(brand) }
        do {
            let rendered = try shelf.finish(try await shelf.render(mail), of: mail)
            return MailPreview(
                subject: rendered.subject, html: rendered.html, text: rendered.text,
                warnings: try warnings(about: mail, html: rendered.html))
        } catch let error as MailRenderingError {
            throw MailSampleRefusal.notWritten(error.reason)
        }
    }

    private func warnings(about mail: Mail, html: String) throws -> [String] {
        var warnings: [String] = []
        if let shown = shelf.locale(of: mail), shown != mail.locale {
            warnings.append("There is no template in \(mail.locale); this is the one in \(shown).")
        }
        let context = try StoredMailContext(mail)
        if !context.secretLinks.isEmpty { warnings.append("Its links end in a word instead of a secret, and open nothing.") }
        for (name, value) in context.values.sorted(by: { $0.key < $1.key }) {
            if case .list(let rows) = value, rows.count > Self.rows {
                warnings.append("The list \(name) has \(rows.count) rows; \(Self.rows) are printed, and how many more there are.")
            }
        }
        if html.utf8.count > Self.largest {
            warnings.append("The HTML has \(html.utf8.count) bytes; some mail programs cut off what is behind \(Self.largest).")
        }
        return warnings
    }
}
