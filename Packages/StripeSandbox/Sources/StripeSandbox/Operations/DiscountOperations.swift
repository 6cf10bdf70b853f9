internal import Core

/// A discount that was asked for: another coupon, or one that is there already and stays.
enum DiscountWish: Codable, Hashable, Sendable {
    case coupon(String, promotionCode: String?)
    case existing(String)

    var coupon: String? {
        if case .coupon(let id, _) = self { id } else { nil }
    }

    var json: JSONValue {
        switch self {
        case .coupon(let id, nil): ["coupon": .string(id), "promotion_code": nil]
        case .coupon(_, let code?): ["coupon": nil, "promotion_code": .string(code)]
        case .existing: ["coupon": nil, "promotion_code": nil]
        }
    }
}

extension Account {
    static let discountOperations: [Operation] = [
        Operation("DELETE", "/v1/customers/{id}/discount") { account, call in
            try call.parameters.finish()
            let customer = try account.liveCustomer(call.id)
            guard let discount = customer.discount.flatMap({ account.discounts[$0] }) else {
                throw StripeError.noSuch("discount for customer", call.id)
            }
            account.remove(discount)
            return account.deletedForm(of: discount)
        },
        Operation("DELETE", "/v1/subscriptions/{id}/discount") { account, call in
            try call.parameters.finish()
            let subscription = try account.subscription(call.id)
            guard let discount = subscription.discounts.last.flatMap({ account.discounts[$0] }) else {
                throw StripeError.noSuch("discount for subscription", call.id)
            }
            account.remove(discount)
            return account.deletedForm(of: discount)
        },
    ]

    private func deletedForm(of discount: Discount) -> JSONValue {
        guard case .object(var members) = discount.json(in: self) else { return .null }
        members["end"] = nil
        members["deleted"] = true
        return .object(members)
    }

    /// Reads which discounts are wanted; `nil` when nothing is said of them.
    func readDiscounts(_ parameters: Parameters, customer: String?, name: String = "discounts") throws -> [DiscountWish]? {
        let given = try parameters.branches(name)
        guard !given.isEmpty else { return parameters.isCleared(name) ? [] : nil }
        guard given.count <= 20 else { throw StripeError.invalid("You may apply up to 20 discounts.", param: name) }
        return try given.map { try readDiscount($0, customer: customer) }
    }

    private func readDiscount(_ entry: Parameters, customer: String?) throws -> DiscountWish {
        if let id = try entry.string("discount") {
            guard discounts[id] != nil else { throw StripeError.noSuchParameter("discount", id, param: entry.fullName("discount")) }
            return .existing(id)
        }
        if let id = try entry.string("promotion_code") {
            return .coupon(try usablePromotionCode(id, customer, param: entry.fullName("promotion_code")).coupon, promotionCode: id)
        }
        let id = try entry.required("coupon")
        guard let coupon = coupons[id], !coupon.isDeleted else {
            throw StripeError.noSuchParameter("coupon", id, param: entry.fullName("coupon"))
        }
        guard coupon.isValid(at: occasion.now) else {
            throw StripeError.refused("Coupon expired: \(id)", code: "coupon_expired", param: entry.fullName("coupon"))
        }
        return .coupon(id, promotionCode: nil)
    }

    private func usablePromotionCode(_ id: String, _ customer: String?, param: String) throws -> PromotionCode {
        guard let promotion = promotionCodes[id] else { throw StripeError.noSuchParameter("promotion code", id, param: param) }
        guard promotion.isUsable(in: self) else {
            throw StripeError.refused("This promotion code is inactive or has expired.", code: "coupon_expired", param: param)
        }
        guard promotion.customer == nil || promotion.customer == customer else {
            throw StripeError.refused("This promotion code cannot be redeemed by this customer.", param: param)
        }
        if promotion.isForFirstTransaction,
            charges.newestFirst.contains(where: { $0.customer != nil && $0.customer == customer && $0.isPaid })
        {
            throw StripeError.refused(
                "This promotion code cannot be redeemed because the associated customer has prior transactions.",
                code: "promotion_code_customer_not_first_time", param: param)
        }
        return promotion
    }

    /// The promotion code that a customer's word stands for.
    func promotionCode(named word: String, customer: String?) throws -> DiscountWish {
        let wanted = word.lowercased()
        guard let known = promotionCodes.newestFirst.first(where: { $0.code.lowercased() == wanted && $0.isUsable(in: self) }) else {
            throw StripeError.refused("This code is invalid.", code: "coupon_expired", param: "promotion_code")
        }
        let promotion = try usablePromotionCode(known.id, customer, param: "promotion_code")
        return .coupon(promotion.coupon, promotionCode: promotion.id)
    }

    /// Makes the discounts that are wanted for whoever `owner` names, and counts their redemption.
    ///
    /// - Returns: the ids of the discounts in force afterwards.
    mutating func grant(_ wishes: [DiscountWish], start: Int64, _ owner: (inout Discount) -> Void) -> [String] {
        wishes.map { wish in
            switch wish {
            case .existing(let id): return id
            case .coupon(let couponID, let promotionCode):
                var discount = Discount(id: ids.id("di"), created: start, coupon: couponID, promotionCode: promotionCode)
                owner(&discount)
                if let months = coupons[couponID]?.durationInMonths {
                    discount.end = BillingInterval(unit: .month, count: months).end(ofPeriodFrom: start, anchor: start)
                }
                discounts.insert(discount)
                coupons.modify(couponID) { $0.timesRedeemed += 1 }
                if let promotionCode { promotionCodes.modify(promotionCode) { $0.timesRedeemed += 1 } }
                if discount.invoice == nil, discount.invoiceItem == nil { announce("customer.discount.created", \.discounts, discount.id) }
                return discount.id
            }
        }
    }

    /// Gives a subscription the discounts that its change wants; those that are not named any more end.
    mutating func grantDiscounts(to subscription: inout Subscription) {
        guard let wishes = subscription.wantedDiscounts else { return }
        subscription.wantedDiscounts = nil
        let (id, customer) = (subscription.id, subscription.customer)
        let kept = grant(wishes, start: now(subscription.testClock)) { ($0.subscription, $0.customer) = (id, customer) }
        for old in subscription.discounts where !kept.contains(old) { announce("customer.discount.deleted", \.discounts, old) }
        subscription.discounts = kept
    }

    /// Gives a customer a discount for all that it is billed, as its owner does in the dashboard.
    mutating func discount(_ customer: String, coupon: String) throws -> Discount {
        let owner = try liveCustomer(customer)
        guard coupons[coupon]?.isValid(at: occasion.now) == true else { throw StripeError.noSuch("coupon", coupon) }
        if let old = owner.discount.flatMap({ discounts[$0] }) { remove(old) }
        let id = grant([.coupon(coupon, promotionCode: nil)], start: now(owner.testClock)) { $0.customer = customer }.first ?? ""
        customers.modify(customer) { $0.discount = id }
        guard let made = discounts[id] else { throw StripeError.noSuch("discount", id) }
        return made
    }
}
