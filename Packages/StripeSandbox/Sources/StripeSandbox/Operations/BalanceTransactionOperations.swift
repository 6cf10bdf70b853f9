internal import Core

extension Account {
    static let balanceTransactionOperations: [Operation] = [
        Operation("POST", "/v1/customers/{id}/balance_transactions") { account, call in
            let customer = try account.liveCustomer(call.id)
            guard let amount = try call.parameters.integer("amount") else { throw call.parameters.missing("amount") }
            guard let currency = try call.parameters.currency() else { throw call.parameters.missing("currency") }
            let description = try call.parameters.string("description")
            let metadata = try call.parameters.metadata()
            try call.parameters.finish()
            if let own = customer.currency, own != currency {
                throw StripeError.refused(
                    "The customer's currency is \(own); a balance transaction cannot be in \(currency).", param: "currency")
            }
            let id = account.moveBalance(
                of: customer.id, by: amount, type: "adjustment", currency: currency, description: description, metadata: metadata)
            return id.flatMap { account.balanceTransactions[$0]?.json(in: account) } ?? .null
        },
        Operation("GET", "/v1/customers/{id}/balance_transactions") { account, call in
            let customer = try account.liveCustomer(call.id)
            let invoice = try call.parameters.string("invoice")
            return try account.page(
                account.balanceTransactions.newestFirst, call, url: "/v1/customers/\(customer.id)/balance_transactions"
            ) { $0.customer == customer.id && (invoice == nil || $0.invoice == invoice) }
        },
        Operation("GET", "/v1/customers/{id}/balance_transactions/{transaction}") { account, call in
            try call.parameters.finish()
            return try account.balanceTransaction(call).json(in: account)
        },
        Operation("POST", "/v1/customers/{id}/balance_transactions/{transaction}") { account, call in
            var transaction = try account.balanceTransaction(call)
            try call.parameters.clearable("description").apply(to: &transaction.description)
            try call.parameters.changeMetadata(&transaction.metadata)
            try call.parameters.finish()
            account.balanceTransactions.insert(transaction)
            return transaction.json(in: account)
        },
    ]

    private func balanceTransaction(_ call: Call) throws -> BalanceTransaction {
        let id = call.path["transaction"] ?? ""
        guard let transaction = balanceTransactions[id], transaction.customer == call.id else {
            throw StripeError.noSuch("customer_balance_transaction", id)
        }
        return transaction
    }
}
