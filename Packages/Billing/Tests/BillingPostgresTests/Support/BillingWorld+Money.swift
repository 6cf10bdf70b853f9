import Audit
import BillingPostgres
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Jobs
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

extension BillingWorld {
    var money: MoneyServices<TestBillingStore> { services.money }
    var consequences: MoneyConsequences<TestTransaction> { services.subscriptions.writer.money }
    var operatorActor: AuditActor { .system(component: "operators") }

    /// Lets the org pay by invoice.
    func payByInvoice(_ terms: BillingCustomer.PaymentTerms = .net30) async throws {
        try await store.withTransaction(.system) { transaction in
            var (customer, _) = try await transaction.lockedCustomer(orMaking: BillingCustomer(org: org, currency: .usd, at: now))
            customer.invoiceBillingEnabled = true
            customer.paymentTerms = terms
            try await transaction.save(customer)
        }
    }

    /// Another org of the same deployment.
    func anotherOrg() async throws -> Org.ID {
        let other = Org.ID.make(at: now)
        try await database.adminClient.execute("INSERT INTO people.org VALUES (\(other))")
        return other
    }

    func line(_ cents: Int64, _ kind: OwnInvoiceLine.Kind = .charge, _ text: String = "Consulting") throws -> OwnInvoiceLine {
        try OwnInvoiceLine(kind, text, subscription: nil, plan: nil, quantity: 1, unitPrice: cents, period: nil)
    }

    @discardableResult
    func invoice(_ cents: Int64, to payer: Org.ID? = nil) async throws -> OwnInvoice {
        try await money.invoices.issue([try line(cents)], for: nil, to: payer ?? org, period: nil, by: operatorActor)
    }

    @discardableResult
    func credit(_ cents: Int64, expires: Instant? = nil, key: String? = nil, to payer: Org.ID? = nil) async throws -> AccountCredit {
        let wish = IssueAccountCredit(
            org: payer ?? org, amount: Money(minorUnits: cents, currency: .usd), source: .goodwill, reason: "an apology",
            expiresAt: expires,
            key: key ?? AccountCredit.ID.make(at: now).description)
        return try await money.credits.issue(wish, by: operatorActor)
    }

    func balance(_ payer: Org.ID? = nil) async throws -> AccountCreditBalance {
        try await store.withTransaction(.system) { try await $0.creditBalance(of: payer ?? org, .usd) }
    }

    func ownInvoice(_ id: Invoice.ID) async throws -> OwnInvoice {
        try #require(try await store.withTransaction(.system) { try await $0.lockedOwnInvoice(id) })
    }

    /// Sells a graph on net terms and brings it to active.
    func invoicedGraph(_ resource: String = "kg0123456789abcdef0123") async throws -> Subscription.ID {
        let id = Subscription.ID.make(at: now)
        let sale = NewSubscription(
            id: id, org: org, entitlement: .netTerms, plan: .graph("ladybug-standard"), requestedBy: owner.userID, configuration: [:],
            operation: nil)
        try await store.withTransaction(.system) { transaction in
            let row = try await services.subscriptions.open(sale, in: transaction)
            let fence = try #require(row.lease).fence
            try await services.subscriptions.link(try #require(ResourceID(resource)), to: id, fence: fence, in: transaction)
            try await services.subscriptions.activate(id, fence: fence, in: transaction)
        }
        return id
    }

    /// Runs the jobs of invoices and ledgers.
    func runMoney(_ kind: String, _ arguments: [UInt8], _ context: JobContext) async throws -> JobOutcome {
        let handlers = services.money.handlers
        switch kind {
        case RenewNetTerms.kind:
            return try await handlers.renewNetTerms.run(JSON.decode(RenewNetTerms.self, from: arguments), context: context)
        case WatchInvoice.kind:
            return try await handlers.watchInvoice.run(JSON.decode(WatchInvoice.self, from: arguments), context: context)
        case ExpireAccountCredit.kind:
            return try await handlers.expireAccountCredit.run(JSON.decode(ExpireAccountCredit.self, from: arguments), context: context)
        case RefillCreditPools.kind: return try await handlers.refillCreditPools.run(RefillCreditPools(), context: context)
        case CarryAccountCredits.kind:
            return try await handlers.carryAccountCredits.run(JSON.decode(CarryAccountCredits.self, from: arguments), context: context)
        case WithdrawAccountCredit.kind:
            return try await handlers.withdrawAccountCredit.run(JSON.decode(WithdrawAccountCredit.self, from: arguments), context: context)
        default:
            Issue.record("nobody handles \(kind)")
            return .completed
        }
    }
}

/// A transaction that is given up by the test.
struct GivenUp: Error {}
