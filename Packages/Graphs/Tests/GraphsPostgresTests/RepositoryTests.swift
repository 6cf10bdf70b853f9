import Audit
import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct RepositoryTests {
    /// A deployment that runs one repository, whose seat the member has.
    private struct Seats: Sendable {
        let deployment: Deployment
        let sec: Repository.ID
        let seats: RepositorySeats<Deployment.Store.Transaction>

        var caller: GraphCaller { GraphCaller(user: deployment.member, org: deployment.org) }

        static func with(_ body: @Sendable (Seats) async throws -> Void) async throws {
            try await Deployment.with { deployment in
                let sec = try #require(ResourceID("sec"))
                try await deployment.store.register([
                    Repository(id: sec, name: "SEC filings", description: "Everything filed", createdAt: start)
                ])
                try await body(Seats(deployment: deployment, sec: sec, seats: RepositorySeats(dateSource: deployment.clock)))
            }
        }

        /// Stores a subscription of the seat as it is and tells the seats of it, as Billing does in its own transaction.
        func pay(_ id: Subscription.ID, _ status: Subscription.Status, endsAt: Instant? = nil, grace: Instant? = nil) async throws {
            let isOver = endsAt.map { $0 <= deployment.clock.now } ?? false
            _ = try await deployment.database.adminClient.pipeline([
                withoutRules,
                """
                INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, subscriber_id, plan_key, plan_version, interval,
                    currency, configuration, backing_kind, status, provider_sync, started_at, canceled_at, ends_at, closed_at,
                    cancellation_type, cancellation_origin, grace_deadline, created_at, updated_at)
                SELECT \(id), \(deployment.org), 'repository', 'sec', \(deployment.member), plan_key, plan_version, interval, currency, 'null',
                    'net_terms', \(status.rawValue), 'confirmed', \(start), \(endsAt as Instant?), \(endsAt as Instant?),
                    \((isOver ? endsAt : nil) as Instant?), \((endsAt == nil ? nil : "period_end") as String?),
                    \((endsAt == nil ? nil : "user") as String?), \(grace as Instant?), \(deployment.clock.now), \(deployment.clock.now)
                FROM billing.plan_price WHERE plan_key = 'repository:sec/starter' AND interval = 'monthly' LIMIT 1
                ON CONFLICT (id) DO UPDATE SET status = excluded.status, canceled_at = excluded.canceled_at, ends_at = excluded.ends_at,
                    closed_at = excluded.closed_at, cancellation_type = excluded.cancellation_type,
                    cancellation_origin = excluded.cancellation_origin, grace_deadline = excluded.grace_deadline
                """,
            ])
            try await tell(of: id)
        }

        func tell(of id: Subscription.ID) async throws {
            try await deployment.store.withTransaction(.system) { transaction in
                let row = try #require(try await transaction.subscription(id))
                try await seats.changed(row, in: transaction)
            }
        }

        var grants: [(state: String, cause: String)] {
            get async throws {
                try await deployment.database.adminClient.query(
                    "SELECT state, cause FROM graphs.repository_grant ORDER BY created_at, id"
                ).map { (try $0.decode("state"), try $0.decode("cause")) }
            }
        }

        var opened: [RepositoryForUser] {
            get async throws { try await deployment.services.graphs.repositories(as: caller) }
        }
    }

    @Test func `GRA-089 NOT-165 the grant follows its subscription in the same transaction, through debt, payment, end and a new sale`()
        async throws
    {
        try await Seats.with { seats in
            let (clock, first) = (seats.deployment.clock, Subscription.ID.make(at: start))
            #expect(try await seats.opened.isEmpty)
            try await seats.pay(first, .active)
            try await seats.tell(of: first)
            #expect(try await seats.opened.map(\.access) == [.read])
            try await seats.pay(first, .pastDue, grace: clock.now + .days(1))
            #expect(try await seats.opened.count == 1)
            try await seats.pay(first, .unpaid, grace: clock.now)
            #expect(try await seats.opened.isEmpty)
            try await seats.pay(first, .active)
            #expect(try await seats.opened.count == 1)
            let end = clock.now + .days(3)
            try await seats.pay(first, .canceled, endsAt: end)
            clock.advance(to: end - .seconds(1))
            #expect(try await seats.opened.count == 1)
            clock.advance(by: .seconds(1))
            // The end itself needs no change of a row.
            #expect(try await seats.opened.isEmpty)
            try await seats.pay(first, .canceled, endsAt: end)
            #expect(try await seats.grants.map(\.state) == ["revoked"])
            clock.advance(by: .seconds(1))
            try await seats.pay(.make(at: clock.now), .active)
            #expect(try await seats.opened.count == 1)
            #expect(try await seats.grants.map(\.state) == ["revoked", "active"])
            for type in ["granted", "suspended", "restored", "revoked"] {
                #expect(try await seats.deployment.audit("repository_access_" + type) == (type == "granted" ? 2 : 1), "\(type)")
            }
            let told = try await seats.deployment.database.adminClient.query(
                "SELECT payload::text AS payload FROM jobs.event WHERE topic = \(RepositoryAccessChanged.topic) ORDER BY id"
            ).map { try JSON.decode(RepositoryAccessChanged.self, from: Array(try $0.decode("payload", as: String.self).utf8)).change }
            #expect(told == [.granted, .suspended, .restored, .ended, .granted])
        }
    }

    @Test func `GRA-089 what an off-boarding took away comes back neither by news of the same subscription nor by night`() async throws {
        try await Seats.with { seats in
            let (deployment, first) = (seats.deployment, Subscription.ID.make(at: start))
            try await seats.pay(first, .active)
            let membership = Membership(
                id: .make(at: start), org: deployment.org, user: deployment.member, role: .member, joinedAt: start, joinedThrough: .founding
            )
            try await deployment.store.withTransaction(.system) {
                try await GraphMembershipObserver<Deployment.Store.Transaction>().membershipEnded(membership, in: $0)
            }
            #expect(try await seats.opened.isEmpty)
            try await seats.tell(of: first)
            try await reconcileAll(seats)
            #expect(try await seats.opened.isEmpty)
            #expect(try await seats.grants.map(\.cause) == ["off_boarding"])
        }
    }

    @Test func `GRA-089 the night finds what no hook was told of, and twenty at once make one grant`() async throws {
        try await Seats.with { seats in
            let first = Subscription.ID.make(at: start)
            try await seats.pay(first, .active)
            try await seats.deployment.database.adminClient.execute("DELETE FROM graphs.repository_grant")
            try await reconcileAll(seats)
            #expect(try await seats.grants.map(\.state) == ["active"])
            try await seats.deployment.database.adminClient.execute("DELETE FROM graphs.repository_grant")
            await withTaskGroup { group in
                for _ in 0..<20 { group.addTask { try? await seats.tell(of: first) } }
            }
            #expect(try await seats.grants.map(\.state) == ["active"])
        }
    }

    @Test func `OPS-119 a seat is revoked within five minutes of its end though nobody told of it, whatever is being bought meanwhile`()
        async throws
    {
        #expect(
            EndRepositoryGrants.schedule?.cron.description == "*/5 * * * *" && ReconcileSeats.schedule?.cron.description == "30 4 * * *")
        #expect(ReconcileSeat.lane == .lifecycle)
        try await Seats.with { seats in
            let (clock, first) = (seats.deployment.clock, Subscription.ID.make(at: start))
            func sweep() async throws {
                try await seats.deployment.store.withTransaction(.system) { try await $0.enqueue(EndRepositoryGrants(), .standard) }
                try await seats.deployment.worker.drain()
            }
            try await seats.pay(first, .active)
            let end = clock.now + .days(3)
            try await seats.pay(first, .canceled, endsAt: end)
            clock.advance(to: end - .seconds(1))
            try await sweep()
            #expect(try await seats.grants.map(\.state) == ["active"])
            clock.advance(by: .seconds(1))
            for _ in 0..<2 { try await sweep() }
            #expect(try await seats.grants.map(\.state) == ["revoked"])
            #expect(try await seats.deployment.audit("repository_access_revoked") == 1)
            // A sale that is under way says nothing about what was there before, but not that it goes on.
            try await seats.pay(first, .canceled, endsAt: end)
            let second = Subscription.ID.make(at: clock.now)
            try await seats.pay(second, .active)
            try await seats.deployment.database.adminClient.execute(
                "UPDATE graphs.repository_grant SET expires_at = \(clock.now + .days(1)) WHERE state = 'active'")
            _ = try await seats.deployment.database.adminClient.pipeline([
                withoutRules, "UPDATE billing.subscription SET status = 'pending', started_at = NULL WHERE id = \(second)",
            ])
            try await sweep()
            #expect(try await seats.grants.map(\.state) == ["revoked", "active"])
            clock.advance(by: .days(1))
            try await sweep()
            #expect(try await seats.grants.map(\.state) == ["revoked", "revoked"])
        }
    }

    @Test func `GRA-092 repositories stand beside graphs for whoever has a seat, and cannot be selected`() async throws {
        try await Seats.with { seats in
            let graphs = seats.deployment.services.graphs
            try await seats.pay(.make(at: start), .active)
            let listed = try await seats.opened
            #expect(listed.map(\.repository.name) == ["SEC filings"])
            #expect(try await graphs.repositories(as: seats.deployment.caller).isEmpty)
            #expect(try await graphs.isRepository("sec"))
            #expect(try await !graphs.isRepository("other"))
            #expect(GraphID("sec") == nil)
        }
    }

    @Test func `GRA-088 and BIL-149 a repository is in no org's totals or limits, and no automatic rule ever touches it`() async throws {
        try await Seats.with { seats in
            let deployment = seats.deployment
            try await seats.pay(.make(at: start), .active)
            #expect(try await deployment.store.limits(of: deployment.org)?.graphsHeld == 0)
            let totals = try await deployment.database.adminClient.query("SELECT graph_id FROM orgs.org_graph WHERE graph_id = 'sec'")
            #expect(totals.isEmpty)
            let blockers = try await deployment.store.withTransaction(.system) {
                try await deployment.services.orgObserver.deletionBlockers(
                    of: deployment.org, forfeitingBalance: false, in: $0)
            }
            #expect(blockers.isEmpty)
            try await deployment.database.adminClient.execute(
                """
                UPDATE orgs.org SET state = 'deleted', deleted_at = \(start), deleted_by = \(deployment.owner), purge_at = \(start + .days(30))
                """)
            try await deployment.advance(.days(400))
            #expect(try await deployment.store.dueGraphs(at: deployment.clock.now, limit: 100).isEmpty)
            #expect(try await graphsIsUntouched(deployment))
            let columns = try await deployment.database.adminClient.query(
                """
                SELECT column_name FROM information_schema.columns WHERE table_schema = 'graphs' AND table_name = 'repository'
                  AND column_name IN ('org_id', 'status', 'purge_at', 'suspend_at')
                """)
            #expect(columns.isEmpty)
        }
    }

    private func graphsIsUntouched(_ deployment: Deployment) async throws -> Bool {
        try await deployment.services.graphs.isRepository("sec")
    }

    private func reconcileAll(_ seats: Seats) async throws {
        try await seats.deployment.store.withTransaction(.system) { try await $0.enqueue(ReconcileSeats(), .standard) }
        try await seats.deployment.worker.drain()
    }
}
