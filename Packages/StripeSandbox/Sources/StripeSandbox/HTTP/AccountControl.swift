internal import Core
internal import HTTPServer

/// Settings, state, money and the acts of somebody else, account by account.
struct AccountControl: Sendable {
    let simulator: StripeSimulator
    let defaultKey: String

    func register(_ add: (Method, String, @escaping Router.Handler) -> Void) {
        add(.get, "/_sandbox/settings") { request in try .json(simulator.withAccount(key(request)) { $0.settings }) }
        add(.post, "/_sandbox/settings") { try changeSettings($0) }
        add(.get, "/_sandbox/state") { try state($0) }
        add(.delete, "/_sandbox/state") { request in
            simulator.empty(key(request))
            return Response(status: .noContent)
        }
        add(.get, "/_sandbox/operations") { _ in
            try .json(JSONValue.array(OperationTable.all.map { .string("\($0.method) \($0.path)") }))
        }
        add(.get, "/_sandbox/ledger") { try ledger($0) }
        add(.post, "/_sandbox/acts") { try act($0) }
    }

    private func key(_ request: Request) -> String {
        request.query["account"] ?? defaultKey
    }

    /// Settings that are given replace those in force; the others stay.
    private func changeSettings(_ request: Request) throws -> Response {
        let changes = try request.decode([String: JSONValue].self)
        let key = key(request)
        let current = try JSON.decode([String: JSONValue].self, from: JSON.encode(simulator.withAccount(key) { $0.settings }))
        if let unknown = changes.keys.sorted().first(where: { current[$0] == nil }) {
            throw Problem.invalidField(unknown, message: "is not a setting; there are \(current.keys.sorted().joined(separator: ", "))")
        }
        let settings = try JSON.decode(
            AccountSettings.self, from: JSON.encode(JSONValue.object(current.merging(changes) { _, new in new })))
        return try .json(
            simulator.withAccount(key) { account in
                account.settings = settings
                return settings
            })
    }

    /// How many objects of each kind there are, or one object by its id.
    private func state(_ request: Request) throws -> Response {
        let id = request.query["id"]
        let state = try simulator.withAccount(key(request)) { account -> JSONValue? in
            if let id { return account.resolve(id) ?? account.events[id]?.json(in: account) }
            return [
                "now": .integer(account.occasion.now), "timers": .integer(Int64(account.timers.count)),
                "objects": .object(account.counts.mapValues { .integer(Int64($0)) }),
            ]
        }
        guard let state else { throw Problem.notFound }
        return try .json(state)
    }

    /// What each customer paid, got back and has as balance.
    private func ledger(_ request: Request) throws -> Response {
        let entries = try simulator.withAccount(key(request)) { account in
            account.customers.newestFirst.reversed().map { customer -> JSONValue in
                let charges = account.charges.newestFirst.filter { $0.customer == customer.id && $0.isPaid }
                return [
                    "customer": .string(customer.id), "charged": .integer(charges.reduce(0) { $0 + $1.amount }),
                    "charges": .integer(Int64(charges.count)), "refunded": .integer(charges.reduce(0) { $0 + $1.amountRefunded }),
                    "balance": .integer(customer.balance),
                ]
            }
        }
        return try .json(JSONValue.array(entries))
    }

    /// Something that happens without a request of the product (STR-182).
    private struct Act: Decodable {
        enum Name: String, Decodable {
            /// Any call of the API, as somebody at Stripe's dashboard would cause it.
            case call
            /// The outcomes of the next charges of a method: `ok` or a decline code.
            case programCard = "program_card"
            /// Completes a checkout session with a test card.
            case payCheckout = "pay_checkout"
            /// Turns an inquiry of a bank into a chargeback.
            case escalateDispute = "escalate_dispute"
            case rollSecret = "roll_secret"
            /// Gives a customer a coupon for all that it is billed.
            case discountCustomer = "discount_customer"
            /// Lets a refund wait for the customer.
            case holdRefund = "hold_refund"
            /// Gives a method the number and expiry of the card that its bank sent instead.
            case replaceCard = "replace_card"
            /// A customer sends more than a paid invoice asked for.
            case overpayInvoice = "overpay_invoice"
        }

        var act: Name
        var method: String?
        var path: String?
        var parameters: JSONValue?
        var paymentMethod: String?
        var outcomes: [String]?
        var session: String?
        var card: String?
        var dispute: String?
        var endpoint: String?
        var customer: String?
        var coupon: String?
        var refund: String?
        var invoice: String?
        var amount: Int64?
        var hours: Int64?
        var expiryMonth: Int64?
        var expiryYear: Int64?

        enum CodingKeys: String, CodingKey {
            case act, method, path, parameters, outcomes, session, card, dispute, endpoint, customer, coupon, refund, invoice, amount, hours
            case paymentMethod = "payment_method"
            case expiryMonth = "exp_month"
            case expiryYear = "exp_year"
        }
    }

    private func act(_ request: Request) throws -> Response {
        let act = try request.decode(Act.self)
        let key = key(request)
        switch act.act {
        case .call: return try call(act, key)
        case .programCard:
            let id = act.paymentMethod ?? ""
            let script = (act.outcomes ?? []).map { $0 == "ok" ? nil : CardDecline.declined($0, "Your card was declined.") }
            return try simulator.withAccount(key) { account in
                guard account.paymentMethods[id] != nil else { throw StripeError.noSuch("PaymentMethod", id) }
                account.paymentMethods.modify(id) { $0.script = script }
                return try .json(["payment_method": .string(id), "outcomes": .integer(Int64(script.count))] as JSONValue)
            }
        case .payCheckout:
            guard let card = TestCard.card(number: act.card ?? "4242424242424242") else {
                throw Problem.invalidField("card", message: "is not a test card")
            }
            let id = act.session ?? ""
            let outcome = try simulator.withAccount(key) { try $0.complete(session: id, with: card, isAuthenticated: true) }
            if case .declined(let decline) = outcome { throw decline.error }
            return try .json(["session": .string(id), "status": "complete"] as JSONValue)
        case .rollSecret:
            let hours = act.hours ?? 24
            guard (0...24).contains(hours) else { throw Problem.invalidField("hours", message: "must be from 0 to 24") }
            let id = act.endpoint ?? ""
            let secret = try simulator.withAccount(key) { try $0.rollSecret(of: id, keepingOldFor: hours * 3_600) }
            return try .json(["endpoint": .string(id), "secret": .string(secret)] as JSONValue)
        case .discountCustomer:
            let (customer, coupon) = (act.customer ?? "", act.coupon ?? "")
            return try simulator.withAccount(key) { account in
                try .json(account.discount(customer, coupon: coupon).json(in: account))
            }
        case .holdRefund:
            let id = act.refund ?? ""
            return try simulator.withAccount(key) { account in
                try account.holdRefund(id)
                return try .json(account.refunds[id]?.json(in: account) ?? .null)
            }
        case .replaceCard: return try replaceCard(act, key)
        case .overpayInvoice:
            guard let amount = act.amount, amount > 0 else { throw Problem.invalidField("amount", message: "must be positive") }
            let id = act.invoice ?? ""
            return try simulator.withAccount(key) { account in
                try account.overpay(id, by: amount)
                return try .json(account.invoices[id]?.json(in: account) ?? .null)
            }
        case .escalateDispute:
            let id = act.dispute ?? ""
            return try simulator.withAccount(key) { account in
                try account.escalate(id)
                return try .json(account.disputes[id]?.json(in: account) ?? .null)
            }
        }
    }

    private func replaceCard(_ act: Act, _ key: String) throws -> Response {
        guard let month = act.expiryMonth, (1...12).contains(month), let year = act.expiryYear, (1970...2100).contains(year) else {
            throw Problem.invalidField("exp_month", message: "is needed with exp_year")
        }
        let card = act.card.flatMap { TestCard.card(number: $0) }
        guard act.card == nil || card != nil else { throw Problem.invalidField("card", message: "is not a test card") }
        let id = act.paymentMethod ?? ""
        return try simulator.withAccount(key) { account in
            guard account.paymentMethods[id] != nil else { throw StripeError.noSuch("PaymentMethod", id) }
            account.replaceCard(of: id, by: card, expiring: (month, year))
            return try .json(account.paymentMethods[id]?.json(in: account) ?? .null)
        }
    }

    private func call(_ act: Act, _ key: String) throws -> Response {
        let path = act.path ?? ""
        guard
            case .operation(let operation, let values) = OperationTable.shared.match(
                act.method ?? "POST", path.split(separator: "/").map(String.init))
        else { throw Problem.invalidField("path", message: "is no address of the API") }
        let form = try FormBranch(act.parameters ?? [:])
        return try .json(
            simulator.withAccount(key) { account in
                try operation.body(&account, Call(path: values, parameters: Parameters(form)))
            })
    }
}

extension FormBranch {
    /// The form of a JSON object.
    init(_ value: JSONValue) throws {
        self.init()
        switch value {
        case .object(let members): for (name, member) in members.sorted(by: { $0.key < $1.key }) { try put(member, name) }
        case .array(let elements): for (index, element) in elements.enumerated() { try put(element, String(index)) }
        default: throw StripeError.invalid("Invalid object")
        }
    }

    private mutating func put(_ value: JSONValue, _ name: String) throws {
        switch value {
        case .null: put(.text(""), name)
        case .bool(let value): put(.text(value ? "true" : "false"), name)
        case .integer(let value): put(.text(String(value)), name)
        case .number(let value): put(.text(String(value)), name)
        case .string(let value): put(.text(value), name)
        case .array, .object: put(.branch(try FormBranch(value)), name)
        }
    }
}
