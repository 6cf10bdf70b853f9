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
    /// Takes an amount off an invoice and gives it to the customer's balance; the change carries no tags of ours, as at the provider.
    mutating func issueCreditNote(_ move: BalanceMove, on invoice: ProviderID) -> ProviderOutcome {
        for (subscription, list) in invoices {
            guard let index = list.firstIndex(where: { $0.id == invoice }) else { continue }
            invoices[subscription]?[index].amountCredited = (list[index].amountCredited ?? 0) + move.amount.minorUnits
            let id = changeBalance(
                of: move.customer, by: move.providerAmount, type: "credit_note", currency: move.amount.currency, invoice: invoice,
                tags: ProviderTags())
            return .succeeded(.balanceTransaction(id))
        }
        return .refused(ProviderRefusal(kind: .missing, code: "resource_missing"))
    }

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
