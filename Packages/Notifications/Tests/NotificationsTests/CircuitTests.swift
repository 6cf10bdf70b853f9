import Core
import Notifications
import Synchronization
import Testing

@Suite struct CircuitTests {
    let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))

    /// Answers as it is told and counts.
    private final class Relay: EmailSender {
        let answer = Mutex<Result<EmailReceipt, EmailRefusal>>(.success(EmailReceipt(reply: "250 OK")))
        let asked = Mutex(0)

        func send(_ email: Email) async throws -> EmailReceipt {
            asked.withLock { $0 += 1 }
            return try answer.withLock { $0 }.get()
        }
    }

    private func email() throws -> Email {
        Email(
            id: Mail.ID(high: 1, low: 2), template: .welcome, recipient: try #require(MailAddress("ada@example.com")), date: clock.now,
            subject: "x", html: "x", text: "x")
    }

    @Test func `NOT-042 five failures in a row open a circuit for 60 seconds, then one is let through to see`() {
        let circuit = Circuit()
        for _ in 1...4 { circuit.failed(at: clock.now) }
        circuit.succeeded()
        for _ in 1...4 { circuit.failed(at: clock.now) }
        #expect(circuit.state(at: clock.now) == .closed)
        circuit.failed(at: clock.now)
        #expect(circuit.state(at: clock.now) == .open)
        clock.advance(by: .seconds(59))
        #expect(!circuit.admits(at: clock.now))
        clock.advance(by: .seconds(1))
        #expect(circuit.state(at: clock.now) == .halfOpen)
        #expect(circuit.admits(at: clock.now))
        #expect(!circuit.admits(at: clock.now))
        circuit.failed(at: clock.now)
        #expect(circuit.state(at: clock.now) == .open)
        clock.advance(by: .seconds(60))
        #expect(circuit.admits(at: clock.now))
        circuit.succeeded()
        #expect(circuit.state(at: clock.now) == .closed)
    }

    @Test func `NOT-044 the next relay is asked while nobody listens at the first, and the first again once it is back`() async throws {
        let (first, second) = (Relay(), Relay())
        first.answer.withLock { $0 = .failure(.unreachable(reason: "down")) }
        let sender = RelayedEmailSender([.init(name: "first", sender: first), .init(name: "second", sender: second)], dateSource: clock)
        for _ in 1...8 { #expect(try await sender.send(email()).relay == "second") }
        // After five failures the first is left alone.
        #expect(first.asked.withLock { $0 } == 5)
        first.answer.withLock { $0 = .success(EmailReceipt(reply: "250 OK")) }
        clock.advance(by: .seconds(60))
        #expect(try await sender.send(email()).relay == "first")
        #expect(second.asked.withLock { $0 } == 8)
    }

    @Test func `NOT-044 a relay that answered, or may have taken the mail, has decided: no other is asked`() async throws {
        for refusal in [
            EmailRefusal.temporary(reason: "451"), .permanent(reason: "550", concernsAddress: true), .unknown(reason: "lost"),
        ] {
            let (first, second) = (Relay(), Relay())
            first.answer.withLock { $0 = .failure(refusal) }
            let sender = RelayedEmailSender(
                [.init(name: "first", sender: first), .init(name: "second", sender: second)], dateSource: clock)
            await #expect(throws: refusal) { try await sender.send(email()) }
            #expect(second.asked.withLock { $0 } == 0)
        }
    }

    @Test func `NOT-042 with every circuit open nothing is sent and the mail waits`() async throws {
        let relay = Relay()
        relay.answer.withLock { $0 = .failure(.unreachable(reason: "down")) }
        let sender = RelayedEmailSender([.init(name: "only", sender: relay)], dateSource: clock)
        for _ in 1...7 { await #expect(throws: EmailRefusal.self) { try await sender.send(email()) } }
        #expect(relay.asked.withLock { $0 } == 5)
    }
}
