import Foundation
import Testing

/// Tells the whole story on a real installation: every process of its own, over HTTP only, with the published Python client.
@Suite(.serialized) struct StoryTests {
    @Test(.timeLimit(.minutes(15)), arguments: Telling.allCases)
    func `BIL-041 GRA-013 OPS-037 from registration to a dropped database, with an audit trail and mails`(_ telling: Telling) async throws {
        let result = try await Script("story").run(["--quiet", telling.rawValue])
        #expect(result.status == 0, "\(result.output)")
        let left = try Script.processes(whoseEnvironmentHolds: "trellis-story.")
        #expect(left.isEmpty, "left behind: \(left)")
    }

    @Test(.timeLimit(.minutes(15))) func `IDL-T41 what nobody uses ends by itself, and goes on for whoever comes back`() async throws {
        let result = try await Script("story").run(["idle"])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(.timeLimit(.minutes(15))) func `BIL-045 the published client understands every answer of the API`() async throws {
        let result = try await Script("story").run(["conformance"])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(.timeLimit(.minutes(15)))
    func `ID-087 ID-091 ADM-091 ADM-092 STR-163 the pages of mailed links and the payment page work in a browser`() async throws {
        let result = try await Script("story").run(["pages"])
        #expect(result.status == 0, "\(result.output)")
        let left = try Script.processes(whoseEnvironmentHolds: "trellis-browser.")
        #expect(left.isEmpty, "left behind: \(left)")
    }

    @Test(.timeLimit(.minutes(15))) func `Stripe's own SDK drives the simulator and verifies what it delivers`() async throws {
        let result = try await Script("conformance").run()
        #expect(result.status == 0, "\(result.output)")
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
