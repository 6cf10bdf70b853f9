internal import Core

extension Account {
    private static let maximumDepth = 4

    /// Which members hold the id of another object, by the kind of object they stand in.
    private static let references: [String: Set<String>] = [
        "customer": ["default_source", "test_clock", "tax_ids"],
        "discount": ["customer", "promotion_code"],
        "promotion_code": ["customer"],
        "invoiceitem": ["customer", "invoice", "discounts", "test_clock"],
        "tax_id": ["customer"],
        "subscription_schedule": ["customer", "subscription", "test_clock"],
        "customer_balance_transaction": ["customer", "invoice", "credit_note"],
        "payment_method": ["customer"],
        "setup_intent": ["customer", "payment_method"],
        "product": ["default_price"],
        "price": ["product"],
        "plan": ["product"],
        "checkout.session": ["customer", "subscription", "setup_intent", "invoice", "payment_intent"],
        "subscription": [
            "customer", "latest_invoice", "default_payment_method", "pending_setup_intent", "schedule", "test_clock", "discounts",
        ],
        "invoice": ["customer", "default_payment_method", "discounts", "test_clock"],
        "line_item": ["discounts"],
        "invoice_payment": ["invoice"],
        "payment_intent": ["customer", "payment_method", "latest_charge"],
        "charge": ["customer", "payment_intent", "balance_transaction"],
        "refund": ["charge", "payment_intent", "balance_transaction"],
        "dispute": ["charge", "payment_intent"],
        "credit_note": ["customer", "invoice", "customer_balance_transaction"],
    ]
    /// Members of hashes within an object, by the name of the hash.
    private static let nestedReferences: [String: Set<String>] = [
        "invoice_settings": ["default_payment_method"], "subscription_details": ["subscription"],
        "payment": ["payment_intent", "charge"], "price_details": ["price", "product"], "refunds": ["refund"],
        "source": ["coupon"], "promotion": ["coupon"], "total_discount_amounts": ["discount"], "discount_amounts": ["discount"],
        "tax_rate_details": ["tax_rate"],
    ]

    /// Replaces ids by the objects they name, along paths such as `data.latest_invoice.payments` (STR-146).
    ///
    /// - Throws: 400 for a path that names nothing expandable or is deeper than four levels.
    func expanding(_ value: JSONValue, _ paths: [String]) throws -> JSONValue {
        var value = value
        for path in paths {
            let names = path.split(separator: ".").map(String.init)
            let depth = names.filter { $0 != "data" }.count
            guard depth <= Self.maximumDepth else {
                throw StripeError.invalid(
                    "You cannot expand more than \(Self.maximumDepth) levels of a property. You passed: \(path).", param: "expand")
            }
            value = try expand(value, names[...], hash: nil, path: path)
        }
        return value
    }

    private func expand(_ value: JSONValue, _ names: ArraySlice<String>, hash: String?, path: String) throws -> JSONValue {
        guard let name = names.first else { return value }
        switch value {
        case .array(let elements):
            return .array(try elements.map { try expand($0, names, hash: hash, path: path) })
        case .object(var members):
            let rest = names.dropFirst()
            if let included = try include(name, in: members) { members[name] = members[name] ?? included }
            guard let member = members[name] else { throw Self.notExpandable(path) }
            if case .string(let id) = member {
                guard isReference(name, in: members, hash: hash) else { throw Self.notExpandable(path) }
                let target = resolve(id) ?? member
                members[name] = try rest.isEmpty ? target : expand(target, rest, hash: nil, path: path)
            } else if case .null = member {
                // What is empty stays empty, as far as it could be expanded at all.
                guard isReference(name, in: members, hash: hash) || !rest.isEmpty else { throw Self.notExpandable(path) }
            } else if case .array(let elements) = member, isReference(name, in: members, hash: hash) {
                members[name] = .array(
                    try elements.map { element in
                        guard let target = element.stringValue.flatMap(resolve) else { return element }
                        return try rest.isEmpty ? target : expand(target, rest, hash: nil, path: path)
                    })
            } else if rest.isEmpty {
                guard
                    Self.includable.contains("\(members["object"]?.stringValue ?? "").\(name)")
                        || isReference(name, in: members, hash: hash)
                else { throw Self.notExpandable(path) }
            } else {
                members[name] = try expand(member, rest, hash: name == "data" ? hash : name, path: path)
            }
            return .object(members)
        case .null: return .null
        default: throw Self.notExpandable(path)
        }
    }

    private func isReference(_ name: String, in members: [String: JSONValue], hash: String?) -> Bool {
        if let object = members["object"]?.stringValue { return Self.references[object]?.contains(name) == true }
        return hash.flatMap { Self.nestedReferences[$0]?.contains(name) } == true
    }

    private static func notExpandable(_ path: String) -> StripeError {
        .invalid("This property cannot be expanded (\(path)).", param: "expand")
    }

    /// Members that are left out unless they are asked for.
    private static let includable: Set<String> = [
        "invoice.payments", "invoice.confirmation_secret", "checkout.session.line_items", "charge.refunds", "customer.subscriptions",
        "customer.tax_ids",
    ]

    private func include(_ name: String, in members: [String: JSONValue]) throws -> JSONValue? {
        guard let object = members["object"]?.stringValue, Self.includable.contains("\(object).\(name)"),
            let id = members["id"]?.stringValue
        else { return nil }
        switch "\(object).\(name)" {
        case "invoice.payments":
            let payments = (paymentsOfInvoice[id] ?? []).compactMap { invoicePayments[$0]?.json(in: self) }
            return .list(payments, url: "/v1/invoice_payments?invoice=\(id)")
        case "invoice.confirmation_secret":
            guard let intent = invoices[id]?.paymentIntent.flatMap({ paymentIntents[$0] }) else { return .null }
            return ["client_secret": .string(intent.clientSecret), "type": "payment_intent"]
        case "checkout.session.line_items": return lineItems(ofSession: id)
        case "charge.refunds":
            return .list(refunds.newestFirst.filter { $0.charge == id }.map { $0.json(in: self) }, url: "/v1/charges/\(id)/refunds")
        case "customer.tax_ids":
            return .list(
                taxIDs.newestFirst.filter { $0.customer == id }.map { $0.json(in: self) }, url: "/v1/customers/\(id)/tax_ids")
        default:
            let live = (subscriptionsOfCustomer[id] ?? []).reversed().compactMap { subscriptions[$0] }.filter { !$0.status.isTerminal }
            return .list(live.map { $0.json(in: self) }, url: "/v1/customers/\(id)/subscriptions")
        }
    }

    /// The object that an id names.
    func resolve(_ id: String) -> JSONValue? {
        let prefix = id.hasPrefix("cs_test_") ? "cs" : id.hasPrefix("sub_sched_") ? "sub_sched" : String(id.prefix { $0 != "_" })
        return switch prefix {
        case "cus": customers[id]?.json(in: self)
        case "cbtxn": balanceTransactions[id]?.json(in: self)
        case "pm": paymentMethods[id]?.json(in: self)
        case "seti": setupIntents[id]?.json(in: self)
        case "prod": products[id]?.json(in: self)
        case "price": prices[id]?.json(in: self)
        case "cs": sessions[id]?.json(in: self)
        case "sub": subscriptions[id]?.json(in: self)
        case "in": invoices[id]?.json(in: self)
        case "inpay": invoicePayments[id]?.json(in: self)
        case "pi": paymentIntents[id]?.json(in: self)
        case "ch": charges[id]?.json(in: self)
        case "re": refunds[id]?.json(in: self)
        case "du": disputes[id]?.json(in: self)
        case "cn": creditNotes[id]?.json(in: self)
        case "clock": testClocks[id]?.json(in: self)
        case "txn": ledgerEntry(id)
        case "promo": promotionCodes[id]?.json(in: self)
        case "di": discounts[id]?.json(in: self)
        case "txr": taxRates[id]?.json(in: self)
        case "txi": taxIDs[id]?.json(in: self)
        case "ii": invoiceItems[id]?.json(in: self)
        case "sub_sched": schedules[id]?.json(in: self)
        // A product and a coupon may have an id of its own choosing.
        default: products[id]?.json(in: self) ?? coupons[id]?.json(in: self)
        }
    }

    /// The entry of the account's own balance that a charge or refund made.
    private func ledgerEntry(_ id: String) -> JSONValue? {
        let charge = charges.newestFirst.first { $0.balanceTransaction == id }
        let refund = charge == nil ? refunds.newestFirst.first { $0.balanceTransaction == id } : nil
        guard let source = charge?.id ?? refund?.id, let created = charge?.created ?? refund?.created,
            let currency = charge?.currency ?? refund?.currency
        else { return nil }
        let amount = charge?.amount ?? -(refund?.amount ?? 0)
        return [
            "id": .string(id), "object": "balance_transaction", "amount": .integer(amount), "available_on": .integer(created),
            "balance_type": "payments",
            "created": .integer(created), "currency": .string(currency), "description": nil, "exchange_rate": nil, "fee": 0,
            "fee_details": [], "net": .integer(amount), "reporting_category": charge == nil ? "refund" : "charge",
            "source": .string(source), "status": "available", "type": charge == nil ? "refund" : "charge",
        ]
    }
}
