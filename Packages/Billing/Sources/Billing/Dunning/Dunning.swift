internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Opens, reminds of and closes debts, in the transactions of the moves that they follow from (BIL-090 to BIL-094).
///
/// The provider alone tries the card again (BIL-092); here are only deadlines and reminders.
struct Dunning<Transaction: BillingTransaction>: Sendable {
    let catalogue: Catalogue
    let dateSource: any DateSource

    /// Opens the case of a subscription that became past due and orders its reminders; a second failure only counts.
    func opened(_ row: Subscription, in transaction: Transaction) async throws {
        let now = dateSource.now
        let wanted = DunningCase(id: .make(at: now), org: row.org, subscription: row.id, openedAt: now)
        let debt = try await transaction.openDunningCase(orCounting: wanted)
        guard debt.id == wanted.id else { return }
        let policies = catalogue.plans[row.plan.key]?.policies
        let final = now + .days(policies?.finalDays ?? 28)
        try await transaction.record(DunningStartedEntry(debt: debt, finalDeadline: final), by: .system(component: "billing"))
        for stage in DunningStage.allCases {
            guard let instant = stage.instant(openedAt: now, finalDeadline: final) else { continue }
            try await remind(stage, of: debt, at: instant, in: transaction)
        }
    }

    /// Tells of a stage that a move has reached.
    func reached(_ stage: DunningStage, of row: Subscription, in transaction: Transaction) async throws {
        guard let debt = try await transaction.lockedDunningCase(of: row.id) else { return }
        try await remind(stage, of: debt, at: dateSource.now, in: transaction)
    }

    /// Closes the case: reminders that have not gone out never will.
    func closed(_ row: Subscription, _ outcome: DunningCase.Outcome, in transaction: Transaction) async throws {
        guard var debt = try await transaction.lockedDunningCase(of: row.id) else { return }
        debt.outcome = outcome
        try await transaction.save(debt, at: dateSource.now)
        try await transaction.record(DunningClosedEntry(debt: debt, outcome: outcome), by: .system(component: "billing"))
    }

    private func remind(_ stage: DunningStage, of debt: DunningCase, at instant: Instant, in transaction: Transaction) async throws {
        try await transaction.enqueue(
            RemindDebtor(debt: debt.id, subscription: debt.subscription, stage: stage),
            JobOptions(runAt: instant, uniqueKey: "\(debt.id):\(stage.rawValue)", org: debt.org.uuid))
    }
}
