internal import Core

extension Account {
    static let portalOperations: [Operation] = [
        Operation("POST", "/v1/billing_portal/sessions") { account, call in
            let parameters = call.parameters
            guard let customer = try account.customer(of: parameters) else { throw parameters.missing("customer") }
            let returnURL = try parameters.url("return_url")
            let locale = try parameters.string("locale")
            let configuration = try account.portalConfiguration(for: parameters)
            try parameters.finish()
            let session = PortalSession(
                id: account.ids.id("bps"), created: account.occasion.now, customer: customer.id,
                returnURL: returnURL ?? configuration.defaultReturnURL, locale: locale, secret: "test_" + account.ids.text(40),
                configuration: configuration.id)
            account.portalSessions.insert(session)
            account.announce("billing_portal.session.created", \.portalSessions, session.id)
            return session.json(in: account)
        }
    ]

    /// The visit whose address this is, while it may be opened.
    func portalSession(secret: String) -> PortalSession? {
        portalSessions.newestFirst.first { $0.secret == secret && occasion.now < $0.created + PortalSession.lifetime }
    }

    /// Does what the API does at an address, for a page that stands in for it (STR-164).
    mutating func perform(_ method: String, _ path: String, _ form: FormBranch = FormBranch()) throws {
        let segments = path.split(separator: "/").map(String.init)
        guard case .operation(let operation, let values) = OperationTable.shared.match(method, segments) else {
            throw StripeError.unrecognized(method, path)
        }
        _ = try operation.body(&self, Call(path: values, parameters: Parameters(form)))
    }
}
