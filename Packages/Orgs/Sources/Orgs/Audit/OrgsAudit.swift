public import Audit

/// What Orgs writes into the audit log (audit.md, AUD-119 and AUD-120).
public enum OrgsAudit {
    /// The rows of the catalogue.
    public static let types: [AuditEventType] = [
        OrgCreated.type, OrgUpdated.type, OrgTypeChanged.type, MemberAdded.type, MemberRoleChanged.type, MemberRemoved.type,
        MemberLeft.type,
    ]

    /// The rows of the catalogue about the end and the administration of orgs.
    public static let endingTypes: [AuditEventType] = [
        OrgLimitsChanged.type, OrgFrozen.type, OrgThawed.type, OrgDeletionRequested.type, OrgWasRestored.type, OrgWasPurged.type,
        OrgLegalHoldChanged.type, OrgSlotsRepaired.type,
    ]

    /// The rows of the catalogue about the security settings of orgs.
    public static let securityTypes: [AuditEventType] = [OrgSecurityChanged.type, SupportAccessGranted.type, SupportAccessEnded.type]

    /// The row of the catalogue about exports.
    public static let exportTypes: [AuditEventType] = [OrgExported.type]

    /// The row of the catalogue about imports.
    public static let importTypes: [AuditEventType] = [OrgImported.type]

    static func type(_ name: String, _ risk: AuditRisk, _ requires: [AuditReferenceKind]) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .org, component: "orgs", requires: requires)
    }
}
