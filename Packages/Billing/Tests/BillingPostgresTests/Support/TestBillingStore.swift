import BillingPostgres

/// What no test of Billing asks of accounts and orgs.
struct NotPartOfTheTest: Error {}

/// Billing's store on the real database.
typealias TestBillingStore = PostgresBillingStore

/// A transaction of it.
typealias TestTransaction = BillingOnlyTransaction
