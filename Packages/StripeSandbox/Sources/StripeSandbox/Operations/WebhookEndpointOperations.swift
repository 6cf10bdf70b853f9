internal import Core

extension Account {
    static let endpointOperations: [Operation] = [
        Operation("POST", "/v1/webhook_endpoints") { account, call in
            let parameters = call.parameters
            guard let url = try parameters.url("url") else { throw parameters.missing("url") }
            guard let types = try parameters.strings("enabled_events"), !types.isEmpty else { throw parameters.missing("enabled_events") }
            let version = try parameters.string("api_version")
            if let version { _ = try StripeVersion.accept(version) }
            let description = try parameters.string("description")
            let metadata = try parameters.metadata()
            try parameters.finish()
            let endpoint = account.addEndpoint(
                url: url, types: types, secret: nil, version: version, description: description, metadata: metadata)
            // The secret is shown this once.
            guard case .object(var members) = endpoint.json(in: account) else { return .null }
            members["secret"] = JSONValue(endpoint.secrets.first)
            return .object(members)
        },
        Operation("GET", "/v1/webhook_endpoints") { try $0.page($0.endpoints.newestFirst, $1, url: "/v1/webhook_endpoints") },
        Operation("GET", "/v1/webhook_endpoints/{id}") { account, call in
            try call.parameters.finish()
            return try account.endpoint(call.id).json(in: account)
        },
        Operation("POST", "/v1/webhook_endpoints/{id}") { account, call in
            var endpoint = try account.endpoint(call.id)
            if let url = try call.parameters.url("url") { endpoint.url = url }
            if let types = try call.parameters.strings("enabled_events"), !types.isEmpty { endpoint.enabledEvents = types }
            if let isDisabled = try call.parameters.bool("disabled") { endpoint.isEnabled = !isDisabled }
            try call.parameters.clearable("description").apply(to: &endpoint.description)
            try call.parameters.changeMetadata(&endpoint.metadata)
            try call.parameters.finish()
            account.endpoints.insert(endpoint)
            return endpoint.json(in: account)
        },
        Operation("DELETE", "/v1/webhook_endpoints/{id}") { account, call in
            try call.parameters.finish()
            let endpoint = try account.endpoint(call.id)
            account.endpoints.remove(endpoint.id)
            return ["id": .string(endpoint.id), "object": "webhook_endpoint", "deleted": true]
        },
    ]

    func endpoint(_ id: String) throws -> WebhookEndpoint {
        guard let endpoint = endpoints[id] else { throw StripeError.noSuch("webhook endpoint", id) }
        return endpoint
    }

    /// Adds an endpoint; without a secret it gets one.
    @discardableResult
    mutating func addEndpoint(
        url: String, types: [String], secret: String?, version: String? = nil, description: String? = nil, metadata: [String: String] = [:]
    ) -> WebhookEndpoint {
        let endpoint = WebhookEndpoint(
            id: ids.id("we"), created: occasion.now, url: url, enabledEvents: types, description: description, apiVersion: version,
            secrets: [secret ?? "whsec_" + ids.text(32)], metadata: metadata)
        endpoints.insert(endpoint)
        return endpoint
    }
}
