internal import Audit
internal import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// Enqueues the job that due work should have, under the key that it has; who has its job is left alone, so that looking twice changes
/// nothing (OPS-098).
public struct CatchLostWorkHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let meters: NetMeters
    private let log: Log
    private let page: Int

    init(store: Store, meters: NetMeters, log: Log, page: Int = CatchLostWork.page) {
        self.store = store
        self.meters = meters
        self.log = log
        self.page = page
    }

    /// Looks at one page; a full one has the next page looked at by a job that is stored with it.
    public func run(_ job: CatchLostWork, context: JobContext) async throws -> JobOutcome {
        if let control = job.net.control, try await !store.isOn(control) { return .cancelled(reason: "\(control.rawValue) is off") }
        let found = try await store.withTransaction(.system) { transaction in
            let (found, rows, last) = try await enqueue(job, at: context.now, in: transaction)
            if rows == page, let last {
                let next = CatchLostWork(net: job.net, after: last)
                try await transaction.enqueue(next, JobOptions(uniqueKey: "\(job.net.rawValue) \(last)", serialKey: job.net.name))
            }
            return found
        }
        meters.note(job.net.name, found)
        return .completed
    }

    private func enqueue(
        _ job: CatchLostWork, at now: Instant, in transaction: Store.Transaction
    ) async throws -> (found: NetCatch, rows: Int, last: String?) {
        let overdue = now - MoneyNet.patience
        var found = NetCatch()
        switch job.net {
        case .intents:
            let after = job.after.flatMap { ProviderIntent.ID($0) }
            let intents = try await transaction.unsettledIntents(askedBy: overdue, after: after, limit: page)
            let (idle, others) = (intents.filter(\.command.isIdleEnd), intents.filter { !$0.command.isIdleEnd })
            found.note(try await transaction.enqueue(idle.map { (job: SendIdleEnd(intent: $0.id), options: JobOptions.sending($0)) }))
            found.note(
                try await transaction.enqueue(others.map { (job: SendProviderIntent(intent: $0.id), options: JobOptions.sending($0)) }))
            for intent in intents { try await alarm(about: intent, at: now, in: transaction) }
            return (found, intents.count, intents.last?.id.description)
        case .events:
            let after = job.after.flatMap { InboundEvent.ID($0) }
            let events = try await transaction.unprocessedEvents(receivedBy: overdue, after: after, limit: page)
            found.note(try await transaction.enqueue(events.map { ProcessInboundEvent.order(of: $0) }))
            return (found, events.count, events.last?.id.description)
        case .renewals:
            let rows = try await transaction.endedNetTermPeriods(at: now, after: job.after.flatMap { Subscription.ID($0) }, limit: page)
            found.note(
                try await transaction.enqueue(
                    rows.compactMap { row in row.currentPeriod.map { RenewNetTerms.order(of: row, after: $0) } }))
            return (found, rows.count, rows.last?.id.description)
        case .deadlines:
            let rows = try await transaction.passedDeadlines(at: now, after: job.after.flatMap { Subscription.ID($0) }, limit: page)
            found.note(
                try await transaction.enqueue(
                    rows.compactMap { row in
                        let deadline = row.status == .pastDue ? row.graceDeadline : row.finalDeadline
                        return deadline.map { EnforceDeadline.order(of: row, at: $0) }
                    }))
            return (found, rows.count, rows.last?.id.description)
        case .credits:
            let credits = try await transaction.endingCredits(
                by: now + ExpireAccountCredit.noticePeriod, at: now, after: job.after.flatMap { AccountCredit.ID($0) }, limit: page)
            found.note(
                try await transaction.enqueue(
                    credits.compactMap { credit in
                        credit.expiresAt.map { ExpireAccountCredit.order(of: credit, endingAt: $0, isNotice: now < $0) }
                    }))
            return (found, credits.count, credits.last?.id.description)
        case .invoices:
            let after = job.after.flatMap { Invoice.ID($0) }
            let invoices = try await transaction.watchedInvoices(
                dueBy: now - InvoiceStage.dueSoon.offset, after: after, limit: page)
            found.note(
                try await transaction.enqueue(
                    invoices.compactMap { invoice in
                        invoice.stageDue(at: now).map { WatchInvoice.order(of: invoice.id, invoice.org, due: invoice.dueDate, on: $0) }
                    }))
            return (found, invoices.count, invoices.last?.id.description)
        }
    }

    /// What the provider has not settled after an hour, and then after each day, is said once (OPS-115).
    private func alarm(about intent: ProviderIntent, at now: Instant, in transaction: Store.Transaction) async throws {
        let age = now - intent.createdAt
        guard age >= .hours(1) else { return }
        let (severity, day) = (age >= .days(1) ? "critical" : "alarm", age.components.seconds / 86_400)
        let key = "intent_\(severity):\(intent.id):\(day)"
        guard try await transaction.takeNotice(key, org: intent.org, subscription: nil, at: now) else { return }
        log.error(
            "an order to the provider is not settled",
            [
                "intent": .string(intent.id.description), "kind": .string(intent.command.kind), "severity": .string(severity),
                "state": .string(intent.state.rawValue),
            ])
    }
}
