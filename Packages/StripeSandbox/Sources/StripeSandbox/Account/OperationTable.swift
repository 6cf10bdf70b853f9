/// Every address of the API that is simulated; anything else is refused as unrecognised (STR-174).
struct OperationTable: Sendable {
    enum Match {
        case operation(Operation, [String: String])
        case unknown
    }

    static let shared = OperationTable()

    static let all: [Operation] =
        Account.accountOperations + Account.customerOperations + Account.balanceTransactionOperations + Account.paymentMethodOperations
        + Account.setupIntentOperations + Account.productOperations + Account.priceOperations + Account.sessionOperations
        + Account.subscriptionOperations + Account.invoiceOperations + Account.invoiceActionOperations + Account.paymentOperations
        + Account.refundOperations + Account.disputeOperations + Account.creditNoteOperations + Account.eventOperations
        + Account.endpointOperations
        + Account.resumingOperations + Account.testClockOperations + Account.portalOperations + Account.couponOperations
        + Account.promotionCodeOperations + Account.discountOperations + Account.taxOperations + Account.tokenOperations
        + Account.paymentIntentOperations + Account.subscriptionItemOperations + Account.scheduleOperations
        + Account.invoiceItemOperations + Account.invoiceCreationOperations + Account.portalConfigurationOperations
        + Account.searchOperations

    private let bySegments: [Int: [(segments: [String], operation: Operation)]]

    init() {
        let split = Self.all.map { (segments: $0.path.split(separator: "/").map(String.init), operation: $0) }
        bySegments = Dictionary(grouping: split) { $0.segments.count }
    }

    func match(_ method: String, _ path: [String]) -> Match {
        var best: (operation: Operation, values: [String: String])?
        for entry in bySegments[path.count] ?? [] where entry.operation.method == method {
            var values: [String: String] = [:]
            let fits = zip(entry.segments, path).allSatisfy { pattern, segment in
                guard pattern.hasPrefix("{") else { return pattern == segment }
                values[String(pattern.dropFirst().dropLast())] = segment
                return !segment.isEmpty
            }
            // A literal segment wins over one in braces.
            if fits, best == nil || values.count < (best?.values.count ?? 0) { best = (entry.operation, values) }
        }
        return best.map { .operation($0.operation, $0.values) } ?? .unknown
    }
}
