import BillingPostgres
import Core
import HTTPClient
import Identity
import IdentityPostgres
import JobsPostgres
import OrgsPostgres
import Postgres
import Testing

/// What no test of Billing asks of accounts and orgs.
struct NotPartOfTheTest: Error {}

/// A transaction of the store.
typealias TestTransaction = BillingOnlyTransaction

/// Billing's store on the real database; each task knows whether it has a transaction open.
struct TestBillingStore: PostgresBillingStoring, PostgresOrgStoring {
    typealias Transaction = BillingOnlyTransaction

    @TaskLocal static var isInTransaction = false

    private let store: PostgresBillingStore

    init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        store = PostgresBillingStore(client: client, dateSource: dateSource, notifier: notifier)
    }

    var client: PostgresClient { store.client }
    var dateSource: any DateSource { store.dateSource }
    var notifier: JobNotifier? { store.notifier }

    func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> BillingOnlyTransaction {
        store.makeTransaction(postgres, wakeUps: wakeUps)
    }

    func withTransaction<Result: Sendable>(
        _ scope: AccessScope?, _ body: (BillingOnlyTransaction) async throws -> Result
    ) async throws -> Result {
        try await Self.$isInTransaction.withValue(true) { try await store.withTransaction(scope, body) }
    }
}

/// A way to the provider on which a request with an open transaction is an issue (STR-015).
struct GuardedTransport: HTTPTransport {
    let transport: any HTTPTransport

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        if TestBillingStore.isInTransaction { Issue.record("a request to the provider left while a transaction was open") }
        return try await transport.send(request)
    }
}
