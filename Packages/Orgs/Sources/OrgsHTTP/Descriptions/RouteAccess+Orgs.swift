public import HTTPServer
internal import Identity
internal import IdentityHTTP
public import Orgs

extension RouteAccess {
    /// Who may do something in an org, by the matrix of rights itself (orgs.md, section 4).
    public static func member(for action: OrgAction) -> RouteAccess {
        let words =
            switch OrgRights.lowestRole(for: action) {
            case .member: "Members of the org."
            case .admin: "Admins and owners of the org."
            case .owner: "Owners of the org."
            }
        var access = signedIn(with: OrgRights.scope(for: action)).only(words, OrgsError.notMember, OrgsError.deleted)
        if OrgRights.lowestRole(for: action) >= .admin { access = access.only("", OrgsError.adminRequired) }
        if OrgRights.lowestRole(for: action) >= .owner { access = access.only("", OrgsError.ownerRequired) }
        if OrgRights.writes(action) { access = access.only("A frozen org is read only.", OrgsError.frozen) }
        return access
    }

    /// The same, by a session alone.
    static func memberInSession(for action: OrgAction) -> RouteAccess {
        member(for: action).only("A session is needed; an API key does not do.", IdentityError.sessionRequired)
    }
}
