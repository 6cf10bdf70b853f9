internal import Audit
public import Core

/// An account of another system.
public struct ImportedAccount: Sendable, Hashable, Decodable {
    /// The id that it keeps here.
    public let id: User.ID
    /// The address as it was written there.
    public let email: String
    /// The person's name.
    public let name: String
    /// Whether the address was proven there.
    public let isEmailVerified: Bool
    /// The hash of the password, in its own form; `nil` for an account without.
    public let passwordHash: String?
    /// When it was made there.
    public let createdAt: Instant

    enum CodingKeys: String, CodingKey {
        case id, email, name
        case isEmailVerified = "email_verified"
        case passwordHash = "password_hash"
        case createdAt = "created_at"
    }

    /// Describes an account.
    public init(id: User.ID, email: String, name: String, isEmailVerified: Bool, passwordHash: String?, createdAt: Instant) {
        self.id = id
        self.email = email
        self.name = name
        self.isEmailVerified = isEmailVerified
        self.passwordHash = passwordHash
        self.createdAt = createdAt
    }
}

/// What an import came to.
public struct ImportReport: Sendable, Hashable {
    /// Why an account was left out.
    public enum Fault: String, Sendable, Hashable, CaseIterable {
        /// Its address is none.
        case invalidEmail = "invalid_email"
        /// Its name is none.
        case invalidName = "invalid_name"
        /// Its address, in normal form, is another account's, here or in the import.
        case emailTaken = "email_taken"
    }

    /// How many accounts were made.
    public var imported = 0
    /// How many were there by their id; they stay as they are.
    public var present = 0
    /// Those that were left out.
    public var faults: [User.ID: Fault] = [:]

    /// Nothing so far.
    public init() {}

    /// Adds what another part of the import came to.
    public mutating func add(_ other: ImportReport) {
        imported += other.imported
        present += other.present
        faults.merge(other.faults) { $1 }
    }
}

/// Takes over accounts of another system. Nobody is mailed, and no org is made: whoever signs in makes one or accepts an invitation (ID-158).
public struct AccountImport<Store: IdentityStore>: Sendable {
    private static var batch: Int { 500 }
    private let environment: IdentityEnvironment<Store>

    /// Makes the import.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Imports accounts, so many in a transaction; done again after it broke off, or a second time, it makes none twice.
    ///
    /// - Throws: what the store throws; what was imported by then stays.
    public func run(_ accounts: [ImportedAccount]) async throws -> ImportReport {
        var report = ImportReport()
        var rest = accounts[...]
        while !rest.isEmpty {
            report.add(try await importBatch(rest.prefix(Self.batch)))
            rest = rest.dropFirst(Self.batch)
        }
        return report
    }

    private func importBatch(_ accounts: ArraySlice<ImportedAccount>) async throws -> ImportReport {
        let now = environment.dateSource.now
        var report = ImportReport()
        var users: [(user: User, password: StoredPassword?)] = []
        for account in accounts {
            guard let email = EmailAddress(account.email) else {
                report.faults[account.id] = .invalidEmail
                continue
            }
            guard let name = PersonName(account.name) else {
                report.faults[account.id] = .invalidName
                continue
            }
            let user = User(
                id: account.id, email: email, name: name, emailVerifiedAt: account.isEmailVerified ? now : nil, status: .active,
                sessionEpoch: 1, keyEpoch: 1, defaultOrg: nil, createdAt: account.createdAt, updatedAt: now)
            users.append((user, account.passwordHash.map(StoredPassword.init(phc:))))
        }
        let written = try await environment.store.withTransaction(.system) { transaction in
            let outcome = try await transaction.insert(imported: users)
            for user in outcome.made {
                try await transaction.record(IdentityAudit.UserImported(user: user), by: .system(component: "import"))
            }
            return outcome
        }
        report.imported = written.made.count
        report.present = written.present.count
        for (user, _) in users where !written.made.contains(user.id) && !written.present.contains(user.id) {
            report.faults[user.id] = .emailTaken
        }
        return report
    }
}
