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

@Suite struct BreachedPasswordsTests {
    // FIPS 180-4: "abc", the empty text, and one that needs a second block.
    @Test(arguments: [
        ("abc", "A9993E364706816ABA3E25717850C26C9CD0D89D"), ("", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983E441C3BD26EBAAE4AA1F95129E5E54670F1"),
    ])
    func `ID-030 ranges are named by SHA-1`(_ text: String, _ digest: String) {
        #expect(SHA1.hexadecimalDigest(of: Array(text.utf8)) == digest)
    }

    @Test func `ID-030 five digits are asked for, and a hit is one`() async {
        let digest = SHA1.hexadecimalDigest(of: Array("Blue-Kettle42x".utf8))
        let suffix = String(digest.dropFirst(5))
        let hit = ToldChecker { [suffix: 3] }
        #expect(await BreachedPasswords(hit, log: .silent).contains(Password("Blue-Kettle42x")))
        #expect(hit.prefixes == [String(digest.prefix(5))])
        let padding = ToldChecker { [suffix: 0, "0000": 9] }
        #expect(await !BreachedPasswords(padding, log: .silent).contains(Password("Blue-Kettle42x")))
    }

    @Test func `ID-030 an outage and an answer that does not come let the password pass`() async {
        let down = ToldChecker { throw Outage() }
        #expect(await !BreachedPasswords(down, log: .silent).contains(Password("Blue-Kettle42x")))
        let silent = ToldChecker {
            // It answers only when nobody waits any more.
            for await _ in AsyncStream<Never>.makeStream().stream {}
            throw CancellationError()
        }
        #expect(await !BreachedPasswords(silent, clock: HastyClock(), log: .silent).contains(Password("Blue-Kettle42x")))
    }
}
