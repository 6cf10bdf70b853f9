public import Audit
public import Core
internal import Identity
internal import Orgs

/// Shows what another catalogue would change, and makes it the active one (BIL-010).
///
/// Processes start with the catalogue that is active, whatever file they find; one that runs goes on under its own, and cites it, until it
/// starts again.
public struct Catalogues<Store: BillingStore>: Sendable {
    let store: Store
    let dateSource: any DateSource

    /// Why nothing was activated.
    public enum Refusal: Error, Hashable, Sendable {
        /// Nobody says who activates it.
        case nobody
        /// A reason has 10 to 200 characters.
        case reason
        /// It is the active one.
        case active
        /// Live subscriptions have plans that it lacks.
        case orphans([PlanKey])
        /// It is in another currency than what is sold.
        case currency
    }

    /// Makes it; a process needs no readable active catalogue for it.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// What a catalogue would change.
    ///
    /// - Throws: ``CatalogueRefused`` when it changes an amount on record without a new version (BIL-005).
    public func preview(_ catalogue: Catalogue) async throws -> CataloguePreview {
        try await store.withTransaction(.system) { try await preview(catalogue, in: $0) }
    }

    /// Stores a catalogue as a version and makes it the active one, with its entry.
    ///
    /// - Throws: ``Refusal``; ``CatalogueRefused`` as ``preview(_:)`` does.
    public func activate(
        _ catalogue: Catalogue, because reason: String, by name: String, as actor: AuditActor
    ) async throws -> CataloguePreview {
        guard !name.isEmpty, name.count <= 100 else { throw Refusal.nobody }
        guard (10...200).contains(reason.count) else { throw Refusal.reason }
        return try await store.withTransaction(.system) { transaction in
            let preview = try await preview(catalogue, in: transaction)
            guard !preview.isActive else { throw Refusal.active }
            guard preview.orphaned.isEmpty else { throw Refusal.orphans(preview.orphaned) }
            let holdings = try await transaction.planHoldings()
            guard holdings.allSatisfy({ $0.amount.currency == catalogue.currency }) else { throw Refusal.currency }
            _ = try await transaction.activate(catalogue, by: name, summary: preview.json, at: dateSource.now)
            try await transaction.record(CataloguePublishedEntry(preview: preview, reason: reason, name: name), by: actor)
            return preview
        }
    }

    private func preview(_ catalogue: Catalogue, in transaction: Store.Transaction) async throws -> CataloguePreview {
        try await transaction.requirePrices(of: catalogue)
        // One that an older release stored and this one cannot read is replaced all the same.
        let old = try await transaction.lockedActiveCatalogue()
        return CataloguePreview(
            from: old.flatMap { try? $0.read() }, to: catalogue, version: try await transaction.version(of: catalogue),
            holdings: try await transaction.planHoldings())
    }
}
