internal import Core

extension Account {
    static let taxOperations: [Operation] = [
        Operation("POST", "/v1/tax_rates") { account, call in
            let parameters = call.parameters
            let name = try parameters.required("display_name")
            guard let isInclusive = try parameters.bool("inclusive") else { throw parameters.missing("inclusive") }
            guard let percentage = try parameters.percentage("percentage") else { throw parameters.missing("percentage") }
            var rate = TaxRate(
                id: account.ids.id("txr"), created: account.occasion.now, percentage: percentage, isInclusive: isInclusive,
                displayName: name)
            try account.apply(parameters, to: &rate)
            try parameters.finish()
            account.taxRates.insert(rate)
            account.announce("tax_rate.created", \.taxRates, rate.id)
            return rate.json(in: account)
        },
        Operation("GET", "/v1/tax_rates") { account, call in
            let active = try call.parameters.bool("active")
            let inclusive = try call.parameters.bool("inclusive")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.taxRates.newestFirst, call, url: "/v1/tax_rates") {
                (active == nil || $0.isActive == active) && (inclusive == nil || $0.isInclusive == inclusive)
                    && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/tax_rates/{id}") { account, call in
            try call.parameters.finish()
            return try account.taxRate(call.id).json(in: account)
        },
        Operation("POST", "/v1/tax_rates/{id}") { account, call in
            var rate = try account.taxRate(call.id)
            if let name = try call.parameters.string("display_name") { rate.displayName = name }
            try account.apply(call.parameters, to: &rate)
            try call.parameters.finish()
            let updated = rate
            account.change(\.taxRates, rate.id, "tax_rate.updated") { $0 = updated }
            return updated.json(in: account)
        },
        Operation("POST", "/v1/customers/{id}/tax_ids") { account, call in
            let customer = try account.liveCustomer(call.id)
            let type = try call.parameters.required("type")
            let value = try call.parameters.required("value")
            try call.parameters.finish()
            guard TaxID.types.contains(type) else {
                throw StripeError.invalid("Invalid type: must be one of the tax id types, such as `eu_vat`", param: "type")
            }
            guard type != "eu_vat" || TaxID.isUnionNumber(value) else {
                throw StripeError.invalid("Invalid value for eu_vat.", code: "tax_id_invalid", param: "value")
            }
            let made = TaxID(
                id: account.ids.id("txi"), created: account.now(customer.testClock), customer: customer.id, type: type, value: value)
            account.taxIDs.insert(made)
            account.announce("customer.tax_id.created", \.taxIDs, made.id)
            return made.json(in: account)
        },
        Operation("GET", "/v1/customers/{id}/tax_ids") { account, call in
            let customer = try account.liveCustomer(call.id)
            return try account.page(account.taxIDs.newestFirst, call, url: "/v1/customers/\(customer.id)/tax_ids") {
                $0.customer == customer.id
            }
        },
        Operation("GET", "/v1/customers/{id}/tax_ids/{tax_id}") { account, call in
            try call.parameters.finish()
            return try account.taxID(call).json(in: account)
        },
        Operation("DELETE", "/v1/customers/{id}/tax_ids/{tax_id}") { account, call in
            try call.parameters.finish()
            let gone = try account.taxID(call)
            account.emit("customer.tax_id.deleted", gone.json(in: account))
            account.taxIDs.remove(gone.id)
            return ["id": .string(gone.id), "object": "tax_id", "deleted": true]
        },
    ]

    private func taxRate(_ id: String) throws -> TaxRate {
        guard let rate = taxRates[id] else { throw StripeError.noSuch("tax rate", id) }
        return rate
    }

    private func taxID(_ call: Call) throws -> TaxID {
        let id = call.path["tax_id"] ?? ""
        guard let known = taxIDs[id], known.customer == call.id else { throw StripeError.noSuch("tax_id", id) }
        return known
    }

    private func apply(_ parameters: Parameters, to rate: inout TaxRate) throws {
        if let active = try parameters.bool("active") { rate.isActive = active }
        try parameters.clearable("country").apply(to: &rate.country)
        try parameters.clearable("state").apply(to: &rate.state)
        try parameters.clearable("jurisdiction").apply(to: &rate.jurisdiction)
        try parameters.clearable("description").apply(to: &rate.description)
        try parameters.clearable("tax_type").apply(to: &rate.taxType)
        try parameters.changeMetadata(&rate.metadata)
    }

    /// The tax rates that a parameter names; `nil` when nothing is said of them, none when it is empty.
    func readTaxRates(_ parameters: Parameters, _ name: String) throws -> [String]? {
        guard let given = try parameters.strings(name) else { return nil }
        for id in given {
            guard let rate = taxRates[id] else { throw StripeError.noSuchParameter("tax rate", id, param: parameters.fullName(name)) }
            guard rate.isActive else {
                throw StripeError.refused("The tax rate \(id) is inactive and cannot be applied.", param: parameters.fullName(name))
            }
        }
        return given
    }
}

extension TaxID {
    /// The kinds of numbers that are taken here.
    static let types: Set<String> = [
        "au_abn", "br_cnpj", "br_cpf", "ca_bn", "ca_gst_hst", "ch_vat", "es_cif", "eu_oss_vat", "eu_vat", "gb_vat", "in_gst", "jp_cn",
        "kr_brn", "mx_rfc", "no_vat", "nz_gst", "sg_gst", "sg_uen", "tr_tin", "unknown", "us_ein", "za_vat",
    ]

    /// Two letters of a country and 2 to 13 letters or digits.
    static func isUnionNumber(_ value: String) -> Bool {
        let bytes = Array(value.utf8)
        return (4...15).contains(bytes.count) && bytes.prefix(2).allSatisfy { (65...90).contains($0) }
            && bytes.dropFirst(2).allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
    }
}
