import Foundation
import Testing

/// What the sources of all packages must not say, whoever writes them.
@Suite struct SourceLintTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func files(_ folder: String, where isWanted: (String) -> Bool) throws -> [(path: String, text: String)] {
        let folder = root.appending(path: folder)
        guard let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return [] }
        var found: [(path: String, text: String)] = []
        for case let file as URL in walk where file.pathExtension == "swift" && isWanted(file.path) {
            found.append((file.path, try String(contentsOf: file, encoding: .utf8)))
        }
        return found
    }

    @Test func `AUD-046 the guide says plainly what nobody sees without a copy outside of database and key`() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/audit-proof.md"), encoding: .utf8)
        let text = page.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(text.contains("Whoever holds the database and the keys can write a new log. Only a copy outside of both shows it"))
        for way in ["TRELLIS_AUDIT_ANCHOR_FILE", "trellis audit sink add", "audit checkpoint"] { #expect(text.contains(way), "\(way)") }
    }

    /// What a summary puts in that is somebody's own word or a person's.
    private static var personal: Regex<Substring> {
        #/\b(?:email|userAgent|displayName|personName|fullName|reasonText|note|operatorName|remoteAddress)\b/#
    }

    @Test func `AUD-012 no summary of any entry holds a name, an address or somebody's own words`() throws {
        var summaries = 0
        for (path, text) in try Self.files("Packages", where: { $0.contains("/Sources/") && !$0.contains("/.build/") }) {
            for match in text.matches(of: #/var summary: String \{(?<body>(?:[^{}]|\{[^{}]*\})*)\}/#) {
                summaries += 1
                for hole in match.output.body.matches(of: #/\\\((?<inside>[^()]*(?:\([^()]*\)[^()]*)*)\)/#) {
                    let inside = hole.output.inside
                    #expect(inside.firstMatch(of: Self.personal) == nil, "\(path): \(inside)")
                    // A name is a plan's, a template's or a type's; people and orgs have ids.
                    let isNamed = inside.contains(".name") && !["key.name", "type.name", "template.name"].contains { inside.contains($0) }
                    #expect(!isNamed, "\(path): \(inside)")
                }
            }
        }
        #expect(summaries > 100)
    }

    @Test func `AUD-091 no package lets others make its entries, only what no package owns is open to all`() throws {
        var entries = 0
        for (path, text) in try Self.files("Packages", where: { $0.contains("/Sources/") && !$0.contains("/.build/") }) {
            // Types of a struct that conforms, up to the brace that ends it.
            for match in text.matches(of: #/\n(?<indent> *)(?:public )?struct (?<name>\w+)(?:<[^>]*>)?: (?<kinds>[^{]*)\{/#) {
                let rest = text[match.range.upperBound...]
                let body = rest.firstRange(of: "\n\(match.output.indent)}").map { rest[..<$0.lowerBound] } ?? rest
                guard body.contains(#/static (?:let|var) type(?:: AuditEventType)? ?(?:=|\{)/#),
                    match.output.kinds.contains(#/AuditEvent|Entry|Denial/#)
                else { continue }
                entries += 1
                if Self.shared.contains(String(match.output.name)) { continue }
                #expect(!body.contains("public init("), "\(path): \(match.output.name)")
            }
        }
        #expect(entries > 250)
    }

    /// What any package may find out, and what processes tell of themselves.
    private static let shared: Set<String> = [
        "AuthorizationDenied", "PrivilegeEscalationAttempt", "CrossTenantAttempt", "LinkTokenRejected", "LinkTokenReplayed",
        "InputValidationFailure", "InjectionAttempt", "AttackAttempt",
        "OperationFailed",
        "OperationTimedOut", "OperationCanceled", "ProcessStarted", "ProcessStopped", "MigrationApplied", "SandboxClockAdvanced",
        "RequestCountingSwitched",
    ]

    @Test func `AUD-004 AUD-136 no source of the product declares a kind of references of its own, but for the suite of stores`() throws {
        var suites = 0
        for folder in ["Packages", "Apps"] {
            for (path, text) in try Self.files(folder, where: { !$0.contains("/Tests/") && !$0.contains("/.build/") }) {
                guard text.contains("AuditReferenceKind(own:") || text.contains(".init(own:") else { continue }
                suites += 1
                #expect(path.contains("/AuditTesting/"), "\(path)")
            }
        }
        #expect(suites == 1)
    }

    @Test func `SEC-071 every secret that is a setting stands in the inventory, with use, owner, rotation and what its thief can do`()
        throws
    {
        var settings: Set<String> = []
        for (_, text) in try Self.files("Apps", where: { _ in true }) {
            for match in text.matches(of: #/settings\.(?:secrets|requiredSecret|optionalSecret|secret)\(\s*"(?<name>TRELLIS_[A-Z_]+)"/#) {
                settings.insert(String(match.output.name))
            }
        }
        #expect(settings.count >= 12)
        let page = try String(contentsOf: Self.root.appending(path: "docs/operations/secrets.md"), encoding: .utf8)
        var listed: Set<String> = []
        for line in page.split(separator: "\n") where line.hasPrefix("| `TRELLIS_") {
            let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
            #expect(cells.count == 6 && cells.allSatisfy { !$0.isEmpty }, "\(line)")
            listed.insert(cells[0])
        }
        #expect(listed == settings)
    }
}
