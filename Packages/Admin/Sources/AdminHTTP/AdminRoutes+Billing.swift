internal import Admin
internal import Billing
internal import BillingHTTP
internal import Core
internal import HTTPServer
internal import Orgs

/// What operators do with subscriptions, invoices, credits and money (ADM-024 to ADM-026, ADM-029).
extension AdminRoutes {
    /// Above this, in minor units, money is given away by two (ADM-016).
    static let giftCap: Int64 = 500_00

    var billingRoutes: [OperatorRoute] { giftRoutes + invoiceRoutes + subscriptionRoutes + poolRoutes }

    private var giftRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .post, "/v1/admin/billing/refunds", operation: "refund_payment",
                .consenting(
                    .changeMoney,
                    about: { call in try await row("billing/payments", try call.request.decode(RefundBody.self).paymentID) },
                    { call in
                        let wish = try call.request.decode(RefundBody.self)
                        guard let org = Org.ID(wish.orgID) else {
                            throw Problem.invalidField("org_id", message: "must be the id of an org")
                        }
                        let refund = RefundWish(org: org, payment: ProviderID(wish.paymentID), amount: wish.amount)
                        return try await giving(wish.amount, call) {
                            let id = try await desk.billing.refund(refund, call.order)
                            return try .json(["id": .string(id.description)] as JSONValue, status: .accepted)
                        }
                    })),
            OperatorRoute(
                .post, "/v1/admin/billing/credits", operation: "grant_credit",
                .consenting(
                    .changeMoney,
                    about: { call in
                        guard let list = OperatorList.named("billing/credits") else { return .null }
                        let org = try call.request.decode(CreditBody.self).orgID
                        return try await rows(list, OperatorListQuery(equal: ["org_id": org], limit: 200))
                    },
                    { call in
                        let wish = try call.request.decode(CreditBody.self)
                        guard let org = Org.ID(wish.orgID) else {
                            throw Problem.invalidField("org_id", message: "must be the id of an org")
                        }
                        guard let currency = Currency(wish.currency) else {
                            throw Problem.invalidField("currency", message: "must be three letters")
                        }
                        guard let source = AccountCredit.Source(rawValue: wish.source), BillingBodies.granted.contains(source) else {
                            throw Problem.invalidField(
                                "source", message: "must be \(BillingBodies.granted.map(\.rawValue).joined(separator: " or "))")
                        }
                        guard try await directory.org(org) != nil else { throw Problem.notFound }
                        let end = try BillingBodies.instant(wish.expiresAt, "expires_at")
                        let credit = CreditWish(
                            org: org, amount: Money(minorUnits: wish.amount, currency: currency), source: source, expiresAt: end)
                        return try await giving(wish.amount, call) {
                            let id = try await desk.billing.grant(credit, call.order)
                            return try .json(["id": .string(id.description)] as JSONValue, status: .created)
                        }
                    })),
            OperatorRoute(
                .post, "/v1/admin/billing/credits/{credit_id}/revoke", operation: "revoke_credit",
                .commanding(.changeMoney) { call in
                    let amount = try await desk.billing.revoke(try call.request.parameter("credit_id"), call.order)
                    return try .json(["amount": .integer(amount)] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/billing/credits/{credit_id}/pay-out", operation: "pay_credit_out",
                .commanding(.changeMoney) { call in
                    let reference = try call.request.decode(PayOutBody.self).reference
                    guard (1...200).contains(reference.count) else {
                        throw Problem.invalidField("reference", message: "must have 1 to 200 characters")
                    }
                    let amount = try await desk.billing.payOut(
                        try call.request.parameter("credit_id"), reference: reference, call.order)
                    return try .json(["amount": .integer(amount)] as JSONValue)
                }),
        ]
    }

    private var invoiceRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .post, "/v1/admin/billing/invoices/{invoice_id}/mark-paid", operation: "mark_invoice_paid",
                .commanding(.changeMoney) { call in
                    let wish = try call.request.decode(PaidBody.self)
                    guard (1...50).contains(wish.method.count) else {
                        throw Problem.invalidField("method", message: "must have 1 to 50 characters")
                    }
                    guard (1...200).contains(wish.reference.count) else {
                        throw Problem.invalidField("reference", message: "must have 1 to 200 characters")
                    }
                    let note = PaymentNote(
                        amount: wish.amount, method: wish.method, reference: wish.reference,
                        receivedAt: try BillingBodies.instant(wish.receivedAt, "received_at"))
                    try await desk.billing.markPaid(try call.request.parameter("invoice_id"), note, call.order)
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .post, "/v1/admin/billing/invoices/{invoice_id}/void", operation: "void_invoice",
                .commanding(.changeMoney) { call in
                    try await desk.billing.void(try call.request.parameter("invoice_id"), call.order)
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .post, "/v1/admin/billing/invoices/{invoice_id}/mark-uncollectible", operation: "mark_invoice_uncollectible",
                .commanding(.changeMoney) { call in
                    try await desk.billing.giveUp(try call.request.parameter("invoice_id"), call.order)
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .put, "/v1/admin/orgs/{org_id}/payment-terms", operation: "set_payment_terms",
                .commanding(.changeMoney) { call in
                    let (org, wish): (Org.ID, TermsBody) = (
                        try call.request.parameter("org_id"), try call.request.decode(TermsBody.self)
                    )
                    let terms = try wish.paymentTerms.map { word in
                        guard let terms = BillingCustomer.PaymentTerms(rawValue: word) else {
                            let words = BillingCustomer.PaymentTerms.allCases.map(\.rawValue).joined(separator: ", ")
                            throw Problem.invalidField("payment_terms", message: "must be one of \(words)")
                        }
                        return terms
                    }
                    guard try await directory.org(org) != nil else { throw Problem.notFound }
                    try await desk.billing.setTerms(of: org, byInvoice: wish.invoiceBilling, terms: terms, call.order)
                    return Response(status: .noContent)
                }),
        ]
    }

    private var subscriptionRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .post, "/v1/admin/billing/subscriptions/{subscription_id}/cancel", operation: "cancel_any_subscription",
                .commanding(.changeMoney) { call in
                    let word = try call.request.decode(CancelBody.self).mode
                    guard let mode = Subscription.Cancellation.Mode(rawValue: word) else {
                        throw Problem.invalidField("mode", message: "must be immediate or period_end")
                    }
                    try await desk.billing.cancel(try call.request.parameter("subscription_id"), mode, call.order)
                    return Response(status: .noContent)
                }),
            // The provider is asked in between: there is nothing to undo.
            OperatorRoute(
                .post, "/v1/admin/billing/subscriptions/{subscription_id}/uncancel", operation: "uncancel_any_subscription",
                .writing(.changeMoney) { call in
                    try await desk.billing.uncancel(try call.request.parameter("subscription_id"), call.order)
                    return Response(status: .noContent)
                }),
        ]
    }

    private var poolRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .post, "/v1/admin/billing/pools/{pool_id}/bonus", operation: "add_pool_bonus",
                .commanding(.changePools) { call in
                    let amount = try call.request.decode(BonusBody.self).amount
                    if let cap = call.person.role.poolCap, amount > cap { throw BillingBodies.abovePoolCap }
                    try await desk.billing.addBonus(amount, to: try call.request.parameter("pool_id"), call.order)
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .post, "/v1/admin/billing/pools/{pool_id}/reset", operation: "reset_pool",
                .commanding(.changePools) { call in
                    try await desk.billing.reset(try call.request.parameter("pool_id"), call.order)
                    return Response(status: .noContent)
                }),
        ]
    }

    /// Controls that hold a kind of work (ADM-040): off is immediate, on is for superadmins.
    var controlRoutes: [OperatorRoute] {
        func flip(_ word: String, isOn: Bool, _ permission: OperatorPermission) -> OperatorRoute {
            OperatorRoute(
                .post, "/v1/admin/controls/{control}/\(word)", operation: "\(word)_control",
                .consenting(
                    permission,
                    about: { call in
                        let name: String = try call.request.parameter("control")
                        guard let state = try await desk.billing.controls().first(where: { $0.control.rawValue == name }) else {
                            return .null
                        }
                        return ["engaged": .bool(!state.isOn), "since": state.changedAt.map { .string($0.description) } ?? .null]
                    },
                    { call in
                        guard let control = BillingControl(rawValue: try call.request.parameter("control")) else { throw Problem.notFound }
                        if isOn { try call.requireConsent("What holds work is released by two.") }
                        try await desk.billing.setControl(control, isOn: isOn, call.order)
                        return Response(status: .noContent)
                    }))
        }
        return [
            OperatorRoute(
                .get, "/v1/admin/controls", operation: "list_controls",
                .reading(.read) { _ in
                    let rows: [JSONValue] = try await desk.billing.controls().map { state in
                        [
                            "name": .string(state.control.rawValue), "engaged": .bool(!state.isOn),
                            "changed_by": state.changedBy.map { .string($0) } ?? .null,
                            "changed_at": state.changedAt.map { .string($0.description) } ?? .null,
                            "reason": state.reason.map { .string($0) } ?? .null,
                        ]
                    }
                    return try .json(["controls": .array(rows)] as JSONValue)
                }),
            flip("engage", isOn: false, .engageControls), flip("release", isOn: true, .releaseControls),
        ]
    }
}

private struct RefundBody: Decodable {
    let orgID: String
    let paymentID: String
    let amount: Int64

    enum CodingKeys: String, CodingKey {
        case amount
        case orgID = "org_id"
        case paymentID = "payment_id"
    }
}

private struct CreditBody: Decodable {
    let orgID: String
    let amount: Int64
    let currency: String
    let source: String
    let expiresAt: String?

    enum CodingKeys: String, CodingKey {
        case amount, currency, source
        case orgID = "org_id"
        case expiresAt = "expires_at"
    }
}

private struct PayOutBody: Decodable {
    let reference: String
}

private struct PaidBody: Decodable {
    let amount: Int64?
    let method: String
    let reference: String
    let receivedAt: String?

    enum CodingKeys: String, CodingKey {
        case amount, method, reference
        case receivedAt = "received_at"
    }
}

private struct TermsBody: Decodable {
    let invoiceBilling: Bool
    let paymentTerms: String?

    enum CodingKeys: String, CodingKey {
        case invoiceBilling = "invoice_billing"
        case paymentTerms = "payment_terms"
    }
}

private struct CancelBody: Decodable {
    let mode: String
}

private struct BonusBody: Decodable {
    let amount: Int64
}

enum BillingBodies {
    /// What operators grant; the other kinds come about by themselves.
    static let granted: [AccountCredit.Source] = [.goodwill, .promotion]
    static let abovePoolCap = Problem(status: .forbidden, code: "ABOVE_CAP", detail: "Your role adds up to 1000 AI credits at once.")

    static func instant(_ text: String?, _ field: String) throws -> Instant? {
        try text.map { text in
            guard let instant = Instant(text) else { throw Problem.invalidField(field, message: "must be an instant") }
            return instant
        }
    }
}
