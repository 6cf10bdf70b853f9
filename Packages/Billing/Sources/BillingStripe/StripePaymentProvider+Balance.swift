public import Billing
internal import Core

extension StripePaymentProvider {
    /// Reads all changes of a customer's balance, newest first.
    public func balanceTransactions(
        of customer: ProviderID, budget: CallBudget
    ) async throws(ProviderFailure) -> [ProviderBalanceTransaction] {
        let path = "/v1/customers/\(StripeRequests.part(customer))/balance_transactions"
        return try await all(path, [], budget: budget) { (object) throws(StripeShapeError) in
            ProviderBalanceTransaction(
                id: try object.id("id"), type: try object.string("type"), amount: try object.integer("amount"),
                endingBalance: try object.integer("ending_balance"), currency: try object.currency("currency"),
                invoice: object.optionalID("invoice"), tags: ProviderTags(metadataOf: object))
        }
    }
}

extension StripeRequests {
    /// Where changes of a customer's balance are made and listed.
    static func balancePath(of customer: ProviderID) -> String { "/v1/customers/\(part(customer))/balance_transactions" }

    /// A change of a customer's balance, tagged with the credit that it carries (BIL-116).
    static func moveBalance(_ move: BalanceMove, _ intent: ProviderIntent) -> ProviderRequest {
        let fields: [(String, FormValue)] = [
            ("amount", .integer(move.providerAmount)), ("currency", .string(move.amount.currency.code)),
            ("description", .string("Account credit \(move.credit)")), ("metadata", tags(of: move, intent)),
        ]
        return ProviderRequest(method: "POST", path: balancePath(of: move.customer), body: StripeForm.encode(fields))
    }

    /// A credit note on a paid invoice that gives to the customer's balance, tagged as a change of it is (STR-033).
    static func issueCreditNote(_ move: BalanceMove, on invoice: ProviderID, _ intent: ProviderIntent) -> ProviderRequest {
        let fields: [(String, FormValue)] = [
            ("invoice", .string(invoice.rawValue)), ("amount", .integer(move.amount.minorUnits)),
            ("credit_amount", .integer(move.amount.minorUnits)), ("memo", .string("Account credit \(move.credit)")),
            ("metadata", tags(of: move, intent)),
        ]
        return ProviderRequest(method: "POST", path: "/v1/credit_notes", body: StripeForm.encode(fields))
    }

    private static func tags(of move: BalanceMove, _ intent: ProviderIntent) -> FormValue {
        .map([
            ("trellis_intent", .string(intent.id.description)), ("trellis_org", .string(move.org.description)),
            ("trellis_credit", .string(move.credit.description)),
        ])
    }
}
