public import Audit
public import Core
public import Identity

/// Hands orgs over.
public protocol OwnershipTransferService: Sendable {
    /// Starts a transfer.
    ///
    /// - Parameter validatesOnly: runs all checks and changes nothing.
    /// - Throws: `IdentityError` for the proof; ``OrgsError/transferTargetInvalid``, ``OrgsError/transferPending``.
    func propose(
        _ proposal: OwnershipProposal, in scope: OwnerScope, validatingOnly validatesOnly: Bool
    ) async throws -> OwnershipTransfer

    /// Starts a transfer for an owner who cannot act; every owner may stop it for a time (ORG-041).
    ///
    /// - Parameter approver: a second person who runs the product.
    /// - Throws: `IdentityError.forbidden` when both are the same; what ``propose(_:in:validatingOnly:)`` throws.
    func propose(
        from owner: User.ID, to member: User.ID, keeping role: OrgRole, in org: Org.ID, because reason: String, by actor: AuditActor,
        approvedBy approver: AuditActor
    ) async throws -> OwnershipTransfer

    /// Becomes owner.
    ///
    /// - Throws: ``OrgsError/notFound``, `IdentityError.forbidden` for anybody but the named person, ``OrgsError/transferNotPending``,
    ///   ``OrgsError/mfaEnrollmentRequired``, ``OrgsError/emailNotVerified``.
    func accept(_ transfer: OwnershipTransfer.ID, in scope: MemberScope) async throws -> OwnershipTransfer

    /// Does not become owner.
    ///
    /// - Throws: as accepting does.
    func decline(_ transfer: OwnershipTransfer.ID, in scope: MemberScope) async throws

    /// Takes a transfer back.
    ///
    /// - Throws: ``OrgsError/notFound``, `IdentityError.forbidden` for another owner, ``OrgsError/transferNotPending``.
    func cancel(_ transfer: OwnershipTransfer.ID, in scope: OwnerScope) async throws

    /// The transfers; members see those that name them.
    func transfers(for scope: MemberScope) async throws -> [OwnershipTransfer]
}
