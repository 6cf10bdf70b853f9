internal import Core

extension Catalogue {
    /// Reads a catalogue file and checks it whole.
    ///
    /// - Parameter sections: the packages that own the other sections; a section that nobody owns is an unknown key.
    /// - Throws: ``CatalogueRefused`` with every fault found, each with its JSON pointer.
    public init(reading bytes: [UInt8], sections: [any CatalogueSection] = []) throws(CatalogueRefused) {
        let document: JSONValue
        do {
            document = try JSON.decode(JSONValue.self, from: bytes)
        } catch {
            throw CatalogueRefused(faults: [CatalogueFault(pointer: "", reason: "is not valid JSON")])
        }
        let faults = CatalogueFaults()
        let catalogue = CatalogueReader.reading(document, at: "", faults: faults) { reader in
            Catalogue(reader, document: document, sections: sections, faults: faults)
        }
        guard faults.all.isEmpty else { throw CatalogueRefused(faults: faults.all) }
        self = catalogue
    }

    private init(_ reader: CatalogueReader, document: JSONValue, sections: [any CatalogueSection], faults: CatalogueFaults) {
        let currency = Self.currency(reader)
        self.currency = currency
        self.document = document
        issuer = reader.object("issuer", Issuer.init)
        (dunningNoticeDays, dunningDaysBeforeEnd) = reader.object("dunning", Self.dunning)
        reader.optionalObject("refunds") { _ in }
        reader.optionalObject("notices") { _ in }
        checkout = reader.object("checkout", CheckoutSettings.init)
        includedOperations = reader.strings("included_operations")
        tokenPrices = reader.object("token_prices", TokenPrices.init)
        repositories = reader.objects("repositories", Repository.init)
        let tierList = reader.objects("tiers", Tier.init)
        let addons = reader.strings("addons")
        let planList = reader.objects("plans") { Plan($0, currency: currency) }.compactMap(\.self)

        Self.refuseRepeats(planList.map(\.key.description), in: "/plans", field: "key", faults)
        Self.refuseRepeats(tierList.map(\.name), in: "/tiers", field: "name", faults)
        Self.refuseRepeats(repositories.map(\.slug), in: "/repositories", field: "slug", faults)
        plans = Dictionary(planList.map { ($0.key, $0) }) { first, _ in first }
        tiers = Dictionary(tierList.map { ($0.name, $0) }) { first, _ in first }
        otherSections = Self.otherSections(reader, sections: sections, faults: faults)
        checkThatPlansStandOnSomething(planList, addons: addons, faults: faults)
    }

    private static func currency(_ reader: CatalogueReader) -> Currency {
        guard let currency = Currency(reader.string("currency")) else {
            reader.fault("currency", "must be an ISO 4217 code of three letters")
            return .usd
        }
        return currency
    }

    private static func dunning(_ reader: CatalogueReader) -> ([Int], Int) {
        let days = reader.list("notice_days").enumerated().compactMap { index, value -> Int? in
            if let day = value.integerValue, (0...90).contains(day) { return Int(day) }
            reader.fault("notice_days/\(index)", "must be from 0 to 90")
            return nil
        }
        return (days, Int(reader.integer("days_before_end", in: 0...30)))
    }

    private static func otherSections(
        _ reader: CatalogueReader, sections: [any CatalogueSection], faults: CatalogueFaults
    ) -> [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        for section in sections {
            guard let value = reader.value(section.name) else { continue }
            found[section.name] = value
            section.faults(in: value).forEach { faults.add($0.pointer, $0.reason) }
        }
        return found
    }

    private static func refuseRepeats(_ names: [String], in pointer: String, field: String, _ faults: CatalogueFaults) {
        var seen: Set<String> = []
        for (index, name) in names.enumerated() where !seen.insert(name).inserted {
            faults.add("\(pointer)/\(index)/\(field)", "is there twice")
        }
    }

    private func checkThatPlansStandOnSomething(_ list: [Plan], addons: [String], faults: CatalogueFaults) {
        for (index, plan) in list.enumerated() {
            let pointer = "/plans/\(index)"
            switch plan.key.resourceType {
            case .graph where tiers[plan.key.name] == nil: faults.add(pointer + "/key", "names a tier that is not listed in /tiers")
            case .repository where !repositories.contains(where: { $0.slug == plan.key.repository }):
                faults.add(pointer + "/key", "names a repository that is not listed in /repositories")
            case .addon where !addons.contains(plan.key.name): faults.add(pointer + "/key", "names an add-on that is not listed in /addons")
            default: break
            }
        }
        for (index, tier) in tiers.keys.sorted().enumerated() where plans[.graph(tier)] == nil {
            faults.add("/tiers/\(index)/name", "has no plan graph:\(tier)")
        }
    }
}

extension Catalogue.Issuer {
    init(_ reader: CatalogueReader) {
        name = reader.string("name")
        address = reader.strings("address")
        taxID = reader.optionalString("tax_id")
        numberPrefix = reader.string("number_prefix")
    }
}

extension Catalogue.CheckoutSettings {
    init(_ reader: CatalogueReader) {
        // The provider takes 30 minutes to 24 hours (Stripe, checkout.session.expires_at).
        life = .minutes(Int(reader.integer("life_minutes", in: 31...1_440)))
        allowPromotionCodes = reader.bool("allow_promotion_codes", default: false)
    }
}

extension Catalogue.Tier {
    init(_ reader: CatalogueReader) {
        name = reader.string("name")
        infrastructure = reader.string("infrastructure")
        instanceType = reader.optionalString("instance_type")
        backend = reader.string("backend")
        apiRateMultiplier = reader.number("api_rate_multiplier", default: 1)
        prioritySupport = reader.bool("priority_support", default: false)
    }
}

extension Catalogue.Repository {
    init(_ reader: CatalogueReader) {
        slug = reader.string("slug")
        name = reader.string("name")
        description = reader.string("description")
        comingSoon = reader.bool("coming_soon", default: false)
    }
}

extension Catalogue.TokenPrices {
    init(_ reader: CatalogueReader) {
        minimum = reader.integer("minimum_hundredths", in: 0...1_000_000)
        let fallback = reader.string("unknown_models_as")
        let rates = reader.object("rates") { all in
            Dictionary(
                uniqueKeysWithValues: all.names.map { name in
                    (
                        name,
                        all.object(name) {
                            Rate(
                                input: $0.integer("input_hundredths", in: 0...10_000_000),
                                output: $0.integer("output_hundredths", in: 0...10_000_000))
                        }
                    )
                })
        }
        if rates[fallback] == nil { reader.fault("unknown_models_as", "names a class that has no rate") }
        self.rates = rates
        self.fallback = fallback
    }
}
