public import FoundationEssentials

/// What the file of an org's log is to hold (AUD-082).
public struct AuditExportOrder: Sendable, Hashable, Codable {
    /// How the file is written.
    public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
        /// JSON Lines, with what the offline verification needs (AUD-083).
        case jsonl
        /// A table for reading, which carries no proof (AUD-084).
        case csv
    }

    /// How the file is written.
    public let format: Format
    /// Whether all links of the chain, the public keys and the way to a signed checkpoint are in the file; of a table there is no proof.
    public let includesProof: Bool
    /// Which entries are asked for. The org, the place and the length of a page are the export's own matter.
    public let filter: AuditQuery

    /// Describes a file.
    public init(format: Format, includesProof: Bool, filter: AuditQuery) {
        self.format = format
        self.includesProof = includesProof
        self.filter = filter
    }

    private enum CodingKeys: String, CodingKey {
        case format, filter
        case includesProof = "includes_proof"
    }
}

/// What a transaction can do to write an org's part of the log into a file.
public protocol AuditExportTransaction {
    /// Hands over the file text after text, a page of the log at a time, so that memory stays bounded whatever the length of the chain.
    ///
    /// The transaction must work for the org and nobody else, so that nothing is read but what the org may read (AUD-080).
    /// - Parameter name: shows an id with the prefix of its kind; `nil` shows it bare.
    /// - Returns: how many entries the file has.
    func exportLog(
        ofOrg org: UUID, _ order: AuditExportOrder, naming name: (AuditReference) -> String?, to take: (String) async throws -> Void
    ) async throws -> Int64
}
