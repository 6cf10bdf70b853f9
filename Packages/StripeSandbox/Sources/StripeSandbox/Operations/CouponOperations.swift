internal import Core

extension Account {
    static let couponOperations: [Operation] = [
        Operation("POST", "/v1/coupons") { try $0.createCoupon($1.parameters) },
        Operation("GET", "/v1/coupons") { account, call in
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.coupons.newestFirst, call, url: "/v1/coupons") {
                !$0.isDeleted && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/coupons/{id}") { account, call in
            try call.parameters.finish()
            return try account.coupon(call.id).json(in: account)
        },
        Operation("POST", "/v1/coupons/{id}") { account, call in
            var coupon = try account.coupon(call.id)
            try call.parameters.clearable("name").apply(to: &coupon.name)
            try call.parameters.changeMetadata(&coupon.metadata)
            try call.parameters.finish()
            let updated = coupon
            account.change(\.coupons, coupon.id, "coupon.updated") { $0 = updated }
            return updated.json(in: account)
        },
        Operation("DELETE", "/v1/coupons/{id}") { account, call in
            try call.parameters.finish()
            let coupon = try account.coupon(call.id)
            account.emit("coupon.deleted", coupon.json(in: account))
            account.coupons.modify(coupon.id) { $0.isDeleted = true }
            return ["id": .string(coupon.id), "object": "coupon", "deleted": true]
        },
    ]

    private func coupon(_ id: String) throws -> Coupon {
        guard let coupon = coupons[id], !coupon.isDeleted else { throw StripeError.noSuch("coupon", id) }
        return coupon
    }

    private mutating func createCoupon(_ parameters: Parameters) throws -> JSONValue {
        let chosen = try parameters.string("id")
        let duration = try parameters.choice("duration", of: Coupon.Duration.self) ?? .once
        var coupon = Coupon(id: chosen ?? ids.text(8), created: occasion.now, duration: duration)
        coupon.durationInMonths = try parameters.integer("duration_in_months", in: 1...120)
        coupon.amountOff = try parameters.integer("amount_off", in: 1...99_999_999)
        coupon.currency = try parameters.currency()
        coupon.percentOff = try parameters.percentage("percent_off")
        coupon.maxRedemptions = try parameters.integer("max_redemptions", in: 1...Int64.max)
        coupon.redeemBy = try parameters.integer("redeem_by")
        coupon.name = try parameters.string("name")
        coupon.products = try parameters.branch("applies_to")?.strings("products")
        coupon.metadata = try parameters.metadata()
        try parameters.finish()
        if let missing = coupon.products?.first(where: { products[$0] == nil }) {
            throw StripeError.noSuchParameter("product", missing, param: "applies_to[products]")
        }
        switch (coupon.amountOff, coupon.percentOff) {
        case (nil, nil): throw StripeError.invalid("Must provide either percent_off or amount_off.", code: "parameter_missing")
        case (.some, .some): throw StripeError.invalid("You may only specify one of these parameters: amount_off, percent_off.")
        case (.some, nil): if coupon.currency == nil { throw parameters.missing("currency") }
        case (nil, let percent?):
            coupon.currency = nil
            guard percent.tenThousandths > 0 else {
                throw StripeError.invalid("Invalid percent_off: must be greater than 0.", param: "percent_off")
            }
        }
        if duration == .repeating, coupon.durationInMonths == nil { throw parameters.missing("duration_in_months") }
        guard duration == .repeating || coupon.durationInMonths == nil else {
            throw StripeError.invalid("You can only set duration_in_months of a repeating coupon.", param: "duration_in_months")
        }
        if let end = coupon.redeemBy, end <= occasion.now {
            throw StripeError.invalid("Invalid redeem_by: must be in the future.", param: "redeem_by")
        }
        if coupons[coupon.id] != nil {
            throw StripeError.refused("Coupon already exists.", code: "resource_already_exists", param: "id")
        }
        coupons.insert(coupon)
        announce("coupon.created", \.coupons, coupon.id)
        return coupon.json(in: self)
    }
}
