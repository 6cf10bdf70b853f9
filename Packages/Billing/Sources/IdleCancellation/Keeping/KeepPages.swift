internal import Audit
public import Core
public import Identity
public import Observability

/// The keep page over the store of cases and the one way by which cancellations are taken back.
public struct KeepPages<Store: IdleStore, Reversing: IdleReversing>: KeepPageResponding where Reversing.Transaction == Store.Transaction {
    private let store: Store
    private let reversing: Reversing
    private let tokens: any KeepTokenSigning
    private let names: any IdleNaming
    private let dateSource: any DateSource
    private let metrics: Metrics

    /// Makes the page.
    public init(
        store: Store, reversing: Reversing, tokens: any KeepTokenSigning, names: any IdleNaming, dateSource: any DateSource,
        metrics: Metrics
    ) {
        self.store = store
        self.reversing = reversing
        self.tokens = tokens
        self.names = names
        self.dateSource = dateSource
        self.metrics = metrics
    }

    /// Reads the case and whether the link was used.
    public func show(_ token: String) async throws -> KeepPage {
        try await counted("GET") { try await read(token).page }
    }

    /// Accepts the reversal; the use of the link is stored in the same transaction, and only then (IDL-050).
    public func act(_ token: String) async throws -> KeepPage {
        try await counted("POST") {
            let reading = try await read(token)
            guard case .pending(let facts) = reading.page, let found = reading.found else { return reading.page }
            let request = ReversalRequest(
                case: found.idleCase.id, via: .link, actor: .link(AuditReference(found.idleCase.id)), tokenHash: found.hash)
            let outcome = try await store.withTransaction(.system) { try await reversing.accept(request, in: $0) }
            return switch outcome {
            case .superseded, .accepted, .alreadyUsed: .continues(facts)
            case .notReversible(let idleCase): KeepPageRows.page(for: idleCase, isUsed: false, facts)
            case .tooLate: .periodEnded
            case .absent: .invalid
            }
        }
    }

    private struct Reading: Sendable {
        let page: KeepPage
        var found: (idleCase: IdleCase, hash: [UInt8])?
    }

    private func read(_ token: String) async throws -> Reading {
        switch tokens.verify(token, now: dateSource.now) {
        case .invalid: return Reading(page: .invalid)
        case .expired: return Reading(page: .periodEnded)
        case .valid(let claims, let hash):
            guard let idleCase = try await store.idleCase(claims.idleCase), idleCase.subscription == claims.subscription,
                let names = try await names.names(of: idleCase)
            else { return Reading(page: .invalid) }
            let facts = KeepPageFacts(resource: names.resource, org: names.org, periodEnd: claims.periodEnd)
            let page = KeepPageRows.page(for: idleCase, isUsed: try await store.isLinkUsed(hash), facts)
            return Reading(page: page, found: (idleCase, hash))
        }
    }

    private func counted(_ method: String, _ answer: () async throws -> KeepPage) async throws -> KeepPage {
        let page = try await answer()
        metrics.counter(
            "trellis_idle_keep_page_total", help: "Keep pages, by method and what they said.",
            labels: [Label("method", method), Label("result", page.result)]
        ).increment()
        return page
    }
}

/// The rows of S5 that depend on the case.
enum KeepPageRows {
    /// The rows of S5. An end by somebody else is told even to who used the link before it: what they read would not be true any more.
    static func page(for idleCase: IdleCase, isUsed: Bool, _ facts: KeepPageFacts) -> KeepPage {
        switch idleCase.state {
        case .decided, .confirmed: isUsed ? .continues(facts) : .pending(facts)
        case .reversing, .kept, .superseded, .driftCorrected: isUsed ? .continues(facts) : .alreadyActive(facts)
        case .overridden, .held, .lapsed, .missed, .keepFailed: .endedOtherwise(facts)
        case .completed: .periodEnded
        }
    }
}
