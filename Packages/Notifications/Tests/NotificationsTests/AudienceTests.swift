import Audit
import Billing
import Core
import Graphs
import Identity
import Orgs
import Synchronization
import Testing

@testable import Notifications

/// Who is told, and what no mail tells of anybody else.
@Suite struct AudienceTests {
    private let operators = MailAddress("ops@example.com").map { [$0] } ?? []

    private func graph(of acme: Acme) throws -> Graph {
        Graph(
            id: try #require(GraphID("kg0123456789abcdef0123")), org: acme.org.id, kind: .generic, createdBy: acme.ada.id,
            createdAt: Acme.now, provisioning: .init(high: 1, low: 1), name: "sales", description: "", tags: [], extensions: [],
            customSchema: nil, initialEntity: nil, tier: .standard, subscription: acme.subscription.id, host: nil, status: .active,
            statusSince: Acme.now, statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false)
    }

    private func full(_ acme: Acme) throws -> StorageThresholdReached {
        StorageThresholdReached(facts: GraphFactsOfEvent(try graph(of: acme)), percent: 100, bytes: 11, cap: 10)
    }

    @Test func `NOT-066 where no owner can be told the operators are, and whoever can be told keeps its mail`() async throws {
        var acme = try Acme()
        acme.facts.operators = operators
        let audience = Audience(facts: acme.facts, org: acme.org)
        #expect(try await audience.owners().map(\.address.description) == ["ada@example.com", "bob@example.com"])
        #expect(try await audience.owners().allSatisfy { !$0.isInPlaceOfOwners })

        // All owners are deactivated: the facts give none.
        acme.facts.allOwners = []
        let empty = Audience(facts: acme.facts, org: acme.org)
        for recipients in [try await empty.owners(), try await empty.admins(), try await empty.billing()] {
            #expect(recipients.map(\.address) == operators)
            #expect(recipients.allSatisfy { $0.isInPlaceOfOwners && $0.reason.hasSuffix("Acme") })
        }
        // An address for the bills is somebody; and an admin is.
        acme.facts.billing = "bills@example.com"
        #expect(try await Audience(facts: acme.facts, org: acme.org).billing().map(\.address.description) == ["bills@example.com"])
        // A person who is gone is replaced by nobody: the mail was for that person alone.
        #expect(try await empty.person(User.ID(high: 9, low: 9), reason: "you asked for it").isEmpty)
        let drafts = try await CapacityWarningRule(facts: empty.facts).drafts(for: try full(acme), occurrence: "1")
        #expect(drafts.addresses == ["ops@example.com"])
    }

    @Test func `a graph with only implicit admins tells all of them, and one with its own tells those as well`() async throws {
        var acme = try Acme()
        acme.facts.graphs = [try graph(of: acme)]
        let now = Acme.now
        let people = [("ada", OrgRole.owner, 1), ("bob", .admin, 2), ("eve", .member, 3)].map { name, role, id in
            Member(
                user: User.ID(high: 1, low: UInt64(id)), name: name, email: "\(name)@example.com", role: role, joinedAt: now, isActive: true
            )
        }
        // As the product resolves roles when it authorises.
        acme.facts.graphAdmins = GraphMember.everyone(grants: [], members: people).filter { $0.role == .admin }
        let implicit = try await CapacityWarningRule(facts: acme.facts).drafts(for: try full(acme), occurrence: "1")
        #expect(Set(implicit.addresses) == ["ada@example.com", "bob@example.com"])
    }

    @Test
    func `NOT-063 a graph whose admins are so by the org alone alerts them all, and who is told is looked up once however many they are`()
        async throws
    {
        var acme = try Acme()
        let lookUps = LookUps()
        acme.facts.lookUps = lookUps
        acme.facts.graphs = [try graph(of: acme)]
        acme.facts.graphAdmins = (1...20).map {
            GraphMember(
                user: User.ID(high: 1, low: $0), name: "Admin \($0)", email: "admin\($0)@example.com", role: .admin, source: .orgRole,
                grantedAt: Acme.now)
        }
        let told = try await CapacityWarningRule(facts: acme.facts).drafts(for: try full(acme), occurrence: "1")
        #expect(told.addresses == (1...20).map { "admin\($0)@example.com" })
        #expect(lookUps.count.withLock { $0 } == 1)
    }

    @Test func `NOT-065 who is switched off hears of the own account alone, and an unconfirmed address of that and of what must be told`()
        async throws
    {
        var acme = try Acme()
        acme.facts.graphs = [try graph(of: acme)]
        var people: [User] = []
        for (name, id, status, isConfirmed) in [
            ("ada", 1, User.Status.active, true), ("bob", 2, .deactivated, true), ("eve", 3, .active, false),
            ("gus", 4, .deactivated, false),
        ] {
            people.append(
                User(
                    id: User.ID(high: 1, low: UInt64(id)), email: try #require(EmailAddress("\(name)@example.com")),
                    name: try #require(PersonName(name)), emailVerifiedAt: isConfirmed ? Acme.now : nil, status: status, sessionEpoch: 0,
                    keyEpoch: 0, defaultOrg: acme.org.id, createdAt: Acme.now, updatedAt: Acme.now))
        }
        acme.facts.people = people
        acme.facts.graphAdmins = people.map {
            GraphMember(
                user: $0.id, name: $0.name.description, email: $0.email.description, role: .admin, source: .explicit, grantedAt: Acme.now)
        }
        let audience = Audience(facts: acme.facts, org: acme.org)
        let told = try await audience.admins(of: GraphFactsOfEvent(try graph(of: acme)))
        #expect(told.map(\.address.description) == ["ada@example.com", "eve@example.com"])
        for mailClass in MailClass.allCases {
            let isForAll = mailClass == .required || mailClass == .security
            #expect(
                told.filter { $0.gets(mailClass) }.map(\.address.description)
                    == (isForAll ? ["ada@example.com", "eve@example.com"] : ["ada@example.com"]), "\(mailClass)")
        }
        for (person, isTold) in zip(people, [true, false, true, false]) {
            #expect(try await audience.person(person.id, reason: "you asked for it").isEmpty == !isTold)
            // Of the own account everybody hears, whatever the class.
            let own = try await AccountStatusChangedRule().drafts(
                for: AccountStatusChanged(person, .deactivated, at: Acme.now), occurrence: "1")
            #expect(own.addresses == [person.email.description] && own.allSatisfy { $0.recipients.allSatisfy { $0.gets(.service) } })
            let link = try await EmailVerificationRule().drafts(
                for: EmailVerificationRequested(
                    user: person.id, email: person.email.description, name: person.name.description, link: LinkToken.ID(high: 1, low: 1),
                    expiresAt: Acme.now), occurrence: "1")
            #expect(link.addresses == [person.email.description])
        }
    }

    @Test func `NOT-164 a person hears of a role on a graph that is given, changed or taken back, and its admins of each login`()
        async throws
    {
        var acme = try Acme()
        let graph = try graph(of: acme)
        acme.facts.graphs = [graph]
        let (facts, other) = (GraphFactsOfEvent(graph), User.ID(high: 1, low: 2))
        func drafts(_ old: GraphRole?, _ new: GraphRole?, by person: User.ID, _ occurrence: String = "1") async throws -> [MailDraft] {
            try await GraphAccessChangedRule(facts: acme.facts).drafts(
                for: GraphAccessChanged(facts: facts, user: acme.ada.id, from: old, to: new, by: person), occurrence: occurrence)
        }
        for (old, new) in [(nil, GraphRole.viewer), (.viewer, .admin), (.admin, nil)] as [(GraphRole?, GraphRole?)] {
            let told = try await drafts(old, new, by: other)
            #expect(told.addresses == ["ada@example.com"])
            let context = try #require(told.first?.context as? GraphAccessChangedContext)
            #expect(context.oldRole == old?.rawValue && context.newRole == new?.rawValue && context.graph == "sales")
            #expect(try await drafts(old, new, by: other, "2").map(\.decision) != told.map(\.decision))
        }
        // Whoever changes the own role knows it.
        #expect(try await drafts(.viewer, .admin, by: acme.ada.id).isEmpty)

        let credential = GraphCredential(
            id: GraphCredential.ID(high: 1, low: 4), graph: graph.id, role: "r", access: .readOnly, label: "", createdBy: acme.ada.id,
            createdAt: Acme.now, expiresAt: Acme.now + .days(3), revokedAt: nil)
        for isRotation in [false, true] {
            let created = GraphLoginCreated(facts: facts, credential, isRotation: isRotation)
            let told = try await GraphCredentialCreatedRule(facts: acme.facts).drafts(for: created, occurrence: "1")
            // Nobody administers it by a role of the graph here, so that the owners are told.
            #expect(told.addresses == ["ada@example.com", "bob@example.com"])
            let context = try #require(told.first?.context as? GraphCredentialCreatedContext)
            #expect(context.login.isRotation == isRotation && context.login.isReadOnly && context.login.label == nil)
            #expect(context.login.expiresAt == Acme.now + .days(3) && context.actor == "Ada")
        }
        #expect(MailTemplate.graphCredentialCreated.mailClass == .security && MailTemplate.graphAccessChanged.mailClass == .service)
    }

    @Test func `NOT-067 mails about one org never name another org of the same person`() async throws {
        var acme = try Acme()
        let other = Org(
            id: Org.ID(high: 1, low: 77), name: try #require(OrgName("Zzyzx Holdings")), type: .team, personalOwner: nil, state: .active,
            createdAt: Acme.now, updatedAt: Acme.now, version: 1)
        acme.facts.orgs.append(other)
        acme.facts.allAdmins = acme.facts.allOwners
        acme.facts.graphs = [try graph(of: acme)]
        let facts = acme.facts
        var drafts: [MailDraft] = []
        drafts += try await CapacityWarningRule(facts: facts).drafts(for: try full(acme), occurrence: "1")
        drafts += try await SubscriptionStartedRule(facts: facts).drafts(
            for: SubscriptionActivated(facts: acme.event, at: Acme.now, periodEnd: nil), occurrence: "1")
        drafts += try await DunningStageRule(facts: facts).drafts(
            for: DunningStageReached(
                facts: acme.event, debt: DunningCase.ID(high: 1, low: 7), stage: .day3, amount: Money(minorUnits: 1, currency: .usd),
                nextAttempt: nil, deadline: nil, payURL: nil), occurrence: "1")
        drafts += try await RoleChangedRule(facts: facts).drafts(
            for: OrgMemberRoleChanged(org: acme.org.id, user: acme.ada.id, oldRole: .member, newRole: .admin), occurrence: "1")
        drafts += try await OrgFrozenRule(facts: facts).drafts(
            for: OrgFrozen(org: acme.org.id, name: "Acme", reason: "abuse", recipients: [acme.ada.id]), occurrence: "1")
        #expect(drafts.count >= 3)
        for draft in drafts {
            let context = String(decoding: try JSON.encode(draft.context), as: UTF8.self)
            #expect(!context.contains("Zzyzx") && !context.contains(other.id.description), "\(draft.decision)")
            for recipient in draft.recipients { #expect(!recipient.reason.contains("Zzyzx"), "\(draft.decision)") }
            #expect(!draft.about.contains(AuditReference(other.id)))
        }
    }

    @Test(arguments: [MailTemplate.memberRemoved, .orgInvitation, .invitationReminder])
    func `NOT-068 a mail to somebody who was removed, refused or is only asked has no way to say who else is there`(template: MailTemplate)
    {
        // The fields of the context are all that a template can print: one person at most, whoever is told or whoever asked.
        let people: Set<String> = ["name", "inviter", "person", "owner", "members", "admins", "by"]
        let printed = Set(MailCatalogue.fields(of: template).map(\.name)).intersection(people)
        let allowed: Set<String> = [.orgInvitation, .invitationReminder].contains(template) ? ["inviter"] : ["name"]
        #expect(printed.isSubset(of: allowed), "\(printed)")
    }
}
