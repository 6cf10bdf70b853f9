internal import Audit
internal import Core
public import Jobs

/// Tells owners of keys that end soon or were used from a new network, and writes down which keys have ended (ID-115).
public struct ReviewKeys: Job {
    /// `identity.review_keys`
    public static let kind = "identity.review_keys"
    /// With the rest of what is due now and then.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}
}

/// Does ``ReviewKeys``.
public struct ReviewKeysHandler<Store: IdentityStore>: JobHandler {
    private static var batch: Int { 100 }
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// A batch at a time, each in a transaction: what was told is marked in the same one.
    public func run(_ job: ReviewKeys, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        while try await environment.store.withTransaction(.system, { try await announceNetworks(at: now, in: $0) }) == Self.batch {}
        for stage in KeyEndingStage.allCases {
            while try await environment.store.withTransaction(.system, { try await announce(stage, at: now, in: $0) }) == Self.batch {}
        }
        while try await environment.store.withTransaction(.system, { try await recordEnds(at: now, in: $0) }) == Self.batch {}
        return .completed
    }

    private func announceNetworks(at now: Instant, in transaction: Store.Transaction) async throws -> Int {
        let uses = try await transaction.takeKeyNetworks(at: now, limit: Self.batch)
        for use in uses {
            let key = use.notice.key
            let client = NetworkClient(address: String(use.network.prefix { $0 != "/" }))
            let actor = AuditActor.user(AuditReference(key.user))
            if use.isFirst {
                // Where a key is used first is where it lives: there is nothing to warn of.
                try await transaction.record(IdentityAudit.APIKeyFirstUsed(user: key.user, key: key.id, client: client), by: actor)
            } else {
                try await transaction.record(
                    IdentityAudit.APIKeyUsedFromNewNetwork(user: key.user, key: key.id, client: client), by: actor)
                try await transaction.publish(APIKeyUsedFromNewNetwork(use))
            }
        }
        return uses.count
    }

    private func announce(_ stage: KeyEndingStage, at now: Instant, in transaction: Store.Transaction) async throws -> Int {
        let notices = try await transaction.takeEndingKeys(stage, at: now, limit: Self.batch)
        for notice in notices {
            guard let end = notice.key.expiresAt else { continue }
            try await transaction.publish(APIKeyExpiring(notice, expiresAt: end, stage: stage))
        }
        return notices.count
    }

    private func recordEnds(at now: Instant, in transaction: Store.Transaction) async throws -> Int {
        let notices = try await transaction.takeExpiredKeys(at: now, limit: Self.batch)
        for notice in notices {
            try await transaction.record(
                IdentityAudit.APIKeyExpired(user: notice.key.user, key: notice.key.id), by: .system(component: "identity"))
        }
        return notices.count
    }
}
