public import Admin
public import Audit
public import AuditHTTP
public import Core
public import HTTPServer
public import Identity
internal import Notifications
internal import Observability
public import Orgs
internal import OrgsHTTP
public import RateLimits

/// The routes of those who run the product, under `/v1/admin`: a table and a description of their own, apart from the customers' (ADM-044).
public struct AdminRoutes: Sendable {
    let gate: OperatorGate
    let accounts: any OperatorAccounts
    let sessions: any OperatorSessions
    let consoleURL: String
    let directory: any OrgInspector
    let orgs: any OrgAdministration
    let throttles: any NetworkBlockControl
    let levels: any LogLevelControl
    let audit: any AuditOverview
    let names: AuditReferenceNames
    let notes: any OperatorNotes
    let people: OperatedAccounts
    let holds: any AuditLegalHolds
    let limits: RateLimitSettings
    let limitControl: any RateLimitControl
    let desk: OperatorDesk
    let dateSource: any DateSource

    /// Makes the routes.
    ///
    /// - Parameter consoleURL: the address of the console, without a slash at its end: links for enrolment begin with it.
    public init(
        gate: OperatorGate, accounts: any OperatorAccounts, sessions: any OperatorSessions, consoleURL: String, directory: any OrgInspector,
        orgs: any OrgAdministration,
        throttles: any NetworkBlockControl, levels: any LogLevelControl, audit: any AuditOverview, names: AuditReferenceNames,
        notes: any OperatorNotes, people: OperatedAccounts, holds: any AuditLegalHolds, limits: RateLimitSettings,
        limitControl: any RateLimitControl, desk: OperatorDesk, dateSource: any DateSource
    ) {
        self.gate = gate
        self.accounts = accounts
        self.sessions = sessions
        self.consoleURL = consoleURL
        self.directory = directory
        self.orgs = orgs
        self.throttles = throttles
        self.levels = levels
        self.audit = audit
        self.names = names
        self.notes = notes
        self.people = people
        self.holds = holds
        self.limits = limits
        self.limitControl = limitControl
        self.desk = desk
        self.dateSource = dateSource
    }

    /// Adds the routes to a table, which should hold no others.
    public func register(on router: inout Router) {
        router.describe("Operators") { Self.descriptions }
        let table = table
        for route in table { router.add(route.method, route.path, operation: route.operation, route.handler(behind: gate, in: table)) }
        // The table that is described has the route that shows the description.
        let (path, operation) = ("/v1/admin/openapi.json", "get_operators_document")
        var described = router
        described.add(.get, path, operation: operation) { _ in throw Problem.notFound }
        let whole = described
        router.add(.get, path, operation: operation, gate.reading(.read) { _ in try .json(Self.document(whole).json) })
    }

    /// Every route with what it takes, but the one that shows the description.
    var table: [OperatorRoute] {
        orgRoutes + throttleRoutes + operatorRoutes + sessionRoutes + auditRoutes + noteRoutes + peopleRoutes + limitRoutes + holdRoutes
            + listRoutes + searchRoutes + queueRoutes + billingRoutes + repairRoutes + controlRoutes + plantRoutes + hostRoutes
            + orphanRoutes + approvalRoutes + mailRoutes
    }

    /// The description of a table of these routes: OpenAPI 3.1.
    ///
    /// - Throws: `APIDocument.Faulty`
    public static func document(_ router: Router) throws -> APIDocument {
        try APIDocument(
            title: "Trellis operators' API", version: "1",
            words:
                "For those who run the product. Every call, reads included, leaves an entry in the audit log; every change needs a reason.",
            table: router.table)
    }

    var operatorRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/operators", operation: "list_operators",
                .reading(.read) { call in
                    let isShown = call.person.role.seesPersonalData
                    return try .json(["operators": try await accounts.operators().map { OperatorBody($0, showingAddress: isShown) }])
                }),
            OperatorRoute(
                .post, "/v1/admin/operators/{operator_id}/disable", operation: "disable_operator",
                .writing(.manageOperators) { call in
                    let id: Operator.ID = try call.request.parameter("operator_id")
                    try await refusing { try await accounts.disable(id, because: call.reason, by: call.actor) }
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .put, "/v1/admin/operators/{operator_id}/address", operation: "set_operator_address",
                .writing(.manageOperators) { call in
                    let id: Operator.ID = try call.request.parameter("operator_id")
                    guard let email = try Self.address(call.request.decode(AddressWish.self).email) else {
                        throw Problem.invalidField("email", message: "must be an address")
                    }
                    try await refusing { try await accounts.setEmail(email, of: id, because: call.reason, by: call.actor) }
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .get, "/v1/admin/log-levels", operation: "list_log_levels",
                .reading(.read) { _ in
                    try .json(["levels": try await levels.overrides(at: SystemDateSource().now).map(LevelBody.init)])
                }),
            OperatorRoute(
                .put, "/v1/admin/log-levels/{component}", operation: "set_log_level",
                .writing(.changeLogLevels) { call in
                    let wish = try call.request.decode(LevelWish.self)
                    let component: String = try call.request.parameter("component")
                    guard let level = LogLevel(rawValue: wish.level) else {
                        throw Problem.invalidField("level", message: "must be debug, info, warning or error")
                    }
                    guard (1...15).contains(wish.minutes) else { throw Problem.invalidField("minutes", message: "must be from 1 to 15") }
                    guard component.isComponent else { throw Problem.notFound }
                    try await levels.set(component, to: level, for: .minutes(wish.minutes), because: call.reason)
                    return try .json(["levels": try await levels.overrides(at: SystemDateSource().now).map(LevelBody.init)])
                }),
        ]
    }

    /// Refusals of operators' accounts in words.
    func refusing(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let refusal as OperatorRefusal {
            switch refusal {
            case .notFound: throw Problem.notFound
            case .lastSuperadmin: throw Self.lastSuperadmin
            case .nameInvalid: throw Problem.invalidField("name", message: "must have 1 to 100 characters")
            case .addressTaken: throw Self.addressTaken
            case .noAddress: throw Self.addressUnknown
            case .alreadyEnrolled: throw Self.alreadyEnrolled
            case .lifetimeTooLong: throw Problem.invalidField("days", message: "must be from 1 to 90")
            }
        }
    }

    /// The address in a wish; `nil` where it names none.
    static func address(_ text: String?) throws -> MailAddress? {
        guard let text, !text.isEmpty else { return nil }
        guard let address = MailAddress(text) else { throw Problem.invalidField("email", message: "must be an address") }
        return address
    }

    static let addressTaken = Problem(status: .conflict, code: "ADDRESS_TAKEN", detail: "Another operator reads mail at this address.")
    static let noAddress = Problem(
        status: .conflict, code: "NO_OPERATOR_ADDRESS",
        detail: "Nobody has said where you read mail; a superadmin enters your address on the page of operators.")
    static let lastSuperadmin = Problem(status: .conflict, code: "LAST_SUPERADMIN", detail: "At least one superadmin must stay.")
}

extension String {
    fileprivate var isComponent: Bool {
        (1...32).contains(utf8.count) && utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
            && utf8.first.map { (97...122).contains($0) } == true
    }
}
