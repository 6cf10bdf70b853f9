public import Core

/// What a paid period is still worth when it is given up before its end (BIL-059): a pure calculation in whole seconds and exact fractions.
public enum UnusedTime {
    /// A paid invoice of a subscription, as far as it concerns a period.
    public struct Bill: Hashable, Sendable {
        /// Which invoice.
        public let invoice: Invoice.ID
        /// The sum of its lines, before discount and tax.
        public let subtotal: Int64
        /// With both.
        public let total: Int64
        /// What of it was paid as money.
        public let paid: Int64
        /// What of that was given back.
        public let refunded: Int64
        /// Its lines for the period: charges, and what a change of plan took back.
        public let lines: [Line]

        /// Describes an invoice.
        public init(invoice: Invoice.ID, subtotal: Int64, total: Int64, paid: Int64, refunded: Int64, lines: [Line]) {
            self.invoice = invoice
            self.subtotal = subtotal
            self.total = total
            self.paid = paid
            self.refunded = refunded
            self.lines = lines
        }

        /// What was really paid and not given back: neither more than the invoice asked for, nor more than came in.
        public var net: Int64 { max(0, min(total, paid) - refunded) }
    }

    /// What a line charges for a span of time.
    public struct Line: Hashable, Sendable {
        /// In minor units; negative when it takes something back.
        public let amount: Int64
        /// For which time.
        public let period: Period

        /// Describes a line.
        public init(amount: Int64, period: Period) {
            self.amount = amount
            self.period = period
        }
    }

    /// What is left of one invoice at an instant, in minor units rounded down.
    public static func left(of bill: Bill, at now: Instant) -> Int64 {
        left(of: [bill], at: now)
    }

    /// What is left of all invoices of a period together, in minor units, rounded down once.
    ///
    /// Each line counts by the share of its own time that is left, so that a plan that was changed in the middle is worth what its last
    /// price says; discount, tax and refunds are shared between the lines by amount. An invoice that took back more than it charged has
    /// gone to the payer's balance: what is left of it is taken off. The sum is neither below nothing nor above what was paid.
    public static func left(of bills: [Bill], at now: Instant) -> Int64 {
        var worth = ExactSum()
        for bill in bills where bill.subtotal != 0 {
            let base = bill.subtotal > 0 ? bill.net : bill.total
            for line in bill.lines {
                guard let span = line.period.seconds, line.period.end > now else { continue }
                let rest = max(0, min(line.period.end.secondsSinceEpoch - now.secondsSinceEpoch, span))
                worth.add(line.amount, times: (rest, base), over: (span, bill.subtotal))
            }
        }
        return min(max(0, worth.roundedDown), bills.reduce(0) { $0.addingClamped($1.net) })
    }
}

extension UnusedTime {
    /// A part of what is given back, and the invoice it was paid with.
    struct Share: Hashable {
        let invoice: Invoice.ID
        var amount: Int64
    }

    /// Spreads what is given back over the invoices, the oldest first, none of them beyond what was paid for it.
    static func shares(of worth: Int64, between bills: [Bill]) -> [Share] {
        var open = worth
        return bills.compactMap { bill in
            let part = min(open, bill.net)
            open -= part
            return part > 0 ? Share(invoice: bill.invoice, amount: part) : nil
        }
    }
}

extension Period {
    /// Its length in whole seconds; `nil` for one without.
    fileprivate var seconds: Int64? {
        let length = end.secondsSinceEpoch - start.secondsSinceEpoch
        return length > 0 ? length : nil
    }
}

extension Int64 {
    /// A sum that stays within its type.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? (other > 0 ? .max : .min) : sum
    }
}

/// A sum of fractions, exact as far as its denominator fits 128 bits.
///
/// The numbers come of the provider: none of them may stop the process. A part that no longer fits is rounded down by itself, which is
/// less than a cent for each line.
private struct ExactSum {
    private var whole: Int64 = 0
    /// What is left over, at least nothing and below one.
    private var numerator: Int128 = 0
    private var denominator: Int128 = 1

    /// Adds the product of an amount and two factors, divided by two divisors that are not zero.
    mutating func add(_ amount: Int64, times factors: (Int64, Int64), over divisors: (Int64, Int64)) {
        let sign: Int128 = (divisors.0 < 0) == (divisors.1 < 0) ? 1 : -1
        let divisor = Int128(divisors.0) * Int128(divisors.1) * sign
        let timed = Int128(amount) * Int128(factors.0)
        let (product, isTooLarge) = timed.multipliedReportingOverflow(by: Int128(factors.1) * sign)
        guard !isTooLarge else {
            // Far beyond any bill: the share of the time first, which fits again.
            let share = Self.floor(timed, Int128(divisors.0)).quotient
            let scaled = Int128(Int64(clamping: share)) * Int128(factors.1)
            whole = whole.addingClamped(Int64(clamping: Self.floor(scaled, Int128(divisors.1)).quotient))
            return
        }
        let (quotient, rest) = Self.floor(product, divisor)
        whole = whole.addingClamped(Int64(clamping: quotient))
        addPart(rest, over: divisor)
    }

    /// Adds a fraction below one.
    private mutating func addPart(_ part: Int128, over divisor: Int128) {
        let own = Self.commonDivisor(part, divisor)
        let (part, divisor) = (part / own, divisor / own)
        let shared = Self.commonDivisor(denominator, divisor)
        let (common, isTooLarge) = denominator.multipliedReportingOverflow(by: divisor / shared)
        // Twice the denominator has to fit: the sum of two fractions below one is below two.
        guard !isTooLarge, common <= Int128.max / 2 else { return }
        numerator = numerator * (divisor / shared) + part * (denominator / shared)
        denominator = common
        if numerator >= denominator {
            numerator -= denominator
            whole = whole.addingClamped(1)
        }
    }

    var roundedDown: Int64 { whole }

    /// The division that rounds towards less, so that what is left over is never negative.
    private static func floor(_ dividend: Int128, _ divisor: Int128) -> (quotient: Int128, rest: Int128) {
        let (dividend, divisor) = divisor < 0 ? (-dividend, -divisor) : (dividend, divisor)
        let (quotient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }

    private static func commonDivisor(_ first: Int128, _ second: Int128) -> Int128 {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return a == 0 ? 1 : a
    }
}
