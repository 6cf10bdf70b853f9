internal import Core
public import HTTPServer
public import Identity

/// Finds out who calls before a route's handler runs; a handler that needs a caller gets one as an argument, so that it cannot forget to ask.
public struct Authenticator: Sendable {
    private let authenticator: any RequestAuthenticator

    /// Makes an authenticator.
    public init(_ authenticator: any RequestAuthenticator) {
        self.authenticator = authenticator
    }

    /// A handler that answers only callers who proved who they are.
    ///
    /// The credential is the bearer token, else the value of `X-API-Key`. The org is the one in the path or in `X-Org-Id`; two that differ are 400 (ID-071).
    public func authenticated(
        _ handler: @escaping @Sendable (Request, Principal) async throws -> Response
    ) -> Router.Handler {
        { request in
            let principal = try await principal(of: request)
            do {
                return try await handler(request, principal)
            } catch IdentityError.orgRequired {
                throw Problem.orgRequired(try await authenticator.orgChoices(of: principal.userID))
            }
        }
    }

    /// Who makes a request.
    ///
    /// - Throws: `IdentityError`.
    public func principal(of request: Request) async throws -> Principal {
        guard let credential = request.credential else { throw IdentityError.unauthorized }
        return try await authenticator.principal(for: credential, actingFor: try request.explicitOrg(), from: request.client)
    }
}

extension Request {
    /// The caller's network and program.
    public var client: ClientContext {
        ClientContext(address: remoteAddress, userAgent: headers["User-Agent"])
    }

    /// The value of the bearer authorization, when there is one.
    var bearer: SecretString? {
        guard let text = headers["Authorization"], text.utf8.count > 7, text.prefix(7).lowercased() == "bearer " else { return nil }
        return SecretString(String(text.dropFirst(7)))
    }

    /// The credential: bearer wins over a key (wire contract 0.1).
    var credential: Credential? {
        if headers["Authorization"] != nil { return bearer.map { .bearer($0) } ?? .bearer(SecretString("")) }
        return headers["X-API-Key"].map { .apiKey(SecretString($0)) }
    }

    /// The org that the path or a header names; an id that is none is of an org the caller does not belong to.
    func explicitOrg() throws -> OrgReference? {
        let named = [pathParameters["org_id"], headers["X-Org-Id"]].compactMap(\.self)
        guard let first = named.first else { return nil }
        guard named.allSatisfy({ $0 == first }) else { throw IdentityError.orgConflict }
        guard let org = OrgReference(first) else { throw IdentityError.notOrgMember }
        return org
    }
}
