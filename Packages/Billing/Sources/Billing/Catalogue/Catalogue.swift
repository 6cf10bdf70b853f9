public import Core

/// Everything that is on sale and by which figures billing works; read from one file and checked before anything starts (BIL-001).
public struct Catalogue: Hashable, Sendable {
    /// The currency of all prices.
    public let currency: Currency
    /// Who sells.
    public let issuer: Issuer
    /// All plans, by key.
    public internal(set) var plans: [PlanKey: Plan]
    /// What the offering tells about graph tiers, by tier.
    public let tiers: [String: Tier]
    /// Shared repositories, by slug.
    public let repositories: [Repository]
    /// What AI tokens cost.
    public let tokenPrices: TokenPrices
    /// Operations that cost no credits.
    public let includedOperations: [String]
    /// On which days after a failed renewal the customer is told.
    public let dunningNoticeDays: [Int]
    /// How many days before the final deadline the customer is told once more.
    public let dunningDaysBeforeEnd: Int
    /// Figures of the hosted payment page.
    public let checkout: CheckoutSettings
    /// The sections of other packages, which check them themselves.
    public let otherSections: [String: JSONValue]
    /// The file as it was read.
    public let document: JSONValue
    /// By which version it is stored; `nil` for a file that is not the active catalogue.
    public internal(set) var version: String?

    /// The plan with a key.
    ///
    /// - Throws: ``BillingError/unknownPlan(_:)`` when there is none; nothing ever falls back to another plan (BIL-003).
    public func plan(_ key: PlanKey) throws(BillingError) -> Plan {
        guard let plan = plans[key] else { throw .unknownPlan(key.description) }
        return plan
    }

    /// The plan that a caller named in one of the accepted spellings: a tier name, or `starter` or `sec-starter` with the repository.
    ///
    /// - Throws: ``BillingError/unknownPlan(_:)`` when no plan has that name.
    public func plan(named name: String, of type: ResourceType, repository: String?) throws(BillingError) -> Plan {
        let candidates: [PlanKey]
        switch (type, repository) {
        case (.graph, _): candidates = [.graph(name)]
        case (.addon, _): candidates = [.addon(name)]
        case (.repository, .some(let slug)):
            candidates = plans.keys.filter { key in
                key.repository == slug && (key.name == name || slug + "-" + key.name == name)
            }
        case (.repository, .none): candidates = []
        }
        guard let plan = candidates.compactMap({ plans[$0] }).first else { throw .unknownPlan(name) }
        return plan
    }

    /// The name for people of every plan in every response, invoice line and mail (BIL-004); a plan no longer listed shows its own name.
    public func displayName(of key: PlanKey) -> String {
        plans[key]?.displayName ?? key.name
    }

    /// The same catalogue with every add-on on sale, as the sandbox mode offers it (billing.md, section 3).
    public func sellingAllAddons() -> Catalogue {
        var copy = self
        for key in plans.keys where key.resourceType == .addon { copy.plans[key]?.sellable = true }
        return copy
    }

    /// Whether a plan can be bought: itself, and the repository whose seats it sells (BIL-008).
    public func isOnSale(_ plan: Plan) -> Bool {
        plan.isOnSale && !repositories.contains { $0.slug == plan.key.repository && $0.comingSoon }
    }

    /// Plans of one resource type, cheapest first, then by name.
    public func plansBySize(of type: ResourceType) -> [Plan] {
        plans.values.filter { $0.key.resourceType == type }.sorted { left, right in
            (left.monthlyAmount, left.key) < (right.monthlyAmount, right.key)
        }
    }
}

extension Plan {
    /// Cents per month; plans without a monthly price come last in lists.
    var monthlyAmount: Int64 { prices[.monthly]?.minorUnits ?? .max }
}

extension Catalogue {
    /// Who sells, as invoices name it.
    public struct Issuer: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The postal address, line by line.
        public let address: [String]
        /// The tax id.
        public let taxID: String?
        /// What own invoice numbers begin with.
        public let numberPrefix: String
    }

    /// What the offering tells about a graph tier beside its plan.
    public struct Tier: Hashable, Sendable {
        /// The tier's name, which is also its plan's.
        public let name: String
        /// What it runs on, for people.
        public let infrastructure: String
        /// The kind of machine.
        public let instanceType: String?
        /// The kind of engine.
        public let backend: String
        /// The request rate against the base rate.
        public let apiRateMultiplier: Double
        /// Whether support answers first.
        public let prioritySupport: Bool
    }

    /// A shared repository on offer.
    public struct Repository: Hashable, Sendable {
        /// Its slug.
        public let slug: String
        /// Its name for people.
        public let name: String
        /// What it is.
        public let description: String
        /// Whether it is announced only.
        public let comingSoon: Bool
    }

    /// What AI tokens cost.
    public struct TokenPrices: Hashable, Sendable {
        /// Credits per 1,000 tokens, in hundredths.
        public struct Rate: Hashable, Sendable {
            /// For what is read.
            public let input: Int64
            /// For what is written.
            public let output: Int64
        }
        /// Rates by model class.
        public let rates: [String: Rate]
        /// The class by which unknown models are priced.
        public let fallback: String
        /// The least one use costs, in hundredths.
        public let minimum: Int64
    }

    /// Figures of the hosted payment page.
    public struct CheckoutSettings: Hashable, Sendable {
        /// How long a session can be paid.
        public let life: Duration
        /// Whether promotion codes may be entered.
        public let allowPromotionCodes: Bool
    }
}
