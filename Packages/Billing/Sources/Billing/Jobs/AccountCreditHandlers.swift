internal import Audit
internal import Core
internal import Identity
public import Jobs
internal import Orgs

/// Forfeits what is left of a credit when its time has come, and tells of it 14 days before (BIL-119).
public struct ExpireAccountCreditHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let writer: AccountCreditWriter<Store.Transaction>

    init(store: Store, writer: AccountCreditWriter<Store.Transaction>) {
        self.store = store
        self.writer = writer
    }

    /// Ends the unused part only; what is at the provider is brought back first, by the job that carries.
    public func run(_ job: ExpireAccountCredit, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.credit(job.credit)?.credit.org else { return .completed }
            _ = try await transaction.lockCustomer(of: org, currency: writer.currency, now: context.now)
            guard let remaining = try await transaction.credit(job.credit), let expiry = remaining.credit.expiresAt, remaining.remaining > 0
            else { return .completed }
            if job.isNotice {
                guard expiry > context.now,
                    try await transaction.takeNotice(job.noticeKey, org: org, subscription: nil, at: context.now)
                else { return .completed }
                try await transaction.publish(AccountCreditExpiring(remaining, expiresAt: expiry))
                return .completed
            }
            guard expiry <= context.now else { return .snoozed(until: expiry) }
            try await transaction.enqueue(
                WithdrawAccountCredit(credit: job.credit, reason: nil), JobOptions(uniqueKey: "\(job.credit):expired", org: org.uuid))
            return .completed
        }
    }
}
