internal import Core
public import FoundationEssentials
internal import Identity

/// What taking over a file of accounts came to (ID-158).
public struct AccountImportOutcome: Sendable, Hashable {
    /// A line that is no account now.
    public struct Fault: Sendable, Hashable {
        /// Its number, from 1.
        public let line: Int
        /// The id in it; empty when it cannot be read.
        public let account: String
        /// What is wrong with it, in a fixed word.
        public let fault: String
    }

    /// How many accounts were made.
    public fileprivate(set) var imported = 0
    /// How many were there by their id; they stay as they are.
    public fileprivate(set) var present = 0
    /// What was left out, in the order of the lines.
    public fileprivate(set) var faults: [Fault] = []
}

extension Product {
    /// Takes over accounts of another system from a file with one JSON object a line: `id`, `email`, `name`, `email_verified`, `password_hash`, `created_at`.
    ///
    /// Nobody is mailed and no org is made. A second run, also of a file that broke off, makes none twice. A line that cannot be read and an account that
    /// cannot be made are left out and told, and the others go on.
    ///
    /// - Throws: what the database throws; what was imported by then stays.
    public func importAccounts(_ file: Data) async throws -> AccountImportOutcome {
        let imports = AccountImport(identityEnvironment)
        var outcome = AccountImportOutcome()
        var batch: [(line: Int, account: ImportedAccount)] = []
        var ids: Set<User.ID> = []
        func flush() async throws {
            let report = try await imports.run(batch.map { $0.account })
            outcome.imported += report.imported
            outcome.present += report.present
            for (line, account) in batch {
                guard let fault = report.faults[account.id] else { continue }
                outcome.faults.append(.init(line: line, account: account.id.description, fault: fault.rawValue))
            }
            batch.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
        }
        for (index, line) in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard !line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) else { continue }
            guard line.count <= 16_384, let account = try? JSON.decode(ImportedAccount.self, from: Array(line)) else {
                outcome.faults.append(.init(line: index + 1, account: "", fault: "unreadable"))
                continue
            }
            // One id on two lines of a batch would have one fault for both.
            if batch.count == 5_000 || !ids.insert(account.id).inserted { try await flush() }
            ids.insert(account.id)
            batch.append((index + 1, account))
        }
        try await flush()
        outcome.faults.sort { $0.line < $1.line }
        return outcome
    }
}
