import Core
import Observability
import Synchronization
import Testing

@testable import Identity

/// Answers with what it was told, and notes what it was asked.
private final class ToldChecker: BreachedPasswordChecker {
    private let answer: @Sendable () async throws -> [String: Int]
    private let asked = Mutex<[String]>([])

    init(_ answer: @escaping @Sendable () async throws -> [String: Int]) { self.answer = answer }

    var prefixes: [String] { asked.withLock { $0 } }

    func occurrences(ofHashPrefix prefix: String) async throws -> [String: Int] {
        asked.withLock { $0.append(prefix) }
        return try await answer()
    }
}

/// A clock on which every sleep is over at once.
private struct HastyClock: Clock {
    struct Instant: InstantProtocol {
        let offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    var now: Instant { Instant(offset: .zero) }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {}
}

private struct Outage: Error {}

/// Knows the digest of one password.
private struct OneDigest: BreachDigest {
    static let digits = "354BBB0048FF0C668BFD18E5AA34B7131B85113B"
    func digits(of password: Password) -> String { Self.digits }
}

@Suite struct BreachedPasswordsTests {
    @Test func `ID-030 five digits are asked for, and a hit is one`() async {
        let digest = OneDigest.digits
        let suffix = String(digest.dropFirst(5))
        let hit = ToldChecker { [suffix: 3] }
        #expect(await BreachedPasswords(hit, digest: OneDigest(), log: .silent).contains(Password("Blue-Kettle42x")))
        #expect(hit.prefixes == [String(digest.prefix(5))])
        let padding = ToldChecker { [suffix: 0, "0000": 9] }
        #expect(await !BreachedPasswords(padding, digest: OneDigest(), log: .silent).contains(Password("Blue-Kettle42x")))
    }

    @Test func `ID-030 an outage and an answer that does not come let the password pass`() async {
        let down = ToldChecker { throw Outage() }
        #expect(await !BreachedPasswords(down, digest: OneDigest(), log: .silent).contains(Password("Blue-Kettle42x")))
        let silent = ToldChecker {
            // It answers only when nobody waits any more.
            for await _ in AsyncStream<Never>.makeStream().stream {}
            throw CancellationError()
        }
        #expect(
            await !BreachedPasswords(silent, digest: OneDigest(), clock: HastyClock(), log: .silent).contains(Password("Blue-Kettle42x")))
    }
}
