internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Orgs

extension OrgRoutes {
    static var descriptions: [RouteDescription] { orgs + members + figures }

    private static var orgs: [RouteDescription] {
        [
            RouteDescription("list_user_orgs", "Lists the orgs that the caller is a member of.", for: .signedIn(with: .orgRead))
                .query("include_deleted", .boolean, "Also orgs that are deleted and not yet erased.")
                .answers(
                    .ok, "The orgs, the default one first.", OrgSchemas.list("orgs", OrgSchemas.org, name: "OrgListResponse", ofOrg: false)),
            RouteDescription("create_org", "Makes an org, of which the caller is the owner.", for: .signedIn(with: .orgWrite))
                .noting("Every account has a personal workspace already, which can be renamed and shared.")
                .noting("The caller's address must be confirmed.")
                .takes(Schema(decoding: CreateOrgBody.self).telling("name", nameRule).telling("make_default", "New sessions act for it."))
                .answers(.created, "The org.", OrgSchemas.detail, headers: version)
                .refuses(OrgsError.emailNotVerified, OrgsError.limitReached("orgs", 20), OrgsError.typeNotAllowed),
            RouteDescription("get_org", "Shows an org with its members and graphs.", for: .member(for: .see))
                .answers(.ok, "The org.", OrgSchemas.detail, headers: version),
            RouteDescription("update_org", "Renames an org, or changes its kind.", for: .member(for: .rename))
                .noting("The kind is for owners.").header("If-Match", .text("\"3\""), "The version that the caller has seen.")
                .takes(Schema(decoding: UpdateOrgBody.self).telling("name", nameRule))
                .answers(.ok, "The org.", OrgSchemas.detail, headers: version)
                .refuses(
                    OrgsError.nothingToChange, OrgsError.preconditionFailed, OrgsError.typeNotAllowed, OrgsError.ownerRequired),
        ]
    }

    private static var members: [RouteDescription] {
        [
            RouteDescription("list_org_members", "Lists the members of an org.", for: .member(for: .see))
                .answers(.ok, "The members.", OrgSchemas.list("members", OrgSchemas.member, name: "OrgMemberListResponse")),
            RouteDescription("update_org_member_role", "Gives a member another role.", for: .member(for: .changeRole))
                .noting("The role owner is given and taken by a transfer of ownership alone.")
                .takes(Schema(decoding: UpdateMemberRoleBody.self)).answers(.ok, "The member.", OrgSchemas.member)
                .refuses(
                    OrgsError.notFound, OrgsError.lastOwner, OrgsError.ownerRoleProtected, OrgsError.ownRole, OrgsError.ownerRequired),
            RouteDescription("remove_org_member", "Takes a member out of an org, or leaves it.", for: .member(for: .leave))
                .noting("Members take themselves out; admins others; owners are taken out by owners.")
                .answers(.noContent, "The membership has ended.")
                .refuses(
                    OrgsError.notFound, OrgsError.lastOwner, OrgsError.adminRequired, OrgsError.ownerRequired,
                    OrgsError.ownerRoleProtected),
        ]
    }

    private static var figures: [RouteDescription] {
        [
            RouteDescription("list_org_graphs", "Lists the graphs of an org that the caller may see.", for: .member(for: .listGraphs))
                .answers(.ok, "The graphs.", .array(of: OrgSchemas.graph)),
            RouteDescription("get_org_limits", "Shows how much of an org's limits is used.", for: .member(for: .see))
                .answers(.ok, "The limits.", OrgSchemas.limits),
            RouteDescription("get_org_usage", "Shows what an org used over a number of days.", for: .member(for: .readUsage))
                .query("days", Schema.integer.limited("minimum", 1).limited("maximum", 365), "How many days; 30 without.")
                .answers(.ok, "The use.", OrgSchemas.usage),
        ]
    }

    private static var nameRule: String { "1 to 100 characters, no control characters and no link." }
    static var version: [String: String] { ["ETag": "The version of the record, for `If-Match`."] }
}
