internal import Audit
internal import AuditPostgres
internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityPostgres
internal import Observability
internal import RateLimits

/// Writes the first refusal of each caller, category and minute into the log (SEC-009).
struct RefusalEntries: RefusalObserver {
    let store: AppStore
    let log: Log

    func refused(_ refusal: Refusal) async {
        let client = NetworkClient(address: refusal.address)
        do {
            try await store.withTransaction(.system) { transaction in
                try await transaction.recordExcess(of: client, category: refusal.category.name, route: refusal.route)
            }
        } catch {
            log.error("a refusal could not be recorded", ["error": .string(errorChain(error))])
        }
    }
}
