internal import Core
internal import Markup
public import Notifications

/// Writes notices from XML texts in the inline elements of the vocabulary of mails, which are all read and checked when it is made (NOT-178).
public struct MarkupNoticeWriter: NoticeWriting, Sendable {
    private struct Key: Hashable {
        let kind: Notice.Kind
        let locale: String
    }

    private static let shipped = Result { () throws(MarkupError) in try MarkupNoticeWriter(files: TemplateFiles.shippedNotices()) }

    private let phrases: [Key: MarkupPhrase]

    /// Takes the texts that ship with the product; they are read once in a process.
    ///
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault; a kind without an English text is one.
    public init() throws {
        self = try Self.shipped.get()
    }

    /// Reads texts from given files: `<notices>` that holds a `<notice>` for each kind and language.
    ///
    /// - Throws: ``Markup/MarkupError`` with file, line and column of the first fault.
    init(files: [TemplateFiles.File]) throws(MarkupError) {
        var phrases: [Key: MarkupPhrase] = [:]
        for file in files {
            let root = try MarkupElement(reading: file.bytes, namespace: MarkupTemplate.namespace, source: file.name)
            guard root.name == "notices" else { throw Self.fault(file, root, "texts of notices stand in <notices>") }
            for element in root.elements {
                guard element.name == "notice" else { throw Self.fault(file, element, "<notices> holds <notice>") }
                guard let kind = element.attributes["name"].flatMap({ Notice.Kind(rawValue: $0) }) else {
                    throw Self.fault(file, element, "the attribute name names no kind of notice")
                }
                let fields = MarkupSchema(kind.fields.map { MarkupSchema.Field($0) })
                let phrase = try MarkupPhrase(element, source: file.name, fields: fields)
                guard phrases.updateValue(phrase, forKey: Key(kind: kind, locale: phrase.locale)) == nil else {
                    throw Self.fault(file, element, "the notice \(kind.rawValue) is there twice in \(phrase.locale)")
                }
            }
        }
        for kind in Notice.Kind.allCases where phrases[Key(kind: kind, locale: "en")] == nil {
            throw MarkupError(source: "notices", reason: "the notice \(kind.rawValue) has no English text")
        }
        self.phrases = phrases
    }

    private static func fault(_ file: TemplateFiles.File, _ element: MarkupElement, _ reason: String) -> MarkupError {
        MarkupError(source: file.name, line: element.line, column: element.column, reason: reason)
    }

    /// The language itself, the language without its region, or English, as mails are (NOT-023).
    public func text(of notice: Notice, in locale: String) throws -> String {
        do throws(MarkupError) {
            let phrase = MailLocale.fallbacks(of: locale).lazy.compactMap { phrases[Key(kind: notice.kind, locale: $0)] }.first
            guard let phrase else { throw MarkupError(source: "notices", reason: "there is no text") }
            return try phrase.text(notice.values.compactMapValues { MarkupValue($0) })
        } catch {
            throw NoticeWritingError(kind: notice.kind, reason: error.reason)
        }
    }
}

extension MarkupValue {
    /// A value that stands in running text; `nil` for links and rows, which do not.
    init?(_ value: MailValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .integer(let number): self = .integer(number)
        case .instant(let instant): self = .instant(instant)
        case .money(let money): self = .money(money)
        case .flag(let flag): self = .flag(flag)
        case .absent: self = .absent
        case .link, .list: return nil
        }
    }
}
