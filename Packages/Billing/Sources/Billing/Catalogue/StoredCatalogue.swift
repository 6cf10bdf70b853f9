public import Core

/// A catalogue as it was stored when it was activated (BIL-010).
public struct StoredCatalogue: Sendable, Hashable {
    /// By what it is known: the SHA-256 of its document as the database writes it.
    public let version: String
    /// The file.
    public let document: JSONValue

    /// Describes a stored catalogue.
    public init(version: String, document: JSONValue) {
        self.version = version
        self.document = document
    }

    /// Reads it; what is decided under it cites its version.
    ///
    /// - Throws: ``CatalogueRefused`` when this release asks for more than the stored one has: then another one has to be activated.
    public func read(sections: [any CatalogueSection] = []) throws -> Catalogue {
        var catalogue = try Catalogue(reading: JSON.encode(document), sections: sections)
        catalogue.version = version
        return catalogue
    }
}

/// What live subscriptions have of one version of a plan.
public struct PlanHolding: Sendable, Hashable {
    /// Which version.
    public let plan: PlanReference
    /// How often they are charged.
    public let interval: BillingInterval
    /// What each pays, an interval.
    public let amount: Money
    /// How many there are.
    public let subscriptions: Int
    /// How many of them go on to be paid for.
    public let paying: Int

    /// Describes a holding.
    public init(plan: PlanReference, interval: BillingInterval, amount: Money, subscriptions: Int, paying: Int) {
        self.plan = plan
        self.interval = interval
        self.amount = amount
        self.subscriptions = subscriptions
        self.paying = paying
    }
}

/// Reads and changes which catalogue is active.
public protocol CatalogueTransaction {
    /// The one that is active, kept as it is until the end of the unit of work; `nil` on a new database.
    func lockedActiveCatalogue() async throws -> StoredCatalogue?

    /// By what a catalogue would be known.
    func version(of catalogue: Catalogue) async throws -> String

    /// The plans that live subscriptions have.
    func planHoldings() async throws -> [PlanHolding]

    /// Stores a catalogue with its prices and makes it the active one.
    ///
    /// - Parameters:
    ///   - name: who activates it.
    ///   - summary: what it changes.
    /// - Throws: ``CatalogueRefused`` when an amount on record has changed without a new version (BIL-005).
    func activate(_ catalogue: Catalogue, by name: String, summary: JSONValue, at now: Instant) async throws -> StoredCatalogue

    /// Compares the prices of a catalogue with those on record.
    ///
    /// - Throws: ``CatalogueRefused`` when an amount on record has changed without a new version (BIL-005).
    func requirePrices(of catalogue: Catalogue) async throws
}
