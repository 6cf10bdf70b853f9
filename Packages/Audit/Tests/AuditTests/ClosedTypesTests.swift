import PlatformTesting
import Testing

/// What is recorded is of a type that somebody declared: the compiler says so.
@Suite struct ClosedTypesTests {
    private static func sample(_ event: String, _ call: String) -> String {
        """
        import Audit

        struct DoorOpened: AuditEvent {
            \(event)
        }
        func tell(_ transaction: some AuditTransaction, _ node: Node.ID) async throws {
            try await transaction.record(\(call), by: .system(component: "sample"))
        }
        """
    }

    private static let type =
        #"static let type = AuditEventType("door_opened", risk: .low, class: .platform, component: "sample", requires: [.node])"#
    private static let references = "let node: Node.ID; var references: AuditReferences { AuditReferences(AuditReference(node)) }"
    private static let text = #"var summary: String { "opened" }"#

    @Test(
        arguments: [
            ([type, references, text], "DoorOpened(node: node)", nil),
            ([type, references, text], #""door_opened""#, "AuditEvent"),
            ([type, references, text], "DoorOpened.type", "AuditEvent"),
            ([references, text], "DoorOpened(node: node)", "does not conform to protocol 'AuditEvent'"),
            ([type, text], "DoorOpened()", "does not conform to protocol 'AuditEvent'"),
            ([type, references], "DoorOpened(node: node)", "does not conform to protocol 'AuditEvent'"),
        ] as [([String], String, String?)])
    func `AUD-094 a text is no entry, and an entry has a row of the catalogue, references and a text of its own`(
        parts: [String], call: String, refusal: String?
    ) throws {
        let sample = try CompiledSample(Self.sample(parts.joined(separator: "\n    "), call))
        #expect(sample.compiles == (refusal == nil), "\(sample.words)")
        if let refusal { #expect(sample.words.contains(refusal), "\(sample.words)") }
    }
}
