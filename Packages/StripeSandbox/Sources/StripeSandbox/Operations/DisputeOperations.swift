internal import Core

extension Account {
    static let disputeOperations: [Operation] = [
        Operation("GET", "/v1/disputes") { account, call in
            let charge = try call.parameters.string("charge")
            let intent = try call.parameters.string("payment_intent")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.disputes.newestFirst, call, url: "/v1/disputes") {
                (charge == nil || $0.charge == charge) && (intent == nil || $0.paymentIntent == intent)
                    && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/disputes/{id}") { account, call in
            try call.parameters.finish()
            guard let dispute = account.disputes[call.id] else { throw StripeError.noSuch("dispute", call.id) }
            return dispute.json(in: account)
        },
        Operation("POST", "/v1/disputes/{id}") { try $0.updateDispute($1) },
        Operation("POST", "/v1/disputes/{id}/close") { account, call in
            try call.parameters.finish()
            guard let dispute = account.disputes[call.id] else { throw StripeError.noSuch("dispute", call.id) }
            guard !dispute.isOver else { throw StripeError.refused("This dispute is already closed.") }
            account.decide(dispute.id, won: false)
            return account.disputes[dispute.id]?.json(in: account) ?? .null
        },
    ]

    /// A question of the bank becomes a chargeback: the money is withdrawn after all.
    mutating func escalate(_ id: String) throws {
        guard let inquiry = disputes[id] else { throw StripeError.noSuch("dispute", id) }
        guard inquiry.isInquiry, !inquiry.isOver else { throw StripeError.refused("Only an open inquiry can become a chargeback.") }
        let withdrawal = ids.id("txn")
        charges.modify(inquiry.charge) { $0.isDisputed = true }
        change(\.disputes, id, "charge.dispute.updated") { dispute in
            dispute.status = "needs_response"
            dispute.withdrawal = withdrawal
        }
        announce("charge.dispute.funds_withdrawn", \.disputes, id)
    }

    /// Takes evidence; its words decide (spec 8.2).
    private mutating func updateDispute(_ call: Call) throws -> JSONValue {
        guard var dispute = disputes[call.id] else { throw StripeError.noSuch("dispute", call.id) }
        let submits = try call.parameters.bool("submit") ?? true
        if let evidence = try call.parameters.branch("evidence") {
            for name in Dispute.evidenceNames {
                switch try evidence.clearable(name) {
                case .unchanged: break
                case .clear: dispute.evidence[name] = nil
                case .set(let text): dispute.evidence[name] = text
                }
            }
        }
        try call.parameters.changeMetadata(&dispute.metadata)
        try call.parameters.finish()
        guard !dispute.isOver || dispute.evidence == disputes[call.id]?.evidence else {
            throw StripeError.refused("This dispute is closed: evidence can no longer be submitted.")
        }
        let word = dispute.evidence["uncategorized_text"]
        if submits, !dispute.isOver, !dispute.evidence.isEmpty {
            dispute.submissions += 1
            dispute.status = dispute.isInquiry ? "warning_under_review" : "under_review"
        }
        let updated = dispute
        change(\.disputes, dispute.id, "charge.dispute.updated") { $0 = updated }
        if submits, !dispute.isOver, word == "winning_evidence" || word == "losing_evidence" {
            decide(dispute.id, won: word == "winning_evidence")
        }
        return disputes[dispute.id]?.json(in: self) ?? .null
    }

    /// The card holder's bank contests a charge.
    mutating func openDispute(of chargeID: String) {
        guard let charge = charges[chargeID], charge.isPaid, let reason = charge.paymentMethod.card.dispute,
            !disputes.newestFirst.contains(where: { $0.charge == chargeID })
        else { return }
        let isInquiry = reason == "inquiry"
        let clock = charge.customer.flatMap { customers[$0]?.testClock }
        let time = now(clock)
        let dispute = Dispute(
            id: ids.id("du"), created: time, charge: chargeID, paymentIntent: charge.paymentIntent, amount: charge.amount,
            currency: charge.currency, reason: isInquiry ? "general" : reason,
            status: isInquiry ? "warning_needs_response" : "needs_response", withdrawal: isInquiry ? nil : ids.id("txn"))
        disputes.insert(dispute)
        if !isInquiry { charges.modify(chargeID) { $0.isDisputed = true } }
        announce("charge.dispute.created", \.disputes, dispute.id)
        guard !isInquiry else { return }
        announce("charge.dispute.funds_withdrawn", \.disputes, dispute.id)
        guard settings.disputeCancel, let invoice = paymentIntents[charge.paymentIntent]?.invoice,
            let subscription = invoices[invoice]?.subscription
        else { return }
        setTimer(.endDisputed(subscription: subscription), at: time + 3_600, testClock: clock)
    }

    /// The bank decides.
    mutating func decide(_ id: String, won: Bool) {
        guard let dispute = disputes[id], !dispute.isOver else { return }
        let reinstatement = won && !dispute.isInquiry ? ids.id("txn") : nil
        change(\.disputes, id, "charge.dispute.closed") { dispute in
            dispute.status = dispute.isInquiry ? "warning_closed" : won ? "won" : "lost"
            dispute.reinstatement = reinstatement
        }
        if won, !dispute.isInquiry { announce("charge.dispute.funds_reinstated", \.disputes, id) }
    }

    /// Whether a charge can be given back: not while money of it is withdrawn, nor after it was lost.
    func isContested(_ charge: String) -> Bool {
        disputes.newestFirst.contains { $0.charge == charge && !$0.isInquiry && $0.status != "won" }
    }
}
