public import Admin
public import Audit
internal import AuditHTTP
internal import Core
internal import Cryptography
internal import FoundationEssentials
public import HTTPServer
internal import Observability
internal import Pages
public import WebAuthn

/// The console: pages over the operators' API. Whatever it shows and does is a call of that API by the person who signed in, with the same checks and
/// the same entries (ADM-072, ADM-073).
public struct OperatorConsole: Sendable {
    let routes: AdminRoutes
    let sessions: any OperatorSessions
    let party: RelyingParty
    /// Where forms of other sites are told of; `nil` where nobody asks for them.
    let denials: (any DenialLog)?
    /// How long a stream of what happens lasts before the browser has to ask anew.
    let streamLifetime: Duration
    /// How often a stream looks for what is new.
    let streamInterval: Duration
    /// The routes of the API, which only a person that is known already reaches this way.
    let api: Router

    /// Makes the console.
    ///
    /// - Parameters:
    ///   - party: the domain that passkeys are bound to, and the console's origin.
    ///   - denials: where forms of other sites are told of (AUD-127).
    public init(
        _ routes: AdminRoutes, sessions: any OperatorSessions, party: RelyingParty, denials: (any DenialLog)? = nil,
        streamLifetime: Duration = .seconds(300),
        streamInterval: Duration = .seconds(1)
    ) {
        self.routes = routes
        self.sessions = sessions
        self.party = party
        self.denials = denials
        self.streamLifetime = streamLifetime
        self.streamInterval = streamInterval
        var api = Router(dateSource: routes.dateSource)
        let table = routes.table
        for route in table {
            api.add(route.method, route.path, operation: route.operation, route.handler(behind: routes.gate, in: table))
        }
        self.api = api
    }

    /// Adds the pages to a table.
    public func register(on router: inout Router) {
        router.add(.get, "/console/console.css", operation: "get_console_style") { _ in file(ConsoleFiles.style, "text/css; charset=utf-8")
        }
        router.add(.get, "/console/console.js", operation: "get_console_script") { _ in
            file(ConsoleFiles.script, "text/javascript; charset=utf-8")
        }
        registerSignIn(on: &router)
        registerMails(on: &router)
        for page in ConsoleRead.all {
            router.add(.get, page.path, operation: "console_" + ConsoleText.operation(page.path)) { request in
                try await signedIn(request) { try await show(page, request, $0) }
            }
        }
        router.add(.get, "/console/live", operation: "console_live") { request in
            try await signedIn(request) { try await stream(request, for: $0) }
        }
        for form in ConsoleWrite.all {
            router.add(.get, form.path, operation: "console_form_" + ConsoleText.operation(form.path)) { request in
                try await signedIn(request) { ask(form, request, $0, values: [:], refusal: nil) }
            }
            router.add(.post, form.path, operation: "console_send_" + ConsoleText.operation(form.path), bodyLimit: 65_536) { request in
                try await signedIn(request) { try await take(form, request, $0) }
            }
        }
    }

    private func file(_ text: String, _ type: String) -> Response {
        Response(
            status: .ok, headers: ["Content-Type": type, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"],
            body: .bytes(Array(text.utf8)))
    }

    // MARK: Who it is

    /// Lets through who is signed in, from a network where operators are; all others are led to the sign-in.
    func signedIn(_ request: Request, _ body: (SignedIn) async throws -> Response) async throws -> Response {
        guard routes.gate.isReachable(from: request) else { throw Problem.notFound }
        guard let secret = ConsoleCookie.value(in: request), let session = try await sessions.session(SecretString(secret)) else {
            return Response.redirect(to: "/console/sign-in")
        }
        let person = SignedIn(session: session, secret: secret)
        LogContext.current.origin?.note { facts in
            facts.credential = .init(kind: "operator_session", id: session.id.uuid.uuidString.lowercased())
        }
        do {
            return try await body(person)
        } catch {
            guard let problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem, problem.status.rawValue < 500 else {
                throw error
            }
            if problem.code == Self.foreignForm { await tellOfForeignForm(request) }
            return failure(problem.status, problem.detail, request, person)
        }
    }

    static let foreignForm = "CSRF_REFUSED"

    /// It is refused without the database too.
    func tellOfForeignForm(_ request: Request) async {
        let route = "\(request.method.rawValue) \(request.route ?? "")"
        try? await denials?.note(AttackAttempt<Attacks.ForeignForm>(client: NetworkClient(address: request.remoteAddress), route: route))
    }

    /// Refuses a form that another site sent, or that belongs to another session (SEC-066).
    func checkForm(_ request: Request, _ fields: QueryItems, of person: SignedIn) throws {
        guard isOwnOrigin(request) else {
            throw Problem(status: .forbidden, code: Self.foreignForm, detail: "The form came from another site.")
        }
        guard let token = fields["form_token"], constantTimeEqual(Array(token.utf8), Array(person.formToken.utf8)) else {
            throw Problem(
                status: .forbidden, code: Self.foreignForm,
                detail: "The form belongs to a session that is over. Nothing was done. Open the page again and fill it in anew.")
        }
    }

    func isOwnOrigin(_ request: Request) -> Bool {
        request.headers["Origin"].map { party.origins.contains($0) } ?? false
    }

    /// Calls the API as the person who is signed in.
    func call(
        _ method: Method, _ target: String, _ body: JSONValue? = nil, from request: Request, as person: SignedIn
    ) async throws -> (status: Status, body: JSONValue) {
        let bytes = try body.map { try JSON.encode($0) } ?? []
        guard
            var inner = Request(
                method: method, target: target, headers: body == nil ? [:] : ["Content-Type": "application/json"], body: bytes,
                remoteAddress: request.remoteAddress, id: request.id)
        else { throw Problem.notFound }
        inner.context[SignedInOperator.self] = person.owner
        let response = await api.respond(to: inner)
        guard case .bytes(let answer) = response.body, !answer.isEmpty else { return (response.status, .null) }
        return (response.status, try JSON.decode(JSONValue.self, from: answer))
    }

    /// A page that says what went wrong, what to do, and by which id the request is found in the log (ADM-080).
    func failure(_ status: Status, _ detail: String, _ request: Request, _ person: SignedIn?) -> Response {
        let title =
            switch status {
            case .forbidden: "This is not for your role"
            case .notFound: "There is no such thing"
            default: "That did not work"
            }
        return ConsolePage(
            title, person,
            """
            \(.error(detail))
            <p>Go back and try it another way, or begin at the <a href="/console">overview</a>.</p>
            <p class="note">Request \(request.id.description)</p>
            """
        ).response(status)
    }
}

/// Who is signed in to the console.
struct SignedIn: Sendable {
    let session: OperatorSession
    /// Goes with every form of this session, and says nothing of the cookie.
    let formToken: String

    var owner: Operator { session.owner }

    init(session: OperatorSession, secret: String) {
        self.session = session
        formToken = Base64URL.encode(SHA256.digest(of: "console form\n" + secret))
    }
}

/// The operator of a call that comes from the console; nothing outside of this process can leave one.
enum SignedInOperator: RequestContextKey {
    typealias Value = Operator
}

/// The cookie of a session (SEC-066): for this host alone, by an encrypted connection alone, never for scripts, never sent along from other sites.
enum ConsoleCookie {
    private static let name = "__Host-trellis-console"
    private static let rules = "; Path=/; Secure; HttpOnly; SameSite=Strict"

    static func made(_ value: String) -> String { "\(name)=\(value)\(rules)" }
    static let ended = "\(name)=; Max-Age=0\(rules)"

    static func value(in request: Request) -> String? {
        for pair in (request.headers["Cookie"] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return String(parts[1]) }
        }
        return nil
    }
}

extension ConsoleText {
    /// The path of a page as a part of an operation's name.
    static func operation(_ path: String) -> String {
        let letters = path.unicodeScalars.filter { $0 != "{" && $0 != "}" }.map { $0 == "/" || $0 == "-" ? "_" : Character($0) }
        return String(letters.drop { $0 == "_" })
    }
}
