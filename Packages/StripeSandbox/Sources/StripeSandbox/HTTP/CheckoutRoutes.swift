internal import Core
internal import HTTPServer

/// The hosted pages at the simulator's own address, each with a JSON twin: what accepts `application/json` gets it.
struct CheckoutRoutes: Sendable {
    let simulator: StripeSimulator

    func register(on router: inout Router) {
        router.add(.get, "/checkout/{session}") { try show($0) }
        router.add(.post, "/checkout/{session}") { try pay($0) }
        router.add(.post, "/checkout/{session}/authenticate") { try authenticate($0) }
        router.add(.get, "/authenticate/{intent}") { try showAuthentication($0) }
        router.add(.post, "/authenticate/{intent}") { try authenticateIntent($0) }
        router.add(.get, "/invoice/{invoice}") { try showInvoice($0) }
        router.add(.get, "/receipt/{charge}") { try showReceipt($0) }
    }

    /// The key of the account that has something.
    private func owner(_ has: (Account) -> Bool) throws -> String {
        let key = simulator.withWorld { world in world.keys.first { world.accounts[$0].map(has) ?? false } }
        guard let key else { throw Problem.notFound }
        return key
    }

    private func show(_ request: Request) throws -> Response {
        try respond(request, message: nil, status: .ok)
    }

    private func respond(_ request: Request, message: String?, status: Status) throws -> Response {
        let id = request.pathParameters["session"] ?? ""
        let key = try owner { $0.sessions[id] != nil }
        // Looking lets what is due happen first, so that an expired session is shown as such.
        let view = try simulator.withAccount(key) { account in
            account.sessions[id].map { CheckoutPage(session: $0, account: account, message: message) }
        }
        guard let view else { throw Problem.notFound }
        return request.wantsJSON ? try .json(view.json, status: status) : view.page.response(status)
    }

    private func pay(_ request: Request) throws -> Response {
        let fields = try request.fields()
        if let word = fields["promotion_code"], !word.isEmpty, let refusal = try enter(word, request) { return refusal }
        let number = fields["card"] ?? fields["number"] ?? ""
        guard let card = TestCard.card(number: number) ?? TestCard.card(methodName: number) else {
            return try refuse(
                request, CardDecline(code: "incorrect_number", message: "Your card number is incorrect. Only test cards are taken here."))
        }
        return try complete(request, with: card, email: fields["email"].flatMap { $0.isEmpty ? nil : $0 }, isAuthenticated: false)
    }

    /// Takes a promotion code; one that is none is said so, and nothing is charged.
    private func enter(_ word: String, _ request: Request) throws -> Response? {
        let id = request.pathParameters["session"] ?? ""
        let key = try owner { $0.sessions[id] != nil }
        do {
            try simulator.withAccount(key) { try $0.enter(promotionCode: word, session: id) }
            return nil
        } catch let error as StripeError {
            guard !request.wantsJSON else { return try .json(error.body(requestID: ""), status: .badRequest) }
            return try respond(request, message: error.message, status: .badRequest)
        }
    }

    private func authenticate(_ request: Request) throws -> Response {
        let id = request.pathParameters["session"] ?? ""
        let key = try owner { $0.sessions[id] != nil }
        guard let card = try simulator.withAccount(key, { $0.sessions[id]?.pendingCard }) else {
            throw Problem.badRequest("This checkout does not wait for authentication.")
        }
        guard try request.fields()["outcome"] == "succeed" else {
            _ = try simulator.withAccount(key) { $0.sessions.modify(id) { $0.pendingCard = nil } }
            return try refuse(
                request,
                CardDecline(
                    code: "payment_intent_authentication_failure",
                    message: "We are unable to authenticate your payment method. Please choose a different one and try again."))
        }
        return try complete(request, with: card, email: nil, isAuthenticated: true)
    }

    private func complete(_ request: Request, with card: TestCard, email: String?, isAuthenticated: Bool) throws -> Response {
        let id = request.pathParameters["session"] ?? ""
        let key = try owner { $0.sessions[id] != nil }
        let outcome: CheckoutResult
        do {
            outcome = try simulator.withAccount(key) { account in
                try account.complete(session: id, with: card, email: email, isAuthenticated: isAuthenticated)
            }
        } catch let error as StripeError {
            guard !request.wantsJSON else { return try .json(error.body(requestID: ""), status: .badRequest) }
            return try respond(request, message: nil, status: .conflict)
        }
        switch outcome {
        case .declined(let decline): return try refuse(request, decline)
        case .requiresAuthentication: return try respond(request, message: nil, status: .ok)
        case .completed:
            if request.wantsJSON { return try respond(request, message: nil, status: .ok) }
            let target = try simulator.withAccount(key) { $0.sessions[id]?.filledSuccessURL } ?? "/"
            return .redirect(to: target)
        }
    }

    private func refuse(_ request: Request, _ decline: CardDecline) throws -> Response {
        if request.wantsJSON { return try .json(decline.error.body(requestID: ""), status: .paymentRequired) }
        return try respond(request, message: decline.message, status: .paymentRequired)
    }

    private func showAuthentication(_ request: Request) throws -> Response {
        let id = request.pathParameters["intent"] ?? ""
        _ = try owner { $0.paymentIntents[id] != nil || $0.setupIntents[id] != nil }
        let content = """
            <p>The bank wants to know that it is you.</p>
            <form method="post" action="/authenticate/\(Page.escape(id))">
            <p><button class="main" type="submit" name="outcome" value="succeed">Complete authentication</button></p>
            <p><button type="submit" name="outcome" value="fail">Fail authentication</button></p>
            </form>
            """
        return Page(title: "Authentication", content: content).response()
    }

    private func authenticateIntent(_ request: Request) throws -> Response {
        let id = request.pathParameters["intent"] ?? ""
        let key = try owner { $0.paymentIntents[id] != nil || $0.setupIntents[id] != nil }
        let succeeds = try request.fields()["outcome"] == "succeed"
        do {
            try simulator.withAccount(key) { try $0.authenticate(intent: id, succeeds: succeeds) }
        } catch let error as StripeError {
            guard !request.wantsJSON else { return try .json(error.body(requestID: ""), status: Status(rawValue: error.status)) }
            return Page(title: "Authentication", content: Page.error(error.message)).response(Status(rawValue: error.status))
        }
        if request.wantsJSON { return try .json(["status": succeeds ? "succeeded" : "failed"] as JSONValue) }
        return Page(title: "Authentication", content: "<p role=\"status\">\(succeeds ? "Thank you." : "It failed, as you wished.")</p>")
            .response()
    }

    private func showInvoice(_ request: Request) throws -> Response {
        let id = request.pathParameters["invoice"] ?? ""
        let key = try owner { $0.invoices[id]?.number != nil }
        guard let invoice = try simulator.withAccount(key, { $0.invoices[id] }) else { throw Problem.notFound }
        let rows = invoice.lines.map {
            "<tr><td>\(Page.escape($0.description))</td><td>\(Account.text($0.amount, invoice.currency))</td></tr>"
        }
        let content = """
            <p>Status: <strong>\(invoice.status.rawValue)</strong></p>
            <table><tbody>\(rows.joined())</tbody></table>
            <p>Total \(Account.text(invoice.total, invoice.currency)), due \(Account.text(invoice.amountRemaining, invoice.currency)).</p>
            """
        return Page(title: "Invoice \(invoice.number ?? "")", content: content).response()
    }

    private func showReceipt(_ request: Request) throws -> Response {
        let id = request.pathParameters["charge"] ?? ""
        let key = try owner { $0.charges[id] != nil }
        guard let charge = try simulator.withAccount(key, { $0.charges[id] }) else { throw Problem.notFound }
        let content = "<p>Paid \(Account.text(charge.amount, charge.currency)) with the card •••• \(charge.paymentMethod.card.last4).</p>"
        return Page(title: "Receipt", content: content).response()
    }
}

extension Request {
    /// Whether the caller is a program.
    var wantsJSON: Bool {
        headers["Accept"]?.contains("application/json") == true || headers["Content-Type"]?.hasPrefix("application/json") == true
    }

    /// The texts of a form or of a JSON object.
    func fields() throws -> [String: String] {
        if headers["Content-Type"]?.hasPrefix("application/json") == true {
            return try decode([String: String].self)
        }
        guard let items = QueryItems(body) else { throw Problem.badRequest("The form is badly encoded.") }
        return Dictionary(items.items.map { ($0.name, $0.value) }) { first, _ in first }
    }
}
