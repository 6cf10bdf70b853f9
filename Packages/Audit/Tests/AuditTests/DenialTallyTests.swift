import Core
import Testing

@testable import Audit

/// What is written of a flood. The clock is an instant that each test moves by itself.
@Suite struct DenialTallyTests {
    private let start = Instant(secondsSinceEpoch: 1_800_000_000)

    private func rejected(_ address: String, on route: String = "POST /a", because reason: String = "LINK_INVALID") -> LinkTokenRejected {
        LinkTokenRejected(client: NetworkClient(address: address), route: route, reason: reason)
    }

    /// The address with a number.
    private func address(_ number: Int) -> String { "10.0.\(number / 256).\(number % 256)" }

    @Test
    func `AUD-028 the first denial of a type, network and route is written, those of its minute are counted as one with what they share`() {
        var tally = DenialTally()
        #expect(tally.admit(rejected("203.0.113.9"), at: start) == .written)
        #expect(tally.admit(rejected("203.0.113.9"), at: start + .seconds(1)) == .counted)
        #expect(tally.admit(rejected("203.0.113.9", because: "LINK_EXPIRED"), at: start + .seconds(59)) == .counted)
        #expect(tally.admit(rejected("203.0.113.10"), at: start + .seconds(59)) == .written)
        #expect(tally.admit(rejected("203.0.113.9", on: "POST /b"), at: start + .seconds(59)) == .written)
        let replayed = LinkTokenReplayed(client: NetworkClient(address: "203.0.113.9"), route: "POST /a")
        #expect(tally.admit(replayed, at: start + .seconds(59)) == .written)
        #expect(tally.due(at: start + .seconds(59), ending: false).counted.isEmpty)

        let (counted, shed) = tally.due(at: start + .minutes(1), ending: false)
        #expect(shed == nil && counted.count == 1)
        let entry = counted.first?.entry
        #expect(entry?.data == ["route": "POST /a", "count": 2])
        #expect(entry?.references.all == [AuditReference(NetworkClient(address: "203.0.113.9"))])
        #expect(entry.map { type(of: $0).type } == LinkTokenRejected.type)
        #expect(tally.admit(rejected("203.0.113.9"), at: start + .minutes(1)) == .written)
        #expect(tally.due(at: start + .hours(1), ending: false).counted.isEmpty)
    }

    @Test func `AUD-028 a count has the highest risk of what it stands for, and is due when the process ends`() {
        var tally = DenialTally()
        func denied(_ risk: AuditRisk) -> AuthorizationDenied {
            AuthorizationDenied(client: NetworkClient(address: "203.0.113.9"), route: "POST /a", reason: "x", size: 1, risk: risk)
        }
        for risk in [AuditRisk.medium, .medium, .high, .medium] { _ = tally.admit(denied(risk), at: start) }
        let counted = tally.due(at: start, ending: true).counted
        #expect(counted.map(\.entry.risk) == [.high] && counted.first?.count == 3)
        #expect(tally.held == 0)
    }

    @Test func `AUD-028 above 200 in a second denials are counted only, which is said once a minute; somebody known is never among them`() {
        var tally = DenialTally()
        let verdicts = (0..<250).map { tally.admit(rejected(address($0)), at: start) }
        #expect(verdicts.prefix(200).allSatisfy { $0 == .written } && verdicts.dropFirst(200).allSatisfy { $0 == .shed })
        let known = CrossTenantAttempt(user: Person.ID.make(at: start), client: NetworkClient(address: address(300)), route: "GET /a")
        #expect(tally.admit(known, at: start) == .written)
        #expect(tally.admit(known, at: start) == .counted)
        #expect(tally.admit(rejected(address(400)), at: start + .seconds(1)) == .written)
        #expect(tally.due(at: start + .seconds(59), ending: false).shed == nil)
        let (counted, shed) = tally.due(at: start + .minutes(1), ending: false)
        #expect(counted.map(\.count) == [1] && counted.first?.actor == .user(known.user))
        #expect(shed == DenialTally.Shed(since: start, counts: ["link_token_rejected": 50]))
        #expect(tally.due(at: start + .minutes(2), ending: false).shed == nil)
    }

    @Test func `AUD-028 counts leave room for what is new, and what is held is bounded however long a flood goes on`() {
        var tally = DenialTally()
        for second in 0..<3 {
            for number in 0..<200 {
                for _ in 0..<2 { _ = tally.admit(rejected(address(second * 200 + number)), at: start + .seconds(second)) }
            }
        }
        #expect(tally.held == 600)
        let later = start + .hours(1)
        #expect(tally.due(at: later, ending: false).counted.count == DenialTally.countsPerSecond)
        #expect(tally.due(at: later, ending: false).counted.count == DenialTally.countsPerSecond)
        #expect(tally.admit(rejected("203.0.113.9"), at: later) == .shed)
        #expect(tally.admit(rejected("203.0.113.9"), at: later + .seconds(1)) == .written)
        #expect(tally.due(at: later + .seconds(1), ending: false).counted.count == DenialTally.countsPerSecond)

        for number in 0..<DenialTally.capacity { _ = tally.admit(rejected(address(number)), at: later + .seconds(2 + number / 200)) }
        #expect(tally.held <= DenialTally.capacity)
        #expect(tally.admit(rejected("203.0.113.10"), at: later + .seconds(120)) == .shed)
    }

    @Test func `AUD-028 what could not be written is the first again, and due again`() {
        var tally = DenialTally()
        #expect(tally.admit(rejected("203.0.113.9"), at: start) == .written)
        tally.takeBack(rejected("203.0.113.9"))
        #expect(tally.admit(rejected("203.0.113.9"), at: start) == .written)
        #expect(tally.admit(rejected("203.0.113.9"), at: start) == .counted)
        let (counted, shed) = tally.due(at: start + .minutes(1), ending: false)
        tally.putBack(counted, shed)
        #expect(tally.due(at: start + .minutes(1), ending: false).counted.map(\.count) == [1])
    }
}

private enum Person: AuditReferable {
    static let idPrefix = "user"
    static let auditKind = AuditReferenceKind.user
    typealias ID = Identifier<Person>
}
