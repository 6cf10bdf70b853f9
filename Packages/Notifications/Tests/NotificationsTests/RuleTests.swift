import Audit
import Billing
import Core
import Identity
import Notifications
import Orgs
import Testing

@Suite struct RuleTests {
    private let now = Acme.now
    private let price = Money(minorUnits: 4_900, currency: .usd)

    @Test func `NOT-101 a link that is asked for is mailed to the address it proves, each link once`() async throws {
        let acme = try Acme()
        func drafts(_ link: UInt64) async throws -> [MailDraft] {
            try await EmailVerificationRule().drafts(
                for: EmailVerificationRequested(
                    user: acme.ada.id, email: "new@example.com", name: "Ada", link: LinkToken.ID(high: 1, low: link),
                    disownLink: LinkToken.ID(high: 1, low: 99), expiresAt: now),
                occurrence: "1")
        }
        let first = try await drafts(1)
        #expect(first.addresses == ["new@example.com"])
        let context = try #require(first.first?.context as? EmailVerificationContext)
        #expect(context.link == MailSecretLink(kind: "email_verification", id: LinkToken.ID(high: 1, low: 1).description))
        #expect(try await drafts(1).map(\.decision) == first.map(\.decision))
        #expect(try await drafts(2).map(\.decision) != first.map(\.decision))
    }

    @Test func `NOT-105 a new address of an account that was proven before is asked to be confirmed, with nothing to disown`() async throws
    {
        let acme = try Acme()
        let drafts = try await EmailVerificationRule().drafts(
            for: EmailVerificationRequested(
                user: acme.ada.id, email: "new@example.com", name: "Ada", link: LinkToken.ID(high: 1, low: 1), expiresAt: now + .hours(24)),
            occurrence: "1")
        #expect(drafts.addresses == ["new@example.com"])
        let context = try #require(drafts.first?.context as? EmailChangeConfirmContext)
        #expect(context.validUntil == now + .hours(24))
        #expect(context.link == MailSecretLink(kind: "email_verification", id: LinkToken.ID(high: 1, low: 1).description))
        #expect(MailTemplate.emailChangeConfirm.mailClass == .security)
    }

    @Test func `NOT-114 a key that ends soon and a key used from a new network are told to its owner, once for each stage and network`()
        async throws
    {
        let acme = try Acme()
        let key = APIKey.ID(high: 1, low: 5)
        var decisions: Set<String> = []
        for stage in KeyEndingStage.allCases {
            let event = try JSON.decode(
                APIKeyExpiring.self,
                from: JSON.encode(
                    [
                        "key": .string(key.description), "keyName": "import", "prefix": "rfs01234",
                        "expiresAt": .string((now + .days(14)).description),
                        "stage": try JSON.decode(JSONValue.self, from: JSON.encode(stage)),
                        "user": .string(acme.ada.id.description), "email": "ada@example.com", "name": "Ada",
                    ] as JSONValue))
            let drafts = try await APIKeyExpiringRule().drafts(for: event, occurrence: "1")
            #expect(drafts.addresses == ["ada@example.com"])
            let context = try #require(drafts.first?.context as? APIKeyExpiringContext)
            #expect(context.key == "import" && context.expiresAt == now + .days(14) && context.lastUsedAt == nil)
            #expect(try await APIKeyExpiringRule().drafts(for: event, occurrence: "2").map(\.decision) == drafts.map(\.decision))
            decisions.formUnion(drafts.map(\.decision))
        }
        #expect(decisions.count == 2)
        func used(from network: String) throws -> APIKeyUsedFromNewNetwork {
            try JSON.decode(
                APIKeyUsedFromNewNetwork.self,
                from: JSON.encode(
                    [
                        "key": .string(key.description), "keyName": "import", "prefix": "rfs01234", "network": .string(network),
                        "usedAt": .string(now.description), "user": .string(acme.ada.id.description), "email": "ada@example.com",
                        "name": "Ada",
                    ] as JSONValue))
        }
        var networks: Set<String> = []
        for network in ["203.0.113.9/32", "198.51.100.1/32", "203.0.113.9/32"] {
            let drafts = try await APIKeyNewNetworkRule().drafts(for: try used(from: network), occurrence: "1")
            #expect(drafts.addresses == ["ada@example.com"] && drafts.first?.context is APIKeyNewNetworkContext)
            networks.formUnion(drafts.map(\.decision))
        }
        #expect(networks.count == 2)
        #expect(MailTemplate.apiKeyExpiring.mailClass == .service && MailTemplate.apiKeyNewNetwork.mailClass == .security)
    }

    @Test func `NOT-102 a proven address is greeted once for the account`() async throws {
        let acme = try Acme()
        let event = EmailVerified(user: acme.ada.id, email: "ada@example.com", name: "Ada")
        let drafts = try await WelcomeRule(facts: acme.facts).drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == ["ada@example.com"])
        #expect(drafts.first?.context as? WelcomeContext == WelcomeContext(name: "Ada", org: "Acme", orgID: acme.org.id.description))
        #expect(drafts.first?.decision == "identity.email_verified/\(acme.ada.id)")
        #expect(try await WelcomeRule(facts: FixedFacts()).drafts(for: event, occurrence: "1").isEmpty)
    }

    @Test func `NOT-103 NOT-104 NOT-106 NOT-113 changes of credentials are told to the person, an old address too`() async throws {
        let acme = try Acme()
        let user = acme.ada.id
        let link = LinkToken.ID(high: 1, low: 4)
        let reset = try await PasswordResetRule().drafts(
            for: PasswordResetRequested(user: user, email: "ada@example.com", name: "Ada", link: link, expiresAt: now), occurrence: "1")
        #expect((reset.first?.context as? PasswordResetContext)?.link == MailSecretLink(kind: "password_reset", id: link.description))
        let changed = PasswordChanged(user: user, email: "ada@example.com", name: "Ada", at: now)
        let first = try await PasswordChangedRule().drafts(for: changed, occurrence: "1").map(\.decision)
        let second = try await PasswordChangedRule().drafts(for: changed, occurrence: "2").map(\.decision)
        #expect(first.count == 1 && first != second)
        let moved = try await EmailChangedRule().drafts(
            for: EmailChanged(user: user, name: "Ada", oldEmail: "old@example.com", newEmail: "new@example.com", at: now), occurrence: "1")
        #expect(moved.addresses == ["old@example.com"])
        #expect((moved.first?.context as? EmailChangedContext)?.newAddress == "n…@example.com")
        let key = try await APIKeyCreatedRule().drafts(
            for: APIKeyCreated(
                key: APIKey.ID(high: 1, low: 5), prefix: "rfs01234", keyName: "x", user: user, email: "ada@example.com", name: "Ada",
                org: nil),
            occurrence: "1")
        #expect(key.first?.about.count == 2)
    }

    @Test func `NOT-130 the first activation is told to whoever pays, with price and next date`() async throws {
        var acme = try Acme()
        let event = SubscriptionActivated(facts: acme.event, at: now, periodEnd: now + .days(31))
        let drafts = try await SubscriptionStartedRule(facts: acme.facts).drafts(for: event, occurrence: "1")
        #expect(drafts.addresses == ["ada@example.com", "bob@example.com"])
        #expect(drafts.first?.about == [AuditReference(acme.org.id), AuditReference(acme.subscription.id)])
        let context = try #require(drafts.first?.context as? SubscriptionStartedContext)
        #expect(context.plan == "Plan standard")
        #expect(context.amount == price)
        #expect(context.interval == "month")
        acme.facts.billing = "bills@example.com"
        let billed = try await SubscriptionStartedRule(facts: acme.facts).drafts(for: event, occurrence: "2")
        #expect(billed.addresses == ["bills@example.com"])
        #expect(billed.first?.decision == drafts.first?.decision)
    }

    @Test func `NOT-131 and GRA-019 a failed start is told where money goes back, with the amount`() async throws {
        let acme = try Acme()
        let rule = ProvisioningFailedRule(facts: acme.facts)
        func event(_ isRefunded: Bool) throws -> SubscriptionProvisioningFailed {
            SubscriptionProvisioningFailed(facts: acme.event, failure: try Self.failure(), isRefunded: isRefunded)
        }
        #expect(
            try await rule.drafts(for: event(true), occurrence: "1").addresses == ["ada@example.com", "bob@example.com", "ada@example.com"])
        #expect(try await rule.drafts(for: event(false), occurrence: "1").isEmpty)
        let context = try await rule.drafts(for: event(true), occurrence: "1").first?.context as? ProvisioningFailedContext
        #expect(context?.amount == price)
    }

    private static func failure() throws -> ProvisioningFailure {
        ProvisioningFailure(code: "x", message: "x", at: Acme.now)
    }

    @Test func `NOT-149 a cancellation is told to whoever pays and whoever asked, an idle one is not`() async throws {
        var acme = try Acme()
        acme.facts.billing = "bills@example.com"
        let rule = SubscriptionCanceledRule(facts: acme.facts)
        func event(_ origin: Subscription.Cancellation.Origin, user: User.ID?) -> SubscriptionEnding {
            SubscriptionEnding(facts: acme.event, endsAt: now + .days(31), origin: origin, user: user)
        }
        #expect(
            try await rule.drafts(for: event(.user, user: acme.ada.id), occurrence: "1").addresses == [
                "bills@example.com", "ada@example.com",
            ])
        #expect(try await rule.drafts(for: event(.portal, user: nil), occurrence: "1").addresses == ["bills@example.com"])
        #expect(try await rule.drafts(for: event(.idle, user: nil), occurrence: "1").isEmpty)
        let first = try await rule.drafts(for: event(.portal, user: nil), occurrence: "1").map(\.decision)
        let second = try await rule.drafts(for: event(.portal, user: nil), occurrence: "2").map(\.decision)
        #expect(first != second)
    }

    @Test func `BIL-146 NOT-150 an end at once is told, one with its period was told before`() async throws {
        let acme = try Acme()
        let rule = SubscriptionEndedNowRule(facts: acme.facts)
        func event(_ mode: Subscription.Cancellation.Mode, _ origin: Subscription.Cancellation.Origin) -> SubscriptionEnded {
            SubscriptionEnded(facts: acme.event, endedAt: now, mode: mode, origin: origin, via: "delete-graph")
        }
        #expect(try await rule.drafts(for: event(.immediate, .user), occurrence: "1").count == 1)
        #expect(try await rule.drafts(for: event(.periodEnd, .user), occurrence: "1").isEmpty)
        #expect(try await rule.drafts(for: event(.immediate, .provisioningFailure), occurrence: "1").isEmpty)
    }

    @Test func `NOT-151 an end that is taken back is told each time`() async throws {
        let acme = try Acme()
        let rule = SubscriptionReactivatedRule(facts: acme.facts)
        let first = try await rule.drafts(for: SubscriptionResumed(facts: acme.event), occurrence: "1")
        let again = try await rule.drafts(for: SubscriptionResumed(facts: acme.event), occurrence: "1")
        let second = try await rule.drafts(for: SubscriptionResumed(facts: acme.event), occurrence: "2")
        #expect(first.map(\.decision) == again.map(\.decision))
        #expect(first.map(\.decision) != second.map(\.decision))
        #expect((first.first?.context as? SubscriptionReactivatedContext)?.renewsAt == now + .days(31))
    }

    @Test func `NOT-133 a paid invoice has a receipt, an invoice of nothing has none`() async throws {
        var acme = try Acme()
        let invoice = Invoice(
            id: Invoice.ID(high: 1, low: 9), org: acme.org.id, kind: .provider, subscription: acme.subscription.id, number: "TRE-1",
            providerInvoice: nil, currency: .usd, subtotal: 4_900, total: 4_900, amountDue: 4_900, amountPaid: 4_900, status: .paid,
            period: Period(start: now, end: now + .days(31)), dueDate: nil, paidAt: now, hostedURL: nil, pdfURL: nil, lines: [],
            createdAt: now)
        acme.facts.invoices = [invoice]
        func event(_ amount: Money) -> InvoicePaid {
            InvoicePaid(
                invoice: invoice.id, org: acme.org.id, subscription: acme.subscription.id, number: "TRE-1", amount: amount, hostedURL: nil)
        }
        let rule = PaymentReceiptRule(facts: acme.facts)
        let drafts = try await rule.drafts(for: event(price), occurrence: "1")
        #expect(drafts.count == 1)
        let context = try #require(drafts.first?.context as? PaymentReceiptContext)
        #expect(context.number == "TRE-1")
        #expect(context.periodEnd == now + .days(31))
        #expect(drafts.first?.about.contains(AuditReference(invoice.id)) == true)
        #expect(try await rule.drafts(for: event(Money(minorUnits: 0, currency: .usd)), occurrence: "1").isEmpty)
    }

    @Test func `NOT-136 a failed renewal is told once for each invoice, a failed first payment never`() async throws {
        let acme = try Acme()
        let invoice = Invoice.ID(high: 1, low: 9)
        let event = PaymentFailed(org: acme.org.id, subscription: acme.subscription.id, invoice: invoice, amount: price, nextAttempt: nil)
        let rule = PaymentFailedRule(facts: acme.facts)
        let first = try await rule.drafts(for: event, occurrence: "1")
        #expect(first.count == 1)
        #expect(try await rule.drafts(for: event, occurrence: "2").map(\.decision) == first.map(\.decision))
        let unstarted = try Acme { $0.startedAt = nil }
        #expect(try await PaymentFailedRule(facts: unstarted.facts).drafts(for: event, occurrence: "1").isEmpty)
    }

    @Test func `NOT-028 what concerns an org that is gone calls for no mail`() async throws {
        let acme = try Acme()
        let nothing = FixedFacts()
        #expect(
            try await SubscriptionStartedRule(facts: nothing).drafts(
                for: SubscriptionActivated(facts: acme.event, at: now, periodEnd: nil), occurrence: "1"
            ).isEmpty)
        #expect(
            try await SubscriptionReactivatedRule(facts: nothing).drafts(for: SubscriptionResumed(facts: acme.event), occurrence: "1")
                .isEmpty)
    }
}
