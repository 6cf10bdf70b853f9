internal import Core
internal import Cryptography
internal import Markup
internal import Notifications

/// The templates of all mails, read and checked (NOT-007). They never change, so that any number of renderers share them.
struct MailTemplates: Sendable {
    /// A template, and the hash of everything that it was read from (NOT-009).
    struct Entry: Sendable {
        let template: MarkupTemplate
        let hash: [UInt8]
    }

    private struct Key: Hashable {
        let template: MailTemplate
        let locale: String
    }

    /// Those that ship with the product.
    static let shipped = Result { () throws(MarkupError) in try MailTemplates(files: TemplateFiles.shipped()) }

    private let entries: [Key: Entry]

    /// Reads templates and fragments from files.
    ///
    /// - Parameter catalogue: the mails that there are: each has an English template, and no other has one.
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault.
    init(files: [TemplateFiles.File], of catalogue: [MailTemplate] = MailTemplate.allCases) throws(MarkupError) {
        var fragments = MarkupFragments()
        for file in files where file.isFragment { try fragments.read(file.bytes, source: file.name) }
        let shared = files.filter(\.isFragment).flatMap { SHA256.digest(of: $0.bytes) }
        let named = Dictionary(catalogue.map { ($0.rawValue, $0) }) { first, _ in first }
        var entries: [Key: Entry] = [:]
        for file in files where !file.isFragment {
            let (key, template) = try Self.read(file, of: named, fragments: fragments)
            let entry = Entry(template: template, hash: SHA256.digest(of: SHA256.digest(of: file.bytes) + shared))
            guard entries.updateValue(entry, forKey: key) == nil else {
                throw MarkupError(source: file.name, reason: "the template \(key.template.rawValue) is there twice in \(key.locale)")
            }
        }
        for template in catalogue where entries[Key(template: template, locale: "en")] == nil {
            throw MarkupError(source: "templates", reason: "the mail \(template.rawValue) has no English template")
        }
        self.entries = entries
    }

    /// The language itself, the language without its region, or English (NOT-023).
    func entry(for mail: Mail) -> Entry? {
        MailLocale.fallbacks(of: mail.locale).lazy.compactMap { entries[Key(template: mail.template, locale: $0)] }.first
    }

    /// The languages of a mail, by name.
    func locales(of template: MailTemplate) -> [String] {
        entries.keys.filter { $0.template == template }.map(\.locale).sorted()
    }

    private static func read(
        _ file: TemplateFiles.File, of catalogue: [String: MailTemplate], fragments: MarkupFragments
    ) throws(MarkupError) -> (Key, MarkupTemplate) {
        let root = try MarkupElement(reading: file.bytes, namespace: MarkupTemplate.namespace, source: file.name)
        guard let name = root.attributes["template"], let template = catalogue[name] else {
            throw MarkupError(
                source: file.name, line: root.line, column: root.column, reason: "the attribute template names no mail of the catalogue")
        }
        let parsed = try MarkupTemplate(
            root, source: file.name, fields: MarkupSchema(MailCatalogue.fields(of: template).map { MarkupSchema.Field($0) }),
            fragments: fragments)
        guard parsed.mailClass == template.mailClass.rawValue else {
            throw MarkupError(
                source: file.name, line: root.line, column: root.column, reason: "the class of \(name) is \(template.mailClass.rawValue)")
        }
        return (Key(template: template, locale: parsed.locale), parsed)
    }
}

/// Languages of texts.
enum MailLocale {
    /// The language itself, the language without its region, and English (NOT-023).
    static func fallbacks(of locale: String) -> [String] {
        [locale, locale.split(separator: "-").first.map(String.init) ?? "en", "en"]
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
