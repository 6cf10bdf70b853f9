import Foundation
import Testing

/// Tells the whole story on a real installation: every process of its own, over HTTP only, with the published Python client.
@Suite(.serialized) struct StoryTests {
    @Test(.timeLimit(.minutes(20)), arguments: Telling.allCases)
    func `BIL-041 GRA-013 OPS-037 from registration to a dropped database, with an audit trail and mails`(_ telling: Telling) async throws {
        try await Script("story").passes(["--quiet", telling.rawValue])
    }

    enum Telling: String, CaseIterable, Sendable {
        /// As it is.
        case plain
        /// Every webhook is delivered twice and in reverse order.
        case webhooks
        /// The worker is killed with SIGKILL at every step of every saga, on either side of the record.
        case kills
    }
}
