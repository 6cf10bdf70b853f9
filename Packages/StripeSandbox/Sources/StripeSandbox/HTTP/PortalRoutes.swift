internal import Core
internal import HTTPServer

/// The hosted page on which a customer looks after plan, cards and invoices; every button does what the API would (STR-164).
struct PortalRoutes: Sendable {
    let simulator: StripeSimulator

    func register(on router: inout Router) {
        router.add(.get, "/portal/{secret}") { try respond($0, message: nil, status: .ok) }
        router.add(.post, "/portal/{secret}") { try act($0) }
    }

    private func owner(_ request: Request) throws -> (key: String, secret: String) {
        let secret = request.pathParameters["secret"] ?? ""
        let key = simulator.withWorld { world in
            world.keys.first { key in world.accounts[key]?.portalSessions.newestFirst.contains { $0.secret == secret } ?? false }
        }
        guard let key else { throw Problem.notFound }
        return (key, secret)
    }

    private func respond(_ request: Request, message: String?, status: Status) throws -> Response {
        let (key, secret) = try owner(request)
        let page = try simulator.withAccount(key) { account in
            account.portalSession(secret: secret).map { PortalPage(session: $0, account: account, message: message) }
        }
        guard let page else {
            let content = "<p role=\"status\">This visit has ended. Open the page again from where you came.</p>"
            return Page(title: "Billing", content: content).response(.gone)
        }
        return request.wantsJSON ? try .json(page.json, status: status) : page.page.response(status)
    }

    private func act(_ request: Request) throws -> Response {
        let (key, secret) = try owner(request)
        let fields = try request.fields()
        do {
            try simulator.withAccount(key) { account in
                guard let session = account.portalSession(secret: secret) else { throw Problem.notFound }
                try account.act(PortalAct(fields), of: session)
            }
        } catch let error as StripeError {
            guard !request.wantsJSON else { return try .json(error.body(requestID: ""), status: Status(rawValue: error.status)) }
            return try respond(request, message: error.message, status: Status(rawValue: error.status))
        }
        return try respond(request, message: nil, status: .ok)
    }
}

/// What a customer does on the page.
struct PortalAct {
    let verb: String
    let subject: String
    let reason: String?
    let card: String

    init(_ fields: [String: String]) {
        let parts = (fields["act"] ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        verb = parts.first ?? ""
        subject = parts.count > 1 ? parts[1] : ""
        reason = fields["reason"].flatMap { $0.isEmpty ? nil : $0 }
        card = fields["card"] ?? ""
    }
}

extension Account {
    /// Does an act on what is the visitor's own, through the addresses of the API.
    mutating func act(_ act: PortalAct, of session: PortalSession) throws {
        let features = portalFeatures(of: session)
        let isAllowed =
            switch act.verb {
            case "cancel": features.cancels && features.cancelsAtPeriodEnd
            case "cancel_now": features.cancels
            case "plan": features.updatesSubscription
            case "add", "default", "remove": features.updatesMethods
            default: true
            }
        guard isAllowed else {
            throw StripeError.refused("The configuration of this page does not allow \(act.verb).", param: "act")
        }
        switch act.verb {
        case "cancel", "cancel_now", "keep", "plan": try changePlan(act, of: session)
        case "add", "default", "remove": try changeCards(act, of: session)
        default: throw StripeError.invalid("Nothing on this page is called \(act.verb).", param: "act")
        }
    }

    /// What the configuration of a visit allows.
    func portalFeatures(of session: PortalSession) -> PortalConfiguration.Features {
        portalConfigurations[session.configuration]?.features ?? PortalConfiguration.Features()
    }

    private mutating func changePlan(_ act: PortalAct, of session: PortalSession) throws {
        // The subject of a change of plan is the subscription and the price.
        let parts = act.subject.split(separator: "/").map(String.init)
        guard let id = parts.first, let subscription = subscriptions[id], subscription.customer == session.customer else {
            throw StripeError.noSuch("subscription", act.subject)
        }
        let path = "/v1/subscriptions/\(id)"
        let details: JSONValue = act.reason.map { ["comment": .string($0)] } ?? .object([:])
        switch act.verb {
        case "cancel":
            // A subscription whose billing mode is flexible gets the date alone, a classic one the flag (STR-154).
            let end: (name: String, value: JSONValue) =
                subscription.isFlexible ? ("cancel_at", .integer(subscription.currentPeriodEnd)) : ("cancel_at_period_end", true)
            try perform("POST", path, FormBranch([end.name: end.value, "cancellation_details": details]))
        case "cancel_now": try perform("DELETE", path, FormBranch(["cancellation_details": details]))
        case "keep": try perform("POST", path, FormBranch(["cancel_at": ""]))
        default:
            let features = portalFeatures(of: session)
            let wanted = parts.last ?? ""
            guard features.prices.isEmpty || features.prices.contains(wanted) else {
                throw StripeError.refused("The configuration of this page does not offer this price.", param: "act")
            }
            let item: JSONValue = ["id": .string(subscription.items.first?.id ?? ""), "price": .string(wanted)]
            try perform("POST", path, FormBranch(["items": [item], "proration_behavior": .string(features.updateProration)]))
        }
    }

    private mutating func changeCards(_ act: PortalAct, of session: PortalSession) throws {
        if act.verb == "add" {
            guard let card = TestCard.card(number: act.card) ?? TestCard.card(methodName: act.card) else {
                throw CardDecline(code: "incorrect_number", message: "Your card number is incorrect. Only test cards are taken here.").error
            }
            let method = makePaymentMethod(card)
            let id = method.id
            paymentMethods.insert(method)
            do {
                try perform("POST", "/v1/payment_methods/\(id)/attach", FormBranch(["customer": .string(session.customer)]))
            } catch {
                paymentMethods.remove(id)
                throw error
            }
            // The first card, and each that is entered here, is what the next payment is taken from.
            return try makeDefault(id, session)
        }
        guard paymentMethods[act.subject]?.customer == session.customer else { throw StripeError.noSuch("PaymentMethod", act.subject) }
        if act.verb == "default" { return try makeDefault(act.subject, session) }
        try perform("POST", "/v1/payment_methods/\(act.subject)/detach")
    }

    private mutating func makeDefault(_ method: String, _ session: PortalSession) throws {
        try perform(
            "POST", "/v1/customers/\(session.customer)",
            FormBranch(["invoice_settings": ["default_payment_method": .string(method)]]))
    }
}
