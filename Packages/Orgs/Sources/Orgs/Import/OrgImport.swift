public import Audit
public import Core
public import FoundationEssentials
public import Identity
internal import Jobs

/// What taking over an export came to.
public struct OrgImportReport: Sendable, Hashable {
    /// What came of a section.
    public struct Section: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// How many rows of it are here now.
        public let rows: Int
    }

    /// The org.
    public let org: Org.ID
    /// The sections in the order of the file.
    public internal(set) var sections: [Section] = []
    /// How many people have an account by it.
    public internal(set) var people = 0
    /// How many of the members had one already, with the same id, address and name.
    public internal(set) var known = 0

    /// What an import never takes over, each in one sentence.
    public static let leftOut = [
        "Passwords, passkeys, keys and sessions are in no export: people set a new password by a reset, and prove their address.",
        "Links of invitations are in no export: those that were pending are history; invite again.",
        "Graphs, subscriptions, invoices and the log are history here: nothing runs, is billed or chained by them.",
        "The provider's ids are kept as data and do nothing until the payer is confirmed (trellis orgs confirm).",
        "Leave for support to look into the org was given to others; it is not taken over.",
    ]
}

/// The sections of the packages above, as an import expects them.
public protocol ImportContributor<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// The sections in the order of the file.
    var sections: [ImportedSection] { get }
    /// The ids in rows of a section that something here has already.
    func occupied(by rows: [JSONValue], of section: String, in transaction: Transaction) async throws -> [String]
}

/// What a transaction can do to take over an org.
public protocol OrgImportTransaction {
    /// Whether there is an org with this id, of whatever state, purged ones included.
    func isTaken(_ org: Org.ID) async throws -> Bool
    /// The ids in rows of one of the package's own sections that something here has already.
    func occupied(by rows: [JSONValue], of section: OrgExportSection) async throws -> [String]
    /// The people of these that are here, active, with their addresses and names.
    func people(_ ids: [User.ID]) async throws -> [User.ID: (email: String, name: String)]
    /// Stores an org, its limits and its live memberships as the rows of an export say it.
    ///
    /// - Throws: ``ImportRefusal`` when a rule of the database refuses a value.
    func insertImported(org: JSONValue, personalOwner: User.ID?, limits: JSONValue?, memberships: [JSONValue]) async throws
    /// Keeps rows of a section as they are, behind so many that were kept.
    ///
    /// - Throws: ``ImportRefusal`` when two of them, here or elsewhere, have one id.
    func keep(_ rows: [JSONValue], of section: String, for org: Org.ID, behind count: Int) async throws
    /// Hands the kept rows of a section to a closure, in their order.
    func keptRows(of section: String, for org: Org.ID, _ body: (JSONValue) async throws -> Void) async throws
}

/// Takes over an org from the file that its owners exported from another installation (ORG-106): as a whole in one transaction, or not at all.
///
/// The org, its people, live memberships and limits are as they were, ids included. Everything else is history: kept row by row, shown by the org's own
/// exports, and without effect.
public struct OrgImport<Store: OrgStore>: Sendable {
    private let store: Store
    private let contributor: any ImportContributor<Store.Transaction>
    private let dateSource: any DateSource

    /// Makes the command.
    public init(store: Store, contributor: any ImportContributor<Store.Transaction>, dateSource: any DateSource) {
        self.store = store
        self.contributor = contributor
        self.dateSource = dateSource
    }

    /// Reads the file and stores what it says.
    ///
    /// - Throws: ``ImportRefusal`` when the file is not as it was exported, or an id or address of it is taken here.
    public func run(_ file: Data) async throws -> OrgImportReport {
        let sections = OrgExportSection.allCases.map(\.imported) + contributor.sections
        let reader = try ExportFileReader(file)
        let manifest = try ImportManifest(reader, sections: sections)
        return try await store.withTransaction(.system) { transaction in
            guard try await !transaction.isTaken(manifest.org) else { throw ImportRefusal.occupied([manifest.org.description]) }
            var report = OrgImportReport(org: manifest.org)
            // The org comes first, because the rows that are kept are its rows; of these four sections none is long.
            let founding = manifest.files.prefix { Self.founding.contains($0.section.name) }
            var rows: [String: [JSONValue]] = [:]
            for file in founding {
                let found = try await self.rows(of: file, reader, in: transaction)
                rows[file.section.name, default: []] += found
            }
            try await establish(manifest.org, rows, &report, in: transaction)
            for section in Self.founding { try await keep(rows[section] ?? [], of: section, for: manifest.org, &report, in: transaction) }
            for file in manifest.files.dropFirst(founding.count) {
                let rows = try await self.rows(of: file, reader, in: transaction)
                try await keep(rows, of: file.section.name, for: manifest.org, &report, in: transaction)
            }
            let event = OrgsAudit.OrgImported(
                manifest.org, what: .imported, takenAt: manifest.takenAt, rows: report.sections.reduce(0) { $0 + $1.rows })
            try await transaction.record(event, by: .system(component: "import"))
            return report
        }
    }

    private static var founding: [String] {
        [OrgExportSection.org, .memberships, .invitations, .limits].map(\.rawValue)
    }

    /// The rows of a file, when they are the bytes of the manifest and each is as its section has them.
    private func rows(
        of file: ImportManifest.File, _ reader: ExportFileReader, in transaction: Store.Transaction
    ) async throws -> [JSONValue] {
        let name = file.entry.name
        let bytes = try reader.content(of: file.entry)
        guard try await transaction.fingerprint(of: bytes) == file.fingerprint else {
            throw ImportRefusal.file(name, "is not what the manifest says: its SHA-256 is another one")
        }
        guard bytes.last == 0x0A else { throw ImportRefusal.file(name, "breaks off") }
        let lines = bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count == file.rows else { throw ImportRefusal.file(name, "has \(lines.count) rows, not \(file.rows)") }
        return try lines.enumerated().map { index, line in
            // Exports write a value in one way: what reads back as other bytes has a name twice, or was changed.
            guard let row = try? JSON.decode(JSONValue.self, from: line), let again = try? JSON.encode(row), again.elementsEqual(line)
            else {
                throw ImportRefusal.row(file: name, line: index + 1, "it is not written as exports write it")
            }
            if let fault = file.section.fault(of: row) { throw ImportRefusal.row(file: name, line: index + 1, fault) }
            return row
        }
    }

    /// The org with those who are in it now.
    private func establish(
        _ id: Org.ID, _ rows: [String: [JSONValue]], _ report: inout OrgImportReport, in transaction: Store.Transaction
    ) async throws {
        let orgs = rows[OrgExportSection.org.rawValue] ?? []
        guard let org = orgs.first, orgs.count == 1, org["id"]?.stringValue == id.uuid.uuidString.lowercased() else {
            throw ImportRefusal.file("org.jsonl", "is not the org of the manifest alone")
        }
        guard let state = org["state"]?.stringValue, ["active", "frozen"].contains(state) else {
            throw ImportRefusal.notRunning(ImportedSection.shown(org["state"]?.stringValue ?? "in none"))
        }
        let limits = rows[OrgExportSection.limits.rawValue] ?? []
        guard limits.count <= 1 else { throw ImportRefusal.file("limits.jsonl", "has several rows") }
        let members = (rows[OrgExportSection.memberships.rawValue] ?? []).filter { $0["ended_at"] == .null }
        let owners = members.filter { $0["role"] == "owner" }.compactMap { Self.id($0["user_id"]) }
        guard !owners.isEmpty else { throw ImportRefusal.file("memberships.jsonl", "has no owner") }
        let isPersonal = org["org_type"] == "personal"
        guard !isPersonal || owners.count == 1 else {
            throw ImportRefusal.file("memberships.jsonl", "has several owners of a personal org")
        }
        try await admit(members, &report, in: transaction)
        let taken = try await transaction.occupied(by: members, of: .memberships)
        guard taken.isEmpty else { throw ImportRefusal.occupied(taken) }
        try await transaction.insertImported(
            org: org, personalOwner: isPersonal ? owners.first : nil, limits: limits.first, memberships: members)
        for member in members {
            guard let user = Self.id(member["user_id"]), let role = member["role"]?.stringValue.flatMap(OrgRole.init(rawValue:)) else {
                continue
            }
            try await transaction.publish(OrgMemberAdded(org: id, user: user, role: role, through: .imported))
        }
    }

    /// Makes the accounts of the members: without a password, and with an address that is still to be proved.
    private func admit(_ members: [JSONValue], _ report: inout OrgImportReport, in transaction: Store.Transaction) async throws {
        let now = dateSource.now
        let users = try members.map { member in
            guard let id = Self.id(member["user_id"]), let joinedAt = member["joined_at"]?.stringValue.flatMap({ Instant($0) }),
                let email = member["email"]?.stringValue, let address = EmailAddress(email), address.description == email,
                let text = member["name"]?.stringValue, let name = PersonName(text), name.description == text
            else { throw ImportRefusal.file("memberships.jsonl", "has a present member without a valid id, time, address or name") }
            return User(
                id: id, email: address, name: name, emailVerifiedAt: nil, status: .active, sessionEpoch: 1, keyEpoch: 1, defaultOrg: nil,
                createdAt: min(joinedAt, now), updatedAt: now)
        }
        guard Set(users.map(\.id)).count == users.count else { throw ImportRefusal.file("memberships.jsonl", "has a person twice") }
        let outcome = try await transaction.insert(imported: users.map { (user: $0, password: nil) })
        let known = try await transaction.people(users.map(\.id).filter { !outcome.made.contains($0) })
        // Somebody who came with another org of the same people is the same person; everybody else keeps what is theirs.
        let others = users.filter { user in
            !outcome.made.contains(user.id)
                && known[user.id].map { $0 == (user.email.description, user.name.description) } != true
        }
        guard others.isEmpty else { throw ImportRefusal.occupied(others.map { "\($0.id) or the address of that person" }) }
        for user in users where outcome.made.contains(user.id) {
            try await transaction.recordImport(of: user.id)
        }
        report.people = outcome.made.count
        report.known = users.count - outcome.made.count
    }

    /// Keeps what is history; the org and its present members are no history.
    private func keep(
        _ rows: [JSONValue], of section: String, for org: Org.ID, _ report: inout OrgImportReport, in transaction: Store.Transaction
    ) async throws {
        guard !rows.isEmpty else { return }
        let own = OrgExportSection(rawValue: section)
        let history = own == .org ? [] : own == .memberships ? rows.filter { $0["ended_at"] != .null } : rows
        let earlier = report.sections.last?.name == section ? report.sections.removeLast().rows : 0
        var kept = earlier
        var rest = history[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(1_000))
            rest = rest.dropFirst(batch.count)
            let taken =
                if let own { try await transaction.occupied(by: batch, of: own) } else {
                    try await contributor.occupied(by: batch, of: section, in: transaction)
                }
            guard taken.isEmpty else { throw ImportRefusal.occupied(taken) }
            try await transaction.keep(batch, of: section, for: org, behind: kept)
            kept += batch.count
        }
        report.sections.append(.init(name: section, rows: earlier + rows.count))
    }

    private static func id(_ value: JSONValue?) -> User.ID? {
        value?.stringValue.flatMap { UUID(uuidString: $0) }.map { User.ID(uuid: $0) }
    }
}

extension OrgsAudit {
    /// An org was taken over from another installation, or the payer that it had there was confirmed.
    public struct OrgImported: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_imported", .high, [.org])
        /// What happened.
        public enum What: String, Sendable {
            /// It was taken over.
            case imported
            /// The payer's link to the provider is in force.
            case confirmed
        }

        private let org: Org.ID
        private let what: What
        private let takenAt: Instant?
        private let rows: Int?

        /// Tells of it.
        ///
        /// - Parameters:
        ///   - takenAt: the instant that the export shows.
        ///   - rows: how many rows it has.
        package init(_ org: Org.ID, what: What, takenAt: Instant? = nil, rows: Int? = nil) {
            self.org = org
            self.what = what
            self.takenAt = takenAt
            self.rows = rows
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { what == .imported ? "org taken over from an export" : "payer of an earlier installation confirmed" }
        /// The facts.
        public var data: [String: JSONValue] {
            var facts: [String: JSONValue] = ["what": .string(what.rawValue)]
            facts["taken_at"] = takenAt.map { .string($0.description) }
            facts["rows"] = rows.map { .integer(Int64($0)) }
            return facts
        }
    }
}

/// What others bring about and Orgs tells of: its entries are made here alone (AUD-091).
extension OrgTransaction {
    /// Tells that the payer of an org that was taken over is the one it had.
    public func recordConfirmedImport(of org: Org.ID) async throws {
        try await record(OrgsAudit.OrgImported(org, what: .confirmed), by: .system(component: "cli"))
    }
}
