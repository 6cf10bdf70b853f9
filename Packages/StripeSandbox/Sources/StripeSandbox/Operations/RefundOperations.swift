internal import Core

extension Account {
    static let refundOperations: [Operation] = [
        Operation("POST", "/v1/refunds") { account, call in
            let parameters = call.parameters
            let charge = try account.refundedCharge(parameters)
            let amount = try parameters.integer("amount", in: 1...99_999_999)
            let reason = try parameters.string("reason")
            if let reason, !["duplicate", "fraudulent", "requested_by_customer"].contains(reason) {
                throw StripeError.invalid(
                    "Invalid reason: must be one of `duplicate`, `fraudulent`, or `requested_by_customer`", param: "reason")
            }
            let metadata = try parameters.metadata()
            try parameters.finish()
            let id = try account.refund(charge, amount: amount, reason: reason, metadata: metadata)
            return account.refunds[id]?.json(in: account) ?? .null
        },
        Operation("GET", "/v1/refunds") { account, call in
            let charge = try call.parameters.string("charge")
            let intent = try call.parameters.string("payment_intent")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.refunds.newestFirst, call, url: "/v1/refunds") {
                (charge == nil || $0.charge == charge) && (intent == nil || $0.paymentIntent == intent)
                    && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/refunds/{id}") { account, call in
            try call.parameters.finish()
            guard let refund = account.refunds[call.id] else { throw StripeError.noSuch("refund", call.id) }
            return refund.json(in: account)
        },
        Operation("POST", "/v1/refunds/{id}") { account, call in
            guard var refund = account.refunds[call.id] else { throw StripeError.noSuch("refund", call.id) }
            try call.parameters.changeMetadata(&refund.metadata)
            try call.parameters.finish()
            let updated = refund
            account.change(\.refunds, refund.id, "refund.updated") { $0 = updated }
            return updated.json(in: account)
        },
        Operation("POST", "/v1/refunds/{id}/cancel") { account, call in
            try call.parameters.finish()
            guard let refund = account.refunds[call.id] else { throw StripeError.noSuch("refund", call.id) }
            guard refund.status == "requires_action" else {
                throw StripeError.refused(
                    "Refund \(refund.id) cannot be canceled: only refunds with a status of requires_action can; its status is \(refund.status)."
                )
            }
            account.charges.modify(refund.charge) { $0.amountRefunded -= refund.amount }
            account.change(\.refunds, refund.id, "refund.updated") { $0.status = "canceled" }
            account.announce("charge.refund.updated", \.refunds, refund.id)
            return account.refunds[refund.id]?.json(in: account) ?? .null
        },
    ]

    /// A refund waits for the customer to say where the money is to go, as with methods that cannot be paid back to.
    mutating func holdRefund(_ id: String) throws {
        guard let refund = refunds[id] else { throw StripeError.noSuch("refund", id) }
        guard ["pending", "succeeded"].contains(refund.status) else {
            throw StripeError.refused("A refund that is \(refund.status) cannot wait for anybody.")
        }
        change(\.refunds, id, "refund.updated") { $0.status = "requires_action" }
    }

    private func refundedCharge(_ parameters: Parameters) throws -> Charge {
        let chargeID = try parameters.string("charge")
        let intentID = try parameters.string("payment_intent")
        if let chargeID {
            guard let charge = charges[chargeID] else { throw StripeError.noSuchParameter("charge", chargeID, param: "charge") }
            return charge
        }
        guard let intentID else {
            throw StripeError.invalid("One of the following params should be provided for this request: payment_intent or charge.")
        }
        guard let intent = paymentIntents[intentID] else {
            throw StripeError.noSuchParameter("payment_intent", intentID, param: "payment_intent")
        }
        guard let charge = intent.latestCharge.flatMap({ charges[$0] }), charge.isPaid else {
            throw StripeError.refused("This PaymentIntent (\(intentID)) does not have a successful charge to refund.")
        }
        return charge
    }

    /// Gives back part or all of what a charge took; never more than is left of it (STR-160).
    mutating func refund(_ charge: Charge, amount: Int64?, reason: String?, metadata: [String: String] = [:]) throws -> String {
        let left = charge.amount - charge.amountRefunded
        guard charge.isPaid else {
            throw StripeError.refused("This charge has failed and cannot be refunded.", code: "charge_not_refundable")
        }
        guard charge.amountCaptured != nil else {
            throw StripeError.refused(
                "This charge has not been captured: cancel its PaymentIntent instead of refunding it.", code: "charge_not_captured")
        }
        guard !isContested(charge.id) else {
            throw StripeError.refused("The charge \(charge.id) has been charged back; cannot issue a refund.", code: "charge_disputed")
        }
        guard left > 0 else { throw StripeError.refused("Charge \(charge.id) has already been refunded.", code: "charge_already_refunded") }
        let amount = amount ?? left
        guard amount <= left else {
            throw StripeError.refused(
                "Refund amount (\(Self.text(amount, charge.currency))) is greater than unrefunded amount on charge (\(Self.text(left, charge.currency)))",
                param: "amount")
        }
        let behavior = charge.paymentMethod.card.refund
        let refund = Refund(
            id: ids.id("re"), created: occasion.now, charge: charge.id, paymentIntent: charge.paymentIntent, customer: charge.customer,
            amount: amount, currency: charge.currency, status: behavior == .pendingThenSucceeded ? "pending" : "succeeded", reason: reason,
            balanceTransaction: ids.id("txn"), metadata: metadata)
        refunds.insert(refund)
        announce("refund.created", \.refunds, refund.id)
        change(\.charges, charge.id, "charge.refunded") { $0.amountRefunded += amount }
        announce("charge.refund.updated", \.refunds, refund.id)
        if behavior != .immediate { timers.add(.settleRefund(refund.id), at: occasion.now + settings.refundDelay) }
        return refund.id
    }

    /// A refund that was not final becomes so.
    mutating func settleRefund(_ id: String) {
        guard let refund = refunds[id], let charge = charges[refund.charge] else { return }
        switch charge.paymentMethod.card.refund {
        case .immediate: return
        case .pendingThenSucceeded:
            guard refund.status == "pending" else { return }
            change(\.refunds, id, "refund.updated") { $0.status = "succeeded" }
        case .succeededThenFailed:
            guard refund.status == "succeeded" else { return }
            charges.modify(charge.id) { $0.amountRefunded -= refund.amount }
            change(\.refunds, id, "refund.failed") { refund in
                refund.status = "failed"
                refund.failureReason = "expired_or_canceled_card"
            }
        }
        announce("charge.refund.updated", \.refunds, id)
    }
}
