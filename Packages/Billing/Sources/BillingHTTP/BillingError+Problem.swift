public import Billing
public import HTTPServer

extension BillingError: ProblemConvertible {
    /// How a refusal is answered: a stable code and one or two lines without the provider's words (BIL-148).
    public var problem: Problem {
        switch self {
        case .unknownPlan(let name): .badRequest("There is no plan named \(name.prefix(64)).", code: "UNKNOWN_PLAN")
        case .planNotAvailable(let key): .badRequest("The plan \(key.name) cannot be bought now.", code: "PLAN_NOT_AVAILABLE")
        case .orgConflict: .badRequest("org_id and X-Org-Id name two organisations.", code: "ORG_CONFLICT")
        case .notOrgMember: .forbidden("You are not a member of this organisation.", code: "NOT_ORG_MEMBER")
        case .ownerRequired: .forbidden("Only an owner of the organisation may do this.", code: "OWNER_REQUIRED")
        case .adminRequired: .forbidden("Only an owner or admin of the organisation may do this.", code: "ADMIN_REQUIRED")
        case .invalidConfiguration(let pointer, let reason): Self.invalidConfiguration(pointer, reason)
        case .checkoutNotRequired: .badRequest("The organisation pays by invoice: create the resource.", code: "CHECKOUT_NOT_REQUIRED")
        case .paymentMethodOnFile:
            .badRequest("There is a card on file: create the resource directly.", code: "PAYMENT_METHOD_ON_FILE")
        case .customerInDispute:
            .paymentRequired("A payment of the organisation is disputed. Nothing new can be bought.", code: "CUSTOMER_IN_DISPUTE")
        case .graphLimitReached(let limit): .forbidden("The organisation may have \(limit) graphs.", code: "GRAPH_LIMIT_REACHED")
        case .tierAtCapacity(let key): .conflict("There is no room for \(key.name) now. Try later.", code: "TIER_AT_CAPACITY")
        case .checkoutAlreadyPaid: .conflict("An earlier checkout was just paid.", code: "CHECKOUT_ALREADY_PAID")
        case .paymentMethodRequired:
            .paymentRequired(
                "A payment method is required.\nOpen a checkout with POST /v1/billing/checkout.", code: "PAYMENT_METHOD_REQUIRED")
        case .paymentDeclined(let message): .paymentRequired(message, code: "PAYMENT_DECLINED")
        case .paymentActionRequired(let url):
            .paymentRequired(
                "The payment needs to be confirmed by you." + (url.map { "\n" + $0 } ?? ""), code: "PAYMENT_ACTION_REQUIRED")
        case .subscriberNotMember: .badRequest("user_id names nobody of this organisation.", code: "SUBSCRIBER_NOT_MEMBER")
        case .notARepository:
            .badRequest(
                "Only shared repositories have seats. A graph is bought with POST /v1/graphs.", code: "NOT_A_REPOSITORY")
        case .alreadySubscribed: .conflict("There is a subscription for it already.", code: "ALREADY_SUBSCRIBED")
        case .notFound: .notFound
        case .cancelAtCanonicalPath(let type, let resource): Self.canonicalPath(type, resource)
        case .confirmMismatch: .badRequest("confirm must be the id of what ends.", code: "CONFIRM_MISMATCH")
        case .cancelRequiresImmediate(let status):
            .badRequest(
                "A subscription that is \(status.rawValue) can only end at once: send immediate=true with confirm.",
                code: "CANCEL_REQUIRES_IMMEDIATE")
        case .subscriptionBusy(let status): Self.busy(status)
        case .changeAtCanonicalPath(let resource):
            .badRequest("Change it with POST /v1/graphs/\(resource)/operations/change-tier.", code: "CHANGE_AT_CANONICAL_PATH")
        case .subscriptionNotActive(let status):
            .badRequest("The subscription is \(status.rawValue); only an active one changes its plan.", code: "SUBSCRIPTION_NOT_ACTIVE")
        case .samePlan(let key): .badRequest("The subscription has the plan \(key.name) already.", code: "SAME_PLAN")
        case .quoteExpired: .conflict("The quote is older than 10 minutes. Ask for a new one.", code: "QUOTE_EXPIRED")
        case .quoteChanged: .conflict("The change would cost something else now. Ask for a new quote.", code: "QUOTE_CHANGED")
        case .alreadyCanceled: .badRequest("The subscription has ended or is ending already.", code: "ALREADY_CANCELED")
        case .periodEndUnknown: .badRequest("The end of the period is not known yet. Try later.", code: "PERIOD_END_UNKNOWN")
        case .cancellationFinal: .conflict("The subscription has ended.", code: "CANCELLATION_FINAL")
        case .refundTooLarge(let left): .badRequest("At most \(left) can be given back.", code: "REFUND_TOO_LARGE")
        case .lastPaymentMethod:
            .conflict("Running subscriptions are charged to this method. Add another one first.", code: "LAST_PAYMENT_METHOD")
        case .noProviderCustomer: .badRequest("The organisation has not bought anything yet.", code: "NO_BILLING_ACCOUNT")
        case .salesPaused:
            .unavailable("Nothing can be bought for the moment. Try later.", code: "SALES_PAUSED", after: 300)
        case .priceMismatch, .providerTimeout, .providerUnavailable, .providerUncertain, .providerRefused: providerProblem
        }
    }

    private var providerProblem: Problem {
        switch self {
        case .priceMismatch:
            Problem(status: .internalServerError, code: "PRICE_MISMATCH", detail: "The price could not be confirmed. Nothing was charged.")
        case .providerTimeout:
            .unavailable("The payment provider did not answer in time. Repeat the request.", code: "PROVIDER_TIMEOUT", after: 5)
        case .providerUnavailable(let wait):
            .unavailable(
                "The payment provider cannot be reached. Repeat the request.", code: "PROVIDER_UNAVAILABLE",
                after: wait.map { max(1, $0.components.seconds) } ?? 10)
        case .providerUncertain:
            .unavailable("The payment provider's answer is missing. Repeat the request.", code: "PROVIDER_UNCERTAIN", after: 5)
        default: Problem(status: .internalServerError, code: "PROVIDER_ERROR", detail: "The payment provider refused. We look into it.")
        }
    }

    private static func invalidConfiguration(_ pointer: String, _ reason: String) -> Problem {
        let path = pointer.split(separator: "/").map(String.init)
        return .invalidFields([Problem.Field(location: ["body", "resource_config"] + path, message: reason, type: "value_error")])
    }

    private static func canonicalPath(_ type: ResourceType, _ resource: ResourceID) -> Problem {
        let path =
            type == .graph
            ? #"POST /v1/graphs/\#(resource)/operations/delete-graph with {"confirm": "\#(resource)"}"#
            : #"POST /v1/graphs/\#(resource)/subscriptions/cancel with {"immediate": false}"#
        return .badRequest("End it with \(path).", code: "CANCEL_AT_CANONICAL_PATH")
    }

    private static func busy(_ status: Subscription.Status) -> Problem {
        let detail = "The subscription is \(status.rawValue) now. Try later."
        return status == .upgrading ? .badRequest(detail, code: "SUBSCRIPTION_BUSY") : .conflict(detail, code: "SUBSCRIPTION_BUSY")
    }
}

extension Problem {
    static func forbidden(_ detail: String, code: String) -> Problem {
        Problem(status: .forbidden, code: code, detail: detail)
    }

    static func paymentRequired(_ detail: String, code: String) -> Problem {
        Problem(status: .paymentRequired, code: code, detail: detail)
    }

    static func conflict(_ detail: String, code: String) -> Problem {
        Problem(status: .conflict, code: code, detail: detail)
    }

    static func unavailable(_ detail: String, code: String, after seconds: Int64) -> Problem {
        Problem(status: .serviceUnavailable, code: code, detail: detail, headers: ["Retry-After": String(seconds)])
    }
}
