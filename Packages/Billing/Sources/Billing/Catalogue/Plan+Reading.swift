internal import Core

extension Plan {
    /// Reads one plan; `nil` after a fault that leaves nothing to go on with.
    init?(_ reader: CatalogueReader, currency: Currency) {
        let text = reader.string("key")
        let key = PlanKey(text)
        if key == nil, !text.isEmpty { reader.fault("key", "must be resource type, colon and name") }
        version = Int(reader.integer("version", in: 1...1_000_000))
        displayName = reader.string("display_name")
        description = reader.string("description")
        features = reader.strings("features")
        trialDays = Int(reader.integer("trial_days", in: 0...730, default: 0))
        monthlyCredits = Int(reader.integer("monthly_ai_credits", in: 0...1_000_000_000, default: 0))
        sellable = reader.bool("sellable", default: true)
        comingSoon = reader.bool("coming_soon", default: false)
        policies = Policies(reader)
        prices = Self.prices(reader, currency: currency)
        limits = reader.optionalObject("limits") { PlanLimits($0, of: key?.resourceType ?? .addon) }
        guard let key else { return nil }
        self.key = key
    }

    private static func prices(_ reader: CatalogueReader, currency: Currency) -> [BillingInterval: Money] {
        let list = reader.objects("prices") { price in
            (
                price.word("interval", default: BillingInterval.monthly),
                Money(minorUnits: price.integer("amount_cents", in: 0...100_000_000), currency: currency)
            )
        }
        if list.isEmpty { reader.fault("prices", "must hold at least one price") }
        if Set(list.map(\.0)).count != list.count { reader.fault("prices", "must name each interval once") }
        return Dictionary(list) { first, _ in first }
    }
}

extension Plan.Policies {
    init(_ reader: CatalogueReader) {
        idleAutoCancel = reader.bool("idle_auto_cancel", default: true)
        (unusedTime, unusedTimeMinimum) = reader.optionalObject("immediate_cancel") {
            ($0.word("unused_time", default: .accountCredit), $0.integer("minimum_cents", in: 0...1_000_000, default: 50))
        }
        provisioningFailure = reader.word("provisioning_failure", default: .refund)
        if provisioningFailure != .refund { reader.fault("provisioning_failure", "must be refund: nothing else is carried out yet") }
        (proration, downgrade) = reader.optionalObject("plan_change") {
            let downgrade = $0.word("downgrade", default: Downgrade.now)
            if downgrade != .now { $0.fault("downgrade", "must be now: nothing else is carried out yet") }
            return ($0.word("proration", default: .nextInvoice), downgrade)
        }
        graceDays = Int(reader.integer("grace_days", in: 0...365, default: 14))
        finalDays = Int(reader.integer("final_days", in: 0...365, default: 28))
        dispute = reader.word("dispute", default: .keep)
        if finalDays < graceDays { reader.fault("final_days", "must not be before grace_days") }
    }
}

extension PlanLimits {
    init(_ reader: CatalogueReader, of type: ResourceType) {
        switch type {
        case .graph: self = .graph(GraphPlanLimits(reader))
        case .repository: self = .repository(RepositoryPlanLimits(reader))
        case .addon: self = .addon
        }
    }
}

extension GraphPlanLimits {
    init(_ reader: CatalogueReader) {
        subgraphs = reader.limit("subgraphs")
        backupsPerDay = reader.limit("backups_per_day")
        backupRetentionDays = Int(reader.integer("backup_retention_days", in: 1...3_650))
        backupMaxGB = reader.limit("backup_max_gb")
        backupDownloads = reader.limit("backup_downloads_per_month")
        documents = reader.limit("documents")
        storageCapGB = reader.limit("storage_cap_gb")
        copiesPerDay = reader.limit("copies_per_day")
        copyMaxGB = reader.limit("copy_max_gb")
        copyTimeoutSeconds = Int(reader.integer("copy_timeout_seconds", in: 1...86_400))
        rowsPerCopy = reader.limit("rows_per_copy")
        nodes = reader.limit("nodes")
        relationships = reader.limit("relationships")
    }
}

extension RepositoryPlanLimits {
    init(_ reader: CatalogueReader) {
        accessLevel = reader.string("access_level")
        backupDownloads = reader.limit("backup_downloads_per_month")
        queries = reader.optionalObject("queries", Rate.init)
        mcp = reader.optionalObject("mcp", Rate.init)
        search = reader.optionalObject("search", Rate.init)
        agent = reader.optionalObject("agent", Rate.init)
        if !["read", "write", "admin"].contains(accessLevel) { reader.fault("access_level", "must be one of read, write, admin") }
    }
}

extension RepositoryPlanLimits.Rate {
    init(_ reader: CatalogueReader) {
        perMinute = reader.limit("per_minute")
        perHour = reader.limit("per_hour")
        perDay = reader.limit("per_day")
    }
}
