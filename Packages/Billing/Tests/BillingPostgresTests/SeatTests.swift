import Billing
import BillingPostgres
import BillingTesting
import Core
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@Suite struct SeatTests {
    private let sec = ResourceID("sec")

    private func wish(_ world: BillingWorld, _ principal: Principal? = nil, for user: User.ID? = nil, plan: String = "starter") throws
        -> SeatRequest
    {
        SeatRequest(principal: principal ?? world.owner, repository: try #require(sec), planName: plan, subscriber: user)
    }

    private func end(
        _ world: BillingWorld, _ principal: Principal? = nil, of user: User.ID? = nil, _ mode: Subscription.Cancellation.Mode = .periodEnd,
        confirm: String? = nil
    ) throws -> SeatCancelRequest {
        SeatCancelRequest(
            principal: principal ?? world.owner, repository: try #require(sec), subscriber: user, mode: mode, confirm: confirm)
    }

    /// An org with a card on file.
    private func withCard(_ body: (BillingWorld, any SeatManaging) async throws -> Void) async throws {
        try await BillingWorld.with { world in
            _ = try await world.activeGraph()
            try await body(world, world.services.billing.seats)
        }
    }

    @Test func `BIL-031 a seat runs when it is answered, has its own pool, and its package hears of it in the same transaction`()
        async throws
    {
        try await withCard { world, seats in
            let view = try await seats.subscribe(wish(world, plan: "sec-starter"))
            #expect(view.subscription.status == .active)
            #expect(view.subscription.resource == sec)
            #expect(view.subscription.subscriber == world.owner.userID)
            #expect(view.subscription.currentPeriod != nil)
            #expect(view.price.minorUnits == 2_900)
            let heard = try await world.count(
                "SELECT count(*) FROM people.seat_change WHERE subscription = \(view.subscription.id) AND status = 'active'")
            #expect(heard == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.credit_pool WHERE scope = 'seat' AND closed_at IS NULL") == 1)
            #expect(try await world.entries("subscription_activated") == 2)
            // Nothing had to be provisioned, so nobody was told to.
            await #expect(throws: BillingError.alreadySubscribed) { try await seats.subscribe(wish(world)) }
            await #expect(throws: BillingError.unknownPlan("gold")) { try await seats.subscribe(wish(world, plan: "gold")) }
            let unknown = SeatRequest(
                principal: world.owner, repository: try #require(ResourceID("nowhere")), planName: "starter", subscriber: nil)
            await #expect(throws: BillingError.notFound) { try await seats.subscribe(unknown) }
        }
    }

    @Test func `BIL-031 of twenty wishes for one seat at once one is met and charged, and nineteen are refused`() async throws {
        try await withCard { world, seats in
            let before = world.provider.effects(of: "create_subscription")
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 1...20 {
                    group.addTask {
                        do {
                            return try await seats.subscribe(wish(world)).subscription.status.rawValue
                        } catch BillingError.alreadySubscribed {
                            return "refused"
                        } catch {
                            return "\(error)"
                        }
                    }
                }
                return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(outcomes == ["active": 1, "refused": 19])
            #expect(world.provider.effects(of: "create_subscription") == before + 1)
        }
    }

    @Test func `BIL-031 nobody pays, or the card is declined: no seat, and the next try is free`() async throws {
        try await BillingWorld.with { world in
            _ = await #expect(throws: BillingError.paymentMethodRequired) {
                _ = try await world.services.billing.seats.subscribe(wish(world))
            }
        }
        try await withCard { world, seats in
            let refusal = ProviderRefusal(kind: .declined, code: "card_declined", customerMessage: "Your card was declined.")
            world.provider.fail("create_subscription", with: .refused(refusal))
            await #expect(throws: BillingError.paymentDeclined("Your card was declined.")) { try await seats.subscribe(wish(world)) }
            #expect(try await seats.subscription(of: #require(sec), subscriber: world.owner.userID).subscription.status == .failed)
            #expect(try await seats.subscribe(wish(world)).subscription.status == .active)
            // What never ran is in no list.
            let listed = try await world.services.billing.subscriptions(of: world.org, includingUnprovisioned: false, as: world.owner)
            #expect(listed.count == 2)
        }
    }

    @Test func `BIL-031 a seat for somebody else takes an admin and a member`() async throws {
        try await withCard { world, seats in
            let (admin, member) = (try await world.admit(as: .admin), try await world.admit(as: .member))
            await #expect(throws: OrgsError.adminRequired) { try await seats.subscribe(wish(world, member, for: admin.userID)) }
            await #expect(throws: BillingError.subscriberNotMember) {
                try await seats.subscribe(wish(world, admin, for: .make(at: world.now)))
            }
            let view = try await seats.subscribe(wish(world, admin, for: member.userID))
            #expect(view.subscription.subscriber == member.userID)
            #expect(view.subscription.requestedBy == admin.userID)
            #expect(try await seats.subscribe(wish(world, admin)).subscription.subscriber == admin.userID)
        }
    }

    @Test func `BIL-048 a subscriber ends the own seat, an admin that of a member, and nobody that of another org`() async throws {
        try await withCard { world, seats in
            let (admin, member) = (try await world.admit(as: .admin), try await world.admit(as: .member))
            let seat = try await seats.subscribe(wish(world, member)).subscription
            let own = try await seats.subscribe(wish(world, admin)).subscription
            await #expect(throws: OrgsError.adminRequired) { try await seats.cancelSeat(end(world, member, of: admin.userID)) }
            await #expect(throws: BillingError.notFound) { try await seats.cancelSeat(end(world)) }
            await #expect(throws: BillingError.confirmMismatch) {
                try await seats.cancelSeat(end(world, admin, of: member.userID, .immediate, confirm: "SEC"))
            }
            let ending = try await seats.cancelSeat(end(world, member)).subscription
            #expect(ending.cancellation?.mode == .periodEnd)
            #expect(ending.endsAt == seat.currentPeriod?.end)
            let over = try await seats.cancelSeat(end(world, admin, of: member.userID, .immediate, confirm: "sec")).subscription
            #expect(over.cancellation?.mode == .immediate)
            await #expect(throws: BillingError.alreadyCanceled) { try await seats.cancelSeat(end(world, member)) }
            #expect(try await world.subscription(own.id).status == .active)
            try await world.drain()
            #expect(world.provider.effects(of: "cancel_now") == 1)
        }
    }

    @Test func `BIL-044 the read gives the live or ending row, else the newest that is over, else nothing`() async throws {
        try await withCard { world, seats in
            let graph = try #require(ResourceID("kg0123456789abcdef0123"))
            let outsider = try await world.admit(as: .member)
            await #expect(throws: BillingError.notFound) { try await seats.subscription(of: #require(sec), subscriber: outsider.userID) }
            #expect(try await seats.subscription(of: graph, subscriber: nil).subscription.status == .active)
            var ids: [Subscription.ID] = []
            for _ in 1...3 {
                ids.append(try await seats.subscribe(wish(world)).subscription.id)
                _ = try await seats.cancelSeat(end(world, nil, .immediate, confirm: "sec"))
                world.clock.advance(by: .minutes(1))
            }
            #expect(try await seats.subscription(of: #require(sec), subscriber: world.owner.userID).subscription.id == ids[2])
            let live = try await seats.subscribe(wish(world)).subscription.id
            world.clock.advance(by: .minutes(1))
            #expect(try await seats.subscription(of: #require(sec), subscriber: world.owner.userID).subscription.id == live)
            _ = try await seats.cancelSeat(end(world))
            #expect(try await seats.subscription(of: #require(sec), subscriber: world.owner.userID).subscription.id == live)
        }
    }

    @Test func `BIL-061 ORG-024 ORG-025 the end of a membership ends the seats, and the provider is asked afterwards`() async throws {
        try await withCard { world, seats in
            let member = try await world.admit(as: .member)
            let seat = try await seats.subscribe(wish(world, member)).subscription
            let others = try await seats.subscribe(wish(world)).subscription
            let observer = SeatMembershipObserver<TestTransaction>(
                catalogue: try BuiltInCatalogue.load(), resources: [FakeSeats()], dateSource: world.clock)
            world.provider.fail("cancel_now", with: .unknown(ProviderFailure(kind: .unreachable)))
            try await world.store.withTransaction(.system) { transaction in
                let scope = try #require(member.orgScope)
                let membership = Membership(
                    id: scope.membership, org: world.org, user: member.userID, role: .member, joinedAt: world.now,
                    joinedThrough: .invitation)
                try await observer.membershipEnded(membership, in: transaction)
            }
            #expect(try await world.subscription(seat.id).closedAt == world.now)
            #expect(try await world.subscription(others.id).status == .active)
            #expect(world.provider.effects(of: "cancel_now") == 0)
            try await world.drain()
            world.clock.advance(by: .minutes(10))
            try await world.drain()
            #expect(world.provider.effects(of: "cancel_now") == 1)
        }
    }

    @Test func `BIL-135 of two pages that were paid for one seat one counts, and the other is given back`() async throws {
        try await BillingWorld.with { world in
            let other = Org.ID.make(at: world.now)
            _ = try await world.directory.admit(to: other, as: .owner, world.database, at: world.now)
            var pages: [(session: ProviderID, subscription: Subscription.ID)] = []
            for plan in ["starter", "advanced"] {
                pages.append(try await world.checkout(plan, type: .repository, configuration: ["repository_name": "sec"]))
                // As a page of long ago that the provider could not close any more.
                try await world.database.adminClient.execute("UPDATE billing.checkout SET started_by = \(User.ID.make(at: world.now))")
            }
            for page in pages { world.provider.pay(page.session) }
            for page in pages { try await world.deliver("checkout.session.completed", page.session) }
            try await world.drain()
            let states = [try await world.subscription(pages[0].subscription), try await world.subscription(pages[1].subscription)]
            #expect(states.filter { $0.status == .active }.count == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.compensation") == 1)
            #expect(world.provider.refunded > 0)
        }
    }
}
