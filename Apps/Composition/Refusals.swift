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
        let entry = IdentityAudit.RateLimitExceeded(client: client, category: refusal.category.name, route: refusal.route)
        do {
            try await store.withTransaction(.system) { transaction in
                _ = try await transaction.record(entry, by: .anonymous(AuditReference(client)))
            }
        } catch {
            log.error("a refusal could not be recorded", ["error": .string(errorChain(error))])
        }
    }
}
