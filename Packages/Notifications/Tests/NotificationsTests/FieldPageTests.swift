import Notifications
import PlatformTesting
import Testing

/// The page for people who write templates of their own.
@Suite struct FieldPageTests {
    private func rows(_ fields: [MailField], in list: String = "") -> [String] {
        fields.flatMap { field -> [String] in
            let (type, inner): (String, [MailField]) =
                switch field.type {
                case .text: ("text", [])
                case .integer: ("integer", [])
                case .instant: ("instant", [])
                case .money: ("money", [])
                case .flag: ("flag", [])
                case .link: ("link", [])
                case .list(let fields): ("list", fields)
                }
            let note = field.mustAppear ? "must be printed" : field.isOptional ? "may be absent" : ""
            return ["| `\(list)\(field.name)` | \(type) | \(note) |"] + rows(inner, in: list + field.name + ".")
        }
    }

    @Test func `NOT-021 the reference page lists every mail with the fields that its template may print`() throws {
        var page = """
            # Fields of mails

            What the template of each mail may print, made from the contexts in the code (`MailCatalogue`). A template that prints another field, or leaves out
            one that must be printed, stops the start. The fields of a list's rows stand under its name. Every template may print `app`, the name of the product.

            """
        for template in MailTemplate.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
            page += "\n## \(template.rawValue)\n\nClass \(template.mailClass.rawValue), category \(template.category.rawValue).\n\n"
            page += "| field | type | |\n|---|---|---|\n"
            page += rows(MailCatalogue.fields(of: template)).joined(separator: "\n") + "\n"
        }
        try Snapshot.verify(page, named: "mail-fields.md", in: "../../../../docs/guides")
    }
}
