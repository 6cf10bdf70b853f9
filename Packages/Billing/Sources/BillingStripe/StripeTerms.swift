internal import Billing
internal import Core

extension ProviderTerms {
    /// The name of the mark in a subscription's metadata.
    static let markName = "trellis_idle_case"

    /// Reads what a subscription agrees.
    init(_ object: StripeObject, items: [StripeObject], isFlagged: Bool) {
        let prices = items.map { $0.optionalObject("price") ?? $0.optionalObject("plan") }
        let intervals = Set(prices.map(Self.interval))
        let periods = Set(items.map { [$0.optionalInteger("current_period_start"), $0.optionalInteger("current_period_end")] })
        let mark = object.optionalObject("metadata")?.optionalString(Self.markName)
        self.init(
            canceledAt: object.optionalInstant("canceled_at"), isFlagged: isFlagged, idleMark: mark?.isEmpty == true ? nil : mark,
            startedAt: object.optionalInstant("start_date"),
            chargesAutomatically: object.optionalString("collection_method") != "send_invoice",
            isPaused: object.optionalObject("pause_collection") != nil, hasSchedule: Self.isPresent(object.value("schedule")),
            hasOnePeriod: periods.count == 1, intervalUnit: intervals.count == 1 ? intervals.first?.unit : nil,
            intervalCount: intervals.count == 1 ? intervals.first?.count : nil,
            isFree: !prices.isEmpty && prices.allSatisfy { Self.amount($0) == 0 } || Self.isFullyDiscounted(object))
        hasPendingUpdate = object.optionalObject("pending_update") != nil
    }

    private struct Interval: Hashable {
        let unit: String?
        let count: Int64?
    }

    private static func interval(_ price: StripeObject?) -> Interval {
        let recurring = price?.optionalObject("recurring") ?? price
        return Interval(unit: recurring?.optionalString("interval"), count: recurring?.optionalInteger("interval_count"))
    }

    private static func amount(_ price: StripeObject?) -> Int64? {
        price?.optionalInteger("unit_amount") ?? price?.optionalInteger("amount")
    }

    private static func isPresent(_ value: JSONValue?) -> Bool {
        if case .some(.null) = value { false } else { value != nil }
    }

    private static func isFullyDiscounted(_ object: StripeObject) -> Bool {
        object.list("discounts").contains { discount in
            let coupon = discount.optionalObject("source")?.optionalObject("coupon") ?? discount.optionalObject("coupon")
            return coupon?.optionalInteger("percent_off") == 100
        }
    }
}
