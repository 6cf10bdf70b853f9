import Billing
import BillingHTTP
import Core
import HTTPServer
import Testing

@Suite struct ProblemTests {
    static let table: [(BillingError, Int, String)] = [
        (.unknownPlan("x"), 400, "UNKNOWN_PLAN"), (.planNotAvailable(.graph("x")), 400, "PLAN_NOT_AVAILABLE"),
        (.orgConflict, 400, "ORG_CONFLICT"), (.notOrgMember, 403, "NOT_ORG_MEMBER"), (.ownerRequired, 403, "OWNER_REQUIRED"),
        (.invalidConfiguration(pointer: "/name", reason: "is required"), 422, "INVALID_INPUT"),
        (.checkoutNotRequired, 400, "CHECKOUT_NOT_REQUIRED"), (.paymentMethodOnFile, 400, "PAYMENT_METHOD_ON_FILE"),
        (.customerInDispute, 402, "CUSTOMER_IN_DISPUTE"), (.graphLimitReached(limit: 3), 403, "GRAPH_LIMIT_REACHED"),
        (.tierAtCapacity(.graph("x")), 409, "TIER_AT_CAPACITY"), (.checkoutAlreadyPaid, 409, "CHECKOUT_ALREADY_PAID"),
        (.paymentMethodRequired, 402, "PAYMENT_METHOD_REQUIRED"), (.paymentDeclined("No."), 402, "PAYMENT_DECLINED"),
        (.paymentActionRequired(url: nil), 402, "PAYMENT_ACTION_REQUIRED"), (.priceMismatch(.graph("x")), 500, "PRICE_MISMATCH"),
        (.alreadySubscribed, 409, "ALREADY_SUBSCRIBED"), (.notFound, 404, "NOT_FOUND"), (.confirmMismatch, 400, "CONFIRM_MISMATCH"),
        (.cancelRequiresImmediate(.pastDue), 400, "CANCEL_REQUIRES_IMMEDIATE"),
        (.subscriptionBusy(.provisioning), 409, "SUBSCRIPTION_BUSY"),
        (.subscriptionBusy(.upgrading), 400, "SUBSCRIPTION_BUSY"), (.alreadyCanceled, 400, "ALREADY_CANCELED"),
        (.quoteExpired, 409, "QUOTE_EXPIRED"), (.quoteChanged, 409, "QUOTE_CHANGED"),
        (.periodEndUnknown, 400, "PERIOD_END_UNKNOWN"), (.cancellationFinal, 409, "CANCELLATION_FINAL"),
        (.noProviderCustomer, 400, "NO_BILLING_ACCOUNT"), (.providerTimeout, 503, "PROVIDER_TIMEOUT"),
        (.providerUnavailable(retryAfter: nil), 503, "PROVIDER_UNAVAILABLE"), (.providerUncertain, 503, "PROVIDER_UNCERTAIN"),
        (.salesPaused, 503, "SALES_PAUSED"),
        (.providerRefused(code: "secret_detail"), 500, "PROVIDER_ERROR"),
    ]

    @Test(arguments: table) func `BIL-148 each refusal has one status and one code, at most two lines, without the provider's words`(
        error: BillingError, status: Int, code: String
    ) {
        let problem = error.problem
        #expect(problem.status.rawValue == status)
        #expect(problem.code == code)
        #expect(problem.detail.split(separator: "\n").count <= 2)
        #expect(!problem.detail.contains("secret_detail"))
    }

    @Test func `BIL-046 the answer names the path that ends a graph or a seat`() throws {
        let graph = try #require(ResourceID("kg1"))
        let problem = BillingError.cancelAtCanonicalPath(.graph, graph).problem
        #expect(problem.code == "CANCEL_AT_CANONICAL_PATH")
        #expect(problem.detail.contains("POST /v1/graphs/kg1/operations/delete-graph"))
        #expect(BillingError.cancelAtCanonicalPath(.repository, graph).problem.detail.contains("/v1/graphs/kg1/subscriptions/cancel"))
    }
}
