internal import Core
public import HTTPServer
internal import Identity
internal import Orgs

/// What the package promises about orgs, as data: `GET /v1/meta/orgs` (ORG-117). It needs no credential.
public struct OrgMetaRoutes: Sendable {
    /// Makes the routes.
    public init() {}

    /// Adds the route to a table.
    public func register(on router: inout Router) {
        router.describe("Orgs") { Self.descriptions }
        router.add(.get, "/v1/meta/orgs", operation: "describe_orgs", category: RouteCategory("public_api")) { _ in try .json(Self.body) }
    }

    private static var body: JSONValue {
        [
            "machines": ["org": .array(OrgMachines.org.map(\.body)), "membership": .array(OrgMachines.membership.map(\.body))],
            "rights": .array(
                OrgAction.allCases.map { action in
                    [
                        "action": .string(action.rawValue), "lowest_role": .string(OrgRights.lowestRole(for: action).rawValue),
                        "scope": .string(OrgRights.scope(for: action).rawValue), "writes": .bool(OrgRights.writes(action)),
                        "survives_deletion": .bool(OrgRights.survivesDeletion(action)),
                    ]
                }),
        ]
    }
}

extension OrgMachines.Move {
    fileprivate var body: JSONValue {
        [
            "from": .array(from.map { .string($0) }), "to": .string(to), "trigger": .string(trigger),
            "events": .array(events.map { .string($0) }),
        ]
    }
}
