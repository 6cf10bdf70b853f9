internal import Admin
internal import Core
internal import HTTPServer
internal import Notifications
internal import Pages

/// The page of one mail of the catalogue: written with a fixture, as people would get it (NOT-052, ADM-075).
enum MailTemplatePage {
    static let path = "/console/mail/templates/{template}"
    /// The mail's own HTML, which the page shows in a frame.
    static let framePath = path + "/html"
    static let api = "/v1/admin/mail/templates/{template}/preview"

    /// What a sample is made of.
    static let fields = [
        ConsoleField(
            name: "fixture", label: "Values", kind: .choice(["usual"] + MailFixture.allCases.map(\.rawValue).filter { $0 != "usual" })),
        ConsoleField(name: "locale", label: "Language, such as en", isOptional: true),
        ConsoleField(name: "brand", label: "Brand; that of the deployment where it is empty", isOptional: true),
    ]

    /// Nothing of a mail acts, and nothing frames it but the page itself; a mail's styles stand at its elements (NOT-010).
    static let framePolicy =
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
}

extension OperatorConsole {
    func registerMails(on router: inout Router) {
        router.add(.get, MailTemplatePage.path, operation: "console_mail_template") { request in
            try await signedIn(request) { try await showMail(request, $0) }
        }
        router.add(.get, MailTemplatePage.framePath, operation: "console_mail_template_html") { request in
            try await signedIn(request) { person in
                let answer = try await previewed(request, person)
                guard answer.status == .ok else {
                    return failure(answer.status, Self.words(of: answer.body), request, person)
                }
                var response = Response.html(answer.body["html"]?.stringValue ?? "")
                response.headers["Cache-Control"] = "no-store"
                response.headers["Content-Security-Policy"] = MailTemplatePage.framePolicy
                response.headers["Referrer-Policy"] = "no-referrer"
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["X-Robots-Tag"] = "noindex"
                return response
            }
        }
    }

    private func previewed(_ request: Request, _ person: SignedIn) async throws -> (status: Status, body: JSONValue) {
        let wish = MailTemplatePage.fields.compactMap { field in
            request.query[field.name].flatMap { $0.isEmpty ? nil : (field.name, JSONValue.string($0)) }
        }
        let target = MailTemplatePage.api.filled(request.pathParameters)
        return try await call(.post, target, .object(Dictionary(uniqueKeysWithValues: wish)), from: request, as: person)
    }

    private func showMail(_ request: Request, _ person: SignedIn) async throws -> Response {
        let answer = try await previewed(request, person)
        guard answer.status == .ok else { return failure(answer.status, Self.words(of: answer.body), request, person) }
        let places = request.pathParameters
        let query = ConsoleText.query(request.query.items.filter { $0.name != "done" })
        let frame = MailTemplatePage.framePath.filled(places) + (query.isEmpty ? "" : "?" + query)
        let news: HTMLFragment = request.query["done"] == nil ? "" : .status("It is on its way to your own address.")
        let warnings: [HTMLFragment] = (answer.body["warnings"]?.arrayValue ?? []).map { "<li>\($0.stringValue ?? "")</li>" }
        let told: HTMLFragment = warnings.isEmpty ? "<p>None.</p>" : "<ul>\(warnings)</ul>"
        let fields: [HTMLFragment] = MailTemplatePage.fields.map { Self.input($0, value: request.query[$0.name] ?? "") }
        let name = places["template"] ?? ""
        var page = ConsolePage(
            "Mail \(name)", person, at: "/console/mail/templates",
            """
            \(news)<p class="acts"><a href="\((MailTemplatePage.path + "/send-test").filled(places))">Send it to me</a>
            <a href="/console/mail/templates">All templates</a></p>
            <form method="get" action="\(request.path)">\(fields)<button type="submit">Show</button></form>
            <dl><dt>Subject</dt><dd>\(answer.body["subject"]?.stringValue ?? "")</dd></dl>
            <h2>What to know of it</h2>
            \(told)
            <h2>As HTML</h2>
            <iframe class="mail" sandbox title="The mail \(name) as HTML" src="\(frame)"></iframe>
            <h2>As text</h2>
            <pre class="mail" tabindex="0" role="region" aria-label="The mail \(name) as text">\(answer.body["text"]?.stringValue ?? "")</pre>
            """)
        page.framesOwn = true
        return page.response()
    }
}
