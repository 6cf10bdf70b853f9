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
        let tags: [(String, FormValue)] = [
            ("trellis_intent", .string(intent.id.description)), ("trellis_org", .string(move.org.description)),
            ("trellis_credit", .string(move.credit.description)),
        ]
        let fields: [(String, FormValue)] = [
            ("amount", .integer(move.providerAmount)), ("currency", .string(move.amount.currency.code)),
            ("description", .string("Account credit \(move.credit)")), ("metadata", .map(tags)),
        ]
        return ProviderRequest(method: "POST", path: balancePath(of: move.customer), body: StripeForm.encode(fields))
    }
}
