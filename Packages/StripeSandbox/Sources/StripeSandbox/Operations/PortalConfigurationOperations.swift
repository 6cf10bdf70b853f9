internal import Core

extension Account {
    static let portalConfigurationOperations: [Operation] = [
        Operation("POST", "/v1/billing_portal/configurations") { account, call in
            let now = account.occasion.now
            var configuration = PortalConfiguration(id: account.ids.id("bpc"), created: now, updated: now)
            guard call.parameters.has("features") else { throw call.parameters.missing("features") }
            configuration.features.cancels = false
            configuration.features.showsInvoices = false
            configuration.features.updatesMethods = false
            try account.apply(call.parameters, to: &configuration)
            try call.parameters.finish()
            account.portalConfigurations.insert(configuration)
            account.announce("billing_portal.configuration.created", \.portalConfigurations, configuration.id)
            return configuration.json(in: account)
        },
        Operation("GET", "/v1/billing_portal/configurations") { account, call in
            let active = try call.parameters.bool("active")
            let isDefault = try call.parameters.bool("is_default")
            return try account.page(account.portalConfigurations.newestFirst, call, url: "/v1/billing_portal/configurations") {
                (active == nil || $0.isActive == active) && (isDefault == nil || $0.isDefault == isDefault)
            }
        },
        Operation("GET", "/v1/billing_portal/configurations/{id}") { account, call in
            try call.parameters.finish()
            return try account.portalConfiguration(call.id).json(in: account)
        },
        Operation("POST", "/v1/billing_portal/configurations/{id}") { account, call in
            var configuration = try account.portalConfiguration(call.id)
            if let active = try call.parameters.bool("active") {
                guard active || !configuration.isDefault else {
                    throw StripeError.refused("You cannot deactivate the default configuration.", param: "active")
                }
                configuration.isActive = active
            }
            try account.apply(call.parameters, to: &configuration)
            try call.parameters.finish()
            configuration.updated = account.occasion.now
            let updated = configuration
            account.change(\.portalConfigurations, configuration.id, "billing_portal.configuration.updated") { $0 = updated }
            return updated.json(in: account)
        },
    ]

    private func portalConfiguration(_ id: String) throws -> PortalConfiguration {
        guard let configuration = portalConfigurations[id] else { throw StripeError.noSuch("configuration", id) }
        return configuration
    }

    /// The configuration of a new visit: the one that is named, else the account's default, which allows everything.
    mutating func portalConfiguration(for parameters: Parameters) throws -> PortalConfiguration {
        if let id = try parameters.string("configuration") {
            guard let configuration = portalConfigurations[id] else {
                throw StripeError.noSuchParameter("configuration", id, param: "configuration")
            }
            guard configuration.isActive else {
                throw StripeError.refused("This configuration is not active.", param: "configuration")
            }
            return configuration
        }
        if let standard = portalConfigurations.newestFirst.first(where: \.isDefault) { return standard }
        var made = PortalConfiguration(id: ids.id("bpc"), created: occasion.now, updated: occasion.now, isDefault: true)
        made.features.updatesSubscription = true
        made.features.subscriptionUpdates = ["price"]
        portalConfigurations.insert(made)
        return made
    }

    private func apply(_ parameters: Parameters, to configuration: inout PortalConfiguration) throws {
        try parameters.clearable("name").apply(to: &configuration.name)
        if case .set(let url) = try parameters.clearable("default_return_url") {
            guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
                throw StripeError.invalid(
                    "Not a valid URL. URLs must begin with http or https.", code: "url_invalid", param: "default_return_url")
            }
            configuration.defaultReturnURL = url
        } else if parameters.isCleared("default_return_url") {
            configuration.defaultReturnURL = nil
        }
        if let profile = try parameters.branch("business_profile") {
            try profile.clearable("headline").apply(to: &configuration.headline)
            configuration.privacyPolicyURL = try profile.url("privacy_policy_url") ?? configuration.privacyPolicyURL
            configuration.termsURL = try profile.url("terms_of_service_url") ?? configuration.termsURL
        }
        try parameters.changeMetadata(&configuration.metadata)
        if let features = try parameters.branch("features") { try readFeatures(features, into: &configuration.features) }
    }

    private func readFeatures(_ given: Parameters, into features: inout PortalConfiguration.Features) throws {
        if let cancel = try given.branch("subscription_cancel") {
            features.cancels = try cancel.bool("enabled") ?? features.cancels
            if let mode = try cancel.string("mode") {
                guard ["at_period_end", "immediately"].contains(mode) else {
                    throw StripeError.invalid("Invalid mode: must be one of `at_period_end`, `immediately`", param: cancel.fullName("mode"))
                }
                features.cancelsAtPeriodEnd = mode == "at_period_end"
            }
            features.cancelProration = try proration(cancel) ?? features.cancelProration
            if let reason = try cancel.branch("cancellation_reason") {
                features.asksForReason = try reason.bool("enabled") ?? features.asksForReason
                features.reasons = try reason.strings("options") ?? features.reasons
            }
        }
        if let update = try given.branch("subscription_update") {
            features.updatesSubscription = try update.bool("enabled") ?? features.updatesSubscription
            features.subscriptionUpdates = try update.strings("default_allowed_updates") ?? features.subscriptionUpdates
            features.updateProration = try proration(update) ?? features.updateProration
            let products = try update.branches("products").map { entry in
                PortalConfiguration.Features.Product(product: try entry.required("product"), prices: try entry.strings("prices") ?? [])
            }
            for entry in products {
                guard self.products[entry.product] != nil else {
                    throw StripeError.noSuchParameter("product", entry.product, param: update.fullName("products"))
                }
                if let wrong = entry.prices.first(where: { prices[$0]?.product != entry.product }) {
                    throw StripeError.noSuchParameter("price", wrong, param: update.fullName("products"))
                }
            }
            if !products.isEmpty { features.products = products }
        }
        if let update = try given.branch("customer_update") {
            features.updatesCustomer = try update.bool("enabled") ?? features.updatesCustomer
            features.customerUpdates = try update.strings("allowed_updates") ?? features.customerUpdates
        }
        features.showsInvoices = try given.branch("invoice_history")?.bool("enabled") ?? features.showsInvoices
        features.updatesMethods = try given.branch("payment_method_update")?.bool("enabled") ?? features.updatesMethods
    }

    private func proration(_ parameters: Parameters) throws -> String? {
        guard let behavior = try parameters.string("proration_behavior") else { return nil }
        guard ["none", "create_prorations", "always_invoice"].contains(behavior) else {
            throw StripeError.invalid("Invalid proration_behavior", param: parameters.fullName("proration_behavior"))
        }
        return behavior
    }
}
