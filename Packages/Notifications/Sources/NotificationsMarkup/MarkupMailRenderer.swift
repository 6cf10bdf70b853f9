internal import Core
internal import Cryptography
public import Markup
public import Notifications

/// Writes the mails of the catalogue from XML templates, which are all read and checked when it is made (NOT-007).
public struct MarkupMailRenderer: MailRendering, Sendable {
    /// Where mails point to, and who they are from.
    public struct Configuration: Sendable {
        /// Where our own pages begin.
        public let base: MarkupLink.Base
        /// Where the payment provider hosts pages that a mail may point to.
        public let providerHosts: Set<String>
        /// Names and colours.
        public let brand: MarkupBrand
        /// The secrets of links.
        public let secrets: any MailLinkSecrets

        /// Makes a configuration.
        public init(base: MarkupLink.Base, providerHosts: Set<String>, brand: MarkupBrand, secrets: any MailLinkSecrets) {
            self.base = base
            self.providerHosts = providerHosts
            self.brand = brand
            self.secrets = secrets
        }
    }

    private struct Entry: Sendable {
        let template: MarkupTemplate
        let hash: [UInt8]
    }

    private struct Key: Hashable {
        let template: MailTemplate
        let locale: String
    }

    private let configuration: Configuration
    private let entries: [Key: Entry]

    /// Reads all templates that ship with the product.
    ///
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault; a mail of the catalogue without an English template is one.
    public init(configuration: Configuration) throws {
        try self.init(configuration: configuration, files: TemplateFiles.shipped())
    }

    /// Reads templates and fragments from given files.
    ///
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault.
    init(configuration: Configuration, files: [TemplateFiles.File]) throws(MarkupError) {
        self.configuration = configuration
        var fragments = MarkupFragments()
        for file in files where file.isFragment { try fragments.read(file.bytes, source: file.name) }
        let shared = files.filter(\.isFragment).flatMap { SHA256.digest(of: $0.bytes) } + Self.hash(of: configuration.brand)
        var entries: [Key: Entry] = [:]
        for file in files where !file.isFragment {
            let (key, template) = try Self.read(file, fragments: fragments)
            let entry = Entry(template: template, hash: SHA256.digest(of: SHA256.digest(of: file.bytes) + shared))
            guard entries.updateValue(entry, forKey: key) == nil else {
                throw MarkupError(source: file.name, reason: "the template \(key.template.rawValue) is there twice in \(key.locale)")
            }
        }
        for template in MailTemplate.allCases where entries[Key(template: template, locale: "en")] == nil {
            throw MarkupError(source: "templates", reason: "the mail \(template.rawValue) has no English template")
        }
        self.entries = entries
    }

    /// Writes a mail: a walk over a tree that was checked at start, well under a millisecond.
    public func render(_ mail: Mail) async throws -> RenderedMail {
        let context = try StoredMailContext(mail)
        guard let entry = entry(for: mail) else { throw MailRenderingError(template: mail.template, reason: "there is no template") }
        do {
            let values = try self.values(context.values, fields: MailCatalogue.fields(of: mail.template))
            let rendered = try entry.template.render(values, brand: configuration.brand)
            let (subject, html, text) = (rendered.subject, rendered.html, rendered.text)
            let leaving = [subject, withSecrets(html, of: context), withSecrets(text, of: context)]
            // Length prefixes keep the three parts apart in the hash.
            let hashed = leaving.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
            return RenderedMail(
                subject: subject, html: html, text: text, contentHash: SHA256.digest(of: hashed), templateHash: entry.hash)
        } catch {
            throw MailRenderingError(template: mail.template, reason: error.reason)
        }
    }

    /// Puts the secrets into a stored rendering.
    public func finish(_ rendered: RenderedMail, of mail: Mail) throws -> RenderedMail {
        let context = try StoredMailContext(mail)
        return RenderedMail(
            subject: rendered.subject, html: withSecrets(rendered.html, of: context), text: withSecrets(rendered.text, of: context),
            contentHash: rendered.contentHash, templateHash: rendered.templateHash)
    }

    /// Placeholder and secret have unreserved characters only, so they are the same in an address, in HTML and in text.
    private func withSecrets(_ text: String, of context: StoredMailContext) -> String {
        context.secretLinks.reduce(text) { text, link in
            configuration.secrets.secret(of: link).withValue { text.replacing(link.placeholder, with: MarkupLink.encoded($0)) }
        }
    }

    /// The language itself, the language without its region, or English (NOT-023).
    private func entry(for mail: Mail) -> Entry? {
        let language = mail.locale.split(separator: "-").first.map(String.init) ?? "en"
        return [mail.locale, language, "en"].lazy.compactMap { entries[Key(template: mail.template, locale: $0)] }.first
    }

    private static func read(_ file: TemplateFiles.File, fragments: MarkupFragments) throws(MarkupError) -> (Key, MarkupTemplate) {
        let root = try MarkupElement(reading: file.bytes, namespace: MarkupTemplate.namespace, source: file.name)
        guard let name = root.attributes["template"], let template = MailTemplate(rawValue: name) else {
            throw MarkupError(
                source: file.name, line: root.line, column: root.column, reason: "the attribute template names no mail of the catalogue")
        }
        let parsed = try MarkupTemplate(
            reading: file.bytes, source: file.name, fields: MarkupSchema(MailCatalogue.fields(of: template).map { MarkupSchema.Field($0) }),
            fragments: fragments)
        guard parsed.mailClass == template.mailClass.rawValue else {
            throw MarkupError(
                source: file.name, line: root.line, column: root.column, reason: "the class of \(name) is \(template.mailClass.rawValue)")
        }
        return (Key(template: template, locale: parsed.locale), parsed)
    }

    private static func hash(of brand: MarkupBrand) -> [UInt8] {
        SHA256.digest(of: "\(brand)")
    }

    private func values(_ values: [String: MailValue], fields: [MailField]) throws(MarkupError) -> [String: MarkupValue] {
        var converted: [String: MarkupValue] = [:]
        for field in fields { converted[field.name] = try value(values[field.name] ?? .absent, field: field) }
        return converted
    }

    private func value(_ value: MailValue, field: MailField) throws(MarkupError) -> MarkupValue {
        switch value {
        case .text(let text): return .text(text)
        case .integer(let number): return .integer(number)
        case .instant(let instant): return .instant(instant)
        case .money(let money): return .money(money)
        case .flag(let flag): return .flag(flag)
        case .absent: return .absent
        case .link(.page(let page)): return .link(link(to: page))
        case .link(.providerPage(let url)):
            return MarkupLink(providerPage: url, hosts: configuration.providerHosts).map { .link($0) } ?? .absent
        case .list(let rows):
            guard case .list(let fields) = field.type else { return .absent }
            var converted: [[String: MarkupValue]] = []
            for row in rows { converted.append(try values(row, fields: fields)) }
            return .list(converted)
        }
    }

    private func link(to page: MailPage) -> MarkupLink {
        configuration.base.link(page.path, queryItems: page.secret.map { [(page.secretParameter, $0.placeholder)] } ?? [])
    }
}

extension MarkupSchema.Field {
    init(_ field: MailField) {
        self.init(field.name, MarkupSchema.FieldType(field.type), isOptional: field.isOptional, mustAppear: field.mustAppear)
    }
}

extension MarkupSchema.FieldType {
    init(_ type: MailField.FieldType) {
        switch type {
        case .text: self = .text
        case .integer: self = .integer
        case .instant: self = .instant
        case .money: self = .money
        case .flag: self = .flag
        case .link: self = .link
        case .list(let fields): self = .list(MarkupSchema(fields.map { MarkupSchema.Field($0) }))
        }
    }
}
