import Audit
import Core
import Identity
import IdentityPostgres
import IdleCancellation
import Jobs
import Notifications
import NotificationsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Notices in the product: who is told, until when, and what takes them away.
@Suite struct NoticeTests {
    /// One decision that a person is told of; several may be about one case's subscription.
    private func notice(_ idleCase: IdleCase, for user: User.ID, decision: String = "d1", at: Instant) -> Notice {
        Notice(
            id: .make(at: at), user: user, kind: .subscriptionKept, severity: .info, decision: decision, org: idleCase.org,
            subscription: idleCase.subscription, resource: "Orders", via: "activity", renewsAt: idleCase.endsAt, createdAt: at)
    }

    private func post(_ notice: Notice, _ here: Neighbourhood) async throws {
        try await here.store.withTransaction { _ = try await here.board.post(notice, in: $0) }
    }

    /// What `GET /v1/user` reads.
    private func profile(_ user: User.ID, _ here: Neighbourhood) async throws -> [PendingNotice] {
        try await PostgresIdentityStore(client: here.database.client, dateSource: here.clock).pendingNotices(of: user)
    }

    private func clear(_ here: Neighbourhood) async throws -> Int { try await here.board.clearExpired(now: here.clock.now) }

    @Test func `IDL-058, NOT-175, IDL-T34 a settled reversal tells each owner and who acted, in the profile and in the list`() async throws
    {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .owner)
            let carl = try await here.person("Carl", as: .member)
            let eve = try await here.person("Eve", as: .admin)
            var idleCase = try await here.idleCase()
            (idleCase.via, idleCase.acceptedBy) = (.activity, carl)
            let kept = idleCase
            let sink = try here.sink()
            try await here.store.withTransaction { try await sink.kept(kept, in: $0) }
            for user in [ada, carl] {
                let shown = try #require(try await profile(user, here).first)
                let listed = try #require(try await here.board.pending(for: user).first)
                #expect(shown.id == listed.id.description && shown.subscription == idleCase.subscription.description)
                #expect(shown.kind == "subscription_kept" && shown.isKeptBanner && shown.via == "activity")
                #expect(shown.org == idleCase.org && shown.renewsAt == idleCase.endsAt && shown.createdAt == here.clock.now)
            }
            #expect(try await profile(eve, here).isEmpty)
            #expect(try await here.board.pending(for: eve).isEmpty)
            #expect(try await here.count("audit.entry WHERE type = 'notice_created'") == 2)
        }
    }

    @Test func `ID-131 NOT-177 from two recovery codes on a person is told in the product, once for each code, until there are new ones`()
        async throws
    {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .member)
            let person = User(
                id: ada, email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
                emailVerifiedAt: here.clock.now, status: .active, sessionEpoch: 1, keyEpoch: 1, defaultOrg: nil,
                createdAt: here.clock.now, updatedAt: here.clock.now)
            func context() -> JobContext {
                JobContext(
                    lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false,
                    dateSource: here.clock, effects: NoEffects())
            }
            for left in [3, 2, 2, 1] {
                if left != 2 { here.clock.advance(by: .seconds(1)) }
                _ = try await LowRecoveryCodeNotices(store: here.store).handle(
                    RecoveryCodeUsed(user: person, left: left, isLow: left <= 2, at: here.clock.now), context: context())
                let told = try await here.board.pending(for: ada)
                #expect(told.map(\.kind) == (left == 3 ? [] : [.recoveryCodesLow]), "\(left)")
                #expect(told.first?.via == (left == 3 ? nil : "left_\(left)") && told.first?.org == nil)
                #expect(try await profile(ada, here).map(\.kind) == (left == 3 ? [] : ["recovery_codes_low"]))
            }
            #expect(try await here.count("audit.entry WHERE type = 'notice_created'") == 2)
            _ = try await RenewedRecoveryCodeNotices(store: here.store).handle(
                RecoveryCodesChanged(user: person, isRenewal: true, at: here.clock.now), context: context())
            #expect(try await here.board.pending(for: ada).isEmpty)
            #expect(try await profile(ada, here).isEmpty)
        }
    }

    @Test func `a notice about one thing of an org clears no notice about another thing or another org`() async throws {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .owner)
            let idleCase = try await here.idleCase()
            func notice(_ host: String, _ decision: String, org: Org.ID) -> Notice {
                Notice(
                    id: .make(at: here.clock.now), user: ada, kind: .endpointDisabled, severity: .warning, decision: decision, org: org,
                    subscription: nil, resource: host, via: "gone", renewsAt: nil, createdAt: here.clock.now)
            }
            let other = Org.ID.make(at: here.clock.now)
            for (host, decision, org) in [
                ("a.example.com", "d1", idleCase.org), ("b.example.com", "d2", idleCase.org), ("a.example.com", "d3", other),
            ] {
                here.clock.advance(by: .seconds(1))
                let told = notice(host, decision, org: org)
                try await here.store.withTransaction { _ = try await $0.insertNotice(told) }
            }
            #expect(try await here.board.pending(for: ada).map(\.decision) == ["d3", "d2", "d1"])
            here.clock.advance(by: .days(10))
            let again = notice("a.example.com", "d4", org: idleCase.org)
            try await here.store.withTransaction { _ = try await $0.insertNotice(again) }
            #expect(try await here.board.pending(for: ada).map(\.decision) == ["d4", "d3", "d2"])
            here.clock.advance(by: .days(5))
            #expect(
                try await here.board.pending(for: ada).map(\.decision) == ["d4"], "the others are old, and nothing new was told of them")
        }
    }

    @Test func `IDL-059, NOT-172, IDL-T34 acknowledging is done once, affects the caller's own notice alone, and showing clears nothing`()
        async throws
    {
        try await Neighbourhood.with { here in
            let (ada, bob) = (try await here.person("Ada", as: .owner), try await here.person("Bob", as: .owner))
            let idleCase = try await here.idleCase()
            for user in [ada, bob] { try await post(notice(idleCase, for: user, at: here.clock.now), here) }
            for _ in 0..<3 { #expect(try await profile(ada, here).count == 1) }
            let id = try #require(try await here.board.pending(for: ada).first?.id)
            let actor = AuditActor.user(AuditReference(bob))
            #expect(try await !here.board.acknowledge(id, by: bob, as: actor))
            #expect(try await !here.board.acknowledge(.make(at: here.clock.now), by: ada, as: actor))
            #expect(try await profile(ada, here).count == 1)
            for _ in 0..<2 { #expect(try await here.board.acknowledge(id, by: ada, as: .user(AuditReference(ada)))) }
            #expect(try await profile(ada, here).isEmpty)
            #expect(try await profile(bob, here).count == 1)
            #expect(try await here.count("audit.entry WHERE type = 'notice_acknowledged'") == 1)
        }
    }

    @Test
    func
        `IDL-060, OPS-134, NOT-176, IDL-T34 the latest decision of person and subscription says when it ends: stale, both, recent, 14 days`()
        async throws
    {
        try await Neighbourhood.with { here in
            let now = here.clock.now
            let ages: [(String, [Duration], isShown: Bool)] = [
                ("stale", [.days(14) + .seconds(1)], false), ("both", [.days(20), .days(3)], true), ("recent", [.days(3)], true),
                ("exactly", [.days(14)], true),
            ]
            for (name, created, isShown) in ages {
                let user = try await here.person("P" + name, as: .owner)
                let idleCase = try await here.idleCase()
                for (number, age) in created.enumerated() {
                    try await post(notice(idleCase, for: user, decision: "\(name)\(number)", at: now - age), here)
                }
                #expect(try await profile(user, here).count == (isShown ? 1 : 0), "\(name) before the job")
                #expect(try await here.board.pending(for: user).count == (isShown ? 1 : 0), "\(name) before the job")
            }
            #expect(try await clear(here) == 1)
            #expect(try await clear(here) == 0)
            #expect(try await here.count("notifications.notice WHERE cleared_at IS NULL") == 3)
            #expect(try await here.count("audit.entry WHERE type = 'notice_expired'") == 1)
        }
    }

    @Test func `IDL-060, ADM-088 two rows of one subscription are shown as long as the newer one is, whoever wrote them`() async throws {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .owner)
            let idleCase = try await here.idleCase()
            let old = notice(idleCase, for: ada, decision: "old", at: here.clock.now - .days(20))
            try await post(old, here)
            try await post(notice(idleCase, for: ada, decision: "new", at: here.clock.now - .days(3)), here)
            // As a writer that clears nothing would have left it.
            try await here.write("UPDATE notifications.notice SET cleared_at = NULL WHERE id = \(old.id)")
            #expect(try await clear(here) == 0)
            #expect(try await profile(ada, here).count == 2)
            here.clock.advance(by: .days(11) + .seconds(1))
            #expect(try await profile(ada, here).isEmpty)
            #expect(try await clear(here) == 2)
        }
    }

    @Test func `ADM-088 a dismissed one stays away for that person and returns for a newer decision alone`() async throws {
        try await Neighbourhood.with { here in
            let (ada, bob) = (try await here.person("Ada", as: .owner), try await here.person("Bob", as: .owner))
            let idleCase = try await here.idleCase()
            for user in [ada, bob] { try await post(notice(idleCase, for: user, at: here.clock.now), here) }
            let id = try #require(try await here.board.pending(for: ada).first?.id)
            _ = try await here.board.acknowledge(id, by: ada, as: .user(AuditReference(ada)))
            try await post(notice(idleCase, for: ada, at: here.clock.now), here)
            #expect(try await here.board.pending(for: ada).isEmpty)
            #expect(try await here.board.pending(for: bob).count == 1)
            here.clock.advance(by: .days(31))
            try await post(notice(idleCase, for: ada, decision: "d2", at: here.clock.now), here)
            #expect(try await here.board.pending(for: ada).count == 1)
        }
    }

    @Test func `NOT-174 the same decision heard again gives one notice, also when it is heard twice at once`() async throws {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .owner)
            let idleCase = try await here.idleCase()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { try await post(notice(idleCase, for: ada, at: here.clock.now), here) } }
                try await group.waitForAll()
            }
            #expect(try await here.count("notifications.notice") == 1)
            #expect(try await here.count("audit.entry WHERE type = 'notice_created'") == 1)
        }
    }

    @Test func `NOT-177 an idle end is shown once the provider has confirmed it, and no more once it is taken back`() async throws {
        try await Neighbourhood.with { here in
            let ada = try await here.person("Ada", as: .owner)
            let idleCase = try await here.idleCase()
            let sink = try here.sink()
            func kinds() async throws -> [String] { try await profile(ada, here).map(\.kind) }
            try await here.store.withTransaction { try await sink.hold(idleCase, in: $0) }
            #expect(try await kinds() == [])
            for _ in 1...2 { try await here.store.withTransaction { try await sink.release(idleCase, in: $0) } }
            #expect(try await kinds() == ["idle_cancel_pending"])
            let shown = try #require(try await here.board.pending(for: ada).first)
            #expect(shown.until == idleCase.endsAt && shown.severity == .warning && shown.subscription == idleCase.subscription)
            var kept = idleCase
            kept.via = .link
            let reversed = kept
            try await here.store.withTransaction { try await sink.kept(reversed, in: $0) }
            #expect(try await kinds() == ["subscription_kept"])
        }
    }
}
