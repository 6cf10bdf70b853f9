import Foundation
import Testing

/// Reads the sources of every job: what one carries is in its stored properties, and nothing else of it reaches the queue.
@Suite struct JobPayloadTests {
    /// A stored property of a job.
    struct Field: Hashable, CustomStringConvertible {
        let job: String
        let name: String
        let type: String

        var description: String { "\(job).\(name): \(type)" }
    }

    /// Ids, times, numbers and closed lists of words: none of them can hold a name, an address or a secret.
    static let harmless: Set<String> = [
        "Instant", "Int", "Int32", "Int64", "Bool", "GraphID", "ResourceID", "ProviderID", "InvoiceStage", "DunningStage",
        "MailFeedback.Kind", "MailStatusCode", "MessageNet", "MoneyNet",
    ]

    /// Structs whose own properties were read: ids, times, numbers and closed lists of words.
    static let readThrough: Set<String> = ["PendingActivity", "ProviderSubject", "IdleTrigger"]

    /// A text that is no copy of what may change: what an operator wrote down as the reason of the order that the job carries out.
    static let reasons: Set<String> = ["WithdrawAccountCredit.reason: String?"]

    /// The day of a job, such as `2026-03-01`, which is a date, and the number by which a drill chooses among the backups of its week.
    static let days: Set<String> = [
        "TakeNightlyBackup.day: String", "ConsiderCompaction.day: String", "TryBackup.day: String", "TryBackup.number: UInt64",
    ]

    /// The row, by its key, at which the page before ended.
    static let cursors: Set<String> = ["CatchLostMessages.after: String?", "CatchLostWork.after: String?"]

    /// What is read from jobs that an earlier version wrote, and never written any more.
    static let released: Set<String> = ["SendPasswordReset.email: String?"]

    private static let root = (0..<5).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }

    static func sources() throws -> [String] {
        let packages = root.appending(path: "Packages")
        let walk = try #require(FileManager.default.enumerator(atPath: packages.path()))
        return try walk.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") && $0.contains("/Sources/") && !$0.contains(".build") && !$0.contains("Testing/") }
            .map { try String(contentsOf: packages.appending(path: $0), encoding: .utf8) }
    }

    /// The names of the jobs of a source, each with its stored properties.
    static func jobs(in source: String) -> [(name: String, fields: [Field])] {
        guard source.contains(": Job") else { return [] }
        return source.matches(of: #/(?m)^(?:public )?struct (\w+): Job\b[^{]*\{/#).map { match in
            let name = String(match.1)
            let body = source[match.range.upperBound...].prefix { _ in true }
            let end = body.firstRange(of: "\n}")?.lowerBound ?? body.endIndex
            let fields = body[..<end].matches(of: #/(?m)^    (?:public |internal |package )?(?:let|var) (\w+): ([^=\n{]+?)(?: = .*)?$/#)
            return (name, fields.map { Field(job: name, name: String($0.1), type: String($0.2)) })
        }
    }

    static func isHarmless(_ field: Field) -> Bool {
        let type = field.type.hasSuffix("?") ? String(field.type.dropLast()) : field.type
        return type.hasSuffix(".ID") || harmless.contains(type) || readThrough.contains(type) || reasons.contains(field.description)
            || days.contains(field.description) || cursors.contains(field.description) || released.contains(field.description)
    }

    @Test func `OPS-054 no job of the product carries an address, a name, a text or a copy of what may change`() throws {
        let jobs = try Self.sources().flatMap(Self.jobs)
        #expect(jobs.count >= 50)
        #expect(jobs.contains { $0.name == "SendPasswordReset" } && jobs.contains { $0.name == "WarnOfDeletion" })
        for field in jobs.flatMap(\.fields) { #expect(Self.isHarmless(field), "\(field)") }
    }

    @Test func `OPS-054 the scan finds what must not be there`() {
        let source = """
            public struct Remind: Job {
                public static let kind = "x"
                public let user: User.ID
                public let email: String
                let graph: GraphFactsOfEvent
                public let at: Instant
            }
            """
        let found = Self.jobs(in: source).flatMap(\.fields).filter { !Self.isHarmless($0) }.map(\.description)
        #expect(found == ["Remind.email: String", "Remind.graph: GraphFactsOfEvent"])
    }
}
