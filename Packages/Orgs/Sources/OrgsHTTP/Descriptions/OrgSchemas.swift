internal import HTTPServer
internal import Identity
internal import Orgs

/// What Orgs answers, as schemas.
enum OrgSchemas {
    static var org: Schema {
        .object(
            "OrgResponse",
            [
                "id": .id("org"), "name": .text("Acme"), "org_type": .words(of: OrgType.self), "role": .words(of: OrgRole.self),
                "member_count": .integer.orNull, "graph_count": .integer.orNull, "created_at": .instant, "joined_at": .instant,
                "is_default": .boolean, "state": .words(of: Org.State.self), "purge_at": .instant.orNull,
            ])
    }

    static var member: Schema {
        .object(
            "OrgMemberResponse",
            [
                "user_id": .id("user"), "name": .text("Ada"), "email": .text("ada@example.com"), "role": .words(of: OrgRole.self),
                "joined_at": .instant, "is_active": .boolean,
            ])
    }

    static var graph: Schema {
        .object(
            "OrgGraph",
            [
                "graph_id": .text("kg0123456789abcdef"), "graph_name": .text("Ledger"), "graph_type": .text("entity"),
                "graph_tier": .text("ladybug-standard"), "credits_available": .number.orNull, "credits_used": .number.orNull,
                "created_at": .instant, "updated_at": .instant,
            ])
    }

    static var detail: Schema {
        .object(
            "OrgDetailResponse",
            [
                "id": .id("org"), "name": .text("Acme"), "org_type": .words(of: OrgType.self), "user_role": .words(of: OrgRole.self),
                "members": .array(of: member), "graphs": .array(of: graph),
                "limits": .object(["max_graphs": Schema.integer.means("-1 is unlimited.")]), "created_at": .instant, "updated_at": .instant,
                "state": .words(of: Org.State.self),
            ])
    }

    static var limits: Schema {
        .object(
            "OrgLimitsResponse",
            [
                "org_id": .id("org"), "max_graphs": Schema.integer.means("-1 is unlimited."),
                "current_usage": .object([
                    "graphs": .object([
                        "current": .integer, "reserved": .integer, "limit": .integer.orNull, "remaining": .integer.orNull,
                        "unlimited": .boolean,
                    ])
                ]),
                "warnings": .array(of: .string), "can_create_graph": .boolean,
            ])
    }

    static var usage: Schema {
        .object(
            "OrgUsageResponse",
            [
                "org_id": .id("org"), "period_days": .integer, "start_date": .instant, "end_date": .instant,
                "summary": .object(
                    "OrgUsageSummary",
                    [
                        "total_credits_used": .number, "total_ai_operations": .integer, "total_storage_gb": .number,
                        "daily_avg_credits": .number, "projected_monthly_credits": .number, "credits_limit": .number.orNull,
                        "storage_limit_gb": .number.orNull,
                    ]),
                "graph_details": .array(
                    of: .object(
                        "OrgUsageGraph",
                        [
                            "graph_id": .text("kg0123456789abcdef"), "graph_name": .text("Ledger"), "credits_used": .number,
                            "ai_operations": .integer, "storage_gb": .number, "credits_available": .number.orNull,
                            "credits_allocated": .number.orNull, "ended": .boolean,
                        ])),
                "daily_trend": .array(of: .object(["date": .text("2026-01-31"), "credits_used": .number])),
                "repository_seats": .array(of: .any),
            ])
    }

    static var invitation: Schema {
        .object(
            "OrgInvitationResponse",
            [
                "id": .id("orginv"), "org_id": .id("org"), "email": .text("bob@example.com"), "role": .words(of: GivableRole.self),
                "status": .words(of: Invitation.State.self), "invited_by_user_id": .id("user").orNull,
                "invited_by_name": .text("Ada").orNull, "created_at": .instant, "expires_at": .instant, "is_expired": .boolean,
                "token": Schema.string.orNull.means("Only in the answer that made it, and only where the deployment shows it."),
            ])
    }

    static var offer: Schema {
        .object(
            "InvitationOffer",
            [
                "id": .id("orginv"), "org_id": .id("org"), "org_name": .text("Acme"), "role": .words(of: GivableRole.self),
                "invited_by_name": .text("Ada").orNull, "created_at": .instant, "expires_at": .instant,
            ])
    }

    static var transfer: Schema {
        .object(
            "OwnershipTransfer",
            [
                "id": .id("orgxfr"), "org_id": .id("org"), "from_user_id": .id("user").orNull, "to_user_id": .id("user"),
                "keep_role": .words(of: OrgRole.self), "status": .words(of: OwnershipTransfer.State.self),
                "started_by": .words(of: OwnershipTransfer.Origin.self), "acceptable_at": .instant.orNull, "expires_at": .instant,
                "created_at": .instant, "closed_at": .instant.orNull,
            ])
    }

    static var export: Schema {
        .object(
            "OrgExport",
            [
                "id": .id("orgexp"), "org_id": .id("org"), "state": .words(of: OrgExport.State.self), "created_at": .instant,
                "taken_at": .instant.orNull, "size": .integer.orNull, "expires_at": .instant.orNull, "schema_version": .integer,
            ])
    }

    static var auditExport: Schema {
        .object(
            "AuditExport",
            [
                "id": .id("aexp"), "org_id": .id("org"), "state": .words(of: OrgExport.State.self), "operation_id": .id("op"),
                "created_at": .instant,
            ])
    }

    static var security: Schema {
        .object(
            "OrgSecurity",
            [
                "mfa_rule": .words(of: OrgSecurity.SecondFactorRule.self), "invitation_domains": .array(of: .text("example.com")).orNull,
                "support_access_until": .instant.orNull,
            ])
    }

    static var billingSettings: Schema {
        .object(
            "OrgBillingSettings",
            [
                "billing_email": .text("billing@example.com").orNull, "contact_name": .string.orNull, "address": .string.orNull,
                "tax_id": .string.orNull, "currency": .text("usd"), "invoice_billing_enabled": .boolean, "payment_terms": .text("net_30"),
                "has_payment_method": .boolean,
            ])
    }

    static var deletionPlan: Schema {
        .object(
            "OrgDeletionPlan",
            [
                "org_id": .id("org"), "name": .text("Acme"), "state": .words(of: Org.State.self),
                "blockers": .array(of: .object(["kind": .words(of: DeletionBlocker.Kind.self), "id": .string, "remedy": .string])),
                "stops_now": .object(["members": .integer, "graphs": .array(of: .text("kg0123456789abcdef"))]),
                "erased_at_purge": .array(of: .text("graphs")), "kept_by_law": .array(of: .text("invoices")),
                "deleted_at": .instant.orNull, "purge_at": .instant.orNull,
            ])
    }

    static var deletion: Schema {
        .object(
            "OrgDeletion",
            ["id": .id("orgdel"), "org_id": .id("org"), "state": .words("deleted"), "deleted_at": .instant, "purge_at": .instant])
    }

    static var endingSubscriptions: Schema {
        .object(
            "OrgEndingSubscriptions",
            [
                "operation_id": .id("op"), "org_id": .id("org"), "status": .words("pending"),
                "_links": .object(["status": .string, "stream": .string, "cancel": .string]),
            ])
    }

    /// A list with its length and, where it is one org's, the org.
    static func list(_ key: String, _ element: Schema, name: String, ofOrg: Bool = true) -> Schema {
        ofOrg
            ? .object(name, [key: .array(of: element), "total": .integer, "org_id": .id("org")])
            : .object(name, [key: .array(of: element), "total": .integer])
    }
}
