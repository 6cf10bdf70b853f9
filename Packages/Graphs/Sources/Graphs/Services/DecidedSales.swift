internal import Audit
internal import Billing
public import Core
internal import Identity
public import Operations
public import Orgs

/// What became of sales whose call was left by its process: a sale that came to nothing is the answer of its call (OPS-137).
///
/// A sale that was paid has an operation, which is the answer then.
public struct DecidedSales<Store: GraphStore>: LeftCallAnswering {
    private let store: Store

    init(store: Store) {
        self.store = store
    }

    /// The refusal of the sale that an operation was to tell about; `nil` while it is not decided.
    public func answer(toCallFor operation: Operation.ID, of org: Org.ID) async throws -> StoredAnswer? {
        let sale = try await store.withSystemTransaction {
            try await $0.subscription(toldAboutBy: operation.description, of: org)
        }
        guard let sale, sale.status == .failed || sale.status == .canceled, sale.startedAt == nil else { return nil }
        return StoredAnswer(
            toSaleRefusedBy: Operations.OperationFailure(
                code: sale.failure?.code ?? "PAYMENT_DECLINED", message: sale.failure?.message ?? "The payment was declined."))
    }
}

extension StoredAnswer {
    /// The answer to a sale that came to nothing, in the words in which it is given to whoever still waits for it.
    init(toSaleRefusedBy failure: Operations.OperationFailure) {
        switch failure.code {
        case "PAYMENT_DECLINED": self.init(toPaymentRequired: failure.code, failure.message)
        case "PAYMENT_ACTION_REQUIRED":
            guard case .paymentRequired(let code, let message) = GraphError(.paymentActionRequired(url: nil)) else {
                self.init(toPaymentRequired: failure.code, failure.message)
                return
            }
            self.init(toPaymentRequired: code, message)
        default: self.init(status: 409, body: ["detail": .string(failure.message), "code": .string(failure.code)])
        }
    }

    /// Payment first.
    init(toPaymentRequired code: String, _ message: String) {
        self.init(status: 402, body: ["detail": .string(message), "code": .string(code)])
    }
}
