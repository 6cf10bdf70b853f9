internal import Core

/// What a verification found (AUD-050).
public struct AuditVerification: Sendable, Hashable {
    /// What can be wrong with a log (AUD-049).
    public enum Fault: String, Sendable, Hashable, CaseIterable {
        /// The bytes of an entry are not those that were hashed.
        case changed
        /// Entries are gone from the middle of a chain or from its end.
        case removed
        /// An entry stands in the log more than once.
        case duplicated
        /// An entry stands behind one that came after it.
        case reordered
        /// The hash of a link does not follow from the one before: something was put in, taken out or moved before it.
        case brokenLink = "broken_link"
        /// An entry stands in a chain that is not its own.
        case wrongChain = "wrong_chain"
        /// An entry is not in the one form in which entries are hashed.
        case notCanonical = "not_canonical"
        /// A checkpoint's signature is wrong.
        case badSignature = "bad_signature"
        /// A checkpoint is signed by a key that nobody vouches for.
        case unknownKey = "unknown_key"
        /// A checkpoint does not follow the one before.
        case checkpointRegression = "checkpoint_regression"
        /// The chains are not what a checkpoint states.
        case checkpointMismatch = "checkpoint_mismatch"
        /// What is personal in an entry is not what its digest says.
        case privatePart = "private_part"
        /// A checkpoint that was kept outside is not in the log: an older copy was restored, or the log was replaced.
        case regression
        /// A column of the database does not say what the hashed bytes say.
        case column
        /// An entry of the database has no link and is not waiting for one either.
        case unlinked
        /// The last change of a thing names an entry that is nowhere (AUD-043).
        case changeWithoutEntry = "change_without_entry"
    }

    /// One thing that is wrong.
    public struct Finding: Sendable, Hashable {
        /// What it is.
        public let fault: Fault
        /// The chain, when it concerns one.
        public let chain: String?
        /// The place in the chain, when it concerns one.
        public let position: Int64?
        /// The id of the entry, when it is known.
        public let entry: String?
        /// What exactly.
        public let reason: String

        /// Tells of something wrong.
        public init(_ fault: Fault, chain: String? = nil, position: Int64? = nil, entry: String? = nil, reason: String) {
            self.fault = fault
            self.chain = chain
            self.position = position
            self.entry = entry
            self.reason = reason
        }

        var value: JSONValue {
            .object([
                "kind": .string(fault.rawValue), "chain": chain.map { .string($0) } ?? .null,
                "position": position.map { .integer($0) } ?? .null, "entry": entry.map { .string($0) } ?? .null, "reason": .string(reason),
            ])
        }
    }

    /// Everything that is wrong, in the order in which it was found; the first thousand.
    public internal(set) var findings: [Finding] = []
    /// How many things are wrong.
    public internal(set) var faults = 0
    /// How many entries were looked at.
    public internal(set) var entries: Int64 = 0
    /// How many of them a signed checkpoint covers.
    public internal(set) var proved: Int64 = 0
    /// How many chains there are.
    public internal(set) var chains = 0
    /// How many checkpoints were looked at.
    public internal(set) var checkpoints: Int64 = 0
    /// How many entries wait for their link; that is no fault.
    public internal(set) var unsealed: Int64 = 0
    /// How many private parts are erased; that is no fault.
    public internal(set) var erased: Int64 = 0
    /// How many places are those of archived entries; that is no fault.
    public internal(set) var archived: Int64 = 0
    /// The months whose archives have them.
    public internal(set) var archivedMonths: Set<String> = []
    /// What the input lacks, when it does: then nothing more can be said.
    public internal(set) var missing: String?

    init() {}

    /// Notes one more fault.
    public mutating func add(_ finding: Finding) {
        faults += 1
        if findings.count < 1_000 { findings.append(finding) }
    }

    /// 0 when all is proved, 1 when something is wrong, 2 when the input is not complete.
    public var exitCode: Int32 { faults > 0 ? 1 : missing == nil ? 0 : 2 }

    /// The report for programs, as one line of JSON.
    public var report: String {
        let result = faults > 0 ? "tampered" : missing == nil ? "proved" : "incomplete"
        let value: JSONValue = .object([
            "result": .string(result), "entries": .integer(entries), "proved": .integer(proved), "chains": .integer(Int64(chains)),
            "checkpoints": .integer(checkpoints), "unsealed": .integer(unsealed),
            "archived": .integer(archived), "archived_months": .array(archivedMonths.sorted().map { .string($0) }),
            "erased": .integer(erased), "faults": .integer(Int64(faults)),
            "missing": missing.map { .string($0) } ?? .null, "findings": .array(findings.map(\.value)),
        ])
        return String(decoding: CanonicalJSON.bytes(of: value), as: UTF8.self)
    }

    /// The summary for people.
    public var summary: String {
        let head =
            "\(entries) entries in \(chains) chains, \(proved) covered by \(checkpoints) checkpoints, \(unsealed) not sealed yet, \(erased) private parts erased."
        let archives =
            archived == 0 ? "" : "\n\(archived) entries are in the archives of \(archivedMonths.sorted().joined(separator: ", "))."
        if faults > 0 {
            let lines = findings.prefix(20).map { finding in
                "\(finding.fault.rawValue)\(finding.chain.map { " in " + $0 } ?? "")\(finding.position.map { " at \($0)" } ?? "")"
                    + "\(finding.entry.map { ", " + $0 } ?? ""): \(finding.reason)"
            }
            return "\(head)\n\(faults) faults:\n" + lines.joined(separator: "\n")
        }
        return missing.map { "\(head)\nNot complete: \($0)." } ?? "\(head)\(archives)\nAll proved."
    }
}
