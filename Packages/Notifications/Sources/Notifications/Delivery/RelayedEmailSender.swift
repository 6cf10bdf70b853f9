public import Core

/// Hands mails to the first of several relays that is there (NOT-044); each has a circuit of its own (NOT-042).
public struct RelayedEmailSender: EmailSender {
    /// One relay.
    public struct Relay: Sendable {
        /// What it is called in rows and figures: its host, never its credentials.
        public let name: String
        /// The way to it.
        public let sender: any EmailSender
        /// Whether it is asked.
        public let circuit: Circuit

        /// Names a relay.
        public init(name: String, sender: any EmailSender, circuit: Circuit = Circuit()) {
            self.name = name
            self.sender = sender
            self.circuit = circuit
        }
    }

    private let relays: [Relay]
    private let dateSource: any DateSource

    /// Makes a sender.
    ///
    /// - Parameter relays: in the order in which they are asked.
    public init(_ relays: [Relay], dateSource: any DateSource) {
        self.relays = relays
        self.dateSource = dateSource
    }

    /// Hands a mail to the first relay whose circuit lets it through. Only one that nobody listened to goes to the next: a relay that answered, or may
    /// have taken the mail, has decided.
    public func send(_ email: Email) async throws -> EmailReceipt {
        var last: EmailRefusal?
        for relay in relays where relay.circuit.admits(at: dateSource.now) {
            do {
                let receipt = try await relay.sender.send(email)
                relay.circuit.succeeded()
                return EmailReceipt(reply: receipt.reply, relay: relay.name, queueID: receipt.queueID)
            } catch EmailRefusal.unreachable(let reason) {
                relay.circuit.failed(at: dateSource.now)
                last = .unreachable(reason: reason)
            } catch EmailRefusal.unknown(let reason) {
                relay.circuit.failed(at: dateSource.now)
                throw EmailRefusal.unknown(reason: reason)
            } catch {
                relay.circuit.succeeded()
                throw error
            }
        }
        throw last ?? .unreachable(reason: "no relay is asked at the moment: their circuits are open")
    }
}
