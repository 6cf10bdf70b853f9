internal import Core

/// Why a card is declined.
struct CardDecline: Codable, Hashable, Sendable {
    var code: String
    var declineCode: String?
    var message: String

    static let generic = declined("generic_decline", "Your card was declined.")
    static let insufficientFunds = declined("insufficient_funds", "Your card has insufficient funds.")

    static func declined(_ code: String, _ message: String) -> CardDecline {
        CardDecline(code: "card_declined", declineCode: code, message: message)
    }

    /// Stripe advises against trying these again (`advice_code`).
    var isFinal: Bool {
        ["lost_card", "stolen_card", "incorrect_number"].contains(declineCode ?? code)
    }

    var error: StripeError {
        StripeError(
            status: 402, kind: .card, message: message, code: code, declineCode: declineCode,
            adviceCode: isFinal ? "do_not_try_again" : "try_again_later",
            members: ["network_decline_code": JSONValue(networkCode), "network_advice_code": isFinal ? "03" : "02"].filter {
                $0.value != .null
            },
            isStored: true)
    }

    /// The code that the bank's network gives such a refusal; `nil` for a fault that is nobody's.
    var networkCode: String? {
        switch declineCode ?? code {
        case "insufficient_funds": "51"
        case "lost_card": "41"
        case "stolen_card": "43"
        case "expired_card": "54"
        case "incorrect_cvc": "82"
        case "processing_error": nil
        default: "05"
        }
    }
}

/// One of Stripe's test cards and what it does (spec 8.2).
struct TestCard: Codable, Hashable, Sendable {
    enum Authentication: Codable, Hashable, Sendable {
        case never
        /// Once, unless it was set up.
        case unlessSetUp
        case always
        /// Asked on the page, but not off-session.
        case onSession
    }

    enum RefundBehavior: Codable, Hashable, Sendable {
        case immediate, pendingThenSucceeded, succeededThenFailed
    }

    var number: String
    var brand: String
    /// The name of the ready-made payment method.
    var methodName: String?
    /// What the page calls it.
    var title: String
    /// Declines when it is attached or charged.
    var decline: CardDecline?
    /// Attaches, and declines when it is charged.
    var chargeDecline: CardDecline?
    var authentication = Authentication.never
    var refund = RefundBehavior.immediate
    /// Why its holder contests what it is charged; `inquiry` when the bank only asks.
    var dispute: String?

    var last4: String { String(number.suffix(4)) }

    static func card(number: String) -> TestCard? {
        let digits = number.filter { $0 != " " && $0 != "-" }
        return all.first { $0.number == digits }
    }

    static func card(methodName: String) -> TestCard? {
        all.first { $0.methodName == methodName }
    }

    static func card(token: String) -> TestCard? {
        guard token.hasPrefix("tok_") else { return nil }
        return card(methodName: "pm_card_" + token.dropFirst(4))
    }

    static let all: [TestCard] = [
        TestCard(number: "4242424242424242", brand: "visa", methodName: "pm_card_visa", title: "Visa, succeeds"),
        TestCard(number: "5555555555554444", brand: "mastercard", methodName: "pm_card_mastercard", title: "Mastercard, succeeds"),
        TestCard(number: "378282246310005", brand: "amex", methodName: "pm_card_amex", title: "American Express, succeeds"),
        TestCard(
            number: "4000000000000002", brand: "visa", methodName: "pm_card_visa_chargeDeclined", title: "Declined", decline: .generic),
        TestCard(
            number: "4000000000009995", brand: "visa", methodName: "pm_card_visa_chargeDeclinedInsufficientFunds",
            title: "Declined: insufficient funds", decline: .insufficientFunds),
        TestCard(
            number: "4000000000009987", brand: "visa", methodName: "pm_card_visa_chargeDeclinedLostCard", title: "Declined: lost card",
            decline: .declined("lost_card", "Your card was declined.")),
        TestCard(
            number: "4000000000009979", brand: "visa", methodName: "pm_card_visa_chargeDeclinedStolenCard", title: "Declined: stolen card",
            decline: .declined("stolen_card", "Your card was declined.")),
        TestCard(
            number: "4000000000000069", brand: "visa", methodName: "pm_card_chargeDeclinedExpiredCard", title: "Declined: expired",
            decline: CardDecline(code: "expired_card", declineCode: "expired_card", message: "Your card has expired.")),
        TestCard(
            number: "4000000000000127", brand: "visa", methodName: "pm_card_chargeDeclinedIncorrectCvc", title: "Declined: wrong CVC",
            decline: CardDecline(code: "incorrect_cvc", declineCode: "incorrect_cvc", message: "Your card's security code is incorrect.")),
        TestCard(
            number: "4000000000000119", brand: "visa", methodName: "pm_card_chargeDeclinedProcessingError", title: "Processing error",
            decline: CardDecline(
                code: "processing_error", declineCode: "processing_error",
                message: "An error occurred while processing your card. Try again in a little bit.")),
        TestCard(
            number: "4000000000000341", brand: "visa", methodName: "pm_card_chargeCustomerFail",
            title: "Attaches, then every charge declines",
            chargeDecline: .generic),
        TestCard(
            number: "4000002500003155", brand: "visa", title: "Authentication unless set up", authentication: .unlessSetUp),
        TestCard(
            number: "4000002760003184", brand: "visa", methodName: "pm_card_authenticationRequired", title: "Authentication always",
            authentication: .always),
        TestCard(
            number: "4000003800000446", brand: "visa", title: "Authentication, set up for off-session", authentication: .onSession),
        TestCard(
            number: "4000008260003178", brand: "visa", title: "Authentication, then insufficient funds",
            chargeDecline: .insufficientFunds, authentication: .always),
        TestCard(
            number: "4000000000007726", brand: "visa", title: "Refunds are pending first", refund: .pendingThenSucceeded),
        TestCard(
            number: "4000000000000259", brand: "visa", methodName: "pm_card_createDispute", title: "Disputed as fraudulent",
            dispute: "fraudulent"),
        TestCard(
            number: "4000000000002685", brand: "visa", methodName: "pm_card_createDisputeProductNotReceived",
            title: "Disputed as not received", dispute: "product_not_received"),
        TestCard(
            number: "4000000000001976", brand: "visa", methodName: "pm_card_createDisputeInquiry", title: "Inquiry of the bank",
            dispute: "inquiry"),
        TestCard(number: "4000000000005126", brand: "visa", title: "Refunds fail later", refund: .succeededThenFailed),
    ]
}
