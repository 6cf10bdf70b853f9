import Audit
import Core
import Identity
import Notifications
import Orgs
import Testing

@Suite struct TransferRuleTests {
    private let ada = "ada@example.com"
    private let bob = "bob@example.com"
    private let cleo = "cleo@example.com"
    private let acme: Acme
    private let successor: User

    /// Ada and Bob own the org; Cleo is to take it over from Ada.
    init() throws {
        var acme = try Acme()
        let cleo = User(
            id: User.ID(high: 1, low: 3), email: try #require(EmailAddress("cleo@example.com")), name: try #require(PersonName("Cleo")),
            emailVerifiedAt: Acme.now, status: .active, sessionEpoch: 0, keyEpoch: 0, defaultOrg: acme.org.id, createdAt: Acme.now,
            updatedAt: Acme.now)
        acme.facts.people.append(cleo)
        self.acme = acme
        successor = cleo
    }

    private func transfer(_ origin: OwnershipTransfer.Origin = .owner) -> OwnershipTransfer {
        OwnershipTransfer(
            id: OwnershipTransfer.ID(high: 1, low: 4), org: acme.org.id, from: acme.ada.id, to: successor.id, keepRole: .admin,
            state: .pending, origin: origin, acceptableAt: Acme.now + .days(7), expiresAt: Acme.now + .days(14), createdAt: Acme.now,
            closedAt: nil)
    }

    @Test func `NOT-125 the person who is asked to own an org gets the mail, with the place to answer`() async throws {
        let drafts = try await OwnershipTransferRequestedRule(facts: acme.facts).drafts(
            for: OwnershipTransferRequested(transfer()), occurrence: "1")
        #expect(drafts.addresses == [cleo])
        let context = try #require(drafts.first?.context as? OwnershipTransferRequestedContext)
        #expect(context.name == "Cleo" && context.owner == "Ada" && context.keptRole == "admin")
        #expect(
            context.values["page"]
                == .link(.page(.ownershipTransfer(org: acme.org.id.description, transfer: transfer().id.description))))
        #expect(drafts.first?.about == [AuditReference(acme.org.id), AuditReference(transfer().id)])
    }

    @Test func `NOT-201 ORG-041 a transfer that no owner started is told to every owner, who can stop it until a time`() async throws {
        let drafts = try await OwnershipTransferRequestedRule(facts: acme.facts).drafts(
            for: OwnershipTransferRequested(transfer(.operator)), occurrence: "1")
        #expect(drafts.addresses == [ada, bob, cleo])
        let context = try #require(drafts.first?.context as? OwnershipTransferByOperatorContext)
        #expect(context.acceptableAt == Acme.now + .days(7) && context.expiresAt == Acme.now + .days(14))
    }

    @Test func `NOT-126 both hear that an org was handed over, or how it came that it was not`() async throws {
        let done = try await OwnershipTransferredRule(facts: acme.facts).drafts(for: OwnershipTransferred(transfer()), occurrence: "1")
        #expect(done.addresses == [ada, cleo])
        #expect((done.first?.context as? OwnershipTransferredContext)?.successor == "Cleo")
        for (state, end) in [(.declined, .declined), (.canceled, .withdrawn), (.expired, .expired), (.void, .void)]
            as [(OwnershipTransfer.State, OwnershipTransferEndedContext.End)]
        {
            let ended = try await OwnershipTransferEndedRule(facts: acme.facts).drafts(
                for: OwnershipTransferEnded(transfer(), as: state), occurrence: "1")
            #expect(ended.addresses == [ada, cleo])
            #expect((ended.first?.context as? OwnershipTransferEndedContext)?.end == end)
        }
    }

    @Test func `NOT-126 a transfer that ends because one of the two is gone is told to the other`() async throws {
        var facts = acme.facts
        facts.people.removeAll { $0.id == successor.id }
        let ended = try await OwnershipTransferEndedRule(facts: facts).drafts(
            for: OwnershipTransferEnded(transfer(), as: .void), occurrence: "1")
        #expect(ended.addresses == [ada])
        #expect((ended.first?.context as? OwnershipTransferEndedContext)?.successor == "a former member")
    }

    @Test func `NOT-203 the owners hear that support may write, and that it may no more`() async throws {
        let rule = SupportAccessRule(facts: acme.facts)
        func drafts(until: Instant?, _ occurrence: String) async throws -> [MailDraft] {
            try await rule.drafts(
                for: OrgSupportAccessChanged(
                    org: acme.org.id, name: "Acme", until: until, changedBy: acme.ada.id, recipients: [acme.ada.id]),
                occurrence: occurrence)
        }
        let (granted, ended) = (try await drafts(until: Acme.now + .days(3), "1"), try await drafts(until: nil, "2"))
        #expect(granted.addresses == [ada] && ended.addresses == [ada])
        #expect((granted.first?.context as? SupportAccessGrantedContext)?.until == Acme.now + .days(3))
        #expect((granted.first?.context as? SupportAccessGrantedContext)?.actor == acme.ada.name.description)
        #expect((ended.first?.context as? SupportAccessEndedContext)?.actor == acme.ada.name.description)
        #expect(granted.map(\.decision) != ended.map(\.decision))
    }

    @Test func `NOT-200 ORG-085 another billing address is told to both addresses and the owners, masked`() async throws {
        let rule = BillingContactChangedRule(facts: acme.facts)
        let moved = try await rule.drafts(
            for: OrgBillingContactChanged(
                org: acme.org.id, oldEmail: "old@example.com", newEmail: "new@example.com", changedBy: acme.ada.id), occurrence: "1")
        #expect(moved.addresses == ["old@example.com", "new@example.com", ada, bob])
        let context = try #require(moved.first?.context as? BillingContactChangedContext)
        #expect(context.oldAddress == "o…@example.com" && context.newAddress == "n…@example.com")
        #expect(context.actor == acme.ada.name.description)
        let emptied = try await rule.drafts(
            for: OrgBillingContactChanged(org: acme.org.id, oldEmail: "old@example.com", newEmail: nil, changedBy: nil), occurrence: "2")
        #expect(emptied.addresses == ["old@example.com", ada, bob])
        #expect((emptied.first?.context as? BillingContactChangedContext)?.newAddress == nil)
        #expect((emptied.first?.context as? BillingContactChangedContext)?.actor == nil)
    }
}
