internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Notifications
public import Orgs

/// The mails of an org that go to whoever has chosen nothing: `/v1/orgs/{org_id}/notification-defaults` (NOT-060). For owners.
public struct OrgDefaultRoutes<Store: NotificationStore>: Sendable {
    private let defaults: OrgMailDefaults<Store>
    private let routes: OrgRoutes

    /// Makes the routes.
    public init(defaults: OrgMailDefaults<Store>, authorizer: any OrgAuthorizer, authenticator: Authenticator) {
        self.defaults = defaults
        routes = OrgRoutes(authorizer: authorizer, authenticator: authenticator)
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Notices") { OrgDefaultDescriptions.all }
        let path = "/v1/orgs/{org_id}/notification-defaults"
        router.add(
            .get, path, operation: "get_org_notification_defaults",
            scoped(.readBillingSettings) { [defaults] _, scope in try .json(Self.body(try await defaults.defaults(in: scope))) })
        router.add(
            .put, path, operation: "set_org_notification_defaults", bodyLimit: 4_096,
            scoped(.writeBillingSettings) { [defaults] request, scope in
                let wishes = try PreferenceRoutes.wishes(try request.decode(PreferenceRoutes.Wishes.self))
                if let other = wishes.first(where: { !MailCategory.withOrgDefault.contains($0.category) }) {
                    throw Problem.invalidField("categories", message: "\(other.category.rawValue) has no default of an org")
                }
                let (all, isChanged) = try await defaults.set(wishes, in: scope)
                guard isChanged else { throw PreferenceRoutes.nothingToChange }
                return try .json(Self.body(all))
            })
    }

    private static func body(_ preferences: [MailPreference]) -> JSONValue {
        [
            "categories": .array(
                preferences.map { ["category": .string($0.category.rawValue), "channels": ["mail": .bool($0.isOn)]] })
        ]
    }

    private func scoped(
        _ action: OrgAction, _ handler: @escaping @Sendable (Request, OwnerScope) async throws -> Response
    ) -> Router.Handler {
        routes.scoped(action, as: { try $0.ownerScope(for: $1, in: $2) }, handler)
    }
}

enum OrgDefaultDescriptions {
    static let ownerRequired = Problem(status: .forbidden, code: "OWNER_REQUIRED", detail: "Only owners may do this.")

    static var all: [RouteDescription] {
        let answer = Schema.object(
            "NotificationDefaults",
            ["categories": .array(of: .object(["category": .words(of: MailCategory.self), "channels": .object(["mail": .boolean])]))])
        return [
            RouteDescription(
                "get_org_notification_defaults", "Shows which mails of the org go to whoever has chosen nothing.",
                for: .signedIn(with: .userRead)
            )
            .answers(.ok, "The categories that have a default.", answer),
            RouteDescription(
                "set_org_notification_defaults", "Turns mails of the org on and off for whoever has chosen nothing.",
                for: .signedIn(with: .userWrite)
            )
            .noting(
                "billing_reminders is what the billing address is reminded of, graph_work what the admins of graphs are alerted of. A person's own choice comes first; mails that nobody can turn off go all the same."
            )
            .takes(Schema.object(["categories": .map(of: .map(of: .boolean))]))
            .answers(.ok, "The categories as they are now.", answer).refuses(PreferenceRoutes.nothingToChange),
        ].map { $0.refuses(ownerRequired) }
    }
}
