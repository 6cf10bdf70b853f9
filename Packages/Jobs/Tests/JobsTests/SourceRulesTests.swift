import Foundation
import Testing

/// What no compiler checks: which clock a statement reads, and where memory is handled by hand.
struct SourceRulesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The columns that go by the liveness clock, which is the database's: leases, limits, and when a row was written as such. Statements may
    /// compare these with the server's time, and nothing else (OPS-089).
    private static let liveness: Set<String> = [
        "lease_until", "deadline", "until", "renewed_until", "recorded_at", "started_at", "applied_at", "changed_at", "xact_start",
        "created_at", "updated_at", "clock_ahead_us", "frozen_at", "probed_at", "last_healthy_at",
    ]
    /// Files whose statements read the server's time, and why each may.
    private static let readers: [String: String] = [
        "AdminPostgres/Invariants/Invariant.swift": "leases that ended too long ago",
        "AdminPostgres/PostgresOperatorQueue.swift": "what the last hour recorded",
        "BillingPostgres/PostgresCommandRehearsals.swift": "what a rehearsal's own transaction recorded",
        "AdminPostgres/OperatorListSources.swift": "who holds a lease",
        "AuditPostgres/Migrations/M0141GroupEntries.swift": "the months in which rows are kept, made ahead",
        "AuditPostgres/Migrations/M0142ArchiveGroups.swift": "whether a month in which rows are kept is over",
        "AuditPostgres/AuditFigures.swift": "how long an entry has waited for its link, by when it was written",
        "AuditPostgres/Migrations/M0119EraseOlderParts.swift": "how long an entry has waited for its link, by when it was written",
        "AuditPostgres/Migrations/M0100CreateAudit.swift": "when a row was written, and the months in which rows are kept",
        "BillingPostgres/PostgresBillingTransaction+Provider.swift": "the lease of an order",
        "IdleCancellationPostgres/Migrations/M0560KeepIdleCases.swift": "fills a new column once, on rows that are there",
        "GraphEngines/PostgreSQL/PostgresHostExamination.swift": "how far the clock of a host is from ours",
        "GraphEngines/PostgreSQL/PostgresGraphEngine+Supervision.swift": "how long a tenant's statement has run",
        "GraphsPostgres/GraphFigures.swift": "the machine's share of the business time, where the sandbox's clock does not stand",
        "GraphsPostgres/PostgresGraphStore+Hosts.swift": "when a host was asked and last answered",
        "GraphsPostgres/M0720WatchHosts.swift": "when a host that is new counts as healthy",
        "GraphEngines/PostgreSQL/GraphSchemaSQL.swift": "customers' own tables, in their own databases",
        "JobsPostgres/Worker/ManualDrain.swift": "a worker's lease", "JobsPostgres/Worker/ClaimedJob.swift": "a job's lease",
        "JobsPostgres/Worker/Rescue.swift": "leases that have ended", "JobsPostgres/Worker/WorkerHeartbeat.swift": "a worker's lease",
        "JobsPostgres/Worker/Leadership.swift": "the leader's lease",
        "JobsPostgres/Worker/JobFigures.swift": "the machine's share of the business time, where the sandbox's clock does not stand",
        "JobsPostgres/Clock/SandboxClock+Advance.swift": "where the history of a move begins, by when rows were written",
        "JobsPostgres/Transaction/PostgresJobTransaction.swift": "a job's lease",
        "JobsPostgres/Migrations/M0212KeepHistoryOnce.swift": "the days in which history is kept",
        "JobsPostgres/Migrations/M0215ForgetHistory.swift": "the days in which history is kept",
        "JobsPostgres/Migrations/M0200CreateJobs.swift": "when a row was written, and the days in which history is kept",
        "NotificationsPostgres/NotificationFigures.swift":
            "the machine's share of the business time, where the sandbox's clock does not stand",
        "OperationsPostgres/OperationUpkeep.swift": "places of streams, which last as long as a connection lives",
        "OperationsPostgres/PostgresOperationStore.swift": "places of streams, which last as long as a connection lives",
        "Postgres/Operations/DatabaseFigures.swift": "how long a transaction has run",
        "Postgres/Operations/LogLevelStore.swift": "how long a level holds, on the machine's clock",
        "Postgres/Migrations/Migrator.swift": "when a step was done",
        "Postgres/Migrations/M0011KeepLogLevels.swift": "when a level was set",
    ]

    private static func sources() throws -> [(name: String, text: String)] {
        let packages = root.appending(path: "Packages")
        guard let walk = FileManager.default.enumerator(at: packages, includingPropertiesForKeys: nil) else { return [] }
        var files: [(name: String, text: String)] = []
        for case let file as URL in walk where file.pathExtension == "swift" {
            let parts = file.path.components(separatedBy: "/Sources/")
            guard parts.count == 2, !parts[1].contains("Testing/") else { continue }
            files.append((parts[1], try String(contentsOf: file, encoding: .utf8)))
        }
        return files
    }

    /// The lines of a file that are not comments.
    private static func code(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
    }

    @Test func `OPS-089 no statement asks the server for the time but where leases and the writing of rows are concerned`() throws {
        let clock =
            #/(?:^|[^.\w])(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\(\)|\b(?i:current_(?:date|time|timestamp)|localtime(?:stamp)?)\b/#
        let files = try Self.sources()
        #expect(files.count > 400)
        // Looking for plain words first is a hundred times as fast as asking an expression about every line of the product.
        let words = ["now()", "_timestamp", "timeofday", "current_", "localtime"]
        var seen: Set<String> = []
        for (name, text) in files {
            let plain = text.lowercased()
            guard words.contains(where: { plain.contains($0) }) else { continue }
            let lines = Self.code(text).filter { $0.contains(clock) && !$0.contains("Date.now") }
            guard !lines.isEmpty else { continue }
            seen.insert(name)
            #expect(Self.readers[name] != nil, "\(name) reads the server's time: \(lines.first ?? "")")
            // A comparison names the column that it compares, and that column goes by the liveness clock.
            for line in lines where line.contains(#/[<>]=?\s*(?:now|clock_timestamp)\(\)/#) {
                #expect(Self.liveness.contains { line.contains($0) } || line.contains("businessTime"), "\(name): \(line)")
            }
        }
        #expect(Set(Self.readers.keys).subtracting(seen).isEmpty, "\(Set(Self.readers.keys).subtracting(seen)) read no time any more")
    }

    /// How often memory is handled by hand in each target that may; a number may fall, and rises only by a decision.
    private static let handled: [String: Int] = [
        "Core": 4, "Cryptography": 75, "EventLoops": 32, "HTTPClient": 79, "HTTPServer": 22, "Lifecycle": 7, "Markup": 41,
        "Observability": 5,
        "Postgres": 116, "Redis": 46, "TLSFront": 9, "WebAuthn": 29,
    ]

    @Test func `SEC-100 memory is handled by hand in the wrappers alone, and not more often than it was`() throws {
        var found: [String: Int] = [:]
        let words = ["u" + "nsafe", "@unchecked"]
        for (name, text) in try Self.sources() where words.contains(where: { text.contains($0) }) {
            let count = Self.code(text).count {
                $0.contains(#/(?:^|[^.\w'"`-])u[n]safe\s+[a-zA-Z!(]/#) || $0.contains("@unchecked" + " Sendable")
                    || $0.contains("nonisolated(" + "unsafe)")
            }
            if count > 0 { found[String(name.prefix { $0 != "/" }), default: 0] += count }
        }
        for (target, count) in found { #expect(count <= Self.handled[target] ?? 0, "\(target) has \(count)") }
        #expect(found.count >= 5)
    }

    @Test func `SEC-100 every target is checked for races, memory and warnings, and none of them is let off`() throws {
        let packages = try FileManager.default.contentsOfDirectory(
            at: Self.root.appending(path: "Packages"), includingPropertiesForKeys: nil)
        let manifests = packages.map { $0.appending(path: "Package.swift") } + [Self.root.appending(path: "Package.swift")]
        #expect(manifests.count > 10)
        for manifest in manifests {
            let text = try String(contentsOf: manifest, encoding: .utf8)
            for setting in [".swiftLanguageMode(.v6)", ".strictMemorySafety()", ".treatAllWarnings(as: .error)"] {
                #expect(text.contains(setting), "\(manifest.path) lacks \(setting)")
            }
            for word in ["unsafeFlags", "-suppress-warnings", ".disableWarning", "-Xfrontend", "swiftLanguageMode(.v5)"] {
                #expect(!text.contains(word), "\(manifest.path) has \(word)")
            }
            let targets = text.matches(of: /\.(?:target|executableTarget|testTarget)\(\s*\n?\s*name:/).count
            let checked = text.matches(of: /swiftSettings: ?settings/).count
            let wrappers = text.matches(of: /\.target\(name: "C[A-Z]\w+"|name: "C[A-Z]\w+"/).count
            #expect(checked + wrappers >= targets || text.contains("func tests("), "\(manifest.path): \(checked) of \(targets)")
        }
    }

    @Test func `BIL-144 STR-008 no text takes an id of the provider without saying whether it is whole, and keys take it whole`() throws {
        let files = try Self.sources()
        // The compiler refuses what is neither: a warning is an error in every target, which is checked above.
        let type = try #require(files.first { $0.name == "Billing/Provider/ProviderID.swift" }).text
        let refusal = #/@available\(\*, deprecated, message: ".+"\)\s+public mutating func appendInterpolation\(_ id: ProviderID\)/#
        #expect(type.contains(refusal))
        // In Billing's keys the short form, which thousands of ids share, has no place.
        let keys = #/(?:[kK]ey: ?|Key\(|object: ?)"[^"]*\\\([^")]*\.(?:description|debugDescription)\)/#
        var seen = 0
        for (name, text) in files where name.hasPrefix("Billing") || name.hasPrefix("Idle") {
            let lines = Self.code(text).filter { $0.contains("ey: \"") || $0.contains("Key(\"") || $0.contains("object: \"") }
            seen += lines.count
            for line in lines { #expect(!line.contains(keys), "\(name): \(line)") }
        }
        #expect(seen > 25)
        #expect(#"JobOptions(uniqueKey: "drift:\(object.id.description)")"#.contains(keys))
    }
}
