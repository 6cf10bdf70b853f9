internal import Composition
internal import Core
internal import Foundation
internal import Notifications
internal import Orgs

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis mail …`: the catalogue, what a mail looks like, whether the relays work, and what they report.
enum MailCommand {
    static let usage = """
        usage: trellis mail list | mail preview TEMPLATE [--fixture NAME] [--locale LOCALE] [--brand NAME] --out DIR | mail check ADDRESS
               | mail feedback < MESSAGE | mail release ADDRESS REASON | mail brand ORG_ID NAME|default REASON
        fixtures: \(MailFixture.allCases.map(\.rawValue).joined(separator: ", "))
        """

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        switch arguments.first {
        case "list" where arguments.count == 1:
            for template in MailTemplate.allCases {
                print(
                    "\(template.rawValue)  \(template.mailClass.rawValue)  \(MailCatalogue.fields(of: template).map(\.name).joined(separator: " "))"
                )
            }
            exit(0)
        case "preview" where arguments.count >= 2: preview(Array(arguments.dropFirst()))
        case "check" where arguments.count == 2:
            guard let address = MailAddress(arguments[1]) else { refuse() }
            runProcess("trellis") { configuration, log in
                for line in try await MailOperations(configuration, log).check(to: address) { print(line) }
            }
        case "feedback" where arguments.count == 1:
            let message = FileHandle.standardInput.readDataToEndOfFile()
            runProcess("trellis") { configuration, log in
                for line in try await MailOperations(configuration, log).take(Array(message)) { print(line) }
            }
        case "release" where arguments.count == 3:
            guard let address = MailAddress(arguments[1]), (10...500).contains(arguments[2].count) else { refuse() }
            runProcess("trellis") { configuration, log in
                let isLifted = try await MailOperations(configuration, log).release(address, because: arguments[2])
                print(isLifted ? "The address gets mail again." : "The address was not on the list.")
            }
        case "brand" where arguments.count == 4:
            guard let org = Org.ID(arguments[1]), (10...500).contains(arguments[3].count) else { refuse() }
            let brand = arguments[2] == "default" ? nil : arguments[2]
            runProcess("trellis") { configuration, log in
                let isNew = try await MailOperations(configuration, log).select(brand, for: org, because: arguments[3])
                print(isNew ? "Mails of the org have that brand from now on." : "Mails of the org had that brand already.")
            }
        default: refuse()
        }
    }

    private static func preview(_ arguments: [String]) -> Never {
        guard let template = MailTemplate(rawValue: arguments[0]) else { refuse() }
        var (fixture, locale, folder, brand): (MailFixture, String, String?, String?) = (.usual, "en", nil, nil)
        var rest = arguments.dropFirst()
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { refuse() }
            switch flag {
            case "--fixture":
                guard let known = MailFixture(rawValue: value) else { refuse() }
                fixture = known
            case "--locale": locale = value
            case "--brand": brand = value
            case "--out": folder = value
            default: refuse()
            }
        }
        guard let folder else { refuse() }
        let (chosen, language, look) = (fixture, locale, brand)
        runProcess("trellis") { configuration, log in
            let preview = try await MailOperations(configuration, log).previews().preview(
                template, chosen, locale: language, brand: look)
            let place = URL(filePath: folder)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (ending, text) in [("html", preview.html), ("txt", preview.text), ("eml", preview.source)] {
                let file = place.appending(path: "\(template.rawValue).\(ending)")
                try Data(text.utf8).write(to: file)
                print(file.path())
            }
        }
    }

    private static func refuse() -> Never {
        Command.complain(usage)
        exit(64)
    }
}
