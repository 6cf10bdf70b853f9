public import Billing
internal import Core
public import HTTPServer

extension MoneyRefusal: ProblemConvertible {
    /// How a refusal is answered: a stable code and one line with the facts.
    public var problem: Problem {
        switch self {
        case .notFound: .notFound
        case .amountOutOfRange: .badRequest("The amount is not one that can be used here.", code: "INVALID_AMOUNT")
        case .reasonRequired: .badRequest("A reason of 1 to 500 characters is needed.", code: "REASON_REQUIRED")
        case .currencyMismatch(let expected): .badRequest("The organisation is billed in \(expected.code).", code: "CURRENCY_MISMATCH")
        case .invoiceNotAllowed(let status): .conflict("The invoice is \(status.rawValue).", code: "INVOICE_NOT_ALLOWED")
        case .keyReused: .conflict("The key was used before for something else.", code: "IDEMPOTENCY_KEY_REUSED")
        case .insufficientCredits(let need, let have):
            .paymentRequired(
                "\(Self.text(need)) credits are needed, \(Self.text(have)) are there.", code: "INSUFFICIENT_CREDITS")
        case .holdClosed: .conflict("The hold has ended.", code: "HOLD_CLOSED")
        case .expiryInThePast: .badRequest("The expiry must lie ahead.", code: "EXPIRY_IN_THE_PAST")
        case .unreadableDocument: Problem(status: .internalServerError, code: "INTERNAL_ERROR", detail: "The document cannot be read.")
        }
    }

    private static func text(_ hundredths: Int64) -> String {
        let rest = String(hundredths % 100)
        return "\(hundredths / 100)." + (rest.utf8.count == 1 ? "0" : "") + rest
    }
}
