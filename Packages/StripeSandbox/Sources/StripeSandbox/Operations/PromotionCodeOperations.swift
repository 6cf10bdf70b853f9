internal import Core

extension Account {
    static let promotionCodeOperations: [Operation] = [
        Operation("POST", "/v1/promotion_codes") { try $0.createPromotionCode($1.parameters) },
        Operation("GET", "/v1/promotion_codes") { account, call in
            let parameters = call.parameters
            let active = try parameters.bool("active")
            let code = try parameters.string("code")
            let coupon = try parameters.string("coupon")
            let customer = try parameters.string("customer")
            let created = try parameters.timeFilter("created")
            return try account.page(account.promotionCodes.newestFirst, call, url: "/v1/promotion_codes") {
                (active == nil || $0.isUsable(in: account) == active) && (code == nil || $0.code.lowercased() == code?.lowercased())
                    && (coupon == nil || $0.coupon == coupon) && (customer == nil || $0.customer == customer)
                    && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/promotion_codes/{id}") { account, call in
            try call.parameters.finish()
            return try account.promotionCode(call.id).json(in: account)
        },
        Operation("POST", "/v1/promotion_codes/{id}") { account, call in
            var promotion = try account.promotionCode(call.id)
            if let active = try call.parameters.bool("active") {
                guard !active || account.coupons[promotion.coupon]?.isValid(at: account.occasion.now) == true else {
                    throw StripeError.refused("This promotion code cannot be activated: its coupon is no longer valid.", param: "active")
                }
                promotion.isActive = active
            }
            try call.parameters.changeMetadata(&promotion.metadata)
            try call.parameters.finish()
            let updated = promotion
            account.change(\.promotionCodes, promotion.id, "promotion_code.updated") { $0 = updated }
            return updated.json(in: account)
        },
    ]

    private func promotionCode(_ id: String) throws -> PromotionCode {
        guard let promotion = promotionCodes[id] else { throw StripeError.noSuch("promotion code", id) }
        return promotion
    }

    private mutating func createPromotionCode(_ parameters: Parameters) throws -> JSONValue {
        guard let promotion = try parameters.branch("promotion") else { throw parameters.missing("promotion") }
        guard try promotion.required("type") == "coupon" else {
            throw StripeError.invalid("Invalid promotion[type]: must be one of `coupon`", param: "promotion[type]")
        }
        let couponID = try promotion.required("coupon")
        let code = try parameters.string("code")
        var made = PromotionCode(
            id: ids.id("promo"), created: occasion.now, code: code ?? ids.text(8).uppercased(), coupon: couponID,
            customer: try customer(of: parameters)?.id, isActive: try parameters.bool("active") ?? true,
            expiresAt: try parameters.integer("expires_at"), maxRedemptions: try parameters.integer("max_redemptions", in: 1...Int64.max))
        if let restrictions = try parameters.branch("restrictions") {
            made.minimumAmount = try restrictions.integer("minimum_amount", in: 1...99_999_999)
            made.minimumAmountCurrency = try restrictions.currency("minimum_amount_currency")
            made.isForFirstTransaction = try restrictions.bool("first_time_transaction") ?? false
            if made.minimumAmount != nil, made.minimumAmountCurrency == nil { throw restrictions.missing("minimum_amount_currency") }
        }
        made.metadata = try parameters.metadata()
        try parameters.finish()
        guard let coupon = coupons[couponID], !coupon.isDeleted else {
            throw StripeError.noSuchParameter("coupon", couponID, param: "promotion[coupon]")
        }
        guard coupon.isValid(at: occasion.now) else {
            throw StripeError.refused("Coupon expired: \(couponID)", code: "coupon_expired", param: "promotion[coupon]")
        }
        if let end = made.expiresAt, end <= occasion.now {
            throw StripeError.invalid("Invalid expires_at: must be in the future.", param: "expires_at")
        }
        let wanted = made.code.lowercased()
        let isTaken = promotionCodes.newestFirst.contains { other in
            other.code.lowercased() == wanted && other.isUsable(in: self)
                && (other.customer == nil || made.customer == nil || other.customer == made.customer)
        }
        guard !isTaken else {
            throw StripeError.refused("An active promotion code with `code: \(made.code)` already exists.", param: "code")
        }
        promotionCodes.insert(made)
        announce("promotion_code.created", \.promotionCodes, made.id)
        return made.json(in: self)
    }
}
