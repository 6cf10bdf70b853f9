internal import Composition
internal import Core
internal import FoundationEssentials
internal import Observability
internal import Orgs
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis orgs …`: takes over an org from the export of another installation (ORG-106).
enum OrgCommand {
    static let usage = """
        usage: trellis orgs import FILE | orgs confirm ORG
        FILE is the zip file of an export as its owner downloaded it. ORG, like org_…, came by an import: its payer at the provider is in force from now on.
        """

    /// Runs one of them and ends the process: with 2 when it was refused, and nothing was changed.
    static func run(_ arguments: [String]) -> Never {
        switch (arguments.first, arguments.count) {
        case ("import", 2):
            // Mapped: the file may be larger than the memory.
            guard let file = try? Data(contentsOf: URL(filePath: arguments[1]), options: .alwaysMapped) else {
                refuse("cannot read \(arguments[1])")
            }
            withProduct { product in show(try await product.importOrg(file)) }
        case ("confirm", 2):
            guard let org = Org.ID(arguments[1]) else { refuse(usage) }
            withProduct { product in
                let isConfirmed = try await product.confirmPayer(of: org)
                print(isConfirmed ? "The payer of \(org) is in force." : "No payer of \(org) waits to be confirmed.")
            }
        default: refuse(usage)
        }
    }

    private static func show(_ report: OrgImportReport) {
        print("\(report.org) is here: \(report.people) new accounts, \(report.known) people who were here already")
        for section in report.sections { print("  \(section.name): \(section.rows)") }
        print("Not taken over, on purpose:")
        for sentence in OrgImportReport.leftOut { print("- \(sentence)") }
    }

    private static func withProduct(_ body: @escaping @Sendable (Product) async throws -> Void) -> Never {
        runProcess("trellis") { configuration, log in
            let foundations = try await Foundations(configuration, role: .system, name: "orgs", log: log)
            let product = try await Product(foundations)
            var isRefused = false
            do {
                try await body(product)
            } catch let refusal as ImportRefusal {
                Command.complain(refusal.description)
                isRefused = true
            }
            await product.shutdown()
            await foundations.shutdown()
            if isRefused { exit(2) }
        }
    }

    private static func refuse(_ text: String) -> Never {
        Command.complain(text)
        exit(64)
    }
}
