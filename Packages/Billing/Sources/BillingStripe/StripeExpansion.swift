internal import Core

/// The fields that are asked to come whole instead of by id; nothing else is ever expanded (STR-024).
enum StripeExpansion: String, CaseIterable, Sendable {
    case latestInvoice = "latest_invoice"
    case latestInvoicePayments = "latest_invoice.payments"
    case payments
    case listedPayments = "data.payments"

    static func form(_ fields: [StripeExpansion]) -> FormValue {
        .list(fields.map { .string($0.rawValue) })
    }
}
