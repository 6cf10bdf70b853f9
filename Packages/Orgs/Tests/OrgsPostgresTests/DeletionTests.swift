import Audit
import Core
import FoundationEssentials
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Plays the packages above: has blockers to name, notes what it is told, and fails at a step when it is told to.
final class Surroundings: OrgLifecycleObserver {
    struct Failure: Error {}
    let blockers = Mutex<[DeletionBlocker]>([])
    let told = Mutex<[String]>([])
    let failing = Mutex<PurgeStep?>(nil)
    let waiting = Mutex<PurgeStep?>(nil)

    func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: OrgOnlyTransaction
    ) async throws -> [DeletionBlocker] {
        blockers.withLock { $0 }.filter { !(forfeitsBalance && $0.kind == .balance) }
    }
    func orgDeleted(_ org: Org, purgeAt: Instant, in transaction: OrgOnlyTransaction) async throws {
        told.withLock { $0.append("deleted") }
    }
    func orgRestored(_ org: Org, in transaction: OrgOnlyTransaction) async throws { told.withLock { $0.append("restored") } }
    func purge(_ step: PurgeStep, of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome {
        if failing.withLock({ $0 }) == step { throw Failure() }
        if waiting.withLock({ $0 }) == step { return .waiting(.hours(1)) }
        told.withLock { $0.append(step.rawValue) }
        return .done
    }
}

/// Takes any proof.
struct AnyProof: ProofService {
    func check(_ proof: Proof?, of principal: Principal, from client: ClientContext) async throws {}
}

/// Deletions of orgs that have no subscriptions to be ended first.
struct PlainDeletions {
    let service: Deletions<PostgresOrgStore>

    func plan(for scope: OwnerScope) async throws -> DeletionPlan { try await service.plan(for: scope) }
    func restore(_ scope: OwnerScope) async throws -> Org { try await service.restore(scope) }

    func delete(_ request: DeletionRequest, in scope: OwnerScope, validatingOnly validatesOnly: Bool) async throws -> OrgDeletion {
        guard case .deleted(let deletion) = try await service.delete(request, in: scope, validatingOnly: validatesOnly) else {
            throw Surroundings.Failure()
        }
        return deletion
    }
}

let someClient = ClientContext(address: "203.0.113.7", userAgent: nil)

extension House {
    func deletions(_ surroundings: Surroundings = Surroundings()) -> PlainDeletions {
        PlainDeletions(
            service: Deletions(store: store, observers: [surroundings], proofs: AnyProof(), settings: settings, dateSource: clock))
    }

    /// The scope of an owner whose org may be deleted.
    func endingScope(_ user: User.ID, _ org: Org.ID) async throws -> OwnerScope {
        try authorizer.endingScope(for: try await principal(user, in: org), in: org)
    }

    func request(_ name: String = "Personal Workspace", forfeits: Bool = false) -> DeletionRequest {
        DeletionRequest(
            confirmation: name, proof: .password(Password("x")), client: someClient, reason: nil, forfeitsBalance: forfeits,
            endsSubscriptions: false)
    }

    func context(attempt: Int = 1) -> JobContext {
        JobContext(
            lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: attempt, isLastAttempt: false, dateSource: clock,
            effects: PostgresEffectLedger(client: database.systemClient, dateSource: clock))
    }

    func warn(_ org: Org.ID) async throws {
        for days in OrgDeletion.warningDays {
            _ = try await WarnOfPurgeHandler(store: store).run(WarnOfPurge(org: org, days: days), context: context())
        }
    }

    func purger(_ surroundings: Surroundings = Surroundings()) -> PurgeOrgHandler<PostgresOrgStore> {
        PurgeOrgHandler(
            store: PostgresOrgStore(client: database.systemClient, dateSource: clock), observers: [surroundings], membershipObservers: [])
    }

    func state(of org: Org.ID) async throws -> String {
        try await database.adminClient.query("SELECT state FROM orgs.org WHERE id = \(org)")[0].decode("state")
    }
}

@Suite struct DeletionTests {
    @Test func `ORG-088 the name is typed letter by letter, after its normal form, or nothing happens`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            _ = try await house.orgs.update(
                OrgChanges(name: OrgName("Café Ärger")), ifVersion: nil, in: house.adminScope(ada.user, ada.org))
            let scope = try await house.endingScope(ada.user, ada.org)
            for wrong in ["", "Cafe Ärger", "café ärger", "Café Ärger!", "Personal Workspace"] {
                await #expect(throws: OrgsError.confirmMismatch, "\(wrong)") {
                    try await house.deletions().delete(house.request(wrong), in: scope, validatingOnly: false)
                }
            }
            #expect(try await house.state(of: ada.org) == "active")
            let trial = try await house.deletions().delete(house.request("Cafe\u{301} A\u{308}rger "), in: scope, validatingOnly: true)
            #expect(trial.purgeAt == house.clock.now + .days(30))
            #expect(try await house.state(of: ada.org) == "active")
            #expect(try await house.entries("org_deletion_requested") == 0)
        }
    }

    @Test func `ORG-089 each fact that stands in the way is named, and given up credit is none`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.endingScope(ada.user, ada.org)
            let surroundings = Surroundings()
            let balance = DeletionBlocker(.balance, id: "c1", remedy: "forfeit_balance")
            let subscription = DeletionBlocker(.liveSubscription, id: "s1", remedy: "cancel")
            surroundings.blockers.withLock { $0 = [balance, subscription] }
            let deletions = house.deletions(surroundings)
            #expect(try await deletions.plan(for: scope).blockers == [subscription, balance])
            await #expect(throws: OrgsError.blocked([subscription, balance])) {
                try await deletions.delete(house.request(), in: scope, validatingOnly: false)
            }
            surroundings.blockers.withLock { $0 = [balance] }
            await #expect(throws: OrgsError.blocked([balance])) {
                try await deletions.delete(house.request(), in: scope, validatingOnly: false)
            }
            #expect(surroundings.told.withLock { $0 }.isEmpty)
            _ = try await deletions.delete(house.request(forfeits: true), in: scope, validatingOnly: false)
            #expect(try await house.state(of: ada.org) == "deleted")
        }
    }

    @Test func `ORG-091 ten who delete at once make one deletion, and everything of it is one transaction`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .admin)
            let now = house.clock.now
            try await house.database.adminClient.execute(
                """
                INSERT INTO orgs.invitation (id, org_id, email, role, token_hash, state, invited_by, send_count, last_sent_at, expires_at, created_at)
                VALUES (gen_random_uuid(), \(ada.org), 'eve@example.com', 'member', decode(repeat('00', 32), 'hex'), 'pending', \(ada.user), 1,
                    \(now), \(now + .days(7)), \(now))
                """)
            let surroundings = Surroundings()
            let scope = try await house.endingScope(ada.user, ada.org)
            let dates = try await withThrowingTaskGroup(of: OrgDeletion.self) { group in
                for _ in 1...10 {
                    group.addTask {
                        try await house.deletions(surroundings).delete(house.request(), in: scope, validatingOnly: false)
                    }
                }
                return try await group.reduce(into: Set<OrgDeletion>()) { $0.insert($1) }
            }
            #expect(dates.count == 1 && dates.first?.purgeAt == now + .days(30))
            #expect(surroundings.told.withLock { $0 } == ["deleted"])
            #expect(try await house.entries("org_deletion_requested", of: ada.org) == 1)
            #expect(try await house.events("orgs.org_deletion_scheduled") == 1)
            #expect(try await house.count("orgs.invitation WHERE state = 'pending'") == 0)
            #expect(try await house.count("orgs.membership WHERE ended_at IS NULL AND user_id = '\(ben.uuid)'") == 2)
            #expect(try await house.count("jobs.job WHERE args ->> 'org' = '\(ada.org)'") == 3)
            // A member is a stranger now, an owner is told, and lists leave it out.
            let bens = try await house.principal(ben, in: ada.org)
            #expect(throws: OrgsError.notMember) { try house.authorizer.memberScope(for: bens, in: ada.org) }
            let adas = try await house.principal(ada.user, in: ada.org)
            #expect(throws: OrgsError.deleted) { try house.authorizer.memberScope(for: adas, in: ada.org) }
            #expect(throws: OrgsError.deleted) { try house.authorizer.scope(for: .rename, by: adas, in: ada.org) }
            #expect(try house.authorizer.scope(for: .readAudit, by: adas, in: ada.org).role == .owner)
            #expect(try await house.store.overviews(of: ada.user, includingDeleted: false).isEmpty)
            #expect(try await house.store.overviews(of: ada.user, includingDeleted: true).map(\.org.id) == [ada.org])
            #expect(try await house.store.overviews(of: ben, includingDeleted: true).map(\.org.state) == [.active])
        }
    }

    @Test func `ORG-093 a deleted org comes back until its time is over, and then no more`() async throws {
        try await House.with { house in
            for (early, comesBack) in [(Duration.seconds(1), true), (.zero, false), (.seconds(-1), false)] {
                let name = "Ada\(early.components.seconds + 1)"
                let ada = try await house.person(name)
                let surroundings = Surroundings()
                let deletions = house.deletions(surroundings)
                let scope = try await house.endingScope(ada.user, ada.org)
                await #expect(throws: OrgsError.notDeleted) { try await deletions.restore(scope) }
                let deletion = try await deletions.delete(house.request(), in: scope, validatingOnly: false)
                house.clock.advance(by: (deletion.purgeAt - house.clock.now) - early)
                if comesBack {
                    let org = try await deletions.restore(house.endingScope(ada.user, ada.org))
                    #expect(org.state == .active && surroundings.told.withLock { $0 } == ["deleted", "restored"])
                    #expect(try await house.role(of: ada.user, in: ada.org) == .owner)
                    #expect(try await house.entries("org_restored", of: ada.org) == 1)
                    #expect(try await house.count("jobs.job WHERE args ->> 'org' = '\(ada.org)'") == 0)
                    _ = try await deletions.delete(house.request(), in: house.endingScope(ada.user, ada.org), validatingOnly: false)
                } else {
                    let again = try await house.endingScope(ada.user, ada.org)
                    await #expect(throws: OrgsError.purging) { try await deletions.restore(again) }
                }
            }
        }
    }

    @Test func `ORG-094 of a restore and a purge at one instant one wins, whatever the clock says`() async throws {
        try await House.with { house in
            for round in 1...raceRounds {
                let ada = try await house.person("Ada\(round)")
                let scope = try await house.endingScope(ada.user, ada.org)
                _ = try await house.deletions().delete(house.request(), in: scope, validatingOnly: false)
                try await house.warn(ada.org)
                // The worker's clock may be ahead of the API's.
                let ahead = SteppedDateSource(startingAt: house.clock.now + .days(30))
                let context = JobContext(
                    lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: ahead,
                    effects: PostgresEffectLedger(client: house.database.systemClient, dateSource: ahead))
                async let purged = house.purger().run(PurgeOrg(org: ada.org), context: context)
                async let restored = Ending { _ = try await house.deletions().restore(scope) }
                let outcome = try await (purged, restored)
                let state = try await house.state(of: ada.org)
                #expect(
                    outcome.1 == .done
                        ? state == "active" && outcome.0 != .completed : state == "purged" && outcome.0 == .completed, "\(outcome)")
            }
        }
    }

    @Test func `ORG-095 a purge whose owners were not warned is put off by a day, and they are warned`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.endingScope(ada.user, ada.org)
            let deletion = try await house.deletions().delete(house.request(), in: scope, validatingOnly: false)
            #expect(try await house.purger().run(PurgeOrg(org: ada.org), context: house.context()) == .snoozed(until: deletion.purgeAt))
            house.clock.advance(to: deletion.purgeAt)
            let outcome = try await house.purger().run(PurgeOrg(org: ada.org), context: house.context())
            #expect(outcome == .snoozed(until: deletion.purgeAt + .days(1)))
            #expect(try await house.events("orgs.org_purge_postponed") == 1)
            #expect(try await house.state(of: ada.org) == "deleted")
            try await house.warn(ada.org)
            try await house.warn(ada.org)
            #expect(try await house.events("orgs.org_purge_approaching") == 2)
            house.clock.advance(by: .days(1))
            #expect(try await house.purger().run(PurgeOrg(org: ada.org), context: house.context()) == .completed)
            #expect(try await house.state(of: ada.org) == "purged")
        }
    }

    @Test(arguments: PurgeStep.allCases)
    func `ORG-096 a purge that fails at a step goes on there, and leaves none out`(step: PurgeStep) async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .member)
            let surroundings = Surroundings()
            let deletion = try await house.deletions(surroundings).delete(
                house.request(), in: house.endingScope(ada.user, ada.org), validatingOnly: false)
            try await house.warn(ada.org)
            house.clock.advance(to: deletion.purgeAt)
            surroundings.failing.withLock { $0 = step }
            for _ in 1...2 {
                await #expect(throws: Surroundings.Failure.self) {
                    try await house.purger(surroundings).run(PurgeOrg(org: ada.org), context: house.context())
                }
            }
            #expect(try await house.state(of: ada.org) == "purging")
            let scope = try? await house.endingScope(ada.user, ada.org)
            if let scope { await #expect(throws: OrgsError.purging) { try await house.deletions(surroundings).restore(scope) } }
            surroundings.failing.withLock { $0 = nil }
            surroundings.waiting.withLock { $0 = step }
            #expect(
                try await house.purger(surroundings).run(PurgeOrg(org: ada.org), context: house.context())
                    == .snoozed(until: house.clock.now + .hours(1)))
            surroundings.waiting.withLock { $0 = nil }
            #expect(try await house.purger(surroundings).run(PurgeOrg(org: ada.org), context: house.context()) == .completed)
            #expect(surroundings.told.withLock { $0 } == ["deleted"] + PurgeStep.allCases.map(\.rawValue))
            #expect(try await house.entries("org_purged", of: ada.org) == 1)
            #expect(try await house.events("orgs.org_purged") == 1)
            #expect(try await house.store.scope(of: ben, in: ada.org) == nil)
            let again = try await house.purger(surroundings).run(PurgeOrg(org: ada.org), context: house.context())
            #expect(again == .cancelled(reason: "the org is not deleted any more"))
        }
    }

    @Test func `ORG-097 ORG-100 what stays of a purged org names nobody, its entries stay, and its owner makes a new one`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            _ = try await house.orgs.update(
                OrgChanges(name: OrgName("Planted-Name-4711")), ifVersion: nil, in: house.adminScope(ada.user, ada.org))
            try await house.database.adminClient.execute(
                """
                INSERT INTO orgs.invitation (id, org_id, email, role, token_hash, state, invited_by, send_count, last_sent_at, expires_at, created_at)
                VALUES (gen_random_uuid(), \(ada.org), 'planted4711@example.com', 'member', decode(repeat('00', 32), 'hex'), 'pending',
                    \(ada.user), 1, now(), now(), now())
                """)
            let before = try await house.count("audit.entry WHERE ref_org = '\(ada.org.uuid)'")
            let deletion = try await house.deletions().delete(
                DeletionRequest(
                    confirmation: "Planted-Name-4711", proof: nil, client: someClient, reason: "planted4711", forfeitsBalance: false,
                    endsSubscriptions: false),
                in: house.endingScope(ada.user, ada.org), validatingOnly: false)
            try await house.warn(ada.org)
            house.clock.advance(to: deletion.purgeAt)
            #expect(try await house.purger().run(PurgeOrg(org: ada.org), context: house.context()) == .completed)
            for table in try await house.database.adminClient.query("SELECT tablename FROM pg_tables WHERE schemaname = 'orgs'") {
                let name: String = try table.decode("tablename")
                let planted = try await house.count("orgs.\(name) AS t WHERE t::text ILIKE '%planted%'")
                #expect(planted == 0, "\(name)")
            }
            let row = try await house.database.adminClient.query("SELECT * FROM orgs.org WHERE id = \(ada.org)")[0]
            #expect(try row.decode("name", as: String?.self) == nil && row.decode("personal_owner_id", as: UUID?.self) == nil)
            #expect(try row.decode("org_type", as: String.self) == "personal")
            #expect(try await house.count("audit.entry WHERE ref_org = '\(ada.org.uuid)'") == before + 3)
            await #expect(throws: (any Error).self) {
                try await house.database.adminClient.execute("UPDATE orgs.org SET state = 'active', name = 'x' WHERE id = \(ada.org)")
            }
            let fresh = try await house.orgs.create(
                try #require(OrgName("Again")), .personal, makingDefault: false, by: house.principal(ada.user, in: nil))
            #expect(fresh.role == .owner)
        }
    }

    @Test func `ORG-098 a hold stops the purge and not the deletion, until it is lifted`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let administration = StoredOrgAdministration(store: house.store, dateSource: house.clock)
            let actor = AuditActor.system(component: "orgs")
            await #expect(throws: OrgsError.notDeleted) { try await administration.setLegalHold("case 1", on: ada.org, by: actor) }
            let deletion = try await house.deletions().delete(
                house.request(), in: house.endingScope(ada.user, ada.org), validatingOnly: false)
            try await house.warn(ada.org)
            try await administration.setLegalHold("case 1", on: ada.org, by: actor)
            house.clock.advance(to: deletion.purgeAt + .days(100))
            #expect(
                try await house.purger().run(PurgeOrg(org: ada.org), context: house.context())
                    == .snoozed(until: house.clock.now + .days(1)))
            try await administration.setLegalHold(nil, on: ada.org, by: actor)
            #expect(try await house.purger().run(PurgeOrg(org: ada.org), context: house.context()) == .completed)
            #expect(try await house.entries("org_legal_hold_changed", of: ada.org) == 2)
        }
    }

    @Test func `ORG-115 delete, restore, delete and purge follow the clock of the test`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let first = try await house.deletions().delete(
                house.request(), in: house.endingScope(ada.user, ada.org), validatingOnly: false)
            house.clock.advance(by: .days(29))
            _ = try await house.deletions().restore(house.endingScope(ada.user, ada.org))
            house.clock.advance(by: .days(2))
            #expect(
                try await house.purger().run(PurgeOrg(org: ada.org), context: house.context())
                    == .cancelled(reason: "the org is not deleted any more"))
            let second = try await house.deletions().delete(
                house.request(), in: house.endingScope(ada.user, ada.org), validatingOnly: false)
            #expect(second.purgeAt == first.purgeAt + .days(31))
            try await house.warn(ada.org)
            house.clock.advance(by: .days(30))
            #expect(try await house.purger().run(PurgeOrg(org: ada.org), context: house.context()) == .completed)
        }
    }

    @Test func `ORG-116 jobs are tried again by the numbers of the settings`() async throws {
        struct Crash: Error {}
        struct Failing: JobHandler {
            func run(_ job: PurgeOrg, context: JobContext) async throws -> JobOutcome { throw Crash() }
        }
        try await House.with { house in
            let policy = RetryPolicy(maximumAttempts: 3, baseDelay: .seconds(5), maximumDelay: .seconds(8))
            let handler = RetryingHandler(Failing(), policy: policy, log: .silent)
            let job = PurgeOrg(org: .make(at: house.clock.now))
            let first = try await handler.run(job, context: house.context(attempt: 1))
            #expect(first == .retry(after: .seconds(5)))
            #expect(try await handler.run(job, context: house.context(attempt: 2)) == .retry(after: .seconds(8)))
            #expect(try await handler.run(job, context: house.context(attempt: 3)) == .discarded(reason: "the last of 3 attempts failed"))
            var registry = JobRegistry()
            OrgHandlers(
                store: house.store, administration: StoredOrgAdministration(store: house.store, dateSource: house.clock),
                lifecycleObservers: [], membershipObservers: [], exportContributors: [], settings: house.settings, metrics: Metrics(),
                log: .silent
            ).register(on: &registry)
            #expect(registry.schedules.map(\.name).contains("orgs.reconcile_slots"))
        }
    }
}
