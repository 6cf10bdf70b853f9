public import Audit
internal import AuditProof
public import Core
public import FoundationEssentials
public import Postgres

/// Takes proofs from PostgreSQL. What serves requests sees no chains; functions of the schema hand out what one proof needs (AUD-047).
public struct PostgresAuditProver: AuditProver {
    private let client: PostgresClient

    /// Makes a prover.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// What one transaction sees.
    public func proof(of entry: AuditEntryID, ofOrg org: UUID) async throws -> JSONValue? {
        let options = TransactionOptions(isolation: .repeatableRead, isReadOnly: true)
        return try await client.withTransaction(options, scope: .org(org)) { transaction in
            let row = try await transaction.query("SELECT canonical FROM audit.entry WHERE id = \(entry) AND ref_org = \(org)").first
            guard let canonical = try row?.decode("canonical", as: [UInt8]?.self) else { return nil }
            guard let link = try await transaction.query("SELECT * FROM audit.proof_link(\(entry))").first,
                let checkpoint = try await transaction.query(
                    "SELECT * FROM audit.proof_checkpoint(\(try link.decode("seal", as: Int64.self)))"
                ).first
            else { throw AuditProofPending() }
            let links: Int64 = try checkpoint.decode("links")
            let chain: String = try link.decode("chain")
            let position: Int64 = try link.decode("place")
            let following = try await transaction.query("SELECT entry_hash FROM audit.proof_following(\(entry), \(links))")
            let leaves = try await transaction.query("SELECT leaf, is_own FROM audit.proof_leaves(\(links))")
            guard let index = try leaves.firstIndex(where: { try $0.decode("is_own") }) else { throw AuditProofPending() }
            let proof = AuditInclusionProof(
                canonical: canonical, chain: chain, position: position,
                previous: try link.decode("previous", as: [UInt8]?.self) ?? AuditChain.origin(of: chain),
                following: try following.map { try $0.decode("entry_hash") }, leaves: try leaves.map { try $0.decode("leaf") },
                index: index,
                checkpoint: try checkpoint.decode("body"), signature: try checkpoint.decode("signature"))
            return proof.value
        }
    }
}
