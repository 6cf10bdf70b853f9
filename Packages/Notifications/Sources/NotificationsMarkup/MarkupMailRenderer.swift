internal import Core
internal import Cryptography
public import Markup
public import Notifications

/// Writes the mails of the catalogue from XML templates, which are all read and checked when it is made (NOT-007).
public struct MarkupMailRenderer: MailTemplateShelf, Sendable {
    /// Where mails point to, and who they are from.
    public struct Configuration: Sendable {
        /// Where our own pages begin.
        public let base: MarkupLink.Base
        /// Where the console of those who run the product begins.
        public let console: MarkupLink.Base
        /// Where the payment provider hosts pages that a mail may point to.
        public let providerHosts: Set<String>
        /// Names and colours.
        public let brand: MarkupBrand
        /// Those of orgs that have selected another brand.
        public let brands: MailBrands
        /// The secrets of links.
        public let secrets: any MailLinkSecrets

        /// Makes a configuration.
        ///
        /// - Parameter console: where the console begins; `nil` where it is below our own pages.
        public init(
            base: MarkupLink.Base, console: MarkupLink.Base? = nil, providerHosts: Set<String>, brand: MarkupBrand,
            brands: MailBrands = .none, secrets: any MailLinkSecrets
        ) {
            self.base = base
            self.console = console ?? base
            self.providerHosts = providerHosts
            self.brand = brand
            self.brands = brands
            self.secrets = secrets
        }
    }

    private let configuration: Configuration
    private let templates: MailTemplates
    private let brandHash: [UInt8]
    private let brandHashes: [String: [UInt8]]

    /// Takes the templates that ship with the product; they are read once in a process.
    ///
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault; a mail of the catalogue without an English template is one.
    public init(configuration: Configuration) throws {
        self.init(configuration: configuration, templates: try MailTemplates.shipped.get())
    }

    /// Takes the templates of a program that uses the package alone, and nothing of the catalogue (NOT-197). They may use the fragments that ship.
    ///
    /// - Parameters:
    ///   - own: the program's mails.
    ///   - files: a template for each of them in English, more languages where there are any, and fragments.
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault; a mail without an English template is one, and so is a template of
    ///   another mail, or one that prints what its context does not have.
    public init(configuration: Configuration, own: [OwnMailTemplate], files: [MailTemplateFile]) throws {
        let files = try TemplateFiles.shippedFragments() + files
        self.init(configuration: configuration, templates: try MailTemplates(files: files, of: own.map { .own($0) }))
    }

    /// Reads templates and fragments from given files.
    ///
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault.
    init(configuration: Configuration, files: [TemplateFiles.File]) throws(MarkupError) {
        self.init(configuration: configuration, templates: try MailTemplates(files: files))
    }

    private init(configuration: Configuration, templates: MailTemplates) {
        self.configuration = configuration
        self.templates = templates
        brandHash = SHA256.digest(of: "\(configuration.brand)")
        brandHashes = Dictionary(uniqueKeysWithValues: configuration.brands.all.map { ($0.name, SHA256.digest(of: "\($0.look)")) })
    }

    /// The languages in which a mail is written.
    public func locales(of template: MailTemplate) -> [String] { templates.locales(of: template) }

    /// The language in which a mail would be written.
    public func locale(of mail: Mail) -> String? { templates.entry(for: mail)?.template.locale }

    /// The names of the brands beside the deployment's own.
    public var brands: [String] { configuration.brands.all.map(\.name) }

    /// Writes a mail in the brand that it was queued with: a walk over a tree that was checked at start, well under a millisecond.
    public func render(_ mail: Mail) async throws -> RenderedMail {
        let context = try StoredMailContext(mail)
        guard let entry = templates.entry(for: mail) else {
            throw MailRenderingError(template: mail.template, reason: "there is no template")
        }
        do {
            let values = try self.values(context.values, fields: MailCatalogue.fields(of: mail.template))
            let rendered = try entry.template.render(values, brand: configuration.brands[mail.brand]?.look ?? configuration.brand)
            let (subject, html, text) = (rendered.subject, rendered.html, rendered.text)
            let leaving = [subject, withSecrets(html, of: context), withSecrets(text, of: context)]
            // Length prefixes keep the three parts apart in the hash.
            let hashed = leaving.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
            return RenderedMail(
                subject: subject, html: html, text: text, contentHash: SHA256.digest(of: hashed),
                templateHash: SHA256.digest(of: entry.hash + (mail.brand.flatMap { brandHashes[$0] } ?? brandHash)))
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

    private func values(_ values: [String: MailValue], fields: [MailField]) throws(MarkupError) -> [String: MarkupValue] {
        var converted: [String: MarkupValue] = [:]
        for field in fields { converted[field.name] = try value(values[field.name] ?? .absent, field: field) }
        return converted
    }

    private func value(_ value: MailValue, field: MailField) throws(MarkupError) -> MarkupValue {
        if let plain = MarkupValue(value) { return plain }
        switch value {
        case .link(.page(let page)): return .link(link(to: page))
        case .link(.providerPage(let url)):
            return MarkupLink(providerPage: url, hosts: configuration.providerHosts).map { .link($0) } ?? .absent
        case .link(.consolePage(let path)): return .link(configuration.console.link(["console"] + path))
        case .link(.consoleEntrance(let path, let link)):
            return .link(configuration.console.link(["console"] + path, queryItems: [("token", link.placeholder)]))
        case .list(let rows):
            guard case .list(let fields) = field.type else { return .absent }
            var converted: [[String: MarkupValue]] = []
            for row in rows { converted.append(try values(row, fields: fields)) }
            return .list(converted)
        case .text, .integer, .instant, .money, .flag, .absent: return .absent
        }
    }

    private func link(to page: MailPage) -> MarkupLink {
        configuration.base.link(page.path, queryItems: page.secret.map { [(page.secretParameter, $0.placeholder)] } ?? [])
    }
}
