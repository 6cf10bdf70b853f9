internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Orgs

/// What the routes of an org need to know who asks, and what they may do there.
struct OrgRoutes: Sendable {
    let authorizer: any OrgAuthorizer
    let authenticator: Authenticator

    /// For those who may take an action in the org of the path, in the scope that `scope` makes of them.
    func scoped<Scope: Sendable>(
        _ action: OrgAction, as scope: @escaping @Sendable (any OrgAuthorizer, Principal, Org.ID) throws -> Scope,
        _ handler: @escaping @Sendable (Request, Scope) async throws -> Response
    ) -> Router.Handler {
        authenticator.authenticated { [authorizer] request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            let made = try scope(authorizer, principal, org)
            _ = try authorizer.scope(for: action, by: principal, in: org)
            return try await handler(request, made)
        }
    }
}
