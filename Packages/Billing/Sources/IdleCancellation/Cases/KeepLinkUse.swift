public import Audit
public import Core

/// The use of a link of a mail, which happens once (IDL-050).
public struct KeepLinkUse: IdentifiedEntity, AuditReferable, Sendable {
    /// The id of a use.
    public typealias ID = Identifier<KeepLinkUse>
    /// `luse_…`
    public static let idPrefix = "luse"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.linkUse
}
