internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs

/// What an org asks of its people, what it tells the seller about itself, and who may do what: `/v1/orgs/{org_id}/security`,
/// `/billing-settings` and `/authorization`.
public struct OrgSettingsRoutes: Sendable {
    private let security: any OrgSecurityService
    private let billing: (any OrgBillingSettingsService)?
    private let memberships: any MembershipService
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator

    /// Makes the routes.
    ///
    /// - Parameter billing: the settings of the paying party, where something is sold.
    public init(
        security: any OrgSecurityService, billing: (any OrgBillingSettingsService)?, memberships: any MembershipService,
        authorizer: any OrgAuthorizer, authenticator: Authenticator
    ) {
        self.security = security
        self.billing = billing
        self.memberships = memberships
        self.authorizer = authorizer
        self.authenticator = authenticator
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Orgs") { Self.descriptions }
        router.add(
            .get, "/v1/orgs/{org_id}/security", operation: "get_org_security",
            scoped(.rename) { _, scope in
                let (rules, version) = try await security.security(for: try authorizer.adminScope(for: scope.principal, in: scope.org))
                return try rules.response(version)
            })
        router.add(
            .put, "/v1/orgs/{org_id}/security", operation: "update_org_security", bodyLimit: 16_384,
            scoped(.changeSecurity) { request, scope in
                let owner = try authorizer.ownerScope(for: scope.principal, in: scope.org)
                let changes = try request.decode(OrgSecurityBody.self).changes
                let (rules, version) = try await security.setSecurity(changes, ifVersion: try request.version(), in: owner)
                return try rules.response(version)
            })
        router.add(
            .get, "/v1/orgs/{org_id}/authorization", operation: "explain_org_right",
            scoped(.see) { request, scope in
                guard let action = request.query["action"].flatMap({ OrgAction(rawValue: $0) }) else {
                    let known = OrgAction.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem.invalidFields([.init(location: ["query", "action"], message: "must be one of \(known)", type: "enum")])
                }
                let members = scope.role >= .admin ? try await memberships.members(for: scope) : []
                return try .json(OrgRights.explain(action, for: scope, members: members).body)
            })
        if let billing { register(billing, on: &router) }
    }

    private func register(_ billing: any OrgBillingSettingsService, on router: inout Router) {
        router.describe("Orgs") { Self.billingDescriptions }
        router.add(
            .get, "/v1/orgs/{org_id}/billing-settings", operation: "get_org_billing_settings",
            scoped(.readBillingSettings) { _, scope in
                try await billing.settings(for: try authorizer.adminScope(for: scope.principal, in: scope.org)).response()
            })
        router.add(
            .put, "/v1/orgs/{org_id}/billing-settings", operation: "update_org_billing_settings", bodyLimit: 16_384,
            scoped(.writeBillingSettings) { request, scope in
                let owner = try authorizer.ownerScope(for: scope.principal, in: scope.org)
                let changes = try request.decode(BillingSettingsBody.self).changes()
                return try await billing.update(changes, ifVersion: try request.version(), in: owner).response()
            })
    }

    private func scoped(
        _ action: OrgAction, _ handler: @escaping @Sendable (Request, MemberScope) async throws -> Response
    ) -> Router.Handler {
        authenticator.authenticated { request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            return try await handler(request, try authorizer.scope(for: action, by: principal, in: org))
        }
    }
}

extension Request {
    /// The version in `If-Match`; `*` and absence match whatever it is (RFC 9110 §13.1.1).
    fileprivate func version() throws -> Int? {
        guard let match = headers["If-Match"], match != "*" else { return nil }
        guard let version = Int(match.drop { $0 == "\"" }.prefix { $0 != "\"" }) else { throw OrgsError.preconditionFailed }
        return version
    }
}

extension OrgSecurity {
    fileprivate func response(_ version: Int) throws -> Response {
        let body: JSONValue = [
            "mfa_rule": .string(secondFactorRule.rawValue),
            "invitation_domains": invitationDomains.map { .array($0.map { .string($0) }) } ?? .null,
            "support_access_until": .text(supportAccessUntil),
        ]
        return try .json(body, headers: ["ETag": "\"\(version)\""])
    }
}

extension OrgBillingSettings {
    fileprivate func response() throws -> Response {
        let body: JSONValue = [
            "billing_email": .text(billingEmail), "contact_name": .text(contactName), "address": .text(address), "tax_id": .text(taxID),
            "currency": .string(currency.code), "invoice_billing_enabled": .bool(isInvoiceBilled), "payment_terms": .string(paymentTerms),
            "has_payment_method": .bool(hasPaymentMethod),
        ]
        return try .json(body, headers: ["ETag": "\"\(version)\""])
    }
}

extension OrgRightExplanation {
    fileprivate var body: JSONValue {
        [
            "action": .string(action.rawValue), "allowed": .bool(isAllowed), "role": .string(role.rawValue),
            "required_role": .string(requiredRole.rawValue), "rule": .string(rule.rawValue),
            "members": members.map { .array($0.map { .text($0) }) } ?? .null,
        ]
    }
}
