public import Billing
internal import Core
internal import Synchronization

extension FakePaymentProvider {
    /// Reads all changes of a customer's balance, newest first.
    public func balanceTransactions(
        of customer: ProviderID, budget: CallBudget
    ) async throws(ProviderFailure) -> [ProviderBalanceTransaction] {
        state.withLock { $0.balances[customer]?.reversed() ?? [] }
    }

    /// What a customer is owed at the provider, in minor units.
    public func credit(of customer: ProviderID) -> Int64 {
        state.withLock { -($0.balances[customer]?.last?.endingBalance ?? 0) }
    }

    /// An invoice consumes credit, or gives it back when the amount is negative.
    public func useCredit(_ amount: Int64, of customer: ProviderID, for invoice: ProviderID) {
        let type = amount > 0 ? "applied_to_invoice" : "unapplied_from_invoice"
        state.withLock {
            _ = $0.changeBalance(of: customer, by: amount, type: type, currency: .usd, invoice: invoice, tags: ProviderTags())
        }
    }

    /// Somebody with access to the account changes a balance.
    public func adjustBalance(of customer: ProviderID, by amount: Int64) {
        state.withLock {
            _ = $0.changeBalance(of: customer, by: amount, type: "adjustment", currency: .usd, invoice: nil, tags: ProviderTags())
        }
    }
}

extension FakePaymentProvider.State {
    mutating func changeBalance(
        of customer: ProviderID, by amount: Int64, type: String, currency: Currency, invoice: ProviderID?, tags: ProviderTags
    ) -> ProviderID {
        let id = makeID("cbtxn")
        let before = balances[customer]?.last?.endingBalance ?? 0
        balances[customer, default: []].append(
            ProviderBalanceTransaction(
                id: id, type: type, amount: amount, endingBalance: before + amount, currency: currency, invoice: invoice, tags: tags))
        return id
    }
}
