import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What happens at the provider while time passes.
extension IdleFleet {
    /// A renewal that was charged: whose it is, and when the period began that it pays.
    struct Charge: Sendable, Hashable {
        let payer: Int
        let at: Instant
    }

    /// The provider as it is, whatever faults its answers have.
    func there(_ payer: Payer) throws -> ProviderSubscription {
        try #require(provider.known(payer.remote))
    }

    /// Ends at the provider what was to end by now and charges what goes on; it tells of each by `telling`.
    func turnPeriods(of payers: [Payer], telling: (Payer) async throws -> Void) async throws -> [Charge] {
        var charges: [Charge] = []
        for payer in payers {
            let there = try there(payer)
            guard there.status == .active, let period = there.period, period.end <= now else { continue }
            if there.endsAt == nil {
                let end = period.end.addingMonths(payer.months, anchoredOnDay: period.start.calendarDate.day)
                provider.know([there.inPeriod(try #require(Period(start: period.end, end: end)))])
                charges.append(Charge(payer: payer.number, at: period.end))
            } else {
                provider.end(payer.remote, reason: "cancellation_requested")
            }
            try await telling(payer)
        }
        return charges
    }
}

extension ProviderSubscription {
    fileprivate func inPeriod(_ period: Period) -> ProviderSubscription {
        var next = ProviderSubscription(
            id: id, customer: customer, status: status, tags: tags, item: item, price: price, period: period, trialEnd: trialEnd,
            endsAt: endsAt, endedAt: endedAt, cancellationReason: cancellationReason, latestInvoice: latestInvoice,
            defaultMethod: defaultMethod)
        next.terms = terms
        return next
    }
}
