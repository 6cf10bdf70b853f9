import Foundation
import Testing

/// Walks what stands beside the story, each on an installation of its own. It waits as much as the story does, so both are told at the same time.
@Suite(.serialized) struct WalkTests {
    @Test(.timeLimit(.minutes(20)))
    func `IDL-T41 IDL-T44 what nobody uses ends by itself, and goes on for whoever comes back`()
        async throws
    {
        try await Script("story").passes(["idle"])
    }

    @Test(.timeLimit(.minutes(20))) func `BIL-045 the published client understands every answer of the API`() async throws {
        try await Script("story").passes(["conformance"])
    }

    @Test(.timeLimit(.minutes(20)))
    func `ID-087 ID-091 ADM-091 ADM-092 STR-163 the pages of mailed links and the payment page work in a browser`() async throws {
        try await Script("story").passes(["pages"])
    }

    @Test(.timeLimit(.minutes(20)))
    func `AUD-022 API and worker are killed 200 times while customers act, and each change has its one entry, each entry its change`()
        async throws
    {
        try await Script("story").passes(["crashes"])
    }

    @Test(.timeLimit(.minutes(20))) func `Stripe's own SDK drives the simulator and verifies what it delivers`() async throws {
        try await Script("conformance").passes()
    }
}
