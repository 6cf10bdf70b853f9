internal import Composition
internal import FoundationEssentials
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis accounts …`: takes over the accounts of another system (ID-158).
enum AccountCommand {
    static let usage = """
        usage: trellis accounts import FILE
        FILE has one account a line: {"id": "user_…", "email": …, "name": …, "email_verified": true, "password_hash": null, "created_at": …}
        """

    /// Runs one of them and ends the process: with 0 when every line is an account now, with 2 when some were left out.
    static func run(_ arguments: [String]) -> Never {
        guard arguments.count == 2, arguments[0] == "import" else { refuse(usage) }
        // Mapped: the file may be larger than the memory.
        guard let file = try? Data(contentsOf: URL(filePath: arguments[1]), options: .alwaysMapped) else {
            refuse("cannot read \(arguments[1])")
        }
        runProcess("trellis") { configuration, log in
            let foundations = try await Foundations(configuration, role: .system, name: "accounts", log: log)
            let product = try await Product(foundations)
            let outcome = try await product.importAccounts(file)
            await product.shutdown()
            await foundations.shutdown()
            for fault in outcome.faults { print("line \(fault.line)\(fault.account.isEmpty ? "" : "  \(fault.account)")  \(fault.fault)") }
            print("imported: \(outcome.imported)  present: \(outcome.present)  left out: \(outcome.faults.count)")
            guard outcome.faults.isEmpty else { exit(2) }
        }
    }

    private static func refuse(_ text: String) -> Never {
        Command.complain(text)
        exit(64)
    }
}
