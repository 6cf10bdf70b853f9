import Audit
import Core
import Identity
import IdentityPostgres
import JobsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

@Suite struct GuessingProtectionTests {
    private let network = NetworkClient(address: "203.0.113.7")

    private func protection(_ house: House) -> PostgresGuessingProtection<PostgresIdentityStore> {
        PostgresGuessingProtection(store: house.store)
    }

    private func attempt(_ address: String? = "nobody@example.com", from network: String = "203.0.113.7") throws -> GuessingAttempt {
        GuessingAttempt(network: NetworkClient(address: network), address: try address.map { try #require(EmailAddress($0)) })
    }

    /// Begins and fails; gives what was said when it was not admitted.
    @discardableResult
    private func fail(
        _ protection: PostgresGuessingProtection<PostgresIdentityStore>, _ attempt: GuessingAttempt
    ) async throws -> AttemptAdmission? {
        let admission = try await protection.begin(attempt)
        guard case .admitted(let admitted) = admission else { return admission }
        try await protection.end(admitted, .failed)
        return nil
    }

    /// Row by row, each attempt about an account of its own group, so that only the network's count speaks.
    @Test func `SEC-020 ID-039 each failure makes the network wait longer, and the fifth, tenth and twentieth shut it out`() async throws {
        try await House.with { house in
            let protection = protection(house)
            let waits = [1, 2, 5, 10, 30, 60, 300, 900, 900]
            let blocks = [5: 900, 10: 3_600, 20: 86_400, 21: 86_400]
            let levels: [Int: NetworkThreat.Level] = [1: .low, 4: .low, 5: .medium, 9: .medium, 10: .high, 19: .high, 20: .critical]
            #expect(try await protection.threat(from: network) == NetworkThreat(failures: 0, blockedUntil: nil, delay: 0))
            for number in 1...21 {
                // At most two failures an address, and a new one each quarter of an hour: the waits of accounts stay out of it.
                let tried = try attempt("a\(number % 7)@example.com")
                #expect(try await fail(protection, tried) == nil, "attempt \(number)")
                let wait = number <= waits.count ? waits[number - 1] : 900
                let threat = try await protection.threat(from: network)
                #expect(threat.failures == number)
                #expect(threat.delay == wait)
                if let level = levels[number] { #expect(threat.level == level) }
                if let block = blocks[number] {
                    #expect(threat.blockedUntil == house.clock.now + .seconds(block))
                    #expect(try await protection.begin(tried) == .blocked(seconds: block))
                    // Half a second more is a whole one: nobody comes back too early.
                    house.clock.advance(by: .milliseconds(500))
                    #expect(try await protection.begin(tried) == .blocked(seconds: block))
                    if block < 86_400 { house.clock.advance(by: .seconds(block)) } else { try await endBlock(house) }
                } else {
                    #expect(threat.blockedUntil == nil)
                    #expect(try await protection.begin(tried) == .delayed(seconds: wait))
                    house.clock.advance(by: .seconds(wait))
                }
                // The wait that follows a block may still be on.
                let rest = try await protection.threat(from: network).delay
                house.clock.advance(by: .seconds(rest))
            }
        }
    }

    /// As time would, without letting the failures of the day expire.
    private func endBlock(_ house: House) async throws {
        try await house.database.adminClient.execute("UPDATE identity.guess_network SET blocked_until = NULL, blocked_because = NULL")
    }

    @Test func `SEC-020 a success takes one off, and zero failures mean no wait`() async throws {
        try await House.with { house in
            let protection = protection(house)
            for wait in [1, 2] {
                try await fail(protection, try attempt())
                house.clock.advance(by: .seconds(wait))
            }
            for left in [1, 0] {
                guard case .admitted(let admitted) = try await protection.begin(try attempt()) else { throw Refused() }
                try await protection.end(admitted, .succeeded)
                #expect(try await protection.threat(from: network).failures == left)
            }
            #expect(try await protection.threat(from: network).delay == 0)
        }
    }

    @Test func `ID-041 a failure counts for 24 hours`() async throws {
        try await House.with { house in
            let protection = protection(house)
            try await fail(protection, try attempt())
            house.clock.advance(by: .hours(24) - .seconds(1))
            #expect(try await protection.threat(from: network).failures == 1)
            house.clock.advance(by: .seconds(1))
            #expect(try await protection.threat(from: network).failures == 0)
            try await protection.removeExpired()
            #expect(try await house.count("identity.guess_attempt") == 1, "kept for an hour more, for who looks")
            house.clock.advance(by: .hours(1) + .seconds(1))
            try await protection.removeExpired()
            #expect(try await house.count("identity.guess_attempt") == 0)
            #expect(try await house.count("identity.guess_network") == 0)
        }
    }

    @Test func `ID-042 of 100 wrong sign-ins at once five are looked at, and a block stays`() async throws {
        try await House.with { house in
            try await house.register()
            let hasher = CountingHasher()
            let environment = IdentityEnvironment(
                store: house.store, passwords: hasher, tokens: house.environment.tokens, secrets: house.environment.secrets,
                captcha: nil, guessing: protection(house), dateSource: house.clock, settings: house.environment.settings)
            let signIn = PasswordSignIn(environment)
            let stranger = ClientContext(address: "198.51.100.9", userAgent: nil)
            let answers = await withTaskGroup(of: IdentityError?.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        do {
                            _ = try await signIn.signIn(
                                with: PasswordCredentials(email: "ada@example.com", password: Password("Wrong-Guess\(number)x")),
                                preferring: nil, from: stranger)
                            return nil
                        } catch {
                            return error as? IdentityError
                        }
                    }
                }
                return await group.reduce(into: [IdentityError?]()) { $0.append($1) }
            }
            #expect(hasher.count == 5)
            #expect(answers.count { $0 == .invalidCredentials } == 5)
            #expect(answers.count == 100 && answers.allSatisfy { $0 != nil })
            let threat = try await protection(house).threat(from: stranger.network)
            #expect(threat.level == .medium)
            #expect(threat.blockedUntil == house.clock.now + .minutes(15))
            #expect(try await house.entries("network_client_blocked") == 1)
            // The block really refuses the right password.
            await #expect(throws: IdentityError.blocked(seconds: 900)) {
                _ = try await signIn.signIn(
                    with: PasswordCredentials(email: "ada@example.com", password: Password(House.password)), preferring: nil, from: stranger
                )
            }
            #expect(hasher.count == 5)
            house.clock.advance(by: .minutes(15))
            _ = try await signIn.signIn(
                with: PasswordCredentials(email: "ada@example.com", password: Password(House.password)), preferring: nil, from: stranger)
        }
    }

    @Test func `ID-043 an attempt whose process has died is a failure after 60 seconds`() async throws {
        try await House.with { house in
            let protection = protection(house)
            for _ in 0..<5 { _ = try await protection.begin(try attempt()) }
            #expect(try await protection.begin(try attempt()) == .delayed(seconds: 1))
            house.clock.advance(by: .seconds(59))
            #expect(try await protection.threat(from: network).failures == 0)
            house.clock.advance(by: .seconds(1))
            #expect(try await protection.threat(from: network).failures == 5)
            #expect(try await protection.begin(try attempt()) == .blocked(seconds: 900))
            // Another process, which knows nothing of the first, says the same.
            #expect(try await PostgresGuessingProtection(store: house.store).begin(try attempt()) == .blocked(seconds: 900))
        }
    }

    @Test func `ID-044 SEC-022 1,000 failures from 200 networks slow strangers down, never the owner`() async throws {
        try await House.with { house in
            try await house.register()
            let protection = protection(house)
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.guess_network (network) SELECT '10.0.0.' || n || '/32' FROM generate_series(1, 200) n
                """)
            for address in ["ada@example.com", "unknown@example.com"] {
                try await house.database.adminClient.execute(
                    """
                    WITH known AS (
                        INSERT INTO identity.guess_account (account) VALUES (sha256(convert_to(\(address)::text, 'UTF8'))) RETURNING account)
                    INSERT INTO identity.guess_attempt (id, network, account, started_at, ended_at)
                    SELECT gen_random_uuid(), '10.0.0.' || 1 + n % 200 || '/32', account, \(house.clock.now), \(house.clock.now)
                    FROM known, generate_series(1, 1000) n
                    """)
            }
            // Known and unknown addresses behave alike.
            for address in ["ada@example.com", "unknown@example.com"] {
                guard case .delayedForAccount(let seconds) = try await protection.begin(try attempt(address, from: "198.51.100.1")) else {
                    Issue.record("a stranger was let in")
                    continue
                }
                #expect(seconds == 300)
            }
            // The owner's network, from which she registered.
            guard case .admitted = try await protection.begin(try attempt("ada@example.com")) else { throw Refused() }
            // A passkey or a solved captcha.
            let exempt = GuessingAttempt(
                network: NetworkClient(address: "198.51.100.2"), address: EmailAddress("ada@example.com"), isExemptFromAccountWait: true)
            guard case .admitted = try await protection.begin(exempt) else { throw Refused() }
        }
    }

    @Test func `SEC-022 the wait of an account grows from 5 to 300 seconds, and its owner is told once a day`() async throws {
        try await House.with { house in
            try await house.register()
            let protection = protection(house)
            let waits = [5: 5, 6: 10, 7: 30, 8: 60, 49: 60, 50: 300, 55: 300]
            for number in 1...55 {
                try await protection.noteFailure(try attempt("ada@example.com", from: "10.1.0.\(number)"))
                let admission = try await protection.begin(try attempt("ada@example.com", from: "10.2.0.\(number)"))
                if let wait = waits[number] {
                    #expect(admission == .delayedForAccount(seconds: wait), "failure \(number)")
                } else if number < 5, case .admitted(let admitted) = admission {
                    try await protection.end(admitted, .abandoned)
                }
            }
            func warnings() async throws -> Int { try await house.count("jobs.event WHERE topic = 'identity.account_under_attack'") }
            #expect(try await warnings() == 1)
            house.clock.advance(by: .hours(23))
            try await protection.noteFailure(try attempt("ada@example.com", from: "10.3.0.1"))
            #expect(try await warnings() == 1)
            // The same for an address that nobody has: nobody is told.
            for number in 1...50 { try await protection.noteFailure(try attempt("none@example.com", from: "10.4.0.\(number)")) }
            #expect(try await warnings() == 1)
        }
    }

    @Test func `ID-041 a completed reset clears the account's count, not the network's`() async throws {
        try await House.with { house in
            let protection = protection(house)
            for number in 1...6 { try await protection.noteFailure(try attempt(from: "10.1.0.\(number % 2)")) }
            guard case .delayedForAccount = try await protection.begin(try attempt(from: "10.2.0.1")) else { throw Refused() }
            try await protection.forgetFailures(of: try #require(EmailAddress("nobody@example.com")))
            guard case .admitted = try await protection.begin(try attempt(from: "10.2.0.1")) else { throw Refused() }
            #expect(try await protection.threat(from: NetworkClient(address: "10.1.0.1")).failures == 3)
        }
    }

    @Test func `ID-046 ten accounts within ten minutes shut a network out for an hour`() async throws {
        try await House.with { house in
            let protection = protection(house)
            for number in 1...9 { try await protection.noteFailure(try attempt("a\(number)@example.com")) }
            try await endBlock(house)
            // As a success of the tenth would: one less counts, and still nine accounts were tried.
            try await house.database.adminClient.execute(
                """
                UPDATE identity.guess_attempt SET counts_for_network = false
                WHERE id = (SELECT id FROM identity.guess_attempt ORDER BY started_at LIMIT 1)
                """)
            try await protection.noteFailure(try attempt("a9@example.com"))
            #expect(try await protection.threat(from: network).blockedUntil == nil)
            try await house.database.adminClient.execute(
                """
                UPDATE identity.guess_attempt SET counts_for_network = false
                WHERE id = (SELECT id FROM identity.guess_attempt WHERE counts_for_network ORDER BY started_at LIMIT 1)
                """)
            try await protection.noteFailure(try attempt("a10@example.com"))
            let spread = try await protection.threat(from: network)
            #expect(spread.failures == 9 && spread.blockedUntil == house.clock.now + .hours(1))
            // The same over a longer time is only nine failures.
            for number in 1...5 { try await protection.noteFailure(try attempt("a\(number)@example.com", from: "10.0.0.2")) }
            try await endBlock(house)
            house.clock.advance(by: .minutes(11))
            for number in 6...9 { try await protection.noteFailure(try attempt("a\(number)@example.com", from: "10.0.0.2")) }
            #expect(try await protection.threat(from: NetworkClient(address: "10.0.0.2")).blockedUntil == nil)
        }
    }

    @Test func `ID-049 SEC-019 the counts survive a restart, and without the database there is no attempt`() async throws {
        try await House.with { house in
            for number in 1...5 { try await protection(house).noteFailure(try attempt("a\(number)@example.com")) }
            let other = PostgresGuessingProtection(
                store: PostgresIdentityStore(client: house.database.systemClient, dateSource: house.clock))
            #expect(try await other.begin(try attempt()) == .blocked(seconds: 900))
            await house.database.systemClient.close()
            await #expect(throws: ProtectionUnavailable.self) { try await other.begin(try attempt()) }
            await #expect(throws: ProtectionUnavailable.self) { try await other.requireUnblocked(network) }
            await #expect(throws: ProtectionUnavailable.self) { try await other.threat(from: network) }
            await #expect(throws: ProtectionUnavailable.self) { try await other.noteFailure(try attempt()) }
        }
    }

    @Test func `ID-050 blocks are listed and lifted with a reason, and both are in the log`() async throws {
        try await House.with { house in
            let (protection, control) = (protection(house), PostgresNetworkBlocks(store: house.store))
            for number in 1...5 { try await protection.noteFailure(try attempt("a\(number)@example.com")) }
            let blocks = try await control.blocks()
            #expect(
                blocks == [NetworkBlock(network: "203.0.113.7/32", until: house.clock.now + .minutes(15), cause: "failures", failures: 5)])
            let actor = AuditActor.system(component: "identity")
            #expect(try await control.lift(network, because: "an office", by: actor))
            #expect(try await !control.lift(network, because: "an office", by: actor))
            #expect(try await control.blocks().isEmpty)
            guard case .admitted = try await protection.begin(try attempt()) else { throw Refused() }
            try await control.block(network, until: house.clock.now + .hours(2), because: "abuse", by: actor)
            #expect(try await protection.begin(try attempt()) == .blocked(seconds: 7_200))
            #expect(try await house.entries("network_client_blocked") == 2)
            #expect(try await house.entries("network_client_unblocked") == 1)
        }
    }

    @Test func `ID-054 of ten uses of one captcha at once one is taken, and a later one is refused`() async throws {
        try await House.with { house in
            let captcha = SingleUseCaptcha(
                ScriptedCaptcha(), ledger: PostgresCaptchaLedger(client: house.database.client), secrets: house.environment.secrets,
                dateSource: house.clock)
            let passed = await withTaskGroup(of: CaptchaVerdict.self) { group in
                for _ in 0..<10 { group.addTask { await captcha.verify(SecretString("pass-1"), from: house.client) } }
                return await group.reduce(0) { $0 + ($1 == .passed ? 1 : 0) }
            }
            #expect(passed == 1)
            house.clock.advance(by: .minutes(9))
            #expect(await captcha.verify(SecretString("pass-1"), from: house.client) == .refused)
            #expect(await captcha.verify(SecretString("pass-2"), from: house.client) == .passed)
            // Where the service said nothing, the token was not used.
            #expect(await captcha.verify(SecretString("outage"), from: house.client) == .unavailable)
            #expect(await captcha.verify(SecretString("outage"), from: house.client) == .unavailable)
            house.clock.advance(by: .minutes(10))
            #expect(await captcha.verify(SecretString("pass-3"), from: house.client) == .passed)
            let left = try await house.count("identity.captcha_use")
            #expect(left == 1)
            await house.database.client.close()
            #expect(await captcha.verify(SecretString("pass-4"), from: house.client) == .unavailable)
        }
    }
}

private struct Refused: Error {}

/// Holds everybody until five are being looked at, and counts what reaches it.
private final class CountingHasher: PasswordHasher {
    private struct State {
        var count = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    var count: Int { state.withLock { $0.count } }

    func hash(_ password: Password) async throws -> StoredPassword { PlainHasher().hash(password) }

    func verify(_ password: Password, against hash: StoredPassword) async throws -> PasswordVerdict {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state in
                state.count += 1
                state.waiting.append(continuation)
                guard state.count >= 5 else { return [CheckedContinuation<Void, Never>]() }
                defer { state.waiting = [] }
                return state.waiting
            }
            for waiting in released { waiting.resume() }
        }
        return PlainHasher().verify(password, against: hash)
    }

    func verifyAgainstNothing(_ password: Password) async throws { Issue.record("nobody is unknown here") }
}
