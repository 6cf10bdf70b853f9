import Audit
import AuditPostgres
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

struct HouseTransaction: PostgresOperationTransaction, PostgresOrgTransaction, OperationTransaction, AuditExportTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
    let wakeUps: JobWakeUps?
}

struct HouseStore: PostgresOperationStore, PostgresOrgStoring, OperationStore {
    typealias Transaction = HouseTransaction
    let client: PostgresClient
    let dateSource: any DateSource
    var notifier: JobNotifier? { nil }

    func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> HouseTransaction {
        HouseTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
    }
}

/// Plays the package that sells: three things run, until they are ended.
final class Shop: OrgObligationEnding, OrgLifecycleObserver {
    struct Crash: Error {}
    struct State {
        var running = ["a", "b", "c"]
        /// How often each was asked to end.
        var calls: [String] = []
        var refused: Set<String> = []
        var crashesAfter: String?
        var slow: Set<String> = []
        var blockers: [DeletionBlocker] = []
    }
    let state = Mutex(State())

    func obligations(of org: Org.ID, in transaction: HouseTransaction) async throws -> [OrgObligation] {
        state.withLock { $0.running.map { OrgObligation(id: $0, name: "Plan \($0)") } }
    }

    func end(_ obligation: String, of org: Org.ID, for owner: User.ID) async throws -> OrgObligationOutcome {
        try state.withLock { state in
            state.calls.append(obligation)
            if state.refused.contains(obligation) { return .refused("It is being changed.") }
            if state.slow.remove(obligation) != nil { return .waiting(.seconds(30)) }
            state.running.removeAll { $0 == obligation }
            if state.crashesAfter == obligation {
                state.crashesAfter = nil
                throw Crash()
            }
            return .ended
        }
    }

    func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: HouseTransaction
    ) async throws -> [DeletionBlocker] {
        state.withLock { $0.running.map { DeletionBlocker(.liveSubscription, id: $0, remedy: "cancel") } + $0.blockers }
    }
}

/// An org with an owner and an admin, and what is done with it.
struct TeardownHouse: Sendable {
    struct AnyProof: ProofService {
        func check(_ proof: Proof?, of principal: Principal, from client: ClientContext) async throws {}
    }

    let database: TestDatabase
    let clock: SteppedDateSource
    let shop = Shop()
    let org: Org.ID
    let owner: User.ID
    let admin: User.ID

    static func with(_ body: (TeardownHouse) async throws -> Void) async throws {
        let all = [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, OperationsMigrations.all]
        try await TestDatabase.withDatabase(migrations: all) { database in
            let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
            let now = clock.now
            let (owner, admin, org) = (User.ID.make(at: now), User.ID.make(at: now), Org.ID.make(at: now))
            let name = try #require(OrgName("Acme"))
            try await HouseStore(client: database.client, dateSource: clock).withTransaction(.system) { transaction in
                for (user, word) in [(owner, "Ada"), (admin, "Ben")] {
                    let account = User(
                        id: user, email: try #require(EmailAddress("\(word)@example.com")), name: try #require(PersonName(word)),
                        emailVerifiedAt: now, status: .active, sessionEpoch: 1, keyEpoch: 1, defaultOrg: nil, createdAt: now,
                        updatedAt: now)
                    try await transaction.insert(account, password: nil)
                }
                try await transaction.insert(
                    Org(id: org, name: name, type: .team, personalOwner: nil, state: .active, createdAt: now, updatedAt: now, version: 1),
                    maxGraphs: .limited(10))
                for (user, role) in [(owner, OrgRole.owner), (admin, .admin)] {
                    try await transaction.insert(
                        Membership(id: .make(at: now), org: org, user: user, role: role, joinedAt: now, joinedThrough: .founding))
                }
            }
            try await body(TeardownHouse(database: database, clock: clock, org: org, owner: owner, admin: admin))
        }
    }

    var store: HouseStore { HouseStore(client: database.client, dateSource: clock) }
    var operations: OperationService<HouseStore, OrgTeardownOperations<HouseTransaction>> {
        OperationService(store: store, controller: OrgTeardownOperations(), dateSource: clock)
    }

    func caller(_ user: User.ID) -> OperationCaller { OperationCaller(user: user, reach: MembershipReach(lacking: nil, boundOrg: nil)) }

    /// Orders the deletion with the end of what runs.
    func order() async throws -> DeletionOutcome {
        let account = try #require(try await store.profile(of: owner))
        let principal = Principal(
            userID: owner, email: account.email, name: account.name, isEmailVerified: true,
            credential: .session(.make(at: clock.now), generation: 1), scopes: nil, graph: nil,
            orgScope: try await store.scope(of: owner, in: org))
        let deletions = Deletions(
            store: store, observers: [shop], teardowns: OrgTeardowns(endings: shop), proofs: AnyProof(), settings: OrgsSettings(),
            dateSource: clock)
        return try await deletions.delete(
            DeletionRequest(
                confirmation: "Acme", proof: nil, client: ClientContext(address: "203.0.113.7", userAgent: nil), reason: "moving on",
                forfeitsBalance: false, endsSubscriptions: true),
            in: try MembershipAuthorizer().endingScope(for: principal, in: org), validatingOnly: false)
    }

    func begin() async throws -> Operations.Operation.ID {
        guard case .endingSubscriptions(let operation) = try await order() else { throw Shop.Crash() }
        return try #require(Operations.Operation.ID(operation))
    }

    /// What a worker does with the job, as often as the queue would.
    @discardableResult
    func work(_ operation: Operations.Operation.ID) async throws -> JobOutcome {
        let worker = HouseStore(client: database.systemClient, dateSource: clock)
        let handler = TearDownOrgHandler(
            store: worker, endings: shop, switchOff: OrgSwitchOff(observers: [shop], settings: OrgsSettings()))
        return try await handler.run(
            TearDownOrg(operation: operation),
            context: JobContext(
                lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: clock,
                effects: PostgresEffectLedger(client: database.systemClient, dateSource: clock)))
    }

    func operation(_ id: Operations.Operation.ID) async throws -> Operations.Operation {
        try #require(try await store.operation(id))
    }

    func state() async throws -> String {
        try await database.adminClient.query("SELECT state FROM orgs.org WHERE id = \(org)")[0].decode("state")
    }

    func count(_ statement: Statement) async throws -> Int64 {
        try await database.adminClient.query(statement)[0].decode(Int64.self)
    }

    var jobs: Statement { "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = \(TearDownOrg.kind)" }
}

@Suite struct OrgTeardownTests {
    @Test func `ORG-090 BIL-061 the second of three fails: it says what was done, its owner lets it go on, and then the org is deleted`()
        async throws
    {
        try await TeardownHouse.with { house in
            let id = try await house.begin()
            #expect(try await house.operation(id).steps.map(\.name) == ["End Plan a", "End Plan b", "End Plan c", "Delete the org"])
            #expect(try await house.count(house.jobs) == 1)
            house.shop.state.withLock { $0.refused = ["b"] }
            try await house.work(id)
            let stopped = try await house.operation(id)
            #expect(stopped.status == .awaitingInput && stopped.percent == 25)
            #expect(stopped.steps.map(\.state) == [.done, .failed, .pending, .pending])
            #expect(stopped.inputRequest?.details["ended"] == ["a"] && stopped.inputRequest?.details["stopped_at"] == "b")
            #expect(stopped.inputRequest?.details["left"] == ["b", "c"])
            #expect(stopped.inputRequest?.details["reason"] == "It is being changed.")
            // The org works on, and nothing goes on by itself.
            #expect(try await house.state() == "active")
            try await house.work(id)
            #expect(house.shop.state.withLock { $0.calls } == ["a", "b"])
            await #expect(throws: OperationError.exclusiveOperationRunning(id)) { try await house.order() }
            await #expect(throws: OperationError.forbidden) {
                try await house.operations.resume(id, input: .null, as: house.caller(house.admin))
            }
            await #expect(throws: OperationError.forbidden) { try await house.operations.cancel(id, as: house.caller(house.admin)) }
            house.shop.state.withLock { $0.refused = [] }
            house.clock.advance(by: .minutes(1))
            let before = try await house.count(house.jobs)
            _ = try await house.operations.resume(id, input: .null, as: house.caller(house.owner))
            #expect(try await house.count(house.jobs) == before + 1)
            try await house.work(id)
            let ended = try await house.operation(id)
            #expect(ended.status == .completed && ended.steps.allSatisfy { $0.state == .done })
            #expect(ended.result["purge_at"] == .string((house.clock.now + .days(30)).description))
            #expect(house.shop.state.withLock { $0.calls } == ["a", "b", "b", "c"])
            #expect(try await house.state() == "deleted")
            let steps = try await house.database.adminClient.query(
                "SELECT data->>'step' AS step, data->>'reason' AS reason FROM audit.entry WHERE type = 'org_deletion_requested' ORDER BY occurred_at, id"
            )
            #expect(try steps.map { try $0.decode("step", as: String.self) } == ["begun", "switched_off"])
            #expect(try steps.allSatisfy { try $0.decode("reason", as: String.self) == "moving on" })
            // A repeat gives the deletion that there is.
            guard case .deleted = try await house.order() else {
                Issue.record("the org was deleted already")
                return
            }
        }
    }

    @Test
    func `ORG-090 an owner abandons it before the last has ended, what has ended stays ended, and nobody's answer ends it after 30 days`()
        async throws
    {
        try await TeardownHouse.with { house in
            house.shop.state.withLock { $0.refused = ["b"] }
            let first = try await house.begin()
            try await house.work(first)
            #expect(try await house.operations.cancel(first, as: house.caller(house.owner)).status == .cancelled)
            house.shop.state.withLock { $0.refused = [] }
            try await house.work(first)
            #expect(house.shop.state.withLock { $0.running } == ["b", "c"])
            #expect(try await house.operation(first).steps.map(\.state) == [.done, .failed, .pending, .pending])
            #expect(try await house.state() == "active")
            // A new order ends what is left.
            house.shop.state.withLock { $0.refused = ["c"] }
            let second = try await house.begin()
            try await house.work(second)
            #expect(try await house.operation(second).inputRequest?.details["ended"] == ["b"])
            house.clock.advance(by: .days(30) - .seconds(1))
            try await house.work(second)
            #expect(try await house.operation(second).status == .awaitingInput)
            house.clock.advance(by: .seconds(1))
            try await house.work(second)
            #expect(try await house.operation(second).failure?.code == "ORG_TEARDOWN_STOPPED")
            #expect(try await house.state() == "active")
            #expect(house.shop.state.withLock { $0.running } == ["c"])
        }
    }

    @Test func `ORG-090 a crash after something has ended, a slow provider and graphs that are not gone only put it off`() async throws {
        try await TeardownHouse.with { house in
            let protected = DeletionBlocker(.protectedGraph, id: "kg1", remedy: "unprotect")
            house.shop.state.withLock { $0.blockers = [protected] }
            await #expect(throws: OrgsError.blocked([protected])) { try await house.order() }
            #expect(house.shop.state.withLock { $0.calls } == [])
            house.shop.state.withLock { state in
                state.blockers = [DeletionBlocker(.runningWork, id: "kg1", remedy: "Wait for the end of its retention.")]
                state.crashesAfter = "a"
                state.slow = ["b"]
            }
            let id = try await house.begin()
            await #expect(throws: Shop.Crash.self) { try await house.work(id) }
            #expect(try await house.operation(id).steps[0].state == .running)
            #expect(try await house.work(id) == .snoozed(until: house.clock.now + .seconds(30)))
            #expect(try await house.operation(id).steps.map(\.state) == [.done, .waiting, .pending, .pending])
            #expect(try await house.work(id) == .snoozed(until: house.clock.now + .hours(1)))
            #expect(try await house.operation(id).steps.map(\.state) == [.done, .done, .done, .waiting])
            #expect(try await house.state() == "active")
            // What was protected meanwhile stops it; what is gone does not.
            house.shop.state.withLock { $0.blockers = [protected] }
            #expect(try await house.work(id) == .completed)
            #expect(try await house.operation(id).inputRequest?.details["ended"] == ["a", "b", "c"])
            house.shop.state.withLock { $0.blockers = [] }
            _ = try await house.operations.resume(id, input: .null, as: house.caller(house.owner))
            #expect(try await house.work(id) == .completed)
            #expect(try await house.state() == "deleted")
            #expect(house.shop.state.withLock { $0.calls } == ["a", "a", "b", "b", "c"])
        }
    }

    @Test func `ORG-090 who is no owner any more when the last has ended deletes nothing`() async throws {
        try await TeardownHouse.with { house in
            let id = try await house.begin()
            _ = try await house.database.adminClient.pipeline([
                "UPDATE orgs.membership SET role = 'owner' WHERE user_id = \(house.admin)",
                "UPDATE orgs.membership SET role = 'member' WHERE user_id = \(house.owner)",
            ])
            try await house.work(id)
            #expect(try await house.operation(id).failure?.code == "ORG_NOT_DELETED")
            #expect(try await house.state() == "active")
        }
    }
}
