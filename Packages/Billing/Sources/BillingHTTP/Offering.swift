internal import Billing
internal import Core

/// The public price list, in the shape that the published client reads; computed once from the catalogue.
enum Offering {
    static func document(_ catalogue: Catalogue, isBillingEnabled: Bool) -> JSONValue {
        let tiers = catalogue.plansBySize(of: .graph).compactMap { plan in catalogue.tiers[plan.key.name].map { tier(plan, $0) } }
        let repositories = catalogue.repositories.map { repository($0, catalogue) }
        let enabled = repositories.filter { $0["enabled"] == true }.count
        return [
            "billing_enabled": .bool(isBillingEnabled),
            "graph_subscriptions": [
                "description": "A graph database of your own, billed per graph.", "pricing_model": "per_graph", "tiers": .array(tiers),
                "notes": ["Each graph has a subscription of its own.", "AI credits do not roll over to the next month."],
            ],
            "repository_subscriptions": [
                "description": "Shared repositories, billed to the organisation per seat.", "pricing_model": "per_organization",
                "repositories": .array(repositories), "notes": ["AI credits do not roll over to the next month."],
            ],
            "operation_costs": operationCosts(catalogue),
            "summary": [
                "total_graph_tiers": .integer(Int64(tiers.count)), "total_repositories": .integer(Int64(repositories.count)),
                "enabled_repositories": .integer(Int64(enabled)),
                "coming_soon_repositories": .integer(Int64(catalogue.repositories.filter(\.comingSoon).count)),
            ],
        ]
    }

    private static func tier(_ plan: Plan, _ tier: Catalogue.Tier) -> JSONValue {
        var limits: GraphPlanLimits?
        if case .graph(let graph) = plan.limits { limits = graph }
        return [
            "name": .string(tier.name), "display_name": .string(plan.displayName), "description": .string(plan.description),
            "monthly_price_per_graph": dollars(plan.prices[.monthly]), "monthly_credits_per_graph": .integer(Int64(plan.monthlyCredits)),
            "infrastructure": .string(tier.infrastructure), "features": .array(plan.features.map { .string($0) }),
            "backup_retention_days": .integer(Int64(limits?.backupRetentionDays ?? 0)), "priority_support": .bool(tier.prioritySupport),
            "api_rate_multiplier": .number(tier.apiRateMultiplier), "backend": .string(tier.backend),
            "max_subgraphs": limits?.subgraphs.map { .integer(Int64($0)) } ?? 0,
            "instance_type": tier.instanceType.map { .string($0) } ?? nil,
            "instance_storage_limit_gb": .number(Double(limits?.storageCapGB ?? 0)), "available": .bool(plan.isOnSale),
        ]
    }

    private static func repository(_ repository: Catalogue.Repository, _ catalogue: Catalogue) -> JSONValue {
        let plans = catalogue.plansBySize(of: .repository).filter { $0.key.repository == repository.slug }
        return [
            "type": .string(repository.slug), "name": .string(repository.name), "description": .string(repository.description),
            "enabled": .bool(plans.contains(where: catalogue.isOnSale)), "coming_soon": .bool(repository.comingSoon),
            "plans": .array(plans.map(plan)),
        ]
    }

    private static func plan(_ plan: Plan) -> JSONValue {
        var limits: RepositoryPlanLimits?
        if case .repository(let repository) = plan.limits { limits = repository }
        let number: (Int?) -> JSONValue = { $0.map { .integer(Int64($0)) } ?? .null }
        return [
            "plan": .string(plan.key.name), "name": .string(plan.displayName), "monthly_price": dollars(plan.prices[.monthly]),
            "monthly_credits": .integer(Int64(plan.monthlyCredits)), "access_level": .string(limits?.accessLevel ?? "read"),
            "features": .array(plan.features.map { .string($0) }),
            "rate_limits": [
                "queries_per_hour": number(limits?.queries.perHour), "mcp_queries_per_hour": number(limits?.mcp.perHour),
                "searches_per_hour": number(limits?.search.perHour), "agent_calls_per_hour": number(limits?.agent.perHour),
            ],
        ]
    }

    private static func operationCosts(_ catalogue: Catalogue) -> JSONValue {
        let prices = catalogue.tokenPrices
        let rates = prices.rates.mapValues { rate -> JSONValue in
            ["input_per_1k_tokens": hundredths(rate.input), "output_per_1k_tokens": hundredths(rate.output)]
        }
        return [
            "description": "Only the use of AI tokens costs credits.", "ai_operations": ["minimum_per_use": hundredths(prices.minimum)],
            "token_pricing": .object(rates), "included_operations": .array(catalogue.includedOperations.map { .string($0) }),
            "notes": [
                .string("A model that is not listed is priced as \(prices.fallback)."), "AI credits do not roll over to the next month.",
            ],
        ]
    }

    /// Exact to the cent: a whole number of cents below 2^53 has one nearest decimal.
    private static func dollars(_ amount: Money?) -> JSONValue {
        hundredths(amount?.minorUnits ?? 0)
    }

    private static func hundredths(_ value: Int64) -> JSONValue {
        .number(Double(value) / 100)
    }
}
