import Billing
import Core
import Testing

@Suite struct CatalogueTests {
    private func document() throws -> [String: JSONValue] {
        try #require(try JSON.decode(JSONValue.self, from: BuiltInCatalogue.bytes()).objectValue)
    }

    /// The pointers of all faults of the built-in file after a change.
    private func pointers(_ change: (inout [String: JSONValue]) -> Void) throws -> [String] {
        var document = try document()
        change(&document)
        do {
            _ = try Catalogue(reading: JSON.encode(JSONValue.object(document)))
            return []
        } catch let refused as CatalogueRefused {
            return refused.faults.map(\.pointer)
        }
    }

    private func changingPlan(_ index: Int, _ field: String, to value: JSONValue?) throws -> [String] {
        try pointers { document in
            guard case .array(var plans) = document["plans"], case .object(var plan) = plans[index] else { return }
            plan[field] = value
            plans[index] = .object(plan)
            document["plans"] = .array(plans)
        }
    }

    @Test func `BIL-002 the built-in catalogue has the figures of the documents`() throws {
        let catalogue = try BuiltInCatalogue.load()
        let figures = catalogue.plans.values.map { plan in
            "\(plan.key) \(plan.prices[.monthly]?.minorUnits ?? -1) \(plan.monthlyCredits)"
        }
        #expect(
            figures.sorted() == [
                "addon:priority-support 4900 0", "graph:ladybug-large 29900 32000", "graph:ladybug-standard 9900 8000",
                "graph:ladybug-xlarge 69900 100000", "repository:sec/advanced 9900 17000", "repository:sec/starter 2900 5000",
            ])
        guard case .graph(let large) = catalogue.plans[.graph("ladybug-large")]?.limits else { return #expect(Bool(false)) }
        #expect([large.subgraphs, large.backupsPerDay, large.backupMaxGB, large.storageCapGB, large.documents] == [10, 10, 50, 50, 1_000])
        guard case .graph(let xlarge) = catalogue.plans[.graph("ladybug-xlarge")]?.limits else { return #expect(Bool(false)) }
        #expect(xlarge.backupsPerDay == nil)
        #expect(xlarge.copiesPerDay == nil)
        #expect(xlarge.backupRetentionDays == 90)
        let policies = try #require(catalogue.plans[.graph("ladybug-standard")]).policies
        #expect(policies.unusedTime == .accountCredit)
        #expect(policies.unusedTimeMinimum == 50)
        #expect((policies.graceDays, policies.finalDays) == (14, 28))
        #expect(catalogue.checkout.life == .hours(2))
        #expect(catalogue.tokenPrices.rates["gpt-3.5"]?.output == 150)
        #expect(catalogue.plans[.addon("priority-support")]?.isOnSale == false)
        #expect(catalogue.sellingAllAddons().plans[.addon("priority-support")]?.isOnSale == true)
    }

    @Test(
        arguments: [
            ("currency", nil, "/currency"), ("currency", "dollars", "/currency"), ("issuer", nil, "/issuer"), ("plans", 5, "/plans"),
            ("surprise", 1, "/surprise"), ("graphs", [:], "/graphs"), ("token_prices", nil, "/token_prices"),
            ("addons", [], "/plans/5/key"),
            ("tiers", [], "/plans/0/key"), ("repositories", [], "/plans/3/key"),
            ("dunning", ["notice_days": [-1], "days_before_end": 1], "/dunning/notice_days/0"),
            ("checkout", ["life_minutes": 5], "/checkout/life_minutes"), ("checkout", ["life_minutes": "2 h"], "/checkout/life_minutes"),
            ("included_operations", [1], "/included_operations/0"), ("refunds", ["x": 1], "/refunds/x"),
            ("notices", ["x": 1], "/notices/x"),
        ] as [(String, JSONValue?, String)])
    func `BIL-001 a fault at the top names its pointer`(field: String, value: JSONValue?, pointer: String) throws {
        #expect(try pointers { $0[field] = value }.contains(pointer))
    }

    @Test(
        arguments: [
            ("key", nil, "key"), ("key", "graph", "key"), ("key", "graph:Ladybug", "key"), ("key", "graph:unknown", "key"),
            ("key", "graph:ladybug-large", "key"), ("version", 0, "version"), ("version", "1", "version"),
            ("display_name", "", "display_name"),
            ("description", nil, "description"), ("features", "x", "features"), ("prices", [], "prices"), ("prices", nil, "prices"),
            ("prices", [["interval": "weekly", "amount_cents": 1]], "prices/0/interval"),
            ("prices", [["interval": "monthly", "amount_cents": -1]], "prices/0/amount_cents"),
            ("prices", [["interval": "monthly", "amount_cents": 1.5]], "prices/0/amount_cents"),
            ("prices", [["interval": "monthly", "amount_cents": 1], ["interval": "monthly", "amount_cents": 2]], "prices"),
            ("trial_days", -1, "trial_days"), ("monthly_ai_credits", -1, "monthly_ai_credits"), ("sellable", "yes", "sellable"),
            ("provisioning_failure", "shrug", "provisioning_failure"), ("dispute", "ignore", "dispute"), ("grace_days", 99, "final_days"),
            ("provisioning_failure", "account_credit", "provisioning_failure"),
            ("plan_change", ["downgrade": "period_end"], "plan_change/downgrade"),
            ("plan_change", ["proration": "later"], "plan_change/proration"), ("plan_change", ["downgrade": 1], "plan_change/downgrade"),
            ("immediate_cancel", ["unused_time": "keep"], "immediate_cancel/unused_time"),
            ("immediate_cancel", ["minimum_cents": -1], "immediate_cancel/minimum_cents"),
            ("limits", nil, "limits/backup_retention_days"),
            ("limits", ["backup_retention_days": 7, "copy_timeout_seconds": 900, "nodes": -1], "limits/nodes"),
            ("limits", ["backup_retention_days": 7, "copy_timeout_seconds": 900, "speed": 1], "limits/speed"),
            ("colour", "red", "colour"),
        ] as [(String, JSONValue?, String)])
    func `BIL-001 BIL-003 a fault in a plan names its pointer`(field: String, value: JSONValue?, name: String) throws {
        #expect(
            try changingPlan(0, field, to: value).contains("/plans/0/\(name)")
                || changingPlan(0, field, to: value).contains("/plans/1/\(name)"))
    }

    @Test func `BIL-001 all faults are told at once and a section is for its owner to check`() throws {
        struct Graphs: CatalogueSection {
            let name = "graphs"
            func faults(in section: JSONValue) -> [CatalogueFault] {
                section["retention_days"] == nil ? [CatalogueFault(pointer: "/graphs/retention_days", reason: "is required")] : []
            }
        }
        var document = try document()
        document["graphs"] = [:]
        document["currency"] = 7
        let bytes = try JSON.encode(JSONValue.object(document))
        let refused = #expect(throws: CatalogueRefused.self) { try Catalogue(reading: bytes, sections: [Graphs()]) }
        #expect(refused?.faults.map(\.pointer).sorted() == ["/currency", "/currency", "/graphs/retention_days"])
    }

    @Test func `BIL-003 a plan is found under its accepted spellings and no other`() throws {
        let catalogue = try BuiltInCatalogue.load()
        #expect(try catalogue.plan(named: "ladybug-large", of: .graph, repository: nil).key == .graph("ladybug-large"))
        #expect(try catalogue.plan(named: "starter", of: .repository, repository: "sec").key == .repository("sec", "starter"))
        #expect(try catalogue.plan(named: "sec-starter", of: .repository, repository: "sec").key == .repository("sec", "starter"))
        for (name, type, repository) in [
            ("ladybug-huge", ResourceType.graph, nil), ("starter", .repository, nil), ("starter", .repository, "industry"),
            ("sec-sec-starter", .repository, "sec"), ("", .graph, nil), ("starter", .graph, "sec"),
        ] as [(String, ResourceType, String?)] {
            #expect(throws: BillingError.unknownPlan(name)) { try catalogue.plan(named: name, of: type, repository: repository) }
        }
    }

    @Test func `BIL-004 BIL-007 names come from one function and lists are cheapest first`() throws {
        let catalogue = try BuiltInCatalogue.load()
        #expect(catalogue.displayName(of: .graph("ladybug-standard")) == "Ladybug Standard")
        #expect(catalogue.displayName(of: .graph("gone")) == "gone")
        #expect(catalogue.plansBySize(of: .graph).map(\.key.name) == ["ladybug-standard", "ladybug-large", "ladybug-xlarge"])
    }
}
