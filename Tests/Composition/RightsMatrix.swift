import Core
import HTTPServer

/// Who calls, as seen from one org. It has a graph, on which two of its members have a role.
enum MatrixCaller: String, CaseIterable, Sendable {
    case owner, admin
    /// Members of the org: with the role admin on the graph, with the role viewer, and with none.
    case curator, viewer, member
    /// Was a member once.
    case former
    /// The owner of another org.
    case stranger
    /// Has no credential.
    case nobody

    /// The role in the org; `nil` for who is not in it.
    var role: MatrixRule.Role? {
        switch self {
        case .owner: .owner
        case .admin: .admin
        case .curator, .viewer, .member: .member
        case .former, .stranger, .nobody: nil
        }
    }
}

/// Whom a route lets in, in the words of the specification: orgs.md section 4, graphs.md section 5, BIL-012, BIL-071 to BIL-077, OPS-022.
enum MatrixRule: Sendable {
    enum Role: Int, Comparable, Sendable {
        case member, admin, owner
        static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
    }
    enum GraphRole: Sendable { case viewer, admin }

    /// Everybody, and the answer does not depend on who calls.
    case everybody
    /// Whoever is signed in.
    case signedIn
    /// A role in the org of the path, or of `X-Org-Id` where the path has none.
    case org(Role)
    /// A role on the graph of the path, or of the body.
    case graph(GraphRole)
    /// Owners of the graph's org.
    case graphOwner
    /// Who started the operation (here the viewer), and those who run its org.
    case operation
    /// Nobody of these callers: operators and providers have credentials of their own.
    case others
}

/// What a caller gets.
enum MatrixAnswer: Hashable, Sendable, CustomStringConvertible {
    /// Whatever the route has to say: not a refusal for who calls.
    case passes
    case refused(Int, String?)

    /// The codes that say something about the caller, and not about what is asked for.
    private static let refusals: Set<String> = [
        "NOT_ORG_MEMBER", "ADMIN_REQUIRED", "OWNER_REQUIRED", "FORBIDDEN", "UNAUTHORIZED",
    ]

    init(_ answer: ComposedAPI.Answer, hiding: Bool) {
        let code = answer.body["code"]?.stringValue
        let isRefusal = code.map(Self.refusals.contains) ?? (answer.status == 401)
        self = isRefusal || (hiding && answer.status == 404) ? .refused(answer.status, code) : .passes
    }

    var description: String {
        switch self {
        case .passes: "passes"
        case .refused(let status, let code): "\(status) \(code ?? "without a code")"
        }
    }
}

/// One line of the expected matrix.
struct MatrixLine: Sendable {
    /// Method and path, as the table of routes has them.
    let route: String
    let rule: MatrixRule
    /// Comes as far as the question who calls, and changes nothing when it comes further.
    let body: JSONValue?
    /// The credential is worth nothing afterwards, or another one.
    let spendsCredential: Bool
    /// Where a rule has more than one threshold.
    let exceptions: [MatrixCaller: MatrixAnswer]

    init(
        _ route: String, _ rule: MatrixRule, body: JSONValue? = nil, spendsCredential: Bool = false,
        exceptions: [MatrixCaller: MatrixAnswer] = [:]
    ) {
        self.route = route
        self.rule = rule
        self.body = body
        self.spendsCredential = spendsCredential
        self.exceptions = exceptions
    }

    /// Whether an answer 404 says that the caller may not know of the thing in the path, which is there.
    var hides: Bool {
        switch rule {
        case .graph, .graphOwner, .operation: true
        default: false
        }
    }

    func expected(_ caller: MatrixCaller) -> MatrixAnswer {
        if let exception = exceptions[caller] { return exception }
        if case .everybody = rule { return .passes }
        guard caller != .nobody else { return .refused(401, "UNAUTHORIZED") }
        return switch rule {
        case .everybody, .signedIn: .passes
        case .org(let lowest): org(lowest, caller.role)
        case .graph(let lowest): graph(lowest, caller)
        case .graphOwner:
            caller == .owner
                ? .passes
                : caller.role == nil ? .refused(404, "NOT_FOUND") : .refused(403, "OWNER_REQUIRED")
        case .operation:
            switch caller {
            case .owner, .admin, .viewer: .passes
            case .curator, .member: .refused(403, "FORBIDDEN")
            case .former, .stranger, .nobody: .refused(404, "NOT_FOUND")
            }
        case .others: .refused(401, "UNAUTHORIZED")
        }
    }

    private func org(_ lowest: MatrixRule.Role, _ role: MatrixRule.Role?) -> MatrixAnswer {
        guard let role else { return .refused(403, "NOT_ORG_MEMBER") }
        guard role < lowest else { return .passes }
        return .refused(403, lowest == .owner ? "OWNER_REQUIRED" : "ADMIN_REQUIRED")
    }

    /// Who is in the org learns that there is such a graph; for others there is none (GRA-022).
    private func graph(_ lowest: MatrixRule.GraphRole, _ caller: MatrixCaller) -> MatrixAnswer {
        switch caller {
        case .owner, .admin, .curator: .passes
        case .viewer: lowest == .viewer ? .passes : .refused(403, "FORBIDDEN")
        case .member: .refused(403, "FORBIDDEN")
        case .former, .stranger, .nobody: .refused(404, "NOT_FOUND")
        }
    }
}
